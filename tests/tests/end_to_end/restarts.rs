//! What is sent or stored outlives the stack that took it.

use aws::AwsAccess;
use cornerstore::Storage;
use cornerstore::sqs::Sqs;

use crate::desk::{Backend, Desk, fixture};
use crate::outage::template;

const CALL: &str = "cti:8437461";

pub(crate) async fn what_was_sent_while_no_function_ran_is_handled_afterwards(on: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let mut options = on.options();
    options.folder = Some(folder.path().to_owned());
    // A poll that a stopped stack leaves behind can take a message with it, which then comes back soon.
    options.template = Some(template(
        folder.path(),
        &[("VisibilityTimeout: 190", "VisibilityTimeout: 5")],
    ));
    let desk = Desk::start(&options).await;
    desk.send("call-events", &fixture("cti/new-call.txt")).await;
    desk.settle().await;
    let before = desk.pop("phone=14155550142").await;
    assert_eq!(before["timeline"][0]["state"], "ringing");
    let queue = desk.queue_url("call-events").to_owned();
    drop(desk);

    let (sqs, queue) = match &options.endpoint {
        Some(endpoint) => (endpoint.clone(), queue),
        None => {
            let queues = Sqs::open(
                &Storage::File(folder.path().join("queues.db")),
                cornerstore::clock::system(),
            );
            let queues = queues.unwrap();
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}", listener.local_addr().unwrap());
            tokio::spawn(queues.serve(listener));
            let queue = format!("{url}/000000000000/{}-call-events", options.stack_name);
            (url, queue)
        }
    };
    let client = queue::client(&AwsAccess::local(&sqs));
    let hangup = client
        .send_message()
        .queue_url(queue)
        .message_body(fixture("cti/hangup.txt"));
    hangup.send().await.unwrap();

    let desk = Desk::start(&options).await;
    let call = desk.interaction(CALL, 2).await;
    assert_eq!(call["state"], "abandoned");
    let after = desk.pop("phone=14155550142").await;
    assert_eq!(after["timeline"].as_array().unwrap().len(), 1);
    assert_eq!(
        after["customer"]["id"], before["customer"]["id"],
        "the secret that salts the customers' ids was kept"
    );
    assert_eq!(desk.quarantined().await.len(), 0);
}
