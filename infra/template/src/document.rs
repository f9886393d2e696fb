//! YAML with short tags → JSON with CloudFormation's long function names.

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value};

use crate::error::{Place, TemplateError};

/// CloudFormation takes 1 MB by way of S3.
const MAX_TEMPLATE_BYTES: usize = 1_000_000;
/// Levels of nesting in the document; the deepest real one has about fifteen.
const MAX_NESTING: usize = 40;

/// The functions that [`crate::scope`] resolves, or that are allowed where
/// nothing is resolved. The short tag of each is its name without `Fn::`.
const FUNCTIONS: [&str; 9] = [
    "Ref",
    "Condition",
    "Fn::And",
    "Fn::Equals",
    "Fn::GetAtt",
    "Fn::If",
    "Fn::Not",
    "Fn::Or",
    "Fn::Sub",
];

/// Reads the text. `!Ref X` becomes `{"Ref": "X"}` and `!GetAtt X.Y` becomes
/// `{"Fn::GetAtt": ["X", "Y"]}`, so that short and long forms are one.
///
/// An `Err` refuses the template as a whole.
pub(crate) fn parse(text: &str) -> Result<Value, TemplateError> {
    if text.len() > MAX_TEMPLATE_BYTES {
        return Err(TemplateError::TooLong {
            limit: MAX_TEMPLATE_BYTES,
        });
    }
    let documents = Yaml::load_from_str(text).map_err(TemplateError::Yaml)?;
    let [document] = documents.as_slice() else {
        return Err(TemplateError::Shape {
            place: Place::of("template"),
            expected: "one document",
        });
    };
    json(document, &mut Vec::new())
}

fn json(node: &Yaml<'_>, path: &mut Vec<String>) -> Result<Value, TemplateError> {
    if path.len() > MAX_NESTING {
        return Err(TemplateError::TooDeep {
            place: place(path),
            limit: MAX_NESTING,
        });
    }
    match node {
        Yaml::Value(scalar) => scalar_json(scalar, path),
        Yaml::Sequence(elements) => elements
            .iter()
            .enumerate()
            .map(|(number, element)| within(path, number.to_string(), |path| json(element, path)))
            .collect(),
        Yaml::Mapping(entries) => {
            let mut object = Map::new();
            for (key, value) in entries {
                let key = key.as_str().ok_or_else(|| TemplateError::Shape {
                    place: place(path),
                    expected: "keys that are strings",
                })?;
                known_function(key, path)?;
                let value = within(path, key.to_owned(), |path| json(value, path))?;
                object.insert(key.to_owned(), long_form(key, value));
            }
            Ok(Value::Object(object))
        }
        Yaml::Tagged(tag, inner) => {
            let name = match tag.suffix.as_str() {
                short @ ("Ref" | "Condition") => short.to_owned(),
                short => format!("Fn::{short}"),
            };
            known_function(&name, path)?;
            let argument = within(path, name.clone(), |path| json(inner, path))?;
            let argument = long_form(&name, argument);
            Ok(Value::Object(Map::from_iter([(name, argument)])))
        }
        Yaml::Representation(..) | Yaml::Alias(_) | Yaml::BadValue => Err(TemplateError::Shape {
            place: place(path),
            expected: "a plain YAML value",
        }),
    }
}

fn scalar_json(scalar: &Scalar<'_>, path: &[String]) -> Result<Value, TemplateError> {
    Ok(match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(value) => Value::Bool(*value),
        Scalar::Integer(value) => Value::from(*value),
        Scalar::String(value) => Value::String(value.to_string()),
        Scalar::FloatingPoint(_) => {
            return Err(TemplateError::Shape {
                place: place(path),
                expected: "no fractional number",
            });
        }
    })
}

fn within<T>(
    path: &mut Vec<String>,
    name: String,
    step: impl FnOnce(&mut Vec<String>) -> Result<T, TemplateError>,
) -> Result<T, TemplateError> {
    path.push(name);
    let outcome = step(path);
    path.pop();
    outcome
}

