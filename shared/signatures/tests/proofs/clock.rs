//! Five minutes either way, and no clock that breaks it.

use signatures::{MAX_CLOCK_SKEW_S, Refusal, TimeForm};

use crate::schemes::{ALL, MAILGUN, STRIPE};
use crate::{NOW, Sent, secrets};

#[test]
fn five_minutes_hold_and_a_second_more_is_stale() {
    let skew = i64::from(MAX_CLOCK_SKEW_S);
    let timed = ALL
        .iter()
        .filter(|trial| trial.stamp().is_some() || trial.name == "jwt");
    assert!(timed.clone().count() > 8);
    for trial in timed {
        let sent = Sent::new(trial.body).signed(&trial.scheme, &trial.signer());
        let repeated = trial.stamp().map_or(0, |stamp| stamp.repeated_for_s);
        let oldest = skew + i64::from(repeated);
        for (now, verdict) in [
            (NOW, Ok(())),
            (NOW + oldest, Ok(())),
            (NOW - skew, Ok(())),
            (NOW + oldest + 1, Err(Refusal::Stale)),
            (NOW - skew - 1, Err(Refusal::Stale)),
            (i64::MAX, Err(Refusal::Stale)),
            (i64::MIN, Err(Refusal::Stale)),
            (0, Err(Refusal::Stale)),
        ] {
            let then = sent.clone().at(now);
            assert_eq!(
                then.verified(&trial.scheme, &[trial.verifier()]),
                verdict,
                "{} {now}",
                trial.name
            );
        }
    }
}

/// Mailgun tries for eight hours, and nobody promises that it signs each try anew.
#[test]
fn a_signature_that_its_provider_repeats_holds_as_long_as_it_does() {
    let secret = secrets(&["key"]);
    let sent = Sent::new("{}").signed(&MAILGUN, &secret[0]);
    let at = |now| sent.clone().at(now).verified(&MAILGUN, &secret);
    assert_eq!(at(NOW + 28_800 + 300), Ok(()));
    assert_eq!(at(NOW + 28_800 + 301), Err(Refusal::Stale));
    assert_eq!(at(NOW - 301), Err(Refusal::Stale), "no signature is early");
}

#[test]
fn a_signer_at_the_end_of_time_is_stale_too() {
    for trial in ALL
        .iter()
        .filter(|trial| trial.stamp().is_some_and(|s| s.form == TimeForm::Seconds))
    {
        for then in [i64::MIN, i64::MAX] {
            let sent = Sent::new(trial.body)
                .at(then)
                .signed(&trial.scheme, &trial.signer());
            for now in [i64::MIN, NOW, i64::MAX] {
                let verdict = sent
                    .clone()
                    .at(now)
                    .verified(&trial.scheme, &[trial.verifier()]);
                let expected = if now == then {
                    Ok(())
                } else {
                    Err(Refusal::Stale)
                };
                assert_eq!(verdict, expected, "{} {then} {now}", trial.name);
            }
        }
    }
}

#[test]
fn what_is_no_time_is_malformed_and_a_stale_forgery_is_wrong() {
    let secret = secrets(&["tell nobody"]);
    let sent = Sent::new("{}").with("stripe-signature", "t=now");
    let sent = sent.signed(&STRIPE, &secret[0]);
    assert_eq!(sent.verified(&STRIPE, &secret), Err(Refusal::Malformed));
    let forged = Sent::new("{}").with("stripe-signature", "t=1,v1=00");
    assert_eq!(forged.verified(&STRIPE, &secret), Err(Refusal::Wrong));
    let two = Sent::new("{}").signed(&STRIPE, &secret[0]);
    let two = two.clone().with(
        "stripe-signature",
        &format!("t=1,{}", two.headers["stripe-signature"]),
    );
    assert_eq!(two.verified(&STRIPE, &secret), Err(Refusal::Malformed));
}
