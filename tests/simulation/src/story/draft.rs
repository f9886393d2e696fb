//! A story while it is written.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use timeline::Channel;

use super::people::{Person, people};
use super::time::{HOUR, MINUTE, SECOND};
use super::{
    Content, Delivery, Expect, Expected, ExpectedClaim, ExpectedEvent, ExpectedInteraction, Queue,
    Story, agents,
};

/// How long after the story's start its scenes begin, at most.
const OPENING_HOURS: i64 = 6 * HOUR;
/// One delivery in as many is sent again.
const AGAIN_ONE_IN: u32 = 4;
/// Most times that one delivery is sent again.
const MAX_AGAIN: u32 = 3;
/// Of one interaction in as many, what was sent before is sent again with something new, all at once.
const BURST_ONE_IN: u32 = 2;
/// Most deliveries that are sent again so.
const MAX_BURST: usize = 4;
/// One delivery of several events in as many repeats events of earlier ones.
const REPEATS_ONE_IN: u32 = 3;

/// An event of a delivery: when it happened, how it is written, and the fact that it is.
pub(super) type Told = (i64, String, ExpectedEvent);

/// A story while it is written.
pub(super) struct Draft<'r> {
    pub(super) rng: &'r mut Rng,
    people: Vec<Person>,
    sent: Vec<Sent>,
    interactions: BTreeMap<String, ExpectedInteraction>,
    claims: BTreeSet<ExpectedClaim>,
    counted: u64,
}

/// A delivery, and how else its provider may send the same.
struct Sent {
    delivery: Delivery,
    otherwise: Option<String>,
}

/// What a scene sends: where to, what, and which facts are in it.
pub(super) struct Sending {
    pub(super) queue: Queue,
    pub(super) kind: &'static str,
    pub(super) body: String,
    /// The same in another wrapping.
    pub(super) otherwise: Option<String>,
    /// The source that the webhook has authenticated; empty for what does not come by it.
    pub(super) source: &'static str,
    /// Which account of it.
    pub(super) account: Option<&'static str>,
    pub(super) what: Expect,
}

impl Sending {
    /// What AWS itself carries to a queue: nothing is said beside it.
    pub(super) fn bare(queue: Queue, kind: &'static str, body: String) -> Self {
        Self {
            queue,
            kind,
            body,
            otherwise: None,
            source: "",
            account: None,
            what: Expect::default(),
        }
    }

    /// What a webhook has put into a queue.
    pub(super) fn of(queue: Queue, kind: &'static str, source: &'static str, body: String) -> Self {
        Self {
            source,
            ..Self::bare(queue, kind, body)
        }
    }

    /// With a fact in it.
    pub(super) fn tells(mut self, interaction: &str, logical: String, content: Content) -> Self {
        self.what.events.push(ExpectedEvent {
            interaction: interaction.to_owned(),
            logical,
            content,
        });
        self
    }

    /// Which is refused.
    pub(super) fn refused(mut self, code: &'static str) -> Self {
        self.what.refused = Some(code);
        self
    }
}

impl<'r> Draft<'r> {
    pub(super) fn new(rng: &'r mut Rng, count: usize) -> Self {
        Self {
            people: people(rng, count),
            rng,
            sent: Vec::new(),
            interactions: BTreeMap::new(),
            claims: BTreeSet::new(),
            counted: 0,
        }
    }

    /// True once in as many.
    pub(super) fn one_in(&mut self, many: u32) -> bool {
        self.rng.u32(..many) == 0
    }

