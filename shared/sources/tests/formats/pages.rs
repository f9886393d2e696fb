//! `docs/sources/`: a page for each source, made of what the code says of it and of what its fixtures become.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use signatures::{Algorithm, Encoding, Part, Place, Scheme, Shown, Signed};
use sources::{ALL, Answer, Batch, Handshake, Reading, Source, Webhook};

use crate::fixtures::Fixture;

const COMMAND: &str = "UPDATE_DOCS=1 cargo test -p sources --test formats";

/// Each source once, with its queue.
fn all() -> Vec<(&'static str, &'static dyn Source)> {
    let names: BTreeSet<&str> = ALL
        .iter()
        .flat_map(|(_, sources)| sources.iter().map(|source| source.name()))
        .collect();
    names.into_iter().filter_map(sources::find).collect()
}

#[test]
fn each_source_says_how_to_connect_it_and_shows_each_kind() {
    for (_, source) in all() {
        let (about, name) = (source.about(), source.name());
        let texts = [about.title, about.summary];
        assert!(texts.iter().all(|text| !text.is_empty()), "{name}");
        assert!(!about.setup.is_empty() && !about.kinds.is_empty(), "{name}");
        if let Some(webhook) = about.webhook {
            assert!(
                !webhook.proof.is_empty() && !webhook.retries.is_empty(),
                "{name}"
            );
            let lower = |header: &&str| **header == header.to_ascii_lowercase();
            assert!(webhook.headers.iter().all(lower), "{name}");
            assert!(
                about.setup.iter().any(|step| step.contains("{url}")),
                "{name}"
            );
        }
        for kind in about.kinds {
            let path = folder("shared/sources/fixtures")
                .join(name)
                .join(kind.fixture);
            assert!(path.is_file(), "{name}: {} is not there", kind.fixture);
        }
    }
}

#[test]
fn each_source_has_its_page_and_each_page_its_source() {
    let mut wanted = BTreeSet::from(["README.md".to_owned()]);
    compare_or_write("README.md", &overview());
    for (queue, source) in all() {
        let file = format!("{}.md", source.name());
        compare_or_write(&file, &page(queue, source));
        wanted.insert(file);
    }
    let there: BTreeSet<String> = fs::read_dir(folder("docs/sources"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(there, wanted);
}

fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

fn compare_or_write(file: &str, expected: &str) {
    let path = folder("docs/sources").join(file);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, expected).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == expected, "docs/sources/{file} is old: {COMMAND}");
}

fn overview() -> String {
    let mut page = String::from(
        "# Sources\n\n\
         Every system whose events are understood, made from the code and its fixtures. A system that is not here sends\n\
         [CloudEvents](../cloudevents.md). `cargo run -- sources` lists the same.\n\n\
         **Read** are kinds of events that become part of the timeline, **counted** those that are known and ignored by\n\
         name. **Fixtures** are deliveries that tests hold, good and bad.\n\n\
         | Source | System | Read | Counted | Fixtures | Queue | Proved by |\n|---|---|---|---|---|---|---|\n",
    );
    for (queue, source) in all() {
        let about = source.about();
        let proof = about.webhook.map_or_else(
            || "no webhook".to_owned(),
            |webhook| proofs(webhook).join("; or "),
        );
        let name = source.name();
        let is_read = |kind: &&sources::Kind| {
            let reading = Fixture::open(name, kind.fixture).read_in(&crate::fixtures::context());
            reading.is_ok_and(|reading| !reading.events.is_empty())
        };
        let read = about.kinds.iter().filter(is_read).count();
        let (bad, good): (Vec<_>, Vec<_>) = Fixture::all(name)
            .into_iter()
            .partition(|fixture| fixture.name.starts_with("bad-"));
        let (bad, good) = (bad.len(), good.len());
        writeln!(
            page,
            "| [{name}]({name}.md) | {} | {read} | {} | {good} + {bad} | `{queue}` | {proof} |",
            about.title,
            about.kinds.len() - read,
        )
        .unwrap();
    }
    page
}

