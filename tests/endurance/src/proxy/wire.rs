//! Requests and answers as bytes, so that an answer can end anywhere.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Longest head of a request.
const MAX_HEAD: usize = 64 * 1024;
/// Longest request.
const MAX_REQUEST: usize = 16 * 1024 * 1024;
/// Longest answer.
const MAX_ANSWER: u64 = 32 * 1024 * 1024;
/// Longest time that the emulator is waited for: a poll of twenty seconds and some.
const UPSTREAM_LIMIT: Duration = Duration::from_secs(30);
const HEAD_END: &[u8] = b"\r\n\r\n";

/// Where the body begins; at the end where the head has none.
pub(super) fn body_start(bytes: &[u8]) -> usize {
    let end = bytes
        .windows(HEAD_END.len())
        .position(|window| window == HEAD_END);
    end.map_or(bytes.len(), |end| end + HEAD_END.len())
}

/// Reads one request with its whole body.
pub(super) async fn read_request(client: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut request = Vec::new();
    let mut wanted = None;
    loop {
        if let Some(wanted) = wanted
            && request.len() >= wanted
        {
            return Ok(request);
        }
        if client.read_buf(&mut request).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if wanted.is_none() {
            let start = body_start(&request);
            let is_whole = request[..start].ends_with(HEAD_END);
            if is_whole {
                let length = header(&request[..start], "content-length");
                let length: usize = length.and_then(|length| length.parse().ok()).unwrap_or(0);
                wanted = Some(start + length);
            } else if request.len() > MAX_HEAD {
                return Err(io::ErrorKind::InvalidData.into());
            }
        }
        if wanted.is_some_and(|wanted| wanted > MAX_REQUEST) {
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
}

/// A header's value, by its name in lower case.
fn header(head: &[u8], name: &str) -> Option<String> {
    let head = String::from_utf8_lossy(head);
    head.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        (found.trim().eq_ignore_ascii_case(name)).then(|| value.trim().to_owned())
    })
}

/// Passes a request on and reads the whole answer, as its bytes. The emulator is asked to close behind it, and the client
/// is told so.
pub(super) async fn forward(upstream: SocketAddr, request: &[u8]) -> io::Result<Vec<u8>> {
    let start = body_start(request);
    let head = String::from_utf8_lossy(&request[..start]);
    let mut closing = String::new();
    for line in head.lines().filter(|line| !line.is_empty()) {
        let name = line.split(':').next().unwrap_or_default().trim();
        if !name.eq_ignore_ascii_case("connection") {
            closing.push_str(line);
            closing.push_str("\r\n");
        }
    }
    closing.push_str("connection: close\r\n\r\n");
    let exchange = async {
        let mut server = TcpStream::connect(upstream).await?;
        server.write_all(closing.as_bytes()).await?;
        server.write_all(&request[start..]).await?;
        let mut answer = Vec::new();
        server.take(MAX_ANSWER).read_to_end(&mut answer).await?;
        Ok(closed(&answer))
    };
    tokio::time::timeout(UPSTREAM_LIMIT, exchange)
        .await
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// The answer, saying that the connection ends behind it.
fn closed(answer: &[u8]) -> Vec<u8> {
    let start = body_start(answer);
    if header(&answer[..start], "connection").is_some() {
        return answer.to_vec();
    }
    let mut closed = answer[..start.saturating_sub(2)].to_vec();
    closed.extend_from_slice(b"connection: close\r\n\r\n");
    closed.extend_from_slice(&answer[start..]);
    closed
}

/// As services answer that have failed.
pub(super) fn internal_error() -> Vec<u8> {
    answer(
        "500 Internal Server Error",
        r#"{"__type":"InternalServerError","message":"the service has failed"}"#,
        "",
    )
}

/// As the service refuses that has too much to do, in its own words.
pub(super) fn throttled(request: &[u8]) -> Vec<u8> {
    let target = header(&request[..body_start(request)], "x-amz-target").unwrap_or_default();
    if target.starts_with("AmazonSQS") {
        answer(
            "400 Bad Request",
            r#"{"__type":"com.amazonaws.sqs#RequestThrottled","message":"The request was denied due to request throttling."}"#,
            "x-amzn-query-error: RequestThrottled;Sender\r\n",
        )
    } else {
        answer(
            "400 Bad Request",
            r#"{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"Rate of requests exceeds the allowed throughput."}"#,
            "",
        )
    }
}

fn answer(status: &str, body: &str, more: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {}\r\n{more}\
         connection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_service_refuses_in_its_own_words() {
        let of = |target: &str| {
            let request = format!("POST / HTTP/1.1\r\nX-Amz-Target: {target}\r\n\r\n{{}}");
            String::from_utf8(throttled(request.as_bytes())).unwrap()
        };
        assert!(of("AmazonSQS.SendMessage").contains("RequestThrottled"));
        assert!(of("DynamoDB_20120810.PutItem").contains("ThrottlingException"));
    }

    #[test]
    fn an_answer_says_once_that_the_connection_ends() {
        let open = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
        let once = closed(open);
        assert!(once.ends_with(b"connection: close\r\n\r\nok"));
        assert_eq!(closed(&once), once);
    }
}
