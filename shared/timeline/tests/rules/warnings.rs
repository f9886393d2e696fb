//! What each warning says, and since when.

use timeline::{
    Acted, Author, Bounced, Channel, Event, EventId, Fact, MAX_WARNINGS, Mail, Outcome, Promise,
    PromiseEnd, PromiseEnded, PromiseId, PromiseKind, Reach, Reached, State, Summary, Timestamp,
    WEBSITE_FAILED_FOR_MS, Warning, WarningKind,
};

use crate::given::{ADA, Story, Told, at, summary};
use crate::pop::{abandoned, pop, pop_at, pop_of, shown};
use crate::surveys::scored;

fn only(summary: Summary) -> Warning {
    let mut warnings = pop(vec![summary]).warnings;
    assert_eq!(warnings.len(), 1);
    warnings.remove(0)
}

fn text(summary: Summary) -> String {
    only(summary).text.expose().to_owned()
}

/// A chat in which somebody wrote last.
fn chat(state: State, author: Author) -> Summary {
    Summary {
        preview: Some("It is on its way.".into()),
        last_author: Some(author),
        last_at: at("11:30:00"),
        ..shown("1", Channel::Chat, state, "09:00:00")
    }
}

#[test]
fn a_message_that_did_not_arrive_is_no_mail_and_has_no_words_of_the_chat() {
    for channel in [Channel::Chat, Channel::Call, Channel::Task] {
        let warning = only(Summary {
            bounced_at: Some(at("11:00:00")),
            outcome: Some(Outcome::Undelivered),
            subject: Some("Parcel".into()),
            preview: Some("Where is it?".into()),
            last_author: Some(Author::Customer),
            ..shown("1", channel, State::Resolved, "10:00:00")
        });
        assert_eq!(
            (warning.kind, warning.text.expose()),
            (
                WarningKind::UndeliveredMessage,
                "A message to this number was not delivered 1 hour ago"
            )
        );
    }
    let mail = only(Summary {
        bounced_at: Some(at("11:00:00")),
        subject: Some("Bid".into()),
        ..shown("1", Channel::Email, State::Resolved, "10:00:00")
    });
    assert_eq!(
        (mail.kind, mail.text.expose()),
        (
            WarningKind::BouncedEmail,
            "Mail to this address came back 1 hour ago: Bid"
        )
    );
}

#[test]
fn however_many_messages_did_not_arrive_it_is_one_warning_beside_that_of_the_mail() {
    let lost = |key, channel, time| Summary {
        bounced_at: Some(at(time)),
        ..shown(key, channel, State::Resolved, time)
    };
    let warnings = pop(vec![
        lost("1", Channel::Chat, "09:00:00"),
        lost("2", Channel::Chat, "11:00:00"),
        lost("3", Channel::Email, "10:00:00"),
    ])
    .warnings;
    let told: Vec<_> = warnings.iter().map(|w| (w.kind, w.since)).collect();
    assert_eq!(
        told,
        [
            (WarningKind::BouncedEmail, at("10:00:00")),
            (WarningKind::UndeliveredMessage, at("11:00:00"))
        ]
    );
}

#[test]
fn a_payment_that_failed_is_warned_of_while_the_invoice_is_open() {
    let failed = |state| Summary {
        outcome: Some(Outcome::Failed),
        outcome_at: Some(at("11:00:00")),
        subject: Some("Invoice R-1001".into()),
        ..shown("1", Channel::Invoice, state, "10:00:00")
    };
    let warning = only(failed(State::Open));
    assert_eq!(
        (warning.kind, warning.since, warning.text.expose()),
        (
            WarningKind::PaymentFailed,
            at("11:00:00"),
            "A payment failed 1 hour ago: Invoice R-1001"
        )
    );
    assert!(pop(vec![failed(State::Resolved)]).warnings.is_empty());
}

#[test]
fn a_dispute_is_called_by_its_name() {
    let disputed = Summary {
        outcome: Some(Outcome::Disputed),
        open_complaint_since: Some(at("11:00:00")),
        subject: Some("Invoice R-1001".into()),
        ..shown("1", Channel::Invoice, State::Open, "10:00:00")
    };
    let warning = only(disputed);
    assert_eq!(
        (warning.kind, warning.text.expose()),
        (
            WarningKind::OpenComplaint,
            "Payment disputed: Invoice R-1001"
        )
    );
}

