//! The local stack and the command line.

fn main() {}
