//! Who it is, or could be, and what the agent should do about it. Read from the pop's JSON, so that what a pop leaves out
//! is left out here, too.

use anstyle::Style;
use serde_json::Value;
use timeline::Timestamp;

use super::line::Line;
use super::words::{ago, clean};
use super::{BOLD, CYAN, DIM, GREEN, RED, YELLOW};

/// Most identities that are listed of one customer.
const IDENTITIES: usize = 6;
/// Most candidates that are listed, and most pieces of evidence of each.
const CANDIDATES: usize = 10;
const EVIDENCE: usize = 3;

/// The head of the card: name, identity, state; what to do; what is known of the person.
pub(super) fn head(pop: &Value, now: Timestamp) -> Vec<Line> {
    let state = pop["state"].as_str().unwrap_or_default();
    let style = match state {
        "match" => GREEN,
        "candidates" | "shared" => YELLOW,
        "anonymous" => DIM,
        "degraded" => RED,
        _ => CYAN,
    };
    let uri = pop["identity"]["uri"].as_str();
    let uri = uri.map_or_else(
        || match state {
            "anonymous" => "number withheld".to_owned(),
            _ => "nobody named".to_owned(),
        },
        clean,
    );
    let customer = &pop["customer"];
    let name = text(&customer["name"]);
    let line = match &name {
        Some(name) => Line::new(BOLD, name.clone()).and(Style::new(), format!("  {uri}")),
        None => Line::new(BOLD, uri),
    };
    let mut lines = vec![
        line.and(Style::new(), "  ").and(style, state),
        Line::new(style, advice(pop, state, name.as_deref())),
    ];
    if customer.is_object() {
        lines.extend(person(customer, &pop["identity"]["uri"], now));
    }
    lines
}

/// What the agent should do, in plain words.
fn advice(pop: &Value, state: &str, name: Option<&str>) -> String {
    let count = pop["candidates"].as_array().map_or(0, Vec::len);
    let more = if pop["more_candidates"] == true {
        " at least"
    } else {
        ""
    };
    match (state, name) {
        ("match", Some(name)) => format!("Greet {name}."),
        ("match", None) => "Known, but not by name: ask for it.".to_owned(),
        ("candidates", _) => format!("Ask who it is; {}{more}.", counted(count, "candidate")),
        ("shared", _) => {
            let noun = counted(count, "customer");
            format!("Ask who it is; several use this number or address, {noun} known{more}.")
        }
        ("anonymous", _) => "Ask who it is, and look the customer up.".to_owned(),
        ("unknown", _) => "Nobody is known here: ask for the name.".to_owned(),
        ("degraded", _) => {
            "Not all could be read: ask before you rely on this, and look again.".to_owned()
        }
        _ => "Ask who it is.".to_owned(),
    }
}

/// What is known of a person: what the profile says, how they return, their other identities.
fn person(customer: &Value, asked: &Value, now: Timestamp) -> Vec<Line> {
    let profile = &customer["profile"];
    let mut known = Vec::new();
    known.extend(text(&profile["lifecycle_stage"]["value"]));
    known.extend(text(&profile["company"]["value"]));
    let languages = profile["languages"].as_array();
    let languages: Vec<_> = languages
        .into_iter()
        .flatten()
        .filter_map(|language| text(&language["value"]))
        .collect();
    known.extend((!languages.is_empty()).then(|| format!("speaks {}", languages.join(", "))));
    known.extend(text(&profile["time_zone"]["value"]));
    let mut lines = Vec::new();
    if !known.is_empty() {
        lines.push(Line::new(Style::new(), known.join(" · ")));
    }
    lines.push(Line::new(DIM, returning(customer, now)));
    lines.extend(usual(customer).map(|usual| Line::new(DIM, usual)));
    let others: Vec<_> = strings(&customer["identities"])
        .filter(|uri| asked.as_str() != Some(uri))
        .map(clean)
        .collect();
    if !others.is_empty() {
        let rest = others.len().saturating_sub(IDENTITIES);
        let rest = if rest > 0 {
            format!(" and {rest} more")
        } else {
            String::new()
        };
        let others = others[..others.len().min(IDENTITIES)].join(", ");
        lines.push(Line::new(DIM, format!("also {others}{rest}")));
    }
    lines
}

