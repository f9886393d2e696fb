//! A request of API Gateway as the provider sent it: raw bytes, headers by name, and the address that it called.

use std::collections::BTreeMap;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A request, unwrapped.
pub(crate) struct Delivered {
    /// By name in lower case; several of one name are joined by commas, as API Gateway does.
    pub(crate) headers: BTreeMap<String, String>,
    /// The raw bytes.
    pub(crate) body: Vec<u8>,
}

impl Delivered {
    /// Takes the request's body out of it.
    pub(crate) fn of(request: &mut ApiGatewayV2httpRequest) -> Self {
        let mut headers: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in &request.headers {
            let value = String::from_utf8_lossy(value.as_bytes());
            headers
                .entry(name.as_str().to_ascii_lowercase())
                .and_modify(|all| {
                    all.push(',');
                    all.push_str(&value);
                })
                .or_insert_with(|| value.into_owned());
        }
        let text = request.body.take().unwrap_or_default();
        // API Gateway's base64 always reads. Taken as it is, another's carries no signature that holds.
        let decoded = request
            .is_base64_encoded
            .then(|| STANDARD.decode(&text).ok());
        let body = decoded.flatten().unwrap_or_else(|| text.into_bytes());
        Self { headers, body }
    }

    /// A header's value, without the spaces around it.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.trim())
    }

    /// The address that the provider called, as it knows it: `configured` where the connection names it, since a proxy in
    /// front may have another name.
    pub(crate) fn url(
        &self,
        request: &ApiGatewayV2httpRequest,
        configured: Option<&str>,
    ) -> String {
        let mut url = match configured {
            Some(url) => url.to_owned(),
            None => {
                let gateway = request.request_context.domain_name.as_deref();
                let host = self.header("host").or(gateway).unwrap_or_default();
                let path = request.raw_path.as_deref().unwrap_or_default();
                format!("{}://{host}{path}", self.scheme(host))
            }
        };
        if let Some(query) = request
            .raw_query_string
            .as_deref()
            .filter(|query| !query.is_empty())
        {
            url.push('?');
            url.push_str(query);
        }
        url
    }

    /// Whatever is not on this machine speaks TLS; a header does not say otherwise.
    fn scheme(&self, host: &str) -> &'static str {
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            Some(_) | None => host,
        };
        let is_local = matches!(name, "127.0.0.1" | "localhost" | "[::1]");
        if is_local && self.header("x-forwarded-proto") != Some("https") {
            "http"
        } else {
            "https"
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(value: serde_json::Value) -> ApiGatewayV2httpRequest {
        serde_json::from_value(value).unwrap()
    }

    fn url(host: &str, proto: &str, query: &str, configured: Option<&str>) -> String {
        let mut request = request(json!({
            "rawPath": "/v1/webhooks/a", "rawQueryString": query,
            "headers": {"Host": host, "x-forwarded-proto": proto},
            "requestContext": {"domainName": "api.example.com", "http": {"method": "POST"}}
        }));
        if host.is_empty() {
            request.headers.remove("host");
        }
        Delivered::of(&mut request).url(&request, configured)
    }

    #[test]
    fn the_address_is_the_one_that_the_provider_called() {
        let cases = [
            (
                "hooks.example.com",
                "https",
                "",
                "https://hooks.example.com/v1/webhooks/a",
            ),
            (
                "hooks.example.com",
                "http",
                "a=1&b",
                "https://hooks.example.com/v1/webhooks/a?a=1&b",
            ),
            ("", "https", "", "https://api.example.com/v1/webhooks/a"),
            (
                "127.0.0.1:8787",
                "",
                "",
                "http://127.0.0.1:8787/v1/webhooks/a",
            ),
            ("localhost", "https", "", "https://localhost/v1/webhooks/a"),
            ("[::1]:80", "http", "", "http://[::1]:80/v1/webhooks/a"),
            (
                "localhost.example.com:80",
                "http",
                "",
                "https://localhost.example.com:80/v1/webhooks/a",
            ),
        ];
        for (host, proto, query, wanted) in cases {
            assert_eq!(url(host, proto, query, None), wanted);
        }
        let configured = Some("https://public.example.com/hook");
        assert_eq!(
            url("a.example.com", "", "x=%2B", configured),
            "https://public.example.com/hook?x=%2B"
        );
    }

    #[test]
    fn a_body_is_its_raw_bytes() {
        let of = |body: &str, is_base64: bool| {
            let mut request = request(json!({
                "body": body, "isBase64Encoded": is_base64, "headers": {},
                "requestContext": {"http": {"method": "POST"}}
            }));
            Delivered::of(&mut request).body
        };
        assert_eq!(of("eyI=", true), b"{\"");
        assert_eq!(of("eyI=", false), b"eyI=");
        assert_eq!(of("/wA=", true), [255, 0]);
        assert_eq!(of("no base64!", true), b"no base64!");
    }
}
