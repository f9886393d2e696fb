//! In the end, when nothing goes wrong any more, everybody of whom the story speaks is asked for once more. The pop is whole,
//! and says who it is, what happened and whom it could be as the story and the table have it.
//!
//! Not judged: warnings, stories of contacts, scores and evidence, and of a profile all but the name. Nor the state where an
//! agent had a hand in whom it could be, and nothing else decides it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use timeline::{Event, Identity, IdentityKind, Interaction, PopState, ScreenPop, Summary, Traits};

use crate::desk::{Request, ask};
use crate::story::ActKind;

use super::Check;
use super::asked::JUDGE;
use super::judged::Judged;
use super::traits::names;

/// How many interactions a pop shows at most.
const PAGE: usize = 50;

/// What has to be in a pop of somebody.
struct Due {
    /// With whom it is one customer, itself among them.
    members: BTreeSet<String>,
    is_shared: bool,
    timeline: Vec<Summary>,
}

impl Check<'_> {
    pub(super) async fn last_pops(&mut self, stored: &BTreeMap<String, (Interaction, Vec<Event>)>) {
        let customers = stored.values().filter_map(|(one, _)| one.customer());
        let customers = customers.map(|customer| customer.uri.expose().to_owned());
        let claims = self.story.expected.claims.iter();
        let claimed = claims.flat_map(|claim| [claim.customer.clone(), claim.other.clone()]);
        let asked: BTreeSet<String> = customers.chain(claimed).collect();
        let traits = self.traits();
        for identity in asked {
            self.judged.add(Judged::LastPops, 1);
            let Some(pop) = self.whole_pop(&identity).await else {
                continue;
            };
            if self.is_thing(&identity, stored) {
                continue;
            }
            let due = self.due(&identity, stored);
            self.history(&identity, &pop, &due.timeline);
            self.state(&identity, &pop, &due, &traits);
            self.who(&identity, &pop, &due, &traits);
            self.possible(&identity, &pop, &due);
        }
    }

    /// The pop of somebody, which has to be answered, and whole.
    async fn whole_pop(&mut self, identity: &str) -> Option<ScreenPop> {
        let request = Request {
            route: "GET /v1/screen-pop",
            path: Vec::new(),
            query: vec![("identity", identity.to_owned())],
            body: None,
            key: None,
        };
        let heard = Box::pin(ask(self.world, JUDGE, &request)).await;
        let pop = match &heard.answer {
            Some((200, body)) => serde_json::from_value::<ScreenPop>(body.clone()).ok(),
            Some(_) | None => None,
        };
        let whole = pop.filter(|pop| pop.state != PopState::Degraded);
        self.holds(whole.is_some(), || {
            let state = heard.answer.as_ref().map(|(_, body)| &body["state"]);
            format!(
                "in the end the pop of {identity} is {} {state:?}",
                heard.status()
            )
        });
        whole
    }

    /// Whether it may be read as an order's or a ticket's number: its pop is another's then.
    fn is_thing(
        &self,
        identity: &str,
        stored: &BTreeMap<String, (Interaction, Vec<Event>)>,
    ) -> bool {
        let read = Identity::read(identity);
        let is_named_so = read.is_ok_and(|identity| identity.uri.is_thing());
        let mut customers = stored.values().filter_map(|(one, _)| one.customer());
        let is_known = customers.any(|customer| customer.uri.expose() == identity);
        let claims = self.claims_of(identity);
        is_named_so || (!is_known && claims.values().any(|claim| has_basis(claim, |it| it)))
    }

    fn due(&self, identity: &str, stored: &BTreeMap<String, (Interaction, Vec<Event>)>) -> Due {
        let (with, is_shared) = self.lastly_with(identity);
        let mut members = if is_shared { BTreeSet::new() } else { with };
        members.insert(identity.to_owned());
        Due {
            timeline: self.timeline_of(&members, stored),
            members,
            is_shared,
        }
    }

    /// What happened, newest first, and what of it is still to be done.
    fn history(&mut self, identity: &str, pop: &ScreenPop, due: &[Summary]) {
        let ids = |of: &[Summary]| -> Vec<String> {
            let ids = of.iter().map(|one| one.id.to_string());
            ids.collect()
        };
        let newest = &due[..due.len().min(PAGE)];
        self.holds(pop.timeline == newest, || {
            let (shown, due) = (ids(&pop.timeline), ids(newest));
            format!("in the end the pop of {identity} shows {shown:?}, expected {due:?}")
        });
        let open = due.iter().cloned();
        let open: Vec<Summary> = open
            .filter(|one| one.state.is_open() || one.is_pinned())
            .collect();
        self.holds(due.len() > PAGE || pop.open == open, || {
            let (shown, due) = (ids(&pop.open), ids(&open));
            format!("in the end the pop of {identity} has open {shown:?}, expected {due:?}")
        });
    }

    /// Whether the pop says how sure it is as it has to.
    fn state(
        &mut self,
        identity: &str,
        pop: &ScreenPop,
        due: &Due,
        traits: &BTreeMap<String, Traits>,
    ) {
        if let Some(judged) = Judged::of_state(pop.state) {
            self.judged.add(judged, 1);
        }
        let mut kept = due.members.iter().filter_map(|one| traits.get(one));
        let is_known = due.timeline.iter().any(|one| !one.state.is_live())
            || due.members.len() > 1
            || kept.any(|kept| !kept.is_empty());
        let has_to = if due.is_shared {
            Some(PopState::Shared)
        } else if is_known {
            Some(PopState::Match)
        } else if !self.sure_candidates(identity, due).is_empty() {
            Some(PopState::Candidates)
        } else if !self.claims_of(identity).is_empty() {
            None
        } else if due.timeline.is_empty() {
            Some(PopState::Unknown)
        } else {
            Some(PopState::Match)
        };
        let Some(has_to) = has_to else {
            return;
        };
        self.judged.add(Judged::LastStates, 1);
        self.holds(pop.state == has_to, || {
            format!(
                "in the end the pop of {identity} is {:?}, expected {has_to:?}",
                pop.state
            )
        });
    }

    /// The customer is named where it is one, with all its identities, and called as its traits say.
    fn who(
        &mut self,
        identity: &str,
        pop: &ScreenPop,
        due: &Due,
        traits: &BTreeMap<String, Traits>,
    ) {
        let is_one = pop.state == PopState::Match;
        self.holds(pop.customer.is_some() == is_one, || {
            format!("in the end {identity} is {:?}, and told of", pop.state)
        });
        let Some(customer) = &pop.customer else {
            return;
        };
        let identities = customer.identities.iter();
        let identities: BTreeSet<&str> = identities.map(|one| one.expose()).collect();
        let members: BTreeSet<&str> = due.members.iter().map(String::as_str).collect();
        let count = due.timeline.len();
        let right = identities == members
            && customer.linked == (members.len() > 1)
            && customer.interactions == count.min(PAGE)
            && customer.more_interactions == (count > PAGE);
        self.holds(right, || {
            format!(
                "in the end {identity} is {identities:?} with {} interactions, expected {members:?} with {count}",
                customer.interactions
            )
        });
        let names = names(due.members.iter().filter_map(|one| traits.get(one)));
        if names.is_empty() {
            return;
        }
        self.judged.add(Judged::LastNames, 1);
        let shown = customer.name.as_ref();
        self.holds(shown.is_some_and(|shown| names.contains(&shown)), || {
            let called = shown.map(|name| name.expose());
            format!("in the end {identity} is called {called:?}, and not as it is kept")
        });
    }

    /// Whom it could be: those of whom somebody says so, and all whom nothing speaks against.
    fn possible(&mut self, identity: &str, pop: &ScreenPop, due: &Due) {
        let mut allowed = self.claimed_with(&due.members).1;
        if due.is_shared {
            allowed.extend(self.lastly_with(identity).0);
        }
        for one in &pop.candidates {
            let is_claimed = allowed.contains(one.identity.expose());
            self.holds(is_claimed, || {
                let shown = one.identity.expose();
                format!("in the end the pop of {identity} says {shown}, which nobody claims")
            });
        }
        let shown = pop.candidates.iter();
        let shown = shown.flat_map(|one| one.customer.identities.iter().chain([&one.identity]));
        let shown: BTreeSet<&str> = shown.map(|one| one.expose()).collect();
        for due in self.sure_candidates(identity, due) {
            self.judged.add(Judged::LastCandidates, 1);
            let is_shown = shown.contains(due.as_str()) || pop.more_candidates;
            self.holds(is_shown, || {
                format!("in the end the pop of {identity} leaves out that it could be {due}")
            });
        }
    }

    /// Whom it has to be said to be possibly: a stored event says so, no agent had a hand in it, and the other is somebody.
    fn sure_candidates(&self, identity: &str, due: &Due) -> BTreeSet<String> {
        let is_touched = |of: &str| {
            self.story.acts.iter().any(|act| {
                if let ActKind::Link { customer, identity } = &act.kind {
                    customer == of || identity == of
                } else if let ActKind::MarkShared { identity, .. } = &act.kind {
                    identity == of
                } else {
                    false
                }
            })
        };
        if is_touched(identity) {
            return BTreeSet::new();
        }
        let kept = self.claims_of(identity);
        let (with, _) = self.lastly_with(identity);
        let sure = self.sure_claims().flat_map(|claim| {
            let both = [
                (&claim.customer, &claim.other),
                (&claim.other, &claim.customer),
            ];
            both.into_iter()
        });
        let others = sure.filter(|(own, _)| *own == identity);
        let others = others.map(|(_, other)| other).filter(|other| {
            let kind = Identity::read(other).map(|other| other.uri.kind());
            // A browser of which nothing is known is not shown, and a thing is nobody.
            let is_somebody = kind.is_ok_and(|kind| kind != IdentityKind::Visitor);
            let is_claim = kept
                .get(*other)
                .is_some_and(|kept| has_basis(kept, |it| !it));
            is_somebody
                && is_claim
                && !due.members.contains(*other)
                && !with.contains(*other)
                && !is_touched(other)
                && !self.lastly_with(other).1
        });
        others.cloned().collect()
    }

    /// What the table has of whom an identity could be.
    fn claims_of(&self, identity: &str) -> BTreeMap<String, Value> {
        let pk = format!("p#{identity}");
        let inner = self.world.inside();
        let items = inner.table.items().filter(|item| item["pk"]["S"] == *pk);
        let claims = items.filter_map(|item| {
            let other = item["sk"]["S"].as_str()?.strip_prefix("k#")?;
            let content = item["content"]["S"].as_str()?;
            Some((other.to_owned(), serde_json::from_str(content).ok()?))
        });
        claims.collect()
    }
}

/// Whether a claim has evidence of which this is so: that it is a reference to a thing.
fn has_basis(claim: &Value, is_wanted: fn(bool) -> bool) -> bool {
    let evidence = claim["evidence"].as_array().into_iter().flatten();
    let mut references = evidence.map(|one| one["basis"] == "reference");
    references.any(is_wanted)
}
