//! Who somebody is, as a URI: `tel:+14155550123`, `mailto:ada@example.com`, `visitor:<widget>/<id>` …

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::email::{EmailAddress, EmailError};
use crate::ids::opaque;
use crate::personal::Personal;
use crate::phone::{Caller, PhoneError, PhoneNumber, Plan};

/// What sort of identity a URI is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum IdentityKind {
    /// A telephone number in E.164.
    Tel,
    /// An email address.
    Mailto,
    /// A visitor of a website or chat widget, known to that widget only.
    Visitor,
    /// A WhatsApp account, named by its number.
    Whatsapp,
    /// A SIP user without a number.
    Sip,
    /// A record of a CRM or another system of the company.
    Crm,
}

impl IdentityKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Tel,
        Self::Mailto,
        Self::Visitor,
        Self::Whatsapp,
        Self::Sip,
        Self::Crm,
    ];

    /// The scheme of its URI.
    #[must_use]
    pub fn scheme(self) -> &'static str {
        match self {
            Self::Tel => "tel",
            Self::Mailto => "mailto",
            Self::Visitor => "visitor",
            Self::Whatsapp => "whatsapp",
            Self::Sip => "sip",
            Self::Crm => "crm",
        }
    }
}

/// The canonical form of an identity. Equal URIs are one identity.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IdentityUri {
    kind: IdentityKind,
    uri: String,
}

/// An identity as an event names it: the canonical URI to match by, and the address as it was sent, to answer to.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Identity {
    /// The canonical form.
    pub uri: IdentityUri,
    /// The address as the source wrote it.
    pub raw: Personal,
}

/// Why a text is not an identity. Says nothing of the text itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// No scheme, or one that is not an identity's.
    #[error(
        "is not an identity: a URI that begins with tel:, mailto:, visitor:, whatsapp:, sip: or crm:"
    )]
    UnknownScheme,
    /// Nothing behind the scheme, or characters that no id has.
    #[error("has an id that is empty, or has spaces or control characters")]
    BadId,
    /// `visitor:` and `crm:` ids are under the system that gave them.
    #[error("needs the form <system>/<id> behind its scheme")]
    NoSystem,
    /// The number or the word stands for "withheld".
    #[error("stands for a withheld number, which is nobody's identity")]
    Withheld,
    /// Behind `tel:` or `whatsapp:`.
    #[error("has a bad telephone number")]
    Phone(#[source] PhoneError),
    /// Behind `mailto:`.
    #[error("has a bad email address")]
    Email(#[source] EmailError),
}

/// Longest id kept as it is; a longer one is replaced by its digest.
const MAX_ID: usize = 200;

impl IdentityUri {
    /// What sort of identity it is.
    #[must_use]
    pub fn kind(&self) -> IdentityKind {
        self.kind
    }

    /// The URI's text. Personal: for storing and for the agent, never for a log.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.uri
    }

    fn new(kind: IdentityKind, id: &str) -> Self {
        Self {
            kind,
            uri: format!("{}:{id}", kind.scheme()),
        }
    }
}

impl Identity {
    /// Of a telephone number.
    #[must_use]
    pub fn phone(number: &PhoneNumber, raw: &str) -> Self {
        Self {
            uri: IdentityUri::new(IdentityKind::Tel, number.e164()),
            raw: raw.into(),
        }
    }

    /// Of an email address.
    #[must_use]
    pub fn email(address: &EmailAddress) -> Self {
        Self {
            uri: IdentityUri::new(IdentityKind::Mailto, address.key()),
            raw: address.raw().into(),
        }
    }

    /// Of a visitor whom only one widget knows.
    ///
    /// # Errors
    /// When the widget's name or the id is empty or has spaces or control characters.
    pub fn visitor(widget: &str, id: &str) -> Result<Self, IdentityError> {
        Self::of_system(IdentityKind::Visitor, widget, id)
    }

    /// Of a record in a CRM, ticket or order system.
    ///
    /// # Errors
    /// When the system's name or the id is empty or has spaces or control characters.
    pub fn crm(system: &str, id: &str) -> Result<Self, IdentityError> {
        Self::of_system(IdentityKind::Crm, system, id)
    }

