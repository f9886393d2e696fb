//! Every order of a seven-event call, with repetitions.

use timeline::{
    CallRecord, Ended, Event, Fact, Interaction, Note, Opening, Place, Related, Relation, Started,
    State, Text, Updated, WrapUp,
};

use crate::given::{ADA, Story, Told, at, fold, identity};

/// A call as Amazon Connect tells it: events without a number, each at its own time, and a record with the number.
fn connect_call(times: [&str; 7]) -> Vec<Event> {
    let story = Story::call();
    let place = |queue: Option<&str>, agent: Option<&str>| Place {
        queue: queue.map(str::to_owned),
        agent: agent.map(str::to_owned),
    };
    let record = CallRecord {
        started_at: Some(at("10:00:00")),
        queued_at: Some(at("10:00:20")),
        answered_at: Some(at("10:01:00")),
        ended_at: Some(at("10:05:00")),
        agent: Some("bea".into()),
        queue: Some("Sales".into()),
        disposition: Some("sold".into()),
        complaint: Some(true),
        ..CallRecord::default()
    };
    let ivr = Started {
        opening: Opening::Ivr,
        ..Started::default()
    };
    let mut events = vec![
        story.event("started", Fact::Started(ivr)),
        story.event("queued", Fact::Queued(place(Some("q-1"), None))),
        story.event("answered", Fact::Answered(place(Some("q-1"), Some("a-17")))),
        story.event("held", Fact::Held),
        story.event("resumed", Fact::Resumed),
        story.event("ended", Fact::Ended(Ended::default())),
        story
            .event("record@1", Fact::Record(Box::new(record)))
            .from(ADA)
            .inbound()
            .version("10:06:00"),
    ];
    events[1].related = vec![Related {
        relation: Relation::Previous,
        interaction_id: Story::cti().id().clone(),
    }];
    events
        .into_iter()
        .zip(times)
        .map(|(event, time)| event.at(time))
        .collect()
}

/// A call as a push of a telephone system tells it: without a clock, so that only the arrival has a time.
fn cti_call() -> Vec<Event> {
    let story = Story::cti();
    let ring = Started {
        queue: Some("Sales".into()),
        ringing: vec!["bea".into(), "cem".into()],
        ..Started::default()
    };
    let answered = Place {
        queue: None,
        agent: Some("bea".into()),
    };
    let note = Note {
        text: Text::new("asks for a bid"),
        agent: None,
    };
    let wrap_up = WrapUp {
        disposition: Some("bid".into()),
        resolved: Some(true),
        ..WrapUp::default()
    };
    vec![
        story
            .event("newCall", Fact::Started(ring))
            .from(ADA)
            .inbound(),
        story.event("queued", Fact::Queued(Place::default())),
        story.event("dtmf-1", Fact::Updated(Updated::default())),
        story.event("answer", Fact::Answered(answered)).from(ADA),
        story.event("note-1", Fact::Note(note)),
        story.event("wrap-up", Fact::WrapUp(wrap_up)),
        story.event("hangup", Fact::Ended(Ended::default())),
    ]
    .into_iter()
    .zip([
        "10:00:00", "10:00:01", "10:00:02", "10:00:09", "10:01:00", "10:02:00", "10:02:01",
    ])
    .map(|(event, time)| event.received(time))
    .collect()
}

fn permutations(length: usize) -> Vec<Vec<usize>> {
    if length == 0 {
        return vec![Vec::new()];
    }
    let last = length - 1;
    permutations(last)
        .into_iter()
        .flat_map(|shorter| {
            (0..length).map(move |position| {
                let mut longer = shorter.clone();
                longer.insert(position, last);
                longer
            })
        })
        .collect()
}

/// Folds every order of the events: once each, each twice in a row, and all again after all.
fn assert_order_and_repetition_do_not_matter(events: &[Event]) {
    let orders = permutations(events.len());
    assert_eq!(orders.len(), 5040);
    let expected = fold(events);
    for order in orders {
        let mut once = Interaction::begin(&events[order[0]]);
        let mut stuttered = once.clone();
        for &index in &order {
            once.apply(&events[index]).unwrap();
            stuttered.apply(&events[index]).unwrap();
            stuttered.apply(&events[index]).unwrap();
        }
        assert_eq!(once, expected, "{order:?}");
        assert_eq!(stuttered, expected, "{order:?}, each twice");
        for event in events {
            once.apply(event).unwrap();
        }
        assert_eq!(once, expected, "{order:?}, then all again");
    }
}

const TIMES: [&str; 7] = [
    "10:00:00", "10:00:20", "10:01:00", "10:02:00", "10:03:00", "10:05:00", "10:06:00",
];

#[test]
fn complaint_13_every_order_and_repetition_of_a_connect_call_is_the_same_call() {
    let events = connect_call(TIMES);
    assert_order_and_repetition_do_not_matter(&events);

    let call = fold(&events);
    assert_eq!(call.customer(), Some(&identity(ADA)));
    let summary = call.summary();
    assert_eq!(summary.state, State::Ended);
    assert_eq!(
        (summary.started_at, summary.ended_at),
        (at("10:00:00"), Some(at("10:05:00")))
    );
    assert_eq!(
        (summary.last_at, summary.duration_s),
        (at("10:05:00"), Some(300))
    );
    assert_eq!(
        (summary.queue.as_deref(), summary.agents),
        (Some("Sales"), vec!["bea".to_owned()])
    );
    assert_eq!(summary.disposition.as_deref(), Some("sold"));
    assert_eq!(summary.open_complaint_since, Some(at("10:00:00")));
}

#[test]
fn complaint_13_equal_times_do_not_make_the_order_matter() {
    let mut events = connect_call(["10:00:00"; 7]);
    assert_order_and_repetition_do_not_matter(&events);
    assert_eq!(fold(&events).summary().state, State::Ended);

    events.truncate(5);
    assert_eq!(
        fold(&events).summary().state,
        State::Active,
        "who comes back from a hold in the second in which it began is back"
    );
    events.truncate(4);
    assert_eq!(fold(&events).summary().state, State::Held);
    events.truncate(2);
    assert_eq!(fold(&events).summary().state, State::Queued);
}

#[test]
fn complaint_13_every_order_and_repetition_of_a_call_without_clock_is_the_same_call() {
    let events = cti_call();
    assert_order_and_repetition_do_not_matter(&events);

    let summary = fold(&events).summary();
    assert_eq!(summary.state, State::Ended);
    assert_eq!(
        (summary.started_at, summary.ended_at),
        (at("10:00:00"), Some(at("10:02:01")))
    );
    assert_eq!(
        (summary.queue.as_deref(), summary.agents),
        (Some("Sales"), vec!["bea".to_owned()])
    );
    assert_eq!(summary.disposition.as_deref(), Some("bid"));
}
