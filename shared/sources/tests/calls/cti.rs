//! What is the generic CTI push's own.

use sources::Rejection;
use timeline::{Channel, Direction, Event, Fact, Interaction, State};

use crate::{cti, fixture, read, uri};

#[test]
fn complaint_13_a_push_is_the_same_event_of_the_same_call_in_form_and_json() {
    let form = ["new-call.txt", "answer.txt", "hangup.txt"].map(cti);
    let json = ["new-call.json", "answer.json", "hangup-bare.json"].map(cti);
    for calls in [&form, &json] {
        assert!(
            calls
                .iter()
                .all(|e| e.interaction_id == calls[0].interaction_id)
        );
        assert!(
            calls
                .iter()
                .all(|e| e.occurred_at.is_none() && e.channel == Channel::Call)
        );
    }
    let ids = |calls: &[Event]| -> Vec<_> { calls.iter().map(|e| e.id.clone()).collect() };
    assert_eq!(ids(&form), ids(&json));
    assert_eq!(json[2].customer, None, "a bare hangup names nobody");
    assert_eq!(form[2].customer, form[0].customer);
}

#[test]
fn a_call_that_only_a_voicemail_answered_was_not_answered() {
    let events = ["new-call.json", "answer-voicemail.json", "hangup-bare.json"].map(cti);
    let state = |events: &[Event]| Interaction::of(events).unwrap().summary().state;
    assert_eq!(state(&events), State::Abandoned);
    let taken = ["new-call.json", "answer.json", "hangup-bare.json"].map(cti);
    assert_eq!(state(&taken), State::Ended);
    let answered = &events[1];
    assert_ne!(
        answered.id, taken[1].id,
        "who takes it from the machine is not lost"
    );
    assert_eq!(uri(answered), uri(&taken[1]));
}

#[test]
fn placetels_names_mean_what_the_others_names_mean() {
    let events = [
        "placetel-incoming.txt",
        "placetel-accepted.txt",
        "placetel-hungup.txt",
    ]
    .map(cti);
    let interaction = Interaction::of(&events).unwrap();
    let summary = interaction.summary();
    assert_eq!(summary.state, State::Ended);
    assert_eq!(summary.direction, Some(Direction::Inbound));
    assert_eq!(summary.agents, ["777000001@pbx.example.net"]);
    let customer = interaction.customer().unwrap().uri.expose();
    assert_eq!(customer, "tel:+14155550142");
    let ids = events.map(|event| event.id.to_string());
    assert_eq!(ids, ["new-call", "answer", "hangup"]);
    let out = cti("placetel-outgoing.txt");
    assert_eq!(out.direction, Some(Direction::Outbound));
    assert_eq!(uri(&out).as_deref(), Some("tel:+14155550142"));
}

#[test]
fn a_form_that_was_not_encoded_is_read_with_its_spaces() {
    let event = cti("new-call-unencoded.txt");
    assert_eq!(uri(&event).as_deref(), Some("tel:+14155550142"));
    let Fact::Started(started) = event.fact else {
        panic!()
    };
    assert_eq!(started.ringing, ["Bo Sample", "Kim Invented"]);
    assert_eq!(started.queue.as_deref(), Some("New customers"));
}

#[test]
fn a_push_in_parts_means_what_it_means_as_a_form() {
    let event = cti("answer-multipart.txt");
    assert_eq!(uri(&event).as_deref(), Some("tel:+14155550142"));
    assert!(
        matches!(event.fact, Fact::Answered(place) if place.agent.as_deref() == Some("Bea Lind"))
    );
}

#[test]
fn who_took_an_inbound_call_without_a_name_is_told_by_the_answering_number() {
    let agent = |body: &str| {
        let event = read(body).unwrap().events.remove(0);
        let Fact::Answered(place) = event.fact else {
            panic!("an answer")
        };
        place.agent
    };
    let push = fixture("cti", "answer-by-extension.txt");
    assert_eq!(agent(&push).as_deref(), Some("42"));
    assert_eq!(agent(&push.replace("direction=in", "direction=out")), None);
    let dialled = push.replace("answeringNumber=42", "answeringNumber=493023125000");
    assert_eq!(agent(&dialled), None, "the dialled number is no agent");
}

#[test]
fn a_new_call_without_its_direction_is_refused_and_a_bare_hangup_is_not() {
    let refused = Rejection::malformed("direction", "is neither `in` nor `out`");
    assert_eq!(
        read(&fixture("cti", "bad-direction.txt")),
        Err(refused.clone())
    );
    let push = fixture("cti", "new-call.json");
    let with = |direction: &str| push.replace("\"direction\": \"in\"", direction);
    for other in ["7", "true", "{}", "[\"sideways\"]", "\"inn\""] {
        let body = with(&format!("\"direction\": {other}"));
        assert_eq!(read(&body), Err(refused.clone()), "{other}");
    }
    let direction = |body: &str| read(body).unwrap().events.remove(0).direction;
    for (word, meant) in [
        ("\"IN\"", Some(Direction::Inbound)),
        ("\"Inbound\"", Some(Direction::Inbound)),
        ("[\"Out\"]", Some(Direction::Outbound)),
        ("\" OUTBOUND \"", Some(Direction::Outbound)),
    ] {
        let body = with(&format!("\"direction\": {word}"));
        assert_eq!(direction(&body), meant, "{word}");
    }
    assert_eq!(
        read(&with("\"other\": 1")),
        Err(Rejection::missing("direction"))
    );
    for none in ["\"direction\": null", "\"direction\": \"\""] {
        assert_eq!(read(&with(none)), Err(Rejection::missing("direction")));
    }
    let bare = r#"{"event": "hangup", "call_id": "7f-3a/1", "cause": "cancel"}"#;
    assert_eq!(direction(bare), None);
}

#[test]
fn a_sip_user_without_a_scheme_is_an_identity() {
    let event = cti("new-call-sip-user.txt");
    assert_eq!(uri(&event).as_deref(), Some("sip:desk-7@pbx.example.net"));
    assert_eq!(event.unread_customer, None);
}
