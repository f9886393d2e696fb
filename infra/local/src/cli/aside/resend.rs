//! Messages sent again: to the queue that they failed in, or that they came from.

use std::collections::BTreeMap;

use aws_sdk_sqs::error::BuildError;
use aws_sdk_sqs::types::MessageAttributeValue;
use queue::MAX_MESSAGE_BYTES;
use queue::attribute::{ACCOUNT, ENCODING, HEADERS, RECEIVED_AT, SOURCE};

use super::Wanted;
use super::list::plural;
use super::walk::{Aside, Walk};
use crate::cli::CliError;
use crate::cli::reach::{DEAD_LETTERS, QUARANTINE, Queues, SOURCE_QUEUES, UNDELIVERED};

/// Attributes that tell of the refusal. Reading the record again does without them.
const OF_REFUSAL: [&str; 4] = ["reason_code", "reason", "queue", "message_id"];

/// The attributes that reading a record needs.
const READ: [&str; 5] = [SOURCE, ACCOUNT, HEADERS, ENCODING, RECEIVED_AT];
/// Most attributes of one message, as SQS has it.
const MAX_ATTRIBUTES: usize = 10;
/// The type of an attribute that is a text.
const TEXT: &str = "String";

/// What is sent again.
#[derive(Clone, Copy)]
pub(super) struct Meant<'a> {
    pub(super) wanted: Wanted<'a>,
    /// To where, for those that do not say it, or say it wrongly.
    pub(super) to: Option<&'static str>,
    /// At most so many.
    pub(super) max: usize,
}

/// What became of messages.
#[derive(Default)]
struct Counts {
    sent: BTreeMap<&'static str, usize>,
    /// They do not say which queue they are of.
    homeless: usize,
    /// The one that was named by its id is found: there is no other.
    is_found: bool,
}

impl Counts {
    fn sent(&self) -> usize {
        self.sent.values().sum()
    }
}

/// How a call went.
#[derive(Default)]
struct Called {
    sent: usize,
    homeless: usize,
    /// A queue has more than was looked at.
    is_cut: bool,
    /// There is more than was to be sent at most.
    is_at_max: bool,
}

