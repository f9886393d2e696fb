//! What goes into the queue: a piece of a delivery as a message, and how large it is there.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::connection::Connection;

/// Largest message that the queues of `template.yaml` take, attributes included. SQS would take 16 KiB more, which are
/// left so that a refused body and its reason fit into the quarantine.
pub const MAX_MESSAGE_BYTES: usize = 1_032_192;
/// Longest value of a header that is kept. A longer one is left out: cut, it would be another.
pub const MAX_HEADER_VALUE: usize = 1024;
/// Most bytes of all headers that are kept. Those that do not fit are left out.
pub const MAX_HEADERS_BYTES: usize = 8 * 1024;

/// The type of each attribute, which counts as well.
pub(crate) const DATA_TYPE: &str = "String";
const SOURCE: &str = "source";
const ACCOUNT: &str = "account";
const HEADERS: &str = "headers";
const ENCODING: &str = "encoding";
const BASE64: &str = "base64";

/// A message that is not sent yet.
pub(crate) struct Message {
    pub(crate) body: String,
    pub(crate) attributes: Vec<(&'static str, String)>,
}

/// What the messages of a delivery say beside their bodies. Nothing of it is personal.
pub(crate) struct Origin {
    attributes: Vec<(&'static str, String)>,
}

impl Origin {
    /// The connection, and the headers of the request that its parser reads.
    pub(crate) fn of(connection: &Connection, headers: &BTreeMap<String, String>) -> Self {
        let mut attributes = vec![(SOURCE, connection.source.to_owned())];
        if let Some(account) = &connection.account {
            attributes.push((ACCOUNT, account.clone()));
        }
        let mut kept = BTreeMap::new();
        let mut bytes = 0;
        for name in connection.webhook.headers {
            let value = headers
                .get(*name)
                .filter(|value| value.len() <= MAX_HEADER_VALUE && value.chars().all(is_carried));
            let Some(value) = value else { continue };
            bytes += name.len() + value.len();
            if bytes > MAX_HEADERS_BYTES {
                break;
            }
            kept.insert(*name, value.as_str());
        }
        // Texts under texts always serialise.
        if let (false, Ok(headers)) = (kept.is_empty(), serde_json::to_string(&kept)) {
            attributes.push((HEADERS, headers));
        }
        Self { attributes }
    }

    /// A message with this body.
    pub(crate) fn message(&self, body: &[u8]) -> Message {
        let text = std::str::from_utf8(body).ok();
        let text = text.filter(|text| text.chars().all(is_carried));
        let mut attributes = self.attributes.clone();
        let body = match text {
            Some(text) => text.to_owned(),
            None => {
                attributes.push((ENCODING, BASE64.to_owned()));
                STANDARD.encode(body)
            }
        };
        Message { body, attributes }
    }
}

impl Message {
    /// Its size as SQS counts it.
    pub(crate) fn size(&self) -> usize {
        let attributes = self.attributes.iter();
        let attributes = attributes.map(|(name, value)| name.len() + DATA_TYPE.len() + value.len());
        self.body.len() + attributes.sum::<usize>()
    }
}

/// Whether SQS carries a character.
fn is_carried(char: char) -> bool {
    matches!(char, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}
