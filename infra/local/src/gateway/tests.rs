use std::collections::BTreeMap;

use axum::http::Method;

use super::*;

/// The event that a request becomes, as a function reads it.
fn seen(method: Method, path: &str, parameters: &[(&str, &str)], body: &[u8]) -> Value {
    let route = HttpRoute {
        api: "Api".to_owned(),
        method: method.as_str().to_owned(),
        path: "/v1/identities/{identity+}".to_owned(),
        authorizer: None,
    };
    let request = Request::builder()
        .method(method)
        .uri("/v1/identities/mailto%3Aada%40example.com?dry_run=true")
        .header("If-Match", "\"7\"")
        .body(())
        .unwrap();
    let parameters = parameters
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect::<BTreeMap<_, _>>();
    event(
        &route,
        &request.into_parts().0,
        path,
        parameters,
        None,
        body,
    )
}

#[test]
fn a_function_is_given_the_decoded_path_and_the_raw_query() {
    for method in [Method::PATCH, Method::PUT, Method::DELETE] {
        let path = "/v1/identities/mailto:ada@example.com";
        let identity = [("identity", "mailto:ada@example.com")];
        let event = seen(method.clone(), path, &identity, b"{}");
        assert_eq!(event["rawPath"], path);
        assert_eq!(event["requestContext"]["http"]["path"], path);
        assert_eq!(event["pathParameters"]["identity"], identity[0].1);
        assert_eq!(event["rawQueryString"], "dry_run=true");
        assert_eq!(event["headers"]["if-match"], "\"7\"");
        assert_eq!(event["body"], "{}");
        assert_eq!(
            event["routeKey"],
            format!("{method} /v1/identities/{{identity+}}")
        );
        assert_eq!(event["requestContext"]["http"]["method"], method.as_str());
    }
}

#[test]
fn what_a_function_says_in_headers_reaches_the_caller() {
    let answer = json!({
        "statusCode": 412,
        "headers": {"etag": "\"7\"", "content-type": "application/problem+json"},
        "body": "{}",
    });
    let response = reply(&answer);
    assert_eq!(response.status(), StatusCode::PRECONDITION_FAILED);
    assert_eq!(response.headers()[header::ETAG], "\"7\"");
    assert_eq!(
        response.headers()[header::CONTENT_TYPE],
        "application/problem+json"
    );
}