#[test]
fn an_id_is_never_told_as_a_name() {
    for id in [
        "8c1d4e2a-6b3f-4a39-8f6e-0123456789ab",
        "WQ0123456789abcdef0123456789abcdef",
        "123456789012345",
    ] {
        let call = Summary {
            queue: Some(id.into()),
            ..abandoned("lost", "11:00:00")
        };
        assert_eq!(text(call), "Called 1 hour ago and was not answered");
        let chat = Summary {
            subject: Some(id.into()),
            ..chat(State::Open, Author::Customer)
        };
        assert_eq!(text(chat), "Chat is open: It is on its way.");
    }
}

#[test]
fn an_open_chat_waits_since_the_last_thing_said() {
    let warning = only(chat(State::Open, Author::Customer));
    assert_eq!(warning.since, at("11:30:00"));
    let mut mail = chat(State::Open, Author::Customer);
    mail.channel = Channel::Email;
    assert_eq!(only(mail).since, at("09:00:00"));
}

#[test]
fn only_the_customers_words_are_quoted_and_only_who_waits_is_warned_of() {
    assert_eq!(
        text(chat(State::Open, Author::Customer)),
        "Chat is open: It is on its way."
    );
    let answered = pop(vec![chat(State::Open, Author::Agent)]);
    assert_eq!((answered.open.len(), answered.warnings.len()), (1, 0));
    assert_eq!(text(chat(State::Pending, Author::Agent)), "Chat is open");
    assert_eq!(text(chat(State::Snoozed, Author::Agent)), "Chat is open");
    let complaint = Summary {
        open_complaint_since: Some(at("10:00:00")),
        ..chat(State::Open, Author::Agent)
    };
    assert_eq!(text(complaint), "Open complaint by chat");
}

// ── Promises ──

fn promise(id: &str, owner: Option<&str>, due_at: Option<&str>) -> Promise {
    Promise {
        id: PromiseId::of(id),
        promised: PromiseKind::Callback,
        text: Some("With the bid".into()),
        owner: owner.map(str::to_owned),
        due_at: due_at.map(at),
    }
}

/// A call at ten, in which something is promised.
fn promising(promises: &[Promise]) -> Vec<Event> {
    let call = Story::cti();
    let told = promises.iter().map(|promise| {
        call.event(promise.id.as_str(), Fact::Promised(promise.clone()))
            .at("10:00:00")
            .from(ADA)
    });
    told.collect()
}

fn warned(summary: &Summary, now: Timestamp) -> Vec<(WarningKind, Timestamp, String)> {
    let warnings = pop_at(vec![summary.clone()], now).warnings.into_iter();
    warnings
        .map(|warning| {
            (
                warning.kind,
                warning.since,
                warning.text.expose().to_owned(),
            )
        })
        .collect()
}

#[test]
fn complaint_25_a_promise_becomes_due_and_overdue_by_the_clock_alone() {
    let due = "2026-03-04T12:00:00Z";
    let call = summary(&promising(&[promise("1", Some("Bea Example"), Some(due))]));
    let told = |now: &str| warned(&call, at(now));
    assert_eq!(told("2026-03-03T11:59:59Z"), [], "there is time yet");
    assert_eq!(
        told("2026-03-04T10:00:00Z"),
        [(
            WarningKind::OpenPromise,
            at(due),
            "Callback is due in 2 hours, owner Bea Example: With the bid".to_owned()
        )]
    );
    assert_eq!(told(due)[0].0, WarningKind::OpenPromise);
    assert_eq!(
        told("2026-03-04T14:30:00Z"),
        [(
            WarningKind::OverduePromise,
            at(due),
            "Callback is overdue for 2 hours, owner Bea Example: With the bid".to_owned()
        )]
    );
}

#[test]
fn a_promise_without_an_owner_or_a_time_says_so() {
    let call = summary(&promising(&[promise("1", None, None)]));
    assert_eq!(
        warned(&call, at("12:00:00")),
        [(
            WarningKind::OpenPromise,
            at("10:00:00"),
            "Callback was promised 2 hours ago, nobody owns it: With the bid".to_owned()
        )]
    );
    let id = "8c1d4e2a-6b3f-4a39-8f6e-0123456789ab";
    let call = summary(&promising(&[promise("1", Some(id), None)]));
    assert!(
        !warned(&call, at("12:00:00"))[0].2.contains(id),
        "an id is nobody's name"
    );
}

