//! Promises: confirmed when stored, in view until kept.

use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::story::{caller, event, interaction};
use tests::wire::{Passage, Wire};
use timeline::{Fact, MAX_PROMISES, Promise, PromiseEnd, PromiseEnded, PromiseId, PromiseKind};

use crate::desk::{Desk, ask, minutes_ahead, settle, wrap_up};

fn callbacks(count: usize) -> Value {
    let due = minutes_ahead(60);
    json!({"promises": vec![json!({"promised": "callback", "due_at": due}); count]})
}

fn id_of(answer: &Value, place: usize) -> String {
    let id = &answer["promises"][place]["id"];
    id.as_str().unwrap().to_owned()
}

/// No callback: a callback is a stored promise, in view until it is kept.
#[tokio::test]
async fn complaint_25_a_callback_is_in_view_until_it_is_kept() {
    let desk = Desk::open().await;
    let answer = desk.stored(wrap_up(None, &callbacks(1))).await.body;
    assert_eq!(answer["promises"][0]["state"], "open");
    let pinned = desk.known(&caller(0).uri).await.pinned;
    assert_eq!(pinned.len(), 1);
    assert_eq!(pinned[0].promises[0].promise.id.as_str(), id_of(&answer, 0));
    let kept = desk.stored(settle(&id_of(&answer, 0), None, "kept")).await;
    assert_eq!(kept.body["promises"][0]["state"], "kept");
    assert_eq!(desk.known(&caller(0).uri).await.pinned.len(), 0);
}

/// The customer is told "we will call" though nothing was stored: nothing but a stored promise is confirmed.
#[tokio::test]
async fn complaint_26_a_promise_is_confirmed_only_when_it_is_stored() {
    let desk = Desk::open().await;
    let body = json!({"promises": [{"promised": "callback", "due_at": "2030-03-02T12:00:00Z"}]});
    for (place, passage) in Passage::FAULTS.into_iter().enumerate() {
        let broken = passage.clone();
        let (client, _) = Wire::broken(&desk.client, move |operation| {
            if operation == "TransactWriteItems" {
                broken.clone()
            } else {
                Passage::Through
            }
        });
        let request = wrap_up(Some(&format!("k{place}")), &body);
        let answer = ask(&desk.function(client), request.clone()).await;
        // Also where it is stored and only the answer is lost, since nobody knows.
        assert_eq!(answer.status, 503, "{passage:?}: {answer:?}");
        let detail = answer.body["detail"].as_str().unwrap();
        assert!(detail.contains("not known to be stored"), "{detail}");
        // Sent again under its key it is stored, once.
        for _ in 0..2 {
            let answer = desk.stored(request.clone()).await;
            let promises = answer.body["promises"].as_array().unwrap();
            assert_eq!(promises.len(), place + 1, "{passage:?}");
            assert_eq!(desk.events_of("invented:call-1").await.len(), 2 + place + 1);
        }
    }
}

#[tokio::test]
async fn a_promise_whose_time_is_over_is_told_as_overdue() {
    let desk = Desk::open().await;
    let promise = json!({"promised": "refund", "due_at": "2026-03-02T10:00:00Z"});
    let answer = desk
        .stored(wrap_up(None, &json!({"promises": [promise]})))
        .await;
    assert_eq!(answer.body["promises"][0]["state"], "overdue");
    let pinned = desk.known(&caller(0).uri).await.pinned;
    assert!(pinned[0].promises[0].is_open(), "stored without the clock");
}

#[tokio::test]
async fn a_promise_that_is_kept_already_stays_so_and_the_last_word_counts() {
    let desk = Desk::open().await;
    let answer = desk.stored(wrap_up(None, &callbacks(2))).await.body;
    let id = id_of(&answer, 1);
    for _ in 0..2 {
        let kept = desk.stored(settle(&id, None, "kept")).await;
        assert_eq!(kept.body["promises"][1]["state"], "kept");
        assert_eq!(kept.body["promises"][0]["state"], "open");
        assert_eq!(desk.events_of("invented:call-1").await.len(), 5);
    }
    let withdrawn = desk.stored(settle(&id, None, "withdrawn")).await;
    assert_eq!(withdrawn.body["promises"][1]["state"], "withdrawn");
    let missing = desk.ask(settle("cb-18", None, "kept")).await;
    assert_eq!(missing.status, 404);
    assert_eq!(desk.ask(settle("no/id", None, "kept")).await.status, 404);
}

#[tokio::test]
async fn a_promise_that_another_system_made_is_settled_under_its_own_id() {
    let desk = Desk::open().await;
    let promise = Promise {
        id: PromiseId::try_from("cb-17".to_owned()).unwrap(),
        promised: PromiseKind::Callback,
        text: None,
        owner: None,
        due_at: None,
    };
    let asked = event(&interaction("call-1"), "cb", 200, Fact::Promised(promise));
    desk.store(&[asked]).await;
    let kept = desk.stored(settle("cb-17", Some("k"), "kept")).await;
    assert_eq!(kept.body["promises"][0]["state"], "kept");
}

