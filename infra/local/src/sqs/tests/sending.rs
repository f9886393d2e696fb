use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{
    DeleteMessageBatchRequestEntry, MessageAttributeValue, SendMessageBatchRequestEntry,
};

use super::{bodies, code, stack};

fn entry(id: &str, body: &str) -> SendMessageBatchRequestEntry {
    SendMessageBatchRequestEntry::builder()
        .id(id)
        .message_body(body)
        .build()
        .unwrap()
}

fn text(value: &str) -> MessageAttributeValue {
    let attribute = MessageAttributeValue::builder()
        .data_type("String")
        .string_value(value);
    attribute.build().unwrap()
}

#[tokio::test]
async fn attributes_travel_and_their_checksum_covers_what_is_shown() {
    let stack = stack().await;
    let blob = MessageAttributeValue::builder()
        .data_type("Binary.x")
        .binary_value(Blob::new([1, 2]));
    let send = stack
        .client
        .send_message()
        .queue_url(&stack.call)
        .message_body("one");
    let send = send
        .message_attributes("a", text("v"))
        .message_attributes("b", blob.build().unwrap());
    let sent = send.send().await.unwrap();
    assert_eq!(
        sent.md5_of_message_body(),
        Some("f97c5d29941bfb1b2fdab0874906ab82")
    );

    let receive = stack
        .client
        .receive_message()
        .queue_url(&stack.call)
        .visibility_timeout(0);
    let all = receive
        .clone()
        .message_attribute_names("All")
        .send()
        .await
        .unwrap();
    let all = all.messages.unwrap().remove(0);
    assert_eq!(
        all.md5_of_message_attributes,
        sent.md5_of_message_attributes
    );
    let attributes = all.message_attributes.unwrap();
    assert_eq!(attributes["a"], text("v"));
    assert_eq!(attributes["b"].binary_value(), Some(&Blob::new([1, 2])));

    let one = receive
        .message_attribute_names("a")
        .send()
        .await
        .unwrap()
        .messages
        .unwrap()
        .remove(0);
    assert_eq!(one.message_attributes.unwrap().len(), 1);
    assert_ne!(
        one.md5_of_message_attributes,
        sent.md5_of_message_attributes
    );
}

#[tokio::test]
async fn a_delayed_message_shows_after_its_delay() {
    let stack = stack().await;
    let send = stack
        .client
        .send_message()
        .queue_url(&stack.call)
        .message_body("late");
    send.delay_seconds(10).send().await.unwrap();
    assert_eq!(stack.depth().await, (0, 0, 1));
    assert!(stack.receive(&stack.call).await.is_empty());
    stack.pass(10);
    assert_eq!(bodies(&stack.receive(&stack.call).await), ["late"]);
}

#[tokio::test]
async fn a_message_of_one_mebibyte_passes_and_one_byte_more_does_not() {
    let stack = stack().await;
    let send = |length: usize| {
        // Every byte needs six in JSON, which is the longest that a request can get.
        let body = "\t".repeat(length);
        stack
            .client
            .send_message()
            .queue_url(&stack.call)
            .message_body(body)
            .send()
    };
    send(1_048_576).await.unwrap();
    assert_eq!(code(send(1_048_577).await), "InvalidParameterValue");
    assert_eq!(
        stack.receive(&stack.call).await[0].body().unwrap().len(),
        1_048_576
    );
}

#[tokio::test]
async fn characters_that_sqs_does_not_carry_are_refused() {
    let stack = stack().await;
    let send = stack
        .client
        .send_message()
        .queue_url(&stack.call)
        .message_body("nul\0");
    assert_eq!(code(send.send().await), "InvalidMessageContents");
    assert_eq!(stack.depth().await, (0, 0, 0));
}

#[tokio::test]
async fn one_bad_entry_fails_alone() {
    let stack = stack().await;
    let batch = stack.client.send_message_batch().queue_url(&stack.call);
    let batch = batch
        .entries(entry("a", "one"))
        .entries(entry("b", "nul\0"));
    let answer = batch.entries(entry("c", "three")).send().await.unwrap();
    let sent: Vec<_> = answer.successful().iter().map(|entry| entry.id()).collect();
    assert_eq!(sent, ["a", "c"]);
    let failed = &answer.failed()[0];
    assert_eq!(
        (failed.id(), failed.code(), failed.sender_fault()),
        ("b", "InvalidMessageContents", true)
    );
    assert_eq!(bodies(&stack.receive(&stack.call).await), ["one", "three"]);
}

#[tokio::test]
async fn a_batch_of_the_wrong_shape_is_refused_whole() {
    let stack = stack().await;
    let send = |entries: Vec<SendMessageBatchRequestEntry>| {
        stack
            .client
            .send_message_batch()
            .queue_url(&stack.call)
            .set_entries(Some(entries))
            .send()
    };
    let name = |code: &str| format!("AWS.SimpleQueueService.{code}");
    let many = (0..11).map(|n| entry(&n.to_string(), "x")).collect();
    assert_eq!(code(send(many).await), name("TooManyEntriesInBatchRequest"));
    assert_eq!(code(send(vec![]).await), name("EmptyBatchRequest"));
    let twins = vec![entry("a", "x"), entry("a", "y")];
    assert_eq!(code(send(twins).await), name("BatchEntryIdsNotDistinct"));
    assert_eq!(
        code(send(vec![entry("a b", "x")]).await),
        name("InvalidBatchEntryId")
    );
    let half = "x".repeat(524_289);
    let long = vec![entry("a", &half), entry("b", &half)];
    assert_eq!(code(send(long).await), name("BatchRequestTooLong"));
    assert_eq!(stack.depth().await, (0, 0, 0));
}

#[tokio::test]
async fn a_batch_of_deletes_says_which_failed() {
    let stack = stack().await;
    stack.send("one").await;
    let handle = stack
        .receive(&stack.call)
        .await
        .remove(0)
        .receipt_handle
        .unwrap();
    let entry = |id: &str, handle: &str| {
        let entry = DeleteMessageBatchRequestEntry::builder()
            .id(id)
            .receipt_handle(handle);
        entry.build().unwrap()
    };
    let batch = stack.client.delete_message_batch().queue_url(&stack.call);
    let batch = batch
        .entries(entry("a", &handle))
        .entries(entry("b", "nonsense"));
    let answer = batch.send().await.unwrap();
    assert_eq!(answer.successful()[0].id(), "a");
    assert_eq!(answer.failed()[0].code(), "ReceiptHandleIsInvalid");
    assert_eq!(stack.depth().await, (0, 0, 0));
}
