//! Fixtures as deliveries.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use sources::{ALL, Context, Reading, Rejection, Source};

/// One delivery: a body, and beside it, in `<name>.headers`, the headers that the webhook keeps (JSON).
pub(crate) struct Fixture {
    pub(crate) source: &'static str,
    pub(crate) name: String,
    pub(crate) body: String,
    headers: Option<String>,
}

/// Sources that older tests hold, each in its own way.
pub(crate) fn sources_of_their_own_tests() -> [&'static str; 6] {
    [
        "amazon-connect",
        "amazon-connect-chat",
        "cti",
        "chatwoot",
        "ses",
        "cloudevents",
    ]
}

/// Every other source, with the list of its queue.
pub(crate) fn each_source()
-> impl Iterator<Item = (&'static [&'static dyn Source], &'static dyn Source)> {
    let all = ALL
        .iter()
        .flat_map(|(_, sources)| sources.iter().map(|source| (*sources, *source)));
    all.filter(|(_, source)| !sources_of_their_own_tests().contains(&source.name()))
}

pub(crate) fn context() -> Context {
    Context {
        received_at: "2026-03-02T10:00:00Z".parse().unwrap(),
        region: Some("US".parse().unwrap()),
    }
}

/// Reads a fixture as one that the webhook has authenticated.
pub(crate) fn read(fixture: &Fixture) -> Result<Reading, Rejection> {
    fixture.read_in(&context())
}

impl Fixture {
    pub(crate) fn all(source: &'static str) -> Vec<Self> {
        let folder = folder(source);
        let mut names: Vec<String> = fs::read_dir(&folder)
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| !name.ends_with(".headers"))
            .collect();
        names.sort();
        names
            .into_iter()
            .map(|file| Self::open(source, &file))
            .collect()
    }

    /// One by its file's name.
    pub(crate) fn open(source: &'static str, file: &str) -> Self {
        let path = folder(source).join(file);
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        Self {
            source,
            body: fs::read_to_string(&path)
                .unwrap()
                .trim_end_matches('\n')
                .to_owned(),
            headers: fs::read_to_string(path.with_file_name(format!("{stem}.headers"))).ok(),
            name: stem,
        }
    }

    /// The record's attributes as the webhook writes them.
    pub(crate) fn attributes(&self, source: Option<&str>) -> BTreeMap<String, String> {
        let source = source.map(|name| ("source".to_owned(), name.to_owned()));
        let headers = self
            .headers
            .clone()
            .map(|headers| ("headers".to_owned(), headers));
        source.into_iter().chain(headers).collect()
    }

    pub(crate) fn read_in(&self, context: &Context) -> Result<Reading, Rejection> {
        let (queue, _) = sources::find(self.source).unwrap();
        let (_, sources) = ALL.iter().find(|(name, _)| *name == queue).unwrap();
        sources::read(
            sources,
            &self.body,
            &self.attributes(Some(self.source)),
            context,
        )
    }

    /// The same delivery with another body.
    pub(crate) fn with_body(&self, body: String) -> Self {
        Self {
            body,
            name: self.name.clone(),
            headers: self.headers.clone(),
            ..*self
        }
    }

    /// Whether nothing but its source's name tells what it is.
    pub(crate) fn needs_its_name(&self) -> bool {
        self.name.starts_with("named-")
    }
}

fn folder(source: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(source)
}
