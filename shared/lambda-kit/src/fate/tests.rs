use super::*;

#[test]
fn the_worst_fate_wins_whatever_the_order() {
    let ascending = [
        Fate::Duplicate,
        Fate::Done,
        Fate::quarantine("missing_field", "`id` is missing"),
        Fate::Retry(RetryReason::Unavailable),
    ];
    for (low, a) in ascending.iter().enumerate() {
        for b in &ascending[low..] {
            assert_eq!(Fate::worst(a.clone(), b.clone()), *b);
            assert_eq!(Fate::worst(b.clone(), a.clone()), *b);
        }
    }
}

#[test]
fn of_two_equal_fates_the_first_reason_is_told() {
    let first = Fate::quarantine("missing_field", "`id` is missing");
    let second = Fate::quarantine("bad_time", "`time` is no time");
    assert_eq!(Fate::worst(first.clone(), second), first);
}

#[test]
fn a_record_keeps_the_ignored_names_of_all_its_events() {
    let judged = Judged::ignored("a.updated")
        .and(Fate::Retry(RetryReason::Refused).into())
        .and(Judged::ignored("b.updated"));
    assert_eq!(judged.fate, Fate::Retry(RetryReason::Refused));
    assert_eq!(judged.ignored, ["a.updated", "b.updated"]);
}
