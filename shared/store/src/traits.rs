//! What is stated of a customer as a person: by events, and by people and systems that change it.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::TransactWriteItem;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use timeline::{
    Actor, CustomerId, Event, IdentityUri, Origin, Personal, Rank, Standing, Timestamp, Trait,
    TraitChanges, TraitName, Traits, etag_matches, profile_etag,
};
use tokio::time::Instant;

use crate::commit::Committed;
use crate::error::{CONTENDED, StoreError};
use crate::item::{self, Item};
use crate::known::{self, Revised};
use crate::{Store, retry, schema};

/// How many identities' traits are read or written at once.
const ABREAST: usize = 4;

/// A change of a customer's traits, and who makes it.
#[derive(Debug, Clone)]
pub struct TraitsPatch {
    /// What changes.
    pub changes: TraitChanges,
    /// Who changes it.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// As what: a person overrules sources, a source never a person.
    pub rank: Rank,
}

/// How a change ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Patched {
    /// It is so now. It may have been so before: a change that is repeated changes nothing.
    Done(CustomerTraits),
    /// Somebody has changed the customer since the caller read it. Nothing is changed.
    Stale,
    /// The identity would have more than [`timeline::MAX_PREFERENCES`] preferences. Nothing is changed.
    TooMany,
}

/// What is stated of a customer as a person.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomerTraits {
    /// The customer's id.
    pub id: CustomerId,
    /// What is stated under each of the identities.
    pub members: BTreeMap<IdentityUri, Traits>,
}

/// A customer's traits as they were read, and what a write of one identity's depends on.
struct Reading {
    standing: Revised<Standing>,
    members: BTreeMap<IdentityUri, Revised<Traits>>,
}

impl Store {
    /// Keeps what events say of their customers as persons, each under the identity that the event names. Idempotent and
    /// free of order; events that say nothing cost nothing.
    ///
    /// # Errors
    /// When the table cannot be read or written in time. Part of it may be kept then; repeating it keeps the rest.
    pub async fn note_traits(&self, events: &[Event], until: Instant) -> Result<(), StoreError> {
        let mut said: BTreeMap<IdentityUri, (Traits, Timestamp)> = BTreeMap::new();
        for event in events {
            if let Some(customer) = &event.customer {
                let traits = Traits::of_event(event);
                if !traits.is_empty() {
                    let entry = said.entry(customer.uri.clone());
                    let (all, newest) = entry.or_insert((Traits::default(), event.received_at));
                    all.join(&traits);
                    *newest = event.received_at.max(*newest);
                }
            }
        }
        stream::iter(said)
            .map(|(identity, (said, newest))| async move {
                self.join_traits(&identity, &said, newest, until).await
            })
            .buffer_unordered(ABREAST)
            .try_collect()
            .await
    }

    /// Changes what is stated of the customer to whom an identity belongs. The change is kept under this identity, so
    /// that it stays with it when the customer is unlinked. With `if_match` it is made to the version that the caller
    /// has read, or not at all, save that what was changed by the same caller already counts as done.
    ///
    /// # Errors
    /// When the table cannot be read or written in time; whether it was changed is then not known, and repeating it
    /// comes to rest.
    pub async fn patch_traits(
        &self,
        under: &IdentityUri,
        patch: &TraitsPatch,
        if_match: Option<&str>,
        until: Instant,
    ) -> Result<Patched, StoreError> {
        let mut tries = 0;
        loop {
            let read = self.read_traits(under, until).await?;
            let before = read.customer(under, &self.salt);
            let joined = before.joined();
            let wanted = wanted(&joined, patch);
            // RFC 9110, section 13.1.1: a change that appears to have been made already is answered as made, since the
            // caller may not have heard of it.
            let is_done = |(name, wanted)| is_said(&joined, name, wanted);
            if !patch.changes.is_empty() && wanted.iter().all(is_done) {
                return Ok(Patched::Done(before));
            }
            if if_match.is_some_and(|tags| !etag_matches(tags, &before.etag())) {
                return Ok(Patched::Stale);
            }
            let own = read.members.get(under).cloned().unwrap_or_default();
            let mut traits = own.value.clone();
            for (name, wanted) in &wanted {
                traits.add(name.clone(), wanted.clone());
            }
            if loses(&own.value, &wanted, &traits, patch.rank) {
                return Ok(Patched::TooMany);
            }
            let mut after = before;
            after.members.insert(under.clone(), traits.clone());
            // What a person wrote is not overwritten by a source; then there is nothing to write.
            if traits == own.value {
                return Ok(Patched::Done(after));
            }
            let writes = self.writes(under, &traits, &own, &read)?;
            if self.commit(writes, until).await? == Committed::Done {
                return Ok(Patched::Done(after));
            }
            tries += 1;
            retry::wait(tries, CONTENDED, until).await?;
        }
    }

    /// What is stated of the customer to whom an identity belongs.
    ///
    /// # Errors
    /// When the table cannot be read in time.
    pub async fn customer_traits(
        &self,
        of: &IdentityUri,
        until: Instant,
    ) -> Result<CustomerTraits, StoreError> {
        let read = self.read_traits(of, until).await?;
        Ok(read.customer(of, &self.salt))
    }

    /// The traits of one identity.
    async fn traits_of(
        &self,
        identity: &IdentityUri,
        until: Instant,
    ) -> Result<Revised<Traits>, StoreError> {
        let item = self.get(traits_key(identity), true, until).await?;
        let traits = item.map(|item| known::revised(&item, "traits"));
        traits.transpose().map(Option::unwrap_or_default)
    }