    /// Of whatever a telephony system sends as an address: a number in any form, or a SIP user without one.
    /// `None` when the system says that the caller is withheld.
    ///
    /// # Errors
    /// When it is neither.
    pub fn caller(raw: &str, plan: Plan) -> Result<Option<Self>, IdentityError> {
        match Caller::read(raw, plan) {
            Ok(Caller::Withheld) => Ok(None),
            Ok(Caller::Number(number)) => Ok(Some(Self::phone(&number, raw))),
            Err(error) => match sip_user(raw) {
                Some(user) => Ok(Some(Self {
                    uri: IdentityUri::new(IdentityKind::Sip, &plain_id(&user)?),
                    raw: raw.into(),
                })),
                None => Err(IdentityError::Phone(error)),
            },
        }
    }

    /// Reads an identity's URI in any punctuation and case, as a person or a program would write it.
    ///
    /// ```
    /// use timeline::Identity;
    /// assert_eq!(Identity::read("tel:+1 (415) 555-0123")?.uri.expose(), "tel:+14155550123");
    /// assert_eq!(Identity::read("mailto:Ada@Example.com")?.uri.expose(), "mailto:ada@example.com");
    /// # Ok::<(), timeline::IdentityError>(())
    /// ```
    ///
    /// # Errors
    /// When the scheme is not an identity's, or what follows is not of its form.
    pub fn read(uri: &str) -> Result<Self, IdentityError> {
        let (scheme, rest) = uri
            .trim()
            .split_once(':')
            .ok_or(IdentityError::UnknownScheme)?;
        let kind = IdentityKind::ALL
            .into_iter()
            .find(|kind| kind.scheme().eq_ignore_ascii_case(scheme))
            .ok_or(IdentityError::UnknownScheme)?;
        match kind {
            IdentityKind::Tel | IdentityKind::Whatsapp => {
                let number = match Caller::read(rest, Plan::International(None))
                    .map_err(IdentityError::Phone)?
                {
                    Caller::Number(number) => number,
                    Caller::Withheld => return Err(IdentityError::Withheld),
                };
                Ok(Self {
                    uri: IdentityUri::new(kind, number.e164()),
                    raw: rest.into(),
                })
            }
            IdentityKind::Mailto => EmailAddress::read(rest)
                .map(|e| Self::email(&e))
                .map_err(IdentityError::Email),
            IdentityKind::Visitor | IdentityKind::Crm => {
                let (system, id) = rest.split_once('/').ok_or(IdentityError::NoSystem)?;
                Self::of_system(kind, system, id)
            }
            IdentityKind::Sip => {
                Self::caller(uri, Plan::International(None))?.ok_or(IdentityError::Withheld)
            }
        }
    }

    fn of_system(kind: IdentityKind, system: &str, id: &str) -> Result<Self, IdentityError> {
        if system.contains('/') {
            return Err(IdentityError::NoSystem);
        }
        let path = format!("{}/{}", plain_id(&system.to_lowercase())?, plain_id(id)?);
        Ok(Self {
            uri: IdentityUri::new(kind, &path),
            raw: id.into(),
        })
    }
}

/// The `user@host` of a SIP address, with or without its scheme, without parameters.
fn sip_user(raw: &str) -> Option<String> {
    let raw = raw.trim();
    let bare = raw.strip_prefix("sip:").or(raw.strip_prefix("sips:"));
    let user = bare.unwrap_or(raw).split([';', '?']).next()?;
    let (name, host) = user.split_once('@').unwrap_or((user, ""));
    let is_address = !name.is_empty() && !host.is_empty();
    (bare.is_some() || is_address).then(|| user.to_lowercase())
}

/// An id as it is, or its digest when it is too long to be part of a key.
fn plain_id(id: &str) -> Result<String, IdentityError> {
    let id = id.trim();
    if id.is_empty() || id.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(IdentityError::BadId);
    }
    Ok(if id.len() > MAX_ID {
        opaque(&[id])
    } else {
        id.to_owned()
    })
}

impl FromStr for IdentityUri {
    type Err = IdentityError;

    fn from_str(uri: &str) -> Result<Self, Self::Err> {
        Identity::read(uri).map(|identity| identity.uri)
    }
}

impl TryFrom<String> for IdentityUri {
    type Error = IdentityError;

