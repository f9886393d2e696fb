//! What the alarms look at, and when they ring.

use std::collections::BTreeSet;

use lambda_kit::metrics::{self, DIMENSION, Metric, NAMESPACE};
use receive_webhook::figures;
use serde_json::{Map, Value};

use crate::reading::{Reading, hold, texts};

const ALARM: &str = "AWS::CloudWatch::Alarm";
const AGE: &str = "ApproximateAgeOfOldestMessage";
const DEPTH: &str = "ApproximateNumberOfMessagesVisible";
/// How much later than the newest period a figure may come, in periods.
const LATE: u64 = 2;
/// AWS's own figures that alarms use, each with its only dimension.
const OF_AWS: [(&str, &str, &str); 9] = [
    ("AWS/SQS", AGE, "QueueName"),
    ("AWS/SQS", DEPTH, "QueueName"),
    ("AWS/Lambda", "Errors", "FunctionName"),
    ("AWS/Lambda", "Throttles", "FunctionName"),
    ("AWS/ApiGateway", "5xx", "ApiId"),
    ("AWS/EventBridge/Pipes", "ExecutionFailed", "PipeName"),
    (
        "AWS/EventBridge/Pipes",
        "ExecutionPartiallyFailed",
        "PipeName",
    ),
    ("AWS/EventBridge/Pipes", "ExecutionTimeout", "PipeName"),
    ("AWS/EventBridge/Pipes", "ExecutionThrottled", "PipeName"),
];

/// The figures that a function writes, by its resource.
fn figures_of(function: &str) -> Vec<&'static str> {
    let named: Vec<&Metric> = match function {
        "ReceiveWebhook" => figures::ALL.iter().chain(&figures::REFUSALS).collect(),
        "IngestCall" | "IngestChat" | "IngestEmail" | "IngestJourney" => {
            metrics::ALL.iter().chain(&ingest::ALL).collect()
        }
        _ => Vec::new(),
    };
    named.into_iter().map(Metric::name).collect()
}

/// The figures of an alarm, which has one or adds several up.
fn looked_at(alarm: &Value) -> Vec<&Value> {
    let alarm = &alarm["Properties"];
    match alarm["Metrics"].as_array() {
        Some(all) => all
            .iter()
            .map(|one| &one["MetricStat"]["Metric"])
            .filter(|metric| !metric.is_null())
            .collect(),
        None => vec![alarm],
    }
}

/// The one dimension of a figure: its name, and the resource that its value names.
fn dimension(metric: &Value) -> Option<(&str, &str)> {
    match metric["Dimensions"].as_array()?.as_slice() {
        [one] => Some((one["Name"].as_str()?, *texts(&one["Value"]).first()?)),
        _ => None,
    }
}

#[test]
fn every_figure_of_an_alarm_is_one_that_somebody_writes() {
    fn rule(reading: &Reading) -> Vec<String> {
        let mut complaints = Vec::new();
        for (id, alarm) in reading.of_type(ALARM) {
            for metric in looked_at(alarm) {
                let text = |name: &str| metric[name].as_str().unwrap_or_default();
                let (space, name) = (text("Namespace"), text("MetricName"));
                let Some((dimension, of)) = dimension(metric) else {
                    complaints.push(format!("{id}: {name} has not one dimension"));
                    continue;
                };
                let is_known = if space == NAMESPACE {
                    dimension == DIMENSION && figures_of(of).contains(&name)
                } else {
                    OF_AWS.contains(&(space, name, dimension))
                };
                if !is_known || !reading.resources.contains_key(of) {
                    complaints.push(format!("{id}: nobody writes {space} {name} of {of}"));
                }
            }
        }
        complaints
    }
    hold(
        rule,
        &[
            (
                "MetricName: WebhooksMisconfigured",
                "MetricName: WebhooksMisconfigurd",
            ),
            (
                "MetricName: WebhookSecretsNotFetched",
                "MetricName: RecordsDone",
            ),
            (
                "{Name: Function, Value: !Ref ReceiveWebhook}",
                "{Name: Function, Value: receive-webhook}",
            ),
            (
                "{Name: Function, Value: !Ref ReceiveWebhook}",
                "{Name: FunctionName, Value: !Ref ReceiveWebhook}",
            ),
            ("MetricName: 5xx", "MetricName: 5XXError"),
            (
                "{Name: ApiId, Value: !Ref Api}",
                "{Name: ApiName, Value: !Ref Api}",
            ),
        ],
    );
}

#[test]
fn a_figure_that_comes_late_does_not_keep_an_alarm_quiet() {
    fn rule(reading: &Reading) -> Vec<String> {
        let mut complaints = Vec::new();
        for (id, alarm) in reading.of_type(ALARM) {
            let properties = &alarm["Properties"];
            let periods = properties["EvaluationPeriods"].as_u64().unwrap_or_default();
            let bad = properties["DatapointsToAlarm"].as_u64().unwrap_or(periods);
            let formula = formula(properties);
            if formula.contains("FILL") && periods < bad + LATE {
                complaints.push(format!("{id}: {bad} of {periods} periods"));
            }
            if properties["TreatMissingData"] != "notBreaching" {
                complaints.push(format!("{id}: missing data"));
            }
            for figure in looked_at_by_name(properties) {
                if !formula.contains(&format!("FILL({figure}, 0)")) {
                    complaints.push(format!("{id}: {figure} is not in the formula"));
                }
            }
        }
        complaints
    }
    hold(
        rule,
        &[
            (
                "      EvaluationPeriods: 5\n",
                "      EvaluationPeriods: 2\n",
            ),
            (
                "      EvaluationPeriods: 3\n",
                "      EvaluationPeriods: 1\n",
            ),
            ("      DatapointsToAlarm: 1\n", ""),
            ("+ FILL(unfetched, 0)", ""),
            (
                "TreatMissingData: notBreaching\n      Metrics",
                "TreatMissingData: ignore\n      Metrics",
            ),
        ],
    );
}

