//! What goes into the queue: a piece of a delivery as a message that says where it comes from.

use std::collections::BTreeMap;

use queue::Message;
use queue::attribute::{self, ACCOUNT, HEADERS, SOURCE};

use crate::answer::Refusal;
use crate::binary;
use crate::connection::Connection;
use crate::proof::Proof;
use crate::request::Delivered;
use crate::split::split;

/// The source whose events may come with their attributes in headers.
const CLOUD_EVENTS: &str = "cloudevents";

/// What the messages of a delivery say beside their bodies. Nothing of it is personal.
struct Origin {
    attributes: Vec<(&'static str, String)>,
}

impl Origin {
    /// The connection, and the headers of the request that its parser reads, as far as they are proven.
    fn of(connection: &Connection, proof: Proof, headers: &BTreeMap<String, String>) -> Self {
        let mut attributes = vec![(SOURCE, connection.source.to_owned())];
        if let Some(account) = &connection.account {
            attributes.push((ACCOUNT, account.clone()));
        }
        let read = connection.webhook.headers.iter();
        let read = read.filter(|name| proof.vouches_for(name));
        let kept = read.filter_map(|name| Some((*name, headers.get(*name)?.as_str())));
        attributes.extend(attribute::headers(kept).map(|headers| (HEADERS, headers)));
        Self { attributes }
    }

    /// A message with this body.
    fn message(&self, body: &[u8]) -> Message {
        Message::of(body, self.attributes.clone())
    }
}

/// A proven delivery as messages; none for an empty body, which says no more than that the provider is there.
///
/// # Errors
/// For a signed CloudEvent in binary mode: no signature covers its attributes, and whoever has seen one could send it again
/// with others.
pub(crate) fn messages(
    connection: &Connection,
    proof: Proof,
    delivered: &Delivered,
) -> Result<Vec<Message>, Refusal> {
    let origin = Origin::of(connection, proof, &delivered.headers);
    if connection.source == CLOUD_EVENTS
        && let Some(event) = binary::structured(&delivered.headers, &delivered.body)
    {
        if proof.is_signature() {
            return Err(Refusal::AttributesUnsigned);
        }
        return Ok(vec![origin.message(event.as_bytes())]);
    }
    if delivered.body.is_empty() {
        return Ok(Vec::new());
    }
    let pieces = match std::str::from_utf8(&delivered.body) {
        Ok(text) => split(text, connection.webhook.batch),
        Err(_) => return Ok(vec![origin.message(&delivered.body)]),
    };
    let pieces = pieces.iter().map(|piece| piece.as_bytes());
    Ok(pieces.map(|piece| origin.message(piece)).collect())
}
