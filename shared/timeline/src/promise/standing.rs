//! Where the promises of an interaction stand.

use crate::interaction::{Interaction, OfPromise};
use crate::promise::{
    MAX_ENDED_SHOWN, MAX_OPEN_SHOWN, PromiseEnd, PromiseId, PromiseState, PromiseStatus,
};

impl Interaction {
    /// Where a promise stands, whether or not the summary shows it. Does not depend on the time of asking: see
    /// [`PromiseStatus::as_of`].
    #[must_use]
    pub fn promise(&self, id: &PromiseId) -> Option<PromiseStatus> {
        let mut standing = self.promises_standing();
        standing.find_map(|(_, status)| (&status.promise.id == id).then_some(status))
    }

    /// Those that a summary shows, in the order in which they were made.
    pub(crate) fn promises_shown(&self) -> Vec<PromiseStatus> {
        let mut all: Vec<(usize, PromiseStatus)> = self.promises_standing().collect();
        // What was made or ended last first.
        all.sort_by_key(|(said, _)| std::cmp::Reverse(*said));
        let (mut open, mut ended) = (0, 0);
        all.retain(|(_, status)| {
            let (count, most) = if status.is_open() {
                (&mut open, MAX_OPEN_SHOWN)
            } else {
                (&mut ended, MAX_ENDED_SHOWN)
            };
            *count += 1;
            *count <= most
        });
        let shown = |id: &PromiseId| all.iter().any(|(_, status)| &status.promise.id == id);
        let made = self.promises_standing().map(|(_, status)| status);
        made.filter(|status| shown(&status.promise.id)).collect()
    }

    /// Each promise in the order in which they were made, and at which place in the order of all that is said of promises
    /// the last word of it stands. An end counts where it was said after the promise: one that is promised again after it
    /// was taken back is to be kept.
    fn promises_standing(&self) -> impl Iterator<Item = (usize, PromiseStatus)> {
        let said = || self.promises.entries().enumerate();
        said().filter_map(move |(made, (event_id, of_promise))| {
            let OfPromise::Made(promised) = of_promise else {
                return None;
            };
            let end = said().skip(made).find_map(|(place, (_, of_promise))| {
                let OfPromise::Ended(end) = of_promise else {
                    return None;
                };
                (end.id == promised.promise.id).then_some((place, end.how))
            });
            let state = match end {
                None => PromiseState::Open,
                Some((_, PromiseEnd::Kept)) => PromiseState::Kept,
                Some((_, PromiseEnd::Withdrawn)) => PromiseState::Withdrawn,
            };
            let status = PromiseStatus {
                promise: promised.promise.clone(),
                made_at: promised.made_at,
                event_id: Some(event_id.clone()),
                state,
            };
            Some((end.map_or(made, |(place, _)| place), status))
        })
    }
}
