//! The quarantine queue: what cannot be understood is kept with its reason until somebody looks at it.

use std::collections::BTreeMap;
use std::time::Duration;

use aws::AwsAccess;
use lambda_kit::batch::{QuarantineError, QuarantineQueue, Record};
use lambda_kit::fate::Reason;
use queue::attribute::{self, ACCOUNT, BASE64, ENCODING, HEADERS, RECEIVED_AT, SOURCE};
use queue::{Message, Sender};
use sources::Source;
use tokio::time::Instant;

use crate::received::received_ms;

/// Longest reason that is written.
const MAX_REASON_BYTES: usize = 1024;
/// Longest time to write one record. The end of the invocation may come before.
const WRITING: Duration = Duration::from_secs(10);
/// What stands for the name of a source that may be personal. No source has it, so that the record stays refused when it
/// is read again: without a name, whichever source its shape fits first would take it.
const WITHHELD: &str = "(withheld)";
/// What stands for a body that was empty, since a message must have one.
const EMPTY_BODY: &str = "{}";

/// The quarantine queue of the stack.
pub struct SqsQuarantine {
    sender: Sender,
    queue_url: String,
    sources: &'static [&'static dyn Source],
}

impl SqsQuarantine {
    /// The queue under that URL, for records of these sources.
    #[must_use]
    pub fn new(
        access: &AwsAccess,
        queue_url: String,
        sources: &'static [&'static dyn Source],
    ) -> Self {
        Self {
            sender: Sender::new(access),
            sources,
            queue_url,
        }
    }
}

impl SqsQuarantine {
    /// The record's attributes that reading it again needs, and that hold nothing personal: the encoding; the source; and
    /// where there is one of that name, the account, and those headers that its parser reads. What else a sender writes
    /// into attributes may be personal.
    fn kept(&self, record: &Record) -> Vec<(&'static str, String)> {
        let said = |name: &str| record.attributes.get(name).map(String::as_str);
        let mut kept = Vec::new();
        if said(ENCODING) == Some(BASE64) {
            kept.push((ENCODING, BASE64.to_owned()));
        }
        let named = |source: &&&dyn Source| said(SOURCE) == Some(source.name());
        let Some(source) = self.sources.iter().find(named) else {
            kept.extend(said(SOURCE).map(|name| (SOURCE, plain(name).to_owned())));
            return kept;
        };
        kept.push((SOURCE, source.name().to_owned()));
        if let Some(account) = said(ACCOUNT).filter(|name| sources::is_account(name)) {
            kept.push((ACCOUNT, account.to_owned()));
        }
        let read = source.about().webhook.map_or(&[][..], |way| way.headers);
        let headers = said(HEADERS)
            .and_then(|headers| serde_json::from_str::<BTreeMap<String, String>>(headers).ok())
            .unwrap_or_default();
        let headers = headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let headers = attribute::headers(headers.filter(|(name, _)| read.contains(name)));
        kept.extend(headers.map(|headers| (HEADERS, headers)));
        kept
    }
}

/// The name of a source that there is not, if it can be one: a number cannot.
fn plain(name: &str) -> &str {
    let is_word = name.starts_with(|first: char| first.is_ascii_lowercase());
    if is_word && sources::is_account(name) {
        name
    } else {
        WITHHELD
    }
}

impl QuarantineQueue for SqsQuarantine {
    async fn put(&self, record: &Record, reason: &Reason) -> Result<(), QuarantineError> {
        let body = if record.body.is_empty() {
            EMPTY_BODY
        } else {
            record.body.as_str()
        };
        let why = timeline::cut(&reason.text, MAX_REASON_BYTES);
        // Nine at most, with what is kept; SQS takes ten.
        let mut attributes = vec![
            ("reason_code", reason.code.to_string()),
            ("reason", why.to_owned()),
            (RECEIVED_AT, received_ms(record).to_string()),
        ];
        for (name, value) in [("queue", &record.queue), ("message_id", &record.message_id)] {
            if !value.is_empty() {
                attributes.push((name, value.clone()));
            }
        }
        attributes.extend(self.kept(record));
        // The body was in a queue before, so that SQS carries it as it is.
        let message = Message {
            body: body.to_owned(),
            attributes,
        };
        let sent = self
            .sender
            .send(&self.queue_url, vec![message], Instant::now() + WRITING)
            .await;
        sent.map_err(QuarantineError::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_no_source_has_is_kept_if_it_is_plain_and_replaced_if_not() {
        for (said, kept) in [
            ("late-source", "late-source"),
            ("14155550142", WITHHELD),
            ("ada@example.com", WITHHELD),
            ("Ada Lovelace", WITHHELD),
            ("", WITHHELD),
            (WITHHELD, WITHHELD),
        ] {
            assert_eq!(plain(said), kept);
        }
        assert_eq!(plain(&"x".repeat(500)), WITHHELD);
        let mut all = sources::ALL.iter().flat_map(|(_, sources)| sources.iter());
        assert!(all.all(|source| source.name() != WITHHELD));
    }
}
