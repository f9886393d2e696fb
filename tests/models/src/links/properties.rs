//! What holds always, on which occasions, and the faults that show that it might not.

use stateright::Property;

use super::process::{Process, Stage};
use super::table::{Effect, Transaction, members_of, named_by, part_of};
use super::{AB, AC, Ask, BC, IDENTITIES, LINKS, Links, NAMED, State, Variant};
use crate::{Pair, Wrong, bits};

const GRAPH: &str = "each identity lists exactly the active links of its whole customer";
const ONE: &str = "who belong together say the same, so an identity has one customer";
const EVENT: &str = "an event is in exactly one timeline, that of its identity's customer";
const BACK: &str = "a link that was ended does not come back by itself";
const APART: &str = "a claim joins nobody whom somebody has separated";
const UNDONE: &str = "without links all stand as if there never was one";
const TRACE: &str = "a link that was ended has left its trace at the claim";
const TOLD: &str = "who hears that a link is made or ended hears the truth";

const COLLISION: &str = "a link and an unlink write over the same revision";
const AGAIN: &str = "one who came second decides again";
const TORN: &str = "a process has read a customer while it changed";
const CHAIN: &str = "three are one customer";
const HALF: &str = "a chain is cut and a part of it stays";
const ALONE: &str = "the last link is ended";
const MEANWHILE: &str = "an event arrives while its identity is linked";
const STAYS: &str = "the link is ended after an event arrived";
const SENT_TWICE: &str = "a link is sent again that is there already";
const LATE: &str = "a link arrives late that was decided on what still holds";
const ASKED_AGAIN: &str = "a link is asked for again after it was ended";
const HEARD_AGAIN: &str = "a claim is heard of two who were separated";
const SETTLED: &str = "a claim finds that both are one customer";
const BY_CLAIM: &str = "a claim has linked";

pub(super) const PAIRS: &[Pair] = &[
    Pair {
        always: GRAPH,
        sometimes: &[COLLISION, AGAIN, TORN, CHAIN, HALF],
    },
    Pair {
        always: ONE,
        sometimes: &[CHAIN, HALF, LATE],
    },
    Pair {
        always: EVENT,
        sometimes: &[MEANWHILE, STAYS],
    },
    Pair {
        always: BACK,
        sometimes: &[ASKED_AGAIN, LATE, SENT_TWICE],
    },
    Pair {
        always: APART,
        sometimes: &[HEARD_AGAIN, BY_CLAIM, SETTLED],
    },
    Pair {
        always: UNDONE,
        sometimes: &[ALONE],
    },
    Pair {
        always: TRACE,
        sometimes: &[HALF, ALONE],
    },
    Pair {
        always: TOLD,
        sometimes: &[SENT_TWICE, ASKED_AGAIN],
    },
];

pub(super) const WRONG: &[Wrong<Variant>] = &[
    Wrong::Breaks(Variant::OneSide, ONE),
    Wrong::Breaks(Variant::OneSide, GRAPH),
    Wrong::Breaks(Variant::OnlyEnds, ONE),
    Wrong::Breaks(Variant::TwoWrites, ONE),
    Wrong::Breaks(Variant::Unconditional, GRAPH),
    Wrong::Breaks(Variant::UnlinkOneSide, UNDONE),
    Wrong::Breaks(Variant::RevisionOfLater, GRAPH),
    Wrong::Breaks(Variant::ForgetsEnding, APART),
    Wrong::Breaks(Variant::ForgetsEnding, BACK),
    Wrong::Breaks(Variant::ForgetsEnding, TRACE),
    Wrong::Breaks(Variant::MadeAgain, BACK),
    Wrong::Breaks(Variant::ClaimsAgain, BACK),
    Wrong::Breaks(Variant::IgnoresParts, APART),
    Wrong::Breaks(Variant::LostIsMade, TOLD),
    Wrong::Breaks(Variant::MovesEvents, EVENT),
];

pub(super) fn truths() -> Vec<Property<Links>> {
    vec![
        Property::always(GRAPH, |_, state: &State| {
            let active = state.table.active();
            (0..IDENTITIES).all(|one| state.table.standings[one].links == part_of(one, active))
        }),
        Property::always(ONE, |_, state: &State| {
            let named = |one: usize| named_by(one, state.table.standings[one].links);
            (0..IDENTITIES).all(|one| bits(named(one)).all(|other| named(other) == named(one)))
        }),
        Property::always(EVENT, |_, state: &State| {
            let named = |one: usize| named_by(one, state.table.standings[one].links);
            let Some(at) = state.table.event else {
                return true;
            };
            // Who shows it, against who should.
            let shows = (0..IDENTITIES).filter(|one| named(*one) & (1 << at) != 0);
            shows.fold(0, |all, one| all | 1 << one) == members_of(NAMED, state.table.active())
        }),
        Property::always(BACK, |_, state: &State| !state.table.came_back),
        Property::always(APART, |_, state: &State| !state.table.rejoined),
        Property::always(UNDONE, |_, state: &State| {
            let mut standings = state.table.standings.iter();
            state.table.active() != 0 || standings.all(|standing| standing.links == 0)
        }),
        Property::always(TRACE, |_, state: &State| {
            bits(state.table.ended).all(|link| {
                let claim = &state.table.claims[link];
                claim.linked_once && claim.ended & (1 << link) != 0
            })
        }),
        Property::always(TOLD, |model: &Links, state: &State| {
            let mut told = state.processes.iter().zip(&model.asks);
            told.all(|(process, ask)| match ask {
                Ask::Link(link) | Ask::Claim(link) => {
                    !process.told || state.table.made & (1 << link) != 0
                }
                Ask::Unlink(link) => !process.told || state.table.ended & (1 << link) != 0,
            })
        }),
    ]
}

