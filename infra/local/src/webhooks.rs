//! The webhooks' secrets on this machine: made once for every source, in a file that people may edit, so that a
//! provider's own secret can be tried too.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use signatures::{Algorithm, KeyForm, Scheme};
use sources::{Handshake, Source, Webhook};

use crate::files::open_private;
use crate::stack::StackError;

/// What proves deliveries, by connection: what the function reads.
const SECRETS: &str = "webhooks.json";
/// What signs deliveries where that is another key, by connection: what `send` reads.
const SENDERS: &str = "webhook-senders.json";
/// Longest file that is read.
const MAX_FILE: u64 = 64 * 1024;
/// Random bytes of a secret.
const SECRET_BYTES: usize = 24;

/// Where the secrets are, and what keeps them there.
#[derive(Debug)]
pub(crate) struct Files {
    /// The file that the function reads.
    pub(crate) secrets: PathBuf,
    /// The folder of a stack that keeps nothing; gone with it.
    _temporary: Option<tempfile::TempDir>,
}

/// Each source whose deliveries come over HTTPS: its queue, itself, and how they come.
#[must_use]
pub fn sources_with_webhooks() -> Vec<(&'static str, &'static dyn Source, &'static Webhook)> {
    let mut found: Vec<(&'static str, &'static dyn Source, &'static Webhook)> = Vec::new();
    for (_, sources) in &sources::ALL {
        for source in *sources {
            let known = found
                .iter()
                .any(|(_, known, _)| known.name() == source.name());
            if let Some(webhook) = source.about().webhook.filter(|_| !known)
                && let Some((queue, source)) = sources::find(source.name())
            {
                found.push((queue, source, webhook));
            }
        }
    }
    found
}

/// The files of the stack in this folder. A source that has no secret there yet gets one; what is there stays.
pub(crate) fn open(folder: Option<&Path>) -> Result<Files, StackError> {
    let failed = |source| StackError::File {
        what: "the webhooks' secrets",
        source,
    };
    let temporary = match folder {
        Some(_) => None,
        None => Some(tempfile::tempdir().map_err(failed)?),
    };
    let folder = temporary
        .as_ref()
        .map_or(folder, |folder| Some(folder.path()));
    let folder = folder.unwrap_or(Path::new("."));
    let folder = std::path::absolute(folder).map_err(failed)?;
    let (secrets, senders) = (folder.join(SECRETS), folder.join(SENDERS));
    let mut kept = read(&secrets).map_err(failed)?;
    let mut keys = read(&senders).map_err(failed)?;
    let mut grown = false;
    for (_, source, webhook) in sources_with_webhooks() {
        if kept.contains_key(source.name()) {
            continue;
        }
        let made = Made::of(webhook).map_err(failed)?;
        kept.insert(source.name().to_owned(), made.entry(webhook));
        if let Some(key) = made.sender {
            keys.insert(source.name().to_owned(), json!(key));
        }
        grown = true;
    }
    if grown {
        write(&senders, &keys).map_err(failed)?;
        write(&secrets, &kept).map_err(failed)?;
    }
    Ok(Files {
        secrets,
        _temporary: temporary,
    })
}

/// A connection as the file has it, for who sends in its provider's place.
#[derive(Clone, PartialEq, Eq)]
pub struct Connection {
    /// What signs its deliveries; `None` where they are taken without proof.
    pub secret: Option<String>,
    /// The address that the provider is told, where it is not the stack's own.
    pub url: Option<String>,
}

/// A connection by its name; `None` where there is none. `secrets` is the file that the stack says in `GET /local`.
///
/// # Errors
/// When a file cannot be read or holds no JSON object.
pub fn connection(secrets: &Path, name: &str) -> io::Result<Option<Connection>> {
    let Some(entry) = read(secrets)?.remove(name) else {
        return Ok(None);
    };
    let senders = read(&secrets.with_file_name(SENDERS))?;
    let own = senders.get(name).and_then(Value::as_str);
    let secret = own.or_else(|| first_secret(&entry)).map(str::to_owned);
    let insecure = entry.get("insecure") == Some(&Value::Bool(true));
    if secret.is_none() && !insecure {
        return Ok(None);
    }
    Ok(Some(Connection {
        secret,
        url: entry.get("url").and_then(Value::as_str).map(str::to_owned),
    }))
}

fn first_secret(entry: &Value) -> Option<&str> {
    match entry {
        Value::String(secret) => Some(secret),
        Value::Array(secrets) => secrets.first()?.as_str(),
        Value::Object(entry) => first_secret(entry.get("secrets")?),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// A secret that was made, and the key that signs where that is another.
struct Made {
    secret: String,
    sender: Option<String>,
}

impl Made {
    fn of(webhook: &Webhook) -> io::Result<Self> {
        let no_key = |_| io::Error::other("no key can be made");
        let Some(Scheme::Signed(signed)) = webhook.proof.first() else {
            return Self::random("");
        };
        let pair = |private: &[u8], public: &[u8]| Self {
            secret: STANDARD.encode(public),
            sender: Some(STANDARD.encode(private)),
        };
        match signed.algorithm {
            Algorithm::HmacSha1 | Algorithm::HmacSha256 => match signed.key {
                KeyForm::Base64After(prefix) => Self::random(prefix),
                KeyForm::Text | KeyForm::PublicKey => Self::random(""),
            },
            Algorithm::RsaSha256 => {
                let keys = RsaKeyPair::generate(KeySize::Rsa2048).map_err(no_key)?;
                let private = AsDer::<Pkcs8V1Der<'_>>::as_der(&keys).map_err(no_key)?;
                let public = AsDer::<PublicKeyX509Der<'_>>::as_der(keys.public_key());
                Ok(pair(private.as_ref(), public.map_err(no_key)?.as_ref()))
            }
            Algorithm::EcdsaP256 => {
                let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
                let private = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new());
                let private = private.map_err(no_key)?;
                let keys = EcdsaKeyPair::from_pkcs8(algorithm, private.as_ref());
                let keys = keys.map_err(|_| io::Error::other("no key can be made"))?;
                let public = AsDer::<PublicKeyX509Der<'_>>::as_der(keys.public_key());
                Ok(pair(private.as_ref(), public.map_err(no_key)?.as_ref()))
            }
            Algorithm::Ed25519 => {
                let private = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new());
                let private = private.map_err(no_key)?;
                let keys = Ed25519KeyPair::from_pkcs8(private.as_ref());
                let keys = keys.map_err(|_| io::Error::other("no key can be made"))?;
                Ok(pair(private.as_ref(), keys.public_key().as_ref()))
            }
        }
    }

    fn random(prefix: &str) -> io::Result<Self> {
        let mut bytes = [0; SECRET_BYTES];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| io::Error::other("no random numbers"))?;
        Ok(Self {
            secret: format!("{prefix}{}", STANDARD.encode(bytes)),
            sender: None,
        })
    }

    fn entry(&self, webhook: &Webhook) -> Value {
        match webhook.handshake {
            Handshake::HubChallenge => {
                json!({ "secrets": [self.secret], "verify_token": "cornerstore-local" })
            }
            Handshake::None | Handshake::ValidationToken => json!(self.secret),
        }
    }
}

