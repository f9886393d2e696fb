//! What a request holds: query, path, headers, and who asks.

use std::borrow::Cow;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use aws_lambda_events::http::StatusCode;

use super::Problem;

/// The longest query string that is looked into; API Gateway allows 10,240 bytes for the request
/// line and all headers. What lies behind is not found.
pub const MAX_QUERY_BYTES: usize = 8 * 1024;

/// The first value of a query parameter, decoded; empty when it has no value.
///
/// It is read from the raw query string, because the parsed one joins repeated parameters with
/// commas. As in forms, `+` means a space: a phone number's plus has to come as `%2B`, and a caller
/// who forgets that sends a space in front of the digits.
pub fn query_parameter<'a>(
    request: &'a ApiGatewayV2httpRequest,
    name: &str,
) -> Option<Cow<'a, str>> {
    let Some(raw) = request
        .raw_query_string
        .as_deref()
        .filter(|raw| !raw.is_empty())
    else {
        return request.query_string_parameters.first(name).map(Cow::from);
    };
    let raw = &raw[..raw.floor_char_boundary(MAX_QUERY_BYTES)];
    raw.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (form_decoded(key) == name).then(|| form_decoded(value))
    })
}

/// Whether a query parameter is given more than once, so that which one is meant is not clear.
pub fn is_repeated(request: &ApiGatewayV2httpRequest, name: &str) -> bool {
    let raw = request.raw_query_string.as_deref().unwrap_or_default();
    let raw = &raw[..raw.floor_char_boundary(MAX_QUERY_BYTES)];
    let names = raw
        .split('&')
        .map(|pair| pair.split_once('=').map_or(pair, |(key, _)| key));
    names.filter(|key| form_decoded(key) == name).count() > 1
}

/// The value of a path parameter, when it is there and not empty.
pub fn path_parameter<'a>(request: &'a ApiGatewayV2httpRequest, name: &str) -> Option<&'a str> {
    let value = request.path_parameters.get(name)?;
    (!value.is_empty()).then_some(value.as_str())
}

/// The same without its `%XX`, for values that never hold a percent sign, such as ids.
///
/// API Gateway's HTTP APIs decode paths before they look for the route, so what arrives is decoded already; a caller who
/// encoded twice, or another gateway, is understood as well. A value that may hold a percent sign, such as an identity,
/// is to be read by [`path_parameter`], since decoding it again would make it another.
pub fn unescaped_path_parameter<'a>(
    request: &'a ApiGatewayV2httpRequest,
    name: &str,
) -> Option<Cow<'a, str>> {
    let value = path_parameter(request, name)?;
    Some(match value.contains('%') {
        true => decoded(value, b'+'),
        false => Cow::Borrowed(value),
    })
}

/// The value of a header, whose name may be written in any case; `None` also when it is not ASCII. API Gateway joins
/// several of one name by commas.
pub fn header<'a>(request: &'a ApiGatewayV2httpRequest, name: &str) -> Option<&'a str> {
    request.headers.get(name)?.to_str().ok().map(str::trim)
}

/// The header under which a request may be sent again without doing anything twice.
pub const IDEMPOTENCY_KEY: &str = "Idempotency-Key";
/// Longest key, in bytes.
pub const MAX_KEY_BYTES: usize = 255;

/// The caller's own name for the request, when it has one.
///
/// # Errors
/// A key that is empty, too long, or not of visible ASCII is to be refused: passed over, it would do twice what the caller
/// wants once.
pub fn idempotency_key(request: &ApiGatewayV2httpRequest) -> Result<Option<&str>, Problem> {
    let visible = |byte: u8| (b' '..=b'~').contains(&byte);
    match header(request, IDEMPOTENCY_KEY) {
        None if !request.headers.contains_key(IDEMPOTENCY_KEY) => Ok(None),
        Some(key) if (1..=MAX_KEY_BYTES).contains(&key.len()) && key.bytes().all(visible) => {
            Ok(Some(key))
        }
        None | Some(_) => {
            let reason = format!("is not 1 to {MAX_KEY_BYTES} visible ASCII characters");
            let problem = Problem::new(StatusCode::BAD_REQUEST);
            Err(problem
                .detail("The request cannot be understood.")
                .field(IDEMPOTENCY_KEY, reason))
        }
    }
}

/// Who asks: the claim `sub` of the token that API Gateway's authorizer has let in. `None` without an authorizer, and
/// when the claim is empty.
pub fn subject(request: &ApiGatewayV2httpRequest) -> Option<&str> {
    let authorizer = request.request_context.authorizer.as_ref()?;
    let subject = authorizer.jwt.as_ref()?.claims.get("sub")?;
    (!subject.trim().is_empty()).then_some(subject.as_str())
}

/// Decodes `application/x-www-form-urlencoded`. A broken escape stays as it is, and bytes that are
/// no UTF-8 become the replacement character: both are for the reader of the value to refuse.
fn form_decoded(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    decoded(text, b' ')
}

/// Decodes `%XX`, and writes `plus` for a plus.
fn decoded(text: &str, plus: u8) -> Cow<'_, str> {
    let mut rest = text.as_bytes();
    let mut decoded = Vec::with_capacity(rest.len());
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, tail) {
            (b'+', _) => decoded.push(plus),
            (b'%', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    decoded.push(high << 4 | low);
                    rest = after;
                }
                _ => decoded.push(b'%'),
            },
            (byte, _) => decoded.push(*byte),
        }
    }
    Cow::Owned(String::from_utf8_lossy(&decoded).into_owned())
}

fn hex(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}
