//! What sources say of people is known of them: each trait that a stored event tells is kept with its customer, unless
//! something that counts more is kept in its place.

use std::collections::BTreeMap;

use store::schema;
use timeline::{Event, Interaction, Personal, Rank, TraitName, Traits};

use super::judged::Judged;
use super::{ACTS, Check};

impl Check<'_> {
    /// By identity, all traits that the table has.
    pub(super) fn traits(&self) -> BTreeMap<String, Traits> {
        let inner = self.world.inside();
        let items = inner.table.items();
        let traits = items.filter(|item| item["sk"]["S"] == schema::TRAITS_SK);
        let read = traits.filter_map(|item| {
            let identity = item["pk"]["S"].as_str()?.strip_prefix("p#")?;
            let content = item[schema::CONTENT]["S"].as_str()?;
            Some((identity.to_owned(), serde_json::from_str(content).ok()?))
        });
        read.collect()
    }

    /// Whoever got an event into the table has noted what it says, or is still to be told to. What agents make says
    /// nothing of this sort.
    pub(super) fn noted(&mut self, stored: &BTreeMap<String, (Interaction, Vec<Event>)>) {
        let kept = self.traits();
        let events = stored.values().flat_map(|(_, events)| events);
        for event in events.filter(|event| !event.id.as_str().starts_with(ACTS)) {
            let Some(customer) = &event.customer else {
                continue;
            };
            let own = kept.get(customer.uri.expose());
            for (name, said) in Traits::of_event(event).all() {
                self.judged.add(Judged::Traits, 1);
                let there = own.and_then(|own| own.kept(name));
                let is_noted = there.is_some_and(|there| {
                    let order = (said.rank, said.at, &said.value);
                    (there.rank, there.at, &there.value) >= order
                });
                self.holds(is_noted, || {
                    format!("{name} that {} says of its customer is not kept", event.id)
                });
            }
        }
    }
}

/// What somebody may be called whose traits these are, where they say so: by what a person wrote, else by what was said
/// last.
pub(super) fn names<'a>(of: impl Iterator<Item = &'a Traits>) -> Vec<&'a Personal> {
    let all: Vec<_> = of
        .filter_map(|traits| traits.kept(&TraitName::name()))
        .collect();
    let order = |kept: &timeline::Trait| (kept.rank == Rank::Human, kept.at);
    let Some(last) = all.iter().map(|kept| order(kept)).max() else {
        return Vec::new();
    };
    let last = all.into_iter().filter(|kept| order(kept) == last);
    last.filter_map(|kept| kept.value.as_ref()).collect()
}
