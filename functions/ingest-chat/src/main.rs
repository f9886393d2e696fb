//! Wires ingest-chat.
fn main() {}
