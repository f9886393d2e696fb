//! Whether a customer may be contacted, and by which event.

use proptest::prelude::*;
use timeline::{
    Bounced, Channel, Event, Fact, History, Intent, Mail, Outcome, Promise, PromiseEnd,
    PromiseEnded, PromiseId, PromiseKind, Purpose, Reach, Reached, State, Status, StatusChange,
    Summary, Verdict, may_contact,
};

use crate::given::{ADA, Story, Told, at, identity, summary};
use crate::pop::shown;

const MAIL: &str = "mailto:ada@example.com";
const OTHER_MAIL: &str = "mailto:ada.example@example.org";
const NOW: &str = "12:00:00";

fn history(uri: &str, interactions: &[Summary]) -> History {
    History {
        identity: identity(uri).uri,
        interactions: interactions.to_vec(),
    }
}

fn ask_at(purpose: Purpose, channel: Channel, customer: &[History], now: &str) -> Verdict {
    let intent = Intent {
        purpose,
        channel,
        identity: None,
    };
    may_contact(&intent, customer, at(now))
}

fn ask(purpose: Purpose, channel: Channel, customer: &[History]) -> Verdict {
    ask_at(purpose, channel, customer, NOW)
}

/// What denies it: the rule, the interaction and the event.
fn denied(verdict: &Verdict) -> Option<(&str, &str, Option<&str>)> {
    assert_eq!(verdict.allow, verdict.decided_by.is_none());
    verdict.decided_by.as_ref().map(|ruling| {
        (
            ruling.rule.as_str(),
            ruling.interaction_id.as_str(),
            ruling.event_id.as_ref().map(|id| id.as_str()),
        )
    })
}

fn complaining(key: &str, time: &str) -> Vec<Event> {
    let chat = Story::new("chatwoot", key, Channel::Chat);
    let complaint = StatusChange {
        status: Status::Open,
        complaint: Some(true),
        agent: None,
        queue: None,
    };
    vec![
        chat.event("complained", Fact::Status(complaint))
            .at(time)
            .from(ADA),
    ]
}

fn bounce(permanent: bool, reported: bool) -> Fact {
    Fact::Bounced(Bounced {
        permanent,
        reported,
        cause: None,
    })
}

fn told(key: &str, channel: Channel, facts: &[(&str, &str, Fact)]) -> Summary {
    let story = Story::new("crm", key, channel);
    let events: Vec<_> = facts
        .iter()
        .map(|(id, time, fact)| story.event(id, fact.clone()).at(time).from(ADA))
        .collect();
    summary(&events)
}

#[test]
fn of_a_customer_of_whom_nothing_bad_is_known_all_is_allowed() {
    let call = shown("1", Channel::Call, State::Ended, "10:00:00");
    for purpose in Purpose::ALL {
        for channel in Channel::ALL {
            for customer in [vec![], vec![history(ADA, std::slice::from_ref(&call))]] {
                let verdict = ask(purpose, channel, &customer);
                assert_eq!((denied(&verdict), &verdict.also), (None, &vec![]));
                assert_eq!((verdict.purpose, verdict.channel), (purpose, channel));
            }
        }
    }
}

#[test]
fn an_open_complaint_denies_sales_and_marketing_by_any_channel_and_never_service() {
    let mut events = complaining("1.7", "10:00:00");
    let open = [history(ADA, &[summary(&events)])];
    for channel in Channel::ALL {
        for purpose in [Purpose::Sales, Purpose::Marketing] {
            assert_eq!(
                denied(&ask(purpose, channel, &open)),
                Some(("open_complaint", "chatwoot:1.7", Some("complained"))),
                "{purpose:?} {channel:?}"
            );
        }
        assert!(ask(Purpose::Service, channel, &open).allow, "{channel:?}");
    }
    let ruling = ask(Purpose::Sales, Channel::Call, &open)
        .decided_by
        .unwrap();
    assert_eq!(
        (ruling.since, ruling.text.expose()),
        (at("10:00:00"), "A complaint is open since 2026-03-02")
    );
    let resolved = StatusChange {
        status: Status::Resolved,
        complaint: None,
        agent: None,
        queue: None,
    };
    let chat = Story::new("chatwoot", "1.7", Channel::Chat);
    events.push(chat.event("done", Fact::Status(resolved)).at("11:00:00"));
    let settled = [history(ADA, &[summary(&events)])];
    assert!(ask(Purpose::Sales, Channel::Call, &settled).allow);
}

