//! The function's routes as a part of the OpenAPI document of the HTTP API. It refers to responses that the document has.

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};
use timeline::Summary;

use crate::{EndForm, IDEMPOTENCY_KEY, InteractionForm, MAX_KEY_BYTES, NoteForm, WrapUpForm};

/// The document's heading for the operations.
const TAG: &str = "Interactions";

/// The function's paths, for the document's `paths`. The schemas of what is asked come from one generator, of what is
/// answered from the other.
#[must_use]
pub fn paths(requests: &mut SchemaGenerator, answers: &mut SchemaGenerator) -> Value {
    let summary = answers.subschema_for::<Summary>().to_value();
    json!({
        "/v1/interactions/{id}/wrap-up": { "post": {
            "operationId": "wrapUp",
            "tags": [TAG],
            "summary": "Say how an interaction ended.",
            "description": "All of it is stored at once, or nothing is. A promise may be told to the customer as soon \
                            as this is answered with 201, and not before.",
            "parameters": [interaction(), key()],
            "requestBody": body::<WrapUpForm>(requests),
            "responses": responses(&summary, &stored(), Path::Named)
        } },
        "/v1/interactions/{id}/notes": { "post": {
            "operationId": "addNote",
            "tags": [TAG],
            "summary": "Note something on an interaction.",
            "parameters": [interaction(), key()],
            "requestBody": body::<NoteForm>(requests),
            "responses": responses(&summary, &stored(), Path::Named)
        } },
        "/v1/interactions/{id}/promises/{promise}": { "post": {
            "operationId": "settlePromise",
            "tags": [TAG],
            "summary": "Say what became of a promise.",
            "description": "Where that is known already, it stays so. What is said last counts.",
            "parameters": [interaction(), promise(), key()],
            "requestBody": body::<EndForm>(requests),
            "responses": responses(&summary, &stored(), Path::Named)
        } },
        "/v1/interactions": { "post": {
            "operationId": "addInteraction",
            "tags": [TAG],
            "summary": "Add an interaction that no system saw.",
            "parameters": [key()],
            "requestBody": body::<InteractionForm>(requests),
            "responses": responses(&summary, &added(), Path::Fixed)
        } }
    })
}

/// What the paths refer to beside schemas and what the document has already, for the document's `components`.
#[must_use]
pub fn components() -> Value {
    json!({})
}

fn body<T: JsonSchema>(requests: &mut SchemaGenerator) -> Value {
    let schema = requests.subschema_for::<T>();
    json!({ "required": true, "content": { "application/json": { "schema": schema } } })
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
        "description": "The promise's id, which the interaction's summary tells.",
        "schema": { "type": "string", "pattern": "^[A-Za-z0-9_.-]{1,64}$" }
    })
}

fn key() -> Value {
    json!({
        "name": IDEMPOTENCY_KEY,
        "in": "header",
        "description": "A text of the caller's own for this request. Sent again with the same content it does nothing \
                        twice and is answered alike; with another content it is refused. Under another path, and of another \
                        agent, it is another request.",
        "schema": { "type": "string", "minLength": 1, "maxLength": MAX_KEY_BYTES }
    })
}

fn stored() -> Value {
    json!({ "description": "It is stored. The interaction as it reads now." })
}

fn added() -> Value {
    json!({
        "description": "It is stored. The interaction as it reads now.",
        "headers": { "Location": {
            "description": "The path of the interaction.",
            "schema": { "type": "string", "format": "uri-reference" }
        } }
    })
}

/// Whether a path names something that may not be there.
#[derive(Clone, Copy, PartialEq)]
enum Path {
    Named,
    Fixed,
}

/// The responses of one route, by status.
fn responses(summary: &Value, stored: &Value, path: Path) -> Value {
    let mut created = stored.clone();
    created["content"] = json!({ "application/json": { "schema": summary } });
    let mut responses = Map::from_iter([("201".to_owned(), created)]);
    let refusals = [
        (
            "400",
            "The body or a header is not of the form that is needed; `errors` names what.",
        ),
        (
            "409",
            "Something else was sent under the same key, or the interaction would have too many open promises and \
             nothing was stored, or so many were promised at the same moment that one of them is not in view.",
        ),
        ("413", "The body is too long."),
    ];
    for (status, description) in refusals {
        let schema = json!({ "$ref": "#/components/schemas/Problem" });
        let content = json!({ "application/problem+json": { "schema": schema } });
        let response = json!({ "description": description, "content": content });
        responses.insert(status.to_owned(), response);
    }
    let forbidden = json!({
        "description": "The token does not allow it, which API Gateway tells, or does not say who asks.",
        "content": {
            "application/json": { "schema": { "$ref": "#/components/schemas/GatewayMessage" } },
            "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } }
        }
    });
    responses.insert("403".to_owned(), forbidden);
    let others = [
        ("401", "Unauthorized"),
        ("404", "NotFound"),
        ("429", "TooManyRequests"),
        ("500", "Failed"),
        ("503", "Unavailable"),
    ];
    for (status, name) in others {
        if status != "404" || path == Path::Named {
            let response = json!({ "$ref": format!("#/components/responses/{name}") });
            responses.insert(status.to_owned(), response);
        }
    }
    Value::Object(responses)
}
