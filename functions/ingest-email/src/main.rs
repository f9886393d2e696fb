//! Wires ingest-email.
fn main() {}
