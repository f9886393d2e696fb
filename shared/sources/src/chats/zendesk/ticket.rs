//! Tickets: that one began, its comments, what it is set to, how it was rated.

use serde_json::Value;
use timeline::{
    Attachment, Author, Channel, Direction, Ended, Event, Fact, Identity, InteractionId,
    MAX_ATTACHMENTS, Message, Note, Opening, Personal, Scored, Started, Status, StatusChange, Text,
    Timestamp, cut,
};

use super::{NAME, given_name};
use crate::chats::told::{file, required_id, scalar, updated};
use crate::evidence::{Evidence, Thing};
use crate::fields::Fields;
use crate::parts::{event_id, interaction_id, kept_name, not_used, required_time, source};
use crate::reading::{Reading, Rejection};

/// The tag that marks a complaint.
const COMPLAINT: &str = "complaint";
/// Most tags that are looked at.
const MAX_TAGS: usize = 200;
/// Longest subject that is kept, in bytes.
const MAX_SUBJECT: usize = 1000;
/// Best score of the survey with five steps.
const BEST_OF_FIVE: i32 = 5;

/// Ways in which people chat. What is none of these and no telephone is written like mail: by email, form or API.
const CHATS: [&str; 22] = [
    "any_channel",
    "apple_business_chat",
    "chat",
    "chat_transcript",
    "facebook",
    "facebook_message",
    "facebook_post",
    "google_business_messages",
    "google_rcs",
    "instagram_dm",
    "kakaotalk",
    "line",
    "messaging",
    "native_messaging",
    "sms",
    "sunshine_conversations_api",
    "telegram",
    "twitter",
    "twitter_dm",
    "viber",
    "wechat",
    "whatsapp",
];

/// The ticket that an event is about.
pub(super) struct Ticket {
    /// As people quote it.
    number: String,
    interaction_id: InteractionId,
    channel: Channel,
    at: Timestamp,
    requester: Option<String>,
    direction: Option<Direction>,
}

/// An event of a ticket, by its name without `zen:event-type:`.
pub(super) fn read(root: &Fields<'_>, name: &str) -> Result<Reading, Rejection> {
    let detail = root.object("detail");
    let event = root.object("event");
    let change = |attributes: &[(&str, Option<&str>)]| Ok(Some(updated(attributes)));
    let current = event.get("current").and_then(scalar);
    let current = current.as_deref();
    let fact = match name {
        "ticket.comment_added" => return comment(root, &detail, &event).map(Reading::event),
        "ticket.created" => Ok(Some(Fact::Started(started(&detail)))),
        "ticket.status_changed" => match (current, current.and_then(status)) {
            (Some(_), Some(status)) => Ok(Some(Fact::Status(set_to(&detail, status)))),
            (Some(_), None) => Err(Rejection::malformed("event.current", "is no status")),
            (None, _) => Err(Rejection::missing("event.current")),
        },
        "ticket.agent_assignment_changed" => Ok(Some(assigned(&detail, current, None))),
        "ticket.group_assignment_changed" => Ok(Some(assigned(&detail, None, current))),
        "ticket.tags_changed" => Ok(Some(tagged(&detail, &event))),
        "ticket.undeleted" => {
            let status = detail.text("status").and_then(status);
            let set = set_to(&detail, status.unwrap_or(Status::Open));
            Ok(Some(Fact::Status(set)))
        }
        // Both can be taken back, so that neither is an end.
        "ticket.soft_deleted" | "ticket.marked_as_spam" => {
            Ok(Some(Fact::Status(set_to(&detail, Status::Resolved))))
        }
        "ticket.permanently_deleted" => Ok(Some(Fact::Ended(Ended {
            cause: Some("deleted".to_owned()),
            ..Ended::default()
        }))),
        "ticket.priority_changed" => change(&[("priority", current)]),
        "ticket.subject_changed" => change(&[("subject", current)]),
        "ticket.type_changed" => change(&[("type", current)]),
        "ticket.requester_changed" => change(&[("change", Some("requester changed"))]),
        "ticket.merged" => change(&[("change", Some("merged"))]),
        "ticket.comment_made_private" | "ticket.comment_redacted" => {
            let comment = event.object("comment");
            let id = comment.id("id").or_else(|| event.id("comment_id"));
            let id = id.map(|id| format!("comment-{id}"));
            let change_of = name.trim_start_matches("ticket.comment_").replace('_', " ");
            change(&[("change", Some(&change_of)), ("message", id.as_deref())])
        }
        "ticket.csat_received" => scored(&event).map(Some),
        _ => Ok(None),
    };
    let Some(fact) = fact? else {
        return Ok(not_used(NAME, name));
    };
    let ticket = Ticket::of(root, &detail, None)?;
    let id = required_id(root, "id", "id")?;
    ticket.event(&id, fact).map(Reading::event)
}