#[tokio::test]
async fn more_promises_than_are_kept_in_view_are_refused_and_nothing_is_stored() {
    let desk = Desk::open().await;
    let most = desk
        .stored(wrap_up(Some("all"), &callbacks(MAX_PROMISES)))
        .await;
    let promises = most.body["promises"].as_array().unwrap();
    assert_eq!(promises.len(), MAX_PROMISES);
    let before = desk.events_of("invented:call-1").await.len();
    let mut one_more = callbacks(1);
    one_more["disposition"] = json!("lost");
    let refused = desk.ask(wrap_up(None, &one_more)).await;
    assert_eq!(refused.status, 409, "{refused:?}");
    assert_eq!(desk.events_of("invented:call-1").await.len(), before);
    // What promises nothing is taken.
    desk.stored(wrap_up(None, &json!({"resolved": true}))).await;
    let refused = desk.ask(wrap_up(None, &callbacks(MAX_PROMISES + 1))).await;
    assert_eq!(refused.status, 400);
}

#[tokio::test]
async fn promises_that_were_kept_leave_room_for_others() {
    let desk = Desk::open().await;
    let mut first = None;
    for _ in 0..2 {
        let made = desk
            .stored(wrap_up(None, &callbacks(MAX_PROMISES)))
            .await
            .body;
        for place in 0..MAX_PROMISES {
            let id = id_of(
                &made,
                place + made["promises"].as_array().unwrap().len() - MAX_PROMISES,
            );
            desk.stored(settle(&id, None, "kept")).await;
            first.get_or_insert(id);
        }
    }
    let made = desk
        .stored(wrap_up(None, &callbacks(MAX_PROMISES)))
        .await
        .body;
    let open = made["promises"].as_array().unwrap().iter();
    let open = open.filter(|promise| promise["state"] == "open");
    assert_eq!(open.count(), MAX_PROMISES);
    // One that is not shown any more was kept all the same.
    desk.stored(settle(&first.unwrap(), Some("again"), "kept"))
        .await;
}

#[tokio::test]
async fn a_request_whose_promise_was_kept_since_may_be_sent_again_though_all_places_are_taken() {
    let desk = Desk::open().await;
    let one = wrap_up(
        Some("one"),
        &json!({"promises": [
        {"promised": "callback", "due_at": "2030-03-02T12:00:00Z"}]}),
    );
    let made = desk.stored(one.clone()).await.body;
    desk.stored(settle(&id_of(&made, 0), None, "kept")).await;
    desk.stored(wrap_up(None, &callbacks(MAX_PROMISES))).await;
    desk.stored(one).await;
}

/// Each of many requests at the same moment sees room for its promises. Those that find none are not confirmed.
#[tokio::test]
async fn complaint_26_promises_made_at_the_same_moment_are_confirmed_only_when_they_are_in_view() {
    let desk = Desk::open().await;
    let functions: Vec<_> = (0..6).map(|_| desk.function(desk.client.clone())).collect();
    let bodies: Vec<Value> = (0..6).map(|_| callbacks(MAX_PROMISES)).collect();
    let requests = functions.iter().zip(&bodies);
    let asked = requests.map(|(function, body)| ask(function, wrap_up(None, body)));
    let mut confirmed = 0;
    for answer in join_all(asked).await {
        assert!([201, 409, 503].contains(&answer.status), "{answer:?}");
        confirmed += usize::from(answer.status == 201);
    }
    assert!(confirmed > 0);
    // What an agent back-dates among many others would be in view of nobody.
    let id = interaction("call-1");
    let made = |n: usize| {
        let promise = Promise {
            id: PromiseId::of(&format!("other{n}")),
            promised: PromiseKind::Callback,
            text: None,
            owner: None,
            due_at: None,
        };
        event(&id, &format!("other{n}"), 200, Fact::Promised(promise))
    };
    let kept = |n: usize| {
        let end = PromiseEnded {
            id: PromiseId::of(&format!("other{n}")),
            how: PromiseEnd::Kept,
            agent: None,
        };
        event(&id, &format!("end{n}"), 201, Fact::PromiseEnded(end))
    };
    let desk = Desk::open().await;
    for n in 0..70 {
        desk.store(&[made(n), kept(n)]).await;
    }
    let mut early = callbacks(1);
    early["at"] = json!("2026-03-02T09:00:01Z");
    let answer = desk.ask(wrap_up(None, &early)).await;
    assert_eq!(answer.status, 409, "{answer:?}");
}

#[tokio::test]
async fn one_promise_may_be_told_by_itself_or_beside_others() {
    let desk = Desk::open().await;
    let due = minutes_ahead(60);
    let (one, other) = (
        json!({"promised": "refund", "due_at": due}),
        json!({"promised": "email", "due_at": due}),
    );
    let made = desk.stored(wrap_up(None, &json!({"promise": one}))).await;
    assert_eq!(made.body["promises"][0]["promised"], "refund");
    let both = json!({"promise": one, "promises": [other]});
    let made = desk.stored(wrap_up(None, &both)).await;
    assert_eq!(made.body["promises"].as_array().unwrap().len(), 3);
    let mut many = callbacks(MAX_PROMISES);
    many["promise"] = one;
    assert_eq!(desk.ask(wrap_up(None, &many)).await.status, 400);
    let long = json!({"promised": "email", "due_at": due, "text": "x".repeat(201)});
    let refused = desk.ask(wrap_up(None, &json!({"promise": long}))).await;
    assert_eq!(refused.status, 400);
    assert!(refused.body["errors"].to_string().contains("promise.text"));
}
