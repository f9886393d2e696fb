//! The HTTP API in front of the functions: routes and authorizers of the template, payload format 2.0.

mod paths;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sam_template::HttpRoute;
use serde_json::{Value, json};

use crate::functions::LocalFunction;
use crate::issuer::{Claims, Issuer};

/// Largest request body that API Gateway takes.
const MAX_BODY: usize = 10 * 1024 * 1024;

/// A route and the function behind it.
pub(crate) struct Route {
    pub(crate) route: HttpRoute,
    pub(crate) function: Arc<LocalFunction>,
}

/// What the gateway serves.
pub(crate) struct Gateway {
    pub(crate) routes: Vec<Route>,
    /// The functions by their names, to be called as Lambda's own API does.
    pub(crate) functions: BTreeMap<String, Arc<LocalFunction>>,
    pub(crate) issuer: Issuer,
    /// What `GET /local` answers; the token is made anew each time.
    pub(crate) about: Value,
    pub(crate) audience: String,
    pub(crate) token_ttl: std::time::Duration,
}

/// The HTTP server's routes.
pub(crate) fn router(gateway: Gateway) -> Router {
    let issuer = gateway.issuer.router();
    Router::new()
        .route("/local", get(about))
        .route("/local/shop", get(shop))
        .route("/2015-03-31/functions/{name}/invocations", post(invoke))
        .fallback(forward)
        .with_state(Arc::new(gateway))
        .merge(issuer)
        .layer(axum::middleware::from_fn(only_this_machine))
}

/// Refuses requests under other names than this machine's, so that no web page can read the agent token, or the queues,
/// by pointing a name of its own here.
pub(crate) async fn only_this_machine(request: Request, next: axum::middleware::Next) -> Response {
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    if !matches!(name, "127.0.0.1" | "localhost" | "[::1]") {
        return (
            StatusCode::FORBIDDEN,
            "the local stack answers to 127.0.0.1 and localhost only\n",
        )
            .into_response();
    }
    next.run(request).await
}

async fn about(State(gateway): State<Arc<Gateway>>) -> Response {
    let mut about = gateway.about.clone();
    match gateway
        .issuer
        .issue("local-agent", &gateway.audience, gateway.token_ttl)
    {
        Ok(token) => about["agent_token"] = json!(token),
        Err(error) => {
            return (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response();
        }
    }
    ([(header::CACHE_CONTROL, "no-store")], axum::Json(about)).into_response()
}

/// A page that includes the widget, to try it.
async fn shop() -> Html<&'static str> {
    Html(include_str!("gateway/shop.html"))
}

/// Calls a function as `Invoke` of Lambda's API does. The caller has to show a signature of AWS's kind, whatever it
/// says: no web page can send one here without asking first, and it is not asked.
async fn invoke(
    State(gateway): State<Arc<Gateway>>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    let signed = request
        .headers()
        .get(header::AUTHORIZATION)
        .is_some_and(|value| value.as_bytes().starts_with(b"AWS4-HMAC-SHA256"));
    if !signed {
        return message(StatusCode::FORBIDDEN, "Missing Authentication Token");
    }
    let Some(function) = gateway.functions.get(&name) else {
        return message(StatusCode::NOT_FOUND, "Function not found");
    };
    let body = axum::body::to_bytes(request.into_body(), MAX_BODY).await;
    let event = body
        .ok()
        .and_then(|body| serde_json::from_slice(&body).ok());
    let Some(event) = event else {
        return message(
            StatusCode::BAD_REQUEST,
            "Could not parse request body into json",
        );
    };
    match function.invoke(event).await {
        Ok(answer) => axum::Json(answer).into_response(),
        Err(error) => {
            tracing::error!(%error, function = name, "a function failed");
            let failed = axum::Json(json!({ "errorMessage": error.to_string() }));
            ([("x-amz-function-error", "Unhandled")], failed).into_response()
        }
    }
}

