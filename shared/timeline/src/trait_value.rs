//! What can be a trait's value. The form is looked at, not whether there is such a language or place.

use crate::personal::Personal;
use crate::profile::Lifecycle;
use crate::traits::{MAX_TRAIT_BYTES, TraitName};

/// Longest tag of a language. Source: RFC 5646, section 4.4.1.
const MAX_TAG: usize = 35;
/// Longest subtag of a language's tag. Source: RFC 5646, section 2.1.
const MAX_SUBTAG: usize = 8;
/// Longest name of a time zone: the longest of the database has 32 bytes.
const MAX_ZONE: usize = 64;

/// Why a text cannot be a trait's value. Never quotes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TraitValueError {
    /// Nothing but white space. To take a value away is not to empty it.
    #[error("is empty; null removes it")]
    Empty,
    /// Longer than [`MAX_TRAIT_BYTES`].
    #[error("is longer than {MAX_TRAIT_BYTES} bytes")]
    TooLong,
    /// Control characters other than the end of a line.
    #[error("has control characters")]
    Control,
    /// Not of the form of a BCP 47 tag.
    #[error("is not a language's tag as BCP 47 has it, such as en or pt-BR")]
    NotALanguage,
    /// Not of the form of a name in the IANA time zone database.
    #[error("is not a time zone's name, such as Europe/Berlin or UTC")]
    NotATimeZone,
    /// None of the stages.
    #[error("is not a stage: prospect, lead, customer or former")]
    NotAStage,
}

impl TraitName {
    /// A text as this trait's value: without white space around it, a language's tag and a stage as they are written.
    ///
    /// # Errors
    /// When the text cannot be a value of this trait.
    ///
    /// ```
    /// let language = timeline::TraitName::language();
    /// assert_eq!(language.read("pt_br").map(|tag| tag == "pt-BR".into()), Ok(true));
    /// assert!(language.read("speaks a little German").is_err());
    /// ```
    pub fn read(&self, text: &str) -> Result<Personal, TraitValueError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TraitValueError::Empty);
        }
        if text.len() > MAX_TRAIT_BYTES {
            return Err(TraitValueError::TooLong);
        }
        if text.chars().any(|c| c.is_control() && c != '\n') {
            return Err(TraitValueError::Control);
        }
        match self.as_str() {
            "language" => language(text).ok_or(TraitValueError::NotALanguage),
            "time_zone" if is_zone(text) => Ok(text.into()),
            "time_zone" => Err(TraitValueError::NotATimeZone),
            "lifecycle_stage" => match Lifecycle::named(text) {
                Some(stage) => Ok(stage.name().into()),
                None => Err(TraitValueError::NotAStage),
            },
            _ => Ok(text.into()),
        }
    }
}

/// A tag in the case that RFC 5646, section 2.1.1, recommends, so that one language has one tag.
fn language(text: &str) -> Option<Personal> {
    let tag = text.replace('_', "-");
    let mut subtags = tag.split('-');
    let first = subtags.next()?;
    let is_language =
        (2..=MAX_SUBTAG).contains(&first.len()) && first.bytes().all(|b| b.is_ascii_alphabetic());
    let is_subtag = |subtag: &str| {
        (1..=MAX_SUBTAG).contains(&subtag.len())
            && subtag.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    if tag.len() > MAX_TAG || !is_language || !subtags.clone().all(is_subtag) {
        return None;
    }
    let mut written = first.to_ascii_lowercase();
    let mut after_singleton = false;
    for subtag in subtags {
        let mut subtag = subtag.to_ascii_lowercase();
        let is_letters = subtag.bytes().all(|b| b.is_ascii_alphabetic());
        match subtag.len() {
            2 if is_letters && !after_singleton => subtag.make_ascii_uppercase(),
            4 if is_letters && !after_singleton => subtag[..1].make_ascii_uppercase(),
            1 => after_singleton = true,
            _ => {}
        }
        written.push('-');
        written.push_str(&subtag);
    }
    Some(written.into())
}

/// `UTC`, `Europe/Berlin`, `America/Argentina/Ushuaia`, `Etc/GMT+5`. Source: the database's `theory.html`, "Timezone
/// identifiers".
fn is_zone(text: &str) -> bool {
    let is_part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+'))
    };
    let parts = text.split('/').count();
    let is_alone = matches!(text, "UTC" | "GMT");
    text.len() <= MAX_ZONE && (is_alone || (2..=3).contains(&parts)) && text.split('/').all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str) -> Result<String, TraitValueError> {
        let name: TraitName = name.parse().unwrap();
        name.read(text).map(|value| value.expose().to_owned())
    }

    #[test]
    fn a_language_is_written_in_one_way() {
        for (text, written) in [
            ("de", "de"),
            ("EN_us", "en-US"),
            ("zh-hant-TW", "zh-Hant-TW"),
            ("de-CH-1996", "de-CH-1996"),
            ("en-x-US", "en-x-us"),
        ] {
            assert_eq!(read("language", text), Ok(written.to_owned()));
        }
        for text in ["d", "e1", "en-", "English (US)", "en-toolongsubtag", "-en"] {
            assert_eq!(
                read("language", text),
                Err(TraitValueError::NotALanguage),
                "{text}"
            );
        }
    }

    #[test]
    fn a_time_zone_has_the_form_of_a_name_of_the_database() {
        for text in [
            "UTC",
            "Europe/Berlin",
            "America/Argentina/Ushuaia",
            "Etc/GMT+5",
            "America/Port-au-Prince",
        ] {
            assert_eq!(read("time_zone", text), Ok(text.to_owned()));
        }
        for text in ["+01:00", "Berlin", "Europe/", "Europe/Ber lin", "a/b/c/d"] {
            assert_eq!(
                read("time_zone", text),
                Err(TraitValueError::NotATimeZone),
                "{text}"
            );
        }
    }

    #[test]
    fn a_value_is_a_text_that_can_be_shown() {
        assert_eq!(read("name", "  Ada Example "), Ok("Ada Example".to_owned()));
        assert_eq!(
            read("address", "1 Example Road\nTown"),
            Ok("1 Example Road\nTown".to_owned())
        );
        assert_eq!(read("name", " \t"), Err(TraitValueError::Empty));
        assert_eq!(read("name", "Ada\u{7}"), Err(TraitValueError::Control));
        let long = "a".repeat(MAX_TRAIT_BYTES + 1);
        assert_eq!(
            read("preferences.colour", &long),
            Err(TraitValueError::TooLong)
        );
        assert_eq!(read("lifecycle_stage", "Lead"), Ok("lead".to_owned()));
        assert_eq!(
            read("lifecycle_stage", "vip"),
            Err(TraitValueError::NotAStage)
        );
    }
}
