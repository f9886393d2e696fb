//! What is proven of a delivery, source by source.

use signatures::Scheme;
use sources::ALL;

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
