use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use serde_json::{Value, json};

use super::*;

mod bodies;

fn request(raw_query: &str) -> ApiGatewayV2httpRequest {
    serde_json::from_value(json!({
        "version": "2.0",
        "routeKey": "GET /v1/customers/{id}",
        "rawPath": "/v1/customers/cus_abc",
        "rawQueryString": raw_query,
        "headers": {},
        "pathParameters": {"id": "cus_abc", "blank": ""},
        "requestContext": {"http": {"method": "GET"}},
    }))
    .unwrap()
}

fn wire(response: &ApiGatewayV2httpResponse) -> (Value, Value) {
    let response = serde_json::to_value(response).unwrap();
    let body = serde_json::from_str(response["body"].as_str().unwrap()).unwrap();
    (response, body)
}

#[test]
fn a_json_reply_has_its_type_and_is_not_cached() {
    let (response, body) = wire(&super::json(StatusCode::OK, &json!({"state": "match"})));
    assert_eq!(response["statusCode"], 200);
    assert_eq!(
        response["headers"],
        json!({"content-type": "application/json", "cache-control": "no-store"})
    );
    assert_eq!(response["isBase64Encoded"], false);
    assert_eq!(body, json!({"state": "match"}));
}

#[test]
fn a_problem_has_the_members_of_rfc_9457() {
    let (response, body) = wire(&problem(
        Problem::new(StatusCode::BAD_REQUEST)
            .detail("The query is malformed.")
            .field("phone", "has letters in it"),
    ));
    assert_eq!(response["statusCode"], 400);
    assert_eq!(
        response["headers"],
        json!({"content-type": "application/problem+json", "cache-control": "no-store"})
    );
    assert_eq!(
        body,
        json!({
            "type": "about:blank",
            "title": "Bad Request",
            "status": 400,
            "detail": "The query is malformed.",
            "errors": [{"name": "phone", "reason": "has letters in it"}],
        })
    );
}

#[test]
fn a_bare_problem_leaves_out_what_it_does_not_say() {
    let (_, body) = wire(&problem(Problem::new(StatusCode::NOT_FOUND)));
    assert_eq!(
        body,
        json!({"type": "about:blank", "title": "Not Found", "status": 404})
    );
}

#[test]
fn a_problem_can_have_a_type_of_its_own() {
    let (_, body) = wire(&problem(
        Problem::new(StatusCode::GONE).of_type("urn:example:erased", "Erased"),
    ));
    assert_eq!(body["type"], "urn:example:erased");
    assert_eq!(body["title"], "Erased");
}

#[test]
fn field_errors_are_bounded() {
    let many = (0..MAX_FIELD_ERRORS + 5)
        .fold(Problem::new(StatusCode::BAD_REQUEST), |problem, _| {
            problem.field("phone", "is malformed")
        });
    let (_, body) = wire(&problem(many));
    assert_eq!(body["errors"].as_array().unwrap().len(), MAX_FIELD_ERRORS);
}

#[test]
fn a_body_that_does_not_serialise_is_an_internal_error() {
    let unserialisable = std::collections::BTreeMap::from([((1, 2), "a key must be a string")]);
    let (response, body) = wire(&super::json(StatusCode::OK, &unserialisable));
    assert_eq!(response["statusCode"], 500);
    assert_eq!(body["status"], 500);
}

#[test]
fn query_parameters_are_decoded() {
    let cases = [
        ("phone=%2B14155550123", Some("+14155550123")),
        ("phone=+14155550123", Some(" 14155550123")),
        ("email=a&phone=1", Some("1")),
        ("phone=1&phone=2", Some("1")),
        ("phone=1,2", Some("1,2")),
        ("phone=", Some("")),
        ("phone", Some("")),
        ("%70hone=1", Some("1")),
        ("phone=%zz%2", Some("%zz%2")),
        ("phone=%ff", Some("\u{fffd}")),
        ("phone=%C3%A9", Some("é")),
        ("phones=1", None),
    ];
    for (raw, expected) in cases {
        let request = request(raw);
        assert_eq!(
            query_parameter(&request, "phone").as_deref(),
            expected,
            "{raw}"
        );
    }
}

