#![doc = include_str!("../README.md")]

mod actor;
mod claim;
mod email;
mod event;
mod fact;
mod fold;
mod identity;
mod ids;
mod interaction;
mod link;
mod naming;
mod outcome;
mod own;
mod personal;
mod phase;
mod phone;
mod pop;
mod promise;
mod ranking;
mod register;
mod summary;
mod time;
mod traits;
mod warning;

pub use actor::Actor;
pub use claim::{Basis, Claim, ClaimRecord, Decided, Decision, Evidence, MAX_EVIDENCE, Strength};
pub use email::{EmailAddress, EmailError};
pub use event::{Channel, Direction, Event, MAX_CLOCK_AHEAD_MS, MAX_NAMED, Related, Relation};
pub use fact::{
    Acted, Attachment, Author, Bounced, Business, CallRecord, Distrust, Ended, Fact,
    MAX_ATTACHMENTS, MAX_ATTRIBUTES, Mail, Message, Note, Opening, Place, Reach, Reached, Scored,
    Started, Status, StatusChange, Updated, Viewed, WrapUp,
};
pub use identity::{Identity, IdentityError, IdentityKind, IdentityUri};
pub use ids::{CustomerId, EventId, IdError, InteractionId, Source, opaque};
pub use interaction::{FoldError, Interaction, Said};
pub use link::{
    Conflict, Link, LinkChange, LinkError, LinkId, LinkReason, LinkRecord, LinkSet, MAX_IDENTITIES,
    MAX_LINKS, Marked, Standing, records_in_conflict,
};
pub use naming::is_id;
pub use outcome::{Money, Outcome};
pub use own::{MAX_OWN, OwnError, OwnIdentities};
pub use personal::{Personal, Text, cut, preview};
pub use phone::{Caller, PhoneError, PhoneNumber, Plan, Region, warm_up};
pub use pop::{AskedIdentity, Candidate, Customer, PopState, Recall, ScreenPop};
pub use promise::{
    MAX_PROMISE_CHARS, MAX_PROMISES, Promise, PromiseEnd, PromiseEnded, PromiseId, PromiseKind,
    PromiseState, PromiseStatus,
};
pub use ranking::{
    Circumstances, EvidenceKind, EvidenceShown, MAX_EVIDENCE_SHOWN, by_rank, evidence_shown, score,
};
pub use summary::{State, Summary};
pub use time::{TimeError, Timestamp};
pub use traits::{
    MAX_TRAIT_BYTES, MAX_TRAITS, Origin, PREFERENCE, Rank, Trait, TraitName, TraitNameError, Traits,
};
pub use warning::{MAX_WARNINGS, Warning, WarningKind};
