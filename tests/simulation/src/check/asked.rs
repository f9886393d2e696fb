//! In the end the real functions are asked for everything, and answer what has to be there: each timeline page by page,
//! each interaction with its events, each customer's candidates.

use std::collections::{BTreeMap, BTreeSet};

use timeline::{Event, Interaction, Summary, Timestamp};

use crate::looks::{Look, Seen, listed};
use crate::story::ActKind;

use super::seen::{candidates_of, events_of, in_a_timeline};
use super::{Check, MANUAL, facts_of};

/// Who asks in the end.
pub(super) const JUDGE: usize = 0;
/// Most interactions on a page that is asked for in the end.
const MOST_ON_A_PAGE: usize = 5;

impl Check<'_> {
    pub(super) async fn asked(&mut self, stored: &BTreeMap<String, (Interaction, Vec<Event>)>) {
        let customers = stored.values().filter_map(|(one, _)| one.customer());
        let customers: BTreeSet<String> = customers
            .map(|customer| customer.uri.expose().to_owned())
            .collect();
        for customer in &customers {
            if self.is_unheard(customer, stored).await {
                continue;
            }
            self.whole_timeline(customer, stored).await;
            self.all_candidates(customer).await;
        }
        for (id, (interaction, events)) in stored {
            self.whole_interaction(id, interaction, events).await;
        }
    }

    /// Whether a customer has nothing but what agents told of and heard no yes to: it may lack what is written after it, such
    /// as the customer's entry, for nobody sends it again.
    async fn is_unheard(
        &self,
        customer: &str,
        stored: &BTreeMap<String, (Interaction, Vec<Event>)>,
    ) -> bool {
        let whose = |one: &Interaction| one.customer().map(|it| it.uri.expose().to_owned());
        let theirs = stored
            .iter()
            .filter(|(_, (one, _))| whose(one).as_deref() == Some(customer));
        if !theirs.clone().all(|(id, _)| id.starts_with(MANUAL)) {
            return false;
        }
        let identity = customer.to_owned();
        let seen = self.look(Look::Timeline { identity, limit: 1 }).await;
        let is_missed = seen.pages.first().is_some_and(|page| page.status() == 404);
        let mut confirmed = self.ledger.said.iter().filter(|said| said.heard.confirmed);
        let events: Vec<&Event> = theirs.flat_map(|(_, (_, events))| events).collect();
        let is_heard = confirmed.any(|said| events.iter().any(|event| said.is_told_by(event)));
        is_missed && !is_heard
    }

    async fn look(&self, look: Look) -> Seen {
        look.at(self.world, JUDGE).await
    }

    async fn whole_timeline(
        &mut self,
        customer: &str,
        stored: &BTreeMap<String, (Interaction, Vec<Event>)>,
    ) {
        let limit = self.world.inside().rng.usize(1..=MOST_ON_A_PAGE);
        let identity = customer.to_owned();
        let seen = self.look(Look::Timeline { identity, limit }).await;
        let (with, is_shared) = self.lastly_with(customer);
        let mut members = if is_shared { BTreeSet::new() } else { with };
        members.insert(customer.to_owned());
        let expected = self.timeline_of(&members, stored);
        let shown = listed(&seen.pages, "timeline")
            .map(|(_, one)| serde_json::from_value::<Summary>(one.clone()).ok());
        let shown: Option<Vec<Summary>> = shown.collect();
        self.holds(seen.whole && shown.as_ref() == Some(&expected), || {
            let ids = |of: &[Summary]| -> Vec<String> {
                of.iter().map(|one| one.id.to_string()).collect()
            };
            format!(
                "the timeline of {customer} is {:?}, expected {:?}",
                shown.as_deref().map(ids),
                ids(&expected)
            )
        });
    }

    /// All interactions of the customer who these are together, as they read now, newest first.
    pub(super) fn timeline_of(
        &self,
        members: &BTreeSet<String>,
        stored: &BTreeMap<String, (Interaction, Vec<Event>)>,
    ) -> Vec<Summary> {
        let now = self.now();
        let theirs = stored.values().filter(|(one, _)| {
            let whose = one.customer();
            whose.is_some_and(|whose| members.contains(whose.uri.expose()))
        });
        let mut all: Vec<Summary> = theirs.map(|(one, _)| one.summary().as_of(now)).collect();
        all.sort_by(in_a_timeline);
        all
    }

    async fn whole_interaction(&mut self, id: &str, interaction: &Interaction, stored: &[Event]) {
        let seen = self.look(Look::Interaction { id: id.to_owned() }).await;
        let events = events_of(&seen).filter(|_| seen.whole).unwrap_or_default();
        self.in_order(id, &events);
        let by_id = |events: &[Event]| -> BTreeMap<String, Event> {
            let events = events.iter();
            events.map(|it| (it.id.to_string(), it.clone())).collect()
        };
        self.holds(by_id(&events) == by_id(stored), || {
            format!("{id} is shown with other events than it has")
        });
        if self.story.expected.interactions.contains_key(id) {
            let wrong = self.told.differs(id, &facts_of(&events));
            self.holds(wrong.is_none(), || {
                format!("{id} is shown with other facts than were sent: {wrong:?}")
            });
        }
        let body = seen.pages.first().and_then(|page| page.answer.clone());
        let summary = body.and_then(|(_, body)| serde_json::from_value::<Summary>(body).ok());
        let expected = interaction.summary().as_of(self.now());
        self.holds(summary.as_ref() == Some(&expected), || {
            format!("{id} is shown as it is not")
        });
    }

    /// The candidates are all whom somebody claims any of the customer's identities to be, and who is not the customer.
    async fn all_candidates(&mut self, customer: &str) {
        let identity = customer.to_owned();
        let seen = self.look(Look::Candidates { identity }).await;
        let shown: Vec<&str> = candidates_of(&seen.pages).collect();
        let (mut with, _) = self.lastly_with(customer);
        with.insert(customer.to_owned());
        let (expected, possible) = self.claimed_with(&with);
        let distinct: BTreeSet<String> = shown.iter().map(|one| (*one).to_owned()).collect();
        let is_all = expected.is_subset(&distinct) && distinct.is_subset(&possible);
        let right = seen.whole && is_all && distinct.len() == shown.len();
        self.holds(right, || {
            format!("the candidates of {customer} are {shown:?}, expected {expected:?}")
        });
        let scores = listed(&seen.pages, "candidates").map(|(_, one)| one["score"].as_u64());
        let scores: Vec<_> = scores.collect();
        self.holds(scores.is_sorted_by(|a, b| a >= b), || {
            format!("the candidates of {customer} are ranked {scores:?}")
        });
    }

    /// Who has to be said to be possibly the customer who these are together, and who may be: an agent's link that a mark
    /// has ended is what an agent said, and what was given up may be there all the same.
    pub(super) fn claimed_with(
        &self,
        with: &BTreeSet<String>,
    ) -> (BTreeSet<String>, BTreeSet<String>) {
        let other_of = |one: &str, other: &str| {
            let is_other = with.contains(one) && !with.contains(other);
            is_other.then(|| other.to_owned())
        };
        let either = |one: &str, other: &str| {
            let both = [other_of(one, other), other_of(other, one)];
            both.into_iter().flatten()
        };
        let sure = self.sure_claims();
        let sure: BTreeSet<String> = sure
            .flat_map(|claim| either(&claim.customer, &claim.other))
            .collect();
        let claims = self.story.expected.claims.iter();
        let claims = claims.flat_map(|claim| either(&claim.customer, &claim.other));
        let acts = self.story.acts.iter();
        let links = acts.filter_map(|act| {
            if let ActKind::Link { customer, identity } = &act.kind {
                Some(either(customer, identity))
            } else {
                None
            }
        });
        let possible = claims.chain(links.flatten()).collect();
        (sure, possible)
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.world.now_ms()).unwrap_or(Timestamp::EPOCH)
    }

    /// With whom an identity is one customer in the end, and whether several customers use it.
    pub(super) fn lastly_with(&self, identity: &str) -> (BTreeSet<String>, bool) {
        let inner = self.world.inside();
        let standings = inner.standings.get(&format!("p#{identity}"));
        let last = standings.and_then(|standings| standings.last());
        last.map_or((BTreeSet::new(), false), |last| {
            (last.with.clone(), last.is_shared)
        })
    }
}
