//! One part of a conversation: a reply, a note, an assignment, a change of its state.

use serde_json::Value;
use timeline::{
    Attachment, Author, Fact, Identity, MAX_ATTACHMENTS, Message, Note, Personal, Status,
    StatusChange, Text,
};

use super::NAME;
use super::conversation::{Conversation, is_customer};
use crate::chats::told::{file, required_id};
use crate::emails::html::to_text;
use crate::fields::Fields;
use crate::parts::{kept_name, not_used, time};
use crate::reading::{Reading, Rejection};

const PART_ID: &str = "data.item.conversation_parts.conversation_parts[].id";
const PART_TYPE: &str = "data.item.conversation_parts.conversation_parts[].part_type";
const CREATED_AT: &str = "data.item.conversation_parts.conversation_parts[].created_at";

/// What a part of a type does.
#[derive(Clone, Copy)]
enum Kind {
    /// Somebody wrote.
    Comment,
    /// An agent wrote for agents.
    Note,
    /// It was given to somebody.
    Assignment,
    /// It was opened, paused or closed.
    Set(Status),
}

/// The events of a part: what it sets, and what was written with it.
pub(super) fn read(
    conversation: &Conversation<'_>,
    part: &Fields<'_>,
) -> Result<Reading, Rejection> {
    let id = required_id(part, "id", PART_ID)?;
    let part_type = part
        .text("part_type")
        .ok_or_else(|| Rejection::missing(PART_TYPE))?;
    let Some(kind) = kind(part_type) else {
        return Ok(not_used(NAME, &format!("part.{part_type}")));
    };
    let at = time(part, "created_at")
        .map_err(|_| Rejection::malformed(CREATED_AT, "is not a time"))?
        .ok_or_else(|| Rejection::missing(CREATED_AT))?;
    let author = part.object("author");
    let set = match kind {
        Kind::Comment | Kind::Note => None,
        Kind::Assignment => Some(assigned(conversation, part, part_type)),
        Kind::Set(status) => Some(StatusChange {
            status,
            complaint: None,
            agent: agent(&author),
            queue: None,
        }),
    };
    let said = match kind {
        Kind::Note => noted(part, &author),
        Kind::Comment | Kind::Assignment | Kind::Set(_) => said(part, &author).map(Fact::Message),
    };
    let mut reading = Reading::default();
    let has_set = set.is_some();
    if let Some(set) = set {
        let event = conversation.event(&format!("part-{id}"), Some(at), Fact::Status(set))?;
        reading.events.push(event);
    }
    if let Some(said) = said {
        let behind = if has_set { "-message" } else { "" };
        let mut event = conversation.event(&format!("part-{id}{behind}"), Some(at), said)?;
        let author_id = author.id("id");
        if is_customer(author.text("type")) && !conversation.is_contact(author_id.as_deref()) {
            let other = author_id.and_then(|id| Identity::crm(NAME, &id).ok());
            event.participants.extend(other);
        }
        reading.events.push(event);
    }
    if reading.events.is_empty() {
        return Ok(not_used(NAME, &format!("part.{part_type}-empty")));
    }
    Ok(reading)
}

fn kind(part_type: &str) -> Option<Kind> {
    let part_type = part_type.to_ascii_lowercase();
    match part_type.as_str() {
        "comment" | "quick_reply" => Some(Kind::Comment),
        "note" | "note_and_reopen" => Some(Kind::Note),
        "close" => Some(Kind::Set(Status::Resolved)),
        "open" | "reopen" | "unsnoozed" | "timer_unsnooze" | "message_and_reopen" => {
            Some(Kind::Set(Status::Open))
        }
        "snoozed" => Some(Kind::Set(Status::Snoozed)),
        "assignment"
        | "assign_and_reopen"
        | "assign_and_unsnooze"
        | "default_assignment"
        | "away_mode_assignment" => Some(Kind::Assignment),
        _ => None,
    }
}

/// To a person, or to a team.
fn assigned(conversation: &Conversation<'_>, part: &Fields<'_>, part_type: &str) -> StatusChange {
    let to = part.object("assigned_to");
    let name = to.text("name").and_then(kept_name);
    let name = name.or_else(|| to.id("id").filter(|id| id != "0"));
    let is = |kind: &str| {
        to.text("type")
            .is_some_and(|to| to.eq_ignore_ascii_case(kind))
    };
    let opens = part_type.contains("reopen") || part_type.contains("unsnooze");
    StatusChange {
        status: if opens {
            Status::Open
        } else {
            conversation.status()
        },
        complaint: None,
        agent: name.clone().filter(|_| is("admin")),
        queue: name.filter(|_| is("team")),
    }
}

/// What somebody wrote, with its files; `None` when there is neither word nor file.
pub(super) fn said(part: &Fields<'_>, author: &Fields<'_>) -> Option<Message> {
    let html = part.text("body").unwrap_or_default();
    let text = to_text(html);
    let mut attachments = attachments(part);
    if text.trim().is_empty() && attachments.is_empty() && html.contains("<img") {
        attachments.push(file(None, "image", None));
    }
    let is_empty = text.trim().is_empty() && attachments.is_empty();
    (!is_empty).then(|| Message {
        author: written_by(author),
        name: author.text("name").and_then(kept_name).map(Personal::new),
        text: Text::new(&text),
        private: false,
        attachments,
    })
}

/// A note has no files: with some it stays a message that only agents see.
fn noted(part: &Fields<'_>, author: &Fields<'_>) -> Option<Fact> {
    let mut said = said(part, author)?;
    if said.author == Author::Agent && said.attachments.is_empty() {
        return Some(Fact::Note(Note {
            text: said.text,
            agent: agent(author),
        }));
    }
    said.private = true;
    if said.author == Author::Customer {
        said.author = Author::System;
    }
    Some(Fact::Message(said))
}

/// Bots, Fin and workflows answer in the company's name without a person.
fn written_by(author: &Fields<'_>) -> Author {
    let kind = author.text("type");
    let ai = author.get("from_ai_agent").and_then(Value::as_bool) == Some(true);
    if is_customer(kind) {
        Author::Customer
    } else if !ai && kind.is_some_and(|kind| kind.eq_ignore_ascii_case("admin")) {
        Author::Agent
    } else {
        Author::System
    }
}

fn agent(author: &Fields<'_>) -> Option<String> {
    let id = author.id("id");
    (written_by(author) == Author::Agent)
        .then(|| author.text("name").or(id.as_deref()).and_then(kept_name))
        .flatten()
}

fn attachments(part: &Fields<'_>) -> Vec<Attachment> {
    let files = part.items("attachments").iter();
    files
        .filter(|attachment| attachment.is_object())
        .take(MAX_ATTACHMENTS)
        .map(|attachment| {
            let attachment = Fields::of(attachment);
            let bytes = attachment.integer("filesize");
            Attachment {
                bytes: bytes.and_then(|bytes| u64::try_from(bytes).ok()),
                ..file(
                    attachment.text("name"),
                    "file",
                    attachment.text("content_type"),
                )
            }
        })
        .collect()
}
