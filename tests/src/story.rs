//! Invented events to write into a store.

use fastrand::Rng;
use timeline::{
    Author, Channel, Direction, Ended, Event, EventId, Fact, Identity, InteractionId, Message,
    Note, Opening, Place, Source, Started, Status, StatusChange, Text, Timestamp, WrapUp,
};

/// A time on the morning of the story, so many seconds after nine.
///
/// # Panics
/// Never, for seconds that fit into some centuries.
#[must_use]
pub fn at(seconds: i64) -> Timestamp {
    let nine: Timestamp = "2026-03-02T09:00:00Z".parse().expect("it is a time");
    nine.plus_millis(seconds * 1000)
}

/// One of a hundred invented callers.
///
/// # Panics
/// When there is no such one.
#[must_use]
pub fn caller(number: u32) -> Identity {
    assert!(number < 100, "numbers from 555-0100 to 555-0199 are free");
    Identity::read(&format!("tel:+141555501{number:02}")).expect("it is a number")
}

/// The system that tells the story.
///
/// # Panics
/// Never: the name is a source's.
#[must_use]
pub fn source() -> Source {
    Source::new("invented").expect("it is a source's name")
}

/// An interaction of the story.
///
/// # Panics
/// When the key is empty.
#[must_use]
pub fn interaction(key: &str) -> InteractionId {
    InteractionId::new(&source(), key).expect("the key is not empty")
}

/// An event that happened so many seconds after nine and arrived a second later.
///
/// # Panics
/// When the name is empty.
#[must_use]
pub fn event(of: &InteractionId, name: &str, second: i64, fact: Fact) -> Event {
    let id = EventId::new(name).expect("the name is not empty");
    let mut event = Event::new(of.clone(), id, source(), Channel::Call, fact);
    event.occurred_at = Some(at(second));
    event.received_at = at(second + 1);
    event
}

/// The telephone rings.
#[must_use]
pub fn ring(of: &InteractionId, second: i64, customer: Option<Identity>) -> Event {
    let started = Started {
        opening: Opening::Ringing,
        ..Started::default()
    };
    let mut event = event(of, "ring", second, Fact::Started(started));
    event.direction = Some(Direction::Inbound);
    event.customer = customer;
    event
}

/// An agent takes the call.
#[must_use]
pub fn answer(of: &InteractionId, second: i64) -> Event {
    let place = Place {
        queue: Some("sales".to_owned()),
        agent: Some("robin".to_owned()),
    };
    event(of, "answer", second, Fact::Answered(place))
}

/// The call is over.
#[must_use]
pub fn hangup(of: &InteractionId, second: i64) -> Event {
    event(of, "hangup", second, Fact::Ended(Ended::default()))
}

/// A note with a text of so many bytes.
#[must_use]
pub fn note(of: &InteractionId, name: &str, second: i64, bytes: usize) -> Event {
    let note = Note {
        text: Text::new(&"n".repeat(bytes)),
        agent: None,
    };
    event(of, name, second, Fact::Note(note))
}

/// So many events of all sorts, distinct, in the order in which they happened. The first may open the interaction;
/// some name a customer, not always the same one.
#[must_use]
pub fn conversation(of: &InteractionId, events: usize, random: &mut Rng) -> Vec<Event> {
    (0..events)
        .map(|place| {
            let second = i64::try_from(place).unwrap_or(i64::MAX) * 7;
            let mut event = event(of, &format!("event-{place}"), second, fact(random));
            if random.u8(..4) == 0 {
                event.customer = Some(caller(random.u32(..3)));
            }
            if random.u8(..8) == 0 {
                // Some sources have no clock.
                event.occurred_at = None;
            }
            event
        })
        .collect()
}

fn fact(random: &mut Rng) -> Fact {
    let agent = Some(format!("agent-{}", random.u8(..5)));
    match random.u8(..8) {
        0 => Fact::Started(Started::default()),
        1 => Fact::Queued(Place {
            queue: Some(format!("queue-{}", random.u8(..3))),
            agent: None,
        }),
        2 => Fact::Answered(Place { queue: None, agent }),
        3 => Fact::Held,
        4 => Fact::Resumed,
        5 => Fact::Status(StatusChange {
            status: *random
                .choice(&[Status::Open, Status::Pending, Status::Resolved])
                .unwrap_or(&Status::Open),
            complaint: random.bool().then(|| random.bool()),
            agent,
            queue: None,
        }),
        6 => Fact::WrapUp(WrapUp {
            disposition: Some(format!("code-{}", random.u8(..9))),
            agent,
            ..WrapUp::default()
        }),
        _ => Fact::Message(Message {
            author: Author::Customer,
            name: None,
            text: Text::new(&format!("Words number {}.", random.u16(..))),
            private: random.bool(),
            attachments: Vec::new(),
        }),
    }
}
