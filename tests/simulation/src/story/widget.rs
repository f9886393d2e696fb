//! Visits of the website that our own widget tells: some events at a time, by the visitor's clock, which may be wrong.

use timeline::Channel;

use super::draft::{Draft, Sending};
use super::ids::token;
use super::time::{HOUR, MINUTE, SECOND, millis};
use super::{Content, Queue};

/// Most events of one delivery here.
const MAX_TOGETHER: usize = 3;

/// A visit, and what the visitor writes in it, which is an interaction of its own.
pub(super) fn visit(draft: &mut Draft<'_>) {
    let person = draft.person();
    let (visitor, session) = (person.browser.clone(), token(draft.rng, 26));
    let visit = format!("widget:shop:{visitor}:{session}");
    let written = format!("{visit}:chat");
    let customer = format!("visitor:shop/{visitor}");
    let ahead = if draft.one_in(8) { HOUR } else { 0 };
    let mut at = draft.beginning();
    for _ in 0..draft.rng.usize(1..=3) {
        let mut events = Vec::new();
        let mut sending = Sending::of(Queue::Chat, "widget visit", "widget", String::new());
        for place in 0..draft.rng.usize(1..=MAX_TOGETHER) {
            at += draft.between(SECOND, 2 * MINUTE);
            let id = token(draft.rng, 20);
            // One that lacks its time is refused, and the others of its delivery are not.
            if place > 0 && draft.one_in(16) {
                sending = sending.refused("missing_field");
                sending.kind = "widget visit, one event of it bad";
                events.push(format!(r#"{{"id":"{id}","kind":"end"}}"#));
                continue;
            }
            let (of, says, said) = match draft.rng.u32(..7) {
                0 => {
                    sending.kind = "widget visit with a message";
                    let text = if draft.rng.bool() {
                        draft.claim(&customer, person.mailto(), false);
                        person.email.as_str()
                    } else {
                        "Where is my parcel?"
                    };
                    let said = format!(r#""kind":"message","text":"{text}""#);
                    let says = Content::at("message", at + ahead).saying(text);
                    (&written, says, said)
                }
                1 => {
                    draft.claim(&customer, person.mailto(), false);
                    draft.claim(&customer, person.tel(), false);
                    let said = format!(
                        r#""kind":"identify","email":"{}","phone":"+{}","name":"{}""#,
                        person.email, person.digits, person.name
                    );
                    (&visit, Content::at("updated", at + ahead), said)
                }
                2 => (
                    &visit,
                    Content::at("acted", at + ahead),
                    r#""kind":"action","name":"Checkout Failed""#.to_owned(),
                ),
                3 => (
                    &visit,
                    Content::at("ended", at + ahead),
                    r#""kind":"end""#.to_owned(),
                ),
                _ => (
                    &visit,
                    Content::at("viewed", at + ahead),
                    r#""kind":"page","url":"https://www.example.com/parcels","title":"Parcels""#
                        .to_owned(),
                ),
            };
            let at = millis(at + ahead);
            sending = sending.tells(of, format!("widget:{id}"), says);
            events.push(format!(r#"{{"id":"{id}","at":{at},{said}}}"#));
        }
        sending.body = format!(
            r#"{{"source":"widget","widget":"shop","visitor":"{visitor}","session":"{session}","origin":"https://www.example.com","events":[{}]}}"#,
            events.join(",")
        );
        draft.send(at, sending);
    }
    draft.expect(&visit, Channel::Web, Some(customer.clone()), true);
    draft.expect(&written, Channel::Chat, Some(customer), false);
}
