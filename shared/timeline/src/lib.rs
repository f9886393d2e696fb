#![doc = include_str!("../README.md")]

mod actor;
mod bounce;
mod claim;
mod email;
mod event;
mod fact;
mod fold;
mod identity;
mod ids;
mod interaction;
mod link;
mod may_contact;
mod merge_patch;
mod naming;
mod outcome;
mod own;
mod personal;
mod phase;
mod phone;
mod policy;
mod pop;
mod profile;
mod promise;
mod ranking;
mod register;
mod story;
mod summary;
mod survey;
mod thing;
mod time;
mod trait_value;
mod traits;
mod warning;
mod words;

pub use actor::Actor;
pub use claim::{
    Basis, Claim, ClaimRecord, Decided, Decision, Evidence, MAX_ENDED_LINKS, MAX_EVIDENCE, Strength,
};
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
    MAX_LINK_BYTES, MAX_LINKS, MAX_NUMBERS_OF_A_RECORD, Marked, Standing, records_in_conflict,
};
pub use may_contact::{History, Intent, MAX_RULINGS, Purpose, Ruling, Verdict, may_contact};
pub use merge_patch::{FieldError, FieldProblem, TraitChanges};
pub use naming::is_id;
pub use outcome::{Money, Outcome};
pub use own::{MAX_OWN, OwnError, OwnIdentities};
pub use personal::{Personal, Text, cut, preview};
pub use phone::{Caller, PhoneError, PhoneNumber, Plan, Region, warm_up};
pub use policy::{LinkPolicy, LinkSourcesError, as_link};
pub use pop::{
    AskedIdentity, Candidate, Customer, MAX_CANDIDATES, MAX_SHARING, PopState, Possible, Recall,
    ScreenPop, not_rejected, possible_claims, recalled_etag, references,
};
pub use profile::{
    Behind, Beyond, LastContact, Lifecycle, Profile, Returning, Shown, etag_matches, profile_etag,
};
pub use promise::{
    MAX_ENDED_SHOWN, MAX_OPEN_SHOWN, MAX_PROMISE_CHARS, MAX_PROMISES, Promise, PromiseEnd,
    PromiseEnded, PromiseId, PromiseKind, PromiseState, PromiseStatus,
};
pub use ranking::{
    Circumstances, EvidenceKind, EvidenceShown, MAX_EVIDENCE_SHOWN, by_rank, evidence_shown, score,
};
pub use story::{MAX_STORIES, MAX_STORY_CONTACTS, MAX_STORY_NOTES, Story, stories};
pub use summary::{State, Summary};
pub use thing::Thing;
pub use time::{TimeError, Timestamp};
pub use trait_value::TraitValueError;
pub use traits::{
    MAX_PREFERENCES, MAX_TRAIT_BYTES, MAX_TRAITS, Origin, PREFERENCE, Rank, Trait, TraitName,
    TraitNameError, Traits,
};
pub use warning::{MAX_WARNINGS, WEBSITE_FAILED_FOR_MS, Warning, WarningKind};
