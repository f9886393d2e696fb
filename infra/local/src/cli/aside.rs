//! `dlq` and `quarantine`: what was set aside, looked at and sent again.
//!
//! Sending again goes message by message: it is sent first, and deleted only when the queue has it. A crash between the
//! two leaves it in both, which is harmless: what is stored already is found to be a duplicate. SQS's own
//! `StartMessageMoveTask` is not used: it takes all of a queue or nothing, knows only dead-letter queues and so not the
//! quarantine, does not tell what it moved, and goes on moving what failed again meanwhile.

mod discard;
mod list;
mod plain;
mod resend;
mod show;
mod walk;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};

use super::CliError;
use super::reach::{DEAD_LETTERS, QUARANTINE, Reach, SOURCE_QUEUES, UNDELIVERED};
use resend::Meant;
use walk::MAX_LOOKED_AT;

/// What failed as often as its queue allows.
#[derive(Debug, Args)]
pub(super) struct DeadLetters {
    #[command(subcommand)]
    what: OfDeadLetters,
}

#[derive(Debug, Subcommand)]
enum OfDeadLetters {
    /// Count what lies in the dead-letter queues, by queue and source. Each is gone 14 days after it was first sent.
    List(Where),
    /// Show messages: attributes, how often and when they were received.
    Show(ShowDead),
    /// Send messages back to the queues that they failed in.
    Redrive(Redrive),
    /// Delete one message for good.
    Discard(DiscardDead),
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
    /// Delete one message for good.
    Discard(Discard),
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
    /// Only the dead letters of this queue, such as call-events; or undelivered.
    #[arg(long)]
    queue: Option<String>,
}

#[derive(Debug, Args)]
struct Show {
    #[command(flatten)]
    reach: Reach,
    /// The message's id, as `list` or the logs tell it; or its beginning. Without it and without a reason: all of them.
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    id: Option<String>,
    /// Those that were refused for this reason, such as not_json.
    #[arg(long, value_name = "CODE")]
    reason: Option<String>,
    /// Print bodies, and attributes that providers write, too. They hold personal data: keep them off tickets and chats.
    #[arg(long)]
    body: bool,
}

#[derive(Debug, Args)]
struct ShowDead {
    #[command(flatten)]
    show: Show,
    /// Only the dead letters of this queue, such as call-events; or undelivered.
    #[arg(long)]
    queue: Option<String>,
}

#[derive(Debug, Args)]
struct Discard {
    #[command(flatten)]
    reach: Reach,
    /// The message's whole id, as `show` tells it.
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    id: String,
}

#[derive(Debug, Args)]
struct DiscardDead {
    #[command(flatten)]
    discard: Discard,
    /// Whose dead letters it is among, such as call-events; or undelivered.
    #[arg(long)]
    queue: String,
}

#[derive(Debug, Args)]
struct Redrive {
    #[command(flatten)]
    reach: Reach,
    /// Only the dead letters of this queue, such as call-events; or undelivered, which needs --id and --to.
    #[arg(long)]
    queue: Option<String>,
    /// With --queue undelivered: the queue that the message should have reached, which it does not say.
    #[arg(long, value_name = "QUEUE")]
    to: Option<String>,
    /// Only this message, by its whole id.
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
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
    /// Only this message, by its whole id.
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    id: Option<String>,
    /// With --id: to this queue, where the one that it came from was the wrong one.
    #[arg(long, value_name = "QUEUE", requires = "id")]
    to: Option<String>,
    /// At most so many; calling again goes on.
    #[arg(long, default_value_t = MAX_LOOKED_AT, value_name = "N")]
    max: usize,
}

/// Which ids are meant.
#[derive(Debug, Clone, Copy)]
enum Id<'a> {
    /// This one.
    Is(&'a str),
    /// Those that begin so. Only looking may be about more than was named.
    Begins(&'a str),
}

/// Which messages are meant.
#[derive(Debug, Clone, Copy, Default)]
struct Wanted<'a> {
    id: Option<Id<'a>>,
    reason: Option<&'a str>,
}

impl Wanted<'_> {
    /// Whether it is the one that was named by its whole id, so that no other is meant.
    fn names(&self, message: &walk::Aside) -> bool {
        match self.id {
            None => false,
            Some(Id::Is(id) | Id::Begins(id)) => message.id == id,
        }
    }

    fn means(&self, message: &walk::Aside) -> bool {
        let is_id = match self.id {
            None => true,
            Some(Id::Is(id)) => message.id == id,
            Some(Id::Begins(id)) => message.id.starts_with(id),
        };
        is_id
            && self
                .reason
                .is_none_or(|reason| message.said("reason_code") == Some(reason))
    }
}

pub(super) async fn dead_letters(options: DeadLetters) -> Result<(), CliError> {
    match options.what {
        OfDeadLetters::List(options) => {
            let names = named(options.queue.as_deref())?;
            list::list(&options.reach.queues()?, &names, &["source"]).await
        }
        OfDeadLetters::Show(options) => {
            let names = named(options.queue.as_deref())?;
            let show = options.show;
            show::show(&show.reach.queues()?, &names, &show).await
        }
        OfDeadLetters::Redrive(options) => {
            let (queue, to) = (options.queue.as_deref(), options.to.as_deref());
            let (names, to) = redriven(queue, to, options.id.is_some())?;
            let meant = Meant {
                wanted: Wanted {
                    id: options.id.as_deref().map(Id::Is),
                    reason: None,
                },
                to,
                max: options.max,
            };
            resend::resend(&options.reach.queues_to_change()?, &names, meant).await
        }
        OfDeadLetters::Discard(options) => {
            let Discard { reach, id } = options.discard;
            let name = match options.queue.as_str() {
                UNDELIVERED => UNDELIVERED.to_owned(),
                queue => format!("{}{DEAD_LETTERS}", source_queue(queue)?),
            };
            discard::discard(&reach.queues_to_change()?, &name, &id).await
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
            let meant = Meant {
                wanted: Wanted {
                    id: options.id.as_deref().map(Id::Is),
                    reason: options.reason.as_deref(),
                },
                to: options.to.as_deref().map(source_queue).transpose()?,
                max: options.max,
            };
            resend::resend(&options.reach.queues_to_change()?, &names, meant).await
        }
        OfQuarantine::Discard(options) => {
            discard::discard(&options.reach.queues_to_change()?, QUARANTINE, &options.id).await
        }
    }
}

