//! Who is calling: people whom one identity does not tell.

use serde_json::{Value, json};

use super::story::Story;

/// A customer who chats, writes and phones, each under an identity of its own.
pub(super) const NOOR_PHONE: &str = "+14155550171";
pub(super) const NOOR_EMAIL: &str = "noor.vance@example.com";
/// The main number of a company where two customers work.
pub(super) const OFFICE: &str = "+14155550180";
/// What a telephone system sends when the caller withholds the number.
pub(super) const WITHHELD: &str = "anonymous";

/// Events of one queue.
pub(super) struct Played {
    pub(super) queue: &'static str,
    pub(super) line: &'static str,
    pub(super) bodies: Vec<String>,
}

/// What happens under three identities.
pub(super) fn noor(story: &Story) -> Vec<Played> {
    let visitor = format!("visitor:plumbline/{}", story.id("noor"));
    let chat = [
        event(
            story,
            55,
            "chat.started",
            "website",
            "noor-chat",
            json!({
                "customer": visitor,
                "claims": [{"identity": {"email": NOOR_EMAIL}, "basis": "typed"}],
            }),
        ),
        event(
            story,
            54,
            "chat.message",
            "website",
            "noor-chat",
            json!({
                "customer": visitor, "author": "customer",
                "text": "My survey was booked for yesterday, and nobody came.",
            }),
        ),
    ];
    let mail = event(
        story,
        30,
        "email.mail",
        "mailbox",
        "noor-mail",
        json!({
            "customer": {"email": NOOR_EMAIL, "name": "Noor Vance"},
            "subject": "Nobody came", "text": "I waited the whole afternoon. Please call me.",
        }),
    );
    let complaint = event(
        story,
        29,
        "email.status",
        "mailbox",
        "noor-mail",
        json!({ "status": "open", "complaint": true }),
    );
    vec![
        Played {
            queue: "chat-events",
            line: "chats as a visitor of the website, and types an address",
            bodies: chat.map(|event| event.to_string()).into(),
        },
        Played {
            queue: "email-events",
            line: "complains by mail",
            bodies: vec![mail.to_string(), complaint.to_string()],
        },
        Played {
            queue: "call-events",
            line: "phones from a number that nobody knows",
            bodies: vec![story.push("noor-call", NOOR_PHONE)],
        },
    ]
}

/// Two records of a CRM with one main number, and a call from it.
pub(super) fn office(story: &Story) -> Vec<Played> {
    let record = |number: u32, name: &str| {
        event(
            story,
            45 + i64::from(number),
            "task.updated",
            "crm",
            &format!("office-{number}"),
            json!({
                "customer": {"uri": format!("crm:plumbline/{}", story.id(&number.to_string())), "name": name},
                "claims": [{"identity": {"phone": OFFICE}, "basis": "record"}],
            }),
        )
    };
    let records = [record(17, "Ben Okafor"), record(18, "Iris Chen")];
    vec![
        Played {
            queue: "call-events",
            line: "the CRM knows two people under one main number",
            bodies: records.map(|record| record.to_string()).into(),
        },
        Played {
            queue: "call-events",
            line: "somebody phones from there",
            bodies: vec![story.push("office-call", OFFICE)],
        },
    ]
}

/// A call without a number.
pub(super) fn withheld(story: &Story) -> Vec<Played> {
    vec![Played {
        queue: "call-events",
        line: "somebody phones and withholds the number",
        bodies: vec![story.push("withheld-call", WITHHELD)],
    }]
}

fn event(
    story: &Story,
    minutes: i64,
    kind: &str,
    source: &str,
    interaction: &str,
    about: Value,
) -> Value {
    let mut data = json!({ "interaction": story.id(interaction) });
    if let (Some(data), Value::Object(about)) = (data.as_object_mut(), about) {
        data.extend(about);
    }
    json!({
        "specversion": "1.0",
        "id": story.id(&format!("{interaction}-{kind}-{minutes}")),
        "source": source,
        "type": format!("cornerstore.{kind}"),
        "time": story.ago(minutes),
        "data": data,
    })
}
