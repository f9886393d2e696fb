//! What happens within a call: dialling, queues, conferences, recordings.

use timeline::{Direction, Fact, Opening, Place, Started};

use super::{Delivery, updated};
use crate::parts::{self, kept_name, not_used};
use crate::reading::{Reading, Rejection};

/// `<Dial>` is done, and says what became of it. It has no time of its own.
pub(super) fn dialled(delivery: &Delivery<'_>) -> Result<Reading, Rejection> {
    let fields = &delivery.fields;
    let status = fields.required_text("DialCallStatus")?.trim();
    let status = status.to_ascii_lowercase();
    let id = match fields.text("DialCallSid") {
        Some(leg) => format!("dial-{leg}"),
        None => format!("dial-{status}"),
    };
    let parties = delivery.parties();
    let apart = fields
        .id("DialBridged")
        .is_some_and(|bridged| bridged.eq_ignore_ascii_case("false"));
    let fact = match status.as_str() {
        "completed" if !apart => Fact::Answered(Place {
            agent: parties.agent,
            queue: None,
        }),
        // Somebody was asked for, and did not come.
        "busy" | "no-answer" | "failed" | "canceled"
            if parties.direction == Some(Direction::Inbound) =>
        {
            Fact::Started(Started {
                opening: Opening::Ringing,
                initiation: Some(format!("dial {status}")),
                ..Started::default()
            })
        }
        // Of a conference, `answered` says that somebody waits in it.
        _ => updated([("dial_status", Some(&status))]),
    };
    Ok(Reading::event(delivery.event(&id, fact)?))
}

/// The call waits in a queue, is taken out of it, or has left it.
pub(super) fn queue(delivery: &Delivery<'_>) -> Result<Reading, Rejection> {
    let fields = &delivery.fields;
    let sid = fields.required_text("QueueSid")?;
    let place = || Place {
        queue: kept_name(sid),
        agent: None,
    };
    let taken = ["DequeingCallSid", "DequeuingCallSid", "DequeueingCallSid"];
    let (step, fact) = if let Some(result) = fields.text("QueueResult") {
        let result = result.trim().to_ascii_lowercase();
        let fact = match result.as_str() {
            "bridged" | "bridging-in-process" | "redirected-from-bridged" => {
                Fact::Answered(place())
            }
            "hangup" | "leave" | "redirected" => Fact::Queued(place()),
            _ => updated([("queue_result", Some(&result))]),
        };
        (result, fact)
    } else if taken.iter().any(|name| fields.get(name).is_some()) {
        ("dequeued".to_owned(), Fact::Answered(place()))
    } else {
        ("queued".to_owned(), Fact::Queued(place()))
    };
    Ok(Reading::event(
        delivery.event(&format!("queue-{sid}-{step}"), fact)?,
    ))
}

/// A participant of a conference is put on hold and comes back. Who comes and goes is told by the legs.
pub(super) fn conference(delivery: &Delivery<'_>, event: &str) -> Result<Reading, Rejection> {
    let fact = match event.trim().to_ascii_lowercase().as_str() {
        "participant-hold" => Fact::Held,
        "participant-unhold" => Fact::Resumed,
        _ => return Ok(not_used(delivery.name, event)),
    };
    let conference = delivery.fields.required_text("ConferenceSid")?;
    let number = delivery.fields.required_id("SequenceNumber")?;
    let at = parts::required_time(&delivery.fields, "Timestamp")?;
    let mut event = delivery.event(&format!("conference-{conference}-{number}"), fact)?;
    event.occurred_at = Some(at);
    Ok(Reading::event(event))
}

/// A recording is ready. One of a conference belongs to no call that it names.
pub(super) fn recording(delivery: &Delivery<'_>) -> Result<Reading, Rejection> {
    let fields = &delivery.fields;
    let status = fields.required_text("RecordingStatus")?.trim();
    if !status.eq_ignore_ascii_case("completed") {
        return Ok(not_used(delivery.name, &format!("recording-{status}")));
    }
    if fields.get("CallSid").is_none() && fields.get("ConferenceSid").is_some() {
        return Ok(not_used(delivery.name, "conference-recording"));
    }
    let sid = fields.required_text("RecordingSid")?;
    let seconds = fields.id("RecordingDuration");
    let fact = updated([
        ("recording", fields.text("RecordingUrl")),
        ("recording_seconds", seconds.as_deref()),
    ]);
    let mut event = delivery.event(&format!("recording-{sid}"), fact)?;
    event.occurred_at = parts::time(fields, "RecordingStartTime")?;
    Ok(Reading::event(event))
}

/// What a machine has understood of a recording, as a voicemail is.
pub(super) fn transcription(delivery: &Delivery<'_>) -> Result<Reading, Rejection> {
    let fields = &delivery.fields;
    let sid = fields.required_text("TranscriptionSid")?;
    let Some(text) = fields.text("TranscriptionText") else {
        return Ok(not_used(delivery.name, "transcription-without-text"));
    };
    let fact = updated([("transcription", Some(text))]);
    let event = delivery.event(&format!("transcription-{sid}"), fact)?;
    Ok(Reading::event(event))
}

/// Whether a person or a machine answered, found out while the call goes on.
pub(super) fn machine(delivery: &Delivery<'_>) -> Result<Reading, Rejection> {
    let by = delivery.fields.required_text("AnsweredBy")?;
    let mut event = delivery.event("machine-detection", updated([("answered_by", Some(by))]))?;
    event.occurred_at = delivery.time()?;
    Ok(Reading::event(event))
}
