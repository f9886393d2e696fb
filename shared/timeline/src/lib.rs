#![doc = include_str!("../README.md")]

mod email;
mod event;
mod fact;
mod fold;
mod identity;
mod ids;
mod interaction;
mod naming;
mod outcome;
mod personal;
mod phase;
mod phone;
mod pop;
mod register;
mod summary;
mod time;
mod warning;

pub use email::{EmailAddress, EmailError};
pub use event::{Channel, Direction, Event, MAX_CLOCK_AHEAD_MS, MAX_NAMED, Related, Relation};
pub use fact::{
    Acted, Attachment, Author, Bounced, Business, CallRecord, Distrust, Ended, Fact,
    MAX_ATTACHMENTS, MAX_ATTRIBUTES, Mail, Message, Note, Opening, Place, Reach, Reached, Scored,
    Started, Status, StatusChange, Updated, Viewed, WrapUp,
};
pub use identity::{Identity, IdentityError, IdentityKind, IdentityUri};
pub use ids::{CustomerId, EventId, IdError, InteractionId, Source, opaque};
pub use interaction::{FoldError, Interaction};
pub use naming::is_id;
pub use outcome::{Money, Outcome};
pub use personal::{Personal, Text, cut, preview};
pub use phone::{Caller, PhoneError, PhoneNumber, Plan, Region, warm_up};
pub use pop::{AskedIdentity, Candidate, Customer, PopState, Recall, ScreenPop};
pub use summary::{State, Summary};
pub use time::{TimeError, Timestamp};
pub use warning::{MAX_WARNINGS, Warning, WarningKind};
