//! The connections that are configured: which sources may send, under which secrets. Nothing here shows a value.

use std::collections::BTreeMap;
use std::fmt;

use signatures::Secret;
use sources::{Source, Webhook};

use crate::raw;

/// Most connections.
pub const MAX_CONNECTIONS: usize = 200;
/// Most secrets of one connection: the one in use, the next one, and room for several environments of a provider.
pub const MAX_SECRETS: usize = 8;
/// Longest secret or token; a PEM of RSA with 8192 bits is shorter.
const MAX_SECRET_BYTES: usize = 4096;
/// Longest address.
const MAX_URL_BYTES: usize = 2048;
/// Longest name of a source.
const MAX_SOURCE: usize = 40;
/// Longest name of an account.
const MAX_ACCOUNT: usize = 32;

/// Finds a source by its name, and the queue that its webhook writes to: [`sources::find`], or a test's own.
pub type Registry = fn(&str) -> Option<(&'static str, &'static dyn Source)>;

/// A source's account that may send here.
pub(crate) struct Connection {
    pub(crate) name: String,
    pub(crate) source: &'static str,
    pub(crate) account: Option<String>,
    pub(crate) queue: &'static str,
    pub(crate) webhook: &'static Webhook,
    /// `None`: whatever comes is believed, because the configuration says `insecure`.
    pub(crate) secrets: Option<Vec<Secret>>,
    pub(crate) verify_token: Option<Secret>,
    pub(crate) url: Option<String>,
    pub(crate) redirect: Option<String>,
}

/// All connections.
pub(crate) struct Connections {
    by_name: BTreeMap<String, Option<Connection>>,
    /// What is wrong with the configuration, for the log.
    pub(crate) faults: Vec<Fault>,
}

/// What a name stands for.
pub(crate) enum Found<'a> {
    Connection(&'a Connection),
    /// It is configured, and wrongly.
    Faulty,
    Nothing,
}

/// What is wrong with one connection. Names it and never shows a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the connection {connection} {problem}")]
pub(crate) struct Fault {
    connection: String,
    problem: &'static str,
}

/// Why the whole configuration cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unusable {
    #[error("the secrets are no JSON object")]
    NotAnObject,
    #[error("there are more than {MAX_CONNECTIONS} connections")]
    TooMany,
}

impl Connections {
    /// Reads the configuration. A faulty connection does not stop the others.
    pub(crate) fn read(text: &str, registry: Registry) -> Result<Self, Unusable> {
        let fields =
            raw::fields(text.trim_start_matches('\u{feff}')).ok_or(Unusable::NotAnObject)?;
        if fields.len() > MAX_CONNECTIONS {
            return Err(Unusable::TooMany);
        }
        let mut read = Self {
            by_name: BTreeMap::new(),
            faults: Vec::new(),
        };
        for (place, (name, value)) in fields.into_iter().enumerate() {
            read.add(place, name, value, registry);
        }
        Ok(read)
    }

    fn add(&mut self, place: usize, name: String, value: &str, registry: Registry) {
        let mut fault = |connection: String, problem| {
            self.faults.push(Fault {
                connection,
                problem,
            });
        };
        let Some((source, account)) = parts(&name) else {
            // What is no name may be a secret in the wrong place.
            let place = format!("in place {}", place + 1);
            fault(place, "has a name that is none");
            return;
        };
        let found = webhook_of(source, registry);
        let Some((queue, source, webhook)) = found else {
            fault(name, "is of no source that has a webhook");
            return;
        };
        let settings = if self.by_name.contains_key(&name) {
            Err("is there twice")
        } else {
            Settings::read(value).and_then(|settings| settings.checked(webhook))
        };
        let connection = match settings {
            Ok(settings) => Some(Connection {
                name: name.clone(),
                source,
                account: account.map(str::to_owned),
                queue,
                webhook,
                secrets: (!settings.insecure).then_some(settings.secrets),
                verify_token: settings.verify_token,
                url: settings.url,
                redirect: settings.redirect,
            }),
            Err(problem) => {
                fault(name.clone(), problem);
                None
            }
        };
        self.by_name.insert(name, connection);
    }

    pub(crate) fn find(&self, name: &str) -> Found<'_> {
        match self.by_name.get(name) {
            Some(Some(connection)) => Found::Connection(connection),
            Some(None) => Found::Faulty,
            None => Found::Nothing,
        }
    }

    /// The names of those that are believed without proof.
    pub(crate) fn insecure(&self) -> impl Iterator<Item = &str> {
        let all = self.by_name.values().flatten();
        all.filter(|connection| connection.secrets.is_none())
            .map(|connection| connection.name.as_str())
    }
}

