//! The project's own template, and small ones that are wrong.

mod language;
mod ours;
mod refused;

use std::collections::BTreeMap;

use sam_template::{GeneratedSecret, Pseudo, Resolver, Stack, Template, TemplateError};

const TEMPLATE: &str = include_str!("../../../../template.yaml");

struct Here;

impl Resolver for Here {
    fn queue_url(&self, queue: &str) -> String {
        format!("http://sqs.example.com/{queue}")
    }

    fn table_name(&self, logical_id: &str) -> String {
        format!("here-{logical_id}")
    }

    fn secret(&self, secret: &GeneratedSecret) -> String {
        format!("{}*{}", secret.logical_id, secret.length)
    }
}

fn given(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn resolve(text: &str, parameters: &[(&str, &str)]) -> Result<Stack, TemplateError> {
    Template::parse(text)?.resolve(&given(parameters), &Pseudo::local("dev"), &Here)
}

const AGENTS: [(&str, &str); 2] = [
    ("JwtIssuer", "https://issuer.example.com/"),
    ("JwtAudience", "desk, crm"),
];

fn ours() -> Stack {
    resolve(TEMPLATE, &AGENTS).expect("the template is understood")
}

/// A table, which every stack needs, and something besides it.
fn with_table(resources: &str) -> String {
    format!(
        "{{Resources: {{T: {{Type: 'AWS::DynamoDB::Table', Properties: {{
            BillingMode: PAY_PER_REQUEST,
            AttributeDefinitions: [{{AttributeName: pk, AttributeType: S}}],
            KeySchema: [{{AttributeName: pk, KeyType: HASH}}]}}}}, {resources}}},
          Parameters: {{Size: {{Type: Number, Default: 7, MinValue: 5, MaxValue: 9}}}},
          Conditions: {{Never: !Equals [a, b], Round: !Not [!Condition Round]}}}}"
    )
}

fn error_of(resources: &str) -> String {
    resolve(&with_table(resources), &[])
        .expect_err("something is wrong")
        .to_string()
}
