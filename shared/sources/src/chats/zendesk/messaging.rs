//! Messages in Zendesk's messenger, as they are written.

use timeline::{Author, Basis, Channel, Direction, Event, Fact, Identity, Message, Personal, Text};

use super::ticket::Ticket;
use super::{NAME, given_name};
use crate::chats::told::{file, required_id};
use crate::evidence::Evidence;
use crate::fields::Fields;
use crate::parts::kept_name;
use crate::reading::{Reading, Rejection};

/// A message by its own id.
pub(super) fn message(root: &Fields<'_>) -> Result<Reading, Rejection> {
    let ticket = Ticket::of(root, &root.object("detail"), Some(Channel::Chat))?;
    let event = root.object("event");
    let (actor, message) = (event.object("actor"), event.object("message"));
    let id = required_id(&message, "id", "event.message.id")?;
    let kind = actor
        .text("type")
        .ok_or_else(|| Rejection::missing("event.actor.type"))?;
    let author = match kind.to_ascii_lowercase().as_str() {
        "end_user" => Author::Customer,
        "agent" => Author::Agent,
        _ => Author::System,
    };
    let name = actor.text("name").and_then(kept_name).map(Personal::new);
    let text = Text::new(message.text("body").unwrap_or_default());
    // A picture or a file comes without a word.
    let attachments = text.is_blank().then(|| file(None, "attachment", None));
    let said = Message {
        author,
        name,
        text,
        private: false,
        attachments: attachments.into_iter().collect(),
    };
    let mut event = ticket.event(&format!("message-{id}"), Fact::Message(said))?;
    if author == Author::Customer {
        event.direction = Some(Direction::Inbound);
        name_customer(&mut event, actor.id("id").as_deref());
        event.customer_name = given_name(actor.text("name")).map(Personal::new);
    }
    Ok(Reading::event(event))
}

/// A user's record is a number, as a ticket's requester is. Somebody who is not signed in has another id.
fn name_customer(event: &mut Event, id: Option<&str>) {
    let identity = id.and_then(|id| {
        let is_record = id.bytes().all(|b| b.is_ascii_digit());
        if is_record {
            Identity::crm(NAME, id).ok()
        } else {
            Identity::visitor(NAME, id).ok()
        }
    });
    if event.customer.is_none() {
        event.customer = identity;
    } else {
        // They write in the ticket of the record.
        let mut evidence = Evidence::default();
        evidence.claim(Basis::Thread, identity.clone());
        evidence.state_in(event);
        event.participants.extend(identity);
    }
}
