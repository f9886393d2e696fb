//! Bad input: each record is judged alone, and what is refused is kept with the reason.

use serde_json::Value;

use crate::desk::{Backend, Desk, fixture};

/// A refused delivery: its queue, its body, the attribute `source`, the reason's code, what the reason names.
struct Bad<'a> {
    queue: &'a str,
    body: String,
    source: Option<&'a str>,
    code: &'a str,
    names: &'a str,
}

impl<'a> Bad<'a> {
    fn of(queue: &'a str, path: &str, code: &'a str, names: &'a str) -> Self {
        Self {
            queue,
            body: fixture(path),
            source: None,
            code,
            names,
        }
    }
}

/// A good delivery for each queue, and its interaction.
const GOOD: [(&str, &str, &str); 3] = [
    ("call-events", "cti/new-call.txt", "cti:8437461"),
    (
        "chat-events",
        "chatwoot/message-incoming.json",
        "chatwoot:2:207",
    ),
    (
        "email-events",
        "ses/text-utf8.json",
        "ses:5bkhk46dpl4k4bwn3uwhdzop2s",
    ),
];

/// What stands for the name of a source that may be personal.
const WITHHELD: &str = "(withheld)";

/// Sends each bad delivery beside a good one of its queue: the good ones are stored, the bad ones are in quarantine
/// with an unchanged body, and nothing comes again.
async fn hold(on: Backend, all: &[Bad<'_>]) {
    let desk = on.desk().await;
    for bad in all {
        let source: Vec<_> = bad
            .source
            .iter()
            .map(|source| ("source", *source))
            .collect();
        desk.send_with(bad.queue, &bad.body, &source).await;
    }
    store_good(&desk).await;
    let refused = desk.quarantined().await;
    assert_eq!(refused.len(), all.len(), "{refused:?}");
    for bad in all {
        let found = refused
            .iter()
            .find(|refused| refused.body == bad.body && refused.said("queue").ends_with(bad.queue));
        let found = found.unwrap_or_else(|| panic!("{} is not there unchanged", bad.body));
        assert_eq!(found.said("reason_code"), bad.code, "{found:?}");
        assert!(found.said("reason").contains(bad.names), "{found:?}");
        // A source stays one, so that reading the record again refuses it again. What may be personal is not kept.
        let is_word = |name: &str| name.starts_with(|first: char| first.is_ascii_lowercase());
        let kept = bad.source.map(|name| match is_word(name) {
            true => name,
            false => WITHHELD,
        });
        assert_eq!(found.said("source"), kept.unwrap_or_default(), "{found:?}");
    }
    for queue in ["call-events-dlq", "chat-events-dlq", "email-events-dlq"] {
        assert_eq!(desk.depth(queue).await, (0, 0), "{queue}");
    }
}

async fn store_good(desk: &Desk) {
    for (queue, path, _) in GOOD {
        desk.send(queue, &fixture(path)).await;
    }
    for (_, _, interaction) in GOOD {
        desk.interaction(interaction, 1).await;
    }
}

pub(crate) async fn complaint_34_what_is_not_readable_goes_to_quarantine_with_its_reason(
    on: Backend,
) {
    let bad = |queue, body: &str, code, names| Bad {
        queue,
        body: body.to_owned(),
        source: None,
        code,
        names,
    };
    hold(
        on,
        &[
            bad(
                "call-events",
                "  not at all readable\n",
                "unreadable",
                "neither JSON nor a form",
            ),
            bad(
                "chat-events",
                "{\"event\":",
                "broken_json",
                "breaks at line 1, column 9",
            ),
            bad(
                "chat-events",
                "42",
                "not_an_object",
                "neither an object nor",
            ),
            bad(
                "email-events",
                &"[".repeat(1000),
                "too_deep",
                "deeper than 127 levels",
            ),
            bad(
                "email-events",
                "<mail/>",
                "unreadable",
                "neither JSON nor a form",
            ),
            bad(
                "call-events",
                "{\"a\": 1}",
                "unknown_envelope",
                "no known source",
            ),
            bad("chat-events", "[]", "unknown_envelope", "no known source"),
            bad("email-events", "a=1", "unknown_envelope", "no known source"),
        ],
    )
    .await;
}

pub(crate) async fn an_unknown_source_goes_to_quarantine(on: Backend) {
    let good = fixture("cti/new-call.json");
    let bad = |queue, source| Bad {
        queue,
        body: good.clone(),
        source: Some(source),
        code: "unknown_source",
        names: "`source`",
    };
    let again = |source| Bad {
        body: format!("{good} "),
        ..bad("call-events", source)
    };
    let personal = Bad {
        body: format!("{good}\n"),
        ..bad("call-events", "14155550142")
    };
    hold(
        on,
        &[
            bad("call-events", "nobody"),
            bad("chat-events", "cti"),
            personal,
            // As it is sent when what was personal is read again.
            again(WITHHELD),
        ],
    )
    .await;
}

pub(crate) async fn a_missing_id_is_named_in_quarantine(on: Backend) {
    let missing = |queue, path, names| Bad::of(queue, path, "missing_field", names);
    hold(
        on,
        &[
            missing("call-events", "amazon-connect/bad-event-no-id.json", "`id`"),
            missing(
                "call-events",
                "amazon-connect/bad-event-no-contact-id.json",
                "`detail.contactId`",
            ),
            missing(
                "call-events",
                "amazon-connect/bad-record-no-contact-id.json",
                "`ContactId`",
            ),
            missing("call-events", "cti/bad-no-call-id.txt", "`callId`"),
            missing("call-events", "cloudevents/bad-no-id.json", "`id`"),
            missing("chat-events", "chatwoot/bad-no-message-id.json", "`id`"),
            missing("chat-events", "amazon-connect-chat/bad-no-id.json", "Id`"),
            missing(
                "email-events",
                "ses/bad-no-message-id.json",
                "`mail.messageId`",
            ),
        ],
    )
    .await;
}

pub(crate) async fn a_missing_time_is_named_in_quarantine(on: Backend) {
    let missing = |queue, path, names| Bad::of(queue, path, "missing_field", names);
    hold(
        on,
        &[
            missing(
                "call-events",
                "amazon-connect/bad-event-no-time.json",
                "`time`",
            ),
            missing(
                "call-events",
                "amazon-connect/bad-record-no-last-update.json",
                "`LastUpdateTimestamp`",
            ),
            missing("chat-events", "chatwoot/bad-no-time.json", "`created_at`"),
            missing(
                "chat-events",
                "amazon-connect-chat/bad-no-time.json",
                "AbsoluteTime`",
            ),
            missing(
                "email-events",
                "ses/bad-no-timestamp.json",
                "`mail.timestamp`",
            ),
            Bad::of(
                "email-events",
                "ses/bad-timestamp.json",
                "malformed_field",
                "`mail.timestamp`",
            ),
        ],
    )
    .await;
}

pub(crate) async fn events_that_are_not_used_are_done(on: Backend) {
    let desk = on.desk().await;
    let not_used = [
        ("call-events", "amazon-connect/other-detail-type.json"),
        ("call-events", "cti/dtmf.txt"),
        ("chat-events", "chatwoot/typing.json"),
        ("chat-events", "amazon-connect-chat/typing.json"),
        ("email-events", "ses/setup.json"),
    ];
    for (queue, path) in not_used {
        desk.send(queue, &fixture(path)).await;
    }
    store_good(&desk).await;
    let refused = desk.quarantined().await;
    assert_eq!(refused.len(), 0, "{refused:?}");
    let none: Value = desk.pop("phone=%2B14155550199").await;
    assert_eq!(none["state"], "unknown");
}
