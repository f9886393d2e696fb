//! The written documentation: the schema, and the page for people, whose tables are made from the schema and whose
//! examples are the fixtures.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sources::cloudevents::{VOCABULARY, Word, schema};
use timeline::Channel;

use crate::checker::faults;
use crate::{read_text, text_of};

const BEGIN: &str = "<!-- begin: made from the code, do not edit -->\n";
const END: &str = "<!-- end: made from the code -->\n";

#[test]
fn the_written_schema_is_the_one_of_the_code() {
    let mut text = serde_json::to_string_pretty(&schema()).unwrap();
    text.push('\n');
    compare_or_write("cloudevents.schema.json", &text);
}

#[test]
fn the_written_page_is_the_one_of_the_code() {
    let written = std::fs::read_to_string(documentation("cloudevents.md")).unwrap();
    compare_or_write("cloudevents.md", &renewed(&written));
}

#[test]
fn each_example_of_the_page_is_read_and_fits_the_schema() {
    let page = std::fs::read_to_string(documentation("cloudevents.md")).unwrap();
    let examples = examples(&page);
    assert!(examples.len() > VOCABULARY.len(), "{}", examples.len());
    for example in examples {
        let value: Value = serde_json::from_str(&example).unwrap();
        assert_eq!(faults(&schema(), &value), Vec::<String>::new());
        let reading = read_text(&example).unwrap();
        assert!(!reading.events.is_empty() && reading.rejections.is_empty());
    }
}

fn documentation(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs")
        .join(file)
}

fn compare_or_write(file: &str, expected: &str) {
    let path = documentation(file);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, expected).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == expected,
        "docs/{file} is old: UPDATE_DOCS=1 cargo test -p sources --test cloudevents"
    );
}

/// The page with its generated part made anew.
fn renewed(page: &str) -> String {
    let (before, rest) = page.split_once(BEGIN).expect("the page marks its begin");
    let (_, after) = rest.split_once(END).expect("the page marks its end");
    format!("{before}{BEGIN}{}{END}{after}", generated())
}

