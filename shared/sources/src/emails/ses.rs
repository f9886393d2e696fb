//! Amazon SES: receipt notifications of mail that came in, and notifications of what became of mail that went out.

use serde_json::Value;
use timeline::Source as SourceName;

use super::signature::claimed;
use super::{feedback, receipt};
use crate::about::{About, Kind};
use crate::envelope::{Envelope, Payload};
use crate::fields::Fields;
use crate::reading::{Context, Reading, Rejection, Source};

const ABOUT: About = About {
    title: "Amazon SES",
    summary: "Mail that comes in through SES, and what becomes of mail that goes out through it.",
    setup: &[
        "Mail in: in the active receipt rule set, add to the rule an SNS action (mails up to 150 KB), or an S3 action \
         with a topic to notify (up to 40 MB, of which only the header is read).",
        "Mail out: in the configuration set that you send with, add an event destination (SNS or EventBridge) with the \
         event types that you want to see, and turn on open and click tracking if you want those.",
        "Subscribe the queue `email-events` to the topic, or send the EventBridge rule's events to it. Nothing comes \
         over HTTPS, and there is no webhook.",
    ],
    kinds: &[
        Kind {
            name: "Received",
            fixture: "text-utf8.json",
        },
        Kind {
            name: "Received (S3 action)",
            fixture: "s3-pointer.json",
        },
        Kind {
            name: "Received (Lambda action)",
            fixture: "lambda-action.json",
        },
        Kind {
            name: "Send",
            fixture: "send.json",
        },
        Kind {
            name: "Delivery",
            fixture: "delivery.json",
        },
        Kind {
            name: "DeliveryDelay",
            fixture: "delivery-delay.json",
        },
        Kind {
            name: "Bounce",
            fixture: "bounce-permanent.json",
        },
        Kind {
            name: "Complaint",
            fixture: "complaint.json",
        },
        Kind {
            name: "Complaint (not spam)",
            fixture: "complaint-not-spam.json",
        },
        Kind {
            name: "Open",
            fixture: "open.json",
        },
        Kind {
            name: "Click",
            fixture: "click.json",
        },
        Kind {
            name: "Reject",
            fixture: "reject.json",
        },
        Kind {
            name: "Rendering Failure",
            fixture: "rendering-failure.json",
        },
        Kind {
            name: "Subscription",
            fixture: "subscription.json",
        },
        Kind {
            name: "S3 object created",
            fixture: "s3-event.json",
        },
        Kind {
            name: "Set-up notices",
            fixture: "setup.json",
        },
    ],
    limits: &[
        "Claims, all unverified: a telephone number in the signature block of a trusted mail (after the line `-- `, else in the \
         up to eight lines after a closing greeting; with a plus, or after a label such as Tel. in the stack's region), never \
         from what it quotes; and a ticket in the subject, written [Ticket#12345], [#12345] or [desk #12345], as \
         crm:ticket/12345.",
        "Of a mail to several receivers SES does not say who opened it or followed a link: such an event is counted by \
         name and shown nowhere. Send to one receiver at a time to see them.",
        "A mail that Apple's mail service loads before anybody reads it is no opened mail and is counted by name. Other \
         programs that load pictures or follow links by themselves look like a person.",
        "A mail that fails the verdict for spam, virus or DMARC names no customer and joins no thread; a verdict that is \
         missing or grey fails nothing.",
        "What SES does not send (a virus in it, a template that cannot be filled) did not arrive, and does not speak \
         against the address.",
        "An answer to a mail is of the same interaction as the events of that mail, when that mail began the thread.",
    ],
    webhook: None,
};

/// Longest name of a kind that is not used.
const MAX_KIND: usize = 64;
/// Most records of one Lambda or S3 notification.
const MAX_RECORDS: usize = 100;
/// The mail that SES writes when a receipt rule is set up.
const SET_UP: &str = "AMAZON_SES_SETUP_NOTIFICATION";

/// How the text begins that SES publishes to a topic to try it.
const TOPIC_NOTE: &str = "Successfully validated SNS topic";

/// Amazon SES, through SNS, EventBridge or a Lambda action.
pub(crate) struct Ses;

/// The source's name.
pub(super) const NAME: &str = "ses";

