//! Runs histories and says what happened in them.

use simulation::story::Size;
use simulation::{Options, play};

fn main() {
    for seed in 0..20 {
        let began = std::time::Instant::now();
        let outcome = play(
            seed,
            &Options {
                size: Size::Small,
                traced: false,
            },
        );
        println!(
            "{seed} {} steps {:x} {:?} {:?}",
            outcome.steps,
            outcome.hash,
            outcome.violations,
            began.elapsed()
        );
    }
}
