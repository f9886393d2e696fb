//! The function's routes as a part of the OpenAPI document of the HTTP API. It refers to responses that the document has.

use serde_json::{Map, Value, json};

/// The document's heading for the operations.
const TAG: &str = "Customers";

/// The function's paths, for the document's `paths`.
#[must_use]
pub fn paths() -> Value {
    json!({
        "/v1/customers/{id}": {
            "patch": {
                "operationId": "patchCustomer",
                "tags": [TAG],
                "summary": "Change what is known of a customer.",
                "parameters": [customer()],
                "responses": answers("200", "The profile as it is now.")
            }
        }
    })
}

/// What the paths refer to beside schemas and what the document has already, for the document's `components`.
#[must_use]
pub fn components() -> Value {
    json!({})
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

/// The responses of one route, by status.
fn answers(status: &str, description: &str) -> Value {
    let others = [
        ("401", "Unauthorized"),
        ("403", "Forbidden"),
        ("404", "NotFound"),
        ("429", "TooManyRequests"),
        ("500", "Failed"),
        ("503", "Unavailable"),
    ];
    let mut answers: Map<String, Value> = others
        .into_iter()
        .map(|(status, name)| {
            let response = json!({ "$ref": format!("#/components/responses/{name}") });
            (status.to_owned(), response)
        })
        .collect();
    answers.insert(status.to_owned(), json!({ "description": description }));
    Value::Object(answers)
}
