//! One recorded fact of an interaction.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::claim::Claim;
use crate::fact::Fact;
use crate::identity::Identity;
use crate::ids::{EventId, InteractionId, Source};
use crate::personal::Personal;
use crate::time::Timestamp;
use crate::traits::TraitName;

/// How far ahead of its arrival an event may claim to have happened. A clock that is further ahead counts as this.
pub const MAX_CLOCK_AHEAD_MS: i64 = 5 * 60 * 1000;
/// Most participants, and most related interactions, that one event names.
pub const MAX_NAMED: usize = 16;

/// The way in which the customer and the company met.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A telephone call.
    Call,
    /// A chat or a messenger conversation.
    Chat,
    /// An email thread.
    Email,
    /// A visit to a website or app.
    Web,
    /// A task for an agent that no conversation belongs to.
    Task,
    /// A bid or contract.
    Contract,
    /// An invoice and its payment.
    Invoice,
    /// A survey that the customer was asked to answer.
    Survey,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 8] = [
        Self::Call,
        Self::Chat,
        Self::Email,
        Self::Web,
        Self::Task,
        Self::Contract,
        Self::Invoice,
        Self::Survey,
    ];

    /// Its name in the API and the vocabulary.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Chat => "chat",
            Self::Email => "email",
            Self::Web => "web",
            Self::Task => "task",
            Self::Contract => "contract",
            Self::Invoice => "invoice",
            Self::Survey => "survey",
        }
    }

    /// Whether people talk in it, so that a customer may be waiting for an answer.
    #[must_use]
    pub fn is_conversation(self) -> bool {
        matches!(self, Self::Call | Self::Chat | Self::Email | Self::Task)
    }
}

/// Who began it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The customer.
    Inbound,
    /// The company.
    Outbound,
}

/// How another interaction belongs to this one.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// Where the chain of transfers began.
    Initial,
    /// It was transferred from there.
    Previous,
    /// It was transferred to there.
    Next,
    /// Otherwise the same story.
    Related,
}

/// A pointer to another interaction of the same story.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Related {
    /// How it belongs here.
    pub relation: Relation,
    /// Which one.
    pub interaction_id: InteractionId,
}

/// One immutable fact of one interaction, as a source reported it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// The interaction it belongs to.
    pub interaction_id: InteractionId,
    /// Its id within the interaction, from the provider's immutable fields.
    pub id: EventId,
    /// The system that reported it.
    pub source: Source,
    /// The channel of the interaction.
    pub channel: Channel,
    /// When it happened there; `None` for sources that have no clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<Timestamp>,
    /// When it arrived here. Not part of what the event says.
    pub received_at: Timestamp,
    /// Which version of a record that is sent again it is. Source: `LastUpdateTimestamp` of a contact record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Timestamp>,
    /// Who began the interaction, where the event tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// The customer, where the event names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<Identity>,
    /// The customer's address as the source wrote it, where it is no identity that can be read: to call back or to
    /// understand later, never to match by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread_customer: Option<Personal>,
    /// What the customer is called there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_name: Option<Personal>,
    /// Other identities that took part or that the customer gave; they never move the interaction.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub participants: Vec<Identity>,
    /// Identities that the source says are the customer's, too. They count where the event names its customer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Claim>,
    /// What the source says of the customer as a person. It counts where the event names its customer.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub traits: BTreeMap<TraitName, Personal>,
    /// Other interactions of the same story.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<Related>,
    /// What happened.
    pub fact: Fact,
}

impl Event {
    /// An event with nothing but what each one has.
    #[must_use]
    pub fn new(
        interaction_id: InteractionId,
        id: EventId,
        source: Source,
        channel: Channel,
        fact: Fact,
    ) -> Self {
        Self {
            interaction_id,
            id,
            source,
            channel,
            occurred_at: None,
            received_at: Timestamp::EPOCH,
            version: None,
            direction: None,
            customer: None,
            unread_customer: None,
            customer_name: None,
            participants: Vec::new(),
            claims: Vec::new(),
            traits: BTreeMap::new(),
            related: Vec::new(),
            fact,
        }
    }

    /// When it counts as having happened: as the source says, but at most [`MAX_CLOCK_AHEAD_MS`] after it arrived.
    /// `None` for sources without a clock, whose order is that of their states.
    #[must_use]
    pub fn effective_at(&self) -> Option<Timestamp> {
        self.occurred_at.map(|at| self.not_ahead(at))
    }

    /// When it happened as near as can be told: by the source's clock, else by its arrival.
    #[must_use]
    pub fn happened_at(&self) -> Timestamp {
        self.effective_at().unwrap_or(self.received_at)
    }

    /// A time of this event's source, held to at most [`MAX_CLOCK_AHEAD_MS`] after the event arrived.
    #[must_use]
    pub fn not_ahead(&self, at: Timestamp) -> Timestamp {
        at.min(self.received_at.plus_millis(MAX_CLOCK_AHEAD_MS))
    }

    /// A digest of what the event says. The time of its arrival is no part of it: the same event sent again has the
    /// same digest, and another event under the same id has not.
    #[must_use]
    pub fn content_hash(&self) -> String {
        let said = Self {
            received_at: Timestamp::EPOCH,
            ..self.clone()
        };
        // An event holds strings, integers and lists only, so it always serializes.
        let json = serde_json::to_vec(&said).unwrap_or_default();
        data_encoding::HEXLOWER.encode(&Sha256::digest(json))
    }

    /// The event under an account, where a system is connected several times: the ids of its interaction and of those
    /// that it points to get the account's name, so that two systems that count alike never meet.
    #[must_use]
    pub fn within(mut self, account: Option<&str>) -> Self {
        if let Some(account) = account {
            let own = self.interaction_id.source();
            self.interaction_id = self.interaction_id.within(account);
            for related in &mut self.related {
                if related.interaction_id.source() == own {
                    related.interaction_id = related.interaction_id.within(account);
                }
            }
        }
        self
    }

    /// Drops pointers of the interaction to itself (some systems fill a transfer's fields with the call's own id)
    /// and what goes beyond [`MAX_NAMED`].
    #[must_use]
    pub fn tidy(mut self) -> Self {
        let own = self.interaction_id.clone();
        self.related.retain(|related| related.interaction_id != own);
        self.related.truncate(MAX_NAMED);
        let customer = self.customer.as_ref().map(|customer| customer.uri.clone());
        self.participants
            .retain(|participant| Some(&participant.uri) != customer.as_ref());
        self.participants.truncate(MAX_NAMED);
        self.claims
            .retain(|claim| Some(&claim.identity.uri) != customer.as_ref());
        self.claims.truncate(MAX_NAMED);
        self
    }
}
