//! A walk through a queue that loses nothing: what is taken is hidden from others for a while, and put back at the end.
//! A walk that is broken off gives everything back by itself when that while is over.

use std::collections::{BTreeMap, HashSet};

use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, Message, MessageAttributeValue,
    MessageSystemAttributeName, QueueAttributeName,
};
use timeline::Timestamp;

use super::super::reach::{QUARANTINE, Queues};
use crate::cli::CliError;
use crate::plainly::plainly;

/// Most messages that one command looks at.
pub(super) const MAX_LOOKED_AT: usize = 10_000;
/// How long what is taken is hidden from others, in seconds.
const HIDDEN: i32 = 300;
/// Most messages of one request, as SQS has it.
const BATCH: i32 = 10;
/// How long SQS looks for messages on all of its servers, in seconds: without, it looks on some only.
const WAIT: i32 = 1;
/// How often in a row only what was seen before may come.
const MAX_REPEATS: usize = 50;
/// Most requests of one walk.
const MAX_REQUESTS: usize = 4 * MAX_LOOKED_AT;

/// A message that was set aside.
pub(super) struct Aside {
    pub(super) id: String,
    pub(super) body: String,
    pub(super) attributes: BTreeMap<String, MessageAttributeValue>,
    pub(super) group: Option<String>,
    pub(super) sent_at: Option<Timestamp>,
    pub(super) first_received_at: Option<Timestamp>,
    pub(super) receives: String,
    pub(super) receipt: String,
}

impl Aside {
    /// What an attribute says.
    pub(super) fn said(&self, name: &str) -> Option<&str> {
        self.attributes.get(name)?.string_value()
    }
}

/// A walk through one queue, each message once.
pub(super) struct Walk<'a> {
    queues: &'a Queues,
    name: String,
    url: String,
    seen: HashSet<String>,
    /// What this command has sent, and how much of it came back here.
    sent: HashSet<String>,
    returned: usize,
    held: BTreeMap<String, String>,
    /// How many messages the queue said to have when the walk began, and how many this command has deleted.
    began_with: usize,
    deleted: usize,
    requests: usize,
    cut: bool,
}

impl<'a> Walk<'a> {
    pub(super) async fn through(queues: &'a Queues, name: &str) -> Result<Self, CliError> {
        let mut walk = Self {
            queues,
            name: name.to_owned(),
            url: queues.url(name).await?,
            seen: HashSet::new(),
            sent: HashSet::new(),
            returned: 0,
            held: BTreeMap::new(),
            began_with: 0,
            deleted: 0,
            requests: 0,
            cut: false,
        };
        walk.began_with = walk.depth().await?;
        Ok(walk)
    }

