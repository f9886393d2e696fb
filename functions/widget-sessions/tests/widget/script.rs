//! What the script does on a page, against the function itself and its queue.

use serde_json::{Value, json};
use timeline::{Channel, Fact};
use widget_sessions::{MAX_BODY_BYTES, REPEATS_MS, SessionRequest, TOKEN_LIFETIME_MS, WidgetEvent};

use crate::browser::{Before, Page};
use crate::desk::{Desk, NOW};

const NONE: [Value; 0] = [];

#[tokio::test]
async fn a_page_view_is_told_at_once_and_without_query_and_fragment() {
    let desk = Desk::open().await;
    let page = Page::open();
    assert!(!page.storage().contains("4711"), "nor is it kept");
    assert_eq!(page.serve(&desk).await, [201, 202]);
    let queued = desk.queued().await;
    let event = &queued[0]["events"][0];
    assert_eq!(event["url"], "https://www.example.com/parcels");
    assert_eq!(event["referrer"], "https://search.example.net/");
    assert_eq!(
        (&event["title"], &event["at"]),
        (&json!("Parcels"), &json!(NOW))
    );
    assert_eq!(page.waiting(), [""; 0]);
}

#[tokio::test]
async fn all_that_the_page_tells_reaches_the_timeline_under_its_names() {
    let desk = Desk::open().await;
    let page = Page::open();
    page.serve(&desk).await;
    page.run(
        "cornerstore.track('Checkout Failed', {step: 2, paid: false, what: undefined, note: 'x'.repeat(999)});
         cornerstore.identify({email: 'ada@example.com', name: 'Ada Sample'});
         cornerstore.message('Where is my parcel?');",
    );
    page.pass(4999);
    assert_eq!(page.asked().len(), 0, "a batch every five seconds");
    page.pass(1);
    // Each name that the script writes is one that the function knows: nothing is lost on the way.
    let sent = page.asked()[0].body();
    let read: SessionRequest = serde_json::from_value(sent.clone()).unwrap();
    for event in &read.events {
        let known: WidgetEvent = serde_json::from_value(event.clone()).unwrap();
        assert_eq!(serde_json::to_value(known).unwrap(), *event);
    }
    assert_eq!(serde_json::to_value(read).unwrap(), sent);
    assert_eq!(page.serve(&desk).await, [202]);
    let events = desk.events().await;
    let facts: Vec<_> = events.iter().map(|event| event.fact.kind()).collect();
    assert_eq!(facts, ["viewed", "acted", "updated", "message"]);
    let Fact::Acted(acted) = &events[1].fact else {
        panic!("{:?}", events[1].fact.kind());
    };
    assert_eq!(acted.action, "Checkout Failed");
    assert_eq!(acted.attributes.len(), 3);
    assert_eq!(acted.attributes["step"].expose(), "2");
    assert_eq!(events[2].participants.len(), 1);
    assert_eq!(events[3].channel, Channel::Chat);
    let visitors: Vec<_> = events.iter().map(|event| &event.customer).collect();
    assert!(visitors.iter().all(|visitor| *visitor == visitors[0]));
}

#[tokio::test]
async fn a_page_that_changes_its_address_without_loading_is_another_page() {
    let desk = Desk::open().await;
    let page = Page::open();
    page.serve(&desk).await;
    page.run("history.pushState({}, '', 'https://www.example.com/returns?step=1');");
    page.pass(0);
    page.run("history.pushState({}, '', 'https://www.example.com/returns?step=2');");
    page.pass(0);
    page.run("location.href = 'https://www.example.com/parcels'; happens('popstate');");
    page.pass(5000);
    page.serve(&desk).await;
    let queued = desk.queued().await;
    let told = queued[1]["events"].as_array().unwrap();
    let url = |event: &Value| event["url"].as_str().unwrap().to_owned();
    assert_eq!(
        told.iter().map(url).collect::<Vec<_>>(),
        [
            "https://www.example.com/returns",
            "https://www.example.com/parcels"
        ]
    );
    assert_eq!(told[0]["referrer"], "https://www.example.com/parcels");
}

#[tokio::test]
async fn twenty_events_are_sent_without_waiting() {
    let desk = Desk::open().await;
    let page = Page::open();
    page.serve(&desk).await;
    page.run("for (let i = 0; i < 19; i++) cornerstore.track('Clicked', {i});");
    assert_eq!(page.asked().len(), 0);
    page.run("for (let i = 19; i < 45; i++) cornerstore.track('Clicked', {i});");
    assert_eq!(page.asked().len(), 1);
    assert_eq!(page.serve(&desk).await, [202, 202, 202]);
    let queued = desk.queued().await;
    let sizes: Vec<_> = queued[1..]
        .iter()
        .map(|body| body["events"].as_array().unwrap().len())
        .collect();
    assert_eq!(sizes, [20, 20, 5]);
}

