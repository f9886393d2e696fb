//! What agents changed: names that they wrote, marks that they set, promises that they kept. What one heard a yes to holds
//! until another changed it; what nobody asked for is not there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use store::schema;
use timeline::{Event, Fact, Interaction, PromiseState};

use crate::desk::Heard;
use crate::story::SPOKEN;

use super::Check;
use super::judged::Judged;

/// Who wrote a trait, where a person did.
const HUMAN: &str = "human";

impl Check<'_> {
    /// What a customer is called, what is shared and which promises are kept, by what agents heard.
    pub(super) fn acts(&mut self, stored: &BTreeMap<String, (Interaction, Vec<Event>)>) {
        self.names();
        self.marks();
        self.promises(stored);
    }

    /// The name that a person wrote last stands, whatever sources say; and so does the language, which all write alike.
    fn names(&mut self) {
        let ledger = self.ledger;
        let written = self.written("name");
        let languages = self.written("language");
        let mut by_identity: BTreeMap<&str, Vec<(&Heard, &str)>> = BTreeMap::new();
        for patch in &ledger.patches {
            let those = by_identity.entry(&patch.identity).or_default();
            those.push((&patch.heard, &patch.name));
        }
        for (identity, name) in &written {
            self.holds(by_identity.contains_key(identity.as_str()), || {
                format!("nobody wrote that {identity} is `{name}`")
            });
        }
        for (identity, patches) in by_identity {
            let last = last_of(&patches);
            let language = languages.get(identity).map(String::as_str);
            let right = language == Some(SPOKEN) || (language.is_none() && last.could_be_none);
            self.holds(right, || {
                format!("{identity} speaks {language:?}, and agents wrote {SPOKEN}")
            });
            let stands = written.get(identity).map(String::as_str);
            let right = match stands {
                Some(name) => last.could_be(&name),
                None => last.could_be_none,
            };
            self.judged
                .add(Judged::Named, usize::from(stands.is_some()));
            self.holds(right, || {
                format!("{identity} is {stands:?}, and could be {last:?}")
            });
        }
    }

    /// By identity, the values of a trait that people wrote, as the table has them.
    fn written(&self, name: &str) -> BTreeMap<String, String> {
        let inner = self.world.inside();
        let items = inner.table.items();
        let traits = items.filter(|item| item["sk"]["S"] == schema::TRAITS_SK);
        let named = traits.filter_map(|item| {
            let identity = item["pk"]["S"].as_str()?.strip_prefix("p#")?;
            let content = item[schema::CONTENT]["S"].as_str()?;
            let traits: Value = serde_json::from_str(content).ok()?;
            let kept = &traits[name];
            let value = kept["value"].as_str().filter(|_| kept["rank"] == HUMAN)?;
            Some((identity.to_owned(), value.to_owned()))
        });
        named.collect()
    }

    /// An identity is shared as an agent said last, or since several records claim it; and no other is.
    fn marks(&mut self) {
        let ledger = self.ledger;
        let contested = self.contested();
        let shared: BTreeSet<String> = {
            let inner = self.world.inside();
            let standings = inner.standings.iter();
            let shared = standings.filter(|(_, all)| all.last().is_some_and(|last| last.is_shared));
            let shared = shared.filter_map(|(pk, _)| pk.strip_prefix("p#"));
            shared.map(str::to_owned).collect()
        };
        let mut by_identity: BTreeMap<&str, Vec<(&Heard, bool)>> = BTreeMap::new();
        for mark in &ledger.marks {
            let those = by_identity.entry(&mark.identity).or_default();
            those.push((&mark.heard, mark.shared));
        }
        for identity in &shared {
            let is_known =
                by_identity.contains_key(identity.as_str()) || contested.contains(identity);
            self.holds(is_known, || {
                format!("{identity} is shared, and nobody said so")
            });
        }
        for (identity, marks) in by_identity {
            let last = last_of(&marks);
            let is_shared = shared.contains(identity);
            let right = match is_shared {
                true => last.could_be(&true) || contested.contains(identity),
                false => last.could_be(&false) || last.could_be_none,
            };
            self.judged.add(Judged::Marked, usize::from(is_shared));
            self.holds(right, || {
                format!("{identity} is shared: {is_shared}, and could be {last:?}")
            });
        }
    }

    /// A promise that an agent heard is made is there, and is kept exactly where an agent kept it.
    fn promises(&mut self, stored: &BTreeMap<String, (Interaction, Vec<Event>)>) {
        let ledger = self.ledger;
        for (interaction, promise) in &ledger.promises {
            let Some((folded, events)) = stored.get(interaction) else {
                self.wrong(format!(
                    "{interaction}, of which something is promised, is lost"
                ));
                continue;
            };
            let (mut sure, mut perhaps) = (0, 0);
            let keeps = ledger.keeps.iter().filter(|keep| keep.promise == *promise);
            for keep in keeps {
                if keep.heard.confirmed {
                    sure += 1;
                } else if keep.heard.is_unknown() || keep.heard.maybe_before {
                    perhaps += 1;
                }
            }
            let ends = events.iter().filter(|event| {
                matches!(&event.fact, Fact::PromiseEnded(ended) if ended.id.as_str() == promise)
            });
            let ends: Vec<_> = ends.map(Event::happened_at).collect();
            let kept = ends.len();
            self.holds((sure..=sure + perhaps).contains(&kept), || {
                format!("{promise} is kept {kept} times, heard {sure}, in doubt {perhaps}")
            });
            let summary = folded.summary();
            let shown = summary.promises.iter();
            let shown = shown.filter(|shown| shown.promise.id.as_str() == promise);
            let shown: Vec<_> = shown.map(|shown| (shown.state, shown.made_at)).collect();
            // By clocks that are set it may be kept before it was made, and was made anew then.
            let right = match shown[..] {
                [(PromiseState::Kept, _)] => kept > 0,
                [(PromiseState::Open | PromiseState::Overdue, made_at)] => {
                    ends.iter().all(|end| *end <= made_at)
                }
                _ => false,
            };
            self.judged.add(Judged::Kept, usize::from(kept > 0));
            self.holds(right, || {
                format!("{promise} was kept {kept} times and is {shown:?}")
            });
        }
    }
}

