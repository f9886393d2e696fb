//! A customer's profile: who it is as a person, how far the company has come with it, and how it returns.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Channel, Direction, Relation};
use crate::identity::IdentityUri;
use crate::ids::{InteractionId, Source, opaque};
use crate::outcome::Outcome;
use crate::personal::Personal;
use crate::summary::Summary;
use crate::time::Timestamp;
use crate::traits::{Origin, Rank, Trait, TraitName, Traits};

/// How often something has to have happened to be called usual.
const LEAST_TO_BE_USUAL: usize = 2;
/// Milliseconds of an hour.
const HOUR_MS: i64 = 3_600_000;

/// Where the company and the customer stand.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Lifecycle {
    /// Something was offered.
    Prospect,
    /// Somebody says that they will buy.
    Lead,
    /// They have signed or paid.
    Customer,
    /// They were one.
    Former,
}

/// What is behind something that is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Behind {
    /// A trait's own origin: an event, or somebody who wrote it.
    Origin(Origin),
    /// An interaction, of which it is read.
    Interaction {
        /// The system.
        source: Source,
        /// Which interaction.
        interaction_id: InteractionId,
    },
}

/// One value of a profile, with what is behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Shown{T}")]
pub struct Shown<T> {
    /// The value.
    pub value: T,
    /// Who may overwrite it: what a person wrote is not overwritten by a source.
    pub rank: Rank,
    /// When it was so.
    pub at: Timestamp,
    /// What is behind it.
    #[serde(flatten)]
    pub behind: Behind,
}

/// The contact before the present one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LastContact {
    /// Its channel.
    pub channel: Channel,
    /// When it began.
    pub at: Timestamp,
    /// Which interaction.
    pub interaction_id: InteractionId,
}

/// How a customer returns. A contact is a call, a chat or an email thread that the company did not begin; what was
/// handed on from one interaction to the next is one contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Returning {
    /// When the first interaction of all began.
    pub first_contact_at: Timestamp,
    /// How many contacts there are; at least so many when `more_contacts` is true.
    pub contacts: usize,
    /// Whether there are older interactions than were counted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more_contacts: bool,
    /// The last contact that is not going on now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<LastContact>,
    /// The channel of most contacts, the one used last among equals; none before one was used twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usual_channel: Option<Channel>,
    /// The hour of the day in UTC (0 to 23) in which most contacts began, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usual_hour_utc: Option<u8>,
}

/// Who a customer is, as far as it was said. Each value has what is behind it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Profile {
    /// What the customer is called: as it was stated, else as the newest interaction says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Shown<Personal>>,
    /// The company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<Shown<Personal>>,
    /// The language to speak: a BCP 47 tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Shown<Personal>>,
    /// Where the customer's clock is: a name of the IANA time zone database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<Shown<Personal>>,
    /// The postal address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Shown<Personal>>,
    /// Where company and customer stand: as it was stated, else as the documents tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifecycle_stage: Option<Shown<Lifecycle>>,
    /// What the customer prefers, by key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub preferences: BTreeMap<String, Shown<Personal>>,
    /// The languages that were stated under any of the identities: the one to speak first, then the newest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<Shown<Personal>>,
    /// How the customer returns; none before there is an interaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returning: Option<Returning>,
}

/// What is known beyond the timeline that a profile is read of.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beyond<'a> {
    /// When the first interaction of all began, where that is known.
    pub first_seen_at: Option<Timestamp>,
    /// Whether there are older interactions than the timeline has.
    pub more: bool,
    /// The traits of each of the customer's identities, for the languages that did not prevail.
    pub members: &'a [&'a Traits],
}

impl Lifecycle {
    const ALL: [Self; 4] = [Self::Prospect, Self::Lead, Self::Customer, Self::Former];

    /// Its name in the vocabulary.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Prospect => "prospect",
            Self::Lead => "lead",
            Self::Customer => "customer",
            Self::Former => "former",
        }
    }

    /// The stage of that name, in any case.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let mut stages = Self::ALL.into_iter();
        stages.find(|stage| stage.name().eq_ignore_ascii_case(name))
    }

    /// What a document tells by how it turned out. Money that was given back or is disputed was paid before.
    fn told_by(document: &Summary) -> Option<Self> {
        if !matches!(document.channel, Channel::Contract | Channel::Invoice) {
            return None;
        }
        Some(match document.outcome {
            Some(Outcome::Signed | Outcome::Paid | Outcome::Refunded | Outcome::Disputed) => {
                Self::Customer
            }
            _ => Self::Prospect,
        })
    }
}

