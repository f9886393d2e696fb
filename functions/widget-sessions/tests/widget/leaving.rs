//! What the script does with what happened last on a page. A beacon tells nobody how it went.

use serde_json::{Value, json};

use crate::browser::{Before, Page};
use crate::desk::{Desk, NOW};

const NONE: [Value; 0] = [];

/// A page of the same browser after this one, so many milliseconds later.
pub(crate) fn next(page: &Page, millis: i64) -> Page {
    Page::open_in(&Before {
        storage: page.storage(),
        now: NOW + millis,
        ..Before::default()
    })
}

/// The names of the actions that the timeline gets, each event once however often it was sent.
pub(crate) async fn actions(desk: &Desk) -> Vec<(String, String)> {
    let mut told: Vec<_> = desk
        .queued()
        .await
        .iter()
        .flat_map(|body| {
            let session = body["session"].as_str().unwrap().to_owned();
            let events = body["events"].as_array().unwrap().clone();
            events
                .into_iter()
                .map(move |event| (session.clone(), event))
        })
        .filter(|(_, event)| event["kind"] == "action")
        .map(|(session, event)| {
            let name = event["name"].as_str().unwrap().to_owned();
            (name, format!("{session} {}", event["id"]))
        })
        .collect();
    told.sort();
    told.dedup();
    told
}

#[tokio::test]
async fn what_happened_last_is_sent_when_the_page_is_left() {
    let desk = Desk::open().await;
    for leave in [
        "happens('pagehide');",
        "document.hidden = true; happens('visibilitychange');",
    ] {
        let page = Page::open();
        page.serve(&desk).await;
        page.run("cornerstore.track('Closed');");
        page.run(leave);
        let beacons = page.beacons();
        assert_eq!(beacons.len(), 1, "{leave}");
        assert_eq!(desk.post(&beacons[0]).await.status, 202);
        page.run(leave);
        assert_eq!(page.beacons(), NONE, "once");
        page.run("cornerstore.track('Closed again');");
        page.run(leave);
        let beacons = page.beacons();
        assert_eq!(beacons[0]["events"].as_array().unwrap().len(), 1, "{leave}");
    }
    // A browser that takes no more keeps it for the next page.
    let full = Page::open();
    full.serve(&desk).await;
    full.run("browser.takesBeacons = false; cornerstore.track('Closed'); happens('pagehide');");
    assert_eq!(full.waiting(), ["action"]);
}

#[tokio::test]
async fn a_beacon_that_is_not_taken_loses_nothing() {
    let desk = Desk::open().await;
    let page = Page::open();
    page.serve(&desk).await;
    page.run("cornerstore.track('Closed'); happens('pagehide');");
    assert_eq!(page.beacons().len(), 1, "and nobody takes it");
    let later = next(&page, 60_000);
    assert_eq!(later.serve(&desk).await, [202]);
    assert_eq!(later.waiting(), [""; 0]);
    assert_eq!(actions(&desk).await.len(), 1);
    // A tab that is only hidden asks by itself.
    later.run("cornerstore.track('Hidden'); document.hidden = true; happens('visibilitychange');");
    assert_eq!(later.beacons().len(), 1);
    later.pass(5000);
    assert_eq!(later.serve(&desk).await, [202]);
    assert_eq!(later.waiting(), [""; 0]);
    assert_eq!(actions(&desk).await.len(), 1);
}

#[tokio::test]
async fn complaint_17_what_a_beacon_told_is_told_once() {
    let desk = Desk::open().await;
    // In the same session the ids tell, also when it is over.
    for (later, statuses) in [(60_000, vec![202]), (26 * 60_000, vec![202, 201, 202])] {
        let page = Page::open();
        page.serve(&desk).await;
        page.run("cornerstore.track('Closed'); happens('pagehide');");
        assert_eq!(desk.post(&page.beacons()[0]).await.status, 202);
        let next = next(&page, later);
        assert_eq!(next.serve(&desk).await, statuses);
        assert_eq!(next.waiting(), [""; 0]);
        assert_eq!(actions(&desk).await.len(), 1, "{later}");
    }
}

#[tokio::test]
async fn nothing_is_given_to_a_beacon_while_offline() {
    let desk = Desk::open().await;
    let page = Page::open();
    page.serve(&desk).await;
    page.run("navigator.onLine = false; cornerstore.track('Closed'); happens('pagehide');");
    assert_eq!(page.beacons(), NONE);
    // However late: no beacon has it.
    let later = next(&page, 26 * 60_000);
    assert_eq!(later.serve(&desk).await, [201, 202]);
    assert_eq!(actions(&desk).await.len(), 1);
}

#[tokio::test]
async fn under_another_token_only_what_was_surely_not_taken_is_told_again() {
    let desk = Desk::open().await;
    let page = Page::open();
    page.serve(&desk).await;
    page.run("cornerstore.track('Closed'); happens('pagehide');");
    assert_eq!(desk.post(&page.beacons()[0]).await.status, 202);
    // The token is refused: that says what became of this request, and nothing of the beacon.
    let later = next(&page, 60_000);
    later.run("cornerstore.track('Opened');");
    later.answer(&later.asked()[0], 401, &json!({}), "");
    later.pass(1000);
    assert_eq!(later.serve(&desk).await, [201, 202]);
    let told = actions(&desk).await;
    let names: Vec<&str> = told.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Closed", "Opened"]);
    assert_eq!(later.waiting(), [""; 0]);
}

#[tokio::test]
async fn a_beacon_tells_nothing_of_whoever_comes_after_an_end() {
    let desk = Desk::open().await;
    let page = Page::open();
    page.serve(&desk).await;
    page.run("cornerstore.end(); cornerstore.track('Clicked');");
    page.run("happens('pagehide'); happens('pagehide');");
    let beacons = page.beacons();
    assert_eq!(beacons.len(), 1);
    assert_eq!(beacons[0]["events"][0]["kind"], "end");
    assert_eq!(beacons[0]["events"].as_array().unwrap().len(), 1);
    // Neither where the end was told by the beacon alone, and the session is over.
    let later = next(&page, 26 * 60_000);
    assert_eq!(later.serve(&desk).await, [202, 201, 202]);
    let queued = desk.queued().await;
    assert_eq!(queued[0]["visitor"], queued[1]["visitor"]);
    assert_ne!(queued[0]["visitor"], queued[2]["visitor"]);
}
