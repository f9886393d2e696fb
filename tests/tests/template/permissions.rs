//! Who may do what.

use std::collections::BTreeSet;

use serde_json::json;

use crate::reading::{Reading, hold, texts};

/// Parts of statements that may hold a `*`: resource, statement, part, reason.
const WILDCARDS: [(&str, &str, &str, &str); 3] = [
    (
        "Key",
        "AccountAdministersKey",
        "Action",
        "hands the key to the account's IAM policies; AWS asks for it lest nobody may administer it",
    ),
    (
        "Key",
        "AccountAdministersKey",
        "Resource",
        "in a key's own policy the resource is always *, which is this key",
    ),
    (
        "Key",
        "PublishersEncryptForTopics",
        "Resource",
        "in a key's own policy the resource is always *, which is this key",
    ),
];

#[test]
fn nothing_is_allowed_by_wildcard() {
    fn rule(reading: &Reading) -> Vec<String> {
        let mut complaints = Vec::new();
        let mut used = BTreeSet::new();
        for (id, sid, statement) in reading.statements() {
            let parts = statement.as_object().unwrap();
            if parts.contains_key("NotAction") || parts.contains_key("NotResource") {
                complaints.push(format!("{id} {sid}: allows all but what it names"));
            }
            for part in ["Action", "Resource", "Principal"] {
                let held = parts.get(part).map(texts).unwrap_or_default();
                if !held.iter().any(|text| text.contains('*')) {
                    continue;
                }
                let listed = |(a, b, c, _): &(_, _, _, _)| (*a, *b, *c) == (id, sid, part);
                match WILDCARDS.iter().position(listed) {
                    Some(entry) => drop(used.insert(entry)),
                    None => complaints.push(format!("{id} {sid}: * in {part}")),
                }
            }
        }
        let managed = reading.of_type("AWS::IAM::Role");
        let managed =
            managed.filter(|(_, role)| !role["Properties"]["ManagedPolicyArns"].is_null());
        complaints.extend(managed.map(|(id, _)| format!("{id}: permissions written elsewhere")));
        if used.len() < WILDCARDS.len() {
            complaints.push("an exception that is not needed any more".to_owned());
        }
        complaints
    }
    hold(
        rule,
        &[
            ("- dynamodb:PutItem", "- dynamodb:*"),
            ("Resource: !GetAtt Quarantine.Arn", "Resource: \"*\""),
            ("/index/by-identity", "/index/*"),
            ("Action: sqs:SendMessage", "NotAction: sqs:SendMessage"),
            ("Action: kms:*", "Action: kms:PutKeyPolicy"),
            (
                "Principal: {Service: ses.amazonaws.com}",
                "Principal: \"*\"",
            ),
            (
                "      Description: Reads the table and its index\n",
                "      ManagedPolicyArns: [some]\n",
            ),
        ],
    );
}

#[test]
fn every_function_has_a_role_of_its_own() {
    fn rule(reading: &Reading) -> Vec<String> {
        let mut taken = BTreeSet::new();
        let mut complaints = Vec::new();
        for function in &reading.stack.functions {
            let id = &function.logical_id;
            match reading.role_of(id) {
                None => complaints.push(format!("{id}: no role of this template")),
                Some(role) if reading.resources[role]["Type"] != "AWS::IAM::Role" => {
                    complaints.push(format!("{id}: {role} is no role"));
                }
                Some(role) if !taken.insert(role) => complaints.push(format!("{role} is shared")),
                Some(_) => {}
            }
        }
        complaints
    }
    hold(
        rule,
        &[
            ("!GetAtt IngestChatRole.Arn", "!GetAtt IngestCallRole.Arn"),
            ("!GetAtt IngestChatRole.Arn", "!GetAtt Table.Arn"),
            (
                "!GetAtt IngestChatRole.Arn",
                "arn:aws:iam::000000000000:role/other",
            ),
        ],
    );
}

/// What showing a timeline takes.
const READS: &[&str] = &["dynamodb:GetItem", "dynamodb:Query"];
/// What appending to it takes: an interaction that needs nobody's attention any more is no longer pinned.
const APPENDS: &[&str] = &[
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
];
/// What noting what events say of their customers takes beside.
const NOTES: &[&str] = &["dynamodb:BatchGetItem", "dynamodb:Query"];
/// What writing down what is known of a customer takes: over what was read, and only while that is as it was.
const WRITES: &[&str] = &["dynamodb:ConditionCheckItem", "dynamodb:PutItem"];

