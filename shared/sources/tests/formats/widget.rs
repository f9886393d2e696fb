//! The website widget, and the event of an Amazon Connect flow.

use sources::{Reading, Rejection};
use timeline::{Channel, Event, Fact, IdentityKind, Interaction, State};

use super::fixtures::{Fixture, context, read};

fn events(source: &'static str, file: &str) -> Vec<Event> {
    let reading = read(&Fixture::open(source, file)).unwrap();
    assert_eq!(reading.rejections, []);
    reading.events
}

fn one(source: &'static str, file: &str) -> Event {
    let mut events = events(source, file);
    assert_eq!(events.len(), 1, "{file}");
    events.remove(0)
}

fn uri(event: &Event) -> Option<&str> {
    event
        .customer
        .as_ref()
        .map(|customer| customer.uri.expose())
}

// ── The widget ──

fn of(events: &[Event], channel: Channel) -> Vec<Event> {
    let of = events.iter().filter(|event| event.channel == channel);
    of.cloned().collect()
}

#[test]
fn a_visit_and_what_its_visitor_wrote_are_two_interactions_that_know_each_other() {
    let session = events("widget", "session.json");
    let visit = Interaction::of(&of(&session, Channel::Web)).unwrap();
    let written = Interaction::of(&of(&session, Channel::Chat)).unwrap();
    let related: Vec<_> = written.related().map(|to| &to.interaction_id).collect();
    assert_eq!(related, [visit.id()]);
    assert_eq!(visit.customer(), written.customer());
    assert_eq!(visit.summary().state, State::Ended);
    assert!(
        written.summary().state == State::Open,
        "a message waits for an answer, though its writer is gone"
    );
}

#[test]
fn complaint_13_any_order_and_repetition_gives_the_same_interactions() {
    let session = events("widget", "session.json");
    for channel in [Channel::Web, Channel::Chat] {
        let events = of(&session, channel);
        let straight = Interaction::of(&events).unwrap();
        for turn in 0..events.len() {
            let mut turned = events.clone();
            turned.rotate_left(turn);
            let backwards = turned.iter().rev().chain(&events);
            assert_eq!(Interaction::of(&turned).unwrap(), straight);
            assert_eq!(Interaction::of(backwards).unwrap(), straight);
        }
    }
}

#[test]
fn complaint_20_a_typed_address_is_no_customer() {
    let claim = one("widget", "identify.json");
    assert_eq!(uri(&claim), Some("visitor:shop/k3f7qz2mtn4x6h5rbw2ydcj7ae"));
    let claims: Vec<_> = claim
        .participants
        .iter()
        .map(|claimed| claimed.uri.expose())
        .collect();
    assert_eq!(claims, ["mailto:ada@example.com", "tel:+14155550123"]);
    let session = Interaction::of(&of(&events("widget", "session.json"), Channel::Web)).unwrap();
    let kind = session.customer().unwrap().uri.kind();
    assert_eq!(kind, IdentityKind::Visitor);
    assert_eq!(
        session.summary().customer_name.unwrap().expose(),
        "Ada Sample"
    );
}

#[test]
fn a_page_is_kept_without_what_may_be_secret_in_its_address() {
    let url = |file| {
        let Fact::Viewed(viewed) = one("widget", file).fact else {
            panic!("{file} is a page");
        };
        viewed.url.map(|url| url.expose().to_owned())
    };
    let page = url("page-with-query.json");
    assert_eq!(page.as_deref(), Some("https://www.example.com/reset"));
    assert_eq!(url("page-of-no-web.json"), None);
}

#[test]
fn one_bad_event_does_not_hold_up_the_others() {
    let reading = read(&Fixture::open("widget", "bad-one-of-several.json")).unwrap();
    assert_eq!(reading.events.len(), 2);
    assert_eq!(reading.rejections, [Rejection::missing("events[].id")]);
}

