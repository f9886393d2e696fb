//! What holds always, on which occasions, and the faults that show that it might not.

use stateright::Property;

use super::{Kind, Place, Protocol, Queue, State, Variant};
use crate::{Pair, Wrong, bits};

const KEPT: &str = "what a provider was told yes for is in a queue, or where it belongs";
const YES: &str = "a provider hears a yes only when all of its delivery was in the queue";
const ACKED: &str = "an acknowledged record is stored, and what is refused of it is quarantined";
const ALONE: &str = "without a fault no record dies but one at which the function panics";
const UNDERSTOOD: &str = "what is understood is not in quarantine";
const RECEIVED: &str = "a message is not received more often than it may be";

const ALL_KEPT: &str = "all that can be is stored and quarantined, and acknowledged";
const PARTLY_SENT: &str = "a part of a delivery is in the queue, and its provider hears a no";
const SENT_TWICE: &str = "a record is in the queue twice";
const HELD_TWICE: &str = "a message is in the hands of two functions";
const STORED_UNACKED: &str = "a function was gone between store and acknowledgement";
const PARTLY_ANSWERED: &str = "of one batch one record comes again, and another does not";
const BESIDE: &str = "an event is in one batch with what is refused and what panics";
const QUARANTINED_TWICE: &str = "a record is quarantined twice";
const UNQUARANTINED: &str = "a refused record could not be quarantined and comes again";
const DEAD: &str = "an event is a dead letter";
const DEAD_UNFAULTED: &str = "a record at which the function panics dies without a fault";
const REDRIVEN: &str = "a dead letter was sent back and is stored";
const LAST: &str = "a message is received for the last time";

pub(super) const PAIRS: &[Pair] = &[
    Pair {
        always: KEPT,
        sometimes: &[ALL_KEPT, DEAD, REDRIVEN, HELD_TWICE],
    },
    Pair {
        always: YES,
        sometimes: &[PARTLY_SENT, SENT_TWICE],
    },
    Pair {
        always: ACKED,
        sometimes: &[PARTLY_ANSWERED, STORED_UNACKED, UNQUARANTINED],
    },
    Pair {
        always: ALONE,
        sometimes: &[BESIDE, DEAD_UNFAULTED, DEAD],
    },
    Pair {
        always: UNDERSTOOD,
        sometimes: &[QUARANTINED_TWICE, BESIDE],
    },
    Pair {
        always: RECEIVED,
        sometimes: &[LAST],
    },
];

pub(super) const WRONG: &[Wrong<Variant>] = &[
    Wrong::Breaks(Variant::YesFirst, YES),
    Wrong::Breaks(Variant::YesFirst, KEPT),
    Wrong::Breaks(Variant::YesInPart, YES),
    Wrong::Breaks(Variant::YesInPart, KEPT),
    Wrong::Breaks(Variant::QuarantineUnheard, ACKED),
    Wrong::Breaks(Variant::QuarantineUnheard, KEPT),
    Wrong::Breaks(Variant::FailureSwallowed, ACKED),
    Wrong::Breaks(Variant::FailureQuarantined, UNDERSTOOD),
    Wrong::Breaks(Variant::RefusalBeforeFailure, ACKED),
    Wrong::Breaks(Variant::StoredBeforeRefusal, ACKED),
    Wrong::Breaks(Variant::BatchFailsTogether, ALONE),
    Wrong::Breaks(Variant::NoDeadLetters, KEPT),
    Wrong::NeverSettles(Variant::ComesForEver),
];

pub(super) fn truths() -> Vec<Property<Queue>> {
    vec![
        Property::always(KEPT, |model: &Queue, state: &State| {
            let accepted = state.deliveries.iter().zip(&model.deliveries);
            let accepted = accepted.filter(|(delivery, _)| delivery.accepted);
            let mut records = accepted.flat_map(|(_, records)| records);
            records.all(|record| {
                let mut messages = state.messages.iter();
                let is_there = messages
                    .any(|message| message.record == *record && message.place != Place::Gone);
                is_there || model.is_kept(state, *record)
            })
        }),
        Property::always(YES, |model: &Queue, state: &State| {
            let mut all = state.deliveries.iter().zip(&model.deliveries);
            all.all(|(delivery, records)| {
                let was_sent = |record: &usize| {
                    let mut messages = state.messages.iter();
                    messages.any(|message| message.record == *record)
                };
                !delivery.accepted || records.iter().all(was_sent)
            })
        }),
        Property::always(ACKED, |model: &Queue, state: &State| {
            let mut messages = state.messages.iter();
            messages
                .all(|message| message.place != Place::Gone || model.is_kept(state, message.record))
        }),
        Property::always(ALONE, |model: &Queue, state: &State| {
            let unfaulted = state.faults == model.faults && state.expiries == model.expiries;
            let mut messages = state.messages.iter();
            !unfaulted
                || messages.all(|message| {
                    message.place != Place::Dead || model.kinds[message.record] == Kind::Panics
                })
        }),
        Property::always(UNDERSTOOD, |model: &Queue, state: &State| {
            let mut records = state.quarantined.iter().zip(&model.kinds);
            records.all(|(count, kind)| *count == 0 || kind.is_refused())
        }),
        Property::always(RECEIVED, |model: &Queue, state: &State| {
            let mut messages = state.messages.iter();
            messages.all(|message| message.receives <= model.receives)
        }),
    ]
}