fn page(queue: &str, source: &dyn Source) -> String {
    let (about, name) = (source.about(), source.name());
    let mut page = format!(
        "# {}\n\n<!-- Made from the code and the fixtures: {COMMAND} -->\n\n{}\n\n\
         Source `{name}`, queue `{queue}`.\n\n## Connect it\n\n",
        about.title, about.summary
    );
    for (number, step) in about.setup.iter().enumerate() {
        let step = step.replace("{url}", &format!("https://<your API>/v1/webhooks/{name}"));
        writeln!(page, "{}. {step}", number + 1).unwrap();
    }
    if let Some(webhook) = about.webhook {
        page.push_str(&delivery(webhook));
    }
    page.push_str(&try_it(source));
    page.push_str(
        "\n## What arrives, and what is kept\n\n\
         A row names the channel and the [fact](../cloudevents.md) that a delivery becomes, what sort of identity its customer\n\
         is known by, and what is kept of it.\n\n| It sends | It becomes |\n|---|---|\n",
    );
    for kind in about.kinds {
        let fixture = Fixture::open(name, kind.fixture);
        let becomes = becomes(&fixture);
        let link = format!("../../shared/sources/fixtures/{name}/{}", kind.fixture);
        writeln!(page, "| [`{}`]({link}) | {becomes} |", kind.name).unwrap();
    }
    page.push_str(
        "\nAnother kind is ignored by its name and counted; an unknown field never matters.\n",
    );
    let refused = refused(name);
    if !refused.is_empty() {
        page.push_str(
            "\n## What is refused\n\nIt waits in the quarantine queue with its reason:\n\n",
        );
        for reason in refused {
            writeln!(page, "- {reason}").unwrap();
        }
    }
    if !about.limits.is_empty() {
        page.push_str("\n## Limits\n\n");
        for limit in about.limits {
            writeln!(page, "- {limit}").unwrap();
        }
    }
    page
}

/// How to give its secret, and how to send a fixture to the local stack.
fn try_it(source: &dyn Source) -> String {
    let (name, about) = (source.name(), source.about());
    let Some(kind) = about.kinds.first() else {
        return String::new();
    };
    let fixture = format!("shared/sources/fixtures/{name}/{}", kind.fixture);
    let Some(webhook) = about.webhook else {
        let Some((queue, _)) = sources::find(name) else {
            return String::new();
        };
        return format!(
            "\n## Try it\n\n```\ncargo run -- send --queue {queue} --source {name} {fixture}\n```\n"
        );
    };
    let entry = match webhook.handshake {
        Handshake::HubChallenge => {
            format!("{{\"{name}\": {{\"secrets\": [\"…\"], \"verify_token\": \"…\"}}}}")
        }
        Handshake::None | Handshake::ValidationToken => format!("{{\"{name}\": \"…\"}}"),
    };
    format!(
        "\n## Its secret, and a try\n\nThe stack's secret `WebhookSecretsArn` holds the connections: `{entry}`; several secrets, an \
         account, an address of its own: [receive-webhook](../../functions/receive-webhook/README.md). The local stack has \
         a secret for it already:\n\n```\ncargo run -- send --source {name} {fixture}\n```\n"
    )
}

fn delivery(webhook: &Webhook) -> String {
    let mut text = String::from("\n## How a delivery is taken\n\n");
    for proof in proofs(webhook) {
        writeln!(text, "- Proved by {proof}.").unwrap();
    }
    let answer = match webhook.answer {
        Answer::Accepted => "202 once the queue has it",
        Answer::Ok => "200 once the queue has it",
        Answer::TwiMl => {
            "200 and an empty TwiML document, or one that redirects to the connection's `redirect`, once the queue has it"
        }
        Answer::Sipgate => {
            "200 once the queue has it; to a new call with XML that asks for its answer and hangup"
        }
    };
    writeln!(text, "- Answered with {answer}; 401 when the proof fails, 413 when it is too large, 503 when it should come again.").unwrap();
    match webhook.handshake {
        Handshake::None => {}
        Handshake::HubChallenge => text.push_str("- A GET with `hub.challenge` is answered when `hub.verify_token` is the connection's `verify_token`.\n"),
        Handshake::ValidationToken => text.push_str("- A POST with `validationToken` is answered with it.\n"),
    }
    match webhook.batch {
        Batch::Whole => {}
        Batch::List => text.push_str("- A list of events is taken apart.\n"),
        Batch::Nested { outer, inner } => {
            writeln!(text, "- `{outer}[].{inner}[]` are taken apart.").unwrap()
        }
        Batch::Within(list) => writeln!(text, "- `{list}[]` is taken apart.").unwrap(),
    }
    if !webhook.headers.is_empty() {
        let headers: Vec<_> = webhook
            .headers
            .iter()
            .map(|name| format!("`{name}`"))
            .collect();
        writeln!(text, "- Headers that are kept: {}.", headers.join(", ")).unwrap();
    }
    writeln!(text, "- {}", webhook.retries).unwrap();
    text
}

fn proofs(webhook: &Webhook) -> Vec<String> {
    webhook.proof.iter().map(proof).collect()
}

