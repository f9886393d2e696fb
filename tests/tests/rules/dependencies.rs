//! Dependencies point one way: functions → ingest → sources, store, queue, lambda-kit → aws,
//! timeline → clock.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::{folders, root};

/// Which of our crates a crate may depend on. Functions stand for all of them under one name.
const MAY: [(&str, &[&str]); 10] = [
    (
        "functions",
        &[
            "aws",
            "clock",
            "ingest",
            "lambda-kit",
            "queue",
            "signatures",
            "sources",
            "store",
            "timeline",
        ],
    ),
    ("aws", &["clock"]),
    ("clock", &[]),
    (
        "ingest",
        &[
            "aws",
            "clock",
            "lambda-kit",
            "queue",
            "sources",
            "store",
            "timeline",
        ],
    ),
    ("lambda-kit", &["clock"]),
    ("queue", &["aws"]),
    ("signatures", &[]),
    ("sources", &["signatures", "timeline"]),
    ("store", &["aws", "clock", "timeline"]),
    ("timeline", &[]),
];
/// The crate that alone names the table's SDK.
const STORE: &str = "store";
const TABLE_SDK: &str = "aws-sdk-dynamodb";
/// The crate that alone names the queues' SDK.
const QUEUE: &str = "queue";
const QUEUE_SDK: &str = "aws-sdk-sqs";
/// The functions that write to queues only: the table's SDK would be started in vain.
const WITHOUT_TABLE: [&str; 2] = ["receive-webhook", "widget-sessions"];
/// What no function links: TLS beside ring's, and the SDK's heavy set-up.
const NOT_IN_FUNCTIONS: [&str; 6] = [
    "aws-config",
    "aws-lc",
    "native-tls",
    "openssl",
    "openssl-sys",
    "phonenumber",
];
/// What the rules of the timeline do without: AWS, I/O, a runtime.
const NOT_IN_TIMELINE: [&str; 5] = ["aws", "hyper", "mio", "tokio", "tracing"];

/// A crate: the folder that it lies in (`functions`, `shared`), and its normal dependencies.
type Crates = BTreeMap<String, (String, BTreeSet<String>)>;

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn crates() -> Crates {
    let text = cargo(&[
        "metadata",
        "--offline",
        "--locked",
        "--no-deps",
        "--format-version",
        "1",
    ]);
    let metadata: Value = serde_json::from_str(&text).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .map(|package| {
            let manifest = text(&package["manifest_path"]);
            let folder = manifest.rsplit('/').nth(2).unwrap().to_owned();
            let dependencies = package["dependencies"].as_array().unwrap().iter();
            let normal = dependencies.filter(|dependency| dependency["kind"].is_null());
            let names = normal.map(|dependency| text(&dependency["name"])).collect();
            (text(&package["name"]), (folder, names))
        })
        .collect()
}

/// What a function or shared crate depends on and must not.
fn wrong_ways(crates: &Crates) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, (folder, dependencies)) in crates {
        let role = match folder.as_str() {
            "functions" => "functions",
            "shared" => name.as_str(),
            _ => continue,
        };
        let Some((_, may)) = MAY.iter().find(|(known, _)| *known == role) else {
            wrong.push(format!("{name} has no place in the order of crates"));
            continue;
        };
        let ours = dependencies
            .iter()
            .filter(|name| crates.contains_key(*name));
        wrong.extend(
            ours.filter(|dependency| !may.contains(&dependency.as_str()))
                .map(|dependency| format!("{name} -> {dependency}")),
        );
        for (owner, sdk) in [(STORE, TABLE_SDK), (QUEUE, QUEUE_SDK)] {
            if name != owner && dependencies.contains(sdk) {
                wrong.push(format!("{name} -> {sdk}"));
            }
        }
    }
    wrong
}

/// The names of everything that a crate links, itself left out.
fn tree(of: &str) -> BTreeSet<String> {
    let text = cargo(&[
        "tree",
        "--offline",
        "--locked",
        "-p",
        of,
        "-e",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]);
    let names = text.lines().filter_map(|line| line.split(' ').next());
    names
        .filter(|name| !name.is_empty() && *name != of)
        .map(str::to_owned)
        .collect()
}

/// Which crates of a tree are of the forbidden ones: by name, or by what begins with a name and a hyphen.
fn forbidden<'a>(tree: &'a BTreeSet<String>, names: &[&str], families: bool) -> Vec<&'a str> {
    let matches = |found: &str, name: &str| {
        found == name
            || families
                && found
                    .strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with(['-', '_']))
    };
    tree.iter()
        .map(String::as_str)
        .filter(|found| names.iter().any(|name| matches(found, name)))
        .collect()
}

#[test]
fn dependencies_point_one_way_and_each_sdk_has_one_crate_that_names_it() {
    let crates = crates();
    for (name, _) in &MAY[1..] {
        assert!(
            crates.contains_key(*name),
            "there is no crate {name} any more"
        );
    }
    assert!(crates[STORE].1.contains(TABLE_SDK));
    assert!(crates[QUEUE].1.contains(QUEUE_SDK));
    assert_eq!(wrong_ways(&crates), [""; 0]);
}

#[test]
fn a_dependency_that_points_back_is_found() {
    let sample = |name: &str, folder: &str, dependency: &str| {
        (
            name.to_owned(),
            (folder.to_owned(), BTreeSet::from([dependency.to_owned()])),
        )
    };
    for (name, folder, dependency) in [
        ("timeline", "shared", "store"),
        ("sources", "shared", "store"),
        ("store", "shared", "sources"),
        ("aws", "shared", "timeline"),
        ("queue", "shared", "store"),
        ("queue", "shared", "lambda-kit"),
        ("lambda-kit", "shared", "timeline"),
        ("ingest", "shared", "screen-pop"),
        ("screen-pop", "functions", "ingest-call"),
        ("screen-pop", "functions", TABLE_SDK),
        ("ingest", "shared", QUEUE_SDK),
        ("brand-new", "shared", "timeline"),
    ] {
        let mut crates = crates();
        crates.extend([sample(name, folder, dependency)]);
        assert_eq!(wrong_ways(&crates).len(), 1, "{name} -> {dependency}");
    }
}

#[test]
fn the_timeline_knows_neither_aws_nor_a_runtime() {
    let tree = tree("timeline");
    assert!(tree.contains("serde"), "the tree is read");
    assert_eq!(forbidden(&tree, &NOT_IN_TIMELINE, true), [""; 0]);
}

#[test]
fn functions_link_one_tls_stack_and_no_heavy_set_up() {
    for function in folders("functions") {
        let tree = tree(&function);
        assert!(tree.contains("ring"), "{function}'s tree is read");
        assert_eq!(
            tree.contains(TABLE_SDK),
            !WITHOUT_TABLE.contains(&function.as_str()),
            "{function} and the table's SDK"
        );
        assert_eq!(
            forbidden(&tree, &NOT_IN_FUNCTIONS, false),
            [""; 0],
            "{function}"
        );
        let lc = tree.iter().filter(|name| name.starts_with("aws-lc"));
        assert_eq!(lc.count(), 0, "{function} links aws-lc");
    }
}

#[test]
fn what_is_forbidden_is_found_in_a_tree() {
    let tree = BTreeSet::from(
        ["aws-smithy-types", "openssl-probe", "openssl-sys", "tokio"].map(str::to_owned),
    );
    assert_eq!(
        forbidden(&tree, &NOT_IN_TIMELINE, true),
        ["aws-smithy-types", "tokio"]
    );
    assert_eq!(forbidden(&tree, &NOT_IN_FUNCTIONS, false), ["openssl-sys"]);
}
