//! What state a call shows, when it was, and which of its records counts.

use timeline::{
    CallRecord, Ended, Event, Fact, MAX_CLOCK_AHEAD_MS, Opening, Place, Started, State, WrapUp,
};

use crate::given::{ADA, Story, Told, at, fold, summary};

fn ringing(story: &Story) -> Event {
    story
        .event("ring", Fact::Started(Started::default()))
        .inbound()
}

fn ivr(story: &Story) -> Event {
    let started = Started {
        opening: Opening::Ivr,
        ..Started::default()
    };
    story.event("ivr", Fact::Started(started)).inbound()
}

fn answered(story: &Story) -> Event {
    story.event("answer", Fact::Answered(Place::default()))
}

fn queued(story: &Story) -> Event {
    story.event("queue", Fact::Queued(Place::default()))
}

fn hangup(story: &Story) -> Event {
    story.event("hangup", Fact::Ended(Ended::default()))
}

#[test]
fn complaint_12_a_call_that_rings_for_ever_reads_as_ended_unknown() {
    let story = Story::cti();
    let call = summary(&[ringing(&story).received("10:00:00")]);
    assert_eq!(call.clone().as_of(at("11:00:00")).state, State::Ringing);
    assert_eq!(call.as_of(at("11:00:00.001")).state, State::EndedUnknown);

    let talking = summary(&[
        ringing(&story).received("10:00:00"),
        answered(&story).received("10:01:00"),
    ]);
    assert_eq!(talking.clone().as_of(at("22:01:00")).state, State::Active);
    assert_eq!(talking.as_of(at("22:01:01")).state, State::EndedUnknown);
}

#[test]
fn complaint_12_a_late_hangup_corrects_a_stale_call() {
    let story = Story::cti();
    let ring = ringing(&story).received("10:00:00");
    let answer = answered(&story).received("10:00:05");
    let late = hangup(&story).received("2026-03-05T10:00:00Z");
    let now = at("2026-03-06T10:00:00Z");
    assert_eq!(
        summary(&[ring.clone(), answer.clone()]).as_of(now).state,
        State::EndedUnknown
    );
    let call = summary(&[ring, answer, late]).as_of(now);
    assert_eq!(call.state, State::Ended);
    assert_eq!(call.ended_at, Some(at("2026-03-05T10:00:00Z")));
}

#[test]
fn complaint_13_an_answer_after_the_hangup_does_not_reopen_a_call_without_clock() {
    let story = Story::cti();
    let call = summary(&[
        hangup(&story).received("10:00:00"),
        ringing(&story).received("10:00:01"),
        answered(&story).received("10:00:02"),
    ]);
    assert_eq!(call.state, State::Ended);
}

#[test]
fn a_hangup_with_a_clock_that_is_slow_still_ends_the_call() {
    let story = Story::call();
    let call = summary(&[
        ringing(&story).at("10:00:00"),
        answered(&story).at("10:00:10"),
        hangup(&story).at("09:59:00"),
    ]);
    assert_eq!(call.state, State::Ended);
    assert_eq!(call.duration_s, Some(0), "never negative");
}

#[test]
fn a_call_that_is_hung_up_twice_ended_the_first_time() {
    let story = Story::call();
    let mut again = hangup(&story).at("10:09:00");
    again.id = timeline::EventId::new("completed").unwrap();
    let call = summary(&[
        ringing(&story).at("10:00:00"),
        hangup(&story).at("10:02:00"),
        again,
    ]);
    assert_eq!(
        (call.ended_at, call.duration_s),
        (Some(at("10:02:00")), Some(120))
    );
}

#[test]
fn a_clock_that_is_far_ahead_counts_as_five_minutes_after_the_arrival() {
    let story = Story::call();
    let skewed = queued(&story)
        .at("2031-01-01T00:00:00Z")
        .received("10:00:00");
    assert_eq!(MAX_CLOCK_AHEAD_MS, 300_000);
    assert_eq!(skewed.happened_at(), at("10:05:00"));
    let call = summary(&[
        ringing(&story).at("10:00:00"),
        skewed.clone(),
        answered(&story).at("10:06:00"),
    ]);
    assert_eq!(call.last_at, at("10:06:00"));
    assert_eq!(
        call.state,
        State::Active,
        "what came after it comes after it"
    );
    assert_eq!(
        summary(&[skewed]).as_of(at("11:05:01")).state,
        State::EndedUnknown
    );
}

