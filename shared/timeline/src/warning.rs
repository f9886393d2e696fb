//! What the agent has to know before speaking.

mod abandoned;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::bounce::{Medium, in_vain};
use crate::event::Channel;
use crate::fact::Author;
use crate::ids::{EventId, InteractionId};
use crate::naming::is_id;
use crate::outcome::Outcome;
use crate::personal::{Personal, preview};
use crate::promise::{PromiseKind, PromiseState, PromiseStatus};
use crate::summary::{State, Summary};
use crate::survey::last_was_bad;
use crate::time::Timestamp;
use crate::words::{ago, span};

/// Most warnings that a pop shows: an agent has three seconds.
pub const MAX_WARNINGS: usize = 8;
/// Most of them that only say that something is open: all that is open is listed beside them.
const MAX_OPEN_WARNINGS: usize = 3;
/// Most warnings of one kind while others wait.
const MAX_OF_A_KIND: usize = 3;
/// For how long a customer who calls is likely to call about what went wrong on the website, in milliseconds.
pub const WEBSITE_FAILED_FOR_MS: i64 = 24 * 3_600_000;
/// How long before its time a promise is worth a warning, in milliseconds.
const DUE_SOON_MS: i64 = 24 * 3_600_000;
/// Longest description of what a warning is about, in characters.
const ABOUT_CHARS: usize = 80;

/// What sort of thing the agent has to know. The order of the variants is that of their gravity.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum WarningKind {
    /// A complaint that nobody has settled.
    OpenComplaint,
    /// Something that the company promised and has not done in time.
    OverduePromise,
    /// The customer was not content when last asked.
    BadSurvey,
    /// The customer called in the last 24 hours and nobody answered.
    AbandonedCall,
    /// Something went wrong for the customer on the website in the last 24 hours.
    WebsiteFailed,
    /// A payment was tried and failed; the money is still owed.
    PaymentFailed,
    /// Something that the company promised: its time comes within 24 hours, or none was set.
    OpenPromise,
    /// Mail to the customer comes back.
    BouncedEmail,
    /// Messages to the customer do not arrive.
    UndeliveredMessage,
    /// A conversation in which the customer may be waiting.
    OpenInteraction,
}

impl WarningKind {
    /// How many of a kind are shown. One bounced mail tells that the address is bad, one message that the number is;
    /// the others would only push graver things off the screen.
    fn most(self) -> usize {
        match self {
            Self::OpenComplaint | Self::OverduePromise | Self::PaymentFailed => MAX_WARNINGS,
            Self::OpenPromise | Self::OpenInteraction => MAX_OPEN_WARNINGS,
            Self::BadSurvey
            | Self::AbandonedCall
            | Self::WebsiteFailed
            | Self::BouncedEmail
            | Self::UndeliveredMessage => 1,
        }
    }
}

/// One warning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Warning {
    /// What it warns of.
    pub kind: WarningKind,
    /// Since when. Of a promise: when it was due, or is; when it was made where no time was set.
    pub since: Timestamp,
    /// The interaction behind it.
    pub interaction_id: InteractionId,
    /// The event behind it, where one event tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// A sentence for the agent.
    pub text: Personal,
}

/// The gravest kind first, within a kind the newest first.
///
/// Whether mail comes back is a matter of one address. Of a customer of one identity all interactions tell it together;
/// of a linked one nobody can say which address an interaction is about, so that each tells it by itself.
pub(crate) fn warnings(timeline: &[Summary], of_one: bool, now: Timestamp) -> Vec<Warning> {
    let mut warnings: Vec<Warning> = timeline
        .iter()
        .flat_map(|summary| warnings_of(summary, now))
        .collect();
    warnings.extend(last_was_bad(timeline).map(|summary| bad_survey(summary, now)));
    warnings.extend(abandoned::warning(timeline, now));
    let per_address = if of_one { timeline.len() } else { 1 };
    for of_one in timeline.chunks(per_address.max(1)) {
        let returned = Medium::ALL
            .into_iter()
            .filter_map(|medium| in_vain(of_one, medium));
        warnings.extend(returned.map(|(since, summary)| returned_since(summary, since, now)));
    }
    warnings.sort_by(|a, b| {
        (a.kind, b.since, &a.interaction_id, &a.event_id).cmp(&(
            b.kind,
            a.since,
            &b.interaction_id,
            &b.event_id,
        ))
    });
    // One that is both pinned and among the newest is one.
    warnings.dedup();
    share_places(warnings)
}

