//! The function's part of the HTTP API's description. The schemas `Problem` and `GatewayMessage` are the document's own.

use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

use crate::{SessionRequest, SessionStarted};

/// The document's heading for the operations.
const TAG: &str = "Widget";

/// The function's paths, each with every status that it or API Gateway answers. The schemas of what is asked come from
/// one generator, of what is answered from the other.
pub fn paths(requests: &mut SchemaGenerator, answers: &mut SchemaGenerator) -> Value {
    json!({
        "/v1/widget/sessions": {
            "post": sessions(requests, answers),
            "options": preflight()
        },
        "/v1/widget.js": { "get": script() }
    })
}

/// A response that this function, or API Gateway in front of it, gives.
struct Answer {
    status: &'static str,
    description: &'static str,
    /// What the function says.
    problem: bool,
    /// What API Gateway says.
    message: bool,
    retry: bool,
}

const fn problem(status: &'static str, description: &'static str) -> Answer {
    Answer {
        status,
        description,
        problem: true,
        message: false,
        retry: false,
    }
}

const OFF: Answer = problem("404", "No origin may have the widget, so that it is off.");
const FORBIDDEN: Answer = problem(
    "403",
    "The request names no origin that may have the widget.",
);
const FAILED: Answer = Answer {
    message: true,
    ..problem("500", "The function failed, which it or API Gateway tells.")
};
const TOO_OFTEN_FOR_GATEWAY: Answer = Answer {
    problem: false,
    message: true,
    ..problem("429", "Too much is asked at once. API Gateway's answer.")
};
const GATEWAY_UNAVAILABLE: Answer = Answer {
    problem: false,
    message: true,
    ..problem(
        "503",
        "The function cannot be reached right now. The same request may be sent again.",
    )
};

fn sessions(requests: &mut SchemaGenerator, answers: &mut SchemaGenerator) -> Value {
    let asked = requests.subschema_for::<SessionRequest>();
    let started = answers.subschema_for::<SessionStarted>();
    let mut responses = described(&[
        problem(
            "400",
            "The request cannot be understood; `errors` names the fields. Where they are of some of its events, the \
             others are taken all the same.",
        ),
        problem(
            "401",
            "The token has expired, or is not of this widget and origin. A new session is to be begun.",
        ),
        FORBIDDEN,
        OFF,
        Answer {
            message: true,
            ..problem("413", "The body is too long.")
        },
        Answer {
            message: true,
            retry: true,
            ..problem("429", "A visitor or an address sends too much at once.")
        },
        FAILED,
        Answer {
            message: true,
            retry: true,
            ..problem(
                "503",
                "The events cannot be taken right now, and are not. The same request may be sent again.",
            )
        },
    ]);
    responses.insert(
        "201".to_owned(),
        json!({
            "description": "A session has begun.",
            "content": { "application/json": { "schema": started } }
        }),
    );
    responses.insert(
        "202".to_owned(),
        json!({ "description": "The queue has the events." }),
    );
    json!({
        "operationId": "postWidgetEvents",
        "tags": [TAG],
        "summary": "Begins a visitor's session on a website, or tells what happened in it.",
        "description": "For the widget's script on pages of configured origins. Without `token`, a session begins; with \
                        one, its events are taken, each judged alone. An event of an unknown kind is passed over. One \
                        that is sent again under its id and session counts once.",
        "security": [],
        "parameters": [origin()],
        "requestBody": {
            "required": true,
            "description": "JSON of at most 65,536 bytes, under whatever media type: a browser sends its last words as \
                            plain text.",
            "content": {
                "application/json": { "schema": asked },
                "text/plain": { "schema": {
                    "description": "The same JSON.",
                    "type": "string",
                    "contentMediaType": "application/json",
                    "contentSchema": asked
                } }
            }
        },
        "responses": responses
    })
}

fn preflight() -> Value {
    let mut responses = described(&[
        FORBIDDEN,
        OFF,
        TOO_OFTEN_FOR_GATEWAY,
        FAILED,
        GATEWAY_UNAVAILABLE,
    ]);
    responses.insert(
        "204".to_owned(),
        json!({ "description": "Pages of this origin may send." }),
    );
    json!({
        "operationId": "preflightWidgetEvents",
        "tags": [TAG],
        "summary": "Says to a browser whether a page may send events.",
        "security": [],
        "parameters": [origin()],
        "responses": responses
    })
}

fn script() -> Value {
    let mut responses = described(&[OFF, TOO_OFTEN_FOR_GATEWAY, FAILED, GATEWAY_UNAVAILABLE]);
    responses.insert(
        "200".to_owned(),
        json!({
            "description": "The script.",
            "content": { "text/javascript": { "schema": { "type": "string" } } }
        }),
    );
    responses.insert(
        "304".to_owned(),
        json!({ "description": "The browser has it already." }),
    );
    json!({
        "operationId": "getWidgetScript",
        "tags": [TAG],
        "summary": "The widget's script, for websites to include.",
        "security": [],
        "parameters": [{
            "name": "if-none-match",
            "in": "header",
            "description": "The tag of the script that the browser has.",
            "schema": { "type": "string" }
        }],
        "responses": responses
    })
}

fn origin() -> Value {
    json!({
        "name": "origin",
        "in": "header",
        "required": true,
        "description": "The origin of the page, as browsers name it by themselves.",
        "schema": { "type": "string", "examples": ["https://www.example.com"] }
    })
}

fn described(answers: &[Answer]) -> Map<String, Value> {
    let responses = answers.iter().map(|answer| {
        let mut content = Map::new();
        let bodies = [
            ("application/problem+json", "Problem", answer.problem),
            ("application/json", "GatewayMessage", answer.message),
        ];
        for (media_type, schema, _) in bodies.into_iter().filter(|(_, _, possible)| *possible) {
            let schema = format!("#/components/schemas/{schema}");
            content.insert(
                media_type.to_owned(),
                json!({ "schema": { "$ref": schema } }),
            );
        }
        let mut response = json!({ "description": answer.description, "content": content });
        if answer.retry {
            response["headers"] = json!({ "retry-after": {
                "description": "After how many seconds it may come again.",
                "schema": { "type": "integer", "minimum": 1 }
            } });
        }
        (answer.status.to_owned(), response)
    });
    responses.collect()
}

#[cfg(test)]
mod tests {
    use schemars::generate::SchemaSettings;

    use super::*;

    #[test]
    fn its_schemas_are_the_documents_or_its_own_and_each_field_is_described() {
        let settings = SchemaSettings::draft2020_12();
        let settings =
            settings.with(|settings| settings.definitions_path = "/components/schemas".into());
        let mut requests = settings.clone().for_deserialize().into_generator();
        let mut answers = settings.for_serialize().into_generator();
        let paths = paths(&mut requests, &mut answers).to_string();
        let mut schemas = requests.take_definitions(true);
        schemas.extend(answers.take_definitions(true));
        let referred = paths.split("#/components/schemas/").skip(1);
        for name in referred.filter_map(|rest| rest.split('"').next()) {
            let of_the_document = matches!(name, "Problem" | "GatewayMessage");
            assert!(of_the_document || schemas.contains_key(name), "{name}");
        }
        assert_eq!(schemas.len(), 3, "{:?}", schemas.keys());
        for (name, schema) in &schemas {
            let fields = schema["properties"].as_object();
            for (field, described) in fields.into_iter().flatten() {
                assert!(described["description"].is_string(), "{name}.{field}");
            }
        }
    }
}
