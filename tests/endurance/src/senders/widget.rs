//! The widget's protocol: a session, then what happened in it.

use serde_json::{Value, json};

use super::NotTaken;
use crate::http::Http;
use crate::stack::{Addresses, WIDGET_ORIGIN};

/// Tells what happened in a session, which is begun when there is none.
///
/// # Errors
/// When it was not accepted, or nobody knows.
pub(super) async fn tell(
    http: &Http,
    to: &Addresses,
    token: &mut Option<String>,
    events: Value,
) -> Result<(), NotTaken> {
    let known = match token {
        Some(known) => known.clone(),
        None => {
            let begun = ask(http, to, json!({ "widget": "shop" })).await?;
            let given = begun["token"].as_str();
            let given = given.ok_or(NotTaken::Answer("a session without a token"))?;
            token.insert(given.to_owned()).clone()
        }
    };
    let told = json!({ "widget": "shop", "token": known, "events": events });
    ask(http, to, told).await.map(|_| ())
}

async fn ask(http: &Http, to: &Addresses, body: Value) -> Result<Value, NotTaken> {
    let url = format!("{}/v1/widget/sessions", to.http);
    let headers = [
        ("content-type", "text/plain;charset=UTF-8"),
        ("origin", WIDGET_ORIGIN),
    ];
    let answer = http.post(&url, headers, body.to_string()).await?;
    if !answer.is_success() {
        return Err(NotTaken::Status(answer.status));
    }
    Ok(serde_json::from_slice(&answer.body).unwrap_or(Value::Null))
}
