//! The answer: a flat map of texts, the most needed first, and short enough for a flow to take.

use std::collections::BTreeMap;

use timeline::{PopState, ScreenPop, State, Summary, Warning, WarningKind, preview};

/// Most bytes of an answer as JSON. Amazon Connect takes 32 KB.
pub const MAX_ANSWER_BYTES: usize = 32_000;
/// Most open interactions that are told.
pub const MAX_OPEN: usize = 5;
/// Most warnings that are told.
pub const MAX_WARNINGS: usize = 5;
/// Longest text of a value, in characters. A flow reads it aloud or shows it to an agent.
const MAX_CHARS: usize = 200;

/// What a flow is told, as keys and values in the order of their use.
pub(crate) struct Answer(Vec<(String, String)>);

impl Answer {
    /// Nothing but a state, for a contact of which nobody can be asked for.
    pub(crate) fn of(state: PopState, stored: bool) -> Self {
        let mut answer = Self(Vec::new());
        answer.tell("state", state_name(state));
        answer.tell("stored", stored.to_string());
        answer
    }

    /// A pop as far as a flow can use it.
    pub(crate) fn of_pop(pop: &ScreenPop, stored: bool) -> Self {
        let mut answer = Self::of(pop.state, stored);
        if let Some(customer) = &pop.customer {
            answer.tell("customer_id", customer.id.as_str());
            answer.maybe(
                "customer_name",
                customer.name.as_ref().map(|name| name.expose()),
            );
            answer.tell("interactions", customer.interactions.to_string());
            answer.tell("more_interactions", customer.more_interactions.to_string());
            answer.maybe(
                "first_seen_at",
                customer.first_seen_at.map(|at| at.to_string()),
            );
        }
        // What happened under a number that is not one customer's is told to an agent, who can ask, and to no flow.
        if matches!(pop.state, PopState::Shared | PopState::Candidates) {
            return answer;
        }
        answer.tell("open_count", pop.open.len().to_string());
        answer.tell("warning_count", pop.warnings.len().to_string());
        let complaint = pop
            .warnings
            .iter()
            .find(|warning| warning.kind == WarningKind::OpenComplaint);
        answer.maybe(
            "complaint_since",
            complaint.map(|warning| warning.since.to_string()),
        );
        if let Some(last) = pop.timeline.first() {
            answer.interaction("last", last);
        }
        for (place, warning) in pop.warnings.iter().take(MAX_WARNINGS).enumerate() {
            answer.warning(place + 1, warning);
        }
        for (place, open) in pop.open.iter().take(MAX_OPEN).enumerate() {
            answer.interaction(&format!("open_{}", place + 1), open);
        }
        answer
    }

    /// The map, without the keys at the end for which there is no room.
    pub(crate) fn within(self, max_bytes: usize) -> BTreeMap<String, String> {
        let mut map = BTreeMap::new();
        let mut length = "{}".len();
        for (key, value) in self.0 {
            // As it stands in JSON: quoted, escaped, with colon and comma.
            let written =
                |text: &str| serde_json::to_string(text).map_or(usize::MAX, |json| json.len());
            length = length
                .saturating_add(written(&key))
                .saturating_add(written(&value))
                .saturating_add(":,".len());
            if length > max_bytes {
                break;
            }
            map.insert(key, value);
        }
        map
    }

    fn interaction(&mut self, prefix: &str, summary: &Summary) {
        let mut tell = |name: &str, value: Option<String>| {
            self.maybe(&format!("{prefix}_{name}"), value);
        };
        tell("channel", Some(summary.channel.name().to_owned()));
        tell("state", Some(interaction_state(summary.state).to_owned()));
        tell("at", Some(summary.last_at.to_string()));
        let subject = summary.subject.as_ref().or(summary.preview.as_ref());
        tell(
            "subject",
            subject.map(|subject| subject.expose().to_owned()),
        );
        tell("queue", summary.queue.clone());
        tell("agent", summary.agents.last().cloned());
        tell("id", Some(summary.id.as_str().to_owned()));
    }

    fn warning(&mut self, place: usize, warning: &Warning) {
        self.tell(&format!("warning_{place}"), warning.text.expose());
        self.tell(&format!("warning_{place}_kind"), warning_name(warning.kind));
        self.tell(&format!("warning_{place}_since"), warning.since.to_string());
    }

