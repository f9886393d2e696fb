//! Which changes of an event make it another event.

use timeline::{Channel, Direction, Event, EventId, Fact, Place, Related, Relation, Source};

use crate::given::{ADA, BO, Story, Told, at, identity};

fn answered(agent: &str) -> Fact {
    Fact::Answered(Place {
        queue: None,
        agent: Some(agent.into()),
    })
}

#[test]
fn complaint_17_the_same_event_received_again_has_the_same_hash() {
    let event = Story::call()
        .event("1", answered("bea"))
        .at("10:00:00")
        .from(ADA);
    let again = event.clone().received("11:00:00");
    assert_eq!(event.content_hash(), again.content_hash());
    assert_eq!(event.content_hash().len(), 64);
}

#[test]
fn whatever_else_changes_changes_the_hash() {
    let event = Story::call()
        .event("1", answered("bea"))
        .at("10:00:00")
        .from(ADA);
    let changes: [fn(&mut Event); 12] = [
        |e| e.interaction_id = Story::cti().id().clone(),
        |e| e.id = EventId::new("2").unwrap(),
        |e| e.source = Source::new("other").unwrap(),
        |e| e.channel = Channel::Chat,
        |e| e.occurred_at = Some(at("10:00:00.001")),
        |e| e.version = Some(at("10:00:00")),
        |e| e.direction = Some(Direction::Inbound),
        |e| e.customer = Some(identity("tel:+1 415 555 0123")),
        |e| e.customer_name = Some("Ada Example".into()),
        |e| e.participants = vec![identity(BO)],
        |e| {
            e.related = vec![Related {
                relation: Relation::Next,
                interaction_id: Story::cti().id().clone(),
            }];
        },
        |e| e.fact = answered("cem"),
    ];
    let mut hashes = vec![event.content_hash()];
    for change in changes {
        let mut changed = event.clone();
        change(&mut changed);
        hashes.push(changed.content_hash());
    }
    let told = hashes.len();
    hashes.sort();
    hashes.dedup();
    assert_eq!(hashes.len(), told);
}

#[test]
fn an_event_comes_back_from_the_store_as_it_was() {
    let event = Story::call()
        .event("1", answered("bea"))
        .at("10:00:00")
        .from(ADA);
    let json = serde_json::to_string(&event).unwrap();
    let back: Event = serde_json::from_str(&json).unwrap();
    assert_eq!(back, event);
    assert_eq!(back.content_hash(), event.content_hash());
}