    async fn join_traits(
        &self,
        identity: &IdentityUri,
        said: &Traits,
        newest: Timestamp,
        until: Instant,
    ) -> Result<(), StoreError> {
        let mut tries = 0;
        loop {
            let kept = self.traits_of(identity, until).await?;
            let mut traits = kept.value.clone();
            traits.join(said);
            let ends_before =
                kept.expires_at.is_some() && kept.expires_at < item::expiry(newest, self.retention);
            if traits == kept.value && !ends_before {
                return Ok(());
            }
            let item = self.kept_item(identity, &traits, &kept, newest)?;
            let writes = vec![self.put_over(item, kept.rev)];
            if self.commit(writes, until).await? == Committed::Done {
                return Ok(());
            }
            tries += 1;
            retry::wait(tries, CONTENDED, until).await?;
        }
    }

    /// The traits of all identities of the customer to whom one belongs.
    async fn read_traits(
        &self,
        under: &IdentityUri,
        until: Instant,
    ) -> Result<Reading, StoreError> {
        let known = self.known_person(under, until).await?;
        let others = known.standing.value.links.identities(under);
        let others = others.into_iter().filter(|identity| identity != under);
        let mut members: BTreeMap<_, _> = stream::iter(others)
            .map(|identity| async move {
                let traits = self.traits_of(&identity, until).await?;
                Ok::<_, StoreError>((identity, traits))
            })
            .buffer_unordered(ABREAST)
            .try_collect()
            .await?;
        members.insert(under.clone(), known.traits);
        Ok(Reading {
            standing: known.standing,
            members,
        })
    }

    /// The new traits, and that nothing else of the customer is otherwise than it was read: so of two who have read the
    /// same version, one is second. A link changes the standing of every identity of the customer, so one stands for all.
    fn writes(
        &self,
        under: &IdentityUri,
        traits: &Traits,
        own: &Revised<Traits>,
        read: &Reading,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let standing = item::key(schema::identity_pk(under), schema::IDENTITY_SK);
        let item = self.kept_item(under, traits, own, Timestamp::EPOCH)?;
        let mut writes = vec![
            self.put_over(item, own.rev),
            self.check_unchanged(standing, read.standing.rev),
        ];
        let others = read.members.iter().filter(|(uri, _)| *uri != under);
        writes.extend(others.map(|(uri, of)| self.check_unchanged(traits_key(uri), of.rev)));
        Ok(writes)
    }

    /// Traits as an item in the place of what was read. What only events said goes when they do, however late they came;
    /// what a person wrote stays.
    fn kept_item(
        &self,
        identity: &IdentityUri,
        traits: &Traits,
        before: &Revised<Traits>,
        touched: Timestamp,
    ) -> Result<Item, StoreError> {
        let mut item = known::traits_item(identity, traits, before.rev + 1)?;
        let by_people = traits.all().any(|(_, kept)| kept.rank == Rank::Human);
        let newest = traits.all().map(|(_, kept)| kept.at).chain([touched]).max();
        if let (false, Some(newest)) = (by_people, newest) {
            item::expire_after(&mut item, newest, before.expires_at, self.retention);
        }
        Ok(item)
    }
}

impl CustomerTraits {
    /// The customer's identities, in order.
    #[must_use]
    pub fn identities(&self) -> BTreeSet<IdentityUri> {
        self.members.keys().cloned().collect()
    }

    /// The traits of all identities, joined.
    #[must_use]
    pub fn joined(&self) -> Traits {
        Traits::joined(self.members.values())
    }

    /// The entity tag that a change can be bound to.
    #[must_use]
    pub fn etag(&self) -> String {
        profile_etag(&self.identities(), &self.joined())
    }
}

impl Reading {
    fn customer(&self, under: &IdentityUri, salt: &str) -> CustomerTraits {
        let members = self.members.iter();
        CustomerTraits {
            id: self.standing.value.links.customer_id(under, salt),
            members: members
                .map(|(identity, read)| (identity.clone(), read.value.clone()))
                .collect(),
        }
    }
}

fn traits_key(identity: &IdentityUri) -> Item {
    item::key(schema::identity_pk(identity), schema::TRAITS_SK)
}

/// The traits that a patch asks for. Each comes after the one that it overwrites, whatever the clocks of those who wrote
/// them say.
fn wanted(joined: &Traits, patch: &TraitsPatch) -> BTreeMap<TraitName, Trait> {
    let changes = &patch.changes;
    let mut fields = changes.fields.clone();
    if changes.no_preferences {
        for (name, _) in joined
            .iter()
            .filter(|(name, _)| name.preference_key().is_some())
        {
            fields.insert(name.clone(), None);
        }
    }
    let wanted = |(name, value): (TraitName, Option<Personal>)| {
        let overwritten = joined.kept(&name).filter(|kept| kept.rank == patch.rank);
        let after = overwritten.map_or(patch.at, |kept| kept.at.plus_millis(1));
        let wanted = Trait {
            value,
            rank: patch.rank,
            at: patch.at.max(after),
            origin: Origin::Actor {
                by: patch.by.clone(),
            },
        };
        (name, wanted)
    };
    fields.into_iter().map(wanted).collect()
}

/// Whether the same one has said the same already.
fn is_said(joined: &Traits, name: &TraitName, wanted: &Trait) -> bool {
    joined.kept(name).is_some_and(|kept| {
        (kept.rank, &kept.value, &kept.origin) == (wanted.rank, &wanted.value, &wanted.origin)
    })
}

/// Whether there was no room: something that was wanted is not kept, or something is lost that is of no lesser rank.
fn loses(before: &Traits, wanted: &BTreeMap<TraitName, Trait>, after: &Traits, rank: Rank) -> bool {
    let of_this_rank = before.all().filter(|(_, kept)| kept.rank >= rank);
    let mut names = wanted.keys().chain(of_this_rank.map(|(name, _)| name));
    names.any(|name| after.kept(name).is_none())
}
