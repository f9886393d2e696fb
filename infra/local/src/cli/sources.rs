//! `sources`: which systems are understood, and how to connect one.

use clap::Args;
use signatures::{Algorithm, Scheme, Shown};
use sources::{ALL, Source, Webhook};

use super::CliError;

#[derive(Debug, Args)]
pub(super) struct Sources {
    /// One of them: how to connect it.
    name: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// One line of the list.
#[derive(serde::Serialize)]
struct Line {
    name: &'static str,
    title: &'static str,
    queue: &'static str,
    webhook: bool,
    proof: Vec<&'static str>,
    kinds: usize,
}

/// Shows what the command line asks for.
pub(super) fn show(options: &Sources) -> Result<(), CliError> {
    if let Some(name) = &options.name {
        let (queue, source) =
            sources::find(name).ok_or_else(|| CliError::NoSource(name.clone()))?;
        page(queue, source);
        return Ok(());
    }
    let lines = lines();
    if options.json {
        let json = serde_json::to_string_pretty(&lines).map_err(CliError::Json)?;
        anstream::println!("{json}");
        return Ok(());
    }
    anstream::println!(
        "{:<22} {:<34} {:<15} {:>5}  proof",
        "source",
        "system",
        "queue",
        "kinds"
    );
    for line in &lines {
        anstream::println!(
            "{:<22} {:<34} {:<15} {:>5}  {}",
            line.name,
            line.title,
            line.queue,
            line.kinds,
            line.proof.join(", ")
        );
    }
    anstream::println!("\n`sources NAME` says how to connect one.");
    Ok(())
}

fn lines() -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for (_, sources) in &ALL {
        for source in *sources {
            let known = lines.iter().any(|line| line.name == source.name());
            let Some((queue, source)) = sources::find(source.name()).filter(|_| !known) else {
                continue;
            };
            let about = source.about();
            lines.push(Line {
                name: source.name(),
                title: about.title,
                queue,
                webhook: about.webhook.is_some(),
                proof: about.webhook.map_or_else(|| vec!["no webhook"], proofs),
                kinds: about.kinds.len(),
            });
        }
    }
    lines.sort_by_key(|line| line.name);
    lines
}

fn page(queue: &str, source: &dyn Source) {
    let about = source.about();
    anstream::println!(
        "{} ({}), to {queue}\n{}\n",
        about.title,
        source.name(),
        about.summary
    );
    let url = format!("https://<your API>/v1/webhooks/{}", source.name());
    for (number, step) in about.setup.iter().enumerate() {
        anstream::println!("{:>2}. {}", number + 1, step.replace("{url}", &url));
    }
    if let Some(webhook) = about.webhook {
        anstream::println!("\nProved by: {}", proofs(webhook).join(", or "));
        anstream::println!("Tries again: {}", webhook.retries);
    }
    if !about.limits.is_empty() {
        anstream::println!("\nLimits");
        for limit in about.limits {
            anstream::println!("  - {limit}");
        }
    }
    anstream::println!("\nMore: docs/sources/{}.md", source.name());
}

/// What a webhook's schemes are called, each once.
fn proofs(webhook: &Webhook) -> Vec<&'static str> {
    let mut names: Vec<&str> = Vec::new();
    for name in webhook.proof.iter().flat_map(proof) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// What a scheme is called.
fn proof(scheme: &Scheme) -> Vec<&'static str> {
    match scheme {
        Scheme::Signed(signed) => vec![match signed.algorithm {
            Algorithm::HmacSha1 => "HMAC-SHA1",
            Algorithm::HmacSha256 => "HMAC-SHA256",
            Algorithm::RsaSha256 => "RSA-SHA256",
            Algorithm::EcdsaP256 => "ECDSA P-256",
            Algorithm::Ed25519 => "Ed25519",
        }],
        Scheme::Twilio => vec!["HMAC-SHA1 of address and form"],
        Scheme::JwtOfBody => vec!["JWT of the body"],
        Scheme::Shown(places) => places
            .iter()
            .map(|place| match place {
                Shown::Bearer => "bearer token",
                Shown::Basic => "basic authentication",
                Shown::Header(_) => "secret in a header",
                Shown::Query(_) => "secret in the address",
                Shown::EachItem(..) => "secret in the body",
            })
            .collect(),
    }
}