#[test]
fn the_times_of_a_record_are_held_to_its_arrival_too() {
    let record = CallRecord {
        started_at: Some(at("10:00:00")),
        ended_at: Some(at("9998-01-01T00:00:00Z")),
        ..CallRecord::default()
    };
    let event = Story::call()
        .event("r", Fact::Record(Box::new(record)))
        .version("10:00:00")
        .received("11:00:00");
    let call = summary(&[event]);
    assert_eq!(
        (call.last_at, call.ended_at),
        (at("11:05:00"), Some(at("11:05:00")))
    );
}

fn record(story: &Story, version: &str, agent: &str) -> Event {
    let record = CallRecord {
        started_at: Some(at("10:00:00")),
        ended_at: Some(at("10:05:00")),
        answered_at: Some(at("10:01:00")),
        agent: Some(agent.into()),
        disposition: Some(format!("by {agent}")),
        ..CallRecord::default()
    };
    story
        .event(
            &format!("record-of-{agent}"),
            Fact::Record(Box::new(record)),
        )
        .from(ADA)
        .at("10:00:00")
        .received("2026-06-01T00:00:00Z")
        .version(version)
}

#[test]
fn complaint_33_the_newest_version_of_a_record_counts_whatever_arrives_last() {
    // The ids stand in the order that would be wrong.
    let story = Story::call();
    let (old, new) = (
        record(&story, "10:06:00", "cem"),
        record(&story, "2026-05-01T08:00:00Z", "bea"),
    );
    for events in [[old.clone(), new.clone()], [new, old]] {
        let call = fold(&events).summary();
        assert_eq!(call.agents, ["bea"]);
        assert_eq!(call.disposition.as_deref(), Some("by bea"));
    }
}

#[test]
fn complaint_33_a_version_that_is_far_ahead_does_not_count_for_ever() {
    let story = Story::call();
    let skewed = record(&story, "2090-01-01T00:00:00Z", "cem").received("10:06:00");
    let corrected = record(&story, "2026-05-01T08:00:00Z", "bea");
    assert_eq!(summary(&[skewed, corrected]).agents, ["bea"]);
}

#[test]
fn complaint_33_a_record_sent_again_months_later_does_not_make_the_call_recent() {
    let call = summary(&[record(&Story::call(), "10:06:00", "bea")]);
    assert_eq!(
        (call.started_at, call.last_at),
        (at("10:00:00"), at("10:05:00"))
    );
}

#[test]
fn a_record_that_tells_no_times_counts_when_it_happened() {
    let event = Story::call()
        .event("r", Fact::Record(Box::default()))
        .at("10:00:00");
    let call = summary(&[event]);
    assert_eq!(
        (call.started_at, call.last_at),
        (at("10:00:00"), at("10:00:00"))
    );
}

#[test]
fn a_record_alone_tells_the_state_of_its_call() {
    let story = Story::call();
    let state = |record: CallRecord| {
        let event = story
            .event("r", Fact::Record(Box::new(record)))
            .version("10:06:00")
            .inbound();
        summary(&[event.received("11:00:00")]).state
    };
    let begun = CallRecord {
        started_at: Some(at("10:00:00")),
        ..CallRecord::default()
    };
    let waiting = CallRecord {
        queued_at: Some(at("10:00:10")),
        ..begun.clone()
    };
    let talking = CallRecord {
        answered_at: Some(at("10:00:30")),
        ..waiting.clone()
    };
    let over = |record: &CallRecord| CallRecord {
        ended_at: Some(at("10:05:00")),
        ..record.clone()
    };
    assert_eq!(state(over(&begun)), State::Ended);
    assert_eq!(state(over(&waiting)), State::Abandoned);
    assert_eq!(state(over(&talking)), State::Ended);
    assert_eq!(state(begun), State::Ivr);
    assert_eq!(state(waiting), State::Queued);
    assert_eq!(state(talking), State::Active);
}

