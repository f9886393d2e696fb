//! How much speaks for two identities being one person's, as a number to rank by and as words for an agent.

use std::cmp::{Ordering, Reverse};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::claim::{Basis, ClaimRecord, Decision, Evidence, MAX_EVIDENCE, Strength};
use crate::ids::{CustomerId, EventId, InteractionId, Source};
use crate::link::Marked;
use crate::time::Timestamp;

/// Most pieces of evidence that are shown of one candidate: a decision, a former link, a mark, the last use, and one of each
/// basis.
pub const MAX_EVIDENCE_SHOWN: usize = MAX_EVIDENCE + 4;

/// The score of what an agent confirmed.
const CONFIRMED: u8 = 100;
/// The most that a score is without an agent's word.
const UNDECIDED: u8 = 95;
/// The most that a score is of an identity that several customers use: it tells next to nothing.
const SHARED: u8 = 60;
/// What it is worth that an agent had linked both: more than what nobody has made sure of, and less than what a source has.
const SAID: u8 = 75;
/// What each further basis adds, up to [`MAX_BESIDES`] of them.
const BESIDES: u8 = 3;
/// Most further bases that add to a score.
const MAX_BESIDES: usize = 3;
/// What it adds that the customer was there, or that it was said, so recently.
const RECENT: [(i64, u8); 2] = [(30 * DAY_MS, 5), (365 * DAY_MS, 2)];
/// A day in milliseconds.
const DAY_MS: i64 = 86_400_000;

/// What bears on a claim beside its record.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// When it is asked.
    pub now: Timestamp,
    /// The newest interaction of the candidate.
    pub last_used: Option<(Timestamp, &'a InteractionId)>,
    /// The mark of the identity that both use as one that several customers use.
    pub shared: Option<&'a Marked>,
}

/// What sort of evidence it is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// An agent confirmed it.
    AgentConfirmed,
    /// An agent rejected it.
    AgentRejected,
    /// An agent had linked both, until one of them was marked as one that several customers use.
    AgentLinked,
    /// A household's or a company's number or address: several customers use it.
    SharedNumber,
    /// The source has made sure of it.
    Verified,
    /// An order, a ticket or an invoice leads there.
    Reference,
    /// Both wrote in the same thread or ticket.
    Thread,
    /// It stands in the signature block of a mail.
    Signature,
    /// Somebody typed it, and nobody has made sure of it.
    Typed,
    /// When the candidate was last there.
    LastUsed,
}

/// One piece of evidence, for an agent to read and to look up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EvidenceShown {
    /// What sort it is.
    pub kind: EvidenceKind,
    /// The same in words. Names no person, number or address.
    pub text: String,
    /// Since when it stands.
    pub at: Timestamp,
    /// When it was last said, where it was said more than once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_at: Option<Timestamp>,
    /// Which system says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// In which interaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interaction_id: Option<InteractionId>,
    /// By which event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// Who says so, where it is somebody and no event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Actor>,
}

/// How likely both identities of a claim are one person's, from 0 to 100. What an agent decided outranks all else.
#[must_use]
pub fn score(record: &ClaimRecord, circumstances: &Circumstances<'_>) -> u8 {
    match record.decided.as_ref().map(|decided| decided.decision) {
        Some(Decision::Confirmed) => return CONFIRMED,
        Some(Decision::Rejected) => return 0,
        None => {}
    }
    let by_agent = record.said_by.as_ref().map(|_| SAID);
    let by_source = record.evidence.first().map(|first| weight(first.basis));
    let Some(first) = by_agent.max(by_source) else {
        return 0;
    };
    let pieces = record.weightiest().count() + usize::from(by_agent.is_some());
    let besides = pieces.saturating_sub(1).min(MAX_BESIDES);
    let besides = BESIDES * u8::try_from(besides).unwrap_or_default();
    let said = record.evidence.iter().map(|evidence| evidence.last_at);
    let used = circumstances.last_used.map(|(at, _)| at);
    let linked = record.said_by.as_ref().map(|said| said.at);
    let newest = said.chain(linked).chain(used).max();
    let recent = newest.map_or(0, |at| recency(at, circumstances.now));
    let most = if circumstances.shared.is_some() {
        SHARED
    } else {
        UNDECIDED
    };
    (first + besides + recent).min(most)
}

