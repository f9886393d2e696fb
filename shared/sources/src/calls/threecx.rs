//! 3CX's call journal: what a CRM template posts when a call with the outside is over. The body is the template's, so it
//! is ours: each field has the name of the template's variable that fills it. What a variable cannot fill stays as it was
//! written, `[Number]`.

mod about;
mod clock;

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use timeline::{
    Basis, Channel, Direction, Ended, Event, Fact, Identity, Opening, Personal, Place, Region,
    Started, Timestamp, Updated, cut, opaque,
};

use super::party::Sides;
use crate::about::About;
use crate::envelope::Envelope;
use crate::evidence::Evidence;
use crate::fields::Fields;
use crate::parts;
use crate::reading::{Context, Reading, Rejection, Source};

const NAME: &str = "3cx";
/// Longest value of an attribute in bytes.
const MAX_ATTRIBUTE: usize = 1024;
/// Longest call in seconds that is taken for one: a week.
const MAX_SECONDS: i64 = 7 * 24 * 3600;

/// The call journal of 3CX.
pub(crate) struct ThreeCx;

impl Source for ThreeCx {
    fn name(&self) -> &'static str {
        NAME
    }

    fn recognises(&self, envelope: &Envelope) -> bool {
        let Some(journal) = Journal::of(envelope) else {
            return false;
        };
        let fields = journal.fields();
        let word = fields
            .text("calltype")
            .or_else(|| fields.text("calldirection"));
        let is_call = word.and_then(Outcome::of).is_some()
            && (fields.get("number").is_some() || journal.has("number"));
        is_call || envelope.source.as_deref() == Some(NAME)
    }

    fn read(&self, envelope: &Envelope, context: &Context) -> Result<Reading, Rejection> {
        let journal = Journal::of(envelope).ok_or(Rejection::UnknownEnvelope)?;
        if journal.has("chatmessages") {
            return Ok(parts::not_used(NAME, "chat"));
        }
        Call::of(&journal)?.events(&journal.fields(), context.region)
    }

    fn about(&self) -> &'static About {
        &about::ABOUT
    }
}

/// The body's fields under folded names, without what no variable filled.
struct Journal {
    value: Value,
    /// All names, those of unfilled fields too.
    names: Vec<String>,
}

impl Journal {
    fn of(envelope: &Envelope) -> Option<Self> {
        let body = envelope.object()?;
        let mut kept = Map::new();
        let mut names = Vec::new();
        for (name, value) in body.as_object()? {
            let folded = folded(name);
            if !value.as_str().is_some_and(is_unfilled) {
                kept.insert(folded.clone(), value.clone());
            }
            names.push(folded);
        }
        Some(Self {
            value: Value::Object(kept),
            names,
        })
    }

    fn fields(&self) -> Fields<'_> {
        Fields::of(&self.value)
    }

    fn has(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }
}

/// `callstarttimeutc` of `CallStartTimeUTC` and `call_start_time_utc`.
fn folded(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// `[Number]`, also with what a template does to it: `[[CallStartTimeUTC].ToString("o")]`.
fn is_unfilled(text: &str) -> bool {
    let text = text.trim();
    let inner = text.trim_start_matches('[');
    let name = inner.split([']', '.']).next().unwrap_or_default();
    text.starts_with('[')
        && text.contains(']')
        && !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// How a call went. Source: `CallType`; of templates without it `CallDirection`, which tells the way only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Inbound,
    Outbound,
    Missed,
    NotAnswered,
}

impl Outcome {
    fn of(word: &str) -> Option<Self> {
        match folded(word).as_str() {
            "inbound" => Some(Self::Inbound),
            "outbound" => Some(Self::Outbound),
            "missed" => Some(Self::Missed),
            "notanswered" => Some(Self::NotAnswered),
            _ => None,
        }
    }

    fn direction(self) -> Direction {
        match self {
            Self::Inbound | Self::Missed => Direction::Inbound,
            Self::Outbound | Self::NotAnswered => Direction::Outbound,
        }
    }

    /// The same way, and nobody answered.
    fn unanswered(self) -> Self {
        match self {
            Self::Inbound | Self::Missed => Self::Missed,
            Self::Outbound | Self::NotAnswered => Self::NotAnswered,
        }
    }

    fn is_answered(self) -> bool {
        matches!(self, Self::Inbound | Self::Outbound)
    }

    fn word(self) -> &'static str {
        match self {
            Self::Inbound => "Inbound",
            Self::Outbound => "Outbound",
            Self::Missed => "Missed",
            Self::NotAnswered => "Notanswered",
        }
    }
}

/// A call that is over.
struct Call {
    key: String,
    /// What tells this report from one of the same call at another telephone: its extension and how it went there.
    at: String,
    outcome: Outcome,
    number: Option<String>,
    started_at: Option<Timestamp>,
    answered_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
}

