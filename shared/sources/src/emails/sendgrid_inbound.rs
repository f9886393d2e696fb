//! SendGrid's Inbound Parse: a mail as a form of its parts, or as a whole in the field `email`.
//!
//! SendGrid says of each field which charset it is in, and sends the bytes as they were. Its form's boundary is the same
//! for every mail, so that a mail may hold fields of its own making: a field that stands there twice is not believed.

mod about;

use std::collections::BTreeMap;

use mail_parser::decoders::charsets::map::charset_decoder;
use serde_json::Value;
use timeline::{Attachment, Distrust};

use super::body::{self, Bytes};
use super::header::{Headers, Mailbox, date, decoded, mailboxes};
use super::inbound::{self, Inbound, is_authors};
use super::mime::Mime;
use super::people::listed;
use super::sendgrid;
use super::signature::claimed;
use crate::about::About;
use crate::envelope::{Envelope, Payload};
use crate::fields::Fields;
use crate::reading::{Context, Reading, Rejection, Source};

const NAME: &str = "sendgrid-inbound";

/// SpamAssassin's own limit, from which on a mail is spam. SendGrid scores only where it is asked to.
const SPAM_SCORE: f64 = 5.0;
/// Most files that are looked for.
const MAX_FILES: usize = 100;
/// Longest list of DKIM results that is read, in bytes.
const MAX_DKIM: usize = 4096;

/// Fields that SendGrid writes once.
const ONCE: [&str; 16] = [
    "headers",
    "email",
    "envelope",
    "charsets",
    "from",
    "to",
    "cc",
    "subject",
    "text",
    "html",
    "attachments",
    "attachment-info",
    "SPF",
    "dkim",
    "spam_score",
    "sender_ip",
];

/// SendGrid's Inbound Parse.
pub(crate) struct SendGridInbound;

impl Source for SendGridInbound {
    fn name(&self) -> &'static str {
        NAME
    }

    fn recognises(&self, envelope: &Envelope) -> bool {
        let Payload::Form(fields) = &envelope.payload else {
            return false;
        };
        let has = |name: &str| fields.iter().any(|(here, _)| here == name);
        let named = envelope.source.as_deref() == Some(NAME);
        let tells = has("envelope") || has("charsets");
        named || (tells && (has("headers") || has("email")))
    }

    fn read(&self, envelope: &Envelope, context: &Context) -> Result<Reading, Rejection> {
        let Payload::Form(fields) = &envelope.payload else {
            return Err(Rejection::UnknownEnvelope);
        };
        let form = Form::of(fields, envelope.is_bytes)?;
        let event = match (form.raw("email"), form.raw("headers")) {
            (Some(_), Some(_)) => {
                let problem = "stands beside `headers`";
                return Err(Rejection::malformed("email", problem));
            }
            (Some(email), None) => form.whole(email)?,
            (None, _) => form.parts()?,
        };
        Ok(claimed(Reading::event(event), context))
    }

    fn about(&self) -> &'static About {
        &about::ABOUT
    }
}

/// The form's fields, still in their bytes.
struct Form<'a> {
    fields: BTreeMap<&'a str, &'a str>,
    /// Whether each character stands for a byte.
    is_bytes: bool,
    charsets: Value,
}

impl<'a> Form<'a> {
    fn of(all: &'a [(String, String)], is_bytes: bool) -> Result<Self, Rejection> {
        let mut fields = BTreeMap::new();
        for (name, value) in all {
            let again = fields.insert(name.as_str(), value.as_str()).is_some();
            if let Some(once) = ONCE.into_iter().find(|once| again && once == name) {
                return Err(Rejection::malformed(once, "stands there twice"));
            }
        }
        let charsets = fields
            .get("charsets")
            .and_then(|charsets| serde_json::from_str(charsets).ok())
            .unwrap_or_default();
        Ok(Self {
            fields,
            is_bytes,
            charsets,
        })
    }

