//! Twilio Conversations: SMS, WhatsApp and web chats, as forms.
//!
//! Used is what has happened (`onMessageAdded`), not what is about to (`onMessageAdd`). A message that came in over
//! SMS, WhatsApp or another messenger is the customer's. Over the SDK write agents, and visitors of a website whose
//! ids nobody chose; over the API write bots and systems that send in an agent's name.

mod about;
mod author;
mod message;

use std::collections::BTreeMap;

use timeline::{
    Bounced, Channel, Event, Fact, Opening, Personal, Reach, Reached, Started, Status,
    StatusChange, Timestamp, Updated, cut,
};

use crate::about::About;
use crate::envelope::Envelope;
use crate::fields::Fields;
use crate::parts::{self, kept_name, not_used};
use crate::reading::{Context, Reading, Rejection, Source};
use author::Binding;

const NAME: &str = "twilio-conversations";
/// Longest value of an attribute that is kept, in bytes.
const MAX_ATTRIBUTE: usize = 4096;

/// Twilio's error codes that say that a number or account will never take a message.
const PERMANENT: [i64; 6] = [21_211, 21_610, 21_614, 30_005, 30_006, 63_003];

/// Twilio Conversations.
pub(crate) struct TwilioConversations;

impl Source for TwilioConversations {
    fn name(&self) -> &'static str {
        NAME
    }

    fn recognises(&self, envelope: &Envelope) -> bool {
        let Some(object) = envelope.object() else {
            return false;
        };
        let fields = Fields::of(&object);
        let has = |name: &str| fields.get(name).is_some();
        envelope.source.as_deref() == Some(NAME)
            || (fields
                .text("EventType")
                .is_some_and(|event| event.starts_with("on"))
                && (has("AccountSid") || has("ConversationSid") || has("ChatServiceSid")))
            || (has("ConversationSid") && has("AccountSid"))
    }

    fn read(&self, envelope: &Envelope, context: &Context) -> Result<Reading, Rejection> {
        let object = envelope.object().ok_or(Rejection::UnknownEnvelope)?;
        let fields = Fields::of(&object);
        let name = fields.required_text("EventType")?.trim();
        match name.to_ascii_lowercase().as_str() {
            "onmessageadded" => message::added(&fields, context),
            "onmessageupdated" => message::changed(&fields, "edited", "DateUpdated"),
            "onmessageremoved" => message::changed(&fields, "deleted", "DateRemoved"),
            "onconversationadded" => began(&fields, context),
            "onconversationstateupdated" => set(&fields),
            "onconversationremoved" => removed(&fields),
            "onparticipantadded" => joined(&fields, context),
            "ondeliveryupdated" => delivered(&fields),
            _ => Ok(not_used(NAME, name)),
        }
    }

    fn about(&self) -> &'static About {
        &about::ABOUT
    }
}

fn began(fields: &Fields<'_>, context: &Context) -> Result<Reading, Rejection> {
    let at = parts::required_time(fields, "DateCreated")?;
    let fact = Fact::Started(Started {
        opening: Opening::Open,
        initiation: fields.text("Source").and_then(kept_name),
        subject: fields
            .text("FriendlyName")
            .and_then(kept_name)
            .map(Personal::new),
        ..Started::default()
    });
    let mut event = event(fields, "conversation-added", fact, at)?;
    Binding::of(fields).name_in(&mut event, context.region);
    Ok(Reading::event(event))
}

/// Somebody closed or reopened it, or nobody wrote for as long as its timer says.
fn set(fields: &Fields<'_>) -> Result<Reading, Rejection> {
    let state = fields.required_text("StateTo")?.trim();
    let status = match state.to_ascii_lowercase().as_str() {
        "active" => Status::Open,
        // The next message makes it active again.
        "inactive" => Status::Snoozed,
        "closed" => Status::Resolved,
        other => return Ok(not_used(NAME, &format!("state-{other}"))),
    };
    let at = first_time(fields, ["StateUpdated", "DateUpdated"])?;
    let fact = Fact::Status(StatusChange {
        status,
        complaint: None,
        agent: None,
        queue: None,
    });
    let id = format!("state-{}-{at}", state.to_ascii_lowercase());
    Ok(Reading::event(event(fields, &id, fact, at)?))
}

