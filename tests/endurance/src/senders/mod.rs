//! Senders as providers are: each sends what its plan says, proves it as its provider would, and repeats a delivery with
//! the same ids until an answer says yes.

pub mod poison;
mod queue;
mod says;
mod webhook;
mod widget;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::watch;

use crate::http::{Http, NoAnswer};
use crate::ledger::Ledger;
use crate::plan::{Channel, Plan};
use crate::stack::Addresses;

pub use queue::{Outgoing, Received, depth, put, receive, remove};
pub use says::number_of;

/// How long a sender waits before it repeats a delivery, at first and at most. Providers wait longer; what counts here is
/// that they come again.
const FIRST_PAUSE: Duration = Duration::from_millis(40);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// How often a delivery is tried before the run is given up: an hour's worth.
const MAX_TRIES: u32 = 3_600;
/// Of so many deliveries, one is sent once more after it was accepted, as providers do that missed the answer.
const AGAIN_ONE_IN: u64 = 50;
/// Of so many calls of a telephone system, one belongs to a system that pushes once and never again.
const ONCE_ONE_IN: u64 = 40;

/// Why a delivery was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// Nobody answered.
    #[error("no answer")]
    NoAnswer(#[from] NoAnswer),
    /// The answer was no.
    #[error("the answer was {0}")]
    Status(u16),
    /// The answer cannot be understood.
    #[error("the answer is not understood: {0}")]
    Answer(&'static str),
    /// It cannot be signed.
    #[error("the delivery cannot be signed")]
    Sign(#[from] signatures::SignError),
    /// There is no such source.
    #[error("{0} is no source with a webhook")]
    Source(&'static str),
}

/// Why a sender gave up, which fails the run.
#[derive(Debug, thiserror::Error)]
pub enum SenderError {
    /// Its delivery was not accepted in very many tries.
    #[error("a delivery of {channel} was not accepted in {MAX_TRIES} tries")]
    GaveUp {
        /// By which way it came.
        channel: &'static str,
        /// Why not, the last time.
        #[source]
        source: NotTaken,
    },
    /// Nobody tells any more where the stack is.
    #[error("nobody says where the stack is")]
    NoStack,
}

/// Where the stack is now; nothing while there is none.
pub type Whereabouts = watch::Receiver<Option<Arc<Addresses>>>;

/// Waits for a stack.
///
/// # Errors
/// When there never will be one.
pub async fn stack(whereabouts: &mut Whereabouts) -> Result<Arc<Addresses>, SenderError> {
    let found = whereabouts.wait_for(Option::is_some).await;
    let found = found.map_err(|_| SenderError::NoStack)?;
    found.clone().ok_or(SenderError::NoStack)
}

/// The senders of one channel share this: which delivery is next.
#[derive(Debug)]
pub struct Senders {
    /// What they send.
    pub plan: Arc<Plan>,
    /// What they know.
    pub ledger: Arc<Ledger>,
    /// What they send by.
    pub http: Http,
    channel: Channel,
    next: AtomicU64,
}

impl Senders {
    /// Those of one channel.
    #[must_use]
    pub fn new(plan: Arc<Plan>, ledger: Arc<Ledger>, http: Http, channel: Channel) -> Self {
        let next = AtomicU64::new(plan.numbers(channel).start);
        Self {
            plan,
            ledger,
            http,
            channel,
            next,
        }
    }

    /// One sender: takes deliveries until there are no more. Several run at the same time, so that the steps of one
    /// conversation overtake each other.
    ///
    /// # Errors
    /// When a delivery is never accepted.
    pub async fn run(&self, mut whereabouts: Whereabouts) -> Result<(), SenderError> {
        while let Some(numbers) = self.take() {
            let mut delivery = Delivery::default();
            self.repeat(&mut delivery, &numbers, &mut whereabouts)
                .await?;
            if fastrand::u64(..AGAIN_ONE_IN) == 0 {
                self.repeat(&mut delivery, &numbers, &mut whereabouts)
                    .await?;
            }
        }
        Ok(())
    }

    /// The numbers of the next delivery.
    fn take(&self) -> Option<Vec<u64>> {
        let numbers = self.plan.numbers(self.channel);
        let together = self.channel.together();
        let start = self.next.fetch_add(together, Ordering::Relaxed);
        let taken: Vec<u64> = (start..(start + together).min(numbers.end)).collect();
        (!taken.is_empty()).then_some(taken)
    }

    async fn repeat(
        &self,
        delivery: &mut Delivery,
        numbers: &[u64],
        whereabouts: &mut Whereabouts,
    ) -> Result<(), SenderError> {
        let mut pause = FIRST_PAUSE;
        let mut left = numbers.to_vec();
        let mut tries = 0;
        loop {
            let to = stack(whereabouts).await?;
            self.ledger.sending(&left);
            let taken = self.deliver(delivery, &left, &to).await;
            tries += 1;
            let refused = match taken {
                Ok(taken) => {
                    self.ledger.accepted(&taken);
                    left.retain(|number| !taken.contains(number));
                    if left.is_empty() {
                        return Ok(());
                    }
                    NotTaken::Answer("a part of the batch failed")
                }
                Err(refused) => refused,
            };
            self.ledger.failed();
            if self.gives_up(numbers) {
                return Ok(());
            }
            if tries >= MAX_TRIES {
                return Err(SenderError::GaveUp {
                    channel: self.channel.name(),
                    source: refused,
                });
            }
            tokio::time::sleep(pause.mul_f64(0.5 + fastrand::f64())).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Whether it is a system's that pushes once: what is not taken then may be in or not.
    fn gives_up(&self, numbers: &[u64]) -> bool {
        let first = numbers.first().copied().unwrap_or_default();
        self.channel == Channel::Cti && first % ONCE_ONE_IN == 0
    }

    /// Tries once. Gives those that were accepted.
    ///
    /// # Errors
    /// When none were for certain.
    pub async fn deliver(
        &self,
        delivery: &mut Delivery,
        numbers: &[u64],
        to: &Addresses,
    ) -> Result<Vec<u64>, NotTaken> {
        let all = || numbers.to_vec();
        match self.channel {
            Channel::Cti => {
                let body = says::cti(&self.plan, numbers);
                let kind = "application/x-www-form-urlencoded";
                webhook::post(&self.http, to, "cti", kind, body).await?;
                Ok(all())
            }
            Channel::CloudEvents => {
                let body = says::cloudevents(&self.plan, numbers);
                let kind = "application/cloudevents-batch+json";
                webhook::post(&self.http, to, "cloudevents", kind, body).await?;
                Ok(all())
            }
            Channel::WhatsApp => {
                let body = says::whatsapp(&self.plan, numbers);
                webhook::post(&self.http, to, "whatsapp", "application/json", body).await?;
                Ok(all())
            }
            Channel::Connect => {
                let bodies = numbers
                    .iter()
                    .map(|number| says::connect(&self.plan, *number));
                let queue = to.queue("call-events");
                let taken = put(&self.http, queue, bodies).await?;
                Ok(taken
                    .into_iter()
                    .filter_map(|place| numbers.get(place).copied())
                    .collect())
            }
            Channel::Widget => {
                let events = says::widget(&self.plan, numbers);
                widget::tell(&self.http, to, &mut delivery.token, events).await?;
                Ok(all())
            }
        }
    }
}

/// What a sender keeps from one try of a delivery to the next.
#[derive(Debug, Default)]
pub struct Delivery {
    /// The token of the widget's session: an event counts once within one.
    token: Option<String>,
}
