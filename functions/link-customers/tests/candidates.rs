//! The routes of candidates, on the embedded store.
#![expect(clippy::unwrap_used, reason = "what tests share panics as a test does")]

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws::AwsAccess;
use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use aws_lambda_events::encodings::Body;
use lambda_runtime::{Context, LambdaEvent};
use link_customers::Links;
use serde_json::{Value, json};
use store::client::dynamodb;
use store::{Store, StoreConfig};
use tests::story::{interaction, ring, source};
use tests::{checker, embedded, table};
use timeline::{Basis, Claim, CustomerId, Event, Identity, LinkPolicy, OwnIdentities};
use tokio::time::Instant;

const ADA: &str = "tel:+493023125101";
const MAIL: &str = "mailto:ada@example.com";
const ROUTE: &str = "POST /v1/customers/{id}/candidates/{identity+}";

struct Desk {
    links: Links,
    store: Store,
}

fn identity(uri: &str) -> Identity {
    Identity::read(uri).unwrap()
}

fn says(key: &str, customer: &str, claimed: &str, basis: Basis) -> Event {
    let mut event = ring(&interaction(key), 0, Some(identity(customer)));
    event.claims = vec![Claim {
        identity: identity(claimed),
        basis,
    }];
    event
}

impl Desk {
    /// A function and a store beside it, on a table where these events have come in.
    async fn after(events: &[Event]) -> Self {
        Self::of_company(OwnIdentities::default(), events).await
    }

    /// The same where some of the identities have become the company's own since.
    async fn of_company(own: OwnIdentities, events: &[Event]) -> Self {
        let client = dynamodb(&AwsAccess::local(&embedded::serve().await));
        let table = table::create(&client).await;
        let store = || {
            let config = StoreConfig {
                table: table.clone(),
                secret: "the secret of the tests".to_owned(),
                retention: None,
            };
            Store::new(client.clone(), config)
        };
        let desk = Self {
            links: Links::on(store(), None, own),
            store: store(),
        };
        let policy = LinkPolicy {
            sources: BTreeSet::from([source()]),
            own: OwnIdentities::default(),
        };
        let soon = Instant::now() + Duration::from_secs(60);
        for event in events {
            desk.store.append(std::slice::from_ref(event), soon).await;
        }
        desk.store.note_claims(events, &policy, soon).await.unwrap();
        desk
    }

    fn id_of(&self, uri: &str) -> String {
        CustomerId::implied_by(&identity(uri).uri, self.store.salt()).to_string()
    }

    /// The answer, which is one that the API's document declares.
    async fn ask(&self, mut request: ApiGatewayV2httpRequest, of: &str) -> (i64, Value) {
        let id = self.id_of(of);
        request.path_parameters.insert("id".to_owned(), id);
        let mut context = Context::default();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        context.deadline = u64::try_from(now.as_millis()).unwrap() + 30_000;
        let route = request.route_key.clone().unwrap();
        let answer = self.links.handle(LambdaEvent::new(request, context)).await;
        let Some(Body::Text(body)) = answer.body else {
            panic!("an answer has a body");
        };
        let (status, body) = (answer.status_code, serde_json::from_str(&body).unwrap());
        let content_type = answer.headers["content-type"].to_str().unwrap();
        let faults = checker::faults_of_answer(&route, status, content_type, &body);
        assert!(faults.is_empty(), "{route}: {faults:?}: {body}");
        (status, body)
    }

    async fn candidates(&self, of: &str) -> Value {
        let (status, answer) = self.ask(sample(), of).await;
        assert_eq!(status, 200, "{answer}");
        answer["candidates"].clone()
    }

    async fn decide(&self, of: &str, named: &str, decision: &str) -> (i64, Value) {
        let mut request = sample();
        request.route_key = Some(ROUTE.to_owned());
        let named = ("identity".to_owned(), named.to_owned());
        request.path_parameters.extend([named]);
        request.body = Some(json!({ "decision": decision }).to_string());
        let json = "application/json".parse().unwrap();
        request.headers.insert("content-type", json);
        self.ask(request, of).await
    }
}

fn sample() -> ApiGatewayV2httpRequest {
    serde_json::from_str(include_str!("../events/candidates.json")).unwrap()
}

