use queue::{Message, attribute};
use sources::{Envelope, Payload};
use timeline::{Channel, EventId, Fact, Started};

use super::*;

fn event(of: &str) -> Event {
    let source = timeline::Source::new("invented").unwrap();
    let id = InteractionId::new(&source, of).unwrap();
    let started = Fact::Started(Started::default());
    Event::new(
        id,
        EventId::new("ring").unwrap(),
        source,
        Channel::Call,
        started,
    )
}

#[test]
fn the_first_records_of_a_batch_are_appended_first() {
    let mut groups: BTreeMap<InteractionId, Group> = BTreeMap::new();
    for (place, of) in ["z", "m", "a", "z"].into_iter().enumerate() {
        let event = event(of);
        let group = groups.entry(event.interaction_id.clone()).or_default();
        group.push((place, event));
    }
    let order: Vec<Vec<usize>> = in_order_of_arrival(groups)
        .iter()
        .map(|group| group.iter().map(|(place, _)| *place).collect())
        .collect();
    assert_eq!(order, [vec![0, 3], vec![1], vec![2]]);
}

#[test]
fn what_will_not_pass_by_itself_has_a_reason_of_its_own() {
    let code = String::new;
    let problem = code();
    for (error, reason) in [
        (StoreError::Unavailable { code: code() }, "unavailable"),
        (StoreError::Refused { code: code() }, "refused"),
        (
            StoreError::Unreadable {
                item: "event",
                problem,
            },
            "unreadable",
        ),
    ] {
        assert_eq!(retry_reason(&error).code(), reason);
    }
}

#[test]
fn what_a_sender_says_beside_a_body_is_what_sources_read() {
    let headers = attribute::headers([("x-kind", "hang-up")]).unwrap();
    let said = vec![
        (attribute::SOURCE, "plain".to_owned()),
        (attribute::ACCOUNT, "berlin".to_owned()),
        (attribute::HEADERS, headers),
    ];
    let message = Message::of(b"name=caf\xe9", said);
    let attributes = message.attributes.into_iter();
    let attributes = attributes.map(|(name, value)| (name.to_owned(), value));
    let envelope = Envelope::open(&message.body, &attributes.collect()).unwrap();
    assert_eq!(envelope.source.as_deref(), Some("plain"));
    assert_eq!(envelope.account.as_deref(), Some("berlin"));
    assert_eq!(envelope.header("x-kind"), Some("hang-up"));
    let form = [("name".to_owned(), "caf\u{e9}".to_owned())];
    assert_eq!(envelope.payload, Payload::Form(form.to_vec()));
}
