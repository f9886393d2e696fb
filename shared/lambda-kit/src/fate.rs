//! What becomes of a record once it has been judged.

use std::borrow::Cow;

/// The fate of one record. Closed: match it without `_`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// What the record says has been stored, or there was nothing in it to store.
    Done,
    /// All that the record says was stored before.
    Duplicate,
    /// The record goes back to its queue and comes again.
    Retry(RetryReason),
    /// The record can never succeed: it is kept in the quarantine queue and acknowledged.
    Quarantine(Reason),
}

impl Fate {
    /// Quarantine with a reason, see [`Reason::new`].
    pub fn quarantine(code: impl Into<Cow<'static, str>>, text: impl Into<String>) -> Self {
        Self::Quarantine(Reason::new(code, text))
    }

    /// The fate of a record that holds events of two fates: Retry before Quarantine before Done
    /// before Duplicate; of two equals the first.
    ///
    /// Retry comes first because a record with one event that may still succeed has to come back,
    /// and acknowledging it would lose that event; its refused event will be judged again then, to
    /// the same end. Quarantine comes before Done because a refused event must not vanish beside a
    /// stored one. Done comes before Duplicate because something new was stored.
    pub fn worst(a: Self, b: Self) -> Self {
        if b.rank() > a.rank() { b } else { a }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Duplicate => 0,
            Self::Done => 1,
            Self::Quarantine(_) => 2,
            Self::Retry(_) => 3,
        }
    }
}

/// Why a record has to come again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryReason {
    /// The deadline came before the record's turn, or during it.
    OutOfTime,
    /// Judging it panicked. The queue's maximum receive count bounds how often that happens.
    Panicked,
    /// A service did not answer, asked for fewer requests, or answered with a failure of its own.
    Unavailable,
    /// A service refuses what is asked of it as such: something is missing, or not permitted.
    Refused,
    /// What is stored cannot be read back.
    Unreadable,
    /// The handler gave no fate for it.
    NotJudged,
    /// It is to be quarantined, but the quarantine queue could not be written to.
    NotQuarantined,
}

impl RetryReason {
    /// The reason as one word, for logs.
    pub fn code(self) -> &'static str {
        match self {
            Self::OutOfTime => "out_of_time",
            Self::Panicked => "panicked",
            Self::Unavailable => "unavailable",
            Self::Refused => "refused",
            Self::Unreadable => "unreadable",
            Self::NotJudged => "not_judged",
            Self::NotQuarantined => "not_quarantined",
        }
    }
}

/// Why a record was refused. It is logged and travels with the quarantined record, so it never
/// holds personal data: it names the field, not what the field held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// A short code for machines, such as `missing_field`.
    pub code: Cow<'static, str>,
    /// A sentence for people that names the field.
    pub text: String,
}

impl Reason {
    /// A reason from its code (`missing_field`) and its sentence ("`detail.contactId` is missing").
    pub fn new(code: impl Into<Cow<'static, str>>, text: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            text: text.into(),
        }
    }
}

/// A record's fate, with the names of the events in it that nobody uses.
///
/// Ignoring is no fate of its own: an ignored event is [`Fate::Done`], but counted by its name, so
/// that a provider's new event does not go unseen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// What becomes of the record.
    pub fate: Fate,
    /// The names of ignored events, such as a `detail-type`: names of kinds, never of people.
    pub ignored: Vec<Cow<'static, str>>,
}

impl Judged {
    /// A record that holds one event that nobody uses.
    pub fn ignored(name: impl Into<Cow<'static, str>>) -> Self {
        Self {
            fate: Fate::Done,
            ignored: vec![name.into()],
        }
    }

    /// The judgement of a record that holds both: the worst fate, all ignored names.
    pub fn and(mut self, other: Self) -> Self {
        self.fate = Fate::worst(self.fate, other.fate);
        self.ignored.extend(other.ignored);
        self
    }
}

impl From<Fate> for Judged {
    fn from(fate: Fate) -> Self {
        Self {
            fate,
            ignored: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