fn proof(scheme: &Scheme) -> String {
    match scheme {
        Scheme::Signed(signed) => signature(signed),
        Scheme::Twilio => {
            "`x-twilio-signature` (HMAC-SHA1 over the address and the form)".to_owned()
        }
        Scheme::JwtOfBody => {
            "a JSON Web Token in `authorization` with the body's SHA-256".to_owned()
        }
        Scheme::Shown(places) => {
            let places: Vec<_> = places
                .iter()
                .map(|place| match place {
                    Shown::Bearer => "`authorization: Bearer`".to_owned(),
                    Shown::Basic => "basic authentication".to_owned(),
                    Shown::Header(name) => format!("the header `{name}`"),
                    Shown::Query(name) => format!("the query's `{name}`"),
                    Shown::EachItem(list, field) => format!("`{list}[].{field}`"),
                })
                .collect();
            format!("the secret in {}", places.join(", or "))
        }
    }
}

fn signature(signed: &Signed) -> String {
    let algorithm = match signed.algorithm {
        Algorithm::HmacSha1 => "HMAC-SHA1",
        Algorithm::HmacSha256 => "HMAC-SHA256",
        Algorithm::RsaSha256 => "RSA-SHA256",
        Algorithm::EcdsaP256 => "ECDSA P-256",
        Algorithm::Ed25519 => "Ed25519",
    };
    let encoding = match signed.encoding {
        Encoding::Hex => "hex",
        Encoding::Base64 => "base64",
    };
    let over: Vec<String> = signed
        .message
        .iter()
        .map(|part| match part {
            Part::Body => "body".to_owned(),
            Part::Text(text) => format!("`{text}`"),
            Part::Value(place) => self::place(place),
            Part::UrlAndForm => "address and form, sorted".to_owned(),
            Part::AfterLastDot(place) => format!("`.` + {}", self::place(place)),
        })
        .collect();
    let stamp = match signed.stamp {
        Some(stamp) if stamp.repeated_for_s > 0 => {
            let hours = stamp.repeated_for_s / 3600;
            format!(", within {hours} hours of retries and 5 minutes")
        }
        Some(_) => ", within 5 minutes".to_owned(),
        None => String::new(),
    };
    format!(
        "{} ({algorithm}, {encoding}, over {}{stamp})",
        place(&signed.signature),
        over.join(" + ")
    )
}

fn place(place: &Place) -> String {
    match place {
        Place::Header(name) => format!("`{name}`"),
        Place::Pair { header, name } => format!("`{name}` of `{header}`"),
        Place::Numbered(name) => format!("`{name}1`, `{name}2` …"),
        Place::Body(path) => format!("the body's `{}`", path.join(".")),
    }
}

/// What a fixture becomes, in words.
fn becomes(fixture: &Fixture) -> String {
    match fixture.read_in(&crate::fixtures::context()) {
        Err(rejection) => format!("refused: {rejection}"),
        Ok(Reading {
            events, ignored, ..
        }) if events.is_empty() => {
            let names: Vec<_> = ignored.iter().map(|name| format!("`{name}`")).collect();
            format!("ignored as {}", names.join(", "))
        }
        Ok(Reading { events, .. }) => {
            let mut told = Vec::new();
            for event in &events {
                let customer = event
                    .customer
                    .as_ref()
                    .map_or_else(String::new, |customer| {
                        format!(" of `{}:`", customer.uri.kind().scheme())
                    });
                let kept = kept(event);
                let line = format!(
                    "{} `{}`{customer}{kept}",
                    event.channel.name(),
                    event.fact.kind()
                );
                if !told.contains(&line) {
                    told.push(line);
                }
            }
            told.join("; ")
        }
    }
}

/// What of it is kept beside its ids and its customer: the names of the event's and its fact's fields.
fn kept(event: &timeline::Event) -> String {
    let names = |value: &serde_json::Value| -> Vec<String> {
        value
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name.clone())
            .collect()
    };
    let whole = serde_json::to_value(event).unwrap();
    let beside = ["occurred_at", "customer_name", "participants", "related"];
    let beside = names(&whole)
        .into_iter()
        .filter(|name| beside.contains(&name.as_str()));
    let fact = names(&whole["fact"])
        .into_iter()
        .filter(|name| name != "kind");
    let mut all: Vec<String> = fact
        .chain(beside)
        .map(|name| name.replace('_', " "))
        .collect();
    for name in &mut all {
        if name == "occurred at" {
            *name = "time".to_owned();
        }
    }
    if all.is_empty() {
        String::new()
    } else {
        format!(": {}", all.join(", "))
    }
}

/// Why its bad fixtures are refused, each reason once.
fn refused(source: &'static str) -> BTreeSet<String> {
    Fixture::all(source)
        .iter()
        .filter(|fixture| fixture.name.starts_with("bad-"))
        .flat_map(
            |fixture| match fixture.read_in(&crate::fixtures::context()) {
                Err(rejection) => vec![rejection.to_string()],
                Ok(reading) => reading.rejections.iter().map(ToString::to_string).collect(),
            },
        )
        .collect()
}
