//! What the project's own template says.

use sam_template::{CLOUD_ONLY, HttpRoute, JwtAuthorizer, QueueEvent, Redrive};
use serde_json::json;

use crate::{AGENTS, TEMPLATE, given, ours, resolve};

#[test]
fn the_table_is_created_from_the_template_alone() {
    assert_eq!(
        ours().table.create_table_json(),
        json!({
            "TableName": "here-Table",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
                {"AttributeName": "ik", "AttributeType": "S"},
                {"AttributeName": "at", "AttributeType": "S"},
            ],
            "KeySchema": [
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            "GlobalSecondaryIndexes": [{
                "IndexName": "by-identity",
                "KeySchema": [
                    {"AttributeName": "ik", "KeyType": "HASH"},
                    {"AttributeName": "at", "KeyType": "RANGE"},
                ],
                "Projection": {
                    "ProjectionType": "INCLUDE",
                    "NonKeyAttributes": ["rev", "summary", "v"],
                },
            }],
        })
    );
    assert_eq!(
        ours().table.update_time_to_live_json().unwrap()["TimeToLiveSpecification"],
        json!({"AttributeName": "expires_at", "Enabled": true})
    );
}

#[test]
fn queues_have_names_urls_and_dead_letter_queues() {
    let stack = ours();
    let queue = stack.queue("CallEvents").unwrap();
    assert_eq!(queue.name, "dev-call-events");
    assert_eq!(queue.short_name, "call-events");
    assert_eq!(queue.url, "http://sqs.example.com/dev-call-events");
    assert_eq!(
        queue.arn,
        "arn:aws:sqs:us-east-1:000000000000:dev-call-events"
    );
    assert_eq!(queue.max_message_bytes, 1_032_192);
    assert_eq!(
        queue.redrive,
        Some(Redrive {
            target: "CallEventsDlq".to_owned(),
            max_receive_count: 5
        })
    );
    let names: Vec<_> = stack.queues.iter().map(|q| q.short_name.as_str()).collect();
    assert_eq!(
        names,
        [
            "call-events",
            "call-events-dlq",
            "chat-events",
            "chat-events-dlq",
            "email-events",
            "email-events-dlq",
            "journey-events",
            "journey-events-dlq",
            "quarantine",
            "undelivered"
        ]
    );
}

#[test]
fn a_function_has_its_own_and_the_global_environment() {
    let stack = ours();
    let ingest = stack
        .functions
        .iter()
        .find(|function| function.logical_id == "IngestCall")
        .unwrap();
    assert_eq!(
        (ingest.folder.as_str(), ingest.binary.as_str()),
        ("functions/ingest-call", "ingest-call")
    );
    assert_eq!((ingest.timeout_s, ingest.memory_mb), (30, 256));
    assert_eq!(
        ingest.environment,
        given(&[
            ("DEFAULT_REGION", "US"),
            ("LINK_SOURCES", "amazon-connect,whatsapp"),
            ("LOG_LEVEL", "info"),
            ("OWN_IDENTITIES", ""),
            (
                "QUARANTINE_QUEUE_URL",
                "http://sqs.example.com/dev-quarantine"
            ),
            ("RETENTION_DAYS", "0"),
            ("STACK_SECRET", "StackSecret*64"),
            ("TABLE_NAME", "here-Table"),
        ])
    );
    assert_eq!(
        ingest.queue_events,
        [QueueEvent {
            queue: "CallEvents".to_owned(),
            batch_size: 10,
            window_s: 0,
            report_batch_item_failures: true,
            maximum_concurrency: Some(20),
        }]
    );
}

#[test]
fn routes_take_the_apis_default_authorizer() {
    let stack = ours();
    let pop = stack
        .functions
        .iter()
        .find(|function| function.logical_id == "ScreenPop")
        .unwrap();
    let paths: Vec<_> = pop
        .http_events
        .iter()
        .map(|route| route.path.as_str())
        .collect();
    assert_eq!(
        paths,
        [
            "/v1/customers/{id}",
            "/v1/interactions/{id}",
            "/v1/customers/{id}/may-contact",
            "/v1/screen-pop",
            "/v1/customers/{id}/timeline"
        ]
    );
    assert_eq!(
        pop.http_events[3],
        HttpRoute {
            api: "Api".to_owned(),
            method: "GET".to_owned(),
            path: "/v1/screen-pop".to_owned(),
            authorizer: Some("AgentJwt".to_owned()),
        }
    );
    assert_eq!(
        stack.authorizers,
        [JwtAuthorizer {
            api: "Api".to_owned(),
            name: "AgentJwt".to_owned(),
            issuer: "https://issuer.example.com/".to_owned(),
            audiences: vec!["desk".to_owned(), "crm".to_owned()],
        }]
    );
}

#[test]
fn a_route_may_let_everybody_in_and_the_model_says_so() {
    let open = |template: &str| -> Vec<String> {
        let stack = resolve(template, &AGENTS).unwrap();
        let routes = stack
            .functions
            .iter()
            .flat_map(|function| &function.http_events);
        routes
            .filter(|route| route.authorizer.is_none())
            .map(|route| format!("{} {}", route.method, route.path))
            .collect()
    };
    let public = open(TEMPLATE);
    assert!(public.contains(&"POST /v1/webhooks/{source}".to_owned()));
    assert!(!public.contains(&"GET /v1/screen-pop".to_owned()));
    let one_more = TEMPLATE.replacen(
        "            Path: /v1/screen-pop\n",
        "            Path: /v1/screen-pop\n            Auth: {Authorizer: NONE}\n",
        1,
    );
    assert!(open(&one_more).contains(&"GET /v1/screen-pop".to_owned()));
}

#[test]
fn every_cloud_only_type_is_used_and_has_its_reason() {
    for (kind, reason) in CLOUD_ONLY {
        assert!(
            TEMPLATE.contains(&format!("Type: {kind}\n")),
            "{kind} is not used"
        );
        assert!(!reason.is_empty());
    }
}

#[test]
fn a_function_that_is_printed_keeps_its_environment_to_itself() {
    let printed = format!("{:?}", ours());
    assert!(printed.contains("STACK_SECRET"));
    assert!(!printed.contains("StackSecret*64"), "{printed}");
}