pub(super) fn occasions() -> Vec<Property<Links>> {
    let mut all = occasions_of_writing();
    all.extend(occasions_of_standing());
    all
}

fn sent(state: &State) -> impl Iterator<Item = &Transaction> {
    let processes = state.processes.iter();
    processes.filter_map(|process| process.transaction.as_ref())
}

/// Whether two transactions write over the same revision of an identity.
fn collide(a: &Transaction, b: &Transaction) -> bool {
    let overs = a.standings.iter().zip(&b.standings);
    let mut both = overs.filter_map(|(a, b)| Some((a.as_ref()?.0, b.as_ref()?.0)));
    both.any(|(a, b)| a == b)
}

/// Whether a process holds different sets of links of identities that one of the sets holds together.
fn is_torn(process: &Process) -> bool {
    let read = |one: usize| process.standings[one].map(|standing| standing.links);
    (0..IDENTITIES).any(|one| {
        read(one).is_some_and(|links| {
            bits(named_by(one, links)).any(|other| read(other).is_some_and(|its| its != links))
        })
    })
}

fn occasions_of_writing() -> Vec<Property<Links>> {
    vec![
        Property::sometimes(COLLISION, |_, state: &State| {
            sent(state).any(|made| {
                matches!(made.effect, Effect::Made(_))
                    && sent(state).any(|ended| {
                        matches!(ended.effect, Effect::Ended(_)) && collide(made, ended)
                    })
            })
        }),
        Property::sometimes(AGAIN, |_, state: &State| {
            let again = |process: &Process| process.again && process.told;
            state.processes.iter().any(again)
        }),
        Property::sometimes(TORN, |_, state: &State| state.processes.iter().any(is_torn)),
        Property::sometimes(SENT_TWICE, |_, state: &State| {
            sent(state).any(|sent| match sent.effect {
                Effect::Made(link) => state.table.active() & (1 << link) != 0,
                Effect::Ended(_) | Effect::Noted => false,
            })
        }),
        Property::sometimes(LATE, |_, state: &State| {
            state.late.iter().any(|late| {
                let standings = late.standings.iter().zip(&state.table.standings);
                let mut revs = standings.filter_map(|(put, is)| Some((put.as_ref()?.0, is.rev)));
                matches!(late.effect, Effect::Made(_)) && revs.all(|(over, is)| over == is)
            })
        }),
        Property::sometimes(ASKED_AGAIN, |model: &Links, state: &State| {
            let mut asks = state.processes.iter().zip(&model.asks);
            asks.any(|(process, ask)| {
                *ask == Ask::Link(AB)
                    && process.stage == Stage::Looking
                    && state.table.ended & (1 << AB) != 0
            })
        }),
    ]
}

fn occasions_of_standing() -> Vec<Property<Links>> {
    vec![
        Property::sometimes(CHAIN, |_, state: &State| {
            members_of(0, state.table.active()).count_ones() == 3
        }),
        Property::sometimes(HALF, |_, state: &State| {
            state.table.ended & (1 << AB) != 0 && state.table.active() == 1 << BC
        }),
        Property::sometimes(ALONE, |_, state: &State| {
            state.table.ended != 0 && state.table.active() == 0
        }),
        Property::sometimes(MEANWHILE, |_, state: &State| {
            state.table.event.is_some() && state.table.active() & (1 << AB) != 0
        }),
        Property::sometimes(STAYS, |_, state: &State| {
            state.table.event.is_some() && state.table.ended & (1 << AB) != 0
        }),
        Property::sometimes(HEARD_AGAIN, |model: &Links, state: &State| {
            let (a, b) = LINKS[AC];
            let apart = members_of(a, state.table.active()) & (1 << b) == 0;
            let mut asks = state.processes.iter().zip(&model.asks);
            apart
                && state.table.ended & (1 << AB) != 0
                && state.table.active() & (1 << BC) != 0
                && asks.any(|(process, ask)| {
                    *ask == Ask::Claim(AC) && process.stage == Stage::LookingFurther
                })
        }),
        Property::sometimes(SETTLED, |_, state: &State| {
            state.table.claims[AC].linked_once && state.table.made & (1 << AC) == 0
        }),
        Property::sometimes(BY_CLAIM, |_, state: &State| {
            state.table.active() & (1 << AC) != 0
        }),
    ]
}
