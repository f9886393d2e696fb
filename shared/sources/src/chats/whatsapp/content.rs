//! What a message of each type says, in words that an agent can read.

use serde_json::Value;
use timeline::{Attachment, Fact, Identity, Opening, Plan, Started, cut};

use super::person::message_key;
use crate::address::Address;
use crate::chats::told::{file, scalar, updated};
use crate::fields::Fields;
use crate::parts::kept_name;

/// Most lines of a form, an order or a list of contacts that are told.
const MAX_LINES: usize = 30;
/// Longest such line, in bytes.
const MAX_LINE: usize = 500;

/// What a message comes to.
pub(super) enum Content {
    /// Somebody wrote or sent something.
    Said {
        text: String,
        attachments: Vec<Attachment>,
    },
    /// Something else happened in the thread.
    Fact(Fact),
    /// The customer has another number, or other identities, from now on.
    Moved {
        fact: Fact,
        to: Vec<Identity>,
        number: Option<String>,
    },
}

/// The content of a message of that type.
pub(super) fn content(kind: &str, message: &Fields<'_>) -> Content {
    match kind.to_ascii_lowercase().as_str() {
        "text" => said(message.object("text").text("body").unwrap_or_default()),
        "image" => media(message, "image"),
        "video" => media(message, "video"),
        "audio" => media(message, "audio"),
        "voice" => media(message, "voice"),
        "document" => media(message, "document"),
        "sticker" => media(message, "sticker"),
        "location" => said(&location(&message.object("location"))),
        "contacts" => said(&contacts(message.items("contacts"))),
        "interactive" => interactive(&message.object("interactive")),
        "button" => {
            let button = message.object("button");
            said(
                button
                    .text("text")
                    .or(button.text("payload"))
                    .unwrap_or_default(),
            )
        }
        "reaction" => reaction(&message.object("reaction")),
        "order" => said(&order(&message.object("order"))),
        "edit" => edit(&message.object("edit")),
        "revoke" => Content::Fact(updated(&[
            ("change", Some("deleted")),
            ("message", original(&message.object("revoke")).as_deref()),
        ])),
        "system" => system(&message.object("system")),
        "request_welcome" => Content::Fact(Fact::Started(Started {
            opening: Opening::Open,
            initiation: Some("request_welcome".to_owned()),
            ..Started::default()
        })),
        "template" => media(message, "template"),
        "ephemeral" | "unsupported" | "unknown" => unknown(message, "unsupported"),
        _ => unknown(message, kind),
    }
}

fn said(text: &str) -> Content {
    Content::Said {
        text: text.to_owned(),
        attachments: Vec::new(),
    }
}

/// A file with its caption.
fn media(message: &Fields<'_>, sort: &'static str) -> Content {
    let media = message.object(sort);
    let is_voice = media.get("voice").and_then(Value::as_bool) == Some(true);
    let sort = if is_voice { "voice" } else { sort };
    let attachment = file(media.text("filename"), sort, media.text("mime_type"));
    Content::Said {
        text: media.text("caption").unwrap_or_default().to_owned(),
        attachments: vec![attachment],
    }
}

/// Something that WhatsApp does not hand on, or a type that is newer than this: what sort of thing it was.
fn unknown(message: &Fields<'_>, kind: &str) -> Content {
    let sort = message.object("unsupported");
    let sort = sort.text("type").unwrap_or(kind);
    Content::Said {
        text: String::new(),
        attachments: vec![file(None, sort, None)],
    }
}

