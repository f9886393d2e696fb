//! What can have happened, as senders write it, and the facts that are kept of it: with limits on every text and
//! list.
//!
//! Where a fact is written as it is kept, it is the timeline's own structure; the others stand here.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use timeline::{
    Acted, Attachment, Author, Bounced, Business, CallRecord, Channel, Distrust, Ended, Fact,
    MAX_ATTACHMENTS, MAX_ATTRIBUTES, Mail, Message, Note, Opening, Personal, Place, Promise,
    PromiseEnd, PromiseEnded, PromiseId, PromiseKind, Reached, Scored, Started, StatusChange, Text,
    Timestamp, Updated, Viewed, WrapUp, cut,
};

use crate::reading::Rejection;

/// Longest name of a person, an agent, a queue or a cause, in bytes.
pub(super) const MAX_NAME: usize = 256;
/// Longest subject, title or attribute's value, in bytes.
const MAX_LINE: usize = 1024;
/// Longest address of a page, mail or file, in bytes.
const MAX_LOCATION: usize = 2048;
/// Longest name of an attribute, in bytes. A longer one is dropped, since a cut one could be another's.
const MAX_ATTRIBUTE_NAME: usize = 128;
/// Most agents or devices at which one call rings.
const MAX_RINGING: usize = 32;
/// Most receivers of one mail.
const MAX_RECIPIENTS: usize = 50;

/// The interaction began.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Started")]
pub(super) struct StartedInput {
    /// What the customer meets first: `ringing` when absent from a call, `open` from anything else.
    opening: Option<Opening>,
    /// How it came about in the sender's own words, such as `TRANSFER`.
    initiation: Option<String>,
    /// The queue or the number that was asked for.
    queue: Option<String>,
    /// What it is about.
    subject: Option<String>,
    /// Agents or devices at which it rings.
    #[serde(default)]
    ringing: Vec<String>,
}

/// Which state of the record this is.
#[derive(Deserialize, JsonSchema)]
pub(super) struct RecordVersion {
    /// When the record was last changed, by the sender's clock. The newest version counts, whatever order they
    /// come in. Each version is an event of its own, with its own `id`.
    pub(super) version: Timestamp,
}

/// A message in a chat.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Message")]
pub(super) struct MessageInput {
    /// Who wrote it.
    author: Author,
    /// The author's name as shown.
    name: Option<String>,
    /// What was written.
    #[serde(default)]
    text: String,
    /// Whether only agents may see it. Never shown as the customer's words.
    #[serde(default)]
    private: bool,
    /// Files that came with it: names and sizes, never content.
    #[serde(default)]
    attachments: Vec<Attachment>,
}

/// An email of the thread.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Mail")]
pub(super) struct MailInput {
    /// Whether the company sent it; else the customer did.
    #[serde(default)]
    outbound: bool,
    /// Its subject.
    subject: Option<String>,
    /// Its text.
    text: Option<String>,
    /// Its Message-ID, with or without the angle brackets.
    message_id: Option<String>,
    /// To whom it was sent.
    #[serde(default)]
    to: Vec<String>,
    /// Files that came with it: names and sizes, never content.
    #[serde(default)]
    attachments: Vec<Attachment>,
    /// Where the whole mail is kept.
    location: Option<String>,
    /// Whether a machine wrote it, such as an out-of-office note, so that nobody waits for an answer.
    #[serde(default)]
    automatic: bool,
    /// Why it is not trusted. Such a mail binds to no customer and its text is not kept.
    #[serde(default)]
    distrust: Vec<Distrust>,
}

/// A survey's answer.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Scored")]
pub(super) struct ScoredInput {
    /// Which figure it counts for, such as `csat` or `nps`.
    #[schemars(length(min = 1))]
    survey: String,
    /// The score that was given.
    score: i32,
    /// The best score that could be given.
    best: Option<i32>,
    /// What the customer wrote to it.
    comment: Option<String>,
}

