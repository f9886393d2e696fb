//! What a customer's identities hold, counted: what somebody wants to know before linking.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::Select;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use timeline::{IdentityUri, LinkRecord, LinkSet, Standing, Traits};
use tokio::time::Instant;

use super::found::standing_key;
use super::history::MAX_HISTORY;
use crate::error::{self, StoreError};
use crate::{Store, item, retry, schema};

/// Most interactions of one identity that are counted.
pub const MAX_COUNTED: usize = 100;
/// How many identities are read at once.
const ABREAST: usize = 8;

/// What one identity holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Surveyed {
    /// Which one.
    pub identity: IdentityUri,
    /// What is stated of it.
    pub traits: Traits,
    /// How many interactions it has, at most [`MAX_COUNTED`].
    pub interactions: usize,
    /// Whether it has more.
    pub more: bool,
}

impl Store {
    /// An identity's links and marks, as they are now.
    ///
    /// # Errors
    /// When the table cannot be read in time, or the item cannot be understood.
    pub async fn standing(
        &self,
        identity: &IdentityUri,
        until: Instant,
    ) -> Result<Standing, StoreError> {
        let found = self
            .find(BTreeSet::from([standing_key(identity)]), until)
            .await?;
        Ok(found.standing(identity).value)
    }

    /// What identities hold, in their order: two requests for each, a few identities at once.
    ///
    /// # Errors
    /// When the table cannot be read in time, or an item cannot be understood.
    pub async fn survey(
        &self,
        identities: &BTreeSet<IdentityUri>,
        until: Instant,
    ) -> Result<Vec<Surveyed>, StoreError> {
        let each = identities.iter().take(timeline::MAX_IDENTITIES);
        let reads: Vec<_> = each
            .map(|identity| self.survey_one(identity, until))
            .collect();
        stream::iter(reads).buffered(ABREAST).try_collect().await
    }

    /// What happened to the links of a customer, whichever identity it happened to: newest first, at most
    /// [`MAX_HISTORY`].
    ///
    /// # Errors
    /// When the table cannot be read in time, or a record cannot be understood.
    pub async fn customer_history(
        &self,
        own: &IdentityUri,
        links: &LinkSet,
        until: Instant,
    ) -> Result<Vec<LinkRecord>, StoreError> {
        let identities = links.identities(own);
        let reads: Vec<_> = identities
            .iter()
            .take(timeline::MAX_IDENTITIES)
            .map(|identity| self.link_history(identity, until))
            .collect();
        let histories: Vec<Vec<LinkRecord>> =
            stream::iter(reads).buffered(ABREAST).try_collect().await?;
        let mut records: Vec<LinkRecord> = histories.into_iter().flatten().collect();
        records.sort_by(|a, b| {
            let order = |of: &LinkRecord| (of.at, of.what, of.link_id.clone());
            order(b).cmp(&order(a))
        });
        // Each stands under both of its ends.
        records.dedup();
        records.truncate(MAX_HISTORY);
        Ok(records)
    }

    async fn survey_one(
        &self,
        identity: &IdentityUri,
        until: Instant,
    ) -> Result<Surveyed, StoreError> {
        let counted = retry::repeat(until, || self.count_once(identity));
        let (known, (counted, goes_on)) =
            futures_util::future::try_join(self.known_person(identity, until), counted).await?;
        Ok(Surveyed {
            identity: identity.clone(),
            traits: known.traits.value,
            interactions: counted.min(MAX_COUNTED),
            more: counted > MAX_COUNTED || goes_on,
        })
    }

    /// One more than [`MAX_COUNTED`] tells that there are more, and so does a page that ends before, at a megabyte.
    async fn count_once(&self, identity: &IdentityUri) -> Result<(usize, bool), StoreError> {
        let request = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(schema::BY_IDENTITY)
            .key_condition_expression("#ik = :ik")
            .expression_attribute_names("#ik", schema::IK)
            .expression_attribute_values(":ik", item::text(identity.expose()))
            .select(Select::Count)
            .limit(i32::try_from(MAX_COUNTED + 1).unwrap_or(i32::MAX));
        let answer = request.send().await;
        let answer = answer.map_err(|failure| error::sort(&failure))?;
        let goes_on = answer.last_evaluated_key.is_some_and(|key| !key.is_empty());
        Ok((usize::try_from(answer.count).unwrap_or_default(), goes_on))
    }
}
