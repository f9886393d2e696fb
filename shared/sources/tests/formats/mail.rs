//! What mail means, whichever system takes it in or sends it.

mod forms;

use sources::{EMAILS, Rejection, Source};
use timeline::{Distrust, Event, Fact, Interaction, Mail, Reach};

use crate::fixtures::{Fixture, context, read};

const SOURCES: [&str; 6] = [
    "ses",
    "sendgrid-inbound",
    "sendgrid-events",
    "mailgun",
    "postmark",
    "ms-graph",
];

fn events(source: &'static str, file: &str) -> Vec<Event> {
    read(&Fixture::open(source, file)).unwrap().events
}

fn event(source: &'static str, file: &str) -> Event {
    let mut events = events(source, file);
    assert_eq!(events.len(), 1, "{source}/{file}");
    events.remove(0)
}

fn mail(event: &Event) -> &Mail {
    let Fact::Mail(mail) = &event.fact else {
        panic!("not a mail: {}", event.fact.kind())
    };
    mail
}

fn text(event: &Event) -> &str {
    let text = mail(event).text.as_ref();
    text.map_or("", |text| text.text.expose())
}

fn customer(event: &Event) -> Option<&str> {
    let customer = event.customer.as_ref()?;
    Some(customer.uri.expose())
}

#[test]
fn complaint_13_what_became_of_a_mail_folds_the_same_in_any_order_and_however_often() {
    let stories: [(&str, &[&str]); 3] = [
        (
            "sendgrid-events",
            &[
                "processed.json",
                "deferred.json",
                "delivered.json",
                "open.json",
                "click.json",
                "spamreport.json",
                "group-unsubscribe.json",
            ],
        ),
        (
            "mailgun",
            &[
                "accepted.json",
                "failed-temporary.json",
                "delivered.json",
                "opened.json",
                "clicked.json",
                "complained.json",
                "unsubscribed.json",
                "reply.txt",
            ],
        ),
        (
            "postmark",
            &[
                "bounce-soft.json",
                "delivery.json",
                "open.json",
                "click.json",
                "spam-complaint.json",
                "subscription-change.json",
                "inbound-reply.json",
            ],
        ),
    ];
    for (source, files) in stories {
        let story: Vec<_> = files.iter().map(|file| event(source, file)).collect();
        let folded = Interaction::of(&story).unwrap();
        let who = folded.customer().unwrap();
        assert_eq!(who.uri.expose(), "mailto:ada@example.com", "{source}");
        let told = folded.summary();
        assert_eq!(told.bounced_at, None, "{source}");
        for turn in 1..story.len() {
            let mut other = story.clone();
            other.rotate_left(turn);
            other.extend(story.clone());
            let again = Interaction::of(&other).unwrap().summary();
            assert_eq!(again, told, "{source}");
        }
    }
}

#[test]
fn complaint_17_a_mail_that_two_routes_hand_on_is_one_event() {
    let first = Fixture::open("mailgun", "route.txt");
    let body = first
        .body
        .replace("recipient=help%40", "recipient=sales%40")
        .replace("token=0a1b", "token=ffff");
    assert_ne!(first.body, body);
    let second = sources::read(EMAILS, &body, &first.attributes(None), &context()).unwrap();
    let first = event("mailgun", "route.txt");
    assert_eq!(first.content_hash(), second.events[0].content_hash());
    assert_eq!(
        event("mailgun", "stored.txt"),
        event("mailgun", "stored-json.json")
    );
    assert_eq!(
        event("sendgrid-inbound", "parsed.txt"),
        event("sendgrid-inbound", "urlencoded.txt")
    );
}

#[test]
fn complaint_17_a_delivery_that_is_tried_again_is_the_same_event() {
    let first = Fixture::open("sendgrid-events", "deferred.json");
    let body = first
        .body
        .replace("\"attempt\": \"5\"", "\"attempt\": \"6\"");
    let again = sources::read(EMAILS, &body, &first.attributes(None), &context()).unwrap();
    let first = event("sendgrid-events", "deferred.json");
    assert_eq!(first.content_hash(), again.events[0].content_hash());
}

#[test]
fn complaint_20_a_reply_address_that_somebody_typed_is_a_participant() {
    let reply = event("postmark", "inbound-reply.json");
    assert_eq!(customer(&reply), Some("mailto:ada@example.com"));
    let others: Vec<_> = reply.participants.iter().map(|p| p.uri.expose()).collect();
    assert_eq!(others, ["mailto:ada@work.example.com"]);
}

