//! What became of a mail that Mailgun sent.

use timeline::{Event, Fact, Reach};

use super::NAME;
use crate::emails::header::mailboxes;
use crate::emails::outbound::{self, Outbound};
use crate::emails::thread;
use crate::fields::Fields;
use crate::parts::{not_used, required_time};
use crate::reading::{Reading, Rejection};

/// An event as Mailgun's webhooks write it today, in `event-data`.
pub(super) fn read(data: &Fields<'_>) -> Result<Reading, Rejection> {
    let kind = data.required_text("event")?;
    if is_machine(data) && matches!(kind, "opened" | "clicked") {
        return Ok(not_used(NAME, &format!("{kind}-by-a-machine")));
    }
    let Some(fact) = fact(kind, data) else {
        return Ok(not_used(NAME, kind));
    };
    let message = data.object("message");
    let headers = message.object("headers");
    let message_id = headers.required_text("message-id")?;
    let to = headers.text("to").map(mailboxes).unwrap_or_default();
    let receiver = data
        .text("recipient")
        .or(to.first().map(|to| to.address.raw()))
        .ok_or_else(|| Rejection::missing(data.path_of("recipient")))?;
    event(
        message_id,
        &data.required_id("id")?,
        receiver,
        required_time(data, "timestamp")?,
        fact,
    )
    .map(Reading::event)
}

/// An event as Mailgun's webhooks wrote it until 2023. It has no id but the token that it is signed with.
pub(super) fn read_legacy(form: &Fields<'_>) -> Result<Reading, Rejection> {
    let kind = form.required_text("event")?;
    if is_machine_of(form.text("bot"), form.text("user-agent"))
        && matches!(kind, "opened" | "clicked")
    {
        return Ok(not_used(NAME, &format!("{kind}-by-a-machine")));
    }
    let why = ["error", "description", "reason", "notification"];
    let why = why.into_iter().find_map(|name| form.text(name));
    let why = why.unwrap_or(kind);
    let fact = match kind {
        "delivered" => outbound::reached(Reach::Delivered),
        "opened" => outbound::reached(Reach::Opened),
        "clicked" => outbound::clicked(form.text("url")),
        "bounced" => outbound::bounced(true, why),
        // 606 and 607: the receiver has unsubscribed or complained.
        "dropped" => {
            let chosen = matches!(form.integer("code"), Some(606 | 607));
            let hard = form.text("reason") == Some("hardfail");
            outbound::bounced(hard && !chosen, why)
        }
        "complained" => outbound::reported(kind),
        "unsubscribed" => outbound::chose(kind, None),
        _ => return Ok(not_used(NAME, kind)),
    };
    let message_id = form.required_text("message-id")?;
    event(
        message_id,
        form.required_text("token")?,
        form.required_text("recipient")?,
        required_time(form, "timestamp")?,
        fact,
    )
    .map(Reading::event)
}

fn event(
    message_id: &str,
    id: &str,
    receiver: &str,
    occurred_at: timeline::Timestamp,
    fact: Fact,
) -> Result<Event, Rejection> {
    let root = thread::first_id(message_id)
        .ok_or_else(|| Rejection::missing("event-data.message.headers.message-id"))?;
    let mail = Outbound {
        source: NAME,
        mail: &root,
        mail_field: "event-data.message.headers.message-id",
        receiver,
    };
    mail.event(id, occurred_at, fact)
}

fn fact(kind: &str, data: &Fields<'_>) -> Option<Fact> {
    let message = data.object("message");
    let headers = message.object("headers");
    let reject = data.object("reject");
    Some(match kind {
        "accepted" => outbound::underway(kind, headers.text("subject")),
        "delivered" => outbound::reached(Reach::Delivered),
        "opened" => outbound::reached(Reach::Opened),
        "clicked" => outbound::clicked(data.text("url")),
        "failed" => outbound::bounced(is_bad_address(data), &why(data)),
        "rejected" => outbound::bounced(false, reject.text("reason").unwrap_or(kind)),
        "complained" => outbound::reported(kind),
        "unsubscribed" => outbound::chose(kind, None),
        _ => return None,
    })
}

/// Whether a failure speaks against the address: Mailgun has given up, and not for what the receiver thinks of the sender
/// or of the mail.
fn is_bad_address(data: &Fields<'_>) -> bool {
    let others = [
        "suppress-unsubscribe",
        "suppress-complaint",
        "espblock",
        "greylisted",
        "old",
    ];
    let reason = data.text("reason").unwrap_or_default();
    let permanent = data
        .text("severity")
        .is_some_and(|severity| severity.eq_ignore_ascii_case("permanent"));
    permanent && !others.contains(&reason)
}

/// What the receiver's server said, else Mailgun's own word.
fn why(data: &Fields<'_>) -> String {
    let status = data.object("delivery-status");
    let said = status.text("message").or(status.text("description"));
    let code = status.id("code").filter(|code| code != "0");
    let said = said.or(data.text("reason")).unwrap_or("failed");
    match code {
        Some(code) if !said.contains(&code) => format!("{code} {said}"),
        Some(_) | None => said.to_owned(),
    }
}

fn is_machine(data: &Fields<'_>) -> bool {
    let client = data.object("client-info");
    is_machine_of(client.text("bot"), client.text("user-agent"))
}

/// Mailgun names the machine that opened a mail: `apple`, `gmail`, `generic`.
fn is_machine_of(bot: Option<&str>, user_agent: Option<&str>) -> bool {
    let bot = bot.map(str::trim);
    bot.is_some_and(|bot| !matches!(bot, "" | "none" | "false"))
        || outbound::is_prefetcher(user_agent)
}
