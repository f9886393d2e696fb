use std::time::Duration;

use aws_sdk_sqs::types::MessageSystemAttributeName as Name;

use super::super::storage;
use super::{START_MS, bodies, code, stack};

#[tokio::test]
async fn a_received_message_is_hidden_until_its_timeout() {
    let stack = stack().await;
    stack.send("one").await;
    assert_eq!(bodies(&stack.receive(&stack.call).await), ["one"]);
    stack.pass(179);
    assert!(stack.receive(&stack.call).await.is_empty());
    assert_eq!(stack.depth().await, (0, 1, 0));
    stack.pass(1);
    assert_eq!(bodies(&stack.receive(&stack.call).await), ["one"]);
}

#[tokio::test]
async fn receives_are_counted_and_dated() {
    let stack = stack().await;
    stack.pass(1);
    stack.send("one").await;
    stack.pass(1);
    stack.receive(&stack.call).await;
    stack.pass(180);
    let message = stack.receive(&stack.call).await.remove(0);
    let attributes = message.attributes.unwrap();
    assert_eq!(attributes[&Name::ApproximateReceiveCount], "2");
    assert_eq!(
        attributes[&Name::SentTimestamp],
        (START_MS + 1000).to_string()
    );
    assert_eq!(
        attributes[&Name::ApproximateFirstReceiveTimestamp],
        (START_MS + 2000).to_string()
    );
    assert!(!attributes[&Name::SenderId].is_empty());
}

#[tokio::test]
async fn only_the_attributes_asked_for_are_shown() {
    let stack = stack().await;
    stack.send("one").await;
    let receive = stack.client.receive_message().queue_url(&stack.call);
    let receive = receive.message_system_attribute_names(Name::SentTimestamp);
    let message = receive.send().await.unwrap().messages.unwrap().remove(0);
    assert_eq!(
        message.attributes.unwrap().into_keys().collect::<Vec<_>>(),
        [Name::SentTimestamp]
    );
}

#[tokio::test]
async fn the_third_receive_moves_a_message_to_the_dead_letter_queue() {
    let stack = stack().await;
    let id = stack.send("poison").await;
    for _ in 0..2 {
        assert_eq!(bodies(&stack.receive(&stack.call).await), ["poison"]);
        stack.pass(180);
    }
    assert!(
        stack.receive(&stack.dead).await.is_empty(),
        "it moves only on the next receive"
    );
    stack.send("healthy").await;
    assert_eq!(bodies(&stack.receive(&stack.call).await), ["healthy"]);
    let dead = stack.receive(&stack.dead).await.remove(0);
    assert_eq!(dead.message_id(), Some(id.as_str()));
    let attributes = dead.attributes.unwrap();
    let source = &attributes[&Name::DeadLetterQueueSourceArn];
    assert_eq!(source, "arn:aws:sqs:us-east-1:000000000000:call");
}

#[tokio::test]
async fn a_row_of_exhausted_messages_does_not_hide_a_healthy_one() {
    let stack = stack().await;
    for _ in 0..25 {
        stack.send("poison").await;
    }
    for _ in 0..2 {
        for _ in 0..3 {
            stack.receive(&stack.call).await;
        }
        stack.pass(180);
    }
    stack.send("healthy").await;
    assert_eq!(bodies(&stack.receive(&stack.call).await), ["healthy"]);
    assert_eq!(stack.sqs.depth("dead").await.unwrap().visible, 25);
}

#[tokio::test]
async fn a_long_poll_wakes_when_a_message_arrives() {
    let stack = stack().await;
    let poll = stack
        .client
        .receive_message()
        .queue_url(&stack.call)
        .wait_time_seconds(20)
        .send();
    let poll = tokio::spawn(poll);
    // The poll is either asleep by now or finds the message at its first look.
    tokio::task::yield_now().await;
    stack.send("one").await;
    let received = tokio::time::timeout(Duration::from_secs(15), poll)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(bodies(&received.unwrap().messages.unwrap()), ["one"]);
}

