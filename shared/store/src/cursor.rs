//! Cursors: where a page ended. Opaque, versioned, authenticated, and sealed, since the place names a customer.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};

/// Version of the cursor's form.
const VERSION: u8 = 1;
/// Longest cursor that is looked at.
const MAX_CURSOR: usize = 4096;

/// Where a page ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// What is paged through: the partition that was asked for. A cursor is good for this one only.
    pub(crate) of: String,
    /// The last item's keys.
    pub(crate) pk: String,
    pub(crate) sk: String,
    /// The last item's place in the index, where one is paged through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<String>,
}

/// Why a cursor is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a cursor of this list")]
pub struct CursorError;

/// The key that seals cursors. Without one, which ring never refuses to make of 32 bytes, lists end after a page.
pub(crate) struct CursorKey(Option<LessSafeKey>);

impl CursorKey {
    /// Derived from the stack's secret, so that every function of the stack opens what another sealed.
    pub(crate) fn derived_from(secret: &str) -> Self {
        let prk = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_bytes());
        let key = ring::hmac::sign(&prk, b"cornerstore cursor 1");
        Self(
            UnboundKey::new(&AES_256_GCM, key.as_ref())
                .ok()
                .map(LessSafeKey::new),
        )
    }

    /// Seals a place. `None` when the system gives no random numbers; the page then ends the list.
    pub(crate) fn seal(&self, place: &Place) -> Option<String> {
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).ok()?;
        let mut text = serde_json::to_vec(place).ok()?;
        let sealed = Nonce::assume_unique_for_key(nonce);
        self.0
            .as_ref()?
            .seal_in_place_append_tag(sealed, Aad::from([VERSION]), &mut text)
            .ok()?;
        Some(URL_SAFE_NO_PAD.encode([&[VERSION], nonce.as_slice(), &text].concat()))
    }

    /// Opens a cursor that was sealed for the same list.
    ///
    /// # Errors
    /// When it was not sealed with this key, or for another list, or was changed.
    pub(crate) fn open_of(&self, cursor: &str, of: &str) -> Result<Place, CursorError> {
        let place = self.open(cursor)?;
        if place.of == of {
            Ok(place)
        } else {
            Err(CursorError)
        }
    }

    /// Opens a cursor, whichever list it was sealed for: whether that is the one that is asked for is still to be seen.
    ///
    /// # Errors
    /// When it was not sealed with this key, or was changed.
    pub(crate) fn open(&self, cursor: &str) -> Result<Place, CursorError> {
        if cursor.len() > MAX_CURSOR {
            return Err(CursorError);
        }
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| CursorError)?;
        let (version, rest) = bytes.split_first().ok_or(CursorError)?;
        if *version != VERSION || rest.len() < NONCE_LEN {
            return Err(CursorError);
        }
        let (nonce, sealed) = rest.split_at(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| CursorError)?;
        let mut sealed = sealed.to_vec();
        let key = self.0.as_ref().ok_or(CursorError)?;
        let text = key
            .open_in_place(nonce, Aad::from([VERSION]), &mut sealed)
            .map_err(|_| CursorError)?;
        serde_json::from_slice(text).map_err(|_| CursorError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        let text = |text: &str| text.to_owned();
        Place {
            of: text("tel:+14155550123"),
            pk: text("i#a"),
            sk: text("i"),
            at: Some(text("2026")),
        }
    }

    #[test]
    fn a_cursor_opens_with_the_same_secret_and_shows_nothing() {
        let cursor = CursorKey::derived_from("s").seal(&place()).unwrap();
        assert_eq!(
            CursorKey::derived_from("s").open_of(&cursor, "tel:+14155550123"),
            Ok(place())
        );
        let bytes = URL_SAFE_NO_PAD.decode(&cursor).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("4155550123"));
    }

    #[test]
    fn a_cursor_is_so_long_and_no_longer() {
        let key = CursorKey::derived_from("s");
        let sealed = |longer: usize| {
            let place = Place {
                sk: "i".repeat(longer),
                ..place()
            };
            key.seal(&place).unwrap()
        };
        let free = (1..MAX_CURSOR).take_while(|longer| sealed(*longer).len() <= MAX_CURSOR);
        let longest = free.last().unwrap();
        assert_eq!(sealed(longest).len(), MAX_CURSOR);
        assert!(key.open(&sealed(longest)).is_ok());
        assert_eq!(key.open(&sealed(longest + 1)), Err(CursorError));
    }

    #[test]
    fn a_cursor_of_another_list_or_stack_or_a_changed_one_is_refused() {
        let key = CursorKey::derived_from("s");
        let cursor = key.seal(&place()).unwrap();
        assert_eq!(key.open_of(&cursor, "tel:+14155550124"), Err(CursorError));
        assert_eq!(
            CursorKey::derived_from("t").open_of(&cursor, "tel:+14155550123"),
            Err(CursorError)
        );
        let bytes = URL_SAFE_NO_PAD.decode(&cursor).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let changed = URL_SAFE_NO_PAD.encode(changed);
            assert_eq!(
                key.open_of(&changed, "tel:+14155550123"),
                Err(CursorError),
                "byte {at}"
            );
        }
        // The last is of this version and ends before what is sealed begins.
        for odd in ["", "x", "%%%", &"A".repeat(10_000), "AQ"] {
            assert_eq!(key.open_of(odd, "tel:+14155550123"), Err(CursorError));
        }
    }
}
