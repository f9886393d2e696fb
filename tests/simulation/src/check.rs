//! What has to hold at the end of every history, whatever went wrong in it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;
use store::Store;
use timeline::{Event, Identity, IdentityUri, Interaction, InteractionId, LinkSet};
use tokio::time::Instant;

use crate::deployed;
use crate::desk::Heard;
use crate::door::Posts;
use crate::ledger::Ledger;
use crate::story::{Content, ExpectedClaim, Story};
use crate::wire::Worker;
use crate::worker::through;
use crate::world::{QUEUES, World};

mod acts;
mod asked;
mod claims;
pub(crate) mod judged;
mod last_pops;
mod pops;
mod quarantine;
mod seen;
mod told;
mod traits;

use judged::Counts;
use told::Told;

/// What the ids of events begin with that agents make.
const ACTS: &str = "act.";
/// What the ids of interactions begin with that agents make.
const MANUAL: &str = "manual:";
/// How long one look at the calm table may take.
const LOOK: Duration = Duration::from_secs(600);

/// A history's end under judgement.
pub(crate) struct Check<'a> {
    world: &'a World,
    story: &'a Story,
    ledger: &'a Ledger,
    told: Told,
    store: Store,
    /// What is wrong.
    pub violations: Vec<String>,
    /// How many events are stored.
    pub events: u64,
    /// How much was judged.
    pub judged: Counts,
    /// What stored events claim, where something was given up.
    claimed: BTreeSet<ExpectedClaim>,
}

/// From when to when something was asked, by the world's clock.
#[derive(Debug, Clone, Copy)]
struct Window {
    from_ms: i64,
    to_ms: i64,
}

impl Window {
    fn of(heard: &Heard) -> Self {
        Self {
            from_ms: heard.asked_ms,
            to_ms: heard.answered_ms,
        }
    }
}