impl Source for Ses {
    fn name(&self) -> &'static str {
        NAME
    }

    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn recognises(&self, envelope: &Envelope) -> bool {
        match &envelope.payload {
            Payload::EventBridge(event) => Fields::of(event).text("source") == Some("aws.ses"),
            Payload::Json(value) => {
                let fields = Fields::of(value);
                fields.object("mail").is_present()
                    || fields.text("notificationType").is_some()
                    || is_s3_test(&fields)
                    || first_record(&fields).is_some_and(|record| {
                        record.object("ses").is_present() || record.object("s3").is_present()
                    })
            }
            Payload::Text(note) => note.starts_with(TOPIC_NOTE),
            Payload::CloudEvents(_) | Payload::Form(_) => false,
        }
    }

    fn read(&self, envelope: &Envelope, context: &Context) -> Result<Reading, Rejection> {
        read(envelope).map(|reading| claimed(reading, context))
    }
}

fn read(envelope: &Envelope) -> Result<Reading, Rejection> {
    match &envelope.payload {
        Payload::EventBridge(event) => match event.get("detail") {
            Some(detail) if Fields::of(detail).object("mail").is_present() => notification(detail),
            _ => Ok(Reading::ignored(format!(
                "ses {}",
                kind_name(Fields::of(event).text("detail-type").unwrap_or("event"))
            ))),
        },
        Payload::Json(value) => {
            let fields = Fields::of(value);
            if is_s3_test(&fields) {
                return Ok(Reading::ignored("s3:TestEvent"));
            }
            match fields.items("Records") {
                [] => notification(value),
                records => self::records(records),
            }
        }
        Payload::Text(_) => Ok(Reading::ignored("ses topic validation")),
        Payload::CloudEvents(_) | Payload::Form(_) => Err(Rejection::UnknownEnvelope),
    }
}

fn is_s3_test(fields: &Fields<'_>) -> bool {
    fields.text("Event") == Some("s3:TestEvent")
}

fn first_record<'a>(fields: &Fields<'a>) -> Option<Fields<'a>> {
    fields.items("Records").first().map(Fields::of)
}

/// The records of a Lambda action; those of S3 itself say only that an object came, which SES has said already.
fn records(records: &[Value]) -> Result<Reading, Rejection> {
    if records.len() > MAX_RECORDS {
        return Err(Rejection::TooMuch {
            what: "the number of records in one notification",
            limit: MAX_RECORDS,
        });
    }
    let mut reading = Reading::default();
    for record in records {
        match record.get("ses") {
            Some(ses) => reading.and(notification(ses)),
            None => {
                let event = Fields::of(record).text("eventName").unwrap_or("event");
                reading.and(Ok(Reading::ignored(format!("s3 {}", kind_name(event)))));
            }
        }
    }
    Ok(reading)
}

/// One notification: of a mail that came in, or of one that went out.
fn notification(payload: &Value) -> Result<Reading, Rejection> {
    let fields = Fields::of(payload);
    let kind = fields
        .text("notificationType")
        .or(fields.text("eventType"))
        .or(fields.object("receipt").is_present().then_some("Received"));
    let Some(kind) = kind else {
        return Err(Rejection::missing("notificationType"));
    };
    match kind.to_ascii_lowercase().as_str() {
        "received" if fields.object("mail").text("messageId") == Some(SET_UP) => {
            Ok(Reading::ignored(format!("ses {SET_UP}")))
        }
        "received" => receipt::received(payload).map(Reading::event),
        "bounce" => feedback::bounce(&fields),
        "complaint" => feedback::complaint(&fields),
        "delivery" => feedback::delivery(&fields),
        "deliverydelay" => feedback::delay(&fields),
        "send" => feedback::send(&fields),
        "reject" => feedback::reject(&fields),
        "rendering failure" | "renderingfailure" => feedback::rendering_failure(&fields),
        "open" => feedback::open(&fields),
        "click" => feedback::click(&fields),
        "subscription" => feedback::subscription(&fields),
        _ => Ok(Reading::ignored(format!("ses {}", kind_name(kind)))),
    }
}

/// A kind's name as it is counted. It is logged, so only plain words stand: one with digits or an @ may hold a number or
/// an address.
fn kind_name(kind: &str) -> &str {
    let is_plain = |c: char| c.is_ascii_alphabetic() || matches!(c, ' ' | '-' | '_' | ':' | '*');
    if kind.len() <= MAX_KIND && kind.chars().all(is_plain) {
        kind
    } else {
        "other"
    }
}

/// The source's name as a part of ids.
pub(super) fn source() -> Result<SourceName, Rejection> {
    SourceName::new(Ses.name())
        .map_err(|error| Rejection::malformed("notificationType", error.to_string()))
}
