//! Which answers of a survey are warned of.

use timeline::{Channel, Fact, Scored, Summary, WarningKind, WrapUp};

use crate::given::{ADA, Story, Told, at, summary};
use crate::pop::pop;

pub(crate) fn scored(key: &str, time: &str, score: i32) -> Summary {
    let survey = Story::new("crm", key, Channel::Survey);
    let scored = Scored {
        survey: "csat".to_owned(),
        score,
        best: Some(5),
        comment: None,
    };
    summary(&[survey
        .event("score", Fact::Scored(scored))
        .at(time)
        .from(ADA)])
}

#[test]
fn only_the_last_survey_counts() {
    let was_bad = vec![scored("1", "09:00:00", 5), scored("2", "10:00:00", 1)];
    let warning = pop(was_bad.clone()).warnings.remove(0);
    assert_eq!(
        (warning.kind, warning.since, warning.text.expose()),
        (
            WarningKind::BadSurvey,
            at("10:00:00"),
            "Not content when last asked, 2 hours ago: csat 1 of 5"
        )
    );
    let mut content_since = was_bad;
    content_since.insert(0, scored("3", "11:00:00", 4));
    assert_eq!(pop(content_since).warnings, []);
}

#[test]
fn an_answer_that_nobody_can_judge_outweighs_none() {
    let unknown = |time| Summary {
        survey: Some("after the call".to_owned()),
        best_score: None,
        ..scored("unknown", time, 1)
    };
    let bad = scored("bad", "09:00:00", 1);
    let warnings = pop(vec![unknown("10:00:00"), bad]).warnings;
    assert_eq!(warnings.len(), 1);
    assert_eq!(warnings[0].interaction_id.as_str(), "crm:bad");
    let good = scored("good", "09:00:00", 5);
    assert_eq!(pop(vec![unknown("10:00:00"), good]).warnings, []);
    assert_eq!(pop(vec![unknown("10:00:00")]).warnings, []);
}

#[test]
fn a_score_counts_from_when_it_was_given_and_not_from_what_came_after() {
    let chat = Story::chat();
    let give = |id: &str, score| {
        Fact::Scored(Scored {
            survey: format!("csat{id}"),
            score,
            best: Some(5),
            comment: None,
        })
    };
    // The chat goes on after the later survey was answered.
    let early = summary(&[
        chat.event("s", give("", 1)).at("09:00:00").from(ADA),
        chat.event("w", Fact::WrapUp(WrapUp::default()))
            .at("11:30:00"),
    ]);
    assert_eq!(
        pop(vec![early, scored("2", "11:00:00", 5)]).warnings,
        [],
        "the last answer is the good one"
    );
}
