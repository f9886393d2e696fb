//! What was said in a conversation, as Genesys Cloud's transcription writes it down while it goes on.

use serde_json::Value;
use timeline::{Author, Channel, Fact, Message, Text, Timestamp};

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
        let Some(best) = fields.items("alternatives").first().map(Fields::of) else {
            continue;
        };
        let Some(words) = best.text("transcript").filter(|_| is_final) else {
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
        reading.events.push(super::event(
            &key,
            &id,
            Channel::Call,
            said_at(&body, &best, at),
            message,
        )?);
    }
    if reading.events.is_empty() {
        return Ok(parts::not_used(NAME, "transcription"));
    }
    Ok(reading)
}

/// When the words began, so that those of one notification stand in the order in which they were said. That of the
/// notification where it does not tell.
fn said_at(body: &Fields<'_>, best: &Fields<'_>, notified: Timestamp) -> Timestamp {
    let begun = ["transcriptionStartTimeMs", "sessionStartTimeMs"]
        .iter()
        .find_map(|name| body.integer(name));
    begun
        .zip(best.integer("offsetMs"))
        .and_then(|(begun, offset)| Timestamp::from_millis(begun.checked_add(offset)?).ok())
        .filter(|said| *said <= notified)
        .unwrap_or(notified)
}
