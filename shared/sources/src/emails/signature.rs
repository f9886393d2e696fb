//! What a mail says of its author beside the address: the telephone number under it, and the ticket in its subject.
//!
//! Only of what the author wrote: what a mail quotes is another's. And only of a mail that is trusted, since anybody can
//! write anything into one that is not.

use timeline::{Basis, Fact, Identity, Mail, Plan, Region, cut};

use crate::evidence::{Evidence, Thing, phone};
use crate::reading::{Context, Reading};

/// Most lines of a mail that are looked at.
const MAX_LINES: usize = 2000;
/// Most lines of a block after the line `-- `.
const MAX_BLOCK: usize = 12;
/// Most lines that are a block without that line, after a greeting.
const MAX_AFTER_GREETING: usize = 8;
/// Longest line of a block, in bytes: what is longer is prose. Of other lines as much is looked at, at either end.
const MAX_LINE: usize = 200;
/// Longest line that is a greeting, in bytes.
const MAX_GREETING: usize = 40;
/// Most lines after which an attribution that was folded ends.
const MAX_FOLDED: usize = 3;
/// Most numbers that one block claims.
const MAX_NUMBERS: usize = 3;
/// Fewest digits of a telephone number.
const MIN_DIGITS: usize = 7;
/// Most tickets that one subject claims.
const MAX_TICKETS: usize = 3;
/// Digits that a ticket's number may have.
const TICKET_DIGITS: std::ops::RangeInclusive<usize> = 3..=20;
/// Longest name of a help desk before a ticket's number, in bytes.
const MAX_DESK: usize = 64;

/// How a mail closes, in the languages of most mails.
const GREETINGS: [&str; 33] = [
    "kind regards",
    "best regards",
    "warm regards",
    "with regards",
    "regards",
    "best wishes",
    "best",
    "cheers",
    "thanks",
    "many thanks",
    "thank you",
    "yours",
    "sincerely",
    "yours sincerely",
    "yours faithfully",
    "sincerely yours",
    "mit freundlichen grüßen",
    "mit freundlichem gruß",
    "freundliche grüße",
    "viele grüße",
    "beste grüße",
    "liebe grüße",
    "schöne grüße",
    "mfg",
    "cordialement",
    "bien cordialement",
    "bien à vous",
    "saludos",
    "un saludo",
    "atentamente",
    "atenciosamente",
    "cordiali saluti",
    "met vriendelijke groet",
];

/// How the line ends that says of whom the quoted text is: `On Monday Ada wrote:`.
///
/// Its beginning, a word that it has where the end alone could be any sentence's, and its end.
const ATTRIBUTIONS: [(&str, Option<&str>, &str); 9] = [
    ("on ", None, "wrote:"),
    ("am ", None, "schrieb:"),
    ("am ", Some("schrieb"), ":"),
    ("le ", None, "écrit :"),
    ("el ", None, "escribió:"),
    ("il ", None, "scritto:"),
    ("em ", None, "escreveu:"),
    ("op ", Some("schreef"), ":"),
    ("op ", None, "geschreven:"),
];

/// How lines begin after which all is another mail.
const FORWARDED: [&str; 9] = [
    "-----",
    "_____",
    "begin forwarded message",
    "from: ",
    "von: ",
    "de : ",
    "de: ",
    "van: ",
    "da: ",
];

/// What a line says before its number, where the number is written as at home.
const LABELS: [&str; 12] = [
    "tel", "phone", "ph", "mobile", "mobil", "cell", "telefon", "handy", "t", "m", "p", "call",
];

/// Adds the claims of each mail that came in.
pub(super) fn claimed(mut reading: Reading, context: &Context) -> Reading {
    for event in &mut reading.events {
        let Fact::Mail(mail) = &event.fact else {
            continue;
        };
        if mail.outbound || !mail.distrust.is_empty() {
            continue;
        }
        let evidence = of_mail(mail, context.region);
        evidence.state_in(event);
    }
    reading
}

