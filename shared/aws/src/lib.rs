#![doc = include_str!("../README.md")]

use std::cell::RefCell;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::time::{SharedTimeSource, TimeSource};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_types::SdkConfig;
use aws_types::region::Region;
use aws_types::sdk_config::{
    RetryConfig, SharedHttpClient, StalledStreamProtectionConfig, TimeoutConfig,
};

/// The roots that certificates of AWS endpoints chain to.
const AMAZON_ROOTS: &str = include_str!("../roots/amazon.pem");
/// Longest time to connect.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// Longest time of one request where nothing else is said, connecting included.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(3);
/// How long an idle connection is kept. A function that was frozen thaws with connections that the other side has
/// closed meanwhile, and a request on one of those would hang or fail.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(20);

/// What bounds a call of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest time of one request, connecting included; `None` for one that waits for something.
    pub request: Option<Duration>,
    /// Most tries by the SDK, which knows no deadline.
    pub tries: u32,
}

/// Which certificates an endpoint may show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Roots {
    /// Amazon's, embedded: nothing is read at start.
    #[default]
    Amazon,
    /// Those of the operating system, for endpoints behind a company's own proxy.
    Native,
}

thread_local! {
    static TRANSPORT: RefCell<Option<SharedHttpClient>> = const { RefCell::new(None) };
}

/// Makes something whose clients send all of their requests through `transport`, in place of the network: the
/// simulation is the one that does so.
pub fn through<T>(transport: SharedHttpClient, make: impl FnOnce() -> T) -> T {
    let before = TRANSPORT.replace(Some(transport));
    let made = make();
    TRANSPORT.set(before);
    made
}

/// The clock that requests are signed by.
#[derive(Debug)]
struct TimeOfDay;

impl TimeSource for TimeOfDay {
    fn now(&self) -> SystemTime {
        clock::now()
    }
}

/// How AWS is reached.
#[derive(Clone)]
pub struct AwsAccess {
    /// The region, such as `eu-central-1`.
    pub region: String,
    /// The endpoint, where it is not AWS's own. Plain `http://` works too.
    pub endpoint: Option<String>,
    /// Key id, secret and session token.
    pub credentials: Credentials,
    /// Which certificates the endpoint may show.
    pub roots: Roots,
}

impl AwsAccess {
    /// As the Lambda service and the AWS CLI put it into the environment: `AWS_REGION`, `AWS_ACCESS_KEY_ID`,
    /// `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_ENDPOINT_URL_<SERVICE>` or `AWS_ENDPOINT_URL`, and
    /// `CORNERSTORE_ROOTS=native`.
    ///
    /// `read` gives the value of a variable; `service` is `DYNAMODB`, `SQS` or `SECRETS_MANAGER`.
    ///
    /// # Errors
    /// The names of all that is missing.
    pub fn from_environment(
        service: &str,
        mut read: impl FnMut(&str) -> Option<String>,
    ) -> Result<Self, Vec<&'static str>> {
        let mut read = |name: &str| read(name).filter(|value| !value.trim().is_empty());
        let region = read("AWS_REGION").or_else(|| read("AWS_DEFAULT_REGION"));
        let (id, secret) = (read("AWS_ACCESS_KEY_ID"), read("AWS_SECRET_ACCESS_KEY"));
        let needed = [
            ("AWS_REGION", &region),
            ("AWS_ACCESS_KEY_ID", &id),
            ("AWS_SECRET_ACCESS_KEY", &secret),
        ];
        let missing: Vec<_> = needed
            .iter()
            .filter(|(_, value)| value.is_none())
            .map(|(name, _)| *name)
            .collect();
        let (Some(region), Some(id), Some(secret)) = (region, id, secret) else {
            return Err(missing);
        };
        let endpoint =
            read(&format!("AWS_ENDPOINT_URL_{service}")).or_else(|| read("AWS_ENDPOINT_URL"));
        let native = read("CORNERSTORE_ROOTS").as_deref() == Some("native");
        Ok(Self {
            region,
            endpoint,
            credentials: Credentials::new(
                id,
                secret,
                read("AWS_SESSION_TOKEN"),
                None,
                "environment",
            ),
            roots: if native { Roots::Native } else { Roots::Amazon },
        })
    }

    /// For an endpoint on this machine, which asks for credentials and does not check them.
    #[must_use]
    pub fn local(endpoint: &str) -> Self {
        Self {
            region: "us-east-1".to_owned(),
            endpoint: Some(endpoint.to_owned()),
            credentials: Credentials::new("local", "local", None, None, "local"),
            roots: Roots::Amazon,
        }
    }

    /// One HTTP client, with ring.
    fn http_client(&self) -> SharedHttpClient {
        if let Some(given) = TRANSPORT.with_borrow(Clone::clone) {
            return given;
        }
        let builder = Builder::new().pool_idle_timeout(POOL_IDLE_TIMEOUT);
        if self
            .endpoint
            .as_ref()
            .is_some_and(|endpoint| endpoint.starts_with("http://"))
        {
            return builder.build_http();
        }
        let store = match self.roots {
            Roots::Amazon => TrustStore::empty().with_pem_certificate(AMAZON_ROOTS),
            Roots::Native => TrustStore::empty().with_native_roots(true),
        };
        let builder = builder.tls_provider(Provider::Rustls(CryptoMode::Ring));
        match TlsContext::builder().with_trust_store(store).build() {
            Ok(context) => builder.tls_context(context).build_https(),
            // The embedded roots are tested to parse, so this is never taken; the default trusts the native roots.
            Err(_) => builder.build_https(),
        }
    }

    /// What each of AWS's SDKs makes its client of.
    #[must_use]
    pub fn config(&self, limits: Limits) -> SdkConfig {
        let mut timeouts = TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT);
        timeouts.set_operation_attempt_timeout(limits.request);
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(self.region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(self.credentials.clone()))
            .http_client(self.http_client())
            .retry_config(RetryConfig::standard().with_max_attempts(limits.tries))
            .timeout_config(timeouts.build())
            .time_source(SharedTimeSource::new(TimeOfDay))
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        match &self.endpoint {
            Some(endpoint) => config.endpoint_url(endpoint),
            None => config,
        }
        .build()
    }
}

