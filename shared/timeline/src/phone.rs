//! Telephone numbers: sentinels first, then E.164, then one key for forms that reach the same telephone.

use std::str::FromStr;

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat};

/// An ISO 3166 country whose numbering plan national numbers follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region(rlibphonenumber::Region);

impl FromStr for Region {
    type Err = PhoneError;

    /// Reads a two-letter country code such as `US`.
    fn from_str(code: &str) -> Result<Self, Self::Err> {
        // The library also knows `001`, the world, and `ZZ`, nowhere; neither has a numbering plan.
        let is_country = code.len() == 2 && !code.eq_ignore_ascii_case("ZZ");
        let region = rlibphonenumber::Region::from_str(&code.to_ascii_uppercase());
        region
            .ok()
            .filter(|_| is_country)
            .map(Self)
            .ok_or(PhoneError::UnknownRegion)
    }
}

/// How digits without a leading plus are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// As sent by sipgate, Zammad, Vonage, Plivo and WhatsApp: international, only the plus is missing.
    /// A leading `00` is the same; a single leading `0` is national in the given region.
    International(Option<Region>),
    /// As a person in that region would dial it.
    National(Option<Region>),
}

/// What a telephony system says about who is calling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// A number, in E.164 with the equivalent forms folded into one.
    Number(PhoneNumber),
    /// The system says that the number is withheld, restricted or not known. Never a customer.
    Withheld,
}

/// A telephone number in E.164. Two numbers that reach the same telephone are equal.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneNumber(String);

/// Why a text is not a telephone number. Says nothing of the text itself, which may be personal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// Letters, or nothing that a numbering plan knows.
    #[error("is not a telephone number")]
    NotANumber,
    /// Too few or too many digits for its country.
    #[error("has too few or too many digits for a telephone number")]
    ImpossibleLength,
    /// A national number and no region to read it in.
    #[error("is a national number, and no region is known to read it in")]
    NoRegion,
    /// Not an ISO 3166 country code.
    #[error("is not a two-letter country code")]
    UnknownRegion,
}

/// Longest text that is looked at as a number.
const MAX_TEXT: usize = 64;

/// Digits that carriers and platforms send when there is no number: ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN
/// and UNAVAILABLE spelled on a telephone's keys.
const SENTINEL_DIGITS: [&str; 5] = [
    "266696687",
    "7378742833",
    "2562533",
    "8656696",
    "86282452253",
];

/// Words for the same. Compared without case and without the brackets around them.
const SENTINEL_WORDS: [&str; 12] = [
    "anonymous",
    "restricted",
    "unavailable",
    "unknown",
    "private",
    "blocked",
    "withheld",
    "hidden",
    "nocallerid",
    "no caller id",
    "not available",
    "none",
];

impl Caller {
    /// Reads what a system sent as the caller's number, sentinels first: parsed naively, some of them become
    /// real numbers of other people.
    ///
    /// ```
    /// use timeline::{Caller, Plan, Region};
    /// let us: Region = "US".parse()?;
    /// let Caller::Number(number) = Caller::read("(415) 555/0123", Plan::National(Some(us)))? else { panic!() };
    /// assert_eq!(number.e164(), "+14155550123");
    /// assert_eq!(Caller::read("+266696687", Plan::International(None))?, Caller::Withheld);
    /// # Ok::<(), timeline::PhoneError>(())
    /// ```
    ///
    /// # Errors
    /// When it is neither a sentinel nor a possible number.
    pub fn read(text: &str, plan: Plan) -> Result<Self, PhoneError> {
        let text = ascii_digits(text);
        if is_sentinel(&text) {
            return Ok(Self::Withheld);
        }
        PhoneNumber::read(&text, plan).map(Self::Number)
    }
}

impl PhoneNumber {
    /// Reads a number in any punctuation.
    ///
    /// # Errors
    /// When no numbering plan has such a number. A possible number need not be in use: test numbers are fine.
    pub fn read(text: &str, plan: Plan) -> Result<Self, PhoneError> {
        if text.len() > MAX_TEXT {
            return Err(PhoneError::ImpossibleLength);
        }
        let bare = strip(text);
        if bare.chars().any(char::is_alphabetic) {
            return Err(PhoneError::NotANumber);
        }
        let (dialled, region) = match plan {
            _ if bare.starts_with(['+', '\u{ff0b}']) => (bare.to_owned(), None),
            Plan::International(region) => match bare.strip_prefix("00") {
                Some(rest) => (format!("+{rest}"), None),
                None if bare.starts_with('0') => {
                    (bare.to_owned(), Some(region.ok_or(PhoneError::NoRegion)?))
                }
                None => (format!("+{bare}"), None),
            },
            Plan::National(region) => (bare.to_owned(), Some(region.ok_or(PhoneError::NoRegion)?)),
        };
        let parse = |text: &str, region: Option<Region>| {
            PHONE_NUMBER_UTIL
                .parse(text, region.map(|r| r.0))
                .map_err(|_| PhoneError::NotANumber)
        };
        let dialled = parse(&dialled, region)?;
        // Folded first: the plans no longer know the old forms, and would refuse their length.
        let e164 = one_form(&PHONE_NUMBER_UTIL.format(&dialled, PhoneNumberFormat::E164));
        let number = parse(&e164, None)?;
        match PHONE_NUMBER_UTIL.is_possible_number_with_reason(&number) {
            Ok(rlibphonenumber::NumberLengthType::IsPossible) => {}
            Ok(rlibphonenumber::NumberLengthType::IsPossibleLocalOnly) | Err(_) => {
                return Err(PhoneError::ImpossibleLength);
            }
        }
        Ok(Self(e164))
    }