#[test]
fn a_function_may_do_what_its_work_needs_and_no_more() {
    fn rule(reading: &Reading) -> Vec<String> {
        let mut complaints = Vec::new();
        for function in &reading.stack.functions {
            let expected = match function.binary.as_str() {
                "screen-pop" => READS.to_vec(),
                "link-customers" => [READS, WRITES, &["dynamodb:BatchGetItem"]].concat(),
                "edit-profile" => [READS, WRITES].concat(),
                "wrap-up" => [APPENDS, &["dynamodb:Query"]].concat(),
                "connect-flow" => [READS, APPENDS].concat(),
                "receive-webhook" | "widget-sessions" => Vec::new(),
                _ => [APPENDS, NOTES].concat(),
            };
            let expected: BTreeSet<String> =
                expected.iter().map(|action| (*action).to_owned()).collect();
            let mut allowed = BTreeSet::new();
            let role = reading.role_of(&function.logical_id).unwrap();
            let statements = reading.statements();
            for (_, sid, statement) in statements.iter().filter(|(id, ..)| *id == role) {
                for action in texts(&statement["Action"]) {
                    if action.starts_with("dynamodb:") {
                        allowed.insert(action.to_string());
                    }
                }
                let log_group = format!("{}Logs", function.logical_id);
                let own = match *sid {
                    "TakeEvents" => json!([function.queue_events[0].queue, "Arn"]),
                    "WriteOwnLogs" => json!([log_group, "Arn"]),
                    _ => continue,
                };
                if statement["Resource"]["Fn::GetAtt"] != own {
                    complaints.push(format!("{role}: {sid} is not its own"));
                }
            }
            // Too little is as wrong as too much; the local stack's guard finds what this list forgets.
            let apart = allowed.symmetric_difference(&expected);
            complaints.extend(apart.map(|action| format!("{role}: {action}")));
        }
        complaints
    }
    hold(
        rule,
        &[
            ("                  - dynamodb:PutItem\n", ""),
            ("- dynamodb:PutItem", "- dynamodb:BatchWriteItem"),
            ("                  - dynamodb:BatchGetItem\n", ""),
            (
                "Resource: !GetAtt ScreenPopLogs.Arn\n              - Sid: ReadTable\n                Effect: Allow\n                Action:\n",
                "Resource: !GetAtt ScreenPopLogs.Arn\n              - Sid: ReadTable\n                Effect: Allow\n                Action:\n                  - dynamodb:PutItem\n",
            ),
            (
                "                Action: secretsmanager:GetSecretValue\n",
                "                Action: dynamodb:GetItem\n",
            ),
            ("Action: dynamodb:Query", "Action: dynamodb:Scan"),
            (
                "Resource: !GetAtt IngestCallLogs.Arn",
                "Resource: !GetAtt ScreenPopLogs.Arn",
            ),
            (
                "- sqs:ReceiveMessage\n                Resource: !GetAtt CallEvents.Arn",
                "- sqs:ReceiveMessage\n                Resource: !GetAtt ChatEvents.Arn",
            ),
        ],
    );
}

#[test]
fn who_needs_no_table_knows_neither_it_nor_the_stacks_secret() {
    fn rule(reading: &Reading) -> Vec<String> {
        let mut complaints = Vec::new();
        for function in &reading.stack.functions {
            let known = |name: &str| function.environment.contains_key(name);
            let (table, secret) = match function.binary.as_str() {
                "receive-webhook" => (false, false),
                // Its tokens are signed with a key that is derived from the secret.
                "widget-sessions" => (false, true),
                _ => (true, true),
            };
            if (known("TABLE_NAME"), known("STACK_SECRET")) != (table, secret) {
                complaints.push(function.binary.clone());
            }
        }
        complaints
    }
    hold(
        rule,
        &[(
            "          WEBHOOK_SECRETS_ARN: !Ref WebhookSecrets\n",
            "          WEBHOOK_SECRETS_ARN: !Ref WebhookSecrets\n          TABLE_NAME: !Ref Table\n",
        )],
    );
}

#[test]
fn a_service_may_only_act_for_this_account() {
    fn rule(reading: &Reading) -> Vec<String> {
        let foreign = reading
            .statements()
            .into_iter()
            .filter(|(_, _, statement)| {
                let by_service = !statement["Principal"]["Service"].is_null();
                // Lambda itself takes a function's role, and only for that function.
                let lambda = statement["Principal"]["Service"] == "lambda.amazonaws.com";
                let conditions = statement["Condition"].to_string();
                by_service && !lambda && !conditions.contains("\"aws:Source")
            });
        foreign.map(|(id, sid, _)| format!("{id} {sid}")).collect()
    }
    hold(
        rule,
        &[
            (
                "            Condition:\n              ArnEquals:\n                aws:SourceArn: !GetAtt ConnectRule.Arn\n",
                "",
            ),
            (
                "                aws:SourceAccount",
                "                aws:userid",
            ),
        ],
    );
}
