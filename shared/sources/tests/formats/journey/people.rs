//! Contracts, surveys and visits: whose each is, and what is kept of it.

use serde_json::json;
use timeline::{Channel, Event, Fact, State};

use super::{body, customer, events, folded, later, one, participants, read_body, summary};
use crate::fixtures::{Fixture, read};

fn one_scored(name: &str) -> Event {
    let events = events("typeform", &[name]).into_iter();
    let mut scored = events.filter(|event| matches!(event.fact, Fact::Scored(_)));
    scored.next().unwrap()
}

/// The header of a try differs from try to try; the event does not.
#[test]
fn complaint_17_a_standard_webhook_is_known_by_its_id_and_not_by_its_try() {
    let body = body("standard-webhooks", "invoice-paid").to_string();
    let at = |timestamp: &str| {
        let headers = json!({"Webhook-Id": "msg_1", "Webhook-Timestamp": timestamp}).to_string();
        let attributes = [
            ("source".to_owned(), "standard-webhooks".to_owned()),
            ("headers".to_owned(), headers),
        ];
        sources::read(sources::JOURNEYS, &body, &attributes.into(), &later()).unwrap()
    };
    assert_eq!(at("1772442901"), at("1772446501"));
    assert_eq!(at("1772442901").events[0].id.as_str(), "msg_1");
}

#[test]
fn an_envelope_is_signed_when_all_have_signed() {
    let life = [
        "envelope-created",
        "recipient-sent",
        "envelope-sent",
        "recipient-delivered",
        "recipient-completed-one-of-two",
        "recipient-completed-all",
        "envelope-completed",
        "recipient-sent-to-copy",
    ];
    let contract = folded(&events("docusign", &life));
    assert_eq!(
        contract.customer().unwrap().uri.expose(),
        "mailto:ada@example.com"
    );
    assert_eq!(contract.summary().state, State::Resolved);
    assert_eq!(summary("docusign", &life[..5]).state, State::Open);
    assert_eq!(summary("docusign", &life[..6]).state, State::Resolved);
}

#[test]
fn the_sender_is_never_the_customer() {
    let event = one("docusign", "envelope-sent-sender-signs-first");
    assert_eq!(customer(&event), Some("mailto:ada@example.com"));
    assert!(!participants(&event).contains(&"mailto:sales@example.org"));
    let in_person = one("docusign", "envelope-sent-in-person");
    assert_eq!(customer(&in_person), Some("mailto:ada@example.com"));
    let mut alone = body("docusign", "envelope-sent-sender-signs-first");
    alone["data"]["envelopeSummary"]["recipients"] =
        json!({"signers": [{"email": "sales@example.org", "recipientId": "1"}]});
    let reading = read_body("docusign", &alone).unwrap();
    assert_eq!(reading.events[0].customer, None);
}

/// In any order in the list: by routing order, then by recipient id.
#[test]
fn the_first_who_signs_is_the_customer_however_they_are_listed() {
    let mut envelope = body("docusign", "envelope-sent");
    let before = read_body("docusign", &envelope).unwrap();
    let signers = &mut envelope["data"]["envelopeSummary"]["recipients"]["signers"];
    signers.as_array_mut().unwrap().reverse();
    assert_eq!(read_body("docusign", &envelope).unwrap(), before);
}

#[test]
fn a_survey_is_scored_with_the_best_that_could_be_given() {
    let score = |event: &Event| {
        let Fact::Scored(scored) = &event.fact else {
            panic!("{}", event.fact.kind())
        };
        (scored.survey.clone(), scored.score, scored.best)
    };
    assert_eq!(
        score(&one_scored("response-nps")),
        ("nps".into(), 9, Some(10))
    );
    assert_eq!(
        score(&one_scored("response-rating")),
        ("csat".into(), 2, Some(5))
    );
    assert_eq!(
        score(&one_scored("response-opinion-scale")),
        ("ces".into(), 6, Some(7))
    );
    let unknown = one_scored("response-without-definition");
    assert_eq!(score(&unknown), ("opinion_scale".into(), 6, None));

    let changed = summary("delighted", &["response-updated", "response-created"]);
    assert_eq!((changed.score, changed.channel), (Some(3), Channel::Survey));
    assert_eq!(changed.preview.unwrap().expose(), "I waited for an hour.");
}

