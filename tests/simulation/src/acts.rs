//! What the agents of a story do, each at its time, and some of it at the same time.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;

use crate::desk::{Heard, Request, ask};
use crate::ledger::{Kept, Ledger, MadeLink, MadeMark, Patched, Said, SeenPop};
use crate::looks::{Look, id_of};
use crate::story::{Act, ActKind, Story};
use crate::world::World;

/// Pops of whoever calls, beside those that the story tells of.
const POPS: usize = 8;
/// Looks at timelines, interactions and candidates, as many of each.
const LOOKS: usize = 9;
/// Most interactions on a page that an agent asks for.
const MOST_ON_A_PAGE: usize = 3;

/// The desks' shared memory.
struct Desks {
    world: World,
    who: usize,
    ledger: RefCell<Ledger>,
    /// The links that acts made: the act's place, the link's place in the ledger.
    links: RefCell<BTreeMap<usize, usize>>,
    /// The promises that acts made: interaction and promise.
    promises: RefCell<BTreeMap<usize, (String, String)>>,
}

/// Does all of it; what was done and heard.
pub(crate) async fn perform(world: World, story: Rc<Story>, who: usize) -> Ledger {
    let desks = Rc::new(Desks {
        world,
        who,
        ledger: RefCell::default(),
        links: RefCell::default(),
        promises: RefCell::default(),
    });
    let begins_ms = desks.world.now_ms();
    let mut tasks = Vec::new();
    let planned = story.acts.iter().cloned().enumerate();
    for (place, act) in planned.chain(pops(&desks.world, &story)) {
        let desks = Rc::clone(&desks);
        tasks.push(tokio::task::spawn_local(async move {
            desks.until(begins_ms + act.at_ms).await;
            desks.act(place, act).await;
        }));
    }
    for (at_ms, look) in looks(&desks.world, &story) {
        let desks = Rc::clone(&desks);
        tasks.push(tokio::task::spawn_local(async move {
            desks.until(begins_ms + at_ms).await;
            desks.look(look).await;
        }));
    }
    for task in tasks {
        // A panic of a function is an answer of it; one of this crate's own is none.
        task.await.expect("what agents do does not panic");
    }
    desks.ledger.take()
}

/// Pops of those whom the story is about, at any time of it.
fn pops(world: &World, story: &Story) -> Vec<(usize, Act)> {
    let customers = customers(story);
    let mut pops = Vec::new();
    for place in 0..POPS {
        let mut inner = world.inside();
        let Some(identity) = inner.rng.choice(&customers) else {
            return pops;
        };
        let identity = (*identity).clone();
        let act = Act {
            at_ms: inner.rng.i64(0..=last_ms(story)),
            key: format!("look-{place}"),
            kind: ActKind::Pop { identity },
        };
        pops.push((story.acts.len() + place, act));
    }
    pops
}

/// What else is looked at, and when.
fn looks(world: &World, story: &Story) -> Vec<(i64, Look)> {
    let customers = customers(story);
    let ids: Vec<&String> = story.expected.interactions.keys().collect();
    let mut inner = world.inside();
    let inner = &mut *inner;
    let mut looks = Vec::new();
    for place in 0..LOOKS {
        let at_ms = inner.rng.i64(0..=last_ms(story));
        let limit = inner.rng.usize(1..=MOST_ON_A_PAGE);
        let (customer, id) = (inner.rng.choice(&customers), inner.rng.choice(&ids));
        let (Some(identity), Some(id)) = (customer, id) else {
            return looks;
        };
        let identity = (*identity).clone();
        let look = match place % 3 {
            0 => Look::Timeline { identity, limit },
            1 => Look::Interaction { id: (*id).clone() },
            _ => Look::Candidates { identity },
        };
        looks.push((at_ms, look));
    }
    looks
}

fn customers(story: &Story) -> Vec<&String> {
    let customers = story.expected.interactions.values();
    customers.filter_map(|one| one.customer.as_ref()).collect()
}

fn last_ms(story: &Story) -> i64 {
    let sent = story.deliveries.iter().map(|one| one.at_ms);
    sent.max().unwrap_or(0) + 1
}

impl Desks {
    async fn until(&self, at_ms: i64) {
        let wait = at_ms - self.world.now_ms();
        sleep(Duration::from_millis(u64::try_from(wait).unwrap_or(0))).await;
    }

    async fn look(&self, look: Look) {
        let seen = look.at(&self.world, self.who).await;
        let mut ledger = self.ledger.borrow_mut();
        for page in &seen.pages {
            let answered = ledger.answered.entry((seen.look.route(), page.status()));
            *answered.or_default() += 1;
        }
        ledger.seen.push(seen);
    }

