//! What a timeline shows of an interaction.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Channel, Direction, Related, Relation};
use crate::fact::Author;
use crate::ids::{EventId, InteractionId, Source};
use crate::interaction::{Interaction, Said};
use crate::outcome::{Money, Outcome};
use crate::personal::Personal;
use crate::phase::Phase;
use crate::promise::PromiseStatus;
use crate::time::Timestamp;

/// Where an interaction is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// A menu or bot serves the customer.
    Ivr,
    /// It rings at an agent.
    Ringing,
    /// It waits in a queue.
    Queued,
    /// Customer and agent talk.
    Active,
    /// The customer is on hold.
    Held,
    /// Over.
    Ended,
    /// The customer asked for an agent and was not answered.
    Abandoned,
    /// Nothing was heard of it for longer than such an interaction lasts; its end was lost.
    EndedUnknown,
    /// Somebody in the company has to act, or a document waits for the customer.
    Open,
    /// The customer has to answer.
    Pending,
    /// To come back later.
    Snoozed,
    /// Settled.
    Resolved,
}

impl State {
    /// Whether it is a call in progress.
    #[must_use]
    pub fn is_live(self) -> bool {
        matches!(
            self,
            Self::Ivr | Self::Ringing | Self::Queued | Self::Active | Self::Held
        )
    }

    /// Whether something is still to be done.
    #[must_use]
    pub fn is_open(self) -> bool {
        self.is_live() || matches!(self, Self::Open | Self::Pending | Self::Snoozed)
    }

    /// How long nothing may be heard of an interaction in this state before it counts as ended, in milliseconds.
    #[must_use]
    pub fn stale_after_ms(self, channel: Channel) -> Option<i64> {
        const HOUR: i64 = 3_600_000;
        match self {
            Self::Ivr | Self::Ringing | Self::Queued if channel == Channel::Call => Some(HOUR),
            Self::Active | Self::Held if channel == Channel::Call => Some(12 * HOUR),
            Self::Ivr | Self::Ringing | Self::Queued | Self::Active | Self::Held => {
                Some(7 * 24 * HOUR)
            }
            Self::Open | Self::Pending | Self::Snoozed if channel.is_conversation() => {
                Some(30 * 24 * HOUR)
            }
            Self::Open | Self::Pending | Self::Snoozed => None,
            Self::Ended | Self::Abandoned | Self::EndedUnknown | Self::Resolved => None,
        }
    }
}

/// What a timeline shows of an interaction; also what the index holds of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Which interaction.
    pub id: InteractionId,
    /// Its channel.
    pub channel: Channel,
    /// Who began it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// The system that it comes from.
    pub source: Source,
    /// Where it is in its life.
    pub state: State,
    /// When it began.
    pub started_at: Timestamp,
    /// When something last happened in it.
    pub last_at: Timestamp,
    /// When it ended, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// From its start to its end, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_s: Option<i64>,
    /// The queue that it was in last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// The agents who took part, in the order in which they came.
    #[serde(default)]
    pub agents: Vec<String>,
    /// Disposition or wrap-up code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disposition: Option<String>,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Personal>,
    /// The first words of what was last written. Never of a private note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<Personal>,
    /// Who wrote last: the customer, or an agent for the company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_author: Option<Author>,
    /// What the customer is called there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_name: Option<Personal>,
    /// Since when it is a complaint that nobody has settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_complaint_since: Option<Timestamp>,
    /// How it turned out so far, where that is more than its state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// When the outcome came about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome_at: Option<Timestamp>,
    /// The amount that a document is over, as it was last told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// When a document is due, as it was last told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// When a mail or a message of it last came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounced_at: Option<Timestamp>,
    /// The event that says that it is an open complaint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_complaint_event: Option<EventId>,
    /// The event that says that a mail or a message came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounced_event: Option<EventId>,
    /// When the receiver last reported a mail or a message of it as spam.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported_at: Option<Timestamp>,
    /// The event that says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported_event: Option<EventId>,
    /// When it last showed that what is sent to the customer arrives: it was delivered, opened or read, or the customer
    /// wrote from there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reached_at: Option<Timestamp>,
    /// The event that tells the outcome.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome_event: Option<EventId>,
    /// What the company promised, in the order in which it did: what is to be kept, and of what was kept or taken back
    /// the newest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub promises: Vec<PromiseStatus>,
    /// What agents noted last, the newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Said>,
    /// When something last went wrong for the customer on a website or in an app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_at: Option<Timestamp>,
    /// What that was, in the source's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Personal>,
    /// The event that tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_event: Option<EventId>,
    /// The chain of transfers that it is part of: where it began, came from, went to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<Related>,
    /// The score of a survey.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<i32>,
    /// The figure that the score counts for, such as `csat` or `nps`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub survey: Option<String>,
    /// The best score that could be given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best_score: Option<i32>,
    /// When the score was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scored_at: Option<Timestamp>,
    /// The event that tells the score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score_event: Option<EventId>,
}

