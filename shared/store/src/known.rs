//! What is known of an identity beyond its interactions: its partition, read by one query.

use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::try_join_all;
use serde::Serialize;
use timeline::{
    ClaimRecord, IdentityKind, IdentityUri, LinkRecord, Standing, Summary, Timestamp, Traits,
};
use tokio::time::Instant;

use crate::error::{self, StoreError};
use crate::item::{self, Item};
use crate::pages::{self, Page};
use crate::{Store, schema};

/// Most items of one identity's partition that one query gives: its traits, its standing, pinned interactions and, with
/// what room is left, claims.
pub(crate) const MAX_KNOWN: usize = 120;
/// How many claims of each kind are looked at at least, where there are so many, however many there are of the others:
/// a visitor of a website can claim whatever it likes as often as it likes, and hides no record of a CRM by it. Beyond,
/// claims of one kind count in the order of the other identities.
pub(crate) const MAX_CLAIMS_OF_A_KIND: usize = 50;

/// Something that is written over only as it was read: `rev` is 0 where there is nothing yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Revised<T> {
    /// What was read.
    pub value: T,
    /// How often it was written.
    pub rev: u64,
    /// When the table may remove it, in seconds since 1970; `None` where it stays, or is not there.
    pub expires_at: Option<i64>,
}

/// All that is known of one identity beyond its interactions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Known {
    /// Its links and marks.
    pub standing: Revised<Standing>,
    /// What is stated of it as a person.
    pub traits: Revised<Traits>,
    /// Claims that it and others are one person, in the order of the others' URIs.
    pub claims: Vec<Revised<ClaimRecord>>,
    /// Its interactions that stay in view until somebody settles them.
    pub pinned: Vec<Summary>,
    /// How many of its claims, pinned interactions and traits are left out, since they cannot be understood.
    pub unreadable: usize,
}

impl Known {
    /// The same where nothing of it is left out: what is written over, or decides, has to be whole.
    fn whole(self) -> Result<Self, StoreError> {
        match self.unreadable {
            0 => Ok(self),
            _ => Err(StoreError::unreadable("identity", &"a part is left out")),
        }
    }
}

/// What is read of an identity's partition.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Part {
    /// All of it, the claims last and as far as there is room.
    All,
    /// What is pinned, the standing and the traits.
    BesideClaims,
    /// The standing and the traits.
    Person,
    /// The claims about identities of one kind.
    Claims(IdentityKind),
}

impl Part {
    /// The first and the last of its sort keys.
    fn bounds(self) -> (String, String) {
        let from = match self {
            Self::All => schema::CLAIM_SK_PREFIX,
            Self::BesideClaims => schema::PINNED_SK_PREFIX,
            Self::Person => schema::IDENTITY_SK,
            Self::Claims(kind) => {
                let prefix = claims_of(kind);
                return (prefix.clone(), format!("{prefix}{}", char::MAX));
            }
        };
        (from.to_owned(), schema::TRAITS_SK.to_owned())
    }

    fn limit(self) -> usize {
        match self {
            Self::Claims(_) => MAX_CLAIMS_OF_A_KIND,
            Self::All | Self::BesideClaims | Self::Person => MAX_KNOWN,
        }
    }
}

impl Store {
    /// What is known of an identity beyond its interactions, in one query; in a second round trip where there are more
    /// claims than one holds.
    ///
    /// # Errors
    /// When the table cannot be read in time, or an item cannot be understood.
    pub async fn known(&self, identity: &IdentityUri, until: Instant) -> Result<Known, StoreError> {
        self.known_readably(identity, until).await?.whole()
    }

    /// The same as far as it can be understood; only the standing has to be, since it says who it is.
    pub(crate) async fn known_readably(
        &self,
        identity: &IdentityUri,
        until: Instant,
    ) -> Result<Known, StoreError> {
        let (mut items, ended_at) = self.part(identity, Part::All, until).await?;
        if let Some(ended_at) = ended_at {
            let unread = unread_kinds(&items, &ended_at);
            let unread = unread.map(|kind| self.part(identity, Part::Claims(kind), until));
            for (claims, _) in try_join_all(unread).await? {
                items.extend(claims);
            }
        }
        known_by(&items)
    }

    /// The same without the claims, always in one query.
    ///
    /// # Errors
    /// Those of [`Store::known`].
    pub(crate) async fn known_beside_claims(
        &self,
        identity: &IdentityUri,
        until: Instant,
    ) -> Result<Known, StoreError> {
        self.known_part(identity, Part::BesideClaims, until)
            .await?
            .whole()
    }

    /// The standing and the traits of an identity, and nothing else that is known.
    ///
    /// # Errors
    /// Those of [`Store::known`].
    pub(crate) async fn known_person(
        &self,
        identity: &IdentityUri,
        until: Instant,
    ) -> Result<Known, StoreError> {
        self.known_part(identity, Part::Person, until)
            .await?
            .whole()
    }