/// Keeps as many as there are places, in their order. None of a kind takes more than [`MAX_OF_A_KIND`] places while
/// others wait; where places are left, the gravest of the rest take them.
fn share_places(sorted: Vec<Warning>) -> Vec<Warning> {
    let (mut taken, mut kind, mut of_kind) = (Vec::new(), None, 0);
    let mut waiting = Vec::new();
    for (place, warning) in sorted.iter().enumerate() {
        of_kind = if kind == Some(warning.kind) {
            of_kind + 1
        } else {
            1
        };
        kind = Some(warning.kind);
        if of_kind <= warning.kind.most().min(MAX_OF_A_KIND) {
            taken.push(place);
        } else if of_kind <= warning.kind.most() {
            waiting.push(place);
        }
    }
    taken.extend(waiting);
    taken.truncate(MAX_WARNINGS);
    let shown = sorted.into_iter().enumerate();
    shown
        .filter_map(|(place, warning)| taken.contains(&place).then_some(warning))
        .collect()
}

/// A warning before it has its interaction.
struct Told {
    kind: WarningKind,
    since: Timestamp,
    event_id: Option<EventId>,
    text: String,
}

impl Told {
    fn of(self, summary: &Summary) -> Warning {
        Warning {
            kind: self.kind,
            since: self.since,
            interaction_id: summary.id.clone(),
            event_id: self.event_id,
            text: Personal::new(self.text),
        }
    }
}

fn warnings_of(summary: &Summary, now: Timestamp) -> impl Iterator<Item = Warning> {
    let promises = summary.promises.iter();
    let promises = promises.filter_map(move |status| promise(status.clone().as_of(now), now));
    [
        complaint(summary),
        website_failed(summary, now),
        payment_failed(summary, now),
        open(summary),
    ]
    .into_iter()
    .flatten()
    .chain(promises)
    .map(|told| told.of(summary))
}

fn complaint(summary: &Summary) -> Option<Told> {
    let since = summary.open_complaint_since?;
    let what = if summary.outcome == Some(Outcome::Disputed) {
        "Payment disputed".to_owned()
    } else {
        format!("Open complaint by {}", summary.channel.name())
    };
    Some(Told {
        kind: WarningKind::OpenComplaint,
        since,
        event_id: summary.open_complaint_event.clone(),
        text: format!("{what}{}", about(summary)),
    })
}

fn promise(status: PromiseStatus, now: Timestamp) -> Option<Told> {
    let promise = &status.promise;
    let what = match promise.promised {
        PromiseKind::Callback => "Callback",
        PromiseKind::Refund => "Refund",
        PromiseKind::Email => "Email",
        PromiseKind::Other => "Promise",
    };
    let (kind, since, when) = match (status.state, promise.due_at) {
        (PromiseState::Overdue, Some(due_at)) => {
            let late = span(now.millis_since(due_at));
            (
                WarningKind::OverduePromise,
                due_at,
                format!("is overdue for {late}"),
            )
        }
        (PromiseState::Open, Some(due_at)) if due_at.millis_since(now) <= DUE_SOON_MS => {
            let left = span(due_at.millis_since(now));
            (
                WarningKind::OpenPromise,
                due_at,
                format!("is due in {left}"),
            )
        }
        // Nothing else would ever remind anybody of it.
        (PromiseState::Open, None) => (
            WarningKind::OpenPromise,
            status.made_at,
            format!("was promised {}", ago(status.made_at, now)),
        ),
        (
            PromiseState::Open
            | PromiseState::Overdue
            | PromiseState::Kept
            | PromiseState::Withdrawn,
            _,
        ) => return None,
    };
    let owner = promise.owner.as_deref().filter(|owner| !is_id(owner));
    let owner = owner.map_or_else(
        || "nobody owns it".to_owned(),
        |owner| format!("owner {owner}"),
    );
    let text = promise.text.as_ref();
    let about = text.map_or_else(String::new, |text| {
        format!(": {}", preview(text.expose(), ABOUT_CHARS).expose())
    });
    Some(Told {
        kind,
        since,
        event_id: status.event_id.clone(),
        text: format!("{what} {when}, {owner}{about}"),
    })
}