#[test]
fn without_a_raw_query_the_parsed_one_is_read() {
    let request: ApiGatewayV2httpRequest = serde_json::from_value(json!({
        "queryStringParameters": {"phone": "+14155550123"},
        "requestContext": {"http": {"method": "GET"}},
    }))
    .unwrap();
    assert_eq!(
        query_parameter(&request, "phone").as_deref(),
        Some("+14155550123")
    );
}

#[test]
fn a_query_is_read_up_to_its_limit() {
    let request = request(&format!("a={}é&phone=1", "x".repeat(MAX_QUERY_BYTES - 3)));
    assert_eq!(query_parameter(&request, "phone"), None);
    assert!(query_parameter(&request, "a").is_some());
}

#[test]
fn path_parameters_are_found_unless_empty() {
    let request = request("");
    assert_eq!(path_parameter(&request, "id"), Some("cus_abc"));
    assert_eq!(path_parameter(&request, "blank"), None);
    assert_eq!(path_parameter(&request, "other"), None);
}

#[test]
fn an_id_in_the_path_is_the_same_decoded_or_not() {
    for sent in ["cti:12+3", "cti%3A12%2B3", "cti:12%2b3"] {
        let mut request = request("");
        request.path_parameters.insert("id".into(), sent.into());
        let id = unescaped_path_parameter(&request, "id");
        assert_eq!(id.as_deref(), Some("cti:12+3"), "{sent}");
    }
    assert_eq!(unescaped_path_parameter(&request(""), "blank"), None);
}

#[test]
fn a_header_is_found_in_any_case_and_without_the_spaces_around_it() {
    let request: ApiGatewayV2httpRequest = serde_json::from_value(json!({
        "headers": {"If-Match": " \"7\" ", "x-name": "Zo\u{eb}"},
        "requestContext": {"http": {"method": "PATCH"}},
    }))
    .unwrap();
    for name in ["if-match", "If-Match", "IF-MATCH"] {
        assert_eq!(header(&request, name), Some("\"7\""), "{name}");
    }
    assert_eq!(header(&request, "x-name"), None);
    assert_eq!(header(&request, "etag"), None);
}

#[test]
fn who_asks_is_the_subject_of_the_token() {
    let asked_by = |authorizer: Value| {
        let request: ApiGatewayV2httpRequest = serde_json::from_value(json!({
            "requestContext": {"http": {"method": "GET"}, "authorizer": authorizer},
        }))
        .unwrap();
        subject(&request).map(str::to_owned)
    };
    let claims = |claims: Value| json!({"jwt": {"claims": claims, "scopes": null}});
    assert_eq!(
        asked_by(claims(json!({"sub": "agent-7", "aud": "desk"}))).as_deref(),
        Some("agent-7")
    );
    assert_eq!(asked_by(claims(json!({"sub": " "}))), None);
    assert_eq!(asked_by(claims(json!({"aud": "desk"}))), None);
    assert_eq!(asked_by(Value::Null), None);
}

#[test]
fn a_reply_takes_headers_of_its_own() {
    let body = json!({"name": "Ada"});
    let (response, _) = wire(&json_with(StatusCode::OK, &body, &[("ETag", "\"7\"")]));
    assert_eq!(
        response["headers"],
        json!({"content-type": "application/json", "cache-control": "no-store", "etag": "\"7\""})
    );
    for fault in [("ETag", "7\n8"), ("no name", "7")] {
        let (response, _) = wire(&json_with(StatusCode::OK, &body, &[fault]));
        assert_eq!(response["statusCode"], 500, "{fault:?}");
    }
}

#[tokio::test]
async fn a_panic_is_a_failure_that_quotes_nothing() {
    let said = "+1 415 555 0123";
    let response = unless_panicked(async move { panic!("{said}") }).await;
    assert_eq!(response.status_code, 500);
    let text = serde_json::to_string(&response).unwrap_or_default();
    assert!(text.contains("500") && !text.contains("555"), "{text}");
}
