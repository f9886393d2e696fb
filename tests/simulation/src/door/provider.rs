//! Providers: each proves its deliveries as its source's description says, and sends again what it heard no yes to.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use signatures::{Scheme, Secret, Unsigned, sign};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::fault::Fault;
use crate::story::{Delivery, Story};

use super::{Door, Fate, Sent, forger};

/// The host that providers call.
const HOST: &str = "hooks.example.com";
/// The connections that are configured.
const CONNECTIONS: [&str; 8] = [
    "cti",
    "cti.berlin",
    "cloudevents",
    "whatsapp",
    "chatwoot",
    "postmark",
    "stripe",
    "segment",
];
/// What the kinds of deliveries begin with that say nothing beside, and may come by the front door all the same.
const CLOUD_EVENTS: &str = "cloudevents";

/// A request to the front door.
#[derive(Clone)]
pub(super) struct Call {
    pub(super) connection: String,
    pub(super) url: String,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Vec<u8>,
    in_base64: bool,
}

/// The connection by which a delivery may come, where there is one.
#[must_use]
pub(crate) fn connection_of(delivery: &Delivery) -> Option<&'static str> {
    let said = |wanted: &str| {
        let mut said = delivery.attributes.iter();
        said.find(|(name, _)| name == wanted)
            .map(|(_, value)| value.clone())
    };
    let own = delivery.kind.starts_with(CLOUD_EVENTS);
    let name = name_of(said).or_else(|| own.then(|| CLOUD_EVENTS.to_owned()))?;
    CONNECTIONS.into_iter().find(|known| **known == name)
}

/// The name of the connection that a message's attributes tell of.
pub(crate) fn name_of(said: impl Fn(&str) -> Option<String>) -> Option<String> {
    let source = said("source")?;
    Some(match said("account") {
        Some(account) => format!("{source}.{account}"),
        None => source,
    })
}

/// What the secret of the stack holds.
#[must_use]
pub(crate) fn secrets() -> String {
    let all = CONNECTIONS.into_iter().map(|name| {
        // Two that hold at once: one is being replaced by the other.
        let secrets = json!([secret(&format!("{name}, the next")), secret(name)]);
        let value = match name {
            "whatsapp" => json!({"secrets": secrets, "verify_token": "a token"}),
            _ => secrets,
        };
        (name.to_owned(), value)
    });
    Value::Object(all.collect()).to_string()
}

/// A secret in the one form that all of these schemes take.
pub(super) fn secret(of: &str) -> String {
    let bytes = format!("simulated secret of {of:-<24}");
    format!("whsec_{}", STANDARD.encode(bytes))
}

/// How long a provider waits before it sends again, try by try, in seconds.
fn pauses(connection: &str) -> &'static [u64] {
    match connection {
        // A push is sent once.
        "cti" | "cti.berlin" => &[],
        "whatsapp" => &[5, 30, 300, 1800],
        "chatwoot" => &[2, 60],
        "postmark" => &[60, 300, 900],
        "stripe" => &[60, 600, 3600],
        "segment" => &[10, 60, 600],
        _ => &[1, 5, 60],
    }
}

/// The ways in which a connection's deliveries are proved.
pub(super) fn schemes(connection: &str) -> &'static [Scheme] {
    let source = connection.split('.').next().unwrap_or_default();
    let webhook = sources::find(source).and_then(|(_, source)| source.about().webhook);
    webhook.map(|webhook| webhook.proof).unwrap_or_default()
}

/// Whether what is proved so says when, so that it is nothing worth later.
pub(super) fn is_stamped(scheme: &Scheme) -> bool {
    match scheme {
        Scheme::Signed(signed) => signed.stamp.is_some(),
        Scheme::JwtOfBody => true,
        Scheme::Twilio | Scheme::Shown(_) => false,
    }
}

impl Call {
    /// A request that proves nothing.
    pub(super) fn bare(door: &Door, connection: &str, body: Vec<u8>) -> Self {
        let id = format!("msg_{:016x}", door.world.inside().rng.u64(..));
        Self {
            connection: connection.to_owned(),
            url: format!("https://{HOST}/v1/webhooks/{connection}"),
            headers: BTreeMap::from([
                ("host".to_owned(), HOST.to_owned()),
                ("webhook-id".to_owned(), id),
            ]),
            body,
            in_base64: door.world.inside().rng.bool(),
        }
    }

