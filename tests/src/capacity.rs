//! What the requests of a client cost, as the store itself reports it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::interceptors::{
    AfterDeserializationInterceptorContextRef, BeforeSerializationInterceptorContextMut,
};
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::operation::batch_get_item::{BatchGetItemInput, BatchGetItemOutput};
use aws_sdk_dynamodb::operation::get_item::{GetItemInput, GetItemOutput};
use aws_sdk_dynamodb::operation::query::{QueryInput, QueryOutput};
use aws_sdk_dynamodb::operation::transact_write_items::{
    TransactWriteItemsInput, TransactWriteItemsOutput,
};
use aws_sdk_dynamodb::operation::update_item::{UpdateItemInput, UpdateItemOutput};
use aws_sdk_dynamodb::types::{ConsumedCapacity, ReturnConsumedCapacity};

/// Units used by one operation.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Units {
    /// On the table itself.
    pub table: f64,
    /// On its indexes.
    pub indexes: f64,
}

/// The bill of a client: how many units its requests used, by operation.
#[derive(Debug, Clone, Default)]
pub struct Bill {
    lines: Arc<Mutex<BTreeMap<&'static str, Units>>>,
}

impl Bill {
    /// A client that works like the given one and whose requests are billed.
    #[must_use]
    pub fn of(client: &Client) -> (Client, Self) {
        let bill = Self::default();
        let config = client.config().to_builder().interceptor(bill.clone());
        (Client::from_conf(config.build()), bill)
    }

    /// The units used since it was last asked. A cancelled transaction is not among them: the store's answer does not
    /// tell what it cost.
    ///
    /// # Panics
    /// When another thread panicked while it added to the bill.
    #[must_use]
    pub fn settle(&self) -> BTreeMap<&'static str, Units> {
        std::mem::take(&mut *self.lines.lock().expect("adding cannot panic"))
    }

    fn add(&self, operation: &'static str, consumed: &[ConsumedCapacity]) {
        let mut lines = self.lines.lock().expect("adding cannot panic");
        let units = lines.entry(operation).or_default();
        for consumed in consumed {
            let total = consumed.capacity_units().unwrap_or_default();
            let indexes: f64 = consumed
                .global_secondary_indexes()
                .into_iter()
                .flatten()
                .filter_map(|(_, index)| index.capacity_units())
                .sum();
            units.indexes += indexes;
            units.table += total - indexes;
        }
    }
}

impl Intercept for Bill {
    fn name(&self) -> &'static str {
        "Bill"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let asked = Some(ReturnConsumedCapacity::Indexes);
        let input = context.input_mut();
        if let Some(input) = input.downcast_mut::<TransactWriteItemsInput>() {
            input.return_consumed_capacity = asked;
        } else if let Some(input) = input.downcast_mut::<UpdateItemInput>() {
            input.return_consumed_capacity = asked;
        } else if let Some(input) = input.downcast_mut::<GetItemInput>() {
            input.return_consumed_capacity = asked;
        } else if let Some(input) = input.downcast_mut::<BatchGetItemInput>() {
            input.return_consumed_capacity = asked;
        } else if let Some(input) = input.downcast_mut::<QueryInput>() {
            input.return_consumed_capacity = asked;
        }
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Ok(output) = context.output_or_error() else {
            return Ok(());
        };
        if let Some(output) = output.downcast_ref::<TransactWriteItemsOutput>() {
            self.add("TransactWriteItems", output.consumed_capacity());
        } else if let Some(output) = output.downcast_ref::<UpdateItemOutput>() {
            self.add("UpdateItem", output.consumed_capacity.as_slice());
        } else if let Some(output) = output.downcast_ref::<GetItemOutput>() {
            self.add("GetItem", output.consumed_capacity.as_slice());
        } else if let Some(output) = output.downcast_ref::<BatchGetItemOutput>() {
            self.add("BatchGetItem", output.consumed_capacity());
        } else if let Some(output) = output.downcast_ref::<QueryOutput>() {
            self.add("Query", output.consumed_capacity.as_slice());
        }
        Ok(())
    }
}
