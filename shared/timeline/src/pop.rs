//! The screen pop: what the agent sees when the interaction starts.

mod candidates;
mod recall;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::identity::{Identity, IdentityKind, IdentityUri};
use crate::ids::{CustomerId, InteractionId, opaque};
use crate::personal::Personal;
use crate::profile::{Beyond, Profile, profile_etag};
use crate::story::{Story, stories, stories_linked};
use crate::summary::Summary;
use crate::time::Timestamp;
use crate::warning::{Warning, warnings};

pub use candidates::{
    Candidate, MAX_CANDIDATES, MAX_SHARING, not_rejected, possible_claims, references,
};
pub use recall::{Possible, Recall};

/// How sure the pop is of who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PopState {
    /// One customer is known under this identity.
    Match,
    /// Nobody is certain; these it could be, the likeliest first.
    Candidates,
    /// Several customers use this identity; all of them, in a fixed order. Never one of them.
    Shared,
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
    /// The id of its customer, whoever that turns out to be: what is linked, confirmed or rejected goes there, also where
    /// nobody is certain. None where nothing is known, and of a thing, which is nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<CustomerId>,
}

/// Who it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Customer {
    /// The customer's id.
    pub id: CustomerId,
    /// What the customer is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Personal>,
    /// Identities of the customer, in order.
    pub identities: Vec<IdentityUri>,
    /// Whether links hold several identities together.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub linked: bool,
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
    /// Who the customer is as a person; none of one who is only a candidate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Box<Profile>>,
}

impl Customer {
    /// The customer to whom an identity belongs, at a given time; `None` where several use it or nothing is known.
    #[must_use]
    pub fn of(asked: &IdentityUri, recall: &Recall, salt: &str, now: Timestamp) -> Option<Self> {
        let is_somebody =
            recall.standing.shared.is_none() && (recall.knows_anything() || recall.claimed);
        is_somebody.then(|| Self::told(asked, recall, &in_view(recall, now), salt))
    }

    fn told(asked: &IdentityUri, recall: &Recall, in_view: &[Summary], salt: &str) -> Self {
        let own = recall.of.as_ref().unwrap_or(asked);
        let beyond = Beyond {
            first_seen_at: recall.first_seen_at,
            more: recall.more,
            members: &recall.traits.values().collect::<Vec<_>>(),
        };
        let profile = Profile::of(&recall.joined_traits(), in_view, beyond);
        let identities = recall.standing.links.identities(own);
        Self {
            id: recall.standing.links.customer_id(own, salt),
            name: profile.name.as_ref().map(|name| name.value.clone()),
            linked: identities.len() > 1,
            identities: identities.into_iter().collect(),
            first_seen_at: recall
                .first_seen_at
                .or_else(|| in_view.iter().map(|summary| summary.started_at).min()),
            last_seen_at: in_view.iter().map(|summary| summary.last_at).max(),
            interactions: recall.recent.len(),
            more_interactions: recall.more,
            profile: Some(Box::new(profile)),
        }
    }
}

/// The entity tag of a customer's profile, to which a change of it can be bound.
#[must_use]
pub fn recalled_etag(asked: &IdentityUri, recall: &Recall) -> String {
    let own = recall.of.as_ref().unwrap_or(asked);
    profile_etag(
        &recall.standing.links.identities(own),
        &recall.joined_traits(),
    )
}

/// All interactions that a pop looks through, as they read at a given time: the newest, then what is pinned beyond them.
fn in_view(recall: &Recall, now: Timestamp) -> Vec<Summary> {
    let summaries = recall.recent.iter().chain(&recall.pinned).cloned();
    summaries.map(|summary| summary.as_of(now)).collect()
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
    /// The interaction that was asked for: whose call or chat the pop is about, and at whose desk it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interaction: Option<Box<Summary>>,
    /// Who it is, where that is certain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<Customer>,
    /// What the agent has to know, the gravest first.
    pub warnings: Vec<Warning>,
    /// What is still to be done, newest first.
    pub open: Vec<Summary>,
    /// What happened, newest first.
    pub timeline: Vec<Summary>,
    /// Contacts of the timeline, and of what is open, that were transferred into one another, newest first.
    #[serde(default)]
    pub stories: Vec<Story>,
    /// Where the timeline goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    /// Whom it could be, too.
    #[serde(default)]
    pub candidates: Vec<Candidate>,
    /// Whether it could be more than these.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more_candidates: bool,
}

