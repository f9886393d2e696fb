#![doc = include_str!("../README.md")]

pub mod append;
pub mod links;
pub mod notes;
mod proof;
pub mod queue;
mod report;

pub use proof::{Checked, Ends, Pair, Protocol, Wrong, caught, check, ends};
pub use report::{Row, row, rows};

/// The bits that are set in a mask.
pub(crate) fn bits(mask: u8) -> impl Iterator<Item = usize> {
    (0..8).filter(move |place| mask & (1 << place) != 0)
}

/// Everything that is in a mask but its lowest `most` bits, and those.
pub(crate) fn split_lowest(mask: u8, most: u32) -> (u8, u8) {
    let lowest = bits(mask)
        .take(most as usize)
        .fold(0, |all, place| all | 1 << place);
    (lowest, mask & !lowest)
}
