//! What sources say of who a customer is beside the address: claims, each with its basis, and traits.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sources::ALL;
use timeline::{Basis, Event, Fact, MAX_NAMED, MAX_TRAIT_BYTES, Strength};

use super::fixtures::{Fixture, context, read};

/// Sources of which nothing beside the address is more than what somebody typed, wrote or quoted.
const NEVER_VERIFIED: [&str; 11] = [
    "widget",
    "crisp",
    "tawk",
    "intercom",
    "segment",
    "typeform",
    "docusign",
    "ses",
    "mailgun",
    "postmark",
    "sendgrid-inbound",
];

fn names() -> BTreeSet<&'static str> {
    let sources = ALL.iter().flat_map(|(_, sources)| sources.iter());
    sources.map(|source| source.name()).collect()
}

fn events(source: &'static str, file: &str) -> Vec<Event> {
    read(&Fixture::open(source, file)).unwrap().events
}

/// The fixture with something else in it.
fn changed(source: &'static str, file: &str, change: impl Fn(&mut Value)) -> Event {
    let fixture = Fixture::open(source, file);
    let mut body: Value = serde_json::from_str(&fixture.body).unwrap();
    change(&mut body);
    let reading = read(&fixture.with_body(body.to_string())).unwrap();
    reading.events.into_iter().next().unwrap()
}

fn customer(event: &Event) -> &str {
    event.customer.as_ref().unwrap().uri.expose()
}

fn claims(event: &Event) -> Vec<(Basis, &str)> {
    let claims = event.claims.iter();
    claims
        .map(|claim| (claim.basis, claim.identity.uri.expose()))
        .collect()
}

fn traits(event: &Event) -> Vec<(&str, &str)> {
    let traits = event.traits.iter();
    traits
        .map(|(name, value)| (name.as_str(), value.expose()))
        .collect()
}

#[test]
fn what_is_claimed_is_of_a_customer_who_is_named_and_is_bounded() {
    let (mut claimed, mut described) = (0, 0);
    for source in names() {
        for fixture in Fixture::all(source) {
            let at = format!("{source}/{}", fixture.name);
            let Ok(reading) = read(&fixture) else {
                continue;
            };
            for event in &reading.events {
                claimed += event.claims.len();
                described += event.traits.len();
                let Some(customer) = &event.customer else {
                    assert_eq!((event.claims.len(), event.traits.len()), (0, 0), "{at}");
                    continue;
                };
                let other: BTreeSet<_> = event.claims.iter().map(|c| &c.identity.uri).collect();
                assert!(!other.contains(&customer.uri), "{at} claims the customer");
                assert_eq!(other.len(), event.claims.len(), "{at} claims one twice");
                assert!(event.claims.len() <= MAX_NAMED, "{at}");
                for (name, value) in traits(event) {
                    assert!(!value.trim().is_empty(), "{at}: {name}");
                    assert!(
                        value.len() <= MAX_TRAIT_BYTES && !value.contains('\n'),
                        "{at}: {name}"
                    );
                }
                if NEVER_VERIFIED.contains(&source) {
                    let mut strengths = event.claims.iter().map(|claim| claim.basis.strength());
                    assert!(!strengths.any(|of| of == Strength::Verified), "{at}");
                }
            }
        }
    }
    assert!(claimed > 100 && described > 20, "{claimed}, {described}");
}

#[test]
fn a_mail_that_is_not_trusted_claims_nothing() {
    let mut untrusted = 0;
    for source in names() {
        for fixture in Fixture::all(source) {
            let events = read(&fixture).map(|reading| reading.events);
            for event in events.unwrap_or_default() {
                if let Fact::Mail(mail) = &event.fact
                    && !mail.distrust.is_empty()
                {
                    untrusted += 1;
                    assert_eq!(event.claims, [], "{source}/{}", fixture.name);
                }
            }
        }
    }
    assert!(untrusted > 5, "{untrusted}");
}

