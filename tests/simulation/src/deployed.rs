//! The stack that template.yaml deploys: what is simulated of queues, mappings, functions and routes is read there.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;

use lambda_kit::config::Env;
use sam_template::{
    Function, GeneratedSecret, Pseudo, Queue, QueueEvent, Resolver, Stack, Template, TemplateError,
};

use crate::story::{LINK_SOURCES, OWN_IDENTITIES};
use crate::world::World;

/// The project's template.
const TEMPLATE: &str = include_str!("../../../template.yaml");
/// The stack's name.
const STACK: &str = "simulation";
/// The stack's secret in every history.
pub(crate) const SECRET: &str = "the secret of the simulation";
/// The table's name.
pub(crate) const TABLE: &str = "timeline";

/// What only the simulation can say of the stack: under which name the table is.
struct Simulated<'a> {
    table: &'a str,
}

impl Resolver for Simulated<'_> {
    fn queue_url(&self, queue: &str) -> String {
        let short = queue.strip_prefix(STACK).unwrap_or(queue);
        let short = short.trim_start_matches('-');
        format!("https://sqs.us-east-1.amazonaws.com/123456789012/{short}")
    }

    fn table_name(&self, _: &str) -> String {
        self.table.to_owned()
    }

    fn secret(&self, _: &GeneratedSecret) -> String {
        SECRET.to_owned()
    }
}

/// The stack of the project's template, its table under a name.
///
/// # Errors
/// When the template is not understood.
pub(crate) fn stack(table: &str) -> Result<Stack, TemplateError> {
    let parameters = [
        ("JwtIssuer", "https://issuer.example.com/"),
        ("JwtAudience", "desk"),
        ("LinkSources", LINK_SOURCES),
        ("OwnIdentities", OWN_IDENTITIES),
    ];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Template::parse(TEMPLATE)?.resolve(
        &BTreeMap::from(parameters),
        &Pseudo::local(STACK),
        &Simulated { table },
    )
}

static DEPLOYED: LazyLock<Stack> =
    LazyLock::new(|| stack(TABLE).expect("template.yaml is understood"));

/// A queue, by its name without the stack's.
///
/// # Panics
/// When template.yaml has none: then nothing is proved.
pub(crate) fn queue(name: &str) -> &'static Queue {
    let found = DEPLOYED.queues.iter().find(|it| it.short_name == name);
    found.expect("template.yaml has the queues that are simulated")
}

/// For how long a message of a queue is invisible once it is received.
pub(crate) fn invisible_ms(queue_name: &str) -> i64 {
    i64::from(queue(queue_name).visibility_timeout_s) * 1000
}

/// How often a message of a queue is received before it lies in the dead-letter queue; `None` where there is none.
pub(crate) fn most_receives(queue_name: &str) -> Option<u32> {
    let redrive = queue(queue_name).redrive.as_ref();
    redrive.map(|redrive| redrive.max_receive_count)
}

/// A function, by the name of its crate.
///
/// # Panics
/// When template.yaml has none: then nothing is proved.
pub(crate) fn function(name: &str) -> &'static Function {
    let named = |it: &&Function| it.folder.rsplit('/').next() == Some(name);
    let found = DEPLOYED.functions.iter().find(named);
    found.expect("template.yaml has the functions that are simulated")
}

/// What reads a queue: the function, and how it is called.
///
/// # Panics
/// When nothing or more than one function does: then nothing is proved.
pub(crate) fn reader(queue_name: &str) -> (&'static Function, &'static QueueEvent) {
    let id = &queue(queue_name).logical_id;
    let of = |it: &'static Function| it.queue_events.iter().map(move |event| (it, event));
    let mut readers = DEPLOYED.functions.iter().flat_map(of);
    let found = readers.find(|(_, event)| event.queue == *id);
    found.expect("template.yaml has a function for each queue of events")
}

/// The function to which a route leads, such as `GET /v1/screen-pop`.
///
/// # Panics
/// When template.yaml has no such route: then nothing is proved.
pub(crate) fn routed(route: &str) -> &'static Function {
    let (method, path) = route.split_once(' ').unwrap_or_default();
    let leads = |it: &&Function| {
        let mut routes = it.http_events.iter();
        routes.any(|there| there.method == method && there.path == path)
    };
    let found = DEPLOYED.functions.iter().find(leads);
    found.expect("template.yaml has the routes that are asked")
}

/// How long a function may run.
pub(crate) fn timeout(function: &Function) -> Duration {
    Duration::from_secs(u64::from(function.timeout_s))
}

/// A function's environment: what template.yaml gives it, and what Lambda gives each.
#[must_use]
pub(crate) fn environment(world: &World, function: &Function) -> Env {
    let lambda = [
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "simulated"),
        ("AWS_SECRET_ACCESS_KEY", "simulated"),
    ];
    let own = function.environment.iter();
    let mut all: BTreeMap<&str, String> = own
        .map(|(name, value)| (name.as_str(), value.clone()))
        .chain(lambda.map(|(name, value)| (name, value.to_owned())))
        .collect();
    // A parameter of the stack, of which each history has its own.
    if let Some(days) = all.get_mut("RETENTION_DAYS") {
        *days = world.inside().retention_days.to_string();
    }
    Env::from_map(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::QUEUES;

    #[test]
    fn each_queue_of_events_has_a_reader_that_says_what_failed_and_a_last_place() {
        for name in QUEUES {
            let (function, event) = reader(name);
            assert!(event.report_batch_item_failures, "{name}");
            assert!(event.batch_size > 0, "{name}");
            assert!(most_receives(name).is_some(), "{name}");
            let timeout_ms = i64::from(function.timeout_s) * 1000;
            assert!(invisible_ms(name) > timeout_ms, "{name}");
        }
    }

    #[test]
    fn a_route_leads_to_its_function() {
        for (route, name) in [
            ("GET /v1/customers/{id}/timeline", "screen-pop"),
            ("GET /v1/customers/{id}/candidates", "link-customers"),
            ("POST /v1/interactions", "wrap-up"),
            ("PATCH /v1/customers/{id}", "edit-profile"),
        ] {
            assert_eq!(routed(route), function(name), "{route}");
        }
    }
}
