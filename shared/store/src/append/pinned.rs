//! Interactions that stay in view until somebody settles them: an item under their customer's identity, kept in the
//! append's own transaction.
//!
//! Invariant: the item is there exactly when the stored interaction is pinned and has a customer, under that customer
//! alone, and holds the interaction's summary.

use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem};
use timeline::{IdentityUri, Interaction, Summary};

use crate::error::StoreError;
use crate::item::{self, Stored};
use crate::{Store, known, schema};

/// Most writes of one append that keep a pinned interaction: the item where it is now, and the end of the one where it
/// was.
pub(super) const MAX_WRITES: usize = 2;

impl Store {
    /// What an append writes beside events and interaction: nothing for one that neither is nor was pinned.
    ///
    /// The interaction's own condition guards these writes as well, so they need none.
    pub(super) fn pinned_writes(
        &self,
        before: Option<&Interaction>,
        now: &Stored,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let kept = pinned(&now.interaction);
        let mut writes = Vec::new();
        if let Some((customer, summary)) = &kept {
            let item = known::pinned_item(customer, summary, now.expires_at)?;
            let put = Put::builder().table_name(&self.table).set_item(Some(item));
            // Table and item are set, which is all that building asks for.
            let put = TransactWriteItem::builder().set_put(put.build().ok());
            writes.push(put.build());
        }
        let left = before.and_then(pinned).map(|(customer, _)| customer);
        let stays = kept.as_ref().map(|(customer, _)| *customer);
        if let Some(left) = left.filter(|left| Some(*left) != stays) {
            let pk = schema::identity_pk(left);
            let key = item::key(pk, schema::pinned_sk(now.interaction.id()));
            let delete = Delete::builder().table_name(&self.table).set_key(Some(key));
            // Table and key are set, which is all that building asks for.
            let delete = TransactWriteItem::builder().set_delete(delete.build().ok());
            writes.push(delete.build());
        }
        Ok(writes)
    }
}

/// Under whom an interaction is pinned, and as what; `None` when it is not, or nobody is its customer.
fn pinned(interaction: &Interaction) -> Option<(&IdentityUri, Summary)> {
    let customer = interaction.customer()?;
    let summary = interaction.summary();
    summary.is_pinned().then_some((&customer.uri, summary))
}
