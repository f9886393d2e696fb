//! What was answered.

use std::collections::BTreeMap;

use serde_json::Value;
use timeline::{Personal, Text, cut};

use crate::fields::Fields;
use crate::journeys::claims::{attributes, scalar};
use crate::reading::Rejection;

/// Most answers of one form that are read.
const MAX_ANSWERS: usize = 500;
/// Most choices of one answer that are kept.
const MAX_CHOICES: usize = 32;
/// Longest title of a question that is kept, in bytes.
const MAX_TITLE: usize = 120;
/// Longest comment that is put together, in bytes; what is kept has a limit of its own.
const MAX_COMMENT: usize = 64 * 1024;
/// Figures that a question can count for when its reference says so.
const FIGURES: [&str; 3] = ["nps", "csat", "ces"];
/// The best answer to the question for the Net Promoter Score.
const BEST_NPS: i32 = 10;

/// The answers of one response.
#[derive(Default)]
pub(super) struct Answers {
    /// The first question on a scale; that for the Net Promoter Score before others.
    pub(super) scale: Option<Scale>,
    /// Addresses that were typed.
    pub(super) emails: Vec<String>,
    /// Numbers that were typed.
    pub(super) phones: Vec<String>,
    /// All answers but addresses, by their questions' titles.
    pub(super) attributes: BTreeMap<String, Personal>,
    long: String,
    short: String,
}

/// An answer on a scale.
#[derive(Clone)]
pub(super) struct Scale {
    pub(super) survey: String,
    pub(super) score: i32,
    pub(super) best: Option<i32>,
}

impl Answers {
    pub(super) fn of(response: &Fields<'_>) -> Result<Self, Rejection> {
        let list = response.items("answers");
        if list.len() > MAX_ANSWERS {
            return Err(Rejection::TooMuch {
                what: "the number of a form's answers",
                limit: MAX_ANSWERS,
            });
        }
        let definition = response.object("definition");
        let questions: BTreeMap<&str, &Value> = definition
            .items("fields")
            .iter()
            .take(MAX_ANSWERS)
            .filter_map(|question| Some((question.get("id")?.as_str()?, question)))
            .collect();
        let mut answers = Self::default();
        let mut kept = Vec::new();
        for answer in list {
            let fields = Fields::of(answer);
            let field = fields.object("field");
            let id = field.text("id").unwrap_or_default();
            let question = questions.get(id).map(|question| Fields::of(question));
            // Old forms write the kinds in one word.
            let kind = field.text("type").unwrap_or_default().replace('_', "");
            let title = question
                .as_ref()
                .and_then(|question| question.text("title"))
                .or(field.text("ref"))
                .unwrap_or(id);
            if let "nps" | "opinionscale" | "rating" = kind.as_str() {
                answers.scale(&kind, &fields, question.as_ref())?;
            }
            match fields.text("type").unwrap_or_default() {
                "email" => answers
                    .emails
                    .extend(fields.text("email").map(str::to_owned)),
                "phone_number" => {
                    let number = fields.text("phone_number");
                    answers.phones.extend(number.map(str::to_owned));
                }
                answer => {
                    if answer == "text" {
                        answers.text(&kind, fields.text("text").unwrap_or_default());
                    }
                    let title = cut(title, MAX_TITLE).to_owned();
                    kept.extend(said(&fields, answer).map(|said| (title, said)));
                }
            }
        }
        // A form whose only answer is its score needs no list of answers.
        if kept.len() > usize::from(answers.scale.is_some()) {
            answers.attributes =
                attributes(kept.iter().map(|(title, said)| (title.as_str(), said)));
        }
        Ok(answers)
    }

    /// What was written: in long fields, else in short ones.
    pub(super) fn comment(&self) -> Option<Text> {
        let written = if self.long.is_empty() {
            &self.short
        } else {
            &self.long
        };
        (!written.trim().is_empty()).then(|| Text::new(written))
    }

    fn text(&mut self, kind: &str, text: &str) {
        let to = if kind == "longtext" {
            &mut self.long
        } else {
            &mut self.short
        };
        if to.len() + text.len() < MAX_COMMENT {
            if !to.is_empty() {
                to.push('\n');
            }
            to.push_str(text);
        }
    }

    fn scale(
        &mut self,
        kind: &str,
        answer: &Fields<'_>,
        question: Option<&Fields<'_>>,
    ) -> Result<(), Rejection> {
        if answer.get("number").is_none() {
            return Ok(());
        }
        let problem = || {
            Rejection::malformed(
                "form_response.answers[].number",
                "is not a whole number in its range",
            )
        };
        let score = answer.integer("number").ok_or_else(problem)?;
        let score = i32::try_from(score).map_err(|_| problem())?;
        let first = self.scale.is_none();
        let is_better = kind == "nps" && self.scale.as_ref().is_some_and(|it| it.survey != "nps");
        if first || is_better {
            let field = answer.object("field");
            self.scale = Some(Scale {
                survey: figure(kind, field.text("ref")),
                score,
                best: best(kind, question),
            });
        }
        Ok(())
    }
}

/// Which figure a question counts for: what its reference says, else its kind.
fn figure(kind: &str, reference: Option<&str>) -> String {
    let reference = reference.unwrap_or_default().to_ascii_lowercase();
    let mut words = reference.split(|c: char| !c.is_ascii_alphanumeric());
    let named = words.find_map(|word| FIGURES.into_iter().find(|figure| *figure == word));
    named
        .unwrap_or(match kind {
            "opinionscale" => "opinion_scale",
            kind => kind,
        })
        .to_owned()
}

/// The best answer, where the definition that comes along tells. An opinion scale begins at 0 unless it says otherwise.
fn best(kind: &str, question: Option<&Fields<'_>>) -> Option<i32> {
    if kind == "nps" {
        return Some(BEST_NPS);
    }
    let question = question?;
    let properties = question.object("properties");
    let steps = i32::try_from(properties.integer("steps")?).ok()?;
    let from_one = properties.get("start_at_one").and_then(Value::as_bool) == Some(true);
    if kind == "rating" || from_one {
        Some(steps)
    } else {
        steps.checked_sub(1)
    }
}

/// An answer as text. A payment's card and a file's address are not kept.
fn said(answer: &Fields<'_>, kind: &str) -> Option<Value> {
    let label = |name: &'static str| {
        let choice = answer.object(name);
        choice
            .text("label")
            .or(choice.text("other"))
            .map(Value::from)
    };
    match kind {
        "choice" => label("choice"),
        "choices" => {
            let choices = answer.object("choices");
            let labels = choices.items("labels").iter().take(MAX_CHOICES);
            let texts = labels
                .filter_map(scalar)
                .map(|text| text.expose().to_owned());
            let other = choices.text("other").map(str::to_owned);
            let all: Vec<_> = texts.chain(other).collect();
            (!all.is_empty()).then(|| Value::from(all.join(", ")))
        }
        "text" => answer.get("text").cloned(),
        "number" => answer.get("number").cloned(),
        "boolean" => answer.get("boolean").cloned(),
        "date" => answer.get("date").cloned(),
        "url" => answer.get("url").cloned(),
        _ => None,
    }
}
