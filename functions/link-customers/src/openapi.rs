//! The function's routes as a part of the OpenAPI document of the HTTP API. It refers to responses that the document has.

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::answers::{
    ConflictAnswer, LinkAnswer, LinkBody, LinkPreviewAnswer, LinksAnswer, UnlinkAnswer,
};
use crate::candidates::{CandidatesAnswer, DecisionAnswer, DecisionBody};
use crate::identities::{IdentityAnswer, IdentityBody};

/// The document's heading for the operations.
const TAG: &str = "Customers";

/// The function's paths, for the document's `paths`: what is asked and what is answered, each by its generator.
#[must_use]
pub fn paths(requests: &mut SchemaGenerator, generator: &mut SchemaGenerator) -> Value {
    let mut paths = candidates(requests, generator);
    let links = json!({
        "/v1/customers/{id}/links": {
            "get": {
                "operationId": "getLinks",
                "tags": [TAG],
                "summary": "The active links of a customer, and what happened to them.",
                "parameters": [customer()],
                "responses": answered::<LinksAnswer>(generator, "200", "The links.", &[])
            },
            "post": link(requests, generator)
        },
        "/v1/customers/{id}/links/{link_id}": { "delete": unlink(generator) },
        "/v1/identities/{identity}": { "put": put_identity(requests, generator) }
    });
    if let (Value::Object(paths), Value::Object(links)) = (&mut paths, links) {
        paths.extend(links);
    }
    paths
}

fn link(requests: &mut SchemaGenerator, generator: &mut SchemaGenerator) -> Value {
    let mut answers = answered::<LinkAnswer>(
        generator,
        "201",
        "The link is made.",
        &["400", "409", "413", "422"],
    );
    let there = generator.subschema_for::<LinkAnswer>();
    let preview = generator.subschema_for::<LinkPreviewAnswer>();
    answers["200"] = json!({
        "description": "The link was there already; with `dry_run`, what it would change.",
        "content": { "application/json": { "schema": { "anyOf": [there, preview] } } }
    });
    let conflicts = generator.subschema_for::<ConflictAnswer>();
    let problem = json!({ "$ref": "#/components/schemas/Problem" });
    answers["409"] = json!({
        "description": "Something speaks against the link: `conflicts` says what. `accept_conflicts` makes it all the same. \
                        Or the link of this `Idempotency-Key` was made and has ended.",
        "content": { "application/problem+json": { "schema": { "anyOf": [conflicts, problem] } } }
    });
    json!({
        "operationId": "link",
        "tags": [TAG],
        "summary": "Link another customer or identity to this one.",
        "description": "Both are one customer from then on, and either id leads to it. Timelines and what is stated of \
                        each stay where they are, so that ending the link gives both back as they would be without it.",
        "parameters": [customer(), dry_run(), idempotency_key()],
        "requestBody": body::<LinkBody>(requests),
        "responses": answers
    })
}

fn unlink(generator: &mut SchemaGenerator) -> Value {
    json!({
        "operationId": "unlink",
        "tags": [TAG],
        "summary": "Take a link back.",
        "description": "The same request again gets the same answer. No policy makes the link again.",
        "parameters": [customer(), link_id(), dry_run()],
        "responses": answered::<UnlinkAnswer>(
            generator,
            "200",
            "The customers that are left, and the links that still hold.",
            &["400"]
        )
    })
}

fn put_identity(requests: &mut SchemaGenerator, generator: &mut SchemaGenerator) -> Value {
    json!({
        "operationId": "putIdentity",
        "tags": [TAG],
        "summary": "State what is known of an identity itself: whether several people share it.",
        "description": "Marking an identity as shared ends its links.",
        "parameters": [identity()],
        "requestBody": body::<IdentityBody>(requests),
        "responses": answered::<IdentityAnswer>(generator, "200", "It is recorded.", &["400", "413", "422"])
    })
}

fn candidates(requests: &mut SchemaGenerator, generator: &mut SchemaGenerator) -> Value {
    let mut decided = answered::<DecisionAnswer>(
        generator,
        "200",
        "How it stands now.",
        &["400", "413", "422"],
    );
    let problem = json!({ "$ref": "#/components/schemas/Problem" });
    let conflicts = generator.subschema_for::<ConflictAnswer>();
    decided["409"] = json!({
        "description": "An agent has decided otherwise, which stands until it is withdrawn; or something speaks against \
                        linking both: `conflicts` says what.",
        "content": { "application/problem+json": { "schema": { "anyOf": [conflicts, problem] } } }
    });
    json!({
        "/v1/customers/{id}/candidates": {
            "get": {
                "operationId": "getCandidates",
                "tags": [TAG],
                "summary": "Who this customer may be as well, with the evidence.",
                "parameters": [customer()],
                "responses": answered::<CandidatesAnswer>(generator, "200", "The candidates, the likeliest first.", &[])
            }
        },
        "/v1/customers/{id}/candidates/{identity}": {
            "post": {
                "operationId": "decideCandidate",
                "tags": [TAG],
                "summary": "Confirm or reject that a candidate is this customer, or withdraw that.",
                "description": "A decision is final until it is withdrawn, and the same decision again changes nothing. \
                                Confirming links both; rejecting ends the link between both, and no policy links them \
                                again; withdrawing a confirmation ends the link that it made. What nobody claims is not \
                                found here: it can be linked all the same, as a link.",
                "parameters": [customer(), identity()],
                "requestBody": body::<DecisionBody>(requests),
                "responses": decided
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

fn dry_run() -> Value {
    json!({
        "name": "dry_run",
        "in": "query",
        "description": "With `true` nothing is changed, and the answer says what would be.",
        "schema": { "type": "boolean", "default": false }
    })
}

fn idempotency_key() -> Value {
    json!({
        "name": "Idempotency-Key",
        "in": "header",
        "description": "The caller's own name for this act: sent again under the same name, it is the same link, and \
                        once that has ended it is refused.",
        "schema": { "type": "string", "minLength": 1, "maxLength": crate::links::MAX_KEY }
    })
}

/// What is asked.
fn body<T: JsonSchema>(requests: &mut SchemaGenerator) -> Value {
    let schema = requests.subschema_for::<T>();
    json!({ "required": true, "content": { "application/json": { "schema": schema } } })
}

/// The responses of one route, by status: what is answered, and which refusals are possible beside those of every route.
fn answered<T: JsonSchema>(
    generator: &mut SchemaGenerator,
    status: &str,
    description: &str,
    refusals: &[&str],
) -> Value {
    let mut answers = answers(status, description);
    let schema = generator.subschema_for::<T>();
    answers[status]["content"] = json!({ "application/json": { "schema": schema } });
    for (status, description) in [
        (
            "400",
            "The request cannot be understood; `errors` names the field.",
        ),
        ("413", "The body is too long."),
        (
            "422",
            "It cannot be: the same identity, one of the company's own, or too many for one customer.",
        ),
    ] {
        if refusals.contains(&status) {
            answers[status] = json!({
                "description": description,
                "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } }
            });
        }
    }
    answers
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