/// What speaks for and against it, the weightiest first.
#[must_use]
pub fn evidence_shown(
    record: &ClaimRecord,
    circumstances: &Circumstances<'_>,
) -> Vec<EvidenceShown> {
    let decided = record.decided.as_ref().map(|decided| {
        let (kind, text) = match decided.decision {
            Decision::Confirmed => (EvidenceKind::AgentConfirmed, "confirmed by an agent"),
            Decision::Rejected => (EvidenceKind::AgentRejected, "rejected by an agent"),
        };
        by_somebody(kind, text, &decided.by, decided.at)
    });
    let linked = record.said_by.as_ref().map(|said| {
        let text = "linked by an agent before it was shared";
        by_somebody(EvidenceKind::AgentLinked, text, &said.by, said.at)
    });
    let shared = circumstances.shared.map(|mark| {
        let text = "same household or company number";
        by_somebody(EvidenceKind::SharedNumber, text, &mark.by, mark.at)
    });
    let last_used = circumstances
        .last_used
        .map(|(at, interaction_id)| EvidenceShown {
            source: Some(interaction_id.source()),
            interaction_id: Some(interaction_id.clone()),
            ..bare(EvidenceKind::LastUsed, "last used".to_owned(), at)
        });
    decided
        .into_iter()
        .chain(linked)
        .chain(shared)
        .chain(record.weightiest().map(by_event))
        .chain(last_used)
        .take(MAX_EVIDENCE_SHOWN)
        .collect()
}

/// The order of candidates: the highest score first, then by the customers' ids, so that it is always the same.
#[must_use]
pub fn by_rank(a: (u8, &CustomerId), b: (u8, &CustomerId)) -> Ordering {
    (Reverse(a.0), a.1).cmp(&(Reverse(b.0), b.1))
}

/// What a basis is worth by itself. The order is that of the bases.
fn weight(basis: Basis) -> u8 {
    match basis {
        Basis::SignedIn => 85,
        Basis::Messenger => 82,
        Basis::Record => 80,
        Basis::Reference => 60,
        Basis::Thread => 45,
        Basis::Signature => 40,
        Basis::Typed => 30,
    }
}

fn recency(at: Timestamp, now: Timestamp) -> u8 {
    let age = now.millis().saturating_sub(at.millis());
    RECENT
        .iter()
        .find(|(longest, _)| age <= *longest)
        .map_or(0, |(_, bonus)| *bonus)
}

fn by_event(evidence: &Evidence) -> EvidenceShown {
    let source = evidence.source.as_str();
    let (kind, text) = match evidence.basis {
        Basis::SignedIn => (
            EvidenceKind::Verified,
            format!("verified: signed in, says {source}"),
        ),
        Basis::Messenger => (
            EvidenceKind::Verified,
            format!("verified number, says {source}"),
        ),
        Basis::Record => (
            EvidenceKind::Verified,
            format!("verified: both in one customer record of {source}"),
        ),
        Basis::Reference => (
            EvidenceKind::Reference,
            format!("an order or ticket of {source} leads there"),
        ),
        Basis::Thread => (
            EvidenceKind::Thread,
            "both wrote in one thread, unverified".to_owned(),
        ),
        Basis::Signature => (
            EvidenceKind::Signature,
            "in the signature of a mail, unverified".to_owned(),
        ),
        Basis::Typed => (EvidenceKind::Typed, "typed but unverified".to_owned()),
    };
    EvidenceShown {
        last_at: (evidence.last_at != evidence.at).then_some(evidence.last_at),
        source: Some(evidence.source.clone()),
        interaction_id: Some(evidence.interaction_id.clone()),
        event_id: Some(evidence.event_id.clone()),
        ..bare(kind, text, evidence.at)
    }
}

fn by_somebody(kind: EvidenceKind, text: &str, by: &Actor, at: Timestamp) -> EvidenceShown {
    EvidenceShown {
        by: Some(by.clone()),
        ..bare(kind, text.to_owned(), at)
    }
}

fn bare(kind: EvidenceKind, text: String, at: Timestamp) -> EvidenceShown {
    EvidenceShown {
        kind,
        text,
        at,
        last_at: None,
        source: None,
        interaction_id: None,
        event_id: None,
        by: None,
    }
}

impl ClaimRecord {
    /// Whether an agent has still to decide on it: it says something of persons, and nobody has decided.
    #[must_use]
    pub fn is_candidate(&self) -> bool {
        self.decided.is_none()
            && !self.is_of_thing()
            && (self.said_by.is_some()
                || self
                    .strength()
                    .is_some_and(|strength| strength != Strength::Reference))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::Decided;

    const NOW: i64 = 1_790_000_000_000;

    fn at(days_ago: i64) -> Timestamp {
        Timestamp::from_millis(NOW - days_ago * DAY_MS).unwrap()
    }

    fn record(bases: &[Basis], days_ago: i64) -> ClaimRecord {
        let tel = "tel:+493023125001".parse().unwrap();
        let mail = "mailto:ada@example.com".parse().unwrap();
        let mut record = ClaimRecord::new(tel, mail, false);
        let source = Source::new("invented").unwrap();
        for basis in bases {
            record.add(Evidence {
                basis: *basis,
                source: source.clone(),
                interaction_id: InteractionId::new(&source, "a").unwrap(),
                event_id: EventId::new("e").unwrap(),
                trusted: false,
                at: at(days_ago),
                last_at: at(days_ago),
            });
        }
        record
    }

    fn alone() -> Circumstances<'static> {
        Circumstances {
            now: at(0),
            last_used: None,
            shared: None,
        }
    }

