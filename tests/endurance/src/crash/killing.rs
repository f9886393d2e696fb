//! Lives and deaths of the stack.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::CrashError;
use super::watch::Watch;
use crate::http::Http;
use crate::proxy::Proxy;
use crate::stack::{Addresses, Program, Stack, StackError};
use crate::verify::queues;

/// Longest time between a kill's cause and the kill, so that it falls into any moment.
const JITTER: Duration = Duration::from_millis(250);
/// What a start takes until one has been measured.
const FIRST_START: Duration = Duration::from_millis(300);
/// How often a start may fail by itself, which a proxy can bring about.
const MAX_STARTS: u32 = 5;

/// Kills by the phase that they fell into.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kills {
    /// Before the stack served.
    pub starting: u32,
    /// While senders sent.
    pub serving: u32,
    /// After the senders had ended, with messages in the queues.
    pub draining: u32,
    /// With nothing to do.
    pub idle: u32,
    /// Longest time from a start until the stack served.
    pub slowest_start: Duration,
}

impl Kills {
    /// All of them.
    #[must_use]
    pub fn all(&self) -> u32 {
        self.starting + self.serving + self.draining + self.idle
    }
}

/// A fifth of the kills falls into starts, a fifth into draining, the rest is spread over the sending: after how many
/// accepted events each comes, and how many starts are killed behind it.
pub(super) fn serving_kills(kills: u32, events: u64) -> Vec<(u64, u32)> {
    let serving = kills - kills / 5 * 2;
    // One start was killed at the very beginning.
    let starting = (kills / 5).saturating_sub(1);
    let mut at: Vec<u64> = (0..serving)
        .map(|_| fastrand::u64(..(events * 9 / 10).max(1)))
        .collect();
    at.sort_unstable();
    let mut kills: Vec<(u64, u32)> = at.into_iter().map(|at| (at, 0)).collect();
    for _ in 0..starting {
        let place = fastrand::usize(..kills.len().max(1));
        if let Some((_, starting)) = kills.get_mut(place) {
            *starting += 1;
        }
    }
    kills
}

pub(super) struct Killing<'a> {
    program: &'a Program,
    http: &'a Http,
    tell: watch::Sender<Option<Arc<Addresses>>>,
    watch: &'a Watch,
    proxy: Option<&'a Proxy>,
    stack: Option<Stack>,
    last_start: Duration,
    kills: Kills,
}

impl<'a> Killing<'a> {
    pub(super) fn new(
        program: &'a Program,
        http: &'a Http,
        tell: watch::Sender<Option<Arc<Addresses>>>,
        watch: &'a Watch,
        proxy: Option<&'a Proxy>,
    ) -> Self {
        Self {
            program,
            http,
            tell,
            watch,
            proxy,
            stack: None,
            last_start: FIRST_START,
            kills: Kills::default(),
        }
    }

    /// Starts the stack, after so many starts that are killed before they are through.
    pub(super) async fn start(&mut self, killed: u32) -> Result<(), CrashError> {
        for _ in 0..killed {
            let starting = self.program.spawn()?;
            self.watch.look_at(starting.pid());
            tokio::time::sleep(self.last_start.mul_f64(fastrand::f64())).await;
            starting.kill().await?;
            self.kills.starting += 1;
        }
        // Queues and table are made without faults; what fails there is the emulator's affair and no event's.
        self.be_calm(true);
        let mut starts = 0;
        let stack = loop {
            let began = Instant::now();
            let starting = self.program.spawn()?;
            self.watch.look_at(starting.pid());
            starts += 1;
            match starting.ready(self.http).await {
                Ok(stack) => {
                    self.last_start = began.elapsed();
                    self.kills.slowest_start = self.kills.slowest_start.max(self.last_start);
                    break stack;
                }
                Err(StackError::NoAnswer(_)) if starts < MAX_STARTS => {}
                Err(error) => return Err(error.into()),
            }
        };
        self.be_calm(false);
        self.tell
            .send_replace(Some(Arc::new(stack.addresses.clone())));
        self.stack = Some(stack);
        Ok(())
    }

    pub(super) async fn kill_while_serving(&mut self) -> Result<(), CrashError> {
        tokio::time::sleep(JITTER.mul_f64(fastrand::f64())).await;
        self.kill().await?;
        self.kills.serving += 1;
        Ok(())
    }

    /// Kills the stack while it works through what has been sent.
    pub(super) async fn kill_while_draining(&mut self, kills: u32) -> Result<(), CrashError> {
        for _ in 0..kills / 5 {
            tokio::time::sleep(JITTER.mul_f64(fastrand::f64())).await;
            let left = queues::waiting(self.http, &*self.addresses()?)
                .await
                .unwrap_or(0);
            self.kill().await?;
            if left > 0 {
                self.kills.draining += 1;
            } else {
                self.kills.idle += 1;
            }
            self.start(0).await?;
        }
        Ok(())
    }

    async fn kill(&mut self) -> Result<(), CrashError> {
        if let Some(stack) = self.stack.take() {
            self.watch.look();
            stack.kill().await?;
        }
        // Only now: senders meet a dead stack first, as they would.
        self.tell.send_replace(None);
        Ok(())
    }

    pub(super) fn addresses(&self) -> Result<Arc<Addresses>, CrashError> {
        let stack = self.stack.as_ref();
        let stack = stack.ok_or(StackError::Said("it is not there"))?;
        Ok(Arc::new(stack.addresses.clone()))
    }

    /// Ends the stack at the end of the run.
    pub(super) async fn end(mut self) -> Result<Kills, CrashError> {
        self.kill().await?;
        Ok(self.kills)
    }

    fn be_calm(&self, calm: bool) {
        if let Some(proxy) = self.proxy {
            proxy.be_calm(calm);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kills_are_spread_over_sending_starting_and_draining() {
        let kills = serving_kills(25, 100_000);
        assert_eq!(kills.len(), 15);
        assert_eq!(kills.iter().map(|(_, starting)| starting).sum::<u32>(), 4);
        assert!(kills.is_sorted_by_key(|(at, _)| *at));
        assert!(kills.iter().all(|(at, _)| *at < 90_000));
        // With one start at the very beginning and a fifth while draining.
        assert_eq!(15 + 4 + 1 + 25 / 5, 25);
    }
}
