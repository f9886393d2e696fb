//! What each action does, once its request has been read.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use super::Sqs;
use super::errors::{Code, SqsError};
use super::md5;
use super::message::{
    Outgoing, Receipt, WireAttribute, check_attributes, check_body, check_system, is_wanted,
};
use super::messages::{self, Depth, Found, NewMessage, Taken};
use super::protocol::{
    Attributes, ChangeMessageVisibility, DeleteMessage, Done, ReceiveMessage, Received,
    ReceivedMessage, SendMessage, Sent, SetQueueAttributes,
};
use super::queue::{
    MAX_DELAY_S, MAX_VISIBILITY_S, MAX_WAIT_S, QueueAttributes, arn, name_from_url,
};
use super::storage::{self, Queue};

/// Most messages of one receive.
const MAX_RECEIVED: i64 = 10;
/// A long poll looks again at least so often, whether or not anything woke it.
const MAX_SLEEP: Duration = Duration::from_secs(1);
/// The sender of every message: signatures are not looked at, so nobody is known.
const SENDER: &str = "AIDALOCALDEVELOPMENT";

pub(super) async fn send_message(sqs: &Sqs, request: SendMessage) -> Result<Sent, SqsError> {
    let name = name_from_url(request.queue_url.as_deref())?.to_owned();
    let now = sqs.now();
    let (id, sent) = sqs
        .run(move |database| {
            let queue = storage::queue(database, &name)?;
            let (message, sent) = check_message(&queue.attributes, &request.message)?;
            messages::put(database, &queue, &message, now)?;
            Ok((queue.id, sent))
        })
        .await?;
    sqs.arrivals.announce(id);
    Ok(sent)
}

/// The message ready to be stored, and what its sender is told.
pub(super) fn check_message(
    queue: &QueueAttributes,
    outgoing: &Outgoing,
) -> Result<(NewMessage, Sent), SqsError> {
    let body = check_body(outgoing, queue.max_message_bytes)?;
    let attributes = check_attributes(&outgoing.message_attributes)?;
    let system_attributes = check_system(outgoing)?;
    let delay_s = in_range(
        "DelaySeconds",
        outgoing.delay_seconds,
        queue.delay_s,
        0,
        MAX_DELAY_S,
    )?;
    let sent = Sent {
        message_id: new_id(),
        body_md5: md5::of_body(body),
        attributes_md5: md5::of_attributes(&attributes),
        system_md5: md5::of_attributes(&system_attributes),
    };
    let message = NewMessage {
        message_id: sent.message_id.clone(),
        body: body.to_owned(),
        attributes,
        system_attributes,
        group_id: outgoing.message_group_id.clone(),
        delay_s,
    };
    Ok((message, sent))
}

pub(super) async fn receive_message(
    sqs: &Sqs,
    request: ReceiveMessage,
) -> Result<Received, SqsError> {
    let name = name_from_url(request.queue_url.as_deref())?.to_owned();
    let limit = in_range(
        "MaxNumberOfMessages",
        request.max_number_of_messages,
        1,
        1,
        MAX_RECEIVED,
    )?;
    let limit = usize::try_from(limit).unwrap_or(1);
    in_range(
        "VisibilityTimeout",
        request.visibility_timeout,
        0,
        0,
        MAX_VISIBILITY_S,
    )?;
    in_range(
        "WaitTimeSeconds",
        request.wait_time_seconds,
        0,
        0,
        MAX_WAIT_S,
    )?;

    let looked_up = name.clone();
    let queue = sqs
        .run(move |database| storage::queue(database, &looked_up))
        .await?;
    let wait_s = request
        .wait_time_seconds
        .unwrap_or(queue.attributes.receive_wait_s);
    let deadline = Instant::now() + Duration::from_secs(u64::try_from(wait_s).unwrap_or(0));
    // Listening starts before the first look, so that nothing arrives unheard between the two.
    let mut arrivals = sqs.arrivals.listen(queue.id);
    loop {
        let found = take(sqs, name.clone(), limit, request.visibility_timeout).await?;
        if !found.messages.is_empty() || Instant::now() >= deadline {
            let messages = found
                .messages
                .into_iter()
                .map(|taken| shown(taken, &request));
            return Ok(Received {
                messages: messages.collect(),
            });
        }
        let sleep = found.next_visible_at.map_or(MAX_SLEEP, |at| {
            Duration::from_millis(u64::try_from(at - sqs.now()).unwrap_or(0).max(1))
        });
        let until = deadline.min(Instant::now() + sleep.min(MAX_SLEEP));
        // Woken or not, the loop looks again.
        let _ = tokio::time::timeout_at(until, arrivals.changed()).await;
    }
}

