//! Sets of links: which one is between whom, how many there may be, and what is left of them.

use std::collections::BTreeSet;

use timeline::{
    Basis, Conflict, IdentityKind, IdentityUri, Link, LinkError, LinkId, LinkReason, LinkSet,
    MAX_LINK_BYTES, MAX_LINKS, MAX_NUMBERS_OF_A_RECORD, records_in_conflict,
};

use crate::claims::uri;
use crate::links::{joined, link};

const RECORD: &str = "crm:salesforce/003A";

fn ends(set: &LinkSet) -> Vec<(&str, &str)> {
    set.iter()
        .map(|link| (link.from.expose(), link.to.expose()))
        .collect()
}

#[test]
fn a_claims_link_is_the_same_whichever_end_is_named_first_and_for_ever() {
    let (a, b) = (uri("mailto:ada@example.com"), uri("tel:+14155550123"));
    let id = LinkId::of_claim(&a, &b, "salt");
    assert_eq!(id, LinkId::of_claim(&b, &a, "salt"));
    assert_eq!(
        id.as_str(),
        "lnk_xods6pvatph52h3sbiim3kgiij",
        "links that are stored have such ids"
    );
}

#[test]
fn a_links_id_is_a_digest_and_nothing_else() {
    let good = format!("lnk_{}", "a2".repeat(13));
    assert!(LinkId::try_from(good).is_ok());
    for bad in [
        format!("lnk_{}", "A2".repeat(13)),
        format!("lnk_{}", "a1".repeat(13)),
        format!("lnk_{}", "a2".repeat(12)),
        "a2".repeat(13),
    ] {
        assert!(LinkId::try_from(bad.clone()).is_err(), "{bad}");
    }
}

#[test]
fn a_link_is_found_by_its_id_and_by_its_ends_either_way_round() {
    let pairs = [
        ("visitor:shop/1", "visitor:shop/2"),
        ("visitor:shop/2", "visitor:shop/3"),
        ("visitor:shop/4", "visitor:shop/2"),
    ];
    let set = joined(&pairs);
    for (from, to) in pairs {
        let (from, to) = (uri(from), uri(to));
        let found = set.between(&from, &to).unwrap();
        assert_eq!((&found.from, &found.to), (&from, &to));
        assert_eq!(set.between(&to, &from), Some(found));
        assert_eq!(set.get(&found.id), Some(found));
    }
    let (one, three) = (uri("visitor:shop/1"), uri("visitor:shop/3"));
    assert_eq!(set.between(&one, &three), None);
    assert_eq!(set.between(&one, &one), None);
    assert_eq!(set.get(&LinkId::of_act("none", "salt")), None);
}

/// A record with numbers that policies linked to it, or an agent.
fn record_with(numbers: usize, reason: LinkReason, record_first: bool) -> LinkSet {
    let mut set = LinkSet::default();
    for number in 0..numbers {
        let (record, tel) = (uri(RECORD), uri(&format!("tel:+1415555010{number}")));
        let (from, to) = if record_first {
            (record, tel)
        } else {
            (tel, record)
        };
        let link = Link {
            from,
            to,
            reason,
            ..link(number, 1, 2)
        };
        set = set.joined(&LinkSet::default(), link).unwrap();
    }
    set
}

#[test]
fn policies_link_so_many_of_a_kind_to_a_record_and_agents_more() {
    let by_policy = LinkReason::Claim(Basis::Record);
    let most = MAX_NUMBERS_OF_A_RECORD;
    for record_first in [true, false] {
        let full = record_with(most, by_policy, record_first);
        for (what, set, of, kind, is_full) in [
            ("full", &full, RECORD, IdentityKind::Tel, true),
            ("another kind", &full, RECORD, IdentityKind::Mailto, false),
            (
                "another record",
                &full,
                "crm:salesforce/003B",
                IdentityKind::Tel,
                false,
            ),
            (
                "no record",
                &full,
                "tel:+14155550100",
                IdentityKind::Crm,
                false,
            ),
            (
                "one less",
                &record_with(most - 1, by_policy, record_first),
                RECORD,
                IdentityKind::Tel,
                false,
            ),
            (
                "by an agent",
                &record_with(most, LinkReason::Agent, record_first),
                RECORD,
                IdentityKind::Tel,
                false,
            ),
        ] {
            assert_eq!(
                set.is_full(&uri(of), kind),
                is_full,
                "{what}, {record_first}"
            );
        }
    }
}

