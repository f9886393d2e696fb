//! What customers do beside calling and writing: invoices at Stripe, visits by Segment.

use timeline::Channel;

use super::draft::{Draft, Sending, Told};
use super::ids::{digest, token, uuid};
use super::people::Person;
use super::time::{HOUR, MINUTE, SECOND, date, iso, unix};
use super::{Content, ExpectedEvent, Queue};

/// Most new calls of one delivery.
const MAX_TOGETHER: usize = 3;

/// An invoice: drafted, sent, perhaps not paid at first, in the end mostly paid. It is whom it is addressed to.
pub(super) fn invoice(draft: &mut Draft<'_>) {
    let person = draft.person();
    let id = format!("in_{}", token(draft.rng, 24));
    let record = format!("cus_{}", token(draft.rng, 14));
    let interaction = format!("stripe:{id}");
    let mut at = draft.beginning();
    let ends_as = draft.pick(&["", "invoice.paid", "invoice.paid", "invoice.voided"]);
    let is_failed = draft.one_in(3);
    for (event, kind, status, happens) in [
        ("invoice.created", "stripe created", "draft", true),
        ("invoice.sent", "stripe sent", "open", true),
        (
            "invoice.payment_failed",
            "stripe payment failed",
            "open",
            is_failed,
        ),
        (
            "invoice.paid",
            "stripe paid",
            "paid",
            ends_as == "invoice.paid",
        ),
        (
            "invoice.voided",
            "stripe voided",
            "void",
            ends_as == "invoice.voided",
        ),
        (
            "customer.updated",
            "stripe customer (not used)",
            "",
            draft.one_in(5),
        ),
    ] {
        at += draft.between(2 * SECOND, HOUR);
        if !happens {
            continue;
        }
        let fact = format!("evt_{}", token(draft.rng, 24));
        let body = format!(
            r#"{{"id":"{fact}","object":"event","api_version":"2025-08-27.basil","created":{created},"data":{{"object":{{"id":"{id}","object":"invoice","amount_due":12900,"amount_paid":0,"amount_remaining":12900,"created":{created},"currency":"usd","customer":"{record}","customer_address":null,"customer_email":"{email}","customer_name":"{name}","customer_phone":"+{digits}","description":null,"due_date":null,"metadata":{{}},"number":null,"parent":null,"status":"{status}","total":12900}}}},"livemode":true,"pending_webhooks":1,"request":{{"id":null,"idempotency_key":null}},"type":"{event}"}}"#,
            created = unix(at),
            email = person.email,
            name = person.name,
            digits = person.digits,
        );
        let sending = Sending::of(Queue::Journey, kind, "stripe", body);
        let sending = if status.is_empty() {
            sending
        } else {
            let says = match status {
                "draft" => "started",
                "paid" => "paid",
                "void" => "voided",
                _ if event == "invoice.sent" => "sent",
                _ => "failed",
            };
            let says = Content::at_second(says, at);
            sending.tells(&interaction, format!("stripe:{fact}"), says)
        };
        draft.send(at, sending);
    }
    draft.claim(&person.mailto(), person.tel(), false);
    draft.claim(&person.mailto(), format!("crm:stripe/{record}"), false);
    draft.expect(
        &interaction,
        Channel::Invoice,
        Some(person.mailto()),
        !ends_as.is_empty(),
    );
}

/// What one device does, perhaps over midnight, which makes two visits of it. Calls come alone or in batches.
pub(super) fn visit(draft: &mut Draft<'_>) {
    let person = draft.person();
    let device = uuid(draft.rng);
    let visitor = format!("visitor:segment/{device}");
    let mut at = draft.beginning();
    if draft.one_in(3) {
        at += 9 * HOUR;
    }
    let (mut told, mut calls): (Vec<Told>, Vec<Told>) = (Vec::new(), Vec::new());
    let mut visits = Vec::new();
    for _ in 0..draft.rng.usize(2..=6) {
        let interaction = format!("segment:{}", digest(&["anonymous", &device, &date(at)]));
        if !visits.contains(&interaction) {
            visits.push(interaction.clone());
        }
        let id = format!("ajs-next-{}", token(draft.rng, 20));
        let (says, call) = segment_call(draft, &person, &device, &id, at);
        let fact = ExpectedEvent {
            interaction,
            logical: format!("segment:{id}"),
            content: Content::at(says, at),
        };
        calls.push((at, call, fact));
        at += draft.between(SECOND, 90 * MINUTE);
    }
    for visit in visits {
        draft.expect(&visit, Channel::Web, Some(visitor.clone()), true);
    }
    while !calls.is_empty() {
        let together = draft.together(&mut told, &mut calls, MAX_TOGETHER);
        let at = together.iter().map(|(at, ..)| *at).max().unwrap_or(at);
        let bodies: Vec<&str> = together.iter().map(|(_, call, _)| call.as_str()).collect();
        let (kind, body) = match bodies.as_slice() {
            [one] => ("segment call", (*one).to_owned()),
            several => (
                "segment batch",
                format!(r#"{{"batch":[{}]}}"#, several.join(",")),
            ),
        };
        let mut sending = Sending::of(Queue::Journey, kind, "segment", body);
        sending.what.events = together.into_iter().map(|(_, _, fact)| fact).collect();
        draft.send(at, sending);
    }
}

/// A call, and the kind of what it says.
fn segment_call(
    draft: &mut Draft<'_>,
    person: &Person,
    device: &str,
    id: &str,
    at: i64,
) -> (&'static str, String) {
    let (says, said) = match draft.rng.u32(..4) {
        0 => {
            let visitor = format!("visitor:segment/{device}");
            draft.claim(&visitor, person.mailto(), false);
            draft.claim(&visitor, format!("crm:segment/{}", person.record), false);
            let said = format!(
                r#""type":"identify","userId":"{}","traits":{{"email":"{}","firstName":"{}"}}"#,
                person.record, person.email, person.name
            );
            ("updated", said)
        }
        1 => ("acted", r#""type":"track","userId":null,"event":"Checkout Failed","properties":{"order_id":"4711","total":129.5}"#.to_owned()),
        _ => ("viewed", r#""type":"page","userId":null,"name":"Pricing","properties":{"title":"Pricing"}"#.to_owned()),
    };
    let time = iso(at);
    let call = format!(
        r#"{{"anonymousId":"{device}","channel":"client","context":{{"ip":"192.0.2.14","library":{{"name":"analytics.js","version":"2.11.1"}},"locale":"en-US","page":{{"path":"/pricing","title":"Pricing","url":"https://shop.example.com/pricing?x=1"}}}},"integrations":{{}},"messageId":"{id}","originalTimestamp":"{time}","receivedAt":"{time}","sentAt":"{time}","timestamp":"{time}","version":2,{said}}}"#
    );
    (says, call)
}
