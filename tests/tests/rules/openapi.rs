//! The OpenAPI document of the whole HTTP API: that the written one is that of the code, that its routes are those of the
//! template, and that callers find all that it refers to.

use std::collections::BTreeSet;

use sam_template::{GeneratedSecret, Pseudo, Resolver, Template};
use serde_json::Value;
use tests::openapi::Document;

use crate::root;

/// The document, of all functions that the HTTP API leads to.
fn document() -> Value {
    let mut document = Document::default();
    let desktop = screen_pop::openapi::paths(&mut document.answers);
    let widget = widget_sessions::openapi::paths(&mut document.requests, &mut document.answers);
    let links = link_customers::openapi::paths(&mut document.requests, &mut document.answers);
    let parts = [
        desktop,
        links,
        edit_profile::openapi::paths(),
        wrap_up::openapi::paths(),
        receive_webhook::openapi::paths(),
        widget,
    ];
    for paths in parts {
        document.add_paths(paths);
    }
    for components in [
        screen_pop::openapi::components(),
        link_customers::openapi::components(),
        edit_profile::openapi::components(),
        wrap_up::openapi::components(),
    ] {
        document.add_components(components);
    }
    document.finish()
}

#[test]
fn the_written_document_is_the_one_of_the_code() {
    let path = root().join("docs/openapi.json");
    let mut text = serde_json::to_string_pretty(&document()).unwrap();
    text.push('\n');
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == text,
        "docs/openapi.json is old: UPDATE_DOCS=1 cargo test -p tests --test rules openapi"
    );
}

#[test]
fn the_routes_are_those_of_the_template() {
    let deployed: BTreeSet<_> = template_routes().into_iter().collect();
    let document = document();
    let described: BTreeSet<_> = operations(&document)
        .map(|(path, method, operation)| {
            // What the document asks of everybody holds where an operation says nothing else.
            let security = operation.get("security").unwrap_or(&document["security"]);
            let guarded = security.as_array().is_some_and(|ways| !ways.is_empty());
            (method.to_uppercase(), path.to_owned(), guarded)
        })
        .collect();
    assert_eq!(described, deployed);
}

#[test]
fn each_operation_has_an_id_of_its_own_and_a_heading_that_is_explained() {
    let document = document();
    let headings = document["tags"].as_array().unwrap().iter();
    let headings: BTreeSet<_> = headings.map(|tag| tag["name"].as_str().unwrap()).collect();
    let (mut ids, mut used) = (BTreeSet::new(), BTreeSet::new());
    for (path, method, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap();
        assert!(ids.insert(id), "{id} is there twice");
        assert!(operation["summary"].is_string(), "{method} {path}");
        let [tag] = operation["tags"].as_array().unwrap().as_slice() else {
            panic!("{method} {path} has one heading");
        };
        used.insert(tag.as_str().unwrap());
    }
    assert_eq!(used, headings);
}

#[test]
fn each_parameter_of_a_path_is_described() {
    let document = document();
    for (path, _, operation) in operations(&document) {
        let described: Vec<_> = operation["parameters"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| format!("{{{}}}", parameter["name"].as_str().unwrap()))
            .collect();
        let named: Vec<_> = path
            .split('/')
            .filter(|part| part.starts_with('{'))
            .collect();
        assert_eq!(described, named, "{path}");
    }
}

#[test]
fn each_component_is_referred_to_and_each_reference_leads_to_one() {
    let document = document();
    let mut referred = BTreeSet::new();
    walk(&document, &mut |value| {
        if let Some(target) = value.get("$ref").and_then(Value::as_str) {
            referred.insert(target.to_owned());
        }
    });
    let defined: BTreeSet<_> = ["parameters", "responses", "schemas"]
        .into_iter()
        .flat_map(|sort| {
            let components = document["components"][sort].as_object().unwrap();
            components
                .keys()
                .map(move |name| format!("#/components/{sort}/{name}"))
        })
        .collect();
    assert_eq!(referred, defined);
}

#[test]
fn each_field_is_described_in_words_for_callers() {
    let document = document();
    walk(&document["components"]["schemas"], &mut |value| {
        let fields = value.get("properties").and_then(Value::as_object);
        for (name, field) in fields.into_iter().flatten() {
            assert!(
                field.get("description").is_some() || field.get("const").is_some(),
                "{name} is not described"
            );
        }
    });
    walk(&document, &mut |value| {
        let told = ["description", "summary"].map(|word| value.get(word).and_then(Value::as_str));
        for told in told.into_iter().flatten() {
            for code in ["[`", "::", "`None`", "`Some", "Source:", "Debug"] {
                assert!(!told.contains(code), "{told}");
            }
            assert!(told.ends_with(['.', ':']) && !told.contains('\n'), "{told}");
        }
    });
}

// ── The template ──

struct Nowhere;

impl Resolver for Nowhere {
    fn queue_url(&self, queue: &str) -> String {
        queue.to_owned()
    }

    fn table_name(&self, logical_id: &str) -> String {
        logical_id.to_owned()
    }

    fn secret(&self, secret: &GeneratedSecret) -> String {
        secret.logical_id.clone()
    }
}

/// Method and path of each route, and whether a token is needed.
fn template_routes() -> Vec<(String, String, bool)> {
    let parameters = [
        ("JwtIssuer", "https://issuer.example.com/"),
        ("JwtAudience", "desk"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let stack = Template::parse(include_str!("../../../template.yaml"))
        .and_then(|template| template.resolve(&parameters.into(), &Pseudo::local("dev"), &Nowhere))
        .unwrap();
    stack
        .functions
        .into_iter()
        .flat_map(|function| function.http_events)
        // OpenAPI has no word for a parameter that takes the rest of the path.
        .map(|route| {
            let path = route.path.replace("+}", "}");
            (route.method, path, route.authorizer.is_some())
        })
        .collect()
}

// ── The document ──

fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap();
        methods
            .iter()
            .map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

/// Shows each value of the document to `visit`.
fn walk(value: &Value, visit: &mut impl FnMut(&Value)) {
    visit(value);
    match value {
        Value::Object(fields) => fields.values().for_each(|field| walk(field, visit)),
        Value::Array(items) => items.iter().for_each(|item| walk(item, visit)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
