//! The day of Marta Sand, who wants a plot surveyed: what each system sends of it.

use serde_json::{Value, json};
use timeline::Timestamp;

/// The customer's number, of the range that is reserved for stories.
pub(super) const PHONE: &str = "+14155550142";
/// The customer's address, likewise.
pub(super) const EMAIL: &str = "marta.sand@example.com";
const NAME: &str = "Marta Sand";
const OFFICE: &str = "+14155550100";

/// What happened, when, and what a system sends of it.
pub(super) struct Step {
    pub(super) at: Timestamp,
    pub(super) line: &'static str,
    pub(super) format: &'static str,
    pub(super) queue: &'static str,
    pub(super) bodies: Vec<String>,
}

/// The day, told from its end; `run` makes the ids of each telling its own.
pub(super) struct Story {
    now: Timestamp,
    run: String,
}

impl Story {
    pub(super) fn new(now: Timestamp, run: String) -> Self {
        Self { now, run }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    pub(super) fn steps(&self) -> Vec<Step> {
        vec![
            self.visit(),
            self.chat(),
            self.call(),
            self.transfer(),
            self.mail(),
            self.bid(),
            self.contract_sent(),
            self.contract_signed(),
            self.invoice(),
            self.payment(),
            self.abandoned(),
            self.ringing(),
        ]
    }

    /// A time so many minutes before the end of the day.
    pub(super) fn ago(&self, minutes: i64) -> Timestamp {
        self.now.plus_millis(-minutes * 60_000)
    }

    /// An id of this telling.
    pub(super) fn id(&self, name: &str) -> String {
        format!("{}-{name}", self.run)
    }

    fn step(
        &self,
        minutes: i64,
        queue: &'static str,
        line: &'static str,
        format: &'static str,
        bodies: Vec<Value>,
    ) -> Step {
        let bodies = bodies.iter().map(Value::to_string).collect();
        Step {
            at: self.ago(minutes),
            line,
            format,
            queue,
            bodies,
        }
    }

    /// A CloudEvent of the documented vocabulary, as a system without an adapter writes it.
    fn event(
        &self,
        minutes: i64,
        kind: &str,
        source: &str,
        interaction: &str,
        about: Value,
    ) -> Value {
        let mut data = json!({
            "interaction": self.id(interaction),
            "customer": { "phone": PHONE, "name": NAME },
        });
        if let (Some(data), Value::Object(about)) = (data.as_object_mut(), about) {
            data.extend(about);
        }
        json!({
            "specversion": "1.0",
            "id": self.id(&format!("{interaction}-{kind}-{minutes}")),
            "source": source,
            "type": format!("cornerstore.{kind}"),
            "time": self.ago(minutes),
            "data": data,
        })
    }

    fn visit(&self) -> Step {
        let page = |minutes, title, path| {
            let url = format!("https://plumbline.example/{path}");
            self.event(
                minutes,
                "web.viewed",
                "website",
                "visit",
                json!({ "title": title, "url": url }),
            )
        };
        let pages = json!([
            page(548, "Boundary surveys", "boundary"),
            page(546, "Prices", "prices"),
            page(544, "Call me back", "callback"),
        ]);
        self.step(
            548,
            "chat-events",
            "looks at prices, leaves her number in the call-back form",
            "CloudEvents",
            vec![pages],
        )
    }

    fn chat(&self) -> Step {
        let number = self.run.bytes().fold(1_u32, |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(byte.into())
        });
        let sender = json!({ "id": 77, "name": NAME, "phone_number": PHONE, "type": "contact" });
        let conversation = |status| {
            json!({
                "id": number, "status": status, "channel": "Channel::WebWidget",
                "contact_inbox": { "source_id": self.id("visitor") }, "meta": { "sender": sender },
            })
        };
        let at = |minutes| self.ago(minutes).millis() / 1000;
        let message = |id: u32, minutes, kind, text, sender: &Value| {
            json!({
                "event": "message_created", "id": u64::from(number) * 10 + u64::from(id), "content": text,
                "message_type": kind, "content_type": "text", "private": false, "created_at": at(minutes),
                "sender": sender, "account": { "id": 3 }, "inbox": { "id": 5, "name": "Website" },
                "conversation": conversation("open"),
            })
        };
        let agent = json!({ "id": 9, "name": "Jo", "type": "user" });
        let mut resolved = conversation("resolved");
        resolved["event"] = json!("conversation_status_changed");
        resolved["account"] = json!({ "id": 3 });
        resolved["updated_at"] = json!(at(512));
        let bodies = vec![
            message(
                1,
                520,
                "incoming",
                "Do you survey plots on a slope?",
                &sender,
            ),
            message(
                2,
                518,
                "outgoing",
                "We do. Shall we call you about the details?",
                &agent,
            ),
            resolved,
        ];
        self.step(
            520,
            "chat-events",
            "asks in the chat whether slopes are surveyed, too",
            "Chatwoot webhooks",
            bodies,
        )
    }