    /// A part of what is known, as far as it can be understood, always in one query.
    pub(crate) async fn known_part(
        &self,
        identity: &IdentityUri,
        part: Part,
        until: Instant,
    ) -> Result<Known, StoreError> {
        known_by(&self.part(identity, part, until).await?.0)
    }

    /// A part of an identity's partition by sort keys, and the last of them where the part goes on.
    async fn part(
        &self,
        identity: &IdentityUri,
        part: Part,
        until: Instant,
    ) -> Result<(BTreeMap<String, Item>, Option<String>), StoreError> {
        let (items, ended) = pages::up_to(part.limit(), until, |limit, start| {
            self.query_part(identity, part, limit, start)
        })
        .await?;
        let sk = |item: &Item| item::read_text(item, schema::SK, "identity").map(str::to_owned);
        let items = items.into_iter().map(|item| Ok((sk(&item)?, item)));
        let ended = ended.map(|key| sk(&key)).transpose()?;
        Ok((items.collect::<Result<_, StoreError>>()?, ended))
    }

    async fn query_part(
        &self,
        identity: &IdentityUri,
        part: Part,
        limit: usize,
        start: Option<Item>,
    ) -> Result<Page, StoreError> {
        let (from, to) = part.bounds();
        let request = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("#pk = :pk AND #sk BETWEEN :from AND :to")
            .expression_attribute_names("#pk", schema::PK)
            .expression_attribute_names("#sk", schema::SK)
            .expression_attribute_values(":pk", item::text(schema::identity_pk(identity)))
            .expression_attribute_values(":from", item::text(from))
            .expression_attribute_values(":to", item::text(to))
            // Backwards: the traits, the standing and what is pinned stand behind the claims.
            .scan_index_forward(false)
            .consistent_read(true)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start);
        let answer = request
            .send()
            .await
            .map_err(|failure| error::sort(&failure))?;
        Ok((
            answer.items.unwrap_or_default(),
            answer.last_evaluated_key.filter(|key| !key.is_empty()),
        ))
    }
}

/// What the sort keys of claims about identities of a kind begin with.
fn claims_of(kind: IdentityKind) -> String {
    format!("{}{}:", schema::CLAIM_SK_PREFIX, kind.scheme())
}

/// The kinds of which a query that ended at a sort key, backwards, has not given [`MAX_CLAIMS_OF_A_KIND`], though there
/// may be so many.
fn unread_kinds(
    items: &BTreeMap<String, Item>,
    ended_at: &str,
) -> impl Iterator<Item = IdentityKind> {
    IdentityKind::ALL.into_iter().filter(move |kind| {
        let prefix = claims_of(*kind);
        let read = items.keys().filter(|sk| sk.starts_with(&prefix)).count();
        prefix.as_str() < ended_at && read < MAX_CLAIMS_OF_A_KIND
    })
}

fn known_by(items: &BTreeMap<String, Item>) -> Result<Known, StoreError> {
    let mut known = Known::default();
    let now = now_seconds();
    for (sk, item) in items {
        if sk == schema::IDENTITY_SK {
            known.standing = revised(item, "identity")?;
        } else if let Err(error) = known.take(sk, item, now) {
            if known.unreadable == 0 {
                tracing::warn!(error.code = %error, "something that is known of an identity is left out");
            }
            known.unreadable += 1;
        }
    }
    Ok(known)
}

impl Known {
    fn take(&mut self, sk: &str, item: &Item, now: i64) -> Result<(), StoreError> {
        if sk == schema::TRAITS_SK {
            self.traits = revised(item, "traits")?;
        } else if sk.starts_with(schema::CLAIM_SK_PREFIX) {
            self.claims.push(revised(item, "claim")?);
        } else if sk.starts_with(schema::PINNED_SK_PREFIX) && !is_expired(item, now) {
            // Written and removed in the transaction that writes its interaction, so it is never pinned under an
            // identity from which the interaction has moved.
            self.pinned.push(item::read_summary(item)?);
        }
        Ok(())
    }
}

/// Whether an item may be gone already: the table removes it some days after that.
pub(crate) fn is_expired(item: &Item, now: i64) -> bool {
    expiry_of(item).is_some_and(|at| at <= now)
}

/// When the table may remove an item, in seconds since 1970.
fn expiry_of(item: &Item) -> Option<i64> {
    let at = item.get(schema::EXPIRES_AT)?.as_n().ok()?;
    at.parse().ok()
}

/// The time in seconds since 1970, as the table reads `expires_at`.
pub(crate) fn now_seconds() -> i64 {
    let now = clock::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| i64::try_from(now.as_secs()).unwrap_or(i64::MAX))
}

