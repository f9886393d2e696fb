use std::sync::Arc;

use aws_sdk_sqs::types::MessageSystemAttributeName as Name;

use super::super::{Sqs, SqsError};
use super::{bodies, spec, stack_on};
use crate::Storage;

#[tokio::test]
async fn a_restart_keeps_messages_counts_and_hiding() {
    let folder = tempfile::tempdir().unwrap();
    let storage = Storage::File(folder.path().join("queues.db"));
    let first = stack_on(&storage).await;
    first.send("hidden").await;
    first.receive(&first.call).await;
    first.send("waiting").await;
    drop(first);

    let second = stack_on(&storage).await;
    assert_eq!(bodies(&second.receive(&second.call).await), ["waiting"]);
    second.pass(180);
    let messages = second.receive(&second.call).await;
    let hidden = messages
        .iter()
        .find(|message| message.body() == Some("hidden"))
        .unwrap();
    assert_eq!(
        hidden.attributes().unwrap()[&Name::ApproximateReceiveCount],
        "2"
    );
}

#[tokio::test]
async fn what_was_received_before_a_restart_can_be_given_back_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let storage = Storage::File(folder.path().join("queues.db"));
    let first = stack_on(&storage).await;
    first.send("under way").await;
    first.receive(&first.call).await;
    drop(first);

    let second = stack_on(&storage).await;
    second.sqs.return_received().await.unwrap();
    assert_eq!(bodies(&second.receive(&second.call).await), ["under way"]);
}

/// What is on disk when a send is answered is what a kill at that moment leaves.
#[tokio::test]
async fn an_accepted_message_is_in_the_files_before_its_sender_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let running = stack_on(&Storage::File(folder.path().join("queues.db"))).await;
    running.send("accepted").await;

    let copy = tempfile::tempdir().unwrap();
    for name in ["queues.db", "queues.db-wal"] {
        std::fs::copy(folder.path().join(name), copy.path().join(name)).unwrap();
    }
    let copied = stack_on(&Storage::File(copy.path().join("queues.db"))).await;
    assert_eq!(bodies(&copied.receive(&copied.call).await), ["accepted"]);
}

#[tokio::test]
async fn many_senders_at_once_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let stack = stack_on(&Storage::File(folder.path().join("queues.db"))).await;
    let sends = (0..200).map(|number| {
        let send = stack.client.send_message().queue_url(&stack.call);
        tokio::spawn(send.message_body(number.to_string()).send())
    });
    for send in sends.collect::<Vec<_>>() {
        send.await.unwrap().unwrap();
    }
    assert_eq!(stack.depth().await, (200, 0, 0));
}

#[tokio::test]
async fn work_that_fails_leaves_nothing_behind() {
    let sqs = Sqs::open(&Storage::Memory, Arc::new(|| 0)).unwrap();
    sqs.ensure_queue(spec("call", None)).await.unwrap();
    let failed = sqs.run(|database| {
        database.execute("DELETE FROM queues", [])?;
        Err::<(), _>(SqsError::Stopped)
    });
    failed.await.unwrap_err();
    sqs.depth("call").await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_reads_the_files() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let stack = stack_on(&Storage::File(folder.path().join("queues.db"))).await;
    stack.send("one").await;
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        assert_eq!(
            file.metadata().unwrap().permissions().mode() & 0o777,
            0o600,
            "{file:?}"
        );
    }
}

#[tokio::test]
async fn a_file_of_another_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queues.db");
    rusqlite::Connection::open(&path)
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    let refused = Sqs::open(&Storage::File(path), Arc::new(|| 0));
    assert!(matches!(refused, Err(SqsError::Version { found: 99, .. })));
}