#[test]
fn a_bounced_address_denies_email_for_any_purpose_and_no_other_channel() {
    let mail = told(
        "m",
        Channel::Email,
        &[("came-back", "10:00:00", bounce(true, false))],
    );
    let customer = [history(ADA, &[]), history(MAIL, &[mail])];
    for purpose in Purpose::ALL {
        assert_eq!(
            denied(&ask(purpose, Channel::Email, &customer)),
            Some(("address_bounced", "crm:m", Some("came-back")))
        );
        for channel in [Channel::Call, Channel::Chat] {
            assert!(ask(purpose, channel, &customer).allow);
        }
    }
    let full = told(
        "m",
        Channel::Email,
        &[("full", "10:00:00", bounce(false, false))],
    );
    assert!(ask(Purpose::Service, Channel::Email, &[history(MAIL, &[full])]).allow);
    // The mails about an invoice go to the same address.
    let invoice = told(
        "i",
        Channel::Invoice,
        &[("b", "10:00:00", bounce(true, false))],
    );
    assert!(
        !ask(
            Purpose::Service,
            Channel::Email,
            &[history(MAIL, &[invoice])]
        )
        .allow
    );
}

#[test]
fn an_address_at_which_mail_arrives_again_is_allowed_again() {
    let bounced = || {
        told(
            "m",
            Channel::Email,
            &[("b", "10:00:00", bounce(true, false))],
        )
    };
    let reached = |how| Fact::Reached(Reached { how, url: None });
    let written = Fact::Mail(Box::default());
    let later = |time: &str, fact: Fact| {
        let other = told("n", Channel::Email, &[("later", time, fact)]);
        ask(
            Purpose::Service,
            Channel::Email,
            &[history(MAIL, &[bounced(), other])],
        )
        .allow
    };
    for how in [Reach::Delivered, Reach::Opened, Reach::Read, Reach::Clicked] {
        assert!(later("11:00:00", reached(how)), "{how:?}");
        assert!(!later("09:00:00", reached(how)), "{how:?}");
    }
    assert!(
        later("11:00:00", written.clone()),
        "the customer wrote from it"
    );
    assert!(!later("09:59:00", written));
    let machine = Mail {
        automatic: true,
        ..Mail::default()
    };
    let company = Mail {
        outbound: true,
        ..Mail::default()
    };
    for mail in [machine, company] {
        assert!(!later("11:00:00", Fact::Mail(Box::new(mail))));
    }
    // What arrives at the telephone says nothing of the address.
    let chat = told(
        "c",
        Channel::Chat,
        &[("r", "11:00:00", reached(Reach::Read))],
    );
    let customer = [history(MAIL, &[bounced()]), history(ADA, &[chat])];
    assert!(!ask(Purpose::Service, Channel::Email, &customer).allow);
}

#[test]
fn of_two_addresses_the_one_that_was_used_last_decides_and_the_other_is_named() {
    let mail = told(
        "m",
        Channel::Email,
        &[("b", "10:00:00", bounce(true, false))],
    );
    let written = |time| {
        let fact = Fact::Mail(Box::default());
        history(
            OTHER_MAIL,
            &[told("other", Channel::Email, &[("w", time, fact)])],
        )
    };
    let mail = history(MAIL, &[mail]);
    for unused in [history(OTHER_MAIL, &[]), written("09:00:00")] {
        let customer = [mail.clone(), unused];
        assert_eq!(
            denied(&ask(Purpose::Service, Channel::Email, &customer)),
            Some(("address_bounced", "crm:m", Some("b"))),
            "the address that was used last"
        );
    }
    let customer = [mail, written("11:00:00")];
    let verdict = ask(Purpose::Service, Channel::Email, &customer);
    assert!(verdict.allow);
    assert_eq!(verdict.also.len(), 1);
    assert_eq!(verdict.also[0].identity, identity(MAIL).uri);
    let at_address = |uri: &str| {
        let intent = Intent {
            purpose: Purpose::Service,
            channel: Channel::Email,
            identity: Some(identity(uri).uri),
        };
        may_contact(&intent, &customer, at(NOW)).allow
    };
    assert_eq!((at_address(MAIL), at_address(OTHER_MAIL)), (false, true));
}

