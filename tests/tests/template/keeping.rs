//! What is kept, how long, and how well.

use serde_json::json;

use crate::reading::{Reading, hold};

#[test]
fn what_holds_customers_outlives_the_stack_encrypted() {
    fn rule(reading: &Reading) -> Vec<String> {
        let mut complaints = Vec::new();
        for id in ["Table", "Key", "StackSecret"] {
            for policy in ["DeletionPolicy", "UpdateReplacePolicy"] {
                if reading.resources[id][policy] != "Retain" {
                    complaints.push(format!("{id}: {policy}"));
                }
            }
        }
        let table = &reading.resources["Table"]["Properties"];
        let recovery = &table["PointInTimeRecoverySpecification"];
        let encryption = &table["SSESpecification"];
        let holds = [
            (recovery["PointInTimeRecoveryEnabled"] == true, "recovery"),
            (encryption["SSEEnabled"] == true, "encryption"),
            (encryption["SSEType"] == "KMS", "kind of encryption"),
            (
                encryption["KMSMasterKeyId"]["Fn::GetAtt"] == json!(["Key", "Arn"]),
                "key",
            ),
            (table["DeletionProtectionEnabled"] == true, "protection"),
            (
                reading.stack.table.ttl_attribute.as_deref() == Some("expires_at"),
                "expiry",
            ),
        ];
        let broken = holds.iter().filter(|(holds, _)| !holds);
        complaints.extend(broken.map(|(_, what)| format!("Table: {what}")));
        let queues = reading.of_type("AWS::SQS::Queue");
        let open = queues.filter(|(_, queue)| queue["Properties"]["SqsManagedSseEnabled"] != true);
        complaints.extend(open.map(|(id, _)| format!("{id}: not encrypted")));
        let topics = reading.of_type("AWS::SNS::Topic");
        let open =
            topics.filter(|(_, topic)| topic["Properties"]["KmsMasterKeyId"]["Ref"] != "Key");
        complaints.extend(open.map(|(id, _)| format!("{id}: not encrypted")));
        complaints
    }
    hold(
        rule,
        &[
            ("DeletionPolicy: Retain", "DeletionPolicy: Delete"),
            (
                "PointInTimeRecoveryEnabled: true",
                "PointInTimeRecoveryEnabled: false",
            ),
            ("SSEType: KMS", "SSEType: AES256"),
            (
                "AttributeName: expires_at\n        Enabled: true",
                "AttributeName: expires_at\n        Enabled: false",
            ),
            ("      SqsManagedSseEnabled: true\n", ""),
            ("      KmsMasterKeyId: !Ref Key\n", ""),
        ],
    );
}

#[test]
fn every_log_is_kept_for_the_time_that_is_asked_for() {
    fn rule(reading: &Reading) -> Vec<String> {
        let mut complaints = Vec::new();
        for (id, group) in reading.of_type("AWS::Logs::LogGroup") {
            if group["Properties"]["RetentionInDays"]["Ref"] != "LogRetentionDays" {
                complaints.push(format!("{id}: kept for another time"));
            }
        }
        for (id, function) in reading.of_type("AWS::Serverless::Function") {
            let group = &function["Properties"]["LoggingConfig"]["LogGroup"]["Ref"];
            if *group != format!("{id}Logs") {
                complaints.push(format!("{id}: logs elsewhere"));
            }
        }
        complaints
    }
    hold(
        rule,
        &[
            ("      RetentionInDays: !Ref LogRetentionDays\n", ""),
            (
                "LogGroup: !Ref ScreenPopLogs",
                "LogGroup: !Ref IngestCallLogs",
            ),
        ],
    );
}
