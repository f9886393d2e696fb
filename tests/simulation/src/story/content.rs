//! What a fact says, as far as that tells it from the others of its interaction.

use timeline::{Event, Fact};

use super::time::{SECOND, millis, unix};

/// What a fact says: two of one interaction that say the same are as good as each other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Content {
    /// Its kind in the vocabulary.
    pub kind: String,
    /// When its provider says that it happened, in milliseconds since 1970; `None` for one without a clock.
    pub at_ms: Option<i64>,
    /// Which version of a record it is: when it was changed, in milliseconds since 1970.
    pub version_ms: Option<i64>,
    /// What somebody wrote, to the customer, to the company, or among agents.
    pub text: Option<String>,
}

impl Content {
    /// Of a provider that tells the time to the millisecond.
    pub(super) fn at(kind: &str, at_ms: i64) -> Self {
        Self {
            at_ms: Some(millis(at_ms)),
            ..Self::timeless(kind)
        }
    }

    /// Of one that tells it to the second.
    pub(super) fn at_second(kind: &str, at_ms: i64) -> Self {
        Self {
            at_ms: Some(unix(at_ms) * SECOND),
            ..Self::timeless(kind)
        }
    }

    /// Of one that tells no time.
    pub(super) fn timeless(kind: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            at_ms: None,
            version_ms: None,
            text: None,
        }
    }

    /// Of a record that was changed then, to the second.
    pub(super) fn changed(mut self, at_ms: i64) -> Self {
        self.version_ms = Some(unix(at_ms) * SECOND);
        self
    }

    /// With what was written, as it stands in JSON between quotes.
    pub(super) fn saying(mut self, escaped: &str) -> Self {
        let text = serde_json::from_str(&format!(r#""{escaped}""#));
        self.text = Some(text.expect("a story writes its texts as JSON has them"));
        self
    }

    /// What a stored event says.
    #[must_use]
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the other facts hold nothing that somebody wrote as it was written"
    )]
    pub fn of(event: &Event) -> Self {
        let text = match &event.fact {
            Fact::Message(message) => Some(&message.text),
            Fact::Note(note) => Some(&note.text),
            _ => None,
        };
        Self {
            kind: event.fact.kind().to_owned(),
            at_ms: event.occurred_at.map(timeline::Timestamp::millis),
            version_ms: event.version.map(timeline::Timestamp::millis),
            text: text.map(|text| text.text.expose().to_owned()),
        }
    }
}
