//! What is refused, and how clearly.

use serde_json::{Value, json};
use tests::story::caller;
use tests::wire::{Passage, Wire};

use crate::desk::{Desk, identity, link, links, unlink};
use crate::fields;

#[tokio::test]
async fn a_key_that_is_none_is_refused_and_not_passed_over() {
    let desk = Desk::open().await;
    desk.calls(0, 1).await;
    for key in [String::new(), "k".repeat(256), "\u{fc}".to_owned()] {
        let mut event = link(&desk.id(0), &json!({"identity": "ada@example.com"}), "");
        event["headers"]["Idempotency-Key"] = json!(key);
        let answer = desk.ask(event).await;
        assert_eq!(answer.status, 400, "{answer:?}");
        assert_eq!(answer.body["errors"][0]["name"], "Idempotency-Key");
    }
}

#[tokio::test]
async fn who_is_not_there_is_not_found() {
    let desk = Desk::open().await;
    desk.calls(0, 1).await;
    let nobody = "cus_abcdefghijklmnopqrstuvwxyz";
    let body = json!({"identity": "ada@example.com"});
    let no_link = "lnk_abcdefghijklmnopqrstuvwxyz";
    for event in [
        links(nobody),
        links("ada"),
        link(nobody, &body, ""),
        link(&desk.id(0), &json!({"customer_id": nobody}), ""),
        unlink(&desk.id(0), no_link, ""),
        unlink(&desk.id(0), "1", ""),
        unlink(nobody, no_link, ""),
    ] {
        let answer = desk.ask(event).await;
        assert_eq!(answer.status, 404, "{answer:?}");
    }
}

#[tokio::test]
async fn a_body_that_says_nobody_or_two_is_refused_by_its_fields() {
    let desk = Desk::open().await;
    desk.calls(0, 1).await;
    let id = desk.id(0);
    let cases: [(Value, &str); 5] = [
        (json!({}), "identity, customer_id"),
        (
            json!({"identity": "ada@example.com", "customer_id": id}),
            "identity, customer_id",
        ),
        (json!({"identity": "anonymous"}), "identity"),
        (json!({"identity": "mailto:"}), "identity"),
        (
            json!({"identity": "ada@example.com", "note": "n".repeat(501)}),
            "note",
        ),
    ];
    for (body, field) in cases {
        let answer = desk.ask(link(&id, &body, "")).await;
        assert_eq!((answer.status, fields(&answer.body)), (400, vec![field]));
    }
    let unknown = json!({"identity": "ada@example.com", "force": true});
    assert_eq!(desk.ask(link(&id, &unknown, "")).await.status, 400);
    let body = json!({"identity": "ada@example.com"});
    let misspelt = desk.ask(link(&id, &body, "dry_run=yes")).await;
    assert_eq!(
        (misspelt.status, fields(&misspelt.body)),
        (400, vec!["dry_run"])
    );
    assert_eq!(desk.ask(links(&id)).await.body["links"], json!([]));
}

#[tokio::test]
async fn complaint_10_the_companys_own_number_is_nobodys_identity() {
    let desk = Desk::open().await;
    desk.calls(0, 1).await;
    desk.calls(90, 1).await;
    for body in [
        json!({"identity": "tel:+14155550190"}),
        json!({"identity": "Service@example.com"}),
        json!({"customer_id": desk.id(90)}),
    ] {
        let answer = desk.link(0, body).await;
        assert_eq!(answer.status, 422, "{answer:?}");
        assert!(answer.body["detail"].as_str().unwrap().contains("own"));
    }
    let body = json!({"identity": "ada@example.com"});
    assert_eq!(desk.link(90, body).await.status, 422);
    let marked = desk
        .ask(identity("tel:+14155550190", &json!({"shared": true})))
        .await;
    assert_eq!(marked.status, 422);
}

#[tokio::test]
async fn itself_and_a_fifty_first_identity_are_refused_in_words() {
    let desk = Desk::open().await;
    desk.calls(0, 1).await;
    let itself = desk.link(0, json!({"identity": caller(0).uri})).await;
    assert_eq!(itself.status, 422);
    for number in 1..50 {
        desk.linked(0, number).await;
    }
    let one_more = desk.link(0, json!({"identity": caller(51).uri})).await;
    assert_eq!(one_more.status, 422);
    let detail = one_more.body["detail"].as_str().unwrap();
    assert!(detail.contains("at most 50 identities"), "{detail}");
}

#[tokio::test]
async fn two_records_of_one_system_are_a_conflict_that_can_be_accepted() {
    let desk = Desk::open().await;
    desk.calls(0, 1).await;
    assert_eq!(
        desk.link(0, json!({"identity": "crm:shop/17"}))
            .await
            .status,
        201
    );
    let mut body = json!({"identity": "crm:shop/18"});
    let refused = desk.link(0, body.clone()).await;
    assert_eq!(refused.status, 409);
    let conflict = json!({
        "kind": "two_records", "system": "shop", "identities": ["crm:shop/17", "crm:shop/18"],
    });
    assert_eq!(refused.body["conflicts"], json!([conflict]));
    assert_eq!(refused.body["status"], 409);
    let preview = desk.ask(link(&desk.id(0), &body, "dry_run=true")).await;
    assert_eq!(
        (preview.status, &preview.body["conflicts"]),
        (200, &json!([conflict]))
    );
    body["accept_conflicts"] = json!(true);
    assert_eq!(desk.link(0, body).await.status, 201);
}

#[tokio::test]
async fn without_a_table_or_a_name_nothing_is_done() {
    let desk = Desk::open().await;
    desk.calls(0, 1).await;
    let event = link(&desk.id(0), &json!({"identity": "ada@example.com"}), "");
    let (client, _) = Wire::broken(&desk.client, |_| Passage::ServerError);
    let answer = desk.ask_through(client, event.clone()).await;
    assert_eq!(answer.status, 503);
    assert!(!answer.body.to_string().contains("ada"));
    let mut unnamed = event;
    unnamed["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] = json!("");
    assert_eq!(desk.ask(unnamed).await.status, 403);
    assert_eq!(desk.ask(links(&desk.id(0))).await.body["links"], json!([]));
}
