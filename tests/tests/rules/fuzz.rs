//! Everything that reads what a stranger wrote is fuzzed.

use std::collections::BTreeSet;

use crate::root;

const FUZZ: &str = "fuzz";
/// Targets that are of no source: what deliveries are wrapped in, and what proves them.
const OTHERS: [&str; 6] = [
    "envelope",
    "proof-hmac",
    "proof-jwt",
    "proof-public-key",
    "proof-shown",
    "proof-twilio",
];

fn wanted() -> BTreeSet<String> {
    let sources = sources::ALL
        .iter()
        .flat_map(|(_, sources)| sources.iter().map(|source| source.name()));
    let all = sources.chain(OTHERS);
    all.map(str::to_owned).collect()
}

/// Targets that a manifest builds from the file of their name.
fn built(manifest: &str) -> BTreeSet<String> {
    let targets = manifest.split("[[bin]]").skip(1).filter_map(|target| {
        let (_, rest) = target.split_once("name = \"")?;
        let (name, _) = rest.split_once('"')?;
        let path = format!("path = \"fuzz_targets/{name}.rs\"");
        target.contains(&path).then(|| name.to_owned())
    });
    targets.collect()
}

#[test]
fn each_source_and_each_kind_of_proof_has_its_fuzz_target() {
    let manifest = std::fs::read_to_string(root().join(FUZZ).join("Cargo.toml")).unwrap();
    assert_eq!(built(&manifest), wanted());
    for target in wanted() {
        let path = format!("{FUZZ}/fuzz_targets/{target}.rs");
        let text = std::fs::read_to_string(root().join(&path)).unwrap_or_default();
        let is_of_a_source = !OTHERS.contains(&target.as_str());
        let call = format!("cornerstore_fuzz::read(\"{target}\", input)");
        assert!(text.contains("fuzz_target!"), "{path} is no target");
        assert!(
            !is_of_a_source || text.contains(&call),
            "{path} reads another source"
        );
    }
}

#[test]
fn a_target_that_is_missing_or_elsewhere_is_found() {
    let manifest = "[[bin]]\nname = \"a\"\npath = \"fuzz_targets/a.rs\"\n\n[[bin]]\nname = \"b\"\npath = \"fuzz_targets/a.rs\"\n";
    assert_eq!(built(manifest), BTreeSet::from(["a".to_owned()]));
    assert_eq!(built(""), BTreeSet::new());
}
