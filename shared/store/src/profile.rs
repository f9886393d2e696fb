//! A customer's profile, read of what is stated and of the timelines of all identities.

use futures_util::future::try_join_all;
use timeline::{Beyond, Profile, Timestamp};
use tokio::time::Instant;

use crate::error::StoreError;
use crate::traits::CustomerTraits;
use crate::{POP_PAGE, Store};

impl Store {
    /// The profile of the customer of whom these traits are, as it reads at a given time: of its newest [`POP_PAGE`]
    /// interactions. Two hops, at most three requests for each identity.
    ///
    /// # Errors
    /// When the table cannot be read in time.
    pub async fn profile(
        &self,
        of: &CustomerTraits,
        now: Timestamp,
        until: Instant,
    ) -> Result<Profile, StoreError> {
        let identities = of.identities();
        let Some(any) = identities.first() else {
            return Ok(Profile::of(&of.joined(), &[], Beyond::default()));
        };
        let page = self.timeline(any, POP_PAGE, None, until).await?;
        // Without a cursor there is none that could be refused.
        let (recent, more) = page.map_or_else(
            |_| (Vec::new(), false),
            |page| (page.interactions, page.next_cursor.is_some()),
        );
        let timeline: Vec<_> = recent
            .into_iter()
            .map(|summary| summary.as_of(now))
            .collect();
        let first_seen_at = if more {
            let firsts = identities.iter().map(|one| self.oldest(one, until));
            try_join_all(firsts).await?.into_iter().flatten().min()
        } else {
            timeline.last().map(|oldest| oldest.started_at)
        };
        let members: Vec<_> = of.members.values().collect();
        let beyond = Beyond {
            first_seen_at,
            more,
            members: &members,
        };
        Ok(Profile::of(&of.joined(), &timeline, beyond))
    }
}
