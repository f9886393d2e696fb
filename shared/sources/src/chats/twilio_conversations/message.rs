//! Messages, and what is changed in them afterwards.

use serde_json::Value;
use timeline::{Attachment, Author, Direction, Fact, MAX_ATTACHMENTS, Message, Personal, Text};

use super::author::{Binding, Writer, is_address};
use super::{event, first_time, updated};
use crate::fields::Fields;
use crate::json;
use crate::parts::{self, kept_name};
use crate::reading::{Context, Reading, Rejection};

/// Somebody wrote. Its id is Twilio's own for it, over however many webhooks and repetitions it comes.
pub(super) fn added(fields: &Fields<'_>, context: &Context) -> Result<Reading, Rejection> {
    let id = fields.required_text("MessageSid")?;
    let at = parts::required_time(fields, "DateCreated")?;
    let writer = Writer::of(fields, context.region);
    let name = fields.text("Author").and_then(kept_name);
    let fact = Fact::Message(Message {
        author: writer.author,
        name: name
            .filter(|name| writer.author == Author::Agent && !is_address(name))
            .map(Personal::new),
        text: Text::new(fields.text("Body").unwrap_or_default()),
        private: false,
        attachments: attachments(fields)?,
    });
    let mut event = event(fields, id, fact, at)?;
    event.direction = direction(fields, writer.author);
    match writer.author {
        Author::Customer => writer.customer.name_in(&mut event),
        Author::Agent | Author::System => Binding::of(fields).name_in(&mut event, context.region),
    }
    Ok(Reading::event(event))
}

/// Who began the conversation: who wrote its first message.
fn direction(fields: &Fields<'_>, author: Author) -> Option<Direction> {
    let is_first = fields.integer("Index") == Some(0);
    match author {
        Author::Customer if is_first => Some(Direction::Inbound),
        Author::Agent if is_first => Some(Direction::Outbound),
        Author::Customer | Author::Agent | Author::System => None,
    }
}

/// A message was edited or deleted. What was first written stays, and this stands beside it.
pub(super) fn changed(
    fields: &Fields<'_>,
    change: &str,
    time: &'static str,
) -> Result<Reading, Rejection> {
    let id = fields.required_text("MessageSid")?;
    let at = first_time(fields, [time, "DateUpdated"])?;
    let content = fields.text("Body").filter(|_| change == "edited");
    let fact = updated([
        ("message_id", Some(id)),
        ("change", Some(change)),
        ("content", content),
    ]);
    let event = event(fields, &format!("{id}-{change}-{at}"), fact, at)?;
    Ok(Reading::event(event))
}

/// The files, which stand as JSON in one field.
fn attachments(fields: &Fields<'_>) -> Result<Vec<Attachment>, Rejection> {
    let listed = match fields.get("Media") {
        None => return Ok(Vec::new()),
        Some(Value::String(text)) => {
            json::read(text).map_err(|_| Rejection::malformed("Media", "is not JSON"))?
        }
        Some(value) => value.clone(),
    };
    let files = listed.as_array().map(Vec::as_slice).unwrap_or_default();
    let files = files.iter().take(MAX_ATTACHMENTS).map(|file| {
        let file = Fields::of(file);
        let name = file.text("Filename").or(file.text("Sid"));
        Attachment {
            name: Personal::new(
                name.and_then(kept_name)
                    .unwrap_or_else(|| "file".to_owned()),
            ),
            bytes: file
                .integer("Size")
                .and_then(|bytes| u64::try_from(bytes).ok()),
            media_type: file.text("ContentType").and_then(kept_name),
        }
    });
    Ok(files.collect())
}
