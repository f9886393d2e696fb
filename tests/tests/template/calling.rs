//! What calls the functions: queues and routes.

use std::{collections::BTreeSet, fs, path::Path};

use queue::MAX_MESSAGE_BYTES;
use serde_json::{Map, Value};

use crate::reading::{Reading, TEMPLATE, hold, texts};

const FUNCTIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../functions");

/// Lambda's documentation asks for this factor, so that a batch that is tried
/// again while throttled is not received twice.
const VISIBILITY_FACTOR: u32 = 6;
const FOURTEEN_DAYS_S: u32 = 14 * 24 * 60 * 60;
const TRIES: u32 = 5;

/// What the access log may name: nothing of it is chosen by a caller.
const LOGGED: [&str; 8] = [
    "$context.requestId",
    "$context.requestTimeEpoch",
    "$context.routeKey",
    "$context.status",
    "$context.responseLatency",
    "$context.integrationLatency",
    "$context.integrationStatus",
    "$context.error.responseType",
];

#[test]
fn a_batch_stays_hidden_for_six_timeouts_and_its_window() {
    fn rule(reading: &Reading) -> Vec<String> {
        let mut complaints = Vec::new();
        for function in &reading.stack.functions {
            for event in &function.queue_events {
                let queue = reading.stack.queue(&event.queue).unwrap();
                let least = VISIBILITY_FACTOR * function.timeout_s + event.window_s;
                if queue.visibility_timeout_s < least {
                    complaints.push(format!("{} < {least} s", queue.logical_id));
                }
            }
        }
        complaints
    }
    hold(
        rule,
        &[
            ("VisibilityTimeout: 190", "VisibilityTimeout: 179"),
            ("Timeout: 30", "Timeout: 32"),
        ],
    );
}

#[test]
fn every_queue_event_reports_failures_and_is_bounded_by_a_parameter() {
    fn rule(reading: &Reading) -> Vec<String> {
        let mut complaints = Vec::new();
        for function in &reading.stack.functions {
            let id = &function.logical_id;
            for event in &function.queue_events {
                if !event.report_batch_item_failures {
                    complaints.push(format!("{id}: no ReportBatchItemFailures"));
                }
                if event.maximum_concurrency.is_none() {
                    complaints.push(format!("{id}: no MaximumConcurrency"));
                }
            }
            let events = reading.resources[id]["Properties"]["Events"].as_object();
            for event in events
                .into_iter()
                .flat_map(Map::values)
                .filter(|event| event["Type"] == "SQS")
            {
                let most = &event["Properties"]["ScalingConfig"]["MaximumConcurrency"];
                if !most["Ref"].is_string() {
                    complaints.push(format!("{id}: MaximumConcurrency is no parameter"));
                }
            }
        }
        complaints
    }
    hold(
        rule,
        &[
            (
                "            FunctionResponseTypes: [ReportBatchItemFailures]\n",
                "",
            ),
            (
                "MaximumConcurrency: !Ref ChatMaximumConcurrency",
                "MaximumConcurrency: 7",
            ),
            (
                "            ScalingConfig:\n              MaximumConcurrency: !Ref CallMaximumConcurrency\n",
                "",
            ),
        ],
    );
}

#[test]
fn every_source_queue_has_a_dead_letter_queue_of_its_own() {
    fn rule(reading: &Reading) -> Vec<String> {
        let mut complaints = Vec::new();
        let mut targets = BTreeSet::new();
        let events = reading.stack.functions.iter().flat_map(|f| &f.queue_events);
        for queue in events.map(|event| reading.stack.queue(&event.queue).unwrap()) {
            let id = &queue.logical_id;
            let Some(redrive) = &queue.redrive else {
                complaints.push(format!("{id}: no dead-letter queue"));
                continue;
            };
            let target = reading.stack.queue(&redrive.target).unwrap();
            let allowed =
                &reading.resources[&target.logical_id]["Properties"]["RedriveAllowPolicy"];
            let source = format!(":{}", queue.name.replace("dev-", "${AWS::StackName}-"));
            let allowed = texts(&allowed["sourceQueueArns"]);
            let holds = [
                (redrive.max_receive_count == TRIES, "tries"),
                (queue.retention_s == FOURTEEN_DAYS_S, "retention"),
                (
                    target.retention_s == FOURTEEN_DAYS_S,
                    "retention of the dead",
                ),
                (
                    target.name == format!("{}-dlq", queue.name),
                    "name of the dead",
                ),
                (
                    usize::try_from(queue.max_message_bytes) == Ok(MAX_MESSAGE_BYTES),
                    "size that its senders know",
                ),
                (target.max_message_bytes >= queue.max_message_bytes, "size"),
                (targets.insert(&redrive.target), "shared with another"),
                (
                    allowed.len() == 1 && allowed[0].ends_with(&source),
                    "allowed source",
                ),
            ];
            let broken = holds.iter().filter(|(holds, _)| !holds);
            complaints.extend(broken.map(|(_, what)| format!("{id}: {what}")));
        }
        complaints
    }
    hold(
        rule,
        &[
            ("maxReceiveCount: 5", "maxReceiveCount: 3"),
            ("MaximumMessageSize: 1032192", "MaximumMessageSize: 262144"),
            (
                "MessageRetentionPeriod: 1209600",
                "MessageRetentionPeriod: 345600",
            ),
            ("!GetAtt ChatEventsDlq.Arn", "!GetAtt CallEventsDlq.Arn"),
            (
                ":${AWS::StackName}-call-events\"",
                ":${AWS::StackName}-chat-events\"",
            ),
        ],
    );
}

