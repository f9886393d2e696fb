//! Questions that cannot be answered.

use serde_json::json;

use crate::desk::{self, Desk};

#[tokio::test]
async fn what_is_not_there_is_a_problem_with_status_404() {
    let desk = Desk::open().await;
    let mut nowhere = desk::sample("interaction");
    nowhere["routeKey"] = json!("GET /v1/nothing");
    for event in [
        desk::interaction("invented:nothing", ""),
        desk::interaction("not an id", ""),
        desk::interaction("%00", ""),
        desk::customer("cus_tckndzsc5k2tnxdscsqshqqkef"),
        desk::customer("someone"),
        desk::timeline("cus_tckndzsc5k2tnxdscsqshqqkef", ""),
        nowhere,
    ] {
        let about = event["pathParameters"].clone();
        let answer = desk.ask(event).await;
        assert_eq!(
            (answer.status, answer.content_type.as_str()),
            (404, "application/problem+json"),
            "{about}"
        );
        assert_eq!(answer.body["status"], 404);
    }
}

#[tokio::test]
async fn a_malformed_question_is_a_problem_that_names_the_parameter_and_quotes_nothing() {
    let desk = Desk::open().await;
    let forty = "1".repeat(40);
    for (query, parameter) in [
        ("phone=", "phone"),
        ("phone=letters", "phone"),
        (&format!("phone={forty}"), "phone"),
        ("email=", "email"),
        ("email=nobody", "email"),
        ("identity=", "identity"),
        ("identity=nothing", "identity"),
    ] {
        let answer = desk.ask(desk::pop(query)).await;
        assert_eq!(
            (answer.status, answer.content_type.as_str()),
            (400, "application/problem+json"),
            "{query}"
        );
        assert_eq!(answer.body["errors"][0]["name"], parameter, "{query}");
        let value = query.split_once('=').unwrap().1;
        assert!(
            value.is_empty() || !answer.body.to_string().contains(value),
            "{query}"
        );
    }
    for query in ["", "phone=%2B14155550100&email=ada@example.com"] {
        assert_eq!(desk.ask(desk::pop(query)).await.status, 400, "{query}");
    }
    for limit in ["0", "101", "-1", "all"] {
        let event = desk::timeline("cus_tckndzsc5k2tnxdscsqshqqkef", &format!("limit={limit}"));
        let answer = desk.ask(event).await;
        assert_eq!(
            (answer.status, &answer.body["errors"][0]["name"]),
            (400, &json!("limit")),
            "{limit}"
        );
    }
}
