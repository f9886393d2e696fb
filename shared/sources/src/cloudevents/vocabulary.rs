//! The table of the vocabulary: what can happen, in which channels, and how it is read.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;
use timeline::{
    Acted, Bounced, Business, CallRecord, Channel, Ended, Fact, Place, Reached, StatusChange,
    Timestamp, Updated, Viewed, WrapUp,
};

use crate::cloudevents::TYPE_PREFIX;
use crate::cloudevents::decode::decode;
use crate::cloudevents::facts::{
    self, MailInput, MessageInput, NoteInput, PromiseEndedInput, PromisedInput, RecordVersion,
    ScoredInput, StartedInput,
};
use crate::reading::Rejection;

use Channel::{Call, Chat, Contract, Email, Invoice, Survey, Task, Web};

/// One thing that can happen: the last part of the type `cornerstore.<channel>.<kind>`.
pub struct Word {
    /// Its name, which is that of the timeline's fact; `identify` is an update.
    pub kind: &'static str,
    /// What it says.
    pub meaning: &'static str,
    /// The channels in which it can happen.
    pub channels: &'static [Channel],
    /// Reads the fact from the event's `data`.
    pub(super) read: fn(&Value, Channel) -> Result<Fact, Rejection>,
    /// Schemas of what `data` holds beside what every event holds.
    pub(super) schemas: fn(&mut SchemaGenerator) -> Vec<Schema>,
}

const CONVERSATIONS: &[Channel] = &[Call, Chat, Email, Task];
/// What can be in dispute is settled like a conversation.
const SETTLED: &[Channel] = &[Call, Chat, Email, Task, Contract, Invoice];

/// All of it.
pub const VOCABULARY: &[Word] = &[
    Word {
        kind: "started",
        meaning: "The interaction began: a telephone rings, a chat is opened, a task is given.",
        channels: &[Call, Chat, Task],
        read: |data, channel| Ok(facts::started(decode::<StartedInput>(data)?, channel)),
        schemas: only::<StartedInput>,
    },
    Word {
        kind: "queued",
        meaning: "It waits in a queue for an agent.",
        channels: CONVERSATIONS,
        read: |data, _| Ok(Fact::Queued(facts::place(decode(data)?))),
        schemas: only::<Place>,
    },
    Word {
        kind: "answered",
        meaning: "An agent took it.",
        channels: CONVERSATIONS,
        read: |data, _| Ok(Fact::Answered(facts::place(decode(data)?))),
        schemas: only::<Place>,
    },
    Word {
        kind: "held",
        meaning: "The agent put the customer on hold.",
        channels: &[Call],
        read: |_, _| Ok(Fact::Held),
        schemas: |_| Vec::new(),
    },
    Word {
        kind: "resumed",
        meaning: "The agent is back.",
        channels: &[Call],
        read: |_, _| Ok(Fact::Resumed),
        schemas: |_| Vec::new(),
    },
    Word {
        kind: "ended",
        meaning: "It is over.",
        channels: &[Call, Chat, Web, Task],
        read: |data, _| Ok(facts::ended(decode(data)?)),
        schemas: only::<Ended>,
    },
    Word {
        kind: "record",
        meaning: "The system's own record of the whole conversation, sent again whenever it changes; \
                  the newest version counts.",
        channels: &[Call, Chat],
        read: |data, _| {
            decode::<RecordVersion>(data)?;
            Ok(facts::record(decode::<CallRecord>(data)?))
        },
        schemas: |generator| {
            vec![
                generator.subschema_for::<RecordVersion>(),
                generator.subschema_for::<CallRecord>(),
            ]
        },
    },
    Word {
        kind: "message",
        meaning: "Somebody wrote a message.",
        channels: &[Chat],
        read: |data, _| Ok(facts::message(decode::<MessageInput>(data)?)),
        schemas: only::<MessageInput>,
    },
    Word {
        kind: "mail",
        meaning: "An email of the thread, from the customer or from the company.",
        channels: &[Email],
        read: |data, _| Ok(facts::mail(decode::<MailInput>(data)?)),
        schemas: only::<MailInput>,
    },
    Word {
        kind: "bounced",
        meaning: "An email or a message to the customer could not be delivered, or was reported as spam by its \
                  receiver.",
        channels: &[Email, Chat],
        read: |data, _| Ok(facts::bounced(decode::<Bounced>(data)?)),
        schemas: only::<Bounced>,
    },
    Word {
        kind: "reached",
        meaning: "An email or a message reached the customer: delivered, opened, read, a link in it followed.",
        channels: &[Email, Chat],
        read: |data, _| Ok(facts::reached(decode::<Reached>(data)?)),
        schemas: only::<Reached>,
    },
    Word {
        kind: "status",
        meaning: "Somebody opened, paused or closed the conversation, or marked it as a complaint.",
        channels: SETTLED,
        read: |data, _| Ok(facts::status(decode(data)?)),
        schemas: only::<StatusChange>,
    },
    Word {
        kind: "viewed",
        meaning: "The customer looked at a page. One visit is one interaction, with the session's id as its \
                  key. The address is kept without its query and fragment.",
        channels: &[Web],
        read: |data, _| Ok(facts::viewed(decode(data)?)),
        schemas: only::<Viewed>,
    },
    Word {
        kind: "acted",
        meaning: "The customer did something on a website or in an app, such as `Checkout Failed`.",
        channels: &[Web],
        read: |data, _| Ok(facts::acted(decode::<Acted>(data)?)),
        schemas: only::<Acted>,
    },
    Word {
        kind: "sent",
        meaning: "A contract was sent to the customer to sign, or an invoice to pay.",
        channels: &[Contract, Invoice],
        read: |data, _| Ok(Fact::Sent(facts::business(decode(data)?)?)),
        schemas: only::<Business>,
    },
    Word {
        kind: "signed",
        meaning: "The customer signed.",
        channels: &[Contract],
        read: |data, _| Ok(Fact::Signed(facts::business(decode(data)?)?)),
        schemas: only::<Business>,
    },
    Word {
        kind: "paid",
        meaning: "The customer paid.",
        channels: &[Invoice],
        read: |data, _| Ok(Fact::Paid(facts::business(decode(data)?)?)),
        schemas: only::<Business>,
    },
    Word {
        kind: "failed",
        meaning: "A payment was tried and failed; the money is still owed.",
        channels: &[Invoice],
        read: |data, _| Ok(Fact::Failed(facts::business(decode(data)?)?)),
        schemas: only::<Business>,
    },
    Word {
        kind: "declined",
        meaning: "The customer has said no: will not sign.",
        channels: &[Contract],
        read: |data, _| Ok(Fact::Declined(facts::business(decode(data)?)?)),
        schemas: only::<Business>,
    },
    Word {
        kind: "voided",
        meaning: "The company took it back, or it ran out.",
        channels: &[Contract, Invoice],
        read: |data, _| Ok(Fact::Voided(facts::business(decode(data)?)?)),
        schemas: only::<Business>,
    },
    Word {
        kind: "refunded",
        meaning: "The company gave money back.",
        channels: &[Invoice],
        read: |data, _| Ok(Fact::Refunded(facts::business(decode(data)?)?)),
        schemas: only::<Business>,
    },
    Word {
        kind: "disputed",
        meaning: "The customer disputes a payment at the bank. Counts as a complaint until it is settled.",
        channels: &[Invoice],
        read: |data, _| Ok(Fact::Disputed(facts::business(decode(data)?)?)),
        schemas: only::<Business>,
    },
    Word {
        kind: "scored",
        meaning: "The customer answered a survey.",
        channels: &[Survey],
        read: |data, _| Ok(facts::scored(decode::<ScoredInput>(data)?)),
        schemas: only::<ScoredInput>,
    },
    Word {
        kind: "wrap_up",
        meaning: "An agent wrapped up: how it ended, and whether it was a complaint.",
        channels: CONVERSATIONS,
        read: |data, _| Ok(facts::wrap_up(decode::<WrapUp>(data)?)),
        schemas: only::<WrapUp>,
    },
    Word {
        kind: "note",
        meaning: "An agent wrote a note.",
        channels: &Channel::ALL,
        read: |data, _| Ok(facts::note(decode::<NoteInput>(data)?)),
        schemas: only::<NoteInput>,
    },
    Word {
        kind: "identify",
        meaning: "More became known of who the customer is: the customer, with `claims` and `traits`. It is kept as an \
                  update.",
        channels: &Channel::ALL,
        read: |data, _| Ok(facts::updated(decode::<Updated>(data)?)),
        schemas: only::<Updated>,
    },
    Word {
        kind: "promised",
        meaning: "The company promised something: to call back, to give money back, to write. A callback that the \
                  customer asks for in a menu is one. It is in view until it is kept or taken back.",
        channels: &Channel::ALL,
        read: |data, _| Ok(facts::promised(decode::<PromisedInput>(data)?)),
        schemas: only::<PromisedInput>,
    },
    Word {
        kind: "promise_ended",
        meaning: "A promise was kept, such as by the call that was asked for, or taken back.",
        channels: &Channel::ALL,
        read: |data, _| Ok(facts::promise_ended(decode::<PromiseEndedInput>(data)?)),
        schemas: only::<PromiseEndedInput>,
    },
    Word {
        kind: "updated",
        meaning: "More became known without a change of state: who the customer is, attributes.",
        channels: &Channel::ALL,
        read: |data, _| Ok(facts::updated(decode::<Updated>(data)?)),
        schemas: only::<Updated>,
    },
];

