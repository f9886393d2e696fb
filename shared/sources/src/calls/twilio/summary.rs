//! Voice Insights' summary of a whole call, which comes first in part and is sent again when it is complete.

use timeline::{CallRecord, Direction, Fact, Region, Timestamp, cut};

use super::event_of;
use super::parties::Parties;
use crate::fields::Fields;
use crate::parts::{self, MAX_NAME, not_used};
use crate::reading::{Reading, Rejection};

/// Longest talk that is believed, in seconds: Twilio ends a call after a day.
const MAX_SECONDS: u64 = 7 * 24 * 3600;

/// `sent_at` is the time of the event that it came in. That of a leg which a call dialled is not used: it ends when
/// the agent hangs up, and the call may go on.
pub(in crate::calls) fn read(
    data: &Fields<'_>,
    sent_at: Timestamp,
    name: &'static str,
    region: Option<Region>,
) -> Result<Reading, Rejection> {
    let call = data.required_text("call_sid")?;
    if data
        .text("parent_call_sid")
        .is_some_and(|parent| parent != call)
    {
        return Ok(not_used(name, "voice.insights.call-summary.leg"));
    }
    let version = parts::time(data, "created_time")?.unwrap_or(sent_at);
    let properties = data.object("properties");
    let direction = properties.text("direction");
    let (from, to) = (data.object("from"), data.object("to"));
    let parties = Parties::of(
        from.text("caller"),
        to.text("callee"),
        direction,
        None,
        region,
    );
    let started_at = parts::time(data, "start_time")?;
    let ended_at = parts::time(data, "end_time")?;
    let talk = data.integer("connect_duration");
    let record = CallRecord {
        started_at,
        ended_at,
        initiation: direction.map(|word| cut(word, MAX_NAME).to_owned()),
        cause: data.text("call_state").and_then(parts::kept_name),
        // A call that came in is connected to the application before any agent is.
        talk_ms: talk
            .filter(|_| parties.direction == Some(Direction::Outbound) && ended_at.is_some())
            .and_then(|seconds| u64::try_from(seconds).ok())
            .filter(|seconds| *seconds <= MAX_SECONDS)
            .map(|seconds| seconds * 1000),
        ..CallRecord::default()
    };
    let state = data.text("processing_state").unwrap_or("complete");
    let id = format!("summary-{state}-{version}");
    let mut event = event_of(call, &id, Fact::Record(Box::new(record)))?;
    event.occurred_at = Some(started_at.unwrap_or(version));
    event.version = Some(version);
    parties.name_in(&mut event, false);
    Ok(Reading::event(event))
}
