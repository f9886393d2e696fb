//! Lists longer than a page: the store's own pages, and those of the table, which end at 1 MB.

use std::collections::BTreeSet;

use futures_util::StreamExt;
use futures_util::stream;
use store::{CursorError, MAX_COUNTED, MAX_PAGE};
use tests::story::{caller, event, interaction, note, ring};
use tests::wire::Wire;
use timeline::{Event, EventId, Fact, InteractionId, Place, Summary, Timestamp, Updated};

use crate::rig::{Rig, soon};

const LONG_TEXT: usize = 32 * 1024;

fn long_notes(of: &InteractionId, count: i64) -> Vec<Event> {
    (0..count)
        .map(|second| note(of, &format!("n{second}"), second, LONG_TEXT))
        .collect()
}

pub(crate) async fn more_than_a_megabyte_of_events_is_read_back_whole(rig: Rig) {
    let id = interaction("a");
    let events = long_notes(&id, 40);
    rig.append_new(&events).await;
    rig.assert_holds(&id, &events).await;
    let (client, wire) = Wire::watching(&rig.client);
    let store = rig.store_through(&client);
    let page = store.interaction(&id, None, soon()).await.unwrap();
    assert_eq!(page.unwrap().unwrap().events.len(), 40);
    assert_eq!(wire.count("GetItem"), 1, "what is whole is read once");
    let (_, _, mut stored) = rig.store.everything(&id, soon()).await.unwrap();
    stored.sort_by_key(Event::happened_at);
    assert!(stored == events, "the texts are others");
}

