//! The function's routes as a part of the OpenAPI document of the HTTP API. It refers to responses that the document has.

use serde_json::{Map, Value, json};

/// The document's heading for the operations.
const TAG: &str = "Customers";

/// The function's paths, for the document's `paths`.
#[must_use]
pub fn paths() -> Value {
    json!({
        "/v1/customers/{id}/links": {
            "get": {
                "operationId": "getLinks",
                "tags": [TAG],
                "summary": "The active links of a customer.",
                "parameters": [customer()],
                "responses": answers("200", "The links.")
            },
            "post": {
                "operationId": "link",
                "tags": [TAG],
                "summary": "Link another customer or identity to this one.",
                "parameters": [customer()],
                "responses": answers("201", "The link is made.")
            }
        },
        "/v1/customers/{id}/links/{link_id}": {
            "delete": {
                "operationId": "unlink",
                "tags": [TAG],
                "summary": "Take a link back.",
                "parameters": [customer(), link_id()],
                "responses": answers("200", "The link is taken back.")
            }
        },
        "/v1/customers/{id}/candidates": {
            "get": {
                "operationId": "getCandidates",
                "tags": [TAG],
                "summary": "Who this customer may be as well, with the evidence.",
                "parameters": [customer()],
                "responses": answers("200", "The candidates.")
            }
        },
        "/v1/customers/{id}/candidates/{identity}": {
            "post": {
                "operationId": "decideCandidate",
                "tags": [TAG],
                "summary": "Confirm or reject that a candidate is this customer, or withdraw that.",
                "parameters": [customer(), identity()],
                "responses": answers("200", "The decision is recorded.")
            }
        },
        "/v1/identities/{identity}": {
            "put": {
                "operationId": "putIdentity",
                "tags": [TAG],
                "summary": "State what is known of an identity itself: whether several people share it.",
                "parameters": [identity()],
                "responses": answers("200", "It is recorded.")
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

fn link_id() -> Value {
    json!({
        "name": "link_id",
        "in": "path",
        "required": true,
        "description": "The link's id.",
        "schema": { "type": "string", "minLength": 1 }
    })
}

fn identity() -> Value {
    json!({
        "name": "identity",
        "in": "path",
        "required": true,
        "description": "The identity's URI; what it holds of slashes may stand as it is.",
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
