use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use aws_lc_rs::hmac;
use axum::body::to_bytes;
use serde_json::{Value, json};

use super::*;

const NOW_S: i64 = 1_772_353_800;
const URL: &str = "http://127.0.0.1:8787";
const AUDIENCE: &str = "cornerstore-agents";

struct Setting {
    issuer: Issuer,
    now_ms: Arc<AtomicI64>,
}

/// Made once: making an RSA key is the slow part of every test here.
static KEY: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
    key.as_der().unwrap().as_ref().to_vec()
});

fn setting() -> Setting {
    setting_with(KeyPair::from_pkcs8(&KEY).unwrap())
}

fn setting_with(key: KeyPair) -> Setting {
    let now_ms = Arc::new(AtomicI64::new(NOW_S * 1000));
    let read = Arc::clone(&now_ms);
    let clock: Clock = Arc::new(move || read.load(Ordering::SeqCst));
    let issuer = Issuer::with_key(key, URL.into(), vec![AUDIENCE.into()], clock);
    Setting { issuer, now_ms }
}

impl Setting {
    fn header(&self) -> Value {
        json!({ "alg": "RS256", "kid": self.issuer.key_id })
    }

    /// Verifies a token whose claims are right but for this change.
    fn with(
        &self,
        change: impl FnOnce(&mut serde_json::Map<String, Value>),
    ) -> Result<Claims, Refusal> {
        let mut claims = json!({ "iss": URL, "aud": AUDIENCE, "sub": "a", "exp": NOW_S + 60 });
        change(claims.as_object_mut().unwrap());
        let token = self.issuer.sign(&self.header(), &claims).unwrap();
        self.issuer.verify(Some(&format!("Bearer {token}")))
    }

    fn with_header(&self, header: Value) -> Result<Claims, Refusal> {
        let claims = json!({ "iss": URL, "aud": AUDIENCE, "exp": NOW_S + 60 });
        self.issuer
            .verify(Some(&self.issuer.sign(&header, &claims).unwrap()))
    }
}

fn encode(json: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

#[test]
fn an_issued_token_is_accepted_with_or_without_the_word_bearer() {
    let setting = setting();
    let token = setting
        .issuer
        .issue("agent-7", AUDIENCE, Duration::from_secs(60))
        .unwrap();
    for header in [
        token.clone(),
        format!("Bearer {token}"),
        format!("bearer {token}"),
    ] {
        let claims = setting.issuer.verify(Some(&header)).unwrap();
        assert_eq!(claims.subject(), Some("agent-7"));
    }
}

#[test]
fn a_function_sees_every_claim_as_text() {
    let claims = setting().with(|claims| {
        claims.insert("roles".into(), json!(["agent", "lead"]));
    });
    let event = claims.unwrap().as_event();
    assert_eq!(event["claims"]["exp"], (NOW_S + 60).to_string());
    assert_eq!(event["claims"]["roles"], "[agent lead]");
    assert_eq!(event["claims"]["iss"], URL);
}

#[test]
fn a_token_expires_at_its_second() {
    let setting = setting();
    let token = setting
        .issuer
        .issue("a", AUDIENCE, Duration::from_secs(60))
        .unwrap();
    setting.now_ms.store((NOW_S + 59) * 1000, Ordering::SeqCst);
    setting.issuer.verify(Some(&token)).unwrap();
    setting.now_ms.store((NOW_S + 60) * 1000, Ordering::SeqCst);
    assert_eq!(setting.issuer.verify(Some(&token)), Err(Refusal::Expired));
}

#[test]
fn a_missing_token_is_refused() {
    let issuer = setting().issuer;
    for header in [None, Some(""), Some("Bearer"), Some("Bearer  ")] {
        assert_eq!(issuer.verify(header), Err(Refusal::Missing), "{header:?}");
    }
    assert_eq!(Refusal::Missing.challenge(), "Bearer");
}

#[test]
fn what_is_no_jwt_is_refused() {
    let issuer = setting().issuer;
    let long = "x".repeat(10_241);
    for header in [
        "Basic YTpi",
        "Bearer x",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        "Bearer é.é.é",
        &long,
    ] {
        assert_eq!(
            issuer.verify(Some(header)),
            Err(Refusal::Malformed),
            "{header}"
        );
    }
}

#[test]
fn an_unsigned_token_is_refused() {
    let setting = setting();
    for alg in ["none", "None", "NONE"] {
        let header = json!({ "alg": alg, "kid": setting.issuer.key_id });
        let claims = json!({ "iss": URL, "aud": AUDIENCE, "exp": NOW_S + 60 });
        let token = format!("{}.{}.", encode(&header), encode(&claims));
        assert_eq!(setting.issuer.verify(Some(&token)), Err(Refusal::Algorithm));
    }
}

#[test]
fn a_token_signed_with_the_public_key_as_a_secret_is_refused() {
    let setting = setting();
    let header = json!({ "alg": "HS256", "kid": setting.issuer.key_id });
    let claims = json!({ "iss": URL, "aud": AUDIENCE, "exp": NOW_S + 60 });
    let message = format!("{}.{}", encode(&header), encode(&claims));
    let (modulus, _) = components(&setting.issuer.key);
    let secret = hmac::Key::new(hmac::HMAC_SHA256, &modulus);
    let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&secret, message.as_bytes()));
    let token = format!("{message}.{signature}");
    assert_eq!(setting.issuer.verify(Some(&token)), Err(Refusal::Algorithm));
}

