//! How long things took: whole distributions, never means alone.

use std::fmt;
use std::time::Duration;

use hdrhistogram::Histogram;

/// Longest time that is told apart, in microseconds: an hour.
const LONGEST_US: u64 = 3_600_000_000;
/// Digits that are kept of each time.
const DIGITS: u8 = 3;

/// Times, of which any share can be asked.
#[derive(Debug, Clone)]
pub struct Latency {
    times: Histogram<u64>,
}

impl Default for Latency {
    /// # Panics
    /// Never: the bounds are constants that the histogram takes.
    fn default() -> Self {
        let times = Histogram::new_with_bounds(1, LONGEST_US, DIGITS);
        Self {
            times: times.expect("an hour in microseconds with three digits is taken"),
        }
    }
}

impl Latency {
    /// Adds a time.
    pub fn add(&mut self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(LONGEST_US);
        self.times.saturating_record(micros.max(1));
    }

    /// Adds all of another one's.
    pub fn add_all(&mut self, other: &Self) {
        // Both have the same bounds, which is all that can be wrong.
        let _ = self.times.add(&other.times);
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.times.len()
    }

    /// The time that such a share took at most, in milliseconds.
    #[must_use]
    pub fn at(&self, share: f64) -> f64 {
        in_ms(self.times.value_at_quantile(share))
    }

    /// The longest, in milliseconds.
    #[must_use]
    pub fn longest(&self) -> f64 {
        in_ms(self.times.max())
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "an hour in microseconds is far below what a float tells apart"
)]
fn in_ms(micros: u64) -> f64 {
    micros as f64 / 1000.0
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.count() == 0 {
            return f.write_str("none");
        }
        let (half, most, longest) = (self.at(0.5), self.at(0.99), self.longest());
        write!(f, "p50 {half:.1} / p99 {most:.1} / max {longest:.1} ms")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slow_answer_of_a_hundred_shows_at_the_end_and_not_in_the_middle() {
        let mut times = Latency::default();
        for _ in 0..99 {
            times.add(Duration::from_millis(2));
        }
        times.add(Duration::from_secs(3));
        assert!((times.at(0.5) - 2.0).abs() < 0.1, "{times}");
        assert!((times.longest() - 3000.0).abs() < 30.0, "{times}");
        assert_eq!(times.count(), 100);
    }
}