    /// One of these.
    pub(super) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.rng.usize(..of.len())]
    }

    /// A number that no other has in this story.
    pub(super) fn count(&mut self) -> u64 {
        self.counted += 1;
        self.counted
    }

    /// One of the customers.
    pub(super) fn person(&mut self) -> Person {
        let place = self.rng.usize(..self.people.len());
        self.people[place].clone()
    }

    /// When a scene begins.
    pub(super) fn beginning(&mut self) -> i64 {
        self.rng.i64(0..OPENING_HOURS)
    }

    /// As many milliseconds, at least and below.
    pub(super) fn between(&mut self, least: i64, below: i64) -> i64 {
        self.rng.i64(least..below)
    }

    /// How long a provider takes to send what has happened: mostly a moment, sometimes so long that what happened later
    /// is there before.
    pub(super) fn lag(&mut self) -> i64 {
        match self.rng.u32(..20) {
            0 => self.between(MINUTE, 20 * MINUTE),
            1..=4 => self.between(SECOND, 40 * SECOND),
            _ => self.between(20, SECOND),
        }
    }

    /// Sends something that happened at that time.
    pub(super) fn send(&mut self, happened_ms: i64, sending: Sending) {
        let at_ms = happened_ms + self.lag();
        self.send_at(at_ms, sending);
    }

    /// Sends something at exactly that time.
    pub(super) fn send_at(&mut self, at_ms: i64, sending: Sending) {
        let said = [
            ("source", Some(sending.source).filter(|it| !it.is_empty())),
            ("account", sending.account),
        ];
        let said = said
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
        self.sent.push(Sent {
            delivery: Delivery {
                at_ms,
                queue: sending.queue,
                kind: sending.kind,
                body: sending.body,
                attributes: said.collect(),
                what: sending.what,
                again: false,
            },
            otherwise: sending.otherwise,
        });
    }

    /// Says what has to come of an interaction, as soon as one of its facts is sent.
    pub(super) fn expect(
        &mut self,
        interaction: &str,
        channel: Channel,
        customer: Option<String>,
        ended: bool,
    ) {
        let expected = ExpectedInteraction {
            facts: Vec::new(),
            customer,
            channel,
            ended,
        };
        let known = self.interactions.insert(interaction.to_owned(), expected);
        debug_assert!(known.is_none(), "each interaction is of one scene");
    }

    /// Says that somebody is said to be somebody else as well. What is said of oneself is no claim.
    pub(super) fn claim(&mut self, customer: &str, other: String, links: bool) {
        if customer != other {
            self.claims.insert(ExpectedClaim {
                customer: customer.to_owned(),
                other,
                links,
            });
        }
    }

    /// What else is known of an interaction that is written by now.
    pub(super) fn interactions(&self) -> &BTreeMap<String, ExpectedInteraction> {
        &self.interactions
    }

    /// When the first fact of an interaction is sent, by interaction.
    pub(super) fn first_sent(&self) -> BTreeMap<String, i64> {
        let mut first: BTreeMap<String, i64> = BTreeMap::new();
        for sent in &self.sent {
            for event in &sent.delivery.what.events {
                let at = first
                    .entry(event.interaction.clone())
                    .or_insert(sent.delivery.at_ms);
                *at = (*at).min(sent.delivery.at_ms);
            }
        }
        first
    }

    /// The whole story: some of it is sent again, and agents do so many things.
    pub(super) fn finish(mut self, acts: usize) -> Story {
        let acts = agents::acts(&mut self, acts);
        self.send_bursts();
        self.send_some_again();
        let mut facts: BTreeMap<&str, BTreeMap<&str, &Content>> = BTreeMap::new();
        for sent in &self.sent {
            for event in &sent.delivery.what.events {
                let of = facts.entry(&event.interaction).or_default();
                of.insert(&event.logical, &event.content);
            }
        }
        let interactions = facts.iter().map(|(interaction, facts)| {
            let expected = self.interactions.get(*interaction);
            let expected = expected.expect("a scene says what has to come of its interactions");
            let mut expected = expected.clone();
            expected.facts = facts.values().copied().cloned().collect();
            expected.facts.sort_unstable();
            ((*interaction).to_owned(), expected)
        });
        let expected = Expected {
            interactions: interactions.collect(),
            claims: self.claims,
        };
        let mut deliveries: Vec<Delivery> =
            self.sent.into_iter().map(|sent| sent.delivery).collect();
        deliveries.sort_by_key(|delivery| delivery.at_ms);
        Story {
            deliveries,
            acts,
            expected,
        }
    }

    /// The next few of some events for one delivery: at most `most`, and before them, where the sender heard no yes, some
    /// that it has sent by now.
    pub(super) fn together(
        &mut self,
        told: &mut Vec<Told>,
        left: &mut Vec<Told>,
        most: usize,
    ) -> Vec<Told> {
        let many = self.rng.usize(1..=left.len().min(most));
        let new: Vec<Told> = left.drain(..many).collect();
        let mut together = Vec::new();
        if !told.is_empty() && self.one_in(REPEATS_ONE_IN) {
            let from = self.rng.usize(..told.len());
            together.extend(told[from..].iter().cloned());
        }
        told.extend(new.iter().cloned());
        together.extend(new);
        together
    }

    /// A provider, or a queue, that was behind: with something new of an interaction comes again what came before.
    fn send_bursts(&mut self) {
        let mut of: BTreeMap<(Queue, String), Vec<usize>> = BTreeMap::new();
        for (place, sent) in self.sent.iter().enumerate() {
            if let Some(event) = sent.delivery.what.events.first() {
                let key = (sent.delivery.queue, event.interaction.clone());
                of.entry(key).or_default().push(place);
            }
        }
        let mut again = Vec::new();
        for mut places in of.into_values().filter(|places| places.len() > 1) {
            if !self.one_in(BURST_ONE_IN) {
                continue;
            }
            places.sort_by_key(|place| self.sent[*place].delivery.at_ms);
            let new = self.rng.usize(1..places.len());
            let at_ms = self.sent[places[new]].delivery.at_ms;
            for place in &places[new.saturating_sub(MAX_BURST)..new] {
                let mut delivery = self.sent[*place].delivery.clone();
                delivery.at_ms = at_ms;
                delivery.again = true;
                again.push(Sent {
                    delivery,
                    otherwise: None,
                });
            }
        }
        self.sent.extend(again);
    }

    fn send_some_again(&mut self) {
        let mut again = Vec::new();
        for place in 0..self.sent.len() {
            if !self.one_in(AGAIN_ONE_IN) {
                continue;
            }
            for _ in 0..self.rng.u32(1..=MAX_AGAIN) {
                let later = match self.rng.u32(..4) {
                    0 => 0,
                    1 => self.between(HOUR, 9 * HOUR),
                    _ => self.between(100, 10 * MINUTE),
                };
                let otherwise = self.rng.bool();
                let sent = &self.sent[place];
                let mut delivery = sent.delivery.clone();
                delivery.at_ms += later;
                delivery.again = true;
                if otherwise && let Some(body) = &sent.otherwise {
                    delivery.body.clone_from(body);
                }
                again.push(Sent {
                    delivery,
                    otherwise: None,
                });
            }
        }
        self.sent.extend(again);
    }
}
