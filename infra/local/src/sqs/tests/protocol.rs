use aws_sdk_sqs::types::QueueAttributeName as Name;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode};
use tower::ServiceExt as _;

use super::{Stack, code, spec, stack};

async fn post(stack: &Stack, target: Option<&str>, body: &str) -> (Response<()>, String) {
    let mut request = Request::post("/").header("host", "queues.example.org:9");
    if let Some(target) = target {
        request = request.header("x-amz-target", target);
    }
    let request = request.body(Body::from(body.to_owned())).unwrap();
    let (head, body) = stack
        .sqs
        .router()
        .oneshot(request)
        .await
        .unwrap()
        .into_parts();
    let body = to_bytes(body, 65_536).await.unwrap();
    (
        Response::from_parts(head, ()),
        String::from_utf8(body.to_vec()).unwrap(),
    )
}

#[tokio::test]
async fn a_queue_is_made_found_listed_and_deleted() {
    let stack = stack().await;
    let create = || stack.client.create_queue().queue_name("chat");
    let url = create()
        .attributes(Name::VisibilityTimeout, "60")
        .send()
        .await
        .unwrap()
        .queue_url
        .unwrap();
    assert_eq!(
        create().send().await.unwrap().queue_url.unwrap(),
        url,
        "the same again is no error"
    );
    let other = create()
        .attributes(Name::VisibilityTimeout, "61")
        .send()
        .await;
    assert_eq!(code(other), "QueueAlreadyExists");
    let found = stack
        .client
        .get_queue_url()
        .queue_name("chat")
        .send()
        .await
        .unwrap();
    assert_eq!(found.queue_url.unwrap(), url);
    let listed = stack
        .client
        .list_queues()
        .queue_name_prefix("c")
        .send()
        .await
        .unwrap();
    assert_eq!(listed.queue_urls(), [stack.call.clone(), url.clone()]);
    stack
        .client
        .delete_queue()
        .queue_url(&url)
        .send()
        .await
        .unwrap();
    let gone = stack.client.get_queue_url().queue_name("chat").send().await;
    assert_eq!(code(gone), "AWS.SimpleQueueService.NonExistentQueue");
}

#[tokio::test]
async fn a_list_of_queues_goes_on_from_its_token() {
    let stack = stack().await;
    let first = stack
        .client
        .list_queues()
        .max_results(1)
        .send()
        .await
        .unwrap();
    assert_eq!(first.queue_urls(), std::slice::from_ref(&stack.call));
    let next = stack
        .client
        .list_queues()
        .max_results(1)
        .next_token(first.next_token.unwrap());
    let next = next.send().await.unwrap();
    assert_eq!(next.queue_urls(), std::slice::from_ref(&stack.dead));
    assert_eq!(next.next_token, None);
}

#[tokio::test]
async fn attributes_are_shown_and_set() {
    let stack = stack().await;
    stack.send("one").await;
    let set = stack.client.set_queue_attributes().queue_url(&stack.call);
    set.attributes(Name::DelaySeconds, "5")
        .send()
        .await
        .unwrap();
    let get = stack.client.get_queue_attributes().queue_url(&stack.call);
    let all = get
        .clone()
        .attribute_names(Name::All)
        .send()
        .await
        .unwrap()
        .attributes
        .unwrap();
    assert_eq!(all[&Name::DelaySeconds], "5");
    assert_eq!(all[&Name::VisibilityTimeout], "180");
    assert_eq!(all[&Name::ApproximateNumberOfMessages], "1");
    assert_eq!(
        all[&Name::QueueArn],
        "arn:aws:sqs:us-east-1:000000000000:call"
    );
    assert_eq!(
        all[&Name::RedrivePolicy],
        r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":2}"#
    );
    let one = get
        .clone()
        .attribute_names(Name::QueueArn)
        .attribute_names(Name::Policy);
    assert_eq!(
        one.send().await.unwrap().attributes.unwrap().len(),
        1,
        "no policy is set"
    );
    let unknown = get.attribute_names(Name::from("Colour")).send().await;
    assert_eq!(code(unknown), "InvalidAttributeName");
}

#[tokio::test]
async fn a_dead_letter_queue_has_to_exist() {
    let stack = stack().await;
    let policy =
        r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:none","maxReceiveCount":2}"#;
    let set = stack.client.set_queue_attributes().queue_url(&stack.call);
    let refused = set.attributes(Name::RedrivePolicy, policy).send().await;
    assert_eq!(code(refused), "InvalidParameterValue");
}

