//! Messages and agents' notes.

use std::collections::BTreeMap;

use serde_json::Value;
use timeline::{
    Attachment, Author, Direction, Fact, MAX_ATTACHMENTS, Message, Note, Personal, Text, Timestamp,
    Updated, cut,
};

use super::conversation::{Conversation, changed_to, named_by_content, number};
use super::customer::{Customer, is_staff};
use super::{NAME, when};
use crate::fields::Fields;
use crate::parts::{kept_name, not_used};
use crate::reading::{Context, Reading, Rejection};

/// Longest new text of an edited message that is kept, in bytes.
const MAX_EDIT: usize = 4096;
/// Most answers of a form that are looked at.
const MAX_ANSWERS: usize = 16;

/// Longest time between a conversation and the message that it began with; Chatwoot writes both at once.
const FIRST_MESSAGE_MS: i64 = 5000;

/// Chatwoot's four types of messages.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Incoming,
    Outgoing,
    /// "Assigned to …", "was marked resolved".
    Activity,
    /// A greeting, a form, an automatic answer.
    Template,
}

/// Somebody wrote a message. Its id is Chatwoot's own for it, so that it is one event over however many webhooks.
pub(super) fn created(root: &Fields<'_>, context: &Context) -> Result<Reading, Rejection> {
    let fields = root.object("conversation");
    let conversation = Conversation::of(root, &fields)?;
    let id = number(root, "id")?.ok_or_else(|| Rejection::missing("id"))?;
    let kind = kind(root)?;
    let at = when::first_of(root, &["created_at"])?;
    let incoming = kind == Kind::Incoming && !is_private(root);
    let message = incoming.then_some(root);
    let customer = Customer::of(&fields, message, &conversation.account, context);
    let fact = fact(root, kind, customer.name.as_ref())?;
    let mut event = conversation.event(&format!("message-{id}"), fact)?;
    event.occurred_at = Some(at);
    event.direction = direction(&event.fact, at, &fields);
    customer.name_in(&mut event);
    Ok(Reading::event(event))
}

/// A message was deleted or edited, or the customer filled in a form of it. It never is a second message: the first
/// stays as it was sent, and this stands beside it. Nearly all updates are of delivery and reading; they say nothing
/// that can be told apart, and are not used. Chatwoot does not say when it happened.
pub(super) fn updated(root: &Fields<'_>, context: &Context) -> Result<Reading, Rejection> {
    let about = root.object("content_attributes");
    let submitted = ["submitted_email", "submitted_values"];
    let change = if is_true(about.get("deleted")) {
        "deleted"
    } else if submitted.iter().any(|name| about.get(name).is_some()) {
        "submitted"
    } else if changed_to(root, "content").is_some() {
        "edited"
    } else {
        return Ok(not_used(NAME, "message_updated"));
    };
    let fields = root.object("conversation");
    let conversation = Conversation::of(root, &fields)?;
    let id = number(root, "id")?.ok_or_else(|| Rejection::missing("id"))?;
    let mut attributes = BTreeMap::from([
        ("message_id".to_owned(), Personal::new(&id)),
        ("change".to_owned(), Personal::new(change)),
    ]);
    if change == "edited" && !is_private(root) {
        let content = cut(content(root)?, MAX_EDIT);
        attributes.insert("content".to_owned(), Personal::new(content));
    }
    let fact = Fact::Updated(Updated { attributes });
    let event = conversation.event(&format!("message-{id}-{change}"), fact)?;
    let mut event = named_by_content(event)?;
    if change == "submitted" {
        let customer = Customer::of(&fields, None, &conversation.account, context);
        customer.submit_in(&typed(&about), &mut event);
    }
    Ok(Reading::event(event))
}

/// What somebody typed into a form: an address that was asked for, or the answers of a form of several fields.
fn typed(about: &Fields<'_>) -> Vec<String> {
    let email = about.text("submitted_email").map(ToOwned::to_owned);
    let answers = about.items("submitted_values").iter().take(MAX_ANSWERS);
    let answers = answers.filter_map(|answer| Fields::of(answer).id("value"));
    email.into_iter().chain(answers).collect()
}

/// Who began the conversation, as far as one message can tell: the fold believes its earliest. An agent's message
/// tells only when the conversation came into being with it.
fn direction(fact: &Fact, at: Timestamp, conversation: &Fields<'_>) -> Option<Direction> {
    let Fact::Message(message) = fact else {
        return None;
    };
    match message.author {
        Author::Customer => Some(Direction::Inbound),
        Author::Agent if !message.private => {
            let began = when::time(conversation, "created_at").ok().flatten()?;
            (at.millis_since(began) <= FIRST_MESSAGE_MS).then_some(Direction::Outbound)
        }
        Author::Agent | Author::System => None,
    }
}

/// What was written; nothing where a message is a file only.
fn content<'a>(root: &Fields<'a>) -> Result<&'a str, Rejection> {
    match root.get("content") {
        None => Ok(""),
        Some(_) => root.required_text("content"),
    }
}