    /// Plus, country code, number; digits only.
    #[must_use]
    pub fn e164(&self) -> &str {
        &self.0
    }

    /// The country whose plan the number belongs to, where it is certain.
    #[must_use]
    pub fn region(&self) -> Option<Region> {
        let number = PHONE_NUMBER_UTIL.parse(&self.0, None).ok()?;
        PHONE_NUMBER_UTIL
            .get_region_for_number(&number)
            .or_else(|| PHONE_NUMBER_UTIL.get_region_for_country_code(number.country_code))
            .map(Region)
    }
}

impl std::fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[phone number]")
    }
}

/// Loads the numbering plans (some milliseconds, once), so that the first call of a function need not.
pub fn warm_up() {
    let _ = PhoneNumber::read("+14155550123", Plan::International(None));
}

/// The zeros of the scripts in which people write numbers: Arabic, Persian, Devanagari, Bengali, Thai, full width.
const ZEROS: [u32; 6] = [0x0660, 0x06f0, 0x0966, 0x09e6, 0x0e50, 0xff10];

/// The same with digits of other scripts as ASCII ones.
fn ascii_digits(text: &str) -> String {
    let digit = |c: char| {
        let value = ZEROS
            .iter()
            .find_map(|zero| u32::from(c).checked_sub(*zero).filter(|value| *value < 10));
        value
            .and_then(|value| char::from_digit(value, 10))
            .unwrap_or(c)
    };
    text.chars().map(digit).collect()
}

/// Whether a system said "there is no number" in one of the ways that systems say it.
fn is_sentinel(text: &str) -> bool {
    let text = text.trim().trim_matches(['<', '>', '[', ']', '"', '\'']);
    let word = text.split_once('@').map_or(text, |(user, _)| user);
    let word = word.split_once(':').map_or(word, |(_, rest)| rest).trim();
    if word.is_empty() || SENTINEL_WORDS.iter().any(|s| word.eq_ignore_ascii_case(s)) {
        return true;
    }
    if word.chars().any(char::is_alphabetic) {
        return false;
    }
    let digits: String = word.chars().filter(char::is_ascii_digit).collect();
    let national = digits.strip_prefix('1').unwrap_or(&digits);
    let only_zeros = !digits.is_empty() && digits.bytes().all(|b| b == b'0');
    only_zeros
        || SENTINEL_DIGITS
            .iter()
            .any(|s| *s == digits || *s == national)
}

/// Without the scheme in front, the host and parameters behind, and the extension.
fn strip(text: &str) -> &str {
    let text = text.trim();
    let text = match text.split_once(':') {
        Some((scheme, rest)) if scheme.chars().all(|c| c.is_ascii_alphabetic()) => rest,
        _ => text,
    };
    let end = text.find([';', '@', ',', '#']).unwrap_or(text.len());
    let text = text[..end].trim();
    match text.to_ascii_lowercase().find(['x', 'e']) {
        Some(at) if at > 0 && extension_follows(&text[at..]) => text[..at].trim(),
        _ => text,
    }
}

/// Whether this is `x12`, `ext 12` or `ext. 12`.
fn extension_follows(tail: &str) -> bool {
    let digits = tail.trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == '.' || c == ' ');
    let word = tail[..tail.len() - digits.len()].trim_end_matches(['.', ' ']);
    ["x", "ext", "extension"]
        .iter()
        .any(|w| word.eq_ignore_ascii_case(w))
        && !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Folds the forms that reach the same telephone: Brazil with and without the ninth digit of mobiles,