#[test]
fn no_id_reaches_into_another_visitors_sessions() {
    let visit = one("widget", "page.json").interaction_id;
    let mut foreign = Fixture::open("widget", "page.json");
    // The same letters with the border between two ids moved.
    foreign.body = foreign
        .body
        .replace("\"shop\"", "\"shop:k3f7qz2mtn4x6h5rbw2ydcj7ae\"");
    assert!(read(&foreign).is_err());
    let mut other = Fixture::open("widget", "page.json");
    other.body = other.body.replace("k3f7qz", "k3f7qy");
    assert_ne!(read(&other).unwrap().events[0].interaction_id, visit);
}

// ── The flow ──

const FLOW: &str = "amazon-connect-flow";

#[test]
fn complaint_17_a_flow_that_asks_again_tells_the_same() {
    let first = one(FLOW, "inbound.json");
    let again = one(FLOW, "inbound-asked-again.json");
    assert_eq!(first.content_hash(), again.content_hash());
    assert_eq!(
        first.content_hash(),
        one(FLOW, "upper-case-contact-id.json").content_hash()
    );
}

#[test]
fn the_function_reads_what_the_queue_reads() {
    for fixture in Fixture::all(FLOW) {
        let payload = serde_json::from_str(&fixture.body).unwrap();
        let directly: Result<Reading, Rejection> = sources::connect_flow(payload, &context());
        assert_eq!(directly, read(&fixture), "{}", fixture.name);
    }
    let nothing = sources::connect_flow(serde_json::json!({"Name": "Other"}), &context());
    assert_eq!(nothing, Err(Rejection::UnknownEnvelope));
}

#[test]
fn the_customer_is_the_far_side_whoever_began_the_call() {
    for file in [
        "inbound.json",
        "outbound.json",
        "callback.json",
        "transfer.json",
    ] {
        assert_eq!(uri(&one(FLOW, file)), Some("tel:+14155550123"), "{file}");
    }
    assert_eq!(
        uri(&one(FLOW, "national-number.json")),
        Some("tel:+493023125001"),
        "in the region of the dialled number"
    );
    assert_eq!(
        uri(&one(FLOW, "email.json")),
        Some("mailto:ada@example.com")
    );
}

#[test]
fn complaint_10_the_companys_own_number_and_a_withheld_one_are_nobody() {
    for file in [
        "own-number.json",
        "withheld.json",
        "chat.json",
        "web-call.json",
    ] {
        let event = one(FLOW, file);
        assert_eq!(
            (uri(&event), &event.unread_customer),
            (None, &None),
            "{file}"
        );
    }
    let unread = one(FLOW, "unreadable.json").unread_customer;
    assert_eq!(unread.unwrap().expose(), "reception");
}

#[test]
fn contact_events_meet_the_flows_interaction_and_outrank_it() {
    let flow = one(FLOW, "inbound.json");
    let body = serde_json::json!({
        "version": "0", "id": "3c5e7a91-2b4d-4f68-8a0c-1e3f5d7b9a2c",
        "detail-type": "Amazon Connect Contact Event", "source": "aws.connect",
        "time": "2026-03-02T09:16:00Z",
        "detail": {
            "eventType": "QUEUED", "contactId": "8F2B6C1E-4D7A-4C59-9B3E-0A1D2C3B4E5F", "channel": "VOICE",
            "initiationMethod": "INBOUND",
            "queueInfo": {"queueArn": "arn:aws:connect:x:1:instance/a/queue/returns", "enqueueTimestamp": "2026-03-02T09:16:00.000Z"}
        }
    });
    let queued = sources::read(
        sources::CALLS,
        &body.to_string(),
        &Default::default(),
        &context(),
    );
    let queued = queued.unwrap().events.remove(0);
    assert_eq!(queued.interaction_id, flow.interaction_id);
    let alone = Interaction::of([&flow]).unwrap();
    assert_eq!(alone.summary().state, State::Ivr, "it lives while it rings");
    let both = Interaction::of([&queued, &flow]).unwrap();
    assert_eq!(both.summary().state, State::Queued);
    assert_eq!(both.customer(), flow.customer.as_ref());
}
