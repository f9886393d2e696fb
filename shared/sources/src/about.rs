//! What there is to know of a source beside its parser: for people who connect it, and for the webhook that takes its
//! deliveries. `docs/sources/` is made of it.

use signatures::Scheme;

/// A source, described.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// What people call it: `Twilio Voice`.
    pub title: &'static str,
    /// What it is for, in one sentence.
    pub summary: &'static str,
    /// What to do at the provider, step by step. `{url}` stands for the webhook's address.
    pub setup: &'static [&'static str],
    /// What it sends, each with a fixture that shows it.
    pub kinds: &'static [Kind],
    /// What it cannot do, and what to know before relying on it.
    pub limits: &'static [&'static str],
    /// How its deliveries come over HTTPS; `None` when they come over AWS's own ways.
    pub webhook: Option<&'static Webhook>,
}

/// One kind of event that a source sends.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// The provider's name for it.
    pub name: &'static str,
    /// The file in the source's folder of fixtures that shows it, with its extension.
    pub fixture: &'static str,
}

/// How deliveries come over HTTPS.
#[derive(Debug, Clone, Copy)]
pub struct Webhook {
    /// How the provider proves that a delivery is its own; one that holds is enough. Empty is not allowed.
    pub proof: &'static [Scheme],
    /// Headers that its parser reads, in lower case. None of them may hold personal data or a secret, and only those are
    /// forwarded that the scheme that held has signed.
    pub headers: &'static [&'static str],
    /// How a delivery of several events is taken apart.
    pub batch: Batch,
    /// What the provider wants to hear.
    pub answer: Answer,
    /// What it asks before it sends anything.
    pub handshake: Handshake,
    /// What it does with which answer, for the page: how often and how long it tries again.
    pub retries: &'static str,
}

/// How a delivery of several events is taken apart, so that a bad one does not hold up the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Batch {
    /// It is one event, or its parser takes it apart.
    Whole,
    /// A JSON list of events.
    List,
    /// A JSON object with a list of objects, each with a list: `entry[].changes[]`. Each piece keeps what is around it.
    Nested {
        /// The outer list.
        outer: &'static str,
        /// The list in each of its items.
        inner: &'static str,
    },
    /// A JSON object with one list in it: `value[]`, `batch[]`. Each piece keeps what is around it.
    Within(&'static str),
}

/// What a provider wants to hear once the queue has its delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// 202 without content.
    Accepted,
    /// 200 without content, for those that take nothing else as a yes.
    Ok,
    /// 200 with an empty TwiML document, or one that redirects where the configuration names a place to go on.
    TwiMl,
    /// 200 with sipgate's XML: a new call's answer asks for the answer and the hangup.
    Sipgate,
}

/// What a provider asks before it sends anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handshake {
    /// Nothing.
    None,
    /// GET with `hub.mode=subscribe`, `hub.verify_token` and `hub.challenge`, which is answered. Source: Meta.
    HubChallenge,
    /// POST with `validationToken` in the query, which is answered as text. Source: Microsoft Graph.
    ValidationToken,
}
