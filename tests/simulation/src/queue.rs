//! The queues: at least once, in any order, with visibility timeouts, receive counts, and a dead-letter queue.

use std::collections::BTreeMap;

use fastrand::Rng;

/// A message.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    /// What the sender sent.
    pub body: String,
    /// The message attributes, by name.
    pub attributes: BTreeMap<String, String>,
    /// When the queue got it.
    pub sent_ms: i64,
    /// How often it was received.
    pub receives: u32,
    visible_ms: i64,
}

/// A message in a worker's hands.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    /// The queue's id of it, and the message.
    pub id: u64,
    /// As it was when it was received.
    pub message: Message,
}

/// A queue and its dead-letter queue.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    /// How often a message is received before it lies in the dead-letter queue; `None` where there is none.
    most_receives: Option<u32>,
    messages: BTreeMap<u64, Message>,
    dead: BTreeMap<u64, Message>,
    sent: u64,
}

impl Queue {
    /// An empty one.
    #[must_use]
    pub(crate) fn new(most_receives: Option<u32>) -> Self {
        Self {
            most_receives,
            ..Self::default()
        }
    }

    /// Puts a message in.
    pub(crate) fn send(&mut self, body: String, attributes: BTreeMap<String, String>, now_ms: i64) {
        self.sent += 1;
        let message = Message {
            body,
            attributes,
            sent_ms: now_ms,
            receives: 0,
            visible_ms: now_ms,
        };
        self.messages.insert(self.sent, message);
    }

    /// Takes up to `most` visible messages in any order, each invisible for a while then. Returns how many had been
    /// received too often and lie in the dead-letter queue now.
    pub(crate) fn receive(
        &mut self,
        most: usize,
        now_ms: i64,
        invisible_ms: i64,
        rng: &mut Rng,
    ) -> (Vec<Received>, u64) {
        let visible = |message: &&Message| message.visible_ms <= now_ms;
        let worn: Vec<u64> = self
            .messages
            .iter()
            .filter(|(_, message)| visible(message) && self.is_worn(message))
            .map(|(id, _)| *id)
            .collect();
        for id in &worn {
            if let Some(message) = self.messages.remove(id) {
                self.dead.insert(*id, message);
            }
        }
        let mut ids: Vec<u64> = self
            .messages
            .iter()
            .filter(|(_, message)| visible(message))
            .map(|(id, _)| *id)
            .collect();
        rng.shuffle(&mut ids);
        ids.truncate(most);
        let mut received = Vec::new();
        for id in ids {
            if let Some(message) = self.messages.get_mut(&id) {
                message.receives += 1;
                message.visible_ms = now_ms + invisible_ms;
                received.push(Received {
                    id,
                    message: message.clone(),
                });
            }
        }
        (received, worn.len() as u64)
    }

    fn is_worn(&self, message: &Message) -> bool {
        let most = self.most_receives;
        most.is_some_and(|most| message.receives >= most)
    }

    /// When the next message is visible; a time that has passed where one is.
    #[must_use]
    pub(crate) fn next_visible_ms(&self) -> Option<i64> {
        let visible = self.messages.values().map(|message| message.visible_ms);
        visible.min()
    }

    /// Makes a message visible, whoever has it.
    pub(crate) fn show(&mut self, id: u64, now_ms: i64) {
        if let Some(message) = self.messages.get_mut(&id) {
            message.visible_ms = now_ms;
        }
    }

    /// Removes a message.
    pub(crate) fn delete(&mut self, id: u64) {
        self.messages.remove(&id);
    }

    /// Sends back what lies in the dead-letter queue, as new messages; how many.
    pub(crate) fn redrive(&mut self, now_ms: i64) -> u64 {
        let dead = std::mem::take(&mut self.dead);
        let count = dead.len() as u64;
        for message in dead.into_values() {
            self.send(message.body, message.attributes, now_ms);
        }
        count
    }

    /// How many messages are in the queue, visible or not, and in its dead-letter queue.
    #[must_use]
    pub(crate) fn depth(&self) -> (usize, usize) {
        (self.messages.len(), self.dead.len())
    }

    /// All messages.
    pub(crate) fn messages(&self) -> impl Iterator<Item = &Message> {
        self.messages.values()
    }
}
