//! Checks a document against the vocabulary's JSON Schema: the few keywords that it uses, and no others. A keyword
//! that is not known here fails the test, so nothing is passed over in silence.

use serde_json::Value;

/// Where and by which keyword `document` does not fit.
pub(crate) fn faults(schema: &Value, document: &Value) -> Vec<String> {
    let checker = Checker { root: schema };
    let mut faults = Vec::new();
    checker.check(schema, document, "", &mut faults);
    faults
}

struct Checker<'a> {
    root: &'a Value,
}

impl Checker<'_> {
    fn check(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        let Value::Object(keywords) = schema else {
            assert_eq!(schema, &Value::Bool(true), "a schema is an object or true");
            return;
        };
        for (keyword, argument) in keywords {
            if !self.holds(keyword, argument, schema, value, at, faults) {
                faults.push(format!("{at}: {keyword}"));
            }
        }
    }

    /// Whether one keyword holds; what is wrong further inside goes to `faults`.
    fn holds(
        &self,
        keyword: &str,
        argument: &Value,
        schema: &Value,
        value: &Value,
        at: &str,
        faults: &mut Vec<String>,
    ) -> bool {
        let fits = |schema: &Value| self.fits(schema, value);
        let list = || argument.as_array().unwrap().iter();
        match keyword {
            "$schema" | "$id" | "$defs" | "title" | "description" | "default" | "examples"
            | "then" => true,
            "$ref" => {
                let pointer = argument.as_str().unwrap().strip_prefix('#').unwrap();
                let target = self.root.pointer(pointer).unwrap();
                self.check(target, value, at, faults);
                true
            }
            "allOf" => {
                list().for_each(|part| self.check(part, value, at, faults));
                true
            }
            "anyOf" => list().any(fits),
            "oneOf" => list().filter(|part| fits(part)).count() == 1,
            "if" => {
                if fits(argument) {
                    self.check(&schema["then"], value, at, faults);
                }
                true
            }
            "const" => value == argument,
            "enum" => list().any(|allowed| allowed == value),
            "type" => match argument.as_array() {
                Some(types) => types.iter().any(|one| is_of(one, value)),
                None => is_of(argument, value),
            },
            "properties" => {
                for (name, property) in argument.as_object().unwrap() {
                    if let Some(inner) = value.get(name) {
                        self.check(property, inner, &format!("{at}/{name}"), faults);
                    }
                }
                true
            }
            "additionalProperties" => {
                assert!(schema.get("properties").is_none(), "only maps have it");
                let fields = value.as_object().into_iter().flatten();
                fields.for_each(|(_, inner)| self.check(argument, inner, at, faults));
                true
            }
            "items" => {
                let items = value.as_array().into_iter().flatten();
                items.for_each(|inner| self.check(argument, inner, at, faults));
                true
            }
            "required" => value.as_object().is_none_or(|fields| {
                list().all(|name| fields.contains_key(name.as_str().unwrap()))
            }),
            "minItems" => length(value).is_none_or(|items| items >= argument.as_u64().unwrap()),
            "maxItems" => length(value).is_none_or(|items| items <= argument.as_u64().unwrap()),
            "minLength" => value
                .as_str()
                .is_none_or(|text| text.chars().count() as u64 >= argument.as_u64().unwrap()),
            "minimum" => value
                .as_f64()
                .is_none_or(|number| number >= argument.as_f64().unwrap()),
            "pattern" => value
                .as_str()
                .is_none_or(|text| matches_identity(argument, text)),
            "format" => value.as_str().is_none_or(|text| has_format(argument, text)),
            unknown => panic!("the keyword {unknown} is not known to this check"),
        }
    }

    fn fits(&self, schema: &Value, value: &Value) -> bool {
        let mut faults = Vec::new();
        self.check(schema, value, "", &mut faults);
        faults.is_empty()
    }
}

fn is_of(name: &Value, value: &Value) -> bool {
    match name.as_str().unwrap() {
        "null" => value.is_null(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        unknown => panic!("the type {unknown} is not known to this check"),
    }
}

fn length(value: &Value) -> Option<u64> {
    value.as_array().map(|items| items.len() as u64)
}

/// The one pattern of the schema.
fn matches_identity(pattern: &Value, text: &str) -> bool {
    assert_eq!(pattern, "^(tel|mailto|visitor|whatsapp|sip|crm):.+$");
    text.split_once(':').is_some_and(|(scheme, rest)| {
        ["tel", "mailto", "visitor", "whatsapp", "sip", "crm"].contains(&scheme) && !rest.is_empty()
    })
}

fn has_format(format: &Value, text: &str) -> bool {
    match format.as_str().unwrap() {
        "date-time" => text.parse::<timeline::Timestamp>().is_ok(),
        "uri-reference" => !text.contains(char::is_whitespace),
        "uint64" | "int64" | "int32" => true,
        unknown => panic!("the format {unknown} is not known to this check"),
    }
}
