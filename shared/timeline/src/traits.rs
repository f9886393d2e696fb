//! Traits: what is known of a customer as a person, each with its value, its source, its time and its rank.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::event::Event;
use crate::ids::{EventId, InteractionId, Source};
use crate::personal::{Personal, cut};
use crate::time::Timestamp;

/// Most traits of one identity.
pub const MAX_TRAITS: usize = 64;
/// Longest value of a trait, in bytes.
pub const MAX_TRAIT_BYTES: usize = 1024;
/// Longest name of a preference.
const MAX_PREFERENCE: usize = 40;
/// What the names of preferences begin with.
pub const PREFERENCE: &str = "preferences.";

/// Which trait: one of the vocabulary, or `preferences.<name>`.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct TraitName(String);

/// A name that is no trait's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "is not a trait: name, company, language, time_zone, address, lifecycle_stage or preferences.<name>"
)]
pub struct TraitNameError;

/// Who may overwrite whom.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Rank {
    /// A source said so in an event.
    Automation,
    /// A person wrote it.
    Human,
}

/// One trait's value and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Trait {
    /// The value; none where a person removed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Personal>,
    /// Who may overwrite it.
    pub rank: Rank,
    /// When it was so.
    pub at: Timestamp,
    /// Where it comes from.
    #[serde(flatten)]
    pub origin: Origin,
}

/// Where a trait comes from: an event or an actor.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Origin {
    /// An event told it.
    Event {
        /// The system.
        source: Source,
        /// The interaction.
        interaction_id: InteractionId,
        /// The event.
        event_id: EventId,
    },
    /// Somebody wrote it.
    Actor {
        /// Who.
        by: Actor,
    },
}

/// Traits by name. Adding is a join: any order and any repetition give the same.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Traits(BTreeMap<TraitName, Trait>);

impl TraitName {
    /// The names of the vocabulary beside preferences.
    pub const ALL: [&'static str; 6] = [
        "name",
        "company",
        "language",
        "time_zone",
        "address",
        "lifecycle_stage",
    ];

    /// What the customer is called.
    #[must_use]
    pub fn name() -> Self {
        Self("name".to_owned())
    }

    /// The language that the customer speaks: a BCP 47 tag.
    #[must_use]
    pub fn language() -> Self {
        Self("language".to_owned())
    }

    /// Where the company and the customer stand: prospect, lead, customer, former.
    #[must_use]
    pub fn lifecycle_stage() -> Self {
        Self("lifecycle_stage".to_owned())
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TraitName {
    type Err = TraitNameError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let is_preference = name.strip_prefix(PREFERENCE).is_some_and(|key| {
            !key.is_empty()
                && key.len() <= MAX_PREFERENCE
                && key
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        });
        if is_preference || Self::ALL.contains(&name) {
            Ok(Self(name.to_owned()))
        } else {
            Err(TraitNameError)
        }
    }
}

impl TryFrom<String> for TraitName {
    type Error = TraitNameError;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        name.parse()
    }
}

impl From<TraitName> for String {
    fn from(name: TraitName) -> Self {
        name.0
    }
}

impl fmt::Display for TraitName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Traits {
    /// What an event says of its customer as a person.
    #[must_use]
    pub fn of_event(event: &Event) -> Self {
        let mut traits = Self::default();
        for (name, value) in event.traits.iter().take(MAX_TRAITS) {
            traits.add(
                name.clone(),
                Trait {
                    value: Some(cut(value.expose(), MAX_TRAIT_BYTES).into()),
                    rank: Rank::Automation,
                    at: event.happened_at(),
                    origin: Origin::Event {
                        source: event.source.clone(),
                        interaction_id: event.interaction_id.clone(),
                        event_id: event.id.clone(),
                    },
                },
            );
        }
        traits
    }

    /// Adds a value, which counts if it outranks what is there, or is newer within the rank.
    pub fn add(&mut self, name: TraitName, added: Trait) {
        let order = |of: &Trait| (of.rank, of.at, of.origin.clone(), of.value.clone());
        match self.0.get(&name) {
            Some(kept) if order(kept) >= order(&added) => {}
            Some(_) => {
                self.0.insert(name, added);
            }
            None if self.0.len() < MAX_TRAITS => {
                self.0.insert(name, added);
            }
            None => {}
        }
    }

    /// Adds all of others.
    pub fn join(&mut self, others: &Self) {
        for (name, value) in &others.0 {
            self.add(name.clone(), value.clone());
        }
    }

    /// The traits that have a value, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&TraitName, &Trait)> {
        self.0.iter().filter(|(_, kept)| kept.value.is_some())
    }

    /// All of them, removed ones too.
    pub fn all(&self) -> impl Iterator<Item = (&TraitName, &Trait)> {
        self.0.iter()
    }

    /// One that has a value.
    #[must_use]
    pub fn get(&self, name: &TraitName) -> Option<&Personal> {
        self.0.get(name).and_then(|kept| kept.value.as_ref())
    }

    /// Whether there is none, not even a removed one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