#[test]
fn every_folder_of_functions_is_one_function_and_the_other_way_round() {
    fn rule(reading: &Reading) -> Vec<String> {
        let in_template = reading.stack.functions.iter().map(|function| {
            assert_eq!(function.folder, format!("functions/{}", function.binary));
            assert_eq!(function.name, format!("dev-{}", function.binary));
            function.binary.clone()
        });
        let mut in_template: Vec<_> = in_template.collect();
        in_template.sort();
        let mut folders: Vec<_> = fs::read_dir(Path::new(FUNCTIONS))
            .unwrap()
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.path().join("Cargo.toml").exists())
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect();
        folders.sort();
        if in_template == folders {
            return Vec::new();
        }
        vec![format!("template {in_template:?}, folders {folders:?}")]
    }
    let renamed = TEMPLATE.replace("ingest-chat", "ingest-talk");
    assert!(!rule(&Reading::of(&renamed)).is_empty());
    let twice = TEMPLATE.replace("ingest-chat", "ingest-call");
    assert!(!rule(&Reading::of(&twice)).is_empty());
    assert_eq!(rule(&Reading::of(TEMPLATE)), Vec::<String>::new());
}

/// Routes that ask for no agent's token, each with what judges the caller instead.
const OPEN: [(&str, &str); 6] = [
    (
        "POST /v1/webhooks/{source}",
        "the function verifies the provider's signature",
    ),
    (
        "GET /v1/webhooks/{source}",
        "a handshake shows a token of its own",
    ),
    (
        "HEAD /v1/webhooks/{source}",
        "some providers look whether somebody is there; nothing is told",
    ),
    (
        "POST /v1/widget/sessions",
        "the function lets in configured origins and signs tokens of its own",
    ),
    (
        "OPTIONS /v1/widget/sessions",
        "a browser asks before it sends; nothing is answered but who may",
    ),
    ("GET /v1/widget.js", "a public script"),
];

#[test]
fn every_route_asks_who_calls() {
    fn rule(reading: &Reading) -> Vec<String> {
        let routes = reading.stack.functions.iter().flat_map(|f| &f.http_events);
        let open = routes.filter(|route| route.authorizer.as_deref() != Some("AgentJwt"));
        let open: Vec<_> = open
            .map(|route| format!("{} {}", route.method, route.path))
            .collect();
        let listed = |route: &&String| OPEN.iter().any(|(known, _)| known == route);
        let mut complaints: Vec<_> = open
            .iter()
            .filter(|route| !listed(route))
            .cloned()
            .collect();
        let needed = |known: &str| open.iter().any(|route| route == known);
        let unused = OPEN.iter().filter(|(known, _)| !needed(known));
        complaints.extend(unused.map(|(known, _)| format!("{known} is not open any more")));
        complaints
    }
    hold(
        rule,
        &[
            ("            Auth: {Authorizer: NONE}\n", ""),
            ("        DefaultAuthorizer: AgentJwt\n", ""),
            (
                "            Path: /v1/screen-pop\n",
                "            Path: /v1/screen-pop\n            Auth: {Authorizer: NONE}\n",
            ),
        ],
    );
}

#[test]
fn every_open_route_is_throttled() {
    fn rule(reading: &Reading) -> Vec<String> {
        let settings = &reading.resources["Api"]["Properties"]["RouteSettings"];
        let limited = |route: &str| {
            let limits = &settings[route];
            !limits["ThrottlingRateLimit"].is_null() && !limits["ThrottlingBurstLimit"].is_null()
        };
        let open = OPEN.iter().map(|(route, _)| *route);
        open.filter(|route| !limited(route))
            .map(str::to_owned)
            .collect()
    }
    hold(
        rule,
        &[
            (
                "        \"GET /v1/widget.js\":\n",
                "        \"GET /v1/gadget.js\":\n",
            ),
            ("          ThrottlingBurstLimit: !Ref WebhookBurst\n", ""),
        ],
    );
}

#[test]
fn every_route_of_agents_is_throttled() {
    fn rule(reading: &Reading) -> Vec<String> {
        let api = &reading.resources["Api"]["Properties"];
        let limits = &api["DefaultRouteSettings"];
        let mut complaints = Vec::new();
        for limit in ["ThrottlingRateLimit", "ThrottlingBurstLimit"] {
            if !limits[limit]["Ref"].is_string() {
                complaints.push(format!("{limit} is no parameter"));
            }
        }
        // A route's own settings stand in the place of the default, whose limits are the agents'.
        let own = api["RouteSettings"].as_object();
        let open = |route: &&String| OPEN.iter().any(|(known, _)| known == route);
        let others = own.into_iter().flat_map(Map::keys);
        complaints.extend(others.filter(|route| !open(route)).cloned());
        complaints
    }
    hold(
        rule,
        &[
            (
                "        ThrottlingRateLimit: !Ref AgentRequestsPerSecond\n",
                "",
            ),
            (
                "        ThrottlingBurstLimit: !Ref AgentBurst\n",
                "        ThrottlingBurstLimit: 100000\n",
            ),
            (
                "        \"GET /v1/widget.js\":\n",
                "        \"GET /v1/screen-pop\":\n",
            ),
        ],
    );
}

#[test]
fn the_access_log_names_nothing_that_a_caller_chose() {
    fn rule(reading: &Reading) -> Vec<String> {
        let log = &reading.resources["Api"]["Properties"]["AccessLogSettings"]["Format"];
        let entry: Map<String, Value> = serde_json::from_str(log.as_str().unwrap()).unwrap();
        let foreign = entry
            .values()
            .filter(|value| !LOGGED.iter().any(|logged| *value == logged));
        foreign.map(Value::to_string).collect()
    }
    hold(
        rule,
        &[
            ("$context.routeKey", "$context.path"),
            (
                "$context.status",
                "$context.status $context.identity.sourceIp",
            ),
            ("$context.requestId", "$context.authorizer.claims.email"),
        ],
    );
}
