//! What happens at one instant, comes twice, or says two things: which of them counts.

use timeline::{
    Attachment, Author, CallRecord, Channel, Direction, Event, Fact, History, Intent, Interaction,
    MAX_PROMISE_CHARS, MAX_PROMISES, Mail, Message, Personal, Place, PopState, Promise, PromiseId,
    PromiseKind, Purpose, Recall, Related, Relation, ScreenPop, Standing, Started, State, Status,
    StatusChange, Summary, Text, Timestamp, WarningKind, WrapUp, may_contact, stories,
};

use crate::given::{ADA, Story, Told, at, fold, identity, stored, summary};
use crate::pop::{abandoned, pop, shown};

const HOUR_MS: i64 = 3_600_000;

fn status(status: Status, complaint: Option<bool>) -> Fact {
    Fact::Status(StatusChange {
        status,
        complaint,
        agent: None,
        queue: None,
    })
}

fn message(author: Author, text: &str, file: Option<&str>) -> Fact {
    let attachments = file.map(|name| Attachment {
        name: name.into(),
        bytes: None,
        media_type: None,
    });
    Fact::Message(Message {
        author,
        name: None,
        text: Text::new(text),
        private: false,
        attachments: attachments.into_iter().collect(),
    })
}

fn promise(id: &str, text: &str, owner: &str) -> Fact {
    Fact::Promised(Promise {
        id: PromiseId::of(id),
        promised: PromiseKind::Callback,
        text: Some(text.into()),
        owner: Some(owner.to_owned()),
        due_at: None,
    })
}

#[test]
fn whoever_comes_back_from_a_hold_within_its_instant_is_back() {
    let call = Story::call();
    for (held, resumed) in [("a", "b"), ("b", "a")] {
        let told = summary(&[
            call.event("start", Fact::Answered(Place::default()))
                .at("10:00:00"),
            call.event(held, Fact::Held).at("10:01:00"),
            call.event(resumed, Fact::Resumed).at("10:01:00"),
        ]);
        assert_eq!(told.state, State::Active);
    }
}

#[test]
fn a_machines_answer_leaves_a_thread_as_it_is() {
    let thread = Story::email();
    let mail = |outbound, automatic| {
        Fact::Mail(Box::new(Mail {
            outbound,
            automatic,
            ..Mail::default()
        }))
    };
    let told = summary(&[
        thread.event("sent", mail(true, false)).at("10:00:00"),
        thread.event("note", mail(false, true)).at("10:01:00"),
    ]);
    assert_eq!(told.state, State::Pending);
}

#[test]
fn only_the_customers_own_message_says_that_messages_reach_the_customer() {
    let chat = Story::chat();
    let of = |author| {
        let events = [chat
            .event("m", message(author, "Hello", None))
            .at("10:00:00")];
        summary(&events).reached_at
    };
    assert_eq!(of(Author::Customer), Some(at("10:00:00")));
    assert_eq!(of(Author::Agent), None);
}

#[test]
fn a_message_without_words_is_shown_by_its_file() {
    let chat = Story::chat();
    let message = message(Author::Customer, " \n", Some("plot.pdf"));
    let told = summary(&[chat.event("m", message).at("10:00:00")]);
    assert_eq!(told.preview, Some(Personal::from("plot.pdf")));
}

#[test]
fn a_promise_in_many_words_is_kept_short() {
    let call = Story::call();
    let long = "word ".repeat(1_000);
    let told = fold(&[call.event("p", promise("p1", &long, &long)).at("10:00:00")]).summary();
    let kept = &told.promises[0].promise;
    assert!(kept.text.as_ref().unwrap().expose().chars().count() <= MAX_PROMISE_CHARS);
    assert!(kept.owner.as_ref().unwrap().chars().count() <= 200);
}

#[test]
fn as_many_promises_are_kept_as_may_be() {
    let call = Story::call();
    let events = (0..MAX_PROMISES).map(|n| {
        let id = format!("p{n}");
        call.event(&id, promise(&id, "Call back", "robin"))
            .at("10:00:00")
    });
    let events: Vec<Event> = events.collect();
    assert_eq!(fold(&events).summary().promises.len(), MAX_PROMISES);
}

