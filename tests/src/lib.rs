//! What crosses crates: where tests find their stores, what they write into them, and how they watch or break the wire.

pub mod capacity;
pub mod embedded;
pub mod localstack;
pub mod story;
pub mod table;
pub mod wire;
