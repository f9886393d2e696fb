//! Just enough DER to find the key inside a SubjectPublicKeyInfo (RFC 5280, 4.1).

use crate::scheme::Algorithm;

const SEQUENCE: u8 = 0x30;
const OBJECT_ID: u8 = 0x06;
const BIT_STRING: u8 = 0x03;
const NULL: [u8; 2] = [0x05, 0x00];
/// 1.2.840.113549.1.1.1
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// 1.2.840.10045.2.1
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// 1.2.840.10045.3.1.7
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
/// 1.3.101.112
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

/// A public key of a known kind: which algorithm it is for, and the bytes that `ring` takes. For RSA these are the
/// RSAPublicKey of PKCS #1, for P-256 the uncompressed point, for Ed25519 the 32 bytes.
pub(crate) fn public_key(der: &[u8]) -> Option<(Algorithm, &[u8])> {
    let info = alone(der, SEQUENCE)?;
    let (algorithm, rest) = element(info, SEQUENCE)?;
    let (no_unused_bits, key) = alone(rest, BIT_STRING)?.split_first()?;
    if *no_unused_bits != 0 {
        return None;
    }
    let (id, parameters) = element(algorithm, OBJECT_ID)?;
    match id {
        RSA if parameters == NULL => Some((Algorithm::RsaSha256, key)),
        EC if alone(parameters, OBJECT_ID)? == P256 => Some((Algorithm::EcdsaP256, key)),
        ED25519 if parameters.is_empty() => Some((Algorithm::Ed25519, key)),
        _ => None,
    }
}

/// The content of an element behind which nothing stands.
fn alone(der: &[u8], tag: u8) -> Option<&[u8]> {
    element(der, tag)
        .filter(|(_, rest)| rest.is_empty())
        .map(|(content, _)| content)
}

/// The content of the first element, and what stands behind it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let rest = der.strip_prefix(&[tag])?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81 => {
            let (length, rest) = rest.split_first()?;
            (usize::from(*length), rest)
        }
        // A key of 8192 bits needs two bytes, and no key needs more.
        0x82 => {
            let (length, rest) = rest.split_first_chunk::<2>()?;
            (usize::from(u16::from_be_bytes(*length)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}
