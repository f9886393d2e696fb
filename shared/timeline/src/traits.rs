//! Traits: what is known of a customer as a person, each with its value, its source, its time and its rank.

use std::cmp::Reverse;
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
/// Most preferences of one identity: the rest of the vocabulary has room beside them.
pub const MAX_PREFERENCES: usize = MAX_TRAITS - TraitName::ALL.len();
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

    /// A preference by its key.
    ///
    /// # Errors
    /// Refuses a key that is empty, longer than 40 bytes, or has other characters than `a-z`, `0-9` and `_`.
    pub fn preference(key: &str) -> Result<Self, TraitNameError> {
        format!("{PREFERENCE}{key}").parse()
    }

    /// The key of a preference; `None` for the rest of the vocabulary.
    #[must_use]
    pub fn preference_key(&self) -> Option<&str> {
        self.0.strip_prefix(PREFERENCE)
    }

    fn is_preference(&self) -> bool {
        self.preference_key().is_some()
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

impl Trait {
    /// Where it stands among all that was ever said of this trait. Two that are equal in it are equal.
    fn order(&self) -> (Rank, Timestamp, &Option<Personal>, &Origin) {
        (self.rank, self.at, &self.value, &self.origin)
    }

    /// Whether a person took the value away.
    #[must_use]
    pub fn is_removed_by_a_person(&self) -> bool {
        self.value.is_none() && self.rank == Rank::Human
    }
}

impl Traits {
    /// What an event says of its customer as a person; nothing of what cannot be a trait's value, such as a language
    /// that is none. An event of a source that has no clock counts by its arrival.
    #[must_use]
    pub fn of_event(event: &Event) -> Self {
        let mut traits = Self::default();
        for (name, value) in event.traits.iter().take(MAX_TRAITS) {
            let Ok(value) = name.read(cut(value.expose(), MAX_TRAIT_BYTES)) else {
                continue;
            };
            traits.add(
                name.clone(),
                Trait {
                    value: Some(value),
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
    ///
    /// The vocabulary always has room. Beyond [`MAX_PREFERENCES`] those of sources go before those of people, and the
    /// last by name first. Which ones stay does not depend on the order in which they came, and no flood of a source's
    /// takes the place of what a person wrote.
    pub fn add(&mut self, name: TraitName, added: Trait) {
        match self.0.get(&name) {
            Some(kept) if kept.order() >= added.order() => {}
            _ => {
                self.0.insert(name, added);
            }
        }
        let preferences = || self.0.iter().filter(|(name, _)| name.is_preference());
        if preferences().count() > MAX_PREFERENCES {
            let least = preferences().max_by_key(|(name, kept)| (Reverse(kept.rank), *name));
            if let Some(least) = least.map(|(name, _)| name.clone()) {
                self.0.remove(&least);
            }
        }
    }

    /// The traits of a customer: those of all of the identities.
    #[must_use]
    pub fn joined<'a>(members: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut joined = Self::default();
        for member in members {
            joined.join(member);
        }
        joined
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

    /// One by its name, a removed one too.
    #[must_use]
    pub fn kept(&self, name: &TraitName) -> Option<&Trait> {
        self.0.get(name)
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
