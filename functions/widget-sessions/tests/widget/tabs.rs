//! What tabs of one browser keep together, and what a visitor objects to meanwhile.

use serde_json::{Value, json};

use crate::browser::{Before, Page};
use crate::desk::{Desk, post};

const NONE: [Value; 0] = [];

#[tokio::test]
async fn the_tabs_of_a_browser_are_one_session() {
    let desk = Desk::open().await;
    let first = Page::open();
    first.serve(&desk).await;
    let second = Page::open_in(&Before {
        storage: first.storage(),
        ..Before::default()
    });
    assert_eq!(second.serve(&desk).await, [202]);
    let queued = desk.queued().await;
    assert_eq!(queued[0]["session"], queued[1]["session"]);
}

#[tokio::test]
async fn two_tabs_that_a_new_visitor_opens_at_once_are_one_visitor_in_one_session() {
    let desk = Desk::open().await;
    let (first, second) = (Page::open(), Page::open());
    assert_eq!(second.asked().len(), 1, "both have asked");
    assert_eq!(first.serve(&desk).await, [201, 202]);
    second.sees(&first);
    second.run("cornerstore.track('Clicked');");
    assert_eq!(second.serve(&desk).await, [201, 202]);
    let queued = desk.queued().await;
    assert_eq!(queued.len(), 2);
    for name in ["visitor", "session"] {
        assert_eq!(queued[0][name], queued[1][name], "{name}");
    }
    assert_eq!(first.kept()["v"], second.kept()["v"]);
}

#[tokio::test]
async fn a_session_of_a_visitor_who_has_been_ended_meanwhile_is_not_used() {
    let desk = Desk::open().await;
    let first = Page::open();
    first.serve(&desk).await;
    let second = Page::open_in(&Before {
        storage: first.storage(),
        now: crate::desk::NOW + 26 * 60_000,
        ..Before::default()
    });
    let asked = second.asked().remove(0);
    assert!(asked.body()["visitor_secret"].is_string());
    first.run("cornerstore.end();");
    first.serve(&desk).await;
    second.sees(&first);
    second.run("cornerstore.track('Clicked');");
    second.serve(&desk).await;
    let queued = desk.queued().await;
    let last = queued.last().unwrap();
    assert_ne!(last["visitor"], queued[0]["visitor"]);
}

#[tokio::test]
async fn an_objection_while_a_session_begins_leaves_no_secret() {
    let desk = Desk::open().await;
    let page = Page::open();
    let asked = page.asked().remove(0);
    page.run("cornerstore.optOut();");
    let session = desk
        .ask(post(asked.options["body"].as_str().unwrap()))
        .await;
    page.answer(&asked, 201, &json!({}), &session.text);
    page.pass(60_000);
    let kept = page.kept();
    for name in ["t", "v", "i"] {
        assert_eq!(kept[name], 0, "{name}");
    }
    assert!(page.asked().is_empty());
    assert_eq!(desk.queued().await, NONE);
}

#[tokio::test]
async fn the_page_learns_the_visitors_id() {
    let desk = Desk::open().await;
    let page = Page::open();
    assert_eq!(page.value("cornerstore.visitor"), "");
    page.serve(&desk).await;
    let id = page.value("cornerstore.visitor");
    assert_eq!(desk.queued().await[0]["visitor"], id);
    let next = Page::open_in(&Before {
        storage: page.storage(),
        ..Before::default()
    });
    assert_eq!(next.value("cornerstore.visitor"), id, "before any answer");
    next.run("cornerstore.optOut();");
    assert_eq!(next.value("cornerstore.visitor"), "");
    let objecting = Page::open_in(&Before {
        storage: page.storage(),
        prelude: "navigator.globalPrivacyControl = true;",
        ..Before::default()
    });
    assert_eq!(objecting.value("cornerstore.visitor"), "");
}

#[tokio::test]
async fn a_kept_secret_that_is_none_is_forgotten() {
    let desk = Desk::open().await;
    let page = Page::open_in(&Before {
        storage: json!({"cornerstore:shop": r#"{"v":"bad!"}"#}).to_string(),
        ..Before::default()
    });
    assert_eq!(page.serve(&desk).await, [400, 201, 202]);
    assert_ne!(page.kept()["v"], "bad!");
    // Once: it is not the secret then.
    let page = Page::open_in(&Before {
        storage: json!({"cornerstore:shop": r#"{"v":"bad!"}"#}).to_string(),
        prelude: "localStorage.setItem = () => { throw new Error('full'); };",
        ..Before::default()
    });
    for _ in 0..2 {
        page.answer(&page.asked()[0], 400, &json!({}), "");
        page.pass(0);
    }
    page.pass(3_600_000);
    assert!(page.asked().is_empty());
}

#[tokio::test]
async fn a_browser_that_keeps_nothing_new_is_served_all_the_same() {
    let desk = Desk::open().await;
    let old = Page::open();
    let full = Page::open_in(&Before {
        storage: old.storage(),
        prelude: "localStorage.setItem = () => { throw new Error('full'); };",
        ..Before::default()
    });
    assert_eq!(full.serve(&desk).await, [201, 202]);
    full.run("cornerstore.optOut(); cornerstore.track('Clicked');");
    full.pass(60_000);
    assert!(full.asked().is_empty());
}

#[test]
fn a_wait_in_whatever_form_is_waited() {
    for (after, wait) in [
        (json!("Mon, 02 Mar 2026 09:16:00 GMT"), 60_000),
        (json!("Mon, 02 Mar 2026 09:14:00 GMT"), 1000),
        (json!("soon"), 1000),
        (json!("-5"), 1000),
        (json!("0"), 1000),
        (json!("Infinity"), 3_600_000),
        (json!("99999999999"), 3_600_000),
    ] {
        let page = Page::open();
        page.answer(&page.asked()[0], 503, &json!({"retry-after": after}), "");
        page.pass(wait - 1);
        assert_eq!(page.asked().len(), 0, "{after}");
        page.pass(1);
        assert_eq!(page.asked().len(), 1, "{after}");
    }
}