impl Summary {
    /// How it reads at a given time: what was not heard of for too long has ended in a way that nobody knows.
    /// A late end corrects it, since the stored summary keeps the last known state.
    #[must_use]
    pub fn as_of(mut self, now: Timestamp) -> Self {
        let silent_ms = now.millis_since(self.last_at);
        if self
            .state
            .stale_after_ms(self.channel)
            .is_some_and(|limit| silent_ms > limit)
        {
            self.state = State::EndedUnknown;
        }
        let promises = self.promises.into_iter();
        self.promises = promises.map(|promise| promise.as_of(now)).collect();
        self
    }

    /// Whether it stays in view until somebody settles it, however old it is: a complaint or a promise is open.
    #[must_use]
    pub fn is_pinned(&self) -> bool {
        self.open_complaint_since.is_some() || self.promises.iter().any(PromiseStatus::is_open)
    }
}

impl Interaction {
    /// What a timeline shows of it. Does not depend on the time of asking: see [`Summary::as_of`].
    #[must_use]
    pub fn summary(&self) -> Summary {
        let record = self.record.get();
        let recorded_start = record.and_then(|record| record.started_at);
        let recorded_end = record.and_then(|record| record.ended_at);
        // A clock that is wrong may put the end before the start; nothing began after it ended.
        let started_at = [self.first_at, recorded_start, recorded_end]
            .into_iter()
            .flatten()
            .min()
            .or(self.noted_first_at)
            .unwrap_or(Timestamp::EPOCH);
        let ended_at = recorded_end
            .or(self.ended.get().copied())
            .filter(|_| self.is_over());
        let last_at = [self.last_at, recorded_end, recorded_start]
            .into_iter()
            .flatten()
            .max()
            .or(self.noted_last_at)
            .unwrap_or(started_at);
        let mut agents: Vec<String> = self.agents.iter().cloned().collect();
        if let Some(agent) = record.and_then(|record| record.agent.as_ref()) {
            // The record names the agent as people do; events of the same source know only ids.
            agents = vec![agent.clone()];
        }
        let turned_out = self.outcome.get();
        let open_complaint = self.open_complaint();
        let asked = self.asked.get();
        Summary {
            id: self.id.clone(),
            channel: self.channel(),
            direction: self.direction.get().copied(),
            source: self.id.source(),
            state: self.state(),
            started_at,
            last_at,
            ended_at,
            duration_s: ended_at.map(|end| end.millis_since(started_at) / 1000),
            queue: record
                .and_then(|record| record.queue.clone())
                .or_else(|| self.queue.get().cloned()),
            agents,
            disposition: self
                .disposition
                .get()
                .or(record.and_then(|record| record.disposition.as_ref()))
                .cloned(),
            subject: self.subject.get().cloned(),
            preview: self.preview.get().cloned(),
            last_author: self.wrote_last.get().copied(),
            customer_name: self.customer_name().cloned(),
            open_complaint_since: open_complaint.map(|(since, _)| since),
            outcome: turned_out.and_then(|turned_out| turned_out.outcome),
            outcome_at: turned_out
                .filter(|turned_out| turned_out.outcome.is_some())
                .map(|turned_out| turned_out.at),
            amount: self.amount.get().cloned(),
            due_at: self.due_at.get().copied(),
            bounced_at: self.bounced.get().copied(),
            open_complaint_event: open_complaint.and_then(|(_, event_id)| event_id.cloned()),
            bounced_event: self.bounced.event_id().cloned(),
            reported_at: self.reported.get().copied(),
            reported_event: self.reported.event_id().cloned(),
            reached_at: self.reached_at,
            outcome_event: turned_out
                .filter(|turned_out| turned_out.outcome.is_some())
                .and(self.outcome.event_id())
                .cloned(),
            promises: self.promises_shown(),
            notes: self.notes.iter().cloned().collect(),
            failed_at: self.trouble.get().map(|trouble| trouble.at),
            failure: self.trouble.get().map(|trouble| trouble.what.clone()),
            failure_event: self.trouble.event_id().cloned(),
            chain: self
                .related()
                .filter(|related| related.relation != Relation::Related)
                .cloned()
                .collect(),
            score: self.score.get().copied(),
            survey: asked.map(|asked| asked.survey.clone()),
            best_score: asked.and_then(|asked| asked.best),
            scored_at: asked.and_then(|asked| asked.at),
            score_event: self.score.event_id().cloned(),
        }
    }