async fn take(
    sqs: &Sqs,
    name: String,
    limit: usize,
    visibility: Option<i64>,
) -> Result<Found, SqsError> {
    let now = sqs.now();
    let found = sqs
        .run(move |database| {
            // Read again, for a long poll outlives changes of its queue.
            let queue = storage::queue(database, &name)?;
            let visibility = visibility.unwrap_or(queue.attributes.visibility_timeout_s);
            messages::take(database, &queue, limit, visibility, now)
        })
        .await?;
    if let Some(dead_letters) = found.moved_to {
        sqs.arrivals.announce(dead_letters);
    }
    Ok(found)
}

fn shown(taken: Taken, request: &ReceiveMessage) -> ReceivedMessage {
    let message_attributes: BTreeMap<String, WireAttribute> = taken
        .attributes
        .iter()
        .filter(|(name, _)| is_wanted(name, &request.message_attribute_names))
        .map(|(name, attribute)| (name.clone(), attribute.clone()))
        .collect();
    // They were checked when they were sent, and the checksum is over those that are shown.
    let attributes_md5 = check_attributes(&message_attributes)
        .ok()
        .and_then(|checked| md5::of_attributes(&checked));
    ReceivedMessage {
        attributes: system_attributes(&taken, request),
        message_id: taken.message_id,
        receipt_handle: taken.receipt.handle(),
        body_md5: md5::of_body(&taken.body),
        body: taken.body,
        attributes_md5,
        message_attributes,
    }
}

fn system_attributes(taken: &Taken, request: &ReceiveMessage) -> BTreeMap<&'static str, String> {
    let trace = taken
        .system_attributes
        .get("AWSTraceHeader")
        .and_then(WireAttribute::text);
    let known = [
        ("SenderId", Some(SENDER.to_owned())),
        ("SentTimestamp", Some(taken.sent_at.to_string())),
        (
            "ApproximateReceiveCount",
            Some(taken.receive_count.to_string()),
        ),
        (
            "ApproximateFirstReceiveTimestamp",
            Some(taken.first_received_at.to_string()),
        ),
        ("MessageGroupId", taken.group_id.clone()),
        ("AWSTraceHeader", trace.map(str::to_owned)),
        ("DeadLetterQueueSourceArn", taken.dead_letter_source.clone()),
    ];
    let wanted = |name: &str| {
        let mut names = request
            .attribute_names
            .iter()
            .chain(&request.message_system_attribute_names);
        names.any(|wanted| wanted == "All" || wanted == name)
    };
    known
        .into_iter()
        .filter(|(name, _)| wanted(name))
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

pub(super) async fn delete_message(sqs: &Sqs, request: DeleteMessage) -> Result<Done, SqsError> {
    let name = name_from_url(request.queue_url.as_deref())?.to_owned();
    sqs.run(move |database| {
        let queue = storage::queue(database, &name)?;
        let receipt = Receipt::parse(request.receipt_handle.as_deref(), queue.id)?;
        messages::delete(database, receipt)
    })
    .await?;
    Ok(Done {})
}

pub(super) async fn change_visibility(
    sqs: &Sqs,
    request: ChangeMessageVisibility,
) -> Result<Done, SqsError> {
    let name = name_from_url(request.queue_url.as_deref())?.to_owned();
    let now = sqs.now();
    let id = sqs
        .run(move |database| {
            let queue = storage::queue(database, &name)?;
            change_one(database, &queue, &request, now)?;
            Ok(queue.id)
        })
        .await?;
    sqs.arrivals.announce(id);
    Ok(Done {})
}

/// The change that both the single action and its batch make.
pub(super) fn change_one(
    database: &rusqlite::Connection,
    queue: &Queue,
    request: &ChangeMessageVisibility,
    now: i64,
) -> Result<(), SqsError> {
    let receipt = Receipt::parse(request.receipt_handle.as_deref(), queue.id)?;
    let timeout = request.visibility_timeout;
    let timeout = timeout.ok_or_else(|| SqsError::missing("VisibilityTimeout"))?;
    let timeout = in_range("VisibilityTimeout", Some(timeout), 0, 0, MAX_VISIBILITY_S)?;
    messages::change_visibility(database, receipt, timeout, now)
}

