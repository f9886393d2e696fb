//! Who is asked for: exactly one of `phone`, `email`, `identity` and `interaction`.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use timeline::{
    Caller, EmailAddress, EmailError, IdError, Identity, IdentityError, InteractionId, PhoneError,
    PhoneNumber, Plan, Region,
};

/// The parameters of which exactly one says who is asked for.
pub(crate) const PARAMETERS: [&str; 4] = ["phone", "email", "identity", "interaction"];

/// Who is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Somebody under this identity.
    Identity(Identity),
    /// Somebody under one of two numbers, since the digits can be read in both ways.
    Either {
        /// As a person in the stack's region dials them.
        national: Identity,
        /// As telephony systems send them: international, only the plus is missing.
        international: Identity,
    },
    /// Whoever is the customer of this interaction.
    Interaction(InteractionId),
    /// Somebody who withholds the number.
    Withheld,
}

/// Why a query is not understood. Never quotes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum QueryError {
    #[error("exactly one of phone, email, identity and interaction is needed")]
    NotOne,
    #[error("is given more than once")]
    Repeated(&'static str),
    #[error("is empty")]
    Empty(&'static str),
    #[error("{0}")]
    Phone(PhoneError),
    #[error("{0}")]
    Email(EmailError),
    #[error("{0}")]
    Identity(IdentityError),
    #[error("{0}")]
    Interaction(IdError),
    #[error("is not a number from 1 to {0}")]
    Limit(usize),
}

impl QueryError {
    /// The parameter that is wrong.
    pub(crate) fn parameter(self) -> &'static str {
        match self {
            Self::NotOne => "phone, email, identity, interaction",
            Self::Phone(_) => "phone",
            Self::Empty(name) | Self::Repeated(name) => name,
            Self::Email(_) => "email",
            Self::Identity(_) => "identity",
            Self::Interaction(_) => "interaction",
            Self::Limit(_) => "limit",
        }
    }
}

/// Reads who is asked for. National numbers are read in the stack's region.
pub(crate) fn read<'a>(
    parameter: impl Fn(&'static str) -> Option<Cow<'a, str>>,
    region: Option<Region>,
) -> Result<Asked, QueryError> {
    let given: Vec<_> = PARAMETERS
        .into_iter()
        .filter_map(|name| Some((name, parameter(name)?)))
        .collect();
    let [(name, value)] = given.as_slice() else {
        return Err(QueryError::NotOne);
    };
    if value.trim().is_empty() {
        return Err(QueryError::Empty(name));
    }
    match *name {
        "phone" => phone(value, region),
        "email" => EmailAddress::read(value)
            .map(|e| Asked::Identity(Identity::email(&e)))
            .map_err(QueryError::Email),
        "interaction" => value
            .parse()
            .map(Asked::Interaction)
            .map_err(QueryError::Interaction),
        _ => identity(value),
    }
}

/// Reads a page's length.
pub(crate) fn limit(
    given: Option<Cow<'_, str>>,
    usual: usize,
    most: usize,
) -> Result<usize, QueryError> {
    match given {
        None => Ok(usual),
        Some(text) => Some(text)
            .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|text| text.parse().ok())
            .filter(|limit| (1..=most).contains(limit))
            .ok_or(QueryError::Limit(most)),
    }
}

