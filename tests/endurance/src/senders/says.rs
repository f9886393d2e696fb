//! What each event says on its way, and how its number is found again in what is stored.
//!
//! The number comes back out of what a provider's own field holds, never by the ids that the code under test makes of it:
//! an event that is stored under two ids is found twice.

use serde_json::{Value, json};
use timeline::{Event, Fact};

use crate::plan::{Channel, OFFICE, Plan, Spot, WHATSAPP_LINE, said_at, telephone};

/// How many threads of WhatsApp one person has: with as many numbers of the company's.
const LINES: u64 = 1_000_000;

fn spot(plan: &Plan, number: u64) -> Spot {
    plan.spot(number).unwrap_or(Spot {
        channel: Channel::Cti,
        conversation: 0,
        step: 0,
    })
}

/// The time of a step as RFC 3339 writes it.
fn written_at(spot: Spot) -> String {
    jiff::Timestamp::from_millisecond(said_at(spot))
        .map_or_else(|_| String::new(), |at| at.to_string())
}

/// A push of a telephone system, as a form.
pub(super) fn cti(plan: &Plan, numbers: &[u64]) -> String {
    let number = numbers.first().copied().unwrap_or_default();
    let spot = spot(plan, number);
    let from = telephone(spot.conversation % plan.callers());
    let call = format!("{:x}.{}", plan.seed, spot.conversation);
    let event = match spot.step {
        0 => "newCall",
        1 => "answer",
        _ => "hangup",
    };
    let more = match spot.step {
        0 => "&user=Reception",
        1 => "&user=Bea+Lind",
        _ => "&cause=normalClearing",
    };
    format!("event={event}&direction=in&from={from}&to={OFFICE}&callId={call}{more}")
}

/// A contact event of Amazon Connect, as EventBridge brings it.
pub(super) fn connect(plan: &Plan, number: u64) -> String {
    let spot = spot(plan, number);
    let seed = plan.seed & 0xffff_ffff;
    let id = format!("{seed:08x}-0000-4000-8000-{number:012x}");
    let contact = format!("{seed:08x}-1111-4000-8000-{:012x}", spot.conversation);
    let kind = match spot.step {
        0 => "INITIATED",
        1 => "QUEUED",
        2 => "CONNECTED_TO_AGENT",
        _ => "DISCONNECTED",
    };
    let at = written_at(spot);
    let began = written_at(Spot { step: 0, ..spot });
    let instance =
        "arn:aws:connect:us-west-2:111122223333:instance/aa11bb22-cc33-4d44-8e55-ff6677889900";
    let mut detail = json!({
        "eventType": kind, "contactId": contact, "channel": "VOICE", "instanceArn": instance,
        "initiationMethod": "INBOUND", "initiationTimestamp": began,
    });
    match spot.step {
        0 => {}
        1 => {
            detail["queueInfo"] = json!({
                "queueArn": format!("{instance}/queue/q-loans"), "queueType": "STANDARD", "enqueueTimestamp": at,
            });
        }
        2 => {
            detail["agentInfo"] = json!({
                "agentArn": format!("{instance}/agent/a-bea"), "connectedToAgentTimestamp": at,
            });
        }
        _ => {
            detail["disconnectTimestamp"] = json!(at);
            detail["disconnectReason"] = json!("CUSTOMER_DISCONNECT");
        }
    }
    json!({
        "version": "0", "id": id, "detail-type": "Amazon Connect Contact Event", "source": "aws.connect",
        "account": "111122223333", "time": at, "region": "us-west-2", "resources": [], "detail": detail,
    })
    .to_string()
}

/// A batch of CloudEvents.
pub(super) fn cloudevents(plan: &Plan, numbers: &[u64]) -> String {
    let events: Vec<Value> = numbers
        .iter()
        .map(|number| {
            let spot = spot(plan, *number);
            let mut data = json!({ "interaction": format!("{:x}-{}", plan.seed, spot.conversation) });
            let kind = match spot.step {
                0 => {
                    data["customer"] = json!(format!("mailto:guest{}@example.com", spot.conversation / 4));
                    data["direction"] = json!("inbound");
                    "started"
                }
                4 => "ended",
                step => {
                    data["author"] = json!("customer");
                    data["text"] = json!(format!("Line {step} of a talk about the garden wall"));
                    "message"
                }
            };
            json!({
                "specversion": "1.0", "type": format!("cornerstore.chat.{kind}"), "source": "garden-desk",
                "id": format!("n{number}"), "time": written_at(spot), "data": data,
            })
        })
        .collect();
    Value::Array(events).to_string()
}