pub(super) async fn purge_queue(sqs: &Sqs, queue_url: Option<String>) -> Result<Done, SqsError> {
    let name = name_from_url(queue_url.as_deref())?.to_owned();
    sqs.run(move |database| messages::purge(database, &storage::queue(database, &name)?))
        .await?;
    Ok(Done {})
}

pub(super) async fn delete_queue(sqs: &Sqs, queue_url: Option<String>) -> Result<Done, SqsError> {
    let name = name_from_url(queue_url.as_deref())?.to_owned();
    sqs.run(move |database| {
        let queue = storage::queue(database, &name)?;
        storage::delete_queue(database, queue.id)
    })
    .await?;
    Ok(Done {})
}

pub(super) async fn set_queue_attributes(
    sqs: &Sqs,
    request: SetQueueAttributes,
) -> Result<Done, SqsError> {
    let name = name_from_url(request.queue_url.as_deref())?.to_owned();
    let now = sqs.now();
    sqs.run(move |database| {
        let mut queue = storage::queue(database, &name)?;
        for (name, value) in &request.attributes {
            queue.attributes.set(name, value)?;
        }
        check_dead_letters(database, &queue.attributes)?;
        storage::update_queue(database, queue.id, &queue.attributes, now)
    })
    .await?;
    Ok(Done {})
}

/// A queue may only send its dead letters to one that exists.
pub(super) fn check_dead_letters(
    database: &rusqlite::Connection,
    attributes: &QueueAttributes,
) -> Result<(), SqsError> {
    let Some(redrive) = &attributes.redrive else {
        return Ok(());
    };
    match storage::find_queue(database, &redrive.dead_letter_queue)? {
        Some(_) => Ok(()),
        None => Err(SqsError::invalid(
            "RedrivePolicy",
            "Dead letter target does not exist.",
        )),
    }
}

pub(super) async fn queue_attributes(
    sqs: &Sqs,
    queue_url: Option<String>,
    names: Vec<String>,
) -> Result<Attributes, SqsError> {
    let name = name_from_url(queue_url.as_deref())?.to_owned();
    let now = sqs.now();
    let (queue, depth) = sqs
        .run(move |database| {
            let queue = storage::queue(database, &name)?;
            let depth = messages::depth(database, &queue, now)?;
            Ok((queue, depth))
        })
        .await?;
    let all = all_attributes(&queue, depth);
    if names.iter().any(|name| name == "All") {
        return Ok(Attributes { attributes: all });
    }
    let mut attributes = BTreeMap::new();
    for name in names {
        match all.get(&name) {
            Some(value) => {
                attributes.insert(name, value.clone());
            }
            // An attribute that can be set and is not has no value; others do not exist.
            None => QueueAttributes::default()
                .set(&name, "")
                .or_else(|refusal| {
                    if refusal.code() == Code::InvalidAttributeName {
                        Err(refusal)
                    } else {
                        Ok(())
                    }
                })?,
        }
    }
    Ok(Attributes { attributes })
}

fn all_attributes(queue: &Queue, depth: Depth) -> BTreeMap<String, String> {
    let mut all = queue.attributes.written();
    all.insert("QueueArn".into(), arn(&queue.name));
    for (name, number) in [
        ("ApproximateNumberOfMessages", depth.visible),
        ("ApproximateNumberOfMessagesNotVisible", depth.in_flight),
        ("ApproximateNumberOfMessagesDelayed", depth.delayed),
        ("CreatedTimestamp", queue.created_at / 1000),
        ("LastModifiedTimestamp", queue.modified_at / 1000),
    ] {
        all.insert(name.into(), number.to_string());
    }
    all
}

fn in_range(
    parameter: &str,
    value: Option<i64>,
    default: i64,
    least: i64,
    most: i64,
) -> Result<i64, SqsError> {
    let Some(value) = value else {
        return Ok(default);
    };
    if (least..=most).contains(&value) {
        return Ok(value);
    }
    Err(SqsError::invalid(
        parameter,
        &format!("Must be between {least} and {most}, if provided."),
    ))
}

/// A random id in the form of a UUID, version 4.
pub(super) fn new_id() -> String {
    let random = fastrand::u128(..);
    let bits = (random & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ]
    .join("-")
}
