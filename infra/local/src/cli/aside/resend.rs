//! Messages sent again: to the queue that they failed in, or that they came from.

use std::collections::BTreeMap;

use super::Wanted;
use super::list::plural;
use super::walk::{Aside, Walk};
use crate::cli::CliError;
use crate::cli::reach::{DEAD_LETTERS, QUARANTINE, Queues, SOURCE_QUEUES, UNDELIVERED};
use crate::stack;

/// Attributes that tell of the refusal. Reading the record again does without them.
const OF_REFUSAL: [&str; 4] = ["reason_code", "reason", "queue", "message_id"];

/// What is sent again.
#[derive(Clone, Copy)]
pub(super) struct Meant<'a> {
    pub(super) wanted: Wanted<'a>,
    /// To where, for those that were in no queue yet.
    pub(super) to: Option<&'static str>,
    /// At most so many.
    pub(super) max: usize,
}

/// What became of the messages of a queue.
#[derive(Default)]
struct Counts {
    sent: BTreeMap<&'static str, usize>,
    /// They do not say which queue they are of.
    homeless: usize,
}

/// Sends the messages of queues that are meant.
pub(super) async fn resend(
    queues: &Queues,
    names: &[String],
    meant: Meant<'_>,
) -> Result<(), CliError> {
    let mut left = meant.max;
    let (mut homeless, mut sent) = (0, 0);
    for name in names {
        let mut walk = Walk::through(queues, name).await?;
        let mut counts = Counts::default();
        let walked = resend_of(
            &mut walk,
            queues,
            name,
            Meant { max: left, ..meant },
            &mut counts,
        )
        .await;
        walk.give_back().await;
        for (target, number) in &counts.sent {
            anstream::println!("{name}: {number} {} sent to {target}", plural(*number));
        }
        if counts.homeless > 0 {
            let (number, messages) = (counts.homeless, plural(counts.homeless));
            anstream::println!("{name}: {number} {messages} left, of which no queue is known");
        }
        if walk.returned() > 0 {
            let (number, messages) = (walk.returned(), plural(walk.returned()));
            anstream::println!("{name}: {number} {messages} came back already");
        }
        walk.tell_if_cut();
        // What was sent before the failure is told all the same.
        walked?;
        let of_queue: usize = counts.sent.values().sum();
        left = left.saturating_sub(of_queue);
        sent += of_queue;
        homeless += counts.homeless;
    }
    match (sent, homeless) {
        (_, 1..) => Err(CliError::Homeless(homeless)),
        (0, 0) if meant.wanted.id.is_some() => Err(CliError::NoMessage),
        (0, 0) => {
            anstream::println!("nothing to send");
            Ok(())
        }
        (_, 0) => Ok(()),
    }
}

async fn resend_of(
    walk: &mut Walk<'_>,
    queues: &Queues,
    name: &str,
    meant: Meant<'_>,
    counts: &mut Counts,
) -> Result<(), CliError> {
    let mut left = meant.max;
    let mut urls: BTreeMap<&'static str, String> = BTreeMap::new();
    while left > 0 {
        let messages = walk.next().await?;
        if messages.is_empty() {
            break;
        }
        for message in messages
            .iter()
            .filter(|message| meant.wanted.means(message))
        {
            if left == 0 {
                break;
            }
            let Some(target) = meant.to.or_else(|| target(name, message)) else {
                counts.homeless += 1;
                continue;
            };
            let url = match urls.get(target) {
                Some(url) => url.clone(),
                None => {
                    let url = queues.url(target).await?;
                    urls.insert(target, url.clone());
                    url
                }
            };
            let id = send(queues, name, (target, &url), message).await?;
            // From here on it is in both queues, and once only as soon as it is deleted.
            *counts.sent.entry(target).or_default() += 1;
            left -= 1;
            walk.note_sent(id);
            walk.delete(message).await?;
        }
    }
    Ok(())
}

/// The queue that a message goes to.
fn target(lies_in: &str, message: &Aside) -> Option<&'static str> {
    let known = |is: &dyn Fn(&str) -> bool| SOURCE_QUEUES.into_iter().find(|name| is(name));
    if lies_in == QUARANTINE {
        let from = message.said("queue")?;
        // The attribute holds the whole name, which begins with the stack's.
        return known(&|name| from == name || from.ends_with(&format!("-{name}")));
    }
    known(&|name| lies_in.strip_suffix(DEAD_LETTERS) == Some(name))
}

/// Whether an attribute goes along: in quarantine, all but what tells of the refusal; of what was in no queue, none, since
/// they tell of the failure.
fn is_sent(lies_in: &str, attribute: &str) -> bool {
    match lies_in {
        QUARANTINE => !OF_REFUSAL.contains(&attribute),
        UNDELIVERED => false,
        _ => true,
    }
}

/// Sends a message as it is and says its new id.
async fn send(
    queues: &Queues,
    lies_in: &str,
    (target, url): (&str, &str),
    message: &Aside,
) -> Result<String, CliError> {
    let mut request = queues.client.send_message().queue_url(url);
    request = request
        .message_body(&message.body)
        .set_message_group_id(message.group.clone());
    for (name, value) in &message.attributes {
        if is_sent(lies_in, name) {
            request = request.message_attributes(name, value.clone());
        }
    }
    let sent = request.send().await;
    let sent = sent.map_err(|error| CliError::Queue(target.to_owned(), stack::plainly(&error)))?;
    Ok(sent.message_id.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_letter_goes_back_as_its_sender_wrote_it() {
        assert!(is_sent("call-events-dlq", "reason") && is_sent("call-events-dlq", "source"));
        assert!(!is_sent(QUARANTINE, "reason") && is_sent(QUARANTINE, "source"));
        assert!(!is_sent(UNDELIVERED, "ERROR_CODE"));
    }
}
