//! What is believed and what is not.

mod clock;
mod keys;
mod parts;
mod round_trips;
mod schemes;
mod tampering;
mod url_and_form;
mod vectors;
mod writing;

use std::collections::BTreeMap;

use signatures::{Delivery, Refusal, Scheme, Secret};

/// The second that tests are signed in, unless they say otherwise.
const NOW: i64 = 1_700_000_000;
const URL: &str = "https://hooks.example.com/v1/webhooks/acme?site=1";

/// A delivery that owns its parts.
#[derive(Clone)]
struct Sent {
    url: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
    now: i64,
}

impl Sent {
    fn new(body: impl AsRef<[u8]>) -> Self {
        Self {
            url: URL.to_owned(),
            headers: BTreeMap::new(),
            body: body.as_ref().to_vec(),
            now: NOW,
        }
    }

    fn at(self, now: i64) -> Self {
        Self { now, ..self }
    }

    fn to(self, url: &str) -> Self {
        let url = url.to_owned();
        Self { url, ..self }
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    fn signed(&self, scheme: &Scheme, secret: &Secret) -> Self {
        let unsigned = signatures::Unsigned {
            url: &self.url,
            headers: &self.headers,
            body: &self.body,
            now: self.now,
        };
        let proof = signatures::sign(scheme, secret, &unsigned).expect("it is signed");
        Self {
            url: proof.url,
            headers: proof.headers,
            body: proof.body,
            now: self.now,
        }
    }

    fn verified(&self, scheme: &Scheme, secrets: &[Secret]) -> Result<(), Refusal> {
        self.by_any(&[*scheme], secrets)
    }

    fn by_any(&self, schemes: &[Scheme], secrets: &[Secret]) -> Result<(), Refusal> {
        let delivery = Delivery {
            url: &self.url,
            headers: &self.headers,
            body: &self.body,
            now: self.now,
        };
        signatures::verify(schemes, secrets, &delivery).map(|_| ())
    }
}

fn secrets(texts: &[&str]) -> Vec<Secret> {
    texts.iter().map(|text| Secret::new(*text)).collect()
}
