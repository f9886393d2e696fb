//! Who it is: certain, one of several, nobody, and by whatever is asked.

use serde_json::{Value, json};
use tests::story::{at, caller, event, hangup, interaction, ring};
use timeline::{
    Actor, Basis, Decision, Event, Fact, Identity, InteractionId, Marked, Related, Relation,
    Standing, Updated,
};

use crate::desk::{self, Answer, Desk, ask, pop};

/// A call that is long over.
async fn call(desk: &Desk, key: &str, second: i64, from: &Identity) {
    let id = interaction(key);
    desk.store(&[
        ring(&id, second, Some(from.clone())),
        hangup(&id, second + 60),
    ])
    .await;
}

/// A call that rings now.
fn ringing(key: &str, from: Option<Identity>) -> (InteractionId, Event) {
    let id = interaction(key);
    let mut ring = ring(&id, 0, from);
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let now = timeline::Timestamp::from_millis(i64::try_from(now.as_millis()).unwrap()).unwrap();
    ring.occurred_at = Some(now);
    ring.received_at = now;
    (id, ring)
}

fn identity(uri: &str) -> Identity {
    Identity::read(uri).unwrap()
}

async fn of(desk: &Desk, identity: &Identity) -> Value {
    let uri = identity.uri.expose().replace('+', "%2B");
    desk.ask(pop(&format!("identity={uri}"))).await.body
}

async fn about(desk: &Desk, id: &InteractionId) -> Value {
    desk.ask(pop(&format!("interaction={id}"))).await.body
}