#[test]
fn a_promise_that_is_kept_or_taken_back_is_warned_of_no_more() {
    for how in [PromiseEnd::Kept, PromiseEnd::Withdrawn] {
        let promise = promise("1", None, Some("11:00:00"));
        let mut events = promising(std::slice::from_ref(&promise));
        assert_eq!(warned(&summary(&events), at("12:00:00")).len(), 1);
        let ended = PromiseEnded {
            id: promise.id,
            how,
            agent: None,
        };
        let end = Story::cti().event("end", Fact::PromiseEnded(ended));
        events.push(end.at("11:30:00"));
        assert_eq!(warned(&summary(&events), at("12:00:00")), [], "{how:?}");
    }
}

// ── The website ──

#[test]
fn a_customer_who_phones_after_the_website_failed_is_warned_of_for_a_day() {
    let visit = Story::new("segment", "v-1", Channel::Web);
    let acted = |action: &str| {
        Fact::Acted(Acted {
            action: action.to_owned(),
            ..Acted::default()
        })
    };
    let visit = summary(&[
        visit
            .event("1", acted("Checkout Failed"))
            .at("11:40:00")
            .from(ADA),
        visit
            .event("2", acted("Page Left"))
            .at("11:41:00")
            .from(ADA),
    ]);
    assert_eq!(
        warned(&visit, at("12:00:00")),
        [(
            WarningKind::WebsiteFailed,
            at("11:40:00"),
            "The website failed 20 minutes ago: Checkout Failed".to_owned()
        )]
    );
    let last = at("11:40:00").plus_millis(WEBSITE_FAILED_FOR_MS);
    assert_eq!(warned(&visit, last).len(), 1);
    assert_eq!(warned(&visit, last.plus_millis(1)), []);
}

// ── All of them ──

#[test]
fn no_kind_takes_more_than_three_places_while_others_wait() {
    let complaints = |count: usize| {
        (0..count).map(|n| Summary {
            open_complaint_since: Some(at("08:00:00")),
            ..shown(&format!("c{n}"), Channel::Call, State::Ended, "08:00:00")
        })
    };
    let kinds = |recent: Vec<Summary>| -> Vec<WarningKind> {
        let warnings = pop(recent).warnings.into_iter();
        warnings.map(|warning| warning.kind).collect()
    };
    let all = |count| {
        let mut recent: Vec<Summary> = complaints(count).collect();
        recent.extend(one_of_each());
        kinds(recent)
    };
    let told = all(12);
    assert_eq!(told[..3], [WarningKind::OpenComplaint; 3]);
    assert_eq!(
        told[3..],
        [
            WarningKind::OverduePromise,
            WarningKind::BadSurvey,
            WarningKind::AbandonedCall,
            WarningKind::WebsiteFailed,
            WarningKind::PaymentFailed
        ]
    );
    let mut few: Vec<Summary> = complaints(12).collect();
    few.push(abandoned("lost", "11:00:00"));
    let told = kinds(few);
    assert_eq!(
        told[..7],
        [WarningKind::OpenComplaint; 7],
        "the rest is free"
    );
    assert_eq!(told[7..], [WarningKind::AbandonedCall]);
}

#[test]
fn a_mail_that_arrives_later_ends_the_warning_of_the_one_that_came_back() {
    let thread = Story::email();
    let bounce = Fact::Bounced(Bounced {
        permanent: true,
        ..Bounced::default()
    });
    let reached = Fact::Reached(Reached {
        how: Reach::Opened,
        url: None,
    });
    let automatic = Fact::Mail(Box::new(Mail {
        automatic: true,
        ..Mail::default()
    }));
    let kinds = |later: Option<Fact>| {
        let mut events = vec![thread.event("b", bounce.clone()).at("10:00:00").from(ADA)];
        events.extend(later.map(|fact| thread.event("later", fact).at("11:00:00")));
        let warnings = pop(vec![summary(&events)]).warnings;
        warnings.iter().map(|w| w.kind).collect::<Vec<_>>()
    };
    assert!(kinds(None).contains(&WarningKind::BouncedEmail));
    assert!(kinds(Some(automatic)).contains(&WarningKind::BouncedEmail));
    assert!(!kinds(Some(reached)).contains(&WarningKind::BouncedEmail));
    assert!(!kinds(Some(Fact::Mail(Box::default()))).contains(&WarningKind::BouncedEmail));
}