#[tokio::test]
async fn complaint_6_an_agent_sees_the_evidence_and_decides_with_one_click() {
    let desk = Desk::after(&[says("a", ADA, MAIL, Basis::Typed)]).await;
    let shown = desk.candidates(ADA).await;
    assert_eq!(shown[0]["identity"], MAIL);
    assert_eq!(shown[0]["customer_id"], desk.id_of(MAIL));
    assert_eq!(shown[0]["evidence"][0]["kind"], "typed");
    assert_eq!(shown[0]["evidence"][0]["event_id"], "ring");
    let (status, answer) = desk.decide(ADA, MAIL, "confirm").await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["one_customer"], true);
    assert_eq!(answer["decided"]["by"], "agent:agent-7");
    assert_eq!(answer["identities"], json!([ADA, MAIL]));
    assert_eq!(desk.candidates(MAIL).await[0]["score"], 100);
    let (status, answer) = desk.decide(ADA, MAIL, "reject").await;
    assert_eq!(status, 409, "{answer}");
    let (status, answer) = desk.decide(MAIL, ADA, "withdraw").await;
    assert_eq!((status, &answer["one_customer"]), (200, &json!(false)));
    let (status, answer) = desk.decide(ADA, MAIL, "reject").await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(desk.candidates(ADA).await[0]["score"], 0);
}

#[tokio::test]
async fn an_identity_in_the_path_may_be_escaped_or_not() {
    let record = "crm:zoho/ada%2F1";
    let events = [
        says("a", ADA, MAIL, Basis::Typed),
        says("b", ADA, record, Basis::Record),
    ];
    let desk = Desk::after(&events[..1]).await;
    for named in [
        "mailto:ada@example.com",
        "mailto%3Aada%40example.com",
        "mailto:Ada%40Example.com",
        "ada@example.com",
    ] {
        let (status, answer) = desk.decide(ADA, named, "reject").await;
        assert_eq!(
            (status, &answer["identity"]),
            (200, &json!(MAIL)),
            "{named}"
        );
    }
    let desk = Desk::after(&events).await;
    let (status, answer) = desk.decide(ADA, record, "confirm").await;
    assert_eq!((status, &answer["identity"]), (200, &json!(record)));
}

#[tokio::test]
async fn what_nobody_claims_is_not_found_and_what_is_no_identity_is_refused() {
    let desk = Desk::after(&[says("a", ADA, "crm:shop/order-1", Basis::Reference)]).await;
    assert_eq!(desk.candidates(ADA).await, json!([]));
    for (named, status) in [(MAIL, 404), ("crm:shop/order-1", 404), ("nobody", 400)] {
        assert_eq!(
            desk.decide(ADA, named, "confirm").await.0,
            status,
            "{named}"
        );
    }
    assert_eq!(desk.decide(ADA, MAIL, "perhaps").await.0, 400);
    assert_eq!(
        desk.decide("tel:+493023125199", MAIL, "confirm").await.0,
        404
    );
}

/// One identity of a linked customer is enough to confirm; a rejection is of all of them.
#[tokio::test]
async fn a_decision_is_of_the_customer_whichever_identity_the_claim_is_about() {
    let events = [
        says("a", ADA, "crm:zoho/ada", Basis::Record),
        says("b", ADA, MAIL, Basis::Typed),
        says("c", "crm:zoho/ada", MAIL, Basis::Signature),
    ];
    let desk = Desk::after(&events).await;
    let shown = desk.candidates("crm:zoho/ada").await;
    assert_eq!(shown.as_array().unwrap().len(), 1, "{shown}");
    assert_eq!(shown[0]["evidence"][0]["kind"], "signature");
    assert_eq!(shown[0]["evidence"][1]["kind"], "typed");
    let (status, answer) = desk.decide(ADA, MAIL, "reject").await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(desk.candidates(ADA).await[0]["score"], 0);
    assert_eq!(desk.decide("crm:zoho/ada", MAIL, "confirm").await.0, 409);
    assert_eq!(desk.decide("crm:zoho/ada", MAIL, "withdraw").await.0, 200);
    let (status, answer) = desk.decide("crm:zoho/ada", MAIL, "confirm").await;
    assert_eq!((status, &answer["one_customer"]), (200, &json!(true)));
}

#[tokio::test]
async fn complaint_10_an_own_address_is_no_candidate_and_what_was_decided_of_it_is_taken_back() {
    let events = [
        says("a", ADA, MAIL, Basis::Typed),
        ring(&interaction("b"), 60, Some(identity(MAIL))),
    ];
    let own = "ada@example.com".parse().unwrap();
    let desk = Desk::of_company(own, &events).await;
    assert_eq!(desk.candidates(ADA).await, json!([]));
    assert_eq!(desk.candidates(MAIL).await, json!([]));
    for (of, named) in [(ADA, MAIL), (MAIL, ADA)] {
        let (status, answer) = desk.decide(of, named, "confirm").await;
        assert_eq!(status, 422, "{answer}");
    }
    for decision in ["reject", "withdraw"] {
        let (status, answer) = desk.decide(ADA, MAIL, decision).await;
        assert_eq!(
            (status, &answer["one_customer"]),
            (200, &json!(false)),
            "{answer}"
        );
    }
}