#[test]
fn complaint_22_a_shared_device_makes_no_one_person_of_two() {
    let visit = events(
        "segment",
        &["page", "identify", "track", "identify-other-on-same-device"],
    );
    for event in &visit {
        assert_eq!(
            customer(event),
            Some("visitor:segment/507f191e-810c-4197-a9de-860ea0000001")
        );
    }
    let visit = folded(&visit);
    let claims: Vec<_> = visit.participants().map(|who| who.uri.expose()).collect();
    for claim in [
        "crm:segment/user-97980cfea0001",
        "crm:segment/user-97980cfea0002",
        "mailto:ada@example.com",
        "mailto:bo@example.net",
    ] {
        assert!(claims.contains(&claim), "{claim}");
    }
}

#[test]
fn a_visit_is_one_day_of_one_visitor() {
    let mut page = body("segment", "page");
    let mut id_at = |field: &str, value: &str| {
        page[field] = value.into();
        let reading = read_body("segment", &page).unwrap();
        reading.events[0].interaction_id.as_str().to_owned()
    };
    let morning = id_at("timestamp", "2026-03-02T00:00:00Z");
    assert_eq!(id_at("timestamp", "2026-03-03T00:59:59+01:00"), morning);
    assert_ne!(id_at("timestamp", "2026-03-03T00:00:00Z"), morning);
    assert!(!morning.contains("507f191e"));
    assert_ne!(
        id_at("anonymousId", "other"),
        id_at("anonymousId", "another")
    );
}

#[test]
fn no_address_of_a_page_brings_its_query_along() {
    for event in events(
        "segment",
        &["page", "page-without-properties", "track", "batch"],
    ) {
        let told = serde_json::to_string(&event.fact).unwrap();
        assert!(!told.contains('?') && !told.contains("ada"), "{told}");
    }
}

#[test]
fn complaint_34_a_bad_call_is_refused_by_name_and_the_others_are_kept() {
    let reading = read(&Fixture::open("segment", "bad-batch-two-of-three.json")).unwrap();
    assert_eq!(reading.events.len(), 1);
    let told: Vec<_> = reading.rejections.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "the field `batch[0].messageId` is missing",
            "the field `batch[2].event` is missing"
        ]
    );
    let too_many = json!({ "batch": vec![body("segment", "page"); 1001] });
    let refused = read_body("segment", &too_many).unwrap_err();
    assert_eq!(refused.code(), "too_much");
}

#[test]
fn a_standard_webhook_means_what_the_same_cloudevent_means() {
    let webhook = one("standard-webhooks", "invoice-paid");
    let sent = body("standard-webhooks", "invoice-paid");
    let cloud_event = json!({
        "specversion": "1.0", "id": webhook.id, "source": "standard-webhooks",
        "type": sent["type"], "time": sent["timestamp"], "data": sent["data"],
    });
    let reading = read_body("cloudevents", &cloud_event).unwrap();
    assert_eq!(reading.events, [webhook]);
}

/// Hidden fields come with the link that the company sent.
#[test]
fn complaint_20_an_address_typed_into_a_form_names_the_customer_only_where_nothing_else_does() {
    let survey = one_scored("response-nps");
    assert_eq!(customer(&survey), Some("mailto:ada@example.com"));
    assert!(participants(&survey).contains(&"mailto:bo@example.net"));
    let open_link = one_scored("response-nps-typed-email-only");
    assert_eq!(customer(&open_link), Some("mailto:bo@example.net"));
}
