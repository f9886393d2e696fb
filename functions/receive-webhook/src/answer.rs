//! Answers: what a provider wants to hear, and problems.

use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use aws_lambda_events::encodings::Body;
use aws_lambda_events::http::{HeaderName, HeaderValue, header};
use lambda_kit::http::{Problem, StatusCode, problem};
use signatures::Scheme;
use signatures::Shown;
use sources::{Answer, Webhook};

use crate::connection::Connection;

/// After how many seconds a provider that listens to it may send again.
pub const RETRY_AFTER_S: u16 = 10;

const TEXT: &str = "text/plain; charset=utf-8";
const XML: &str = "text/xml; charset=utf-8";
const DECLARATION: &str = r#"<?xml version="1.0" encoding="UTF-8"?>"#;
/// Which of sipgate's events is asked for more: its answer names where the later ones go.
const NEW_CALL: (&str, &str) = ("event", "newCall");
/// What to do about a signed CloudEvent in binary mode.
const STRUCTURED_ONLY: &str = "A signature does not cover the ce- headers. Send signed events in structured mode \
                               (application/cloudevents+json), or show a token instead of signing.";

/// Why a request is not answered with what it asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Nothing is there, or nobody is told what is.
    NotFound,
    /// Longer than the queue takes.
    TooLarge,
    /// Compressed, or encoded in another way that is not undone here.
    Encoded,
    /// A handshake of somebody who does not know the token.
    Handshake,
    /// It does not prove whose it is.
    Unproven {
        why: signatures::Refusal,
        /// What the provider is asked for in `WWW-Authenticate`.
        challenge: Option<&'static str>,
    },
    /// The connection's configuration cannot be used.
    Misconfigured,
    /// A signed CloudEvent whose attributes stand in headers, which no signature covers. Its sender has to be configured
    /// otherwise, and sends it again until then.
    AttributesUnsigned,
    /// The queue or the secrets cannot be reached in time.
    Unavailable,
}

impl Refusal {
    pub(crate) fn unproven(why: signatures::Refusal, webhook: &Webhook) -> Self {
        // A secret that its scheme cannot use is our fault, and no reason to lose the delivery.
        if why == signatures::Refusal::NoSecret {
            return Self::Misconfigured;
        }
        let shown = webhook.proof.iter().flat_map(|scheme| match scheme {
            Scheme::Shown(ways) => *ways,
            Scheme::Signed(_) | Scheme::Twilio | Scheme::JwtOfBody => &[],
        });
        // Some clients send credentials only once they are asked.
        let mut challenges = shown.filter_map(|way| match way {
            Shown::Basic => Some(r#"Basic realm="webhooks", charset="UTF-8""#),
            Shown::Bearer => Some(r#"Bearer realm="webhooks""#),
            Shown::Header(_) | Shown::Query(_) | Shown::EachItem(..) => None,
        });
        Self::Unproven {
            why,
            challenge: challenges.next(),
        }
    }

    /// Its name in logs.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::TooLarge => "too_large",
            Self::Encoded => "encoded",
            Self::Handshake => "handshake",
            Self::Unproven { why, .. } => why.code(),
            Self::Misconfigured => "misconfigured",
            Self::AttributesUnsigned => "attributes_unsigned",
            Self::Unavailable => "unavailable",
        }
    }

    pub(crate) fn response(self) -> ApiGatewayV2httpResponse {
        let (status, detail) = match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "There is nothing under this path."),
            Self::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "The delivery is longer than the queue takes.",
            ),
            Self::Encoded => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "A body with a content encoding is not taken.",
            ),
            Self::Handshake => (StatusCode::FORBIDDEN, "The handshake is not taken."),
            Self::Unproven { why, .. } => (StatusCode::UNAUTHORIZED, unproven(why)),
            Self::AttributesUnsigned => (StatusCode::SERVICE_UNAVAILABLE, STRUCTURED_ONLY),
            Self::Misconfigured | Self::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "The delivery cannot be taken right now and may be sent again.",
            ),
        };
        let mut said = Problem::new(status).detail(detail);
        let title = match self {
            Self::Unproven { .. } => Some("The delivery is not proven"),
            Self::AttributesUnsigned => Some("The event's attributes are not signed"),
            Self::NotFound
            | Self::TooLarge
            | Self::Encoded
            | Self::Handshake
            | Self::Misconfigured
            | Self::Unavailable => None,
        };
        if let Some(title) = title {
            let kind = format!("urn:cornerstore:webhook:{}", self.code());
            said = said.of_type(kind, title);
        }
        let mut response = problem(said);
        let headers = &mut response.headers;
        match self {
            Self::Misconfigured | Self::AttributesUnsigned | Self::Unavailable => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER_S));
            }
            Self::Unproven {
                challenge: Some(challenge),
                ..
            } => {
                headers.insert(
                    header::WWW_AUTHENTICATE,
                    HeaderValue::from_static(challenge),
                );
            }
            Self::NotFound
            | Self::TooLarge
            | Self::Encoded
            | Self::Handshake
            | Self::Unproven {
                challenge: None, ..
            } => {}
        }
        response
    }
}