impl Ticket {
    /// `way` is how people write in it, where the event tells by its sort.
    pub(super) fn of(
        root: &Fields<'_>,
        detail: &Fields<'_>,
        way: Option<Channel>,
    ) -> Result<Self, Rejection> {
        let of_subject = || {
            let id = root.text("subject")?.strip_prefix("zen:ticket:")?;
            kept_name(id)
        };
        let ticket = detail.id("id").or_else(of_subject);
        let ticket = ticket.ok_or_else(|| Rejection::missing("detail.id"))?;
        // Tickets count from one in each account.
        let key = match root.id("account_id") {
            Some(account) => format!("{account}:{ticket}"),
            None => ticket.clone(),
        };
        let requester = somebody(detail, "requester_id");
        let submitter = somebody(detail, "submitter_id");
        Ok(Self {
            number: ticket,
            interaction_id: interaction_id(&source(NAME), &key, "detail.id")?,
            channel: way.unwrap_or_else(|| channel(detail)),
            at: required_time(root, "time")?,
            direction: (requester.is_some() && requester == submitter)
                .then_some(Direction::Inbound),
            requester,
        })
    }

    /// An event of this ticket.
    pub(super) fn event(&self, id: &str, fact: Fact) -> Result<Event, Rejection> {
        let mut event = Event::new(
            self.interaction_id.clone(),
            event_id(id, "id")?,
            source(NAME),
            self.channel,
            fact,
        );
        event.occurred_at = Some(self.at);
        event.direction = self.direction;
        let requester = self.requester.as_deref();
        event.customer = requester.and_then(|id| Identity::crm(NAME, id).ok());
        let mut evidence = Evidence::default();
        evidence.reference(Thing::Ticket, Some(&self.number));
        evidence.state_in(&mut event);
        Ok(event)
    }
}

fn started(detail: &Fields<'_>) -> Started {
    let subject = detail.text("subject");
    Started {
        opening: Opening::Open,
        initiation: way(detail),
        queue: somebody(detail, "group_id"),
        subject: subject.map(|subject| Personal::new(cut(subject, MAX_SUBJECT))),
        ringing: Vec::new(),
    }
}

/// A comment by its own id. One that does not say that the customer may read it is private.
fn comment(root: &Fields<'_>, detail: &Fields<'_>, event: &Fields<'_>) -> Result<Event, Rejection> {
    let ticket = Ticket::of(root, detail, None)?;
    let comment = event.object("comment");
    let id = required_id(&comment, "id", "event.comment.id")?;
    let author = comment.object("author");
    let author_id = author.id("id").or_else(|| comment.id("author_id"));
    let author_id = author_id.filter(|id| id != "0");
    let is = |fields: &Fields<'_>, name| fields.get(name).and_then(Value::as_bool) == Some(true);
    let is_staff = is(&author, "is_staff");
    // Somebody of whom nothing but an id is said, which is not the requester's.
    let is_unknown = !author.is_present() && author_id.is_some() && author_id != ticket.requester;
    let private = !is(&comment, "is_public");
    let name = author.text("name").and_then(kept_name);
    let text = Text::new(comment.text("body").unwrap_or_default());
    let attachments = attachments(&comment);
    let fact = if private && is_staff && attachments.is_empty() {
        Fact::Note(Note {
            text,
            agent: name.clone(),
        })
    } else {
        Fact::Message(Message {
            author: match (is_staff, private) {
                (true, _) => Author::Agent,
                (false, true) => Author::System,
                (false, false) if is_unknown => Author::System,
                (false, false) => Author::Customer,
            },
            name: name.clone().map(Personal::new),
            text,
            private,
            attachments,
        })
    };
    let mut event = ticket.event(&format!("comment-{id}"), fact)?;
    if !is_staff {
        if author_id.is_none() || author_id == ticket.requester {
            event.customer_name = given_name(author.text("name")).map(Personal::new);
        } else {
            // Somebody in copy.
            let other = author_id.and_then(|id| Identity::crm(NAME, &id).ok());
            event.participants.extend(other);
        }
    }
    Ok(event)
}