/// Argentina with and without the 9 of mobiles, Mexico with and without the old 1.
fn one_form(e164: &str) -> String {
    if let Some(rest) = e164.strip_prefix("+55")
        && rest.len() == 10
        && rest.as_bytes()[2] >= b'6'
    {
        return format!("+55{}9{}", &rest[..2], &rest[2..]);
    }
    if let Some(rest) = e164.strip_prefix("+549")
        && rest.len() == 10
    {
        return format!("+54{rest}");
    }
    if let Some(rest) = e164.strip_prefix("+521")
        && rest.len() == 10
    {
        return format!("+52{rest}");
    }
    e164.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn us() -> Plan {
        Plan::National(Some("US".parse().unwrap()))
    }

    fn international(text: &str) -> Result<Caller, PhoneError> {
        Caller::read(text, Plan::International(Some("DE".parse().unwrap())))
    }

    fn number(e164: &str) -> Result<Caller, PhoneError> {
        Ok(Caller::Number(PhoneNumber(e164.to_owned())))
    }

    #[test]
    fn complaint_1_any_punctuation_is_the_same_number() {
        for text in [
            "+1 415 555 0123",
            "+1/415/555/0123",
            "+1 (415) 555-0123",
            "tel:+1-415-555-0123",
            "415.555.0123",
            "tel:+1-415-555-0123;ext=7",
            "sip:+14155550123@pbx.example.com",
            "+14155550123 ext. 7",
            "+14155550123x7",
            "whatsapp:+14155550123",
        ] {
            assert_eq!(Caller::read(text, us()), number("+14155550123"), "{text}");
        }
    }

    #[test]
    fn complaint_2_a_national_number_takes_the_region_it_is_given() {
        let german = Plan::National(Some("de".parse().unwrap()));
        assert_eq!(
            Caller::read("030 23125 000", german),
            number("+493023125000")
        );
        assert_eq!(
            Caller::read("030 23125 000", Plan::National(None)),
            Err(PhoneError::NoRegion)
        );
        assert_eq!(international("03023125000"), number("+493023125000"));
    }

    #[test]
    fn digits_of_other_scripts_are_digits() {
        assert_eq!(Caller::read("٤١٥٥٥٥٠١٢٣", us()), number("+14155550123"));
        assert_eq!(international("＋14155550123"), number("+14155550123"));
    }

    #[test]
    fn digits_without_plus_are_international() {
        assert_eq!(international("492111234567"), number("+492111234567"));
        assert_eq!(international("00492111234567"), number("+492111234567"));
        assert_eq!(
            Caller::read("14155550123", Plan::International(None)),
            number("+14155550123")
        );
    }

    #[test]
    fn complaint_3_equivalent_forms_share_one_key() {
        for (a, b) in [
            ("+55 11 6123 4567", "+55 11 96123 4567"),
            ("+54 9 11 2345 6789", "+54 11 2345 6789"),
            ("+52 1 55 1234 5678", "+52 55 1234 5678"),
        ] {
            assert_eq!(Caller::read(a, us()), Caller::read(b, us()), "{a} and {b}");
        }
        assert_ne!(
            Caller::read("+55 11 3123 4567", us()),
            Caller::read("+55 11 93123 4567", us()),
            "a landline"
        );
    }

    #[test]
    fn sentinels_are_withheld_whatever_their_dress() {
        for text in [
            "266696687",
            "+266696687",
            "1266696687",
            "+1266696687",
            "7378742833",
            "+17378742833",
            "2562533",
            "8656696",
            "86282452253",
            "+86282452253",
            "anonymous",
            "Anonymous",
            "RESTRICTED",
            "<unknown>",
            "",
            " ",
            "0",
            "+0000",
            "private",
            "withheld",
            "sip:anonymous@anonymous.invalid",
            "unavailable",
            "blocked",
            "client:Anonymous",
        ] {
            assert_eq!(Caller::read(text, us()), Ok(Caller::Withheld), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["!!!", "-", "()", "+", "#", "\u{fffd}\u{fffd}"] {
            assert_eq!(
                Caller::read(text, us()),
                Err(PhoneError::NotANumber),
                "{text:?}"
            );
        }
        assert_eq!("ZZ".parse::<Region>(), Err(PhoneError::UnknownRegion));
        assert_eq!(Caller::read("abc", us()), Err(PhoneError::NotANumber));
        assert_eq!(Caller::read("[Number]", us()), Err(PhoneError::NotANumber));
        assert_eq!(
            Caller::read("+1 800 FLOWERS", us()),
            Err(PhoneError::NotANumber)
        );
        assert!(Caller::read(&"1".repeat(40), us()).is_err());
        assert!(Caller::read(&"1".repeat(4000), us()).is_err());
        assert!(Caller::read("+12", us()).is_err());
        assert!(Caller::read("200", us()).is_err());
    }

    #[test]
    fn the_dialled_number_gives_its_region() {
        let Ok(Caller::Number(dialled)) = international("493023125000") else {
            panic!()
        };
        assert_eq!(dialled.region(), Some("DE".parse().unwrap()));
        assert_eq!(
            PhoneNumber("+14155550123".into()).region(),
            Some("US".parse().unwrap())
        );
    }
}
