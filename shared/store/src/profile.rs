//! A customer's profile, read of what is stated and of the timelines of all identities.

use std::cmp::Reverse;
use std::time::Instant;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use timeline::{Beyond, IdentityUri, Profile, Summary, Timestamp};

use crate::error::StoreError;
use crate::traits::CustomerTraits;
use crate::{POP_PAGE, Store};

/// How many identities' timelines are read at once.
const ABREAST: usize = 8;

/// What one identity's timeline adds.
struct Part {
    recent: Vec<Summary>,
    more: bool,
    first_seen_at: Option<Timestamp>,
}

impl Store {
    /// The profile of the customer of whom these traits are, as it reads at a given time: of its newest [`POP_PAGE`]
    /// interactions. At most two requests for each identity.
    ///
    /// # Errors
    /// When the table cannot be read in time.
    pub async fn profile(
        &self,
        of: &CustomerTraits,
        now: Timestamp,
        until: Instant,
    ) -> Result<Profile, StoreError> {
        let parts: Vec<Part> = stream::iter(of.identities())
            .map(|identity| async move { self.part(&identity, until).await })
            .buffered(ABREAST)
            .try_collect()
            .await?;
        let first_seen_at = parts.iter().filter_map(|part| part.first_seen_at).min();
        let more = parts.iter().any(|part| part.more);
        let summaries = parts.into_iter().flat_map(|part| part.recent);
        let mut timeline: Vec<_> = summaries.map(|summary| summary.as_of(now)).collect();
        timeline.sort_by_key(|summary| (Reverse(summary.started_at), summary.id.clone()));
        let more = more || timeline.len() > POP_PAGE;
        timeline.truncate(POP_PAGE);
        let members: Vec<_> = of.members.values().collect();
        let beyond = Beyond {
            first_seen_at,
            more,
            members: &members,
        };
        Ok(Profile::of(&of.joined(), &timeline, beyond))
    }

    async fn part(&self, identity: &IdentityUri, until: Instant) -> Result<Part, StoreError> {
        let page = self.timeline(identity, POP_PAGE, None, until).await?;
        // Without a cursor there is none that could be refused.
        let (recent, more) = page.map_or_else(
            |_| (Vec::new(), false),
            |page| (page.interactions, page.next_cursor.is_some()),
        );
        let oldest = recent.last().map(|oldest| oldest.started_at);
        let first_seen_at = match more {
            true => {
                let first = self.first_seen(identity, until).await?;
                first.map(|first| first.started_at)
            }
            false => oldest,
        };
        Ok(Part {
            recent,
            more,
            first_seen_at,
        })
    }
}
