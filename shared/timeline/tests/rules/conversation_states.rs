//! What state and words chats, email threads and documents show.

use timeline::{
    Author, Bounced, Business, Channel, Distrust, Event, Fact, Mail, Message, Note, Scored, State,
    Status, StatusChange, Text, Viewed,
};

use crate::given::{Story, Told, at, summary};

fn wrote(story: &Story, id: &str, author: Author, text: &str) -> Event {
    let message = Message {
        author,
        name: Some("Bea Example".into()),
        text: Text::new(text),
        private: false,
        attachments: Vec::new(),
    };
    story.event(id, Fact::Message(message))
}

fn whispered(story: &Story, id: &str, text: &str) -> Event {
    let mut event = wrote(story, id, Author::Agent, text);
    if let Fact::Message(message) = &mut event.fact {
        message.private = true;
    }
    event
}

fn set(story: &Story, id: &str, status: Status) -> Event {
    let change = StatusChange {
        status,
        complaint: None,
        agent: None,
        queue: None,
    };
    story.event(id, Fact::Status(change))
}

fn mail(story: &Story, id: &str, text: &str) -> Event {
    let mail = Mail {
        subject: Some("Bid wanted".into()),
        text: Some(Text::new(text)),
        ..Mail::default()
    };
    story.event(id, Fact::Mail(Box::new(mail)))
}

fn with_mail(mut event: Event, change: impl FnOnce(&mut Mail)) -> Event {
    if let Fact::Mail(mail) = &mut event.fact {
        change(mail);
    }
    event
}

#[test]
fn a_chat_that_is_resolved_and_opened_again_is_open() {
    let story = Story::chat();
    let mut events = vec![
        set(&story, "1", Status::Open).at("10:00:00"),
        set(&story, "2", Status::Resolved).at("11:00:00"),
    ];
    assert_eq!(summary(&events).state, State::Resolved);
    events.push(set(&story, "3", Status::Open).at("12:00:00"));
    assert_eq!(summary(&events).state, State::Open);
    events.push(set(&story, "4", Status::Pending).at("13:00:00"));
    assert_eq!(summary(&events).state, State::Pending);
    events.push(set(&story, "5", Status::Snoozed).at("14:00:00"));
    assert_eq!(summary(&events).state, State::Snoozed);
}

#[test]
fn a_complaint_by_chat_is_settled_by_resolving_it_and_open_again_with_it() {
    let story = Story::chat();
    let mut events = vec![set(&story, "1", Status::Open).at("10:00:00")];
    if let Fact::Status(change) = &mut events[0].fact {
        change.complaint = Some(true);
    }
    assert_eq!(summary(&events).open_complaint_since, Some(at("10:00:00")));
    events.push(set(&story, "2", Status::Resolved).at("11:00:00"));
    assert_eq!(summary(&events).open_complaint_since, None);
    events.push(set(&story, "3", Status::Open).at("12:00:00"));
    assert_eq!(summary(&events).open_complaint_since, Some(at("10:00:00")));
}

#[test]
fn a_private_note_is_never_the_preview() {
    let story = Story::chat();
    let note = Note {
        text: Text::new("pays late"),
        agent: None,
    };
    let chat = summary(&[
        wrote(&story, "1", Author::Customer, "Where is\n my parcel?").at("10:00:00"),
        whispered(&story, "2", "he is rude").at("10:01:00"),
        story.event("3", Fact::Note(note)).at("10:02:00"),
    ]);
    assert_eq!(chat.preview, Some("Where is my parcel?".into()));
    assert!(chat.agents.is_empty(), "nor does it tell who wrote it");

    let only = summary(&[whispered(&story, "2", "he is rude").at("10:01:00")]);
    assert_eq!((only.preview, only.state), (None, State::Ended));
}

#[test]
fn complaint_18_a_message_of_the_system_never_opens_anything() {
    let story = Story::chat();
    let alone = [wrote(&story, "1", Author::System, "Ada joined").at("10:00:00")];
    assert_eq!(summary(&alone).state, State::Ended);
    let resolved = [
        set(&story, "1", Status::Resolved).at("10:00:00"),
        wrote(&story, "2", Author::System, "closed for inactivity").at("11:00:00"),
    ];
    assert_eq!(summary(&resolved).state, State::Resolved);
    assert_eq!(summary(&resolved).preview, None);
}