impl<'a> Check<'a> {
    /// Looks at everything.
    ///
    /// # Panics
    /// When the environment of the functions does not make a store: then nothing is proved.
    pub(crate) async fn all(
        world: &'a World,
        story: &'a Story,
        ledger: &'a Ledger,
        posts: &Posts,
    ) -> Check<'a> {
        let env = deployed::environment(world, deployed::function("screen-pop"));
        let store = through(world, &Worker::new(0), || {
            Store::from_environment(|name| env.lookup(name))
        });
        let mut check = Self {
            world,
            story,
            ledger,
            told: Told::of(story, posts, &world.inside().by_door),
            store: store.expect("the functions' environment makes a store"),
            violations: Vec::new(),
            events: 0,
            judged: Counts::default(),
            claimed: BTreeSet::new(),
        };
        check.queues();
        check.front_door(posts);
        check.quarantine();
        let stored = check.interactions().await;
        check.items(&stored);
        check.noted(&stored);
        check.claimed = claims::claimed(&stored);
        check.said(&stored);
        check.pins(&stored).await;
        check.standings().await;
        check.links().await;
        check.claims();
        check.acts(&stored);
        check.pops();
        check.seen();
        check.asked(&stored).await;
        check.last_pops(&stored).await;
        check
    }

    fn wrong(&mut self, what: impl Into<String>) {
        self.violations.push(what.into());
    }

    /// Whether something holds; what is wrong otherwise.
    fn holds(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.wrong(what());
        }
    }

    fn soon() -> Instant {
        Instant::now() + LOOK
    }

    fn queues(&mut self) {
        let depths: Vec<_> = {
            let inner = self.world.inside();
            let depth = |name| (name, inner.queues.get(name).map(crate::queue::Queue::depth));
            QUEUES.into_iter().map(depth).collect()
        };
        for (name, depth) in depths {
            self.holds(depth == Some((0, 0)), || {
                format!("{name} is not drained: {depth:?}")
            });
        }
    }

    /// Nobody hears what is not documented, and nothing that is not to be taken reaches a queue.
    fn front_door(&mut self, posts: &Posts) {
        self.violations.extend(posts.wrong.iter().cloned());
        let breaches = self.world.inside().breaches.clone();
        for breach in breaches {
            self.wrong(format!("the front door took what it must not: {breach}"));
        }
    }

    /// Every interaction of the table is the fold of its events, has all of them, and is one that has to be there.
    async fn interactions(&mut self) -> BTreeMap<String, (Interaction, Vec<Event>)> {
        let partitions = self.partitions("i#");
        let mut stored = BTreeMap::new();
        for id in &partitions {
            let Ok(read) = id.parse::<InteractionId>() else {
                self.wrong(format!("{id} is no interaction's id"));
                continue;
            };
            match self.store.everything(&read, Self::soon()).await {
                Ok((Some(interaction), rev, events)) => {
                    self.interaction(id, &interaction, rev, &events);
                    stored.insert(id.clone(), (interaction, events));
                }
                Ok((None, _, events)) => {
                    self.wrong(format!("{id} has {} events and no fold", events.len()));
                }
                Err(error) => self.wrong(format!("{id} cannot be read: {error}")),
            }
        }
        let story = self.story;
        for id in story.expected.interactions.keys() {
            let is_told = self.told.has(id);
            self.holds(partitions.contains(id) || !is_told, || {
                format!("{id} is lost")
            });
        }
        stored
    }

    fn interaction(&mut self, id: &str, interaction: &Interaction, rev: u64, events: &[Event]) {
        self.events += events.len() as u64;
        self.holds(rev == events.len() as u64, || {
            format!("{id} says {rev} events and has {}", events.len())
        });
        let ids: BTreeSet<&str> = events.iter().map(|event| event.id.as_str()).collect();
        self.holds(ids.len() == events.len(), || {
            format!("{id} has an event twice")
        });
        let backwards: Vec<Event> = events.iter().rev().cloned().collect();
        for events in [events, &backwards] {
            self.holds(folded(events).as_ref() == Some(interaction), || {
                format!("{id} is not the fold of its events")
            });
        }
        let Some(expected) = self.story.expected.interactions.get(id) else {
            self.holds(id.starts_with(MANUAL), || {
                format!("{id} is nothing that was sent")
            });
            return;
        };
        let wrong = self.told.differs(id, &facts_of(events));
        self.holds(wrong.is_none(), || {
            format!("{id} says other than was sent: {wrong:?}")
        });
        self.holds(interaction.summary().channel == expected.channel, || {
            format!("{id} is a {:?}", interaction.summary().channel)
        });
        if !self.told.is_whole(id, expected) {
            return;
        }
        let is_over = !interaction.summary().state.is_open();
        self.holds(is_over == expected.ended, || {
            format!("{id} is over: {is_over}, expected {}", expected.ended)
        });
        let customer = interaction.customer().map(|whose| whose.uri.expose());
        self.holds(customer == expected.customer.as_deref(), || {
            format!("{id} is {customer:?}'s and not {:?}'s", expected.customer)
        });
    }

    /// What agents said is there once if they heard that it is, and at most once if they heard nothing; and what they
    /// never said is not there.
    fn said(&mut self, stored: &BTreeMap<String, (Interaction, Vec<Event>)>) {
        let ledger = self.ledger;
        for said in &ledger.said {
            let those = stored.iter().filter(|(id, _)| match &said.interaction {
                Some(interaction) => interaction == *id,
                None => id.starts_with(MANUAL),
            });
            let events = those.flat_map(|(_, (_, events))| events);
            let count = events.filter(|event| said.is_told_by(event)).count();
            let heard = &said.heard;
            let right = if heard.confirmed {
                count == 1
            } else if heard.is_unknown() || heard.maybe_before {
                count <= 1
            } else {
                count == 0
            };
            self.holds(right, || {
                let status = heard.status();
                format!("`{}` is there {count} times after {status}", said.text)
            });
        }
        let manual = stored.keys().filter(|id| id.starts_with(MANUAL)).count();
        let told = ledger.said.iter().filter(|one| one.interaction.is_none());
        self.holds(manual <= told.count(), || {
            format!("{manual} interactions were told of")
        });
    }

    /// What the table holds, without asking the code that wrote it.
    fn items(&mut self, stored: &BTreeMap<String, (Interaction, Vec<Event>)>) {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for (pk, sk) in self.keys() {
            if let Some(id) = pk.strip_prefix("i#").filter(|_| sk.starts_with("e#")) {
                *counts.entry(id.to_owned()).or_default() += 1;
            }
        }
        for (id, (_, events)) in stored {
            let there = counts.get(id).copied().unwrap_or(0);
            self.holds(there == events.len(), || {
                format!(
                    "{id} has {there} events, of which {} are read",
                    events.len()
                )
            });
        }
    }

    /// An interaction is pinned under its customer exactly while it has something unsettled.
    async fn pins(&mut self, stored: &BTreeMap<String, (Interaction, Vec<Event>)>) {
        let mut wanted = BTreeSet::new();
        for (id, (interaction, _)) in stored {
            let pinned = interaction.summary().is_pinned();
            if let Some(customer) = interaction.customer().filter(|_| pinned) {
                wanted.insert((format!("p#{}", customer.uri.expose()), format!("o#{id}")));
            }
        }
        let there: BTreeSet<(String, String)> = self
            .keys()
            .into_iter()
            .filter(|(_, sk)| sk.starts_with("o#"))
            .collect();
        self.holds(there == wanted, || {
            format!("pinned are {there:?}, and should be {wanted:?}")
        });
    }

    /// Every identity of a customer has the same links, and they all lead to it.
    async fn standings(&mut self) {
        let mut parts: BTreeMap<String, LinkSet> = BTreeMap::new();
        for uri in self.partitions("p#") {
            let Ok(identity) = Identity::read(&uri) else {
                self.wrong(format!("{uri} is no identity"));
                continue;
            };
            match self.store.known(&identity.uri, Self::soon()).await {
                Ok(known) => {
                    parts.insert(uri, known.standing.value.links);
                }
                Err(error) => self.wrong(format!("{uri} cannot be read: {error}")),
            }
        }
        for (uri, links) in &parts {
            let Ok(own) = Identity::read(uri) else {
                continue;
            };
            let members: BTreeSet<IdentityUri> = links.identities(&own.uri);
            for member in members {
                let theirs = parts.get(member.expose());
                let same = theirs == Some(links) || (links.is_empty() && theirs.is_none());
                self.holds(same, || {
                    format!("{uri} has other links than {}", member.expose())
                });
            }
        }
        self.by_policy(&parts);
    }

    /// A link that an agent heard of stands until somebody ended it, and one whose end an agent heard of is gone.
    async fn links(&mut self) {
        let ledger = self.ledger;
        for link in &ledger.links {
            let Ok(own) = Identity::read(&link.from) else {
                continue;
            };
            let Ok(known) = self.store.known(&own.uri, Self::soon()).await else {
                self.wrong(format!("{} cannot be read", link.from));
                continue;
            };
            let links = &known.standing.value.links;
            let stands = links.iter().any(|there| there.id.as_str() == link.id);
            match link.ended_by(&ledger.marks) {
                None => self.holds(stands, || format!("link {} is lost", link.id)),
                Some(true) => self.holds(!stands, || format!("link {} came back", link.id)),
                Some(false) => {}
            }
        }
    }

    fn keys(&self) -> Vec<(String, String)> {
        let inner = self.world.inside();
        let text = |value: &Value| value["S"].as_str().unwrap_or_default().to_owned();
        let items = inner.table.items();
        items
            .map(|item| (text(&item["pk"]), text(&item["sk"])))
            .collect()
    }

    /// What the partition keys with a prefix are, without it.
    fn partitions(&self, prefix: &str) -> BTreeSet<String> {
        let keys = self.keys().into_iter();
        keys.filter_map(|(pk, _)| pk.strip_prefix(prefix).map(str::to_owned))
            .collect()
    }
}

/// What providers said in these events, in order.
fn facts_of(events: &[Event]) -> Vec<Content> {
    let sent = events.iter();
    let sent = sent.filter(|event| !event.id.as_str().starts_with(ACTS));
    let mut facts: Vec<Content> = sent.map(Content::of).collect();
    facts.sort_unstable();
    facts
}

/// The interaction that events make, by themselves.
fn folded(events: &[Event]) -> Option<Interaction> {
    let (first, rest) = events.split_first()?;
    let mut interaction = Interaction::begin(first);
    for event in rest {
        interaction.apply(event).ok()?;
    }
    Some(interaction)
}