/// Sends the messages of queues that are meant.
pub(super) async fn resend(
    queues: &Queues,
    names: &[String],
    meant: Meant<'_>,
) -> Result<(), CliError> {
    let mut called = Called::default();
    let mut ahead = names.iter();
    let gone = resend_all(queues, &mut ahead, meant, &mut called).await;
    let ahead: Vec<&str> = ahead.map(String::as_str).collect();
    if called.is_at_max || (called.sent == meant.max && !ahead.is_empty()) {
        anstream::println!("stopped at --max {}; call again", meant.max);
    }
    if !ahead.is_empty() && (called.sent == meant.max || gone.is_err()) {
        anstream::println!("not looked at: {}", ahead.join(", "));
    }
    gone?;
    match called.sent {
        _ if called.homeless > 0 => Err(CliError::Homeless(called.homeless)),
        _ if called.is_cut => Err(CliError::Missed),
        0 if meant.wanted.id.is_some() => Err(CliError::NoMessage),
        0 if !called.is_at_max => {
            anstream::println!("nothing to send");
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Goes from queue to queue until enough is sent, and leaves in `ahead` those that were not looked at.
async fn resend_all(
    queues: &Queues,
    ahead: &mut std::slice::Iter<'_, String>,
    meant: Meant<'_>,
    called: &mut Called,
) -> Result<(), CliError> {
    while called.sent < meant.max
        && let Some(name) = ahead.next()
    {
        let mut walk = Walk::through(queues, name).await?;
        let mut counts = Counts::default();
        let of_queue = Meant {
            max: meant.max - called.sent,
            ..meant
        };
        let walked = resend_of(&mut walk, queues, name, of_queue, &mut counts).await;
        let sent = counts.sent();
        let is_at_max = sent == of_queue.max;
        let rest = if counts.is_found {
            Ok(0)
        } else if is_at_max {
            walk.left().await
        } else {
            walk.missed().await
        };
        walk.give_back().await;
        tell(name, &walk, &counts);
        called.sent += sent;
        called.homeless += counts.homeless;
        // What was sent before a failure is told all the same.
        walked?;
        let rest = rest?;
        if counts.is_found {
            *ahead = [].iter();
        } else if is_at_max {
            called.is_at_max = rest > 0;
        } else {
            walk.tell_rest(rest);
            called.is_cut |= !walk.is_whole(rest);
        }
    }
    Ok(())
}

/// Says what became of the messages of a queue.
fn tell(name: &str, walk: &Walk<'_>, counts: &Counts) {
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
}

async fn resend_of(
    walk: &mut Walk<'_>,
    queues: &Queues,
    name: &str,
    meant: Meant<'_>,
    counts: &mut Counts,
) -> Result<(), CliError> {
    let mut urls: BTreeMap<&'static str, String> = BTreeMap::new();
    while counts.sent() < meant.max {
        let messages = walk.next().await?;
        if messages.is_empty() {
            break;
        }
        for message in messages
            .iter()
            .filter(|message| meant.wanted.means(message))
        {
            if counts.sent() == meant.max {
                break;
            }
            counts.is_found = meant.wanted.names(message);
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
            walk.note_sent(id);
            walk.delete(message).await?;
        }
        if counts.is_found {
            break;
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

/// The attributes that a message is sent with: its own, and when it was received first, since sending it makes another
/// time and some sources have no other clock.
fn attributes(
    lies_in: &str,
    message: &Aside,
) -> Result<BTreeMap<String, MessageAttributeValue>, BuildError> {
    let own = message.attributes.iter();
    let own = own.filter(|(name, _)| is_sent(lies_in, name));
    let own = own.map(|(name, value)| (name.clone(), value.clone()));
    let own: BTreeMap<_, _> = own.collect();
    let Some(received_ms) = received_ms(lies_in, message) else {
        return Ok(own);
    };
    let mut all = own.clone();
    if all.len() == MAX_ATTRIBUTES && !all.contains_key(RECEIVED_AT) {
        // One that nobody reads makes room.
        let unread = all.keys().find(|name| !READ.contains(&name.as_str()));
        if let Some(name) = unread.cloned() {
            all.remove(&name);
        }
    }
    let value = MessageAttributeValue::builder().data_type(TEXT);
    let value = value.string_value(received_ms.to_string()).build()?;
    all.insert(RECEIVED_AT.to_owned(), value);
    // A message that fills its queue would not go back at all with it.
    Ok(if size(&message.body, &all) > MAX_MESSAGE_BYTES {
        own
    } else {
        all
    })
}

/// When a message was received first: as it says, but not after it was sent, or else then.
fn received_ms(lies_in: &str, message: &Aside) -> Option<i64> {
    let sent_ms = message.sent_at?.millis();
    let said = message.said(RECEIVED_AT);
    let said = said.filter(|_| is_sent(lies_in, RECEIVED_AT));
    let said_ms = said.and_then(|said| said.parse::<i64>().ok());
    Some(said_ms.map_or(sent_ms, |said_ms| said_ms.min(sent_ms)))
}

/// How large a message is, as SQS counts it.
fn size(body: &str, attributes: &BTreeMap<String, MessageAttributeValue>) -> usize {
    let sizes = attributes.iter().map(|(name, value)| {
        let text = value.string_value().map_or(0, str::len);
        let bytes = value.binary_value().map_or(0, |bytes| bytes.as_ref().len());
        name.len() + value.data_type().len() + text + bytes
    });
    body.len() + sizes.sum::<usize>()
}

/// Sends a message as it is and says its new id.
async fn send(
    queues: &Queues,
    lies_in: &str,
    (target, url): (&str, &str),
    message: &Aside,
) -> Result<String, CliError> {
    let attributes = attributes(lies_in, message)
        .map_err(|error| CliError::Queue(target.to_owned(), error.to_string()))?;
    let request = queues.client.send_message().queue_url(url);
    let sent = request
        .message_body(&message.body)
        .set_message_group_id(message.group.clone())
        .set_message_attributes(Some(attributes.into_iter().collect()))
        .send()
        .await;
    let sent = sent.map_err(|error| queues.failed(target, &error))?;
    Ok(sent.message_id.unwrap_or_default())
}

#[cfg(test)]
mod tests;
