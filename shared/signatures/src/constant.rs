//! Comparisons whose time does not depend on what is compared.

use ring::{digest, hmac};

/// Whether both are equal. Their HMACs are compared, so that neither content nor length shows in the time. The key is
/// no secret: the comparison of the two tags is in constant time by itself.
pub(crate) fn equal(one: &[u8], other: &[u8]) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"cornerstore.signatures.equal");
    let tag = hmac::sign(&key, one);
    hmac::verify(&key, other, tag.as_ref()).is_ok()
}

/// Whether these hexadecimal digits are the content's SHA-256.
pub(crate) fn is_sha256(hex: &str, content: &[u8]) -> bool {
    let hash = digest::digest(&digest::SHA256, content);
    hex_bytes(hex).is_some_and(|given| equal(hash.as_ref(), &given))
}

/// The content's SHA-256 in lower-case hexadecimal digits.
pub(crate) fn sha256(content: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(digest::digest(&digest::SHA256, content).as_ref())
}

/// Bytes of hexadecimal digits of either case.
pub(crate) fn hex_bytes(text: &str) -> Option<Vec<u8>> {
    data_encoding::HEXLOWER_PERMISSIVE
        .decode(text.as_bytes())
        .ok()
}
