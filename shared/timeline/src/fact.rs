//! What an event says: the vocabulary that every source is translated into, and that `cornerstore.*` CloudEvents
//! are written in.

mod failure;
mod record;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use record::CallRecord;

use crate::personal::{Personal, Text};
use crate::promise::{Promise, PromiseEnded};
use crate::time::Timestamp;

/// Most attributes of a contact record that are kept.
pub const MAX_ATTRIBUTES: usize = 64;
/// Most attachments of one message that are listed.
pub const MAX_ATTACHMENTS: usize = 50;

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fact {
    /// The interaction began.
    Started(Started),
    /// It waits in a queue for an agent.
    Queued(Place),
    /// An agent took it.
    Answered(Place),
    /// The agent put the customer on hold.
    Held,
    /// The agent is back.
    Resumed,
    /// It is over.
    Ended(Ended),
    /// A system's own record of the whole call, sent again when it changes; the newest version counts.
    Record(Box<CallRecord>),
    /// Somebody wrote a message in a chat.
    Message(Message),
    /// An email of the thread.
    Mail(Box<Mail>),
    /// An email or a message to the customer could not be delivered, or was reported as spam by its receiver.
    Bounced(Bounced),
    /// An email or a message reached the customer: delivered, read, opened, a link in it followed.
    Reached(Reached),
    /// Somebody opened, paused or closed the conversation.
    Status(StatusChange),
    /// The customer looked at a page.
    Viewed(Viewed),
    /// The customer did something on a website or in an app, such as `Checkout Failed`.
    Acted(Acted),
    /// Something was sent to the customer to sign or to pay.
    Sent(Business),
    /// The customer signed.
    Signed(Business),
    /// The customer paid.
    Paid(Business),
    /// A payment was tried and failed; the money is still owed.
    Failed(Business),
    /// The customer has said no: will not sign.
    Declined(Business),
    /// The company took it back, or it ran out.
    Voided(Business),
    /// The company gave money back.
    Refunded(Business),
    /// The customer disputes a payment at the bank. Counts as a complaint until it is settled.
    Disputed(Business),
    /// The customer answered a survey.
    Scored(Scored),
    /// An agent wrapped up: how it ended, and whether it was a complaint.
    WrapUp(WrapUp),
    /// An agent wrote a note.
    Note(Note),
    /// The company promised something: to call back, to give money back.
    Promised(Promise),
    /// A promise was kept or taken back.
    PromiseEnded(PromiseEnded),
    /// The source said more about the interaction without changing its state: who the customer is, attributes.
    Updated(Updated),
}

impl Fact {
    /// Its name in the vocabulary.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Started(_) => "started",
            Self::Queued(_) => "queued",
            Self::Answered(_) => "answered",
            Self::Held => "held",
            Self::Resumed => "resumed",
            Self::Ended(_) => "ended",
            Self::Record(_) => "record",
            Self::Message(_) => "message",
            Self::Mail(_) => "mail",
            Self::Bounced(_) => "bounced",
            Self::Reached(_) => "reached",
            Self::Status(_) => "status",
            Self::Viewed(_) => "viewed",
            Self::Acted(_) => "acted",
            Self::Sent(_) => "sent",
            Self::Signed(_) => "signed",
            Self::Paid(_) => "paid",
            Self::Failed(_) => "failed",
            Self::Declined(_) => "declined",
            Self::Voided(_) => "voided",
            Self::Refunded(_) => "refunded",
            Self::Disputed(_) => "disputed",
            Self::Scored(_) => "scored",
            Self::WrapUp(_) => "wrap_up",
            Self::Note(_) => "note",
            Self::Promised(_) => "promised",
            Self::PromiseEnded(_) => "promise_ended",
            Self::Updated(_) => "updated",
        }
    }

    /// Whether a conversation usually begins with such a fact, so that guessing that it is new saves a read.
    #[must_use]
    pub fn opens(&self) -> bool {
        matches!(
            self,
            Self::Started(_) | Self::Mail(_) | Self::Viewed(_) | Self::Sent(_) | Self::Scored(_)
        )
    }
}

/// What the customer meets first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Opening {
    /// A telephone or a widget rings at an agent.
    #[default]
    Ringing,
    /// A menu or bot serves the customer; no agent is asked for yet.
    Ivr,
    /// A conversation without ringing: a chat, a task.
    Open,
}

/// The interaction began.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Started {
    /// What the customer meets first.
    #[serde(default)]
    pub opening: Opening,
    /// How it came about in the source's own words, such as `TRANSFER`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initiation: Option<String>,
    /// The queue or the number that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Personal>,
    /// Agents or devices at which it rings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ringing: Vec<String>,
}

/// Where in the company an interaction is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// The queue's name, or its id where only that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// The agent's name, or the id where only that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
}

