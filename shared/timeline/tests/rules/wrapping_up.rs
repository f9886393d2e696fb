//! What an agent's wrap-up does to an interaction.

use serde_json::json;
use timeline::{
    Business, Channel, Ended, Event, Fact, Interaction, Note, Promise, PromiseEnd, PromiseEnded,
    PromiseId, PromiseKind, State, Status, StatusChange, Summary, Text, WrapUp,
};

use crate::given::{ADA, Story, Told, at, summary};

fn wrap_up(story: &Story, time: &str, resolved: Option<bool>, complaint: Option<bool>) -> Event {
    let wrap_up = WrapUp {
        resolved,
        complaint,
        ..WrapUp::default()
    };
    story
        .event(&format!("w-{time}"), Fact::WrapUp(wrap_up))
        .at(time)
}

fn ended_call(story: &Story) -> Event {
    let end = Fact::Ended(Ended::default());
    story.event("end", end).at("10:05:00").from(ADA)
}

#[test]
fn a_complaint_that_is_marked_on_an_ended_call_keeps_it_in_view() {
    let story = Story::call();
    let told = summary(&[
        ended_call(&story),
        wrap_up(&story, "10:06:00", None, Some(true)),
    ]);
    assert_eq!(told.state, State::Ended);
    assert_eq!(told.open_complaint_since, Some(at("10:06:00")));
    assert!(told.is_pinned());
}

#[test]
fn a_wrap_up_that_resolves_settles_an_open_complaint_and_one_that_does_not_reopens_it() {
    let story = Story::call();
    let mut events = vec![
        ended_call(&story),
        wrap_up(&story, "10:06:00", None, Some(true)),
        wrap_up(&story, "11:00:00", Some(true), None),
    ];
    assert_eq!(summary(&events).open_complaint_since, None);
    assert!(!summary(&events).is_pinned());
    events.push(wrap_up(&story, "12:00:00", Some(false), None));
    let told = summary(&events);
    assert_eq!(
        told.open_complaint_since,
        Some(at("10:06:00")),
        "since when it was"
    );
    assert_eq!(told.state, State::Ended, "the call is over all the same");
    assert!(told.is_pinned());
}

#[test]
fn a_complaint_that_was_resolved_while_it_was_taken_is_not_open() {
    let story = Story::call();
    let both = wrap_up(&story, "10:06:00", Some(true), Some(true));
    assert!(!summary(&[ended_call(&story), both]).is_pinned());
}

#[test]
fn a_complaint_that_was_stored_in_the_shape_of_before_is_open_until_it_is_settled() {
    let story = Story::call();
    let complains = wrap_up(&story, "10:06:00", None, Some(true));
    let stored = Interaction::of(&[ended_call(&story), complains]).unwrap();
    let mut before = serde_json::to_value(&stored).unwrap();
    let fields = before.as_object_mut().unwrap();
    assert!(fields.remove("complaints").is_some());
    fields.insert("complained_at".to_owned(), json!(at("10:06:00")));
    let mut read: Interaction = serde_json::from_value(before).unwrap();
    let told = read.summary();
    assert_eq!(told.open_complaint_since, Some(at("10:06:00")));
    assert!(told.open_complaint_event.is_some() && told.is_pinned());
    let settles = wrap_up(&story, "11:00:00", Some(true), None);
    read.apply(&settles).unwrap();
    assert!(!read.summary().is_pinned());
}

#[test]
fn what_was_settled_before_a_complaint_does_not_settle_it() {
    let story = Story::call();
    let again = summary(&[
        ended_call(&story),
        wrap_up(&story, "10:06:00", Some(true), None),
        wrap_up(&story, "15:00:00", None, Some(true)),
    ]);
    assert_eq!(again.open_complaint_since, Some(at("15:00:00")));
    let invoice = Story::new("stripe", "in_1", Channel::Invoice);
    let status = StatusChange {
        status: Status::Resolved,
        complaint: None,
        agent: None,
        queue: None,
    };
    let disputed = summary(&[
        invoice.event("s", Fact::Status(status)).at("10:00:00"),
        invoice
            .event("d", Fact::Disputed(Business::default()))
            .at("11:00:00"),
    ]);
    assert_eq!(disputed.open_complaint_since, Some(at("11:00:00")));
}