#[test]
fn an_algorithm_other_than_rs256_is_refused() {
    let setting = setting();
    for alg in ["RS384", "PS256", "ES256", "EdDSA", "rs256", ""] {
        let header = json!({ "alg": alg, "kid": setting.issuer.key_id });
        assert_eq!(
            setting.with_header(header),
            Err(Refusal::Algorithm),
            "{alg}"
        );
    }
}

#[test]
fn an_unknown_key_is_refused() {
    let setting = setting();
    for header in [
        json!({ "alg": "RS256" }),
        json!({ "alg": "RS256", "kid": "other" }),
    ] {
        assert_eq!(setting.with_header(header), Err(Refusal::UnknownKey));
    }
}

#[test]
fn critical_header_parameters_are_refused() {
    let setting = setting();
    let header = json!({ "alg": "RS256", "kid": setting.issuer.key_id, "crit": ["exp"] });
    assert_eq!(setting.with_header(header), Err(Refusal::Malformed));
}

#[test]
fn a_signature_of_another_key_or_for_other_claims_is_refused() {
    let ours = setting();
    let other = setting_with(KeyPair::generate(KeySize::Rsa2048).unwrap());
    let claims = json!({ "iss": URL, "aud": AUDIENCE, "exp": NOW_S + 60 });
    let forged = other.issuer.sign(&ours.header(), &claims).unwrap();
    assert_eq!(ours.issuer.verify(Some(&forged)), Err(Refusal::Signature));

    let token = ours.issuer.sign(&ours.header(), &claims).unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    let changed = json!({ "iss": URL, "aud": AUDIENCE, "exp": NOW_S + 6000 });
    let tampered = format!("{}.{}.{}", parts[0], encode(&changed), parts[2]);
    assert_eq!(ours.issuer.verify(Some(&tampered)), Err(Refusal::Signature));
}

#[test]
fn another_issuer_is_refused() {
    let setting = setting();
    for issuer in [json!("http://127.0.0.1:8787/"), json!([URL]), json!(null)] {
        let refused = setting.with(|claims| drop(claims.insert("iss".into(), issuer)));
        assert_eq!(refused, Err(Refusal::Issuer));
    }
    assert_eq!(
        setting.with(|claims| drop(claims.remove("iss"))),
        Err(Refusal::Issuer)
    );
}

