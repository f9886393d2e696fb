//! What is signed is believed, whatever it says.

use proptest::prelude::*;

use crate::schemes::ALL;
use crate::{NOW, Sent, secrets};

#[test]
fn every_scheme_believes_its_own_signature_and_no_other_scheme_does() {
    for trial in ALL {
        let sent = Sent::new(trial.body).signed(&trial.scheme, &trial.signer());
        let verdict = sent.verified(&trial.scheme, &[trial.verifier()]);
        assert_eq!(verdict, Ok(()), "{}", trial.name);
        for other in ALL.iter().filter(|other| other.scheme != trial.scheme) {
            let verdict = sent.verified(&other.scheme, &[trial.verifier()]);
            assert!(verdict.is_err(), "{} by {}", trial.name, other.name);
        }
    }
}

#[test]
fn one_of_several_schemes_and_one_of_several_secrets_are_enough() {
    for trial in ALL {
        let sent = Sent::new(trial.body).signed(&trial.scheme, &trial.signer());
        let schemes: Vec<_> = ALL.iter().map(|trial| trial.scheme).take(7).collect();
        let schemes = [schemes, vec![trial.scheme]].concat();
        let [old, new] = [trial.verifier(), secrets(&["b25lIG1vcmU="])[0].clone()];
        for order in [[old.clone(), new.clone()], [new.clone(), old.clone()]] {
            assert_eq!(sent.by_any(&schemes, &order), Ok(()), "{}", trial.name);
        }
        assert!(sent.by_any(&schemes, &[new]).is_err(), "{}", trial.name);
    }
}

#[test]
fn what_is_there_already_is_signed_as_it_is() {
    let trial = ALL.iter().find(|trial| trial.name == "standard").unwrap();
    let sent = Sent::new("{}")
        .with("webhook-id", "msg_1")
        .with("webhook-timestamp", "1700000100")
        .with("content-type", "application/json");
    let signed = sent.signed(&trial.scheme, &trial.signer());
    assert_eq!(signed.verified(&trial.scheme, &[trial.verifier()]), Ok(()));
    for name in ["webhook-id", "webhook-timestamp", "content-type"] {
        assert_eq!(signed.headers.get(name), sent.headers.get(name));
    }
}

/// A delivery that came earlier can be sent again: its time and its signature give way to new ones.
#[test]
fn what_was_signed_long_ago_is_signed_anew() {
    for trial in ALL.iter().filter(|trial| trial.stamp().is_some()) {
        let earlier = Sent::new(trial.body).at(NOW - 3600);
        let earlier = earlier.signed(&trial.scheme, &trial.signer());
        let again = earlier.at(NOW).signed(&trial.scheme, &trial.signer());
        let verdict = again.verified(&trial.scheme, &[trial.verifier()]);
        assert_eq!(verdict, Ok(()), "{}", trial.name);
    }
}

proptest! {
    #[test]
    fn every_body_is_signed_and_believed(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        for trial in ALL.iter().filter(|trial| trial.has_body) {
            let sent = Sent::new(&body).signed(&trial.scheme, &trial.signer());
            prop_assert_eq!(&sent.body, &body);
            prop_assert_eq!(sent.verified(&trial.scheme, &[trial.verifier()]), Ok(()), "{}", trial.name);
        }
    }

    #[test]
    fn every_form_is_signed_and_believed(fields in proptest::collection::vec(("[a-z=&%+ä]{0,9}", "[a-z=&%+ä]{0,9}"), 0..9)) {
        let body = fields.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
        for trial in ALL.iter().filter(|trial| trial.name.contains("form")) {
            let sent = Sent::new(&body).signed(&trial.scheme, &trial.signer());
            prop_assert_eq!(sent.verified(&trial.scheme, &[trial.verifier()]), Ok(()), "{}", trial.name);
        }
    }

    #[test]
    fn every_secret_is_shown_and_believed(secret in "[ -~ä]{1,40}[!-~]") {
        let keys = secrets(&[secret.trim()]);
        for trial in ALL.iter().filter(|trial| trial.name == "query" || trial.name == "each item") {
            let sent = Sent::new(trial.body).signed(&trial.scheme, &keys[0]);
            prop_assert_eq!(sent.verified(&trial.scheme, &keys), Ok(()), "{}", trial.name);
        }
    }
}
