//! A page that includes the script, in an engine with as much of a browser as the script sees.

use rquickjs::{CatchResultExt, Context, Runtime};
use serde::Deserialize;
use serde_json::{Value, json};
use widget_sessions::SCRIPT;

use crate::desk::{Answer, Desk, NOW, ORIGIN, post};

/// The API, under which the script is included.
const API: &str = "https://api.example.org";
/// Most requests that one turn of a page makes: a script that never stops asking fails its test.
const MAX_REQUESTS: usize = 100;

/// A page that is open.
pub(crate) struct Page {
    runtime: Runtime,
    context: Context,
}

/// What a browser has before a page is loaded.
pub(crate) struct Before {
    /// What is kept of pages before, as JSON.
    pub(crate) storage: String,
    /// Run before the script: what this browser or this page has that others have not.
    pub(crate) prelude: &'static str,
    pub(crate) now: i64,
    pub(crate) href: &'static str,
}

impl Default for Before {
    fn default() -> Self {
        Self {
            storage: "{}".to_owned(),
            prelude: "",
            now: NOW,
            href: "https://www.example.com/parcels?order=4711#where",
        }
    }
}

/// A request that the script has made.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Asked {
    id: u64,
    pub(crate) url: String,
    pub(crate) options: Value,
}

impl Asked {
    pub(crate) fn body(&self) -> Value {
        serde_json::from_str(self.options["body"].as_str().unwrap()).unwrap()
    }
}

impl Page {
    /// A page of the configured origin, loaded in a browser that has seen nothing yet.
    pub(crate) fn open() -> Self {
        Self::open_in(&Before::default())
    }

    pub(crate) fn open_in(before: &Before) -> Self {
        let runtime = Runtime::new().unwrap();
        let context = Context::full(&runtime).unwrap();
        let page = Self { runtime, context };
        page.run(include_str!("browser.js"));
        let tag = json!({"src": format!("{API}/v1/widget.js"), "dataset": {"widget": "shop"}});
        page.run(&format!(
            "browser.now = {}; Object.assign(storage, {}); location.href = {}; document.title = 'Parcels';
             document.referrer = 'https://search.example.net/?q=ada'; document.currentScript = {tag};
             location.origin = {};",
            before.now,
            before.storage,
            json!(before.href),
            json!(ORIGIN),
        ));
        page.run(before.prelude);
        page.run(SCRIPT);
        page.run("document.currentScript = null;");
        page
    }

    /// Runs a piece of the page's own code.
    pub(crate) fn run(&self, code: &str) {
        self.context.with(|context| {
            let done = context.eval::<rquickjs::Value<'_>, _>(code).catch(&context);
            if let Err(error) = done {
                panic!("{error}\nin {code}");
            }
        });
        while self.runtime.is_job_pending() {
            assert!(self.runtime.execute_pending_job().is_ok(), "after {code}");
        }
    }

    /// The value of an expression.
    pub(crate) fn value(&self, expression: &str) -> Value {
        let text = self.context.with(|context| {
            let code = format!("String(JSON.stringify({expression}))");
            context.eval::<String, _>(code).catch(&context).unwrap()
        });
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Lets time pass on the page.
    pub(crate) fn pass(&self, millis: i64) {
        self.run(&format!("browser.pass({millis});"));
    }

    /// What was asked for and is not answered yet.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        serde_json::from_value(self.value("JSON.parse(browser.open())")).unwrap()
    }

    pub(crate) fn answer(&self, asked: &Asked, status: i64, headers: &Value, text: &str) {
        let text = json!(text);
        self.run(&format!(
            "browser.answer({}, {status}, {headers}, {text});",
            asked.id
        ));
    }

    pub(crate) fn fail(&self, asked: &Asked) {
        self.run(&format!("browser.fail({});", asked.id));
    }

    /// Answers all that is asked for, and what comes of that, as the function does. Gives the statuses.
    pub(crate) async fn serve(&self, desk: &Desk) -> Vec<i64> {
        let mut statuses = Vec::new();
        loop {
            // What is to be done at once is done by a timer.
            self.pass(0);
            let Some(asked) = self.asked().into_iter().next() else {
                return statuses;
            };
            assert_eq!(asked.url, format!("{API}/v1/widget/sessions"));
            assert!(statuses.len() < MAX_REQUESTS, "{statuses:?}");
            let text = asked.options["body"].as_str().unwrap();
            let answer: Answer = desk.ask(post(text)).await;
            self.answer(&asked, answer.status, &json!(answer.headers), &answer.text);
            statuses.push(answer.status);
        }
    }

    /// What the page sent when it was left.
    pub(crate) fn beacons(&self) -> Vec<Value> {
        let beacons = self.value("browser.beacons.splice(0)");
        let bodies = beacons.as_array().unwrap().iter();
        bodies
            .map(|beacon| {
                assert_eq!(beacon["url"], format!("{API}/v1/widget/sessions"));
                serde_json::from_str(beacon["body"].as_str().unwrap()).unwrap()
            })
            .collect()
    }

    /// What the browser keeps for the pages after, as JSON.
    pub(crate) fn storage(&self) -> String {
        self.value("storage").to_string()
    }

    /// What the script keeps.
    pub(crate) fn kept(&self) -> Value {
        self.value("JSON.parse(storage['cornerstore:shop'])")
    }

    /// The kinds of the events that wait to be sent.
    pub(crate) fn waiting(&self) -> Vec<String> {
        let kept = self.kept();
        let events = kept["q"].as_array().unwrap().iter();
        events
            .map(|event| event["kind"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Takes over what another tab of the same browser keeps.
    pub(crate) fn sees(&self, other: &Page) {
        let storage = other.storage();
        self.run(&format!("Object.assign(storage, {storage});"));
    }

    pub(crate) fn is_silent(&self) -> bool {
        self.asked().is_empty() && self.beacons().is_empty() && self.value("browser.stored") == 0
    }
}
