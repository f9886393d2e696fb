//! What each state of a pop costs: round trips to the table and requests, as `docs/pop-round-trips.md` tells them.

use std::fmt::Write;
use std::path::Path;

use tests::story::{caller, hangup, interaction, ring};
use tests::wire::Wire;
use timeline::{Basis, Identity};

use crate::desk::{Desk, ask, pop};

const HEAD: &str = "# Round trips of a pop

Counted by a test at the wire between the function and its table; requests of one round trip are under way at the same time.
Whatever the length of the history, the numbers are these. An order or a ticket takes one round trip more than
its customer: only the answer names the customer, and that of a linked one names further identities.
`UPDATE_DOCS=1 cargo test -p screen-pop --test pops round_trips` writes this page.

| State | Who is asked for | Round trips | Requests |
|---|---|---|---|
";

#[tokio::test]
async fn the_page_of_round_trips_is_what_is_counted() {
    let desk = Desk::open().await;
    let mail = |name: &str| Identity::read(&format!("mailto:{name}@example.com")).unwrap();
    for (key, of) in [
        ("a", caller(0)),
        ("b", caller(1)),
        ("c", mail("ada")),
        ("d", caller(4)),
    ] {
        let id = interaction(key);
        desk.store(&[ring(&id, 0, Some(of)), hangup(&id, 60)]).await;
    }
    let people = desk.people();
    people.link(&[caller(1), caller(2), mail("ada")]).await;
    people
        .claim(&mail("bo"), &caller(3), Basis::Typed, None)
        .await;
    people
        .claim(&mail("cy"), &caller(3), Basis::Thread, None)
        .await;
    people
        .claim(&mail("bo"), &caller(4), Basis::Record, None)
        .await;
    people
        .claim(&mail("cy"), &caller(4), Basis::Record, None)
        .await;
    people.share(&caller(4)).await;
    let order = |number: u32| Identity::read(&format!("crm:shop/{number}")).unwrap();
    people
        .claim(&caller(0), &order(1), Basis::Reference, None)
        .await;
    people
        .claim(&caller(1), &order(2), Basis::Reference, None)
        .await;
    people.spoil(&caller(6)).await;

    let (client, wire) = Wire::counting_trips(&desk.client);
    let function = desk.function(client.clone());
    let mut page = HEAD.to_owned();
    for (who, query) in [
        ("a number that is withheld", "phone=anonymous"),
        ("somebody of whom nothing is known", "phone=%2B14155550105"),
        ("a customer of one identity", "phone=%2B14155550100"),
        ("a customer of three identities", "phone=%2B14155550101"),
        (
            "a number of which two say that it is theirs",
            "phone=%2B14155550103",
        ),
        ("a number that two customers use", "phone=%2B14155550104"),
        (
            "an order of a customer of one identity",
            "identity=crm:shop/1",
        ),
        (
            "an order of a customer of three identities",
            "identity=crm:shop/2",
        ),
        ("the customer of an interaction", "interaction=invented:a"),
        (
            "somebody of whom a part cannot be read",
            "phone=%2B14155550106",
        ),
    ] {
        wire.forget();
        let told = ask(&function, pop(query)).await.body;
        let state = told["state"].as_str().unwrap();
        let (trips, requests) = (wire.trips(), wire.requests().len());
        writeln!(page, "| {state} | {who} | {trips} | {requests} |").unwrap();
    }
    // Without the pop's budget, so that a busy machine counts the same.
    let greatest: Vec<_> = (50..100).map(caller).collect();
    people.link(&greatest).await;
    wire.forget();
    let recall = desk.recall(client, &greatest[7]).await;
    assert!(!recall.incomplete && recall.standing.links.identities(&greatest[7].uri).len() == 50);
    let (trips, requests) = (wire.trips(), wire.requests().len());
    writeln!(
        page,
        "| match | a customer of 50 identities, the most that there can be | {trips} | {requests} |"
    )
    .unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/pop-round-trips.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/pop-round-trips.md is old: UPDATE_DOCS=1 cargo test -p screen-pop --test pops round_trips\n{page}"
    );
}
