//! Orders and tickets are no persons: they lead to one and are never taken for one.

use std::collections::BTreeSet;

use serde_json::json;
use timeline::{
    Actor, Basis, ClaimRecord, CustomerId, Decided, Decision, EventId, Evidence, Identity,
    IdentityUri, InteractionId, LinkId, LinkSet, Origin, PopState, Possible, Rank, Recall,
    ScreenPop, Source, Standing, Trait, TraitName, Traits, not_rejected, possible_claims,
    records_in_conflict, references,
};

use crate::given::at;

const SALT: &str = "salt-of-the-tests";
const TICKET: &str = "crm:ticket/5158";

fn uri(text: &str) -> IdentityUri {
    Identity::read(text).unwrap().uri
}

/// What is kept under `own` of its being one with `other`, which is the customer of who said so.
fn claim(own: &str, other: &str, bases: &[Basis]) -> ClaimRecord {
    let mut record = ClaimRecord::new(uri(own), uri(other), true);
    let source = Source::new("desk").unwrap();
    for basis in bases {
        record.add(Evidence {
            basis: *basis,
            interaction_id: InteractionId::new(&source, "1").unwrap(),
            source: source.clone(),
            event_id: EventId::new("1").unwrap(),
            trusted: false,
            at: at("08:00:00"),
            last_at: at("08:00:00"),
        });
    }
    record
}

fn linked(from: &str, to: &str) -> LinkSet {
    let id = LinkId::of_act(from, SALT);
    let link = json!({"id": id, "from": from, "to": to, "at": at("08:00:00"),
        "by": Actor::agent("ann"), "reason": "agent"});
    serde_json::from_value(json!({id.as_str(): link})).unwrap()
}

fn others<C: std::borrow::Borrow<ClaimRecord>>(claims: &[C]) -> Vec<String> {
    let others = claims
        .iter()
        .map(|claim| claim.borrow().other.expose().to_owned());
    others.collect()
}

#[test]
fn a_ticket_leads_to_its_requester_whoever_else_names_it() {
    let claims = [
        claim(TICKET, "mailto:stranger@example.com", &[Basis::Thread]),
        claim(TICKET, "mailto:ada@example.com", &[Basis::Reference]),
        claim(
            TICKET,
            "mailto:bo@example.com",
            &[Basis::Thread, Basis::Reference],
        ),
        claim(TICKET, "crm:order/7", &[Basis::Reference]),
    ];
    let known = Standing {
        links: linked(TICKET, "mailto:ada@example.com"),
        ..Standing::default()
    };
    for standing in [Standing::default(), known] {
        let found = references(&uri(TICKET), &standing, claims.iter());
        assert_eq!(
            others(&found),
            ["mailto:ada@example.com", "mailto:bo@example.com"]
        );
    }
    let beside = possible_claims(&uri(TICKET), &Standing::default(), claims.iter());
    assert_eq!(others(&beside), ["mailto:stranger@example.com"]);
    // A record of a person that is a reference, too, is a person's as soon as anything else is known of it.
    let mut of_record = claims[..2].to_vec();
    of_record
        .iter_mut()
        .for_each(|claim| claim.own = uri("crm:erp/7"));
    let found = references(&uri("crm:erp/7"), &Standing::default(), of_record.iter());
    assert_eq!(others(&found), [""; 0]);
}

#[test]
fn complaint_5_a_thing_is_never_whom_it_could_be() {
    let own = "mailto:ada@example.com";
    for basis in Basis::ALL {
        let mut record = claim(own, TICKET, &[basis]);
        let found = possible_claims(&uri(own), &Standing::default(), [&record].into_iter());
        assert_eq!(others(&found), [""; 0], "{basis:?}");
        assert!(!record.is_candidate());
        std::mem::swap(&mut record.own, &mut record.other);
        assert!(!record.is_candidate());
    }
}

#[test]
fn a_thing_names_no_customer_and_is_no_record_of_a_person() {
    let (ticket, ada) = (uri(TICKET), uri("mailto:ada@example.com"));
    let links = linked(TICKET, ada.expose());
    for member in [&ticket, &ada] {
        assert_eq!(links.root(member, SALT), ada);
        assert_eq!(
            links.customer_id(member, SALT),
            CustomerId::implied_by(&ada, SALT)
        );
    }
    let one = |text: &str| BTreeSet::from([uri(text)]);
    let conflicts = |system: &str| {
        let (a, b) = (format!("crm:{system}/1"), format!("crm:{system}/2"));
        records_in_conflict(&one(&a), &one(&b)).len()
    };
    assert_eq!((conflicts("ticket"), conflicts("erp")), (0, 1));
}

#[test]
fn complaint_6_whom_an_agent_rejected_is_not_shown_by_another_identity() {
    let possible = |other: &str, decision: Option<Decision>| Possible {
        claim: ClaimRecord {
            decided: decision.map(|decision| Decided {
                decision,
                by: Actor::agent("ann"),
                at: at("08:00:00"),
            }),
            ..claim("tel:+14155550123", other, &[Basis::Typed])
        },
        links: linked("mailto:bo@example.com", "crm:erp/7"),
        traits: Traits::default(),
        newest: None,
        more: false,
    };
    let rejected = BTreeSet::from([uri("mailto:bo@example.com")]);
    let shown = |one: Possible, rejected: &BTreeSet<_>| not_rejected(vec![one], rejected).len();
    assert_eq!(shown(possible("crm:erp/7", None), &BTreeSet::new()), 1);
    assert_eq!(shown(possible("crm:erp/7", None), &rejected), 0);
    let confirmed = Some(Decision::Confirmed);
    assert_eq!(shown(possible("crm:erp/7", confirmed), &rejected), 1);
}

#[test]
fn complaint_5_a_browser_of_which_nothing_is_known_is_no_candidate() {
    let asked = Identity::read("tel:+14155550123").unwrap();
    let pop = |traits: Traits| {
        let possible = Possible {
            claim: claim("tel:+14155550123", "visitor:shop/4f2a", &[Basis::Typed]),
            links: LinkSet::default(),
            traits,
            newest: None,
            more: false,
        };
        let recall = Recall {
            possible: vec![possible],
            ..Recall::default()
        };
        ScreenPop::assemble(&asked, recall, SALT, at("09:00:00"))
    };
    let bare = pop(Traits::default());
    assert_eq!((bare.state, bare.candidates.len()), (PopState::Unknown, 0));
    let mut named = Traits::default();
    let name = Trait {
        value: Some("Ada Example".into()),
        rank: Rank::Human,
        at: at("08:00:00"),
        origin: Origin::Actor {
            by: Actor::agent("ann"),
        },
    };
    named.add(TraitName::name(), name);
    let named = pop(named);
    assert_eq!(
        (named.state, named.candidates.len()),
        (PopState::Candidates, 1)
    );
}
