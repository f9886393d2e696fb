//! Wires screen-pop.
fn main() {}
