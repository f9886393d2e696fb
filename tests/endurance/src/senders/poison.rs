//! Poison: deliveries that are taken and can never be understood. Each belongs into the quarantine, and nothing else.

use serde_json::json;

use super::{NotTaken, put, webhook};
use crate::http::Http;
use crate::plan::OFFICE;
use crate::stack::Addresses;

/// The mark by which a piece is found again.
#[must_use]
pub fn mark(seed: u64, number: u64) -> String {
    format!("poison-{seed:x}-{number}.")
}

/// The number of a piece, by its body.
#[must_use]
pub fn number_of(seed: u64, body: &str) -> Option<u64> {
    let (_, rest) = body.split_once(&format!("poison-{seed:x}-"))?;
    rest.split_once('.')?.0.parse().ok()
}

/// Sends one piece, in one of several forms.
///
/// # Errors
/// When it was not accepted, or nobody knows.
pub async fn send(http: &Http, to: &Addresses, seed: u64, number: u64) -> Result<(), NotTaken> {
    let mark = mark(seed, number);
    let into = async |queue: &str, body: String| {
        let taken = put(http, to.queue(queue), [body]).await?;
        if taken.is_empty() {
            return Err(NotTaken::Answer("the queue refuses it"));
        }
        Ok(())
    };
    match number % 4 {
        // A call without a direction: nobody can tell which number is the customer's.
        0 => {
            let body =
                json!({ "event": "newCall", "call_id": mark, "from": "14155550142", "to": OFFICE });
            webhook::post(http, to, "cti", "application/json", body.to_string()).await
        }
        // No form of any source.
        1 => into("chat-events", format!("{mark} is no message at all")).await,
        // A contact event of no contact.
        2 => {
            let body = json!({
                "version": "0", "id": mark, "detail-type": "Amazon Connect Contact Event", "source": "aws.connect",
                "time": "2026-01-01T00:00:00Z", "resources": [],
                "detail": { "eventType": "QUEUED", "contactId": null, "channel": "VOICE" },
            });
            into("call-events", body.to_string()).await
        }
        // A word that the vocabulary does not have.
        _ => {
            let body = json!([{
                "specversion": "1.0", "type": "cornerstore.chat.exploded", "source": "garden-desk", "id": mark,
                "time": "2026-01-01T00:00:00Z", "data": { "interaction": "poison" },
            }]);
            let kind = "application/cloudevents-batch+json";
            webhook::post(http, to, "cloudevents", kind, body.to_string()).await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_found_again_by_its_mark_and_only_in_its_own_run() {
        let body = format!("before {} after", mark(31, 12));
        assert_eq!(number_of(31, &body), Some(12));
        assert_eq!(number_of(32, &body), None);
        assert_eq!(number_of(3, &body), None);
    }
}
