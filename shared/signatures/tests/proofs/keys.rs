//! Which secrets serve which scheme.

use signatures::{Algorithm, KeyForm, MAX_SECRETS, Refusal, Scheme, Secret, Signed};

use crate::schemes::*;
use crate::{Sent, secrets};

fn with_key(scheme: Scheme, key: KeyForm) -> Scheme {
    let Scheme::Signed(signed) = scheme else {
        unreachable!()
    };
    Scheme::Signed(Signed { key, ..signed })
}

#[test]
fn nothing_is_believed_without_a_secret() {
    for trial in ALL {
        let sent = Sent::new(trial.body).signed(&trial.scheme, &trial.signer());
        for none in [vec![], secrets(&["", " \n"])] {
            assert_eq!(
                sent.verified(&trial.scheme, &none),
                Err(Refusal::NoSecret),
                "{}",
                trial.name
            );
        }
        assert_eq!(
            sent.by_any(&[], &[trial.verifier()]),
            Err(Refusal::NoSecret)
        );
    }
}

/// Whoever knows the public key, which is everybody, could otherwise sign with it.
#[test]
fn a_public_key_is_never_a_shared_secret() {
    let inside = |pem: &str| {
        pem.lines()
            .filter(|line| !line.starts_with('-'))
            .collect::<String>()
    };
    let keys = [RSA, ECDSA, ED25519_PUBLIC]
        .map(|pem| [pem.to_owned(), inside(pem)])
        .concat();
    for key in keys.iter().map(String::as_str).chain([WHPK]) {
        for trial in ALL
            .iter()
            .filter(|trial| trial.signer() == trial.verifier())
        {
            let sent = Sent::new(trial.body);
            let unsigned = signatures::Unsigned {
                url: &sent.url,
                headers: &sent.headers,
                body: &sent.body,
                now: sent.now,
            };
            let proof = signatures::sign(&trial.scheme, &Secret::new(key), &unsigned);
            assert!(proof.is_err(), "{} {key}", trial.name);
        }
        let shown = Scheme::Shown(&[signatures::Shown::Header("x-token")]);
        let sent = Sent::new("x").with("x-token", key);
        assert_eq!(
            sent.verified(&shown, &secrets(&[key])),
            Err(Refusal::NoSecret)
        );
    }
}

#[test]
fn a_raw_public_key_needs_its_prefix() {
    let sent = Sent::new("{}").signed(&STANDARD_ED25519, &Secret::new(ED25519_PRIVATE));
    assert_eq!(sent.verified(&STANDARD_ED25519, &secrets(&[WHPK])), Ok(()));
    let bare = secrets(&[&WHPK["whpk_".len()..]]);
    assert_eq!(
        sent.verified(&STANDARD_ED25519, &bare),
        Err(Refusal::NoSecret)
    );
}

#[test]
fn keys_are_read_in_each_of_their_forms() {
    let bare = RSA
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect::<Vec<_>>();
    let sent = Sent::new("x").signed(&SIPGATE, &Secret::new(RSA_PRIVATE));
    for key in [
        RSA.to_owned(),
        RSA.replace('\n', "\r\n"),
        RSA.replace('\n', "\\n"),
        bare.concat(),
        bare.join("\n"),
    ] {
        assert_eq!(sent.verified(&SIPGATE, &secrets(&[&key])), Ok(()), "{key}");
    }
    let sent = Sent::new("x").signed(&ED25519, &Secret::new(ED25519_PRIVATE));
    let seed = "whsk_jTAwwtXcjdnzwWDTygsoGJeNfwx4CwfJe39ESSJYGZQ=";
    assert_eq!(
        Sent::new("x").signed(&ED25519, &Secret::new(seed)).headers,
        sent.headers
    );
    let padded = "whsec_c2VjcmV0cw==";
    let sent = Sent::new("x").signed(&STANDARD, &Secret::new(padded));
    for key in [padded, "whsec_c2VjcmV0cw", "c2VjcmV0cw==", " c2VjcmV0cw\n"] {
        assert_eq!(sent.verified(&STANDARD, &secrets(&[key])), Ok(()), "{key}");
    }
}

#[test]
fn keys_of_another_kind_or_form_are_no_secret() {
    let p384 = include_str!("../keys/p384.pub");
    for (scheme, key) in [
        (SIPGATE, ECDSA),
        (SIPGATE, ED25519_PUBLIC),
        (SIPGATE, RSA_PRIVATE),
        (SENDGRID, RSA),
        (SENDGRID, p384),
        (ED25519, ECDSA),
        (ED25519, "not base64!"),
        (with_key(ED25519, KeyForm::Text), ED25519_PUBLIC),
        (with_key(META, KeyForm::PublicKey), RSA),
        (with_key(META, KeyForm::PublicKey), "text"),
        (STANDARD, "whsec_"),
        (STANDARD, "whsec_not base64"),
        (STANDARD, "whsec_c2VjcmV0cx=="),
    ] {
        let sent = Sent::new("x")
            .with("x-sipgate-signature", "AAAA")
            .with("webhook-signature", "v1,AAAA");
        assert_eq!(
            sent.verified(&scheme, &secrets(&[key])),
            Err(Refusal::NoSecret),
            "{key}"
        );
    }
}

