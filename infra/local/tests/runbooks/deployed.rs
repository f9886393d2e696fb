//! What commands say and how they end where they work on a deployed stack, which an emulator stands for.

use crate::desk::Desk;

/// What a command needs of its environment to work on AWS.
fn on_aws(endpoint: &str) -> [(&str, &str); 4] {
    [
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_ENDPOINT_URL", endpoint),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changes_a_deployed_stack_says_first_which() {
    let desk = Desk::in_state("dead letters").await;
    let aws = on_aws(&desk.running.sqs);
    let told = format!("the stack cornerstore at {}\n", desk.running.sqs);
    for (command, tells) in [
        ("dlq list --aws", false),
        ("dlq discard --aws --queue call-events --id 4f2a", true),
        ("quarantine replay --aws --id 4f2a", true),
        ("dlq redrive --aws", true),
    ] {
        let (printed, _) = desk.run_in(command, &aws);
        assert_eq!(printed.contains(&told), tells, "{command}: {printed}");
    }
    let (printed, code) = desk.run_in("dlq list --aws --stack other", &aws);
    assert_eq!(code, Some(1), "{printed}");
    assert!(printed.contains("other-call-events-dlq"), "{printed}");
    let said = [("CORNERSTORE_STACK", "other")];
    let (printed, _) = desk.run_in("dlq list --aws", &[&aws[..], &said].concat());
    assert!(printed.contains("other-call-events-dlq"), "{printed}");
    let (printed, code) = desk.run_in("dlq list", &said);
    assert_eq!(code, Some(0), "{printed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_answer_is_named_and_is_no_emulator_of_ours() {
    let desk = Desk::in_state("healthy").await;
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    drop(silent);
    let (printed, code) = desk.run_in("dlq list --aws", &on_aws(&endpoint));
    assert_eq!(code, Some(1), "{printed}");
    let told = printed.contains("no connection") && printed.contains(&endpoint);
    assert!(told && !printed.contains("emulator"), "{printed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_difference_ends_otherwise_than_a_table_that_cannot_be_looked_at() {
    let desk = Desk::in_state("damaged").await;
    let aws = on_aws(&desk.running.dynamodb);
    let there = format!("rebuild --all --aws --table {}", desk.running.table);
    let (printed, code) = desk.run_in(&there, &aws);
    assert_eq!(code, Some(1), "{printed}");
    // What writes says first where.
    let (table, at) = (&desk.running.table, &desk.running.dynamodb);
    let told = format!("the table {table} at {at}\n");
    assert!(!printed.contains(&told), "{printed}");
    let (printed, _) = desk.run_in(&format!("{there} --repair"), &aws);
    assert!(printed.contains(&told), "{printed}");
    let (printed, code) = desk.run_in("rebuild --all --aws --table nowhere", &aws);
    assert_eq!(code, Some(2), "{printed}");
    let told = format!("the table nowhere at {} cannot", desk.running.dynamodb);
    assert!(printed.contains(&told), "{printed}");
    let (printed, code) = desk.run_in("rebuild --customer cus_nobody", &[]);
    assert_eq!(code, Some(2), "{printed}");
}
