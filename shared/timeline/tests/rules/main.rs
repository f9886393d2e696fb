//! The rules of the timeline, held from outside: any order and repetition of events, whose an interaction is, what
//! state it shows, and what an agent sees of it.

#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, in its own body and in what it is given"
)]

mod call_states;
mod certainty;
mod claims;
mod content_hash;
mod conversation_states;
mod customer;
mod forms;
mod given;
mod link_sets;
mod links;
mod may_contact;
mod missed_calls;
mod orders;
mod outcomes;
mod pop;
mod profile;
mod promises;
mod properties;
mod size;
mod stories;
mod surveys;
mod things;
mod ties;
mod traits;
mod warnings;
mod wrapping_up;
