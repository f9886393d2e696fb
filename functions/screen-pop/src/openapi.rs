//! The HTTP API as an OpenAPI document, made from the structures that answer it.

use lambda_kit::http::MAX_FIELD_ERRORS;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};
use store::{MAX_PAGE, POP_PAGE};
use timeline::{Customer, ScreenPop};

use crate::{CustomerPage, InteractionPage};

/// The name of the security scheme.
const AGENT: &str = "Agent";
/// Under which operations speak of a page's cursor.
const CURSOR: &str = "Cursor";

/// What a route can answer beside what it is asked for.
struct Refusals {
    /// For a query that cannot be understood.
    bad_request: bool,
    /// For an id that stands for nothing.
    not_found: bool,
    /// For a table that cannot be read in time. A pop is `degraded` instead.
    unavailable: bool,
}

/// Descriptions that speak to readers of the code, and what readers of the API are told instead.
const RETOLD: &[(&str, &str)] = &[
    (
        "Personal",
        "A text about a person. Show it to the agent, never write it into a log.",
    ),
    (
        "Text",
        "What somebody wrote: its first 32 KiB, with its true length.",
    ),
];

/// The OpenAPI 3.1 document of the function's routes. The same code always gives the same JSON.
///
/// ```
/// let document = screen_pop::openapi::document();
/// assert_eq!(document["openapi"], "3.1.1");
/// ```
#[must_use]
pub fn document() -> Value {
    let mut generator = SchemaSettings::draft2020_12()
        .for_serialize()
        .with(|settings| settings.definitions_path = "/components/schemas".into())
        .with_transform(RecursiveTransform(without_nulls))
        .with_transform(RecursiveTransform(for_callers))
        .into_generator();
    let paths = paths(&mut generator);
    let mut schemas = generator.take_definitions(true);
    for (name, told) in RETOLD {
        if let Some(schema) = schemas.get_mut(*name) {
            schema["description"] = Value::from(*told);
        }
    }
    schemas.insert("Problem".to_owned(), problem());
    schemas.insert("GatewayMessage".to_owned(), gateway_message());
    let mut document = json!({
        "openapi": "3.1.1",
        "info": {
            "title": "Cornerstore",
            "summary": env!("CARGO_PKG_DESCRIPTION"),
            "description": "For agents' desktops. Every answer holds personal data and is never to be cached. Fields \
                            may be added; a field that is not known is to be passed over.",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "Apache License 2.0", "identifier": env!("CARGO_PKG_LICENSE") }
        },
        "servers": servers(),
        "security": [{ AGENT: [] }],
        "paths": paths,
        "components": {
            "parameters": { CURSOR: cursor() },
            "responses": responses(),
            "schemas": schemas,
            "securitySchemes": { AGENT: {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "JWT",
                "description": "A token of the stack's issuer, meant for the stack's audience."
            } }
        }
    });
    // A map keeps the order of insertion as soon as any crate of the build asks serde_json for that.
    document.sort_all_objects();
    document
}

fn servers() -> Value {
    json!([
        {
            "url": "https://{api}.execute-api.{region}.amazonaws.com",
            "description": "A deployed stack: its output ApiUrl.",
            "variables": {
                "api": { "default": "api-id", "description": "The id of the HTTP API." },
                "region": { "default": "us-east-1", "description": "The region of the stack." }
            }
        },
        { "url": "http://127.0.0.1:8787", "description": "The local stack." }
    ])
}

fn paths(generator: &mut SchemaGenerator) -> Value {
    let any_id = Refusals {
        bad_request: true,
        not_found: true,
        unavailable: true,
    };
    let customer = id("The customer's id.", "^cus_[a-z2-7]{26}$");
    let interaction = id(
        "The interaction's id.",
        "^[a-z0-9-]{1,40}:[A-Za-z0-9._:@+=~-]{1,200}$",
    );
    let cursor = json!({ "$ref": format!("#/components/parameters/{CURSOR}") });
    json!({
        "/v1/screen-pop": { "get": screen_pop(generator) },
        "/v1/customers/{id}": { "get": {
            "operationId": "getCustomer",
            "summary": "Who it is.",
            "parameters": [customer],
            "responses": answers::<Customer>(generator, "The customer.", &Refusals { bad_request: false, ..any_id })
        } },
        "/v1/customers/{id}/timeline": { "get": {
            "operationId": "getTimeline",
            "summary": "What happened, newest first, page by page.",
            "parameters": [customer, limit(), cursor],
            "responses": answers::<CustomerPage>(generator, "A page of the timeline.", &any_id)
        } },
        "/v1/interactions/{id}": { "get": {
            "operationId": "getInteraction",
            "summary": "An interaction and its events, page by page.",
            "parameters": [interaction, cursor],
            "responses": answers::<InteractionPage>(generator, "The interaction and a page of its events.", &any_id)
        } }
    })
}

