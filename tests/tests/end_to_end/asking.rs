//! What an agent's desktop may ask, and what it is told.

use crate::desk::{Backend, request};

pub(crate) async fn what_is_no_number_is_a_problem_and_a_withheld_one_is_anonymous(on: Backend) {
    let desk = on.desk().await;
    let digits = "1".repeat(40);
    for phone in ["", "letters", digits.as_str()] {
        let answer = desk.get(&format!("/v1/screen-pop?phone={phone}")).await;
        assert_eq!(
            (answer.status, answer.content_type.as_str()),
            (400, "application/problem+json"),
            "{phone}"
        );
        assert_eq!(answer.body["errors"][0]["name"], "phone", "{}", answer.body);
        assert_eq!(answer.body["status"], 400);
    }
    for phone in ["anonymous", "Restricted", "266696687", "%2B17378742833"] {
        let pop = desk.pop(&format!("phone={phone}")).await;
        assert_eq!(pop["state"], "anonymous", "{phone}");
        assert_eq!(
            pop["customer"],
            serde_json::Value::Null,
            "nobody is a customer"
        );
    }
    for path in [
        "/v1/interactions/cti:nothing",
        "/v1/interactions/x",
        "/v1/customers/x",
    ] {
        let answer = desk.get(path).await;
        assert_eq!(
            (answer.status, answer.content_type.as_str()),
            (404, "application/problem+json"),
            "{path}"
        );
    }
}

pub(crate) async fn without_a_good_token_nothing_is_told(on: Backend) {
    let desk = on.desk().await;
    let (head, signature) = desk.token.rsplit_once('.').unwrap();
    let forged = format!("{head}.{}", signature.chars().rev().collect::<String>());
    for path in [
        "/v1/screen-pop?phone=%2B14155550142",
        "/v1/interactions/cti:1",
        "/v1/customers/x/timeline",
    ] {
        for token in [None, Some("nonsense".to_owned()), Some(forged.clone())] {
            let answer = request(format!("{}{path}", desk.http), token.clone()).await;
            assert_eq!(answer.status, 401, "{path} {token:?}");
            assert_eq!(answer.body, serde_json::json!({"message": "Unauthorized"}));
        }
        assert_ne!(desk.get(path).await.status, 401, "the good token is taken");
    }
}

pub(crate) async fn a_timeline_is_paged_through(on: Backend) {
    let desk = on.desk().await;
    for call in 0..5 {
        let body = format!(
            "event=newCall&from=14155550142&to=493023125000&direction=in&callId=call-{call}"
        );
        desk.send("call-events", &body).await;
    }
    desk.settle().await;
    let pop = desk.pop("phone=14155550142").await;
    let customer = pop["customer"]["id"].as_str().unwrap();
    let mut path = format!("/v1/customers/{customer}/timeline?limit=2");
    let mut seen = Vec::new();
    for most in [2, 2, 1] {
        let page = desk.get(&path).await.body;
        let calls = page["timeline"].as_array().unwrap();
        assert_eq!(calls.len(), most, "{page}");
        seen.extend(
            calls
                .iter()
                .map(|call| call["id"].as_str().unwrap().to_owned()),
        );
        match page["next_cursor"].as_str() {
            Some(cursor) => {
                path = format!("/v1/customers/{customer}/timeline?limit=2&cursor={cursor}")
            }
            None => assert_eq!(most, 1, "the last page has no cursor"),
        }
    }
    seen.sort();
    let all: Vec<_> = (0..5).map(|call| format!("cti:call-{call}")).collect();
    assert_eq!(seen, all);
}
