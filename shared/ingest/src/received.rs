//! When a record was received: by the queue that had it first, however often it was sent again.

use std::time::{Duration, UNIX_EPOCH};

use lambda_kit::batch::Record;
use queue::attribute::RECEIVED_AT;

/// The longest that a record is taken to have been on its way before it was sent the last time: fourteen days in each of
/// several queues. One that claims more was received so long ago.
pub const LONGEST_WAY: Duration = Duration::from_secs(60 * 24 * 60 * 60);

/// When the record was received, in milliseconds since 1970: what it says itself, where it was sent again, and else when
/// it was sent. The clock stands in for a queue that does not say that. What it says is never later than its sending, so
/// that nobody brings events from the future.
pub(crate) fn received_ms(record: &Record) -> i64 {
    let sent_ms = record.sent_at_ms.unwrap_or_else(now_ms);
    let said = record.attributes.get(RECEIVED_AT);
    let Some(said_ms) = said.and_then(|said| said.parse::<i64>().ok()) else {
        return sent_ms;
    };
    let longest_ms = i64::try_from(LONGEST_WAY.as_millis()).unwrap_or(i64::MAX);
    said_ms.clamp(sent_ms.saturating_sub(longest_ms), sent_ms)
}

fn now_ms() -> i64 {
    let now = clock::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const SENT: i64 = 1_772_442_000_000;
    const DAY: i64 = 24 * 60 * 60 * 1000;

    fn record(sent_at_ms: Option<i64>, said: Option<&str>) -> Record {
        let said = said.map(|said| (RECEIVED_AT.to_owned(), said.to_owned()));
        Record {
            message_id: "m".to_owned(),
            body: "{}".to_owned(),
            attributes: BTreeMap::from_iter(said),
            sent_at_ms,
            receive_count: 1,
            queue: "call-events".to_owned(),
        }
    }

    #[test]
    fn what_a_record_says_of_its_first_reception_counts_within_bounds() {
        let say = |said: &str| received_ms(&record(Some(SENT), Some(said)));
        assert_eq!(received_ms(&record(Some(SENT), None)), SENT);
        assert_eq!(say(&(SENT - DAY).to_string()), SENT - DAY);
        assert_eq!(say(&(SENT - 60 * DAY).to_string()), SENT - 60 * DAY);
        for (said, why) in [
            ((SENT + 1).to_string(), "later than it was sent"),
            (i64::MAX.to_string(), "far later"),
            ("yesterday".to_owned(), "no number"),
            (String::new(), "nothing"),
            ("99999999999999999999".to_owned(), "no time"),
        ] {
            assert_eq!(say(&said), SENT, "{why}");
        }
        for said in [SENT - 61 * DAY, 0, -1, i64::MIN] {
            assert_eq!(say(&said.to_string()), SENT - 60 * DAY, "{said}");
        }
    }

    #[test]
    fn a_queue_that_does_not_say_when_it_got_a_record_got_it_now() {
        let before = now_ms();
        let received = received_ms(&record(None, None));
        assert!((before..=now_ms()).contains(&received));
        let yesterday = (before - DAY).to_string();
        assert_eq!(received_ms(&record(None, Some(&yesterday))), before - DAY);
    }
}