    fn decided(decision: Decision) -> ClaimRecord {
        ClaimRecord {
            decided: Some(Decided {
                decision,
                by: Actor::agent("ann"),
                at: at(1),
            }),
            ..record(&[Basis::Typed], 1)
        }
    }

    /// Zammad shows five customers at random for a number that it does not know.
    #[test]
    fn complaint_5_candidates_rank_by_their_evidence_and_stand_in_one_order() {
        let scores: Vec<u8> = Basis::ALL
            .iter()
            .map(|basis| score(&record(&[*basis], 1000), &alone()))
            .collect();
        assert!(scores.is_sorted_by(|a, b| a > b), "{scores:?}");
        let id = |uri: &str| CustomerId::implied_by(&uri.parse().unwrap(), "salt");
        let (a, b) = (id("tel:+493023125001"), id("tel:+493023125002"));
        let mut ranked = [(30, &a), (80, &a), (30, &b), (80, &b)];
        ranked.sort_by(|x, y| by_rank(*x, *y));
        let (small, large) = if a < b { (&a, &b) } else { (&b, &a) };
        assert_eq!(ranked, [(80, small), (80, large), (30, small), (30, large)]);
    }

    #[test]
    fn what_an_agent_decided_outranks_all_evidence() {
        assert_eq!(score(&decided(Decision::Confirmed), &alone()), 100);
        assert_eq!(score(&decided(Decision::Rejected), &alone()), 0);
        assert!(score(&record(&Basis::ALL, 0), &alone()) < 100);
    }

    #[test]
    fn no_number_of_unverified_claims_weighs_as_much_as_a_verified_one() {
        let unverified = record(&[Basis::Thread, Basis::Signature, Basis::Typed], 0);
        assert!(score(&unverified, &alone()) < score(&record(&[Basis::Record], 1000), &alone()));
    }

    #[test]
    fn complaint_9_what_an_agent_had_linked_is_told_without_any_evidence() {
        let mark = Marked {
            by: Actor::agent("ann"),
            at: at(1000),
        };
        let linked = ClaimRecord {
            said_by: Some(mark),
            ..record(&[], 0)
        };
        assert_eq!(score(&linked, &alone()), SAID);
        assert!(linked.is_candidate());
        let shown = evidence_shown(&linked, &alone());
        assert_eq!(shown[0].kind, EvidenceKind::AgentLinked);
        assert_eq!(shown[0].by, Some(Actor::agent("ann")));
    }

    #[test]
    fn what_is_recent_ranks_before_what_is_old() {
        let of = |days| score(&record(&[Basis::Typed], days), &alone());
        assert!(of(29) > of(300) && of(300) > of(400));
        let interaction = InteractionId::new(&Source::new("invented").unwrap(), "b").unwrap();
        let used = Circumstances {
            last_used: Some((at(2), &interaction)),
            ..alone()
        };
        assert_eq!(score(&record(&[Basis::Typed], 400), &used), of(2));
    }

    #[test]
    fn an_identity_that_several_customers_use_tells_next_to_nothing() {
        let mark = Marked {
            by: Actor::agent("ann"),
            at: at(3),
        };
        let shared = Circumstances {
            shared: Some(&mark),
            ..alone()
        };
        assert_eq!(score(&record(&Basis::ALL, 0), &shared), SHARED);
        let shown = evidence_shown(&record(&[Basis::Record], 0), &shared);
        assert_eq!(shown[0].kind, EvidenceKind::SharedNumber);
        assert_eq!(shown[0].by, Some(Actor::agent("ann")));
    }

    #[test]
    fn all_that_is_shown_names_its_event_or_who_said_so() {
        let interaction = InteractionId::new(&Source::new("invented").unwrap(), "b").unwrap();
        let mark = Marked {
            by: Actor::agent("ann"),
            at: at(3),
        };
        let circumstances = Circumstances {
            last_used: Some((at(2), &interaction)),
            shared: Some(&mark),
            ..alone()
        };
        let mut record = record(&Basis::ALL, 5);
        record.decided = decided(Decision::Rejected).decided;
        record.said_by = Some(mark.clone());
        let shown = evidence_shown(&record, &circumstances);
        assert_eq!(shown.len(), MAX_EVIDENCE_SHOWN);
        for evidence in &shown {
            let has_event = evidence.event_id.is_some() && evidence.interaction_id.is_some();
            let is_interaction = evidence.kind == EvidenceKind::LastUsed
                && evidence.interaction_id.as_ref() == Some(&interaction);
            assert!(
                has_event || is_interaction || evidence.by.is_some(),
                "{evidence:?}"
            );
        }
        let kinds: Vec<EvidenceKind> = shown.iter().map(|evidence| evidence.kind).collect();
        assert!(kinds.is_sorted(), "{kinds:?}");
    }
}