impl ScreenPop {
    /// The pop of somebody who withholds the number. Each has an id of its own: nothing tells one such call from another,
    /// so none may be taken for a repetition.
    #[must_use]
    pub fn anonymous(now: Timestamp) -> Self {
        Self::empty(PopState::Anonymous, &["anonymous", &now.to_string()])
    }

    /// The pop of an interaction of which nobody knows whose it is; `degraded` where that could not be read.
    #[must_use]
    pub fn of_nobody(interaction: &InteractionId, degraded: bool) -> Self {
        let state = if degraded {
            PopState::Degraded
        } else {
            PopState::Unknown
        };
        Self::empty(
            state,
            &["nobody", interaction.as_str(), &format!("{state:?}")],
        )
    }

    /// The same as the pop of an interaction: another contact of the same customer is another pop.
    #[must_use]
    pub fn about(mut self, interaction: Summary, now: Timestamp) -> Self {
        self.pop_id = pop_id(&[&self.pop_id, interaction.id.as_str()]);
        self.interaction = Some(Box::new(interaction.as_of(now)));
        self
    }

    fn empty(state: PopState, key: &[&str]) -> Self {
        Self {
            pop_id: pop_id(key),
            state,
            identity: None,
            interaction: None,
            customer: None,
            warnings: Vec::new(),
            open: Vec::new(),
            timeline: Vec::new(),
            stories: Vec::new(),
            next_cursor: None,
            candidates: Vec::new(),
            more_candidates: false,
        }
    }

    /// Assembles what an agent sees of an identity at a given time.
    #[must_use]
    pub fn assemble(identity: &Identity, mut recall: Recall, salt: &str, now: Timestamp) -> Self {
        recall.possible.retain(|one| !one.is_bare_visitor());
        let pop_id = pop_id(&[salt, identity.uri.expose(), &recall.fingerprint()]);
        let mut in_view = in_view(&recall, now);
        let timeline = in_view[..recall.recent.len()].to_vec();
        let shared = recall.standing.shared.as_ref();
        let candidates = candidates::candidates(&recall.possible, shared, salt, now);
        let state = state(&recall, &in_view);
        let is_told = recall.knows_anything() || recall.claimed;
        let customer = is_certain(&recall, &in_view)
            .then(|| Customer::told(&identity.uri, &recall, &in_view, salt));
        let warnings = warnings(&in_view, recall.standing.links.is_empty(), now);
        let stories = if shared.is_some() {
            stories_linked(&in_view)
        } else {
            stories(&in_view)
        };
        in_view.retain(|summary| summary.state.is_open() || summary.is_pinned());
        Self {
            pop_id,
            state,
            identity: Some(AskedIdentity {
                uri: identity.uri.clone(),
                kind: identity.uri.kind(),
                raw: identity.raw.clone(),
                customer_id: (!identity.uri.is_thing() && is_told)
                    .then(|| CustomerId::implied_by(&identity.uri, salt)),
            }),
            interaction: None,
            customer,
            warnings,
            open: in_view,
            stories,
            timeline,
            next_cursor: recall.next_cursor,
            candidates,
            more_candidates: recall.more_possible,
        }
    }
}

fn state(recall: &Recall, in_view: &[Summary]) -> PopState {
    if recall.incomplete || recall.unsure {
        PopState::Degraded
    } else if recall.standing.shared.is_some() {
        PopState::Shared
    } else if is_certain(recall, in_view) {
        PopState::Match
    } else if recall.possible.is_empty() {
        PopState::Unknown
    } else {
        PopState::Candidates
    }
}

/// Whether the identity stands for one customer. The call that is just ringing makes nobody known to whom a claim gives a
/// better name; without one, it is a customer who calls for the first time.
fn is_certain(recall: &Recall, in_view: &[Summary]) -> bool {
    if recall.unsure || recall.standing.shared.is_some() {
        return false;
    }
    let past = in_view.iter().any(|summary| !summary.state.is_live());
    // Whoever wrote of a thing does not make its customer any less certain.
    let is_somebody_else = recall.possible.iter().any(|one| !one.claim.own.is_thing());
    past || !recall.standing.links.is_empty()
        || !recall.traits.is_empty()
        || (!is_somebody_else && !in_view.is_empty())
}

/// Depends on who is asked for and what is known, not on when it is asked. All that is known counts: a mail in an
/// older thread or a settled complaint is a change, too.
fn pop_id(of: &[&str]) -> String {
    let parts: Vec<_> = std::iter::once("pop").chain(of.iter().copied()).collect();
    format!("pop_{}", opaque(&parts))
}
