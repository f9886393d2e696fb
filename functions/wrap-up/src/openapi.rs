//! The function's routes as a part of the OpenAPI document of the HTTP API. It refers to responses that the document has.

use serde_json::{Map, Value, json};

/// The document's heading for the operations.
const TAG: &str = "Interactions";

/// The function's paths, for the document's `paths`.
#[must_use]
pub fn paths() -> Value {
    json!({
        "/v1/interactions/{id}/wrap-up": {
            "post": {
                "operationId": "wrapUp",
                "tags": [TAG],
                "summary": "Say how an interaction ended.",
                "parameters": [interaction()],
                "responses": answers("201", "It is stored.")
            }
        },
        "/v1/interactions/{id}/notes": {
            "post": {
                "operationId": "addNote",
                "tags": [TAG],
                "summary": "Note something on an interaction.",
                "parameters": [interaction()],
                "responses": answers("201", "It is stored.")
            }
        },
        "/v1/interactions/{id}/promises/{promise}": {
            "post": {
                "operationId": "settlePromise",
                "tags": [TAG],
                "summary": "Say what became of a promise.",
                "parameters": [interaction(), promise()],
                "responses": answers("201", "It is stored.")
            }
        },
        "/v1/interactions": {
            "post": {
                "operationId": "addInteraction",
                "tags": [TAG],
                "summary": "Add an interaction that no system saw.",
                "parameters": [],
                "responses": answers("201", "It is stored.")
            }
        }
    })
}

/// What the paths refer to beside schemas and what the document has already, for the document's `components`.
#[must_use]
pub fn components() -> Value {
    json!({})
}

fn interaction() -> Value {
    json!({
        "name": "id",
        "in": "path",
        "required": true,
        "description": "The interaction's id.",
        "schema": { "type": "string", "pattern": "^[a-z0-9-]{1,40}:[A-Za-z0-9._:@+=~-]{1,200}$" }
    })
}

fn promise() -> Value {
    json!({
        "name": "promise",
        "in": "path",
        "required": true,
        "description": "The promise's id.",
        "schema": { "type": "string", "minLength": 1 }
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
