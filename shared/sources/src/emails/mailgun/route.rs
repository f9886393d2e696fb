//! A mail that a route of Mailgun's hands on: taken apart, or whole in `body-mime`.

use std::borrow::Cow;

use serde_json::Value;
use timeline::{Attachment, Distrust, Event, cut};

use super::NAME;
use crate::emails::body::{self, Bytes};
use crate::emails::header::{Headers, Mailbox, decoded, mailboxes};
use crate::emails::inbound::{self, Inbound, is_authors};
use crate::emails::mime::Mime;
use crate::emails::people::listed;
use crate::fields::Fields;
use crate::parts::required_time;
use crate::reading::Rejection;

/// Fields that Mailgun writes once. It sends the mail's own header as fields of the same form, so that a mail may try to
/// write them too.
const ONCE: [&str; 7] = [
    "message-headers",
    "body-plain",
    "body-html",
    "body-mime",
    "timestamp",
    "token",
    "signature",
];
/// How the fields begin that Mailgun adds to a header.
const VERDICTS: &str = "x-mailgun-";
/// Most fields of a header, and most files, that are looked at.
const MAX_ITEMS: usize = 1000;
/// Longest signature of a mail that is read for its domain, in bytes.
const MAX_SIGNATURE: usize = 4096;

/// Refuses a form in which a field of Mailgun's own stands twice.
pub(super) fn written_once(fields: &[(String, String)]) -> Result<(), Rejection> {
    for once in ONCE {
        if fields.iter().filter(|(name, _)| name == once).count() > 1 {
            return Err(Rejection::malformed(once, "stands there twice"));
        }
    }
    Ok(())
}

/// A mail that came in; `whole` is the mail as it was sent, where the route hands on that.
pub(super) fn read(
    form: &Fields<'_>,
    whole: Option<Vec<u8>>,
    is_bytes: bool,
) -> Result<Event, Rejection> {
    let mut pairs = header_pairs(form);
    let occurred_at = required_time(form, "timestamp")?;
    pairs.extend(form.text("body-mime").into_iter().flat_map(verdicts));
    let mime = whole.as_deref().map(|mail| Mime::read(mail, 0));
    let mut headers = Headers::of_pairs(pairs.iter().map(|(name, value)| (&**name, &**value)));
    if headers.get("message-id").is_none()
        && let Some(mime) = &mime
    {
        headers = mime.headers.clone();
    }
    let (text, attachments) = match &mime {
        Some(mime) => {
            let origin = if is_bytes {
                Bytes::Original
            } else {
                Bytes::Utf8
            };
            (body::text(mime, origin), body::attachments(mime))
        }
        None => {
            let plain = form.text("body-plain").or(form.text("stripped-text"));
            let html = form.text("body-html").or(form.text("stripped-html"));
            let text = body::text_of(plain.unwrap_or_default(), html.unwrap_or_default());
            (text, attachments(form, is_bytes))
        }
    };
    let subject = form.text("subject").map(decoded);
    let authors = form.text("from").map(mailboxes).unwrap_or_default();
    let id = inbound::id_of(
        &headers,
        subject.as_deref().unwrap_or_default(),
        text.as_ref(),
    );
    let mail = Inbound {
        source: NAME,
        id,
        id_field: "message-headers",
        occurred_at: Some(occurred_at),
        distrust: distrust(&pairs, mime.as_ref(), &headers, &authors),
        from: authors,
        written_from: form.text("from"),
        return_path: form.text("sender"),
        subject: subject.as_deref(),
        to: form
            .text("To")
            .or(form.text("recipient"))
            .map(mailboxes)
            .unwrap_or_default(),
        text,
        attachments,
        location: form.text("message-url"),
        headers,
        known_as: None,
    };
    mail.event()
}

