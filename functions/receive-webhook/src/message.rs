//! What goes into the queue: a piece of a delivery as a message that says where it comes from.

use std::collections::BTreeMap;

use queue::Message;
use queue::attribute::{self, ACCOUNT, HEADERS, SOURCE};

use crate::connection::Connection;

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
        let read = connection.webhook.headers.iter();
        let kept = read.filter_map(|name| Some((*name, headers.get(*name)?.as_str())));
        attributes.extend(attribute::headers(kept).map(|headers| (HEADERS, headers)));
        Self { attributes }
    }

    /// A message with this body.
    pub(crate) fn message(&self, body: &[u8]) -> Message {
        Message::of(body, self.attributes.clone())
    }
}
