//! What goes wrong, by kind: how often in this history, and how often it was.

use std::collections::BTreeMap;

use fastrand::Rng;

/// A kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The table or the queue says that it is too busy.
    Throttled,
    /// The table or the queue says that it failed.
    ServerError,
    /// Another transaction has the items.
    TransactionConflict,
    /// The connection breaks before the request arrives.
    RequestLost,
    /// What was asked is done, and the connection breaks before the answer is here.
    AnswerLost,
    /// What was asked is done, and its answer comes later than anybody waits.
    AnswerLate,
    /// The answer takes seconds, so that the deadline comes near or passes.
    Slow,
    /// The worker ends before its request arrives.
    CrashBefore,
    /// The worker ends when its request is done.
    CrashAfter,
    /// The code panics.
    Panic,
    /// A read sees the table as it was a while ago.
    StaleRead,
    /// The index learns of a write late.
    IndexLag,
    /// Part of what a batch asks for is done, the rest is to be asked again.
    PartialAnswer,
    /// The sender sends the same delivery again.
    SentTwice,
    /// A delivery arrives long after those that were sent later.
    Reordered,
    /// The queue hands the same message to two workers.
    HandedTwice,
    /// A message is visible again while it is still worked on.
    VisibleTooEarly,
    /// The queue forgets that a message of a batch was deleted.
    DeleteLost,
    /// The function's answer is lost, and all of its batch comes again.
    BatchLost,
    /// A message was received too often and lies in the dead-letter queue.
    DeadLettered,
    /// What lies in the dead-letter queue is sent back while things still go wrong.
    Redriven,
    /// For a while the table answers nothing but that it is too busy.
    Outage,
    /// For a while no queue takes anything.
    QueueOutage,
    /// An invocation has hardly any time.
    ShortTime,
    /// A write arrives long after its sender has given it up.
    ArrivesLate,
    /// A worker's clock is wrong.
    ClockSkew,
    /// A worker's clock is set while it works.
    ClockSet,
    /// The same request comes again, as from an agent who got no answer.
    AskedAgain,
    /// What a provider posts never reaches the front door.
    PostLost,
    /// The front door has answered, and its answer never reaches the provider.
    PostAnswerLost,
    /// A provider posts again what it heard no yes to.
    PostedAgain,
    /// A provider heard no yes until it lost patience.
    GivenUp,
    /// Somebody posts what is not to be taken.
    Forged,
    /// Somebody posts what was seen before.
    Replayed,
    /// An item has expired and is gone, while others of its interaction stay.
    HalfExpired,
}

impl Fault {
    /// All kinds, in the order of reports.
    pub const ALL: [Self; 35] = [
        Self::Throttled,
        Self::ServerError,
        Self::TransactionConflict,
        Self::RequestLost,
        Self::AnswerLost,
        Self::AnswerLate,
        Self::Slow,
        Self::CrashBefore,
        Self::CrashAfter,
        Self::Panic,
        Self::StaleRead,
        Self::IndexLag,
        Self::PartialAnswer,
        Self::SentTwice,
        Self::Reordered,
        Self::HandedTwice,
        Self::VisibleTooEarly,
        Self::DeleteLost,
        Self::BatchLost,
        Self::DeadLettered,
        Self::Redriven,
        Self::Outage,
        Self::QueueOutage,
        Self::ShortTime,
        Self::ArrivesLate,
        Self::ClockSkew,
        Self::ClockSet,
        Self::AskedAgain,
        Self::PostLost,
        Self::PostAnswerLost,
        Self::PostedAgain,
        Self::GivenUp,
        Self::Forged,
        Self::Replayed,
        Self::HalfExpired,
    ];

    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::ServerError => "server error",
            Self::TransactionConflict => "transaction conflict",
            Self::RequestLost => "request lost",
            Self::AnswerLost => "done, answer lost",
            Self::AnswerLate => "done, answer too late",
            Self::Slow => "slow, near the deadline",
            Self::CrashBefore => "crash before a request",
            Self::CrashAfter => "crash after a request",
            Self::Panic => "panic",
            Self::StaleRead => "stale read",
            Self::IndexLag => "index behind",
            Self::PartialAnswer => "partly done",
            Self::SentTwice => "sent twice",
            Self::Reordered => "reordered",
            Self::HandedTwice => "handed to two workers",
            Self::VisibleTooEarly => "redelivered while worked on",
            Self::DeleteLost => "delete forgotten (partial batch)",
            Self::BatchLost => "answer of a batch lost",
            Self::DeadLettered => "dead-lettered",
            Self::Redriven => "redriven",
            Self::Outage => "outage of the table",
            Self::QueueOutage => "outage of the queues",
            Self::ShortTime => "an invocation in a hurry",
            Self::ArrivesLate => "write arrives after its sender gave up",
            Self::ClockSkew => "clock skew",
            Self::ClockSet => "clock set back or forth",
            Self::AskedAgain => "asked again",
            Self::PostLost => "post lost",
            Self::PostAnswerLost => "post taken, answer lost",
            Self::PostedAgain => "posted again",
            Self::GivenUp => "given up by its provider",
            Self::Forged => "forged post",
            Self::Replayed => "replayed post",
            Self::HalfExpired => "expired in part",
        }
    }

    /// The faults of one request, of which at most one is drawn.
    const OF_A_REQUEST: [Self; 11] = [
        Self::ArrivesLate,
        Self::Throttled,
        Self::ServerError,
        Self::TransactionConflict,
        Self::RequestLost,
        Self::AnswerLost,
        Self::AnswerLate,
        Self::Slow,
        Self::CrashBefore,
        Self::CrashAfter,
        Self::Panic,
    ];
}

