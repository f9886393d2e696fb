//! The function's routes as a part of the OpenAPI document of the HTTP API. It refers to responses that the document has.

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};
use timeline::{MAX_PREFERENCES, MAX_TRAIT_BYTES};

use crate::{MAX_PATCH_BYTES, ProfiledCustomer, RANK_HEADER};

/// The document's heading for the operations.
const TAG: &str = "Customers";
/// A text that can be shown: something in it can be seen, and nothing steers a terminal.
const SHOWABLE: &str = r"^[^\u0000-\u0009\u000b-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u0009\u000b-\u001f\u007f-\u009f]*$";

/// The function's paths, for the document's `paths`.
#[must_use]
pub fn paths(answers: &mut SchemaGenerator) -> Value {
    let patch = json!({ "schema": patch() });
    json!({
        "/v1/customers/{id}": {
            "patch": {
                "operationId": "patchCustomer",
                "tags": [TAG],
                "summary": "Change what is known of a customer.",
                "description": format!(
                    "A JSON merge patch (RFC 7396): what is named is set, null removes it, the rest stays. What a person \
                     writes is not overwritten by a source, and what a person removes is not brought back by one. With \
                     `If-Match` the change is made to the version that was read, or not at all; without it, each field \
                     that is named is set whatever it was. The same change by the same caller again changes nothing, so \
                     that a request whose answer was lost may be sent again. At most {MAX_PATCH_BYTES} bytes."
                ),
                "parameters": [customer(), if_match(), rank()],
                "requestBody": {
                    "required": true,
                    "content": { "application/merge-patch+json": patch, "application/json": patch }
                },
                "responses": responses::<ProfiledCustomer>(answers)
            }
        }
    })
}

/// What the paths refer to beside schemas and what the document has already, for the document's `components`.
#[must_use]
pub fn components() -> Value {
    json!({})
}

/// A change. Written by hand, since no structure tells apart what is absent and what is null.
fn patch() -> Value {
    let text = |description: &str| {
        json!({
            "description": format!("{description} At most {MAX_TRAIT_BYTES} bytes in UTF-8."),
            "type": ["string", "null"],
            "maxLength": MAX_TRAIT_BYTES,
            "pattern": SHOWABLE
        })
    };
    let formed = |description: &str, pattern: &str, examples: &[&str]| {
        json!({
            "description": description,
            "type": ["string", "null"],
            "pattern": pattern,
            "examples": examples
        })
    };
    json!({
        "type": "object",
        "description": "What is to change of a customer; null removes a field.",
        "additionalProperties": false,
        "properties": {
            "name": text("What the customer is called."),
            "company": text("The company."),
            "language": formed(
                "The language to speak: a BCP 47 tag.",
                "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,2}$",
                &["en", "pt-BR"]
            ),
            "time_zone": formed(
                "A name of the IANA time zone database.",
                "^(UTC|GMT|[A-Z][A-Za-z_]{1,13}(/[A-Z][A-Za-z0-9_+-]{1,13}){1,2})$",
                &["Europe/Berlin"]
            ),
            "address": text("The postal address."),
            "lifecycle_stage": {
                "description": "Where company and customer stand. Without it, documents tell: a bid makes a prospect, a \
                                signature or a payment a customer.",
                "enum": ["prospect", "lead", "customer", "former", null]
            },
            "preferences": {
                "description": format!(
                    "What the customer prefers, by key; at most {MAX_PREFERENCES}, removed ones included. Null removes all."
                ),
                "type": ["object", "null"],
                "propertyNames": { "pattern": "^[a-z0-9_]{1,40}$" },
                "additionalProperties": text("What is preferred.")
            }
        }
    })
}

fn customer() -> Value {
    json!({
        "name": "id",
        "in": "path",
        "required": true,
        "description": "The customer's id.",
        "schema": { "type": "string", "pattern": "^cus_[a-z2-7]{26}$" }
    })
}

fn if_match() -> Value {
    json!({
        "name": "If-Match",
        "in": "header",
        "description": "The `ETag` of the version that was read, or `*` for any.",
        "schema": { "type": "string", "minLength": 1, "examples": ["*"] }
    })
}

fn rank() -> Value {
    json!({
        "name": RANK_HEADER,
        "in": "header",
        "description": "`automation` for a system that copies what it has, such as a CRM's sync: it never overwrites what \
                        a person wrote.",
        "schema": { "enum": ["human", "automation"], "default": "human" }
    })
}

/// The responses of the route, by status.
fn responses<T: JsonSchema>(answers: &mut SchemaGenerator) -> Value {
    let schema = answers.subschema_for::<T>();
    let problem = json!({
        "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } }
    });
    let own = [
        (
            "400",
            "The change cannot be understood; `errors` names the fields. Nothing is changed.",
        ),
        (
            "409",
            "The customer has no room for so many preferences. Nothing is changed.",
        ),
        (
            "412",
            "The customer has been changed since it was read. Nothing is changed.",
        ),
        ("415", "The body is no JSON merge patch."),
    ];
    let shared = [
        ("401", "Unauthorized"),
        ("404", "NotFound"),
        ("429", "TooManyRequests"),
        ("500", "Failed"),
        ("503", "Unavailable"),
    ];
    let own = own.map(|(status, description)| {
        (
            status,
            json!({ "description": description, "content": problem }),
        )
    });
    let shared = shared.map(|(status, name)| {
        (
            status,
            json!({ "$ref": format!("#/components/responses/{name}") }),
        )
    });
    let both = |description: &str| {
        let mut content = problem.clone();
        content["application/json"] =
            json!({ "schema": { "$ref": "#/components/schemas/GatewayMessage" } });
        json!({ "description": description, "content": content })
    };
    let gateways = [
        ("403", both("The token does not allow it, or names nobody.")),
        ("413", both("The body is too long.")),
    ];
    let done = json!({
        "description": "The customer as it is now.",
        "headers": { "ETag": {
            "description": "The version, for `If-Match`.",
            "schema": { "type": "string" }
        } },
        "content": { "application/json": { "schema": schema } }
    });
    let all = own
        .into_iter()
        .chain(shared)
        .chain(gateways)
        .chain([("200", done)]);
    Value::Object(
        all.map(|(status, response)| (status.to_owned(), response))
            .collect::<Map<_, _>>(),
    )
}