fn fact(
    root: &Fields<'_>,
    kind: Kind,
    customer_name: Option<&Personal>,
) -> Result<Fact, Rejection> {
    let sender = root.object("sender");
    let sender_name = sender.text("name").and_then(kept_name);
    let text = Text::new(content(root)?);
    let attachments = attachments(root);
    let private = is_private(root);
    let author = match kind {
        Kind::Incoming if !private => Author::Customer,
        Kind::Outgoing if !is_automatic(root, &sender) => Author::Agent,
        Kind::Incoming | Kind::Outgoing | Kind::Activity | Kind::Template => Author::System,
    };
    // A note has no files. A private message with some stays a message, so that they are not lost.
    if private && author == Author::Agent && attachments.is_empty() {
        return Ok(Fact::Note(Note {
            text,
            agent: sender_name,
        }));
    }
    let name = match author {
        // Beside a `contact`, as before 2021, the sender is an agent.
        Author::Customer => sender_name
            .filter(|_| !root.object("contact").is_present())
            .map(Personal::new)
            .or_else(|| customer_name.cloned()),
        Author::Agent | Author::System => sender_name.map(Personal::new),
    };
    Ok(Fact::Message(Message {
        author,
        name,
        text,
        private,
        attachments,
    }))
}

/// `incoming` at the top of a payload, `0` where a message is nested.
fn kind(root: &Fields<'_>) -> Result<Kind, Rejection> {
    let word = root.text("message_type").map(str::to_ascii_lowercase);
    match (word.as_deref(), root.integer("message_type")) {
        (Some("incoming"), _) | (_, Some(0)) => Ok(Kind::Incoming),
        (Some("outgoing"), _) | (_, Some(1)) => Ok(Kind::Outgoing),
        (Some("activity"), _) | (_, Some(2)) => Ok(Kind::Activity),
        (Some("template"), _) | (_, Some(3)) => Ok(Kind::Template),
        (Some(_) | None, Some(_) | None) if root.get("message_type").is_some() => Err(
            Rejection::malformed("message_type", "is no type of a message"),
        ),
        (Some(_) | None, Some(_) | None) => Err(Rejection::missing("message_type")),
    }
}

/// Whether a bot, an assistant, a rule or a campaign wrote it in the company's name.
fn is_automatic(root: &Fields<'_>, sender: &Fields<'_>) -> bool {
    let is_agent = sender
        .text("type")
        .is_some_and(|t| t.eq_ignore_ascii_case("user"));
    let by_rule = root.object("content_attributes").get("automation_rule_id");
    let by_campaign = root.object("additional_attributes").get("campaign_id");
    (is_staff(sender) && !is_agent) || by_rule.is_some() || by_campaign.is_some()
}

fn is_private(root: &Fields<'_>) -> bool {
    is_true(root.get("private"))
}

fn is_true(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Bool(value)) => *value,
        Some(Value::String(text)) => matches!(text.as_str(), "true" | "1"),
        Some(Value::Number(number)) => number.as_i64() == Some(1),
        Some(Value::Null | Value::Array(_) | Value::Object(_)) | None => false,
    }
}

/// Chatwoot gives a file no name of its own: it is the last part of the file's address.
fn attachments(root: &Fields<'_>) -> Vec<Attachment> {
    root.items("attachments")
        .iter()
        .filter(|file| file.is_object())
        .take(MAX_ATTACHMENTS)
        .map(|file| {
            let file = Fields::of(file);
            let in_address = file.text("data_url").and_then(last_part);
            let title = file.text("fallback_title").and_then(kept_name);
            let sort = file.text("file_type").unwrap_or("file");
            let sort = match file.text("extension") {
                Some(extension) => format!("{sort}.{extension}"),
                None => sort.to_owned(),
            };
            Attachment {
                name: title
                    .or(in_address)
                    .or_else(|| kept_name(&sort))
                    .unwrap_or_default()
                    .into(),
                bytes: file
                    .integer("file_size")
                    .and_then(|bytes| u64::try_from(bytes).ok()),
                media_type: file.text("content_type").and_then(kept_name),
            }
        })
        .collect()
}

/// The last part of an address's path, decoded; never its query, which can hold a key.
fn last_part(address: &str) -> Option<String> {
    let path = address.split(['?', '#']).next()?;
    let (_, path) = path.split_once("://")?;
    let (_, name) = path.rsplit_once('/')?;
    kept_name(&decoded(cut(name, 3 * crate::parts::MAX_NAME)))
}

/// `%20` and its like as the characters that they stand for; broken ones stay as they are.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let escaped = bytes
            .get(at + 1..at + 3)
            .filter(|hex| *byte == b'%' && hex.iter().all(u8::is_ascii_hexdigit))
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        out.push(escaped.unwrap_or(*byte));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}
