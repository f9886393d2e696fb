//! Where values stand in a delivery.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::delivery::Delivery;
use crate::scheme::Place;
use crate::sign::SignError;
use crate::verify::Refusal;
use crate::{form, json, multipart};

/// Longest header that is looked at. API Gateway takes 10 KiB for all of them together.
pub const MAX_HEADER_BYTES: usize = 8192;
/// Most signatures of one place that are tried; more are left alone.
pub const MAX_SIGNATURES: usize = 16;
const PAIRS: char = ',';

/// A header's value without the spaces around it; `None` when it is empty or missing.
pub(crate) fn header<'a>(
    headers: &'a BTreeMap<String, String>,
    name: &str,
) -> Result<Option<&'a str>, Refusal> {
    let value = headers.get(name).map(|value| value.trim());
    match value {
        Some(value) if value.len() > MAX_HEADER_BYTES => Err(Refusal::Malformed),
        Some(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        None => Ok(None),
    }
}

/// What stands behind the word in `Authorization: <word> <value>`.
pub(crate) fn authorization<'a>(
    delivery: &Delivery<'a>,
    word: &str,
) -> Result<Option<&'a str>, Refusal> {
    let value = header(delivery.headers, "authorization")?;
    Ok(value
        .and_then(|value| value.split_once(' '))
        .filter(|(given, _)| given.eq_ignore_ascii_case(word))
        .map(|(_, value)| value.trim()))
}

/// All texts of a place, at most [`MAX_SIGNATURES`].
pub(crate) fn values<'a>(
    delivery: &Delivery<'a>,
    place: Place,
) -> Result<Vec<Cow<'a, str>>, Refusal> {
    match place {
        Place::Header(name) => Ok(header(delivery.headers, name)?
            .map(Cow::Borrowed)
            .into_iter()
            .collect()),
        Place::Pair {
            header: name,
            name: wanted,
        } => {
            let pairs = header(delivery.headers, name)?
                .unwrap_or_default()
                .split(PAIRS);
            let values = pairs
                .filter_map(|pair| pair.split_once('='))
                .filter(|(name, _)| name.trim() == wanted)
                .map(|(_, value)| Cow::Borrowed(value.trim()));
            Ok(values.take(MAX_SIGNATURES).collect())
        }
        Place::Numbered(name) => {
            let mut values = Vec::new();
            for number in 1..=MAX_SIGNATURES {
                let value = header(delivery.headers, &format!("{name}{number}"))?;
                values.extend(value.map(Cow::Borrowed));
            }
            Ok(values)
        }
        Place::Body(path) => Ok(in_body(delivery.body, path)?
            .map(Cow::Owned)
            .into_iter()
            .collect()),
    }
}

/// The only text of a place. Two are refused: another reader could take the other one.
pub(crate) fn value<'a>(delivery: &Delivery<'a>, place: Place) -> Result<Cow<'a, str>, Refusal> {
    let mut values = values(delivery, place)?.into_iter();
    match (values.next(), values.next()) {
        (Some(value), None) if !value.is_empty() => Ok(value),
        (_, Some(_)) => Err(Refusal::Malformed),
        (_, None) => Err(Refusal::Unsigned),
    }
}

fn in_body(body: &[u8], path: &[&str]) -> Result<Option<String>, Refusal> {
    if is_json(body) {
        return json::pick(body, path);
    }
    let name = path.last().copied().unwrap_or_default();
    if multipart::boundary(body).is_none() {
        return form::field(body, name);
    }
    let value = multipart::field(body, name)?.and_then(|place| body.get(place));
    let text = value.map(|value| String::from_utf8(value.to_vec()));
    text.transpose().map_err(|_| Refusal::Malformed)
}

/// What a provider sends, being built.
pub(crate) struct Draft {
    pub(crate) url: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Draft {
    /// It as a delivery, to find what it has already.
    pub(crate) fn delivery(&self, now: i64) -> Delivery<'_> {
        Delivery {
            url: &self.url,
            headers: &self.headers,
            body: &self.body,
            now,
        }
    }

    /// Puts a value into its place, unless the body is none that takes it.
    pub(crate) fn put(&mut self, place: Place, value: &str) -> Result<(), SignError> {
        match place {
            Place::Header(name) => {
                self.headers.insert(name.to_owned(), value.to_owned());
            }
            Place::Numbered(name) => {
                self.headers.insert(format!("{name}1"), value.to_owned());
            }
            Place::Pair { header, name } => {
                let before = self.headers.remove(header).unwrap_or_default();
                let others = before.split(PAIRS).filter(|pair| {
                    let other = pair.split_once('=').map_or(*pair, |(other, _)| other);
                    !pair.is_empty() && other.trim() != name
                });
                let pair = format!("{name}={value}");
                let pairs: Vec<&str> = others.chain([pair.as_str()]).collect();
                let pairs = pairs.join(&PAIRS.to_string());
                self.headers.insert(header.to_owned(), pairs);
            }
            Place::Body(path) => {
                self.body = put_in_body(&self.body, path, value).ok_or(SignError::Body)?;
            }
        }
        Ok(())
    }
}

fn put_in_body(body: &[u8], path: &[&str], value: &str) -> Option<Vec<u8>> {
    if is_json(body) {
        return json::put(body, path, value);
    }
    let name = path.last()?;
    if multipart::boundary(body).is_some() {
        return multipart::put(body, name, value);
    }
    Some(form::put(body, name, value))
}

/// Whether a body is JSON rather than a form, by its first character.
pub(crate) fn is_json(body: &[u8]) -> bool {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    matches!(body.trim_ascii_start().first(), Some(b'{' | b'['))
}