fn screen_pop(generator: &mut SchemaGenerator) -> Value {
    let refusals = Refusals {
        bad_request: true,
        not_found: false,
        unavailable: false,
    };
    json!({
        "operationId": "getScreenPop",
        "summary": "Who is calling, what happened before and what is open.",
        "description": "Exactly one of `phone`, `email` and `identity` is needed. What cannot be read in time gives \
                        the state `degraded` with what could, so that a pop never holds up a call.",
        "parameters": [
            {
                "name": "phone",
                "in": "query",
                "description": "A telephone number, best in E.164, or what a withheld number is sent as. A plus has \
                                to come as `%2B`. Without one, the digits are read as a national number of the \
                                stack's region and as an international one; where both are possible, the one that \
                                is known is shown, and the national one when both or none are.",
                "schema": { "type": "string", "minLength": 1, "examples": ["+14155550123"] }
            },
            {
                "name": "email",
                "in": "query",
                "description": "An email address.",
                "schema": { "type": "string", "minLength": 1, "examples": ["ada@example.com"] }
            },
            {
                "name": "identity",
                "in": "query",
                "description": "An identity's URI.",
                "schema": { "type": "string", "minLength": 1, "examples": ["visitor:shop/4f2a"] }
            }
        ],
        "responses": answers::<ScreenPop>(generator, "The pop.", &refusals)
    })
}

fn id(description: &str, pattern: &str) -> Value {
    json!({
        "name": "id",
        "in": "path",
        "required": true,
        "description": description,
        "schema": { "type": "string", "pattern": pattern }
    })
}

fn limit() -> Value {
    json!({
        "name": "limit",
        "in": "query",
        "description": "How many interactions a page holds at most.",
        "schema": { "type": "integer", "minimum": 1, "maximum": MAX_PAGE, "default": POP_PAGE }
    })
}

fn cursor() -> Value {
    json!({
        "name": "cursor",
        "in": "query",
        "description": "The `next_cursor` of the page before, which is good for the same list only. The first page \
                        needs none.",
        "schema": { "type": "string", "minLength": 1 }
    })
}

/// The responses of one route, by status.
fn answers<T: JsonSchema>(
    generator: &mut SchemaGenerator,
    description: &str,
    refusals: &Refusals,
) -> Value {
    let schema = generator.subschema_for::<T>();
    let mut answers = Map::new();
    answers.insert(
        "200".to_owned(),
        json!({
            "description": description,
            "content": { "application/json": { "schema": schema } }
        }),
    );
    let unavailable = if refusals.unavailable {
        "Unavailable"
    } else {
        "GatewayUnavailable"
    };
    let others = [
        ("400", "BadRequest", refusals.bad_request),
        ("401", "Unauthorized", true),
        ("403", "Forbidden", true),
        ("404", "NotFound", refusals.not_found),
        ("429", "TooManyRequests", true),
        ("500", "Failed", true),
        ("503", unavailable, true),
    ];
    for (status, name, _) in others.into_iter().filter(|(_, _, possible)| *possible) {
        let response = json!({ "$ref": format!("#/components/responses/{name}") });
        answers.insert(status.to_owned(), response);
    }
    Value::Object(answers)
}