/// An agent's note.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Note")]
pub(super) struct NoteInput {
    /// What the agent wrote.
    #[schemars(length(min = 1))]
    text: String,
    /// Who wrote it.
    agent: Option<String>,
}

/// The company promised something. The same promise told again, such as with another time, counts as it was told last.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Promised")]
pub(super) struct PromisedInput {
    /// The sender's own id of the promise, one of its own within the interaction: up to 64 letters, digits, hyphens,
    /// underscores and points. It may be logged: no names, numbers or addresses.
    promise: PromiseId,
    /// What sort of thing.
    promised: PromiseKind,
    /// What exactly.
    text: Option<String>,
    /// Who is to keep it: an agent or a team.
    owner: Option<String>,
    /// By when. A promise without a time is open and never overdue.
    due_at: Option<Timestamp>,
}

/// A promise was kept or taken back. It may arrive before the promise itself.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "PromiseEnded")]
pub(super) struct PromiseEndedInput {
    /// The id under which it was promised.
    promise: PromiseId,
    /// How it came to its end.
    how: PromiseEnd,
    /// Who says so.
    agent: Option<String>,
}

pub(super) fn started(started: StartedInput, channel: Channel) -> Fact {
    let usual = if channel == Channel::Call {
        Opening::Ringing
    } else {
        Opening::Open
    };
    Fact::Started(Started {
        opening: started.opening.unwrap_or(usual),
        initiation: name(started.initiation),
        queue: name(started.queue),
        subject: started.subject.map(line),
        ringing: short(started.ringing, MAX_RINGING, |agent| {
            cut(&agent, MAX_NAME).to_owned()
        }),
    })
}

pub(super) fn place(place: Place) -> Place {
    Place {
        queue: name(place.queue),
        agent: name(place.agent),
    }
}

pub(super) fn ended(ended: Ended) -> Fact {
    Fact::Ended(Ended {
        cause: name(ended.cause),
        ..ended
    })
}

pub(super) fn record(record: CallRecord) -> Fact {
    Fact::Record(Box::new(CallRecord {
        initiation: name(record.initiation),
        cause: name(record.cause),
        agent: name(record.agent),
        queue: name(record.queue),
        disposition: name(record.disposition),
        attributes: attributes(record.attributes),
        recording: record
            .recording
            .map(|place| cut(&place, MAX_LOCATION).to_owned()),
        ..record
    }))
}

pub(super) fn message(message: MessageInput) -> Fact {
    Fact::Message(Message {
        author: message.author,
        name: name(message.name).map(Personal::new),
        text: Text::new(&message.text),
        private: message.private,
        attachments: attachments(message.attachments),
    })
}

pub(super) fn mail(mail: MailInput) -> Fact {
    let trusted = mail.distrust.is_empty();
    let mut distrust = mail.distrust;
    distrust.sort_unstable();
    distrust.dedup();
    let message_id = mail.message_id.as_deref().map(|id| {
        let id = id.trim();
        id.strip_prefix('<')
            .and_then(|id| id.strip_suffix('>'))
            .unwrap_or(id)
    });
    Fact::Mail(Box::new(Mail {
        outbound: mail.outbound,
        subject: mail.subject.map(line),
        text: mail.text.filter(|_| trusted).map(|text| Text::new(&text)),
        message_id: message_id.map(|id| cut(id, MAX_LINE).to_owned()),
        to: short(mail.to, MAX_RECIPIENTS, line),
        attachments: attachments(mail.attachments),
        location: mail.location.map(location),
        automatic: mail.automatic,
        distrust,
    }))
}

pub(super) fn bounced(bounced: Bounced) -> Fact {
    Fact::Bounced(Bounced {
        cause: bounced.cause.map(|cause| line(cause.expose().to_owned())),
        ..bounced
    })
}

pub(super) fn status(change: StatusChange) -> Fact {
    Fact::Status(StatusChange {
        agent: name(change.agent),
        queue: name(change.queue),
        ..change
    })
}