/// How often the customer was there, since when, and when last.
fn returning(customer: &Value, now: Timestamp) -> String {
    let returning = &customer["profile"]["returning"];
    let more = |flag: &Value| if *flag == true { "+" } else { "" };
    let at = |time: &Value| Some(ago(time.as_str()?.parse().ok()?, now));
    let interactions = customer["interactions"].as_u64().unwrap_or_default();
    let plural = if interactions == 1 { "" } else { "s" };
    let mut parts = vec![format!(
        "{interactions}{} interaction{plural}",
        more(&customer["more_interactions"])
    )];
    parts.extend(returning["contacts"].as_u64().map(|contacts| {
        let more = more(&returning["more_contacts"]);
        format!("in touch {contacts}{more}×")
    }));
    let first = at(&returning["first_contact_at"]).or_else(|| at(&customer["first_seen_at"]));
    parts.extend(first.map(|first| format!("first seen {first}")));
    let last = at(&returning["last"]["at"]).or_else(|| at(&customer["last_seen_at"]));
    let by = text(&returning["last"]["channel"]);
    let by = by.map_or_else(String::new, |channel| format!(" by {channel}"));
    parts.extend(last.map(|last| format!("last seen {last}{by}")));
    parts.join(", ")
}

/// How the customer usually comes, and when.
fn usual(customer: &Value) -> Option<String> {
    let returning = &customer["profile"]["returning"];
    let hour = returning["usual_hour_utc"].as_u64();
    let hour = hour.map_or_else(String::new, |hour| format!(" around {hour:02}:00 UTC"));
    let channel = text(&returning["usual_channel"])?;
    Some(format!("usually by {channel}{hour}"))
}

/// Whom it could be: each with how likely and why; of a shared number, who uses it.
pub(super) fn candidates(pop: &Value) -> Vec<Line> {
    let all = pop["candidates"].as_array();
    let all = all.map(Vec::as_slice).unwrap_or_default();
    if all.is_empty() {
        return Vec::new();
    }
    let shared = pop["state"] == "shared";
    let title = if shared { "Used by" } else { "Could be" };
    let mut lines = vec![Line::empty(), Line::new(BOLD, title)];
    for candidate in all.iter().take(CANDIDATES) {
        let customer = &candidate["customer"];
        let identity = text(&candidate["identity"])
            .or_else(|| strings(&customer["identities"]).next().map(clean));
        let identity = identity.unwrap_or_default();
        let name = text(&customer["name"]).unwrap_or_else(|| "no name".to_owned());
        let score = candidate["score"].as_u64().unwrap_or_default();
        let score = if shared {
            String::new()
        } else {
            format!("{score:>3} ")
        };
        lines.push(
            Line::new(YELLOW, format!("  {score}"))
                .and(BOLD, name)
                .and(Style::new(), format!("  {identity}")),
        );
        let evidence = candidate["evidence"].as_array();
        let evidence: Vec<_> = evidence
            .into_iter()
            .flatten()
            .filter_map(|evidence| text(&evidence["text"]).or_else(|| text(evidence)))
            .take(EVIDENCE)
            .collect();
        if !evidence.is_empty() {
            lines.push(Line::new(DIM, format!("      {}", evidence.join("; "))));
        }
    }
    if all.len() > CANDIDATES || pop["more_candidates"] == true {
        lines.push(Line::new(DIM, "  … and more"));
    }
    lines
}

fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// A text that is there and says something, fit for a terminal.
fn text(value: &Value) -> Option<String> {
    let text = clean(value.as_str()?);
    (!text.is_empty()).then_some(text)
}

fn strings(value: &Value) -> impl Iterator<Item = &str> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}
