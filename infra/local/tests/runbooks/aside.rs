//! What operators do with what was set aside.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use timeline::Timestamp;

use crate::desk::{CALL, Desk};
use crate::root;

/// A call of which the states know nothing.
const WITHHELD: &str = "cti:8437463";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_again_is_sent_once_and_stays() {
    let desk = Desk::in_state("refused").await;
    let (printed, worked) = desk.run("quarantine replay");
    assert!(worked, "{printed}");
    assert!(
        printed.starts_with("quarantine: 2 messages sent to call-events\n"),
        "{printed}"
    );
    desk.shows("quarantine list", "quarantine: 2 messages");
    let (printed, _) = desk.run("quarantine list");
    assert!(!printed.contains("hidden"), "all is put back: {printed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_says_no_queue_stays_and_is_told() {
    let desk = Desk::in_state("healthy").await;
    desk.send("quarantine", "{}", Some("cti")).await;
    let (printed, worked) = desk.run("quarantine replay");
    assert!(!worked);
    assert!(
        printed.contains("1 message left, of which no queue is known"),
        "{printed}"
    );
    desk.shows("quarantine list", "quarantine: 1 message,");
    let id = desk.id_in("quarantine list");
    let replay = format!("quarantine replay --id {id} --to call-events");
    let (printed, worked) = desk.run(&replay);
    assert!(worked, "{printed}");
    assert_eq!(printed, "quarantine: 1 message sent to call-events\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_message_is_discarded_by_its_whole_id_only() {
    let desk = Desk::in_state("healthy").await;
    desk.send("quarantine", "{}", Some("cti")).await;
    desk.send("quarantine", "[]", Some("cti")).await;
    desk.shows("quarantine list", "quarantine: 2 messages");
    let id = desk.id_in("quarantine list");
    for meant in ["quarantine discard --id", "quarantine replay --id"] {
        let (printed, worked) = desk.run(&format!("{meant} {}", &id[..8]));
        assert!(!worked && printed.contains("no such message"), "{printed}");
    }
    let (printed, worked) = desk.run(&format!("quarantine discard --id {id}"));
    assert!(
        worked && printed == "quarantine: 1 message discarded\n",
        "{printed}"
    );
    desk.shows("quarantine list", "quarantine: 1 message,");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_reached_no_queue_is_seen_and_sent_one_by_one_where_somebody_says() {
    let desk = Desk::in_state("healthy").await;
    let path = root().join("shared/sources/fixtures/cti/new-call.txt");
    let body = std::fs::read_to_string(path).unwrap();
    desk.send("undelivered", &body, Some("+14155550142")).await;
    desk.shows("dlq list", "undelivered: 1 message,");
    let id = desk.id_in("dlq list");
    desk.send("undelivered", "{\"no\": \"event\"}", None).await;
    for (command, lacks) in [
        (format!("dlq redrive --queue undelivered --id {id}"), "--to"),
        (
            "dlq redrive --queue undelivered --to call-events".to_owned(),
            "--id",
        ),
    ] {
        let (printed, worked) = desk.run(&command);
        assert!(!worked && printed.contains(lacks), "{printed}");
    }
    let redrive = format!("dlq redrive --queue undelivered --to call-events --id {id}");
    let (printed, worked) = desk.run(&redrive);
    assert!(worked, "{printed}");
    assert_eq!(printed, "undelivered: 1 message sent to call-events\n");
    desk.shows("dlq list", "undelivered: 1 message,");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_sender_wrote_beside_a_dead_letter_is_not_shown() {
    let desk = Desk::in_state("healthy").await;
    desk.send("call-events-dlq", "{}", Some("+14155550142"))
        .await;
    desk.shows("dlq list", "source (other)");
    let id = desk.id_in("dlq list");
    let (closed, worked) = desk.run(&format!("dlq show {id}"));
    assert!(worked && !closed.contains("555"), "{closed}");
    let (open, _) = desk.run(&format!("dlq show {id} --body"));
    assert!(open.contains("source: +14155550142"), "{open}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_letter_is_discarded_by_its_whole_id_from_the_queue_that_is_named() {
    let desk = Desk::in_state("dead letters").await;
    desk.send("undelivered", "{}", None).await;
    for (queue, list, left) in [
        ("call-events", "dlq list --queue call-events", "1 message,"),
        ("undelivered", "dlq list --queue undelivered", "0 messages"),
    ] {
        let id = desk.id_in(list);
        for meant in [
            format!("--queue {queue} --id {}", &id[..8]),
            format!("--queue email-events --id {id}"),
        ] {
            let (printed, worked) = desk.run(&format!("dlq discard {meant}"));
            assert!(!worked && printed.contains("no such message"), "{printed}");
        }
        let (printed, worked) = desk.run(&format!("dlq discard --queue {queue} --id {id}"));
        assert!(worked, "{printed}");
        assert!(printed.ends_with(": 1 message discarded\n"), "{printed}");
        desk.shows(list, left);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_hidden_is_told_and_nobody_takes_that_for_done() {
    let desk = Desk::in_state("dead letters").await;
    let one = desk.take("call-events-dlq", 1).await;
    let (printed, worked) = desk.run("dlq list --queue call-events");
    let told = printed.starts_with("call-events-dlq: 1 message,")
        && printed.ends_with(
            "call-events-dlq: 1 more is hidden or not given yet; call again in a few minutes\n",
        );
    assert!(worked && told, "{printed}");
    let other = desk.take("call-events-dlq", 1).await;
    assert_eq!((one.len(), other.len()), (1, 1));
    for command in [
        "dlq redrive --queue call-events",
        "dlq redrive --queue call-events --id 4f2a",
        "dlq discard --queue call-events --id 4f2a",
        "dlq show 4f2a --queue call-events",
    ] {
        let (printed, worked) = desk.run(command);
        let told = printed.contains("call-events-dlq: 2 more are hidden")
            && printed.contains("not all messages could be looked at")
            && !printed.contains("nothing to send");
        assert!(!worked && told, "{command}: {printed}");
    }
    desk.put_back("call-events-dlq", &[one, other].concat())
        .await;
    let (printed, worked) = desk.run("dlq redrive --queue call-events");
    assert!(worked, "{printed}");
    assert_eq!(printed, "call-events-dlq: 2 messages sent to call-events\n");
    let (printed, worked) = desk.run("dlq redrive --queue call-events");
    assert!(worked && printed == "nothing to send\n", "{printed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stops_at_its_limit_says_so_and_names_what_it_left() {
    let desk = Desk::in_state("dead letters").await;
    desk.put("chat-events-dlq", "hangup.txt").await;
    let (printed, worked) = desk.run("dlq redrive --max 1");
    assert!(worked, "{printed}");
    assert_eq!(
        printed,
        "call-events-dlq: 1 message sent to call-events\n\
         stopped at --max 1; call again\n\
         not looked at: chat-events-dlq, email-events-dlq, journey-events-dlq\n"
    );
    // The last one is no stop: nothing is left.
    let (printed, _) = desk.run("dlq redrive --queue call-events --max 1");
    assert_eq!(printed, "call-events-dlq: 1 message sent to call-events\n");
    // What was named by its id is all that was meant, wherever it was found.
    let id = desk.id_in("dlq list --queue chat-events");
    let (printed, worked) = desk.run(&format!("dlq redrive --id {id} --max 1"));
    assert!(worked, "{printed}");
    assert_eq!(printed, "chat-events-dlq: 1 message sent to chat-events\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sent_again_happened_when_it_was_received_first() {
    let desk = Desk::in_state("dead letters").await;
    let (shown, _) = desk.run("dlq show --queue call-events");
    let sent = shown.lines().filter_map(|line| {
        let sent = line.trim().strip_prefix("sent ")?;
        Some(sent.split_whitespace().next()?.to_owned())
    });
    let mut sent: Vec<String> = sent.collect();
    assert_eq!(sent.len(), 2, "{shown}");
    sent.sort();
    let (printed, worked) = desk.run("dlq redrive --queue call-events");
    assert!(worked, "{printed}");
    assert_eq!(desk.receptions(CALL, 2), sent);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_read_again_happened_when_it_was_received_first() {
    let desk = Desk::in_state("healthy").await;
    let path = root().join("shared/sources/fixtures/cti/new-call-withheld.txt");
    let body = std::fs::read_to_string(path).unwrap();
    let an_hour_ago = SystemTime::now() - Duration::from_secs(3600);
    let an_hour_ago = an_hour_ago.duration_since(UNIX_EPOCH).unwrap().as_millis();
    let received = Timestamp::from_millis(i64::try_from(an_hour_ago).unwrap()).unwrap();
    let said = [
        ("source", "cti"),
        ("queue", "cornerstore-call-events"),
        ("reason_code", "malformed_field"),
        ("received_at", &received.millis().to_string()),
    ];
    desk.send_saying("quarantine", &body, &said).await;
    let (printed, worked) = desk.run("quarantine replay");
    assert!(worked, "{printed}");
    assert_eq!(desk.receptions(WITHHELD, 1), [received.to_string()]);
}