impl std::fmt::Debug for AwsAccess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AwsAccess")
            .field("region", &self.region)
            .field("endpoint", &self.endpoint)
            .field("roots", &self.roots)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment<'a>(
        variables: &'a [(&'a str, &'a str)],
    ) -> impl Fn(&str) -> Option<String> + 'a {
        move |wanted| {
            let found = variables.iter().find(|(name, _)| *name == wanted);
            found.map(|(_, value)| (*value).to_owned())
        }
    }

    const KEYS: [(&str, &str); 3] = [
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "id-of-a-key"),
        ("AWS_SECRET_ACCESS_KEY", "hush"),
    ];

    #[test]
    fn all_that_is_missing_is_named_at_once() {
        let missing = AwsAccess::from_environment("DYNAMODB", environment(&[("AWS_REGION", " ")]));
        assert_eq!(
            missing.unwrap_err(),
            ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
        );
    }

    #[test]
    fn the_services_own_endpoint_wins() {
        let endpoints = [
            ("AWS_ENDPOINT_URL", "http://all.example.com"),
            ("AWS_ENDPOINT_URL_DYNAMODB", "http://table.example.com"),
        ];
        let variables = [KEYS.as_slice(), &endpoints].concat();
        let of = |service| {
            let access = AwsAccess::from_environment(service, environment(&variables));
            access.unwrap().endpoint.unwrap()
        };
        assert_eq!(of("DYNAMODB"), "http://table.example.com");
        assert_eq!(of("SQS"), "http://all.example.com");
    }

    #[test]
    fn the_embedded_roots_make_a_client_for_tls() {
        let blocks = AMAZON_ROOTS.matches("BEGIN CERTIFICATE").count();
        assert!(blocks >= 4, "Amazon has four roots, here are {blocks}");
        let access = AwsAccess::from_environment("DYNAMODB", environment(&KEYS)).unwrap();
        assert_eq!(access.roots, Roots::Amazon);
        // Panics when a root does not parse.
        let _ = access.http_client();
    }

    #[test]
    fn neither_keys_nor_secrets_are_printed() {
        let access = AwsAccess::from_environment("DYNAMODB", environment(&KEYS)).unwrap();
        let printed = format!("{access:?}");
        assert!(printed.contains("eu-central-1"));
        assert!(
            !printed.contains("hush") && !printed.contains("id-of-a-key"),
            "{printed}"
        );
    }

    #[test]
    fn a_services_client_gets_all_of_it() {
        let access = AwsAccess::local("http://127.0.0.1:1");
        let limits = Limits {
            request: None,
            tries: 2,
        };
        let config = access.config(limits);
        assert_eq!(config.endpoint_url(), Some("http://127.0.0.1:1"));
        assert_eq!(config.region().map(Region::as_ref), Some("us-east-1"));
        assert_eq!(
            config.retry_config().map(RetryConfig::max_attempts),
            Some(2)
        );
        let timeouts = config.timeout_config().unwrap();
        assert_eq!(timeouts.connect_timeout(), Some(CONNECT_TIMEOUT));
        assert_eq!(timeouts.operation_attempt_timeout(), None);
        assert!(config.http_client().is_some() && config.credentials_provider().is_some());
    }
}
