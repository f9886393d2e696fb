//! All messages of a chat, once it is over.

use serde_json::Value;
use timeline::{
    Attachment, Author, Direction, Event, Fact, MAX_ATTACHMENTS, Message, Personal, Text, cut,
    opaque,
};

use super::{NAME, of_chat, visitor_name};
use crate::chats::told::{file, required_id};
use crate::fields::Fields;
use crate::parts::{kept_name, not_used, time};
use crate::reading::{Reading, Rejection};

/// Most messages of a transcript; beyond it the delivery is refused.
const MAX_MESSAGES: usize = 1000;
const TIME: &str = "chat.messages[].time";
/// Length of the digest in a message's id, which has no other than its time.
const DIGEST: usize = 12;

/// One event for each message. A transcript that is made again after the chat went on repeats them alike.
pub(super) fn read(root: &Fields<'_>) -> Result<Reading, Rejection> {
    let chat = root.object("chat");
    let id = match chat.id("id") {
        Some(id) => id,
        None => required_id(root, "chatId", "chat.id")?,
    };
    let visitor = chat.object("visitor");
    let Some(messages) = chat.get("messages").and_then(Value::as_array) else {
        return Err(Rejection::missing("chat.messages"));
    };
    if messages.len() > MAX_MESSAGES {
        return Err(Rejection::TooMuch {
            what: "the number of a transcript's messages",
            limit: MAX_MESSAGES,
        });
    }
    if messages.is_empty() {
        return Ok(not_used(NAME, "chat.transcript_created-empty"));
    }
    let mut reading = Reading::default();
    for message in messages {
        reading.and(event(&id, &visitor, &Fields::of(message)).map(Reading::event));
    }
    Ok(reading)
}

fn event(chat: &str, visitor: &Fields<'_>, message: &Fields<'_>) -> Result<Event, Rejection> {
    let sender = message.object("sender");
    let kind = sender.text("t").or(sender.text("type"));
    let author = match kind {
        Some("v" | "visitor") => Author::Customer,
        Some("a" | "agent") => Author::Agent,
        Some(_) => Author::System,
        None => return Err(Rejection::missing("chat.messages[].sender.t")),
    };
    let at = time(message, "time")
        .map_err(|_| Rejection::malformed(TIME, "is not a time"))?
        .ok_or_else(|| Rejection::missing(TIME))?;
    let name = sender.text("n").or(sender.text("name")).and_then(kept_name);
    let text = message
        .text("msg")
        .or(message.text("text"))
        .unwrap_or_default();
    let files = message
        .items("attchs")
        .iter()
        .chain(message.items("attachments"));
    let attachments = files.filter(|item| item.is_object()).map(|item| {
        let item = Fields::of(item);
        let content = item.object("content");
        let about = content.object("file");
        let size = about.integer("size");
        Attachment {
            bytes: size.and_then(|size| u64::try_from(size).ok()),
            ..file(about.text("name"), "file", about.text("mimeType"))
        }
    });
    let attachments: Vec<_> = attachments.take(MAX_ATTACHMENTS).collect();
    let digest = opaque(&[kind.unwrap_or_default(), text]);
    let key = format!("message-{}-{}", at.millis(), cut(&digest, DIGEST));
    let fact = Fact::Message(Message {
        author,
        name: name
            .or_else(|| visitor_name(visitor).filter(|_| author == Author::Customer))
            .map(Personal::new),
        text: Text::new(text),
        private: false,
        attachments,
    });
    let mut event = of_chat(chat, &key, at, fact, visitor)?;
    event.direction = (author == Author::Customer).then_some(Direction::Inbound);
    Ok(event)
}
