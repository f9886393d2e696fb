//! What was said in a conversation, as Genesys Cloud's transcription writes it down while it goes on.

use serde_json::Value;
use timeline::{Author, Channel, Fact, Message, Text};

use super::NAME;
use crate::fields::Fields;
use crate::parts;
use crate::reading::{Reading, Rejection};

/// Most utterances of one notification.
const MAX_UTTERANCES: usize = 200;

/// The final utterances as messages of who said them. What is still being understood comes again.
pub(super) fn read(outer: &Fields<'_>) -> Result<Reading, Rejection> {
    let detail = outer.object("detail");
    let body = detail.object("eventBody");
    let key = body.required_id("conversationId")?;
    let id = outer.required_id("id")?;
    let at = parts::required_time(&body, "eventTime")?;
    let said = body.items("transcripts");
    if said.len() > MAX_UTTERANCES {
        return Err(Rejection::TooMuch {
            what: "the number of utterances in one notification",
            limit: MAX_UTTERANCES,
        });
    }
    let mut reading = Reading::default();
    for (nth, utterance) in said.iter().enumerate() {
        let fields = Fields::of(utterance);
        let is_final = fields.get("isFinal").and_then(Value::as_bool) != Some(false);
        let words = fields
            .items("alternatives")
            .first()
            .and_then(|best| Fields::of(best).text("transcript"));
        let Some(words) = words.filter(|_| is_final) else {
            continue;
        };
        let author = match fields
            .text("channel")
            .map(str::to_ascii_uppercase)
            .as_deref()
        {
            Some("EXTERNAL") => Author::Customer,
            Some("INTERNAL") => Author::Agent,
            Some(_) | None => Author::System,
        };
        let message = Fact::Message(Message {
            author,
            name: None,
            text: Text::new(words),
            private: false,
            attachments: Vec::new(),
        });
        let id = match fields.id("utteranceId") {
            Some(utterance) => format!("utterance-{utterance}"),
            None => format!("{id}-{nth}"),
        };
        reading
            .events
            .push(super::event(&key, &id, Channel::Call, at, message)?);
    }
    if reading.events.is_empty() {
        return Ok(parts::not_used(NAME, "transcription"));
    }
    Ok(reading)
}