pub(crate) fn revised<T: serde::de::DeserializeOwned>(
    item: &Item,
    kind: &'static str,
) -> Result<Revised<T>, StoreError> {
    let rev = item.get(schema::REV).and_then(|value| value.as_n().ok());
    let rev = rev.and_then(|rev| rev.parse().ok());
    Ok(Revised {
        value: item::read_json(item, schema::CONTENT, kind)?,
        rev: rev.ok_or_else(|| StoreError::unreadable(kind, &"`rev` is missing"))?,
        expires_at: expiry_of(item),
    })
}

/// An identity's standing as an item, to be put where `rev` is what was read.
pub(crate) fn standing_item(
    identity: &IdentityUri,
    standing: &Standing,
    rev: u64,
) -> Result<Item, StoreError> {
    let key = item::key(schema::identity_pk(identity), schema::IDENTITY_SK);
    content(key, standing, rev, "identity")
}

/// An identity's traits as an item.
pub(crate) fn traits_item(
    identity: &IdentityUri,
    traits: &Traits,
    rev: u64,
) -> Result<Item, StoreError> {
    let key = item::key(schema::identity_pk(identity), schema::TRAITS_SK);
    content(key, traits, rev, "traits")
}

/// A claim as an item in the place of what was read, under the identity that it names as its own.
pub(crate) fn claim_item(
    claim: &ClaimRecord,
    before: &Revised<ClaimRecord>,
    touched: Timestamp,
    retention: Option<Duration>,
) -> Result<Item, StoreError> {
    let key = item::key(
        schema::identity_pk(&claim.own),
        schema::claim_sk(&claim.other),
    );
    let mut item = content(key, claim, before.rev + 1, "claim")?;
    // What an agent decided is kept as links are.
    if claim.decided.is_none() && !claim.linked_once {
        item::expire_after(&mut item, touched, before.expires_at, retention);
    }
    Ok(item)
}

/// A pinned interaction as an item, under the identity that is its customer.
pub(crate) fn pinned_item(
    identity: &IdentityUri,
    summary: &Summary,
    expires_at: Option<i64>,
) -> Result<Item, StoreError> {
    let mut item = item::key(
        schema::identity_pk(identity),
        schema::pinned_sk(&summary.id),
    );
    let json = serde_json::to_string(summary)
        .map_err(|error| StoreError::unreadable("summary", &error))?;
    item.insert(schema::VERSION.to_owned(), item::number(schema::SHAPE));
    item.insert(schema::SUMMARY.to_owned(), item::text(json));
    if let Some(at) = expires_at {
        item.insert(schema::EXPIRES_AT.to_owned(), item::number(at));
    }
    Ok(item)
}

/// A record of what happened to a link or a claim, under one of the customers that it is about.
pub(crate) fn link_record_item(
    under: &IdentityUri,
    record: &LinkRecord,
    salt: &str,
    key: &str,
) -> Result<Item, StoreError> {
    let customer = timeline::CustomerId::implied_by(under, salt);
    let mut item = item::key(
        schema::customer_pk(&customer),
        schema::link_sk(record.at, key),
    );
    let json =
        serde_json::to_string(record).map_err(|error| StoreError::unreadable("link", &error))?;
    item.insert(schema::VERSION.to_owned(), item::number(schema::SHAPE));
    item.insert(schema::CONTENT.to_owned(), item::text(json));
    Ok(item)
}

fn content(
    mut item: Item,
    value: &impl Serialize,
    rev: u64,
    kind: &'static str,
) -> Result<Item, StoreError> {
    let json =
        serde_json::to_string(value).map_err(|error| StoreError::unreadable(kind, &error))?;
    item.insert(schema::VERSION.to_owned(), item::number(schema::SHAPE));
    item.insert(schema::REV.to_owned(), AttributeValue::N(rev.to_string()));
    item.insert(schema::CONTENT.to_owned(), item::text(json));
    Ok(item)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(claims: impl IntoIterator<Item = String>) -> BTreeMap<String, Item> {
        let claims = claims.into_iter();
        claims.map(|sk| (sk, Item::new())).collect()
    }

    #[test]
    fn only_kinds_that_are_not_read_whole_or_far_enough_are_asked_for_once_more() {
        let mail =
            |place: usize| format!("{}{place:03}@example.com", claims_of(IdentityKind::Mailto));
        let tel = format!("{}+14155550123", claims_of(IdentityKind::Tel));
        let unread = |items: &BTreeMap<String, Item>, ended_at: &str| {
            unread_kinds(items, ended_at).collect::<Vec<_>>()
        };
        let few = read([tel.clone(), mail(1)]);
        assert_eq!(
            unread(&few, &mail(1)),
            [IdentityKind::Mailto, IdentityKind::Crm]
        );
        let enough = (0..MAX_CLAIMS_OF_A_KIND).map(mail).chain([tel]);
        assert_eq!(unread(&read(enough), &mail(0)), [IdentityKind::Crm]);
    }
}
