//! What happened to the links of an identity.

use timeline::{CustomerId, IdentityUri, LinkRecord};
use tokio::time::Instant;

use crate::error::{self, StoreError};
use crate::item::{self, Item};
use crate::pages::{self, Page};
use crate::{Store, schema};

/// Most records that are told, the newest.
pub const MAX_HISTORY: usize = 100;

impl Store {
    /// What happened to the links of an identity and to claims about it, newest first, at most [`MAX_HISTORY`].
    ///
    /// # Errors
    /// When the table cannot be read in time, or a record cannot be understood.
    pub async fn link_history(
        &self,
        identity: &IdentityUri,
        until: Instant,
    ) -> Result<Vec<LinkRecord>, StoreError> {
        let (items, _) = pages::up_to(MAX_HISTORY, until, |limit, start| {
            self.query_history(identity, limit, start)
        })
        .await?;
        items
            .iter()
            .map(|item| item::read_json(item, schema::CONTENT, "link"))
            .collect()
    }

    async fn query_history(
        &self,
        identity: &IdentityUri,
        limit: usize,
        start: Option<Item>,
    ) -> Result<Page, StoreError> {
        let customer = CustomerId::implied_by(identity, &self.salt);
        let request = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("#pk = :pk AND begins_with(#sk, :links)")
            .expression_attribute_names("#pk", schema::PK)
            .expression_attribute_names("#sk", schema::SK)
            .expression_attribute_values(":pk", item::text(schema::customer_pk(&customer)))
            .expression_attribute_values(":links", item::text(schema::LINK_SK_PREFIX))
            .scan_index_forward(false)
            .consistent_read(true)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start);
        let answer = request.send().await;
        let answer = answer.map_err(|failure| error::sort(&failure))?;
        Ok((
            answer.items.unwrap_or_default(),
            answer.last_evaluated_key.filter(|key| !key.is_empty()),
        ))
    }

    /// Whether this very record is written.
    pub(super) async fn is_recorded(
        &self,
        under: &IdentityUri,
        record: &LinkRecord,
        until: Instant,
    ) -> Result<bool, StoreError> {
        let history = self.link_history(under, until).await?;
        Ok(history.contains(record))
    }
}

/// What tells a record from others of the same moment: the same act has the same key, so writing it again adds nothing.
pub(super) fn record_key(record: &LinkRecord) -> Result<String, StoreError> {
    let kind = serde_json::to_value(record.what)
        .map_err(|error| StoreError::unreadable("link", &error))?;
    let kind = kind.as_str().unwrap_or_default();
    let id = record.link_id.as_ref().map_or("-", |id| id.as_str());
    Ok(format!("{id}#{kind}"))
}
