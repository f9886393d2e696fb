//! A conversation: with whom, by which way, who began it, and what a notification says of the whole.

use serde_json::Value;
use timeline::{
    Basis, Channel, Direction, Ended, Event, Fact, Identity, InteractionId, Opening, Personal,
    Region, Scored, Started, Status, StatusChange, Text, Timestamp, cut,
};

use super::{NAME, part};
use crate::chats::told::{required_id, typed_email, typed_phone};
use crate::emails::html::to_text;
use crate::evidence::Evidence;
use crate::fields::Fields;
use crate::parts::{event_id, interaction_id, kept_name, not_used, required_time, source, time};
use crate::reading::{Context, Reading, Rejection};

/// Most parts of a conversation that one notification brings; Intercom keeps 500.
const MAX_PARTS: usize = 500;
/// The topic of parts whose content was taken out.
pub(super) const REDACTED: &str = "conversation_part.redacted";
/// Longest subject that is kept, in bytes.
const MAX_SUBJECT: usize = 1000;
/// The best rating: the last of five faces.
const BEST_RATING: i32 = 5;

/// Whom a conversation is with.
struct Contact {
    id: Option<String>,
    /// The site's own id of the user.
    external_id: Option<String>,
    name: Option<String>,
    email: Option<Identity>,
    phone: Option<Identity>,
    /// What they are as a person.
    evidence: Evidence,
}

/// The conversation that a notification is about.
pub(super) struct Conversation<'a> {
    pub(super) item: &'a Fields<'a>,
    interaction_id: InteractionId,
    channel: Channel,
    direction: Option<Direction>,
    contact: Contact,
}

/// A notification of one of the topics that are read.
pub(super) fn read(
    root: &Fields<'_>,
    topic: &str,
    context: &Context,
) -> Result<Reading, Rejection> {
    let data = root.object("data");
    let item = data.object("item");
    let conversation = Conversation::of(&item, topic, context.region)?;
    let told_at = time(root, "created_at")?;
    let mut reading = match topic {
        "conversation.user.created" | "conversation.admin.single.created" => {
            conversation.began(told_at)?
        }
        "conversation.rating.added" | "conversation.rating.remarked" => {
            return conversation.rated(told_at);
        }
        "conversation.deleted" => {
            let cause = Some("deleted".to_owned());
            let ended = Ended {
                cause,
                ..Ended::default()
            };
            let at = required_time(root, "created_at")?;
            return conversation
                .event("deleted", Some(at), Fact::Ended(ended))
                .map(Reading::event);
        }
        _ => Reading::default(),
    };
    let parts = item.object("conversation_parts");
    let parts = parts.items("conversation_parts");
    if parts.len() > MAX_PARTS {
        return Err(Rejection::TooMuch {
            what: "the number of a conversation's parts",
            limit: MAX_PARTS,
        });
    }
    for part in parts {
        let part = Fields::of(part);
        reading.and(match topic {
            REDACTED => part::redacted(&conversation, &part, told_at),
            _ => part::read(&conversation, &part),
        });
    }
    if reading == Reading::default() {
        return match status_of(topic) {
            Some(status) => {
                let at = required_time(root, "created_at")?;
                let id = required_id(root, "id", "id")?;
                let change = conversation.set_to(status);
                let event = conversation.event(&id, Some(at), Fact::Status(change))?;
                Ok(Reading::event(event))
            }
            None => Ok(not_used(NAME, topic)),
        };
    }
    Ok(reading)
}

/// What a topic without a part says that the conversation is set to.
fn status_of(topic: &str) -> Option<Status> {
    match topic {
        "conversation.admin.closed" => Some(Status::Resolved),
        "conversation.admin.snoozed" => Some(Status::Snoozed),
        "conversation.admin.opened"
        | "conversation.admin.unsnoozed"
        | "conversation.admin.assigned"
        | "conversation.admin.open.assigned" => Some(Status::Open),
        _ => None,
    }
}

