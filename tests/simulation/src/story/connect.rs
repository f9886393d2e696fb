//! Calls of Amazon Connect: contact events over EventBridge, best effort and in any order, and the contact's record over
//! Kinesis, which alone says whose the call is.

use std::fmt::Write as _;

use timeline::Channel;

use super::draft::{Draft, Sending};
use super::ids::uuid;
use super::people::{HOTLINE, Person};
use super::time::{HOUR, MINUTE, SECOND, iso, iso_seconds};
use super::{Content, Queue};

const INSTANCE: &str =
    "arn:aws:connect:us-west-2:111122223333:instance/aa11bb22-cc33-4d44-8e55-ff6677889900";
/// One event in as many gets lost on its way.
const LOST_ONE_IN: u32 = 14;

/// A leg of a call, as the contact centre lives it.
struct Contact {
    id: String,
    method: &'static str,
    /// The contact that it was transferred from.
    previous: Option<String>,
    began: i64,
    queued: i64,
    /// When an agent answered; nobody did where there is none.
    answered: Option<i64>,
    /// When it ended; it goes on at the story's end where there is none.
    ended: Option<i64>,
}

impl Contact {
    fn new(draft: &mut Draft<'_>, began: i64, method: &'static str) -> Self {
        let queued = began + draft.between(2 * SECOND, MINUTE);
        let answered = (!draft.one_in(4)).then(|| queued + draft.between(SECOND, 3 * MINUTE));
        let ended = answered.unwrap_or(queued) + draft.between(5 * SECOND, 9 * MINUTE);
        Self {
            id: uuid(draft.rng),
            method,
            previous: None,
            began,
            queued,
            answered,
            ended: (!draft.one_in(8)).then_some(ended),
        }
    }

    fn interaction(&self) -> String {
        format!("amazon-connect:{}", self.id)
    }

