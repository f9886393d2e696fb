//! The same event again is the same event.

use futures_util::future::join_all;

use crate::desk::{Backend, fixture};

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