/// The dead-letter queues of one queue, or of all, with what reached none.
fn named(queue: Option<&str>) -> Result<Vec<String>, CliError> {
    if queue == Some(UNDELIVERED) {
        return Ok(vec![UNDELIVERED.to_owned()]);
    }
    let queue = queue.map(source_queue).transpose()?;
    let all = SOURCE_QUEUES.into_iter();
    let meant = all.filter(|name| queue.is_none_or(|queue| queue == *name));
    let mut names: Vec<_> = meant.map(|name| format!("{name}{DEAD_LETTERS}")).collect();
    if queue.is_none() {
        names.push(UNDELIVERED.to_owned());
    }
    Ok(names)
}

/// The queues whose messages go back, and where to if they do not say.
fn redriven(
    queue: Option<&str>,
    to: Option<&str>,
    is_one: bool,
) -> Result<(Vec<String>, Option<&'static str>), CliError> {
    let to = to.map(source_queue).transpose()?;
    match (queue == Some(UNDELIVERED), to) {
        (true, None) => Err(CliError::ToWhich),
        // They are of several queues, and some are no events at all.
        (true, Some(_)) if !is_one => Err(CliError::WhichOne),
        (false, Some(_)) => Err(CliError::ToKnown),
        (true, Some(_)) | (false, None) => {
            let mut names = named(queue)?;
            // Nobody can say for all at once where they belong.
            names.retain(|name| to.is_some() || name != UNDELIVERED);
            Ok((names, to))
        }
    }
}

/// A queue that functions take from, by its name or that of its dead letters.
fn source_queue(name: &str) -> Result<&'static str, CliError> {
    let name = name.strip_suffix(DEAD_LETTERS).unwrap_or(name);
    let known = SOURCE_QUEUES.into_iter().find(|known| *known == name);
    known.ok_or_else(|| CliError::NoQueue {
        name: name.to_owned(),
        known: SOURCE_QUEUES.join(", "),
    })
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

    #[test]
    fn what_reached_no_queue_is_sent_one_by_one_where_somebody_says_and_nowhere_else() {
        let (names, to) = redriven(Some("undelivered"), Some("chat-events"), true).unwrap();
        assert_eq!((names.len(), to), (1, Some("chat-events")));
        for (queue, to, is_one) in [
            (Some("undelivered"), None, true),
            (Some("undelivered"), Some("chat-events"), false),
            (Some("undelivered"), Some("quarantine"), true),
            (Some("call-events"), Some("chat-events"), true),
            (None, Some("chat-events"), true),
        ] {
            assert!(redriven(queue, to, is_one).is_err(), "{queue:?} {to:?}");
        }
        let (names, _) = redriven(None, None, false).unwrap();
        assert!(!names.contains(&UNDELIVERED.to_owned()) && names.len() == SOURCE_QUEUES.len());
        assert!(named(None).unwrap().contains(&UNDELIVERED.to_owned()));
    }

    #[test]
    fn only_looking_takes_the_beginning_of_an_id() {
        use clap::Parser as _;
        let refused = |line: &str| crate::cli::Cli::try_parse_from(line.split(' ')).is_err();
        for line in [
            "cornerstore dlq redrive --id ",
            "cornerstore quarantine replay --id ",
            "cornerstore quarantine discard --id ",
            "cornerstore quarantine discard",
            "cornerstore dlq show ",
            "cornerstore quarantine show 4f --queue call-events",
            "cornerstore dlq discard --id 4f",
            "cornerstore dlq discard --queue call-events",
            "cornerstore quarantine replay --to call-events",
        ] {
            assert!(refused(line), "{line}");
        }
        assert!(!refused("cornerstore dlq show 4f --queue call-events"));
        assert!(!refused("cornerstore quarantine discard --id 4f"));
        assert!(!refused(
            "cornerstore dlq discard --queue call-events --id 4f"
        ));
        assert!(!refused(
            "cornerstore quarantine replay --id 4f --to call-events"
        ));
    }

    #[test]
    fn what_names_a_deployed_stack_is_refused_without_aws() {
        use clap::Parser as _;
        let parsed = |line: &str| crate::cli::Cli::try_parse_from(line.split(' ')).is_ok();
        for command in [
            "dlq list",
            "dlq redrive",
            "quarantine discard --id 4f",
            "rebuild --all",
        ] {
            assert!(parsed(&format!("cornerstore {command}")));
            assert!(parsed(&format!("cornerstore {command} --aws --stack prod")));
            assert!(
                !parsed(&format!("cornerstore {command} --stack prod")),
                "{command}"
            );
        }
        assert!(parsed("cornerstore rebuild --all --aws --table timeline"));
        assert!(!parsed("cornerstore rebuild --all --table timeline"));
    }
}
