//! The pop as a person reads it in a terminal: warnings first, relative times, colours where there are any.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use timeline::{Direction, PopState, ScreenPop, State, Summary, Timestamp, WarningKind};

/// Most rows of the timeline that fit a glance.
const ROWS: usize = 15;
/// Longest text of one row, in characters.
const TEXT_CHARS: usize = 60;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const GREEN: Style = AnsiColor::Green.on_default();
const CYAN: Style = AnsiColor::Cyan.on_default();

/// Renders a pop as it reads at `now`. The text holds colours; print it through `anstream`, which drops them where the
/// output is no terminal.
#[must_use]
pub fn render(pop: &ScreenPop, now: Timestamp) -> String {
    let mut card = String::new();
    // Writing to a String never fails.
    let _ = write_card(&mut card, pop, now);
    card
}

fn write_card(card: &mut String, pop: &ScreenPop, now: Timestamp) -> std::fmt::Result {
    for warning in &pop.warnings {
        let style = match warning.kind {
            WarningKind::OpenComplaint | WarningKind::AbandonedCall => RED,
            WarningKind::BouncedEmail | WarningKind::OpenInteraction => YELLOW,
        };
        let since = ago(warning.since, now);
        writeln!(
            card,
            "{style}! {}{style:#} {DIM}{since}{DIM:#}",
            clean(warning.text.expose())
        )?;
    }
    if !pop.warnings.is_empty() {
        writeln!(card)?;
    }
    head(card, pop, now)?;
    if !pop.open.is_empty() {
        writeln!(card, "\n{BOLD}Open{BOLD:#}")?;
        pop.open
            .iter()
            .take(ROWS)
            .try_for_each(|summary| row(card, summary, now))?;
    }
    if !pop.timeline.is_empty() {
        writeln!(card, "\n{BOLD}Timeline{BOLD:#}")?;
        pop.timeline
            .iter()
            .take(ROWS)
            .try_for_each(|summary| row(card, summary, now))?;
        let rest = pop.timeline.len().saturating_sub(ROWS);
        if rest > 0 || pop.next_cursor.is_some() {
            writeln!(card, "  {DIM}… and more{DIM:#}")?;
        }
    }
    Ok(())
}

fn head(card: &mut String, pop: &ScreenPop, now: Timestamp) -> std::fmt::Result {
    let (style, state) = match pop.state {
        PopState::Match => (GREEN, "match"),
        PopState::Anonymous => (DIM, "anonymous"),
        PopState::Unknown => (CYAN, "unknown"),
        PopState::Degraded => (RED, "degraded"),
    };
    let uri = pop
        .identity
        .as_ref()
        .map_or("number withheld", |identity| identity.uri.expose());
    let name = pop
        .customer
        .as_ref()
        .and_then(|customer| customer.name.as_ref());
    match name {
        Some(name) => write!(
            card,
            "{BOLD}{}{BOLD:#}  {}",
            clean(name.expose()),
            clean(uri)
        )?,
        None => write!(card, "{BOLD}{}{BOLD:#}", clean(uri))?,
    }
    writeln!(card, "  {style}{state}{style:#}")?;
    let Some(customer) = &pop.customer else {
        return Ok(());
    };
    let more = if customer.more_interactions { "+" } else { "" };
    let noun = if customer.interactions == 1 {
        "interaction"
    } else {
        "interactions"
    };
    write!(card, "{DIM}{}{more} {noun}", customer.interactions)?;
    if let Some(first) = customer.first_seen_at {
        write!(card, ", first seen {}", ago(first, now))?;
    }
    if let Some(last) = customer.last_seen_at {
        write!(card, ", last seen {}", ago(last, now))?;
    }
    writeln!(card, "{DIM:#}")
}

fn row(card: &mut String, summary: &Summary, now: Timestamp) -> std::fmt::Result {
    let arrow = match summary.direction {
        Some(Direction::Inbound) => "←",
        Some(Direction::Outbound) => "→",
        None => " ",
    };
    let style = if summary.state == State::Abandoned {
        RED
    } else if summary.state.is_live() {
        GREEN
    } else if summary.state.is_open() {
        YELLOW
    } else {
        DIM
    };
    let state = serde_json::to_value(summary.state).ok();
    let state = state
        .as_ref()
        .and_then(|state| state.as_str())
        .unwrap_or_default()
        .replace('_', " ");
    let when = ago(summary.started_at, now);
    write!(
        card,
        "  {when:>14}  {arrow} {:<8} {style}{state:<13}{style:#}",
        summary.channel.name()
    )?;
    let mut about: Vec<String> = Vec::new();
    about.extend(
        summary
            .duration_s
            .filter(|seconds| *seconds > 0)
            .map(lasted),
    );
    about.extend(summary.queue.as_deref().map(clean));
    about.extend((!summary.agents.is_empty()).then(|| clean(&summary.agents.join(", "))));
    about.extend(summary.disposition.as_deref().map(clean));
    about.extend(
        summary
            .subject
            .as_ref()
            .map(|subject| clean(subject.expose())),
    );
    about.extend(
        summary
            .preview
            .as_ref()
            .map(|preview| format!("“{}”", clean(preview.expose()))),
    );
    writeln!(card, " {}", about.join(" · "))
}

/// How long something took.
fn lasted(seconds: i64) -> String {
    match seconds {
        ..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600.. => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// How long ago something was, in the words that a person would use.
#[must_use]
pub fn ago(at: Timestamp, now: Timestamp) -> String {
    const DAY: i64 = 86_400;
    match now.millis_since(at) / 1000 {
        ..0 => "soon".to_owned(),
        0..45 => "just now".to_owned(),
        seconds @ 45..3600 => format!("{} min ago", (seconds / 60).max(1)),
        seconds @ 3600..DAY => format!("{} h ago", seconds / 3600),
        seconds if seconds < 2 * DAY => "yesterday".to_owned(),
        seconds if seconds < 31 * DAY => format!("{} days ago", seconds / DAY),
        // What is long past is better told by its date.
        _ => at.to_string().chars().take(10).collect(),
    }
}

/// Text of others for a terminal: no control characters, which could move the cursor or hide what stands there, and
/// no more than fits a row.
fn clean(text: &str) -> String {
    timeline::preview(text, TEXT_CHARS).expose().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn times_read_as_a_person_says_them() {
        let now = at("2026-03-10T12:00:00Z");
        for (then, words) in [
            ("2026-03-10T11:59:30Z", "just now"),
            ("2026-03-10T11:48:00Z", "12 min ago"),
            ("2026-03-10T03:00:00Z", "9 h ago"),
            ("2026-03-09T10:00:00Z", "yesterday"),
            ("2026-03-01T12:00:00Z", "9 days ago"),
            ("2025-11-01T12:00:00Z", "2025-11-01"),
            ("2026-03-10T12:00:05Z", "soon"),
        ] {
            assert_eq!(ago(at(then), now), words);
        }
    }

    #[test]
    fn text_of_others_cannot_steer_the_terminal() {
        let shown = clean("hello\u{1b}[2J\u{7}\u{202e}\nworld");
        assert!(!shown.contains(['\u{1b}', '\u{7}', '\n']), "{shown:?}");
    }

    #[test]
    fn an_anonymous_caller_is_told_as_such() {
        let now = at("2026-03-10T12:00:00Z");
        let card = render(&ScreenPop::anonymous(now), now);
        let plain = anstream::adapter::strip_str(&card).to_string();
        assert_eq!(plain, "number withheld  anonymous\n");
    }
}
