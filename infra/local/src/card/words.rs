//! Times and texts as a person reads them in a terminal.

use timeline::Timestamp;

/// Longest text of others in one row, in characters.
const TEXT_CHARS: usize = 60;
/// How far ahead a clock may be so that its time still counts as the present, in seconds before now.
const CLOCK_AHEAD_S: i64 = -5 * 60;
pub(super) const DAY_S: i64 = 86_400;

/// How long ago something was, in the words that a person would use.
#[must_use]
pub fn ago(at: Timestamp, now: Timestamp) -> String {
    match now.millis_since(at) / 1000 {
        ..CLOCK_AHEAD_S => "soon".to_owned(),
        // Another system's clock that is a little ahead tells of the present, not of the future.
        CLOCK_AHEAD_S..45 => "just now".to_owned(),
        seconds @ 45..3600 => format!("{} min ago", (seconds / 60).max(1)),
        seconds @ 3600..DAY_S => format!("{} h ago", seconds / 3600),
        seconds if seconds < 2 * DAY_S => "yesterday".to_owned(),
        seconds if seconds < 31 * DAY_S => format!("{} days ago", seconds / DAY_S),
        // What is long past is better told by its date.
        _ => date(at),
    }
}

pub(super) fn date(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect()
}

/// Text of others for a terminal: no control characters, which could move the cursor or hide what stands there, and
/// no more than fits a row.
pub(super) fn clean(text: &str) -> String {
    timeline::preview(text, TEXT_CHARS).expose().to_owned()
}
