//! What the agent sees.

use timeline::{
    Author, Channel, Direction, LinkSet, MAX_WARNINGS, PopState, Recall, ScreenPop, State, Summary,
    Timestamp, WarningKind,
};

use crate::given::{ADA, BO, Story, at, identity};
use crate::links::link;

const SALT: &str = "salt-of-the-tests";
const NOW: &str = "12:00:00";

pub(crate) fn shown(key: &str, channel: Channel, state: State, started: &str) -> Summary {
    let story = Story::new("crm", key, channel);
    Summary {
        id: story.id().clone(),
        channel,
        direction: Some(Direction::Inbound),
        source: story.id().source(),
        state,
        started_at: at(started),
        last_at: at(started),
        ended_at: None,
        duration_s: None,
        queue: None,
        agents: Vec::new(),
        disposition: None,
        subject: None,
        preview: None,
        last_author: None,
        outcome: None,
        outcome_at: None,
        amount: None,
        due_at: None,
        customer_name: None,
        open_complaint_since: None,
        bounced_at: None,
        reported_at: None,
        reported_event: None,
        score: None,
        survey: None,
        best_score: None,
        open_complaint_event: None,
        bounced_event: None,
        promises: Vec::new(),
        notes: Vec::new(),
        failed_at: None,
        failure: None,
        chain: Vec::new(),
        reached_at: None,
        outcome_event: None,
        failure_event: None,
        scored_at: None,
        score_event: None,
    }
}

pub(crate) fn abandoned(key: &str, ended: &str) -> Summary {
    Summary {
        ended_at: Some(at(ended)),
        queue: Some("Sales".into()),
        ..shown(key, Channel::Call, State::Abandoned, ended)
    }
}

fn recalling(recent: Vec<Summary>) -> Recall {
    Recall {
        recent,
        ..Recall::default()
    }
}

pub(crate) fn pop_at(recent: Vec<Summary>, now: Timestamp) -> ScreenPop {
    ScreenPop::assemble(&identity(ADA), recalling(recent), SALT, now)
}

/// The pop of a customer of one identity, or of two.
pub(crate) fn pop_of(recent: Vec<Summary>, linked: bool) -> ScreenPop {
    let mut recall = recalling(recent);
    if linked {
        let links = recall
            .standing
            .links
            .joined(&LinkSet::default(), link(1, 1, 2));
        recall.standing.links = links.unwrap();
    }
    ScreenPop::assemble(&identity(ADA), recall, SALT, at(NOW))
}

pub(crate) fn pop(recent: Vec<Summary>) -> ScreenPop {
    pop_at(recent, at(NOW))
}

fn kinds(pop: &ScreenPop) -> Vec<WarningKind> {
    pop.warnings.iter().map(|warning| warning.kind).collect()
}

#[test]
fn the_state_tells_whether_somebody_is_known_and_whether_all_could_be_read() {
    let call = shown("1", Channel::Call, State::Ended, "10:00:00");
    let known = pop(vec![call.clone()]);
    assert_eq!(known.state, PopState::Match);
    assert_eq!(known.customer.unwrap().interactions, 1);
    let nobody = pop(Vec::new());
    assert_eq!((nobody.state, nobody.customer), (PopState::Unknown, None));

    let degraded = |recent| {
        let recall = Recall {
            incomplete: true,
            ..recalling(recent)
        };
        ScreenPop::assemble(&identity(ADA), recall, SALT, at(NOW))
    };
    assert_eq!(degraded(Vec::new()).state, PopState::Degraded);
    let partly = degraded(vec![call]);
    assert_eq!(
        (partly.state, partly.timeline.len()),
        (PopState::Degraded, 1)
    );
    assert!(partly.customer.is_some(), "what could be read is shown");
}

#[test]
fn a_withheld_number_is_nobody() {
    let pop = ScreenPop::anonymous(at("2026-03-01T10:00:00Z"));
    assert_eq!(pop.state, PopState::Anonymous);
    assert_eq!((&pop.identity, &pop.customer), (&None, &None));
    let next = ScreenPop::anonymous(at("2026-03-01T10:00:07Z"));
    assert_ne!(pop.pop_id, next.pop_id, "another caller may be behind it");
    insta::assert_json_snapshot!("anonymous", pop);
}

