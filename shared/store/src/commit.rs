//! Writes of what is known of identities: all or nothing, and only over what was read.

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, Put, TransactWriteItem};
use tokio::time::Instant;

use crate::error::{self, StoreError};
use crate::item::Item;
use crate::{Store, retry, schema};

/// Most writes of one transaction: what DynamoDB takes.
pub(crate) const MAX_WRITES: usize = 100;

/// How a commit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Committed {
    /// All is written.
    Done,
    /// Nothing is: something is no longer as it was read, or was never as expected. Read again and decide again. It may
    /// also be that this very commit was written and its answer lost; deciding again must then come to rest.
    Changed,
}

impl Store {
    /// Puts an item in the place of the one that was read with `rev`; 0 means that there was none.
    pub(crate) fn put_over(&self, item: Item, rev: u64) -> TransactWriteItem {
        let put = Put::builder().table_name(&self.table).set_item(Some(item));
        let put = if rev == 0 {
            put.condition_expression("attribute_not_exists(#pk)")
                .expression_attribute_names("#pk", schema::PK)
        } else {
            put.condition_expression("#rev = :rev")
                .expression_attribute_names("#rev", schema::REV)
                .expression_attribute_values(":rev", AttributeValue::N(rev.to_string()))
        };
        // Table and item are set, which is all that building asks for.
        TransactWriteItem::builder()
            .set_put(put.build().ok())
            .build()
    }

    /// Makes a commit depend on an item being as it was read.
    pub(crate) fn check_unchanged(&self, key: Item, rev: u64) -> TransactWriteItem {
        let check = ConditionCheck::builder()
            .table_name(&self.table)
            .set_key(Some(key));
        let check = if rev == 0 {
            check
                .condition_expression("attribute_not_exists(#pk)")
                .expression_attribute_names("#pk", schema::PK)
        } else {
            check
                .condition_expression("#rev = :rev")
                .expression_attribute_names("#rev", schema::REV)
                .expression_attribute_values(":rev", AttributeValue::N(rev.to_string()))
        };
        TransactWriteItem::builder()
            .set_condition_check(check.build().ok())
            .build()
    }

    /// Puts an item whether or not it is there already: for records whose key is their own.
    pub(crate) fn put_record(&self, item: Item) -> TransactWriteItem {
        let put = Put::builder().table_name(&self.table).set_item(Some(item));
        TransactWriteItem::builder()
            .set_put(put.build().ok())
            .build()
    }

    /// Writes all or nothing. Conflicts with other writers and throttling are retried inside the time left.
    ///
    /// # Errors
    /// When the table does not answer in time or refuses; whether it was written is then not known.
    pub(crate) async fn commit(
        &self,
        writes: Vec<TransactWriteItem>,
        until: Instant,
    ) -> Result<Committed, StoreError> {
        let mut tries = 0;
        loop {
            match retry::within(until, self.commit_once(writes.clone())).await {
                Err(StoreError::Unavailable { code }) => {
                    tries += 1;
                    retry::wait(tries, &code, until).await?;
                }
                outcome => return outcome,
            }
        }
    }

    async fn commit_once(&self, writes: Vec<TransactWriteItem>) -> Result<Committed, StoreError> {
        let sent = self
            .client
            .transact_write_items()
            .set_transact_items(Some(writes))
            .send()
            .await;
        let Err(failure) = sent else {
            return Ok(Committed::Done);
        };
        let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
            failure.as_service_error()
        else {
            return Err(error::sort(&failure));
        };
        let mut crowded = None;
        for reason in cancelled.cancellation_reasons() {
            match reason.code().unwrap_or("None") {
                "None" => {}
                "ConditionalCheckFailed" => return Ok(Committed::Changed),
                code if error::passes_by_itself(code) => crowded = Some(code.to_owned()),
                code => {
                    return Err(StoreError::Refused {
                        code: code.to_owned(),
                    });
                }
            }
        }
        Err(StoreError::Unavailable {
            code: crowded.unwrap_or_else(|| "TransactionCanceled".to_owned()),
        })
    }
}