/// What is stored of an interaction of which nothing is known but that it rang: none of its registers that are empty.
#[test]
fn registers_without_a_value_are_not_stored_and_those_with_one_are() {
    let call = Story::call();
    let start = Fact::Started(Started::default());
    let bare = fold(&[call.event("s", start.clone()).at("10:00:00")]);
    let json = serde_json::to_value(&bare).unwrap();
    for (name, value) in json.as_object().unwrap() {
        let is_empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        assert!(!is_empty, "{name}");
    }
    let full = fold(&[
        call.event("s", start).at("10:00:00").from(ADA).inbound(),
        call.event("p", promise("p1", "Call back", "robin"))
            .at("10:01:00"),
    ]);
    assert_eq!(stored(&full), full);
    assert_eq!(stored(&full).summary().promises.len(), 1);
}

/// Since when a chat with these events is an open complaint.
fn complaint(events: &[Event]) -> Option<Timestamp> {
    summary(events).open_complaint_since
}

#[test]
fn a_complaint_that_is_settled_in_the_event_that_tells_it_begins_no_later_and_no_earlier_one() {
    let chat = Story::chat();
    let both = status(Status::Resolved, Some(true));
    let open = |complaint| status(Status::Open, complaint);
    // What settles the newest complaint in the same breath says nothing of those before it.
    let newest = [
        chat.event("first", open(Some(true))).at("09:00:00"),
        chat.event("both", both.clone()).at("10:00:00"),
        chat.event("reopened", open(None)).at("11:00:00"),
    ];
    assert_eq!(complaint(&newest), Some(at("09:00:00")));
    // One that was settled so is over when the next begins.
    let next = [
        chat.event("both", both).at("09:00:00"),
        chat.event("next", open(Some(true))).at("10:00:00"),
    ];
    assert_eq!(complaint(&next), Some(at("10:00:00")));
}

#[test]
fn a_record_is_a_complaint_only_where_it_says_so() {
    let call = Story::call();
    for (said, since) in [
        (Some(true), Some(at("10:00:00"))),
        (Some(false), None),
        (None, None),
    ] {
        let record = CallRecord {
            started_at: Some(at("10:00:00")),
            complaint: said,
            ..CallRecord::default()
        };
        let events = [call
            .event("r", Fact::Record(Box::new(record)))
            .at("11:00:00")];
        assert_eq!(complaint(&events), since, "{said:?}");
    }
}

#[test]
fn how_long_nothing_may_be_heard_depends_on_state_and_channel() {
    let day = 24 * HOUR_MS;
    for (state, channel, after) in [
        (State::Ringing, Channel::Call, Some(HOUR_MS)),
        (State::Ringing, Channel::Chat, Some(7 * day)),
        (State::Active, Channel::Call, Some(12 * HOUR_MS)),
        (State::Active, Channel::Chat, Some(7 * day)),
        (State::Open, Channel::Chat, Some(30 * day)),
        (State::Open, Channel::Contract, None),
        (State::Ended, Channel::Call, None),
    ] {
        assert_eq!(
            state.stale_after_ms(channel),
            after,
            "{state:?} {channel:?}"
        );
    }
}

fn leg(key: &str, started: &str, chain: &[(Relation, &str)]) -> Summary {
    let to = |(relation, key): &(Relation, &str)| Related {
        relation: *relation,
        interaction_id: Story::new("crm", key, Channel::Call).id().clone(),
    };
    Summary {
        last_at: at(started).plus_millis(900_000),
        ended_at: Some(at(started).plus_millis(900_000)),
        chain: chain.iter().map(to).collect(),
        agents: vec!["robin".to_owned()],
        ..shown(key, Channel::Call, State::Ended, started)
    }
}

#[test]
fn of_a_contact_that_was_read_twice_the_later_reading_counts() {
    let early = leg("1", "10:00:00", &[]);
    let late = Summary {
        last_at: at("10:45:00"),
        ..early.clone()
    };
    let other = leg("2", "10:15:00", &[(Relation::Previous, "1")]);
    for timeline in [[&early, &late, &other], [&late, &early, &other]] {
        let timeline: Vec<Summary> = timeline.into_iter().cloned().collect();
        assert_eq!(stories(&timeline)[0].last_at, at("10:45:00"));
    }
}

#[test]
fn a_call_that_came_of_another_can_still_be_followed_by_one() {
    let before = leg("2", "10:00:00", &[(Relation::Previous, "1")]);
    let after = leg("3", "10:15:01", &[]);
    let told = stories(&[before.clone(), after.clone()]);
    assert_eq!((told.len(), told[0].interactions.len()), (1, 2));
    let before = leg("2", "10:00:00", &[(Relation::Next, "4")]);
    let told = stories(&[before, after]);
    assert_eq!(
        told[0].interactions.len(),
        1,
        "it says itself where it went"
    );
}

