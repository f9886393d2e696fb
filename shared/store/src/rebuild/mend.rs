//! What was recomputed, written over exactly what was read.
//!
//! The condition names `rev` and the fold, and an append writes both. So a repair is never written over anything newer,
//! and the events it was made of are all that there were. A writer that read the damaged item before may still fold on
//! from there, when the damage left `rev` right: the next look finds that.

use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, Delete, Put, TransactWriteItem};
use timeline::InteractionId;
use tokio::time::Instant;

use super::compare::{Compared, Should};
use super::{Difference, Lying, Outcome, interaction_key};
use crate::commit::Committed;
use crate::error::StoreError;
use crate::item::{self, Item};
use crate::{Store, schema};

/// What the table has to hold still: an expression, the names in it, and the values.
type Condition = (
    String,
    Vec<(&'static str, &'static str)>,
    Vec<(&'static str, AttributeValue)>,
);

impl Store {
    /// Writes what should be stored, all of it or nothing.
    pub(super) async fn mend(
        &self,
        id: &InteractionId,
        lying: &Lying,
        compared: &Compared,
        should: &Should,
        until: Instant,
    ) -> Result<Outcome, StoreError> {
        let of_pins = [
            Difference::MissingPin,
            Difference::OtherPin,
            Difference::SurplusPin,
        ];
        let pins_only = compared
            .differences
            .iter()
            .all(|difference| of_pins.contains(difference));
        let condition = as_read(lying.item.as_ref());
        let mut writes = vec![match &should.interaction {
            Some(interaction) if !pins_only => {
                self.put_if(item::interaction_item(interaction)?, condition)
            }
            Some(_) | None => self.check(interaction_key(id), condition),
        }];
        let pinned = should.pin.as_ref();
        for pin in &lying.pins {
            if pinned.is_some_and(|(customer, _)| customer == &pin.under) || pin.item.is_none() {
                continue;
            }
            let key = item::key(schema::identity_pk(&pin.under), schema::pinned_sk(id));
            let delete = Delete::builder().table_name(&self.table).set_key(Some(key));
            // Table and key are set, which is all that building asks for.
            let delete = TransactWriteItem::builder().set_delete(delete.build().ok());
            writes.push(delete.build());
        }
        writes.extend(pinned.map(|(_, item)| self.put_record(item.clone())));
        Ok(match self.commit(writes, until).await? {
            Committed::Done => Outcome::Repaired,
            Committed::Changed => Outcome::Overtaken,
        })
    }

    fn put_if(&self, item: Item, (expression, names, values): Condition) -> TransactWriteItem {
        let mut put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression(expression);
        for (name, attribute) in names {
            put = put.expression_attribute_names(name, attribute);
        }
        for (name, value) in values {
            put = put.expression_attribute_values(name, value);
        }
        // Table and item are set, which is all that building asks for.
        TransactWriteItem::builder()
            .set_put(put.build().ok())
            .build()
    }

    fn check(&self, key: Item, (expression, names, values): Condition) -> TransactWriteItem {
        let mut check = ConditionCheck::builder()
            .table_name(&self.table)
            .set_key(Some(key))
            .condition_expression(expression);
        for (name, attribute) in names {
            check = check.expression_attribute_names(name, attribute);
        }
        for (name, value) in values {
            check = check.expression_attribute_values(name, value);
        }
        // Table, key and condition are set, which is all that building asks for.
        TransactWriteItem::builder()
            .set_condition_check(check.build().ok())
            .build()
    }
}

/// That the interaction is what was read.
fn as_read(item: Option<&Item>) -> Condition {
    let Some(item) = item else {
        let absent = "attribute_not_exists(#pk)".to_owned();
        return (absent, vec![("#pk", schema::PK)], Vec::new());
    };
    let (mut parts, mut names, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for (name, value, attribute) in [
        ("#rev", ":rev", schema::REV),
        ("#fold", ":fold", schema::FOLD),
    ] {
        names.push((name, attribute));
        match item.get(attribute) {
            Some(read) => {
                parts.push(format!("{name} = {value}"));
                values.push((value, read.clone()));
            }
            None => parts.push(format!("attribute_not_exists({name})")),
        }
    }
    // An item that lacks both is still the item that was read, and not none.
    parts.push("attribute_exists(#pk)".to_owned());
    names.push(("#pk", schema::PK));
    (parts.join(" AND "), names, values)
}
