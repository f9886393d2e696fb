//! Promises: what the company said that it would do, in view until it is done.

use proptest::prelude::*;
use timeline::{
    Channel, Event, Fact, Interaction, MAX_ENDED_SHOWN, MAX_OPEN_SHOWN, MAX_PROMISES, Promise,
    PromiseEnd, PromiseEnded, PromiseId, PromiseKind, PromiseState, Summary,
};

use crate::given::{ADA, Story, Told, at, summary};

fn id(name: &str) -> PromiseId {
    PromiseId::try_from(name.to_owned()).unwrap()
}

fn callback(name: &str, due: Option<&str>) -> Fact {
    Fact::Promised(Promise {
        id: id(name),
        promised: PromiseKind::Callback,
        text: Some("Call back about the bid".into()),
        owner: Some("Bo Sample".to_owned()),
        due_at: due.map(at),
    })
}

fn ended(name: &str, how: PromiseEnd) -> Fact {
    Fact::PromiseEnded(PromiseEnded {
        id: id(name),
        how,
        agent: None,
    })
}

fn states(summary: &Summary) -> Vec<PromiseState> {
    summary.promises.iter().map(|p| p.state).collect()
}

/// No callback, and calls outside the system are not logged: a callback is a stored promise.
#[test]
fn complaint_25_a_callback_that_was_promised_is_in_view_until_it_is_kept() {
    let story = Story::call();
    let promised = story
        .event("p", callback("c1", Some("12:00:00")))
        .at("10:00:00")
        .from(ADA);
    let open = summary(std::slice::from_ref(&promised));
    assert!(open.is_pinned());
    assert_eq!(open.promises[0].made_at, at("10:00:00"));
    assert_eq!(open.promises[0].promise.owner.as_deref(), Some("Bo Sample"));
    let kept = story
        .event("k", ended("c1", PromiseEnd::Kept))
        .at("11:00:00");
    let kept = summary(&[promised, kept]);
    assert!(!kept.is_pinned());
    assert_eq!(states(&kept), [PromiseState::Kept]);
}

#[test]
fn a_promise_goes_overdue_by_the_clock_alone() {
    let story = Story::call();
    let promised = story
        .event("p", callback("c1", Some("12:00:00")))
        .at("10:00:00");
    let stored = summary(&[promised]);
    let state_at = |time| states(&stored.clone().as_of(at(time)));
    assert_eq!(state_at("11:59:59"), [PromiseState::Open]);
    assert_eq!(state_at("12:00:00"), [PromiseState::Open], "at the minute");
    assert_eq!(state_at("12:00:01"), [PromiseState::Overdue]);
    assert!(stored.as_of(at("12:00:01")).is_pinned());
}

#[test]
fn a_promise_that_is_kept_late_is_kept_and_one_without_a_time_is_never_overdue() {
    let story = Story::call();
    let late = [
        story
            .event("p", callback("c1", Some("12:00:00")))
            .at("10:00:00"),
        story
            .event("k", ended("c1", PromiseEnd::Kept))
            .at("2026-03-09T10:00:00Z"),
    ];
    let far = at("2036-03-02T10:00:00Z");
    assert_eq!(states(&summary(&late).as_of(far)), [PromiseState::Kept]);
    let timeless = story.event("p", callback("c1", None)).at("10:00:00");
    let timeless = summary(&[timeless]).as_of(far);
    assert_eq!(states(&timeless), [PromiseState::Open]);
    assert!(timeless.is_pinned());
}

#[test]
fn an_end_that_arrives_before_its_promise_ends_it() {
    let story = Story::call();
    let end = story
        .event("k", ended("c1", PromiseEnd::Kept))
        .at("11:00:00");
    assert_eq!(states(&summary(std::slice::from_ref(&end))), []);
    let promised = story.event("p", callback("c1", None)).at("10:00:00");
    assert_eq!(states(&summary(&[end, promised])), [PromiseState::Kept]);
}

