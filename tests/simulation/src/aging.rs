//! Time goes over what is kept for a time only: items expire one by one, each some time after it may. What is younger stays,
//! whatever of the same interaction is gone, and a pop never fails on the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;
use timeline::{
    CustomerId, Event, Identity, Origin, PopState, ScreenPop, Summary, Timestamp, Traits,
};
use tokio::time::sleep;

use crate::deployed::SECRET;
use crate::desk::{Heard, Request, ask};
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::table::Moment;
use crate::world::World;

/// How often the table is looked at while it ages.
const LOOKS: usize = 4;
/// How long it is between two looks, in hours.
const HOURS: std::ops::Range<u64> = 24..48;
/// What the ids of interactions begin with that agents make.
const MANUAL: &str = "manual:";
/// Customers asked for at each look.
const ASKED: usize = 1;
/// How many interactions a pop shows at most.
const PAGE: usize = 50;
/// Seconds of a day.
const DAY_S: i64 = 86_400;

/// An item's keys.
type Key = (String, String);

/// A table that ages.
struct Aging<'a> {
    world: &'a World,
    who: usize,
    keep_s: i64,
    /// What was there before anything had expired.
    items: BTreeMap<Key, Value>,
    /// What is there still.
    left: BTreeMap<Key, Value>,
    /// Interactions of which an agent said something and never heard that it is stored. It may be, and lack what is
    /// written after it, for nobody sends it again.
    unheard: BTreeSet<String>,
    /// Those of interactions that agents told of of which one heard that it is stored.
    heard: BTreeSet<String>,
    violations: Vec<String>,
}

/// Lets the table age, where this history's does; what did not hold.
pub(crate) async fn age(world: &World, who: usize, ledger: &Ledger) -> Vec<String> {
    let days = world.inside().retention_days;
    if days == 0 {
        return Vec::new();
    }
    let mut aging = Aging {
        world,
        who,
        keep_s: i64::from(days) * DAY_S,
        items: items(world),
        left: BTreeMap::new(),
        unheard: ledger.unheard(),
        heard: BTreeSet::new(),
        violations: Vec::new(),
    };
    aging.left = aging.items.clone();
    aging.heard = aging.heard(ledger);
    aging.lives();
    for _ in 0..LOOKS {
        let hours = world.inside().rng.u64(HOURS);
        sleep(Duration::from_secs(hours * 60 * 60)).await;
        aging.expire_some();
        aging.remains();
        aging.asked().await;
    }
    aging.violations
}

fn items(world: &World) -> BTreeMap<Key, Value> {
    let inner = world.inside();
    let keyed = inner.table.items().map(|item| {
        let key = (text(&item, "pk").to_owned(), text(&item, "sk").to_owned());
        (key, item)
    });
    keyed.collect()
}

fn text<'a>(item: &'a Value, name: &str) -> &'a str {
    item[name]["S"].as_str().unwrap_or_default()
}

/// When an item may go, in seconds since 1970; never, where it does not say.
fn end(item: &Value) -> i64 {
    let at = item["expires_at"]["N"].as_str();
    at.and_then(|at| at.parse().ok()).unwrap_or(i64::MAX)
}

fn content(item: &Value) -> Value {
    serde_json::from_str(text(item, "content")).unwrap_or_default()
}

/// The key of the entry of an identity's customer.
fn entry_of(identity: &str) -> Option<Key> {
    let identity = Identity::read(identity).ok()?;
    let customer = CustomerId::implied_by(&identity.uri, SECRET);
    Some((format!("c#{customer}"), "c".to_owned()))
}

