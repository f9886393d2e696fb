//! The history of each of a customer's identities by itself, for rules that ask under which one something happened.

use futures_util::future::{join, try_join_all};
use timeline::{History, IdentityUri, Summary, Timestamp};
use tokio::time::Instant;

use crate::known::Known;
use crate::slice::Slice;
use crate::{Store, StoreError};

/// Most interactions of each identity that are looked at, the newest; those that are pinned come on top.
pub const MAX_HISTORY_LOOKED_AT: usize = 1000;

/// What a customer's identities went through.
#[derive(Debug, Clone, PartialEq)]
pub struct Histories {
    /// By identity, each with what is pinned under it; one interaction may be there twice.
    pub histories: Vec<History>,
    /// Since when all was looked at; `None` where nothing older was left out.
    pub back_to: Option<Timestamp>,
    /// Whether anything is known of the customer at all.
    pub known: bool,
}

impl Store {
    /// The histories of all identities of the customer to whom an identity belongs: one hop, two where several are
    /// linked. All of it or nothing, since whoever asks concludes from what is not there, too.
    ///
    /// # Errors
    /// When any of it cannot be read in time, or cannot be understood.
    pub async fn histories(
        &self,
        identity: &IdentityUri,
        until: Instant,
    ) -> Result<Histories, StoreError> {
        let (known, own) = self.history(identity, until).await?;
        // An identity's own interactions count below.
        let written = known.standing.rev > 0 || known.traits.rev > 0;
        let members = known.standing.value.links.identities(identity);
        let siblings = members.into_iter().filter(|member| member != identity);
        let siblings = siblings.map(|member| {
            Box::pin(async move {
                let (known, slice) = self.history(&member, until).await?;
                told(member, known, slice)
            })
        });
        let mut all = try_join_all(siblings).await?;
        all.push(told(identity.clone(), known, own)?);
        let lived = |(history, _): &(History, _)| !history.interactions.is_empty();
        Ok(Histories {
            known: written || all.iter().any(lived),
            back_to: all.iter().filter_map(|(_, back_to)| *back_to).max(),
            histories: all.into_iter().map(|(history, _)| history).collect(),
        })
    }

    async fn history(
        &self,
        identity: &IdentityUri,
        until: Instant,
    ) -> Result<(Known, Slice), StoreError> {
        let (known, slice) = join(
            self.known_beside_claims(identity, until),
            self.slice(identity, MAX_HISTORY_LOOKED_AT, None, until),
        )
        .await;
        Ok((known?, slice?))
    }
}

fn told(
    identity: IdentityUri,
    known: Known,
    slice: Slice,
) -> Result<(History, Option<Timestamp>), StoreError> {
    let more = slice.more;
    let rows = slice.rows.into_iter().map(|row| row.summary);
    let mut interactions: Vec<Summary> = rows.collect::<Result<_, _>>()?;
    let back_to = interactions.last().filter(|_| more);
    let back_to = back_to.map(|summary| summary.started_at);
    interactions.extend(known.pinned);
    let history = History {
        identity,
        interactions,
    };
    Ok((history, back_to))
}