fn location(place: &Fields<'_>) -> String {
    let position = match (place.get("latitude"), place.get("longitude")) {
        (Some(latitude), Some(longitude)) => scalar(latitude)
            .zip(scalar(longitude))
            .map(|(latitude, longitude)| format!("{latitude}, {longitude}")),
        (Some(_) | None, Some(_) | None) => None,
    };
    let words = [
        place.text("name"),
        place.text("address"),
        position.as_deref(),
    ];
    words.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

/// Cards that the customer sent: somebody's names and numbers, which need not be the customer's own.
fn contacts(cards: &[Value]) -> String {
    let lines = cards.iter().take(MAX_LINES).map(|card| {
        let card = Fields::of(card);
        let name = card.object("name");
        let of = |list: &str, name: &str| -> Vec<String> {
            let items = card.items(list).iter().take(MAX_LINES);
            items.filter_map(|item| Fields::of(item).id(name)).collect()
        };
        let name = name.text("formatted_name").or(name.text("first_name"));
        let mut words: Vec<String> = name.map(str::to_owned).into_iter().collect();
        words.extend(of("phones", "phone"));
        words.extend(of("emails", "email"));
        line(&words.join(", "))
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn interactive(reply: &Fields<'_>) -> Content {
    let [button, list] = ["button_reply", "list_reply"].map(|name| reply.object(name));
    let form = reply.object("nfm_reply");
    let call = reply.object("call_permission_reply");
    if let Some(title) = button.text("title").or(button.id("id").as_deref()) {
        return said(title);
    }
    if let Some(title) = list.text("title").or(list.id("id").as_deref()) {
        return said(title);
    }
    if form.is_present() {
        return said(&filled_in(&form));
    }
    if let Some(answer) = call.text("response") {
        let permission = Some(answer);
        return Content::Fact(updated(&[("call_permission", permission)]));
    }
    unknown(reply, reply.text("type").unwrap_or("interactive"))
}

/// A form (a Flow, an address) that the customer filled in: one line for each answer.
fn filled_in(form: &Fields<'_>) -> String {
    let answers = form
        .text("response_json")
        .map(serde_json::from_str::<Value>);
    let answers = answers.and_then(Result::ok);
    let mut lines = Vec::new();
    for (name, value) in answers.iter().filter_map(Value::as_object).flatten() {
        match value {
            // An address has its fields one level deeper.
            Value::Object(inner) => lines.extend(inner.iter().filter_map(answer)),
            Value::Array(items) => {
                let items: Vec<_> = items.iter().take(MAX_LINES).filter_map(scalar).collect();
                lines.push(line(&format!("{name}: {}", items.join(", "))));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                lines.extend(answer((name, value)));
            }
        }
        if lines.len() > MAX_LINES {
            lines.truncate(MAX_LINES);
            break;
        }
    }
    if lines.is_empty() {
        form.text("body").unwrap_or_default().to_owned()
    } else {
        lines.join("\n")
    }
}

fn answer((name, value): (&String, &Value)) -> Option<String> {
    let value = scalar(value).filter(|value| !value.is_empty() && name != "flow_token")?;
    Some(line(&format!("{name}: {value}")))
}

/// An emoji is an answer; taking it back is none.
fn reaction(reaction: &Fields<'_>) -> Content {
    match reaction.text("emoji") {
        Some(emoji) => said(emoji),
        None => Content::Fact(updated(&[
            ("change", Some("reaction removed")),
            (
                "message",
                reaction.text("message_id").map(message_key).as_deref(),
            ),
        ])),
    }
}

/// What the customer ordered from the catalogue, one line for each product.
fn order(order: &Fields<'_>) -> String {
    let products = order.items("product_items").iter().take(MAX_LINES);
    let lines = products.map(|product| {
        let product = Fields::of(product);
        let of = |name: &str| product.id(name).unwrap_or_default();
        let price = format!("{} {}", of("item_price"), of("currency"));
        let quantity = of("quantity");
        let name = of("product_retailer_id");
        line(format!("{quantity} × {name} ({})", price.trim()).trim())
    });
    let mut all: Vec<String> = order.text("text").map(str::to_owned).into_iter().collect();
    all.extend(lines);
    all.join("\n")
}

fn edit(edit: &Fields<'_>) -> Content {
    let message = edit.object("message");
    let kind = message.text("type").unwrap_or_default();
    let [text, media] = ["text", kind].map(|name| message.get(name).map(Fields::of));
    let text = text.as_ref().and_then(|text| text.text("body"));
    let caption = media.as_ref().and_then(|media| media.text("caption"));
    Content::Fact(updated(&[
        ("change", Some("edited")),
        ("message", original(edit).as_deref()),
        ("content", text.or(caption)),
    ]))
}

fn original(change: &Fields<'_>) -> Option<String> {
    change.text("original_message_id").map(message_key)
}

/// The customer's number, or the id that WhatsApp gives them, has changed, or their keys have. WhatsApp vouches for it.
fn system(system: &Fields<'_>) -> Content {
    let number = system.id("wa_id").or_else(|| system.id("new_wa_id"));
    let user = system.id("user_id");
    let telephone = number
        .as_deref()
        .and_then(|number| Address::caller(number, Plan::International(None)).known());
    let account = number
        .as_deref()
        .and_then(|number| Identity::read(&format!("whatsapp:{number}")).ok());
    let user = user.and_then(|id| Identity::visitor(super::NAME, &id).ok());
    let change = system.text("type").and_then(kept_name);
    let fact = updated(&[
        ("change", change.as_deref().or(Some("system"))),
        ("body", system.text("body")),
    ]);
    Content::Moved {
        fact,
        to: [account, telephone, user].into_iter().flatten().collect(),
        number,
    }
}

fn line(text: &str) -> String {
    cut(text, MAX_LINE).to_owned()
}