#[test]
fn complaint_20_a_forged_mail_names_nobody_and_joins_no_thread() {
    for (source, first, forged) in [
        (
            "sendgrid-inbound",
            "parsed.txt",
            "spf-fail-dkim-of-another.txt",
        ),
        ("mailgun", "route.txt", "spf-fail.txt"),
        ("mailgun", "route-mime.txt", "route-mime-forged.txt"),
        ("postmark", "inbound.json", "inbound-spf-fail.json"),
    ] {
        let forged = event(source, forged);
        assert_eq!(mail(&forged).distrust, [Distrust::Forged], "{source}");
        assert_eq!(customer(&forged), None, "{source}");
        assert_eq!(forged.customer_name, None, "{source}");
        assert_eq!(text(&forged), "", "{source}");
        assert_ne!(forged.interaction_id, event(source, first).interaction_id);
    }
}

#[test]
fn a_verdict_that_is_missing_or_was_lost_on_the_way_fails_nothing() {
    for (source, file) in [
        ("sendgrid-inbound", "no-verdicts.txt"),
        ("sendgrid-inbound", "spf-fail-forwarded.txt"),
        ("mailgun", "no-verdicts.txt"),
        ("mailgun", "spf-fail-forwarded.txt"),
        ("postmark", "inbound-no-verdicts.json"),
        ("postmark", "inbound-spf-fail-forwarded.json"),
    ] {
        let event = event(source, file);
        assert!(mail(&event).distrust.is_empty(), "{source}/{file}");
        assert_eq!(customer(&event), Some("mailto:ada@example.com"));
    }
    for (source, file) in [
        ("sendgrid-inbound", "spam.txt"),
        ("mailgun", "spam.txt"),
        ("postmark", "inbound-spam.json"),
    ] {
        let event = event(source, file);
        assert_eq!(mail(&event).distrust, [Distrust::Spam], "{source}/{file}");
    }
}

#[test]
fn complaint_34_what_cannot_be_read_is_refused_by_the_name_of_its_field() {
    for (source, file, expected) in [
        (
            "sendgrid-inbound",
            "bad-no-headers.txt",
            "the field `headers` is missing",
        ),
        (
            "mailgun",
            "bad-no-timestamp.txt",
            "the field `timestamp` is missing",
        ),
        (
            "postmark",
            "bad-time.json",
            "the field `DeliveredAt` is not a time",
        ),
        (
            "ms-graph",
            "bad-no-value.json",
            "the field `value` is missing",
        ),
    ] {
        let refused = read(&Fixture::open(source, file)).unwrap_err();
        assert_eq!(refused.to_string(), expected);
    }
    let several = read(&Fixture::open("sendgrid-events", "bad-one-of-several.json")).unwrap();
    assert_eq!(several.events.len(), 2, "a bad one does not hold up others");
    assert_eq!(several.rejections, [Rejection::missing("timestamp")]);
}

#[test]
fn an_answer_is_of_the_interaction_of_the_mail_that_it_answers() {
    for (source, sent, answer) in [
        ("mailgun", "delivered.json", "reply.txt"),
        ("mailgun", "legacy-delivered.txt", "reply.txt"),
        ("postmark", "delivery.json", "inbound-reply.json"),
        ("sendgrid-inbound", "parsed.txt", "reply.txt"),
    ] {
        assert_eq!(
            event(source, sent).interaction_id,
            event(source, answer).interaction_id,
            "{source}"
        );
    }
    assert_eq!(
        event("sendgrid-events", "delivered.json").interaction_id,
        event("sendgrid-inbound", "reply-to-sent.txt").interaction_id
    );
}

#[test]
fn receivers_of_one_mail_do_not_meet() {
    let ada = event("sendgrid-events", "delivered.json");
    let gone = event("sendgrid-events", "bounce.json");
    assert_ne!(ada.interaction_id, gone.interaction_id);
    assert_eq!(customer(&gone), Some("mailto:gone@example.com"));
}

