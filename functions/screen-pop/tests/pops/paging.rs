//! Paging by cursor.

use serde_json::Value;
use tests::story::{caller, interaction, note, ring};

use crate::desk::{self, Desk};

const CALLS: i64 = 7;

async fn with_calls(of: u32) -> (Desk, String) {
    let desk = Desk::open().await;
    for call in 0..CALLS {
        let id = interaction(&format!("call-{call}"));
        desk.store(&[ring(&id, call * 60, Some(caller(of)))]).await;
    }
    let customer = customer_of(&desk, of).await;
    (desk, customer)
}

async fn customer_of(desk: &Desk, number: u32) -> String {
    let pop = desk
        .ask(desk::pop(&format!("phone=%2B141555501{number:02}")))
        .await
        .body;
    pop["customer"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_timeline_is_told_page_by_page_newest_first_without_gap_or_repetition() {
    let (desk, customer) = with_calls(0).await;
    let mut cursor = String::new();
    let mut told = Vec::new();
    for expected in [3, 3, 1] {
        let page = desk
            .ask(desk::timeline(&customer, &format!("limit=3{cursor}")))
            .await
            .body;
        let calls = page["timeline"].as_array().unwrap();
        assert_eq!(calls.len(), expected, "{page}");
        told.extend(
            calls
                .iter()
                .map(|call| call["id"].as_str().unwrap().to_owned()),
        );
        cursor = page["next_cursor"]
            .as_str()
            .map_or_else(String::new, |next| format!("&cursor={next}"));
    }
    assert_eq!(cursor, "", "after the last page nothing goes on");
    let newest_first: Vec<_> = (0..CALLS)
        .rev()
        .map(|call| format!("invented:call-{call}"))
        .collect();
    assert_eq!(told, newest_first);
}

#[tokio::test]
async fn the_pops_own_cursor_goes_on_where_the_pop_ended() {
    let desk = Desk::open().await;
    let shown = i64::try_from(store::POP_PAGE).unwrap();
    for call in 0..shown + 2 {
        let id = interaction(&format!("call-{call}"));
        desk.store(&[ring(&id, call * 60, Some(caller(0)))]).await;
    }
    let pop = desk.ask(desk::pop("phone=%2B14155550100")).await.body;
    assert_eq!(pop["timeline"].as_array().unwrap().len(), store::POP_PAGE);
    let (customer, cursor) = (
        pop["customer"]["id"].as_str().unwrap(),
        pop["next_cursor"].as_str().unwrap(),
    );
    let rest = desk
        .ask(desk::timeline(customer, &format!("cursor={cursor}")))
        .await
        .body;
    let rest: Vec<_> = rest["timeline"]
        .as_array()
        .unwrap()
        .iter()
        .map(|call| &call["id"])
        .collect();
    assert_eq!(rest, ["invented:call-1", "invented:call-0"]);
}

#[tokio::test]
async fn a_cursor_of_another_list_or_a_changed_one_is_refused() {
    let (desk, customer) = with_calls(0).await;
    let other = interaction("other");
    desk.store(&[
        ring(&other, 0, Some(caller(1))),
        note(&other, "note", 1, 10),
    ])
    .await;
    let stranger = customer_of(&desk, 1).await;
    let page = desk.ask(desk::timeline(&customer, "limit=1")).await.body;
    let cursor = page["next_cursor"].as_str().unwrap();
    let mut changed = cursor.to_owned();
    let last = if changed.pop() == Some('A') { 'Q' } else { 'A' };
    changed.push(last);
    for event in [
        desk::timeline(&stranger, &format!("cursor={cursor}")),
        desk::interaction("invented:other", &format!("cursor={cursor}")),
        desk::timeline(&customer, &format!("cursor={changed}")),
        desk::timeline(&customer, "cursor=nonsense"),
        desk::timeline(&customer, "cursor="),
    ] {
        let query = event["rawQueryString"].clone();
        let answer = desk.ask(event).await;
        assert_eq!(
            (answer.status, answer.content_type.as_str()),
            (400, "application/problem+json"),
            "{query}"
        );
        assert_eq!(answer.body["errors"][0]["name"], "cursor", "{query}");
        assert!(
            !answer.body.to_string().contains(cursor),
            "it is not quoted"
        );
    }
    let good = desk
        .ask(desk::timeline(&customer, &format!("cursor={cursor}")))
        .await;
    assert_eq!(
        (good.status, &good.body["next_cursor"]),
        (200, &Value::Null)
    );
}