#[test]
fn an_inbound_call_that_asked_for_an_agent_and_got_none_is_abandoned() {
    let story = Story::call();
    let end = hangup(&story).at("10:02:00");
    let rang = [ringing(&story).at("10:00:00"), end.clone()];
    assert_eq!(summary(&rang).state, State::Abandoned);
    let waited = [
        ivr(&story).at("10:00:00"),
        queued(&story).at("10:01:00"),
        end.clone(),
    ];
    assert_eq!(summary(&waited).state, State::Abandoned);
    let answered = [
        rang[0].clone(),
        answered(&story).at("10:01:00"),
        end.clone(),
    ];
    assert_eq!(summary(&answered).state, State::Ended);
    let menu_only = [ivr(&story).at("10:00:00"), end.clone()];
    assert_eq!(
        summary(&menu_only).state,
        State::Ended,
        "nobody was asked for"
    );

    let mut outbound = rang.clone();
    outbound[0].direction = Some(timeline::Direction::Outbound);
    assert_eq!(
        summary(&outbound).state,
        State::Ended,
        "the customer did not answer"
    );

    let mut handed_on = rang.clone();
    handed_on[1].related = vec![timeline::Related {
        relation: timeline::Relation::Next,
        interaction_id: "cti:the-next-leg".parse().unwrap(),
    }];
    assert_eq!(
        summary(&handed_on).state,
        State::Ended,
        "it goes on in another contact"
    );
    let mut forwarded = rang.clone();
    forwarded[1].fact = Fact::Ended(Ended {
        forwarded: true,
        ..Ended::default()
    });
    assert_eq!(
        summary(&forwarded).state,
        State::Ended,
        "it went on elsewhere"
    );
}

#[test]
fn a_complaint_is_open_until_it_is_settled_and_again_when_that_is_taken_back() {
    let story = Story::call();
    let wrap_up = |id: &str, time: &str, complaint, resolved| {
        let wrap_up = WrapUp {
            complaint,
            resolved,
            ..WrapUp::default()
        };
        story.event(id, Fact::WrapUp(wrap_up)).at(time)
    };
    let since = |events: &[Event]| summary(events).open_complaint_since;
    let mut events = vec![wrap_up("1", "10:00:00", Some(true), None)];
    assert_eq!(since(&events), Some(at("10:00:00")));
    events.push(wrap_up("2", "10:10:00", Some(true), Some(false)));
    assert_eq!(
        since(&events),
        Some(at("10:00:00")),
        "saying it again makes it no younger"
    );
    events.push(wrap_up("3", "11:00:00", None, Some(true)));
    assert_eq!(since(&events), None);
    events.push(wrap_up("4", "12:00:00", None, Some(false)));
    assert_eq!(since(&events), Some(at("10:00:00")));
    events.push(wrap_up("5", "13:00:00", Some(false), None));
    assert_eq!(since(&events), None, "it was none");
}

#[test]
fn complaint_23_a_record_that_is_sent_again_takes_back_nothing_that_an_agent_said() {
    let story = Story::call();
    let marked = |version: &str| {
        let record = CallRecord {
            started_at: Some(at("10:00:00")),
            ended_at: Some(at("10:05:00")),
            disposition: Some("set by the flow".into()),
            complaint: Some(true),
            ..CallRecord::default()
        };
        story
            .event(&format!("record-{version}"), Fact::Record(Box::new(record)))
            .at("10:00:00")
            .received("2026-09-01T00:00:00Z")
            .version(version)
    };
    let early = marked("10:06:00");
    assert_eq!(
        summary(std::slice::from_ref(&early)).open_complaint_since,
        Some(at("10:00:00"))
    );
    let wrap_up = timeline::WrapUp {
        disposition: Some("sold".into()),
        complaint: Some(false),
        ..timeline::WrapUp::default()
    };
    let wrap_up = story.event("wrap-up", Fact::WrapUp(wrap_up)).at("10:07:00");
    let call = summary(&[early, wrap_up, marked("2026-08-01T00:00:00Z")]);
    assert_eq!(call.disposition.as_deref(), Some("sold"));
    assert_eq!(call.open_complaint_since, None);
}

#[test]
fn an_end_that_says_forwarded_counts_whichever_end_came_first() {
    let story = Story::call();
    let end = |id: &str, forwarded| {
        let ended = Ended {
            forwarded,
            ..Ended::default()
        };
        story.event(id, Fact::Ended(ended)).at("10:01:00")
    };
    for (first, second) in [(true, false), (false, true)] {
        let call = summary(&[
            ringing(&story).at("10:00:00"),
            end("a", first),
            end("b", second),
        ]);
        assert_eq!(call.state, State::Ended);
    }
}

#[test]
fn a_customer_is_called_by_the_name_that_came_with_the_own_identity() {
    let story = Story::call();
    let mut first = ringing(&story).at("10:00:00").from(ADA);
    first.customer_name = Some("Ada".into());
    let mut other = answered(&story)
        .at("10:00:10")
        .from("mailto:bob@example.com");
    other.customer_name = Some("Bob".into());
    let name = summary(&[first, other]).customer_name;
    assert_eq!(name.unwrap().expose(), "Ada");
}
