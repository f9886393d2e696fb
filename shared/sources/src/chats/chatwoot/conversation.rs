//! Conversations: which one a delivery is about, that it began, and what it is set to.

use serde_json::Value;
use timeline::{
    Channel, Event, Fact, InteractionId, Opening, Personal, Started, Status, StatusChange, cut,
};

use super::customer::Customer;
use super::{NAME, when};
use crate::fields::Fields;
use crate::parts::{event_id, interaction_id, kept_name, source};
use crate::reading::{Context, Reading, Rejection};

/// Most labels, and most changed attributes, of a conversation that are looked at.
const MAX_LISTED: usize = 200;
/// Length of the digest in the id of an event that has no other; 64 bits within one conversation.
const DIGEST: usize = 16;
/// The label that marks a complaint.
const COMPLAINT: &str = "complaint";
/// Longest subject that is kept, in bytes.
const MAX_SUBJECT: usize = 1000;

/// Attributes whose change makes `conversation_updated` worth a new event. The others (when somebody last looked,
/// since when the customer waits, custom attributes) change with every message.
const TELLING: [&str; 8] = [
    "status",
    "assignee_id",
    "assignee_agent_bot_id",
    "team_id",
    "inbox_id",
    "label_list",
    "cached_label_list",
    "labels",
];

/// The conversation that a delivery is about.
pub(super) struct Conversation {
    pub(super) account: String,
    interaction_id: InteractionId,
}

impl Conversation {
    /// `fields` are the conversation's, within a message or the payload itself.
    pub(super) fn of(root: &Fields<'_>, fields: &Fields<'_>) -> Result<Self, Rejection> {
        let account = account_of(root, fields)?;
        // Before 2021 the id stood under its column's name.
        let id = match number(fields, "id")? {
            Some(id) => id,
            None => number(fields, "display_id")?
                .ok_or_else(|| Rejection::missing(fields.path_of("id")))?,
        };
        let key = format!("{account}:{id}");
        Ok(Self {
            interaction_id: interaction_id(&source(NAME), &key, "id")?,
            account,
        })
    }

    /// An event of this conversation.
    pub(super) fn event(&self, id: &str, fact: Fact) -> Result<Event, Rejection> {
        Ok(Event::new(
            self.interaction_id.clone(),
            event_id(id, "id")?,
            source(NAME),
            Channel::Chat,
            fact,
        ))
    }
}

/// Gives an event that repeats a state an id of what it says: the same said twice is one event. Before the customer is
/// named in it: how a number is read depends on the stack's region, and an id must not.
pub(super) fn named_by_content(mut event: Event) -> Result<Event, Rejection> {
    let digest = event.content_hash();
    event.id = event_id(&format!("{}-{}", event.id, cut(&digest, DIGEST)), "id")?;
    Ok(event)
}

/// The conversation began. Its team and status may differ from one delivery to the next, so they are left to
/// [`set`].
pub(super) fn created(root: &Fields<'_>, context: &Context) -> Result<Reading, Rejection> {
    let conversation = Conversation::of(root, root)?;
    let about = root.object("additional_attributes");
    let subject = about.text("mail_subject");
    let fact = Fact::Started(Started {
        opening: Opening::Open,
        initiation: root.text("channel").and_then(kept_name),
        queue: inbox(root),
        subject: subject.map(|subject| Personal::new(cut(subject, MAX_SUBJECT))),
        ringing: Vec::new(),
    });
    let mut event = conversation.event("conversation_created", fact)?;
    event.occurred_at = Some(when::first_of(
        root,
        &["created_at", "timestamp", "last_activity_at"],
    )?);
    Customer::of(root, None, &conversation.account, context).name_in(&mut event);
    Ok(Reading::event(event))
}

/// Whether a conversation that began says neither its account nor a message. Before 2026 only its messages told the
/// account, so that one of a messenger or of the API begins without; its first message, which follows, tells all.
pub(super) fn is_still_empty(root: &Fields<'_>) -> bool {
    let is_empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
    root.get("messages").is_some_and(is_empty) && account_of(root, root).is_err()
}

/// What the conversation is set to: status, agent, team, whether it is a complaint.
///
/// `conversation_updated` says the same of the same row as `conversation_status_changed` does, and sometimes comes
/// in its place (an automatic assignment that opens a conversation; a label). Both are one event if they say the
/// same.
pub(super) fn set(root: &Fields<'_>, context: &Context) -> Result<Reading, Rejection> {
    let conversation = Conversation::of(root, root)?;
    let meta = root.object("meta");
    let fact = Fact::Status(StatusChange {
        status: status(root)?,
        complaint: complaint(root),
        agent: name_or_id(&meta.object("assignee")),
        queue: meta
            .object("team")
            .text("name")
            .and_then(kept_name)
            .or_else(|| inbox(root)),
    });
    let at = match when::time(root, "updated_at")? {
        Some(at) => at,
        None => match changed_to(root, "updated_at")
            .map(|change| when::time(&change, "current_value"))
        {
            Some(Ok(Some(at))) => at,
            Some(_) | None => {
                when::first_of(root, &["updated_at", "timestamp", "last_activity_at"])?
            }
        },
    };
    let mut event = conversation.event(&format!("set-{}", at.millis()), fact)?;
    event.occurred_at = Some(at);
    let mut event = named_by_content(event)?;
    Customer::of(root, None, &conversation.account, context).name_in(&mut event);
    Ok(Reading::event(event))
}