#[test]
fn what_a_machine_opened_is_shown_to_nobody() {
    for (source, file) in [
        ("ses", "open-by-machine.json"),
        ("sendgrid-events", "open-by-machine.json"),
        ("mailgun", "opened-by-machine.json"),
        ("postmark", "open-by-machine.json"),
    ] {
        let reading = read(&Fixture::open(source, file)).unwrap();
        assert!(reading.events.is_empty(), "{source}");
        assert_eq!(reading.ignored.len(), 1, "{source}");
    }
    for (source, file) in [
        ("ses", "open.json"),
        ("sendgrid-events", "open.json"),
        ("mailgun", "opened.json"),
        ("postmark", "open.json"),
    ] {
        let Fact::Reached(reached) = event(source, file).fact else {
            panic!("{source}")
        };
        assert_eq!(reached.how, Reach::Opened, "{source}");
    }
}

#[test]
fn a_link_is_kept_without_what_says_who_followed_it() {
    for (source, file) in [
        ("sendgrid-events", "click.json"),
        ("mailgun", "clicked.json"),
        ("postmark", "click.json"),
    ] {
        let Fact::Reached(reached) = event(source, file).fact else {
            panic!("{source}")
        };
        assert_eq!(
            reached.url.unwrap().expose(),
            "https://shop.example.org/orders/1001"
        );
    }
}

#[test]
fn only_what_speaks_against_the_address_warns() {
    let warns = |source, file| {
        let told = Interaction::of(&[event(source, file)]).unwrap().summary();
        told.bounced_at.is_some()
    };
    for (source, file) in [
        ("sendgrid-events", "bounce.json"),
        ("sendgrid-events", "dropped.json"),
        ("mailgun", "failed-permanent.json"),
        ("mailgun", "legacy-bounced.txt"),
        ("postmark", "bounce.json"),
        ("postmark", "bounce-old.json"),
    ] {
        assert!(warns(source, file), "{source}/{file}");
    }
    for (source, file) in [
        ("sendgrid-events", "blocked.json"),
        ("sendgrid-events", "deferred.json"),
        ("sendgrid-events", "dropped-unsubscribed.json"),
        ("mailgun", "failed-temporary.json"),
        ("mailgun", "failed-suppressed.json"),
        ("mailgun", "rejected.json"),
        ("postmark", "bounce-soft.json"),
    ] {
        assert!(!warns(source, file), "{source}/{file}");
    }
}

#[test]
fn a_mail_that_went_out_does_not_wait_for_anybody() {
    for (source, file) in [
        ("sendgrid-events", "processed.json"),
        ("sendgrid-events", "delivered.json"),
        ("mailgun", "accepted.json"),
        ("postmark", "delivery.json"),
    ] {
        let told = Interaction::of(&[event(source, file)]).unwrap().summary();
        assert_eq!(told.state, timeline::State::Ended, "{source}/{file}");
    }
}

#[test]
fn a_machines_mail_opens_nothing() {
    for file in ["auto-reply.txt", "delivery-report.txt"] {
        assert!(mail(&event("sendgrid-inbound", file)).automatic, "{file}");
    }
    assert!(!mail(&event("sendgrid-inbound", "parsed.txt")).automatic);
    let report = event("sendgrid-inbound", "delivery-report.txt");
    assert_eq!(customer(&report), None);
}

#[test]
fn each_kind_that_a_mail_source_names_is_shown_by_a_fixture() {
    let all = EMAILS.iter().filter(|s| SOURCES.contains(&s.name()));
    let all: Vec<&&dyn Source> = all.collect();
    assert_eq!(all.len(), SOURCES.len());
    for source in all {
        let about = source.about();
        assert!(!about.limits.is_empty() && !about.setup.is_empty());
        assert_eq!(about.webhook.is_none(), source.name() == "ses");
        for kind in about.kinds {
            let fixture = Fixture::open(source.name(), kind.fixture);
            assert!(!fixture.name.starts_with("bad-"), "{}", kind.name);
            let reading = read(&fixture).unwrap();
            assert!(reading.rejections.is_empty(), "{}", kind.name);
        }
    }
}

#[test]
fn a_mail_that_was_dropped_before_it_had_an_id_is_known_by_its_message_id() {
    let id = |file| {
        let body = Fixture::open("sendgrid-events", file).body;
        let body = body.replace("invalid@invalid", "ada@example.com");
        let read = sources::read(EMAILS, &body, &Default::default(), &context()).unwrap();
        read.events[0].interaction_id.clone()
    };
    let sent = id("delivered.json");
    assert_eq!(id("dropped-before-sending.json"), sent);
    assert_eq!(id("smtp-id-only.json"), sent);
}