    /// The same, proved with a secret at some time; `None` where the scheme takes no such secret or body.
    pub(super) fn proved(&self, scheme: &Scheme, secret: &str, now_ms: i64) -> Option<Self> {
        let unsigned = Unsigned {
            url: &self.url,
            headers: &self.headers,
            body: &self.body,
            now: now_ms.div_euclid(1000),
        };
        let proof = sign(scheme, &Secret::new(secret), &unsigned).ok()?;
        Some(Self {
            connection: self.connection.clone(),
            url: proof.url,
            headers: proof.headers,
            body: proof.body,
            in_base64: self.in_base64,
        })
    }

    /// As API Gateway hands it in.
    pub(super) fn event(&self) -> Value {
        let (path, query) = self.url.split_once('?').unwrap_or((&self.url, ""));
        let path = path.split_once(HOST).map_or("/", |(_, path)| path);
        let text = match self.in_base64 {
            true => STANDARD.encode(&self.body),
            false => String::from_utf8_lossy(&self.body).into_owned(),
        };
        json!({
            "version": "2.0",
            "routeKey": "POST /v1/webhooks/{source}",
            "rawPath": path,
            "rawQueryString": query,
            "headers": self.headers,
            "pathParameters": {"source": self.connection},
            "requestContext": {
                "accountId": "123456789012",
                "apiId": "simulated",
                "domainName": HOST,
                "http": {"method": "POST", "path": path, "protocol": "HTTP/1.1",
                    "sourceIp": "192.0.2.7", "userAgent": "provider/1.0"},
                "requestId": "simulated",
                "routeKey": "POST /v1/webhooks/{source}",
                "stage": "$default",
                "time": "02/Mar/2026:09:00:00 +0000",
                "timeEpoch": 1_772_442_000_000_i64,
            },
            "body": text,
            "isBase64Encoded": self.in_base64,
        })
    }
}

/// Sends a delivery of the story until there is a yes, or no patience any more.
pub(crate) async fn provide(door: Rc<Door>, story: Rc<Story>, place: usize) {
    let Some(connection) = story.deliveries.get(place).and_then(connection_of) else {
        return;
    };
    let body = story.deliveries[place].body.clone().into_bytes();
    let call = Call::bare(&door, connection, body);
    let scheme = {
        let usable = usable(&call);
        let place = door.world.inside().rng.usize(..usable.len().max(1));
        usable.get(place).copied()
    };
    let scheme = scheme.expect("each of these sources can prove its deliveries with a secret");
    let mut others = Vec::new();
    let mut fate = Fate::GivenUp;
    let pauses = [0].iter().chain(pauses(connection));
    for (tried, pause) in pauses.enumerate() {
        let pause = door.between(pause * 1000, pause * 1500 + 1);
        sleep(pause).await;
        if tried > 0 {
            door.world.inside().faults.note(Fault::PostedAgain);
        }
        let now_ms = door.world.now_ms();
        let proved = call.proved(scheme, &secret(connection), now_ms);
        let proved = proved.expect("what could be proved once can be proved again");
        others.extend(others_beside(&door, &proved, scheme));
        let heard = door.post("a provider", &proved, 200, false).await;
        if heard.is_some_and(|status| (200..300).contains(&status)) {
            fate = Fate::Taken;
            break;
        }
    }
    if fate == Fate::GivenUp {
        door.world.inside().faults.note(Fault::GivenUp);
    }
    door.note(Sent {
        place,
        by_door: true,
        fate,
    });
    for other in others {
        other.await.expect("who forges does not panic");
    }
}

/// The schemes that take a secret such as ours.
pub(super) fn usable(call: &Call) -> Vec<&'static Scheme> {
    let takes = |scheme: &&Scheme| call.proved(scheme, &secret(&call.connection), 0).is_some();
    schemes(&call.connection).iter().filter(takes).collect()
}

/// Who sees this delivery and makes something of it, perhaps.
fn others_beside(door: &Rc<Door>, seen: &Call, scheme: &'static Scheme) -> Vec<JoinHandle<()>> {
    let mut others = Vec::new();
    if door.comes(Fault::Forged) {
        let forging = forger::forge(Rc::clone(door), seen.clone());
        others.push(tokio::task::spawn_local(forging));
    }
    if door.comes(Fault::Replayed) {
        let later: Duration = door.between(forger::REPLAYED_MS.0, forger::REPLAYED_MS.1);
        let replaying = forger::replay(Rc::clone(door), seen.clone(), is_stamped(scheme), later);
        others.push(tokio::task::spawn_local(replaying));
    }
    others
}