impl<'a> Conversation<'a> {
    fn of(item: &'a Fields<'a>, topic: &str, region: Option<Region>) -> Result<Self, Rejection> {
        // What is deleted has only an id, under a name of its own.
        let id = match item.id("conversation_id") {
            Some(id) if item.get("id").is_none() => id,
            Some(_) | None => required_id(item, "id", "data.item.id")?,
        };
        let about = item.object("source");
        let delivered = about.text("delivered_as").map(str::to_ascii_lowercase);
        let direction = match (delivered.as_deref(), topic) {
            (Some("customer_initiated"), _) | (None, "conversation.user.created") => {
                Some(Direction::Inbound)
            }
            (
                Some("admin_initiated" | "campaign_initiated" | "operator_initiated" | "automated"),
                _,
            )
            | (None, "conversation.admin.single.created") => Some(Direction::Outbound),
            (Some(_) | None, _) => None,
        };
        let way = about.text("type").map(str::to_ascii_lowercase);
        Ok(Self {
            item,
            interaction_id: interaction_id(&source(NAME), &id, "data.item.id")?,
            channel: match way.as_deref() {
                Some("email") => Channel::Email,
                Some("phone_call") => Channel::Call,
                Some(_) | None => Channel::Chat,
            },
            direction,
            contact: Contact::of(item, region),
        })
    }

    /// An event of this conversation.
    pub(super) fn event(
        &self,
        id: &str,
        at: Option<Timestamp>,
        fact: Fact,
    ) -> Result<Event, Rejection> {
        let mut event = Event::new(
            self.interaction_id.clone(),
            event_id(id, "id")?,
            source(NAME),
            self.channel,
            fact,
        );
        event.occurred_at = at;
        event.direction = self.direction;
        self.contact.name_in(&mut event);
        Ok(event)
    }

    /// It began, with the message that it began with.
    fn began(&self, told_at: Option<Timestamp>) -> Result<Reading, Rejection> {
        let [source, message] =
            ["source", "conversation_message"].map(|name| self.item.object(name));
        let first = if source.is_present() { source } else { message };
        let at = time(self.item, "created_at")?.or(told_at);
        let at = at.ok_or_else(|| Rejection::missing("data.item.created_at"))?;
        let way = first.text("delivered_as").or(first.text("type"));
        let subject = first.text("subject").map(to_text);
        let subject = subject.filter(|subject| !subject.trim().is_empty());
        let started = Started {
            opening: Opening::Open,
            initiation: way.and_then(kept_name),
            subject: subject.map(|subject| Personal::new(cut(&subject, MAX_SUBJECT))),
            ..Started::default()
        };
        let event = self.event("started", Some(at), Fact::Started(started))?;
        let mut reading = Reading::event(event);
        if let Some(said) = part::said(&first, &first.object("author")) {
            let event = self.event("first-message", Some(at), Fact::Message(said))?;
            reading.events.push(event);
        }
        Ok(reading)
    }

    /// The customer rated it, or added words to a rating.
    fn rated(&self, told_at: Option<Timestamp>) -> Result<Reading, Rejection> {
        let rating = self.item.object("conversation_rating");
        let score = rating
            .integer("rating")
            .and_then(|score| i32::try_from(score).ok())
            .ok_or_else(|| Rejection::missing("data.item.conversation_rating.rating"))?;
        let at = time(&rating, "created_at")?.or(told_at);
        let at = at.ok_or_else(|| Rejection::missing("created_at"))?;
        let remark = rating.text("remark").map(to_text);
        let remark = remark.filter(|remark| !remark.trim().is_empty());
        let with = if remark.is_some() { "-remark" } else { "" };
        let fact = Fact::Scored(Scored {
            survey: "csat".to_owned(),
            score,
            best: Some(BEST_RATING),
            comment: remark.map(|remark| Text::new(&remark)),
        });
        let id = format!("rating-{}-{score}{with}", at.millis());
        self.event(&id, Some(at), fact).map(Reading::event)
    }

    /// The conversation's own word for how it stands.
    pub(super) fn status(&self) -> Status {
        let state = self.item.text("state").map(str::to_ascii_lowercase);
        let open = self.item.get("open").and_then(Value::as_bool);
        match (state.as_deref(), open) {
            (Some("closed"), _) | (None, Some(false)) => Status::Resolved,
            (Some("snoozed"), _) => Status::Snoozed,
            (Some(_) | None, _) => Status::Open,
        }
    }