    /// One contact of Amazon Connect: its events, and its record, which alone brings the number.
    fn contact(&self, id: &str, times: [i64; 4], story: &Value) -> Vec<Value> {
        let [start, queued, answered, end] = times;
        let arn = |what: &str| {
            format!("arn:aws:connect:us-east-1:000000000000:instance/plumbline/{what}")
        };
        let event = |kind: &str, minutes, extra: Value| {
            let mut detail = json!({
                "eventType": kind, "contactId": self.id(id), "channel": "VOICE", "instanceArn": arn(""),
                "initiationMethod": story["method"], "initiationTimestamp": self.ago(start),
                "previousContactId": story["previous"],
            });
            if let (Some(detail), Value::Object(extra)) = (detail.as_object_mut(), extra) {
                detail.extend(extra);
            }
            json!({
                "version": "0", "id": self.id(&format!("{id}-{kind}")), "detail-type": "Amazon Connect Contact Event",
                "source": "aws.connect", "account": "000000000000", "time": self.ago(minutes), "region": "us-east-1",
                "resources": [], "detail": detail,
            })
        };
        let queue = json!({ "queueInfo": { "queueArn": arn("queue/q1"), "enqueueTimestamp": self.ago(queued) } });
        let agent = json!({
            "agentInfo": { "agentArn": arn("agent/a1"), "connectedToAgentTimestamp": self.ago(answered) },
        });
        let record = json!({
            "AWSContactTraceRecordFormatVersion": "2017-03-10", "ContactId": self.id(id), "Channel": "VOICE",
            "InitiationMethod": story["method"], "DisconnectReason": story["reason"],
            "CustomerEndpoint": { "Address": PHONE, "Type": "TELEPHONE_NUMBER" },
            "SystemEndpoint": { "Address": OFFICE, "Type": "TELEPHONE_NUMBER" },
            "InitiationTimestamp": self.ago(start), "DisconnectTimestamp": self.ago(end),
            "LastUpdateTimestamp": self.ago(end - 1),
            "Agent": {
                "ARN": arn("agent/a1"), "Username": story["agent"], "ConnectedToAgentTimestamp": self.ago(answered),
                "AgentInteractionDuration": (answered - end) * 60, "CustomerHoldDuration": 0, "AfterContactWorkDuration": 30,
            },
            "Queue": {
                "ARN": arn("queue/q1"), "Name": story["queue"], "Duration": (queued - answered) * 60,
                "EnqueueTimestamp": self.ago(queued), "DequeueTimestamp": self.ago(answered),
            },
            "Attributes": story["attributes"], "Recording": null,
            "PreviousContactId": story["previous"], "NextContactId": story["next"],
        });
        // Out of order, as they come.
        vec![
            event("CONNECTED_TO_AGENT", answered, agent),
            event("INITIATED", start, json!({})),
            record,
            event("QUEUED", queued, queue),
            event(
                "DISCONNECTED",
                end,
                json!({ "disconnectTimestamp": self.ago(end) }),
            ),
        ]
    }

    fn call(&self) -> Step {
        let story = json!({
            "method": "INBOUND", "agent": "jo.lund", "queue": "Reception", "reason": "CONTACT_FLOW_DISCONNECT",
            "next": self.id("call-2"), "attributes": { "language": "en" },
        });
        let bodies = self.contact("call-1", [480, 480, 478, 474], &story);
        self.step(
            480,
            "call-events",
            "phones; reception answers and transfers her",
            "Connect events + record",
            bodies,
        )
    }

    fn transfer(&self) -> Step {
        let story = json!({
            "method": "TRANSFER", "agent": "ray.ortiz", "queue": "Bids", "reason": "CUSTOMER_DISCONNECT",
            "previous": self.id("call-1"), "attributes": { "disposition": "bid requested" },
        });
        let bodies = self.contact("call-2", [474, 474, 473, 461], &story);
        self.step(
            474,
            "call-events",
            "talks to Ray about the plot, is asked for a mail",
            "Connect events + record",
            bodies,
        )
    }