impl Word {
    /// The CloudEvents type of this word in a channel.
    #[must_use]
    pub fn type_in(&self, channel: Channel) -> String {
        format!("{TYPE_PREFIX}{}.{}", channel.name(), self.kind)
    }

    /// The version that a record carries; other facts have none.
    pub(super) fn version(&self, data: &Value) -> Result<Option<Timestamp>, Rejection> {
        if self.kind == "record" {
            decode::<RecordVersion>(data).map(|record| Some(record.version))
        } else {
            Ok(None)
        }
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind)
    }
}

/// The word and channel of a type; `None` when the type is of somebody else's vocabulary.
pub(super) fn find(event_type: &str) -> Result<Option<(&'static Word, Channel)>, Rejection> {
    let unknown = || Rejection::malformed("type", "is not in the vocabulary");
    let Some(rest) = event_type.strip_prefix(TYPE_PREFIX) else {
        // A type of ours in other letters is a mistake to be told of, not another's event to be passed over.
        let ours = event_type
            .get(..TYPE_PREFIX.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(TYPE_PREFIX));
        return if ours { Err(unknown()) } else { Ok(None) };
    };
    let (channel, kind) = rest.split_once('.').ok_or_else(unknown)?;
    let channel = Channel::ALL
        .into_iter()
        .find(|known| known.name() == channel)
        .ok_or_else(unknown)?;
    let word = VOCABULARY
        .iter()
        .find(|word| word.kind == kind)
        .ok_or_else(unknown)?;
    if !word.channels.contains(&channel) {
        return Err(Rejection::malformed(
            "type",
            "names what cannot happen in its channel",
        ));
    }
    Ok(Some((word, channel)))
}

fn only<T: JsonSchema>(generator: &mut SchemaGenerator) -> Vec<Schema> {
    vec![generator.subschema_for::<T>()]
}