    fn channel(&self) -> Channel {
        self.channel.get().copied().unwrap_or(Channel::Call)
    }

    fn is_over(&self) -> bool {
        self.phase.get() == Some(&Phase::Ended)
            || self
                .record
                .get()
                .is_some_and(|record| record.ended_at.is_some())
    }

    fn state(&self) -> State {
        if self.is_over() {
            return if self.gave_up() {
                State::Abandoned
            } else {
                State::Ended
            };
        }
        match self.phase.get() {
            Some(Phase::Ivr) => State::Ivr,
            Some(Phase::Ringing) => State::Ringing,
            Some(Phase::Queued) => State::Queued,
            Some(Phase::Active) => State::Active,
            Some(Phase::Held) => State::Held,
            Some(Phase::Open) => State::Open,
            Some(Phase::Pending) => State::Pending,
            Some(Phase::Snoozed) => State::Snoozed,
            Some(Phase::Resolved) => State::Resolved,
            Some(Phase::Ended) => State::Ended,
            None => self.state_without_phase(),
        }
    }

    /// The state of an interaction of which no event tells a state.
    fn state_without_phase(&self) -> State {
        match self.record.get() {
            Some(record) if record.answered_at.is_some() => State::Active,
            Some(record) if record.queued_at.is_some() => State::Queued,
            Some(_) => State::Ivr,
            // A conversation of a source that sends messages only: it is open once somebody wrote.
            None if self.channel() == Channel::Chat && !self.preview.is_empty() => State::Open,
            // A document of which only something aside is told, such as that it was looked at, still waits.
            None if matches!(self.channel(), Channel::Contract | Channel::Invoice) => State::Open,
            None => State::Ended,
        }
    }

    /// Whether the customer called, asked for an agent, and nobody answered.
    fn gave_up(&self) -> bool {
        let record = self.record.get();
        let answered =
            self.answered_at.is_some() || record.is_some_and(|record| record.answered_at.is_some());
        let sought =
            self.sought_at.is_some() || record.is_some_and(|record| record.queued_at.is_some());
        // What goes on in another contact was handed on, not given up: a queue's transfer, a queued callback.
        let goes_on = self
            .related()
            .any(|related| related.relation == Relation::Next);
        let inbound = self.direction.get() == Some(&Direction::Inbound);
        self.channel() == Channel::Call
            && inbound
            && sought
            && !answered
            && !self.forwarded
            && !goes_on
    }

    /// Since when it is a complaint that nobody has settled, and the event that says so.
    ///
    /// What people say of a complaint outranks what a record's attributes say. What was settled before they said it is
    /// not settled by that: a payment that is disputed later, a customer who complains again. That one is open since the
    /// customer complained again, and one that was not settled after all since the customer complained.
    fn open_complaint(&self) -> Option<(Timestamp, Option<&EventId>)> {
        if self.settled.get() == Some(&true) && !self.settled.is_before(&self.complaint) {
            return None;
        }
        match (self.complaint.get(), self.record.get()) {
            (Some(true), _) => {
                let first = self.complaints.first_since(&self.complaints_over);
                let first = first.map(|(event_id, since)| (*since, Some(event_id)));
                first.or_else(|| Some((self.complained_at?, self.complaint.event_id())))
            }
            (Some(false), _) => None,
            (None, Some(record)) if record.complaint == Some(true) => {
                let started_at = record.started_at.or(self.first_at);
                let since = started_at.or(self.noted_first_at)?;
                Some((since, self.record.event_id()))
            }
            (None, _) => None,
        }
    }
}