fn bad_survey(summary: &Summary, now: Timestamp) -> Warning {
    let since = summary.scored_at.unwrap_or(summary.last_at);
    let survey = summary.survey.as_deref().filter(|survey| !is_id(survey));
    let survey = survey.unwrap_or("score");
    let score = summary.score.unwrap_or_default();
    let of = summary.best_score;
    let of = of.map_or_else(String::new, |best| format!(" of {best}"));
    let words = summary.preview.as_ref();
    let words = words.filter(|_| summary.channel == Channel::Survey);
    let words = words.map_or_else(String::new, |words| {
        format!(": “{}”", preview(words.expose(), ABOUT_CHARS).expose())
    });
    Told {
        kind: WarningKind::BadSurvey,
        since,
        event_id: summary.score_event.clone(),
        text: format!(
            "Not content when last asked, {}: {survey} {score}{of}{words}",
            ago(since, now)
        ),
    }
    .of(summary)
}

fn website_failed(summary: &Summary, now: Timestamp) -> Option<Told> {
    let since = summary.failed_at?;
    if now.millis_since(since) > WEBSITE_FAILED_FOR_MS {
        return None;
    }
    let failure = summary.failure.as_ref();
    let failure = failure.map_or_else(String::new, |failure| {
        format!(": {}", preview(failure.expose(), ABOUT_CHARS).expose())
    });
    Some(Told {
        kind: WarningKind::WebsiteFailed,
        since,
        event_id: summary.failure_event.clone(),
        text: format!("The website failed {}{failure}", ago(since, now)),
    })
}

fn payment_failed(summary: &Summary, now: Timestamp) -> Option<Told> {
    if summary.outcome != Some(Outcome::Failed) || !summary.state.is_open() {
        return None;
    }
    let since = summary.outcome_at.unwrap_or(summary.last_at);
    Some(Told {
        kind: WarningKind::PaymentFailed,
        since,
        event_id: summary.outcome_event.clone(),
        text: format!("A payment failed {}{}", ago(since, now), about(summary)),
    })
}

fn returned_since(summary: &Summary, since: Timestamp, now: Timestamp) -> Warning {
    let when = ago(since, now);
    let (kind, text) = match Medium::of(summary.channel) {
        Medium::Mail => (
            WarningKind::BouncedEmail,
            format!("Mail to this address came back {when}{}", about(summary)),
        ),
        // The words of the conversation say nothing of the number.
        Medium::Message => (
            WarningKind::UndeliveredMessage,
            format!("A message to this number was not delivered {when}"),
        ),
    };
    Told {
        kind,
        since,
        event_id: summary.bounced_event.clone(),
        text,
    }
    .of(summary)
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
    Some(Told {
        kind: WarningKind::OpenInteraction,
        since,
        event_id: None,
        text: format!("{channel} is open{}", about(summary)),
    })
}

/// What it is about: its subject, else the customer's own words. What the company wrote says nothing of the matter.
fn about(summary: &Summary) -> String {
    let subject = summary.subject.as_ref();
    let subject = subject.filter(|subject| !is_id(subject.expose()));
    let words = summary.preview.as_ref();
    let words = words.filter(|_| summary.last_author == Some(Author::Customer));
    let about = subject.or(words);
    about.map_or_else(String::new, |about| {
        format!(": {}", preview(about.expose(), ABOUT_CHARS).expose())
    })
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}