impl<T> Shown<T> {
    /// Something that is read of an interaction.
    fn read_of(summary: &Summary, value: T, at: Timestamp) -> Self {
        Self {
            value,
            rank: Rank::Automation,
            at,
            behind: Behind::Interaction {
                source: summary.source.clone(),
                interaction_id: summary.id.clone(),
            },
        }
    }

    fn stated(stated: &Trait, value: T) -> Self {
        Self {
            value,
            rank: stated.rank,
            at: stated.at,
            behind: Behind::Origin(stated.origin.clone()),
        }
    }
}

impl Profile {
    /// The profile of a customer with these traits, those of all identities joined, and this timeline, in any order and
    /// as it reads now ([`Summary::as_of`]).
    #[must_use]
    pub fn of(traits: &Traits, timeline: &[Summary], beyond: Beyond<'_>) -> Self {
        let mut profile = Self {
            lifecycle_stage: stage(traits, timeline),
            languages: languages(traits, beyond.members),
            returning: Returning::of(timeline, beyond),
            ..Self::default()
        };
        for (name, kept) in traits.iter() {
            let Some(shown) = shown(kept) else {
                continue;
            };
            match name.as_str() {
                "name" => profile.name = Some(shown),
                "company" => profile.company = Some(shown),
                "language" => profile.language = Some(shown),
                "time_zone" => profile.time_zone = Some(shown),
                "address" => profile.address = Some(shown),
                _ => {
                    if let Some(key) = name.preference_key() {
                        profile.preferences.insert(key.to_owned(), shown);
                    }
                }
            }
        }
        // A name that a person took away was wrong, and the interactions that have it are so, too.
        let name_removed = traits
            .kept(&TraitName::name())
            .is_some_and(Trait::is_removed_by_a_person);
        if profile.name.is_none() && !name_removed {
            profile.name = name_of(timeline);
        }
        profile
    }
}

fn shown(kept: &Trait) -> Option<Shown<Personal>> {
    let value = kept.value.clone()?;
    Some(Shown::stated(kept, value))
}

/// What the newest interaction that has a name calls the customer.
fn name_of(timeline: &[Summary]) -> Option<Shown<Personal>> {
    let named = timeline
        .iter()
        .filter_map(|summary| Some((summary, summary.customer_name.clone()?)));
    let (newest, name) = named.max_by_key(|(summary, _)| (summary.started_at, &summary.id))?;
    Some(Shown::read_of(newest, name, newest.last_at))
}

/// The stage that was stated, else the one that documents tell; the document that tells the most decides, and the newest
/// of those. A stage that was taken away is stated by nobody.
fn stage(traits: &Traits, timeline: &[Summary]) -> Option<Shown<Lifecycle>> {
    let stated = traits.kept(&TraitName::lifecycle_stage()).and_then(|kept| {
        let stage = Lifecycle::named(kept.value.as_ref()?.expose())?;
        Some(Shown::stated(kept, stage))
    });
    let told_at = |document: &Summary| document.outcome_at.unwrap_or(document.started_at);
    let told = || {
        let documents = timeline
            .iter()
            .filter_map(|summary| Some((Lifecycle::told_by(summary)?, summary)));
        let (stage, document) =
            documents.max_by_key(|(stage, document)| (*stage, told_at(document), &document.id))?;
        Some(Shown::read_of(document, stage, told_at(document)))
    };
    stated.or_else(told)
}

fn languages(traits: &Traits, members: &[&Traits]) -> Vec<Shown<Personal>> {
    let language = TraitName::language();
    let prevailing = traits.kept(&language).and_then(shown);
    let mut others: Vec<_> = members
        .iter()
        .filter_map(|member| shown(member.kept(&language)?))
        .collect();
    others.sort_by(|a, b| (b.rank, b.at, &b.value).cmp(&(a.rank, a.at, &a.value)));
    let mut seen = BTreeSet::new();
    prevailing
        .into_iter()
        .chain(others)
        .filter(|shown| seen.insert(shown.value.clone()))
        .collect()
}

