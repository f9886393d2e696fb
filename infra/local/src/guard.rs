//! What a deployed function's role would refuse is refused here: requests of the functions to the table pass through
//! this, which knows from the template what each may do.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use sam_template::{Function, TablePermissions};
use serde_json::{Value, json};

/// Largest request of the table's protocol: 16 MB.
const MAX_BODY: usize = 16 * 1024 * 1024;
/// What the names of operations begin with in the protocol.
const PROTOCOL: &str = "DynamoDB_20120810.";

struct Guard {
    client: Client<HttpConnector, Body>,
    table: String,
    permissions: BTreeMap<String, TablePermissions>,
}

/// The server in front of the table at `table`.
pub(crate) fn router(table: &str, functions: &[Function]) -> Router {
    let permissions = functions
        .iter()
        .map(|function| (function.binary.clone(), function.table.clone()))
        .collect();
    let guard = Guard {
        client: Client::builder(TokioExecutor::new()).build_http(),
        table: table.to_owned(),
        permissions,
    };
    Router::new().fallback(pass).with_state(Arc::new(guard))
}

async fn pass(State(guard): State<Arc<Guard>>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MAX_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let asker = asker(&parts.headers).unwrap_or_default();
    if let Err(action) = guard.judge(asker, &parts.headers, &body) {
        tracing::error!(
            function = asker,
            action,
            "the function's role in template.yaml does not allow what it does"
        );
        let refusal = json!({
            "__type": "com.amazon.coral.service#AccessDeniedException",
            "Message": format!("{asker} is not authorized to perform: {action}"),
        });
        let media_type = [(header::CONTENT_TYPE, "application/x-amz-json-1.0")];
        return (StatusCode::BAD_REQUEST, media_type, refusal.to_string()).into_response();
    }
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let Ok(uri) = format!("{}{path}", guard.table).parse::<Uri>() else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    parts.uri = uri;
    parts.headers.remove(header::HOST);
    let request = Request::from_parts(parts, Body::from(body));
    match guard.client.request(request).await {
        Ok(answer) => answer.map(Body::new).into_response(),
        Err(error) => {
            tracing::warn!(error = %error, "the table does not answer");
            StatusCode::BAD_GATEWAY.into_response()
        }
    }
}

impl Guard {
    /// Whether the asker may do all that the request does.
    ///
    /// # Errors
    /// With the first action that it may not.
    fn judge(&self, asker: &str, headers: &HeaderMap, body: &Bytes) -> Result<(), String> {
        let target = headers
            .get("x-amz-target")
            .and_then(|target| target.to_str().ok());
        let operation = target.and_then(|target| target.strip_prefix(PROTOCOL));
        let operation = operation.unwrap_or("unknown");
        let none = TablePermissions::default();
        let permissions = self.permissions.get(asker).unwrap_or(&none);
        for (action, on_index) in actions(operation, body) {
            let allowed = if on_index {
                &permissions.index
            } else {
                &permissions.table
            };
            if !allowed.contains(&action) {
                let place = if on_index { " on an index" } else { "" };
                return Err(format!("{action}{place}"));
            }
        }
        Ok(())
    }
}

/// Who signed the request: the key's name stands at the beginning of its scope.
fn asker(headers: &HeaderMap) -> Option<&str> {
    let signature = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (_, scope) = signature.split_once("Credential=")?;
    scope.split('/').next()
}

/// The actions that an operation takes permission for, each with whether it is on an index. A transaction takes those of
/// its parts.
fn actions(operation: &str, body: &[u8]) -> Vec<(String, bool)> {
    let named = |name: &str| (format!("dynamodb:{name}"), false);
    match operation {
        "TransactWriteItems" | "TransactGetItems" => {
            let body: Value = serde_json::from_slice(body).unwrap_or_default();
            let parts = body["TransactItems"].as_array();
            let parts = parts.into_iter().flatten().filter_map(Value::as_object);
            let kinds = parts.flat_map(|part| part.keys());
            kinds
                .map(|kind| match kind.as_str() {
                    "ConditionCheck" => named("ConditionCheckItem"),
                    "Delete" => named("DeleteItem"),
                    "Get" => named("GetItem"),
                    "Put" => named("PutItem"),
                    "Update" => named("UpdateItem"),
                    other => named(other),
                })
                .collect()
        }
        "Query" | "Scan" => {
            let body: Value = serde_json::from_slice(body).unwrap_or_default();
            let (action, _) = named(operation);
            vec![(action, body["IndexName"].is_string())]
        }
        other => vec![named(other)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard() -> Guard {
        let role = TablePermissions {
            table: ["dynamodb:GetItem", "dynamodb:PutItem"]
                .map(str::to_owned)
                .into(),
            index: ["dynamodb:Query".to_owned()].into(),
        };
        Guard {
            client: Client::builder(TokioExecutor::new()).build_http(),
            table: String::new(),
            permissions: BTreeMap::from([("reader".to_owned(), role)]),
        }
    }

    fn judged(asker: &str, operation: &str, body: &Value) -> Result<(), String> {
        let mut headers = HeaderMap::new();
        let target = format!("{PROTOCOL}{operation}").parse().unwrap();
        headers.insert("x-amz-target", target);
        guard().judge(asker, &headers, &body.to_string().into())
    }

    #[test]
    fn a_function_does_what_its_role_allows_and_nothing_else() {
        assert_eq!(judged("reader", "GetItem", &json!({})), Ok(()));
        assert!(judged("reader", "DeleteItem", &json!({})).is_err());
        assert!(judged("stranger", "GetItem", &json!({})).is_err());
    }

    #[test]
    fn an_index_and_its_table_are_two_things() {
        let on_index = json!({"IndexName": "by-identity"});
        assert_eq!(judged("reader", "Query", &on_index), Ok(()));
        assert!(judged("reader", "Query", &json!({})).is_err());
    }

    #[test]
    fn a_transaction_takes_what_each_of_its_parts_takes() {
        let puts = json!({"TransactItems": [{"Put": {}}, {"Put": {}}]});
        assert_eq!(judged("reader", "TransactWriteItems", &puts), Ok(()));
        let checks = json!({"TransactItems": [{"Put": {}}, {"ConditionCheck": {}}]});
        assert_eq!(
            judged("reader", "TransactWriteItems", &checks),
            Err("dynamodb:ConditionCheckItem".to_owned())
        );
    }

    #[test]
    fn the_asker_is_told_from_the_signature() {
        let mut headers = HeaderMap::new();
        let signature = "AWS4-HMAC-SHA256 Credential=screen-pop/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host";
        headers.insert(header::AUTHORIZATION, signature.parse().unwrap());
        assert_eq!(asker(&headers), Some("screen-pop"));
    }
}
