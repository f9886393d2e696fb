//! Mails that are made to break a parser: bounded, and never a panic.

use proptest::prelude::*;
use serde_json::{Value, json};
use timeline::Text;

use crate::{customer, event_of, fixture, fixture_value, mail, read, text};

/// A notification with this mail in it.
fn with_content(content: &str) -> Value {
    let mut payload = fixture_value("no-message-id");
    payload["mail"]["headers"] = json!([]);
    payload["mail"]["commonHeaders"] = json!({});
    payload["content"] = json!(content);
    payload
}

#[test]
fn ten_thousand_nested_parts_neither_crash_nor_grow() {
    let multiparts: String = (0..10_000)
        .map(|n| format!("Content-Type: multipart/mixed; boundary=\"b{n}\"\r\n\r\n--b{n}\r\n"))
        .collect();
    let mails = "Content-Type: message/rfc822\r\n\r\n".repeat(10_000);
    let same = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n".repeat(10_000);
    for content in [multiparts, mails, same] {
        let payload = with_content(&format!("From: ada@example.com\r\n{content}\r\nhello"));
        let event = event_of(&payload);
        assert_eq!(customer(&event), "mailto:ada@example.com");
        assert!(serde_json::to_string(&event).unwrap().len() < 20_000);
    }
}

#[test]
fn a_body_of_thirty_megabytes_is_cut_with_its_length_noted() {
    let body = "All work and no play. ".repeat(1_400_000);
    let payload = with_content(&format!("From: ada@example.com\r\n\r\n{body}"));
    let event = event_of(&payload);
    let kept = mail(&event).text.as_ref().unwrap();
    assert_eq!(kept.text.expose().len(), Text::MAX_BYTES);
    assert!(kept.full_length.unwrap().abs_diff(body.len() as u64) <= 1);
}

#[test]
fn an_attachment_whose_end_was_not_seen_has_no_size() {
    let payload = with_content(&format!(
        "From: ada@example.com\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b\r\n\
         Content-Type: video/mp4; name=film.mp4\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n--b--\r\n",
        "AAAA".repeat(500_000)
    ));
    let event = event_of(&payload);
    assert_eq!(text(&event), "hello");
    assert_eq!(mail(&event).attachments[0].bytes, None);
}

#[test]
fn a_header_of_a_megabyte_does_not_hide_what_comes_after_it() {
    for filler in ["=?utf-8?q?x", "<a@example.com> ", "((((\"", "=?", ",;:<>"] {
        let long = filler.repeat(1_000_000 / filler.len());
        let payload = with_content(&format!(
            "X-Long: {long}\r\nReply-To: {long}\r\nFrom: ada@example.com\r\nReferences: {long}\r\n\r\n"
        ));
        let event = event_of(&payload);
        assert!(serde_json::to_string(&event).unwrap().len() < 20_000);
    }
    let payload = with_content(&format!(
        "X-Long: {}\r\nFrom: ada@example.com\r\n\r\nhi",
        "x".repeat(1_000_000)
    ));
    assert_eq!(customer(&event_of(&payload)), "mailto:ada@example.com");
}

/// A mail made of what breaks parsers.
fn hostile_mail() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "From: ",
        "Subject: ",
        "Content-Type: ",
        "multipart/alternative; boundary=b",
        "text/html; charset=iso-2022-jp",
        "text/plain; charset=utf-7",
        "charset=gb18030",
        "; name*0*=utf-8''a%",
        "; filename=\"",
        "message/rfc822",
        "Content-Transfer-Encoding: base64",
        "Content-Transfer-Encoding: quoted-printable",
        "Content-Disposition: ",
        "attachment; filename==?utf-8?b?",
        "=?iso-2022-jp?B?GyRC?=",
        "=?utf-8?q?=FF?=",
        "\r\n",
        "\n",
        "\r\n\r\n",
        "--b",
        "--b--",
        "--",
        " ",
        "\t",
        "<",
        ">",
        "\"",
        "(",
        ")",
        "\\",
        "@",
        "a@example.com",
        ",",
        ";",
        ":",
        "=",
        "=3",
        "=\n",
        "\0",
        "\u{1b}$B",
        "ü",
        "&#x",
        "&amp;",
        "<script>",
        "<!--",
        "-->",
        "'",
        "*",
        "%",
        "x",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_mail_panics_whatever_is_in_it(mail in hostile_mail(), encode in any::<bool>()) {
        use base64::Engine;
        let mut payload = with_content(&mail);
        if encode {
            payload["content"] = json!(base64::engine::general_purpose::STANDARD.encode(&mail));
            payload["receipt"]["action"]["encoding"] = json!("BASE64");
        }
        let _ = read(&payload.to_string());
        payload["mail"]["commonHeaders"] = json!({"from": [mail], "to": mail, "subject": mail, "messageId": mail});
        let _ = read(&payload.to_string());
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        use base64::Engine;
        let mut mail = b"Content-Type: text/plain; charset=iso-2022-jp\n\n".to_vec();
        mail.extend(bytes);
        let mut payload = with_content("");
        payload["content"] = json!(base64::engine::general_purpose::STANDARD.encode(&mail));
        prop_assert!(read(&payload.to_string()).is_ok());
    }

    #[test]
    fn no_mutation_of_a_notification_panics(which in 0..5usize, at in any::<prop::sample::Index>(), with in any::<char>()) {
        let names = ["attachments", "bounce-permanent", "text-utf8", "lambda-action", "complaint"];
        let mut body: Vec<char> = fixture(names[which]).chars().collect();
        let at = at.index(body.len());
        body[at] = with;
        let _ = read(&body.into_iter().collect::<String>());
    }
}