/// The conversation was deleted at Twilio; what was said in it stays said.
fn removed(fields: &Fields<'_>) -> Result<Reading, Rejection> {
    let at = first_time(fields, ["DateRemoved", "DateUpdated"])?;
    let fact = Fact::Status(StatusChange {
        status: Status::Resolved,
        complaint: None,
        agent: None,
        queue: None,
    });
    Ok(Reading::event(event(
        fields,
        "conversation-removed",
        fact,
        at,
    )?))
}

/// Somebody takes part. With an address it is the customer; the company's people and visitors have an identity.
fn joined(fields: &Fields<'_>, context: &Context) -> Result<Reading, Rejection> {
    let binding = Binding::of(fields);
    if binding.is_empty() {
        return Ok(not_used(NAME, "onParticipantAdded-chat"));
    }
    let participant = fields.required_text("ParticipantSid")?;
    let at = parts::required_time(fields, "DateCreated")?;
    let fact = updated([("channel", fields.text("MessagingBinding.Type"))]);
    let mut event = event(fields, &format!("{participant}-added"), fact, at)?;
    binding.name_in(&mut event, context.region);
    Ok(Reading::event(event))
}

/// How far a message came at one participant.
fn delivered(fields: &Fields<'_>) -> Result<Reading, Rejection> {
    let status = fields.required_text("Status")?.trim().to_ascii_lowercase();
    let code = fields.integer("ErrorCode").filter(|code| *code != 0);
    let fact = match status.as_str() {
        "delivered" => Fact::Reached(Reached {
            how: Reach::Delivered,
            url: None,
        }),
        "read" => Fact::Reached(Reached {
            how: Reach::Read,
            url: None,
        }),
        "failed" | "undelivered" => Fact::Bounced(Bounced {
            permanent: code.is_some_and(|code| PERMANENT.contains(&code)),
            reported: false,
            cause: Some(Personal::new(match code {
                Some(code) => format!("{status} {code}"),
                None => status.clone(),
            })),
        }),
        other => return Ok(not_used(NAME, &format!("delivery-{other}"))),
    };
    let receipt = match fields.text("DeliveryReceiptSid") {
        Some(receipt) => receipt,
        None => fields.required_text("MessageSid")?,
    };
    let at = first_time(fields, ["DateUpdated", "DateCreated"])?;
    Ok(Reading::event(event(
        fields,
        &format!("{receipt}-{status}"),
        fact,
        at,
    )?))
}

/// The first of two times that is there.
fn first_time(fields: &Fields<'_>, names: [&'static str; 2]) -> Result<Timestamp, Rejection> {
    let [first, second] = names;
    match parts::time(fields, first)? {
        Some(at) => Ok(at),
        None => parts::time(fields, second)?.ok_or_else(|| Rejection::missing(first)),
    }
}

fn event(fields: &Fields<'_>, id: &str, fact: Fact, at: Timestamp) -> Result<Event, Rejection> {
    let source = parts::source(NAME);
    let conversation = fields.required_text("ConversationSid")?;
    let interaction = parts::interaction_id(&source, conversation, "ConversationSid")?;
    let id = parts::event_id(id, "MessageSid")?;
    let mut event = Event::new(interaction, id, source, Channel::Chat, fact);
    event.occurred_at = Some(at);
    Ok(event)
}

fn updated<const N: usize>(attributes: [(&str, Option<&str>); N]) -> Fact {
    let kept = attributes.into_iter().filter_map(|(name, value)| {
        let value = cut(value?.trim(), MAX_ATTRIBUTE);
        (!value.is_empty()).then(|| (name.to_owned(), Personal::new(value)))
    });
    Fact::Updated(Updated {
        attributes: kept.collect::<BTreeMap<_, _>>(),
    })
}
