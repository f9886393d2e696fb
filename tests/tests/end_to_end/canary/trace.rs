//! What stands in for a customer's own data, and how it is found again however it is written.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// A number that is nobody's, as digits.
pub(super) const PHONE: &str = "14155550177";
pub(super) const NAME: &str = "Quillon Vantongeren";
pub(super) const MAIL: &str = "zephyrine@example.net";
/// What somebody wrote, where somebody lives, what stands beside an order.
pub(super) const WORDS: &str = "marzipan zeppelin";
pub(super) const ADDRESS: &str = "17 Larkspurwyvern Lane";
pub(super) const NOTE: &str = "leave it with the ocelotgroomer";
/// What opens something.
pub(super) const TOKEN: &str = "KinkajouToken-7";

/// What of them tells somebody: letters and digits alone, lower case.
pub(super) const TELLING: [&str; 9] = [
    "4155550177",
    "quillon",
    "vantongeren",
    "zephyrine",
    "marzipan",
    "zeppelin",
    "larkspurwyvern",
    "ocelotgroomer",
    "kinkajoutoken",
];

/// Most rounds in which escapes are taken out of a text: one may stand in another.
const MAX_ROUNDS: usize = 3;

/// The first canary that can be read in a text: plain, in any case, in groups, turned around, behind the escapes of
/// JSON, URLs and HTML, in base64 at any place of a longer text, in hexadecimal.
pub(super) fn trace_in(text: &str) -> Option<String> {
    let mut plain = text.to_owned();
    for _ in 0..MAX_ROUNDS {
        let letters: String = plain.chars().filter(char::is_ascii_alphanumeric).collect();
        let letters = letters.to_ascii_lowercase();
        let backwards: String = letters.chars().rev().collect();
        for canary in TELLING {
            let hex: String = canary.bytes().map(|byte| format!("{byte:02x}")).collect();
            for (how, held) in [
                ("plain", letters.contains(canary)),
                ("backwards", backwards.contains(canary)),
                ("in hexadecimal", letters.contains(&hex)),
            ] {
                if held {
                    return Some(format!("{canary} {how}"));
                }
            }
        }
        let next = unescaped(&plain);
        if next == plain {
            break;
        }
        plain = next;
    }
    let in_base64 = |written: &&String| in_base64(written, text);
    let found = as_written().into_iter().find(|written| in_base64(&written));
    found.map(|written| format!("{written} in base64"))
}

/// The canaries in the writings that they are sent in; base64 keeps case and spaces.
fn as_written() -> Vec<String> {
    let all = [
        PHONE,
        &PHONE[1..],
        "Quillon",
        "quillon",
        "Vantongeren",
        "zephyrine@",
        "marzipan",
        "zeppelin",
        "Larkspurwyvern",
        "ocelotgroomer",
        TOKEN,
    ];
    all.map(str::to_owned).to_vec()
}

/// Whether a text holds another in base64, wherever in a longer text the encoding began.
fn in_base64(written: &str, text: &str) -> bool {
    (0..3).any(|before| {
        let whole = format!("{}{written}", "\0".repeat(before));
        // The first and last characters hold bits of what stands beside it.
        let from = [0, 2, 3][before];
        let to = whole.len() * 8 / 6;
        [
            STANDARD_NO_PAD.encode(&whole),
            URL_SAFE_NO_PAD.encode(&whole),
        ]
        .iter()
        .any(|encoded| text.contains(&encoded[from..to]))
    })
}

/// The text with one layer of escapes taken out: `%41`, `\u0041`, `&#65;`, `&#x41;`.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (letter, length) = escape(rest).unwrap_or((first, first.len_utf8()));
        out.push(letter);
        rest = &rest[length..];
    }
    out
}

fn escape(text: &str) -> Option<(char, usize)> {
    let hex = |digits: &str| char::from_u32(u32::from_str_radix(digits, 16).ok()?);
    if text.starts_with('%') {
        return Some((hex(text.get(1..3)?)?, 3));
    }
    if text.starts_with("\\u") {
        return Some((hex(text.get(2..6)?)?, 6));
    }
    let number = text.strip_prefix("&#")?;
    let (number, _) = number.split_once(';')?;
    let letter = match number.strip_prefix(['x', 'X']) {
        Some(digits) => hex(digits)?,
        None => char::from_u32(number.parse().ok()?)?,
    };
    Some((letter, number.len() + 3))
}

#[test]
fn a_leak_is_found_however_it_is_written() {
    use base64::engine::general_purpose::STANDARD;
    for leak in [
        "from=+1 (415) 555-0177 refused",
        "from=%2B1%20415%20555%200177",
        "415.555.0177",
        "7710555514",
        "QUILLON was here",
        r"Q\u0075illon",
        "Q%75illon",
        "Q%2575illon",
        "&#81;uillon and &#x51;uillon",
        "ZEPHYRINE%40example.net",
        "6d61727a6970616e",
        "napizram",
    ] {
        assert!(trace_in(leak).is_some(), "{leak}");
    }
    for before in ["", "a", "ab", "abc"] {
        for canary in as_written() {
            let leak = STANDARD.encode(format!("{before}{canary} and more"));
            assert!(trace_in(&leak).is_some(), "{before}{canary}: {leak}");
        }
    }
    for good in [
        "",
        "record quarantined reason=missing_field field `from` is missing",
        "https://example.com/%zz \\u12 &#; 2026-03-02T09:00:00Z",
        "14155550142 ada@example.com",
    ] {
        assert_eq!(trace_in(good), None, "{good}");
    }
}
