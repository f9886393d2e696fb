//! The table falls silent: the agent is told at once, and no event is lost.

use std::path::{Path, PathBuf};
use std::time::Duration;

use cornerstore::stack::{self, Options, Running};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::desk::{Backend, Desk, eventually, fixture};

/// Most bytes of a request's head.
const MAX_HEAD: usize = 64 * 1024;
/// A pop has its own limit of 1.5 s; the rest is for a slow machine.
const POP_LIMIT: Duration = Duration::from_secs(3);

/// The line between a stack and its queues and tables, which can fall silent for the tables alone.
struct Line {
    url: String,
    tables_answer: watch::Sender<bool>,
    /// The stack whose queues and tables are behind the line, if they are embedded.
    _behind: Option<Running>,
}

impl Line {
    async fn open(on: Backend) -> Self {
        let (sqs, dynamodb, behind) = match on.options().endpoint {
            Some(url) => (url.clone(), url, None),
            None => {
                let behind = stack::start(&Options::in_memory()).await.unwrap();
                (behind.sqs.clone(), behind.dynamodb.clone(), Some(behind))
            }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (tables_answer, answering) = watch::channel(true);
        let address = |url: &str| url.trim_start_matches("http://").to_owned();
        let (sqs, dynamodb) = (address(&sqs), address(&dynamodb));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (sqs, dynamodb, answering) = (sqs.clone(), dynamodb.clone(), answering.clone());
                // A connection that breaks is the client's to see.
                tokio::spawn(async move { carry(client, &sqs, &dynamodb, answering).await });
            }
        });
        Self {
            url,
            tables_answer,
            _behind: behind,
        }
    }
}

/// Carries one connection. A client talks to one service on a connection, so its first request tells which.
async fn carry(
    mut client: TcpStream,
    sqs: &str,
    dynamodb: &str,
    mut answering: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") && head.len() < MAX_HEAD {
        if client.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    }
    if !String::from_utf8_lossy(&head).contains("DynamoDB_20120810") {
        let mut server = TcpStream::connect(sqs).await?;
        server.write_all(&head).await?;
        return copy_bidirectional(&mut client, &mut server)
            .await
            .map(|_| ());
    }
    if *answering.borrow() {
        let mut server = TcpStream::connect(dynamodb).await?;
        server.write_all(&head).await?;
        tokio::select! {
            ended = copy_bidirectional(&mut client, &mut server) => return ended.map(|_| ()),
            _ = answering.wait_for(|answering| !answering) => {}
        }
    }
    // Silence: the connection stands and nothing comes back.
    let _ = answering.wait_for(|answering| *answering).await;
    Ok(())
}

/// A copy of the template with other values.
pub(crate) fn template(folder: &Path, changes: &[(&str, &str)]) -> PathBuf {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../template.yaml");
    let mut text = std::fs::read_to_string(ours).unwrap();
    for (from, to) in changes {
        assert!(text.contains(from), "the template has no {from}");
        text = text.replace(from, to);
    }
    let path = folder.join("template.yaml");
    std::fs::write(&path, text).unwrap();
    path
}

/// A stack over a line, whose functions give up after so many seconds and whose messages come back then.
async fn over(line: &Line, folder: &Path, timeout_s: u32, tries: u32) -> Desk {
    let (timeout, visibility) = (
        format!("Timeout: {timeout_s}"),
        format!("VisibilityTimeout: {timeout_s}"),
    );
    let tries = format!("maxReceiveCount: {tries}");
    let changes = [
        ("VisibilityTimeout: 190", visibility.as_str()),
        (" Timeout: 30", &format!(" {timeout}")),
        ("maxReceiveCount: 5", &tries),
    ];
    let options = Options {
        endpoint: Some(line.url.clone()),
        template: Some(template(folder, &changes)),
        ..Backend::Embedded.options()
    };
    Desk::start(&options).await
}

pub(crate) async fn without_its_table_a_pop_is_degraded_and_events_wait(on: Backend) {
    let (line, folder) = (Line::open(on).await, tempfile::tempdir().unwrap());
    let desk = over(&line, folder.path(), 4, 100).await;
    desk.send("call-events", &fixture("cti/new-call.txt")).await;
    desk.settle().await;
    assert_eq!(desk.pop("phone=14155550142").await["state"], "match");

    line.tables_answer.send(false).unwrap();
    let began = Instant::now();
    let pop = desk.pop("phone=14155550142").await;
    assert!(began.elapsed() < POP_LIMIT, "{:?}", began.elapsed());
    assert_eq!(pop["state"], "degraded", "{pop}");
    let answer = desk.get("/v1/interactions/cti:8437461").await;
    assert_eq!(
        (answer.status, answer.content_type.as_str()),
        (503, "application/problem+json")
    );
    desk.send("call-events", &fixture("cti/hangup.txt")).await;
    eventually("a function to try", || async {
        match desk.depth("call-events").await {
            (_, 1) => Ok(()),
            depth => Err(format!("{depth:?}")),
        }
    })
    .await;

    line.tables_answer.send(true).unwrap();
    let call = desk.interaction("cti:8437461", 2).await;
    assert_eq!(call["state"], "abandoned");
    assert_eq!(desk.pop("phone=14155550142").await["state"], "match");
    assert_eq!(desk.quarantined().await.len(), 0);
}

pub(crate) async fn an_event_that_always_fails_ends_in_the_dead_letter_queue(on: Backend) {
    let (line, folder) = (Line::open(on).await, tempfile::tempdir().unwrap());
    let desk = over(&line, folder.path(), 2, 2).await;
    line.tables_answer.send(false).unwrap();
    let body = fixture("cti/new-call.txt");
    desk.send("call-events", &body).await;
    eventually("the dead letter", || async {
        match desk.depth("call-events-dlq").await {
            (1, _) => Ok(()),
            depth => Err(format!("{depth:?}")),
        }
    })
    .await;
    assert_eq!(desk.depth("call-events").await, (0, 0));
    let dead = desk.take_all("call-events-dlq").await;
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].body, body, "it can be sent again as it was");
    assert_eq!(desk.quarantined().await.len(), 0, "it was not refused");
}