/// The mail's header as Mailgun lists it; where it does not, the fields that it made of it.
fn header_pairs<'a>(form: &Fields<'a>) -> Vec<(Cow<'a, str>, Cow<'a, str>)> {
    let listed = match form.get("message-headers") {
        Some(Value::String(text)) => serde_json::from_str(text).ok().map(Cow::Owned),
        Some(list) => Some(Cow::Borrowed(list)),
        None => None,
    };
    let pair = |pair: &Value| {
        let pair = pair.as_array()?;
        let text = |at: usize| Some(Cow::Owned(pair.get(at)?.as_str()?.to_owned()));
        Some((text(0)?, text(1)?))
    };
    let pairs = listed.as_ref().and_then(|list| list.as_array());
    if let Some(pairs) = pairs.filter(|pairs| !pairs.is_empty()) {
        return pairs.iter().take(MAX_ITEMS).filter_map(pair).collect();
    }
    // Not Sender and Subject: without case those are `sender` and `subject`, which are Mailgun's own.
    let names = [
        "From",
        "To",
        "Date",
        "Message-Id",
        "In-Reply-To",
        "References",
        "Reply-To",
        "Auto-Submitted",
        "Precedence",
        "Return-Path",
        "Content-Type",
        "Dkim-Signature",
        "X-Autoreply",
        "X-Mailgun-Sflag",
        "X-Mailgun-Spf",
        "X-Mailgun-Dkim-Check-Result",
    ];
    names
        .into_iter()
        .filter_map(|name| Some((Cow::Borrowed(name), Cow::Borrowed(form.text(name)?))))
        .collect()
}

/// What Mailgun found when it took the mail in, which it writes into the mail's header. A sender may write such fields
/// too, and cannot take Mailgun's away: one that is bad counts, and good ones only where all are.
fn distrust(
    pairs: &[(Cow<'_, str>, Cow<'_, str>)],
    mime: Option<&Mime<'_>>,
    headers: &Headers,
    authors: &[Mailbox],
) -> Vec<Distrust> {
    let written = mime.map(|mime| mime.headers.clone()).unwrap_or_default();
    let says = |name: &str| -> Vec<&str> {
        let listed = pairs
            .iter()
            .filter(|(here, _)| here.eq_ignore_ascii_case(name));
        listed.map(|(_, value)| value.trim()).collect()
    };
    let flags = says("x-mailgun-sflag");
    let spf = says("x-mailgun-spf");
    let dkim = says("x-mailgun-dkim-check-result");
    let is = |value: &str, word: &str| value.eq_ignore_ascii_case(word);
    let author = listed(headers, "from");
    let author = author.first().or(authors.first());
    let domains: Vec<_> = says("dkim-signature")
        .into_iter()
        .chain(written.get("dkim-signature"))
        .filter_map(signing_domain)
        .collect();
    let vouched = !dkim.is_empty()
        && dkim.iter().all(|verdict| is(verdict, "pass"))
        && author.is_some_and(|author| {
            let own = author.address.raw();
            domains.iter().any(|domain| is_authors(domain, own))
        });
    let is_spam = flags.iter().any(|flag| is(flag, "yes"));
    let is_forged = spf.iter().any(|verdict| is(verdict, "fail")) && !vouched;
    [(is_spam, Distrust::Spam), (is_forged, Distrust::Forged)]
        .into_iter()
        .filter_map(|(is, distrust)| is.then_some(distrust))
        .collect()
}

/// Mailgun's own fields in the header of a whole mail.
fn verdicts(mail: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    let header = mail.trim_start().lines().take(MAX_ITEMS);
    let header = header.take_while(|line| !line.is_empty());
    header.filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        let prefix = name.get(..VERDICTS.len())?;
        prefix
            .eq_ignore_ascii_case(VERDICTS)
            .then_some((Cow::Borrowed(name), Cow::Borrowed(value)))
    })
}

/// The domain of a signature: its tag `d`.
fn signing_domain(signature: &str) -> Option<&str> {
    cut(signature, MAX_SIGNATURE)
        .split(';')
        .find_map(|tag| tag.trim().strip_prefix("d="))
        .map(str::trim)
}

/// The mail's files: parts of the form, or a list where Mailgun keeps them.
fn attachments(form: &Fields<'_>, is_bytes: bool) -> Vec<Attachment> {
    let size = if is_bytes { "characters" } else { "bytes" };
    let stored = match form.get("attachments") {
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or_default(),
        Some(list) => list.clone(),
        None => Value::Null,
    };
    if let Some(files) = stored.as_array() {
        return inbound::attachments(files.iter(), |file| {
            let file = Fields::of(file);
            let bytes = file
                .integer("size")
                .and_then(|size| u64::try_from(size).ok());
            inbound::attachment(
                file.text("name").or(file.text("filename")),
                bytes,
                file.text("content-type"),
            )
        });
    }
    (1..=MAX_ITEMS)
        .map_while(|n| form.text(&format!("attachment-{n}")))
        .map(|part| {
            let part: Value = serde_json::from_str(part).unwrap_or_default();
            let part = Fields::of(&part);
            inbound::attachment(
                part.text("filename"),
                part.integer(size).and_then(|size| u64::try_from(size).ok()),
                part.text("type"),
            )
        })
        .take(timeline::MAX_ATTACHMENTS)
        .collect()
}