#[test]
fn of_two_ends_the_later_one_counts_however_often_they_alternate() {
    let story = Story::call();
    let ends = [
        (PromiseEnd::Kept, "11:00:00"),
        (PromiseEnd::Withdrawn, "11:01:00"),
        (PromiseEnd::Kept, "11:02:00"),
    ];
    let mut events = vec![story.event("p", callback("c1", None)).at("10:00:00")];
    let expected = [
        PromiseState::Kept,
        PromiseState::Withdrawn,
        PromiseState::Kept,
    ];
    for ((how, time), state) in ends.into_iter().zip(expected) {
        events.push(story.event(time, ended("c1", how)).at(time));
        assert_eq!(states(&summary(&events)), [state], "{time}");
        assert!(!summary(&events).is_pinned());
    }
}

#[test]
fn a_callback_that_is_put_off_is_one_promise_with_its_new_time() {
    let story = Story::call();
    let first = callback("c1", Some("12:00:00"));
    let anew = callback("c1", Some("16:00:00"));
    let told = summary(&[
        story.event("p1", first).at("10:00:00"),
        story.event("p2", anew).at("11:00:00"),
    ]);
    let due: Vec<_> = told.promises.iter().map(|p| p.promise.due_at).collect();
    assert_eq!(due, [Some(at("16:00:00"))]);
}

/// A promise that is made and one that is kept, once a minute each.
fn made_and_kept(story: &Story, count: usize) -> Vec<Event> {
    let events = (0..count).flat_map(|n| {
        let name = format!("c{n}");
        let time = |second: usize| format!("{:02}:{:02}:{second:02}", 10 + n / 60, n % 60);
        [
            story.event(&name, callback(&name, None)).at(&time(0)),
            story
                .event(&format!("k{n}"), ended(&name, PromiseEnd::Kept))
                .at(&time(30)),
        ]
    });
    events.collect()
}

#[test]
fn a_promise_that_is_to_be_kept_stays_in_view_though_many_were_kept_since() {
    let story = Story::email();
    let mut events = vec![story.event("p", callback("first", None)).at("09:00:00")];
    events.extend(made_and_kept(&story, 2 * MAX_PROMISES));
    let told = summary(&events);
    assert!(told.is_pinned());
    assert_eq!(told.promises[0].promise.id, id("first"));
    assert_eq!(told.promises[0].state, PromiseState::Open);
    assert_eq!(told.promises.len(), 1 + MAX_ENDED_SHOWN);
    let newest = format!("c{}", 2 * MAX_PROMISES - 1);
    assert_eq!(told.promises.last().unwrap().promise.id, id(&newest));
}

#[test]
fn a_promise_that_was_kept_never_comes_back_because_its_end_is_forgotten() {
    let story = Story::email();
    let many = |count| made_and_kept(&story, count);
    // Promised last and kept first, so that its end is older than those of all others.
    let mut events: Vec<Event> = many(100);
    events.iter_mut().for_each(|event| {
        if matches!(event.fact, Fact::PromiseEnded(_)) {
            let later = event.occurred_at.map(|at| at.plus_millis(6 * 3_600_000));
            event.occurred_at = later;
            event.received_at = later.unwrap();
        }
    });
    events.push(story.event("p", callback("x", None)).at("15:00:00"));
    events.push(
        story
            .event("k", ended("x", PromiseEnd::Kept))
            .at("15:00:01"),
    );
    for count in 0..=events.len() {
        let (told, rest) = events.split_at(count);
        let mut turned = rest.to_vec();
        turned.extend(told.iter().cloned());
        let told = summary(&turned);
        assert!(!told.is_pinned(), "{count}: {:?}", told.promises);
    }
}