#[test]
fn what_is_no_record_is_never_full() {
    let tel = uri("tel:+14155550123");
    let mut set = LinkSet::default();
    for number in 0..=MAX_NUMBERS_OF_A_RECORD {
        let to = uri(&format!("mailto:ada{number}@example.com"));
        let reason = LinkReason::Claim(Basis::Record);
        let link = Link {
            from: tel.clone(),
            to,
            reason,
            ..link(number, 1, 2)
        };
        set = set.joined(&LinkSet::default(), link).unwrap();
    }
    assert!(!set.is_full(&tel, IdentityKind::Mailto));
}

#[test]
fn a_customer_has_so_many_links_and_no_more() {
    // As many as there may be between few identities: in both directions, and more than once.
    let mut set = LinkSet::default();
    for key in 0..MAX_LINKS {
        let added = link(key, key % 9, (key + 1) % 9);
        set = set.joined(&LinkSet::default(), added).unwrap();
    }
    assert_eq!(set.iter().count(), MAX_LINKS);
    let refused = set.joined(&LinkSet::default(), link(MAX_LINKS, 1, 2));
    assert_eq!(refused, Err(LinkError::TooManyLinks));
}

#[test]
fn the_links_of_a_customer_may_fill_their_bytes_to_the_last() {
    let noted = |chars: usize| Link {
        note: Some("n".repeat(chars).as_str().into()),
        ..link(1, 1, 2)
    };
    let length = |set: &LinkSet| serde_json::to_string(set).unwrap().len();
    let empty = LinkSet::default()
        .joined(&LinkSet::default(), noted(0))
        .unwrap();
    let most = MAX_LINK_BYTES - length(&empty);
    let full = LinkSet::default()
        .joined(&LinkSet::default(), noted(most))
        .unwrap();
    assert_eq!(length(&full), MAX_LINK_BYTES);
    let refused = LinkSet::default().joined(&LinkSet::default(), noted(most + 1));
    assert_eq!(refused, Err(LinkError::TooLong));
}

#[test]
fn who_uses_a_number_with_others_keeps_what_does_not_go_through_it() {
    let (own, shared) = ("visitor:shop/1", "visitor:shop/5");
    for (from, to) in [(own, shared), (shared, own)] {
        let set = joined(&[
            (own, "visitor:shop/2"),
            (from, to),
            (shared, "visitor:shop/6"),
            ("visitor:shop/7", shared),
        ]);
        let kept = set.apart(&uri(own), &uri(shared));
        assert_eq!(ends(&kept), [(own, "visitor:shop/2")]);
    }
}

#[test]
fn two_records_of_one_system_conflict_where_each_side_has_one_that_the_other_has_not() {
    let set = |keys: &[&str]| -> BTreeSet<IdentityUri> {
        keys.iter()
            .map(|key| uri(&format!("crm:salesforce/{key}")))
            .collect()
    };
    for (a, b, conflicts) in [
        (set(&["1"]), set(&["2"]), 1),
        (set(&["1"]), set(&["1"]), 0),
        (set(&["1"]), set(&["1", "2"]), 0),
        (set(&["1", "2"]), set(&["1"]), 0),
        (set(&["1", "2"]), set(&["2", "3"]), 1),
        (set(&["1"]), set(&[]), 0),
    ] {
        let found: Vec<Conflict> = records_in_conflict(&a, &b);
        assert_eq!(found.len(), conflicts, "{a:?} {b:?}");
    }
}