#[test]
fn a_mail_that_arrives_in_another_thread_ends_the_warning_unless_the_address_may_be_another() {
    let bounced = Summary {
        bounced_at: Some(at("10:00:00")),
        ..shown("back", Channel::Email, State::Resolved, "10:00:00")
    };
    let reached = |time| Summary {
        reached_at: Some(at(time)),
        ..shown("arrived", Channel::Invoice, State::Resolved, time)
    };
    let warned = |recent: Vec<Summary>, linked: bool| pop_of(recent, linked).warnings.len();
    let later = vec![bounced.clone(), reached("11:00:00")];
    assert_eq!(warned(later.clone(), false), 0);
    assert_eq!(warned(later, true), 1);
    let earlier = vec![bounced.clone(), reached("09:00:00")];
    assert_eq!(warned(earlier, false), 1);
    let by_chat = Summary {
        reached_at: Some(at("11:00:00")),
        ..shown("chat", Channel::Chat, State::Resolved, "11:00:00")
    };
    assert_eq!(warned(vec![bounced, by_chat], false), 1);
}

/// One interaction for each kind of warning, the least grave first.
fn one_of_each() -> Vec<Summary> {
    let bounced = |key, channel| Summary {
        bounced_at: Some(at("10:00:00")),
        bounced_event: Some(EventId::new("bounced").unwrap()),
        ..shown(key, channel, State::Resolved, "10:00:00")
    };
    let promised = |key: &str, due: &str| Summary {
        id: shown(key, Channel::Call, State::Ended, "10:00:00").id,
        ..summary(&promising(&[promise(key, None, Some(due))]))
    };
    vec![
        chat(State::Open, Author::Customer),
        bounced("chat", Channel::Chat),
        bounced("mail", Channel::Email),
        promised("open", "13:00:00"),
        Summary {
            outcome: Some(Outcome::Failed),
            outcome_event: Some(EventId::new("failed").unwrap()),
            ..shown("invoice", Channel::Invoice, State::Open, "10:00:00")
        },
        Summary {
            failed_at: Some(at("11:00:00")),
            failure: Some("Checkout Failed".into()),
            ..shown("web", Channel::Web, State::Ended, "11:00:00")
        },
        abandoned("lost", "11:48:00"),
        scored("survey", "10:00:00", 1),
        promised("late", "11:00:00"),
        Summary {
            open_complaint_since: Some(at("10:00:00")),
            open_complaint_event: Some(EventId::new("complained").unwrap()),
            ..shown("complaint", Channel::Call, State::Ended, "10:00:00")
        },
    ]
}

#[test]
fn each_kind_of_warning_stands_in_the_order_of_its_gravity_and_names_what_is_behind_it() {
    let grave: Vec<Summary> = one_of_each().split_off(2);
    let warnings = pop(grave).warnings;
    let told: Vec<_> = warnings
        .iter()
        .map(|w| (w.kind, w.interaction_id.as_str(), w.event_id.is_some()))
        .collect();
    assert_eq!(
        told,
        [
            (WarningKind::OpenComplaint, "crm:complaint", true),
            (WarningKind::OverduePromise, "crm:late", true),
            (WarningKind::BadSurvey, "crm:survey", true),
            (WarningKind::AbandonedCall, "crm:lost", false),
            (WarningKind::WebsiteFailed, "crm:web", false),
            (WarningKind::PaymentFailed, "crm:invoice", true),
            (WarningKind::OpenPromise, "crm:open", true),
            (WarningKind::BouncedEmail, "crm:mail", true),
        ]
    );
    assert_eq!(
        warnings[3].text.expose(),
        "Called 12 minutes ago and was not answered in Sales"
    );
    let all = pop(one_of_each()).warnings;
    assert_eq!(
        (all.len(), &all),
        (MAX_WARNINGS, &warnings),
        "the gravest stay"
    );
}

#[test]
fn what_is_both_pinned_and_among_the_newest_is_warned_of_once() {
    let once = pop(one_of_each()).warnings;
    let twice = [one_of_each(), one_of_each()].concat();
    assert_eq!(pop(twice).warnings, once);
}
