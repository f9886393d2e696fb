//! A mail that came in: who it is from, which thread it belongs to, and what it says.
//!
//! A mail's event is the same whichever receipt rule reported it, so that only fields of the mail itself go into it,
//! never those of the rule (its recipients, its time). An S3 action tells where the whole mail is kept and sends no
//! content; then the event has the header only.

use serde_json::Value;
use timeline::{
    Channel, Direction, Distrust, Event, EventId, Fact, Identity, InteractionId, Mail, Personal,
    cut, preview,
};

use super::body::{self, Bytes};
use super::content::content;
use super::header::{Headers, Mailbox, decoded, mailboxes};
use super::mime::Mime;
use super::people::{Authors, People, is_automatic, is_nobody};
use super::{ses, thread};
use crate::fields::Fields;
use crate::reading::Rejection;

/// Longest subject, in characters.
pub(super) const MAX_SUBJECT_CHARS: usize = 300;
/// Longest Message-ID that is kept as it is; the thread's key is made of the whole id.
pub(super) const MAX_MESSAGE_ID: usize = 512;
/// Most receivers that are listed.
pub(super) const MAX_TO: usize = 16;
/// How the hosts end that SES puts into the Message-IDs of the mails that it sends, after the id that its events name:
/// `email.amazonses.com`, `eu-central-1.amazonses.com`.
const OWN_HOST: &str = ".amazonses.com";
/// Longest name of a bucket or a key in it, by S3's own rules.
pub(super) const MAX_LOCATION: usize = 1100;

/// What is known of a mail: the notification's fields, and its header from both places where it may stand.
struct Received<'a> {
    root: Fields<'a>,
    /// `mail.headers`.
    listed: Headers,
    /// The mail itself.
    mime: Option<Mime<'a>>,
    bytes: Bytes,
    /// SES lists only the first of many fields.
    listed_cut: bool,
}

/// The event of a mail that came in. Its body, where it came along, is read in its beginning only.
pub(super) fn received(payload: &Value) -> Result<Event, Rejection> {
    let root = Fields::of(payload);
    let mail = root.object("mail");
    let message_id = mail.required_id("messageId")?;
    let occurred_at = mail.required_time("timestamp")?;
    let content = content(&root)?;
    let received = Received {
        root,
        listed: listed_headers(&mail),
        mime: content
            .as_ref()
            .map(|content| Mime::read(&content.mail, content.beyond)),
        bytes: content
            .as_ref()
            .map_or(Bytes::Utf8, |content| content.bytes),
        listed_cut: mail.get("headersTruncated").and_then(Value::as_bool) == Some(true),
    };
    let distrust = received.distrust();
    let people = if distrust.is_empty() {
        received.people()
    } else {
        People::default()
    };
    let key = received.key(&message_id, people.customer.as_ref(), &distrust);
    let source = ses::source()?;
    let malformed =
        |error: timeline::IdError| Rejection::malformed("mail.messageId", error.to_string());
    let interaction_id = InteractionId::new(&source, &key).map_err(malformed)?;
    let id = EventId::new(&message_id).map_err(malformed)?;
    let fact = Fact::Mail(Box::new(received.mail(distrust)));
    Ok(Event {
        occurred_at: Some(occurred_at),
        direction: Some(Direction::Inbound),
        customer: people
            .customer
            .map(|customer| Identity::email(&customer.address)),
        unread_customer: people.unread,
        customer_name: people.name,
        participants: people.others,
        ..Event::new(interaction_id, id, source, Channel::Email, fact)
    })
}