impl Returning {
    fn of(timeline: &[Summary], beyond: Beyond<'_>) -> Option<Self> {
        let oldest = timeline.iter().map(|summary| summary.started_at).min();
        let first_contact_at = [oldest, beyond.first_seen_at].into_iter().flatten().min()?;
        let present: BTreeSet<_> = timeline.iter().map(|summary| &summary.id).collect();
        let mut contacts: Vec<_> = timeline
            .iter()
            .filter(|summary| is_contact(summary, &present))
            .collect();
        contacts.sort_by_key(|contact| (contact.started_at, &contact.id));
        let last = contacts.iter().rfind(|contact| !contact.state.is_live());
        Some(Self {
            first_contact_at,
            contacts: contacts.len(),
            more_contacts: beyond.more,
            last: last.map(|contact| LastContact {
                channel: contact.channel,
                at: contact.started_at,
                interaction_id: contact.id.clone(),
            }),
            usual_channel: usual(contacts.iter().map(|contact| contact.channel)),
            usual_hour_utc: usual(contacts.iter().map(|contact| hour_utc(contact.started_at))),
        })
    }
}

/// Whether the customer turned to the company in it, and not by being handed on from another one of these.
fn is_contact(summary: &Summary, present: &BTreeSet<&InteractionId>) -> bool {
    let is_handed_on = summary.chain.iter().any(|related| {
        matches!(related.relation, Relation::Initial | Relation::Previous)
            && related.interaction_id != summary.id
            && present.contains(&related.interaction_id)
    });
    matches!(
        summary.channel,
        Channel::Call | Channel::Chat | Channel::Email
    ) && summary.direction != Some(Direction::Outbound)
        && !is_handed_on
}

/// What occurs most often, at least [`LEAST_TO_BE_USUAL`] times; among equals what occurs last.
fn usual<T: Ord + Copy>(oldest_first: impl Iterator<Item = T>) -> Option<T> {
    let mut counted: BTreeMap<T, (usize, usize)> = BTreeMap::new();
    for (place, value) in oldest_first.enumerate() {
        let (count, last) = counted.entry(value).or_default();
        *count += 1;
        *last = place;
    }
    let most = counted.into_iter().max_by_key(|(_, counted)| *counted);
    most.filter(|(_, (count, _))| *count >= LEAST_TO_BE_USUAL)
        .map(|(value, _)| value)
}

fn hour_utc(at: Timestamp) -> u8 {
    u8::try_from(at.millis() / HOUR_MS % 24).unwrap_or_default()
}

/// The entity tag of what can be changed of a customer, as it stands in the header `ETag`, quotes included: another one
/// after each change by a person, each link and unlink, and each other value of a source. A source that says the same
/// again changes nothing. `traits` are those of all `identities`, joined.
#[must_use]
pub fn profile_etag(identities: &BTreeSet<IdentityUri>, traits: &Traits) -> String {
    let mut parts = vec!["profile".to_owned(), identities.len().to_string()];
    parts.extend(identities.iter().map(|uri| uri.expose().to_owned()));
    for (name, kept) in traits.all() {
        let said = match kept.rank {
            Rank::Human => (Some(kept.at), Some(&kept.origin)),
            Rank::Automation => (None, None),
        };
        // Strings and times only, so it always serializes.
        parts.push(serde_json::to_string(&(name, &kept.value, said)).unwrap_or_default());
    }
    let parts: Vec<_> = parts.iter().map(String::as_str).collect();
    format!("\"{}\"", opaque(&parts))
}

/// Whether the header `If-Match` names the entity tag, by strong comparison, or says `*`. Source: RFC 9110, section
/// 13.1.1.
///
/// ```
/// assert!(timeline::etag_matches("\"a\", \"b\"", "\"b\"") && timeline::etag_matches("*", "\"b\""));
/// assert!(!timeline::etag_matches("W/\"b\"", "\"b\""), "a weak tag says that it may be another");
/// ```
#[must_use]
pub fn etag_matches(if_match: &str, etag: &str) -> bool {
    if_match.trim() == "*" || if_match.split(',').any(|tag| tag.trim() == etag)
}