#[test]
fn complaint_20_who_types_anothers_address_into_a_widget_stays_a_visitor() {
    let typed = [
        ("widget", "identify.json", "visitor:shop/"),
        ("segment", "identify.json", "visitor:segment/"),
        ("crisp", "session-email.json", "visitor:crisp/"),
        ("tawk", "chat-start.json", "visitor:tawk/"),
        (
            "chatwoot",
            "message-form-submitted.json",
            "visitor:chatwoot/",
        ),
        (
            "chatwoot",
            "message-email-submitted.json",
            "visitor:chatwoot/",
        ),
    ];
    for (source, file, visitor) in typed {
        for event in events(source, file) {
            assert!(customer(&event).starts_with(visitor), "{source}/{file}");
            let strengths: Vec<_> = event.claims.iter().map(|c| c.basis.strength()).collect();
            assert!(!strengths.is_empty(), "{source}/{file}");
            assert!(
                strengths.iter().all(|of| *of == Strength::Unverified),
                "{source}/{file}"
            );
        }
    }
}

const VISITOR: &str = "visitor:chatwoot/0b6c1f2e-5b1d-4a52-9a57-0d1f6d1c7a10";

/// The fixture of a visitor whose identifier is signed, without some fields of the contact's record.
fn signed_in_without(fields: &[&str], is_signed: bool) -> Event {
    changed("chatwoot", "message-signed-in.json", |message| {
        for of in ["/sender", "/conversation/meta/sender"] {
            for field in fields {
                message.pointer_mut(of).unwrap()[*field] = Value::Null;
            }
        }
        message["conversation"]["contact_inbox"]["hmac_verified"] = json!(is_signed);
    })
}

#[test]
fn complaint_20_a_signed_identifier_proves_nothing_of_a_typed_number_or_address() {
    for (without, of) in [
        (&[][..], "tel:+14155550188"),
        (&["phone_number"][..], "mailto:bo.sample@example.com"),
    ] {
        let event = signed_in_without(without, true);
        assert_eq!(customer(&event), of);
        let claims = claims(&event);
        for identity in [
            "crm:chatwoot/ada@example.com",
            "mailto:ada@example.com",
            VISITOR,
        ] {
            assert!(claims.contains(&(Basis::Typed, identity)), "{identity}");
        }
        assert!(claims.iter().all(|(basis, _)| *basis == Basis::Typed));
        assert_eq!(
            traits(&event),
            [("company", "Example Ltd"), ("language", "de")]
        );
    }
}

#[test]
fn complaint_20_with_identity_validation_the_identifier_and_its_visitor_are_signed_in() {
    let addresses = ["phone_number", "email"];
    let event = signed_in_without(&addresses, true);
    assert_eq!(customer(&event), "crm:chatwoot/ada@example.com");
    assert_eq!(
        claims(&event),
        [
            (Basis::SignedIn, "mailto:ada@example.com"),
            (Basis::SignedIn, VISITOR),
        ]
    );
    let unsigned = signed_in_without(&addresses, false);
    assert_eq!(claims(&unsigned), [(Basis::Typed, VISITOR)]);
}

#[test]
fn a_form_claims_what_looks_like_an_address_and_no_number_of_an_order() {
    let event = &events("chatwoot", "message-form-submitted.json")[0];
    assert_eq!(
        claims(event),
        [
            (Basis::Typed, "mailto:eve@example.net"),
            (Basis::Typed, "tel:+14155550177"),
        ]
    );
}

#[test]
fn complaint_20_what_a_contacts_record_holds_beside_the_customer_is_typed() {
    let event = &events("chatwoot", "message-email-inbox.json")[0];
    assert_eq!(customer(event), "tel:+14155550123");
    assert_eq!(
        claims(event),
        [(Basis::Typed, "mailto:ada.example@example.com")]
    );
    let whatsapp = &events("chatwoot", "message-whatsapp.json")[0];
    assert_eq!(customer(whatsapp), "tel:+14155550124");
    assert!(claims(whatsapp).contains(&(Basis::Messenger, "whatsapp:+14155550124")));
    let other = changed("chatwoot", "message-whatsapp.json", |message| {
        message["conversation"]["contact_inbox"]["source_id"] = json!("14155550177");
    });
    assert_eq!(customer(&other), "tel:+14155550124");
    let strengths = other.claims.iter().map(|claim| claim.basis.strength());
    assert!(strengths.into_iter().all(|of| of == Strength::Unverified));
    assert!(claims(&other).contains(&(Basis::Typed, "tel:+14155550177")));
}