pub(super) fn occasions() -> Vec<Property<Queue>> {
    let mut all = occasions_of_queues();
    all.extend(occasions_of_functions());
    all
}

fn occasions_of_queues() -> Vec<Property<Queue>> {
    vec![
        Property::sometimes(ALL_KEPT, |model: &Queue, state: &State| {
            let mut messages = state.messages.iter();
            let acked = messages.all(|message| {
                message.place == Place::Gone || model.kinds[message.record] == Kind::Panics
            });
            acked && model.is_settled(state)
        }),
        Property::sometimes(PARTLY_SENT, |model: &Queue, state: &State| {
            let first = model.deliveries[0][0];
            let mut messages = state.messages.iter();
            let delivery = &state.deliveries[0];
            !delivery.accepted
                && delivery.sent == 0
                && messages.any(|message| message.record == first)
        }),
        Property::sometimes(SENT_TWICE, |_, state: &State| {
            let waiting = state.messages.iter();
            let waiting = waiting.filter(|message| message.place == Place::Waiting);
            let records: Vec<usize> = waiting.map(|message| message.record).collect();
            let mut all = records.iter().enumerate();
            all.any(|(place, record)| records[..place].contains(record))
        }),
        Property::sometimes(DEAD, |model: &Queue, state: &State| {
            let mut messages = state.messages.iter();
            messages.any(|message| {
                message.place == Place::Dead && model.kinds[message.record].has_event()
            })
        }),
        Property::sometimes(DEAD_UNFAULTED, |model: &Queue, state: &State| {
            let mut messages = state.messages.iter();
            state.faults == model.faults
                && state.expiries == model.expiries
                && messages.any(|message| message.place == Place::Dead)
        }),
        Property::sometimes(REDRIVEN, |model: &Queue, state: &State| {
            let mut messages = state.messages.iter();
            // It has been received less often than it would have to be had it not come back.
            state.redrives < model.redrives
                && messages.any(|message| {
                    message.place == Place::Gone
                        && model.kinds[message.record].has_event()
                        && message.receives == 1
                })
                && model.is_settled(state)
        }),
        Property::sometimes(LAST, |model: &Queue, state: &State| {
            let mut messages = state.messages.iter();
            messages
                .any(|message| message.place == Place::Taken && message.receives == model.receives)
        }),
        Property::sometimes(QUARANTINED_TWICE, |_, state: &State| {
            state.quarantined.contains(&2)
        }),
    ]
}

fn occasions_of_functions() -> Vec<Property<Queue>> {
    vec![
        Property::sometimes(HELD_TWICE, |_, state: &State| {
            let held = state.workers.iter().map(|worker| worker.batch);
            let sum: u32 = held.clone().map(u8::count_ones).sum();
            sum > held.fold(0, |all, one| all | one).count_ones()
        }),
        Property::sometimes(STORED_UNACKED, |_, state: &State| {
            let mut messages = state.messages.iter();
            let idle = state.workers.iter().all(|worker| worker.is_idle());
            let was_stored = |record: usize| state.stored & (1 << record) != 0;
            idle && messages.any(|message| {
                message.place == Place::Taken && message.receives == 1 && was_stored(message.record)
            })
        }),
        Property::sometimes(PARTLY_ANSWERED, |_, state: &State| {
            let mut workers = state.workers.iter();
            workers
                .any(|worker| worker.answers() && worker.again != 0 && worker.again != worker.batch)
        }),
        Property::sometimes(BESIDE, |model: &Queue, state: &State| {
            let mut workers = state.workers.iter();
            workers.any(|worker| {
                let kinds = bits(worker.batch);
                let kinds = kinds.map(|number| model.kinds[state.messages[number].record]);
                let kinds: Vec<Kind> = kinds.collect();
                kinds.iter().any(|kind| kind.has_event())
                    && kinds.iter().any(|kind| kind.is_refused())
                    && kinds.contains(&Kind::Panics)
            })
        }),
        Property::sometimes(UNQUARANTINED, |model: &Queue, state: &State| {
            let mut workers = state.workers.iter();
            workers.any(|worker| {
                let mut again = bits(worker.again);
                again.any(|number| {
                    let record = state.messages[number].record;
                    model.kinds[record].is_refused()
                        && state.quarantined[record] == 0
                        && state.stored & (1 << record) != 0
                })
            })
        }),
    ]
}
