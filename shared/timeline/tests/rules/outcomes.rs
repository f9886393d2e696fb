//! How documents, mails and surveys turned out, and the figures that they show.

use timeline::{
    Author, Bounced, Business, Channel, Event, Fact, Mail, Message, Money, Outcome, Scored, State,
    Text, Updated,
};

use crate::given::{Story, Told, at, summary};

fn invoice() -> Story {
    Story::new("stripe", "in_1", Channel::Invoice)
}

fn over(amount_minor: i64) -> Business {
    Business {
        subject: Some("Invoice R-1001".into()),
        amount_minor: Some(amount_minor),
        currency: Some("usd".into()),
        due_at: None,
    }
}

fn money(amount_minor: i64) -> Option<Money> {
    Some(Money {
        amount_minor,
        currency: "USD".into(),
    })
}

fn bounced(story: &Story, permanent: bool, reported: bool) -> Event {
    let fact = Fact::Bounced(Bounced {
        permanent,
        reported,
        cause: None,
    });
    story.event("bounced", fact).at("11:00:00")
}

#[test]
fn what_became_of_a_document_is_told_apart() {
    let story = invoice();
    let sent = story.event("1", Fact::Sent(over(12_900))).at("10:00:00");
    assert_eq!(summary(std::slice::from_ref(&sent)).outcome, None);
    for (fact, outcome, state) in [
        (Fact::Signed(over(1)), Outcome::Signed, State::Resolved),
        (Fact::Declined(over(1)), Outcome::Declined, State::Resolved),
        (Fact::Paid(over(1)), Outcome::Paid, State::Resolved),
        (Fact::Voided(over(1)), Outcome::Voided, State::Resolved),
        (Fact::Refunded(over(1)), Outcome::Refunded, State::Resolved),
        (Fact::Failed(over(1)), Outcome::Failed, State::Open),
        (Fact::Disputed(over(1)), Outcome::Disputed, State::Open),
    ] {
        let became = summary(&[sent.clone(), story.event("2", fact).at("11:00:00")]);
        assert_eq!((became.outcome, became.state), (Some(outcome), state));
        assert_eq!(became.outcome_at, Some(at("11:00:00")));
    }
}

#[test]
fn the_latest_outcome_counts_whatever_arrives_last() {
    let story = invoice();
    let failed = story.event("1", Fact::Failed(over(12_900))).at("10:00:00");
    let paid = story.event("2", Fact::Paid(over(12_900))).at("11:00:00");
    let again = story.event("3", Fact::Sent(over(9_900))).at("12:00:00");
    let settled = summary(&[paid.clone(), failed.clone()]);
    assert_eq!(
        (settled.outcome, settled.state),
        (Some(Outcome::Paid), State::Resolved)
    );
    let anew = summary(&[failed, again, paid]);
    assert_eq!(
        (anew.outcome, anew.outcome_at, anew.state),
        (None, None, State::Open),
        "what is sent again has no outcome yet"
    );
}

#[test]
fn the_amount_and_the_day_are_those_that_were_told_last() {
    let story = invoice();
    let due = Business {
        due_at: Some(at("2026-04-01T00:00:00Z")),
        ..over(12_900)
    };
    let unnamed = Business {
        amount_minor: Some(7),
        ..Business::default()
    };
    let events = [
        story.event("1", Fact::Sent(due)).at("10:00:00"),
        story.event("2", Fact::Paid(over(9_900))).at("11:00:00"),
        story.event("3", Fact::Paid(unnamed)).at("12:00:00"),
    ];
    let told = summary(&events);
    assert_eq!(
        (told.amount, told.due_at),
        (money(9_900), Some(at("2026-04-01T00:00:00Z"))),
        "an amount of no currency is no amount"
    );
}

#[test]
fn a_document_of_which_only_something_aside_is_told_still_waits() {
    for channel in [Channel::Contract, Channel::Invoice] {
        let story = Story::new("docusign", "C-1001", channel);
        let attributes = [("subject".to_owned(), "Contract C-1001".into())];
        let seen = Updated {
            attributes: attributes.into(),
        };
        let seen = story.event("1", Fact::Updated(seen));
        let returned = bounced(&story, true, false);
        assert_eq!(summary(std::slice::from_ref(&seen)).state, State::Open);
        let told = summary(&[seen, returned]);
        assert_eq!((told.state, told.outcome), (State::Open, None));
        assert_eq!(told.subject, Some("Contract C-1001".into()));
        assert!(told.bounced_at.is_some());
    }
}