#[test]
fn warnings_stand_the_gravest_first_and_the_newest_first_within_a_kind() {
    let chat = |key, started| shown(key, Channel::Chat, State::Open, started);
    let bounced = Summary {
        bounced_at: Some(at("11:30:00")),
        ..shown("mail", Channel::Email, State::Resolved, "11:00:00")
    };
    let complaint = |key, since| Summary {
        open_complaint_since: Some(at(since)),
        ..shown(key, Channel::Call, State::Ended, since)
    };
    let pop = pop(vec![
        chat("chat-new", "11:00:00"),
        bounced,
        abandoned("lost", "10:00:00"),
        chat("chat-old", "09:00:00"),
        complaint("old", "08:00:00"),
        complaint("new", "08:30:00"),
    ]);
    assert_eq!(
        kinds(&pop),
        [
            WarningKind::OpenComplaint,
            WarningKind::OpenComplaint,
            WarningKind::AbandonedCall,
            WarningKind::BouncedEmail,
            WarningKind::OpenInteraction,
            WarningKind::OpenInteraction,
        ]
    );
    let about: Vec<&str> = pop
        .warnings
        .iter()
        .map(|warning| warning.interaction_id.as_str())
        .collect();
    assert_eq!(
        about,
        [
            "crm:new",
            "crm:old",
            "crm:lost",
            "crm:mail",
            "crm:chat-new",
            "crm:chat-old"
        ]
    );
}

#[test]
fn only_so_many_warnings_are_shown_and_the_gravest_stay() {
    let mut recent: Vec<Summary> = (0..20)
        .map(|n| shown(&format!("chat-{n}"), Channel::Chat, State::Open, "10:00:00"))
        .collect();
    recent.extend((0..4).map(|n| Summary {
        open_complaint_since: Some(at("08:00:00")),
        ..shown(
            &format!("complaint-{n}"),
            Channel::Call,
            State::Ended,
            "08:00:00",
        )
    }));
    let some = pop(recent.clone());
    let open = |pop: &timeline::ScreenPop| {
        let kinds = pop.warnings.iter().map(|warning| warning.kind);
        kinds
            .filter(|kind| *kind == WarningKind::OpenInteraction)
            .count()
    };
    assert_eq!(
        (some.warnings.len(), open(&some)),
        (7, 3),
        "what is open is listed beside the warnings"
    );
    assert_eq!(
        some.open.len(),
        24,
        "a complaint that nobody has settled is open, though its call has ended"
    );

    recent.extend((4..20).map(|n| Summary {
        open_complaint_since: Some(at("08:00:00")),
        ..shown(
            &format!("complaint-{n}"),
            Channel::Call,
            State::Ended,
            "08:00:00",
        )
    }));
    let many = pop(recent);
    assert_eq!(
        (many.warnings.len(), open(&many)),
        (MAX_WARNINGS, 3),
        "no kind pushes all others off"
    );
}

#[test]
fn an_abandoned_call_is_warned_of_for_a_day_by_the_clock_alone() {
    let recent = vec![abandoned("lost", "12:00:00")];
    let warned = |now: &str| kinds(&pop_at(recent.clone(), at(now)));
    assert_eq!(warned("2026-03-03T12:00:00Z"), [WarningKind::AbandonedCall]);
    assert_eq!(warned("2026-03-03T12:00:00.001Z"), []);
    let texts = pop_at(recent.clone(), at("12:01:00")).warnings;
    assert_eq!(
        texts[0].text.expose(),
        "Called 1 minute ago and was not answered in Sales"
    );
}

#[test]
fn however_many_mails_bounced_it_is_one_warning_of_the_last() {
    let bounced = |key, time| Summary {
        bounced_at: Some(at(time)),
        ..shown(key, Channel::Email, State::Resolved, time)
    };
    let pop = pop(vec![
        bounced("1", "09:00:00"),
        bounced("2", "11:00:00"),
        bounced("3", "10:00:00"),
    ]);
    assert_eq!(kinds(&pop), [WarningKind::BouncedEmail]);
    assert_eq!(pop.warnings[0].since, at("11:00:00"));
}

#[test]
fn an_open_complaint_is_not_warned_of_again_as_an_open_conversation() {
    let complaint = Summary {
        open_complaint_since: Some(at("10:00:00")),
        subject: Some("Broken parcel".into()),
        ..shown("1", Channel::Chat, State::Open, "10:00:00")
    };
    let pop = pop(vec![complaint]);
    assert_eq!(kinds(&pop), [WarningKind::OpenComplaint]);
    assert_eq!(
        pop.warnings[0].text.expose(),
        "Open complaint by chat: Broken parcel"
    );
}

