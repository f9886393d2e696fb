//! The pop as a person reads it in a terminal: warnings first, relative times, colours where there are any.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use timeline::{
    Channel, Direction, PopState, ScreenPop, State, Summary, Timestamp, WarningKind, is_id,
};

/// Most rows of the timeline that fit a glance.
const ROWS: usize = 15;
/// Longest text of one row, in characters.
const TEXT_CHARS: usize = 60;
/// Longest name of a survey that is an abbreviation, such as `nps`.
const ABBREVIATION_CHARS: usize = 4;
/// How far ahead a clock may be so that its time still counts as the present, in seconds before now.
const CLOCK_AHEAD_S: i64 = -5 * 60;
const DAY_S: i64 = 86_400;

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
            WarningKind::OpenComplaint
            | WarningKind::AbandonedCall
            | WarningKind::PaymentFailed => RED,
            WarningKind::BouncedEmail
            | WarningKind::UndeliveredMessage
            | WarningKind::OpenInteraction => YELLOW,
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
        PopState::Candidates => (YELLOW, "candidates"),
        PopState::Shared => (YELLOW, "shared"),
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
    // What goes on for long stands where it began; when it last went on is what counts.
    let goes_on = summary.last_at.millis_since(summary.started_at) > DAY_S * 1000;
    let when = if goes_on {
        summary.last_at
    } else {
        summary.started_at
    };
    let when = ago(when, now);
    write!(
        card,
        "  {when:>14}  {arrow} {:<8} {style}{state:<13}{style:#}",
        summary.channel.name()
    )?;
    writeln!(card, " {}", about(summary, now).join(" · "))
}

/// What a row says of an interaction, the shortest first. A name that is only an id tells nothing; the API has it.
fn about(summary: &Summary, now: Timestamp) -> Vec<String> {
    let mut about: Vec<String> = Vec::new();
    let name = |name: &str| (!is_id(name)).then(|| clean(name));
    about.extend(summary.outcome.map(|outcome| outcome.words().to_owned()));
    about.extend(
        summary
            .duration_s
            .filter(|seconds| *seconds > 0)
            .map(lasted),
    );
    about.extend(scored(summary));
    about.extend(summary.queue.as_deref().and_then(name));
    let agents: Vec<_> = summary
        .agents
        .iter()
        .filter(|agent| !is_id(agent))
        .map(String::as_str)
        .collect();
    about.extend((!agents.is_empty()).then(|| clean(&agents.join(", "))));
    about.extend(summary.disposition.as_deref().and_then(name));
    about.extend(
        summary
            .subject
            .as_ref()
            .and_then(|subject| name(subject.expose())),
    );
    about.extend(summary.amount.as_ref().map(timeline::Money::written));
    about.extend(due(summary, now));
    about.extend(summary.preview.as_ref().map(|preview| {
        let text = clean(preview.expose());
        // On a website it is what the customer did, nobody's words.
        if summary.channel == Channel::Web {
            text
        } else {
            format!("“{text}”")
        }
    }));
    about
}

/// The score of a survey, such as `NPS 9/10`.
fn scored(summary: &Summary) -> Option<String> {
    let score = summary.score?;
    let survey = summary.survey.as_deref().filter(|survey| !is_id(survey));
    let survey = match survey.map(clean).filter(|survey| !survey.is_empty()) {
        Some(short) if short.chars().count() <= ABBREVIATION_CHARS => short.to_uppercase(),
        Some(survey) => survey,
        None => "score".to_owned(),
    };
    Some(match summary.best_score {
        Some(best) => format!("{survey} {score}/{best}"),
        None => format!("{survey} {score}"),
    })
}

/// When an open document is due, or since when it is overdue.
fn due(summary: &Summary, now: Timestamp) -> Option<String> {
    let due_at = summary.due_at.filter(|_| summary.state.is_open())?;
    let word = if due_at < now { "overdue since" } else { "due" };
    Some(format!("{word} {}", date(due_at)))
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
    match now.millis_since(at) / 1000 {
        ..CLOCK_AHEAD_S => "soon".to_owned(),
        // Another system's clock that is a little ahead tells of the present, not of the future.
        CLOCK_AHEAD_S..45 => "just now".to_owned(),
        seconds @ 45..3600 => format!("{} min ago", (seconds / 60).max(1)),
        seconds @ 3600..DAY_S => format!("{} h ago", seconds / 3600),
        seconds if seconds < 2 * DAY_S => "yesterday".to_owned(),
        seconds if seconds < 31 * DAY_S => format!("{} days ago", seconds / DAY_S),
        // What is long past is better told by its date.
        _ => date(at),
    }
}

