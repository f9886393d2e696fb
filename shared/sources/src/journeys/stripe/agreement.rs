//! What a customer has agreed to: subscriptions and quotes. Each is a contract.

use timeline::{Basis, Business, Channel, Direction, Fact, Opening, Personal, Started};

use super::{Said, Told, Whose, business, changed, id_in, numbered};
use crate::evidence::Thing;
use crate::fields::Fields;
use crate::journeys::claims::{Claims, line};
use crate::parts;
use crate::reading::Rejection;

/// What is kept of a subscription that changed.
const KEPT: [&str; 2] = ["status", "cancel_at_period_end"];
/// The same, of times.
const TIMES: [&str; 4] = [
    "trial_end",
    "current_period_end",
    "cancel_at",
    "canceled_at",
];

pub(super) fn read(told: &Told<'_>) -> Result<Option<Said>, Rejection> {
    let Told { kind, object, .. } = *told;
    let Some(fact) = fact(told)? else {
        return Ok(None);
    };
    let mut claims = Claims::on(Basis::Record);
    claims.record(super::NAME, id_in(object, "customer").as_deref());
    let is_quote = kind.starts_with("quote.");
    let number = object.text("number").filter(|_| is_quote);
    claims.evidence.reference(Thing::Quote, number);
    Ok(Some(Said {
        key: object.required_text("id")?.to_owned(),
        channel: Channel::Contract,
        fact,
        direction: is_quote.then_some(Direction::Outbound),
        whose: Whose::First(claims),
        name: None,
        related: ["latest_invoice", "invoice"]
            .into_iter()
            .find_map(|name| id_in(object, name))
            .into_iter()
            .collect(),
    }))
}

fn fact(told: &Told<'_>) -> Result<Option<Fact>, Rejection> {
    let Told { kind, object, .. } = *told;
    let was_incomplete = told.before.text("status") == Some("incomplete");
    let subscription = || Business {
        subject: plan(object),
        ..Business::default()
    };
    Ok(Some(match kind {
        // It waits for its first payment, without which it never begins.
        "customer.subscription.created" if object.text("status") == Some("incomplete") => {
            Fact::Sent(subscription())
        }
        "customer.subscription.created" => Fact::Signed(subscription()),
        "customer.subscription.updated"
            if was_incomplete && matches!(object.text("status"), Some("active" | "trialing")) =>
        {
            Fact::Signed(subscription())
        }
        "customer.subscription.deleted" => Fact::Voided(subscription()),
        "customer.subscription.updated"
        | "customer.subscription.trial_will_end"
        | "customer.subscription.paused"
        | "customer.subscription.resumed" => changed(told, &KEPT, &TIMES)?,
        "quote.created" => Fact::Started(Started {
            opening: Opening::Open,
            subject: quote(object),
            ..Started::default()
        }),
        "quote.finalized" => Fact::Sent(bid(object)?),
        "quote.accepted" => Fact::Signed(bid(object)?),
        "quote.canceled" => Fact::Voided(bid(object)?),
        _ => return Ok(None),
    }))
}

fn bid(object: &Fields<'_>) -> Result<Business, Rejection> {
    Ok(Business {
        due_at: parts::time(object, "expires_at")?,
        ..business(object, quote(object), &["amount_total"])?
    })
}

fn quote(object: &Fields<'_>) -> Option<Personal> {
    numbered("Quote", object.text("number")).or_else(|| object.text("description").and_then(line))
}

/// What was subscribed to: its description, or what the first price or plan is called.
fn plan(object: &Fields<'_>) -> Option<Personal> {
    let items = object.object("items");
    let of_item = items.items("data").first().and_then(|item| {
        let item = Fields::of(item);
        let nickname = |name: &'static str| item.object(name).text("nickname").and_then(line);
        nickname("price").or_else(|| nickname("plan"))
    });
    object
        .text("description")
        .and_then(line)
        .or(of_item)
        .or_else(|| object.object("plan").text("nickname").and_then(line))
}