#[tokio::test]
async fn ensuring_a_queue_again_updates_it_and_keeps_its_messages() {
    let stack = stack().await;
    stack.send("one").await;
    let mut changed = spec("call", None);
    changed.visibility_timeout_s = 7;
    stack.sqs.ensure_queue(changed).await.unwrap();
    let get = stack.client.get_queue_attributes().queue_url(&stack.call);
    let all = get
        .attribute_names(Name::All)
        .send()
        .await
        .unwrap()
        .attributes
        .unwrap();
    assert_eq!(all[&Name::VisibilityTimeout], "7");
    assert_eq!(all.get(&Name::RedrivePolicy), None);
    assert_eq!(all[&Name::ApproximateNumberOfMessages], "1");
}

#[tokio::test]
async fn a_purge_empties_one_queue() {
    let stack = stack().await;
    stack.send("one").await;
    stack
        .client
        .send_message()
        .queue_url(&stack.dead)
        .message_body("x")
        .send()
        .await
        .unwrap();
    stack
        .client
        .purge_queue()
        .queue_url(&stack.call)
        .send()
        .await
        .unwrap();
    assert_eq!(stack.depth().await, (0, 0, 0));
    assert_eq!(stack.sqs.depth("dead").await.unwrap().visible, 1);
}

#[tokio::test]
async fn refusals_have_the_shape_that_old_and_new_sdks_read() {
    let stack = stack().await;
    let body = r#"{"QueueUrl":"http://x/000000000000/none"}"#;
    let (head, body) = post(&stack, Some("AmazonSQS.ReceiveMessage"), body).await;
    assert_eq!(head.status(), StatusCode::BAD_REQUEST);
    assert_eq!(head.headers()["content-type"], "application/x-amz-json-1.0");
    assert_eq!(
        head.headers()["x-amzn-query-error"],
        "AWS.SimpleQueueService.NonExistentQueue;Sender"
    );
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["__type"], "com.amazonaws.sqs#QueueDoesNotExist");
    assert_eq!(body["message"], "The specified queue does not exist.");
}

#[tokio::test]
async fn what_is_left_out_is_refused_by_name() {
    let stack = stack().await;
    for (target, code) in [
        ("AmazonSQS.StartMessageMoveTask", "UnsupportedOperation"),
        ("AmazonSQS.TagQueue", "UnsupportedOperation"),
        ("AmazonSQS.Dance", "UnknownOperationException"),
    ] {
        let (head, body) = post(&stack, Some(target), "{}").await;
        assert_eq!(head.status(), StatusCode::BAD_REQUEST);
        assert!(body.contains(code), "{body}");
    }
    let fifo = stack
        .client
        .create_queue()
        .queue_name("a.fifo")
        .send()
        .await;
    assert_eq!(code(fifo), "AWS.SimpleQueueService.UnsupportedOperation");
}

#[tokio::test]
async fn a_client_of_the_older_protocol_is_told_so_in_xml() {
    let stack = stack().await;
    let (head, body) = post(&stack, None, "Action=ListQueues&Version=2012-11-05").await;
    assert_eq!(head.status(), StatusCode::BAD_REQUEST);
    assert_eq!(head.headers()["content-type"], "text/xml");
    assert!(
        body.contains("<Code>AWS.SimpleQueueService.UnsupportedOperation</Code>"),
        "{body}"
    );
}

#[tokio::test]
async fn a_body_that_is_not_json_is_refused_without_quoting_it() {
    let stack = stack().await;
    for body in [
        "",
        "secret",
        r#"{"QueueUrl":"secret""#,
        r#"{"QueueUrl":["secret"]}"#,
        r#"{"MessageBody":"\ud800"}"#,
    ] {
        let (head, answer) = post(&stack, Some("AmazonSQS.SendMessage"), body).await;
        assert_eq!(head.status(), StatusCode::BAD_REQUEST);
        assert!(answer.contains("SerializationException"), "{answer}");
        assert!(!answer.contains("secret"), "{answer}");
    }
}

#[tokio::test]
async fn queue_urls_bear_the_host_that_the_client_used() {
    let stack = stack().await;
    let (_, body) = post(
        &stack,
        Some("AmazonSQS.GetQueueUrl"),
        r#"{"QueueName":"call"}"#,
    )
    .await;
    assert_eq!(
        body,
        r#"{"QueueUrl":"http://queues.example.org:9/000000000000/call"}"#
    );
}
