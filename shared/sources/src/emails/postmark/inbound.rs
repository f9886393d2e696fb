//! A mail that Postmark took in.

use serde_json::Value;
use timeline::{Distrust, Event, cut};

use super::NAME;
use crate::emails::body;
use crate::emails::header::{Headers, Mailbox, date, mailboxes};
use crate::emails::inbound::{self, Inbound};
use crate::emails::people::listed;
use crate::fields::Fields;
use crate::reading::Rejection;

/// Most fields of a header that are looked at.
const MAX_HEADERS: usize = 1000;
/// Most receivers that are looked at.
const MAX_RECEIVERS: usize = 50;
/// Longest list of a spam check's results that is read, in bytes.
const MAX_TESTS: usize = 4096;
/// SpamAssassin's name for a signature of the author's own domain that holds.
const AUTHORS_SIGNATURE: &str = "DKIM_VALID_AU";

/// Whether these are the fields of a mail.
pub(super) fn is_mail(fields: &Fields<'_>) -> bool {
    let has = |name: &str| fields.get(name).is_some();
    fields.text("MessageID").is_some()
        && (has("FromFull") || has("From"))
        && (has("ToFull") || has("Headers") || has("TextBody") || has("HtmlBody"))
}

/// A mail that came in.
pub(super) fn read(fields: &Fields<'_>) -> Result<Event, Rejection> {
    let id = fields.required_text("MessageID")?;
    let headers = Headers::of_pairs(fields.items("Headers").iter().take(MAX_HEADERS).filter_map(
        |header| {
            let header = Fields::of(header);
            Some((header.text("Name")?, header.text("Value")?))
        },
    ));
    let authors = authors(fields);
    let reply_to = fields.text("ReplyTo");
    let mut headers = headers;
    if headers.get("reply-to").is_none()
        && let Some(reply_to) = reply_to
    {
        headers.add("reply-to", reply_to);
    }
    let text = body::text_of(
        fields.text("TextBody").unwrap_or_default(),
        fields.text("HtmlBody").unwrap_or_default(),
    );
    let text = text.or_else(|| body::text_of(fields.text("StrippedTextReply")?, ""));
    let files = fields.items("Attachments").iter();
    let mail = Inbound {
        source: NAME,
        id: id.to_owned(),
        id_field: "MessageID",
        // The mail's own Date, which its writer's clock says.
        occurred_at: fields.text("Date").and_then(date),
        distrust: distrust(fields, &headers, &authors),
        from: authors,
        written_from: fields.text("From"),
        return_path: None,
        subject: fields.text("Subject"),
        to: receivers(fields),
        text,
        attachments: inbound::attachments(files, |file| {
            let file = Fields::of(file);
            let bytes = file.integer("ContentLength");
            inbound::attachment(
                file.text("Name"),
                bytes.and_then(|bytes| u64::try_from(bytes).ok()),
                file.text("ContentType"),
            )
        }),
        location: None,
        headers,
        known_as: None,
    };
    mail.event()
}

/// The author: taken apart, else as it stands in the field From.
fn authors(fields: &Fields<'_>) -> Vec<Mailbox> {
    let full = fields.object("FromFull");
    let whole = full.text("Email").and_then(|address| {
        let name = full.text("Name").or(fields.text("FromName"));
        Mailbox::of(name, address)
    });
    match whole {
        Some(author) => vec![author],
        None => fields.text("From").map(mailboxes).unwrap_or_default(),
    }
}

fn receivers(fields: &Fields<'_>) -> Vec<Mailbox> {
    let full = fields.items("ToFull").iter().take(MAX_RECEIVERS);
    let full: Vec<_> = full
        .filter_map(|to| Mailbox::of(None, Fields::of(to).text("Email")?))
        .collect();
    if full.is_empty() {
        let to = fields.text("To").or(fields.text("OriginalRecipient"));
        return to.map(mailboxes).unwrap_or_default();
    }
    full
}

/// What Postmark found when it took the mail in. It writes that before the header that the mail came with, so that only
/// the first field of each name is its own.
fn distrust(fields: &Fields<'_>, headers: &Headers, authors: &[Mailbox]) -> Vec<Distrust> {
    let first = |name: &str| {
        let mut all = fields.items("Headers").iter().take(MAX_HEADERS);
        all.find_map(|header: &Value| {
            let header = Fields::of(header);
            let named = header.text("Name")?.eq_ignore_ascii_case(name);
            named.then(|| header.text("Value").unwrap_or_default().trim())
        })
    };
    let begins = |value: Option<&str>, word: &str| {
        let found = value.and_then(|value| value.split([' ', ',', ';', '(']).next());
        found.is_some_and(|found| found.eq_ignore_ascii_case(word))
    };
    let is_spam = begins(first("X-Spam-Status"), "Yes");
    let tests = cut(first("X-Spam-Tests").unwrap_or_default(), MAX_TESTS);
    let vouched = tests
        .split(',')
        .any(|test| test.trim() == AUTHORS_SIGNATURE);
    let has_author = !listed(headers, "from").is_empty() || !authors.is_empty();
    let is_forged = begins(first("Received-SPF"), "Fail") && !(vouched && has_author);
    [(is_spam, Distrust::Spam), (is_forged, Distrust::Forged)]
        .into_iter()
        .filter_map(|(is, distrust)| is.then_some(distrust))
        .collect()
}