/// Its key is well formed, and too short to prove anything.
#[test]
fn a_short_rsa_key_proves_nothing() {
    let key = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC3+ddZYhs1MlpWbKrb/lHBZzA7OaJ8SPlyq34rm9nqEiZ0365yVJsjSaXZBcvlZupSxBN+XgqY8IeiaEf1YG/MiXjPMHh3G/S4JCOF6tlVs6Vona//w6AVSmUWnorydy1Ehq4e+Ca02vKEpgKO+rNN/d55idk7bcEpR1xuIEnJAQIDAQAB";
    let signature = "BYXEflWlyxj5Kz5fraNASG1nwQOipgYDJYy2RpwLMSpmconMnFiBHbDL1dIsfzn9pbX3yUoz6bpsLE0QeTzcSAu+n43aMGNWEtdgDdYpMyl9cLXRLxYBpt14HEtgu8bw0tYe7DpLHQ7tQkLSpuzjrqXd7/MQzf4amrGKHbszA8s=";
    let sent = Sent::new(r#"{"event":"answer"}"#).with("x-sipgate-signature", signature);
    assert_eq!(
        sent.verified(&SIPGATE, &secrets(&[key])),
        Err(Refusal::Wrong)
    );
}

/// Each cut and each changed byte of a public key is read without harm; few of them are keys.
#[test]
fn broken_keys_are_read_without_harm() {
    use base64::Engine;
    let engine = base64::engine::general_purpose::STANDARD;
    let text: String = ECDSA
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    let der = engine.decode(text).unwrap();
    let sent = Sent::new("x").signed(&SENDGRID, &Secret::new(ECDSA_PRIVATE));
    let verdict = |der: &[u8]| sent.verified(&SENDGRID, &secrets(&[&engine.encode(der)]));
    assert_eq!(verdict(&der), Ok(()));
    for at in 0..der.len() {
        assert_eq!(verdict(&der[..at]), Err(Refusal::NoSecret));
        for bit in 0..8 {
            let mut other = der.clone();
            other[at] ^= 1 << bit;
            assert!(verdict(&other).is_err(), "{at} {bit}");
        }
    }
    let longer = [&der[..], b"\0"].concat();
    assert_eq!(verdict(&longer), Err(Refusal::NoSecret));
}

#[test]
fn secrets_past_the_limit_are_left_alone() {
    let sent = Sent::new("x").signed(&META, &Secret::new("last"));
    let mut many = secrets(&["other"; MAX_SECRETS - 1]);
    many.push(Secret::new("last"));
    assert_eq!(sent.verified(&META, &many), Ok(()));
    many.insert(0, Secret::new("first"));
    assert_eq!(sent.verified(&META, &many), Err(Refusal::Wrong));
}

#[test]
fn what_cannot_sign_says_why() {
    let sent = Sent::new("[1]");
    let unsigned = signatures::Unsigned {
        url: &sent.url,
        headers: &sent.headers,
        body: &sent.body,
        now: i64::MAX,
    };
    let why = |scheme: &Scheme, secret: &str| {
        signatures::sign(scheme, &Secret::new(secret), &unsigned)
            .err()
            .map(|error| error.to_string())
    };
    let key = Some("the secret is none in the form that the scheme signs with".to_owned());
    assert_eq!(
        why(&SENDGRID, ECDSA),
        Some("the secret is none in the form that the scheme signs with".to_owned())
    );
    assert_eq!(why(&SIPGATE, ED25519_PRIVATE), key);
    assert_eq!(why(&META, ""), key);
    assert_eq!(
        why(&MAILGUN, "x"),
        Some("the scheme cannot sign such a body".to_owned())
    );
    assert_eq!(
        why(&ZENDESK, "x"),
        Some("the time cannot be written in the scheme's form".to_owned())
    );
    let Scheme::Signed(meta) = META else {
        unreachable!()
    };
    let rsa = Scheme::Signed(Signed {
        algorithm: Algorithm::RsaSha256,
        ..meta
    });
    assert_eq!(
        why(&rsa, RSA_PRIVATE),
        None,
        "the form is of the verifier's key"
    );
    assert_eq!(format!("{:?}", Secret::new("tell nobody")), "[secret]");
}
