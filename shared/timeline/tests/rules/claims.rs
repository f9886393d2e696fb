//! Claims: what is kept of them, how much they are worth, and what an agent is shown.

use timeline::{
    Actor, Basis, Circumstances, ClaimRecord, Decided, Decision, EventId, Evidence, EvidenceKind,
    IdentityUri, InteractionId, LinkId, MAX_ENDED_LINKS, Marked, Source, Standing, evidence_shown,
    possible_claims, references, score,
};

use crate::given::at;
use crate::links::joined;

const OWN: &str = "tel:+14155550123";
const OTHER: &str = "mailto:ada@example.com";
const ORDER: &str = "crm:order/4711";

pub(crate) fn uri(text: &str) -> IdentityUri {
    text.parse().unwrap()
}

fn source() -> Source {
    Source::new("invented").unwrap()
}

fn interaction() -> InteractionId {
    InteractionId::new(&source(), "a").unwrap()
}

pub(crate) fn evidence(basis: Basis, event: &str, first: &str, last: &str) -> Evidence {
    Evidence {
        basis,
        source: source(),
        interaction_id: interaction(),
        event_id: EventId::new(event).unwrap(),
        trusted: false,
        at: at(first),
        last_at: at(last),
    }
}

pub(crate) fn claim(own: &str, other: &str, bases: &[Basis]) -> ClaimRecord {
    let mut record = ClaimRecord::new(uri(own), uri(other), true);
    for basis in bases {
        record.add(evidence(*basis, "e", "08:00:00", "08:00:00"));
    }
    record
}

fn decided(decision: Decision, record: ClaimRecord) -> ClaimRecord {
    let decided = Decided {
        decision,
        by: Actor::agent("ann"),
        at: at("09:00:00"),
    };
    ClaimRecord {
        decided: Some(decided),
        ..record
    }
}

fn said(record: ClaimRecord) -> ClaimRecord {
    ClaimRecord {
        said_by: Some(mark()),
        ..record
    }
}

fn mark() -> Marked {
    Marked {
        by: Actor::agent("ann"),
        at: at("09:00:00"),
    }
}

#[test]
fn an_actor_is_told_by_its_text() {
    for (actor, text, is_policy) in [
        (Actor::agent("robin"), "agent:robin", false),
        (Actor::policy("claims"), "policy:claims", true),
    ] {
        assert_eq!((actor.as_str(), actor.to_string().as_str()), (text, text));
        assert_eq!(actor.is_policy(), is_policy, "{actor}");
    }
}

#[test]
fn the_last_links_that_ended_are_remembered_once_each() {
    let id = |key: usize| LinkId::of_act(&key.to_string(), "salt");
    let mut record = claim(OWN, OTHER, &[]);
    record.end(id(1));
    record.end(id(2));
    record.end(id(1));
    assert_eq!(record.ended, [id(2), id(1)]);
    for key in 0..=MAX_ENDED_LINKS {
        record.end(id(100 + key));
    }
    let last: Vec<LinkId> = (1..=MAX_ENDED_LINKS).map(|key| id(100 + key)).collect();
    assert_eq!(record.ended, last);
}

#[test]
fn of_what_is_said_alike_the_first_event_stays_and_the_last_time() {
    let early = evidence(Basis::Thread, "early", "08:00:00", "08:00:00");
    let late = evidence(Basis::Thread, "late", "09:00:00", "10:00:00");
    for order in [[&early, &late], [&late, &early]] {
        let mut record = claim(OWN, OTHER, &[]);
        order.into_iter().for_each(|one| record.add(one.clone()));
        let kept = evidence(Basis::Thread, "early", "08:00:00", "10:00:00");
        assert_eq!(record.evidence, [kept]);
    }
}

#[test]
fn what_is_trusted_stands_before_what_is_not_and_behind_what_weighs_more() {
    let of = |basis, trusted| Evidence {
        trusted,
        ..evidence(basis, "e", "08:00:00", "08:00:00")
    };
    let wanted = [
        (Basis::Record, false),
        (Basis::Thread, true),
        (Basis::Thread, false),
        (Basis::Typed, true),
    ];
    for turn in 0..wanted.len() {
        for back in [false, true] {
            let mut order = wanted;
            order.rotate_left(turn);
            if back {
                order.reverse();
            }
            let mut record = claim(OWN, OTHER, &[]);
            for (basis, trusted) in order {
                record.add(of(basis, trusted));
            }
            let kept = record.evidence.iter().map(|one| (one.basis, one.trusted));
            assert_eq!(kept.collect::<Vec<_>>(), wanted);
            let told = record.weightiest().map(|one| (one.basis, one.trusted));
            assert_eq!(told.collect::<Vec<_>>(), [wanted[0], wanted[1], wanted[3]]);
        }
    }
}

#[test]
fn a_claim_is_a_candidate_until_somebody_decides_and_where_it_is_of_persons() {
    let typed = claim(OWN, OTHER, &[Basis::Typed]);
    for (record, candidate, confirmed, rejected) in [
        (typed.clone(), true, false, false),
        (
            decided(Decision::Confirmed, typed.clone()),
            false,
            true,
            false,
        ),
        (decided(Decision::Rejected, typed), false, false, true),
        (claim(OWN, OTHER, &[Basis::Reference]), false, false, false),
        (claim(OWN, ORDER, &[Basis::Typed]), false, false, false),
        (claim(OWN, OTHER, &[]), false, false, false),
    ] {
        assert_eq!(record.is_candidate(), candidate, "{record:?}");
        assert_eq!(record.is_confirmed(), confirmed, "{record:?}");
        assert_eq!(record.is_rejected(), rejected, "{record:?}");
    }
}

