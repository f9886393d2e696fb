//! Short ways to say what happened. All names, numbers and addresses are invented.

use timeline::{
    Channel, Direction, Event, EventId, Fact, Identity, Interaction, InteractionId, Source,
    Summary, Timestamp,
};

pub(crate) const ADA: &str = "tel:+14155550123";
pub(crate) const BO: &str = "tel:+14155550188";

/// One interaction that events are told of.
pub(crate) struct Story {
    source: Source,
    id: InteractionId,
    channel: Channel,
}

impl Story {
    pub(crate) fn new(source: &str, key: &str, channel: Channel) -> Self {
        let source = Source::new(source).unwrap();
        let id = InteractionId::new(&source, key).unwrap();
        Self {
            source,
            id,
            channel,
        }
    }

    pub(crate) fn call() -> Self {
        Self::new("amazon-connect", "c-1", Channel::Call)
    }

    pub(crate) fn cti() -> Self {
        Self::new("cti", "4711", Channel::Call)
    }

    pub(crate) fn chat() -> Self {
        Self::new("chatwoot", "1.77", Channel::Chat)
    }

    pub(crate) fn email() -> Self {
        Self::new("amazon-ses", "thread-1", Channel::Email)
    }

    pub(crate) fn id(&self) -> &InteractionId {
        &self.id
    }

    /// An event with this id, without a clock, received at the start of the day.
    pub(crate) fn event(&self, id: &str, fact: Fact) -> Event {
        let id = EventId::new(id).unwrap();
        Event::new(self.id.clone(), id, self.source.clone(), self.channel, fact)
            .received("08:00:00")
    }
}

/// What more an event says.
pub(crate) trait Told {
    /// When it happened and arrived.
    fn at(self, time: &str) -> Self;
    /// When it arrived.
    fn received(self, time: &str) -> Self;
    fn from(self, customer: &str) -> Self;
    fn inbound(self) -> Self;
    fn version(self, time: &str) -> Self;
}

impl Told for Event {
    fn at(mut self, time: &str) -> Self {
        self.occurred_at = Some(at(time));
        self.received(time)
    }

    fn received(mut self, time: &str) -> Self {
        self.received_at = at(time);
        self
    }

    fn from(mut self, customer: &str) -> Self {
        self.customer = Some(identity(customer));
        self
    }

    fn inbound(mut self) -> Self {
        self.direction = Some(Direction::Inbound);
        self
    }

    fn version(mut self, time: &str) -> Self {
        self.version = Some(at(time));
        self
    }
}

/// A time on the day of the tests, `10:00:00`, or any RFC 3339 time.
pub(crate) fn at(time: &str) -> Timestamp {
    time.parse()
        .or_else(|_| format!("2026-03-02T{time}Z").parse())
        .unwrap()
}

pub(crate) fn identity(uri: &str) -> Identity {
    Identity::read(uri).unwrap()
}

pub(crate) fn fold(events: &[Event]) -> Interaction {
    Interaction::of(events).unwrap()
}

/// The summary of the events, which is the same in their order and in the reverse.
pub(crate) fn summary(events: &[Event]) -> Summary {
    let there = fold(events);
    let back = Interaction::of(events.iter().rev()).unwrap();
    assert_eq!(there, back, "the order of arrival must not matter");
    there.summary()
}

/// What the store does between two events.
pub(crate) fn stored(interaction: &Interaction) -> Interaction {
    serde_json::from_str(&serde_json::to_string(interaction).unwrap()).unwrap()
}