#[tokio::test]
async fn do_not_track_and_global_privacy_control_are_honoured() {
    for prelude in [
        "navigator.doNotTrack = '1';",
        "globalThis.doNotTrack = '1';",
        "navigator.globalPrivacyControl = true;",
    ] {
        let page = Page::open_in(&Before {
            prelude,
            ..Before::default()
        });
        page.run(
            "cornerstore.track('Clicked', {}); cornerstore.identify({email: 'ada@example.com'});
             cornerstore.message('Hello'); cornerstore.end(); cornerstore.optOut();
             history.pushState({}, '', 'https://www.example.com/returns');
             happens('pagehide'); happens('online'); document.hidden = true; happens('visibilitychange');",
        );
        page.pass(60_000);
        assert!(page.is_silent(), "{prelude}");
        assert_eq!(page.storage(), "{}");
    }
    let allowed = Page::open_in(&Before {
        prelude: "navigator.doNotTrack = '0'; navigator.globalPrivacyControl = false;",
        ..Before::default()
    });
    assert_eq!(allowed.asked().len(), 1);
}

#[tokio::test]
async fn who_opts_out_is_forgotten_on_this_and_later_pages() {
    let desk = Desk::open().await;
    let page = Page::open();
    page.serve(&desk).await;
    page.run("cornerstore.message('Hello'); cornerstore.optOut(); cornerstore.track('Clicked');");
    page.run("happens('pagehide');");
    page.pass(60_000);
    assert!(page.asked().is_empty() && page.beacons().is_empty());
    let kept = page.kept();
    assert_eq!(kept["q"], json!([]));
    assert!(
        ["t", "v", "i"].iter().all(|name| kept[*name] == 0),
        "neither token nor secret nor id is kept"
    );
    let later = Page::open_in(&Before {
        storage: page.storage(),
        ..Before::default()
    });
    later.pass(60_000);
    assert!(later.is_silent());
    assert_eq!(desk.queued().await.len(), 1);
}

#[tokio::test]
async fn what_could_not_be_sent_survives_a_reload() {
    let desk = Desk::open().await;
    let offline = Page::open();
    offline.fail(&offline.asked()[0]);
    offline.run("cornerstore.message('Is anybody there?'); happens('pagehide');");
    assert_eq!(offline.beacons(), NONE, "there is no session yet");
    assert_eq!(offline.waiting(), ["page", "message"]);
    let online = Page::open_in(&Before {
        storage: offline.storage(),
        now: NOW + 3_600_000,
        ..Before::default()
    });
    assert_eq!(online.serve(&desk).await, [201, 202]);
    let events = desk.events().await;
    assert_eq!(events.len(), 3);
    assert_eq!(events[0].occurred_at.unwrap().millis(), NOW);
    let facts: Vec<_> = events.iter().map(|event| event.fact.kind()).collect();
    assert_eq!(facts, ["viewed", "message", "viewed"]);
}

#[test]
fn what_waits_is_bounded_and_the_newest_stay() {
    let page = Page::open();
    page.run("for (let i = 0; i < 1000; i++) cornerstore.track('Clicked', {i});");
    let kept = page.kept();
    let events = kept["q"].as_array().unwrap();
    assert_eq!(events.len(), 100);
    assert_eq!(events[99]["attributes"]["i"], "999");
    assert_eq!(page.asked().len(), 1, "one request at a time");
}

#[tokio::test]
async fn no_batch_is_longer_than_the_function_takes() {
    let desk = Desk::open().await;
    let page = Page::open();
    page.serve(&desk).await;
    page.run(
        "const long = '\\u20ac\\ud83d\\ude00\"'.repeat(2999), many = {};
         for (let i = 0; i < 25; i++) many['k' + i + long] = long;
         for (let i = 0; i < 8; i++) { cornerstore.message(long); cornerstore.track(long, many); cornerstore.identify({email: long, phone: long, name: long}); }",
    );
    let mut longest = 0;
    while let Some(asked) = page.asked().into_iter().next() {
        longest = longest.max(asked.options["body"].as_str().unwrap().len());
        desk.pass(10_000);
        let statuses = page.serve(&desk).await;
        if statuses.contains(&429) {
            page.pass(2000);
            continue;
        }
        assert!(statuses.iter().all(|status| *status == 202), "{statuses:?}");
    }
    assert!(longest > 10_000 && longest <= MAX_BODY_BYTES, "{longest}");
    assert_eq!(page.waiting(), [""; 0]);
}

