//! Mailgun: mails that its routes hand on (as a form, or as JSON where they are stored), and what became of mails that
//! went out.

mod about;
mod event;
mod route;

use std::borrow::Cow;

use serde_json::Value;

use super::signature::claimed;
use crate::about::About;
use crate::envelope::{Envelope, Payload};
use crate::fields::Fields;
use crate::form;
use crate::reading::{Context, Reading, Rejection, Source};

/// The source's name.
const NAME: &str = "mailgun";
/// Fields that only Mailgun writes. It sends a mail's own header as fields of the same form, with each word of their names
/// in a capital.
const OWN: [&str; 9] = [
    "event",
    "domain",
    "message-url",
    "attachments",
    "body-plain",
    "body-html",
    "body-mime",
    "stripped-text",
    "stripped-html",
];

/// Mailgun.
pub(crate) struct Mailgun;

impl Source for Mailgun {
    fn name(&self) -> &'static str {
        NAME
    }

    fn recognises(&self, envelope: &Envelope) -> bool {
        let named = envelope.source.as_deref() == Some(NAME);
        object(envelope, false).is_some_and(|object| {
            let fields = Fields::of(&object);
            named || is_event(&fields) || is_legacy(&fields) || is_mail(&fields)
        })
    }

    fn read(&self, envelope: &Envelope, context: &Context) -> Result<Reading, Rejection> {
        let object = object(envelope, envelope.is_bytes).ok_or(Rejection::UnknownEnvelope)?;
        let fields = Fields::of(&object);
        if is_event(&fields) {
            return event::read(&fields.object("event-data"));
        }
        if is_legacy(&fields) {
            return event::read_legacy(&fields);
        }
        if !is_mail(&fields) {
            return Err(Rejection::missing("event-data"));
        }
        if let Payload::Form(fields) = &envelope.payload {
            route::written_once(fields)?;
        }
        route::read(&fields, whole_mail(envelope), envelope.is_bytes)
            .map(Reading::event)
            .map(|reading| claimed(reading, context))
    }

    fn about(&self) -> &'static About {
        &about::ABOUT
    }
}

/// The delivery's fields; with `in_unicode`, those of a form whose characters are bytes, since a file came along. Mailgun's
/// own fields are UTF-8.
fn object(envelope: &Envelope, in_unicode: bool) -> Option<Cow<'_, Value>> {
    let Payload::Form(fields) = &envelope.payload else {
        return envelope.object();
    };
    let text = |value: &String| {
        let unicode = in_unicode.then(|| String::from_utf8(bytes(value)).ok());
        unicode.flatten().unwrap_or_else(|| value.clone())
    };
    let fields: Vec<_> = fields
        .iter()
        .filter(|(name, _)| !is_senders(name))
        .map(|(name, value)| (name.clone(), text(value)))
        .collect();
    Some(Cow::Owned(form::object(&fields)))
}

/// Whether a field is one of the mail's own header that is called like one of Mailgun's, but for the case: `Event`,
/// `Message-Url`. Whoever wrote the mail wrote that too.
fn is_senders(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    name != lower && (OWN.contains(&lower.as_str()) || lower.starts_with("attachment-"))
}

/// The bytes of a mail that came whole.
fn whole_mail(envelope: &Envelope) -> Option<Vec<u8>> {
    let object = object(envelope, false)?;
    let mail = Fields::of(&object).text("body-mime")?;
    Some(if envelope.is_bytes {
        bytes(mail)
    } else {
        mail.as_bytes().to_vec()
    })
}

fn bytes(characters: &str) -> Vec<u8> {
    // What is beyond a byte cannot be there.
    let bytes = characters.chars().map(u8::try_from);
    bytes.map(|byte| byte.unwrap_or(b'?')).collect()
}

fn is_event(fields: &Fields<'_>) -> bool {
    fields.get("event-data").is_some_and(Value::is_object)
}

/// The webhooks that Mailgun had until 2023, which were forms.
fn is_legacy(fields: &Fields<'_>) -> bool {
    fields.text("event").is_some()
        && !["body-plain", "body-mime", "message-url"]
            .into_iter()
            .any(|name| fields.get(name).is_some())
        && is_signed(fields)
        && (fields.text("recipient").is_some() || fields.text("domain").is_some())
}

fn is_mail(fields: &Fields<'_>) -> bool {
    let has_content = ["message-headers", "body-mime", "body-plain", "message-url"]
        .into_iter()
        .any(|name| fields.get(name).is_some());
    has_content && (fields.text("sender").is_some() || is_signed(fields))
}

fn is_signed(fields: &Fields<'_>) -> bool {
    fields.text("signature").is_some()
        && fields.text("token").is_some()
        && fields.id("timestamp").is_some()
}
