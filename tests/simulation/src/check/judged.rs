//! How much was judged, by what it is. A run in which one of these never came proves nothing of it.

use std::collections::BTreeMap;

use timeline::PopState;

/// What has to be judged in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Judged {
    /// Interactions that pops showed meanwhile.
    InPops,
    /// Interactions that timelines showed meanwhile.
    InTimelines,
    /// Pops of one customer, meanwhile and in the end.
    Matches,
    /// Pops of those whom it could be.
    Candidates,
    /// Pops of an identity that several use.
    Shared,
    /// Pops of whom nothing is known.
    Unknown,
    /// Pops that said that something is missing, meanwhile only.
    Degraded,
    /// Pops that were asked for in the end.
    LastPops,
    /// Those of them of which it is certain what state they have to be in.
    LastStates,
    /// Whom pops named in the end as whom it could be, and had to.
    LastCandidates,
    /// Names in pops in the end.
    LastNames,
    /// What sources say of people in the events that are stored.
    Traits,
    /// Claims that have to be noted.
    Claims,
    /// Claims of which nobody knows, since what said so was given up.
    ClaimsGivenUp,
    /// Links that policy has made and that stand.
    ByPolicy,
    /// Claims that policy alone decided on.
    Decided,
    /// Names that people wrote and that stand.
    Named,
    /// Identities that agents spoke of and that are shared.
    Marked,
    /// Promises that are kept.
    Kept,
    /// Timelines that were read to their end while things went wrong.
    Turned,
}

impl Judged {
    /// All of it, in the order of reports.
    pub const ALL: [Self; 20] = [
        Self::InPops,
        Self::InTimelines,
        Self::Matches,
        Self::Candidates,
        Self::Shared,
        Self::Unknown,
        Self::Degraded,
        Self::LastPops,
        Self::LastStates,
        Self::LastCandidates,
        Self::LastNames,
        Self::Traits,
        Self::Claims,
        Self::ClaimsGivenUp,
        Self::ByPolicy,
        Self::Decided,
        Self::Named,
        Self::Marked,
        Self::Kept,
        Self::Turned,
    ];

    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::InPops => "interactions in pops",
            Self::InTimelines => "interactions in timelines",
            Self::Matches => "pops of one customer",
            Self::Candidates => "pops of candidates",
            Self::Shared => "pops of a shared identity",
            Self::Unknown => "pops of nobody known",
            Self::Degraded => "degraded pops",
            Self::LastPops => "pops in the end",
            Self::LastStates => "  whose state is certain",
            Self::LastCandidates => "  candidates that they had to name",
            Self::LastNames => "  names in them",
            Self::Traits => "traits that events say",
            Self::Claims => "claims noted",
            Self::ClaimsGivenUp => "claims that were given up",
            Self::ByPolicy => "links by policy that stand",
            Self::Decided => "claims left to policy",
            Self::Named => "names that people wrote",
            Self::Marked => "identities that are shared",
            Self::Kept => "promises that are kept",
            Self::Turned => "timelines read to their end",
        }
    }

    /// What a pop in this state is; `None` of a number that is withheld, which no story has.
    #[must_use]
    pub(crate) fn of_state(state: PopState) -> Option<Self> {
        match state {
            PopState::Match => Some(Self::Matches),
            PopState::Candidates => Some(Self::Candidates),
            PopState::Shared => Some(Self::Shared),
            PopState::Unknown => Some(Self::Unknown),
            PopState::Degraded => Some(Self::Degraded),
            PopState::Anonymous => None,
        }
    }
}

/// How much of each.
#[derive(Debug, Clone, Default)]
pub struct Counts(BTreeMap<Judged, u64>);

impl Counts {
    /// Counts so many more.
    pub(crate) fn add(&mut self, what: Judged, count: usize) {
        *self.0.entry(what).or_default() += count as u64;
    }

    /// How much there is.
    #[must_use]
    pub fn of(&self, what: Judged) -> u64 {
        self.0.get(&what).copied().unwrap_or(0)
    }

    /// Adds others.
    pub(crate) fn join(&mut self, others: &Self) {
        for (what, count) in &others.0 {
            *self.0.entry(*what).or_default() += count;
        }
    }

    /// What there is none of and has to be. That a claim is given up is rare, and nothing is judged by it.
    pub(crate) fn missing(&self) -> impl Iterator<Item = Judged> {
        let needed = Judged::ALL.into_iter();
        let needed = needed.filter(|what| *what != Judged::ClaimsGivenUp);
        needed.filter(|what| self.of(*what) == 0)
    }
}
