//! What each warning says, and since when.

use timeline::{Author, Channel, Outcome, State, Summary, Warning, WarningKind};

use crate::given::at;
use crate::pop::{abandoned, pop, shown};

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
                "A message to this number was not delivered"
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
            "Mail to this address came back: Bid"
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
            "A payment failed: Invoice R-1001"
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
        assert_eq!(text(call), "Called and was not answered");
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