fn known_function(name: &str, path: &[String]) -> Result<(), TemplateError> {
    if !name.starts_with("Fn::") || FUNCTIONS.contains(&name) {
        return Ok(());
    }
    Err(TemplateError::UnknownFunction {
        place: place(path),
        name: name.to_owned(),
    })
}

/// `X.Y` is `[X, Y]` for `Fn::GetAtt`; every other argument stays as it is.
fn long_form(name: &str, argument: Value) -> Value {
    if name != "Fn::GetAtt" {
        return argument;
    }
    match argument.as_str().and_then(|target| target.split_once('.')) {
        Some((resource, attribute)) => Value::from(vec![resource, attribute]),
        None => argument,
    }
}

/// `Resources.Table.Properties.KeySchema` is told as `Table.KeySchema`.
fn place(path: &[String]) -> Place {
    let (logical_id, rest) = match path {
        [section, logical_id, properties, rest @ ..]
            if section == "Resources" && properties == "Properties" =>
        {
            (logical_id.as_str(), rest)
        }
        [section, logical_id, rest @ ..] if section == "Resources" => (logical_id.as_str(), rest),
        [section, rest @ ..] => (section.as_str(), rest),
        [] => ("template", path),
    };
    Place {
        logical_id: logical_id.to_owned(),
        property: rest.join("."),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn short_tags_and_long_names_are_one() {
        let short = parse("a: !Ref X\nb: !GetAtt X.Arn\nc: !If [C, !Sub '${X}', 1]").unwrap();
        let long = parse(
            "a: {Ref: X}\nb: {'Fn::GetAtt': [X, Arn]}\nc: {'Fn::If': [C, {'Fn::Sub': '${X}'}, 1]}",
        )
        .unwrap();
        assert_eq!(short, long);
        assert_eq!(short["b"], json!({"Fn::GetAtt": ["X", "Arn"]}));
    }

    #[test]
    fn a_tagged_number_or_empty_tag_keeps_its_tag() {
        let document = parse("a: !Ref 12\nb: !Not [!Equals ['', !Ref X]]").unwrap();
        assert!(document["a"].get("Ref").is_some(), "{document}");
        assert_eq!(
            document["b"],
            json!({"Fn::Not": [{"Fn::Equals": ["", {"Ref": "X"}]}]})
        );
    }

    #[test]
    fn an_unknown_function_is_refused_wherever_it_stands() {
        let text = "Resources: {Calls: {Type: T, Properties: {Name: !Cidr [a, b]}}}";
        let error = parse(text).unwrap_err();
        assert_eq!(error.to_string(), "Calls.Name: unknown function Fn::Cidr");
        let error = parse("Outputs: {A: {Value: {'Fn::Join': []}}}").unwrap_err();
        assert_eq!(
            error.to_string(),
            "Outputs.A.Value: unknown function Fn::Join"
        );
    }

    #[test]
    fn a_key_given_twice_is_refused() {
        assert!(matches!(
            parse("a: 1\na: 2").unwrap_err(),
            TemplateError::Yaml(_)
        ));
    }

    #[test]
    fn nesting_and_length_have_limits() {
        let deep = format!("{}{}", "[".repeat(60), "]".repeat(60));
        assert!(matches!(
            parse(&deep).unwrap_err(),
            TemplateError::TooDeep { .. }
        ));
        let endless = "[".repeat(500_000);
        assert!(parse(&endless).is_err());
        let endless = format!("{}{}", "[".repeat(400_000), "]".repeat(400_000));
        assert!(parse(&endless).is_err());
        let long = "a".repeat(MAX_TEMPLATE_BYTES + 1);
        assert!(matches!(
            parse(&long).unwrap_err(),
            TemplateError::TooLong { .. }
        ));
    }

    #[test]
    fn several_documents_or_none_are_refused() {
        assert!(parse("").is_err());
        assert!(parse("a: 1\n---\nb: 2").is_err());
    }
}
