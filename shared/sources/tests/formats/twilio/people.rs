//! Who the customer is, and who is not.

use timeline::{Direction, Event, Fact};

use super::{changed, customer, customer_of, event, events, folded};
use crate::fixtures::{Fixture, context};

#[test]
fn complaint_10_the_companys_own_number_is_nobody() {
    for (source, file) in [
        ("twilio-voice", "incoming-own-number.txt"),
        ("vonage", "inbound-own-number.json"),
        ("plivo", "inbound-start-own-number.txt"),
        ("twilio-conversations", "message-api-own-number.txt"),
    ] {
        let event = event(source, file);
        assert_eq!(event.customer, None, "{file}");
        assert_eq!(event.unread_customer, None, "{file}");
    }
    // Who calls out from a browser, a desk or an app is an agent, though the provider says `inbound`.
    for (source, file) in [
        ("twilio-voice", "incoming-from-softphone.txt"),
        ("twilio-voice", "incoming-from-desk.txt"),
        ("vonage", "inbound-agent-app.json"),
        ("plivo", "inbound-start-endpoint.txt"),
    ] {
        let event = event(source, file);
        assert_eq!(event.direction, Some(Direction::Outbound), "{file}");
        assert_eq!(customer(&event), Some("tel:+14155550123"), "{file}");
    }
    assert_eq!(
        event("twilio-voice", "outbound-to-agent.txt").customer,
        None
    );
    assert_eq!(event("vonage", "leg-app-ringing.json").customer, None);
    assert_eq!(event("plivo", "leg-hangup.txt").customer, None);
}

#[test]
fn an_agents_leg_to_a_number_never_takes_an_inbound_call_from_its_caller() {
    let told = events(
        "vonage",
        &[
            "leg-number-ringing.json",
            "leg-number-answered.json",
            "inbound-started.json",
        ],
    );
    assert_eq!(customer_of(&told).as_deref(), Some("tel:+14155550123"));
    assert_eq!(folded(&told).direction, Some(Direction::Inbound));
}

#[test]
fn a_withheld_number_is_nobody() {
    for (source, file) in [
        ("twilio-voice", "incoming-withheld.txt"),
        ("twilio-voice", "incoming-anonymous-word.txt"),
        ("twilio-conversations", "message-withheld.txt"),
        ("vonage", "inbound-withheld.json"),
        ("vonage", "inbound-anonymous.json"),
        ("plivo", "inbound-start-withheld.txt"),
    ] {
        let event = event(source, file);
        assert_eq!(event.customer, None, "{file}");
        assert_eq!(event.unread_customer, None, "{file}");
        assert_eq!(event.customer_name, None, "{file}");
    }
    for sentinel in [
        "%2B7378742833",
        "%2B2562533",
        "%2B8656696",
        "%2B86282452253",
        "Restricted",
        "Unavailable",
        "unknown",
    ] {
        let told = changed("twilio-voice", "incoming.txt", "%2B14155550123", sentinel);
        assert_eq!(told[0].customer, None, "{sentinel}");
    }
}

#[test]
fn complaint_2_a_national_number_is_read_where_the_dialled_number_is() {
    let national = event("twilio-voice", "incoming-national.txt");
    assert_eq!(customer(&national), Some("tel:+49211234567"));
    // A PBX writes its users' digits as they dial them, and the stack's region tells the country.
    let sip = event("twilio-voice", "incoming-sip-number.txt");
    assert_eq!(customer(&sip), Some("tel:+14155550123"));
    let elsewhere = sources::Context {
        region: None,
        ..context()
    };
    let fixture = Fixture::open("twilio-voice", "incoming-sip-number.txt");
    let read = fixture.read_in(&elsewhere).unwrap();
    assert_eq!(
        customer(&read.events[0]),
        Some("sip:4155550123@pbx.example.com"),
        "no country is guessed"
    );
}

#[test]
fn complaint_3_forms_that_reach_one_telephone_are_one_customer() {
    let brazil = event("twilio-voice", "brazil.txt");
    assert_eq!(customer(&brazil), Some("tel:+5511999990123"));
    let older = changed(
        "twilio-voice",
        "brazil.txt",
        "%2B551199990123",
        "%2B5511999990123",
    );
    assert_eq!(customer(&older[0]), customer(&brazil));
    for (source, file, from, to) in [
        (
            "vonage",
            "inbound-mexico.json",
            "5215512340123",
            "525512340123",
        ),
        (
            "plivo",
            "inbound-start-argentina.txt",
            "5491123450123",
            "541123450123",
        ),
        (
            "twilio-conversations",
            "message-whatsapp.txt",
            "551199990123",
            "5511999990123",
        ),
    ] {
        let one = event(source, file);
        let other = changed(source, file, from, to);
        assert!(one.customer.is_some(), "{file}");
        assert_eq!(customer(&one), customer(&other[0]), "{file}");
    }
}

#[test]
fn complaint_4_the_address_is_kept_as_it_was_written() {
    let raw = |event: Event| event.customer.unwrap().raw.expose().to_owned();
    assert_eq!(raw(event("twilio-voice", "brazil.txt")), "+551199990123");
    let whatsapp = event("twilio-conversations", "message-whatsapp.txt");
    assert_eq!(raw(whatsapp), "whatsapp:+551199990123");
    let messenger = event("twilio-conversations", "message-messenger.txt");
    assert_eq!(raw(messenger), "messenger:2480000000000001");
    assert_eq!(
        raw(event("plivo", "inbound-start-argentina.txt")),
        "5491123450123"
    );
}

#[test]
fn a_message_is_its_writers() {
    let author = |file: &str| {
        let Fact::Message(message) = event("twilio-conversations", file).fact else {
            panic!("{file}")
        };
        (
            format!("{:?}", message.author),
            message.name.map(|name| name.expose().to_owned()),
        )
    };
    let nobody = |kind: &str| (kind.to_owned(), None);
    assert_eq!(author("message-sms.txt"), nobody("Customer"));
    assert_eq!(author("message-visitor.txt"), nobody("Customer"));
    assert_eq!(author("message-api-system.txt"), nobody("System"));
    assert_eq!(author("message-api-flow.txt"), nobody("System"));
    assert_eq!(author("message-api-own-number.txt"), nobody("Agent"));
    let named = ("Agent".to_owned(), Some("bo.sample".to_owned()));
    assert_eq!(author("message-agent.txt"), named);
}