#[test]
fn a_promise_that_is_made_again_after_its_end_is_to_be_kept() {
    let story = Story::call();
    let said = [
        story
            .event("p1", callback("c1", Some("12:00:00")))
            .at("09:00:00"),
        story
            .event("w", ended("c1", PromiseEnd::Withdrawn))
            .at("10:00:00"),
        story
            .event("p2", callback("c1", Some("16:00:00")))
            .at("11:00:00"),
    ];
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let told = summary(&order.map(|place| said[place].clone()));
        assert_eq!(states(&told), [PromiseState::Open], "{order:?}");
        assert!(told.is_pinned());
    }
    let before = summary(&said[..2]);
    assert_eq!(states(&before), [PromiseState::Withdrawn]);
}

#[test]
fn more_promises_at_once_than_a_summary_shows_stay_in_view_by_the_newest() {
    let story = Story::email();
    let events: Vec<Event> = (0..MAX_OPEN_SHOWN + 3)
        .map(|n| {
            let name = format!("c{n}");
            let made = story.event(&name, callback(&name, None));
            made.at(&format!("10:{n:02}:00"))
        })
        .collect();
    let told = summary(&events);
    assert_eq!(states(&told), [PromiseState::Open; MAX_OPEN_SHOWN]);
    assert_eq!(told.promises[0].promise.id, id("c3"));
    let whole = Interaction::of(&events).unwrap();
    assert_eq!(
        whole.promise(&id("c0")).map(|status| status.state),
        Some(PromiseState::Open),
        "it can be settled"
    );
    assert_eq!(whole.promise(&id("other")), None);
}

#[test]
fn what_becomes_of_a_promise_is_no_sign_of_life_of_its_call() {
    let story = Story::call();
    let made = story.event("p", callback("c1", None)).at("10:00:00");
    let end = story
        .event("k", ended("c1", PromiseEnd::Kept))
        .at("15:00:00");
    assert_eq!(summary(&[made, end]).last_at, at("10:00:00"));
}

#[test]
fn a_promises_id_is_short_and_plain_and_one_of_its_key() {
    assert_eq!(PromiseId::of("a"), PromiseId::of("a"));
    assert_ne!(PromiseId::of("a"), PromiseId::of("b"));
    let own = PromiseId::of("a").as_str().to_owned();
    assert!(PromiseId::try_from(own).is_ok(), "it reads as itself");
    for bad in ["", "a b", "a/b", "ä", &"x".repeat(65)] {
        assert!(PromiseId::try_from(bad.to_owned()).is_err(), "{bad}");
    }
}

/// One thing that is said of one of some promises.
fn said() -> impl Strategy<Value = (u8, u8, u8)> {
    (0..24_u8, 0..4_u8, 0..60_u8)
}

proptest! {
    /// The state that the words of one promise give by themselves, the latest last.
    #[test]
    fn any_order_and_repetition_of_what_is_said_of_promises_gives_the_same(
        said in proptest::collection::vec(said(), 1..60),
        turn in any::<prop::sample::Index>(),
    ) {
        let story = Story::new("cti", "1", Channel::Call);
        let events: Vec<Event> = said.iter().enumerate().map(|(place, (name, what, minute))| {
            let name = format!("c{name}");
            let fact = match what {
                0 => ended(&name, PromiseEnd::Kept),
                1 => ended(&name, PromiseEnd::Withdrawn),
                _ => callback(&name, Some(&format!("13:{minute:02}:00"))),
            };
            let event = story.event(&format!("e{place}"), fact);
            event.at(&format!("10:{minute:02}:00"))
        }).collect();
        let told = summary(&events);
        let mut turned = events.clone();
        turned.rotate_left(turn.index(events.len()));
        turned.extend(events.iter().take(9).cloned());
        prop_assert_eq!(&Interaction::of(&turned).unwrap().summary(), &told);
        let names: std::collections::BTreeSet<_> = told.promises.iter().map(|p| &p.promise.id).collect();
        prop_assert_eq!(names.len(), told.promises.len());
        prop_assert!(told.promises.len() <= MAX_OPEN_SHOWN + MAX_ENDED_SHOWN);
        prop_assert_eq!(told.is_pinned(), states(&told).contains(&PromiseState::Open));
    }
}
