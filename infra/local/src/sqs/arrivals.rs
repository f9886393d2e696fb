//! Wakes long polls when something becomes receivable in their queue.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

/// The long polls of each queue.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    queues: Mutex<HashMap<i64, watch::Sender<()>>>,
}

impl Arrivals {
    /// Hears every later announcement for this queue.
    pub(super) fn listen(&self, queue: i64) -> watch::Receiver<()> {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        queues
            .entry(queue)
            .or_insert_with(|| watch::Sender::new(()))
            .subscribe()
    }

    /// Tells those who listen to this queue to look.
    pub(super) fn announce(&self, queue: i64) {
        let queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = queues.get(&queue) {
            sender.send_replace(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_announcement_is_heard_in_its_queue_only() {
        let arrivals = Arrivals::default();
        let (one, two) = (arrivals.listen(1), arrivals.listen(2));
        arrivals.announce(1);
        assert!(one.has_changed().unwrap());
        assert!(!two.has_changed().unwrap());
    }
}
