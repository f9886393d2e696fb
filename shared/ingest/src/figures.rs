//! The figures of the ingest functions, beside those of every batch.

use lambda_kit::metrics::{Metric, Unit};

/// Events that were stored.
pub const EVENTS_STORED: Metric = Metric::new(
    "EventsStored",
    Unit::Count,
    "Events that were new and are stored",
);
/// Events under an id that another event has.
pub const EVENTS_IN_CONFLICT: Metric = Metric::new(
    "EventsInConflict",
    Unit::Count,
    "Events whose id is stored with other content",
);
/// Events that were stored before and read otherwise now.
pub const EVENTS_READ_DIFFERENTLY: Metric = Metric::new(
    "EventsReadDifferently",
    Unit::Count,
    "Events that an earlier version or configuration stored with other content",
);
/// Events that name a customer whom nobody can read.
pub const CALLERS_UNREADABLE: Metric = Metric::new(
    "CallersUnreadable",
    Unit::Count,
    "Events whose customer's address is no identity",
);

/// All of them.
pub const ALL: [Metric; 4] = [
    EVENTS_STORED,
    EVENTS_IN_CONFLICT,
    EVENTS_READ_DIFFERENTLY,
    CALLERS_UNREADABLE,
];
