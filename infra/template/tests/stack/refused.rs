//! What is not understood, and how that is told.

use sam_template::{Template, TemplateError};

use crate::{AGENTS, TEMPLATE, error_of, resolve, with_table};

#[test]
fn every_missing_parameter_is_named_at_once() {
    let error = resolve(TEMPLATE, &[]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no value for the parameters JwtAudience, JwtIssuer"
    );
}

#[test]
fn a_parameter_outside_its_rules_is_refused() {
    let error_with = |value| {
        resolve(&with_table(""), &[("Size", value)])
            .unwrap_err()
            .to_string()
    };
    assert_eq!(error_with("4"), "the parameter Size must be at least 5");
    assert_eq!(error_with("10"), "the parameter Size must be at most 9");
    assert_eq!(error_with("six"), "the parameter Size must be at least 5");
    let mut wrong = AGENTS.to_vec();
    wrong.push(("Architecture", "riscv"));
    assert_eq!(
        resolve(TEMPLATE, &wrong).unwrap_err().to_string(),
        "the parameter Architecture must be one of arm64, x86_64"
    );
    assert_eq!(
        resolve(&with_table(""), &[("Sise", "7")])
            .unwrap_err()
            .to_string(),
        "the template has no parameter Sise"
    );
}

#[test]
fn what_is_not_understood_is_an_error_that_names_it() {
    let queue = |properties: &str| {
        format!(
            "Q: {{Type: 'AWS::SQS::Queue', Properties:
               {{QueueName: q, MaximumMessageSize: 1, {properties}}}}}"
        )
    };
    assert_eq!(
        error_of("B: {Type: 'AWS::S3::Bucket'}"),
        "B: unknown resource type AWS::S3::Bucket"
    );
    assert_eq!(
        error_of(&queue("FifoQueue: true")),
        "Q.FifoQueue: unknown property"
    );
    assert_eq!(
        error_of(&queue(
            "RedrivePolicy: {deadLetterTargetArn: x, maxReceiveCount: 1, a: b}"
        )),
        "Q.RedrivePolicy.a: unknown property"
    );
    assert_eq!(
        error_of(&queue("VisibilityTimeout: soon")),
        "Q.VisibilityTimeout: expected a whole number"
    );
    assert_eq!(
        error_of(&queue("VisibilityTimeout: !Ref Nothing")),
        "Q.VisibilityTimeout: refers to Nothing, which is not known"
    );
    assert_eq!(
        error_of("Q: {Type: 'AWS::SQS::Queue', Properties: {QueueName: q}}"),
        "Q.MaximumMessageSize: missing property"
    );
    assert_eq!(
        error_of(
            "Q: {Type: 'AWS::SQS::Queue', CreationPolicy: {}, Properties:
           {QueueName: q, MaximumMessageSize: 1}}"
        ),
        "Q.CreationPolicy: unknown property"
    );
    assert_eq!(
        error_of(
            "U: {Type: 'AWS::SQS::Queue', Properties: {MaximumMessageSize: 1,
           QueueName: !Sub '{{resolve:ssm:name}}'}}"
        ),
        "U.QueueName: refers to a secret of another stack, which is not known"
    );
}

#[test]
fn a_dead_letter_queue_of_another_stack_is_an_error() {
    assert_eq!(
        error_of(
            "Q: {Type: 'AWS::SQS::Queue', Properties: {QueueName: q, MaximumMessageSize: 1,
               RedrivePolicy: {deadLetterTargetArn: elsewhere, maxReceiveCount: 5}}}"
        ),
        "Q.RedrivePolicy.deadLetterTargetArn: refers to elsewhere, which is not known"
    );
}

#[test]
fn a_stack_has_one_table() {
    let error = resolve("Resources: {}", &[]).unwrap_err();
    assert!(matches!(error, TemplateError::NotOneTable { found: 0 }));
}

#[test]
fn unknown_sections_are_refused() {
    assert!(matches!(
        Template::parse("Mappings: {}").unwrap_err(),
        TemplateError::UnknownSection { name } if name == "Mappings"
    ));
    let globals = "{Globals: {Api: {}}, Resources: {}}";
    assert_eq!(
        resolve(globals, &[]).unwrap_err().to_string(),
        "Globals.Api: unknown property"
    );
}

#[test]
fn a_change_that_the_local_stack_would_not_follow_is_refused() {
    let changes = [
        (
            "Runtime: provided.al2023",
            "Runtime: provided.al2",
            "ConnectFlow.Runtime: expected provided.al2023",
        ),
        (
            "BuildMethod: rust-cargolambda",
            "BuildMethod: makefile",
            "IngestCall.Metadata.BuildMethod: expected rust-cargolambda",
        ),
        (
            "Type: SQS",
            "Type: Kinesis",
            "IngestCall.Events.CallEvents.Type: expected SQS or HttpApi",
        ),
        (
            "Queue: !GetAtt CallEvents.Arn",
            "Queue: arn:aws:sqs:us-east-1:000000000000:other",
            "IngestCall.Events.CallEvents.Properties.Queue: expected a queue of this template",
        ),
        (
            "BatchSize: 10\n            MaximumBatchingWindowInSeconds: 0",
            "FilterCriteria: {}",
            "IngestCall.Events.CallEvents.Properties.FilterCriteria: unknown property",
        ),
        (
            "DefaultAuthorizer: AgentJwt",
            "DefaultAuthorizer: Others",
            "Api.Auth.DefaultAuthorizer: expected one of the authorizers",
        ),
        (
            "IdentitySource: $request.header.Authorization",
            "IdentitySource: $request.querystring.token",
            "Api.Auth.Authorizers.AgentJwt.IdentitySource: expected $request.header.Authorization",
        ),
        (
            "PayloadFormatVersion: \"2.0\"",
            "PayloadFormatVersion: \"1.0\"",
            "ReceiveWebhook.Events.PostWebhook.Properties.PayloadFormatVersion: expected 2.0",
        ),
        (
            "BillingMode: PAY_PER_REQUEST",
            "BillingMode: PROVISIONED",
            "Table.BillingMode: expected PAY_PER_REQUEST",
        ),
        (
            "ProjectionType: INCLUDE",
            "ProjectionType: SOME",
            "Table.GlobalSecondaryIndexes.0.Projection.ProjectionType: \
             expected ALL, KEYS_ONLY or INCLUDE",
        ),
        (
            "TABLE_NAME: !Ref Table",
            "TABLE_NAME: !GetAtt Table.StreamArn",
            "IngestCall.Environment.Variables.TABLE_NAME: \
             refers to Table.StreamArn, which is not known",
        ),
    ];
    for (piece, changed, message) in changes {
        assert!(TEMPLATE.contains(piece), "{piece}");
        let text = TEMPLATE.replacen(piece, changed, 1);
        let error = resolve(&text, &AGENTS).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn only_the_last_parameter_of_a_path_takes_the_rest() {
    let broken = TEMPLATE.replacen(
        "            Path: /v1/identities/{identity+}\n",
        "            Path: /v1/identities/{identity+}/marks\n",
        1,
    );
    assert_eq!(
        resolve(&broken, &AGENTS).unwrap_err().to_string(),
        "LinkCustomers.Events.PutIdentity.Properties.Path: expected a path with {name+} at its end only"
    );
}
