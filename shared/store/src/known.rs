//! What is known of an identity beyond its interactions: its partition, read by one query.

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;
use timeline::{ClaimRecord, IdentityUri, LinkRecord, Standing, Summary, Timestamp, Traits};

use crate::error::{self, StoreError};
use crate::item::{self, Item};
use crate::{Store, retry, schema};

/// Most items of one identity's partition that a read looks at: its standing, its traits, claims and pinned
/// interactions. Claims beyond are not shown; they stand in the order of the other identities.
pub(crate) const MAX_KNOWN: usize = 120;

/// Something that is written over only as it was read: `rev` is 0 where there is nothing yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Revised<T> {
    /// What was read.
    pub value: T,
    /// How often it was written.
    pub rev: u64,
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
}

impl Store {
    /// What is known of an identity beyond its interactions, in one query.
    ///
    /// # Errors
    /// When the table cannot be read in time, or an item cannot be understood.
    pub async fn known(&self, identity: &IdentityUri, until: Instant) -> Result<Known, StoreError> {
        let items = retry::repeat(until, || self.query_known(identity)).await?;
        let mut known = Known::default();
        for item in &items {
            let sk = item::read_text(item, schema::SK, "identity")?;
            if sk == schema::IDENTITY_SK {
                known.standing = revised(item, "identity")?;
            } else if sk == schema::TRAITS_SK {
                known.traits = revised(item, "traits")?;
            } else if sk.starts_with(schema::CLAIM_SK_PREFIX) {
                known.claims.push(revised(item, "claim")?);
            } else if sk.starts_with(schema::PINNED_SK_PREFIX) {
                known.pinned.push(item::read_summary(item)?);
            }
        }
        Ok(known)
    }

    async fn query_known(&self, identity: &IdentityUri) -> Result<Vec<Item>, StoreError> {
        let request = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("#pk = :pk")
            .expression_attribute_names("#pk", schema::PK)
            .expression_attribute_values(":pk", item::text(schema::identity_pk(identity)))
            // Backwards: the traits, the standing and what is pinned stand behind the claims.
            .scan_index_forward(false)
            .consistent_read(true)
            .limit(i32::try_from(MAX_KNOWN).unwrap_or(i32::MAX));
        let answer = request
            .send()
            .await
            .map_err(|failure| error::sort(&failure))?;
        let mut items = answer.items.unwrap_or_default();
        items.reverse();
        Ok(items)
    }
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

/// A claim as an item, under the identity that it names as its own.
pub(crate) fn claim_item(
    claim: &ClaimRecord,
    rev: u64,
    touched: Timestamp,
    retention: Option<Duration>,
) -> Result<Item, StoreError> {
    let key = item::key(
        schema::identity_pk(&claim.own),
        schema::claim_sk(&claim.other),
    );
    let mut item = content(key, claim, rev, "claim")?;
    // What an agent decided is kept as links are.
    if claim.decided.is_none() && !claim.linked_once {
        item::expire(&mut item, touched, retention);
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