/// How likely the kinds are in one history, and how often each came.
#[derive(Debug, Clone)]
pub(crate) struct Faults {
    per_mille: BTreeMap<Fault, u32>,
    counts: BTreeMap<Fault, u64>,
    at: BTreeMap<(Fault, String), u64>,
    /// Whether nothing goes wrong any more.
    pub calm: bool,
}

/// Most of one kind, of a thousand occasions.
const MOST: u32 = 60;
/// Of the crash and panic kinds, which end a worker.
const MOST_OF_ENDS: u32 = 25;
/// Of outages, which last.
const MOST_OUTAGES: u32 = 6;

impl Faults {
    /// Each history has its own mixture: some kinds are off, some come in crowds. What all of them at an even rate would
    /// drown is found where one of them is alone.
    pub(crate) fn drawn(rng: &mut Rng) -> Self {
        let mut per_mille = BTreeMap::new();
        for fault in Fault::ALL {
            let most = match fault {
                Fault::CrashBefore | Fault::CrashAfter | Fault::Panic => MOST_OF_ENDS,
                Fault::Outage => MOST_OUTAGES,
                // These change nothing by themselves and may be frequent.
                Fault::StaleRead | Fault::IndexLag | Fault::SentTwice | Fault::Reordered => 400,
                Fault::HandedTwice | Fault::VisibleTooEarly | Fault::DeleteLost => 150,
                Fault::BatchLost | Fault::ClockSkew | Fault::AskedAgain | Fault::PartialAnswer => {
                    200
                }
                Fault::Forged | Fault::Replayed | Fault::PostLost | Fault::PostAnswerLost => 150,
                // These are noted where they come.
                Fault::PostedAgain | Fault::GivenUp | Fault::HalfExpired => 1,
                Fault::Throttled
                | Fault::ServerError
                | Fault::TransactionConflict
                | Fault::RequestLost
                | Fault::AnswerLost
                | Fault::AnswerLate
                | Fault::Slow
                | Fault::ShortTime
                | Fault::ArrivesLate
                | Fault::ClockSet
                | Fault::QueueOutage
                | Fault::DeadLettered
                | Fault::Redriven => MOST,
            };
            let is_on = rng.u32(0..4) > 0;
            per_mille.insert(fault, if is_on { rng.u32(1..=most) } else { 0 });
        }
        Self {
            per_mille,
            counts: BTreeMap::new(),
            at: BTreeMap::new(),
            calm: false,
        }
    }

    /// Whether a fault comes now; it is counted if so.
    pub(crate) fn comes(&mut self, fault: Fault, rng: &mut Rng) -> bool {
        let likely = self.per_mille.get(&fault).copied().unwrap_or(0);
        // Drawn in any case, so that one kind's rate leaves the others where they are.
        let drawn = rng.u32(0..1000) < likely && !self.calm;
        if drawn {
            self.note(fault);
        }
        drawn
    }

    /// Counts a fault that came by itself, unless nothing goes wrong any more.
    pub(crate) fn note(&mut self, fault: Fault) {
        if !self.calm {
            self.count(fault);
        }
    }

    /// Counts what comes in the calm after all else.
    pub(crate) fn count(&mut self, fault: Fault) {
        *self.counts.entry(fault).or_default() += 1;
    }

    /// The fault of a request, if one comes. A write can meet all of them, a read those that a read can. It is counted
    /// under `label`.
    pub(crate) fn of_request(
        &mut self,
        operation: &str,
        label: &str,
        rng: &mut Rng,
    ) -> Option<Fault> {
        let transaction = operation == "TransactWriteItems";
        let writes = transaction || matches!(operation, "UpdateItem" | "SendMessageBatch");
        let mut met = None;
        for fault in Fault::OF_A_REQUEST {
            if (fault == Fault::TransactionConflict && !transaction)
                || (fault == Fault::ArrivesLate && !writes)
            {
                continue;
            }
            let likely = self.per_mille.get(&fault).copied().unwrap_or(0);
            if rng.u32(0..1000) < likely && met.is_none() && !self.calm {
                met = Some(fault);
            }
        }
        if let Some(fault) = met {
            self.note(fault);
            *self.at.entry((fault, label.to_owned())).or_default() += 1;
        }
        met
    }

    /// How often each kind that befalls a request came, by operation.
    #[must_use]
    pub(crate) fn at(&self) -> &BTreeMap<(Fault, String), u64> {
        &self.at
    }

    /// How often each kind came.
    #[must_use]
    pub(crate) fn counts(&self) -> &BTreeMap<Fault, u64> {
        &self.counts
    }
}