    /// A status with those whom the conversation is assigned to.
    fn set_to(&self, status: Status) -> StatusChange {
        let assignee = self.item.object("assignee");
        let is_admin = assignee.text("type") == Some("admin");
        let named = is_admin.then(|| assignee.text("name")).flatten();
        let id = |name| self.item.id(name).filter(|id| id != "0");
        StatusChange {
            status,
            complaint: None,
            agent: named
                .and_then(kept_name)
                .or_else(|| id("admin_assignee_id")),
            queue: id("team_assignee_id"),
        }
    }

    /// Whether somebody who writes is the one whom the conversation is with.
    pub(super) fn is_contact(&self, author_id: Option<&str>) -> bool {
        author_id.is_none() || author_id == self.contact.id.as_deref()
    }
}

/// Whether an author of this type is a customer: with an account on the site, a lead, or either in newer versions.
pub(super) fn is_customer(kind: Option<&str>) -> bool {
    kind.is_some_and(|kind| {
        ["user", "lead", "contact", "visitor"]
            .iter()
            .any(|known| kind.eq_ignore_ascii_case(known))
    })
}

impl Contact {
    fn of(item: &Fields<'_>, region: Option<Region>) -> Self {
        let contacts = item.object("contacts");
        let lists = [
            contacts.items("contacts"),
            item.items("contacts"),
            item.items("customers"),
        ];
        let listed = lists
            .into_iter()
            .find_map(|list| list.first())
            .map(Fields::of);
        let user = item.object("user");
        let [source, message] = ["source", "conversation_message"].map(|name| item.object(name));
        let authors = [source.object("author"), message.object("author")];
        let own_id = listed
            .as_ref()
            .and_then(|contact| contact.id("id"))
            .or_else(|| user.id("id"));
        let writes = |author: &&Fields<'_>| {
            let is_own = own_id.is_none() || author.id("id") == own_id;
            is_customer(author.text("type")) && is_own
        };
        let author = authors.iter().find(writes);
        let places: Vec<&Fields<'_>> = listed.iter().chain([&user]).chain(author).collect();
        let first = |name: &str| places.iter().find_map(|place| place.text(name));
        Self {
            id: own_id
                .clone()
                .or_else(|| author.and_then(|author| author.id("id"))),
            external_id: listed
                .as_ref()
                .and_then(|contact| contact.id("external_id"))
                .or_else(|| user.id("user_id")),
            name: first("name").and_then(kept_name),
            email: typed_email(first("email")),
            phone: typed_phone(first("phone"), region),
            evidence: described(&places),
        }
    }

    fn name_in(&self, event: &mut Event) {
        let own = self.id.as_deref();
        event.customer = own.and_then(|id| Identity::crm(NAME, id).ok());
        event.customer_name = self.name.clone().map(Personal::new);
        let external = self.external_id.as_deref();
        let external = external.and_then(|id| Identity::crm("intercom-user", id).ok());
        event.participants = [external, self.email.clone(), self.phone.clone()]
            .into_iter()
            .flatten()
            .collect();
        let mut evidence = self.evidence.clone();
        // A mail's sender is at least who writes in this thread.
        let of_email = match event.channel {
            Channel::Email => Basis::Thread,
            Channel::Call
            | Channel::Chat
            | Channel::Web
            | Channel::Task
            | Channel::Contract
            | Channel::Invoice
            | Channel::Survey => Basis::Typed,
        };
        evidence.claim(of_email, self.email.clone());
        for other in event.participants.clone() {
            evidence.claim(Basis::Typed, Some(other));
        }
        evidence.state_in(event);
    }
}

/// What the first place that says it says of the contact as a person.
fn described(places: &[&Fields<'_>]) -> Evidence {
    let mut evidence = Evidence::default();
    for place in places {
        let location = place.object("location_data");
        for name in ["language_override", "browser_language", "user_language"] {
            evidence.language(place.text(name));
        }
        evidence.time_zone(location.text("timezone"));
        let companies = place.object("companies");
        let of_api_1 = companies.items("companies").first();
        let company = companies.items("data").first().or(of_api_1);
        evidence.company(company.and_then(|company| Fields::of(company).text("name")));
    }
    evidence
}
