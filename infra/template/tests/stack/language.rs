//! The template language, as far as it is resolved.

use crate::{error_of, resolve, with_table};

#[test]
fn a_table_without_index_or_expiry_asks_for_neither() {
    let table = resolve(&with_table(""), &[]).unwrap().table;
    assert!(
        table
            .create_table_json()
            .get("GlobalSecondaryIndexes")
            .is_none()
    );
    assert_eq!(table.update_time_to_live_json(), None);
}

#[test]
fn what_a_condition_leaves_out_is_not_made_and_not_referred_to() {
    let queue = "Q: {Type: 'AWS::SQS::Queue', Condition: Never, Properties:
        {QueueName: q, MaximumMessageSize: 1}}";
    assert_eq!(resolve(&with_table(queue), &[]).unwrap().queues, []);
    let referring = format!(
        "{queue}, R: {{Type: 'AWS::SQS::Queue', Properties:
           {{QueueName: !GetAtt Q.QueueName, MaximumMessageSize: 1}}}}"
    );
    assert_eq!(
        error_of(&referring),
        "R.QueueName: refers to Q, which is not known"
    );
}

#[test]
fn functions_of_the_template_language_are_resolved() {
    let text = with_table(
        "Q: {Type: 'AWS::SQS::Queue', Properties: {
           QueueName: !Sub ['${AWS::StackName}-${Own}-${!Kept}', {Own: !Ref Size}],
           MaximumMessageSize: !If [Never, 1, 2],
           VisibilityTimeout: !If [Never, 1, !Ref 'AWS::NoValue'],
           RedrivePolicy: !If [Never, {a: b}, !Ref 'AWS::NoValue']}}",
    );
    let stack = resolve(&text, &[]).unwrap();
    let queue = stack.queue("Q").unwrap();
    assert_eq!(queue.name, "dev-7-${Kept}");
    assert_eq!(queue.max_message_bytes, 2);
    assert_eq!(queue.visibility_timeout_s, 30, "NoValue leaves the default");
    assert_eq!(queue.redrive, None);
}

#[test]
fn conditions_are_combined() {
    for (condition, made) in [
        ("!And [!Equals [a, a], !Condition Yes]", true),
        ("!And [!Equals [a, b], !Condition Yes]", false),
        ("!Or [!Equals [a, b], !Condition Yes]", true),
        ("!Or [!Equals [a, b], !Not [!Condition Yes]]", false),
        ("!Equals [!Ref 'AWS::Region', us-east-1]", true),
    ] {
        let text = with_table(
            "Q: {Type: 'AWS::SQS::Queue', Condition: It, Properties:
               {QueueName: q, MaximumMessageSize: 1}}",
        )
        .replace(
            "Conditions: {",
            &format!("Conditions: {{It: {condition}, Yes: !Equals ['', ''], "),
        );
        let queues = resolve(&text, &[]).unwrap().queues;
        assert_eq!(queues.len(), usize::from(made), "{condition}");
    }
}

#[test]
fn circles_end() {
    assert_eq!(
        error_of(
            "Q: {Type: 'AWS::SQS::Queue', Properties:
               {QueueName: !Sub 'x-${Q}', MaximumMessageSize: 1}}"
        ),
        "Q.QueueName: nested or referring deeper than 20 levels"
    );
    assert_eq!(
        error_of("Q: {Type: 'AWS::SQS::Queue', Condition: Round}"),
        "Conditions.Round: nested or referring deeper than 20 levels"
    );
}