fn formula(properties: &Value) -> &str {
    let metrics = properties["Metrics"].as_array().into_iter().flatten();
    let mut formulas = metrics.filter_map(|one| one["Expression"].as_str());
    formulas.next().unwrap_or_default()
}

/// The names under which a formula has its figures.
fn looked_at_by_name(properties: &Value) -> impl Iterator<Item = &str> {
    let metrics = properties["Metrics"].as_array().into_iter().flatten();
    metrics
        .filter(|one| one["Expression"].is_null())
        .filter_map(|one| one["Id"].as_str())
}

#[test]
fn whatever_lies_aside_is_told_when_it_comes_and_before_it_is_dropped() {
    fn rule(reading: &Reading) -> Vec<String> {
        let read: BTreeSet<&str> = reading
            .stack
            .functions
            .iter()
            .flat_map(|function| &function.queue_events)
            .map(|event| event.queue.as_str())
            .collect();
        let mut complaints = Vec::new();
        for queue in &reading.stack.queues {
            let id = queue.logical_id.as_str();
            // What lies aside is told twice: when it comes, and when it stays.
            let (figure, alarms) = if read.contains(id) {
                (AGE, 1)
            } else {
                (DEPTH, 2)
            };
            if watching(&reading.resources, id, figure) < alarms {
                complaints.push(format!("{id}: {alarms} alarms have to look at {figure}"));
            }
        }
        let last = &reading.resources["ExpiryAlarm"];
        let properties = &last["Properties"];
        let periods = properties["EvaluationPeriods"].as_u64();
        let figures = properties["Metrics"].as_array().into_iter().flatten();
        let longest = figures.filter_map(|figure| figure["MetricStat"]["Period"].as_u64());
        let window = periods.zip(longest.max()).map(|(periods, s)| periods * s);
        let aside = reading
            .stack
            .queues
            .iter()
            .filter(|queue| !read.contains(queue.logical_id.as_str()));
        for queue in aside {
            let id = queue.logical_id.as_str();
            // Half of it for who is told, and for the time before the first try.
            let least = u64::from(queue.retention_s) / 2;
            let is_watched = looked_at(last)
                .iter()
                .any(|metric| dimension(metric) == Some(("QueueName", id)));
            if window.is_none_or(|window| window > least) || !is_watched {
                complaints.push(format!("{id}: told too late"));
            }
        }
        complaints
    }
    hold(
        rule,
        &[
            (
                "Value: !GetAtt Undelivered.QueueName",
                "Value: !GetAtt CallEvents.QueueName",
            ),
            (
                "Value: !GetAtt Quarantine.QueueName",
                "Value: !GetAtt CallEvents.QueueName",
            ),
            (
                "Value: !GetAtt ChatEvents.QueueName",
                "Value: !GetAtt CallEvents.QueueName",
            ),
            ("EvaluationPeriods: 7", "EvaluationPeriods: 14"),
        ],
    );
}

/// How many alarms look at a figure of a queue.
fn watching(resources: &Map<String, Value>, queue: &str, figure: &str) -> usize {
    let alarms = resources
        .values()
        .filter(|resource| resource["Type"] == ALARM);
    let of_queue = |metric: &&Value| {
        metric["MetricName"] == figure && dimension(metric) == Some(("QueueName", queue))
    };
    alarms
        .filter(|alarm| looked_at(alarm).iter().any(of_queue))
        .count()
}

#[test]
fn every_alarm_tells_somebody_and_asks_for_what_there_is() {
    fn rule(reading: &Reading) -> Vec<String> {
        let mut complaints = Vec::new();
        for (id, alarm) in reading.of_type(ALARM) {
            let told = texts(&alarm["Properties"]["AlarmActions"]);
            if told != ["AlarmTopicArn"] {
                complaints.push(format!("{id}: tells nobody"));
            }
            let of_pipe = looked_at(alarm)
                .into_iter()
                .any(|metric| dimension(metric).is_some_and(|(name, _)| name == "PipeName"));
            let condition = if of_pipe {
                "HasPipeAlarm"
            } else {
                "HasAlarmTopic"
            };
            if alarm["Condition"] != condition {
                complaints.push(format!("{id}: not when {condition}"));
            }
        }
        complaints
    }
    hold(
        rule,
        &[
            (
                "    Condition: HasPipeAlarm\n",
                "    Condition: HasAlarmTopic\n",
            ),
            ("      AlarmActions: [!Ref AlarmTopicArn]\n", ""),
        ],
    );
}