#[test]
fn a_messengers_account_is_its_number() {
    for (source, file) in [
        ("whatsapp", "message-text.json"),
        ("twilio-conversations", "message-whatsapp.txt"),
        ("genesys", "customer-start-message-whatsapp.json"),
    ] {
        for event in events(source, file) {
            let number = customer(&event)
                .strip_prefix("whatsapp:")
                .unwrap()
                .to_owned();
            let claimed = format!("tel:{number}");
            assert!(
                claims(&event).contains(&(Basis::Messenger, claimed.as_str())),
                "{source}"
            );
        }
    }
    assert_eq!(
        claims(&events("whatsapp", "message-text.json")[0])[0].0,
        Basis::Messenger
    );
}

#[test]
fn a_contact_records_attributes_claim_by_the_names_that_the_page_tells() {
    let event = &events("amazon-connect", "record-claims.json")[0];
    assert_eq!(customer(event), "tel:+14155550142");
    assert_eq!(
        claims(event),
        [
            (Basis::Record, "crm:amazon-connect/profile-77"),
            (Basis::Record, "crm:customer/4711"),
            (Basis::Record, "crm:sap/4711"),
            (Basis::Typed, "crm:customer/9999"),
            (Basis::Typed, "mailto:ada@example.com"),
            (Basis::Typed, "tel:+14155550123"),
            (Basis::Reference, "crm:ticket/12345"),
            (Basis::Reference, "crm:order/2026-0042"),
        ]
    );
    assert_eq!(
        traits(event),
        [
            ("company", "Example Ltd"),
            ("language", "de"),
            ("time_zone", "Europe/Berlin")
        ]
    );
}

#[test]
fn complaint_20_an_id_that_stands_for_nobody_is_no_record() {
    let own = format!("cus_{}", "a2".repeat(13));
    for nobody in [
        "unknown",
        "NULL",
        "None",
        "undefined",
        "n/a",
        "NA",
        "nil",
        "empty",
        "",
        " ",
        "0",
        "0000",
        "-",
        "Anonymous",
        "guest",
        "test",
        "default",
        &own,
    ] {
        let event = changed("amazon-connect", "record-claims.json", |record| {
            record["CustomerId"] = json!(nobody);
            record["Attributes"] = json!({
                "customerId": nobody,
                "customer_id": format!("crm:sap/{nobody}"),
                "claimedCustomerId": nobody,
                "ticket": nobody,
            });
        });
        assert_eq!(customer(&event), "tel:+14155550142");
        assert_eq!(claims(&event), [], "{nobody}");
        assert_eq!(event.participants, [], "{nobody}");
    }
}

#[test]
fn complaint_20_a_leg_to_somebody_else_claims_nothing_of_the_customer() {
    for (method, endpoint) in [
        ("EXTERNAL_OUTBOUND", "TELEPHONE_NUMBER"),
        ("monitor", "TELEPHONE_NUMBER"),
        ("OUTBOUND", "VOIP"),
    ] {
        let event = changed("amazon-connect", "record-claims.json", |record| {
            record["InitiationMethod"] = json!(method);
            record["CustomerEndpoint"]["Type"] = json!(endpoint);
        });
        assert!(event.customer.is_some(), "{method}");
        assert_eq!(claims(&event), [], "{method}");
        assert_eq!(traits(&event), [], "{method}");
    }
    let outbound = changed("amazon-connect", "record-claims.json", |record| {
        record["InitiationMethod"] = json!("OUTBOUND");
    });
    assert!(claims(&outbound).contains(&(Basis::Record, "crm:customer/4711")));
}

#[test]
fn what_people_quote_leads_to_whom_it_is_of() {
    let leads = [
        ("zendesk", "ticket-created.json", "crm:ticket/"),
        ("tawk", "ticket-create.json", "crm:ticket/1017"),
        (
            "stripe",
            "invoice-of-order.json",
            "crm:invoice/8A1C2D3E-0001",
        ),
        ("stripe", "invoice-of-order.json", "crm:order/2026-0042"),
        ("stripe", "quote-accepted.json", "crm:quote/"),
    ];
    for (source, file, number) in leads {
        let event = &events(source, file)[0];
        let mut claims = claims(event).into_iter();
        assert!(
            claims.any(|(basis, uri)| basis == Basis::Reference && uri.starts_with(number)),
            "{source}/{file}: {:?}",
            event.claims
        );
    }
}