/// The file's object; an empty one when there is no file.
fn read(path: &Path) -> io::Result<Map<String, Value>> {
    let mut text = String::new();
    match std::fs::File::open(path) {
        Ok(file) => file.take(MAX_FILE).read_to_string(&mut text)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Map::new()),
        Err(error) => return Err(error),
    };
    // The parser's own words could hold a secret.
    serde_json::from_str(&text).map_err(|_| io::Error::other("it holds no JSON object"))
}

/// Renamed into place, so that a kill leaves no half of it.
fn write(path: &Path, content: &Map<String, Value>) -> io::Result<()> {
    let sorted: BTreeMap<_, _> = content.iter().collect();
    let unfinished = path.with_extension("unfinished");
    let mut file = open_private(&unfinished)?;
    file.set_len(0)?;
    file.write_all(serde_json::to_string_pretty(&sorted)?.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    std::fs::rename(&unfinished, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_made_once_for_every_webhook_and_what_is_there_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(SECRETS);
        std::fs::write(&path, r#"{"stripe": ["whsec_mine"], "cti.berlin": "x"}"#).unwrap();
        let files = open(Some(folder.path())).unwrap();
        let first = read(&files.secrets).unwrap();
        assert_eq!(first["stripe"], json!(["whsec_mine"]));
        assert_eq!(first["cti.berlin"], json!("x"));
        for (_, source, _) in sources_with_webhooks() {
            assert!(first.contains_key(source.name()), "{}", source.name());
        }
        open(Some(folder.path())).unwrap();
        assert_eq!(read(&files.secrets).unwrap(), first);
        let signing = |name| connection(&files.secrets, name).unwrap();
        let stripe = signing("stripe").unwrap();
        assert_eq!(stripe.secret.as_deref(), Some("whsec_mine"));
        assert!(signing("nobody").is_none());
    }

    #[test]
    fn a_connection_without_proof_has_no_secret_and_one_behind_a_proxy_its_address() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(SECRETS);
        let written = r#"{"stripe.open": {"insecure": true}, "stripe.shut": {"insecure": false},
            "plivo": {"secrets": "x", "url": "https://hooks.example.com/in"}}"#;
        std::fs::write(&path, written).unwrap();
        let found = |name| connection(&path, name).unwrap();
        assert!(found("stripe.open").unwrap().secret.is_none());
        assert!(found("stripe.shut").is_none());
        let plivo = found("plivo").unwrap();
        assert_eq!(plivo.secret.as_deref(), Some("x"));
        assert_eq!(plivo.url.as_deref(), Some("https://hooks.example.com/in"));
    }

    #[test]
    fn a_file_that_is_broken_is_said_and_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(SECRETS);
        std::fs::write(&path, "{").unwrap();
        assert!(open(Some(folder.path())).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{");
    }
}
