//! Checks an answer against a schema of the API's document: the keywords that the document uses, and no others. A keyword
//! that is not known here fails the test, so nothing is passed over in silence.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

/// Where and how `value` is not what `schema` says.
///
/// # Panics
/// When a schema says what is not known here, or refers to what is not there.
#[must_use]
pub fn faults(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut checker = Checker {
        document,
        faults: Vec::new(),
    };
    checker.check(schema, value, "");
    checker.faults
}

/// Where and how an answer of a route is not what the written document says: its status, its media type, its body. What
/// is no route of the document has to be not found.
///
/// # Panics
/// When the document cannot be read, or says what is not known here.
#[must_use]
pub fn faults_of_answer(route: &str, status: i64, media_type: &str, body: &Value) -> Vec<String> {
    let document = written();
    let (method, path) = route.split_once(' ').expect("a method and a path");
    let operation = &document["paths"][path.replace("+}", "}")][method.to_lowercase()];
    if operation.is_null() {
        let fault = (status != 404).then(|| format!("the document has no {route}"));
        return fault.into_iter().collect();
    }
    let mut response = &operation["responses"][status.to_string()];
    if let Some(elsewhere) = response["$ref"].as_str() {
        let found = document.pointer(elsewhere.trim_start_matches('#'));
        response = found.expect("it leads somewhere");
    }
    if response.is_null() {
        return vec![format!("{status} is not declared")];
    }
    let schema = &response["content"][media_type]["schema"];
    if schema.is_null() {
        return vec![format!("{media_type} is not declared for {status}")];
    }
    faults(&document, schema, body)
}

/// The document as it is written, which a test of the rules compares with the code.
fn written() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    let text = std::fs::read_to_string(path).expect("the document is written");
    serde_json::from_str(&text).expect("it is JSON")
}

struct Checker<'a> {
    document: &'a Value,
    faults: Vec<String>,
}

impl Checker<'_> {
    /// Checks a value against all that is said of it, so that afterwards each of its fields must be known.
    fn check(&mut self, schema: &Value, value: &Value, at: &str) {
        let mut known = BTreeSet::new();
        self.apply(schema, value, at, &mut known);
        for name in value
            .as_object()
            .into_iter()
            .flat_map(|fields| fields.keys())
        {
            if !known.contains(name) {
                self.faults.push(format!("{at}/{name}: unknown"));
            }
        }
    }

    /// Applies one of the schemas that speak of a value, and notes the fields that it knows.
    fn apply(&mut self, schema: &Value, value: &Value, at: &str, known: &mut BTreeSet<String>) {
        for (keyword, argument) in schema.as_object().expect("a schema is an object") {
            let list = || {
                argument
                    .as_array()
                    .expect("the keyword takes a list")
                    .iter()
            };
            let holds = match keyword.as_str() {
                "description" | "default" | "examples" | "pattern" | "uniqueItems" => true,
                "$ref" => {
                    let pointer = argument.as_str().and_then(|text| text.strip_prefix('#'));
                    let target = pointer.and_then(|pointer| self.document.pointer(pointer));
                    self.apply(target.expect("it leads somewhere"), value, at, known);
                    true
                }
                "oneOf" => self.holding(list(), value, at, known) == 1,
                "anyOf" => self.holding(list(), value, at, known) > 0,
                "const" => value == argument,
                "enum" => list().any(|allowed| allowed == value),
                "type" => is_of(argument, value),
                "format" => has_format(argument, value),
                "minimum" => value.as_f64() >= argument.as_f64(),
                "maximum" => value.as_f64() <= argument.as_f64(),
                "maxItems" => {
                    value.as_array().map(Vec::len) <= argument.as_u64().map(|n| n as usize)
                }
                "required" => {
                    let missing = list()
                        .filter_map(Value::as_str)
                        .filter(|name| value.get(name).is_none());
                    self.faults
                        .extend(missing.map(|name| format!("{at}/: misses {name}")));
                    true
                }
                "properties" => {
                    for (name, property) in argument.as_object().expect("by name") {
                        known.insert(name.clone());
                        if let Some(inner) = value.get(name) {
                            self.check(property, inner, &format!("{at}/{name}"));
                        }
                    }
                    true
                }
                "additionalProperties" => {
                    for (name, inner) in value.as_object().into_iter().flatten() {
                        known.insert(name.clone());
                        self.check(argument, inner, &format!("{at}/{name}"));
                    }
                    true
                }
                "items" => {
                    for (index, inner) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(argument, inner, &format!("{at}/{index}"));
                    }
                    true
                }
                unknown => panic!("the keyword {unknown} is not known to this check"),
            };
            if !holds {
                self.faults.push(format!("{at}: {keyword}"));
            }
        }
    }

    /// How many of the schemas hold; their fields are known then.
    fn holding<'a>(
        &self,
        choices: impl Iterator<Item = &'a Value>,
        value: &Value,
        at: &str,
        known: &mut BTreeSet<String>,
    ) -> usize {
        let holding: Vec<_> = choices
            .filter_map(|choice| {
                let mut known = BTreeSet::new();
                let mut inner = Checker {
                    document: self.document,
                    faults: Vec::new(),
                };
                inner.apply(choice, value, at, &mut known);
                inner.faults.is_empty().then_some(known)
            })
            .collect();
        let count = holding.len();
        holding.into_iter().for_each(|fields| known.extend(fields));
        count
    }
}

fn is_of(name: &Value, value: &Value) -> bool {
    match name.as_str().expect("one type, since nothing is nullable") {
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        unknown => panic!("the type {unknown} is not known to this check"),
    }
}

fn has_format(format: &Value, value: &Value) -> bool {
    match format.as_str().expect("a format has a name") {
        "date-time" => value
            .as_str()
            .is_some_and(|text| text.parse::<timeline::Timestamp>().is_ok()),
        "uri-reference" => value.as_str().is_some_and(|text| !text.contains(' ')),
        "int32" => value
            .as_i64()
            .is_some_and(|number| i32::try_from(number).is_ok()),
        "uint8" => value
            .as_u64()
            .is_some_and(|number| u8::try_from(number).is_ok()),
        "int64" => value.is_i64(),
        "uint16" => value
            .as_u64()
            .is_some_and(|number| u16::try_from(number).is_ok()),
        "uint64" => value.is_u64(),
        unknown => panic!("the format {unknown} is not known to this check"),
    }
}
