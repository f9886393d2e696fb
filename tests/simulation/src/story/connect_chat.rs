//! Chats of Amazon Connect: messages from the stream's topic on one queue, the contact's own events on another, one
//! interaction of both.

use timeline::Channel;

use super::connect::says;
use super::draft::{Draft, Sending};
use super::ids::uuid;
use super::people::Person;
use super::time::{MINUTE, SECOND, iso, iso_seconds};
use super::{Content, Queue};

const EVENT: &str = "application/vnd.amazonaws.connect.event";

/// A chat while it is told.
struct Chat {
    contact: String,
    participant: String,
    interaction: String,
}

/// A chat.
pub(super) fn chat(draft: &mut Draft<'_>) {
    let person = draft.person();
    let contact = uuid(draft.rng);
    let chat = Chat {
        interaction: format!("amazon-connect:{contact}"),
        participant: uuid(draft.rng),
        contact,
    };
    let visitor = format!("visitor:amazon-connect/{}", chat.participant);
    let began = draft.beginning();
    let mut at = began;
    contact_event(
        draft,
        &chat,
        "INITIATED",
        "connect chat INITIATED",
        began,
        began,
    );
    said(draft, &chat, Some(&person), "participant.joined", "", at);
    for place in 0..draft.rng.usize(2..=5) {
        at += draft.between(SECOND, 3 * MINUTE);
        if place > 0 && draft.one_in(4) {
            said(draft, &chat, None, "", "Let me look.", at);
        } else if draft.one_in(5) {
            // Asked who they are, customers type an address, and nobody has made sure of it.
            said(draft, &chat, Some(&person), "", &person.email, at);
            draft.claim(&visitor, person.mailto(), false);
        } else {
            said(draft, &chat, Some(&person), "", "Is my table ready?", at);
        }
        if draft.one_in(5) {
            said(draft, &chat, Some(&person), "typing", "", at + SECOND);
        }
    }
    let ends = !draft.one_in(4);
    if ends {
        at += MINUTE;
        said(draft, &chat, None, "chat.ended", "", at);
        let kind = "connect chat DISCONNECTED";
        contact_event(draft, &chat, "DISCONNECTED", kind, began, at);
    }
    draft.expect(&chat.interaction, Channel::Chat, Some(visitor), ends);
}

/// An item of the stream: an event where it has a name, else a message with this text.
fn said(
    draft: &mut Draft<'_>,
    chat: &Chat,
    customer: Option<&Person>,
    event: &str,
    text: &str,
    at: i64,
) {
    let id = uuid(draft.rng);
    let (item, content_type, content) = if event.is_empty() {
        (
            "MESSAGE",
            "text/plain".to_owned(),
            format!(r#""Content":"{text}","#),
        )
    } else {
        ("EVENT", format!("{EVENT}.{event}"), String::new())
    };
    let (role, who) = match customer {
        Some(person) => (
            "CUSTOMER",
            format!(
                r#""ParticipantId":"{}","DisplayName":"{}","ParticipantRole":"CUSTOMER","#,
                chat.participant, person.name
            ),
        ),
        None if event.is_empty() => (
            "AGENT",
            r#""ParticipantId":"bea","DisplayName":"Bea","ParticipantRole":"AGENT","#.to_owned(),
        ),
        None => ("", String::new()),
    };
    let contact = &chat.contact;
    let message = format!(
        r#"{{"AbsoluteTime":"{}",{content}"ContentType":"{content_type}","Id":"{id}","Type":"{item}",{who}"InitialContactId":"{contact}","ContactId":"{contact}"}}"#,
        iso(at)
    );
    let whispers = role == "AGENT" && draft.one_in(3);
    let kind = match (event, role) {
        ("", "CUSTOMER") => "connect chat message",
        ("", _) if whispers => "connect chat whisper",
        ("", _) => "connect chat answer",
        ("typing", _) => "connect chat typing (not used)",
        ("chat.ended", _) => "connect chat ended",
        (_, _) => "connect chat joined",
    };
    let visibility = if whispers { "AGENT" } else { "ALL" };
    let in_sns = format!(
        r#"{{"Type":"Notification","MessageId":"{}","TopicArn":"arn:aws:sns:us-west-2:123456789012:chat-stream","Message":"{}","Timestamp":"{}","SignatureVersion":"1","Signature":"invented","MessageAttributes":{{"MessageVisibility":{{"Type":"String","Value":"{visibility}"}},"Type":{{"Type":"String","Value":"{item}"}}}}}}"#,
        uuid(draft.rng),
        message.replace('"', "\\\""),
        iso(at + 200)
    );
    let sending = Sending {
        // Raw delivery takes the topic's envelope off, and with it who may see what.
        otherwise: (!whispers).then_some(message),
        ..Sending::bare(Queue::Chat, kind, in_sns)
    };
    let sending = if event == "typing" {
        sending
    } else {
        let says = match event {
            "" if whispers => Content::at("note", at).saying(text),
            "" => Content::at("message", at).saying(text),
            "chat.ended" => Content::at("ended", at),
            _ => Content::at("started", at),
        };
        sending.tells(&chat.interaction, format!("connect-chat:{id}"), says)
    };
    draft.send(at, sending);
}

/// What the contact says of itself, on the queue of calls.
fn contact_event(
    draft: &mut Draft<'_>,
    chat: &Chat,
    event: &str,
    kind: &'static str,
    began: i64,
    at: i64,
) {
    let contact = &chat.contact;
    let ended = match event {
        "DISCONNECTED" => iso(at),
        _ => "1970-01-01T00:00:00.001Z".to_owned(),
    };
    let body = format!(
        r#"{{"version":"0","id":"{}","detail-type":"Amazon Connect Contact Event","source":"aws.connect","account":"111122223333","time":"{}","region":"us-west-2","resources":[],"detail":{{"eventType":"{event}","contactId":"{contact}","channel":"CHAT","initiationMethod":"API","initiationTimestamp":"{}","disconnectTimestamp":"{ended}","tags":{{}}}}}}"#,
        uuid(draft.rng),
        iso_seconds(at),
        iso(began)
    );
    let sending = Sending::bare(Queue::Call, kind, body);
    draft.send(
        at,
        sending.tells(
            &chat.interaction,
            format!("connect:{contact}:{event}"),
            says(event, at),
        ),
    );
}