/// What routes answer when they do not answer with what they are asked for.
fn responses() -> Value {
    let problem = (
        "application/problem+json",
        json!({ "schema": { "$ref": "#/components/schemas/Problem" } }),
    );
    let message = (
        "application/json",
        json!({ "schema": { "$ref": "#/components/schemas/GatewayMessage" } }),
    );
    let response = |description: &str, bodies: &[&(&str, Value)]| {
        let content: Map<String, Value> = bodies
            .iter()
            .map(|(media_type, body)| ((*media_type).to_owned(), body.clone()))
            .collect();
        json!({ "description": description, "content": content })
    };
    json!({
        "BadRequest": response("The query cannot be understood; `errors` names the parameter.", &[&problem]),
        "Unauthorized": response("There is no token, or one that is not taken. API Gateway's answer.", &[&message]),
        "Forbidden": response("The token does not allow it. API Gateway's answer.", &[&message]),
        "NotFound": response("Nothing has this id.", &[&problem]),
        "TooManyRequests": response("Too much is asked at once. API Gateway's answer.", &[&message]),
        "Failed": response("The function failed, which it or API Gateway tells.", &[&problem, &message]),
        "Unavailable": response(
            "The timeline, or the function, cannot be reached right now. The same request may be sent again.",
            &[&problem, &message]
        ),
        "GatewayUnavailable": response(
            "The function cannot be reached right now. The same request may be sent again.",
            &[&message]
        )
    })
}

/// [`lambda_kit::http::Problem`] as it is written. A test compares it with written ones.
fn problem() -> Value {
    json!({
        "description": "What went wrong, as RFC 9457 has it. Never quotes what was sent.",
        "type": "object",
        "required": ["type", "title", "status"],
        "properties": {
            "type": {
                "description": "What sort of problem it is. `about:blank`: what its status says.",
                "type": "string",
                "format": "uri-reference"
            },
            "title": { "description": "The sort of problem, for people.", "type": "string" },
            "status": {
                "description": "The response's status.",
                "type": "integer",
                "minimum": 400,
                "maximum": 599
            },
            "detail": { "description": "What happened this time.", "type": "string" },
            "errors": {
                "description": "What is wrong with single parameters.",
                "type": "array",
                "maxItems": MAX_FIELD_ERRORS,
                "items": {
                    "type": "object",
                    "required": ["name", "reason"],
                    "properties": {
                        "name": { "description": "The parameter.", "type": "string" },
                        "reason": { "description": "What is wrong with it.", "type": "string" }
                    }
                }
            }
        }
    })
}

fn gateway_message() -> Value {
    json!({
        "description": "What API Gateway answers itself.",
        "type": "object",
        "required": ["message"],
        "properties": { "message": { "description": "The reason, for people.", "type": "string" } }
    })
}

/// Takes the null out of fields that are left out when there is nothing to say. The generator makes every optional
/// field nullable, but a field that is not required is one that is skipped, and so is never written as null.
fn without_nulls(schema: &mut Schema) {
    let required: Vec<Value> = match schema.get("required") {
        Some(Value::Array(names)) => names.clone(),
        _ => Vec::new(),
    };
    let Some(Value::Object(properties)) = schema.get_mut("properties") else {
        return;
    };
    let skipped = properties
        .iter_mut()
        .filter(|(name, _)| !required.contains(&Value::from(name.as_str())));
    for (_, property) in skipped {
        if let Value::Object(property) = property {
            without_null(property);
        }
    }
}

fn without_null(property: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = property.get_mut("type") {
        types.retain(|one| one != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            property.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(choices)) = property.get_mut("anyOf") {
        choices.retain(|choice| choice["type"] != "null");
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            property.remove("anyOf");
            property.extend(only);
        }
    }
}

/// Takes out what says nothing to callers: where fields stand in providers' payloads, and Rust's names for types.
fn for_callers(schema: &mut Schema) {
    if let Some(Value::String(description)) = schema.get_mut("description") {
        if let Some(origin) = description.find("Source: ") {
            description.truncate(origin);
        }
        *description = description
            .trim_end()
            .replace('\n', " ")
            .replace("`None`", "absent");
    }
    // What readers of a stored form put in for a missing field. In an answer, such a field is always there.
    schema.remove("default");
    // Not in OpenAPI's registry of formats; the minimum of 0 says what there is to say.
    if schema.get("format").is_some_and(|format| format == "uint") {
        schema.remove("format");
    }
}