#[test]
fn another_audience_is_refused() {
    let setting = setting();
    for audience in [
        json!("other"),
        json!([]),
        json!(["other"]),
        json!(7),
        json!(null),
    ] {
        let refused = setting.with(|claims| drop(claims.insert("aud".into(), audience)));
        assert_eq!(refused, Err(Refusal::Audience));
    }
    assert_eq!(
        setting.with(|claims| drop(claims.remove("aud"))),
        Err(Refusal::Audience)
    );
    setting
        .with(|claims| drop(claims.insert("aud".into(), json!(["other", AUDIENCE]))))
        .unwrap();
}

#[test]
fn a_client_id_counts_only_without_an_audience() {
    let setting = setting();
    let client = setting.with(|claims| {
        claims.remove("aud");
        claims.insert("client_id".into(), json!(AUDIENCE));
    });
    client.unwrap();
    let both = setting.with(|claims| {
        claims.insert("aud".into(), json!("other"));
        claims.insert("client_id".into(), json!(AUDIENCE));
    });
    assert_eq!(both, Err(Refusal::Audience));
}

#[test]
fn a_token_from_the_future_is_refused() {
    let setting = setting();
    for name in ["nbf", "iat"] {
        let refused = setting.with(|claims| drop(claims.insert(name.into(), json!(NOW_S + 1))));
        assert_eq!(refused, Err(Refusal::NotYetValid), "{name}");
        setting
            .with(|claims| drop(claims.insert(name.into(), json!(NOW_S))))
            .unwrap();
    }
}

#[test]
fn a_time_that_is_no_number_is_refused() {
    let setting = setting();
    for name in ["exp", "nbf", "iat"] {
        for value in [json!((NOW_S + 60).to_string()), json!(null), json!([1])] {
            let refused = setting.with(|claims| drop(claims.insert(name.into(), value)));
            assert_eq!(refused, Err(Refusal::Claim(name)));
        }
    }
    assert_eq!(
        setting.with(|claims| drop(claims.remove("exp"))),
        Err(Refusal::Claim("exp"))
    );
}

#[test]
fn a_key_in_a_file_is_kept_private_and_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("issuer.key");
    let open = || {
        let clock: Clock = Arc::new(|| NOW_S * 1000);
        Issuer::open(
            &Storage::File(path.clone()),
            URL,
            vec![AUDIENCE.into()],
            clock,
        )
    };
    let token = open()
        .unwrap()
        .issue("a", AUDIENCE, Duration::from_secs(60))
        .unwrap();
    open().unwrap().verify(Some(&token)).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    std::fs::write(&path, "no key").unwrap();
    assert!(matches!(open(), Err(IssuerError::Key(_))));
}

#[tokio::test]
async fn the_published_key_verifies_what_was_issued() {
    let issuer = setting().issuer;
    let token = issuer
        .issue("a", AUDIENCE, Duration::from_secs(60))
        .unwrap();
    let discovery = fetch(&issuer, DISCOVERY_PATH).await;
    assert_eq!(discovery["issuer"], URL);
    assert_eq!(discovery["jwks_uri"], format!("{URL}{KEYS_PATH}"));

    let keys: jsonwebtoken::jwk::JwkSet =
        serde_json::from_value(fetch(&issuer, KEYS_PATH).await).unwrap();
    let key_id = jsonwebtoken::decode_header(&token).unwrap().kid.unwrap();
    let key = DecodingKey::from_jwk(keys.find(&key_id).unwrap()).unwrap();
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
    validation.validate_exp = false;
    validation.set_audience(&[AUDIENCE]);
    jsonwebtoken::decode::<Value>(&token, &key, &validation).unwrap();
}

async fn fetch(issuer: &Issuer, path: &str) -> Value {
    use tower::ServiceExt as _;
    let request = axum::http::Request::get(path)
        .body(axum::body::Body::empty())
        .unwrap();
    let response = issuer.router::<()>().oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200);
    serde_json::from_slice(&to_bytes(response.into_body(), 65_536).await.unwrap()).unwrap()
}
