//! Whether the pop is sure of who it is, and what it then tells of the customer.

use std::collections::BTreeMap;

use timeline::{
    Basis, Channel, Customer, IdentityUri, LinkSet, MAX_EVIDENCE_SHOWN, Marked, Possible, Recall,
    ScreenPop, Standing, State, Summary, TraitName, Traits, recalled_etag,
};

use crate::claims::{claim, evidence, uri};
use crate::given::{ADA, at, identity};
use crate::links::joined;
use crate::pop::shown;

const SALT: &str = "salt-of-the-tests";
const OTHER: &str = "mailto:ada@example.com";
const ORDER: &str = "crm:order/4711";

fn possible(own: &str, other: &str, bases: &[Basis]) -> Possible {
    Possible {
        claim: claim(own, other, bases),
        links: LinkSet::default(),
        traits: Traits::default(),
        newest: None,
        more: false,
    }
}

/// What an identity is called, as the table keeps it.
fn called(of: &str, name: &str) -> BTreeMap<IdentityUri, Traits> {
    let traits = serde_json::json!({"name": {
        "value": name, "rank": "human", "at": "2026-03-02T08:00:00Z", "by": "agent:ann",
    }});
    BTreeMap::from([(uri(of), serde_json::from_value(traits).unwrap())])
}

fn call(state: State) -> Summary {
    shown("1", Channel::Call, state, "11:59:00")
}

fn shared() -> Standing {
    let mark = Marked {
        by: timeline::Actor::agent("ann"),
        at: at("09:00:00"),
    };
    Standing {
        shared: Some(mark),
        ..Standing::default()
    }
}

fn pop(recall: &Recall) -> ScreenPop {
    ScreenPop::assemble(&identity(ADA), recall.clone(), SALT, at("12:00:00"))
}

#[test]
fn a_pop_is_sure_of_what_is_known_and_not_of_what_is_only_ringing_and_claimed() {
    let nothing = Recall::default;
    let live = || vec![call(State::Ringing)];
    let past = || vec![call(State::Ended)];
    let somebody = || vec![possible(ADA, OTHER, &[Basis::Typed])];
    let linked = || Standing {
        links: joined(&[(ADA, OTHER)]),
        ..Standing::default()
    };
    let traits = || called(ADA, "Ada Example");
    for (what, recall, is_sure) in [
        ("nothing", nothing(), false),
        (
            "a first call",
            Recall {
                recent: live(),
                ..nothing()
            },
            true,
        ),
        (
            "a first call, and a claim",
            Recall {
                recent: live(),
                possible: somebody(),
                ..nothing()
            },
            false,
        ),
        (
            "a first call, and a claim of a thing",
            Recall {
                recent: live(),
                possible: vec![possible(ORDER, OTHER, &[Basis::Typed])],
                ..nothing()
            },
            true,
        ),
        (
            "a call before, and a claim",
            Recall {
                recent: past(),
                possible: somebody(),
                ..nothing()
            },
            true,
        ),
        (
            "a claim",
            Recall {
                possible: somebody(),
                ..nothing()
            },
            false,
        ),
        (
            "a name, and a claim",
            Recall {
                traits: traits(),
                possible: somebody(),
                ..nothing()
            },
            true,
        ),
        (
            "a link, and a claim",
            Recall {
                standing: linked(),
                possible: somebody(),
                ..nothing()
            },
            true,
        ),
        (
            "a call before, of a shared number",
            Recall {
                recent: past(),
                standing: shared(),
                ..nothing()
            },
            false,
        ),
        (
            "a call before, and what else could not be read",
            Recall {
                recent: past(),
                unsure: true,
                ..nothing()
            },
            false,
        ),
    ] {
        assert_eq!(pop(&recall).customer.is_some(), is_sure, "{what}");
    }
}

