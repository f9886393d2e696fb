//! What a source makes of an envelope: events, names of what it ignores, and rejections with their reasons.

use std::borrow::Cow;

use timeline::{Event, Region, Timestamp};

use crate::about::About;
use crate::envelope::Envelope;

/// A system whose deliveries are understood.
///
/// A new provider is one file with an implementation, one folder of fixtures and one line in the registry.
pub trait Source: Sync {
    /// Its name: lower-case letters, digits and hyphens. It is the first part of its interactions' ids, unless several
    /// sources tell of the same interactions and share one name for those.
    fn name(&self) -> &'static str;

    /// Whether an envelope is of this source, judged by its shape alone.
    fn recognises(&self, envelope: &Envelope) -> bool;

    /// Its events. Pure: the same envelope gives the same events, whenever and however often it comes.
    ///
    /// # Errors
    /// A rejection when the envelope as a whole cannot be understood. It goes to quarantine.
    fn read(&self, envelope: &Envelope, context: &Context) -> Result<Reading, Rejection>;

    /// What there is to know of it beside that: for its page, and for the webhook.
    fn about(&self) -> &'static About;
}

/// What is known of a delivery beside its body.
#[derive(Debug, Clone, Copy)]
pub struct Context {
    /// When it arrived here.
    pub received_at: Timestamp,
    /// The region in which national numbers are read when the dialled number gives none.
    pub region: Option<Region>,
}

/// What came out of one delivery.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading {
    /// The events, in the order in which they stood.
    pub events: Vec<Event>,
    /// Names of known events that are not used, such as `Amazon Connect Codeartifact Event`: counted, not stored.
    pub ignored: Vec<String>,
    /// Parts that cannot be understood, beside others that can.
    pub rejections: Vec<Rejection>,
}

impl Reading {
    /// One event.
    #[must_use]
    pub fn event(event: Event) -> Self {
        Self {
            events: vec![event],
            ..Self::default()
        }
    }

    /// Nothing but a known name that is not used.
    pub fn ignored(name: impl Into<String>) -> Self {
        Self {
            ignored: vec![name.into()],
            ..Self::default()
        }
    }

    /// What comes out of each part of a delivery that holds several, so that a bad one does not hold up the others.
    ///
    /// # Errors
    /// When there are more than `limit`; `what` names what there is too much of.
    pub fn of_each<'a, T>(
        parts: &'a [T],
        what: &'static str,
        limit: usize,
        read: impl Fn(&'a T) -> Result<Self, Rejection>,
    ) -> Result<Self, Rejection> {
        if parts.len() > limit {
            return Err(Rejection::TooMuch { what, limit });
        }
        let mut reading = Self::default();
        for part in parts {
            reading.and(read(part));
        }
        Ok(reading)
    }

    /// Adds what came out of another part of the same delivery.
    pub fn and(&mut self, part: Result<Self, Rejection>) {
        match part {
            Ok(part) => {
                self.events.extend(part.events);
                self.ignored.extend(part.ignored);
                self.rejections.extend(part.rejections);
            }
            Err(rejection) => self.rejections.push(rejection),
        }
    }
}

/// Why a delivery cannot be understood. Names fields and never holds a value, which may be personal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Neither JSON nor a form.
    #[error("the body is neither JSON nor a form")]
    Unreadable,
    /// A number, a text, a truth value or null, alone.
    #[error("the body is JSON, but neither an object nor a list")]
    NotAnObject,
    /// Lists and objects in each other beyond what is safe to read.
    #[error("the body's JSON is nested deeper than {limit} levels")]
    TooDeep {
        /// The deepest level that is read.
        limit: usize,
    },
    /// It begins with a bracket and cannot be JSON. The place counts from that bracket, in the innermost envelope.
    #[error("the body begins like JSON, which breaks at line {line}, column {column}")]
    BrokenJson {
        /// The line, from 1.
        line: usize,
        /// The byte in that line, from 1; 0 when the line before ended too early.
        column: usize,
    },
    /// Readable, but of no source that this queue takes.
    #[error("no known source has an envelope of this shape")]
    UnknownEnvelope,
    /// The attribute `source` names a source that this queue does not take.
    #[error("the attribute `source` names no source of this queue")]
    UnknownSource,
    /// Amazon SNS asks whether the queue wants a topic's messages. Somebody has to say so before any comes, so that it
    /// is kept for an operator.
    #[error(
        "the SNS subscription waits to be confirmed at the address in the field `SubscribeURL`"
    )]
    Unconfirmed,
    /// A field that the source always sends is not there.
    #[error("the field `{field}` is missing")]
    Missing {
        /// Its path in the payload.
        field: Cow<'static, str>,
    },
    /// A field is there and is not what it should be.
    #[error("the field `{field}` {problem}")]
    Malformed {
        /// Its path in the payload.
        field: Cow<'static, str>,
        /// What is wrong with it, without its value.
        problem: Cow<'static, str>,
    },
    /// More than a delivery may hold.
    #[error("{what} exceeds its limit of {limit}")]
    TooMuch {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
}

impl Rejection {
    /// A field that is not there.
    pub fn missing(field: impl Into<Cow<'static, str>>) -> Self {
        Self::Missing {
            field: field.into(),
        }
    }

    /// A field that is not what it should be.
    pub fn malformed(
        field: impl Into<Cow<'static, str>>,
        problem: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::Malformed {
            field: field.into(),
            problem: problem.into(),
        }
    }

    /// The same with its field's place in a list: `batch[3].messageId`.
    #[must_use]
    pub fn at(self, list: &str, index: usize) -> Self {
        match self {
            Self::Missing { field } => Self::missing(format!("{list}[{index}].{field}")),
            Self::Malformed { field, problem } => {
                Self::malformed(format!("{list}[{index}].{field}"), problem)
            }
            other @ (Self::Unreadable
            | Self::NotAnObject
            | Self::TooDeep { .. }
            | Self::BrokenJson { .. }
            | Self::UnknownEnvelope
            | Self::UnknownSource
            | Self::Unconfirmed
            | Self::TooMuch { .. }) => other,
        }
    }

    /// A short name for metrics and queue attributes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::NotAnObject => "not_an_object",
            Self::TooDeep { .. } => "too_deep",
            Self::BrokenJson { .. } => "broken_json",
            Self::UnknownEnvelope => "unknown_envelope",
            Self::UnknownSource => "unknown_source",
            Self::Unconfirmed => "unconfirmed_subscription",
            Self::Missing { .. } => "missing_field",
            Self::Malformed { .. } => "malformed_field",
            Self::TooMuch { .. } => "too_much",
        }
    }
}