impl Call {
    fn of(journal: &Journal) -> Result<Self, Rejection> {
        let fields = journal.fields();
        let word = fields
            .text("calltype")
            .or_else(|| fields.text("calldirection"))
            .or_else(|| fields.text("direction"))
            .ok_or_else(|| Rejection::missing("CallType"))?;
        let outcome = Outcome::of(word)
            .ok_or_else(|| Rejection::malformed("CallType", "is none of 3CX's four"))?;
        // There and unfilled, or empty, is a caller without a number.
        let number = fields.id("number");
        if number.is_none() && !journal.has("number") {
            return Err(Rejection::missing("Number"));
        }
        let started_at = clock::utc(&fields, "callstarttimeutc", "CallStartTimeUTC")?;
        let local = || {
            fields
                .id("callstarttimelocal")
                .or_else(|| fields.id("datetime"))
        };
        let start = match started_at {
            Some(at) => at.to_string(),
            None => local().ok_or_else(|| Rejection::missing("CallStartTimeUTC"))?,
        };
        let established = clock::utc(&fields, "callestablishedtimeutc", "CallEstablishedTimeUTC")?;
        let seconds = clock::seconds(&fields).filter(|seconds| (0..=MAX_SECONDS).contains(seconds));
        // The way alone does not say that somebody answered; how long they talked does.
        let outcome = match outcome {
            Outcome::Inbound | Outcome::Outbound
                if fields.get("calltype").is_none()
                    && established.is_none()
                    && seconds == Some(0) =>
            {
                outcome.unanswered()
            }
            Outcome::Inbound | Outcome::Outbound | Outcome::Missed | Outcome::NotAnswered => {
                outcome
            }
        };
        let answered_at = established.filter(|_| outcome.is_answered());
        let ended_at = match clock::utc(&fields, "callendtimeutc", "CallEndTimeUTC")? {
            Some(at) => Some(at),
            None => answered_at
                .or(started_at)
                .zip(seconds)
                .map(|(from, seconds)| from.plus_millis(seconds * 1000)),
        };
        let agent = fields.id("agent").unwrap_or_default();
        Ok(Self {
            key: opaque(&[number.as_deref().unwrap_or_default(), &start]),
            at: format!("{agent}-{}", outcome.word()),
            outcome,
            number,
            started_at,
            answered_at: answered_at.or(started_at).filter(|_| outcome.is_answered()),
            ended_at: ended_at.or(started_at),
        })
    }

    fn events(&self, fields: &Fields<'_>, region: Option<Region>) -> Result<Reading, Rejection> {
        let queue = name(fields, "queueextension");
        let agent = agent(fields);
        let started = Fact::Started(Started {
            opening: Opening::Ringing,
            queue: queue.clone(),
            ringing: agent
                .clone()
                .filter(|_| self.outcome == Outcome::Missed)
                .into_iter()
                .collect(),
            ..Started::default()
        });
        let answered = Fact::Answered(Place { queue, agent });
        let ended = Fact::Ended(Ended {
            cause: Some(self.outcome.word().to_owned()),
            forwarded: false,
        });
        let attributes = attributes(fields);
        let told = [
            Some(("started", started, self.started_at)),
            self.outcome
                .is_answered()
                .then_some(("answered", answered, self.answered_at)),
            Some(("ended", ended, self.ended_at)),
            (!attributes.is_empty()).then_some((
                "updated",
                Fact::Updated(Updated { attributes }),
                self.ended_at,
            )),
        ];
        let source = parts::source(NAME);
        let mut reading = Reading::default();
        for (kind, fact, at) in told.into_iter().flatten() {
            let mut event = Event::new(
                parts::interaction_id(&source, &self.key, "Number")?,
                parts::event_id(&format!("{kind}-{}", self.at), "Agent")?,
                source.clone(),
                Channel::Call,
                fact,
            );
            event.occurred_at = at;
            event.direction = Some(self.outcome.direction());
            self.name_customer(&mut event, fields, region);
            reading.events.push(event);
        }
        Ok(reading)
    }

    fn name_customer(&self, event: &mut Event, fields: &Fields<'_>, region: Option<Region>) {
        let number = self.number.as_deref();
        let own = fields.id("callednumber").or_else(|| fields.id("did"));
        let sides = match self.outcome.direction() {
            Direction::Inbound => Sides::of(number, own.as_deref(), event.direction),
            Direction::Outbound => Sides::of(own.as_deref(), number, event.direction),
        };
        sides.customer(region).name_in(event);
        if event.customer.is_some() {
            event.customer_name = name(fields, "name").map(Personal::new);
        }
        // What the CRM answered to the number: a claim of another system, which must not move the call.
        event.participants = fields
            .id("entityid")
            .and_then(|id| Identity::crm(NAME, &id).ok())
            .into_iter()
            .collect();
        let mut evidence = Evidence::default();
        for record in &event.participants {
            evidence.claim(Basis::Record, Some(record.clone()));
        }
        evidence.state_in(event);
    }
}

fn name(fields: &Fields<'_>, name: &str) -> Option<String> {
    parts::kept_name(&fields.id(name)?)
}

/// The agent's name, else the email address, else the extension.
fn agent(fields: &Fields<'_>) -> Option<String> {
    let names = [
        name(fields, "agentfirstname"),
        name(fields, "agentlastname"),
    ];
    let full = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
    parts::kept_name(&full)
        .or_else(|| name(fields, "agentemail"))
        .or_else(|| name(fields, "agent"))
}

/// What version 20 writes of a recorded call.
fn attributes(fields: &Fields<'_>) -> BTreeMap<String, Personal> {
    [
        ("recordingurl", "recording"),
        ("summary", "summary"),
        ("transcription", "transcription"),
    ]
    .into_iter()
    .filter_map(|(field, name)| {
        let value = fields.text(field)?.trim();
        let value = Personal::new(cut(value, MAX_ATTRIBUTE));
        Some((name.to_owned(), value))
    })
    .collect()
}
