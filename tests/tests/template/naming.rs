//! What is named is used.

use crate::reading::{Reading, hold};

#[test]
fn every_parameter_and_condition_is_used() {
    fn rule(reading: &Reading) -> Vec<String> {
        let mut used = String::new();
        for section in ["Conditions", "Globals", "Resources"] {
            used.push_str(&reading.document[section].to_string());
        }
        let names = |section: &str| reading.document[section].as_object().cloned();
        let parameters = names("Parameters").unwrap_or_default();
        let unused = parameters.keys().filter(|name| {
            let forms = [format!("{{\"Ref\":\"{name}\"}}"), format!("${{{name}}}")];
            !forms.iter().any(|form| used.contains(form))
        });
        let mut complaints: Vec<_> = unused.cloned().collect();
        let conditions = names("Conditions").unwrap_or_default();
        let unused = conditions.keys().filter(|name| {
            let forms = [
                format!("\"Condition\":\"{name}\""),
                format!("{{\"Fn::If\":[\"{name}\","),
            ];
            !forms.iter().any(|form| used.contains(form))
        });
        complaints.extend(unused.cloned());
        complaints
    }
    hold(
        rule,
        &[
            (
                "\nParameters:\n",
                "\nParameters:\n  Forgotten: {Type: String, Default: a}\n",
            ),
            (
                "\nConditions:\n",
                "\nConditions:\n  Forgotten: !Equals [a, b]\n",
            ),
            ("LOG_LEVEL: !Ref LogLevel", "LOG_LEVEL: info"),
        ],
    );
}