#[test]
fn a_message_that_was_not_delivered_denies_messages_to_that_number() {
    let lost = told(
        "s",
        Channel::Chat,
        &[("lost", "10:00:00", bounce(true, false))],
    );
    let customer = [
        history(ADA, std::slice::from_ref(&lost)),
        history(MAIL, &[]),
    ];
    assert_eq!(
        denied(&ask(Purpose::Service, Channel::Chat, &customer)),
        Some(("message_undelivered", "crm:s", Some("lost")))
    );
    assert!(ask(Purpose::Service, Channel::Email, &customer).allow);
    assert!(ask(Purpose::Service, Channel::Call, &customer).allow);
    let with_another = [history(ADA, &[lost]), history("whatsapp:+14155550188", &[])];
    assert!(ask(Purpose::Service, Channel::Chat, &with_another).allow);
}

#[test]
fn what_was_reported_as_spam_denies_offers_by_the_same_way_only() {
    let mail = told(
        "m",
        Channel::Email,
        &[("spam", "10:00:00", bounce(false, true))],
    );
    let customer = [history(MAIL, &[mail])];
    for purpose in [Purpose::Sales, Purpose::Marketing] {
        assert_eq!(
            denied(&ask(purpose, Channel::Email, &customer)),
            Some(("mail_reported_as_spam", "crm:m", Some("spam")))
        );
        assert!(ask(purpose, Channel::Chat, &customer).allow);
    }
    assert!(ask(Purpose::Service, Channel::Email, &customer).allow);
    let message = told(
        "s",
        Channel::Chat,
        &[("spam", "10:00:00", bounce(false, true))],
    );
    let customer = [history(ADA, &[message])];
    assert!(!ask(Purpose::Marketing, Channel::Chat, &customer).allow);
    assert!(ask(Purpose::Marketing, Channel::Email, &customer).allow);
}

#[test]
fn a_report_of_spam_is_not_forgotten_over_a_bounce_and_counts_in_mails_about_documents() {
    for channel in [
        Channel::Email,
        Channel::Invoice,
        Channel::Contract,
        Channel::Survey,
    ] {
        let mail = told(
            "m",
            channel,
            &[
                ("spam", "10:00:00", bounce(false, true)),
                ("back", "11:00:00", bounce(true, false)),
                ("again", "11:30:00", Fact::Mail(Box::default())),
            ],
        );
        let customer = [history(MAIL, &[mail])];
        let verdict = ask(Purpose::Marketing, Channel::Email, &customer);
        assert_eq!(
            denied(&verdict),
            Some(("mail_reported_as_spam", "crm:m", Some("spam"))),
            "{channel:?}"
        );
        assert!(ask(Purpose::Service, Channel::Email, &customer).allow);
    }
}

#[test]
fn a_promise_denies_offers_from_its_time_until_it_is_kept() {
    let promise = Promise {
        id: PromiseId::of("1"),
        promised: PromiseKind::Refund,
        text: None,
        owner: None,
        due_at: Some(at("11:00:00")),
    };
    let mut facts = vec![("promised", "10:00:00", Fact::Promised(promise.clone()))];
    let customer = [history(ADA, &[told("c", Channel::Call, &facts)])];
    let verdict = |purpose, now| ask_at(purpose, Channel::Call, &customer, now);
    assert!(
        verdict(Purpose::Sales, "11:00:00").allow,
        "it is still time"
    );
    for purpose in [Purpose::Sales, Purpose::Marketing] {
        assert_eq!(
            denied(&verdict(purpose, "11:00:01")),
            Some(("overdue_promise", "crm:c", Some("promised")))
        );
    }
    assert!(
        verdict(Purpose::Service, "11:00:01").allow,
        "that is how it is kept"
    );
    let kept = PromiseEnded {
        id: promise.id,
        how: PromiseEnd::Kept,
        agent: None,
    };
    facts.push(("kept", "11:30:00", Fact::PromiseEnded(kept)));
    let customer = [history(ADA, &[told("c", Channel::Call, &facts)])];
    assert!(ask(Purpose::Sales, Channel::Call, &customer).allow);
}

