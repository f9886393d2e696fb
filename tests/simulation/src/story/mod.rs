//! What happens to a small contact centre, from one seed: who calls, chats, writes, browses and pays, as their providers
//! send it, and what the agents do meanwhile.
//!
//! A story knows by itself what has to come of it: it counts its facts and names whose they are when it makes them, not by
//! reading what it has written.

mod agents;
mod chatwoot;
mod cloudevents;
mod connect;
mod connect_chat;
mod content;
mod cti;
mod draft;
mod ids;
mod journeys;
mod people;
mod poison;
mod postmark;
#[cfg(test)]
mod tests;
mod time;
mod whatsapp;
mod widget;

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use timeline::Channel;

pub use agents::{Act, ActKind, SPOKEN};
pub use content::Content;
pub use people::{LINK_SOURCES, OWN_IDENTITIES};
pub use time::START_MS;

use draft::Draft;

/// How much happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// About six interactions in some 25 deliveries: finds most, and is read by a person.
    Small,
    /// About twenty in some 100.
    Large,
}

/// One history.
#[derive(Debug, Clone)]
pub struct Story {
    /// What providers send, by the time at which they do.
    pub deliveries: Vec<Delivery>,
    /// What agents do, by the time at which they do. Some of it is refused: an agent may be quicker than the events.
    pub acts: Vec<Act>,
    /// What has to come of the deliveries, in whatever order and however often they arrive.
    pub expected: Expected,
}

/// One message for a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// When it is sent, in milliseconds since the story's start (see [`START_MS`]).
    pub at_ms: i64,
    /// The queue that takes it.
    pub queue: Queue,
    /// What it is called in figures: its source and kind.
    pub kind: &'static str,
    /// Its body.
    pub body: String,
    /// What `receive-webhook` says beside it: `source`, `account`, `headers`.
    pub attributes: Vec<(String, String)>,
    /// What it has to become.
    pub what: Expect,
    /// Whether the same was sent before.
    pub again: bool,
}

/// A queue of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Queue {
    /// `call-events`.
    Call,
    /// `chat-events`.
    Chat,
    /// `email-events`.
    Email,
    /// `journey-events`.
    Journey,
}

impl Queue {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Call, Self::Chat, Self::Email, Self::Journey];

    /// The queue's name without that of its stack.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Call => "call-events",
            Self::Chat => "chat-events",
            Self::Email => "email-events",
            Self::Journey => "journey-events",
        }
    }
}

/// What a delivery has to become. With neither events nor a refusal it is known and not used.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expect {
    /// The events in it. Those beside a part that is refused are stored all the same.
    pub events: Vec<ExpectedEvent>,
    /// The reason's code with which it lies in quarantine.
    pub refused: Option<&'static str>,
}

/// A fact that has to be stored exactly once, however often it is sent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExpectedEvent {
    /// The id of its interaction.
    pub interaction: String,
    /// What the story calls the fact. The same fact sent again has the same name, and no other has it.
    pub logical: String,
    /// What it says.
    pub content: Content,
}

/// What has to come of all deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expected {
    /// The interactions that there have to be, by id. There are no others but those that agents tell of.
    pub interactions: BTreeMap<String, ExpectedInteraction>,
    /// Who is said to be the same person as whom.
    pub claims: BTreeSet<ExpectedClaim>,
}

/// What has to come of one interaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedInteraction {
    /// What its facts say, each once, in order. What agents add comes on top.
    pub facts: Vec<Content>,
    /// Whose it is, as the identity's URI; `None` when it is nobody's.
    pub customer: Option<String>,
    /// Its channel.
    pub channel: Channel,
    /// Whether it is over: ended, given up or settled. What agents do in a story changes nothing of it.
    pub ended: bool,
}

/// A claim that has to be noted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExpectedClaim {
    /// The customer of whom it is said.
    pub customer: String,
    /// Who the customer is said to be as well.
    pub other: String,
    /// Whether it is verified and of a trusted source (see [`LINK_SOURCES`]), so that it links unless something speaks
    /// against it.
    pub links: bool,
}

impl Story {
    /// The story that comes of this chance.
    #[must_use]
    pub fn of(rng: &mut Rng, size: Size) -> Self {
        let (people, scenes, acts) = match size {
            Size::Small => (3, 5, 6),
            Size::Large => (7, 19, 24),
        };
        let mut draft = Draft::new(rng, people);
        for _ in 0..scenes {
            let scene = SCENES[draft.rng.usize(..SCENES.len())];
            scene(&mut draft);
        }
        draft.finish(acts)
    }

    /// How many deliveries there are of each kind, with those that are sent again.
    #[must_use]
    pub fn kinds(&self) -> BTreeMap<&'static str, usize> {
        let mut kinds = BTreeMap::new();
        for delivery in &self.deliveries {
            *kinds.entry(delivery.kind).or_insert(0) += 1;
            if delivery.again {
                *kinds.entry("(sent again)").or_insert(0) += 1;
            }
        }
        for act in &self.acts {
            *kinds.entry(act.kind.name()).or_insert(0) += 1;
        }
        kinds
    }
}

/// Writes one thing that happens, from its beginning to its end, into a draft.
type Scene = fn(&mut Draft<'_>);

/// What can happen. What stands twice happens twice as often.
const SCENES: &[Scene] = &[
    connect::call,
    connect::call,
    connect::call,
    cti::call,
    cti::call,
    cloudevents::call,
    cloudevents::survey,
    whatsapp::thread,
    whatsapp::thread,
    connect_chat::chat,
    chatwoot::conversation,
    postmark::thread,
    postmark::thread,
    journeys::invoice,
    journeys::visit,
    widget::visit,
    poison::poison,
    poison::poison,
];
