//! Messages and notes, and what becomes of them.

use serde_json::Value;
use timeline::{Attachment, Author, Direction, Event, Fact, Message, Note, Personal, Text};

use super::{Session, nickname};
use crate::chats::told::{self, file, required_id};
use crate::fields::Fields;
use crate::parts::{kept_name, time};
use crate::reading::Rejection;

const FINGERPRINT: &str = "data.fingerprint";
/// Most choices of a picker, and most cards of a carousel, that are told.
const MAX_ITEMS: usize = 20;

/// Somebody wrote. `None` for what is no message, such as "operator joined".
pub(super) fn written(root: &Fields<'_>, data: &Fields<'_>) -> Result<Option<Event>, Rejection> {
    let id = required_id(data, "fingerprint", FINGERPRINT)?;
    let kind = data
        .text("type")
        .ok_or_else(|| Rejection::missing("data.type"))?
        .to_ascii_lowercase();
    if kind == "event" {
        return Ok(None);
    }
    let from = data
        .text("from")
        .ok_or_else(|| Rejection::missing("data.from"))?;
    let automated = data.get("automated").and_then(Value::as_bool) == Some(true);
    let private = kind == "note";
    let author = match from {
        "user" if !private => Author::Customer,
        "operator" if !automated => Author::Agent,
        _ => Author::System,
    };
    let user = data.object("user");
    let name = match author {
        Author::Customer => nickname(user.text("nickname")),
        Author::Agent | Author::System => user.text("nickname").and_then(kept_name),
    };
    let (text, attachments) = content(&kind, data);
    let text = Text::new(&text);
    let fact = if private && author == Author::Agent {
        Fact::Note(Note {
            text,
            agent: name.clone(),
        })
    } else {
        Fact::Message(Message {
            author,
            name: name.clone().map(Personal::new),
            text,
            private,
            attachments,
        })
    };
    let mut event = Session::of(root, data)?.event(&format!("message-{id}"), fact)?;
    if author == Author::Customer {
        event.direction = Some(Direction::Inbound);
        event.customer_name = name.map(Personal::new);
    }
    Ok(Some(event))
}

/// What a message of each type says, and the files in it.
fn content(kind: &str, data: &Fields<'_>) -> (String, Vec<Attachment>) {
    if let Some(text) = data.text("content") {
        return (text.to_owned(), Vec::new());
    }
    let content = data.object("content");
    let media = |sort: &str| {
        let name = content.text("name");
        vec![file(name, sort, content.text("type"))]
    };
    match kind {
        "file" | "animation" | "audio" => (String::new(), media(kind)),
        "picker" | "field" | "carousel" => (asked(&content), Vec::new()),
        _ => (
            content.text("text").unwrap_or_default().to_owned(),
            Vec::new(),
        ),
    }
}

/// A question with choices, an empty field, or cards: its words, one line each.
fn asked(content: &Fields<'_>) -> String {
    let label = |item: &Value, name| Fields::of(item).text(name).map(str::to_owned);
    let choices = content.items("choices").iter().take(MAX_ITEMS);
    let cards = content.items("targets").iter().take(MAX_ITEMS);
    let lines = [content.text("text"), content.text("explain")];
    let lines = lines.into_iter().flatten().map(str::to_owned);
    lines
        .chain(choices.filter_map(|choice| label(choice, "label")))
        .chain(cards.filter_map(|card| label(card, "title")))
        .collect::<Vec<_>>()
        .join("\n")
}

/// A message was edited, or the visitor answered one that asks: it never is a second message.
pub(super) fn updated(root: &Fields<'_>, data: &Fields<'_>) -> Result<Option<Event>, Rejection> {
    let content = data.object("content");
    let chosen = content
        .items("choices")
        .iter()
        .take(MAX_ITEMS)
        .find(|choice| Fields::of(choice).get("selected").and_then(Value::as_bool) == Some(true));
    let chosen = chosen.map(Fields::of);
    let chosen = chosen.as_ref().and_then(|choice| choice.text("label"));
    let answer = chosen.or(content.text("value"));
    let (change, content) = match (answer, data.text("content")) {
        (Some(answer), _) => ("answered", answer),
        (None, Some(text)) => ("edited", text),
        // Read marks, translations, previews.
        (None, None) => return Ok(None),
    };
    changed(root, data, change, Some(content)).map(Some)
}

/// A message was removed.
pub(super) fn removed(root: &Fields<'_>, data: &Fields<'_>) -> Result<Option<Event>, Rejection> {
    changed(root, data, "removed", None).map(Some)
}

/// The time is that of the change, which the data do not tell: theirs is the message's.
fn changed(
    root: &Fields<'_>,
    data: &Fields<'_>,
    change: &str,
    content: Option<&str>,
) -> Result<Event, Rejection> {
    let id = format!("message-{}", required_id(data, "fingerprint", FINGERPRINT)?);
    let mut session = Session::of(root, data)?;
    session.at = time(root, "timestamp")?.unwrap_or(session.at);
    let key = format!("{id}-{change}-{}", session.at.millis());
    let fact = told::updated(&[
        ("change", Some(change)),
        ("message", Some(&id)),
        ("content", content),
    ]);
    session.event(&key, fact)
}