async fn forward(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = paths::decoded(parts.uri.path());
    let found = gateway
        .routes
        .iter()
        .filter(|route| route.route.method == "ANY" || route.route.method == parts.method.as_str())
        .filter_map(|route| Some((route, paths::matches(&route.route.path, &path)?)))
        .min_by_key(|(route, _)| paths::is_greedy(&route.route.path));
    let Some((route, parameters)) = found else {
        return message(StatusCode::NOT_FOUND, "Not Found");
    };
    let claims = match route.route.authorizer {
        None => None,
        Some(_) => {
            let token = parts
                .headers
                .get(header::AUTHORIZATION)
                .and_then(|token| token.to_str().ok());
            match gateway.issuer.verify(token) {
                Ok(claims) => Some(claims),
                Err(refusal) => {
                    let mut response = message(StatusCode::UNAUTHORIZED, "Unauthorized");
                    if let Ok(challenge) = HeaderValue::from_str(&refusal.challenge()) {
                        response
                            .headers_mut()
                            .insert(header::WWW_AUTHENTICATE, challenge);
                    }
                    return response;
                }
            }
        }
    };
    let Ok(body) = axum::body::to_bytes(body, MAX_BODY).await else {
        return message(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
    };
    let event = event(
        &route.route,
        &parts,
        &path,
        parameters,
        claims.as_ref(),
        &body,
    );
    match route.function.invoke(event).await {
        Ok(answer) => reply(&answer),
        Err(error) => {
            tracing::error!(%error, route = route.route.path, "a function failed");
            message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
        }
    }
}

/// The request as API Gateway describes it to a function.
fn event(
    route: &HttpRoute,
    request: &axum::http::request::Parts,
    path: &str,
    parameters: BTreeMap<String, String>,
    claims: Option<&Claims>,
    body: &[u8],
) -> Value {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let query = request.uri.query().unwrap_or_default();
    let route_key = format!("{} {}", route.method, route.path);
    let text = std::str::from_utf8(body);
    let mut event = json!({
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers(&request.headers),
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": "localhost",
            "domainPrefix": "localhost",
            "http": {
                "method": request.method.as_str(),
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": request.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()),
            },
            "requestId": format!("local-{:016x}", fastrand::u64(..)),
            "routeKey": route_key,
            "stage": "$default",
            "time": "01/Jan/1970:00:00:00 +0000",
            "timeEpoch": u64::try_from(now.as_millis()).unwrap_or_default(),
        },
        "isBase64Encoded": text.is_err(),
    });
    if !body.is_empty() {
        event["body"] = text.map_or_else(|_| json!(STANDARD.encode(body)), |text| json!(text));
    }
    if !parameters.is_empty() {
        event["pathParameters"] = json!(parameters);
    }
    if let Some(claims) = claims {
        event["requestContext"]["authorizer"] = json!({ "jwt": claims.as_event() });
    }
    event
}

/// Headers by name in lower case; several of one name are joined by commas.
fn headers(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut joined: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        joined
            .entry(name.as_str().to_owned())
            .and_modify(|all| {
                all.push(',');
                all.push_str(&value);
            })
            .or_insert_with(|| value.into_owned());
    }
    // The gateway says itself how it was called, whatever the caller says.
    joined.insert("x-forwarded-proto".to_owned(), "http".to_owned());
    joined
}

/// A function's answer as an HTTP response.
fn reply(answer: &Value) -> Response {
    let status = answer["statusCode"]
        .as_u64()
        .and_then(|status| u16::try_from(status).ok());
    let status = status.and_then(|status| StatusCode::from_u16(status).ok());
    let Some(status) = status else {
        return message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error");
    };
    let text = answer["body"].as_str().unwrap_or_default();
    let body = if answer["isBase64Encoded"].as_bool() == Some(true) {
        STANDARD.decode(text).unwrap_or_default()
    } else {
        text.as_bytes().to_vec()
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        let name = HeaderName::try_from(name.as_str());
        let value = value
            .as_str()
            .and_then(|value| HeaderValue::from_str(value).ok());
        if let (Ok(name), Some(value)) = (name, value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn message(status: StatusCode, text: &str) -> Response {
    (status, axum::Json(json!({ "message": text }))).into_response()
}

#[cfg(test)]
mod tests;
