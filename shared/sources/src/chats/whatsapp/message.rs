//! Messages of customers, and what the company wrote from the WhatsApp Business app.

use timeline::{Author, Basis, Direction, Fact, Message, Text};

use super::content::{Content, content};
use super::person::{Line, Person, Thread, message_key};
use crate::chats::told::{required_id, updated};
use crate::evidence::Evidence;
use crate::fields::Fields;
use crate::parts::{event_id, time};
use crate::reading::{Reading, Rejection};

const MESSAGE_ID: &str = "entry[].changes[].value.messages[].id";
const FROM: &str = "entry[].changes[].value.messages[].from";
const TYPE: &str = "entry[].changes[].value.messages[].type";
const ECHO_TO: &str = "entry[].changes[].value.message_echoes[].to";
const TIMESTAMP: &str = "entry[].changes[].value.messages[].timestamp";

/// A message of a customer.
pub(super) fn received(line: &Line<'_>, fields: &Fields<'_>) -> Result<Reading, Rejection> {
    let user_id = fields.id("from_user_id");
    let person = Person::of(line, fields.id("from"), user_id, FROM)?;
    read(line, fields, person, Author::Customer)
}

/// A message that somebody of the company wrote in the app. Its `from` is the company's number.
pub(super) fn echoed(line: &Line<'_>, fields: &Fields<'_>) -> Result<Reading, Rejection> {
    let person = Person::of(line, fields.id("to"), fields.id("to_user_id"), ECHO_TO)?;
    read(line, fields, person, Author::Agent)
}

fn read(
    line: &Line<'_>,
    fields: &Fields<'_>,
    person: Person,
    author: Author,
) -> Result<Reading, Rejection> {
    let key = message_key(&required_id(fields, "id", MESSAGE_ID)?);
    let at = time(fields, "timestamp")
        .map_err(|_| Rejection::malformed(TIMESTAMP, "is not a time"))?
        .ok_or_else(|| Rejection::missing(TIMESTAMP))?;
    let kind = fields
        .text("type")
        .ok_or_else(|| Rejection::missing(TYPE))?;
    let thread = match fields.id("group_id") {
        Some(group) => Thread::of_group(line, &group)?,
        None => Thread::with(line, &person)?,
    };
    let (mut new_identities, mut goes_on) = (Vec::new(), None);
    let fact = match content(kind, fields) {
        Content::Said { text, attachments } => Fact::Message(Message {
            author,
            name: (author == Author::Customer)
                .then(|| person.name())
                .flatten(),
            text: Text::new(&text),
            private: false,
            attachments,
        }),
        Content::Fact(fact) => fact,
        Content::Moved { fact, to, number } => {
            new_identities = to;
            if number.is_some() {
                let moved = Person::of(line, number, None, FROM)?;
                goes_on = Some(Thread::with(line, &moved)?.next());
            }
            fact
        }
    };
    let mut event = thread.event(&key, fact)?;
    event.occurred_at = Some(at);
    // What only changes the thread is nobody's first word.
    let began = matches!(event.fact, Fact::Message(_) | Fact::Started(_));
    event.direction = began.then_some(match author {
        Author::Customer => Direction::Inbound,
        Author::Agent | Author::System => Direction::Outbound,
    });
    person.name_in(&mut event);
    let mut evidence = Evidence::default();
    for identity in &new_identities {
        evidence.claim(Basis::Messenger, Some(identity.clone()));
    }
    evidence.state_in(&mut event);
    event.participants.extend(new_identities);
    event.related.extend(goes_on);
    let mut reading = Reading::event(event);
    if let Some(referral) = referral(fields) {
        let told = reading.events.first().cloned();
        if let Some(mut event) = told {
            event.id = event_id(&format!("{key}-referral"), "id")?;
            event.fact = referral;
            reading.events.push(event);
        }
    }
    Ok(reading)
}

/// The advertisement or post by which the customer came.
fn referral(fields: &Fields<'_>) -> Option<Fact> {
    let referral = fields.object("referral");
    referral.is_present().then(|| {
        updated(&[
            ("referral", referral.text("source_type")),
            ("referral_id", referral.text("source_id")),
            ("referral_url", referral.text("source_url")),
            ("headline", referral.text("headline")),
            ("body", referral.text("body")),
        ])
    })
}
