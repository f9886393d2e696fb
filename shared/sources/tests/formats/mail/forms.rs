//! Mails as forms: their charsets, their files, and what a mail may not write into the form that it comes in.

use std::collections::BTreeMap;

use base64::Engine;
use proptest::prelude::*;
use sources::{EMAILS, Reading, Rejection};

use super::{SOURCES, mail, text};
use crate::fixtures::{Fixture, context};

/// Reads a body whose bytes are none of UTF-8, as the webhook hands it on.
fn read_bytes(source: &str, body: &[u8]) -> Result<Reading, Rejection> {
    let encoded = base64::engine::general_purpose::STANDARD.encode(body);
    let attributes = BTreeMap::from([
        ("source".to_owned(), source.to_owned()),
        ("encoding".to_owned(), "base64".to_owned()),
    ]);
    sources::read(EMAILS, &encoded, &attributes, &context())
}

/// The form of a fixture with some of its bytes in the place of others.
fn with(fixture: &Fixture, replaced: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = fixture.body.clone().into_bytes();
    for (old, new) in replaced {
        let at = fixture.body.find(old).unwrap();
        let rest = body.len() - (fixture.body.len() - at);
        body.splice(rest..rest + old.len(), new.iter().copied());
    }
    body
}

#[test]
fn each_field_of_sendgrids_form_is_read_in_its_own_charset() {
    let fixture = Fixture::open("sendgrid-inbound", "attachments.txt");
    let body = with(
        &fixture,
        &[
            ("has not arrived.\r\nAda", b"f\xfcr B\xf6rse\r\nAda"),
            ("\"text\":\"UTF-8\"", b"\"text\":\"iso-8859-1\""),
            ("not really a picture", b"\x89PNG\r\n\x1a\n\xff\xfe"),
        ],
    );
    let read = read_bytes("sendgrid-inbound", &body).unwrap();
    let event = &read.events[0];
    assert_eq!(text(event), "Good morning,\nmy order 1001 für Börse\nAda");
    let files: Vec<_> = mail(event)
        .attachments
        .iter()
        .map(|file| (file.name.expose(), file.bytes))
        .collect();
    assert_eq!(
        files,
        [("receipt.pdf", Some(26)), ("photo é.png", Some(10))]
    );
}

#[test]
fn charsets_of_old_machines_are_read() {
    let part = |name: &str, value: &[u8]| {
        let mut part =
            format!("--xYzZY\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n")
                .into_bytes();
        part.extend_from_slice(value);
        part.extend_from_slice(b"\r\n");
        part
    };
    let body = [
        part(
            "headers",
            b"Date: Mon, 02 Mar 2026 09:15:00 UTC\nFrom: =?utf-8?q?Op=C3=A9rateur?= <ada@example.com>\n\
              Subject: =?cp850?q?Pidi=A2?=\n",
        ),
        part("subject", b"Pidi\xa2"),
        part("to", "Récipiendaire <help@parse.shop.example.org>".as_bytes()),
        part("html", b"<p>\xbfAs\xed?</p>"),
        part("from", "Opérateur <ada@example.com>".as_bytes()),
        part(
            "charsets",
            br#"{"to":"UTF-8","html":"iso-8859-1","subject":"cp850","from":"UTF-8"}"#,
        ),
        b"--xYzZY--\r\n".to_vec(),
    ]
    .concat();
    let read = read_bytes("sendgrid-inbound", &body).unwrap();
    let event = &read.events[0];
    assert_eq!(mail(event).subject.as_ref().unwrap().expose(), "Pidió");
    assert_eq!(text(event), "¿Así?");
    let name = event.customer_name.as_ref().unwrap();
    assert_eq!(name.expose(), "Opérateur");
    let at = "2026-03-02T09:15:00Z".parse().unwrap();
    assert_eq!(event.occurred_at, Some(at));
}

#[test]
fn a_whole_mail_is_read_in_the_charsets_of_its_parts() {
    let fixture = Fixture::open("sendgrid-inbound", "raw.txt");
    let body = with(
        &fixture,
        &[
            ("charset=utf-8", b"charset=iso-8859-1"),
            ("quoted-printable", b"8bit"),
            ("Gr=C3=B6=C3=9Fe 38", b"Gr\xf6\xdfe 38"),
        ],
    );
    let read = read_bytes("sendgrid-inbound", &body).unwrap();
    assert_eq!(text(&read.events[0]), "Ist die Größe 38 da?");
}

#[test]
fn mailguns_fields_are_unicode_whatever_files_come_along() {
    let fixture = Fixture::open("mailgun", "route-multipart.txt");
    let body = with(
        &fixture,
        &[
            ("has not arrived.\r\nAda", "für Börse\r\nAda".as_bytes()),
            ("not really a picture", b"\x89PNG\r\n\x1a\n\xff\xfe"),
        ],
    );
    let read = read_bytes("mailgun", &body).unwrap();
    let event = &read.events[0];
    assert_eq!(text(event), "Good morning,\nmy order 1001 für Börse\nAda");
    assert_eq!(mail(event).attachments[1].bytes, Some(10));
}

#[test]
fn a_mail_cannot_write_fields_of_the_form_that_it_comes_in() {
    let fixture = Fixture::open("sendgrid-inbound", "spf-fail-dkim-of-another.txt");
    for name in ["SPF", "from", "headers", "email"] {
        let forged = format!(
            "has not arrived.\r\n--xYzZY\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\npass\r\n--xYzZY--\r\n"
        );
        let body = fixture.body.replace("has not arrived.\r\n", &forged);
        let read = sources::read(EMAILS, &body, &fixture.attributes(None), &context());
        let problem = if name == "email" {
            "stands beside `headers`"
        } else {
            "stands there twice"
        };
        let expected = format!("the field `{name}` {problem}");
        assert_eq!(read.unwrap_err().to_string(), expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Bodies that are no UTF-8 take a way of their own through the forms.
    #[test]
    fn no_bytes_in_a_delivery_panic(
        nth_source in 0..SOURCES.len(),
        nth_fixture in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        bytes in prop::collection::vec(any::<u8>(), 0..8),
        cut in any::<bool>(),
    ) {
        let source = SOURCES[nth_source];
        let fixtures = Fixture::all(source);
        let fixture = &fixtures[nth_fixture.index(fixtures.len())];
        let mut body = fixture.body.clone().into_bytes();
        let place = at.index(body.len());
        if cut {
            body.truncate(place);
        }
        let end = body.len().min(place + 1);
        body.splice(place..end, bytes);
        let _ = read_bytes(source, &body);
    }
}

#[test]
fn the_same_message_id_on_another_day_is_another_mail() {
    let fixture = Fixture::open("sendgrid-inbound", "parsed.txt");
    let body = fixture.body.replace("Mon, 02 Mar 2026", "Tue, 03 Mar 2026");
    let later = sources::read(EMAILS, &body, &fixture.attributes(None), &context()).unwrap();
    let first = crate::fixtures::read(&fixture).unwrap();
    let (first, later) = (&first.events[0], &later.events[0]);
    assert_eq!(first.interaction_id, later.interaction_id);
    assert_ne!(first.id, later.id);
}