/// The source whose connection that name could be; `None` for what is no such name, or of no source with a webhook.
pub(crate) fn source_of(name: &str, registry: Registry) -> Option<&'static str> {
    let (source, _) = parts(name)?;
    webhook_of(source, registry).map(|(_, source, _)| source)
}

/// The queue, the name and the webhook of a source.
fn webhook_of(
    source: &str,
    registry: Registry,
) -> Option<(&'static str, &'static str, &'static Webhook)> {
    let (queue, source) = registry(source)?;
    Some((queue, source.name(), source.about().webhook?))
}

/// The source and the account that a connection's name stands for; `None` for what is no such name.
fn parts(name: &str) -> Option<(&str, Option<&str>)> {
    let plain = |text: &str, longest: usize| {
        let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        (1..=longest).contains(&text.len()) && text.bytes().all(allowed)
    };
    let (source, account) = match name.split_once('.') {
        Some((source, account)) => (source, Some(account)),
        None => (name, None),
    };
    let fits = plain(source, MAX_SOURCE) && account.is_none_or(|name| plain(name, MAX_ACCOUNT));
    fits.then_some((source, account))
}

/// What the configuration says of one connection.
#[derive(Default)]
struct Settings {
    secrets: Vec<Secret>,
    verify_token: Option<Secret>,
    url: Option<String>,
    redirect: Option<String>,
    insecure: bool,
}

impl Settings {
    fn read(value: &str) -> Result<Self, &'static str> {
        const NOT_THIS: &str = "is neither a secret, a list of secrets, nor an object of settings";
        let mut settings = Self::default();
        if value.starts_with(['"', '[']) {
            settings.secrets = secrets(value)?;
            return Ok(settings);
        }
        let fields = raw::fields(value).ok_or(NOT_THIS)?;
        for (place, (name, value)) in fields.iter().enumerate() {
            if fields.iter().take(place).any(|(other, _)| other == name) {
                return Err("has a setting twice");
            }
            match name.as_str() {
                "secrets" => settings.secrets = secrets(value)?,
                "verify_token" => {
                    let token = text(value).ok_or("has a `verify_token` that is no text")?;
                    settings.verify_token = Some(secret(token)?);
                }
                "url" => {
                    let url = text(value).filter(|url| is_url(url) && !url.contains('?'));
                    settings.url =
                        Some(url.ok_or("has a `url` that is no http(s) address without a query")?);
                }
                "redirect" => {
                    let url = text(value).filter(|url| is_url(url));
                    settings.redirect =
                        Some(url.ok_or("has a `redirect` that is no http(s) address")?);
                }
                "insecure" => {
                    settings.insecure = match *value {
                        "true" => true,
                        "false" => false,
                        _ => return Err("has an `insecure` that is neither true nor false"),
                    };
                }
                // Its name may be a value in the wrong place.
                _ => {
                    return Err(
                        "has a setting other than secrets, verify_token, url, redirect and insecure",
                    );
                }
            }
        }
        Ok(settings)
    }

    /// That it says who is believed, and only one thing of that.
    fn checked(self, webhook: &Webhook) -> Result<Self, &'static str> {
        match (self.insecure, self.secrets.is_empty()) {
            (true, false) => Err("has secrets and is `insecure`, which contradict each other"),
            (false, true) => Err("has no secret and does not say that it is `insecure`"),
            (false, false) if webhook.proof.is_empty() => {
                Err("is of a source that proves nothing, and does not say that it is `insecure`")
            }
            (true, true) | (false, false) => Ok(self),
        }
    }
}

/// One secret, or a list of them.
fn secrets(value: &str) -> Result<Vec<Secret>, &'static str> {
    const NOT_TEXT: &str = "has a secret that is no text";
    let Some(items) = raw::items(value) else {
        return Ok(vec![secret(text(value).ok_or(NOT_TEXT)?)?]);
    };
    if items.len() > MAX_SECRETS {
        return Err("has more secrets than it may have");
    }
    let texts = items.into_iter().map(|item| text(item).ok_or(NOT_TEXT));
    texts.map(|text| secret(text?)).collect()
}

fn secret(text: String) -> Result<Secret, &'static str> {
    match text.len() {
        0 => Err("has an empty secret"),
        length if length > MAX_SECRET_BYTES => Err("has a secret that is too long"),
        _ => Ok(Secret::new(text)),
    }
}

fn text(value: &str) -> Option<String> {
    serde_json::from_str(value).ok()
}

fn is_url(url: &str) -> bool {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '#' | '"' | '<' | '>' | '\\');
    url.len() <= MAX_URL_BYTES
        && rest.is_some_and(|rest| {
            !rest.is_empty() && !rest.starts_with('/') && rest.chars().all(plain)
        })
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("name", &self.name)
            .field("queue", &self.queue)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