#[test]
fn a_live_call_is_open_and_no_reason_to_warn() {
    for state in [
        State::Ivr,
        State::Ringing,
        State::Queued,
        State::Active,
        State::Held,
    ] {
        let pop = pop(vec![shown("1", Channel::Call, state, "11:59:00")]);
        assert_eq!((pop.open.len(), pop.warnings.len()), (1, 0), "{state:?}");
    }
}

#[test]
fn a_document_that_waits_for_the_customer_is_open_and_no_reason_to_warn() {
    let pop = pop(vec![shown("1", Channel::Contract, State::Open, "10:00:00")]);
    assert_eq!((pop.open.len(), pop.warnings.len()), (1, 0));
}

#[test]
fn complaint_12_a_stale_call_is_neither_open_nor_ringing_in_a_pop() {
    let pop = pop(vec![shown("1", Channel::Call, State::Ringing, "09:00:00")]);
    assert_eq!(pop.timeline[0].state, State::EndedUnknown);
    assert!(pop.open.is_empty());
}

#[test]
fn complaint_17_a_pop_has_the_same_id_until_something_changes() {
    let old = shown("old", Channel::Chat, State::Open, "09:00:00");
    let new = abandoned("new", "11:00:00");
    let recent = vec![new, old];
    let first = pop(recent.clone());
    assert_eq!(first.pop_id, pop(recent.clone()).pop_id);
    let much_later = pop_at(recent.clone(), at("2026-06-01T00:00:00Z"));
    assert_eq!(
        first.pop_id, much_later.pop_id,
        "time alone changes nothing"
    );

    let mut older_changed = recent.clone();
    older_changed[1].last_at = at("11:30:00");
    let mut settled = recent.clone();
    settled[1].state = State::Resolved;
    let another = ScreenPop::assemble(&identity(BO), recalling(recent.clone()), SALT, at(NOW));
    let other_salt = ScreenPop::assemble(&identity(ADA), recalling(recent), "other", at(NOW));
    for changed in [
        pop(older_changed),
        pop(settled),
        another,
        other_salt,
        pop(Vec::new()),
    ] {
        assert_ne!(first.pop_id, changed.pop_id);
    }
}

#[test]
fn a_customer_is_first_seen_when_the_store_says_and_last_when_anything_happened() {
    let mut old = shown("old", Channel::Email, State::Open, "09:00:00");
    old.last_at = at("11:30:00");
    old.customer_name = Some("Ada Example".into());
    let recent = vec![shown("new", Channel::Call, State::Ended, "11:00:00"), old];
    let recall = Recall {
        more: true,
        first_seen_at: Some(at("2025-01-01T00:00:00Z")),
        next_cursor: Some("v1.abc".into()),
        ..recalling(recent.clone())
    };
    let long_known = ScreenPop::assemble(&identity(ADA), recall, SALT, at(NOW));
    assert_eq!(long_known.next_cursor.as_deref(), Some("v1.abc"));
    let customer = long_known.customer.unwrap();
    assert_eq!(customer.first_seen_at, Some(at("2025-01-01T00:00:00Z")));
    assert_eq!(customer.last_seen_at, Some(at("11:30:00")));
    assert_eq!(
        (customer.interactions, customer.more_interactions),
        (2, true)
    );
    assert_eq!(customer.name, Some("Ada Example".into()));
    assert_eq!(
        pop(recent).customer.unwrap().first_seen_at,
        Some(at("09:00:00"))
    );
}

#[test]
fn the_json_of_a_pop_has_the_fields_of_the_api_in_their_order() {
    let chat = Summary {
        customer_name: Some("Ada Example".into()),
        preview: Some("Where is my parcel?".into()),
        last_author: Some(Author::Customer),
        agents: vec!["Bea Example".into()],
        open_complaint_since: Some(at("11:00:00")),
        ..shown("chat-1", Channel::Chat, State::Open, "11:00:00")
    };
    let call = Summary {
        ended_at: Some(at("10:04:10")),
        duration_s: Some(250),
        queue: Some("Sales".into()),
        disposition: Some("bid-wanted".into()),
        ..shown("call-1", Channel::Call, State::Ended, "10:00:00")
    };
    let asked = identity("tel:+1 (415) 555-0123");
    let recall = Recall {
        next_cursor: Some("v1.abc".into()),
        ..recalling(vec![chat, call])
    };
    let pop = ScreenPop::assemble(&asked, recall, SALT, at(NOW));
    insta::assert_json_snapshot!("pop", pop);
    let json = serde_json::to_string(&pop).unwrap();
    assert_eq!(serde_json::from_str::<ScreenPop>(&json).unwrap(), pop);
}
