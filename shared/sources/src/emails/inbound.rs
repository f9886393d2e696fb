//! A mail that came in through a system that takes mails apart: the same event whichever system it is.

use serde_json::Value;
use timeline::{
    Attachment, Channel, Direction, Distrust, Event, Fact, Identity, MAX_ATTACHMENTS, Mail,
    Personal, Text, Timestamp, cut, opaque, preview,
};

use super::body::{kept_file_name, kept_media_type};
use super::header::{Headers, Mailbox, decoded};
use super::people::{Authors, People, is_automatic, is_nobody, listed};
use super::receipt::{MAX_LOCATION, MAX_MESSAGE_ID, MAX_SUBJECT_CHARS, MAX_TO};
use super::thread;
use crate::parts::{event_id, interaction_id, source};
use crate::reading::Rejection;

/// A mail as its system took it apart.
#[derive(Default)]
pub(super) struct Inbound<'a> {
    /// The source's name, which the interaction is under.
    pub(super) source: &'static str,
    /// The event's id, and the field that it comes from.
    pub(super) id: String,
    /// The field that the id comes from.
    pub(super) id_field: &'static str,
    /// When it came in.
    pub(super) occurred_at: Option<Timestamp>,
    /// The mail's own header.
    pub(super) headers: Headers,
    /// The author, where the system names one beside the header.
    pub(super) from: Vec<Mailbox>,
    /// The field From as the system has it.
    pub(super) written_from: Option<&'a str>,
    /// The envelope's sender; an empty one is a report about a mail, `None` says nothing.
    pub(super) return_path: Option<&'a str>,
    /// The subject, decoded.
    pub(super) subject: Option<&'a str>,
    /// To whom it was sent.
    pub(super) to: Vec<Mailbox>,
    /// What it says.
    pub(super) text: Option<Text>,
    /// Its files.
    pub(super) attachments: Vec<Attachment>,
    /// Where its system keeps the whole mail.
    pub(super) location: Option<&'a str>,
    /// Why it is not trusted.
    pub(super) distrust: Vec<Distrust>,
    /// What the system's events know a mail of its own by, from its Message-ID: answers to it are of its interaction.
    pub(super) known_as: Option<fn(&str) -> Option<&str>>,
}

impl Inbound<'_> {
    /// The event of it.
    pub(super) fn event(mut self) -> Result<Event, Rejection> {
        let people = if self.distrust.is_empty() {
            self.people()
        } else {
            People::default()
        };
        let own = self.headers.get("message-id").and_then(thread::first_id);
        let root = thread::root(
            self.headers.get("references"),
            self.headers.get("in-reply-to"),
            own.as_deref(),
        );
        let root = root.as_deref().map(|root| {
            let known = self.known_as.and_then(|known_as| known_as(root));
            known.unwrap_or(root)
        });
        let address = people
            .customer
            .as_ref()
            .map(|customer| customer.address.key());
        let key = thread::key_of(root, &self.id, address, &self.distrust);
        let source = source(self.source);
        let interaction = interaction_id(&source, &key, self.id_field)?;
        let id = event_id(&self.id, self.id_field)?;
        let fact = Fact::Mail(Box::new(self.mail(own)));
        Ok(Event {
            occurred_at: self.occurred_at,
            direction: Some(Direction::Inbound),
            customer: people
                .customer
                .map(|customer| Identity::email(&customer.address)),
            unread_customer: people.unread,
            customer_name: people.name,
            participants: people.others,
            ..Event::new(interaction, id, source, Channel::Email, fact)
        })
    }

    fn people(&mut self) -> People {
        let headers = &self.headers;
        let from = listed(headers, "from");
        let envelope = self.return_path.filter(|path| !is_nobody(path.trim()));
        People::of(Authors {
            from: if from.is_empty() {
                std::mem::take(&mut self.from)
            } else {
                from
            },
            written: headers.get("from").or(self.written_from).map(str::to_owned),
            reply_to: listed(headers, "reply-to"),
            sender: listed(headers, "sender"),
            envelope: envelope.map(super::header::mailboxes).unwrap_or_default(),
        })
    }

    fn mail(&mut self, own: Option<String>) -> Mail {
        let subject = self.subject.map(str::to_owned);
        let subject = subject.or_else(|| self.headers.get("subject").map(decoded));
        let trusted = self.distrust.is_empty();
        let has_virus = self.distrust.contains(&Distrust::Virus);
        let return_path = self
            .return_path
            .or_else(|| self.headers.get("return-path"))
            .map(str::trim);
        Mail {
            outbound: false,
            subject: subject
                .map(|subject| preview(&subject, MAX_SUBJECT_CHARS))
                .filter(|subject| !subject.expose().is_empty()),
            text: self.text.take().filter(|_| trusted),
            message_id: own.map(|id| cut(&id, MAX_MESSAGE_ID).to_owned()),
            to: self.receivers(),
            attachments: if has_virus {
                Vec::new()
            } else {
                std::mem::take(&mut self.attachments)
            },
            location: self
                .location
                .filter(|location| location.len() <= MAX_LOCATION)
                .map(Personal::new),
            automatic: is_automatic(
                |name| self.headers.get(name),
                return_path.is_some_and(is_nobody),
            ),
            distrust: std::mem::take(&mut self.distrust),
        }
    }

    fn receivers(&self) -> Vec<Personal> {
        let named = listed(&self.headers, "to");
        let to = if named.is_empty() { &self.to } else { &named };
        to.iter()
            .take(MAX_TO)
            .map(|to| Personal::new(to.address.raw()))
            .collect()
    }
}

