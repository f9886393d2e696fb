use super::*;

fn context_ending_in(time: Duration) -> Context {
    let end = clock::now().duration_since(UNIX_EPOCH).unwrap() + time;
    let mut context = Context::default();
    context.deadline = u64::try_from(end.as_millis()).unwrap();
    context
}

#[test]
fn work_ends_the_margin_before_lambda_does() {
    let context = context_ending_in(Duration::from_secs(600));
    let left = Deadline::of(&context).remaining();
    assert!(left <= Duration::from_secs(599), "{left:?}");
    assert!(left > Duration::from_secs(500), "{left:?}");

    let left = Deadline::from_context(&context, Duration::from_secs(100)).remaining();
    assert!(left <= Duration::from_secs(500), "{left:?}");
    assert!(left > Duration::from_secs(400), "{left:?}");
}

#[test]
fn a_deadline_inside_the_margin_has_passed() {
    let deadline = Deadline::from_context(
        &context_ending_in(Duration::from_secs(60)),
        Duration::from_secs(61),
    );
    assert!(deadline.passed());
    assert_eq!(deadline.remaining(), Duration::ZERO);
}

#[test]
fn a_context_without_a_deadline_has_passed() {
    assert!(Deadline::of(&Context::default()).passed());
}

#[test]
fn an_absurd_deadline_is_capped_and_not_a_panic() {
    let mut context = Context::default();
    context.deadline = u64::MAX;
    let deadline = Deadline::of(&context);
    assert!(!deadline.passed());
    assert!(deadline.remaining() <= FURTHEST);
    assert!(Deadline::after(Duration::MAX).remaining() <= FURTHEST);
}