#[test]
fn a_chat_of_which_only_messages_are_told_is_open_until_it_is_stale() {
    let story = Story::chat();
    let chat = summary(&[
        wrote(&story, "1", Author::Customer, "hello").at("10:00:00"),
        wrote(&story, "2", Author::Agent, "hello, Ada").at("10:01:00"),
    ]);
    assert_eq!(
        (chat.state, chat.preview.clone()),
        (State::Open, Some("hello, Ada".into()))
    );
    assert_eq!(chat.agents, ["Bea Example"]);
    assert_eq!(
        chat.clone().as_of(at("2026-04-01T10:01:00Z")).state,
        State::Open
    );
    assert_eq!(
        chat.as_of(at("2026-04-01T10:01:01Z")).state,
        State::EndedUnknown
    );
}

#[test]
fn an_email_thread_is_open_for_the_customer_and_pending_for_the_company() {
    let story = Story::email();
    let asked = mail(&story, "1", "How much?").at("10:00:00");
    let replied = with_mail(mail(&story, "2", "One euro.").at("11:00:00"), |mail| {
        mail.outbound = true;
        mail.subject = Some("Re: Bid wanted".into());
    });
    assert_eq!(summary(std::slice::from_ref(&asked)).state, State::Open);
    let thread = summary(&[asked, replied]);
    assert_eq!(
        (thread.state, thread.preview),
        (State::Pending, Some("One euro.".into()))
    );
    assert_eq!(thread.subject, Some("Bid wanted".into()));
}

#[test]
fn a_distrusted_mail_opens_nothing_and_has_no_preview() {
    let story = Story::email();
    let spam = with_mail(mail(&story, "1", "win now").at("10:00:00"), |mail| {
        mail.distrust = vec![Distrust::Spam];
    });
    let thread = summary(&[spam]);
    assert_eq!((thread.state, thread.preview), (State::Resolved, None));
}

#[test]
fn a_forged_mail_does_not_close_the_thread_that_it_claims_to_be_of() {
    let story = Story::email();
    let asked = mail(&story, "1", "How much?").at("10:00:00");
    let forged = with_mail(mail(&story, "2", "never mind").at("11:00:00"), |mail| {
        mail.distrust = vec![Distrust::Forged];
    });
    let thread = summary(&[asked, forged]);
    assert_eq!(
        (thread.state, thread.preview),
        (State::Open, Some("How much?".into()))
    );
}

#[test]
fn a_lasting_bounce_is_noted_and_does_not_change_the_state() {
    let story = Story::email();
    let bounce = |id: &str, permanent, time| {
        let bounced = Bounced {
            permanent,
            ..Bounced::default()
        };
        story.event(id, Fact::Bounced(bounced)).at(time)
    };
    let thread = summary(&[
        mail(&story, "1", "How much?").at("10:00:00"),
        bounce("b1", true, "10:05:00"),
        bounce("b2", true, "10:04:00"),
        bounce("full-mailbox", false, "10:09:00"),
    ]);
    assert_eq!(
        (thread.state, thread.bounced_at),
        (State::Open, Some(at("10:05:00")))
    );
}

#[test]
fn a_document_is_open_until_it_is_signed_or_paid_and_never_stale() {
    let business = || Business {
        subject: Some("Contract C-1001".into()),
        ..Business::default()
    };
    let story = Story::new("crm", "C-1001", Channel::Contract);
    let sent = story.event("1", Fact::Sent(business())).at("10:00:00");
    let open = summary(std::slice::from_ref(&sent)).as_of(at("2027-03-02T10:00:00Z"));
    assert_eq!(
        (open.state, open.subject),
        (State::Open, Some("Contract C-1001".into()))
    );
    for done in [Fact::Signed(business()), Fact::Paid(business())] {
        let done = story.event("2", done).at("12:00:00");
        assert_eq!(summary(&[sent.clone(), done]).state, State::Resolved);
    }
}

#[test]
fn a_visit_and_a_survey_are_over_when_they_are_told() {
    let web = Story::new("widget", "v-1", Channel::Web);
    let viewed = Viewed {
        url: None,
        title: Some("Prices".into()),
    };
    let visit = summary(&[web.event("1", Fact::Viewed(viewed)).at("10:00:00")]);
    assert_eq!(
        (visit.state, visit.subject),
        (State::Ended, Some("Prices".into()))
    );

    let survey = Story::new("survey", "s-1", Channel::Survey);
    let scored = Scored {
        survey: "csat".into(),
        score: 4,
        best: Some(5),
        comment: Some(Text::new("quick")),
    };
    let answer = summary(&[survey.event("1", Fact::Scored(scored)).at("10:00:00")]);
    assert_eq!(
        (answer.state, answer.score, answer.preview),
        (State::Ended, Some(4), Some("quick".into()))
    );
}