/// An address without query and fragment: pages and mails put names, addresses and tokens there.
fn page(url: &Personal) -> Personal {
    let url = url.expose();
    location(url.split(['?', '#']).next().unwrap_or(url).to_owned())
}

pub(super) fn reached(reached: Reached) -> Fact {
    Fact::Reached(Reached {
        how: reached.how,
        url: reached.url.as_ref().map(page),
    })
}

pub(super) fn acted(acted: Acted) -> Fact {
    Fact::Acted(Acted {
        action: cut(&acted.action, MAX_NAME).to_owned(),
        attributes: attributes(acted.attributes),
    })
}

pub(super) fn viewed(viewed: Viewed) -> Fact {
    Fact::Viewed(Viewed {
        url: viewed.url.as_ref().map(page),
        title: viewed.title.map(|title| line(title.expose().to_owned())),
    })
}

/// A bid, contract or invoice. The currency is checked, since an amount in a wrong one misleads.
pub(super) fn business(business: Business) -> Result<Business, Rejection> {
    let currency = match business.currency {
        None => None,
        Some(code) if code.len() == 3 && code.bytes().all(|b| b.is_ascii_alphabetic()) => {
            Some(code.to_ascii_uppercase())
        }
        Some(_) => {
            return Err(Rejection::malformed(
                "data.currency",
                "is not a currency's code of three letters",
            ));
        }
    };
    Ok(Business {
        subject: business
            .subject
            .map(|subject| line(subject.expose().to_owned())),
        currency,
        ..business
    })
}

pub(super) fn scored(scored: ScoredInput) -> Fact {
    Fact::Scored(Scored {
        survey: cut(&scored.survey, MAX_NAME).to_owned(),
        score: scored.score,
        best: scored.best,
        comment: scored.comment.map(|comment| Text::new(&comment)),
    })
}

pub(super) fn wrap_up(wrap_up: WrapUp) -> Fact {
    Fact::WrapUp(WrapUp {
        disposition: name(wrap_up.disposition),
        agent: name(wrap_up.agent),
        ..wrap_up
    })
}

pub(super) fn note(note: NoteInput) -> Fact {
    Fact::Note(Note {
        text: Text::new(&note.text),
        agent: name(note.agent),
    })
}

pub(super) fn promised(promised: PromisedInput) -> Fact {
    Fact::Promised(Promise {
        id: promised.promise,
        promised: promised.promised,
        text: promised.text.map(line),
        owner: name(promised.owner),
        due_at: promised.due_at,
    })
}

pub(super) fn promise_ended(ended: PromiseEndedInput) -> Fact {
    Fact::PromiseEnded(PromiseEnded {
        id: ended.promise,
        how: ended.how,
        agent: name(ended.agent),
    })
}

pub(super) fn updated(updated: Updated) -> Fact {
    Fact::Updated(Updated {
        attributes: attributes(updated.attributes),
    })
}

fn name(name: Option<String>) -> Option<String> {
    name.map(|name| cut(&name, MAX_NAME).to_owned())
}

fn line(text: String) -> Personal {
    Personal::new(cut(&text, MAX_LINE))
}

fn location(address: String) -> Personal {
    Personal::new(cut(&address, MAX_LOCATION))
}

fn short<T, U>(list: Vec<T>, limit: usize, kept: impl Fn(T) -> U) -> Vec<U> {
    list.into_iter().take(limit).map(kept).collect()
}

fn attachments(list: Vec<Attachment>) -> Vec<Attachment> {
    short(list, MAX_ATTACHMENTS, |file| Attachment {
        name: Personal::new(cut(file.name.expose(), MAX_NAME)),
        bytes: file.bytes,
        media_type: name(file.media_type),
    })
}

fn attributes(all: BTreeMap<String, Personal>) -> BTreeMap<String, Personal> {
    all.into_iter()
        .filter(|(name, _)| name.len() <= MAX_ATTRIBUTE_NAME)
        .take(MAX_ATTRIBUTES)
        .map(|(name, value)| (name, line(value.expose().to_owned())))
        .collect()
}