    async fn act(&self, place: usize, act: Act) {
        let key = Some(act.key.clone());
        let body = act.body();
        match &act.kind {
            ActKind::Pop { identity } => {
                let query = vec![("identity", identity.clone())];
                let heard = self.ask("GET /v1/screen-pop", vec![], query, None, None);
                let heard = heard.await;
                let identity = identity.clone();
                let seen = SeenPop { identity, heard };
                self.ledger.borrow_mut().pops.push(seen);
            }
            ActKind::Link { customer, identity } => {
                let path = vec![("id", id_of(customer))];
                let heard = self
                    .ask("POST /v1/customers/{id}/links", path, vec![], body, key)
                    .await;
                self.linked(place, (customer, identity), &heard);
            }
            ActKind::Unlink { act } => self.unlink(*act).await,
            ActKind::Note { interaction, text } => {
                let text = format!("{text} ({})", act.key);
                let route = "POST /v1/interactions/{id}/notes";
                let path = vec![("id", interaction.clone())];
                let body = Some(json!({ "text": text }));
                let heard = self.ask(route, path, vec![], body, key).await;
                self.said(Some(interaction), text, heard);
            }
            ActKind::WrapUp { interaction, .. } => {
                let route = "POST /v1/interactions/{id}/wrap-up";
                let path = vec![("id", interaction.clone())];
                let text = format!("bid requested ({})", act.key);
                let mut body = body.unwrap_or_default();
                body["disposition"] = json!(text);
                let heard = self.ask(route, path, vec![], Some(body), key).await;
                self.promised(place, interaction, &heard);
                self.said(Some(interaction), text, heard);
            }
            ActKind::KeepPromise { act } => {
                let promise = self.promises.borrow().get(act).cloned();
                if let Some((interaction, promise)) = promise {
                    let route = "POST /v1/interactions/{id}/promises/{promise}";
                    let path = vec![("id", interaction.clone()), ("promise", promise.clone())];
                    let heard = self.ask(route, path, vec![], body, key).await;
                    let keep = Kept {
                        interaction,
                        promise,
                        heard,
                    };
                    self.ledger.borrow_mut().keeps.push(keep);
                }
            }
            ActKind::PatchTraits { customer, name } => {
                let path = vec![("id", id_of(customer))];
                let name = format!("{name} ({})", act.key);
                let mut body = body.unwrap_or_default();
                body["name"] = json!(name);
                let route = "PATCH /v1/customers/{id}";
                let heard = self.ask(route, path, vec![], Some(body), None).await;
                let identity = customer.clone();
                self.ledger.borrow_mut().patches.push(Patched {
                    identity,
                    name,
                    heard,
                });
            }
            ActKind::MarkShared { identity, shared } => {
                let path = vec![("identity", identity.clone())];
                let heard = self
                    .ask("PUT /v1/identities/{identity+}", path, vec![], body, None)
                    .await;
                let mark = MadeMark {
                    identity: identity.clone(),
                    shared: *shared,
                    heard,
                };
                self.ledger.borrow_mut().marks.push(mark);
            }
            ActKind::Tell { .. } => {
                let text = format!("called on the mobile ({})", act.key);
                let mut body = body.unwrap_or_default();
                body["note"] = json!(text);
                let route = "POST /v1/interactions";
                let heard = self.ask(route, vec![], vec![], Some(body), key).await;
                self.said(None, text, heard);
            }
        }
    }

    async fn ask(
        &self,
        route: &'static str,
        path: Vec<(&'static str, String)>,
        query: Vec<(&'static str, String)>,
        body: Option<serde_json::Value>,
        key: Option<String>,
    ) -> Heard {
        let request = Request {
            route,
            path,
            query,
            body,
            key,
        };
        let heard = ask(&self.world, self.who, &request).await;
        let status = heard.status();
        let mut ledger = self.ledger.borrow_mut();
        *ledger.answered.entry((route, status)).or_default() += 1;
        heard
    }

    fn said(&self, interaction: Option<&String>, text: String, heard: Heard) {
        let interaction = interaction.cloned();
        self.ledger.borrow_mut().said.push(Said {
            interaction,
            text,
            heard,
        });
    }

    fn linked(&self, place: usize, ends: (&str, &str), heard: &Heard) {
        let id = match &heard.answer {
            Some((200 | 201, body)) => body["link"]["id"].as_str(),
            _ => None,
        };
        let Some(id) = id else {
            return;
        };
        let mut ledger = self.ledger.borrow_mut();
        // Two that say the same make one link.
        let known = ledger.links.iter().position(|link| link.id == id);
        let at = known.unwrap_or(ledger.links.len());
        if known.is_none() {
            ledger.links.push(MadeLink {
                id: id.to_owned(),
                from: ends.0.to_owned(),
                to: ends.1.to_owned(),
                heard_ms: self.world.now_ms(),
                ended: None,
            });
        }
        self.links.borrow_mut().insert(place, at);
    }

    async fn unlink(&self, act: usize) {
        let Some(at) = self.links.borrow().get(&act).copied() else {
            return;
        };
        let path = {
            let mut ledger = self.ledger.borrow_mut();
            let link = &mut ledger.links[at];
            // From now on nobody knows, whatever is heard.
            if link.ended.is_none() {
                link.ended = Some(false);
            }
            vec![("id", id_of(&link.from)), ("link_id", link.id.clone())]
        };
        let route = "DELETE /v1/customers/{id}/links/{link_id}";
        let heard = self.ask(route, path, vec![], None, None).await;
        if heard.status() == 200 {
            self.ledger.borrow_mut().links[at].ended = Some(true);
        }
    }

    fn promised(&self, place: usize, interaction: &str, heard: &Heard) {
        if let Some((201, body)) = &heard.answer
            && let Some(promise) = body["promises"][0]["id"].as_str()
        {
            let made = (interaction.to_owned(), promise.to_owned());
            self.ledger.borrow_mut().promises.push(made.clone());
            self.promises.borrow_mut().insert(place, made);
        }
    }
}