#[test]
fn a_conversation_that_is_not_resolved_after_all_is_open_again() {
    let state = |story: Story, resolved| -> (State, Summary) {
        let told = summary(&[
            wrap_up(&story, "10:00:00", Some(true), None),
            wrap_up(&story, "11:00:00", resolved, None),
        ]);
        (told.state, told)
    };
    assert_eq!(state(Story::chat(), Some(false)).0, State::Open);
    assert_eq!(state(Story::email(), Some(false)).0, State::Open);
    assert_eq!(state(Story::chat(), None).0, State::Resolved);
    assert_eq!(
        state(Story::call(), Some(false)).0,
        State::Resolved,
        "no wrap-up keeps a call open"
    );
}

#[test]
fn what_is_said_of_an_interaction_moves_its_times_only_where_nothing_else_is_known() {
    let promise = PromiseId::of("1");
    let asides = [
        Fact::WrapUp(WrapUp::default()),
        Fact::Note(Note {
            text: Text::new("Said so."),
            agent: None,
        }),
        Fact::Promised(Promise {
            id: promise.clone(),
            promised: PromiseKind::Callback,
            text: None,
            owner: None,
            due_at: None,
        }),
        Fact::PromiseEnded(PromiseEnded {
            id: promise,
            how: PromiseEnd::Kept,
            agent: None,
        }),
    ];
    for fact in asides {
        let kind = fact.kind();
        let story = Story::call();
        let before = story
            .event("before", fact.clone())
            .at("2026-02-01T10:00:00Z");
        let after = story.event("after", fact).at("2026-04-01T10:00:00Z");
        let alone = summary(&[before.clone(), after.clone()]);
        assert_eq!(alone.started_at, at("2026-02-01T10:00:00Z"), "{kind}");
        if kind != "promise_ended" {
            assert_eq!(alone.last_at, at("2026-04-01T10:00:00Z"), "{kind}");
        }
        let told = summary(&[before, ended_call(&story), after]);
        assert_eq!(
            (told.started_at, told.last_at),
            (at("10:05:00"), at("10:05:00")),
            "{kind}"
        );
    }
}

/// What is said of a complaint, in any order: since when it is open, and which event says so.
fn open_since(said: &[(&str, Option<bool>, Option<bool>)]) -> Option<(String, String)> {
    let story = Story::call();
    let mut events = vec![ended_call(&story)];
    events.extend(
        said.iter()
            .map(|(time, resolved, complaint)| wrap_up(&story, time, *resolved, *complaint)),
    );
    let told = summary(&events);
    for turn in 0..events.len() {
        let mut turned = events.clone();
        turned.rotate_left(turn);
        assert_eq!(summary(&turned), told);
    }
    let since = told.open_complaint_since?;
    let event = told.open_complaint_event.unwrap();
    Some((since.to_string(), event.to_string()))
}

#[test]
fn a_complaint_is_open_since_the_customer_complained_after_the_last_one_was_settled() {
    let (complains, settles) = ((None, Some(true)), (Some(true), None));
    let (reopens, is_none) = ((Some(false), None), (None, Some(false)));
    let since = |said: &[(Option<bool>, Option<bool>)]| {
        let times: Vec<String> = (0..said.len()).map(|n| format!("11:{n:02}:00")).collect();
        let said: Vec<_> = times
            .iter()
            .zip(said)
            .map(|(time, (resolved, complaint))| (time.as_str(), *resolved, *complaint))
            .collect();
        let (since, event) = open_since(&said)?;
        let place = times.iter().position(|time| event == format!("w-{time}"));
        let place = place.unwrap();
        assert_eq!(since, at(&times[place]).to_string(), "time and event fit");
        Some(place)
    };
    for (said, expected) in [
        (vec![complains, settles, complains], Some(2)),
        (vec![complains, complains], Some(0)),
        (vec![complains, settles, complains, complains], Some(2)),
        (vec![complains, settles, reopens], Some(0)),
        (
            vec![complains, settles, complains, settles, reopens],
            Some(2),
        ),
        (vec![complains, is_none, complains], Some(2)),
        (vec![complains, settles, complains, settles], None),
        (vec![complains, is_none], None),
        (
            [vec![complains], [settles, complains].repeat(20)].concat(),
            Some(40),
        ),
    ] {
        assert_eq!(since(&said), expected, "{said:?}");
    }
    let days = [
        ("2026-03-01T10:00:00Z", None, Some(true)),
        ("2026-03-02T10:00:00Z", Some(true), None),
        ("2026-03-20T10:00:00Z", None, Some(true)),
    ];
    let (since, event) = open_since(&days).unwrap();
    assert!(since.starts_with("2026-03-20") && event.contains("2026-03-20"));
}