    /// A field's characters as they came; `None` when it is absent or blank.
    fn raw(&self, name: &str) -> Option<&'a str> {
        let value = *self.fields.get(name)?;
        (!value.trim().is_empty()).then_some(value)
    }

    /// A field's bytes.
    fn bytes(&self, value: &str) -> Vec<u8> {
        if self.is_bytes {
            // What is beyond a byte cannot be there.
            value
                .chars()
                .map(|c| u8::try_from(c).unwrap_or(b'?'))
                .collect()
        } else {
            value.as_bytes().to_vec()
        }
    }

    /// A field's text in Unicode, by the charset that SendGrid names for it.
    fn text(&self, name: &str) -> Option<String> {
        let value = self.raw(name)?;
        let charset = Fields::of(&self.charsets).text(name).unwrap_or("utf-8");
        Some(self.unicode(value, charset))
    }

    fn unicode(&self, value: &str, charset: &str) -> String {
        if !self.is_bytes && !value.is_ascii() {
            // The whole body is UTF-8, so that this field is: something on the way has made it so.
            return value.to_owned();
        }
        let bytes = self.bytes(value);
        let charset = charset.trim().to_ascii_lowercase();
        let is_utf8 = matches!(
            charset.as_str(),
            "" | "utf-8" | "utf8" | "us-ascii" | "ascii"
        );
        let decoder = if is_utf8 {
            None
        } else {
            charset_decoder(charset.as_bytes())
        };
        match (decoder, std::str::from_utf8(&bytes)) {
            (Some(decode), _) => decode(&bytes),
            (None, Ok(text)) => text.to_owned(),
            (None, Err(_)) => match charset_decoder(b"windows-1252") {
                Some(decode) => decode(&bytes),
                None => String::from_utf8_lossy(&bytes).into_owned(),
            },
        }
    }

    /// A mail that SendGrid took apart.
    fn parts(&self) -> Result<timeline::Event, Rejection> {
        let block = self
            .raw("headers")
            .ok_or_else(|| Rejection::missing("headers"))?;
        let (headers, _) = Headers::read(self.bytes(block).trim_ascii_start());
        let plain = self.text("text").unwrap_or_default();
        let html = self.text("html").unwrap_or_default();
        let subject = self.text("subject").map(|subject| decoded(&subject));
        let text = body::text_of(&plain, &html);
        let id = inbound::id_of(
            &headers,
            subject.as_deref().unwrap_or_default(),
            text.as_ref(),
        );
        let mail = Inbound {
            id,
            id_field: "headers",
            subject: subject.as_deref(),
            text,
            attachments: self.attachments(),
            ..Inbound::default()
        };
        self.event(mail, headers)
    }

    /// A mail as it was sent.
    fn whole(&self, email: &str) -> Result<timeline::Event, Rejection> {
        let bytes = self.bytes(email);
        let mime = Mime::read(&bytes, 0);
        let origin = if self.is_bytes {
            Bytes::Original
        } else {
            Bytes::Utf8
        };
        let text = body::text(&mime, origin);
        let subject = mime.headers.get("subject").unwrap_or_default();
        let mail = Inbound {
            id: inbound::id_of(&mime.headers, subject, text.as_ref()),
            id_field: "email",
            text,
            attachments: body::attachments(&mime),
            ..Inbound::default()
        };
        self.event(mail, mime.headers.clone())
    }

    fn event(&self, mail: Inbound<'_>, headers: Headers) -> Result<timeline::Event, Rejection> {
        let envelope: Value = self
            .text("envelope")
            .and_then(|envelope| serde_json::from_str(&envelope).ok())
            .unwrap_or_default();
        let from = self.text("from");
        let to = self.text("to");
        let read = |field: &Option<String>| field.as_deref().map(mailboxes).unwrap_or_default();
        let mut to = read(&to);
        if to.is_empty() {
            to = Fields::of(&envelope)
                .items("to")
                .iter()
                .filter_map(Value::as_str)
                .take(MAX_FILES)
                .flat_map(mailboxes)
                .collect();
        }
        let authors = read(&from);
        let mail = Inbound {
            source: sendgrid::SYSTEM,
            known_as: Some(sendgrid::known_as),
            occurred_at: headers.get("date").and_then(date),
            distrust: self.distrust(&headers, &authors),
            from: authors,
            written_from: from.as_deref(),
            // An empty text says something here: the mail is a report.
            return_path: envelope.get("from").and_then(Value::as_str),
            to,
            headers,
            ..mail
        };
        mail.event()
    }

    /// What SendGrid found when it took the mail in. It knows no DMARC. Forged is what the sender's domain disowns (SPF
    /// says `fail`) and no signature of the author's own domain vouches for; anything less fails nothing.
    fn distrust(&self, headers: &Headers, authors: &[Mailbox]) -> Vec<Distrust> {
        let score = self
            .raw("spam_score")
            .map(|score| score.trim().parse::<f64>());
        let is_spam = matches!(score, Some(Ok(score)) if score >= SPAM_SCORE);
        let spf = self.raw("SPF").map(str::trim).unwrap_or_default();
        let named = listed(headers, "from");
        let author = named.first().or(authors.first());
        let vouched = author.is_some_and(|author| {
            let dkim = self.raw("dkim").unwrap_or_default();
            passes(dkim).any(|domain| is_authors(domain, author.address.raw()))
        });
        let is_forged = spf.eq_ignore_ascii_case("fail") && !vouched;
        [(is_spam, Distrust::Spam), (is_forged, Distrust::Forged)]
            .into_iter()
            .filter_map(|(is, distrust)| is.then_some(distrust))
            .collect()
    }

    /// The mail's files: as `attachment-info` names them, with the sizes that the form's own parts have.
    fn attachments(&self) -> Vec<Attachment> {
        let info: Value = self
            .text("attachment-info")
            .and_then(|info| serde_json::from_str(&info).ok())
            .unwrap_or_default();
        let info = Fields::of(&info);
        let files = (1..=MAX_FILES).filter_map(|n| {
            let name = format!("attachment{n}");
            let part: Option<Value> = self
                .raw(&name)
                .and_then(|part| serde_json::from_str(part).ok());
            let part = part.unwrap_or_default();
            let named = info.get(&name).map(Fields::of);
            let part = Fields::of(&part);
            if named.is_none() && !part.is_present() {
                return None;
            }
            let part_name = part
                .text("filename")
                .map(|file| self.unicode(file, "utf-8"));
            let told = |field: &str| named.as_ref().and_then(|named| named.text(field));
            let size = if self.is_bytes { "characters" } else { "bytes" };
            Some(inbound::attachment(
                told("filename").or(told("name")).or(part_name.as_deref()),
                part.integer(size).and_then(|size| u64::try_from(size).ok()),
                told("type").or(part.text("type")),
            ))
        });
        files.take(timeline::MAX_ATTACHMENTS).collect()
    }
}

/// The domains whose signatures held, of `{@example.com : pass, @example.net : fail}`.
fn passes(dkim: &str) -> impl Iterator<Item = &str> {
    let dkim = timeline::cut(dkim, MAX_DKIM).trim();
    let list = dkim.trim_start_matches('{').trim_end_matches('}');
    list.split(',').filter_map(|result| {
        let (domain, verdict) = result.rsplit_once(':')?;
        let held = verdict.trim().eq_ignore_ascii_case("pass");
        held.then(|| domain.trim().trim_start_matches('@'))
    })
}
