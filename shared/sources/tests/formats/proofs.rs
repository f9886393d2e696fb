//! What is proven of a delivery, source by source.

use std::collections::BTreeMap;

use signatures::{Scheme, Secret, Unsigned, sign, verify};
use sources::{ALL, Webhook};

use crate::fixtures::{Fixture, context};

/// Headers that a scheme of their source does not sign, and why that does no harm.
const HARMLESS: [(&str, &str, &str); 2] = [
    (
        "standard-webhooks",
        "webhook-id",
        "Svix's headers sign svix-id in its place, and what the scheme that held has not signed is not forwarded",
    ),
    (
        "standard-webhooks",
        "svix-id",
        "the specification's headers sign webhook-id in its place, and the other is then not forwarded",
    ),
];

#[test]
fn each_header_that_a_parser_reads_is_signed() {
    let all = ALL.iter().flat_map(|(_, sources)| sources.iter());
    for source in all {
        let Some(webhook) = source.about().webhook else {
            continue;
        };
        for header in webhook.headers {
            let name = source.name();
            let vouches = |scheme: &&Scheme| scheme.vouches_for(header);
            assert!(
                webhook.proof.iter().any(|scheme| vouches(&scheme)),
                "{name}: no scheme signs {header}"
            );
            let is_harmless = HARMLESS
                .iter()
                .any(|(of, harmless, _)| *of == name && harmless == header);
            assert!(
                is_harmless || webhook.proof.iter().all(|scheme| vouches(&scheme)),
                "{name}: a scheme does not sign {header}"
            );
        }
    }
}

/// tawk.to signs the body alone, so that whoever has seen a delivery can send it again with other headers.
#[test]
fn a_delivery_of_tawk_is_one_event_whatever_its_headers_say() {
    let (queue, _) = sources::find("tawk").unwrap();
    let (_, sources) = ALL.iter().find(|(name, _)| *name == queue).unwrap();
    for name in ["chat-start", "chat-end", "ticket-create"] {
        let fixture = Fixture::open("tawk", &format!("{name}.json"));
        let mut attributes = fixture.attributes(Some("tawk"));
        let mut read = |header: &str| {
            attributes.insert("headers".to_owned(), header.to_owned());
            sources::read(sources, &fixture.body, &attributes, &context()).unwrap()
        };
        let events = read("{}").events;
        assert_eq!(events.len(), 1, "{name}");
        let again = read(r#"{"x-hook-event-id":"another"}"#).events;
        assert_eq!(again, events, "{name}");
    }
}

fn webhook(name: &str) -> &'static Webhook {
    let (_, source) = sources::find(name).unwrap();
    source.about().webhook.unwrap()
}

/// Sent by an account whose token is being replaced.
#[test]
fn plivo_may_send_several_signatures_of_which_one_holds() {
    for scheme in webhook("plivo").proof {
        let Scheme::Signed(signed) = scheme else {
            panic!("Plivo signs");
        };
        let signatures::Place::Header(header) = signed.signature else {
            panic!("in a header");
        };
        let headers = BTreeMap::from([(
            "x-plivo-signature-v3-nonce".to_owned(),
            "05429567804466091622".to_owned(),
        )]);
        let unsigned = Unsigned {
            url: "https://hooks.example.com/v1/webhooks/plivo",
            headers: &headers,
            body: b"CallUUID=1",
            now: 0,
        };
        let by = |token: &str| sign(scheme, &Secret::new(token), &unsigned).unwrap();
        let (old, new) = (by("the old token"), by("the new token"));
        for separator in [",", ", "] {
            let mut both = new.clone();
            let signatures = [&old, &new].map(|proof| proof.headers[header].as_str());
            let signatures = signatures.join(separator);
            both.headers.insert(header.to_owned(), signatures);
            for token in ["the old token", "the new token"] {
                let verdict = verify(
                    std::slice::from_ref(scheme),
                    &[Secret::new(token)],
                    &both.delivery(0),
                );
                assert!(verdict.is_ok(), "{header} {token}: {verdict:?}");
            }
            let stranger = [Secret::new("another")];
            assert!(verify(std::slice::from_ref(scheme), &stranger, &both.delivery(0)).is_err());
        }
    }
}

/// The others sign each try anew, or say nothing of retries: five minutes are the rule.
#[test]
fn only_mailgun_and_sendgrid_may_repeat_a_signature_for_hours() {
    let all = ALL.iter().flat_map(|(_, sources)| sources.iter());
    let mut repeated = BTreeMap::new();
    for source in all {
        let proof = source.about().webhook.map_or(&[][..], |way| way.proof);
        for scheme in proof {
            if let Scheme::Signed(signed) = scheme
                && let Some(stamp) = signed.stamp
                && stamp.repeated_for_s > 0
            {
                repeated.insert(source.name(), stamp.repeated_for_s);
            }
        }
    }
    let wanted = BTreeMap::from([("mailgun", 8 * 3600), ("sendgrid-events", 24 * 3600)]);
    assert_eq!(repeated, wanted);
}