fn of_mail(mail: &Mail, region: Option<Region>) -> Evidence {
    let mut evidence = Evidence::default();
    let subject = mail.subject.as_ref().map(timeline::Personal::expose);
    for ticket in tickets(subject.unwrap_or_default()) {
        evidence.claim(Basis::Thread, Some(ticket));
    }
    // What a machine writes ends with a number of the company that runs it.
    if let Some(text) = mail.text.as_ref().filter(|_| !mail.automatic) {
        for number in numbers(text.text.expose(), region) {
            evidence.claim(Basis::Signature, Some(number));
        }
    }
    evidence
}

/// Tickets in a subject, as help desks write them: `[Ticket#12345]`, `[#12345]`, `[desk.example.com #12345]`.
fn tickets(subject: &str) -> Vec<Identity> {
    let brackets = subject.split('[').skip(1);
    let inner = brackets.filter_map(|rest| rest.split_once(']').map(|(inner, _)| inner));
    let found = inner.filter_map(|inner| {
        let (desk, number) = inner.rsplit_once('#')?;
        let number = number.trim();
        let is_number =
            TICKET_DIGITS.contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
        (is_number && desk.len() <= MAX_DESK).then(|| Thing::Ticket.identity(number))?
    });
    found.take(MAX_TICKETS).collect()
}

/// The telephone numbers of a mail's signature block.
fn numbers(text: &str, region: Option<Region>) -> Vec<Identity> {
    let lines = own_lines(text);
    let block = block(&lines).iter();
    let found = block
        .filter(|line| line.len() <= MAX_LINE)
        .flat_map(|line| line.split(['|', '•', '·', ',', ';', '\t']))
        .filter_map(|part| number(part, region));
    found.take(MAX_NUMBERS).collect()
}

/// What the author wrote: the lines before another mail, without those that are quoted.
fn own_lines(text: &str) -> Vec<&str> {
    let lines: Vec<&str> = text.lines().take(MAX_LINES).map(str::trim).collect();
    let mut own = Vec::new();
    let mut rest = lines.as_slice();
    while let Some((line, after)) = rest.split_first() {
        rest = after;
        if line.starts_with('>') {
            // What is above and below a quotation is no block together.
            own.push("");
            continue;
        }
        if starts_another(line) {
            break;
        }
        if let Some(after) = after_attribution(line, after) {
            let next = after.iter().find(|line| !line.is_empty());
            if next.is_some_and(|line| line.starts_with('>')) {
                rest = after;
                continue;
            }
            break;
        }
        own.push(*line);
    }
    own
}

fn starts_another(line: &str) -> bool {
    let beginning = cut(line, MAX_LINE).to_lowercase();
    FORWARDED.iter().any(|mark| beginning.starts_with(mark))
}

/// The lines after one that says of whom the quoted text is, which may be folded. Names and addresses may make it longer
/// than any line of a block.
fn after_attribution<'a, 'b>(line: &str, after: &'a [&'b str]) -> Option<&'a [&'b str]> {
    let first = cut(line, MAX_LINE).to_lowercase();
    let mut attributions = ATTRIBUTIONS.iter();
    attributions.find_map(|(begin, verb, end)| {
        if !first.starts_with(begin) {
            return None;
        }
        let mut has_verb = verb.is_none();
        let folded = after.iter().copied().take(MAX_FOLDED);
        for (more, line) in std::iter::once(line).chain(folded).enumerate() {
            let last = tail(line).to_lowercase();
            let beginning = cut(line, MAX_LINE).to_lowercase();
            let mut words = beginning.split_whitespace().chain(last.split_whitespace());
            has_verb |= words.any(|word| Some(word) == *verb);
            if has_verb && last.ends_with(end) {
                return after.get(more..);
            }
        }
        None
    })
}

/// The end of a line.
fn tail(line: &str) -> &str {
    let from =
        (line.len().saturating_sub(MAX_LINE)..line.len()).find(|at| line.is_char_boundary(*at));
    from.map_or(line, |from| &line[from..])
}

