//! Checks an answer against a schema of the document: the keywords that the document uses, and no others. A keyword
//! that is not known here fails the test, so nothing is passed over in silence.

use std::collections::BTreeSet;

use serde_json::Value;

/// Where and how `value` is not what `schema` says.
pub(crate) fn faults(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut checker = Checker {
        document,
        faults: Vec::new(),
    };
    checker.check(schema, value, "");
    checker.faults
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
                "description" | "default" | "examples" | "pattern" => true,
                "$ref" => {
                    let pointer = argument.as_str().and_then(|text| text.strip_prefix('#'));
                    let target = pointer.and_then(|pointer| self.document.pointer(pointer));
                    self.apply(target.expect("it leads somewhere"), value, at, known);
                    true
                }
                "oneOf" => self.one_of(list(), value, at, known),
                "anyOf" => self.any_of(list(), value, at, known),
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

    /// Whether exactly one of the schemas holds; its fields are known then.
    fn one_of<'a>(
        &self,
        choices: impl Iterator<Item = &'a Value>,
        value: &Value,
        at: &str,
        known: &mut BTreeSet<String>,
    ) -> bool {
        let holding = self.holding(choices, value, at);
        let one = holding.len() == 1;
        holding.into_iter().for_each(|fields| known.extend(fields));
        one
    }

    /// Whether one of the schemas holds, or several; the fields of all that hold are known then.
    fn any_of<'a>(
        &self,
        choices: impl Iterator<Item = &'a Value>,
        value: &Value,
        at: &str,
        known: &mut BTreeSet<String>,
    ) -> bool {
        let holding = self.holding(choices, value, at);
        let any = !holding.is_empty();
        holding.into_iter().for_each(|fields| known.extend(fields));
        any
    }

    /// The fields that each of the schemas knows that hold.
    fn holding<'a>(
        &self,
        choices: impl Iterator<Item = &'a Value>,
        value: &Value,
        at: &str,
    ) -> Vec<BTreeSet<String>> {
        choices
            .filter_map(|choice| {
                let mut known = BTreeSet::new();
                let mut inner = Checker {
                    document: self.document,
                    faults: Vec::new(),
                };
                inner.apply(choice, value, at, &mut known);
                inner.faults.is_empty().then_some(known)
            })
            .collect()
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
        "uint64" => value.is_u64(),
        unknown => panic!("the format {unknown} is not known to this check"),
    }
}
