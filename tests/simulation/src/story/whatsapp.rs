//! Threads on WhatsApp: messages of the customer, answers from the app, and what became of them. Meta signs them, sends
//! several at once when it is behind, and the whole again when it has heard no yes.

use timeline::Channel;

use super::draft::{Draft, Sending};
use super::ids::{digest, token};
use super::people::{Person, SECOND_LINE};
use super::time::{MINUTE, SECOND, unix};
use super::{Content, ExpectedEvent, Queue};

const SOURCE: &str = "whatsapp";
const LINE_ID: &str = "110203405067089";
/// What customers write, as JSON has it. One is an address, which is a claim.
const WORDS: [&str; 5] = [
    "Hello, where is my order?",
    "Is the slope surveyed, too? \\ud83d\\ude42",
    "Zwei Zeilen,\\nbitte.",
    "\\\"Yes\\\", she said",
    "ok",
];

/// A part of a change: a message or a status, with the fact that it is.
struct Part {
    at: i64,
    kind: &'static str,
    /// The list that it stands in.
    list: &'static str,
    json: String,
    fact: ExpectedEvent,
}

/// A thread.
pub(super) fn thread(draft: &mut Draft<'_>) {
    let person = draft.person();
    let interaction = format!("whatsapp:{}", digest(&[LINE_ID, &person.whatsapp()]));
    if draft.interactions().contains_key(&interaction) {
        // It is one thread for ever, and another scene has told it.
        return;
    }
    let mut at = draft.beginning();
    let mut parts = Vec::new();
    let messages = draft.rng.usize(2..=5);
    for place in 0..messages {
        let from_customer = place == 0 || draft.rng.bool();
        let id = format!("wamid.{}", token(draft.rng, 40));
        let part = if from_customer {
            received(draft, &person, &id, at, &interaction)
        } else {
            echoed(draft, &person, &id, at, &interaction)
        };
        parts.push(part);
        if !from_customer {
            for status in ["delivered", "read"] {
                if draft.rng.bool() {
                    let at = at + draft.between(SECOND, MINUTE);
                    parts.push(became(&person, &id, status, at, &interaction));
                }
            }
        }
        at += draft.between(SECOND, 40 * MINUTE);
    }
    draft.claim(&person.whatsapp(), person.tel(), true);
    draft.expect(&interaction, Channel::Chat, Some(person.whatsapp()), false);
    deliver(draft, &person, parts);
}

fn fact(interaction: &str, logical: String, content: Content) -> ExpectedEvent {
    ExpectedEvent {
        interaction: interaction.to_owned(),
        logical,
        content,
    }
}

fn received(draft: &mut Draft<'_>, person: &Person, id: &str, at: i64, interaction: &str) -> Part {
    let words = if draft.one_in(5) {
        draft.claim(&person.whatsapp(), person.mailto(), false);
        person.email.clone()
    } else {
        draft.pick(&WORDS).to_owned()
    };
    Part {
        at,
        kind: "whatsapp message",
        list: "messages",
        json: format!(
            r#"{{"from":"{}","id":"{id}","timestamp":"{}","type":"text","text":{{"body":"{words}"}}}}"#,
            person.digits,
            unix(at)
        ),
        fact: fact(
            interaction,
            format!("whatsapp:{id}"),
            Content::at_second("message", at).saying(&words),
        ),
    }
}

fn echoed(draft: &mut Draft<'_>, person: &Person, id: &str, at: i64, interaction: &str) -> Part {
    let words = draft.pick(&WORDS);
    Part {
        at,
        kind: "whatsapp answer",
        list: "message_echoes",
        json: format!(
            r#"{{"from":"{SECOND_LINE}","to":"{}","id":"{id}","timestamp":"{}","type":"text","text":{{"body":"{words}"}}}}"#,
            person.digits,
            unix(at),
        ),
        fact: fact(
            interaction,
            format!("whatsapp:{id}"),
            Content::at_second("message", at).saying(words),
        ),
    }
}

fn became(person: &Person, id: &str, status: &str, at: i64, interaction: &str) -> Part {
    Part {
        at,
        kind: "whatsapp status",
        list: "statuses",
        json: format!(
            r#"{{"id":"{id}","status":"{status}","timestamp":"{}","recipient_id":"{}"}}"#,
            unix(at),
            person.digits
        ),
        fact: fact(
            interaction,
            format!("whatsapp:{id}:{status}"),
            Content::at_second("reached", at),
        ),
    }
}

/// Sends the parts, mostly each alone; when Meta is behind, several neighbours of one sort together.
fn deliver(draft: &mut Draft<'_>, person: &Person, parts: Vec<Part>) {
    let mut parts = parts.into_iter().peekable();
    while let Some(first) = parts.next() {
        let mut together = vec![first];
        let (list, mut at) = (together[0].list, together[0].at);
        while draft.one_in(3)
            && let Some(next) = parts.next_if(|next| next.list == list)
        {
            at = at.max(next.at);
            together.push(next);
        }
        let kind = match together.as_slice() {
            [one] => one.kind,
            _ => "whatsapp, several at once",
        };
        let body = change(person, list, &together);
        let mut sending = Sending::of(Queue::Chat, kind, SOURCE, body);
        sending.what.events = together.into_iter().map(|part| part.fact).collect();
        draft.send(at, sending);
    }
}

/// A delivery of one change, as the webhook's pieces are.
fn change(person: &Person, list: &str, parts: &[Part]) -> String {
    let field = match list {
        "message_echoes" => "smb_message_echoes",
        _ => "messages",
    };
    let contacts = match list {
        "messages" => format!(
            r#""contacts":[{{"profile":{{"name":"{}"}},"wa_id":"{}"}}],"#,
            person.name, person.digits
        ),
        _ => String::new(),
    };
    let parts: Vec<&str> = parts.iter().map(|part| part.json.as_str()).collect();
    format!(
        r#"{{"object":"whatsapp_business_account","entry":[{{"id":"109876543210987","changes":[{{"value":{{"messaging_product":"whatsapp","metadata":{{"display_phone_number":"{SECOND_LINE}","phone_number_id":"{LINE_ID}"}},{contacts}"{list}":[{}]}},"field":"{field}"}}]}}]}}"#,
        parts.join(",")
    )
}
