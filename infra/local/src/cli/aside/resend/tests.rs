//! What a message is sent with.

use timeline::Timestamp;

use super::*;

const SENT_MS: i64 = 1_772_442_000_000;

fn text(text: &str) -> MessageAttributeValue {
    let value = MessageAttributeValue::builder().data_type(TEXT);
    value.string_value(text).build().unwrap()
}

fn message(attributes: &[(&str, &str)]) -> Aside {
    let attributes = attributes.iter();
    Aside {
        id: "4f2a".to_owned(),
        body: "event=hangup".to_owned(),
        attributes: attributes
            .map(|(name, value)| ((*name).to_owned(), text(value)))
            .collect(),
        group: None,
        sent_at: Some(Timestamp::from_millis(SENT_MS).unwrap()),
        first_received_at: None,
        receives: "1".to_owned(),
        receipt: String::new(),
    }
}

/// When a message that lies there will have been received once it is sent again.
fn received(lies_in: &str, message: &Aside) -> Option<String> {
    let sent = attributes(lies_in, message).unwrap();
    let value = sent.get(RECEIVED_AT)?;
    assert_eq!(value.data_type(), TEXT);
    value.string_value().map(str::to_owned)
}

#[test]
fn a_dead_letter_goes_back_as_its_sender_wrote_it() {
    assert!(is_sent("call-events-dlq", "reason") && is_sent("call-events-dlq", "source"));
    assert!(!is_sent(QUARANTINE, "reason") && is_sent(QUARANTINE, "source"));
    assert!(!is_sent(UNDELIVERED, "ERROR_CODE"));
}

#[test]
fn what_is_sent_again_says_when_it_was_received_first() {
    let sent = SENT_MS.to_string();
    let before = (SENT_MS - 60_000).to_string();
    let after = (SENT_MS + 60_000).to_string();
    for lies_in in ["call-events-dlq", QUARANTINE, UNDELIVERED] {
        assert_eq!(received(lies_in, &message(&[])), Some(sent.clone()));
    }
    for lies_in in ["call-events-dlq", QUARANTINE] {
        for (said, counts) in [
            (before.as_str(), &before),
            (after.as_str(), &sent),
            ("yesterday", &sent),
        ] {
            let message = message(&[(SOURCE, "cti"), (RECEIVED_AT, said)]);
            assert_eq!(received(lies_in, &message).as_ref(), Some(counts), "{said}");
        }
    }
    // What EventBridge or SNS wrote is of no queue of events.
    let other = message(&[(RECEIVED_AT, &before)]);
    assert_eq!(received(UNDELIVERED, &other), Some(sent));
    let timeless = Aside {
        sent_at: None,
        ..message(&[(SOURCE, "cti")])
    };
    assert_eq!(received("call-events-dlq", &timeless), None);
}

#[test]
fn a_message_has_no_more_attributes_than_sqs_takes() {
    let names: Vec<String> = (0..8).map(|place| format!("a{place}")).collect();
    let mut said: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x")).collect();
    said.extend([(SOURCE, "cti"), (ACCOUNT, "berlin")]);
    let full = message(&said);
    assert_eq!(full.attributes.len(), MAX_ATTRIBUTES);
    let sent = attributes("call-events-dlq", &full).unwrap();
    assert_eq!(sent.len(), MAX_ATTRIBUTES);
    for name in [SOURCE, ACCOUNT, RECEIVED_AT] {
        assert!(sent.contains_key(name), "{name}");
    }
    said[0] = (RECEIVED_AT, "1");
    let sent = attributes("call-events-dlq", &message(&said)).unwrap();
    assert!(sent.len() == MAX_ATTRIBUTES && sent.contains_key("a7"));
}

#[test]
fn a_message_that_fills_its_queue_goes_back_as_it_is() {
    let mut long = message(&[(SOURCE, "cti")]);
    let added = RECEIVED_AT.len() + TEXT.len() + SENT_MS.to_string().len();
    let room = MAX_MESSAGE_BYTES - size("", &long.attributes);
    long.body = "x".repeat(room - added);
    assert!(received("call-events-dlq", &long).is_some());
    long.body.push('x');
    assert_eq!(
        attributes("call-events-dlq", &long).unwrap(),
        long.attributes
    );
}
