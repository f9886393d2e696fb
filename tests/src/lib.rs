//! What crosses crates: where tests find their stores, what they write into them, how they watch or break the wire, and
//! the description of the whole HTTP API.

pub mod capacity;
pub mod checker;
pub mod embedded;
pub mod localstack;
pub mod openapi;
pub mod people;
pub mod story;
pub mod table;
pub mod wire;
