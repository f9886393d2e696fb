//! What events are known by where their system does not tell them apart well.

use sources::EMAILS;

use super::event;
use crate::fixtures::{Fixture, context};

#[test]
fn an_event_of_2023_finds_its_mail_in_the_mails_header() {
    let [named, listed] = ["legacy-bounced.txt", "legacy-bounced-id-in-header.txt"]
        .map(|file| event("mailgun", file).interaction_id);
    assert_eq!(listed, named);
}

#[test]
fn mails_that_try_a_webhook_are_told_apart() {
    let first = Fixture::open("postmark", "inbound-test.json").body;
    let again = first.replace("10:20:00", "10:25:00");
    let id = |body: &str| {
        let read = sources::read(EMAILS, body, &Default::default(), &context()).unwrap();
        read.events[0].id.clone()
    };
    assert_eq!(id(&first), id(&first));
    assert_ne!(id(&first), id(&again));
}

/// What SendGrid sends as an example has one id for all.
#[test]
fn events_of_one_mail_under_one_id_are_told_apart_by_their_kind() {
    let ids = ["processed.json", "delivered.json"].map(|file| {
        let body = Fixture::open("sendgrid-events", file).body;
        let mut body: serde_json::Value = serde_json::from_str(&body).unwrap();
        body[0]["sg_event_id"] = "sg_event_id".into();
        let read = sources::read(EMAILS, &body.to_string(), &Default::default(), &context());
        read.unwrap().events[0].id.clone()
    });
    assert_ne!(ids[0], ids[1]);
}
