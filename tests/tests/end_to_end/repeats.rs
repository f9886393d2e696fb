//! The same event again is the same event.

use std::time::{SystemTime, UNIX_EPOCH};

use futures_util::future::join_all;
use queue::attribute::{RECEIVED_AT, SOURCE};
use serde_json::json;
use timeline::Timestamp;

use crate::desk::{Backend, fixture};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Most that clocks of this machine may differ by, rounded.
const SLACK_MS: i64 = 2000;

pub(crate) async fn the_same_event_is_one_event_together_later_and_at_once(on: Backend) {
    let desk = on.desk().await;
    let body = fixture("cti/new-call.txt");
    let ten = [body.as_str(); 10];
    // Three sends at once feed the pollers, so batches with repeats in them run beside each other.
    join_all((0..3).map(|_| desk.send_together("call-events", &ten))).await;
    desk.settle().await;
    desk.interaction("cti:8437461", 1).await;
    assert_eq!(desk.rev("cti:8437461").await, "1");

    desk.send("call-events", &body).await;
    desk.settle().await;
    desk.interaction("cti:8437461", 1).await;
    assert_eq!(desk.rev("cti:8437461").await, "1");
    assert_eq!(desk.quarantined().await.len(), 0);
}

pub(crate) async fn the_same_id_with_other_content_goes_to_quarantine_and_the_first_stays(
    on: Backend,
) {
    let desk = on.desk().await;
    let first = fixture("cti/new-call.txt");
    let other = first.replace("14155550142", "14155550199");
    assert_ne!(first, other);
    desk.send("call-events", &first).await;
    desk.settle().await;
    desk.send("call-events", &other).await;
    let refused = desk.quarantined().await;
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert_eq!(
        (refused[0].said("reason_code"), &refused[0].body),
        ("conflict", &other)
    );
    let call = desk.interaction("cti:8437461", 1).await;
    assert_eq!(call["customer"]["uri"], "tel:+14155550142");
    assert_eq!(desk.rev("cti:8437461").await, "1");
    let other = desk.pop("phone=14155550199").await;
    assert_eq!(
        other["timeline"],
        serde_json::json!([]),
        "nothing of it is told of anybody"
    );
}

/// A source without a clock: what its events say of time is when they were received.
pub(crate) async fn what_is_replayed_a_day_later_happened_when_it_was_first_received(on: Backend) {
    let desk = on.desk().await;
    let body = fixture("cti/new-call.txt");
    // The sources of this queue do not know it.
    let before = now_ms();
    desk.send_with("email-events", &body, &[(SOURCE, "cti")])
        .await;
    let refused = desk.quarantined().await;
    let received: i64 = refused[0].said(RECEIVED_AT).parse().unwrap();
    assert!((before - SLACK_MS..=now_ms()).contains(&received));
    // As if that had been yesterday: sent again to the wrong queue, and then to the right one.
    let yesterday = (received - DAY_MS).to_string();
    let kept = [(SOURCE, "cti"), (RECEIVED_AT, yesterday.as_str())];
    desk.send_with("email-events", &body, &kept).await;
    let refused = desk.quarantined().await;
    assert_eq!(refused[0].said(RECEIVED_AT), yesterday);
    desk.send_with("call-events", &refused[0].body, &kept).await;
    let call = desk.interaction("cti:8437461", 1).await;
    let happened = Timestamp::from_millis(received - DAY_MS).unwrap();
    assert_eq!(call["events"][0]["received_at"], json!(happened));
}

fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(now.as_millis()).unwrap()
}
