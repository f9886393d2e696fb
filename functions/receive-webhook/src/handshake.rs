//! What providers ask before they send anything.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use lambda_kit::http::query_parameter;
use signatures::{Delivery, Scheme, Secret, Shown};
use sources::Handshake;

use crate::connection::Connection;

/// Longest challenge that is answered.
pub const MAX_CHALLENGE: usize = 2048;

/// The token of a challenge is shown in the query, and compared as other secrets are, in constant time.
const TOKEN: &[Scheme] = &[Scheme::Shown(&[Shown::Query("hub.verify_token")])];

/// What a request asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// It is no handshake.
    Nothing,
    /// This text, as a proof that it arrived.
    Echo(String),
    /// A handshake that is not of who may ask, or asks for what is not echoed.
    Refused,
}

/// What a GET asks for. `delivery` has the address with its query.
pub(crate) fn of_get(
    request: &ApiGatewayV2httpRequest,
    connection: &Connection,
    delivery: &Delivery<'_>,
) -> Asked {
    match connection.webhook.handshake {
        Handshake::HubChallenge => {
            let Some(mode) = query_parameter(request, "hub.mode") else {
                return Asked::Nothing;
            };
            let token: &[Secret] = connection.verify_token.as_slice();
            let is_known = signatures::verify(TOKEN, token, delivery).is_ok();
            let challenge = query_parameter(request, "hub.challenge");
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            match challenge.filter(|text| is_echoed(text, plain)) {
                Some(challenge) if mode == "subscribe" && is_known => {
                    Asked::Echo(challenge.into_owned())
                }
                Some(_) | None => Asked::Refused,
            }
        }
        Handshake::ValidationToken | Handshake::None => Asked::Nothing,
    }
}

/// What a POST asks for, before any signature.
pub(crate) fn of_post(request: &ApiGatewayV2httpRequest, connection: &Connection) -> Asked {
    match connection.webhook.handshake {
        Handshake::ValidationToken => {
            let Some(token) = query_parameter(request, "validationToken") else {
                return Asked::Nothing;
            };
            // Whoever asks chooses the text, so it is none that a browser could take for a page.
            let plain = |c: char| matches!(c, ' '..='~') && !matches!(c, '<' | '>');
            if is_echoed(&token, plain) {
                Asked::Echo(token.into_owned())
            } else {
                Asked::Refused
            }
        }
        Handshake::HubChallenge | Handshake::None => Asked::Nothing,
    }
}

fn is_echoed(text: &str, plain: impl Fn(char) -> bool) -> bool {
    (1..=MAX_CHALLENGE).contains(&text.len()) && text.chars().all(plain)
}