impl Aging<'_> {
    fn holds(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.violations.push(what());
        }
    }

    fn now_s(&self) -> i64 {
        self.world.now_ms().div_euclid(1000)
    }

    /// Each item says that it may go when what it is of may go, and what is to be kept says nothing.
    fn lives(&mut self) {
        let items = self.items.clone();
        let mut of_events: BTreeMap<&str, i64> = BTreeMap::new();
        for ((pk, sk), item) in &items {
            if !sk.starts_with("e#") {
                continue;
            }
            let received = text(item, "received_at").parse::<Timestamp>();
            let ends = received.map(|at| at.millis().div_euclid(1000) + self.keep_s);
            self.holds(ends.ok() == Some(end(item)), || {
                format!("{pk} {sk} does not end as long after it came as it should")
            });
            let longest = of_events.entry(pk).or_insert(i64::MIN);
            *longest = end(item).max(*longest);
            match serde_json::from_str(text(item, "event")) {
                Ok(event) => self.said(&event, end(item)),
                Err(error) => self.violations.push(format!("{pk} {sk}: {error}")),
            }
        }
        for ((pk, sk), item) in &items {
            let said = content(item);
            let stays = match sk.as_bytes() {
                b"i" => {
                    self.interaction(pk, item, of_events.get(pk.as_str()).copied());
                    false
                }
                b"p" => said["links"]
                    .as_object()
                    .is_some_and(|links| !links.is_empty()),
                b"t" => said.to_string().contains(r#""rank":"human""#),
                [b'k', b'#', ..] => said["linked_once"] == true || said["decided"].is_object(),
                [b'l', b'#', ..] => true,
                _ => false,
            };
            self.holds(!stays || end(item) == i64::MAX, || {
                format!("{pk} {sk} would go and is to be kept")
            });
        }
    }

    /// An interaction ends with the last of its events, and with it its pin; its customer's entry not before.
    fn interaction(&mut self, pk: &str, item: &Value, longest: Option<i64>) {
        let own = end(item);
        self.holds(longest == Some(own), || {
            format!("{pk} ends at {own}, and its last event at {longest:?}")
        });
        let customer = text(item, "ik").to_owned();
        let id = pk.strip_prefix("i#").unwrap_or_default();
        let pin = self
            .items
            .get(&(format!("p#{customer}"), format!("o#{id}")));
        let pinned_to = pin.map(end);
        self.holds(pinned_to.is_none_or(|at| at == own), || {
            format!("{pk} ends at {own}, and is pinned until {pinned_to:?}")
        });
        if self.may_lack_its_entry(id) {
            return;
        }
        let Some(key) = entry_of(&customer).filter(|key| !self.was_linked(key)) else {
            return;
        };
        let entry = self.items.get(&key).map(end);
        self.holds(entry.is_some_and(|at| at >= own), || {
            format!("{pk} ends at {own}, and its customer's entry at {entry:?}")
        });
    }

    fn may_lack_its_entry(&self, interaction: &str) -> bool {
        let is_heard = !interaction.starts_with(MANUAL) || self.heard.contains(interaction);
        !is_heard || self.unheard.contains(interaction)
    }

    /// The interactions that have something that an agent told of and heard a yes to.
    fn heard(&self, ledger: &Ledger) -> BTreeSet<String> {
        let confirmed = || ledger.said.iter().filter(|said| said.heard.confirmed);
        let events = self
            .items
            .iter()
            .filter(|((_, sk), _)| sk.starts_with("e#"));
        let told = events.filter(|(_, item)| {
            let event = serde_json::from_str::<Event>(text(item, "event"));
            event.is_ok_and(|event| confirmed().any(|said| said.is_told_by(&event)))
        });
        told.filter_map(|((pk, _), _)| Some(pk.strip_prefix("i#")?.to_owned()))
            .collect()
    }

    /// Whether links were made at a customer, whose entry then lives by when they were ended.
    fn was_linked(&self, entry: &Key) -> bool {
        let from = (entry.0.clone(), "l#".to_owned());
        let next = self.items.range(from..).next();
        next.is_some_and(|((pk, sk), _)| *pk == entry.0 && sk.starts_with("l#"))
    }

    /// What an event says of its customer is noted for as long as the event is there.
    fn said(&mut self, event: &Event, ends: i64) {
        let Some(customer) = &event.customer else {
            return;
        };
        let own = customer.uri.expose();
        for claim in &event.claims {
            let other = claim.identity.uri.expose();
            for (one, about) in [(own, other), (other, own)] {
                let key = (format!("p#{one}"), format!("k#{about}"));
                let noted = self.items.get(&key).map(end);
                self.holds(noted.is_none_or(|at| at >= ends), || {
                    format!("that {one} is {about} goes at {noted:?}, and who says so at {ends}")
                });
            }
        }
        let traits = self.items.get(&(format!("p#{own}"), "t".to_owned()));
        let Some(item) = traits else {
            return;
        };
        let goes = end(item);
        let kept = serde_json::from_value::<Traits>(content(item)).unwrap_or_default();
        let is_its = kept.all().any(|(_, kept)| match &kept.origin {
            Origin::Event { event_id, .. } => *event_id == event.id,
            Origin::Actor { .. } => false,
        });
        self.holds(!is_its || goes >= ends, || {
            format!("what is said of {own} goes at {goes}, and who says so at {ends}")
        });
    }

    /// Half of what may go goes.
    fn expire_some(&mut self) {
        let now_ms = self.world.now_ms();
        {
            let mut inner = self.world.inside();
            let inner = &mut *inner;
            let rng = &mut inner.rng;
            inner.table.expire_each(Moment::at(now_ms), || rng.bool());
        }
        let before = std::mem::replace(&mut self.left, items(self.world));
        let mut inner = self.world.inside();
        for (pk, sk) in before.keys() {
            let is_gone = !self.left.contains_key(&(pk.clone(), sk.clone()));
            let stays = self.left.contains_key(&(pk.clone(), "i".to_owned()));
            if sk.starts_with("e#") && is_gone && stays {
                inner.faults.count(Fault::HalfExpired);
            }
        }
    }

    /// What an event that has not expired needs is there, as it was.
    fn remains(&mut self) {
        let now_s = self.now_s();
        let there = &self.left;
        let mut lost = BTreeSet::new();
        for ((pk, sk), item) in &self.items {
            if sk.starts_with("e#") && end(item) > now_s {
                let key = (pk.clone(), "i".to_owned());
                let interaction = self.items.get(&key);
                if interaction.is_none() || there.get(&key) != interaction {
                    lost.insert(format!("{pk} is gone or another, and {sk} has not expired"));
                }
                let customer = interaction.map(|item| text(item, "ik"));
                let entry = customer.and_then(entry_of);
                let id = pk.strip_prefix("i#").unwrap_or_default();
                if !self.may_lack_its_entry(id)
                    && entry.is_some_and(|key| !self.was_linked(&key) && !there.contains_key(&key))
                {
                    lost.insert(format!("the customer of {pk} is not entered any more"));
                }
            }
        }
        self.violations.extend(lost);
    }

    /// Whoever asks is answered with what is left.
    async fn asked(&mut self) {
        let customers: BTreeSet<String> = self
            .interactions()
            .map(|(_, item)| text(item, "ik").to_owned())
            .filter(|customer| !customer.is_empty())
            .collect();
        let ids: Vec<String> = self.interactions().map(|(id, _)| id.to_owned()).collect();
        for _ in 0..ASKED {
            let chosen = {
                let mut inner = self.world.inside();
                let customer = inner.rng.choice(&customers).cloned();
                customer.zip(inner.rng.choice(&ids).cloned())
            };
            let Some((customer, id)) = chosen else {
                return;
            };
            let query = vec![("identity", customer.clone())];
            let pop = self.ask("GET /v1/screen-pop", vec![], query).await;
            self.pop(&customer, &pop);
            let one = vec![("id", id.clone())];
            let heard = self.ask("GET /v1/interactions/{id}", one, vec![]).await;
            let is_there = self.left.contains_key(&(format!("i#{id}"), "i".to_owned()));
            let right = if is_there { 200 } else { 404 };
            self.holds(heard.status() == right, || {
                format!("{id} is answered with {}, not {right}", heard.status())
            });
        }
    }

    async fn ask(
        &self,
        route: &'static str,
        path: Vec<(&'static str, String)>,
        query: Vec<(&'static str, String)>,
    ) -> Heard {
        let request = Request {
            route,
            path,
            query,
            body: None,
            key: None,
        };
        Box::pin(ask(self.world, self.who, &request)).await
    }

    /// A pop of what is left: nothing that has not expired is missing, and nothing is otherwise than it was.
    fn pop(&mut self, customer: &str, heard: &Heard) {
        let read = match &heard.answer {
            Some((200, body)) => serde_json::from_value::<ScreenPop>(body.clone()).ok(),
            Some(_) | None => None,
        };
        let Some(pop) = read.filter(|pop| pop.state != PopState::Degraded) else {
            self.violations.push(format!(
                "a pop of {customer} while it expires: {}",
                heard.status()
            ));
            return;
        };
        let nows = heard.clocks_ms.iter().copied().map(Timestamp::from_millis);
        let nows: Vec<Timestamp> = nows.filter_map(Result::ok).collect();
        let mut wrong = Vec::new();
        let mut shown = BTreeSet::new();
        for summary in pop.timeline.iter().chain(&pop.open) {
            let key = (format!("i#{}", summary.id), "i".to_owned());
            let stored = self.items.get(&key).map(|item| text(item, "summary"));
            let stored = stored.and_then(|text| serde_json::from_str::<Summary>(text).ok());
            let was = |stored: Summary| {
                nows.iter()
                    .any(|now| stored.clone().as_of(*now) == *summary)
            };
            if !stored.is_some_and(was) {
                wrong.push(format!("a pop shows {} as it never was", summary.id));
            }
            shown.insert(summary.id.to_string());
        }
        for (id, item) in self.interactions() {
            let is_due = text(item, "ik") == customer && end(item) > self.now_s();
            if is_due && !shown.contains(id) && shown.len() < PAGE {
                wrong.push(format!("a pop of {customer} leaves out {id}"));
            }
        }
        self.violations.extend(wrong);
    }

    fn interactions(&self) -> impl Iterator<Item = (&str, &Value)> {
        let all = self.items.iter().filter(|((_, sk), _)| sk == "i");
        all.filter_map(|((pk, _), item)| Some((pk.strip_prefix("i#")?, item)))
    }
}