    fn mail(&self) -> Step {
        let at = self.ago(420);
        let message_id = format!("<{}@mail.example.com>", self.id("mail"));
        let content = format!(
            "From: {NAME} <{EMAIL}>\r\nTo: bids@plumbline.example\r\nSubject: Bid for plot 12, Hill Road\r\n\
             Message-ID: {message_id}\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
             Dear Ray,\r\nas discussed: please send me a bid for plot 12. It lies on a slope.\r\nMarta\r\n"
        );
        let notification = json!({
            "notificationType": "Received",
            "mail": {
                "timestamp": at, "source": EMAIL, "messageId": self.id("ses-mail"),
                "destination": ["bids@plumbline.example"], "headersTruncated": false, "headers": [],
                "commonHeaders": {
                    "from": [format!("{NAME} <{EMAIL}>")], "to": ["bids@plumbline.example"],
                    "messageId": message_id, "subject": "Bid for plot 12, Hill Road",
                },
            },
            "receipt": {
                "timestamp": at, "recipients": ["bids@plumbline.example"], "spamVerdict": { "status": "PASS" },
                "virusVerdict": { "status": "PASS" }, "spfVerdict": { "status": "PASS" },
                "dkimVerdict": { "status": "PASS" }, "dmarcVerdict": { "status": "PASS" },
                "action": { "type": "SNS", "topicArn": "arn:aws:sns:us-east-1:000000000000:mail", "encoding": "UTF-8" },
            },
            "content": content,
        });
        let envelope = json!({
            "Type": "Notification", "MessageId": self.id("sns-mail"),
            "TopicArn": "arn:aws:sns:us-east-1:000000000000:mail", "Message": notification.to_string(), "Timestamp": at,
        });
        self.step(
            420,
            "email-events",
            "writes the mail",
            "SES through SNS",
            vec![envelope],
        )
    }

    fn bid(&self) -> Step {
        let subject = "Bid 2026-118 for plot 12";
        let mail = |minutes, outbound, text| {
            let about = json!({ "subject": subject, "outbound": outbound, "text": text });
            self.event(minutes, "email.mail", "crm", "bid", about)
        };
        let resolved = self.event(
            351,
            "email.status",
            "crm",
            "bid",
            json!({ "status": "resolved" }),
        );
        let bodies = vec![
            mail(
                380,
                true,
                "Dear Ms Sand, here is our bid: 1,840 USD, within two weeks.",
            ),
            mail(352, false, "Agreed, please send the contract."),
            resolved,
        ];
        self.step(
            380,
            "email-events",
            "gets the bid and agrees",
            "CloudEvents of the CRM",
            bodies,
        )
    }

    fn contract_sent(&self) -> Step {
        let about = json!({ "subject": "Contract C-1077, boundary survey of plot 12" });
        let bodies = vec![self.event(340, "contract.sent", "signing", "contract", about)];
        self.step(
            340,
            "email-events",
            "gets the contract",
            "CloudEvents",
            bodies,
        )
    }

    fn contract_signed(&self) -> Step {
        let bodies = vec![self.event(305, "contract.signed", "signing", "contract", json!({}))];
        self.step(305, "email-events", "signs it", "CloudEvents", bodies)
    }

    fn invoice(&self) -> Step {
        let about = json!({
            "subject": "Invoice R-2031 over 1,840 USD", "amount_minor": 184_000, "currency": "USD",
            "due_at": self.now.plus_millis(14 * 86_400_000),
        });
        let bodies = vec![self.event(200, "invoice.sent", "billing", "invoice", about)];
        self.step(200, "email-events", "is invoiced", "CloudEvents", bodies)
    }

    fn payment(&self) -> Step {
        let about = json!({ "amount_minor": 184_000, "currency": "USD" });
        let bodies = vec![self.event(95, "invoice.paid", "billing", "invoice", about)];
        self.step(95, "email-events", "pays", "CloudEvents", bodies)
    }

    /// A push of the telephone system: a form, digits without a plus, no clock.
    pub(super) fn push(&self, call: &str, from: &str) -> String {
        let digits = |number: &str| number.trim_start_matches('+').to_owned();
        format!(
            "event=newCall&callId={}&user[]=Ray+Ortiz&from={}&to={}&direction=in",
            self.id(call),
            digits(from),
            digits(OFFICE)
        )
    }

    fn abandoned(&self) -> Step {
        // The push has no clock, so it would count as of now; the in-house telephone system's own event tells the time.
        let about = |extra: Value| {
            let mut about = json!({ "direction": "inbound" });
            if let (Some(about), Value::Object(extra)) = (about.as_object_mut(), extra) {
                about.extend(extra);
            }
            about
        };
        let bodies = vec![
            self.event(
                13,
                "call.ended",
                "pbx",
                "call-3",
                about(json!({ "cause": "cancel" })),
            ),
            self.event(
                14,
                "call.started",
                "pbx",
                "call-3",
                about(json!({ "queue": "Field team" })),
            ),
        ];
        self.step(
            14,
            "call-events",
            "phones the field team; nobody answers",
            "CloudEvents of the PBX",
            bodies,
        )
    }

    fn ringing(&self) -> Step {
        let body = self.push("call-4", PHONE);
        Step {
            at: self.now,
            line: "phones again: it rings at Ray's desk",
            format: "CTI push (form)",
            queue: "call-events",
            bodies: vec![body],
        }
    }
}
