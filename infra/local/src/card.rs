//! The pop as a person reads it in a terminal: warnings first, then who, then what is open, then the timeline; relative
//! times, colours where there are any, and never wider than a terminal.

mod line;
mod rows;
#[cfg(test)]
mod tests;
mod who;
mod words;

use std::collections::BTreeSet;

use anstyle::{AnsiColor, Style};
use timeline::{InteractionId, PromiseStatus, ScreenPop, Summary, Timestamp, Warning, WarningKind};

use line::Line;
pub use words::ago;

/// Most rows of the timeline that fit a glance.
const ROWS: usize = 15;
/// Longest sentence of a warning, in characters.
const WARNING_CHARS: usize = 98;

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
    // A pop holds strings, integers and lists only, so it always serializes.
    let json = serde_json::to_value(pop).unwrap_or_default();
    let mut lines: Vec<Line> = pop
        .warnings
        .iter()
        .map(|found| warning(found, now))
        .collect();
    if !lines.is_empty() {
        lines.push(Line::empty());
    }
    lines.extend(who::head(&json, now));
    lines.extend(who::candidates(&json));
    lines.extend(open(pop, now));
    lines.extend(timeline(pop, now));
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn warning(warning: &Warning, now: Timestamp) -> Line {
    let style = match warning.kind {
        WarningKind::OpenComplaint
        | WarningKind::OverduePromise
        | WarningKind::BadSurvey
        | WarningKind::AbandonedCall
        | WarningKind::WebsiteFailed
        | WarningKind::PaymentFailed => RED,
        WarningKind::OpenPromise
        | WarningKind::BouncedEmail
        | WarningKind::UndeliveredMessage
        | WarningKind::OpenInteraction => YELLOW,
    };
    let text = timeline::preview(warning.text.expose(), WARNING_CHARS);
    let line = Line::new(style, format!("! {}", text.expose()));
    // The other sentences say when themselves.
    let is_timeless = matches!(
        warning.kind,
        WarningKind::OpenComplaint | WarningKind::OpenInteraction
    );
    if is_timeless {
        line.and(DIM, format!("  {}", ago(warning.since, now)))
    } else {
        line
    }
}

/// What is still to be done: promises with their owner and time, then what is open.
fn open(pop: &ScreenPop, now: Timestamp) -> Vec<Line> {
    let mut seen = BTreeSet::new();
    let summaries = pop.open.iter().chain(&pop.timeline);
    let once = summaries.filter(|summary| seen.insert(&summary.id));
    let mut promises: Vec<&PromiseStatus> = once.flat_map(|summary| &summary.promises).collect();
    // What is due first stands first, what has no time last.
    promises.sort_by_key(|status| {
        let due_at = status.promise.due_at;
        (due_at.is_none(), due_at, status.made_at)
    });
    let promises: Vec<Line> = promises
        .into_iter()
        .filter_map(|status| rows::promise(status, now))
        .take(ROWS)
        .collect();
    let mut lines = Vec::new();
    if !promises.is_empty() {
        lines.extend([Line::empty(), Line::new(BOLD, "Promised")]);
        lines.extend(promises);
    }
    if !pop.open.is_empty() {
        lines.extend([Line::empty(), Line::new(BOLD, "Open")]);
        let shown = pop.open.iter().take(ROWS);
        lines.extend(shown.map(|summary| rows::row(summary, now, "")));
    }
    lines
}

/// What happened, newest first. Contacts of one story stand together, where the newest of them stands.
fn timeline(pop: &ScreenPop, now: Timestamp) -> Vec<Line> {
    if pop.timeline.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![Line::empty(), Line::new(BOLD, "Timeline")];
    let mut told: BTreeSet<&InteractionId> = BTreeSet::new();
    let mut rows = 0;
    for summary in &pop.timeline {
        if rows >= ROWS {
            break;
        }
        if !told.insert(&summary.id) {
            continue;
        }
        let mut stories = pop.stories.iter();
        let story = stories.find(|story| story.interactions.contains(&summary.id));
        let Some(story) = story else {
            rows += 1;
            lines.push(rows::row(summary, now, ""));
            lines.extend(rows::notes(&summary.notes, now));
            continue;
        };
        let in_view = |id: &InteractionId| {
            let mut all = pop.timeline.iter().chain(&pop.open);
            all.find(|summary| &summary.id == id)
        };
        let legs: Vec<&Summary> = story.interactions.iter().filter_map(in_view).collect();
        // A story is told whole, but is never longer than the card.
        let legs = &legs[legs.len().saturating_sub(ROWS)..];
        rows += legs.len();
        lines.extend(rows::story(story, legs, now));
        told.extend(&story.interactions);
    }
    let rest = pop
        .timeline
        .iter()
        .any(|summary| !told.contains(&summary.id));
    if rest || pop.next_cursor.is_some() {
        lines.push(Line::new(DIM, "  … and more"));
    }
    lines
}
