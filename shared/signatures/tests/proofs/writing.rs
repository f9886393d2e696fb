//! Signatures that are written in other ways than one.

use signatures::{MAX_HEADER_BYTES, MAX_SIGNATURES, Refusal, Secret};

use crate::schemes::*;
use crate::{Sent, secrets};

const WHSEC: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn standard(header: &str) -> Result<(), Refusal> {
    let sent = Sent::new("{}")
        .with("webhook-id", "msg_1")
        .signed(&STANDARD, &Secret::new(WHSEC));
    let good = sent.headers["webhook-signature"].clone();
    let header = header.replace("GOOD", &good);
    sent.with("webhook-signature", &header)
        .verified(&STANDARD, &secrets(&[WHSEC]))
}

#[test]
fn a_good_one_among_bad_ones_passes() {
    let bad = format!("v1,{}=", "A".repeat(43));
    for header in [
        "GOOD".to_owned(),
        format!("{bad} GOOD"),
        format!("GOOD {bad}"),
        format!("v1a,AAAA v2,x  {bad} GOOD v1,"),
        "v1,??? GOOD".to_owned(),
        format!("{}GOOD", format!("{bad} ").repeat(MAX_SIGNATURES - 1)),
        format!("{}GOOD", "v2,AAAA ".repeat(MAX_SIGNATURES)),
    ] {
        assert_eq!(standard(&header), Ok(()), "{header}");
    }
    let many = format!("{}GOOD", format!("{bad} ").repeat(MAX_SIGNATURES));
    assert_eq!(standard(&many), Err(Refusal::Wrong));
}

#[test]
fn nothing_to_compare_is_no_proof() {
    for (header, refusal) in [
        ("", Refusal::Unsigned),
        (" ", Refusal::Unsigned),
        ("v1,", Refusal::Unsigned),
        ("v1, v1, v1,", Refusal::Unsigned),
        ("v1", Refusal::Unsigned),
        ("v2,AAAA", Refusal::Unsigned),
        ("v1,AAAA", Refusal::Wrong),
        ("v1,=", Refusal::Malformed),
        ("v1,ä", Refusal::Malformed),
        ("v1,A", Refusal::Malformed),
        ("v1,AAA", Refusal::Malformed),
        ("V1,AAAA", Refusal::Unsigned),
    ] {
        assert_eq!(standard(header), Err(refusal), "{header:?}");
    }
}

#[test]
fn encodings_are_strict() {
    let secret = Secret::new("tell nobody");
    let sent = Sent::new("x").signed(&META, &secret);
    let good = sent.headers["x-hub-signature-256"].clone();
    let verdict = |value: &str| {
        let sent = sent.clone().with("x-hub-signature-256", value);
        sent.verified(&META, std::slice::from_ref(&secret))
    };
    assert_eq!(verdict(&format!(" {good}\t")), Ok(()));
    for (value, refusal) in [
        (good.replace("sha256=", ""), Refusal::Unsigned),
        (good.replace("sha256=", "sha1="), Refusal::Unsigned),
        (format!("{good}0"), Refusal::Malformed),
        (format!("{good}00"), Refusal::Wrong),
        (good.replace("sha256=", "sha256=0x"), Refusal::Malformed),
        (good.replace("sha256=", "sha256= "), Refusal::Malformed),
        (format!("{good},{good}"), Refusal::Malformed),
        ("sha256=".to_owned(), Refusal::Unsigned),
        ("sha256=dead beef".to_owned(), Refusal::Malformed),
    ] {
        assert_eq!(verdict(&value), Err(refusal), "{value}");
    }
    let sent = Sent::new("x").signed(&TYPEFORM, &secret);
    let good = sent.headers["typeform-signature"].clone();
    for value in [
        good.replace('=', ""),
        good.replace("sha256=", "sha256=\n"),
        good.trim_end_matches('=').to_owned(),
    ] {
        let sent = sent.clone().with("typeform-signature", &value);
        assert!(
            sent.verified(&TYPEFORM, std::slice::from_ref(&secret))
                .is_err(),
            "{value}"
        );
    }
}

#[test]
fn huge_headers_are_refused_in_every_scheme() {
    for trial in ALL {
        let sent = Sent::new(trial.body).signed(&trial.scheme, &trial.signer());
        for (name, value) in &sent.headers {
            let huge = format!("{value}{}", " x".repeat(MAX_HEADER_BYTES));
            let sent = sent.clone().with(name, &huge);
            let verdict = sent.verified(&trial.scheme, &[trial.verifier()]);
            assert_eq!(verdict, Err(Refusal::Malformed), "{} {name}", trial.name);
        }
    }
}

#[test]
fn several_numbered_headers_are_tried() {
    let secret = secrets(&["tell nobody"]);
    let good = Sent::new("x").signed(&DOCUSIGN, &secret[0]);
    let signature = good.headers["x-docusign-signature-1"].clone();
    let other = Sent::new("x").with("x-docusign-signature-1", "AAAA");
    assert_eq!(other.verified(&DOCUSIGN, &secret), Err(Refusal::Wrong));
    for (number, verdict) in [
        (2, Ok(())),
        (MAX_SIGNATURES, Ok(())),
        (MAX_SIGNATURES + 1, Err(Refusal::Wrong)),
    ] {
        let sent = other
            .clone()
            .with(&format!("x-docusign-signature-{number}"), &signature);
        assert_eq!(sent.verified(&DOCUSIGN, &secret), verdict, "{number}");
    }
}

#[test]
fn the_reason_that_came_furthest_is_given() {
    let secret = secrets(&["tell nobody"]);
    let sent = Sent::new("x").with("x-hub-signature-256", "sha256=00");
    assert_eq!(
        sent.by_any(&[META, STRIPE, SIPGATE], &secret),
        Err(Refusal::Wrong)
    );
    assert_eq!(
        sent.by_any(&[SIPGATE, STRIPE], &secret),
        Err(Refusal::Unsigned)
    );
    assert_eq!(sent.by_any(&[SIPGATE], &secret), Err(Refusal::NoSecret));
    let codes = [
        Refusal::NoSecret,
        Refusal::Unsigned,
        Refusal::Malformed,
        Refusal::Wrong,
        Refusal::Stale,
    ];
    let codes = codes.map(|refusal| format!("{}: {refusal}", refusal.code()));
    assert_eq!(
        codes.join("\n"),
        "no_secret: there is no secret that could prove it\n\
         unsigned: it is not signed\n\
         malformed: its signature cannot be read\n\
         wrong: its signature is not of this delivery\n\
         stale: it was signed at another time"
    );
}
