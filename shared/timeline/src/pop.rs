//! The screen pop: what the agent sees when the interaction starts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::identity::{Identity, IdentityKind, IdentityUri};
use crate::ids::{CustomerId, opaque};
use crate::personal::Personal;
use crate::story::{Story, stories};
use crate::summary::Summary;
use crate::time::Timestamp;
use crate::warning::{Warning, warnings};

/// How sure the pop is of who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PopState {
    /// One customer is known under this identity.
    Match,
    /// The caller withholds the number. Never a customer.
    Anonymous,
    /// Nothing is known under this identity.
    Unknown,
    /// Something could not be read in time; what could be read is here.
    Degraded,
}

/// The identity that was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AskedIdentity {
    /// Its canonical form.
    pub uri: IdentityUri,
    /// What sort it is.
    pub kind: IdentityKind,
    /// As it was asked for.
    pub raw: Personal,
}

/// Who it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Customer {
    /// The customer's id.
    pub id: CustomerId,
    /// What the customer is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Personal>,
    /// Identities of the customer.
    pub identities: Vec<IdentityUri>,
    /// When the customer was first seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_seen_at: Option<Timestamp>,
    /// When the customer was last seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen_at: Option<Timestamp>,
    /// How many interactions there are; at least so many when `more_interactions` is true.
    pub interactions: usize,
    /// Whether there are more than were counted: a pop reads one page, however long the history.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more_interactions: bool,
}

/// A customer that the caller could be. None before customers can be linked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Candidate {
    /// The customer.
    pub customer: Customer,
    /// How likely, from 0 to 100.
    pub score: u8,
    /// Why.
    pub evidence: Vec<String>,
}

/// What the agent sees when the interaction starts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScreenPop {
    /// The same for the same question as long as nothing changes, so that a pop shown twice is shown once.
    pub pop_id: String,
    /// How sure the pop is of who it is.
    pub state: PopState,
    /// The identity that was asked for; none when the number is withheld.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<AskedIdentity>,
    /// Who it is, where somebody is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<Customer>,
    /// What the agent has to know, the gravest first.
    pub warnings: Vec<Warning>,
    /// What is still to be done, newest first.
    pub open: Vec<Summary>,
    /// What happened, newest first.
    pub timeline: Vec<Summary>,
    /// Contacts of the timeline that were transferred into one another, newest first.
    #[serde(default)]
    pub stories: Vec<Story>,
    /// Where the timeline goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    /// Whom it could be.
    #[serde(default)]
    pub candidates: Vec<Candidate>,
}

/// What the store could say of an identity.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recall {
    /// The newest interactions under the identity, newest first.
    pub recent: Vec<Summary>,
    /// Whether there are older ones.
    pub more: bool,
    /// When the first interaction of all began.
    pub first_seen_at: Option<Timestamp>,
    /// Where the timeline goes on.
    pub next_cursor: Option<String>,
    /// Whether anything is known of the identity beyond what its interactions imply.
    pub known: bool,
    /// Whether some of it could not be read.
    pub incomplete: bool,
}

impl ScreenPop {
    /// The pop of somebody who withholds the number. Each has an id of its own: nothing tells one such call from another,
    /// so none may be taken for a repetition.
    #[must_use]
    pub fn anonymous(now: Timestamp) -> Self {
        Self {
            pop_id: format!("pop_{}", opaque(&["pop", "anonymous", &now.to_string()])),
            state: PopState::Anonymous,
            identity: None,
            customer: None,
            warnings: Vec::new(),
            open: Vec::new(),
            timeline: Vec::new(),
            stories: Vec::new(),
            next_cursor: None,
            candidates: Vec::new(),
        }
    }

    /// Assembles what an agent sees of an identity at a given time.
    #[must_use]
    pub fn assemble(identity: &Identity, recall: Recall, salt: &str, now: Timestamp) -> Self {
        let pop_id = pop_id(identity, &recall, salt);
        let timeline: Vec<Summary> = recall
            .recent
            .into_iter()
            .map(|summary| summary.as_of(now))
            .collect();
        let open: Vec<Summary> = timeline
            .iter()
            .filter(|summary| summary.state.is_open())
            .cloned()
            .collect();
        let customer = (recall.known || !timeline.is_empty()).then(|| Customer {
            id: CustomerId::implied_by(&identity.uri, salt),
            name: timeline
                .iter()
                .find_map(|summary| summary.customer_name.clone()),
            identities: vec![identity.uri.clone()],
            first_seen_at: recall
                .first_seen_at
                .or_else(|| timeline.last().map(|summary| summary.started_at)),
            last_seen_at: timeline.iter().map(|summary| summary.last_at).max(),
            interactions: timeline.len(),
            more_interactions: recall.more,
        });
        let state = match (&customer, recall.incomplete) {
            (_, true) => PopState::Degraded,
            (Some(_), false) => PopState::Match,
            (None, false) => PopState::Unknown,
        };
        Self {
            pop_id,
            state,
            identity: Some(AskedIdentity {
                uri: identity.uri.clone(),
                kind: identity.uri.kind(),
                raw: identity.raw.clone(),
            }),
            customer,
            warnings: warnings(&timeline, now),
            open,
            stories: stories(&timeline),
            timeline,
            next_cursor: recall.next_cursor,
            candidates: Vec::new(),
        }
    }
}

/// Depends on who is asked for and what is known, not on when it is asked. All that is known counts: a mail in an
/// older thread or a settled complaint is a change, too.
fn pop_id(identity: &Identity, recall: &Recall, salt: &str) -> String {
    // Summaries hold strings, integers and lists only, so they always serialize.
    let known = serde_json::to_string(&(&recall.recent, recall.incomplete)).unwrap_or_default();
    format!(
        "pop_{}",
        opaque(&["pop", salt, identity.uri.expose(), &known])
    )
}
