//! What a look finds, and whom it tells.

use std::collections::BTreeSet;

use timeline::InteractionId;
use tokio::time::Instant;

/// What is stored otherwise than the events say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// There are events, and no interaction.
    NoInteraction,
    /// There is an interaction, and no event.
    NoEvents,
    /// An event cannot be read.
    UnreadableEvent,
    /// There are fewer events than the interaction is the fold of, and it says more than they do: they have expired, or
    /// they are lost.
    MissingEvents,
    /// A later version of this crate wrote it.
    NewerShape,
    /// Its events cannot be read together, or what they make cannot be written.
    Unfoldable,
    /// `rev` is not the number of events.
    Rev,
    /// The stored fold is not that of the events.
    Fold,
    /// The index has it under another identity than its customer's, or under none.
    Identity,
    /// The index has it at another time than it began.
    Start,
    /// What timelines show of it is not what the fold says.
    Summary,
    /// It may be removed before one of its events.
    Expiry,
    /// It is open, and not pinned under its customer.
    MissingPin,
    /// What is pinned under its customer is not what the fold says.
    OtherPin,
    /// It is pinned where it should not be.
    SurplusPin,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NoInteraction => "events without an interaction",
            Self::NoEvents => "no events",
            Self::UnreadableEvent => "an event cannot be read",
            Self::MissingEvents => "events are missing: expired or lost",
            Self::NewerShape => "written by a newer version",
            Self::Unfoldable => "its events cannot be read together",
            Self::Rev => "rev",
            Self::Fold => "fold",
            Self::Identity => "ik",
            Self::Start => "at",
            Self::Summary => "summary",
            Self::Expiry => "expires before its events",
            Self::MissingPin => "pin missing",
            Self::OtherPin => "pin differs",
            Self::SurplusPin => "pin too many",
        })
    }
}

/// What became of an interaction that differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is as it was; nobody asked for more.
    Reported,
    /// It is written anew.
    Repaired,
    /// It was written by somebody else meanwhile, and that was left alone: to be looked at again.
    Overtaken,
    /// Its events do not say what it should be, so that nothing is written.
    Beyond,
    /// The table does not take what it should be, such as for its size.
    Refused,
}

/// An interaction that differs from its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which.
    pub interaction: InteractionId,
    /// In what.
    pub differences: BTreeSet<Difference>,
    /// What became of it.
    pub outcome: Outcome,
}

/// What a rebuild has seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// Interactions that were compared with their events.
    pub checked: u64,
    /// Of these, those of which events have expired, so that they were compared with themselves only.
    pub expired: u64,
    /// Interactions that were written to so often meanwhile that nothing can be said of them.
    pub busy: u64,
    /// Items under keys that are none of this crate's.
    pub unknown: u64,
    /// Those that differ.
    pub findings: Vec<Finding>,
}

impl Rebuilt {
    /// Adds what another part has seen.
    pub fn add(&mut self, other: Self) {
        self.checked += other.checked;
        self.expired += other.expired;
        self.busy += other.busy;
        self.unknown += other.unknown;
        self.findings.extend(other.findings);
    }
}

/// How to look, and whom to tell.
#[derive(Clone, Copy)]
pub struct Look<'a> {
    /// Whether what differs is written anew, if nobody wrote it meanwhile.
    pub repair: bool,
    /// Until when.
    pub until: Instant,
    /// Hears each finding as soon as it is made, so that none is lost where something fails later.
    pub found: &'a (dyn Fn(&Finding) + Sync),
}

impl Look<'_> {
    pub(super) fn tell(&self, rebuilt: &Rebuilt) {
        rebuilt.findings.iter().for_each(self.found);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn each_difference_has_a_name_of_its_own() {
        let named = |one: Difference| (one.to_string(), one);
        let all = [
            Difference::NoInteraction,
            Difference::NoEvents,
            Difference::Rev,
            Difference::Fold,
        ];
        let names: BTreeMap<String, Difference> = all.into_iter().map(named).collect();
        assert_eq!(names.len(), all.len());
    }

    #[test]
    fn what_the_parts_have_seen_is_summed_up() {
        let part = |by: u64| Rebuilt {
            checked: by,
            expired: by + 1,
            busy: by + 2,
            unknown: by + 3,
            findings: Vec::new(),
        };
        let mut sum = part(10);
        sum.add(part(20));
        let counts = (sum.checked, sum.expired, sum.busy, sum.unknown);
        assert_eq!(counts, (30, 32, 34, 36));
    }
}
