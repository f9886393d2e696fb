//! Who a visitor is and which session it is: a secret that the browser keeps, ids that anybody may see, and tokens
//! that only this stack can sign.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use data_encoding::{BASE32_NOPAD, Specification};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};

/// How long a token is good for, in milliseconds.
pub const TOKEN_LIFETIME_MS: i64 = 30 * 60 * 1000;
/// For how much longer it takes events. A browser that has not heard what became of some sends them again under the token
/// of the first time: in another session they would count twice.
pub const REPEATS_MS: i64 = 24 * 60 * 60 * 1000;
/// Longest token that is looked at.
pub(crate) const MAX_TOKEN: usize = 1024;
/// What a token of this version begins with.
const VERSION: &str = "w1";
/// Bytes of a visitor's secret and of a session's id: 128 bits are more than anybody tries.
const SECRET_BYTES: usize = 32;
const SESSION_BYTES: usize = 16;
/// Length of a visitor's id: 130 bits in base32.
const ID_CHARS: usize = 26;
/// A visitor's secret in base64url has at least 128 bits, and not much more than ours.
const SECRET_CHARS: std::ops::RangeInclusive<usize> = 22..=64;

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Session {
    /// The widget.
    #[serde(rename = "w")]
    pub(crate) widget: String,
    /// The visitor's id.
    #[serde(rename = "v")]
    pub(crate) visitor: String,
    /// The session's id.
    #[serde(rename = "s")]
    pub(crate) session: String,
    /// The origin of the page that it was given to.
    #[serde(rename = "o")]
    pub(crate) origin: String,
    /// Until when it is good, in milliseconds since 1970.
    #[serde(rename = "e")]
    pub(crate) expires_at_ms: i64,
}

/// The keys of one stack. What is signed with one is nothing under the other.
pub(crate) struct Keys {
    tokens: hmac::Key,
    visitors: hmac::Key,
    random: SystemRandom,
}

impl Keys {
    /// Derived from the stack's secret, so that every instance of the function takes what another gave.
    pub(crate) fn derived_from(secret: &str) -> Self {
        let root = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let derive = |label: &str| {
            let key = hmac::sign(&root, label.as_bytes());
            hmac::Key::new(hmac::HMAC_SHA256, key.as_ref())
        };
        Self {
            tokens: derive("cornerstore widget token 1"),
            visitors: derive("cornerstore widget visitor 1"),
            random: SystemRandom::new(),
        }
    }

    /// A new visitor's secret. `None` when the system gives no random numbers.
    pub(crate) fn new_secret(&self) -> Option<String> {
        self.random_text::<SECRET_BYTES>()
    }

    /// A new session's id. `None` when the system gives no random numbers.
    pub(crate) fn new_session(&self) -> Option<String> {
        let mut bytes = [0; SESSION_BYTES];
        self.random.fill(&mut bytes).ok()?;
        Some(lower_base32().encode(&bytes))
    }

    fn random_text<const BYTES: usize>(&self) -> Option<String> {
        let mut bytes = [0; BYTES];
        self.random.fill(&mut bytes).ok()?;
        Some(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The id of the visitor who keeps this secret, on one widget. Who sees the id learns nothing of the secret.
    pub(crate) fn visitor(&self, widget: &str, secret: &str) -> String {
        // Neither part has a colon, so that no two pairs read alike.
        let digest = hmac::sign(&self.visitors, format!("{widget}:{secret}").as_bytes());
        let mut id = lower_base32().encode(digest.as_ref());
        id.truncate(ID_CHARS);
        id
    }

    /// Signs what a session is.
    pub(crate) fn sign(&self, session: &Session) -> String {
        // Texts and a number, so it always serializes.
        let said = serde_json::to_vec(session).unwrap_or_default();
        let signed = format!("{VERSION}.{}", URL_SAFE_NO_PAD.encode(said));
        let tag = hmac::sign(&self.tokens, signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
    }

    /// What a token says, when this stack has signed it. Whether it is still good is for the caller to ask.
    pub(crate) fn open(&self, token: &str) -> Option<Session> {
        if token.len() > MAX_TOKEN {
            return None;
        }
        let (signed, tag) = token.rsplit_once('.')?;
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        hmac::verify(&self.tokens, signed.as_bytes(), &tag).ok()?;
        let (version, said) = signed.split_once('.')?;
        if version != VERSION {
            return None;
        }
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(said).ok()?).ok()
    }
}

/// Whether a text can be a visitor's secret.
pub(crate) fn is_secret(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    SECRET_CHARS.contains(&text.len()) && text.bytes().all(plain)
}

fn lower_base32() -> data_encoding::Encoding {
    let mut spec: Specification = BASE32_NOPAD.specification();
    spec.symbols.make_ascii_lowercase();
    // The specification is BASE32's own with other letters, so the fallback is never taken.
    spec.encoding().unwrap_or(BASE32_NOPAD)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> Session {
        Session {
            widget: "shop".to_owned(),
            visitor: "v".repeat(ID_CHARS),
            session: "s".repeat(ID_CHARS),
            origin: "https://www.example.com".to_owned(),
            expires_at_ms: 1_772_442_900_000,
        }
    }

    #[test]
    fn a_token_opens_as_what_was_signed_under_its_stacks_secret_only() {
        let keys = Keys::derived_from("secret of the tests");
        let token = keys.sign(&session());
        assert_eq!(keys.open(&token), Some(session()));
        assert_eq!(Keys::derived_from("another secret").open(&token), None);
        assert!(token.len() < MAX_TOKEN / 2, "{}", token.len());
    }

    #[test]
    fn a_token_with_any_bit_flipped_is_none() {
        let keys = Keys::derived_from("secret of the tests");
        let token = keys.sign(&session());
        for at in 0..token.len() {
            for bit in 0..7 {
                let mut bytes = token.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                let Ok(flipped) = String::from_utf8(bytes) else {
                    continue;
                };
                assert_eq!(keys.open(&flipped), None, "byte {at}, bit {bit}");
            }
        }
        let parts: Vec<_> = token.split('.').collect();
        for forged in [
            String::new(),
            ".".to_owned(),
            "..".to_owned(),
            parts[1].to_owned(),
            format!("w2.{}.{}", parts[1], parts[2]),
            format!("{}.{}.", parts[0], parts[1]),
            format!("{token}."),
            "w".repeat(MAX_TOKEN + 1),
        ] {
            assert_eq!(keys.open(&forged), None, "{forged}");
        }
    }

    #[test]
    fn a_visitors_id_is_that_of_secret_and_widget() {
        let keys = Keys::derived_from("secret of the tests");
        let secret = keys.new_secret().unwrap_or_default();
        assert!(is_secret(&secret), "{}", secret.len());
        let id = keys.visitor("shop", &secret);
        assert_eq!(id.len(), ID_CHARS);
        assert_eq!(keys.visitor("shop", &secret), id);
        assert_ne!(keys.visitor("help", &secret), id);
        assert_ne!(keys.new_secret().unwrap_or_default(), secret);
        assert_ne!(Keys::derived_from("other").visitor("shop", &secret), id);
        assert_eq!(
            keys.new_session().map(|session| session.len()),
            Some(ID_CHARS)
        );
    }

    #[test]
    fn what_is_short_or_odd_is_no_secret() {
        for text in [
            "",
            "guess",
            &"a".repeat(21),
            &"a".repeat(65),
            "aaaaaaaaaaaaaaaaaaaaaa:a",
        ] {
            assert!(!is_secret(text), "{text}");
        }
        assert!(is_secret(&"a".repeat(22)));
    }
}