#[test]
fn complaint_20_a_payer_types_and_an_invoice_is_of_a_record() {
    let invoice = &events("stripe", "invoice-paid.json")[0];
    assert_eq!(customer(invoice).split(':').next(), Some("mailto"));
    let record = invoice.claims.iter().find(|c| c.basis == Basis::Record);
    assert!(record.is_some(), "{:?}", invoice.claims);
    assert_eq!(traits(invoice)[0].0, "address");
    for file in ["charge-succeeded.json", "payment-intent-succeeded.json"] {
        let payment = &events("stripe", file)[0];
        assert!(customer(payment).starts_with("crm:stripe/"), "{file}");
        let mut strengths = payment.claims.iter().map(|claim| claim.basis.strength());
        assert!(strengths.all(|of| of != Strength::Verified), "{file}");
    }
}

#[test]
fn a_mail_claims_the_number_under_it_and_the_ticket_in_its_subject() {
    let mail = &events("ses", "signature.json")[0];
    assert_eq!(
        claims(mail),
        [
            (Basis::Thread, "crm:ticket/12345"),
            (Basis::Signature, "tel:+14155550123"),
            (Basis::Signature, "tel:+493023125123"),
        ]
    );
    let other = &events("postmark", "inbound-signature.json")[0];
    assert_eq!(
        claims(other),
        [
            (Basis::Thread, "crm:ticket/2041"),
            (Basis::Signature, "tel:+493023125123"),
        ]
    );
    for file in ["signature-quoted.json", "signature-spam.json"] {
        assert_eq!(claims(&events("ses", file)[0]), [], "{file}");
    }
}

#[test]
fn traits_are_taken_where_a_source_states_them() {
    let identify = &events("segment", "identify-traits.json")[0];
    assert_eq!(
        traits(identify),
        [
            ("address", "1 Example St, 94601, Oakland, US"),
            ("company", "Example Ltd"),
            ("language", "de"),
            ("time_zone", "America/Los_Angeles"),
        ]
    );
    let contact = &events("intercom", "user-created-whole.json")[0];
    assert_eq!(
        traits(contact),
        [
            ("company", "Example Ltd"),
            ("language", "de"),
            ("time_zone", "Europe/Berlin")
        ]
    );
    let address = &events("crisp", "session-address.json")[0];
    assert_eq!(traits(address), [("address", "1 Sample Street")]);
}

/// Segment's userId cannot be told from one that somebody made up: the key that a page calls with is public.
#[test]
fn complaint_20_an_identify_call_of_a_page_is_never_more_than_typed() {
    let event = changed("segment", "identify.json", |call| {
        call["context"]["library"] = json!({"name": "analytics-node", "version": "2.0.0"});
        call["channel"] = json!("server");
    });
    assert!(customer(&event).starts_with("visitor:segment/"));
    assert_eq!(
        claims(&event),
        [
            (Basis::Typed, "crm:segment/user-97980cfea0001"),
            (Basis::Typed, "mailto:ada@example.com"),
            (Basis::Typed, "tel:+14155550123"),
        ]
    );
}

/// A claim that cannot be read costs itself and never the event.
#[test]
fn a_claim_that_cannot_be_read_is_passed_over() {
    let event = changed("amazon-connect", "record-claims.json", |record| {
        record["CustomerId"] = json!("two words");
        record["Attributes"] = json!({
            "customerId": "mailto:ada@example.com",
            "email": ["a"],
            "phone": "1".repeat(5000),
            "order": "\u{7}",
            "language": "klingon?",
            "ticket": null,
        });
    });
    assert_eq!(claims(&event), []);
    assert_eq!(traits(&event), []);
    let region = sources::Context {
        region: None,
        ..context()
    };
    let national = Fixture::open("amazon-connect", "record-claims.json");
    let events = national.read_in(&region).unwrap().events;
    assert!(!claims(&events[0]).contains(&(Basis::Typed, "tel:+14155550123")));
}
