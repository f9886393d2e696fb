//! Who a mail is from, and who it is not.

use serde_json::json;
use timeline::{Distrust, Event};

use crate::{customer, event, event_of, fixture_value, mail};

#[test]
fn a_forged_references_header_opens_the_forgers_own_interaction() {
    let real = event("reply-with-references");
    let forged = event("forged-references");
    assert_ne!(real.interaction_id, forged.interaction_id);
    assert_eq!(customer(&forged), "mailto:eve@example.net");
}

#[test]
fn variants_of_an_address_at_gmail_stay_in_one_thread() {
    let from = |address: &str| {
        let mut payload = fixture_value("reply-with-references");
        payload["mail"]["commonHeaders"]["from"] = json!([address]);
        event_of(&payload).interaction_id
    };
    assert_eq!(
        from("Ada.Example@gmail.com"),
        from("Ada <adaexample+shop@googlemail.com>")
    );
    assert_ne!(
        from("ada.example@example.com"),
        from("adaexample@example.com")
    );
}

#[test]
fn complaint_20_a_reply_address_that_the_sender_typed_is_a_participant_and_never_the_customer() {
    let mail = event("reply-to-and-sender");
    assert_eq!(customer(&mail), "mailto:ada@example.com");
    let others: Vec<_> = mail
        .participants
        .iter()
        .map(|other| other.uri.expose())
        .collect();
    assert_eq!(
        others,
        ["mailto:ada@work.example.com", "mailto:office@example.com"]
    );
}

#[test]
fn a_mail_that_is_not_trusted_binds_to_nobody_and_joins_no_thread() {
    let thread = event("text-utf8").interaction_id;
    for (name, why) in [
        ("spam", Distrust::Spam),
        ("virus", Distrust::Virus),
        ("dmarc-fail", Distrust::Forged),
    ] {
        let event = event(name);
        assert_eq!(mail(&event).distrust, [why]);
        assert!(
            event.customer.is_none() && event.customer_name.is_none(),
            "{name}"
        );
        assert!(
            event.participants.is_empty() && mail(&event).text.is_none(),
            "{name}"
        );
        assert_eq!(
            event.interaction_id.as_str(),
            format!("ses:unverified:ses-received-{name}")
        );
        assert_ne!(event.interaction_id, thread);
    }
    assert!(mail(&event("virus")).attachments.is_empty());
    assert!(mail(&event("verdicts-gray")).distrust.is_empty());
}

#[test]
fn a_line_break_in_a_subject_never_survives() {
    let event = event("subject-injection");
    let subject = mail(&event).subject.as_ref().unwrap().expose();
    assert_eq!(subject, "Hello Bcc: all@example.com Body");
}

#[test]
fn machines_do_not_wait_for_an_answer() {
    for name in ["auto-reply", "delivery-report"] {
        assert!(mail(&event(name)).automatic, "{name}");
    }
    for name in ["text-utf8", "reply-to-and-sender", "no-from-but-envelope"] {
        assert!(!mail(&event(name)).automatic, "{name}");
    }
    assert_eq!(customer(&event("delivery-report")), "nobody");
}

#[test]
fn a_mailing_list_in_between_does_not_make_a_person_a_machine() {
    let mut payload = fixture_value("text-windows-1252-base64");
    payload["mail"]["headers"].as_array_mut().unwrap().extend([
        json!({"name": "Precedence", "value": "list"}),
        json!({"name": "Auto-Submitted", "value": "no"}),
    ]);
    assert!(!mail(&event_of(&payload)).automatic);
}

#[test]
fn the_customers_address_is_the_one_between_the_brackets_and_never_the_one_in_the_name() {
    for from in [
        "\"boss@example.org\" <eve@example.net>",
        "boss@example.org <eve@example.net>",
        "\"<boss@example.org>\" <eve@example.net>",
        "=?utf-8?q?=3Cboss=40example.org=3E?= <eve@example.net>",
        "(boss@example.org) eve@example.net",
    ] {
        let mut payload = fixture_value("no-from-but-envelope");
        payload["mail"]["commonHeaders"]["from"] = json!([from]);
        assert_eq!(
            customer(&event_of(&payload)),
            "mailto:eve@example.net",
            "{from}"
        );
    }
}

#[test]
fn a_sender_whose_address_cannot_be_read_is_kept_as_the_mail_wrote_it() {
    let unread = |event: &Event| {
        let address = event.unread_customer.as_ref()?;
        Some(address.expose().to_owned())
    };
    let bad = event("bad-address");
    assert_eq!(customer(&bad), "nobody");
    assert_eq!(unread(&bad).as_deref(), Some("undisclosed <nobody at all>"));
    for name in [
        "text-utf8",
        "delivery-report",
        "no-from-but-envelope",
        "spam",
    ] {
        assert_eq!(unread(&event(name)), None, "{name}");
    }
    let mut payload = fixture_value("bad-address");
    for nobody in ["<>", "MAILER-DAEMON (Mail Delivery System)", "unknown"] {
        payload["mail"]["commonHeaders"]["from"] = json!([nobody]);
        payload["mail"]["headers"] = json!([]);
        payload["content"] = json!("Subject: x\r\n\r\nx");
        assert_eq!(unread(&event_of(&payload)), None, "{nobody}");
    }
    let bounced = event("bad-bounce-one-recipient");
    assert_eq!(unread(&bounced).as_deref(), Some("not an address"));
}
