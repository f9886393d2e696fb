//! Wires ingest-call.
fn main() {}