/// What may have been said last of several things that were said of the same.
#[derive(Debug)]
struct Last<T> {
    values: Vec<T>,
    /// Whether it may be that nothing was said.
    could_be_none: bool,
}

impl<T: PartialEq> Last<T> {
    fn could_be(&self, value: &T) -> bool {
        self.values.contains(value)
    }
}

/// What was heard to be done is last unless something that was heard to be done as well was asked for after it. Of what was
/// not heard, nobody knows whether it was done, or when.
fn last_of<T: Copy>(said: &[(&Heard, T)]) -> Last<T> {
    let sure = || said.iter().filter(|(heard, _)| heard.confirmed);
    let is_over = |heard: &Heard| sure().any(|(later, _)| later.asked_ms > heard.answered_ms);
    let could_be_last = said.iter().filter(|(heard, _)| {
        let is_done = heard.confirmed && !is_over(heard);
        is_done || (!heard.confirmed && (heard.is_unknown() || heard.maybe_before))
    });
    Last {
        values: could_be_last.map(|(_, value)| *value).collect(),
        could_be_none: sure().next().is_none(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn heard(status: i64, asked_ms: i64, answered_ms: i64) -> Heard {
        Heard {
            answer: (status > 0).then_some((status, Value::Null)),
            confirmed: status == 200,
            asked_ms,
            answered_ms,
            ..Heard::default()
        }
    }

    #[test]
    fn what_was_heard_last_is_last_and_what_was_not_heard_may_be() {
        let [first, second, lost, refused] = [
            heard(200, 0, 10),
            heard(200, 20, 30),
            heard(0, 5, 8),
            heard(404, 40, 50),
        ];
        let last = last_of(&[(&first, 1), (&second, 2), (&lost, 3), (&refused, 4)]);
        assert_eq!((last.values, last.could_be_none), (vec![2, 3], false));
    }

    #[test]
    fn of_two_at_the_same_time_either_may_be_last() {
        let (one, other) = (heard(200, 0, 10), heard(200, 10, 20));
        assert_eq!(last_of(&[(&one, 1), (&other, 2)]).values, [1, 2]);
    }

    #[test]
    fn where_nothing_was_heard_there_may_be_nothing() {
        let lost = heard(503, 0, 10);
        assert!(last_of(&[(&lost, 1)]).could_be_none);
        assert!(last_of(&[(&lost, 1)]).could_be(&1));
    }
}