/// A path segment without its `%XX`. Ids never hold a percent sign, so decoding twice changes nothing.
pub(crate) fn unescaped(segment: &str) -> String {
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

fn phone(value: &str, region: Option<Region>) -> Result<Asked, QueryError> {
    // An unescaped plus arrives as a space.
    let plus = value
        .strip_prefix(' ')
        .filter(|digits| digits.starts_with(|c: char| c.is_ascii_digit()));
    let value: Cow<'_, str> = plus.map_or(value.into(), |digits| format!("+{digits}").into());
    // Only digits that say no country themselves can be meant in two ways.
    let international = PhoneNumber::read(&value, Plan::International(region)).ok();
    let says_its_country =
        value.trim_start().starts_with(['+', '\u{ff0b}']) || value.trim_start().starts_with("00");
    match (Caller::read(&value, Plan::National(region)), international) {
        (Ok(Caller::Withheld), _) => Ok(Asked::Withheld),
        (_, Some(international)) if says_its_country => {
            Ok(Asked::Identity(Identity::phone(&international, &value)))
        }
        (Ok(Caller::Number(national)), Some(international)) if national != international => {
            Ok(Asked::Either {
                national: Identity::phone(&national, &value),
                international: Identity::phone(&international, &value),
            })
        }
        (Ok(Caller::Number(number)), _) | (Err(_), Some(number)) => {
            Ok(Asked::Identity(Identity::phone(&number, &value)))
        }
        (Err(error), None) => Err(QueryError::Phone(error)),
    }
}

fn identity(value: &str) -> Result<Asked, QueryError> {
    // An unescaped plus behind the scheme arrives as a space, too.
    let value = match value.split_once(": ") {
        Some((scheme @ ("tel" | "whatsapp"), digits)) => Cow::from(format!("{scheme}:+{digits}")),
        _ => Cow::from(value),
    };
    match Identity::read(&value) {
        Ok(identity) => Ok(Asked::Identity(identity)),
        Err(IdentityError::Withheld) => Ok(Asked::Withheld),
        Err(error) => Err(QueryError::Identity(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(name: &'static str, value: &'static str) -> Result<String, QueryError> {
        ask_in("US", name, value)
    }

    fn ask_in(region: &str, name: &'static str, value: &'static str) -> Result<String, QueryError> {
        let region = Some(region.parse().unwrap());
        read(|wanted| (wanted == name).then(|| value.into()), region).map(|asked| match asked {
            Asked::Identity(identity) => identity.uri.expose().to_owned(),
            Asked::Either {
                national,
                international,
            } => format!(
                "{} or {}",
                national.uri.expose(),
                international.uri.expose()
            ),
            Asked::Interaction(id) => id.as_str().to_owned(),
            Asked::Withheld => "withheld".to_owned(),
        })
    }

    #[test]
    fn a_phone_number_is_found_in_any_writing() {
        for text in [
            "+14155550123",
            " 14155550123",
            "14155550123",
            "(415) 555/0123",
            "tel:+1-415-555-0123",
        ] {
            assert_eq!(ask("phone", text), Ok("tel:+14155550123".into()), "{text}");
        }
        assert_eq!(
            ask("phone", "4930231250001"),
            Ok("tel:+4930231250001".into())
        );
        assert_eq!(
            ask("identity", "tel: 14155550123"),
            Ok("tel:+14155550123".into())
        );
    }

    #[test]
    fn digits_that_can_be_meant_in_two_ways_are_asked_for_in_both() {
        let abroad = "tel:+14155550123";
        let both = format!("tel:+4914155550123 or {abroad}");
        for text in ["14155550123", "1 415 555-0123"] {
            assert_eq!(ask_in("DE", "phone", text), Ok(both.clone()), "{text}");
        }
        for text in [
            "+14155550123",
            " 14155550123",
            "0014155550123",
            "tel:+14155550123",
        ] {
            assert_eq!(ask_in("DE", "phone", text), Ok(abroad.into()), "{text}");
        }
    }

    #[test]
    fn what_is_no_identity_is_refused_by_its_parameter() {
        assert_eq!(ask("phone", ""), Err(QueryError::Empty("phone")));
        assert_eq!(ask("phone", "abc").unwrap_err().parameter(), "phone");
        assert_eq!(ask("email", "abc").unwrap_err().parameter(), "email");
        assert_eq!(ask("identity", "abc").unwrap_err().parameter(), "identity");
        assert!(ask("phone", "1111111111222222222233333333334444444444").is_err());
        assert_eq!(read(|_| None, None), Err(QueryError::NotOne));
        assert_eq!(
            read(|_| Some("a@example.com".into()), None),
            Err(QueryError::NotOne)
        );
    }

    #[test]
    fn a_sentinel_is_withheld() {
        for text in ["anonymous", "266696687", "+17378742833", "0000"] {
            assert_eq!(ask("phone", text), Ok("withheld".into()), "{text}");
        }
        assert_eq!(ask("identity", "tel:anonymous"), Ok("withheld".into()));
    }

    #[test]
    fn two_zeros_say_the_country_wherever_the_stack_is() {
        for region in ["JP", "AU", "US", "DE"] {
            let region = Some(region.parse().unwrap());
            let asked = read(
                |name| (name == "phone").then(|| "00493023125000".into()),
                region,
            );
            let Ok(Asked::Identity(identity)) = asked else {
                panic!("{asked:?}")
            };
            assert_eq!(identity.uri.expose(), "tel:+493023125000");
        }
    }

    #[test]
    fn a_limit_is_bounded() {
        assert_eq!(limit(None, 50, 100), Ok(50));
        assert_eq!(limit(Some("7".into()), 50, 100), Ok(7));
        for text in ["0", "101", "-1", "+5", "x", ""] {
            assert_eq!(
                limit(Some(text.into()), 50, 100),
                Err(QueryError::Limit(100)),
                "{text}"
            );
        }
    }

    #[test]
    fn a_path_segment_is_decoded() {
        assert_eq!(unescaped("cti%3A12%2B3"), "cti:12+3");
        assert_eq!(unescaped("a%"), "a%");
    }
}
