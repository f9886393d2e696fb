//! From Lambda's SQS event to records.

use std::collections::{BTreeMap, HashMap};

use aws_lambda_events::sqs::{SqsEvent, SqsMessage, SqsMessageAttribute};

use super::Record;

/// Data types of message attributes that are strings begin so: `String`, `String.custom`.
const STRING_TYPE: &str = "String";

/// A batch's records, those without a body apart.
pub(super) struct Batch {
    pub(super) whole: Vec<Record>,
    pub(super) bodiless: Vec<Record>,
}

pub(super) fn receive(event: SqsEvent) -> Batch {
    let (whole, bodiless): (Vec<_>, Vec<_>) = event
        .records
        .into_iter()
        .partition(|message| message.body.is_some());
    Batch {
        whole: whole.into_iter().map(record).collect(),
        bodiless: bodiless.into_iter().map(record).collect(),
    }
}

fn record(message: SqsMessage) -> Record {
    let attribute = |name: &str| message.attributes.get(name);
    Record {
        sent_at_ms: attribute("SentTimestamp").and_then(|ms| ms.parse().ok()),
        receive_count: attribute("ApproximateReceiveCount")
            .and_then(|count| count.parse().ok())
            .unwrap_or(1),
        queue: message
            .event_source_arn
            .as_deref()
            .and_then(|arn| arn.rsplit(':').next())
            .unwrap_or_default()
            .to_owned(),
        message_id: message.message_id.unwrap_or_default(),
        body: message.body.unwrap_or_default(),
        attributes: strings(message.message_attributes),
    }
}

fn strings(attributes: HashMap<String, SqsMessageAttribute>) -> BTreeMap<String, String> {
    attributes
        .into_iter()
        .filter(|(_, attribute)| {
            let data_type = attribute.data_type.as_deref().unwrap_or(STRING_TYPE);
            data_type.split('.').next() == Some(STRING_TYPE)
        })
        .filter_map(|(name, attribute)| Some((name, attribute.string_value?)))
        .collect()
}
