//! The script in a real browser, on real pages of two origins, against the function and an embedded queue.
//!
//! `cargo run -p widget-sessions --example in-browser -- "$(tests/tools/chromium)"`
#![expect(
    clippy::unwrap_used,
    reason = "it is a test that needs a browser: what is not there is a failure"
)]

#[path = "../tests/widget/desk.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod desk;

use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use desk::Desk;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Longest time that the browser may take for one journey.
const PATIENCE: Duration = Duration::from_secs(60);
/// For how long the pages live, in milliseconds of the browser's own time.
const LIFE_MS: u32 = 40_000;
/// Longest body that the API reads, as API Gateway does.
const MAX_BODY: usize = 10 * 1024 * 1024;

/// The API as API Gateway would be in front of the function, and what was asked of it.
struct Api {
    desk: Desk,
    asked: Mutex<Vec<Value>>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let browser = std::env::args()
        .nth(1)
        .expect("the browser's path is given");
    let site = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = site.local_addr().unwrap().port();
    let desk = Desk::open_for(&format!("http://127.0.0.1:{port}")).await;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = i64::try_from(now.as_millis()).unwrap();
    desk.now.store(now, Ordering::SeqCst);
    let api = Arc::new(Api {
        desk,
        asked: Mutex::default(),
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let api_port = Arc::new(AtomicU16::new(listener.local_addr().unwrap().port()));
    let served = Router::new().fallback(call).with_state(Arc::clone(&api));
    tokio::spawn(axum::serve(listener, served).into_future());
    let pages = Router::new().fallback(page).with_state(api_port);
    tokio::spawn(axum::serve(site, pages).into_future());

    let visit = async |host: &str, page: &str| {
        run(&browser, &format!("http://{host}:{port}/{page}")).await;
        std::mem::take(&mut *api.asked.lock().unwrap())
    };
    journey(
        &visit("127.0.0.1", "first?token=4711#part").await,
        &api.desk,
        port,
    )
    .await;
    quiet(&visit("127.0.0.1", "quiet").await);
    foreign(&visit("localhost", "foreign").await, &api.desk).await;
    eprintln!("the script does what it should in {browser}");
}

/// Two pages of one visit: all is told, the last of the first page when it is left.
async fn journey(asked: &[Value], desk: &Desk, port: u16) {
    let posts: Vec<&Value> = asked.iter().filter(|one| one["method"] == "POST").collect();
    assert!(posts.len() >= 4, "{asked:#?}");
    for post in &posts {
        assert_eq!(post["origin"], format!("http://127.0.0.1:{port}"));
        assert_eq!(post["kind"], "text/plain;charset=UTF-8");
        assert_eq!(post["cookie"], Value::Null);
    }
    assert!(
        asked.iter().all(|one| one["method"] != "OPTIONS"),
        "a browser need not ask before it sends plain text"
    );
    let beacons = posts.iter().filter(|post| post["mode"] == "no-cors");
    let taken: Vec<_> = beacons.map(|beacon| &beacon["status"]).collect();
    assert_eq!(taken.first(), Some(&&json!(202)), "{asked:#?}");
    let queued = desk.queued().await;
    let sessions: Vec<_> = queued.iter().map(|body| &body["session"]).collect();
    assert!(
        sessions.iter().all(|session| *session == sessions[0]),
        "{sessions:?}"
    );
    let events = queued
        .iter()
        .flat_map(|body| body["events"].as_array().unwrap());
    let mut told: Vec<(i64, String)> = events
        .map(|event| {
            let what = ["url", "name", "text", "email"]
                .iter()
                .find_map(|name| event[name].as_str());
            let what = format!("{} {}", event["kind"].as_str().unwrap(), what.unwrap());
            (event["at"].as_i64().unwrap(), what)
        })
        .collect();
    told.sort();
    // What a beacon has told is told again by the next page, under the same id.
    told.dedup();
    let told: Vec<_> = told.into_iter().map(|(_, what)| what).collect();
    let site = format!("http://127.0.0.1:{port}");
    let expected = [
        format!("page {site}/first"),
        "action Clicked".to_owned(),
        "identify ada@example.com".to_owned(),
        "message Leaving".to_owned(),
        format!("page {site}/second"),
        format!("page {site}/second/step"),
    ];
    assert_eq!(told, expected);
    assert!(!json!(queued).to_string().contains("4711"));
}

/// A visitor who wants no tracking: the script is loaded, and that is all.
fn quiet(asked: &[Value]) {
    let methods: Vec<_> = asked.iter().map(|one| &one["method"]).collect();
    assert_eq!(methods, ["GET"], "{asked:#?}");
}

/// A page of another origin: refused once, and then silent.
async fn foreign(asked: &[Value], desk: &Desk) {
    let statuses: Vec<_> = asked.iter().map(|one| &one["status"]).collect();
    assert_eq!(statuses[..2], [200, 403], "{asked:#?}");
    // The browser does not show the refusal to the page, which so takes it for an outage and asks ever less often.
    assert!(statuses.len() < 10, "{asked:#?}");
    let none: [Value; 0] = [];
    assert_eq!(desk.queued().await, none);
}

async fn run(browser: &str, url: &str) {
    let profile = tempfile::tempdir().unwrap();
    let mut command = tokio::process::Command::new(browser);
    command
        .arg("--headless")
        .arg("--no-sandbox")
        .arg("--disable-gpu")
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("--virtual-time-budget={LIFE_MS}"))
        .arg("--dump-dom")
        .arg(url)
        .kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output()).await;
    let output = output.expect("the browser ends in time").unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The pages of the website.
async fn page(State(api): State<Arc<AtomicU16>>, request: Request) -> Response {
    let does = match request.uri().path() {
        "/first" => {
            "cornerstore.track('Clicked', {n: 1}); cornerstore.identify({email: 'ada@example.com'});
             setTimeout(() => { cornerstore.message('Leaving'); location.href = '/second'; }, 7000);"
        }
        "/second" => "setTimeout(() => history.pushState({}, '', '/second/step?secret=4711'), 1000);",
        "/quiet" => {
            "cornerstore.track('Clicked'); setTimeout(() => { location.href = '/gone'; }, 7000);"
        }
        "/foreign" => "cornerstore.track('Clicked');",
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let before = match request.uri().path() {
        "/quiet" => "Object.defineProperty(navigator, 'globalPrivacyControl', {value: true});",
        _ => "",
    };
    let api = api.load(Ordering::SeqCst);
    Html(format!(
        "<!doctype html><title>Sample</title><script>{before}</script>
         <script async src=\"http://127.0.0.1:{api}/v1/widget.js\" data-widget=\"shop\" onload=\"{does}\"></script>"
    ))
    .into_response()
}

/// A request as API Gateway hands it on, and the function's answer.
async fn call(State(api): State<Arc<Api>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, MAX_BODY).await.unwrap();
    let header = |name: &str| parts.headers.get(name).map(|value| value.to_str().unwrap());
    let route = format!("{} {}", parts.method, parts.uri.path());
    let mut event = desk::sample("session");
    event["routeKey"] = json!(route);
    event["body"] = json!(String::from_utf8(body.to_vec()).unwrap());
    let headers = ["origin", "content-type", "if-none-match"]
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), json!(header(name)?))));
    event["headers"] = Value::Object(headers.collect());
    let answer = api.desk.ask(event).await;
    api.asked.lock().unwrap().push(json!({
        "method": parts.method.as_str(),
        "origin": header("origin"),
        "kind": header("content-type"),
        "cookie": header("cookie"),
        "mode": header("sec-fetch-mode"),
        "status": answer.status,
    }));
    let status = StatusCode::from_u16(u16::try_from(answer.status).unwrap()).unwrap();
    let mut response = (status, answer.text).into_response();
    response.headers_mut().remove("content-type");
    for (name, value) in answer.headers {
        let name: axum::http::HeaderName = name.parse().unwrap();
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}
