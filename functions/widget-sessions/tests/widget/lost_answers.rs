//! What the script does with events whose answer it never heard: they may be in the queue or not, and are told once.

use serde_json::json;
use widget_sessions::{REPEATS_MS, TOKEN_LIFETIME_MS};

use crate::browser::{Asked, Page};
use crate::desk::Desk;
use crate::leaving::{actions, next};

/// When a session is over by the browser's clock.
const OVER: i64 = 26 * 60_000;

/// How an answer is lost.
const WAYS: [&str; 4] = ["the connection breaks", "503", "504", "the page is closed"];

fn lose(page: &Page, asked: &Asked, way: &str) {
    match way {
        "the connection breaks" => page.fail(asked),
        "503" => page.answer(asked, 503, &json!({"retry-after": "3600"}), ""),
        "504" => page.answer(asked, 504, &json!({}), ""),
        _ => {}
    }
}

/// A page whose visitor has done something, and the request that tells it.
async fn clicked(desk: &Desk) -> (Page, Asked) {
    let page = Page::open();
    page.serve(desk).await;
    page.run("cornerstore.track('Clicked');");
    page.pass(5000);
    let asked = page.asked().remove(0);
    (page, asked)
}

#[tokio::test]
async fn what_the_queue_took_though_the_answer_was_lost_is_told_once() {
    for way in WAYS {
        let desk = Desk::open().await;
        let (page, asked) = clicked(&desk).await;
        assert_eq!(desk.post(&asked.body()).await.status, 202);
        lose(&page, &asked, way);
        desk.pass(OVER);
        let later = next(&page, OVER);
        assert_eq!(later.serve(&desk).await, [202, 201, 202], "{way}");
        assert_eq!(actions(&desk).await.len(), 1, "{way}");
        assert_eq!(later.waiting(), [""; 0], "{way}");
    }
}

#[tokio::test]
async fn a_page_that_stays_open_tells_it_once_as_well() {
    let desk = Desk::open().await;
    let (page, asked) = clicked(&desk).await;
    assert_eq!(desk.post(&asked.body()).await.status, 202);
    lose(&page, &asked, "503");
    page.run("cornerstore.track('Clicked again');");
    // The session is over before the time that the answer asked for is.
    page.pass(3_600_000);
    desk.pass(3_600_000);
    assert_eq!(page.serve(&desk).await, [202, 201, 202]);
    let told = actions(&desk).await;
    let names: Vec<&str> = told.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Clicked", "Clicked again"]);
}

#[tokio::test]
async fn what_the_queue_did_not_take_is_not_lost_either() {
    for way in WAYS {
        let desk = Desk::open().await;
        let (page, asked) = clicked(&desk).await;
        lose(&page, &asked, way);
        desk.pass(OVER);
        let later = next(&page, OVER);
        assert_eq!(later.serve(&desk).await, [202, 201, 202], "{way}");
        assert_eq!(actions(&desk).await.len(), 1, "{way}");
    }
}

#[tokio::test]
async fn what_was_perhaps_told_is_not_told_under_another_token_and_what_was_refused_is() {
    let days = TOKEN_LIFETIME_MS + REPEATS_MS;
    for (status, statuses) in [(503, vec![401, 201, 202]), (429, vec![201, 202])] {
        let desk = Desk::open().await;
        let (page, asked) = clicked(&desk).await;
        if status == 503 {
            assert_eq!(desk.post(&asked.body()).await.status, 202);
        }
        page.answer(&asked, status, &json!({}), "");
        desk.pass(days);
        let later = next(&page, days);
        let mut answers = later.serve(&desk).await;
        later.pass(1000);
        answers.extend(later.serve(&desk).await);
        assert_eq!(answers, statuses, "{status}");
        assert_eq!(actions(&desk).await.len(), 1, "{status}");
    }
}

#[tokio::test]
async fn when_the_page_is_left_a_beacon_has_what_a_request_may_not_have_told() {
    let desk = Desk::open().await;
    let (page, asked) = clicked(&desk).await;
    page.fail(&asked);
    page.run("happens('pagehide');");
    let beacons = page.beacons();
    assert_eq!(beacons.len(), 1);
    assert_eq!(desk.post(&beacons[0]).await.status, 202);
    page.run("happens('pagehide');");
    assert_eq!(page.beacons().len(), 0, "once");
    assert_eq!(actions(&desk).await.len(), 1);
}

#[tokio::test]
async fn what_a_beacon_told_while_a_request_was_refused_is_told_once() {
    let desk = Desk::open().await;
    let (page, asked) = clicked(&desk).await;
    page.run("happens('pagehide');");
    let beacons = page.beacons();
    assert_eq!(beacons.len(), 1);
    assert_eq!(desk.post(&beacons[0]).await.status, 202);
    page.answer(&asked, 429, &json!({"retry-after": "3600"}), "");
    desk.pass(OVER);
    let later = next(&page, OVER);
    assert_eq!(later.serve(&desk).await, [202, 201, 202]);
    assert_eq!(actions(&desk).await.len(), 1);
}

#[tokio::test]
async fn what_was_refused_since_the_widget_was_off_is_told_later() {
    let days = TOKEN_LIFETIME_MS + REPEATS_MS;
    for status in [403, 404] {
        let desk = Desk::open().await;
        let (page, asked) = clicked(&desk).await;
        page.answer(&asked, status, &json!({}), "");
        desk.pass(days);
        let later = next(&page, days);
        assert_eq!(later.serve(&desk).await, [201, 202], "{status}");
        assert_eq!(actions(&desk).await.len(), 1, "{status}");
    }
}