/// Whether a `conversation_updated` is about what [`set`] tells, as far as it says what has changed.
pub(super) fn is_set_anew(root: &Fields<'_>) -> bool {
    root.items("changed_attributes").is_empty()
        || TELLING.iter().any(|name| changed_to(root, name).is_some())
}

/// What `changed_attributes` says of one attribute: `previous_value` and `current_value`.
pub(super) fn changed_to<'a>(root: &Fields<'a>, name: &str) -> Option<Fields<'a>> {
    root.items("changed_attributes")
        .iter()
        .take(MAX_LISTED)
        .find_map(|change| Fields::of(change).get(name))
        .map(Fields::of)
}

/// The whole number under `name` in its shortest writing, so that `7` and `"7"` are the same id.
pub(super) fn number(fields: &Fields<'_>, name: &'static str) -> Result<Option<String>, Rejection> {
    let Some(value) = fields.get(name) else {
        return Ok(None);
    };
    let number: Option<u64> = match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    number
        .map(|number| Some(number.to_string()))
        .ok_or_else(|| Rejection::malformed(fields.path_of(name), "is not a whole number"))
}

/// Conversations say their account only since 2026; before, only the messages and files in them do.
fn account_of(root: &Fields<'_>, conversation: &Fields<'_>) -> Result<String, Rejection> {
    let account = root.object("account");
    if let Some(id) = number(&account, "id")? {
        return Ok(id);
    }
    let mut places = vec![*root, *conversation];
    let lists = root
        .items("attachments")
        .iter()
        .take(1)
        .chain(conversation.items("messages").iter().take(1));
    places.extend(lists.map(Fields::of));
    for place in &places {
        if let Some(id) = number(place, "account_id")? {
            return Ok(id);
        }
    }
    let inbox = root.object("inbox");
    for place in [&inbox, conversation] {
        if let Some(id) = number(&place.object("account"), "id")? {
            return Ok(id);
        }
    }
    Err(Rejection::missing(account.path_of("id")))
}

fn status(root: &Fields<'_>) -> Result<Status, Rejection> {
    let word = root.text("status").map(str::to_ascii_lowercase);
    let known = match (word.as_deref(), root.integer("status")) {
        (Some("open"), _) | (_, Some(0)) => Status::Open,
        (Some("resolved"), _) | (_, Some(1)) => Status::Resolved,
        // Chatwoot's `pending` (once `bot`) is with a bot or kept aside: no agent has to act.
        (Some("pending" | "bot"), _) | (_, Some(2)) => Status::Pending,
        (Some("snoozed"), _) | (_, Some(3)) => Status::Snoozed,
        (None, None) if root.get("status").is_none() => {
            return Err(Rejection::missing(root.path_of("status")));
        }
        (Some(_) | None, Some(_) | None) => {
            return Err(Rejection::malformed(
                root.path_of("status"),
                "is no status of a conversation",
            ));
        }
    };
    Ok(known)
}

/// Whether its labels mark it as a complaint. That they do not says nothing, since an agent may have marked it
/// elsewhere: only taking the label away says that it is none.
fn complaint(root: &Fields<'_>) -> Option<bool> {
    if marks_complaint(root.get("labels")) {
        return Some(true);
    }
    let changed = ["label_list", "cached_label_list", "labels"]
        .into_iter()
        .find_map(|name| changed_to(root, name))?;
    let [before, now] =
        ["previous_value", "current_value"].map(|name| marks_complaint(changed.get(name)));
    (before || now).then_some(now)
}

/// Whether the label is in a list of labels, or in a text that names them between commas.
fn marks_complaint(labels: Option<&Value>) -> bool {
    let is_it = |label: &str| label.trim().eq_ignore_ascii_case(COMPLAINT);
    match labels {
        Some(Value::Array(labels)) => labels
            .iter()
            .take(MAX_LISTED)
            .filter_map(|label| label.as_str().or_else(|| Fields::of(label).text("title")))
            .any(is_it),
        Some(Value::String(labels)) => labels.split(',').take(MAX_LISTED).any(is_it),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => false,
    }
}

fn inbox(root: &Fields<'_>) -> Option<String> {
    name_or_id(&root.object("inbox")).or_else(|| root.id("inbox_id").as_deref().and_then(kept_name))
}

fn name_or_id(fields: &Fields<'_>) -> Option<String> {
    let id = fields.id("id");
    fields
        .text("name")
        .and_then(kept_name)
        .or_else(|| id.as_deref().and_then(kept_name))
}