#[test]
fn each_further_basis_and_a_recent_use_add_to_the_score() {
    let interaction = interaction();
    let asked = |last_used: Option<&str>| Circumstances {
        now: at("2028-03-02T12:00:00Z"),
        last_used: last_used.map(|time| (at(time), &interaction)),
        shared: None,
    };
    let three = claim(OWN, OTHER, &[Basis::Record, Basis::Thread, Basis::Typed]);
    assert_eq!(score(&three, &asked(None)), 80 + 2 * 3);
    assert_eq!(score(&said(three.clone()), &asked(None)), 80 + 3 * 3);
    assert_eq!(
        score(&three, &asked(Some("2028-03-02T11:00:00Z"))),
        80 + 2 * 3 + 5
    );
    assert_eq!(
        score(&three, &asked(Some("2027-12-01T11:00:00Z"))),
        80 + 2 * 3 + 2
    );
}

#[test]
fn evidence_names_its_source_its_interaction_and_when_it_was_last_said() {
    let mut record = claim(OWN, OTHER, &[Basis::Typed]);
    record.add(evidence(Basis::Record, "r", "08:00:00", "10:00:00"));
    let interaction = interaction();
    let circumstances = Circumstances {
        now: at("12:00:00"),
        last_used: Some((at("11:00:00"), &interaction)),
        shared: None,
    };
    let shown = evidence_shown(&record, &circumstances);
    let told: Vec<_> = shown
        .iter()
        .map(|one| (one.kind, one.at, one.last_at))
        .collect();
    assert_eq!(
        told,
        [
            (EvidenceKind::Verified, at("08:00:00"), Some(at("10:00:00"))),
            (EvidenceKind::Typed, at("08:00:00"), None),
            (EvidenceKind::LastUsed, at("11:00:00"), None),
        ]
    );
    for one in shown {
        assert_eq!(one.source, Some(source()));
        assert_eq!(one.interaction_id, Some(interaction.clone()));
    }
}

fn others(claims: &[ClaimRecord]) -> Vec<&str> {
    claims.iter().map(|claim| claim.other.expose()).collect()
}

#[test]
fn whom_it_could_be_is_who_is_claimed_and_not_decided_the_likeliest_first() {
    let nobody = Standing::default();
    let typed = claim(OWN, "mailto:a@example.com", &[Basis::Typed]);
    let signed_in = claim(OWN, "mailto:b@example.com", &[Basis::SignedIn]);
    let by_agent = said(claim(OWN, "mailto:c@example.com", &[]));
    let confirmed = decided(
        Decision::Confirmed,
        claim(OWN, "mailto:d@example.com", &[Basis::Typed]),
    );
    let rejected = decided(
        Decision::Rejected,
        claim(OWN, "mailto:e@example.com", &[Basis::Typed]),
    );
    let bare = claim(OWN, "mailto:f@example.com", &[]);
    let of_a_thing = claim(OWN, ORDER, &[Basis::Typed]);
    let referred = claim(OWN, "mailto:g@example.com", &[Basis::Reference]);
    let all = [
        typed, signed_in, by_agent, confirmed, rejected, bare, of_a_thing, referred,
    ];
    let possible = possible_claims(&uri(OWN), &nobody, all.iter());
    assert_eq!(
        others(&possible),
        [
            "mailto:b@example.com",
            "mailto:c@example.com",
            "mailto:a@example.com"
        ]
    );
    let linked = Standing {
        links: joined(&[(OWN, "mailto:b@example.com")]),
        ..nobody
    };
    let possible = possible_claims(&uri(OWN), &linked, all.iter());
    assert_eq!(
        others(&possible),
        ["mailto:c@example.com", "mailto:a@example.com"]
    );
}

#[test]
fn whoever_uses_a_shared_number_is_named_whether_claimed_confirmed_or_linked() {
    let confirmed = |other: &str| decided(Decision::Confirmed, claim(OWN, other, &[]));
    let shared = Standing {
        shared: Some(mark()),
        links: joined(&[
            (OWN, "mailto:linked@example.com"),
            (OWN, ORDER),
            (OWN, "mailto:both@example.com"),
        ]),
    };
    let all = [
        confirmed("mailto:confirmed@example.com"),
        claim(OWN, "mailto:both@example.com", &[Basis::Typed]),
    ];
    let possible = possible_claims(&uri(OWN), &shared, all.iter());
    assert_eq!(
        others(&possible),
        [
            "mailto:both@example.com",
            "mailto:confirmed@example.com",
            "mailto:linked@example.com"
        ]
    );
    assert!(possible[2].evidence.is_empty());
}

#[test]
fn an_identity_is_a_thing_only_where_nothing_else_is_known_of_it() {
    let referred = claim(OTHER, "tel:+14155550188", &[Basis::Reference]);
    let typed = claim(OTHER, "tel:+14155550188", &[Basis::Typed]);
    let of = |own: &str, standing: &Standing, claims: &[ClaimRecord]| {
        let found = references(&uri(own), standing, claims.iter());
        found.len()
    };
    let nothing = Standing::default();
    let marked = Standing {
        shared: Some(mark()),
        ..Standing::default()
    };
    let only = std::slice::from_ref(&referred);
    assert_eq!(of(OTHER, &nothing, only), 1);
    assert_eq!(of(OTHER, &marked, only), 0, "it is known for more");
    assert_eq!(of(OTHER, &nothing, &[referred.clone(), typed]), 0);
    assert_eq!(of(ORDER, &marked, only), 1, "a thing is one in any case");
}
