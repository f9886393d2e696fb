//! Runs histories and says what happened in them.

fn main() {}
