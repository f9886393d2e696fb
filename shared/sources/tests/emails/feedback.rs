//! What became of mail that went out.

use serde_json::json;
use sources::Rejection;
use timeline::{Fact, Interaction, Reach};

use crate::{customer, event, event_of, fixture, fixture_value, only, read};

#[test]
fn a_bounce_is_one_event_per_receiver_each_in_an_interaction_of_its_own() {
    let reading = read(&fixture("bounce-permanent")).unwrap();
    let receivers: Vec<_> = reading.events.iter().map(customer).collect();
    assert_eq!(
        receivers,
        ["mailto:gone@example.com", "mailto:moved@example.net"]
    );
    assert_ne!(
        reading.events[0].interaction_id,
        reading.events[1].interaction_id
    );
    let Fact::Bounced(bounced) = &reading.events[0].fact else {
        panic!()
    };
    assert!(bounced.permanent && !bounced.reported);
}

#[test]
fn bounce_and_complaint_of_one_mail_meet_in_one_interaction() {
    let mut bounce = fixture_value("bounce-transient");
    bounce["bounce"]["bouncedRecipients"][0]["emailAddress"] = json!("ADA@example.com");
    let complaint = event("complaint");
    assert_eq!(event_of(&bounce).interaction_id, complaint.interaction_id);
    let Fact::Bounced(reported) = &complaint.fact else {
        panic!()
    };
    assert!(reported.reported && !reported.permanent);
}

#[test]
fn one_receiver_without_an_address_does_not_lose_the_others() {
    let reading = read(&fixture("bad-bounce-one-recipient")).unwrap();
    assert_eq!(
        reading.rejections,
        [Rejection::missing(
            "bounce.bouncedRecipients[].emailAddress"
        )]
    );
    assert_eq!(customer(&only(reading)), "nobody");
}

#[test]
fn complaint_13_what_became_of_a_mail_is_one_interaction_in_any_order_and_however_often() {
    let mut events = vec![
        event("delivery"),
        event("delivery-delay"),
        event("open"),
        event("click"),
        event("complaint"),
        event("subscription"),
    ];
    let sent = read(&fixture("send")).unwrap().events;
    events.extend(sent.into_iter().filter(|e| customer(e).contains("ada@")));
    let folded = Interaction::of(&events).unwrap();
    let customer = folded.customer().unwrap();
    assert_eq!(customer.uri.expose(), "mailto:ada@example.com");
    let told = folded.summary();
    for turn in 1..events.len() {
        let mut other = events.clone();
        other.rotate_left(turn);
        other.extend(events.clone());
        assert_eq!(Interaction::of(&other).unwrap().summary(), told);
    }
}

#[test]
fn a_link_is_kept_without_what_says_who_followed_it() {
    let Fact::Reached(reached) = event("click").fact else {
        panic!()
    };
    assert_eq!(reached.how, Reach::Clicked);
    assert_eq!(
        reached.url.unwrap().expose(),
        "https://shop.example.org/orders/1001"
    );
}

#[test]
fn two_links_followed_at_one_moment_are_two_events() {
    let first = fixture_value("click");
    let mut second = first.clone();
    second["click"]["link"] = json!("https://shop.example.org/help");
    assert_ne!(event_of(&first).id, event_of(&second).id);
}

#[test]
fn what_was_never_sent_does_not_speak_against_the_address() {
    for name in ["reject", "rendering-failure", "delivery-delay"] {
        for event in read(&fixture(name)).unwrap().events {
            let told = Interaction::of(&[event]).unwrap().summary();
            assert_eq!(told.bounced_at, None, "{name}");
        }
    }
}
