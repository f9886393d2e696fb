//! The function's routes as a part of the OpenAPI document of the HTTP API. It refers to the schemas `Problem` and
//! `GatewayMessage`, which the document has.

use serde_json::{Map, Value, json};

use crate::{MAX_CHALLENGE, RETRY_AFTER_S};

/// The document's heading for the operations.
const TAG: &str = "Webhooks";

/// Who answers with a status.
#[derive(Clone, Copy)]
enum By {
    /// The function, with a problem.
    Function,
    /// API Gateway, with a message.
    Gateway,
    /// Either.
    Both,
}

/// The paths, for the document's `paths`. Anybody may call them: a delivery's signature is its permission.
///
/// ```
/// let paths = receive_webhook::openapi::paths();
/// assert!(paths["/v1/webhooks/{source}"]["post"]["responses"].get("202").is_some());
/// ```
#[must_use]
pub fn paths() -> Value {
    json!({ "/v1/webhooks/{source}": { "get": get(), "head": head(), "post": post() } })
}

/// Answers to HEAD have no content, whoever gives them.
fn head() -> Value {
    let responses: Map<String, Value> = [
        ("200", "The connection is configured."),
        ("404", "No connection of this name is configured."),
        ("429", "Too much is sent at once. API Gateway's answer."),
        ("500", "The function failed."),
        ("503", "The secrets, or the function, cannot be reached right now, or the connection's configuration cannot be used."),
    ]
    .into_iter()
    .map(|(status, description)| (status.to_owned(), json!({ "description": description })))
    .collect();
    json!({
        "operationId": "findWebhook",
        "tags": [TAG],
        "summary": "Says that there is something, which Intercom asks before it takes an address.",
        "security": [],
        "parameters": [source()],
        "responses": responses
    })
}

fn get() -> Value {
    let mut responses = refusals(&[
        (
            "403",
            By::Function,
            "The token is not the connection's, or the challenge is none that is given back.",
        ),
        (
            "404",
            By::Both,
            "No connection of this name is configured, or its system asks nothing by GET.",
        ),
    ]);
    let echo = "The challenge, given back.";
    responses.insert("200".to_owned(), text(echo, &["text/plain"]));
    json!({
        "operationId": "answerHandshake",
        "tags": [TAG],
        "summary": "Answers what a system asks before it sends anything.",
        "description": "For WhatsApp and other systems of Meta.",
        "security": [],
        "parameters": [
            source(),
            query("hub.mode", "What is asked for: `subscribe`."),
            query("hub.verify_token", "The token that the connection is configured with."),
            query("hub.challenge", "The text to be given back: letters, digits, hyphens, underscores and dots."),
        ],
        "responses": responses
    })
}

fn post() -> Value {
    let retry = format!(
        "The queue, or the secrets, cannot be reached right now, or the connection's configuration cannot be used. The \
         same delivery may be sent again, after the {RETRY_AFTER_S} seconds that `Retry-After` says."
    );
    let mut responses = refusals(&[
        (
            "401",
            By::Function,
            "The signature is missing, cannot be read, is of something else or of another time; `type` says which.",
        ),
        (
            "403",
            By::Function,
            "The validation token is none that is given back.",
        ),
        ("404", By::Both, "No connection of this name is configured."),
        (
            "413",
            By::Both,
            "The delivery is longer than the queue takes.",
        ),
        ("415", By::Function, "The body has a content encoding."),
        ("503", By::Both, &retry),
    ]);
    let taken = "The queue has the delivery. Some systems want this status with an empty text, a document in their own \
                 format (TwiML, sipgate's XML), or their validation token given back.";
    responses.insert("200".to_owned(), text(taken, &["text/plain", "text/xml"]));
    let accepted = json!({ "description": "The queue has the delivery." });
    responses.insert("202".to_owned(), accepted);
    json!({
        "operationId": "receiveWebhook",
        "tags": [TAG],
        "summary": "Takes a delivery of a system that is connected.",
        "description": "The delivery is proven as its system proves it: by a signature over its raw bytes, or by a \
                        secret that it shows. It is answered with success only when the queue has all of it.",
        "security": [],
        "parameters": [
            source(),
            validation_token(),
        ],
        "requestBody": {
            "description": "What the system sends, in its own format.",
            "content": {
                "application/json": { "schema": {} },
                "application/x-www-form-urlencoded": { "schema": { "type": "object" } },
                "application/octet-stream": { "schema": {} }
            }
        },
        "responses": responses
    })
}

fn source() -> Value {
    json!({
        "name": "source",
        "in": "path",
        "required": true,
        "description": "The connection: a source's name, or that, a dot and the name of one of several accounts.",
        "schema": {
            "type": "string",
            "pattern": r"^[a-z0-9-]{1,40}(\.[a-z0-9-]{1,32})?$",
            "examples": ["stripe", "twilio-voice.berlin"]
        }
    })
}

fn query(name: &str, description: &str) -> Value {
    json!({
        "name": name,
        "in": "query",
        "description": description,
        "schema": { "type": "string", "maxLength": MAX_CHALLENGE }
    })
}

/// Its limit is no part of the schema: where another system sends such a parameter, nobody looks at it.
fn validation_token() -> Value {
    let description = format!(
        "A text of at most {MAX_CHALLENGE} characters to be given back, which Microsoft Graph sends before anything \
         else. Other systems' is passed over."
    );
    json!({
        "name": "validationToken",
        "in": "query",
        "description": description,
        "schema": { "type": "string" }
    })
}

fn text(description: &str, media_types: &[&str]) -> Value {
    let content: Map<String, Value> = media_types
        .iter()
        .map(|media_type| {
            (
                (*media_type).to_owned(),
                json!({ "schema": { "type": "string" } }),
            )
        })
        .collect();
    json!({ "description": description, "content": content })
}

/// The responses of one route that are no success, with those that any route can have.
fn refusals(own: &[(&str, By, &str)]) -> Map<String, Value> {
    let any = [
        (
            "429",
            By::Gateway,
            "Too much is sent at once. API Gateway's answer.",
        ),
        (
            "500",
            By::Both,
            "The function failed, which it or API Gateway tells.",
        ),
        (
            "503",
            By::Both,
            "The secrets, or the function, cannot be reached right now. The same request may be sent again.",
        ),
    ];
    let mut responses = Map::new();
    for (status, by, description) in any.iter().chain(own) {
        responses.insert((*status).to_owned(), refusal(*by, description));
    }
    responses
}

fn refusal(by: By, description: &str) -> Value {
    let refer =
        |schema: &str| json!({ "schema": { "$ref": format!("#/components/schemas/{schema}") } });
    let problem = ("application/problem+json".to_owned(), refer("Problem"));
    let message = ("application/json".to_owned(), refer("GatewayMessage"));
    let content: Map<String, Value> = match by {
        By::Function => [problem].into_iter().collect(),
        By::Gateway => [message].into_iter().collect(),
        By::Both => [problem, message].into_iter().collect(),
    };
    json!({ "description": description, "content": content })
}