#[test]
fn a_document_that_was_declined_or_taken_back_denies_nothing() {
    for outcome in [Outcome::Declined, Outcome::Voided, Outcome::Failed] {
        let contract = Summary {
            outcome: Some(outcome),
            outcome_at: Some(at("10:00:00")),
            ..shown("1", Channel::Contract, State::Resolved, "10:00:00")
        };
        let customer = [history(MAIL, &[contract])];
        assert!(ask(Purpose::Sales, Channel::Email, &customer).allow);
    }
}

#[test]
fn the_first_rule_decides_and_the_others_are_named_beside_it() {
    let mail = told(
        "m",
        Channel::Email,
        &[("b", "11:00:00", bounce(true, false))],
    );
    let complaint = |key, time| summary(&complaining(key, time));
    let customer = [
        history(MAIL, &[mail]),
        history(
            ADA,
            &[complaint("1", "09:00:00"), complaint("2", "10:00:00")],
        ),
    ];
    let verdict = ask(Purpose::Sales, Channel::Email, &customer);
    assert_eq!(
        denied(&verdict),
        Some(("open_complaint", "chatwoot:2", Some("complained"))),
        "the newest"
    );
    let also: Vec<_> = verdict
        .also
        .iter()
        .map(|ruling| (ruling.rule.as_str(), ruling.interaction_id.as_str()))
        .collect();
    assert_eq!(
        also,
        [
            ("open_complaint", "chatwoot:1"),
            ("address_bounced", "crm:m")
        ]
    );
    let json = serde_json::to_string(&verdict).unwrap();
    assert_eq!(serde_json::from_str::<Verdict>(&json).unwrap(), verdict);
}

#[test]
fn however_much_denies_it_the_answer_is_bounded() {
    let complaints: Vec<_> = (0..500)
        .map(|n| summary(&complaining(&format!("1.{n}"), "10:00:00")))
        .collect();
    let verdict = ask(Purpose::Sales, Channel::Call, &[history(ADA, &complaints)]);
    assert_eq!(verdict.also.len(), timeline::MAX_RULINGS);
}

fn any_summary() -> impl Strategy<Value = Summary> {
    let times = (0..4i64, 0..4i64, 0..4i64);
    (0..8usize, times, 0..5u8, any::<u8>()).prop_map(|(channel, (a, b, c), what, key)| {
        let minute = |n: i64| at("10:00:00").plus_millis(n * 60_000);
        let channel = Channel::ALL[channel];
        let mut summary = shown(&format!("k{key}"), channel, State::Ended, "10:00:00");
        match what {
            0 => summary.open_complaint_since = Some(minute(a)),
            1 => summary.bounced_at = Some(minute(b)),
            2 => summary.reached_at = Some(minute(c)),
            3 => {
                summary.reported_at = Some(minute(a));
            }
            _ => {
                summary.bounced_at = Some(minute(a));
                summary.reached_at = Some(minute(b));
            }
        }
        summary
    })
}

proptest! {
    #[test]
    fn the_answer_does_not_depend_on_the_order_of_identities_and_interactions(
        first in proptest::collection::vec(any_summary(), 0..6),
        second in proptest::collection::vec(any_summary(), 0..6),
        turn in any::<prop::sample::Index>(),
        purpose in 0..3usize,
        channel in 0..8usize,
    ) {
        let (purpose, channel) = (Purpose::ALL[purpose], Channel::ALL[channel]);
        let customer = [history(ADA, &first), history(MAIL, &second)];
        let turned = |interactions: &[Summary]| {
            let mut turned = interactions.to_vec();
            if !turned.is_empty() {
                let middle = turn.index(turned.len());
                turned.rotate_left(middle);
                turned.reverse();
            }
            // What is pinned is read twice.
            turned.extend(interactions.first().cloned());
            turned
        };
        let other = [history(MAIL, &turned(&second)), history(ADA, &turned(&first))];
        prop_assert_eq!(ask(purpose, channel, &customer), ask(purpose, channel, &other));
    }
}
