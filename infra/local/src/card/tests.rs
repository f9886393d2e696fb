//! What the card says, without its colours.

use serde_json::{Value, json};
use timeline::{ScreenPop, Timestamp};

use super::line::WIDTH;
use super::words::{ago, clean};
use super::{render, rows};

const NOON: &str = "2026-03-10T12:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn times_read_as_a_person_says_them() {
    let now = at("2026-03-10T12:00:00Z");
    for (then, words) in [
        ("2026-03-10T11:59:30Z", "just now"),
        ("2026-03-10T11:48:00Z", "12 min ago"),
        ("2026-03-10T03:00:00Z", "9 h ago"),
        ("2026-03-09T10:00:00Z", "yesterday"),
        ("2026-03-01T12:00:00Z", "9 days ago"),
        ("2025-11-01T12:00:00Z", "2025-11-01"),
        ("2026-03-10T12:00:05Z", "just now"),
        ("2026-03-10T12:04:59Z", "just now"),
        ("2026-03-10T12:06:00Z", "soon"),
    ] {
        assert_eq!(ago(at(then), now), words);
    }
}

/// The rows of a summary's card, without colours. Shown at noon on 10 March.
fn row_of(summary: Value) -> String {
    let mut whole = json!({
        "id": "crm:1", "channel": "invoice", "source": "crm", "state": "open", "agents": [],
        "started_at": "2026-03-10T10:00:00Z", "last_at": "2026-03-10T10:00:00Z",
    });
    for (name, value) in summary.as_object().unwrap() {
        whole[name] = value.clone();
    }
    let summary = serde_json::from_value(whole).unwrap();
    let card = rows::row(&summary, at(NOON), "").to_string();
    let plain = anstream::adapter::strip_str(&card).to_string();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_row_tells_how_it_turned_out_and_its_figures() {
    for (summary, row) in [
        (
            json!({"channel": "contract", "state": "resolved", "outcome": "declined",
                "subject": "Contract C-1001"}),
            "2 h ago contract resolved declined · Contract C-1001",
        ),
        (
            json!({"subject": "R-1001", "amount": {"amount_minor": 12900, "currency": "USD"},
                "due_at": "2026-04-01T00:00:00Z"}),
            "2 h ago invoice open R-1001 · 129.00 USD · due 2026-04-01",
        ),
        (
            json!({"outcome": "failed", "due_at": "2026-03-01T00:00:00Z"}),
            "2 h ago invoice open payment failed · overdue since 2026-03-01",
        ),
        (
            json!({"state": "resolved", "outcome": "paid", "due_at": "2026-03-01T00:00:00Z"}),
            "2 h ago invoice resolved paid",
        ),
        (
            json!({"channel": "survey", "state": "ended", "survey": "nps", "score": 9,
                "best_score": 10}),
            "2 h ago survey ended NPS 9/10",
        ),
        (
            json!({"channel": "survey", "state": "ended", "score": 4,
                "survey": "8c1d4e2a-6b3f-4a39-8f6e-0123456789ab"}),
            "2 h ago survey ended score 4",
        ),
        (
            json!({"channel": "email", "state": "ended", "outcome": "reported_as_spam"}),
            "2 h ago email ended reported as spam",
        ),
    ] {
        assert_eq!(row_of(summary), row);
    }
}

#[test]
fn a_row_has_no_ids_in_place_of_names() {
    let id = "8c1d4e2a-6b3f-4a39-8f6e-0123456789ab";
    let call = json!({"channel": "call", "state": "ended", "queue": id, "subject": id,
        "disposition": "123456789012", "agents": [id, "bea"]});
    assert_eq!(row_of(call), "2 h ago call ended bea");
}

#[test]
fn what_goes_on_for_days_stands_at_its_last_time() {
    for (began, when) in [
        ("2026-01-02T10:00:00Z", "10 min ago"),
        ("2026-03-10T09:00:00Z", "3 h ago"),
    ] {
        let chat = json!({"channel": "chat", "started_at": began,
            "last_at": "2026-03-10T11:50:00Z", "preview": "hello"});
        assert_eq!(row_of(chat), format!("{when} chat open “hello”"));
    }
}

#[test]
fn what_was_done_on_a_website_is_nobodys_words() {
    let visit = json!({"channel": "web", "state": "ended", "preview": "Checkout Failed"});
    assert_eq!(row_of(visit), "2 h ago web ended Checkout Failed");
}

#[test]
fn text_of_others_cannot_steer_the_terminal() {
    let shown = clean("hello\u{1b}[2J\u{7}\u{202e}\nworld");
    assert!(!shown.contains(['\u{1b}', '\u{7}', '\n']), "{shown:?}");
}

#[test]
fn an_anonymous_caller_is_told_as_such() {
    let now = at("2026-03-10T12:00:00Z");
    let card = render(&ScreenPop::anonymous(now), now);
    let plain = anstream::adapter::strip_str(&card).to_string();
    assert_eq!(
        plain,
        "number withheld  anonymous\nAsk who it is, and look the customer up.\n"
    );
}

// ── Whole cards ──

/// A pop's card at noon, line by line, of a pop with these fields.
fn card_of(fields: &Value) -> Vec<String> {
    let mut pop = json!({"pop_id": "pop_1", "state": "match", "warnings": [], "open": [], "timeline": [],
        "candidates": []});
    for (name, value) in fields.as_object().unwrap() {
        pop[name] = value.clone();
    }
    let pop: ScreenPop = serde_json::from_value(pop).unwrap();
    let card = render(&pop, at(NOON));
    let plain = anstream::adapter::strip_str(&card).to_string();
    plain.lines().map(str::to_owned).collect()
}

fn asked() -> Value {
    json!({"uri": "tel:+14155550123", "kind": "tel", "raw": "+14155550123"})
}

fn call(key: &str, began: &str, more: &Value) -> Value {
    let mut call = json!({
        "id": format!("crm:{key}"), "channel": "call", "source": "crm", "state": "ended", "agents": [],
        "direction": "inbound", "started_at": began, "last_at": began,
    });
    for (name, value) in more.as_object().unwrap() {
        call[name] = value.clone();
    }
    call
}

fn person(name: &str) -> Value {
    json!({"id": "cus_tckndzsc5k2tnxdscsqshqqkef", "name": name, "interactions": 2,
        "identities": ["mailto:ada@example.com", "tel:+14155550123"]})
}

#[test]
fn each_state_says_what_the_agent_should_do() {
    let nobody =
        json!({"id": "cus_tckndzsc5k2tnxdscsqshqqkef", "interactions": 1, "identities": []});
    let candidate = |score: u8| {
        json!({"customer": person("Ada Example"), "identity": "mailto:ada@example.com", "score": score,
            "evidence": []})
    };
    let two = json!([candidate(80), candidate(20)]);
    for (pop, head, advice) in [
        (
            json!({"identity": asked(), "customer": person("Ada Example")}),
            "Ada Example  tel:+14155550123  match",
            "Greet Ada Example.",
        ),
        (
            json!({"identity": asked(), "customer": nobody}),
            "tel:+14155550123  match",
            "Known, but not by name: ask for it.",
        ),
        (
            json!({"state": "candidates", "identity": asked(), "candidates": two.clone()}),
            "tel:+14155550123  candidates",
            "Ask who it is; 2 candidates.",
        ),
        (
            json!({"state": "shared", "identity": asked(), "candidates": two}),
            "tel:+14155550123  shared",
            "Ask who it is; several use this number or address, 2 customers known.",
        ),
        (
            json!({"state": "anonymous"}),
            "number withheld  anonymous",
            "Ask who it is, and look the customer up.",
        ),
        (
            json!({"state": "unknown", "identity": asked()}),
            "tel:+14155550123  unknown",
            "Nobody is known here: ask for the name.",
        ),
        (
            json!({"state": "degraded", "identity": asked()}),
            "tel:+14155550123  degraded",
            "Not all could be read: ask before you rely on this, and look again.",
        ),
    ] {
        let card = card_of(&pop);
        assert_eq!((card[0].as_str(), card[1].as_str()), (head, advice));
    }
}

#[test]
fn complaint_5_candidates_stand_with_their_score_and_what_speaks_for_them() {
    let evidence = |text: &str| json!({"kind": "typed", "text": text, "at": NOON});
    let pop = json!({"state": "candidates", "identity": asked(), "candidates": [
        {"customer": person("Ada Example"), "identity": "mailto:ada@example.com", "score": 80,
            "evidence": [evidence("Typed in a chat"), evidence("Last in touch yesterday")]},
        {"customer": {"id": "cus_tckndzsc5k2tnxdscsqshqqkef", "interactions": 0, "identities": []},
            "identity": "crm:erp/7", "score": 5, "evidence": []},
    ]});
    assert_eq!(
        card_of(&pop)[2..],
        [
            "",
            "Could be",
            "   80 Ada Example  mailto:ada@example.com",
            "      Typed in a chat; Last in touch yesterday",
            "    5 no name  crm:erp/7",
        ]
    );
}

#[test]
fn complaint_9_of_a_shared_number_all_customers_stand_without_a_rank() {
    let pop = json!({"state": "shared", "identity": asked(), "candidates": [
        {"customer": person("Ada Example"), "identity": "mailto:ada@example.com", "score": 80, "evidence": []},
    ]});
    assert_eq!(
        card_of(&pop)[2..],
        ["", "Used by", "  Ada Example  mailto:ada@example.com"]
    );
}

#[test]
fn who_it_is_is_told_from_what_is_known_and_no_more() {
    let value =
        |value: Value| json!({"value": value, "rank": "human", "at": NOON, "by": "agent:7"});
    let mut known = person("Ada Example");
    known["first_seen_at"] = "2025-11-01T12:00:00Z".into();
    assert_eq!(
        card_of(&json!({"identity": asked(), "customer": known.clone()}))[2..],
        [
            "2 interactions, first seen 2025-11-01",
            "also mailto:ada@example.com"
        ]
    );
    known["profile"] = json!({
        "lifecycle_stage": value("customer".into()), "company": value("Example Corp".into()),
        "languages": [value("de".into()), value("en".into())],
        "returning": {"first_contact_at": "2025-10-01T12:00:00Z", "contacts": 7, "more_contacts": true,
            "last": {"channel": "email", "at": "2026-03-09T10:00:00Z", "interaction_id": "crm:1"},
            "usual_channel": "call", "usual_hour_utc": 9},
    });
    assert_eq!(
        card_of(&json!({"identity": asked(), "customer": known}))[2..],
        [
            "customer · Example Corp · speaks de, en",
            "2 interactions, in touch 7+×, first seen 2025-10-01, last seen yesterday by email",
            "usually by call around 09:00 UTC",
            "also mailto:ada@example.com"
        ]
    );
}

#[test]
fn complaint_16_a_transfer_is_one_indented_story_with_the_notes_of_all_its_contacts() {
    let first = call(
        "a",
        "2026-03-10T11:00:00Z",
        &json!({"agents": ["bea"], "queue": "Desk"}),
    );
    let second = call(
        "b",
        "2026-03-10T11:10:00Z",
        &json!({"state": "active", "last_at": "2026-03-10T11:11:00Z", "queue": "Field"}),
    );
    let between = call("z", "2026-03-10T11:05:00Z", &json!({}));
    let story = json!({"id": "crm:0", "interactions": ["crm:a", "crm:b"], "elsewhere": ["crm:0"],
        "started_at": "2026-03-10T11:00:00Z", "last_at": "2026-03-10T11:11:00Z", "state": "active",
        "agents": ["bea"], "queue": "Field", "subject": "Fence",
        "notes": [{"text": "Is angry", "agent": "bea", "at": "2026-03-10T11:08:00Z"}]});
    let pop =
        json!({"identity": asked(), "timeline": [second, between, first], "stories": [story]});
    assert_eq!(
        card_of(&pop)[2..],
        [
            "",
            "Timeline",
            "      49 min ago  ⇄ transfer active        3 contacts · Field · Fence",
            "           1 h ago  ← call     ended         Desk · bea",
            "        50 min ago  ← call     active        Field",
            "                    and 1 out of view",
            "                    ✎ Is angry  bea, 52 min ago",
            "      55 min ago  ← call     ended",
        ]
    );
}

#[test]
fn complaint_25_what_was_promised_stands_with_its_owner_and_its_time() {
    let promise = |id: &str, more: &Value| {
        let mut promise = json!({"id": id, "promised": "callback", "made_at": "2026-03-10T10:00:00Z",
            "state": "open"});
        for (name, value) in more.as_object().unwrap() {
            promise[name] = value.clone();
        }
        promise
    };
    let promises = json!([
        promise("1", &json!({})),
        promise(
            "2",
            &json!({"due_at": "2026-03-10T13:00:00Z", "owner": "Bea", "text": "With the bid"})
        ),
        promise(
            "3",
            &json!({"due_at": "2026-03-10T11:00:00Z", "owner": "Cyd", "promised": "refund"})
        ),
        promise(
            "4",
            &json!({"due_at": "2026-03-10T11:00:00Z", "state": "kept"})
        ),
    ]);
    let call = call("a", "2026-03-10T10:00:00Z", &json!({"promises": promises}));
    let card = card_of(&json!({"identity": asked(), "timeline": [call.clone()], "open": [call]}));
    assert_eq!(
        card[2..7],
        [
            "",
            "Promised",
            "  refund    overdue since 2026-03-10 11:00 UTC  Cyd",
            "  callback  due 2026-03-10 13:00 UTC  Bea · With the bid",
            "  callback  promised 2 h ago  nobody owns it",
        ]
    );
}

#[test]
fn warnings_stand_first_and_the_card_is_never_wider_than_it_may_be() {
    let long = "müßig ".repeat(60);
    let warnings = json!([
        {"kind": "open_complaint", "since": "2026-03-08T12:00:00Z", "interaction_id": "crm:a",
            "text": "Open complaint by chat"},
        {"kind": "abandoned_call", "since": "2026-03-10T11:48:00Z", "interaction_id": "crm:b",
            "text": "Called 12 minutes ago and was not answered"},
        {"kind": "open_promise", "since": "2026-03-10T11:48:00Z", "interaction_id": "crm:b", "text": long},
    ]);
    let call = call(
        "a",
        "2026-03-10T10:00:00Z",
        &json!({"subject": long, "queue": long, "preview": long,
            "notes": [{"text": long, "agent": long, "at": "2026-03-10T10:00:00Z"}],
            "promises": [{"id": "1", "promised": "other", "made_at": NOON, "state": "open", "owner": long,
                "text": long}]}),
    );
    let customer = json!({"id": "cus_tckndzsc5k2tnxdscsqshqqkef", "name": long, "interactions": 1,
        "identities": vec!["tel:+14155550123"; 50]});
    let card = card_of(
        &json!({"identity": asked(), "customer": customer, "warnings": warnings,
        "open": [call.clone()], "timeline": [call]}),
    );
    assert_eq!(
        card[..2],
        [
            "! Open complaint by chat  2 days ago",
            "! Called 12 minutes ago and was not answered"
        ]
    );
    for line in &card {
        assert!(line.chars().count() <= WIDTH, "{line}");
    }
    assert!(
        card.iter()
            .any(|line| line.ends_with('…') && line.chars().count() == WIDTH)
    );
}
