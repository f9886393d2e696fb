//! The function's routes as a part of the OpenAPI document of the HTTP API, made from the structures that answer them.
//! It refers to the schemas `Problem` and `GatewayMessage`, which the document has.

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};
use store::{MAX_PAGE, POP_PAGE};
use timeline::{Channel, Customer, Purpose, ScreenPop};

use crate::{ContactAnswer, CustomerPage, InteractionPage};

/// The document's heading for the operations.
const TAG: &str = "Desktop";
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

/// The function's paths, for the document's `paths`. They refer to [`components`].
///
/// ```
/// let mut generator = schemars::SchemaGenerator::default();
/// let paths = screen_pop::openapi::paths(&mut generator);
/// assert!(paths["/v1/screen-pop"]["get"]["responses"].get("200").is_some());
/// ```
#[must_use]
pub fn paths(generator: &mut SchemaGenerator) -> Value {
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
            "tags": [TAG],
            "summary": "Who it is.",
            "parameters": [customer],
            "responses": answers::<Customer>(generator, "The customer.", &Refusals { bad_request: false, ..any_id })
        } },
        "/v1/customers/{id}/timeline": { "get": {
            "operationId": "getTimeline",
            "tags": [TAG],
            "summary": "What happened, newest first, page by page.",
            "parameters": [customer, limit(), cursor],
            "responses": answers::<CustomerPage>(generator, "A page of the timeline.", &any_id)
        } },
        "/v1/customers/{id}/may-contact": { "get": may_contact(generator, &customer) },
        "/v1/interactions/{id}": { "get": {
            "operationId": "getInteraction",
            "tags": [TAG],
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
        "tags": [TAG],
        "summary": "Who is calling, what happened before and what is open.",
        "description": "Exactly one of `phone`, `email`, `identity` and `interaction` is needed. What cannot be read in time gives \
                        the state `degraded` with what could, so that a pop never holds up a call.",
        "parameters": [
            {
                "name": "phone",
                "in": "query",
                "description": "A telephone number, best in E.164, or what a withheld number is sent as. A plus has \
                                to come as `%2B`. Without one, the digits are read as a national number of the \
                                stack's region and as an international one; where both are possible, the one of \
                                which more is known is shown, and the national one when that decides nothing.",
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
                "description": "An identity's URI: also a record of a CRM, and the number of an order or a ticket, which \
                                leads to its customer: the one lookup that takes three round trips to the table \
                                where that customer is linked.",
                "schema": { "type": "string", "minLength": 1, "examples": ["visitor:shop/4f2a"] }
            },
            {
                "name": "interaction",
                "in": "query",
                "description": "An interaction's id: the pop is that of its customer. A contact that was transferred \
                                inherits the customer from where it came.",
                "schema": { "type": "string", "minLength": 1, "examples": ["amazon-connect:8f2b6c1e"] }
            }
        ],
        "responses": answers::<ScreenPop>(generator, "The pop.", &refusals)
    })
}

fn may_contact(generator: &mut SchemaGenerator, customer: &Value) -> Value {
    let refusals = Refusals {
        bad_request: true,
        not_found: true,
        unavailable: true,
    };
    let one_of = |names: &[&str]| json!({ "type": "string", "enum": names });
    json!({
        "operationId": "mayContact",
        "tags": [TAG],
        "summary": "Whether a customer may be contacted, and what decides it.",
        "description": "Asked of what is known now of all the customer's identities. An open complaint and an overdue \
                        promise deny sales and marketing; an address at which mail comes back denies email. What \
                        cannot be read is never taken for an allowance.",
        "parameters": [
            customer,
            {
                "name": "purpose",
                "in": "query",
                "required": true,
                "description": "What for.",
                "schema": one_of(&Purpose::ALL.map(Purpose::name))
            },
            {
                "name": "channel",
                "in": "query",
                "required": true,
                "description": "By which channel. Text messages and messengers are chat; whatever is mailed is email.",
                "schema": one_of(&Channel::ALL.map(Channel::name))
            },
            {
                "name": "identity",
                "in": "query",
                "description": "The URI of the one of the customer's identities that would be written to. Without it, \
                                one address that works is enough.",
                "schema": { "type": "string", "minLength": 1, "examples": ["mailto:ada@example.com"] }
            }
        ],
        "responses": answers::<ContactAnswer>(generator, "The answer.", &refusals)
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

/// What the paths refer to beside schemas, for the document's `components`.
#[must_use]
pub fn components() -> Value {
    json!({ "parameters": { CURSOR: cursor() }, "responses": responses() })
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
        "NotFound": response("Nothing has this id, or API Gateway knows no such path.", &[&problem, &message]),
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