/// It is over.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ended {
    /// The reason in the source's own words, such as `normalClearing` or `CUSTOMER_DISCONNECT`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// Whether it went on elsewhere, so that the customer did not give up.
    #[serde(default, skip_serializing_if = "is_false")]
    pub forwarded: bool,
}

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The customer.
    Customer,
    /// An agent.
    Agent,
    /// The system or a bot.
    System,
}

/// A message in a chat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Message {
    /// Who wrote it.
    pub author: Author,
    /// The author's name as shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Personal>,
    /// What was written.
    #[serde(default)]
    pub text: Text,
    /// Whether only agents may see it. Never shown as the customer's words.
    #[serde(default, skip_serializing_if = "is_false")]
    pub private: bool,
    /// Files that came with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
}

/// A file that came with a message: never its content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Attachment {
    /// Its name as the sender wrote it.
    pub name: Personal,
    /// Its size in bytes, decoded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Its media type as the sender claims.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
}

/// An email of a thread.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Mail {
    /// Whether the company sent it; else the customer did.
    #[serde(default, skip_serializing_if = "is_false")]
    pub outbound: bool,
    /// Its subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Personal>,
    /// Its text, from the HTML part when there is no text part; `None` when only headers came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Text>,
    /// Its Message-ID without the angle brackets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// To whom it was sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<Personal>,
    /// Files that came with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// Where the whole mail is kept, such as `s3://bucket/key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Personal>,
    /// Whether a machine wrote it (an out-of-office note, a delivery report, a bulk mail), so that nobody waits for an
    /// answer. Source: `Auto-Submitted`, `Precedence`, an empty return path.
    #[serde(default, skip_serializing_if = "is_false")]
    pub automatic: bool,
    /// Why it is not trusted; such a mail binds to no customer, opens nothing, and its text is not kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub distrust: Vec<Distrust>,
}

/// Why a mail is not trusted.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Distrust {
    /// The receiving system takes it for spam. Source: `spamVerdict` FAIL.
    Spam,
    /// It carries a virus. Source: `virusVerdict` FAIL.
    Virus,
    /// It is not from whom it says. Source: `dmarcVerdict` FAIL.
    Forged,
}

/// An email that did not arrive.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bounced {
    /// Whether it will never arrive. Source: `bounceType` Permanent.
    #[serde(default)]
    pub permanent: bool,
    /// Whether its receiver reported it as spam instead.
    #[serde(default, skip_serializing_if = "is_false")]
    pub reported: bool,
    /// The reason in the source's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Personal>,
}

/// How far an email or a message came.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// The receiver's server or device took it.
    Delivered,
    /// It was shown. A mail program that loads pictures by itself looks the same.
    Opened,
    /// The receiver's messenger says that it was read.
    Read,
    /// A link in it was followed.
    Clicked,
}

/// An email or a message reached the customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reached {
    /// How far it came.
    pub how: Reach,
    /// The link that was followed, without query and fragment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<Personal>,
}

/// What a conversation is set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Somebody has to act.
    Open,
    /// The customer has to answer.
    Pending,
    /// To come back later.
    Snoozed,
    /// Done.
    Resolved,
}

/// Somebody opened, paused or closed a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StatusChange {
    /// What it is set to.
    pub status: Status,
    /// Whether it is marked as a complaint, where the event tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complaint: Option<bool>,
    /// The agent it is assigned to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The inbox, team or queue that it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
}

/// A page that was looked at.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Viewed {
    /// The page's address, without query where that can hold personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<Personal>,
    /// The page's title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Personal>,
}

/// Something that the customer did on a website or in an app.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Acted {
    /// What it was in the source's own words, such as `Checkout Failed`.
    pub action: String,
    /// What the source says of it, as names and values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Personal>,
}

impl Acted {
    /// Whether the action did not work, so that a customer who telephones next is likely to telephone about it.
    #[must_use]
    pub fn tells_failure(&self) -> bool {
        failure::is_told_by(&self.action)
    }
}

/// A bid, contract or invoice.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Business {
    /// What it is called, such as `Contract C-1001`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Personal>,
    /// The amount in the currency's smallest unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount_minor: Option<i64>,
    /// ISO 4217 code of the currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// When it is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
}

/// A survey's answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Scored {
    /// Which figure it counts for, such as `csat` or `nps`.
    pub survey: String,
    /// The score that was given.
    pub score: i32,
    /// The best score that could be given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best: Option<i32>,
    /// What the customer wrote to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<Text>,
}

/// An agent's wrap-up.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WrapUp {
    /// Disposition or wrap-up code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disposition: Option<String>,
    /// Whether the matter is settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved: Option<bool>,
    /// Whether it was a complaint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complaint: Option<bool>,
    /// The agent who wrapped up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
}

/// An agent's note.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Note {
    /// What the agent wrote.
    pub text: Text,
    /// Who wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
}

/// More about an interaction.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Updated {
    /// What the source says, as names and values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Personal>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn is_false(value: &bool) -> bool {
    !value
}
