//! What nobody can read: broken, of no known shape, or without what tells whose it is. It has to lie in quarantine.

use super::Queue;
use super::draft::{Draft, Sending};
use super::ids::uuid;

/// Brackets in each other beyond what is read.
const TOO_DEEP: usize = 200;

/// A poison: its name, queue, source, reason's code, and body, in which `{}` is a new id each time.
type Poison = (
    &'static str,
    Queue,
    &'static str,
    &'static str,
    &'static str,
);

const POISONS: [Poison; 15] = [
    (
        "poison: a call without direction",
        Queue::Call,
        "cti",
        "missing_field",
        "event=newCall&from=14155550142&to=12025550100&callId={}",
    ),
    (
        "poison: a call in no direction",
        Queue::Call,
        "cti",
        "malformed_field",
        "event=newCall&from=14155550142&to=12025550100&direction=sideways&callId={}",
    ),
    (
        "poison: a push without call",
        Queue::Call,
        "cti",
        "missing_field",
        "event=hangup&cause=normalClearing&xcid={}",
    ),
    (
        "poison: a contact event without contact",
        Queue::Call,
        "",
        "missing_field",
        r#"{"id":"{}","detail-type":"Amazon Connect Contact Event","source":"aws.connect","time":"2026-03-02T09:00:01Z","detail":{"eventType":"QUEUED","channel":"VOICE"}}"#,
    ),
    (
        "poison: a record without version",
        Queue::Call,
        "",
        "missing_field",
        r#"{"AWSContactTraceRecordFormatVersion":"2017-03-10","ContactId":"{}","Channel":"VOICE","InitiationTimestamp":"2026-03-02T09:00:01Z"}"#,
    ),
    (
        "poison: a record at no time",
        Queue::Call,
        "",
        "malformed_field",
        r#"{"AWSContactTraceRecordFormatVersion":"2017-03-10","ContactId":"{}","Channel":"VOICE","InitiationTimestamp":"2026-03-02T09:00:01Z","LastUpdateTimestamp":"soon"}"#,
    ),
    (
        "poison: a message without id",
        Queue::Chat,
        "whatsapp",
        "missing_field",
        r#"{"object":"whatsapp_business_account","entry":[{"id":"{}","changes":[{"value":{"messaging_product":"whatsapp","metadata":{"phone_number_id":"110203405067089"},"messages":[{"from":"14155550123","timestamp":"1772442900","type":"text","text":{"body":"x"}}]},"field":"messages"}]}]}"#,
    ),
    (
        "poison: a conversation without account",
        Queue::Chat,
        "chatwoot",
        "missing_field",
        r#"{"event":"message_created","id":7,"content":"{}","message_type":"incoming","created_at":"2026-03-02T09:00:01Z","conversation":{"id":1}}"#,
    ),
    (
        "poison: a mail without id",
        Queue::Email,
        "postmark",
        "missing_field",
        r#"{"From":"ada@example.com","FromFull":{"Email":"ada@example.com"},"Subject":"{}","TextBody":"x","Headers":[]}"#,
    ),
    (
        "poison: an invoice without id",
        Queue::Journey,
        "stripe",
        "missing_field",
        r#"{"id":"evt_{}","object":"event","created":1772446501,"type":"invoice.sent","data":{"object":{"object":"invoice","status":"open"}}}"#,
    ),
    (
        "poison: a visit at no time",
        Queue::Journey,
        "segment",
        "malformed_field",
        r#"{"type":"page","anonymousId":"a","messageId":"{}","timestamp":"soon"}"#,
    ),
    (
        "poison: a topic to confirm",
        Queue::Chat,
        "",
        "unconfirmed_subscription",
        r#"{"Type":"SubscriptionConfirmation","MessageId":"{}","TopicArn":"arn:aws:sns:us-west-2:123456789012:t","Message":"confirm","SubscribeURL":"https://sns.us-west-2.amazonaws.com/"}"#,
    ),
    (
        "poison: broken JSON",
        Queue::Journey,
        "",
        "broken_json",
        r#"{"id":"{}","half":"#,
    ),
    (
        "poison: no known shape",
        Queue::Email,
        "",
        "unknown_envelope",
        r#"{"hello":"{}"}"#,
    ),
    (
        "poison: no known source",
        Queue::Call,
        "no-such-source",
        "unknown_source",
        r#"{"hello":"{}"}"#,
    ),
];

/// A poison on a queue that it would come to, or something that no queue can read on any.
pub(super) fn poison(draft: &mut Draft<'_>) {
    let at = draft.beginning();
    let id = uuid(draft.rng);
    let sending = match draft.rng.usize(..POISONS.len() + 3) {
        place if place < POISONS.len() => {
            let (kind, queue, source, code, body) = POISONS[place];
            let body = body.replace("{}", &id);
            Sending::of(queue, kind, source, body).refused(code)
        }
        other => {
            let queue = draft.pick(&Queue::ALL);
            let (kind, code, body) = match other - POISONS.len() {
                0 => ("poison: no JSON and no form", "unreadable", id),
                1 => (
                    "poison: a number alone",
                    "not_an_object",
                    draft.count().to_string(),
                ),
                _ => (
                    "poison: too deep",
                    "too_deep",
                    format!("{}{}", "[".repeat(TOO_DEEP), "]".repeat(TOO_DEEP)),
                ),
            };
            Sending::bare(queue, kind, body).refused(code)
        }
    };
    draft.send(at, sending);
}
