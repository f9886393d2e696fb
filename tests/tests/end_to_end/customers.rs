//! One customer under several identities: linked by a policy, confirmed by an agent, and parted again.

use serde_json::{Value, json};

use crate::desk::{Backend, Desk, fixture};

const PHONE: &str = "phone=%2B14155550142";
const RECORD: &str = "identity=crm:customer/4711";
const MAIL: &str = "email=ada@example.com";

/// A call of Connect whose flow found the customer in the company's CRM, and whose caller typed an address.
fn record() -> String {
    let mut record: Value =
        serde_json::from_str(&fixture("amazon-connect/record-claims.json")).unwrap();
    record["Attributes"] = json!({"customerId": "4711", "email": "ada@example.com"});
    record.to_string()
}

/// A pop without what is another in each: its own id.
async fn pop(desk: &Desk, query: &str) -> Value {
    let mut pop = desk.pop(query).await;
    pop.as_object_mut().unwrap().remove("pop_id");
    pop
}

/// What of two pops of one customer has to be the same.
fn whole(pop: &Value) -> (Value, Value, Value) {
    let mut customer = pop["customer"].clone();
    // How the agent asked is all that may differ.
    customer.as_object_mut().unwrap().remove("asked");
    (customer, pop["timeline"].clone(), pop["stories"].clone())
}

fn customer(pop: &Value) -> &str {
    pop["customer"]["id"].as_str().unwrap()
}

fn promises(interaction: &Value) -> Vec<(&str, &str)> {
    let promises = interaction["promises"].as_array().unwrap().iter();
    promises
        .map(|one| {
            (
                one["text"].as_str().unwrap(),
                one["state"].as_str().unwrap(),
            )
        })
        .collect()
}

pub(crate) async fn a_customer_is_one_by_policy_and_by_decision_and_two_again_after_an_unlink(
    backend: Backend,
) {
    let desk = backend.desk().await;
    desk.send("email-events", &fixture("ses/text-utf8.json"))
        .await;
    desk.send("call-events", &record()).await;
    desk.settle().await;

    // By policy: what Connect's flow has looked up is one customer with the number.
    let called = pop(&desk, PHONE).await;
    assert_eq!(called["state"], "match", "{called}");
    assert_eq!(whole(&called), whole(&pop(&desk, RECORD).await));
    let id = customer(&called).to_owned();

    // What agents say of the call is in the next pop, and overdue by the clock alone.
    let call = called["timeline"][0]["id"].as_str().unwrap();
    let path = format!("/v1/interactions/{call}/wrap-up");
    let promised =
        |text: &str, due_at: &str| json!({"promised": "callback", "text": text, "due_at": due_at});
    let body = json!({
        "disposition": "quoted",
        "promises": [promised("a quote", "2026-03-03T09:00:00Z"), promised("a visit", "2036-03-03T09:00:00Z")]
    });
    let wrapped = desk.tell("POST", &path, body).await;
    assert_eq!(wrapped.status, 201, "{}", wrapped.body);
    let states = [("a quote", "overdue"), ("a visit", "open")];
    assert_eq!(promises(&wrapped.body), states);
    let called = pop(&desk, PHONE).await;
    assert_eq!(promises(&called["timeline"][0]), states);
    let warnings = called["warnings"].to_string();
    assert!(warnings.contains("overdue_promise"), "{warnings}");

    // By decision: the address that was typed is a candidate and nobody's until an agent confirms it.
    let wrote = pop(&desk, MAIL).await;
    assert_ne!(customer(&wrote), id);
    assert_eq!(
        called["candidates"][0]["identity"],
        "mailto:ada@example.com"
    );
    let path = format!("/v1/customers/{id}/candidates/mailto:ada@example.com");
    let confirmed = desk
        .tell("POST", &path, json!({"decision": "confirm"}))
        .await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.body);
    let (by_phone, by_mail) = (pop(&desk, PHONE).await, pop(&desk, MAIL).await);
    assert_eq!(whole(&by_phone), whole(&by_mail));
    assert_eq!(by_mail["timeline"].as_array().unwrap().len(), 2);
    assert_eq!(customer(&by_mail), id);

    // Parted, both are what they were.
    let links = desk.get(&format!("/v1/customers/{id}/links")).await.body;
    let links = links["links"].as_array().unwrap().iter();
    let made = links.filter(|link| link["reason"] == "confirmed");
    let made: Vec<_> = made.map(|link| link["id"].as_str().unwrap()).collect();
    let path = format!("/v1/customers/{id}/links/{}", made[0]);
    let parted = desk.tell("DELETE", &path, Value::Null).await;
    assert_eq!((parted.status, made.len()), (200, 1), "{}", parted.body);
    assert_eq!(pop(&desk, PHONE).await, called);
    assert_eq!(pop(&desk, MAIL).await, wrote);
}
