//! Ids as providers make them, and the digests that stand for those that are personal or long.
//!
//! The digest is written here once more, from its description, so that a story's expectations do not rest on the code
//! that they are held against.

use fastrand::Rng;
use sha2::{Digest, Sha256};

/// Letters of base32, in lower case.
const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// Letters of a digest.
const DIGEST_CHARS: usize = 26;
/// Bits of one letter.
const BITS: u32 = 5;

/// `5f0c2a10-1111-4a1b-9c3d-000000000001`, with chance in it.
pub(super) fn uuid(rng: &mut Rng) -> String {
    let (high, low) = (rng.u64(..), rng.u64(..));
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        low >> 52,
        low & 0xffff_ffff_ffff
    )
}

/// Lower-case letters and digits.
pub(super) fn token(rng: &mut Rng, chars: usize) -> String {
    (0..chars)
        .map(|_| char::from(BASE32[rng.usize(..BASE32.len())]))
        .collect()
}

/// A digest of texts: SHA-256 over each one's length in eight bytes and its own bytes, the first 130 bits in base32.
pub(super) fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let (mut text, mut bits, mut held) = (String::with_capacity(DIGEST_CHARS), 0u32, 0u32);
    for byte in hash.finalize() {
        held = held << u8::BITS | u32::from(byte);
        bits += u8::BITS;
        while bits >= BITS {
            bits -= BITS;
            let letter = BASE32[(held >> bits & 31) as usize];
            text.push(char::from(letter));
        }
        held &= (1 << bits) - 1;
    }
    text.truncate(DIGEST_CHARS);
    text
}

/// Letters of base64.
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Bytes in base64 with padding, as Kinesis carries them.
pub(super) fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let at = |place: usize| u32::from(three.get(place).copied().unwrap_or(0));
        let held = at(0) << 16 | at(1) << 8 | at(2);
        for letter in 0..4 {
            // A letter beyond the last byte is padding.
            text.push(if letter <= three.len() {
                char::from(BASE64[(held >> (18 - 6 * letter) & 63) as usize])
            } else {
                '='
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_padded() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("{\"a\":2}", "eyJhIjoyfQ=="),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn a_digest_is_the_one_that_ids_hold() {
        for parts in [&["x"][..], &["ab", "c"], &["a", "bc"], &["", "ü"]] {
            assert_eq!(digest(parts), timeline::opaque(parts), "{parts:?}");
        }
    }
}