/// The JSON examples of a page.
fn examples(page: &str) -> Vec<String> {
    page.split("```json\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect()
}

fn generated() -> String {
    let schema = schema();
    let mut page = String::from("\n## Every event's `data`\n\n");
    page += &fields_of(&schema, &schema["$defs"]["About"]);
    page += "\nAn identity in parts:\n\n";
    page += &fields_of(&schema, &schema["$defs"]["IdentityParts"]);
    page += "\n## What can happen where\n\n";
    page += &pairs();
    for word in VOCABULARY {
        write!(page, "\n### {}\n\n{}\n\n", word.kind, word.meaning).unwrap();
        let fields = own_fields(&schema, word);
        page += if fields.is_empty() {
            "Nothing beside what every event's `data` holds.\n"
        } else {
            &fields
        };
        let example = text_of(&format!("says-{}", word.kind));
        write!(page, "\n```json\n{example}```\n").unwrap();
    }
    page.push('\n');
    page
}

fn pairs() -> String {
    let names: Vec<_> = Channel::ALL.iter().map(|channel| channel.name()).collect();
    let mut table = format!("| Kind | {} |\n|---|", names.join(" | "));
    table += &"---|".repeat(names.len());
    table.push('\n');
    for word in VOCABULARY {
        let marks = Channel::ALL.map(|channel| {
            if word.channels.contains(&channel) {
                "yes"
            } else {
                ""
            }
        });
        writeln!(
            table,
            "| [`{0}`](#{0}) | {1} |",
            word.kind,
            marks.join(" | ")
        )
        .unwrap();
    }
    table
}

/// The fields of a kind, as the schema's rule for its types has them.
fn own_fields(schema: &Value, word: &Word) -> String {
    let first = word.type_in(word.channels[0]);
    let rules = schema["$defs"]["CloudEvent"]["allOf"].as_array().unwrap();
    let rule = rules
        .iter()
        .find(|rule| {
            let types = &rule["if"]["properties"]["type"]["enum"];
            types
                .as_array()
                .unwrap()
                .contains(&Value::from(first.as_str()))
        })
        .expect("each kind has its rule");
    let parts = rule["then"]["properties"]["data"]["allOf"]
        .as_array()
        .unwrap();
    let rows: String = parts
        .iter()
        .skip(1)
        .map(|part| rows_of(schema, resolved(schema, part)))
        .collect();
    if rows.is_empty() {
        rows
    } else {
        format!("{HEADING}{rows}")
    }
}

const HEADING: &str = "| Field | Is | Says |\n|---|---|---|\n";

fn fields_of(schema: &Value, definition: &Value) -> String {
    format!("{HEADING}{}", rows_of(schema, definition))
}

fn rows_of(schema: &Value, definition: &Value) -> String {
    let required = definition["required"].as_array();
    let properties = definition["properties"].as_object().unwrap();
    properties
        .iter()
        .map(|(name, field)| {
            let needed = required.is_some_and(|names| names.contains(&name.as_str().into()));
            let needed = if needed { ", required" } else { "" };
            let says = field["description"]
                .as_str()
                .expect("each field is described");
            format!(
                "| `{name}` | {}{needed} | {} |\n",
                type_of(schema, field),
                says.replace('\n', " ")
            )
        })
        .collect()
}

fn resolved<'a>(schema: &'a Value, part: &'a Value) -> &'a Value {
    match part["$ref"].as_str() {
        Some(pointer) => schema.pointer(pointer.trim_start_matches('#')).unwrap(),
        None => part,
    }
}

/// What a field holds, in a few words.
fn type_of(schema: &Value, field: &Value) -> String {
    let name = field["$ref"].as_str().and_then(|r| r.rsplit('/').next());
    match name {
        Some("Identity") => return "identity".to_owned(),
        Some("IdentityUri") => return "identity's URI".to_owned(),
        Some("RelatedInteraction") => {
            return "{`relation`: `initial`, `previous`, `next` or `related`, `interaction`}"
                .to_owned();
        }
        Some("ClaimedIdentity") => {
            let bases = type_of(schema, &schema["$defs"]["Basis"]);
            return format!("{{`identity`, `basis`: {bases}}}");
        }
        Some("Attachment") => return "{`name`, `bytes`?, `media_type`?}".to_owned(),
        _ => {}
    }
    let field = resolved(schema, field);
    if let Some(values) = field["enum"].as_array() {
        return quoted(values.iter());
    }
    for choice in ["oneOf", "anyOf"] {
        if let Some(parts) = field[choice].as_array() {
            return chosen(schema, parts);
        }
    }
    let of = match field["type"].as_array() {
        Some(types) => types.iter().filter(|t| *t != "null").collect(),
        None => vec![&field["type"]],
    };
    let names = of.iter().map(|one| match one.as_str().unwrap() {
        "string" if field["format"] == "date-time" => "time (RFC 3339)".to_owned(),
        "string" => "text".to_owned(),
        "integer" => "whole number".to_owned(),
        "boolean" => "true or false".to_owned(),
        "array" => format!("list of {}", type_of(schema, &field["items"])),
        "object" => "texts by name".to_owned(),
        unknown => panic!("the type {unknown} has no name here"),
    });
    names.collect::<Vec<_>>().join(" or ")
}

fn chosen(schema: &Value, parts: &[Value]) -> String {
    if parts.iter().all(|part| part.get("const").is_some()) {
        return quoted(parts.iter().map(|part| &part["const"]));
    }
    let others = parts.iter().filter(|part| part["type"] != "null");
    let names: Vec<_> = others.map(|part| type_of(schema, part)).collect();
    names.join(" or ")
}

fn quoted<'a>(values: impl Iterator<Item = &'a Value>) -> String {
    let names: Vec<_> = values
        .map(|value| format!("`{}`", value.as_str().unwrap()))
        .collect();
    names.join(", ")
}
