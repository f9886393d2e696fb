//! Finds what looks like a phone number or an email address, in time linear in the text.

use std::borrow::Cow;

/// What stands in place of a covered value.
pub(super) const REDACTED: &str = "[redacted]";
const PHONE: &str = "[phone]";
const EMAIL: &str = "[email]";

/// From this many digits on, digits behind a plus are a phone number. There is no upper bound, so
/// that two numbers in a row are not mistaken for none.
const MIN_PHONE_DIGITS: usize = 7;

/// Separators that may stand between two digits of one number, as in `+49 30 / 901820`.
const MAX_SEPARATORS: usize = 3;

/// The length of a JSON escape with its code, without the backslash: `u001b`.
const UNICODE_ESCAPE: usize = 5;

/// The signs of an address, plain and as query strings hold it.
const AT: [&str; 2] = ["@", "%40"];

/// The signs of an international number, plain and as query strings hold it.
const PLUS: [&str; 3] = ["+", "%2B", "%2b"];

/// Replaces email addresses and phone numbers with a leading plus by `[email]` and `[phone]`.
///
/// `%40` and `%2B` count as `@` and `+`, since query strings hold them so. The text may be JSON: an
/// escape before an address is left whole, so the JSON stays valid.
pub fn redact(text: &str) -> Cow<'_, str> {
    // Addresses first, since an address can hold a plus and digits (`ada+15550100@example.com`).
    match replaced(text, &AT, email_at, EMAIL) {
        Cow::Borrowed(text) => replaced(text, &PLUS, phone_at, PHONE),
        Cow::Owned(text) => Cow::Owned(replaced(&text, &PLUS, phone_at, PHONE).into_owned()),
    }
}

/// What a finder sees: the text, where the search is, and where the run of characters that can
/// belong to an address's local part began.
struct Place<'t> {
    text: &'t str,
    at: usize,
    run: usize,
}

/// A piece of the text to replace.
struct Found {
    start: usize,
    end: usize,
}

/// Replaces what `find` finds at each place of the text, which it does only where a sign stands.
fn replaced<'t>(
    text: &'t str,
    signs: &[&str],
    find: fn(&Place<'_>) -> Option<Found>,
    with: &str,
) -> Cow<'t, str> {
    // Most lines hold no sign at all, and searching for one is much quicker than the walk below.
    if !signs.iter().any(|sign| text.contains(sign)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    let mut copied = 0;
    let mut place = Place {
        text,
        at: 0,
        run: 0,
    };
    while let Some(c) = text[place.at..].chars().next() {
        if let Some(found) = find(&place) {
            out.push_str(&text[copied..found.start]);
            out.push_str(with);
            copied = found.end;
            place.at = found.end;
            place.run = found.end;
            continue;
        }
        if let Some(sign) = sign_len(&text[place.at..], &AT) {
            place.at += sign;
            place.run = place.at;
            continue;
        }
        place.at += c.len_utf8();
        if !is_local(c) {
            place.run = place.at;
        }
    }
    if copied == 0 && out.is_empty() {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// An address whose `@` is here.
fn email_at(place: &Place<'_>) -> Option<Found> {
    let rest = &place.text[place.at..];
    let sign = sign_len(rest, &AT)?;
    let start = after_escape(place.text, place.run);
    if start >= place.at {
        return None;
    }
    let domain = &rest[sign..];
    let end = domain
        .find(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-')))
        .unwrap_or(domain.len());
    let domain = domain[..end].trim_end_matches(['.', '-']);
    // A last label that begins with a digit is a version (`kit@1.2`), not a domain.
    let (_, last) = domain.rsplit_once('.')?;
    last.starts_with(char::is_alphabetic).then(|| Found {
        start,
        end: place.at + sign + domain.len(),
    })
}

/// A phone number whose plus is here.
fn phone_at(place: &Place<'_>) -> Option<Found> {
    let rest = &place.text[place.at..];
    let sign = sign_len(rest, &PLUS)?;
    let (mut digits, mut separators, mut end) = (0, 0, 0);
    for (index, c) in rest[sign..].char_indices() {
        if c.is_ascii_digit() {
            digits += 1;
            separators = 0;
            end = index + 1;
        } else if is_separator(c) && separators < MAX_SEPARATORS {
            separators += 1;
        } else {
            break;
        }
    }
    (digits >= MIN_PHONE_DIGITS).then_some(Found {
        start: place.at,
        end: place.at + sign + end,
    })
}

fn sign_len(rest: &str, signs: &[&str]) -> Option<usize> {
    let sign = signs.iter().find(|sign| rest.starts_with(**sign))?;
    Some(sign.len())
}

/// Where a run really begins, when its first characters belong to a JSON escape such as `\n`.
fn after_escape(text: &str, run: usize) -> usize {
    let before = text[..run].bytes().rev();
    let backslashes = before.take_while(|byte| *byte == b'\\').count();
    if backslashes % 2 == 0 {
        return run;
    }
    match text[run..].bytes().next() {
        Some(b'u') => run + UNICODE_ESCAPE,
        Some(b'b' | b'f' | b'n' | b'r' | b't') => run + 1,
        Some(_) | None => run,
    }
}

fn is_local(c: char) -> bool {
    c.is_alphanumeric() || ".!#$%&'*+-^_`~".contains(c)
}

fn is_separator(c: char) -> bool {
    " -.()/\u{a0}\u{2010}\u{2011}\u{2013}\u{202f}".contains(c)
}