impl Received<'_> {
    /// The raw value of a header field.
    fn header(&self, name: &str) -> Option<&str> {
        let itself = self.mime.as_ref().and_then(|mime| mime.headers.get(name));
        let listed = self.listed.get(name);
        if self.listed_cut {
            itself.or(listed)
        } else {
            listed.or(itself)
        }
    }

    /// A field of `mail.commonHeaders`, which is a text or a list of texts, as one line.
    fn common(&self, name: &str) -> Option<String> {
        let mail = self.root.object("mail");
        let common = mail.object("commonHeaders");
        match common.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Array(items) => {
                let texts: Vec<_> = items
                    .iter()
                    .take(MAX_TO)
                    .filter_map(Value::as_str)
                    .collect();
                (!texts.is_empty()).then(|| texts.join(", "))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
        }
    }

    fn distrust(&self) -> Vec<Distrust> {
        let receipt = self.root.object("receipt");
        let failed = |verdict| {
            let status = receipt.object(verdict).text("status");
            status.is_some_and(|status| status.eq_ignore_ascii_case("FAIL"))
        };
        [
            ("spamVerdict", Distrust::Spam),
            ("virusVerdict", Distrust::Virus),
            ("dmarcVerdict", Distrust::Forged),
        ]
        .into_iter()
        .filter_map(|(verdict, distrust)| failed(verdict).then_some(distrust))
        .collect()
    }

    /// The envelope's sender, as SES took it in: where bounces of this mail would go.
    fn return_path(&self) -> Option<&str> {
        let mail = self.root.object("mail");
        mail.text("source")
            .filter(|source| !is_nobody(source.trim()))
    }

    /// Whether the envelope names nobody: a report about a mail, never a mail of a person.
    fn has_null_return_path(&self) -> bool {
        // An empty text counts as absent elsewhere; here it says something.
        let mail = self.root.get("mail");
        mail.and_then(|mail| mail.get("source"))
            .and_then(Value::as_str)
            .is_some_and(|source| is_nobody(source.trim()))
    }

    fn people(&self) -> People {
        let read = |value: Option<String>| value.map(|value| mailboxes(&value)).unwrap_or_default();
        let field = |name| read(self.header(name).map(str::to_owned));
        let common = read(self.common("from"));
        People::of(Authors {
            from: if common.is_empty() {
                field("from")
            } else {
                common
            },
            written: self
                .common("from")
                .or_else(|| self.header("from").map(str::to_owned)),
            reply_to: field("reply-to"),
            sender: field("sender"),
            envelope: read(self.return_path().map(str::to_owned)),
        })
    }

    fn key(&self, message_id: &str, customer: Option<&Mailbox>, distrust: &[Distrust]) -> String {
        let own = self.message_id();
        let root = thread::root(
            self.header("references"),
            self.header("in-reply-to"),
            own.as_deref(),
        );
        let root = root.as_deref();
        let root = root.map(|root| known_as(root).unwrap_or(root));
        let customer = customer.map(|customer| customer.address.key());
        thread::key_of(root, message_id, customer, distrust)
    }

    /// The Message-ID without its angle brackets.
    fn message_id(&self) -> Option<String> {
        let header = self.header("message-id").map(str::to_owned);
        header
            .or_else(|| self.common("messageId"))
            .and_then(|value| thread::first_id(&value))
    }

    fn mail(&self, distrust: Vec<Distrust>) -> Mail {
        let subject = self.header("subject").map(str::to_owned);
        let subject = subject.or_else(|| self.common("subject"));
        let readable = self.mime.as_ref().filter(|_| distrust.is_empty());
        let listable = self
            .mime
            .as_ref()
            .filter(|_| !distrust.contains(&Distrust::Virus));
        Mail {
            outbound: false,
            subject: subject
                .map(|subject| preview(&decoded(&subject), MAX_SUBJECT_CHARS))
                .filter(|subject| !subject.expose().is_empty()),
            text: readable.and_then(|mime| body::text(mime, self.bytes)),
            message_id: self
                .message_id()
                .map(|id| cut(&id, MAX_MESSAGE_ID).to_owned()),
            to: self.to(),
            attachments: listable.map(body::attachments).unwrap_or_default(),
            location: self.location(),
            automatic: self.is_automatic(),
            distrust,
        }
    }

    fn to(&self) -> Vec<Personal> {
        let field = self
            .common("to")
            .or_else(|| self.header("to").map(str::to_owned));
        let addressed = field.map(|to| mailboxes(&to)).unwrap_or_default();
        if !addressed.is_empty() {
            let to = addressed.iter().take(MAX_TO);
            return to.map(|to| Personal::new(to.address.raw())).collect();
        }
        let mail = self.root.object("mail");
        let delivered = mail.items("destination").iter().take(MAX_TO);
        delivered
            .filter_map(Value::as_str)
            .flat_map(mailboxes)
            .map(|to| Personal::new(to.address.raw()))
            .collect()
    }

    /// Where an S3 action has put the whole mail.
    fn location(&self) -> Option<Personal> {
        let receipt = self.root.object("receipt");
        let action = receipt.object("action");
        let (bucket, key) = (action.text("bucketName")?, action.text("objectKey")?);
        let location = format!("s3://{bucket}/{key}");
        (location.len() <= MAX_LOCATION).then(|| Personal::new(location))
    }

    fn is_automatic(&self) -> bool {
        is_automatic(|name| self.header(name), self.has_null_return_path())
    }
}

/// What SES's events know a mail by that SES sent, from its Message-ID: answers to it are of its interaction.
fn known_as(message_id: &str) -> Option<&str> {
    let (id, host) = message_id.rsplit_once('@')?;
    (!id.is_empty() && host.ends_with(OWN_HOST)).then_some(id)
}

/// The header as SES lists it.
fn listed_headers(mail: &Fields<'_>) -> Headers {
    Headers::of_pairs(mail.items("headers").iter().filter_map(|header| {
        let header = Fields::of(header);
        Some((header.text("name")?, header.text("value")?))
    }))
}