#[test]
fn a_story_begins_where_most_of_its_contacts_say() {
    let told = stories(&[
        leg("1", "10:00:00", &[(Relation::Initial, "a")]),
        leg(
            "2",
            "10:15:00",
            &[(Relation::Initial, "b"), (Relation::Previous, "1")],
        ),
        leg("3", "10:30:00", &[(Relation::Initial, "b")]),
    ]);
    assert_eq!(told[0].id.as_str(), "crm:b");
}

#[test]
fn where_several_use_a_number_only_links_make_a_story() {
    let recall = Recall {
        recent: vec![
            leg("1", "10:00:00", &[]),
            leg("2", "10:15:01", &[]),
            leg("3", "10:40:00", &[(Relation::Previous, "2")]),
        ],
        standing: Standing {
            shared: Some(timeline::Marked {
                by: timeline::Actor::agent("ann"),
                at: at("09:00:00"),
            }),
            ..Standing::default()
        },
        ..Recall::default()
    };
    let pop = ScreenPop::assemble(&identity(ADA), recall, "salt", at("12:00:00"));
    assert_eq!(pop.state, PopState::Shared);
    assert_eq!(
        (pop.stories.len(), pop.stories[0].interactions.len()),
        (1, 2)
    );
}

#[test]
fn a_bad_score_quotes_the_survey_and_no_other_words() {
    let scored = |channel| Summary {
        score: Some(1),
        best_score: Some(10),
        scored_at: Some(at("10:00:00")),
        preview: Some("Never again".into()),
        ..shown("1", channel, State::Resolved, "10:00:00")
    };
    for (channel, quotes) in [(Channel::Survey, true), (Channel::Chat, false)] {
        let pop = pop(vec![scored(channel)]);
        let warning = pop
            .warnings
            .iter()
            .find(|warning| warning.kind == WarningKind::BadSurvey)
            .unwrap();
        assert_eq!(warning.text.expose().contains("Never again"), quotes);
    }
}

#[test]
fn what_an_agent_wrote_before_or_as_the_customer_hung_up_makes_up_for_nothing() {
    let chat = |last: &str| Summary {
        last_author: Some(Author::Agent),
        last_at: at(last),
        ..shown("chat", Channel::Chat, State::Resolved, "09:00:00")
    };
    for (last, is_warned) in [("10:59:59", true), ("11:00:00", true), ("11:00:01", false)] {
        let pop = pop(vec![abandoned("lost", "11:00:00"), chat(last)]);
        let kinds = pop.warnings.iter().map(|warning| warning.kind);
        let warned = kinds
            .into_iter()
            .any(|kind| kind == WarningKind::AbandonedCall);
        assert_eq!(warned, is_warned, "{last}");
    }
}

#[test]
fn an_intent_that_names_its_address_is_told_of_that_alone() {
    let bounced = |key: &str| Summary {
        bounced_at: Some(at("10:00:00")),
        ..shown(key, Channel::Email, State::Resolved, "09:00:00")
    };
    let of = |uri: &str, interactions: Vec<Summary>| History {
        identity: identity(uri).uri,
        interactions,
    };
    let customer = [
        of("mailto:ada@example.com", vec![]),
        of("mailto:ada@example.org", vec![bounced("1")]),
    ];
    let intent = |address: Option<&str>| Intent {
        purpose: Purpose::Service,
        channel: Channel::Email,
        identity: address.map(|address| identity(address).uri),
    };
    let asked = |address| may_contact(&intent(address), &customer, at("12:00:00"));
    assert_eq!(asked(Some("mailto:ada@example.com")).also, []);
    assert!(!asked(Some("mailto:ada@example.org")).allow);
}

#[test]
fn a_wrap_up_that_comes_again_changes_nothing() {
    let call = Story::call();
    let wrap_up = Fact::WrapUp(WrapUp {
        complaint: Some(true),
        ..WrapUp::default()
    });
    let events = [
        call.event("s", Fact::Started(Started::default()))
            .at("10:00:00"),
        call.event("w", wrap_up).at("10:05:00"),
    ];
    let once = Interaction::of(&events).unwrap();
    let twice = Interaction::of(events.iter().chain(&events)).unwrap();
    assert_eq!(once, twice);
    assert_eq!(once.summary().direction, None::<Direction>);
}