#[tokio::test]
async fn whatever_makes_a_message_receivable_is_announced() {
    let stack = stack().await;
    let queue = async |name| {
        stack
            .sqs
            .run(move |database| storage::queue(database, name))
            .await
            .unwrap()
            .id
    };
    let mut call = stack.sqs.arrivals.listen(queue("call").await);
    let mut dead = stack.sqs.arrivals.listen(queue("dead").await);
    let heard = |listener: &mut tokio::sync::watch::Receiver<()>| {
        let heard = listener.has_changed().unwrap();
        listener.mark_unchanged();
        heard
    };
    stack.send("one").await;
    assert!(heard(&mut call), "a send");
    for _ in 0..2 {
        let handle = stack
            .receive(&stack.call)
            .await
            .remove(0)
            .receipt_handle
            .unwrap();
        assert!(!heard(&mut call), "a receive makes nothing receivable");
        let change = stack
            .client
            .change_message_visibility()
            .queue_url(&stack.call);
        change
            .receipt_handle(handle)
            .visibility_timeout(0)
            .send()
            .await
            .unwrap();
        assert!(heard(&mut call), "a message given back");
    }
    assert!(!heard(&mut dead));
    assert!(stack.receive(&stack.call).await.is_empty());
    assert!(heard(&mut dead), "a dead letter");
}

#[tokio::test]
async fn a_poll_without_messages_ends_empty() {
    let stack = stack().await;
    let poll = stack
        .client
        .receive_message()
        .queue_url(&stack.call)
        .wait_time_seconds(1);
    assert_eq!(poll.send().await.unwrap().messages, None);
}

#[tokio::test]
async fn a_stale_receipt_deletes_nothing_and_is_no_error() {
    let stack = stack().await;
    stack.send("one").await;
    let stale = stack
        .receive(&stack.call)
        .await
        .remove(0)
        .receipt_handle
        .unwrap();
    stack.pass(180);
    let fresh = stack
        .receive(&stack.call)
        .await
        .remove(0)
        .receipt_handle
        .unwrap();
    let delete = |handle: &str| {
        stack
            .client
            .delete_message()
            .queue_url(&stack.call)
            .receipt_handle(handle)
            .send()
    };
    delete(&stale).await.unwrap();
    assert_eq!(stack.depth().await, (0, 1, 0));
    stack.pass(180);
    delete(&fresh).await.unwrap();
    assert_eq!(
        stack.depth().await,
        (0, 0, 0),
        "an expired receipt that nobody replaced still deletes"
    );
    delete(&fresh).await.unwrap();
    assert_eq!(code(delete("nonsense").await), "ReceiptHandleIsInvalid");
}

#[tokio::test]
async fn visibility_is_changed_only_in_flight_and_within_twelve_hours() {
    let stack = stack().await;
    stack.send("one").await;
    let handle = stack
        .receive(&stack.call)
        .await
        .remove(0)
        .receipt_handle
        .unwrap();
    let change = |seconds| {
        let change = stack
            .client
            .change_message_visibility()
            .queue_url(&stack.call);
        change
            .receipt_handle(&handle)
            .visibility_timeout(seconds)
            .send()
    };
    change(600).await.unwrap();
    stack.pass(599);
    assert!(stack.receive(&stack.call).await.is_empty());
    assert_eq!(code(change(42_700).await), "InvalidParameterValue");
    assert_eq!(code(change(43_201).await), "InvalidParameterValue");
    change(0).await.unwrap();
    assert_eq!(stack.depth().await, (1, 0, 0));
    assert_eq!(
        code(change(10).await),
        "AWS.SimpleQueueService.MessageNotInflight"
    );
    assert_eq!(bodies(&stack.receive(&stack.call).await), ["one"]);
    assert_eq!(
        code(change(10).await),
        "InvalidParameterValue",
        "the receipt is stale now"
    );
}

#[tokio::test]
async fn a_message_outlives_its_retention_nowhere() {
    let stack = stack().await;
    stack.send("old").await;
    stack.pass(3599);
    stack.send("new").await;
    stack.pass(1);
    assert_eq!(bodies(&stack.receive(&stack.call).await), ["new"]);
}

#[tokio::test]
async fn out_of_range_receives_are_refused() {
    let stack = stack().await;
    let receive = || stack.client.receive_message().queue_url(&stack.call);
    for refused in [
        receive().max_number_of_messages(11),
        receive().max_number_of_messages(0),
        receive().wait_time_seconds(21),
        receive().visibility_timeout(43_201),
    ] {
        assert_eq!(code(refused.send().await), "InvalidParameterValue");
    }
}
