//! The sources that there are: each fixture, signed as its provider signs, goes through the webhook and reads as it does
//! without it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use signatures::{Algorithm, KeyForm, Part, Place, Scheme, Signed};
use sources::{Context, Reading, Rejection, Source, Webhook};

use crate::desk::{Call, Desk, NOW, in_base64, sample};

/// How many sources come over HTTPS at least. The test would prove nothing if it found none.
const LEAST_SOURCES: usize = 20;
/// The same of their deliveries.
const LEAST_FIXTURES: usize = 300;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Sources that come over HTTPS, with the queue that takes them.
fn sources_of_webhooks()
-> BTreeMap<&'static str, (&'static str, &'static dyn Source, &'static Webhook)> {
    let all = sources::ALL.iter().flat_map(|(_, sources)| sources.iter());
    all.filter_map(|source| {
        let (queue, source) = sources::find(source.name())?;
        Some((source.name(), (queue, source, source.about().webhook?)))
    })
    .collect()
}

/// What the provider signs with, and what the configuration holds: the same, unless it is a pair of keys.
fn keys(scheme: &Scheme) -> (String, String) {
    let pair = |name: &str| {
        let folder = root().join("shared/signatures/tests/keys");
        let read = |end: &str| std::fs::read_to_string(folder.join(format!("{name}.{end}")));
        (read("pem").unwrap(), read("pub").unwrap())
    };
    let shared = |text: &str| (text.to_owned(), text.to_owned());
    match scheme {
        Scheme::Signed(signed) => match (signed.algorithm, signed.key) {
            (Algorithm::RsaSha256, _) => pair("rsa"),
            (Algorithm::EcdsaP256, _) => pair("ecdsa"),
            (Algorithm::Ed25519, KeyForm::Base64After(prefix)) => {
                let (private, public) = pair("ed25519");
                let inside: String = public
                    .lines()
                    .filter(|line| !line.contains("-----"))
                    .collect();
                let der = STANDARD.decode(inside).unwrap();
                // The raw key stands last, after its description.
                let raw = STANDARD.encode(der.last_chunk::<32>().unwrap());
                (private, format!("{prefix}{raw}"))
            }
            (Algorithm::Ed25519, _) => pair("ed25519"),
            (Algorithm::HmacSha1 | Algorithm::HmacSha256, KeyForm::Base64After(prefix)) => {
                shared(&format!("{prefix}c2FtcGxlIHNlY3JldCBvZiB0aGUgdGVzdHM="))
            }
            (Algorithm::HmacSha1 | Algorithm::HmacSha256, KeyForm::Text | KeyForm::PublicKey) => {
                shared("a secret of the tests")
            }
        },
        Scheme::Twilio | Scheme::JwtOfBody | Scheme::Shown(_) => shared("a secret of the tests"),
    }
}

fn covers_the_body(scheme: &Scheme) -> bool {
    match scheme {
        Scheme::Signed(signed) => signed
            .message
            .iter()
            .any(|part| matches!(part, Part::Body | Part::UrlAndForm)),
        Scheme::Twilio | Scheme::JwtOfBody => true,
        Scheme::Shown(_) => false,
    }
}

/// When a delivery is signed: at the time that stands in its body where the scheme has it there, else now.
fn signing_time(scheme: &Scheme, call: &mut Call) -> i64 {
    let Scheme::Signed(Signed {
        stamp: Some(stamp), ..
    }) = scheme
    else {
        return NOW;
    };
    match stamp.place {
        Place::Header(name) | Place::Pair { header: name, .. } | Place::Numbered(name) => {
            call.headers.remove(name);
            NOW
        }
        Place::Body(path) => {
            let text = String::from_utf8_lossy(&call.body).into_owned();
            let (_, rest) = text.split_once(path.last().unwrap()).unwrap_or_default();
            let digits = rest.trim_start_matches(|c: char| !c.is_ascii_digit());
            let digits = digits.split(|c: char| !c.is_ascii_digit()).next().unwrap();
            digits.parse().unwrap_or(NOW)
        }
    }
}

/// A delivery with the first proof of its provider's that can be made of it.
fn signed(webhook: &'static Webhook, call: &Call, desk: &Desk) -> Option<(&'static Scheme, Call)> {
    webhook.proof.iter().find_map(|scheme| {
        let mut call = call.clone();
        let now = signing_time(scheme, &mut call);
        desk.set_clock(now);
        let call = call.try_signed_by(scheme, &keys(scheme).0, now).ok()?;
        Some((scheme, call))
    })
}

/// A source's deliveries, bad ones too, each with its name and the headers that came with it.
fn fixtures(source: &str) -> Vec<(String, Vec<u8>, BTreeMap<String, String>)> {
    let folder = root().join("shared/sources/fixtures").join(source);
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| {
            path.extension()
                .is_some_and(|end| end == "json" || end == "txt")
        })
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let headers = std::fs::read(path.with_extension("headers"));
            let headers = headers.map_or_else(
                |_| BTreeMap::new(),
                |text| serde_json::from_slice(&text).unwrap(),
            );
            (name, std::fs::read(path).unwrap(), headers)
        })
        .collect()
}

/// The events of a record, and what else it says, without their order.
fn said(readings: Vec<Reading>) -> (Vec<String>, Vec<String>, usize) {
    let mut events = Vec::new();
    let mut ignored = Vec::new();
    let mut rejections = 0;
    for reading in readings {
        events.extend(reading.events.iter().map(|event| format!("{event:?}")));
        ignored.extend(reading.ignored);
        rejections += reading.rejections.len();
    }
    events.sort();
    ignored.sort();
    (events, ignored, rejections)
}

