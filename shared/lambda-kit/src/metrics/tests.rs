use std::collections::BTreeSet;

use super::*;
use crate::captured::Captured;

const WAIT: Metric = Metric::new("Wait", Unit::Milliseconds, "A wait");
const NOW: i64 = 1_795_285_740_123;

/// Checks a line against what the format's specification demands of it.
fn assert_valid(line: &Value) {
    let aws = &line["_aws"];
    assert!(aws["Timestamp"].is_i64() || aws["Timestamp"].is_u64());
    let directives = aws["CloudWatchMetrics"].as_array().unwrap();
    assert!(!directives.is_empty());
    for directive in directives {
        let namespace = directive["Namespace"].as_str().unwrap();
        assert!((1..=1024).contains(&namespace.len()));
        for set in directive["Dimensions"].as_array().unwrap() {
            let set = set.as_array().unwrap();
            assert!((1..=30).contains(&set.len()));
            for key in set {
                let value = line[key.as_str().unwrap()].as_str().unwrap();
                assert!((1..=1024).contains(&value.len()));
            }
        }
        let metrics = directive["Metrics"].as_array().unwrap();
        assert!((1..=100).contains(&metrics.len()));
        for metric in metrics {
            let name = metric["Name"].as_str().unwrap();
            assert!((1..=1024).contains(&name.len()));
            assert!(["Count", "Milliseconds", "Bytes"].contains(&metric["Unit"].as_str().unwrap()));
            match line[name].as_array() {
                Some(values) => {
                    assert!((1..=100).contains(&values.len()));
                    assert!(values.iter().all(Value::is_number));
                }
                None => assert!(line[name].is_number(), "{name}"),
            }
        }
    }
}

#[test]
fn a_flush_writes_one_line_in_the_embedded_metric_format() {
    let captured = Captured::default();
    let metrics = Metrics::new("ingest-call", captured.clone());
    metrics.add(&RECORDS_DONE, 2);
    metrics.add(&RECORDS_DONE, 3);
    metrics.add(&WAIT, 7);
    metrics.add(&WAIT, 9);
    metrics.add(&BATCH_DURATION, 12);
    metrics.flush(NOW);
    let lines = captured.json_lines();
    assert_eq!(lines.len(), 1);
    assert_valid(&lines[0]);
    assert_eq!(
        lines[0],
        json!({
            "_aws": {
                "Timestamp": NOW,
                "CloudWatchMetrics": [{
                    "Namespace": "Cornerstore",
                    "Dimensions": [["Function"]],
                    "Metrics": [
                        {"Name": "BatchDuration", "Unit": "Milliseconds"},
                        {"Name": "RecordsDone", "Unit": "Count"},
                        {"Name": "Wait", "Unit": "Milliseconds"},
                    ],
                }],
            },
            "Function": "ingest-call",
            "BatchDuration": 12,
            "RecordsDone": 5,
            "Wait": [7, 9],
        })
    );
}

#[test]
fn a_flush_begins_anew_and_nothing_writes_nothing() {
    let captured = Captured::default();
    let metrics = Metrics::new("ingest-call", captured.clone());
    metrics.flush(NOW);
    assert_eq!(captured.text(), "");
    metrics.add(&RECORDS_DONE, 1);
    metrics.flush(NOW);
    metrics.flush(NOW);
    metrics.add(&RECORDS_DONE, 1);
    metrics.flush_now();
    let lines = captured.json_lines();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[1]["RecordsDone"], 1);
    assert_valid(&lines[1]);
}

#[test]
fn ignored_names_are_a_property_and_bounded() {
    let captured = Captured::default();
    let metrics = Metrics::new("ingest-call", captured.clone());
    metrics.ignored("Contact Lens");
    metrics.ignored("Contact Lens");
    metrics.ignored("of ada@example.com");
    metrics.ignored(&"ü".repeat(1000));
    for index in 0..1000 {
        metrics.ignored(&format!("kind {index}"));
    }
    metrics.flush(NOW);
    let line = &captured.json_lines()[0];
    assert_valid(line);
    let ignored = line["Ignored"].as_object().unwrap();
    assert_eq!(ignored.len(), MAX_IGNORED_NAMES + 1);
    assert_eq!(ignored["Contact Lens"], 2);
    assert_eq!(ignored["of [email]"], 1);
    assert_eq!(ignored[&"ü".repeat(MAX_IGNORED_NAME_CHARS)], 1);
    assert_eq!(ignored["other"], 1000 - 17);
    assert_eq!(line["RecordsIgnored"], 1004);
    assert_eq!(
        line["_aws"]["CloudWatchMetrics"][0]["Dimensions"],
        json!([["Function"]])
    );
}

#[test]
fn what_the_format_has_no_room_for_is_told_as_dropped() {
    let captured = Captured::default();
    let metrics = Metrics::new("ingest-call", captured.clone());
    for value in 0..MAX_VALUES as u64 + 3 {
        metrics.add(&WAIT, value);
    }
    for index in 0..MAX_METRICS {
        let name: &'static str = format!("Extra{index}").leak();
        metrics.add(&Metric::new(name, Unit::Count, "An extra"), 1);
    }
    metrics.flush(NOW);
    let line = &captured.json_lines()[0];
    assert_valid(line);
    assert_eq!(line["DroppedValues"], 4);
}

#[test]
fn a_writer_that_fails_loses_the_line_and_nothing_else() {
    struct Broken;
    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::Error::other("closed"))
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let metrics = Metrics::new("ingest-call", Broken);
    metrics.add(&RECORDS_DONE, 1);
    metrics.flush(NOW);
    metrics.add(&RECORDS_DONE, 1);
    metrics.flush(NOW);
}

#[test]
fn each_metric_is_declared_once_and_explained() {
    let names: BTreeSet<_> = ALL.iter().map(Metric::name).collect();
    assert_eq!(names.len(), ALL.len());
    assert!(ALL.iter().all(|metric| !metric.help().is_empty()));
}

#[test]
fn names_that_are_taken_or_odd_are_refused() {
    for name in [
        "",
        "Function",
        "Ignored",
        "DroppedValues",
        "_aws",
        "with space",
        "é",
    ] {
        assert!(!is_free(name), "{name}");
    }
    assert!(is_free("Functions"));
    assert!(is_free("Func"));
}

#[test]
fn no_name_makes_a_metric_or_a_line() {
    let captured = Captured::default();
    let metrics = Metrics::new("ingest-call", captured.clone());
    let names = [
        "_aws",
        DIMENSION,
        "RecordsDone",
        "x\n{\"_aws\":{\"CloudWatchMetrics\":[]}}",
        "\",\"Function\":\"other",
    ];
    for name in names {
        metrics.ignored(name);
    }
    metrics.flush(NOW);
    let lines = captured.json_lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_valid(&lines[0]);
    assert_eq!(lines[0][DIMENSION], "ingest-call");
    let declared = &lines[0]["_aws"]["CloudWatchMetrics"][0]["Metrics"];
    assert_eq!(
        declared,
        &json!([{"Name": "RecordsIgnored", "Unit": "Count"}])
    );
    assert_eq!(
        lines[0]["Ignored"].as_object().map(Map::len),
        Some(names.len())
    );
    assert!(lines[0]["RecordsDone"].is_null());
}