/// Messages of WhatsApp, each a change of its own.
pub(super) fn whatsapp(plan: &Plan, numbers: &[u64]) -> String {
    let changes: Vec<Value> = numbers
        .iter()
        .map(|number| {
            let spot = spot(plan, *number);
            let from = telephone(spot.conversation);
            let line = LINES + spot.conversation / crate::plan::MAX_PEOPLE;
            json!({ "field": "messages", "value": {
                "messaging_product": "whatsapp",
                "metadata": { "display_phone_number": WHATSAPP_LINE, "phone_number_id": line.to_string() },
                "contacts": [{ "profile": { "name": "Ada Sample" }, "wa_id": from }],
                "messages": [{
                    "from": from, "id": format!("wamid.{:x}.{number}", plan.seed),
                    "timestamp": (said_at(spot) / 1000).to_string(), "type": "text",
                    "text": { "body": format!("Parcel #{number}, please") },
                }],
            }})
        })
        .collect();
    json!({ "object": "whatsapp_business_account", "entry": [{ "id": "109876543210987", "changes": changes }] })
        .to_string()
}

/// What happened in a visit of a website.
pub(super) fn widget(plan: &Plan, numbers: &[u64]) -> Value {
    numbers
        .iter()
        .map(|number| {
            let spot = spot(plan, *number);
            let id = format!("event-{number:012}");
            match spot.step {
                19 => json!({ "id": id, "at": said_at(spot), "kind": "end" }),
                step if step % 5 == 4 => json!({
                    "id": id, "at": said_at(spot), "kind": "action", "name": "Basket", "attributes": { "step": step },
                }),
                step => json!({
                    "id": id, "at": said_at(spot), "kind": "page", "title": "Garden walls",
                    "url": format!("https://shop.example.com/walls/{step}"),
                }),
            }
        })
        .collect()
}

/// The number of a stored event, by what it says; `None` for what nobody of this plan sent.
#[must_use]
pub fn number_of(plan: &Plan, event: &Event) -> Option<u64> {
    let id = event.id.as_str();
    let key = event.interaction_id.as_str();
    match event.source.as_str() {
        "cti" => {
            let (seed, call) = key.strip_prefix("cti:")?.split_once('.')?;
            let step = ["new-call", "answer", "hangup"];
            let spot = Spot {
                channel: Channel::Cti,
                conversation: call.parse().ok()?,
                step: u64::try_from(step.iter().position(|step| *step == id)?).ok()?,
            };
            (seed == format!("{:x}", plan.seed)).then(|| plan.number(spot))?
        }
        "amazon-connect" => {
            let (head, number) = id.rsplit_once('-')?;
            let seed = plan.seed & 0xffff_ffff;
            let number = u64::from_str_radix(number, 16).ok()?;
            (head == format!("{seed:08x}-0000-4000-8000"))
                .then(|| of(plan, Channel::Connect, number))?
        }
        "cloudevents" => of(
            plan,
            Channel::CloudEvents,
            id.strip_prefix('n')?.parse().ok()?,
        ),
        "whatsapp" => {
            let Fact::Message(message) = &event.fact else {
                return None;
            };
            let text = message.text.preview();
            let number = text
                .expose()
                .strip_prefix("Parcel #")?
                .strip_suffix(", please")?;
            of(plan, Channel::WhatsApp, number.parse().ok()?)
        }
        "widget" => of(
            plan,
            Channel::Widget,
            id.strip_prefix("event-")?.parse().ok()?,
        ),
        _ => None,
    }
}

fn of(plan: &Plan, channel: Channel, number: u64) -> Option<u64> {
    plan.numbers(channel).contains(&number).then_some(number)
}