/// The signature block: what follows the last line `-- `, else the last greeting.
fn block<'a, 'b>(lines: &'a [&'b str]) -> &'a [&'b str] {
    let end = lines.iter().rposition(|line| !line.is_empty());
    let lines = &lines[..end.map_or(0, |end| end + 1)];
    if let Some(mark) = lines.iter().rposition(|line| *line == "--") {
        let after = &lines[mark + 1..];
        return &after[..after.len().min(MAX_BLOCK)];
    }
    let near = lines.len().saturating_sub(MAX_AFTER_GREETING + 1);
    let after = lines[near..]
        .iter()
        .rposition(|line| is_greeting(line))
        .map(|greeting| &lines[near + greeting + 1..]);
    after.unwrap_or_default()
}

fn is_greeting(line: &str) -> bool {
    if line.len() > MAX_GREETING {
        return false;
    }
    let words = line.trim_end_matches([',', '.', '!', ' ']).to_lowercase();
    GREETINGS.contains(&words.as_str())
}

/// The number that a part of a line holds: with a plus, or after a label as it is dialled at home. A fax is no telephone.
fn number(part: &str, region: Option<Region>) -> Option<Identity> {
    let part = part.trim();
    let lower = part.to_lowercase();
    if lower.contains("fax") {
        return None;
    }
    let written = |from: usize| {
        let rest = &part[from..];
        let is_part = |c: char| c.is_ascii_digit() || " +()-./\u{a0}".contains(c);
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let number = rest[..end].trim();
        let digits = number.bytes().filter(u8::is_ascii_digit).count();
        (digits >= MIN_DIGITS).then_some(number)
    };
    if let Some(plus) = part.find('+') {
        return phone(written(plus)?, Plan::International(None));
    }
    let region = region?;
    let label_end = lower.find(|c: char| !c.is_alphabetic())?;
    if !LABELS.contains(&&lower[..label_end]) {
        return None;
    }
    let first = part.find(|c: char| c.is_ascii_digit() || c == '(')?;
    phone(written(first)?, Plan::National(Some(region)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claimed_in(region: Option<&str>, text: &str) -> Vec<String> {
        let region = region.map(|region| region.parse().unwrap());
        let numbers = numbers(text, region).into_iter();
        numbers.map(|of| of.uri.expose().to_owned()).collect()
    }

    fn claimed(text: &str) -> Vec<String> {
        claimed_in(Some("US"), text)
    }

    #[test]
    fn the_number_under_a_mail_is_its_authors() {
        for text in [
            "Hello\n-- \nAda Example\nMobile +49 30 23125 123",
            "Hello\n--\nAda | Example Ltd | Tel. +49 (0)30 23125-123",
            "Hello\n\nKind regards,\n\nAda\nExample Ltd\nPhone: +49.30.23125.123",
            "Hallo\n\nMit freundlichen Grüßen\nAda Example\nTelefon +49 30 23125123 · Telefax +49 30 23125999",
            "Hello\n> old words\n\nthanks!\n+49 30 23125 123",
            "Hello\n-- \n+49 30 23125 123\n\nOn Monday, 2 March 2026, Bo Sample wrote:\nWords\n-- \n+1 415 555 0199",
        ] {
            assert_eq!(claimed(text), ["tel:+493023125123"], "{text}");
        }
    }

    #[test]
    fn complaint_20_a_number_that_a_mail_quotes_is_not_its_authors() {
        for text in [
            "Yes\n\nOn Mon, 2 Mar 2026 Bo Sample <bo@example.com> wrote:\n> Call me.\n> -- \n> +14155550199",
            "Yes\n\nOn Mon, 2 Mar 2026 at 09:15 Bo Sample\n<bo@example.com> wrote:\n\nHi\n-- \n+14155550199",
            "Ja\n\nAm 02.03.2026 um 09:15 schrieb Bo Sample:\nHallo\n-- \n+14155550199",
            "Ja\n\nOp ma 2 mrt 2026 om 09:15 schreef Bo Sample <bo@example.com>:\nHallo\n-- \n+14155550199",
            "Ja\n\nOp 2 mrt 2026 heeft Bo Sample het volgende geschreven:\nHallo\n-- \n+14155550199",
            "Ja\n\nAm 02.03.2026 um 09:15\nschrieb Bo Sample:\nHallo\n-- \n+14155550199",
            "Sì\n\nIl giorno lun 2 mar 2026 alle ore 09:15 Bo Sample\n<bo@example.com> ha scritto:\nCiao\n-- \n+14155550199",
            "Sí\n\nEl lun, 2 mar 2026 a las 9:15, Bo Sample (<bo@example.com>) escribió:\nHola\n-- \n+14155550199",
            "Sim\n\nEm seg., 2 de mar. de 2026 às 09:15, Bo Sample escreveu:\nOlá\n-- \n+14155550199",
            "Ja\nVan: Bo Sample\nVerzonden: maandag\n\nGroet\n-- \n+14155550199",
            "Sì\nDa: Bo Sample\nInviato: lunedì\n\nSaluti\n-- \n+14155550199",
            "Yes\n\n-----Original Message-----\nFrom: Bo\n\nRegards\n+14155550199",
            "Yes\n________________________________\nFrom: Bo\nRegards\n+14155550199",
            "Yes\nFrom: Bo Sample\nSent: Monday\n\nRegards\n+14155550199",
            "> Regards\n> +14155550199",
        ] {
            assert_eq!(claimed(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn complaint_20_what_follows_a_long_attribution_is_not_its_authors() {
        let name = "Bö Sample of the Example Company ".repeat(20);
        let words = "\nHi\n-- \n+14155550199";
        for text in [
            format!("Yes\n\nOn Mon, 2 Mar 2026 {name}<bo@example.com> wrote:{words}"),
            format!("Ja\n\nAm 02.03.2026 schrieb {name}<bo@example.com>:{words}"),
            format!("Ja\n\nOp 2 mrt 2026 {name} schreef Bo:{words}"),
            format!("Yes\n\nOn Mon, 2 Mar 2026\n{name}\n{name} wrote:{words}"),
        ] {
            assert_eq!(claimed(&text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn what_is_said_in_the_mail_is_no_signature() {
        for text in [
            "Please call my neighbour at +14155550199.",
            "Regards to all.\nPlease call my neighbour\nat +14155550199",
            "Thanks\n1\n2\n3\n4\n5\n6\n7\n8\n+14155550199",
            "Hello\n-- \nFax +1 415 555 0199",
            "Hello\n-- \n+12 34",
            "Hello\n-- \nOrder 4155550199",
            "",
        ] {
            assert_eq!(claimed(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn complaint_2_a_number_as_at_home_is_read_in_the_stacks_region_only() {
        let text = "Hello\n-- \nAda\nMobile: (415) 555-0199";
        assert_eq!(claimed_in(Some("US"), text), ["tel:+14155550199"]);
        assert_eq!(claimed_in(None, text), Vec::<String>::new());
    }

    #[test]
    fn a_ticket_is_read_in_the_forms_of_help_desks() {
        let of = |subject| -> Vec<String> {
            let found = tickets(subject).into_iter();
            found.map(|of| of.uri.expose().to_owned()).collect()
        };
        for subject in [
            "Re: [Ticket#12345] Invoice",
            "[#12345] Invoice",
            "AW: [desk.example.com #12345] Invoice",
            "[EXTERNAL] Re: [Ticket# 12345]",
        ] {
            assert_eq!(of(subject), ["crm:ticket/12345"], "{subject}");
        }
        for subject in [
            "Ticket 12345",
            "#12345",
            "[#12345",
            "[#1]",
            "[#12a45]",
            "[12345]",
            "[#123456789012345678901]",
        ] {
            assert_eq!(of(subject), Vec::<String>::new(), "{subject}");
        }
        assert_eq!(of("[#111] [#222] [#333] [#444]").len(), MAX_TICKETS);
    }
}
