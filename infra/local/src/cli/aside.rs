//! `dlq` and `quarantine`: what was set aside, looked at and sent again.
//!
//! Sending again goes message by message: it is sent first, and deleted only when the queue has it. A crash between the
//! two leaves it in both, which is harmless: what is stored already is found to be a duplicate. SQS's own
//! `StartMessageMoveTask` is not used: it takes all of a queue or nothing, knows only dead-letter queues and so not the
//! quarantine, does not tell what it moved, and goes on moving what failed again meanwhile.

mod list;
mod resend;
mod show;
mod walk;

use clap::{Args, Subcommand};

use super::CliError;
use super::reach::{DEAD_LETTERS, QUARANTINE, Reach, SOURCE_QUEUES};
use walk::MAX_LOOKED_AT;

/// What failed as often as its queue allows.
#[derive(Debug, Args)]
pub(super) struct DeadLetters {
    #[command(subcommand)]
    what: OfDeadLetters,
}

#[derive(Debug, Subcommand)]
enum OfDeadLetters {
    /// Count what lies in the dead-letter queues, by queue and source.
    List(Where),
    /// Show messages: attributes, how often and when they were received.
    Show(Show),
    /// Send messages back to the queues that they failed in.
    Redrive(Redrive),
}

/// What was read and refused.
#[derive(Debug, Args)]
pub(super) struct Quarantined {
    #[command(subcommand)]
    what: OfQuarantine,
}

#[derive(Debug, Subcommand)]
enum OfQuarantine {
    /// Count what lies in quarantine, by reason, source and queue.
    List(Reached),
    /// Show messages: why they were refused, attributes, when they came.
    Show(Show),
    /// Send messages to the queues that they came from, to be read again.
    Replay(Replay),
}

#[derive(Debug, Args)]
struct Reached {
    #[command(flatten)]
    reach: Reach,
}

#[derive(Debug, Args)]
struct Where {
    #[command(flatten)]
    reach: Reach,
    /// Only the dead letters of this queue, such as call-events.
    #[arg(long)]
    queue: Option<String>,
}

#[derive(Debug, Args)]
struct Show {
    #[command(flatten)]
    reach: Reach,
    /// The message's id, as `list` or the logs tell it; or its beginning.
    #[arg(required_unless_present = "reason")]
    id: Option<String>,
    /// Those that were refused for this reason, such as not_json.
    #[arg(long, value_name = "CODE")]
    reason: Option<String>,
    /// Print bodies, and attributes that providers write, too. They hold personal data: keep them off tickets and chats.
    #[arg(long)]
    body: bool,
    /// Only the dead letters of this queue, such as call-events.
    #[arg(long)]
    queue: Option<String>,
}

#[derive(Debug, Args)]
struct Redrive {
    #[command(flatten)]
    reach: Reach,
    /// Only the dead letters of this queue, such as call-events.
    #[arg(long)]
    queue: Option<String>,
    /// Only this message.
    #[arg(long)]
    id: Option<String>,
    /// At most so many; calling again goes on.
    #[arg(long, default_value_t = MAX_LOOKED_AT, value_name = "N")]
    max: usize,
}

#[derive(Debug, Args)]
struct Replay {
    #[command(flatten)]
    reach: Reach,
    /// Only what was refused for this reason, such as not_json.
    #[arg(long, value_name = "CODE")]
    reason: Option<String>,
    /// Only this message.
    #[arg(long)]
    id: Option<String>,
    /// At most so many; calling again goes on.
    #[arg(long, default_value_t = MAX_LOOKED_AT, value_name = "N")]
    max: usize,
}

/// Which messages are meant.
#[derive(Debug, Clone, Copy, Default)]
struct Wanted<'a> {
    /// What the id begins with.
    id: Option<&'a str>,
    reason: Option<&'a str>,
}

impl Wanted<'_> {
    fn means(&self, message: &walk::Aside) -> bool {
        self.id.is_none_or(|id| message.id.starts_with(id))
            && self
                .reason
                .is_none_or(|reason| message.said("reason_code") == Some(reason))
    }
}

pub(super) async fn dead_letters(options: DeadLetters) -> Result<(), CliError> {
    match options.what {
        OfDeadLetters::List(options) => {
            let queues = options.reach.queues()?;
            let names = named(options.queue.as_deref())?;
            list::list(&queues, &names, &["source"]).await
        }
        OfDeadLetters::Show(options) => {
            let names = named(options.queue.as_deref())?;
            show::show(&options.reach.queues()?, &names, &options).await
        }
        OfDeadLetters::Redrive(options) => {
            let names = named(options.queue.as_deref())?;
            let wanted = Wanted {
                id: options.id.as_deref(),
                reason: None,
            };
            resend::resend(&options.reach.queues()?, &names, wanted, options.max).await
        }
    }
}

pub(super) async fn quarantined(options: Quarantined) -> Result<(), CliError> {
    let names = [QUARANTINE.to_owned()];
    match options.what {
        OfQuarantine::List(options) => {
            let by = ["reason_code", "source", "queue"];
            list::list(&options.reach.queues()?, &names, &by).await
        }
        OfQuarantine::Show(options) => show::show(&options.reach.queues()?, &names, &options).await,
        OfQuarantine::Replay(options) => {
            let wanted = Wanted {
                id: options.id.as_deref(),
                reason: options.reason.as_deref(),
            };
            resend::resend(&options.reach.queues()?, &names, wanted, options.max).await
        }
    }
}

/// The dead-letter queues of one queue, or of all.
fn named(queue: Option<&str>) -> Result<Vec<String>, CliError> {
    let queue = queue.map(|name| name.strip_suffix(DEAD_LETTERS).unwrap_or(name));
    if let Some(name) = queue.filter(|name| !SOURCE_QUEUES.contains(name)) {
        return Err(CliError::NoQueue {
            name: name.to_owned(),
            known: SOURCE_QUEUES.join(", "),
        });
    }
    let all = SOURCE_QUEUES.into_iter();
    let meant = all.filter(|name| queue.is_none_or(|queue| queue == *name));
    Ok(meant.map(|name| format!("{name}{DEAD_LETTERS}")).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_queues_are_those_of_the_template() {
        let template = include_str!("../../../../template.yaml");
        let template = sam_template::Template::parse(template).unwrap();
        let resources = template.document()["Resources"].as_object().unwrap();
        let queues = resources
            .values()
            .filter(|resource| resource["Type"] == "AWS::SQS::Queue")
            .map(|queue| &queue["Properties"]);
        let mut names = BTreeSet::new();
        for queue in queues {
            let name = queue["QueueName"]["Fn::Sub"].as_str().unwrap();
            let name = name.strip_prefix("${AWS::StackName}-").unwrap();
            names.insert(name.to_owned());
            let is_source = queue.get("RedrivePolicy").is_some();
            assert_eq!(is_source, SOURCE_QUEUES.contains(&name), "{name}");
        }
        for name in named(None).unwrap() {
            assert!(names.contains(&name), "{name}");
        }
        assert!(names.contains(QUARANTINE));
    }

    #[test]
    fn a_queue_is_named_with_its_end_and_without() {
        assert_eq!(named(Some("call-events")).unwrap(), ["call-events-dlq"]);
        assert_eq!(named(Some("call-events-dlq")).unwrap(), ["call-events-dlq"]);
        assert!(named(Some("quarantine")).is_err());
    }
}