#[tokio::test]
async fn it_comes_again_later_and_later_until_it_is_taken() {
    let desk = Desk::open().await;
    let page = Page::open();
    page.serve(&desk).await;
    page.run("cornerstore.track('Clicked');");
    page.pass(5000);
    let first = page.asked()[0].body();
    for (tries, wait) in [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
        .into_iter()
        .enumerate()
    {
        let asked = &page.asked()[0];
        assert_eq!(asked.body(), first, "the same events with the same ids");
        match tries % 3 {
            0 => page.fail(asked),
            1 => page.answer(asked, 503, &json!({}), ""),
            _ => page.answer(asked, 429, &json!({}), ""),
        }
        page.pass(wait * 1000 - 1);
        assert_eq!(page.asked().len(), 0, "after {tries} tries");
        page.pass(1);
        assert_eq!(page.asked().len(), 1, "after {tries} tries");
    }
    assert_eq!(page.serve(&desk).await, [202]);
    assert_eq!(page.waiting(), [""; 0]);
}

#[tokio::test]
async fn it_comes_again_when_the_answer_says_so_or_the_browser_is_online() {
    let desk = Desk::open().await;
    let page = Page::open();
    page.serve(&desk).await;
    page.run("cornerstore.track('Clicked');");
    page.pass(5000);
    page.answer(&page.asked()[0], 503, &json!({"retry-after": "60"}), "");
    page.pass(59_999);
    assert_eq!(page.asked().len(), 0);
    page.pass(1);
    assert_eq!(page.asked().len(), 1);
    page.fail(&page.asked()[0]);
    page.run("happens('online');");
    assert_eq!(page.serve(&desk).await, [202]);
}

#[tokio::test]
async fn an_expired_token_begins_a_new_session_of_the_same_visitor() {
    let desk = Desk::open().await;
    let page = Page::open();
    page.serve(&desk).await;
    // The browser's clock stands still, so that it cannot know.
    desk.pass(TOKEN_LIFETIME_MS + REPEATS_MS);
    page.run("cornerstore.track('Clicked');");
    page.pass(5000);
    assert_eq!(page.serve(&desk).await, [401]);
    page.pass(1000);
    assert_eq!(page.serve(&desk).await, [201, 202]);
    let queued = desk.queued().await;
    assert_eq!(queued[0]["visitor"], queued[1]["visitor"]);
    assert_ne!(queued[0]["session"], queued[1]["session"]);
    // By its own clock it begins one before the old one expires.
    page.pass(TOKEN_LIFETIME_MS - 1);
    page.run("cornerstore.track('Clicked');");
    page.pass(5000);
    assert_eq!(page.serve(&desk).await, [201, 202]);
}

#[tokio::test]
async fn whoever_comes_after_an_end_is_another_visitor() {
    let desk = Desk::open().await;
    let page = Page::open();
    page.serve(&desk).await;
    page.run("cornerstore.track('Signed Out'); cornerstore.end(); cornerstore.track('Clicked');");
    assert_eq!(page.serve(&desk).await, [202, 201, 202]);
    let queued = desk.queued().await;
    let kinds = |body: &Value| {
        let events = body["events"].as_array().unwrap().iter();
        events
            .map(|event| event["kind"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(kinds(&queued[1]), ["action", "end"]);
    assert_eq!(kinds(&queued[2]), ["action"]);
    assert_ne!(queued[1]["visitor"], queued[2]["visitor"]);
}

#[tokio::test]
async fn a_browser_that_keeps_nothing_is_served_all_the_same() {
    let desk = Desk::open().await;
    let page = Page::open_in(&Before {
        prelude: "localStorage.getItem = localStorage.setItem = () => { throw new Error('denied'); };",
        ..Before::default()
    });
    assert_eq!(page.serve(&desk).await, [201, 202]);
    page.run("cornerstore.track('Clicked');");
    page.pass(5000);
    assert_eq!(page.serve(&desk).await, [202]);
}

#[test]
fn a_refused_page_asks_once_and_a_bad_batch_is_not_sent_for_ever() {
    let refused = Page::open();
    refused.answer(&refused.asked()[0], 403, &json!({}), "");
    refused
        .run("for (let i = 0; i < 50; i++) cornerstore.track('Clicked', {i}); happens('online');");
    refused.pass(3_600_000);
    assert_eq!(refused.asked().len(), 0);
    for status in [400, 413] {
        let page = Page::open();
        let session = json!({"token": "t", "visitor_secret": "v", "visitor_id": "i"}).to_string();
        page.answer(&page.asked()[0], 201, &json!({}), &session);
        page.pass(0);
        page.answer(&page.asked()[0], status, &json!({}), "");
        page.pass(3_600_000);
        assert!(
            page.asked().is_empty() && page.waiting().is_empty(),
            "{status}"
        );
    }
}

#[tokio::test]
async fn half_an_emoji_reaches_the_queue_and_takes_nothing_with_it() {
    let desk = Desk::open().await;
    let page = Page::open();
    page.serve(&desk).await;
    page.run("cornerstore.message('a\\ud83d'); cornerstore.message('whole');");
    page.pass(5000);
    assert_eq!(page.serve(&desk).await, [202]);
    assert_eq!(desk.events().await.len(), 3);
}
