//! What events claim is noted under both, and linked by policy where nothing speaks against it; nothing else is.

use std::collections::{BTreeMap, BTreeSet};

use timeline::{Event, Interaction, LinkPolicy, LinkReason, LinkSet};

use crate::story::{ActKind, ExpectedClaim, LINK_SOURCES};

use super::Check;
use super::judged::Judged;

/// What the records of the system begin with whose claims link.
const RECORD: &str = "crm:customer/";

/// Two identities, the smaller one first.
type Pair = (String, String);

fn pair(a: &str, b: &str) -> Pair {
    let (a, b) = (a.to_owned(), b.to_owned());
    if a < b { (a, b) } else { (b, a) }
}

impl Check<'_> {
    /// Whom the events say that somebody is as well is noted under both.
    pub(super) fn claims(&mut self) {
        let keys: BTreeSet<(String, String)> = self.keys().into_iter().collect();
        let sure: Vec<ExpectedClaim> = self.sure_claims().cloned().collect();
        let given_up = self.story.expected.claims.len() - sure.len();
        self.judged.add(Judged::Claims, sure.len());
        self.judged.add(Judged::ClaimsGivenUp, given_up);
        for claim in &sure {
            let (one, other) = (&claim.customer, &claim.other);
            for (own, about) in [(one, other), (other, one)] {
                let key = (format!("p#{own}"), format!("k#{about}"));
                self.holds(keys.contains(&key), || {
                    format!("that {own} is {about} is not noted")
                });
            }
        }
    }

    /// The claims that have to be noted: all, but for those that nothing says that is stored where a provider gave it up.
    pub(super) fn sure_claims(&self) -> impl Iterator<Item = &ExpectedClaim> {
        let all = self.story.expected.claims.iter();
        all.filter(|claim| !self.told.is_given_up || self.claimed.contains(*claim))
    }

    /// Policy has linked exactly those of whom a trusted source says that they are one, where no agent had a hand in it;
    /// where one had, no others.
    pub(super) fn by_policy(&mut self, standings: &BTreeMap<String, LinkSet>) {
        let links = standings.values().flat_map(LinkSet::iter);
        let links = links.filter(|link| matches!(link.reason, LinkReason::Claim(_)));
        let linked: BTreeSet<Pair> = links
            .map(|link| pair(link.from.expose(), link.to.expose()))
            .collect();
        self.judged.add(Judged::ByPolicy, linked.len());
        let trusted = self.trusted();
        for two in linked.difference(&trusted) {
            self.wrong(format!("policy has linked {two:?}, which nobody claims"));
        }
        // Of what may have been given up nobody knows what it decided.
        let sure = self.sure_claims().filter(|claim| claim.links);
        let sure: BTreeSet<Pair> = sure.map(ends).collect();
        let unsure = trusted.difference(&sure);
        let unsure = unsure.flat_map(|(a, b)| [a.clone(), b.clone()]).collect();
        let touched = self.touched_by_agents(&trusted, unsure);
        let contested = contested(&trusted);
        for two in &trusted {
            let (a, b) = two;
            if touched.contains(a) || touched.contains(b) {
                continue;
            }
            self.judged.add(Judged::Decided, 1);
            let is_contested = contested.contains(a) || contested.contains(b);
            self.holds(linked.contains(two) != is_contested, || {
                format!(
                    "{two:?}: contested {is_contested}, linked {}",
                    !is_contested
                )
            });
        }
        for number in contested.iter().filter(|it| !touched.contains(*it)) {
            let pk = format!("p#{number}");
            let is_shared = {
                let inner = self.world.inside();
                let last = inner.standings.get(&pk).and_then(|all| all.last());
                last.is_some_and(|last| last.is_shared)
            };
            self.holds(is_shared, || {
                format!("{number} is claimed by several records and not shared")
            });
        }
    }

    /// Of whom a trusted source says that they are one.
    fn trusted(&self) -> BTreeSet<Pair> {
        let claims = self.story.expected.claims.iter();
        let trusted = claims.filter(|claim| claim.links);
        trusted.map(ends).collect()
    }

    /// What several records of a trusted system claim.
    pub(super) fn contested(&self) -> BTreeSet<String> {
        contested(&self.trusted())
    }

    /// All whom an agent has linked or marked, or tried to, beside these, and all who are claimed to be one with them.
    fn touched_by_agents(
        &self,
        trusted: &BTreeSet<Pair>,
        mut touched: BTreeSet<String>,
    ) -> BTreeSet<String> {
        for act in &self.story.acts {
            if let ActKind::Link { customer, identity } = &act.kind {
                touched.extend([customer.clone(), identity.clone()]);
            } else if let ActKind::MarkShared { identity, .. } = &act.kind {
                touched.insert(identity.clone());
            }
        }
        // Each round takes in at least one or is the last.
        loop {
            let before = touched.len();
            for (a, b) in trusted {
                if touched.contains(a) || touched.contains(b) {
                    touched.extend([a.clone(), b.clone()]);
                }
            }
            if touched.len() == before {
                return touched;
            }
        }
    }
}

fn ends(claim: &ExpectedClaim) -> Pair {
    pair(&claim.customer, &claim.other)
}

/// What stored events say of who their customers are as well.
///
/// # Panics
/// When the sources that the stack is told of are none: then nothing is proved.
pub(super) fn claimed(
    stored: &BTreeMap<String, (Interaction, Vec<Event>)>,
) -> BTreeSet<ExpectedClaim> {
    let policy = LinkPolicy {
        sources: LinkPolicy::read_sources(LINK_SOURCES).expect("the stack is told of sources"),
        ..LinkPolicy::default()
    };
    let events = stored.values().flat_map(|(_, events)| events);
    let claims = events.filter_map(|event| {
        let customer = event.customer.as_ref()?.uri.expose();
        let claims = event.claims.iter().map(|claim| ExpectedClaim {
            customer: customer.to_owned(),
            other: claim.identity.uri.expose().to_owned(),
            links: policy.links(&event.source, claim.basis),
        });
        Some(claims.collect::<Vec<_>>())
    });
    claims.flatten().collect()
}

/// The numbers that several records of the system claim: nobody's alone, and so linked to nobody.
fn contested(trusted: &BTreeSet<Pair>) -> BTreeSet<String> {
    let mut records: BTreeMap<&str, u32> = BTreeMap::new();
    for (record, number) in trusted {
        if record.starts_with(RECORD) {
            *records.entry(number).or_default() += 1;
        }
    }
    let several = records.into_iter().filter(|(_, count)| *count > 1);
    several.map(|(number, _)| number.to_owned()).collect()
}