#[test]
fn a_mail_that_comes_back_does_not_hide_that_the_contract_is_signed() {
    let story = Story::new("docusign", "C-1001", Channel::Contract);
    let signed = story.event("1", Fact::Signed(over(1))).at("10:00:00");
    let told = summary(&[signed, bounced(&story, true, false)]);
    assert_eq!(told.outcome, Some(Outcome::Signed));
}

#[test]
fn a_mail_and_a_message_that_did_not_arrive_or_were_spam_say_so() {
    for (story, permanent, reported, outcome) in [
        (Story::email(), true, false, Some(Outcome::Bounced)),
        (Story::chat(), true, false, Some(Outcome::Undelivered)),
        (Story::email(), false, true, Some(Outcome::ReportedAsSpam)),
        (Story::email(), false, false, None),
        (Story::chat(), false, false, None),
    ] {
        let told = summary(&[bounced(&story, permanent, reported)]);
        assert_eq!(told.outcome, outcome);
        assert_eq!(told.bounced_at.is_some(), permanent);
    }
}

#[test]
fn a_score_is_told_with_its_survey_and_its_best() {
    let story = Story::new("delighted", "s-1", Channel::Survey);
    let scored = |id: &str, survey: &str, score, best| {
        let scored = Scored {
            survey: survey.to_owned(),
            score,
            best,
            comment: Some(Text::new("quick")),
        };
        story.event(id, Fact::Scored(scored))
    };
    let told = summary(&[
        scored("2", "nps", 9, Some(10)).at("11:00:00"),
        scored("1", "csat", 4, Some(5)).at("10:00:00"),
    ]);
    assert_eq!(
        (told.survey.as_deref(), told.score, told.best_score),
        (Some("nps"), Some(9), Some(10))
    );
    assert_eq!(told.last_author, Some(Author::Customer));
}

#[test]
fn who_wrote_last_is_the_customer_or_the_company_never_a_whisper() {
    let story = Story::chat();
    let wrote = |id: &str, author, private, time: &str| {
        let message = Message {
            author,
            name: None,
            text: Text::new("hello"),
            private,
            attachments: Vec::new(),
        };
        story.event(id, Fact::Message(message)).at(time)
    };
    let mut events = vec![
        wrote("1", Author::Customer, false, "10:00:00"),
        wrote("2", Author::Agent, true, "10:01:00"),
        wrote("3", Author::System, false, "10:02:00"),
    ];
    assert_eq!(summary(&events).last_author, Some(Author::Customer));
    events.push(wrote("4", Author::Agent, false, "10:03:00"));
    assert_eq!(summary(&events).last_author, Some(Author::Agent));

    let thread = Story::email();
    let mail = |id: &str, outbound, time: &str| {
        let mail = Mail {
            outbound,
            text: Some(Text::new("hello")),
            ..Mail::default()
        };
        thread.event(id, Fact::Mail(Box::new(mail))).at(time)
    };
    let asked = mail("1", false, "10:00:00");
    assert_eq!(
        summary(std::slice::from_ref(&asked)).last_author,
        Some(Author::Customer)
    );
    let replied = summary(&[asked, mail("2", true, "11:00:00")]);
    assert_eq!(replied.last_author, Some(Author::Agent));
}

#[test]
fn a_summary_that_was_stored_before_there_were_outcomes_can_be_read() {
    let old = serde_json::json!({
        "id": "survey:s-1", "channel": "survey", "source": "survey", "state": "ended",
        "started_at": "2026-03-02T10:00:00.000Z", "last_at": "2026-03-02T10:00:00.000Z",
        "agents": [], "score": 4,
    });
    let read: timeline::Summary = serde_json::from_value(old).unwrap();
    assert_eq!(
        (read.score, read.survey, read.outcome),
        (Some(4), None, None)
    );
}