pub(crate) async fn the_events_of_an_interaction_page_without_gap_or_repetition(rig: Rig) {
    let id = interaction("a");
    let events = long_notes(&id, 130);
    rig.append_new(&events).await;
    let (mut seen, mut pages, mut cursor) = (Vec::<EventId>::new(), 0, None::<String>);
    let (client, wire) = Wire::watching(&rig.client);
    let store = rig.store_through(&client);
    loop {
        let page = store.interaction(&id, cursor.as_deref(), soon()).await;
        let page = page.unwrap().unwrap().unwrap();
        seen.extend(page.events.into_iter().map(|event| event.id));
        pages += 1;
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    let distinct: BTreeSet<_> = seen.iter().collect();
    assert_eq!((seen.len(), distinct.len()), (130, 130));
    assert_eq!(pages, 3, "a page of events holds about 1.5 MB");
    assert_eq!(wire.count("GetItem"), 3, "no page is read twice");
}

/// A page ends behind the event with which it is longer than so much, and not where it is as long.
pub(crate) async fn a_page_of_events_ends_behind_a_megabyte_and_a_half(rig: Rig) {
    let id = interaction("a");
    let says = |name: &str, bytes: usize| {
        let attributes = [("all".to_owned(), "n".repeat(bytes).into())];
        let updated = Updated {
            attributes: attributes.into(),
        };
        event(&id, name, 0, Fact::Updated(updated))
    };
    let written = |bytes: usize| serde_json::to_string(&says("u0", bytes)).unwrap().len();
    let bytes = 300_000 - written(0);
    assert_eq!(written(bytes), 300_000);
    let events: Vec<_> = (0..8)
        .map(|name| says(&format!("u{name}"), bytes))
        .collect();
    rig.append_new(&events).await;
    let page = rig.store.interaction(&id, None, soon()).await;
    let page = page.unwrap().unwrap().unwrap();
    assert_eq!((page.events.len(), page.next_cursor.is_some()), (6, true));
}

/// Lambda refuses an answer of more than 6 MB, in which the page is JSON inside JSON.
pub(crate) async fn a_page_of_events_fits_into_an_answer_whatever_they_say(rig: Rig) {
    let id = interaction("a");
    let quotes = "\"".repeat(170_000);
    let events: Vec<Event> = (0..10)
        .map(|second| {
            let attributes = [("all".to_owned(), quotes.clone().into())];
            let updated = Updated {
                attributes: attributes.into(),
            };
            event(&id, &format!("q{second}"), second, Fact::Updated(updated))
        })
        .collect();
    rig.append_new(&events).await;
    let page = rig.store.interaction(&id, None, soon()).await;
    let page = page.unwrap().unwrap().unwrap();
    let body = serde_json::to_string(&(&page.events, &page.interaction)).unwrap();
    let answer = serde_json::to_string(&body).unwrap();
    assert!(page.events.len() > 1 && page.next_cursor.is_some());
    assert!(answer.len() < 6_000_000, "{} bytes", answer.len());
}

/// Interactions whose summaries are as long as summaries get: about 15 KB each.
async fn long_history(rig: &Rig, count: i64) {
    let long_name = |agent: i64| Some(format!("{agent:02}{}", "\u{1F4DE}".repeat(197)));
    stream::iter(0..count)
        .for_each_concurrent(8, |place| async move {
            let id = interaction(&format!("call-{place:04}"));
            let mut events = vec![ring(&id, place * 60, Some(caller(0)))];
            events.extend((0..16).map(|agent| {
                let place_of_agent = Place {
                    queue: None,
                    agent: long_name(agent),
                };
                let second = place * 60 + agent;
                event(
                    &id,
                    &format!("answer-{agent}"),
                    second,
                    Fact::Answered(place_of_agent),
                )
            }));
            rig.append_new(&events).await;
        })
        .await;
}

pub(crate) async fn a_timeline_of_more_than_a_megabyte_pages_without_gap_or_repetition(rig: Rig) {
    long_history(&rig, 110).await;
    let (client, wire) = Wire::watching(&rig.client);
    let of = caller(0).uri;
    let first = rig.store_through(&client);
    let first = first.timeline(&of, MAX_PAGE, None, soon()).await;
    assert_eq!(first.unwrap().unwrap().interactions.len(), MAX_PAGE);
    // One of what is known; and pages of a megabyte at most, as each table counts its bytes.
    let queries = wire.count("Query");
    assert!((3..=4).contains(&queries), "{queries}");
    let surveyed = rig.store.survey(&BTreeSet::from([of]), soon()).await;
    let surveyed = surveyed.unwrap().remove(0);
    assert!(surveyed.interactions < MAX_COUNTED && surveyed.more);
    // The widest page is itself longer than what the table gives at once.
    for limit in [MAX_PAGE, 7] {
        let all = whole_timeline(&rig, limit).await;
        let starts: Vec<Timestamp> = all.iter().map(|summary| summary.started_at).collect();
        assert!(
            starts.is_sorted_by(|a, b| a > b),
            "newest first, none twice"
        );
        assert_eq!(all.len(), 110, "pages of {limit}");
        let bytes: usize = all
            .iter()
            .map(|summary| serde_json::to_string(summary).unwrap().len())
            .sum();
        assert!(
            bytes > 1_200_000,
            "the history is too short to prove it: {bytes}"
        );
    }
}

async fn whole_timeline(rig: &Rig, limit: usize) -> Vec<Summary> {
    let (mut all, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let page = rig
            .store
            .timeline(&caller(0).uri, limit, cursor.as_deref(), soon())
            .await;
        let page = page.unwrap().unwrap();
        let full = page.interactions.len() == limit;
        all.extend(page.interactions);
        cursor = page.next_cursor;
        if cursor.is_none() {
            return all;
        }
        assert!(full, "only the last page is shorter than asked for");
    }
}

async fn short_history(rig: &Rig, count: i64) {
    stream::iter(0..count)
        .for_each_concurrent(8, |place| async move {
            let id = interaction(&format!("call-{place}"));
            rig.append_new(&[ring(&id, place, Some(caller(0)))]).await;
        })
        .await;
}

pub(crate) async fn a_page_holds_no_more_than_its_limit(rig: Rig) {
    let count = i64::try_from(MAX_PAGE).unwrap();
    short_history(&rig, count).await;
    let page = async |limit| {
        let page = rig
            .store
            .timeline(&caller(0).uri, limit, None, soon())
            .await;
        let page = page.unwrap().unwrap();
        (page.interactions.len(), page.next_cursor.is_some())
    };
    assert_eq!(page(0).await, (1, true));
    assert_eq!(page(3).await, (3, true));
    assert_eq!(page(MAX_PAGE - 1).await, (MAX_PAGE - 1, true));
    assert_eq!(page(MAX_PAGE).await, (MAX_PAGE, false), "all fit exactly");
    let id = interaction("one more");
    rig.append_new(&[ring(&id, 1000, Some(caller(0)))]).await;
    assert_eq!(page(usize::MAX).await, (MAX_PAGE, true));
}

pub(crate) async fn a_cursor_of_another_list_or_a_changed_one_is_refused(rig: Rig) {
    short_history(&rig, 3).await;
    let id = interaction("other");
    rig.append_new(&[ring(&id, 0, Some(caller(1)))]).await;
    let first = rig.store.timeline(&caller(0).uri, 1, None, soon()).await;
    let cursor = first.unwrap().unwrap().next_cursor.unwrap();

    let timeline = async |number, cursor: &str| {
        let page = rig
            .store
            .timeline(&caller(number).uri, 1, Some(cursor), soon())
            .await;
        page.unwrap().map(|page| page.interactions.len())
    };
    assert_eq!(timeline(0, &cursor).await, Ok(1));
    assert_eq!(timeline(1, &cursor).await, Err(CursorError));
    assert_eq!(timeline(0, "nonsense").await, Err(CursorError));
    let changed = match cursor.strip_suffix('A') {
        Some(rest) => format!("{rest}Q"),
        None => format!("{}A", &cursor[..cursor.len() - 1]),
    };
    assert_eq!(timeline(0, &changed).await, Err(CursorError));
    let events = rig.store.interaction(&id, Some(&cursor), soon()).await;
    assert_eq!(events.unwrap(), Err(CursorError));
}