fn candidates(pop: &Value) -> Vec<&str> {
    let candidates = pop["candidates"].as_array().unwrap().iter();
    candidates
        .map(|candidate| candidate["identity"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn complaint_5_whom_it_could_be_is_ranked_with_evidence_and_never_bound() {
    let desk = Desk::open().await;
    let (id, ring) = ringing("now", Some(caller(0)));
    desk.store(&[ring]).await;
    // The weakest is written first, so that no order of writing is the order of the answer.
    let claims = [
        ("mailto:cy@example.com", Basis::Typed),
        ("mailto:bo@example.com", Basis::Thread),
        ("mailto:ada@example.com", Basis::SignedIn),
    ];
    for (uri, basis) in claims {
        desk.people()
            .claim(&identity(uri), &caller(0), basis, None)
            .await;
        desk.people().name(&identity(uri), &uri[7..9]).await;
    }
    call(&desk, "before", 0, &identity("mailto:bo@example.com")).await;
    let told = of(&desk, &caller(0)).await;
    assert_eq!(told["state"], "candidates");
    assert_eq!(told["customer"], json!(null));
    assert_eq!(
        candidates(&told),
        claims
            .map(|(uri, _)| uri)
            .iter()
            .rev()
            .copied()
            .collect::<Vec<_>>()
    );
    for candidate in told["candidates"].as_array().unwrap() {
        for evidence in candidate["evidence"].as_array().unwrap() {
            assert!(evidence["interaction_id"].is_string(), "{evidence}");
        }
    }
    let kinds: Vec<_> = told["candidates"][1]["evidence"]
        .as_array()
        .unwrap()
        .iter()
        .map(|evidence| evidence["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["thread", "last_used"]);
    // Rejected ones are gone, and a change is another pop.
    let rejected = Some(Decision::Rejected);
    let cy = identity("mailto:cy@example.com");
    desk.people()
        .claim(&cy, &caller(0), Basis::Typed, rejected)
        .await;
    let after = about(&desk, &id).await;
    assert_eq!(
        candidates(&after),
        ["mailto:ada@example.com", "mailto:bo@example.com"]
    );
    assert_ne!(after["pop_id"], told["pop_id"]);
    // One who is known stays certain; the others stand beside.
    call(&desk, "past", 0, &caller(0)).await;
    let known = of(&desk, &caller(0)).await;
    assert_eq!(known["state"], "match");
    assert_eq!(candidates(&known), candidates(&after));
}

#[tokio::test]
async fn complaint_8_the_second_number_of_a_customer_tells_the_whole_customer() {
    let desk = Desk::open().await;
    let people = [caller(0), caller(1), identity("mailto:ada@example.com")];
    for (second, person) in [0, 100, 200].into_iter().zip(&people) {
        call(&desk, &format!("call-{second}"), second, person).await;
    }
    desk.people().name(&people[2], "Ada Sample").await;
    let alone = of(&desk, &people[1]).await;
    assert_eq!(alone["customer"]["interactions"], 1);
    desk.people().link(&people).await;
    let mut told = Vec::new();
    for person in &people {
        let pop = of(&desk, person).await;
        assert_eq!(pop["state"], "match");
        assert_eq!(pop["customer"]["name"], "Ada Sample");
        assert_eq!(pop["customer"]["first_seen_at"], json!(at(0)));
        assert_eq!(pop["customer"]["linked"], true);
        assert_ne!(pop["pop_id"], alone["pop_id"]);
        told.push((pop["customer"].clone(), pop["timeline"].clone()));
    }
    assert!(told.windows(2).all(|two| two[0] == two[1]));
    assert_eq!(told[0].1.as_array().unwrap().len(), 3);
    // Every id that any of them ever had leads to the one.
    let old_id = alone["customer"]["id"].as_str().unwrap();
    assert_ne!(told[0].0["id"], old_id);
    let customer = desk.ask(desk::customer(old_id)).await;
    assert_eq!((customer.status, &customer.body), (200, &told[0].0));
    let page = desk.ask(desk::timeline(old_id, "limit=2")).await.body;
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = desk
        .ask(desk::timeline(old_id, &format!("cursor={cursor}")))
        .await
        .body;
    assert_eq!(rest["timeline"][0]["id"], "invented:call-0");
}

#[tokio::test]
async fn complaint_9_a_shared_number_is_nobody_and_tells_all_who_use_it_in_a_fixed_order() {
    let orders = [[0, 1, 2], [2, 1, 0]];
    let mut told = Vec::new();
    for order in orders {
        let desk = Desk::open().await;
        let (_, ring) = ringing("now", Some(caller(0)));
        desk.store(&[ring]).await;
        call(&desk, "past", 0, &caller(0)).await;
        let people = ["mailto:ada@example.com", "crm:shop/1", "crm:shop/2"].map(identity);
        for place in order {
            let decided = (place == 1).then_some(Decision::Confirmed);
            let claim = desk.people();
            claim
                .claim(&people[place], &caller(0), Basis::Record, decided)
                .await;
        }
        let away = identity("mailto:away@example.com");
        let rejected = Some(Decision::Rejected);
        desk.people()
            .claim(&away, &caller(0), Basis::Typed, rejected)
            .await;
        desk.people().share(&caller(0)).await;
        let pop = of(&desk, &caller(0)).await;
        assert_eq!(
            (&pop["state"], &pop["customer"]),
            (&json!("shared"), &json!(null))
        );
        assert_eq!(
            pop["timeline"].as_array().unwrap().len(),
            2,
            "the number's own"
        );
        assert_eq!(
            candidates(&pop),
            people
                .iter()
                .map(|person| person.uri.expose())
                .collect::<Vec<_>>()
        );
        told.push(pop["candidates"].clone());
    }
    assert_eq!(told[0], told[1]);
}

#[tokio::test]
async fn complaint_10_the_companys_own_number_is_nobody() {
    let desk = Desk::open().await;
    call(&desk, "past", 0, &caller(0)).await;
    let client = desk.client.clone();
    let own = desk
        .function(client)
        .of_company("+14155550100".parse().unwrap());
    let told = ask(&own, pop("phone=%2B14155550100")).await.body;
    assert_eq!(
        (&told["state"], &told["customer"]),
        (&json!("unknown"), &json!(null))
    );
    assert_eq!(told["timeline"], json!([]));
}

#[tokio::test]
async fn complaint_11_a_link_made_during_a_call_is_in_the_next_pop_of_that_call() {
    let desk = Desk::open().await;
    call(&desk, "past", 0, &caller(1)).await;
    let (id, ring) = ringing("now", Some(caller(0)));
    desk.store(&[ring]).await;
    let before = about(&desk, &id).await;
    assert_eq!(before["timeline"].as_array().unwrap().len(), 1);
    desk.people().link(&[caller(1), caller(0)]).await;
    let after = about(&desk, &id).await;
    assert_eq!(after["timeline"].as_array().unwrap().len(), 2);
    assert_ne!(before["pop_id"], after["pop_id"]);
    assert_eq!(after["interaction"]["id"], "invented:now");
}

fn goes_back(of: &InteractionId, relation: Relation, to: &InteractionId) -> Event {
    let mut event = event(of, "moved", 5, Fact::Updated(Updated::default()));
    event.related = vec![Related {
        relation,
        interaction_id: to.clone(),
    }];
    event
}

#[tokio::test]
async fn complaint_15_and_16_a_transferred_contact_inherits_who_the_customer_is() {
    let desk = Desk::open().await;
    call(&desk, "first", 0, &caller(0)).await;
    let (first, agents) = (interaction("first"), caller(9));
    let own = desk
        .function(desk.client.clone())
        .of_company("+14155550109".parse().unwrap());
    // One names nobody, the other the agent who passed the call on; and one goes through the other.
    let (bare, agents_leg, third) = (
        interaction("bare"),
        interaction("leg"),
        interaction("third"),
    );
    desk.store(&[goes_back(&bare, Relation::Initial, &first)])
        .await;
    let (_, mut ring) = ringing("leg", Some(agents));
    ring.related = goes_back(&agents_leg, Relation::Previous, &first).related;
    desk.store(&[ring]).await;
    desk.store(&[goes_back(&third, Relation::Previous, &bare)])
        .await;
    for id in [&bare, &agents_leg, &third] {
        let told = ask(&own, pop(&format!("interaction={id}"))).await.body;
        assert_eq!(told["state"], "match", "{id}");
        assert_eq!(told["identity"]["uri"], caller(0).uri.expose(), "{id}");
        assert_eq!(told["interaction"]["id"], id.as_str());
    }
    let unknown = ask(&own, pop("interaction=invented:nothing")).await;
    assert_eq!(
        (unknown.status, &unknown.body["state"]),
        (200, &json!("unknown"))
    );
}

#[tokio::test]
async fn complaint_24_a_pop_of_a_call_names_the_agent_at_whose_desk_it_is() {
    let desk = Desk::open().await;
    let mut told = Vec::new();
    for (key, number, agent) in [("a", 0, "Bea Example"), ("b", 1, "Cy Example")] {
        let (id, ring) = ringing(key, Some(caller(number)));
        let mut answered = tests::story::answer(&id, 3);
        answered.occurred_at = ring.occurred_at;
        answered.received_at = ring.received_at;
        answered.fact = Fact::Answered(timeline::Place {
            queue: None,
            agent: Some(agent.to_owned()),
        });
        desk.store(&[ring, answered]).await;
        let pop = about(&desk, &id).await;
        assert_eq!(pop["interaction"]["agents"], json!([agent]));
        assert_eq!(pop["identity"]["uri"], caller(number).uri.expose());
        told.push(pop["pop_id"].clone());
    }
    assert_ne!(told[0], told[1]);
}

#[tokio::test]
async fn an_order_or_a_ticket_leads_to_its_customer() {
    let desk = Desk::open().await;
    call(&desk, "past", 0, &caller(0)).await;
    let order = identity("crm:shop/1001");
    desk.people()
        .claim(&caller(0), &order, Basis::Reference, None)
        .await;
    let told = of(&desk, &order).await;
    assert_eq!(told["state"], "match");
    assert_eq!(told["identity"]["uri"], "crm:shop/1001", "as it was asked");
    assert_eq!(told["customer"], of(&desk, &caller(0)).await["customer"]);
    assert_eq!(candidates(&told), [""; 0], "a thing is nobody");
    // Of two customers it is one of both, until they are one.
    call(&desk, "other", 0, &caller(1)).await;
    desk.people()
        .claim(&caller(1), &order, Basis::Reference, None)
        .await;
    let told = of(&desk, &order).await;
    assert_eq!(told["state"], "candidates");
    assert_eq!(told["candidates"].as_array().unwrap().len(), 2);
    desk.people().link(&[caller(0), caller(1)]).await;
    let told = of(&desk, &order).await;
    assert_eq!(
        (&told["state"], &told["customer"]["interactions"]),
        (&json!("match"), &json!(2))
    );
}

#[tokio::test]
async fn a_strangers_mail_with_the_tickets_number_takes_the_ticket_from_nobody() {
    let desk = Desk::open().await;
    call(&desk, "past", 0, &caller(0)).await;
    let (ticket, stranger) = (
        identity("crm:ticket/5158"),
        identity("mailto:stranger@example.com"),
    );
    desk.people()
        .claim(&caller(0), &ticket, Basis::Reference, None)
        .await;
    desk.people()
        .claim(&stranger, &ticket, Basis::Thread, None)
        .await;
    call(&desk, "mail", 0, &stranger).await;
    let told = of(&desk, &ticket).await;
    assert_eq!(told["state"], "match");
    assert_eq!(told["customer"]["identities"], json!([caller(0).uri]));
    assert_eq!(candidates(&told), ["mailto:stranger@example.com"]);
    assert_eq!(told["identity"]["customer_id"], json!(null), "it is nobody");
    assert_eq!(candidates(&of(&desk, &stranger).await), [""; 0]);
}

#[tokio::test]
async fn complaint_9_who_is_linked_to_a_shared_number_uses_it_and_lends_it_no_past() {
    let desk = Desk::open().await;
    let people = [caller(0), caller(1), identity("mailto:bo@example.com")];
    for (second, person) in [0, 100, 200].into_iter().zip(&people) {
        call(&desk, &format!("call-{second}"), second, person).await;
    }
    let linked = Standing {
        shared: Some(Marked {
            by: Actor::policy("claims"),
            at: at(0),
        }),
        ..tests::people::linked(&people)
    };
    desk.people().link(&people).await;
    desk.people().standing(&people[0], &linked).await;
    let told = of(&desk, &people[0]).await;
    assert_eq!(
        (&told["state"], &told["customer"]),
        (&json!("shared"), &json!(null))
    );
    assert_eq!(told["timeline"].as_array().unwrap().len(), 1, "its own");
    assert_eq!(
        candidates(&told),
        [caller(1).uri.expose(), "mailto:bo@example.com"],
        "each for oneself"
    );
    let id = told["identity"]["customer_id"].as_str().unwrap();
    let page = desk.ask(desk::timeline(id, "")).await.body;
    assert_eq!(page["timeline"], told["timeline"]);
}

#[tokio::test]
async fn complaint_6_whom_one_identity_of_the_customer_rejected_none_of_them_shows() {
    let desk = Desk::open().await;
    let bo = [identity("mailto:bo@example.com"), identity("crm:erp/7")];
    call(&desk, "past", 0, &caller(0)).await;
    desk.people().link(&[caller(0), caller(1)]).await;
    desk.people().link(&bo).await;
    desk.people()
        .claim(&bo[0], &caller(0), Basis::Typed, None)
        .await;
    assert_eq!(candidates(&of(&desk, &caller(0)).await).len(), 1);
    let rejected = Some(Decision::Rejected);
    desk.people()
        .claim(&bo[1], &caller(1), Basis::Typed, rejected)
        .await;
    assert_eq!(candidates(&of(&desk, &caller(0)).await), [""; 0]);
}

#[tokio::test]
async fn complaint_6_a_pop_of_candidates_names_the_id_under_which_one_decides() {
    let desk = Desk::open().await;
    let (_, mut ring) = ringing("now", Some(identity("visitor:shop/4f2a")));
    ring.claims = vec![timeline::Claim {
        identity: identity("mailto:ada@example.com"),
        basis: Basis::Typed,
    }];
    desk.store(std::slice::from_ref(&ring)).await;
    desk.note_claims(&[ring]).await;
    // Both have an id, and nobody else has ever been in touch under the address.
    for uri in ["visitor:shop/4f2a", "mailto:ada@example.com"] {
        let told = of(&desk, &identity(uri)).await;
        assert_eq!(
            (&told["state"], &told["customer"]),
            (&json!("candidates"), &json!(null))
        );
        for id in [
            &told["identity"]["customer_id"],
            &told["candidates"][0]["customer"]["id"],
        ] {
            let id = id.as_str().unwrap();
            assert_eq!(desk.ask(desk::customer(id)).await.status, 200);
            assert_eq!(desk.ask(desk::timeline(id, "")).await.status, 200);
        }
    }
}

#[tokio::test]
async fn the_customers_profile_comes_with_its_entity_tag() {
    let desk = Desk::open().await;
    call(&desk, "past", 0, &caller(0)).await;
    let id = of(&desk, &caller(0)).await["customer"]["id"].clone();
    let tag = async || {
        let Answer {
            status, etag, body, ..
        } = desk.ask(desk::customer(id.as_str().unwrap())).await;
        assert_eq!(status, 200);
        (etag.unwrap(), body)
    };
    let (before, _) = tag().await;
    desk.people().name(&caller(0), "Ada Sample").await;
    let (after, customer) = tag().await;
    assert_ne!(before, after);
    assert_eq!(customer["profile"]["name"]["value"], "Ada Sample");
}

#[tokio::test]
async fn complaint_7_whoever_is_known_by_a_number_alone_is_a_customer_with_an_id_and_a_past() {
    let desk = Desk::open().await;
    call(&desk, "a", 0, &caller(0)).await;
    call(&desk, "b", 900, &caller(0)).await;
    let pop = of(&desk, &caller(0)).await;
    assert_eq!(pop["state"], "match");
    assert_eq!(pop["customer"]["interactions"], 2);
    assert_eq!(
        pop["customer"]["identities"],
        json!([caller(0).uri.expose()])
    );
    assert!(
        pop["customer"].get("name").is_none(),
        "a name is not needed"
    );
}