    /// How many messages the queue says to have, those included that somebody has taken.
    async fn depth(&self) -> Result<usize, CliError> {
        let names = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        ];
        let asked = self
            .queues
            .client
            .get_queue_attributes()
            .queue_url(&self.url);
        let asked = asked.set_attribute_names(Some(names.to_vec())).send().await;
        let told = asked.map_err(|error| self.queues.failed(&self.name, &error))?;
        let told = told.attributes.unwrap_or_default();
        let numbers = names.iter().filter_map(|name| told.get(name)?.parse().ok());
        Ok(numbers.fold(0, usize::saturating_add))
    }

    /// How many messages the queue has that this walk was not given: somebody has taken them, or SQS did not find them
    /// yet. To be asked before what is held is given back.
    pub(super) async fn missed(&self) -> Result<usize, CliError> {
        self.beyond(self.seen.len(), self.held.len()).await
    }

    /// How many messages the queue has left.
    pub(super) async fn left(&self) -> Result<usize, CliError> {
        self.beyond(self.deleted, 0).await
    }

    /// How many more there are than are known of. SQS's counts follow what happens within a minute, so that only what
    /// it says both before the walk and after it is believed.
    async fn beyond(&self, known: usize, held: usize) -> Result<usize, CliError> {
        let before = self.began_with.saturating_sub(known);
        if before == 0 {
            return Ok(0);
        }
        let after = self.depth().await?.saturating_sub(held);
        Ok(before.min(after))
    }

    /// The next messages that were not seen before; none at the end, which is where nothing at all comes. They are held
    /// until they are done with.
    pub(super) async fn next(&mut self) -> Result<Vec<Aside>, CliError> {
        let mut repeats = 0;
        while repeats < MAX_REPEATS
            && self.seen.len() < MAX_LOOKED_AT
            && self.requests < MAX_REQUESTS
        {
            self.requests += 1;
            let taken = self.take().await?;
            if taken.is_empty() {
                return Ok(Vec::new());
            }
            let seen = self.seen.len();
            let fresh = self.note(taken);
            if !fresh.is_empty() {
                return Ok(fresh);
            }
            if self.seen.len() == seen {
                repeats += 1;
            } else {
                repeats = 0;
            }
        }
        self.cut = true;
        Ok(Vec::new())
    }

    /// Notes what was taken, and says what of it is new here.
    fn note(&mut self, taken: Vec<Message>) -> Vec<Aside> {
        let mut fresh = Vec::new();
        for message in taken.into_iter().filter_map(aside) {
            // What comes again was hidden for too long, and is held under its new receipt.
            self.held
                .insert(message.id.clone(), message.receipt.clone());
            if !self.seen.insert(message.id.clone()) {
                continue;
            }
            // A dead letter keeps its id. What is refused gets another one, and the stack writes which it had.
            let had = message.said("message_id");
            let had = had.filter(|_| self.name == QUARANTINE);
            let ids = [Some(message.id.as_str()), had];
            if ids.into_iter().flatten().any(|id| self.sent.contains(id)) {
                self.returned += 1;
            } else {
                fresh.push(message);
            }
        }
        fresh
    }

    /// Says so where the queue has more than was looked at: the walk ended before it, or these were not given.
    pub(super) fn tell_rest(&self, missed: usize) {
        let name = &self.name;
        if self.cut {
            let about = self.began_with.max(self.seen.len());
            anstream::println!(
                "{name}: and more, which were not looked at, about {about} in all; call again"
            );
        } else if missed > 0 {
            let are = if missed == 1 { "is" } else { "are" };
            anstream::println!(
                "{name}: {missed} more {are} hidden or not given yet; call again in a few minutes"
            );
        }
    }

    /// Whether all that the queue has was looked at.
    pub(super) fn is_whole(&self, missed: usize) -> bool {
        !self.cut && missed == 0
    }

    /// Notes what this command has sent: should it fail again and come here before the end, it would go round without
    /// one.
    pub(super) fn note_sent(&mut self, id: String) {
        self.sent.insert(id);
    }

    /// How much of what was sent is here again.
    pub(super) fn returned(&self) -> usize {
        self.returned
    }

    /// Deletes a message that was taken.
    pub(super) async fn delete(&mut self, message: &Aside) -> Result<(), CliError> {
        let delete = self.queues.client.delete_message().queue_url(&self.url);
        let deleted = delete.receipt_handle(&message.receipt).send().await;
        deleted.map_err(|error| self.queues.failed(&self.name, &error))?;
        self.held.remove(&message.id);
        self.deleted += 1;
        Ok(())
    }

    /// Puts back what is held. What cannot be put back comes back by itself.
    pub(super) async fn give_back(&mut self) {
        let held: Vec<_> = std::mem::take(&mut self.held).into_values().collect();
        for receipts in held.chunks(BATCH.unsigned_abs() as usize) {
            let entries = receipts.iter().enumerate().filter_map(|(place, receipt)| {
                ChangeMessageVisibilityBatchRequestEntry::builder()
                    .id(place.to_string())
                    .receipt_handle(receipt)
                    .visibility_timeout(0)
                    .build()
                    .ok()
            });
            let change = self.queues.client.change_message_visibility_batch();
            let change = change
                .queue_url(&self.url)
                .set_entries(Some(entries.collect()));
            if let Err(error) = change.send().await {
                let name = &self.name;
                let why = plainly(&error);
                anstream::eprintln!("{name}: some messages come back in {HIDDEN} s only: {why}");
            }
        }
    }

    async fn take(&self) -> Result<Vec<Message>, CliError> {
        let receive = self.queues.client.receive_message().queue_url(&self.url);
        let received = receive
            .max_number_of_messages(BATCH)
            .visibility_timeout(HIDDEN)
            .wait_time_seconds(WAIT)
            .message_attribute_names("All")
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .send()
            .await;
        let received = received.map_err(|error| self.queues.failed(&self.name, &error))?;
        Ok(received.messages.unwrap_or_default())
    }
}

fn aside(message: Message) -> Option<Aside> {
    let system = message.attributes.unwrap_or_default();
    let time = |name| {
        let millis = system.get(&name)?.parse().ok()?;
        Timestamp::from_millis(millis).ok()
    };
    Some(Aside {
        id: message.message_id?,
        receipt: message.receipt_handle?,
        body: message.body.unwrap_or_default(),
        attributes: message
            .message_attributes
            .unwrap_or_default()
            .into_iter()
            .collect(),
        group: system
            .get(&MessageSystemAttributeName::MessageGroupId)
            .cloned(),
        sent_at: time(MessageSystemAttributeName::SentTimestamp),
        first_received_at: time(MessageSystemAttributeName::ApproximateFirstReceiveTimestamp),
        receives: system
            .get(&MessageSystemAttributeName::ApproximateReceiveCount)
            .cloned()
            .unwrap_or_default(),
    })
}
