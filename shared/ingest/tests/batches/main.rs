//! Batches on an embedded table, with what goes wrong between the function and its table.
#![expect(
    clippy::unwrap_used,
    reason = "what a case shares with others panics as a test does"
)]

mod desk;

use std::sync::atomic::{AtomicUsize, Ordering};

use sources::Source;
use tests::wire::Passage;
use timeline::{Personal, TraitName};

use desk::{Desk, Earlier, Later, ada, said, soon};

static EARLIER: &[&dyn Source] = &[&Earlier];
static LATER: &[&dyn Source] = &[&Later];
const WRITE: &str = "TransactWriteItems";

/// What befalls the writes of a table, the first one being number nought.
fn to_write(
    befalls: impl Fn(usize) -> Passage + Send + Sync + 'static,
) -> impl Fn(&str) -> Passage + Send + Sync {
    let writes = AtomicUsize::new(0);
    move |operation| match operation {
        WRITE => befalls(writes.fetch_add(1, Ordering::SeqCst)),
        _ => Passage::Through,
    }
}

#[tokio::test]
async fn a_panic_over_one_interaction_is_no_other_ones() {
    let desk = Desk::open().await;
    let plan = to_write(|number| match number {
        0 => panic!("over the first"),
        _ => Passage::Through,
    });
    let function = desk.function(EARLIER, plan);
    let batch = [said("a", ""), said("b", ""), said("c", "")];
    assert_eq!(function.failed(&batch).await, ["message-0"]);
    assert_eq!(function.figure("RecordsPanicked"), 1);
    assert_eq!(function.figure("RecordsDone"), 2);
    for (call, events) in [("a", 0), ("b", 1), ("c", 1)] {
        assert_eq!(desk.events(call).await, events, "{call}");
    }
    assert_eq!(function.failed(&batch).await, [""; 0]);
    assert_eq!(desk.events("a").await, 1);
}

#[tokio::test]
async fn what_an_event_said_that_reads_otherwise_now_is_noted_all_the_same() {
    let desk = Desk::open().await;
    let record = said("a", "mailto:ada@example.com");
    // It is stored, and the function ends before it has noted what the event says.
    desk.store_only(&Earlier, &record).await;
    assert_eq!(desk.claimed("mailto:ada@example.com").await, 0);
    // The next version finds another claim in the same record.
    let function = desk.function(LATER, |_| Passage::Through);
    assert_eq!(
        function.failed(std::slice::from_ref(&record)).await,
        [""; 0]
    );
    assert_eq!(function.figure("EventsReadDifferently"), 1);
    assert_eq!(desk.claimed("mailto:ada@example.com").await, 1, "as stored");
    assert_eq!(desk.claimed(desk::OTHER).await, 0, "not as read now");
    let traits = desk
        .store
        .customer_traits(&ada().uri, soon())
        .await
        .unwrap();
    let traits = traits.joined();
    let name = traits.get(&TraitName::name()).map(Personal::expose);
    assert_eq!(name, Some("Ada Sample"));
    // It cannot be noted without being read: then it comes again.
    let blind = desk.function(LATER, |operation| match operation {
        "Query" => Passage::Refused("AccessDeniedException"),
        _ => Passage::Through,
    });
    assert_eq!(blind.failed(&[record]).await, ["message-0"]);
}

#[tokio::test]
async fn what_is_stored_is_counted_though_it_could_not_be_noted() {
    let desk = Desk::open().await;
    let plan = to_write(|number| match number {
        0 => Passage::Through,
        _ => Passage::Refused("AccessDeniedException"),
    });
    let function = desk.function(EARLIER, plan);
    let batch = [said("a", "mailto:ada@example.com")];
    assert_eq!(function.failed(&batch).await, ["message-0"]);
    assert_eq!(desk.events("a").await, 1);
    assert_eq!(function.figure("EventsStored"), 1);
    let mended = desk.function(EARLIER, |_| Passage::Through);
    assert_eq!(mended.failed(&batch).await, [""; 0]);
    assert_eq!(mended.figure("EventsStored"), 0, "once");
    assert_eq!(desk.claimed("mailto:ada@example.com").await, 1);
}