fn date(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect()
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
            ("2026-03-10T12:00:05Z", "just now"),
            ("2026-03-10T12:04:59Z", "just now"),
            ("2026-03-10T12:06:00Z", "soon"),
        ] {
            assert_eq!(ago(at(then), now), words);
        }
    }

    /// The rows of a summary's card, without colours. Shown at noon on 10 March.
    fn row_of(summary: serde_json::Value) -> String {
        let mut whole = serde_json::json!({
            "id": "crm:1", "channel": "invoice", "source": "crm", "state": "open", "agents": [],
            "started_at": "2026-03-10T10:00:00Z", "last_at": "2026-03-10T10:00:00Z",
        });
        for (name, value) in summary.as_object().unwrap() {
            whole[name] = value.clone();
        }
        let mut card = String::new();
        let summary = serde_json::from_value(whole).unwrap();
        row(&mut card, &summary, at("2026-03-10T12:00:00Z")).unwrap();
        let plain = anstream::adapter::strip_str(&card).to_string();
        plain.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_row_tells_how_it_turned_out_and_its_figures() {
        for (summary, row) in [
            (
                serde_json::json!({"channel": "contract", "state": "resolved", "outcome": "declined",
                    "subject": "Contract C-1001"}),
                "2 h ago contract resolved declined · Contract C-1001",
            ),
            (
                serde_json::json!({"subject": "R-1001", "amount": {"amount_minor": 12900, "currency": "USD"},
                    "due_at": "2026-04-01T00:00:00Z"}),
                "2 h ago invoice open R-1001 · 129.00 USD · due 2026-04-01",
            ),
            (
                serde_json::json!({"outcome": "failed", "due_at": "2026-03-01T00:00:00Z"}),
                "2 h ago invoice open payment failed · overdue since 2026-03-01",
            ),
            (
                serde_json::json!({"state": "resolved", "outcome": "paid", "due_at": "2026-03-01T00:00:00Z"}),
                "2 h ago invoice resolved paid",
            ),
            (
                serde_json::json!({"channel": "survey", "state": "ended", "survey": "nps", "score": 9,
                    "best_score": 10}),
                "2 h ago survey ended NPS 9/10",
            ),
            (
                serde_json::json!({"channel": "survey", "state": "ended", "score": 4,
                    "survey": "8c1d4e2a-6b3f-4a39-8f6e-0123456789ab"}),
                "2 h ago survey ended score 4",
            ),
            (
                serde_json::json!({"channel": "email", "state": "ended", "outcome": "reported_as_spam"}),
                "2 h ago email ended reported as spam",
            ),
        ] {
            assert_eq!(row_of(summary), row);
        }
    }

    #[test]
    fn a_row_has_no_ids_in_place_of_names() {
        let id = "8c1d4e2a-6b3f-4a39-8f6e-0123456789ab";
        let call = serde_json::json!({"channel": "call", "state": "ended", "queue": id, "subject": id,
            "disposition": "123456789012", "agents": [id, "bea"]});
        assert_eq!(row_of(call), "2 h ago call ended bea");
    }

    #[test]
    fn what_goes_on_for_days_stands_at_its_last_time() {
        for (began, when) in [
            ("2026-01-02T10:00:00Z", "10 min ago"),
            ("2026-03-10T09:00:00Z", "3 h ago"),
        ] {
            let chat = serde_json::json!({"channel": "chat", "started_at": began,
                "last_at": "2026-03-10T11:50:00Z", "preview": "hello"});
            assert_eq!(row_of(chat), format!("{when} chat open “hello”"));
        }
    }

    #[test]
    fn what_was_done_on_a_website_is_nobodys_words() {
        let visit =
            serde_json::json!({"channel": "web", "state": "ended", "preview": "Checkout Failed"});
        assert_eq!(row_of(visit), "2 h ago web ended Checkout Failed");
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
