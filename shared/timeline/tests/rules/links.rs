//! Links: a graph over identities, whatever the order in which it was drawn.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use timeline::{
    Actor, Conflict, CustomerId, Identity, IdentityUri, Link, LinkError, LinkId, LinkReason,
    LinkSet, MAX_IDENTITIES, MAX_LINK_BYTES, Personal, Timestamp, records_in_conflict,
};

const SALT: &str = "salt";
/// Identities of a random graph.
const IDENTITIES: usize = 9;

fn identity(number: usize) -> IdentityUri {
    let uri = format!("visitor:shop/{number}");
    Identity::read(&uri).unwrap().uri
}

pub(crate) fn link(key: usize, from: usize, to: usize) -> Link {
    Link {
        id: LinkId::of_act(&key.to_string(), SALT),
        from: identity(from),
        to: identity(to),
        at: Timestamp::EPOCH.plus_millis(i64::try_from(key).unwrap()),
        by: Actor::agent("robin"),
        reason: LinkReason::Agent,
        note: None,
    }
}

/// The set of these links, drawn one after the other.
pub(crate) fn joined(pairs: &[(&str, &str)]) -> LinkSet {
    let mut set = LinkSet::default();
    for (key, (from, to)) in pairs.iter().enumerate() {
        let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
        let link = Link {
            from,
            to,
            ..link(1_000 + key, 1, 2)
        };
        set = set.joined(&LinkSet::default(), link).unwrap();
    }
    set
}

/// What every identity holds, as the table keeps it.
type Graph = BTreeMap<IdentityUri, LinkSet>;

fn held(graph: &Graph, of: &IdentityUri) -> LinkSet {
    graph.get(of).cloned().unwrap_or_default()
}

/// Links two as the store does: every identity of both holds the joined set.
fn join(graph: &mut Graph, link: &Link) {
    let (own, other) = (held(graph, &link.from), held(graph, &link.to));
    let joined = own.joined(&other, link.clone()).unwrap();
    for member in joined.identities(&link.from) {
        graph.insert(member, joined.clone());
    }
}

fn drawn(links: &[Link]) -> Graph {
    let mut graph: Graph = (0..IDENTITIES)
        .map(|number| (identity(number), LinkSet::default()))
        .collect();
    for link in links {
        join(&mut graph, link);
    }
    graph
}

fn bytes(graph: &Graph) -> String {
    serde_json::to_string(&graph.values().collect::<Vec<_>>()).unwrap()
}

/// Distinct links between distinct identities.
fn links() -> impl Strategy<Value = Vec<Link>> {
    let pairs = proptest::collection::btree_set((0..IDENTITIES, 0..IDENTITIES), 0..12);
    pairs.prop_map(|pairs| {
        let distinct = pairs.into_iter().filter(|(from, to)| from != to);
        distinct
            .enumerate()
            .map(|(key, (from, to))| link(key, from, to))
            .collect()
    })
}

/// Links, and the same in another order.
fn shuffled() -> impl Strategy<Value = (Vec<Link>, Vec<Link>)> {
    links().prop_flat_map(|links| (Just(links.clone()), Just(links).prop_shuffle()))
}

proptest! {
    #[test]
    fn the_order_of_links_does_not_matter((links, other) in shuffled()) {
        let (one, other) = (drawn(&links), drawn(&other));
        prop_assert_eq!(bytes(&one), bytes(&other));
        for (identity, set) in &one {
            prop_assert_eq!(
                set.customer_id(identity, SALT),
                held(&other, identity).customer_id(identity, SALT)
            );
        }
    }

    #[test]
    fn a_link_that_is_ended_leaves_what_was_there_before(links in links(), key in 0..IDENTITIES * IDENTITIES) {
        let before = drawn(&links);
        let (from, to) = (key / IDENTITIES, key % IDENTITIES);
        prop_assume!(from != to);
        let added = link(99, from, to);
        let mut after = before.clone();
        join(&mut after, &added);
        let ended = BTreeSet::from([added.id.clone()]);
        for (member, part) in held(&after, &added.from).without(&added.to, &ended) {
            after.insert(member, part);
        }
        prop_assert_eq!(bytes(&after), bytes(&before));
    }

    #[test]
    fn ending_any_links_leaves_what_would_be_without_them((links, ended) in shuffled(), share in 0..=12usize) {
        let ended: BTreeSet<LinkId> = ended.iter().take(share).map(|link| link.id.clone()).collect();
        let kept: Vec<Link> = links.iter().filter(|link| !ended.contains(&link.id)).cloned().collect();
        let mut graph = drawn(&links);
        for (identity, set) in graph.clone() {
            graph.extend(set.without(&identity, &ended));
        }
        prop_assert_eq!(bytes(&graph), bytes(&drawn(&kept)));
    }

    #[test]
    fn no_identity_is_ever_in_two_customers(links in links()) {
        let graph = drawn(&links);
        let mut customers: BTreeMap<CustomerId, BTreeSet<IdentityUri>> = BTreeMap::new();
        for (identity, set) in &graph {
            let identities = set.identities(identity);
            prop_assert!(identities.contains(identity));
            let id = set.customer_id(identity, SALT);
            let same = customers.entry(id).or_insert_with(|| identities.clone());
            prop_assert_eq!(&*same, &identities, "one id, one set");
        }
        let members: usize = customers.values().map(BTreeSet::len).sum();
        prop_assert_eq!(members, graph.len(), "each is in one, and none in two");
    }
}