    fn maybe(&mut self, key: &str, value: Option<impl AsRef<str>>) {
        if let Some(value) = value {
            self.tell(key, value);
        }
    }

    /// An empty value is left out: a flow compares it with nothing.
    fn tell(&mut self, key: &str, value: impl AsRef<str>) {
        let value = preview(value.as_ref(), MAX_CHARS);
        if !value.expose().is_empty() {
            self.0.push((key.to_owned(), value.expose().to_owned()));
        }
    }
}

fn state_name(state: PopState) -> &'static str {
    match state {
        PopState::Match => "match",
        PopState::Candidates => "candidates",
        PopState::Shared => "shared",
        PopState::Anonymous => "anonymous",
        PopState::Unknown => "unknown",
        PopState::Degraded => "degraded",
    }
}

fn warning_name(kind: WarningKind) -> &'static str {
    match kind {
        WarningKind::OpenComplaint => "open_complaint",
        WarningKind::AbandonedCall => "abandoned_call",
        WarningKind::PaymentFailed => "payment_failed",
        WarningKind::BouncedEmail => "bounced_email",
        WarningKind::UndeliveredMessage => "undelivered_message",
        WarningKind::OpenInteraction => "open_interaction",
        WarningKind::OverduePromise => "overdue_promise",
        WarningKind::BadSurvey => "bad_survey",
        WarningKind::WebsiteFailed => "website_failed",
        WarningKind::OpenPromise => "open_promise",
    }
}

fn interaction_state(state: State) -> &'static str {
    match state {
        State::Ivr => "ivr",
        State::Ringing => "ringing",
        State::Queued => "queued",
        State::Active => "active",
        State::Held => "held",
        State::Ended => "ended",
        State::Abandoned => "abandoned",
        State::EndedUnknown => "ended_unknown",
        State::Open => "open",
        State::Pending => "pending",
        State::Snoozed => "snoozed",
        State::Resolved => "resolved",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_screen_pop() {
        let named = |value: serde_json::Result<serde_json::Value>| value.ok();
        for state in [
            PopState::Match,
            PopState::Candidates,
            PopState::Shared,
            PopState::Anonymous,
            PopState::Unknown,
            PopState::Degraded,
        ] {
            assert_eq!(
                named(serde_json::to_value(state)),
                Some(state_name(state).into())
            );
        }
        for kind in [
            WarningKind::OpenComplaint,
            WarningKind::AbandonedCall,
            WarningKind::PaymentFailed,
            WarningKind::BouncedEmail,
            WarningKind::UndeliveredMessage,
            WarningKind::OpenInteraction,
            WarningKind::OverduePromise,
            WarningKind::BadSurvey,
            WarningKind::WebsiteFailed,
            WarningKind::OpenPromise,
        ] {
            assert_eq!(
                named(serde_json::to_value(kind)),
                Some(warning_name(kind).into())
            );
        }
        for state in [
            State::Ivr,
            State::Ringing,
            State::Queued,
            State::Active,
            State::Held,
            State::Ended,
            State::Abandoned,
            State::EndedUnknown,
            State::Open,
            State::Pending,
            State::Snoozed,
            State::Resolved,
        ] {
            assert_eq!(
                named(serde_json::to_value(state)),
                Some(interaction_state(state).into())
            );
        }
    }

    #[test]
    fn what_has_no_room_is_left_out_from_the_end() {
        let mut answer = Answer::of(PopState::Match, true);
        for place in 0..1000 {
            answer.tell(&format!("key_{place}"), "\"é\u{1f600}".repeat(60));
        }
        let whole = answer.within(MAX_ANSWER_BYTES);
        let length = serde_json::to_string(&whole).map_or(0, |json| json.len());
        assert!((MAX_ANSWER_BYTES - 1000..=MAX_ANSWER_BYTES).contains(&length));
        assert_eq!(whole["state"], "match");
        assert!(whole.contains_key("key_0") && !whole.contains_key("key_999"));
        let none = Answer::of(PopState::Match, true).within(3);
        assert!(none.is_empty());
    }
}
