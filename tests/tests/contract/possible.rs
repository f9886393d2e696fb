//! Recall: whose a thing is, and whom somebody could be, up to how many are looked at and where a part is missing.

use store::schema;
use tests::story::{caller, interaction, ring};
use timeline::{Basis, Decision, Identity, MAX_CANDIDATES, Recall};

use crate::rig::{Rig, soon};

fn read(uri: &str) -> Identity {
    Identity::read(uri).unwrap()
}

fn candidates() -> u32 {
    u32::try_from(MAX_CANDIDATES).unwrap()
}

async fn recall(rig: &Rig, of: &Identity) -> Recall {
    rig.store.recall(of, soon()).await
}

/// Says of so many callers that something is theirs, or that they are somebody.
async fn said_of(rig: &Rig, callers: std::ops::Range<u32>, of: &Identity, basis: Basis) {
    for number in callers {
        let people = rig.people();
        people.claim(&caller(number), of, basis, None).await;
    }
}

pub(crate) async fn a_thing_of_several_customers_is_each_ones_whom_it_could_be(rig: Rig) {
    let ticket = read("crm:ticket/1");
    said_of(&rig, 0..1, &ticket, Basis::Reference).await;
    let told = recall(&rig, &ticket).await;
    assert_eq!((told.of, told.possible.len()), (Some(caller(0).uri), 0));

    said_of(&rig, 1..candidates(), &ticket, Basis::Reference).await;
    let told = recall(&rig, &ticket).await;
    assert_eq!((told.of, told.possible.len()), (None, MAX_CANDIDATES));
    assert!(!told.more_possible && !told.incomplete);
    // Where one of them cannot be read, that is said.
    rig.people().name(&caller(0), "Ada Sample").await;
    let pk = schema::identity_pk(&caller(0).uri);
    rig.overwrite(&pk, schema::TRAITS_SK, schema::CONTENT, "no JSON")
        .await;
    let told = recall(&rig, &ticket).await;
    assert!(told.incomplete && told.possible.len() == MAX_CANDIDATES);
    rig.people().spoil(&caller(0)).await;
    let told = recall(&rig, &ticket).await;
    assert!(told.incomplete && told.possible.len() == MAX_CANDIDATES - 1);

    let last = candidates();
    said_of(&rig, last..last + 1, &ticket, Basis::Reference).await;
    let told = recall(&rig, &ticket).await;
    assert!(told.more_possible && told.of.is_none());
}

/// Nobody knows whose the one is that was not looked at.
pub(crate) async fn a_thing_of_more_identities_than_are_looked_at_is_not_said_to_be_one_customers(
    rig: Rig,
) {
    let ticket = read("crm:ticket/1");
    let all = candidates() + 1;
    said_of(&rig, 0..all, &ticket, Basis::Reference).await;
    let people: Vec<_> = (0..all).map(caller).collect();
    rig.people().link(&people).await;
    let told = recall(&rig, &ticket).await;
    assert_eq!((told.of, told.more_possible), (None, true));
}

pub(crate) async fn who_wrote_of_a_thing_stands_beside_its_customer(rig: Rig) {
    let ticket = read("crm:ticket/1");
    let owner = read("mailto:owner@example.com");
    let people = rig.people();
    people.claim(&owner, &ticket, Basis::Reference, None).await;
    said_of(&rig, 0..candidates(), &ticket, Basis::Thread).await;
    let told = recall(&rig, &ticket).await;
    assert_eq!(told.of.as_ref(), Some(&owner.uri));
    assert_eq!(told.possible.len(), MAX_CANDIDATES);
    assert!(!told.more_possible && !told.incomplete);
    let last = candidates();
    said_of(&rig, last..last + 1, &ticket, Basis::Thread).await;
    assert!(recall(&rig, &ticket).await.more_possible);
    // Whoever is the customer is nobody beside.
    people.link(&[owner.clone(), caller(0)]).await;
    let told = recall(&rig, &ticket).await;
    let mut beside = told.possible.iter().map(|one| &one.claim.other);
    assert!(beside.all(|other| *other != caller(0).uri));
    assert_eq!(told.possible.len(), MAX_CANDIDATES - 1);
    // One of whom nothing can be read is left out, and that is said.
    people.spoil(&caller(1)).await;
    let told = recall(&rig, &ticket).await;
    assert!(told.incomplete && told.possible.len() == MAX_CANDIDATES - 2);
}

pub(crate) async fn what_is_known_in_its_own_right_is_no_thing_unless_it_is_called_one(rig: Rig) {
    let (named, called) = (read("crm:shop/1"), read("crm:shop/2"));
    let ticket = read("crm:ticket/1");
    for one in [&named, &called, &ticket] {
        said_of(&rig, 0..1, one, Basis::Reference).await;
        let told = recall(&rig, one).await;
        assert_eq!(told.of, Some(caller(0).uri));
    }
    rig.people().name(&named, "Ada Sample").await;
    for one in [&called, &ticket] {
        let id = interaction(&format!("call of {}", one.uri.expose()));
        rig.append_new(&[ring(&id, 0, Some(one.clone()))]).await;
    }
    for (one, of) in [
        (&named, None),
        (&called, None),
        (&ticket, Some(caller(0).uri)),
    ] {
        assert_eq!(recall(&rig, one).await.of, of, "{}", one.uri.expose());
    }
}

pub(crate) async fn of_those_whom_it_could_be_so_many_are_looked_at(rig: Rig) {
    let mail = read("mailto:ada@example.com");
    said_of(&rig, 0..candidates(), &mail, Basis::Typed).await;
    let told = recall(&rig, &mail).await;
    assert_eq!(told.possible.len(), MAX_CANDIDATES);
    assert!(!told.more_possible && told.claimed);
    let last = candidates();
    said_of(&rig, last..last + 1, &mail, Basis::Typed).await;
    let told = recall(&rig, &mail).await;
    assert_eq!(told.possible.len(), MAX_CANDIDATES);
    assert!(told.more_possible);
}

pub(crate) async fn a_thing_and_what_was_rejected_claim_nobody(rig: Rig) {
    let (ticket, rejected) = (read("crm:ticket/1"), Some(Decision::Rejected));
    let people = rig.people();
    people
        .claim(&caller(0), &ticket, Basis::Reference, None)
        .await;
    assert!(!recall(&rig, &caller(0)).await.claimed);
    people
        .claim(&caller(1), &caller(0), Basis::Typed, rejected)
        .await;
    assert!(!recall(&rig, &caller(0)).await.claimed);
    people
        .claim(&caller(2), &caller(0), Basis::Typed, None)
        .await;
    assert!(recall(&rig, &caller(0)).await.claimed);
}