fn attachments(comment: &Fields<'_>) -> Vec<Attachment> {
    let files = comment.items("attachments").iter().take(MAX_ATTACHMENTS);
    files
        .filter(|attachment| attachment.is_object())
        .map(|attachment| {
            let attachment = Fields::of(attachment);
            let name = attachment.text("filename").or(attachment.text("name"));
            file(name, "file", attachment.text("content_type"))
        })
        .collect()
}

/// What the ticket is set to, with whom it is, and whether its tags mark it as a complaint. That they do not says
/// nothing: a complaint may be known from elsewhere.
fn set_to(detail: &Fields<'_>, status: Status) -> StatusChange {
    StatusChange {
        status,
        complaint: marks_complaint(detail, "tags").then_some(true),
        agent: somebody(detail, "assignee_id"),
        queue: somebody(detail, "group_id"),
    }
}

/// Tags were changed; only taking its tag away says that it is no complaint.
fn tagged(detail: &Fields<'_>, event: &Fields<'_>) -> Fact {
    let status = detail.text("status").and_then(status);
    let set = set_to(detail, status.unwrap_or(Status::Open));
    let taken_back = marks_complaint(event, "tags_removed").then_some(false);
    Fact::Status(StatusChange {
        complaint: set.complaint.or(taken_back),
        ..set
    })
}

fn marks_complaint(fields: &Fields<'_>, list: &str) -> bool {
    let mut tags = fields.items(list).iter().take(MAX_TAGS);
    tags.any(|tag| {
        tag.as_str()
            .is_some_and(|tag| tag.eq_ignore_ascii_case(COMPLAINT))
    })
}

fn assigned(detail: &Fields<'_>, agent: Option<&str>, group: Option<&str>) -> Fact {
    let status = detail.text("status").and_then(status);
    let set = set_to(detail, status.unwrap_or(Status::Open));
    let known = |id: Option<&str>| id.filter(|id| *id != "0").and_then(kept_name);
    Fact::Status(StatusChange {
        agent: known(agent).or(set.agent),
        queue: known(group).or(set.queue),
        ..set
    })
}

fn status(word: &str) -> Option<Status> {
    match word.to_ascii_lowercase().as_str() {
        "new" | "open" => Some(Status::Open),
        "pending" => Some(Status::Pending),
        // It waits for somebody else than customer and agent.
        "hold" | "on_hold" | "on-hold" => Some(Status::Snoozed),
        "solved" | "closed" | "archived" | "deleted" => Some(Status::Resolved),
        _ => None,
    }
}

/// The older survey asks for good or bad, the newer one for a step of five.
fn scored(event: &Fields<'_>) -> Result<Fact, Rejection> {
    const SCORE: &str = "event.satisfaction_score.score";
    let nested = event.object("satisfaction_score");
    let given = nested
        .get("score")
        .or(event.get("satisfaction_score"))
        .or(event.get("current"));
    let word = given.and_then(scalar).map(|word| word.to_ascii_lowercase());
    let number = word.as_deref().and_then(|word| word.parse::<i32>().ok());
    let (score, best) = match (word.as_deref(), number) {
        (None, _) => return Err(Rejection::missing(SCORE)),
        (Some(_), Some(number)) => (number, Some(BEST_OF_FIVE)),
        (Some(word), None) if word.starts_with("good") => (1, Some(1)),
        (Some(word), None) if word.starts_with("bad") => (0, Some(1)),
        (Some(_), None) => return Err(Rejection::malformed(SCORE, "is no score")),
    };
    let comment = nested.text("comment").or(event.text("comment"));
    Ok(Fact::Scored(Scored {
        survey: "csat".to_owned(),
        score,
        best,
        comment: comment.map(Text::new),
    }))
}

/// Zendesk writes nobody as `0`.
fn somebody(detail: &Fields<'_>, name: &str) -> Option<String> {
    let id = detail.id(name)?;
    kept_name(&id).filter(|id| id != "0")
}

fn way(detail: &Fields<'_>) -> Option<String> {
    let via = detail.object("via");
    let way = via.text("channel").and_then(kept_name)?;
    Some(way.to_ascii_lowercase())
}

fn channel(detail: &Fields<'_>) -> Channel {
    match way(detail).as_deref() {
        Some(way) if CHATS.contains(&way) => Channel::Chat,
        Some(way) if way.contains("voice") || way.contains("phone") => Channel::Call,
        Some(_) | None => Channel::Email,
    }
}