    /// Takes a canonical form back as it was stored; numbering plans change, what is stored stays readable.
    fn try_from(uri: String) -> Result<Self, Self::Error> {
        let (scheme, id) = uri.split_once(':').ok_or(IdentityError::UnknownScheme)?;
        let kind = IdentityKind::ALL
            .into_iter()
            .find(|kind| kind.scheme() == scheme);
        let kind = kind.ok_or(IdentityError::UnknownScheme)?;
        if id.is_empty() {
            Err(IdentityError::BadId)
        } else {
            Ok(Self { kind, uri })
        }
    }
}

impl From<IdentityUri> for String {
    fn from(identity: IdentityUri) -> Self {
        identity.uri
    }
}

impl fmt::Debug for IdentityUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:[personal]", self.kind.scheme())
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.uri, f)
    }
}

impl JsonSchema for IdentityUri {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "IdentityUri".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^(tel|mailto|visitor|whatsapp|sip|crm):.+$",
            "examples": ["tel:+14155550123", "mailto:ada@example.com", "visitor:shop/4f2a"]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> Result<String, IdentityError> {
        Identity::read(text).map(|i| i.uri.expose().to_owned())
    }

    #[test]
    fn one_person_in_many_writings_is_one_identity() {
        assert_eq!(uri("TEL:+1-415-555-0123"), Ok("tel:+14155550123".into()));
        assert_eq!(
            uri("whatsapp:14155550123"),
            Ok("whatsapp:+14155550123".into())
        );
        assert_eq!(
            uri("mailto:A.Da+x@GMail.com"),
            Ok("mailto:ada@gmail.com".into())
        );
        assert_eq!(
            uri("sip:Desk-7@pbx.example.com;transport=tcp"),
            Ok("sip:desk-7@pbx.example.com".into())
        );
        assert_eq!(
            uri("sip:+14155550123@pbx.example.com"),
            Ok("tel:+14155550123".into())
        );
        assert_eq!(uri("crm:Zoho/A-17"), Ok("crm:zoho/A-17".into()));
    }

    #[test]
    fn the_canonical_form_reads_as_itself() {
        for text in [
            "tel:+14155550123",
            "mailto:a@example.com",
            "visitor:shop/1/2",
            "crm:x/y",
            "sip:a@b",
            "whatsapp:+4915123456789",
        ] {
            assert_eq!(uri(text).as_deref(), Ok(text));
        }
        let long = uri(&format!("visitor:shop/{}", "v".repeat(500))).unwrap();
        assert_eq!(
            uri(&long),
            Ok(long.clone()),
            "the digest of a long id is stable"
        );
    }

    #[test]
    fn a_sip_user_without_a_number_is_an_identity_of_its_own() {
        let caller = |raw| Identity::caller(raw, Plan::International(None));
        for raw in [
            "sip:alice@pbx.example.com;transport=tcp",
            "alice@pbx.example.com",
        ] {
            let alice = caller(raw).unwrap().unwrap();
            assert_eq!(alice.uri.expose(), "sip:alice@pbx.example.com", "{raw}");
        }
        assert!(caller("alice").is_err());
    }

    #[test]
    fn a_withheld_number_is_nobody() {
        assert_eq!(uri("tel:+266696687"), Err(IdentityError::Withheld));
        assert_eq!(
            uri("sip:anonymous@anonymous.invalid"),
            Err(IdentityError::Withheld)
        );
        assert_eq!(
            Identity::caller("anonymous", Plan::International(None)),
            Ok(None)
        );
    }

    #[test]
    fn what_is_no_identity_is_refused() {
        assert_eq!(uri("ada"), Err(IdentityError::UnknownScheme));
        assert_eq!(uri("http://example.com"), Err(IdentityError::UnknownScheme));
        assert_eq!(uri("visitor:4f2a"), Err(IdentityError::NoSystem));
        assert_eq!(uri("crm:zoho/"), Err(IdentityError::BadId));
        assert!(uri("tel:").is_err());
    }

    #[test]
    fn an_identity_never_shows_in_debug() {
        let shown = format!("{:?}", Identity::read("tel:+14155550123").unwrap());
        assert_eq!(shown, "tel:[personal]");
    }
}