/// An id for a mail whose system gives it none: the same each time it is sent, and of its own for another mail under the
/// same Message-ID. Where the header says neither who nor when, what the mail says tells it apart.
pub(super) fn id_of(headers: &Headers, subject: &str, text: Option<&Text>) -> String {
    let field = |name| headers.get(name).unwrap_or_default().trim();
    let own = headers.get("message-id").and_then(thread::first_id);
    let own = own.unwrap_or_default();
    if own.is_empty() {
        let text = text.map_or("", |text| text.text.expose());
        return opaque(&[field("date"), field("from"), subject, text]);
    }
    opaque(&[&own, field("date")])
}

/// A file that came with a mail, by what its system says of it.
pub(super) fn attachment(
    name: Option<&str>,
    bytes: Option<u64>,
    media_type: Option<&str>,
) -> Attachment {
    let media_type = media_type
        .map(kept_media_type)
        .filter(|kind| !kind.is_empty());
    Attachment {
        name: name.and_then(kept_file_name).unwrap_or_else(|| {
            Personal::new(media_type.as_deref().unwrap_or("application/octet-stream"))
        }),
        bytes,
        media_type,
    }
}

/// The files of a list, as many as are kept.
pub(super) fn attachments<'a>(
    files: impl Iterator<Item = &'a Value>,
    read: impl Fn(&'a Value) -> Attachment,
) -> Vec<Attachment> {
    files.take(MAX_ATTACHMENTS).map(read).collect()
}

/// Whether a domain that signed a mail is the author's own: the same, or one is a part of the other.
pub(super) fn is_authors(signed: &str, author: &str) -> bool {
    let signed = signed.trim().trim_start_matches('@').to_ascii_lowercase();
    let author = author.rsplit('@').next().unwrap_or_default();
    let author = author.to_ascii_lowercase();
    let below = |child: &str, parent: &str| {
        parent.contains('.')
            && child
                .strip_suffix(parent)
                .is_some_and(|rest| rest.ends_with('.'))
    };
    !signed.is_empty() && (signed == author || below(&signed, &author) || below(&author, &signed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_that_signs_is_the_authors_when_it_is_the_same_or_around_it() {
        for (signed, author) in [
            ("example.com", "ada@example.com"),
            ("@Mail.Example.com", "ada@example.com"),
            ("example.com", "ada@mail.example.com"),
        ] {
            assert!(is_authors(signed, author), "{signed}");
        }
        for (signed, author) in [
            ("", "ada@example.com"),
            ("com", "ada@example.com"),
            ("badexample.com", "ada@example.com"),
            ("example.com.example.net", "ada@example.com"),
        ] {
            assert!(!is_authors(signed, author), "{signed}");
        }
    }
}
