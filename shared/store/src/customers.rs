//! Customers' entries in the table.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use timeline::{CustomerId, IdentityUri};
use tokio::time::Instant;

use crate::error::{self, StoreError};
use crate::{Store, item, retry, schema};

/// Most customers that one process remembers to have entered.
const MAX_KNOWN_CUSTOMERS: usize = 10_000;

impl Store {
    /// Enters the customer of an interaction, so that the customer's id leads to the first identity and its timeline.
    /// Idempotent: it says nothing but what the id was made of. It stays until `expires_at` at least, in seconds since
    /// 1970; for ever without.
    pub(crate) async fn enter_customer(
        &self,
        identity: &IdentityUri,
        expires_at: Option<i64>,
        until: Instant,
    ) -> Result<(), StoreError> {
        let customer = CustomerId::implied_by(identity, &self.salt);
        let remembers = self.retention.is_none();
        if remembers
            && self
                .known_customers
                .lock()
                .is_ok_and(|known| known.contains(customer.as_str()))
        {
            return Ok(());
        }
        retry::repeat(until, || async {
            let update = self
                .client
                .update_item()
                .table_name(&self.table)
                .set_key(Some(item::customer_keys(&customer)))
                .expression_attribute_names("#v", schema::VERSION)
                .expression_attribute_names("#identity", schema::IDENTITY)
                .expression_attribute_values(":v", item::number(schema::SHAPE))
                .expression_attribute_values(":identity", item::text(identity.expose()));
            let update = match expires_at {
                Some(at) => update
                    .update_expression("SET #v = :v, #identity = if_not_exists(#identity, :identity), #expires = :at")
                    .condition_expression("attribute_not_exists(#kept) AND (attribute_not_exists(#pk) OR #expires < :at)")
                    .expression_attribute_names("#expires", schema::EXPIRES_AT)
                    .expression_attribute_names("#kept", schema::KEPT)
                    .expression_attribute_names("#pk", schema::PK)
                    .expression_attribute_values(":at", item::number(at)),
                // Kept for a time once, and for ever now.
                None => update
                    .update_expression("SET #v = :v, #identity = if_not_exists(#identity, :identity) REMOVE #expires")
                    .expression_attribute_names("#expires", schema::EXPIRES_AT),
            };
            match update.send().await {
                Ok(_) => Ok(()),
                // It is kept for longer or for ever already, or as long as it is linked.
                Err(failure) if failure.as_service_error().is_some_and(UpdateItemError::is_conditional_check_failed_exception) => Ok(()),
                Err(failure) => Err(error::sort(&failure)),
            }
        })
        .await?;
        if let Ok(mut known) = self.known_customers.lock() {
            if known.len() >= MAX_KNOWN_CUSTOMERS {
                known.clear();
            }
            known.insert(customer.to_string());
        }
        Ok(())
    }
}