    /// What has happened of it by the time of an event, as each event repeats it.
    fn detail(&self, kind: &str, at: i64) -> String {
        let mut detail = format!(
            r#"{{"eventType":"{kind}","contactId":"{}","channel":"VOICE","instanceArn":"{INSTANCE}","initiationMethod":"{}","initiationTimestamp":"{}""#,
            self.id,
            self.method,
            iso(self.began)
        );
        let mut add = |text: String| detail.push_str(&text);
        if let Some(previous) = &self.previous {
            add(format!(
                r#","initialContactId":"{previous}","previousContactId":"{previous}""#
            ));
        }
        if at >= self.queued {
            add(format!(
                r#","queueInfo":{{"queueArn":"{INSTANCE}/queue/q-bids","queueType":"STANDARD","enqueueTimestamp":"{}"}}"#,
                iso(self.queued)
            ));
        }
        if let Some(answered) = self.answered.filter(|answered| at >= *answered) {
            add(format!(
                r#","agentInfo":{{"agentArn":"{INSTANCE}/agent/a-bea","connectedToAgentTimestamp":"{}""#,
                iso(answered)
            ));
            if kind == "COMPLETED" {
                add(format!(r#","afterContactWorkEndTimestamp":"{}""#, iso(at)));
            }
            add("}".to_owned());
        }
        match self.ended.filter(|ended| at >= *ended) {
            Some(ended) => add(format!(
                r#","disconnectTimestamp":"{}","disconnectReason":"CUSTOMER_DISCONNECT""#,
                iso(ended)
            )),
            // So Amazon Connect writes that there is none yet.
            None => add(r#","disconnectTimestamp":"1970-01-01T00:00:00.001Z""#.to_owned()),
        }
        detail.push_str(r#","tags":{"aws:connect:instanceId":"aa11bb22"}}"#);
        detail
    }

    fn record(&self, person: Option<&Person>, outcome: &Outcome, updated: i64) -> String {
        let address = person.map_or("anonymous".to_owned(), |person| {
            format!("+{}", person.digits)
        });
        let ended = self.ended.unwrap_or(updated);
        let mut record = format!(
            r#"{{"AWSAccountId":"111122223333","AWSContactTraceRecordFormatVersion":"2017-03-10","ContactId":"{}","Channel":"VOICE","InitiationMethod":"{}","InstanceARN":"{INSTANCE}","InitiationTimestamp":"{}","DisconnectTimestamp":"{}","DisconnectReason":"CUSTOMER_DISCONNECT","LastUpdateTimestamp":"{}","CustomerEndpoint":{{"Address":"{address}","Type":"TELEPHONE_NUMBER"}},"SystemEndpoint":{{"Address":"+{HOTLINE}","Type":"TELEPHONE_NUMBER"}}"#,
            self.id,
            self.method,
            iso_seconds(self.began),
            iso_seconds(ended),
            iso_seconds(updated),
        );
        let written = match self.answered {
            Some(answered) => write!(
                record,
                r#","Agent":{{"ARN":"{INSTANCE}/agent/a-bea","Username":"bea.lind","ConnectedToAgentTimestamp":"{}","AgentInteractionDuration":{},"CustomerHoldDuration":0,"AfterContactWorkDuration":30}}"#,
                iso_seconds(answered),
                (ended - answered) / SECOND
            ),
            None => write!(record, r#","Agent":null"#),
        };
        written.expect("a text takes what is written to it");
        let previous = self
            .previous
            .as_ref()
            .map_or("null".to_owned(), |id| format!(r#""{id}""#));
        write!(
            record,
            r#","Queue":{{"ARN":"{INSTANCE}/queue/q-bids","Name":"Bids","Duration":21,"EnqueueTimestamp":"{}","DequeueTimestamp":null}},"Attributes":{{{}}},"Recording":null,"InitialContactId":{previous},"PreviousContactId":{previous},"NextContactId":null}}"#,
            iso_seconds(self.queued),
            outcome.attributes,
        )
        .expect("a text takes what is written to it");
        record
    }
}

/// What the flow and the agents have put to a contact.
struct Outcome {
    attributes: String,
    claims: Vec<(String, bool)>,
}

impl Outcome {
    /// What the flow knows of the caller: the company's own record of them, an address that they said, or nothing.
    fn of(draft: &mut Draft<'_>, person: &Person) -> Self {
        match draft.rng.u32(..4) {
            0 => Self {
                attributes: format!(r#""customerId":"{}","language":"en""#, person.record),
                claims: vec![(format!("crm:customer/{}", person.record), true)],
            },
            1 => Self {
                attributes: format!(r#""email":"{}","Language":"en""#, person.email),
                claims: vec![(person.mailto(), false)],
            },
            2 => Self {
                attributes: r#""customerId":"unknown""#.to_owned(),
                claims: Vec::new(),
            },
            _ => Self {
                attributes: String::new(),
                claims: Vec::new(),
            },
        }
    }
}

/// A call, perhaps with a second leg that it is transferred to.
pub(super) fn call(draft: &mut Draft<'_>) {
    let began = draft.beginning();
    let person = draft.person();
    let method = draft.pick(&["INBOUND", "INBOUND", "INBOUND", "OUTBOUND", "CALLBACK"]);
    let first = Contact::new(draft, began, method);
    let (id, ended) = (first.id.clone(), first.ended);
    let withheld = method == "INBOUND" && draft.one_in(6);
    leg(draft, &first, Some(&person).filter(|_| !withheld));
    if let Some(ended) = ended
        && draft.one_in(4)
    {
        let mut second = Contact::new(draft, ended, "TRANSFER");
        second.previous = Some(id);
        leg(draft, &second, Some(&person).filter(|_| !withheld));
    }
}

/// One contact: its events, and its record in the end.
fn leg(draft: &mut Draft<'_>, contact: &Contact, person: Option<&Person>) {
    let after_work = contact.answered.and(contact.ended);
    let after_work = after_work.map(|ended| ended + 30 * SECOND);
    let steps = [
        ("INITIATED", "connect INITIATED", Some(contact.began)),
        (
            "CONNECTED_TO_SYSTEM",
            "connect CONNECTED_TO_SYSTEM",
            Some(contact.began + 800),
        ),
        ("QUEUED", "connect QUEUED", Some(contact.queued)),
        (
            "CONNECTED_TO_AGENT",
            "connect CONNECTED_TO_AGENT",
            contact.answered,
        ),
        ("DISCONNECTED", "connect DISCONNECTED", contact.ended),
        ("COMPLETED", "connect COMPLETED", after_work),
        ("AMD_DISABLED", "connect AMD_DISABLED (not used)", None),
    ];
    let mut is_told_ended = false;
    for (kind, name, at) in steps {
        let is_used = kind != "AMD_DISABLED";
        let at = if is_used {
            at
        } else {
            draft.one_in(6).then_some(contact.began + 900)
        };
        let Some(at) = at else { continue };
        if draft.one_in(LOST_ONE_IN) {
            continue;
        }
        is_told_ended |= matches!(kind, "DISCONNECTED" | "COMPLETED");
        let body = bridged(draft, contact, kind, at);
        let sending = Sending::bare(Queue::Call, name, body);
        let sending = if is_used {
            sending.tells(
                &contact.interaction(),
                format!("connect:{}:{kind}", contact.id),
                says(kind, at),
            )
        } else {
            sending
        };
        draft.send(at, sending);
    }
    let recorded = contact.ended.filter(|_| !draft.one_in(6));
    if let Some(ended) = recorded {
        records(draft, contact, person, ended);
    }
    draft.expect(
        &contact.interaction(),
        Channel::Call,
        person.filter(|_| recorded.is_some()).map(Person::tel),
        is_told_ended || recorded.is_some(),
    );
}

/// What a contact event says. Only the envelope tells when the system took the call, and that to the second.
pub(super) fn says(kind: &str, at: i64) -> Content {
    match kind {
        "INITIATED" => Content::at("started", at),
        "CONNECTED_TO_SYSTEM" => Content::at_second("started", at),
        "QUEUED" => Content::at("queued", at),
        "CONNECTED_TO_AGENT" => Content::at("answered", at),
        _ => Content::at("ended", at),
    }
}

/// A contact event in the envelope of EventBridge.
fn bridged(draft: &mut Draft<'_>, contact: &Contact, kind: &str, at: i64) -> String {
    format!(
        r#"{{"version":"0","id":"{}","detail-type":"Amazon Connect Contact Event","source":"aws.connect","account":"111122223333","time":"{}","region":"us-west-2","resources":["{INSTANCE}","{INSTANCE}/contact/{}"],"detail":{}}}"#,
        uuid(draft.rng),
        iso_seconds(at),
        contact.id,
        contact.detail(kind, at)
    )
}

/// The record, mostly some time after the end, and newer versions of it.
fn records(draft: &mut Draft<'_>, contact: &Contact, person: Option<&Person>, ended: i64) {
    let outcome = match person {
        Some(person) => Outcome::of(draft, person),
        None => Outcome {
            attributes: String::new(),
            claims: Vec::new(),
        },
    };
    let mut updated = ended + draft.between(SECOND, 2 * MINUTE);
    let versions = if draft.one_in(3) { 2 } else { 1 };
    for version in 0..versions {
        let record = contact.record(person, &outcome, updated);
        let sending = Sending {
            otherwise: Some(in_kinesis(draft, &contact.id, &record)),
            ..Sending::bare(
                Queue::Call,
                if version == 0 {
                    "connect record"
                } else {
                    "connect record, newer"
                },
                record,
            )
        };
        let logical = format!("connect:{}:record-{version}", contact.id);
        let says = Content::at_second("record", contact.began).changed(updated);
        draft.send(
            updated,
            sending.tells(&contact.interaction(), logical, says),
        );
        updated += draft.between(MINUTE, 3 * HOUR);
    }
    if let Some(person) = person {
        for (other, links) in outcome.claims {
            draft.claim(&person.tel(), other, links);
        }
    }
}

/// The same record as a stream's batch of one hands it on.
fn in_kinesis(draft: &mut Draft<'_>, contact: &str, record: &str) -> String {
    format!(
        r#"{{"eventSource":"aws:kinesis","eventVersion":"1.0","eventID":"shardId-000000000000:{sequence}","eventName":"aws:kinesis:record","awsRegion":"us-west-2","partitionKey":"{contact}","sequenceNumber":"{sequence}","data":"{}"}}"#,
        super::ids::base64(record.as_bytes()),
        sequence = draft.count(),
    )
}