#[test]
fn a_customer_is_whoever_anything_is_known_of_and_uses_the_number_alone() {
    let nothing = Recall::default;
    let of = |recall: &Recall| Customer::of(&uri(ADA), recall, SALT, at("12:00:00"));
    for (what, recall, knows, itself) in [
        ("nothing", nothing(), false, false),
        (
            "a call",
            Recall {
                recent: vec![call(State::Ended)],
                ..nothing()
            },
            true,
            true,
        ),
        (
            "a pin",
            Recall {
                pinned: vec![call(State::Ended)],
                ..nothing()
            },
            true,
            true,
        ),
        (
            "a mark",
            Recall {
                standing: shared(),
                ..nothing()
            },
            true,
            true,
        ),
        (
            "a name",
            Recall {
                traits: called(ADA, "Ada"),
                ..nothing()
            },
            true,
            true,
        ),
        (
            "a claim",
            Recall {
                possible: vec![possible(ADA, OTHER, &[Basis::Typed])],
                ..nothing()
            },
            true,
            false,
        ),
    ] {
        assert_eq!(recall.knows_anything(), knows, "{what}");
        assert_eq!(recall.knows_itself(), itself, "{what}");
        let told = of(&recall);
        assert_eq!(told.is_some(), knows && what != "a mark", "{what}");
        let has_id = pop(&recall).identity.unwrap().customer_id.is_some();
        assert_eq!(has_id, knows, "{what}");
    }
    let claimed = Recall {
        claimed: true,
        ..nothing()
    };
    assert!(of(&claimed).is_some());
    assert!(pop(&claimed).identity.unwrap().customer_id.is_some());
    let thing = Recall {
        recent: vec![call(State::Ended)],
        ..nothing()
    };
    let pop = ScreenPop::assemble(&identity(ORDER), thing, SALT, at("12:00:00"));
    assert_eq!(pop.identity.unwrap().customer_id, None, "a thing is nobody");
}

#[test]
fn a_customer_of_linked_identities_is_told_so_with_the_name_of_any() {
    let linked = Recall {
        standing: Standing {
            links: joined(&[(ADA, OTHER)]),
            ..Standing::default()
        },
        traits: called(OTHER, "Ada Example"),
        ..Recall::default()
    };
    let customer = pop(&linked).customer.unwrap();
    assert_eq!(customer.name, Some("Ada Example".into()));
    assert!(customer.linked);
    let name = linked.joined_traits();
    assert!(name.get(&TraitName::name()).is_some());
    let alone = Recall {
        recent: vec![call(State::Ended)],
        ..Recall::default()
    };
    assert!(!pop(&alone).customer.unwrap().linked);
}

#[test]
fn the_tag_of_a_profile_changes_with_what_is_stated_and_with_the_identities() {
    let tag = |recall: &Recall| recalled_etag(&uri(ADA), recall);
    let plain = Recall {
        traits: called(ADA, "Ada"),
        ..Recall::default()
    };
    let renamed = Recall {
        traits: called(ADA, "Ada Example"),
        ..Recall::default()
    };
    let linked = Recall {
        standing: Standing {
            links: joined(&[(ADA, OTHER)]),
            ..Standing::default()
        },
        ..plain.clone()
    };
    assert_eq!(tag(&plain), tag(&plain.clone()));
    assert!(tag(&plain) != tag(&renamed) && tag(&plain) != tag(&linked));
}

fn only_candidate(possible: Vec<Possible>) -> timeline::Candidate {
    let recall = Recall {
        possible,
        ..Recall::default()
    };
    let mut candidates = pop(&recall).candidates;
    assert_eq!(candidates.len(), 1);
    candidates.remove(0)
}

#[test]
fn a_candidate_is_told_with_its_evidence_and_whether_there_is_more_of_it() {
    let alone = only_candidate(vec![possible(ADA, OTHER, &[Basis::Typed])]);
    assert_eq!(alone.evidence.len(), 1);
    assert!(!alone.customer.linked && !alone.customer.more_interactions);

    let more = Possible {
        more: true,
        ..possible(ADA, OTHER, &[Basis::Typed])
    };
    let more = only_candidate(vec![more]);
    assert!(!more.customer.linked && more.customer.more_interactions);

    let second = "mailto:ada@example.org";
    let links = joined(&[(OTHER, second)]);
    let linked = |other: &str| Possible {
        links: links.clone(),
        ..possible(ADA, other, &[Basis::Typed])
    };
    let unseen = only_candidate(vec![linked(OTHER)]);
    assert!(unseen.customer.linked && unseen.customer.more_interactions);
    let seen = only_candidate(vec![linked(OTHER), linked(second)]);
    assert!(seen.customer.linked && !seen.customer.more_interactions);
    assert_eq!(seen.evidence.len(), 1, "what both say is told once");
}

#[test]
fn only_so_much_evidence_of_one_candidate_is_shown() {
    let second = "mailto:ada@example.org";
    let links = joined(&[(OTHER, second)]);
    let told = |other: &str, event: &str| {
        let mut claim = claim(ADA, other, &[]);
        for basis in Basis::ALL {
            claim.add(evidence(basis, event, "08:00:00", "08:00:00"));
        }
        Possible {
            claim,
            links: links.clone(),
            ..possible(ADA, other, &[])
        }
    };
    let candidate = only_candidate(vec![told(OTHER, "e1"), told(second, "e2")]);
    assert_eq!((candidate.evidence.len(), MAX_EVIDENCE_SHOWN), (11, 11));
}