#[test]
fn a_customers_id_stays_that_from_which_others_were_linked() {
    for other in 1..IDENTITIES {
        let graph = drawn(&[link(1, 0, other)]);
        let set = held(&graph, &identity(other));
        let implied = CustomerId::implied_by(&identity(0), SALT);
        assert_eq!(set.customer_id(&identity(other), SALT), implied);
    }
    // In a circle there is none from which all was linked; the id is still one of theirs, and one for all.
    let graph = drawn(&[link(1, 0, 1), link(2, 1, 2), link(3, 2, 0)]);
    let ids: BTreeSet<_> = (0..3)
        .map(|number| held(&graph, &identity(number)).customer_id(&identity(number), SALT))
        .collect();
    assert_eq!(ids.len(), 1);
    let implied = (0..3).map(|number| CustomerId::implied_by(&identity(number), SALT));
    assert_eq!(ids.first(), implied.min().as_ref());
}

#[test]
fn a_customer_has_at_most_fifty_identities() {
    let mut set = LinkSet::default();
    for number in 1..MAX_IDENTITIES {
        let added = link(number, 0, number);
        set = set.joined(&LinkSet::default(), added).unwrap();
    }
    assert_eq!(set.identities(&identity(0)).len(), MAX_IDENTITIES);
    let one_more = link(99, 3, MAX_IDENTITIES);
    let refused = set.joined(&LinkSet::default(), one_more);
    assert_eq!(refused, Err(LinkError::TooManyIdentities));
    assert!(
        set.joined(&set, link(99, 3, 4)).is_ok(),
        "a further link adds nobody"
    );
    let itself = set.joined(&set, link(99, 3, 3));
    assert_eq!(itself, Err(LinkError::Same));
}

#[test]
fn links_that_are_too_long_for_all_members_to_hold_are_refused() {
    let mut long = link(1, 0, 1);
    long.note = Some(Personal::new("n".repeat(MAX_LINK_BYTES)));
    let refused = LinkSet::default().joined(&LinkSet::default(), long);
    assert_eq!(refused, Err(LinkError::TooLong));
}

#[test]
fn records_of_one_system_speak_against_a_link_unless_both_have_them_already() {
    let record = |system: &str, id: &str| Identity::crm(system, id).unwrap().uri;
    let set = |of: &[IdentityUri]| of.iter().cloned().collect::<BTreeSet<_>>();
    let (a, b) = (record("shop", "17"), record("shop", "18"));
    let other = record("desk", "17");
    let conflict = Conflict::TwoRecords {
        system: "shop".to_owned(),
        identities: vec![a.clone(), b.clone()],
    };
    let both = |one: &[IdentityUri], two: &[IdentityUri]| records_in_conflict(&set(one), &set(two));
    assert_eq!(
        both(std::slice::from_ref(&a), std::slice::from_ref(&b)),
        [conflict]
    );
    assert_eq!(both(&[a.clone(), identity(1)], &[other, identity(2)]), []);
    assert_eq!(both(std::slice::from_ref(&a), std::slice::from_ref(&a)), []);
    assert_eq!(
        both(&[a, b], &[identity(1)]),
        [],
        "they are one customer's already"
    );
}