fn unproven(why: signatures::Refusal) -> &'static str {
    match why {
        signatures::Refusal::NoSecret => "No configured secret can prove it.",
        signatures::Refusal::Unsigned => "The signature is missing.",
        signatures::Refusal::Malformed => "The signature cannot be read.",
        signatures::Refusal::Wrong => "The signature is not of this delivery.",
        signatures::Refusal::Stale => "The signature is too old, or of the future.",
    }
}

/// A handshake's text, given back.
pub(crate) fn echo(text: String) -> ApiGatewayV2httpResponse {
    reply(StatusCode::OK, TEXT, text)
}

/// That there is something, and nothing more: Intercom asks so before it takes an address.
pub(crate) fn there() -> ApiGatewayV2httpResponse {
    empty(StatusCode::OK)
}

/// What the provider wants to hear now that the queue has its delivery. `url` is where it sent it, `body` what.
pub(crate) fn taken(connection: &Connection, url: &str, body: &[u8]) -> ApiGatewayV2httpResponse {
    match connection.webhook.answer {
        Answer::Accepted => empty(StatusCode::ACCEPTED),
        Answer::Ok => nothing(),
        Answer::TwiMl => {
            let inside = connection.redirect.as_ref().map_or_else(
                || "<Response/>".to_owned(),
                |place| {
                    let place = escaped(place);
                    format!("<Response><Redirect>{place}</Redirect></Response>")
                },
            );
            reply(StatusCode::OK, XML, format!("{DECLARATION}{inside}"))
        }
        Answer::Sipgate if is_new_call(body) => {
            let url = escaped(url);
            let inside = format!(r#"<Response onAnswer="{url}" onHangup="{url}"/>"#);
            reply(StatusCode::OK, XML, format!("{DECLARATION}{inside}"))
        }
        Answer::Sipgate => nothing(),
    }
}

/// An empty text, with a type as every other content of this status has.
fn nothing() -> ApiGatewayV2httpResponse {
    reply(StatusCode::OK, TEXT, String::new())
}

fn is_new_call(body: &[u8]) -> bool {
    let mut pairs = body.split(|byte| *byte == b'&');
    let (name, value) = NEW_CALL;
    pairs.any(|pair| {
        let mut parts = pair.splitn(2, |byte| *byte == b'=');
        parts.next() == Some(name.as_bytes()) && parts.next() == Some(value.as_bytes())
    })
}

/// A text as it may stand in XML, between tags and in quotes. What XML cannot hold is left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            character if character.is_control() => {}
            character => escaped.push(character),
        }
    }
    escaped
}

fn empty(status: StatusCode) -> ApiGatewayV2httpResponse {
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = i64::from(status.as_u16());
    response
        .headers
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn reply(status: StatusCode, content_type: &'static str, text: String) -> ApiGatewayV2httpResponse {
    let mut response = empty(status);
    let headers = &mut response.headers;
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(
        HeaderName::from_static("x-content-type-options"),
        HeaderValue::from_static("nosniff"),
    );
    response.body = Some(Body::Text(text));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_xml_cannot_leave_its_place() {
        assert_eq!(
            escaped("https://a/?b=1&c=\"<'>\u{0}\u{1b}"),
            "https://a/?b=1&amp;c=&quot;&lt;&apos;&gt;"
        );
    }

    #[test]
    fn only_a_new_call_is_answered_with_addresses() {
        for body in ["event=newCall", "from=1&event=newCall&to=2"] {
            assert!(is_new_call(body.as_bytes()), "{body}");
        }
        for body in [
            "",
            "event=hangup",
            "event=newCalls",
            "xevent=newCall",
            "event",
            "newCall",
        ] {
            assert!(!is_new_call(body.as_bytes()), "{body}");
        }
    }
}
