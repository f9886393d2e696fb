//! What the agent has to know before speaking.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::Channel;
use crate::fact::Author;
use crate::ids::InteractionId;
use crate::naming::is_id;
use crate::outcome::Outcome;
use crate::personal::Personal;
use crate::summary::{State, Summary};
use crate::time::Timestamp;

/// Most warnings that a pop shows: an agent has three seconds.
pub const MAX_WARNINGS: usize = 8;
/// Most of them that only say that something is open: all that is open is listed beside them.
const MAX_OPEN_WARNINGS: usize = 3;
/// For how long an abandoned call is worth a warning, in milliseconds.
const ABANDONED_FOR_MS: i64 = 24 * 3_600_000;

/// What sort of thing the agent has to know. The order of the variants is that of their gravity.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum WarningKind {
    /// A complaint that nobody has settled.
    OpenComplaint,
    /// The customer called in the last 24 hours and nobody answered.
    AbandonedCall,
    /// A payment was tried and failed; the money is still owed.
    PaymentFailed,
    /// Mail to the customer comes back.
    BouncedEmail,
    /// Messages to the customer do not arrive.
    UndeliveredMessage,
    /// A conversation in which the customer may be waiting.
    OpenInteraction,
}

/// One warning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Warning {
    /// What it warns of.
    pub kind: WarningKind,
    /// Since when.
    pub since: Timestamp,
    /// The interaction behind it.
    pub interaction_id: InteractionId,
    /// A sentence for the agent.
    pub text: Personal,
}

/// The gravest kind first, within a kind the newest first.
pub(crate) fn warnings(timeline: &[Summary], now: Timestamp) -> Vec<Warning> {
    let mut warnings: Vec<Warning> = timeline
        .iter()
        .flat_map(|summary| warnings_of(summary, now))
        .collect();
    warnings.sort_by(|a, b| {
        (a.kind, b.since, &a.interaction_id).cmp(&(b.kind, a.since, &b.interaction_id))
    });
    // One bounced mail tells that the address is bad, one message that the number is; the others would only push
    // graver things off the screen.
    let (mut bounced, mut undelivered, mut open) = (0, 0, 0);
    warnings.retain(|warning| {
        let (count, most) = match warning.kind {
            WarningKind::BouncedEmail => (&mut bounced, 1),
            WarningKind::UndeliveredMessage => (&mut undelivered, 1),
            WarningKind::OpenInteraction => (&mut open, MAX_OPEN_WARNINGS),
            WarningKind::OpenComplaint
            | WarningKind::AbandonedCall
            | WarningKind::PaymentFailed => return true,
        };
        *count += 1;
        *count <= most
    });
    warnings.truncate(MAX_WARNINGS);
    warnings
}

fn warnings_of(summary: &Summary, now: Timestamp) -> Vec<Warning> {
    [
        complaint(summary),
        abandoned(summary, now),
        payment_failed(summary),
        returned(summary),
        open(summary),
    ]
    .into_iter()
    .flatten()
    .map(|(kind, since, text)| Warning {
        kind,
        since,
        interaction_id: summary.id.clone(),
        text: Personal::new(text),
    })
    .collect()
}

type Told = (WarningKind, Timestamp, String);

fn complaint(summary: &Summary) -> Option<Told> {
    let since = summary.open_complaint_since?;
    let what = if summary.outcome == Some(Outcome::Disputed) {
        "Payment disputed".to_owned()
    } else {
        format!("Open complaint by {}", summary.channel.name())
    };
    let text = format!("{what}{}", about(summary));
    Some((WarningKind::OpenComplaint, since, text))
}

fn abandoned(summary: &Summary, now: Timestamp) -> Option<Told> {
    let given_up_at = summary.ended_at.unwrap_or(summary.last_at);
    if summary.state != State::Abandoned || now.millis_since(given_up_at) > ABANDONED_FOR_MS {
        return None;
    }
    let queue = summary.queue.as_ref().filter(|queue| !is_id(queue));
    let queue = queue.map_or_else(String::new, |queue| format!(" in {queue}"));
    let text = format!("Called and was not answered{queue}");
    Some((WarningKind::AbandonedCall, summary.started_at, text))
}

fn payment_failed(summary: &Summary) -> Option<Told> {
    if summary.outcome != Some(Outcome::Failed) || !summary.state.is_open() {
        return None;
    }
    let since = summary.outcome_at.unwrap_or(summary.last_at);
    let text = format!("A payment failed{}", about(summary));
    Some((WarningKind::PaymentFailed, since, text))
}

fn returned(summary: &Summary) -> Option<Told> {
    let since = summary.bounced_at?;
    Some(match summary.channel {
        Channel::Email | Channel::Contract | Channel::Invoice | Channel::Survey => {
            let text = format!("Mail to this address came back{}", about(summary));
            (WarningKind::BouncedEmail, since, text)
        }
        // The words of the conversation say nothing of the number.
        Channel::Call | Channel::Chat | Channel::Web | Channel::Task => {
            let text = "A message to this number was not delivered".to_owned();
            (WarningKind::UndeliveredMessage, since, text)
        }
    })
}

fn open(summary: &Summary) -> Option<Told> {
    let in_chat = summary.channel == Channel::Chat;
    let answered =
        in_chat && summary.state == State::Open && summary.last_author == Some(Author::Agent);
    let waits = matches!(summary.state, State::Open | State::Pending | State::Snoozed)
        && matches!(
            summary.channel,
            Channel::Chat | Channel::Email | Channel::Task | Channel::Call
        );
    if !waits || answered || summary.open_complaint_since.is_some() {
        return None;
    }
    // A thread of a messenger goes on for months; it is the last thing said that waits.
    let since = if in_chat {
        summary.last_at
    } else {
        summary.started_at
    };
    let channel = capitalised(summary.channel.name());
    let text = format!("{channel} is open{}", about(summary));
    Some((WarningKind::OpenInteraction, since, text))
}

/// What it is about: its subject, else the customer's own words. What the company wrote says nothing of the matter.
fn about(summary: &Summary) -> String {
    let subject = summary.subject.as_ref();
    let subject = subject.filter(|subject| !is_id(subject.expose()));
    let words = summary.preview.as_ref();
    let words = words.filter(|_| summary.last_author == Some(Author::Customer));
    let about = subject.or(words);
    about.map_or_else(String::new, |about| format!(": {}", about.expose()))
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}
