//! Rows of the timeline: one for each interaction, one indented story for those that were transferred.

use anstyle::Style;
use timeline::{
    Channel, Direction, PromiseKind, PromiseState, PromiseStatus, Said, State, Story, Summary,
    Timestamp, is_id,
};

use super::line::Line;
use super::words::{DAY_S, ago, clean, date};
use super::{BOLD, DIM, GREEN, RED, YELLOW};

/// Longest name of a survey that is an abbreviation, such as `nps`.
const ABBREVIATION_CHARS: usize = 4;
/// Most notes below one row.
const NOTES: usize = 3;

/// The row of one interaction, indented where it is part of a story.
pub(super) fn row(summary: &Summary, now: Timestamp, indent: &str) -> Line {
    let arrow = match summary.direction {
        Some(Direction::Inbound) => "←",
        Some(Direction::Outbound) => "→",
        None => " ",
    };
    // What goes on for long stands where it began; when it last went on is what counts.
    let goes_on = summary.last_at.millis_since(summary.started_at) > DAY_S * 1000;
    let when = if goes_on {
        summary.last_at
    } else {
        summary.started_at
    };
    let when = ago(when, now);
    let channel = summary.channel.name();
    let state = state(summary.state);
    let plain = Style::new();
    Line::new(
        plain,
        format!("  {indent}{when:>14}  {arrow} {channel:<8} "),
    )
    .and(style(summary.state), format!("{state:<13}"))
    .and(plain, format!(" {}", about(summary, now).join(" · ")))
}

/// A chain of transfers: what it came to, then its contacts, oldest first, then what agents noted in any of them.
pub(super) fn story(story: &Story, shown: &[&Summary], now: Timestamp) -> Vec<Line> {
    let when = ago(story.last_at, now);
    let contacts = story.interactions.len() + story.elsewhere.len();
    let mut about = vec![format!("{contacts} contacts")];
    about.extend(
        story
            .queue
            .as_deref()
            .filter(|name| !is_id(name))
            .map(clean),
    );
    about.extend(
        story
            .disposition
            .as_deref()
            .filter(|name| !is_id(name))
            .map(clean),
    );
    about.extend(
        story
            .subject
            .as_ref()
            .map(|subject| clean(subject.expose())),
    );
    if story.correlated {
        about.push("tied by time".to_owned());
    }
    let head = Line::new(Style::new(), format!("  {when:>14}  ⇄ "))
        .and(BOLD, "transfer ")
        .and(style(story.state), format!("{:<13}", state(story.state)))
        .and(Style::new(), format!(" {}", about.join(" · ")));
    let mut lines = vec![head];
    lines.extend(shown.iter().map(|leg| row(leg, now, "  ")));
    if !story.elsewhere.is_empty() {
        let hidden = story.elsewhere.len();
        lines.push(Line::new(DIM, format!("{:20}and {hidden} out of view", "")));
    }
    lines.extend(notes(&story.notes, now));
    lines
}

/// What agents noted, newest first.
pub(super) fn notes(notes: &[Said], now: Timestamp) -> Vec<Line> {
    let notes = notes.iter().take(NOTES);
    notes
        .map(|said| {
            let agent = said.agent.as_deref().filter(|agent| !is_id(agent));
            let agent = agent.map_or_else(String::new, |agent| format!("{}, ", clean(agent)));
            Line::new(
                Style::new(),
                format!("{:20}✎ {}", "", clean(said.text.expose())),
            )
            .and(DIM, format!("  {agent}{}", ago(said.at, now)))
        })
        .collect()
}

/// A promise that is still to be kept: what, whose, and by when.
pub(super) fn promise(status: &PromiseStatus, now: Timestamp) -> Option<Line> {
    let promise = &status.promise;
    let due = promise.due_at;
    let (style, when) = match (status.clone().as_of(now).state, due) {
        (PromiseState::Overdue, Some(due)) => (RED, format!("overdue since {}", minute(due))),
        (PromiseState::Open, Some(due)) => (YELLOW, format!("due {}", minute(due))),
        (PromiseState::Open | PromiseState::Overdue, None) => {
            (YELLOW, format!("promised {}", ago(status.made_at, now)))
        }
        (PromiseState::Kept | PromiseState::Withdrawn, _) => return None,
    };
    let what = match promise.promised {
        PromiseKind::Callback => "callback",
        PromiseKind::Refund => "refund",
        PromiseKind::Email => "email",
        PromiseKind::Other => "promise",
    };
    let owner = promise.owner.as_deref().filter(|owner| !is_id(owner));
    let owner = owner.map_or_else(|| "nobody owns it".to_owned(), clean);
    let text = promise.text.as_ref();
    let text = text.map_or_else(String::new, |text| format!(" · {}", clean(text.expose())));
    Some(
        Line::new(Style::new(), format!("  {what:<9} "))
            .and(style, when)
            .and(Style::new(), format!("  {owner}{text}")),
    )
}

/// A time to the minute. It is in UTC, which the card says, since the reader's time zone is not known.
fn minute(at: Timestamp) -> String {
    let time: String = at.to_string().chars().skip(11).take(5).collect();
    format!("{} {time} UTC", date(at))
}

fn style(state: State) -> Style {
    if state == State::Abandoned {
        RED
    } else if state.is_live() {
        GREEN
    } else if state.is_open() {
        YELLOW
    } else {
        DIM
    }
}

fn state(state: State) -> String {
    let state = serde_json::to_value(state).ok();
    let state = state.as_ref().and_then(|state| state.as_str());
    state.unwrap_or_default().replace('_', " ")
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
