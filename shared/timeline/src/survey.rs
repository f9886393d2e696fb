//! What score of a survey says that the customer is not content.

use crate::summary::Summary;

/// A figure's usual scale: its name, the best score, and the highest score that is bad.
struct Scale {
    survey: &'static str,
    best: i32,
    bad_up_to: i32,
}

/// The scales whose meaning is agreed. Sources: CSAT counts 4 and 5 of 5 as content, so 3 is neither; NPS calls those
/// who give 6 of 10 and less detractors; CES of 7 counts 5 and more as easy, so 4 is neither.
const SCALES: [Scale; 3] = [
    Scale {
        survey: "csat",
        best: 5,
        bad_up_to: 2,
    },
    Scale {
        survey: "nps",
        best: 10,
        bad_up_to: 6,
    },
    Scale {
        survey: "ces",
        best: 7,
        bad_up_to: 3,
    },
];
/// On any other scale, how much of the best score is bad, in percent.
const BAD_PERCENT: i64 = 40;

/// Whether a score is bad; `None` for one of an unknown figure without a best score, which says nothing.
fn is_bad(survey: Option<&str>, score: i32, best: Option<i32>) -> Option<bool> {
    let scale = SCALES.iter().find(|scale| {
        survey.is_some_and(|survey| survey.trim().eq_ignore_ascii_case(scale.survey))
            && best.is_none_or(|best| best == scale.best)
    });
    match (scale, best) {
        (Some(scale), _) => Some(score <= scale.bad_up_to),
        (None, Some(best)) if best > 0 => {
            Some(i64::from(score) * 100 <= i64::from(best) * BAD_PERCENT)
        }
        (None, _) => None,
    }
}

/// The survey that the customer answered last, if it says that the customer was not content. A better answer that came
/// later outweighs every bad one before it; one of which nobody knows whether it is better outweighs none.
pub(crate) fn last_was_bad(timeline: &[Summary]) -> Option<&Summary> {
    let judged = timeline.iter().filter_map(|summary| {
        let bad = is_bad(
            summary.survey.as_deref(),
            summary.score?,
            summary.best_score,
        )?;
        Some((bad, summary))
    });
    let last = judged.max_by_key(|(_, summary)| {
        let at = summary.scored_at.unwrap_or(summary.last_at);
        (at, &summary.id)
    });
    last.and_then(|(bad, summary)| bad.then_some(summary))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_bad_by_its_own_scale() {
        for (survey, score, best, bad) in [
            (Some("csat"), 2, Some(5), Some(true)),
            (Some("CSAT"), 3, Some(5), Some(false)),
            (Some("csat"), 2, None, Some(true)),
            (Some("csat"), 4, Some(10), Some(true)),
            (Some("csat"), 5, Some(10), Some(false)),
            (Some("nps"), 6, Some(10), Some(true)),
            (Some("nps"), 7, None, Some(false)),
            (Some("ces"), 3, Some(7), Some(true)),
            (Some("ces"), 4, Some(7), Some(false)),
            (Some("after the call"), 40, Some(100), Some(true)),
            (Some("after the call"), 41, Some(100), Some(false)),
            (Some("thumbs"), 0, Some(1), Some(true)),
            (Some("thumbs"), 1, Some(1), Some(false)),
            (None, 1, Some(5), Some(true)),
            // Of what nobody knows the scale of, nobody knows whether it is bad.
            (Some("after the call"), 1, None, None),
            (Some("after the call"), 0, Some(0), None),
            (None, i32::MIN, Some(i32::MIN), None),
            (None, i32::MAX, Some(i32::MAX), Some(false)),
        ] {
            assert_eq!(
                is_bad(survey, score, best),
                bad,
                "{survey:?} {score} of {best:?}"
            );
        }
    }
}