fn read(
    queue: &str,
    body: &str,
    attributes: &BTreeMap<String, String>,
) -> Result<Reading, Rejection> {
    let (_, sources) = sources::ALL
        .iter()
        .find(|(name, _)| *name == queue)
        .unwrap();
    let context = Context {
        received_at: "2026-03-02T09:00:00Z".parse().unwrap(),
        region: Some("US".parse().unwrap()),
    };
    sources::read(sources, body, attributes, &context)
}

#[tokio::test]
async fn each_fixture_reads_through_the_webhook_as_it_does_without() {
    let known = sources_of_webhooks();
    let secrets: Map<String, Value> = known
        .iter()
        .map(|(name, (_, _, webhook))| {
            let secrets = webhook.proof.iter().map(|scheme| keys(scheme).1);
            ((*name).to_owned(), json!(secrets.collect::<Vec<_>>()))
        })
        .collect();
    let desk = Desk::of(&Value::Object(secrets), sources::find).await;
    let (mut read_sources, mut signed_fixtures) = (0, 0);
    for (name, (queue, _, webhook)) in known {
        let fixtures = fixtures(name);
        read_sources += usize::from(!fixtures.is_empty());
        for (case, body, headers) in fixtures {
            let case = format!("{name}/{case}");
            let mut call = Call::post(name, body);
            call.headers.extend(headers);
            // What no scheme can sign comes in another way, or is bad.
            let Some((scheme, call)) = signed(webhook, &call, &desk) else {
                continue;
            };
            signed_fixtures += 1;
            let answer = desk.send(&call).await;
            // A time that is none proves nothing where it is a part of the signature.
            if answer.status == 401 && case.contains("/bad-") {
                continue;
            }
            assert!(matches!(answer.status, 200 | 202), "{case}: {answer:?}");
            let queued = desk.queued(queue).await;
            let through = queued.iter().map(|queued| {
                let mut all = Reading::default();
                all.and(read(queue, &queued.body, &queued.attributes));
                all
            });
            let through = said(through.collect());
            let kept = webhook.headers.iter().filter_map(|name| {
                let value = call.headers.get(*name)?;
                Some(((*name).to_owned(), value.clone()))
            });
            let kept = serde_json::to_string(&kept.collect::<BTreeMap<_, _>>()).unwrap();
            let attributes = [("source", name), ("headers", &kept)];
            let attributes = attributes.map(|(name, value)| (name.to_owned(), value.to_owned()));
            let whole = String::from_utf8(call.body.clone()).unwrap();
            let without = read(queue, &whole, &BTreeMap::from(attributes));
            match without {
                Ok(without) => {
                    assert_eq!(through, said(vec![without]), "{case}");
                }
                Err(_) => assert!(case.contains("/bad-"), "{case}"),
            }
            if covers_the_body(scheme) {
                let mut changed = call;
                if let Some(last) = changed.body.last_mut() {
                    *last ^= 1;
                }
                let answer = desk.send(&changed).await;
                assert_eq!(answer.status, 401, "{case} with one bit changed");
            }
        }
    }
    assert!(read_sources >= LEAST_SOURCES, "{read_sources}");
    assert!(signed_fixtures >= LEAST_FIXTURES, "{signed_fixtures}");
}

/// Whatever a header says that no signature covers, the queue does not hear it.
#[tokio::test]
async fn no_header_is_forwarded_that_somebody_else_could_have_written() {
    let mut tried = 0;
    for (name, (queue, _, webhook)) in sources_of_webhooks() {
        for scheme in webhook.proof {
            if matches!(scheme, Scheme::Shown(_)) || webhook.headers.is_empty() {
                continue;
            }
            let (signing, holding) = keys(scheme);
            let desk = Desk::of(&json!({ name: holding }), sources::find).await;
            let signed = Call::post(name, "{}").signed_by(scheme, &signing, NOW);
            assert_eq!(desk.send(&signed).await.status / 100, 2, "{name}");
            for header in webhook.headers {
                tried += 1;
                let forged = signed.clone().header(header, "forged");
                let status = desk.send(&forged).await.status;
                let queued = format!("{:?}", desk.queued(queue).await);
                assert!(!queued.contains("forged"), "{name}: {header}, {status}");
            }
        }
    }
    assert!(tried >= 6, "{tried}");
}

#[tokio::test]
async fn the_samples_are_what_api_gateway_hands_in() {
    let secrets = json!({
        "stripe": "whsec_sample_of_stripe",
        "twilio-voice": "sample-auth-token",
        "whatsapp": {"secrets": "sample-secret", "verify_token": "sample-token"}
    });
    let desk = Desk::of(&secrets, sources::find).await;
    for (name, queue) in [
        ("stripe", "journey-events"),
        ("twilio-voice", "call-events"),
    ] {
        let event = sample(name);
        let answer = desk.handle(event.clone()).await;
        assert!(matches!(answer.status, 200 | 202), "{name}: {answer:?}");
        let queued = desk.queued(queue).await;
        assert_eq!(queued.len(), 1);
        let changed = queued[0].body.replacen('1', "2", 1);
        let answer = desk.handle(in_base64(event, changed.as_bytes())).await;
        assert_eq!(answer.status, 401, "{name} with one byte changed");
    }
    let answer = desk.handle(sample("whatsapp-handshake")).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "1158201444"));
}
