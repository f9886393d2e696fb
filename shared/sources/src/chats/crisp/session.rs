//! What is said of a session beside its messages.

use serde_json::Value;
use timeline::{
    Basis, Direction, Ended, Event, Fact, MAX_ATTRIBUTES, Opening, Personal, Region, Scored,
    Started, Status, StatusChange, Text, Updated, cut,
};

use super::{Session, nickname};
use crate::chats::told::{scalar, typed_email, typed_phone, updated};
use crate::evidence::Evidence;
use crate::fields::Fields;
use crate::reading::Rejection;

/// Best rating, in stars.
const BEST_RATING: i32 = 5;
/// Longest name and longest value of a session's data that are kept, in bytes.
const MAX_DATA: usize = 1000;

/// An event of a session; `None` for those that are not used.
pub(super) fn read(
    root: &Fields<'_>,
    data: &Fields<'_>,
    name: &str,
    region: Option<Region>,
) -> Result<Option<Event>, Rejection> {
    let mut participant = None;
    let mut evidence = Evidence::default();
    let mut customer_name = None;
    let fact = match name {
        "session:request:initiated" => Fact::Started(Started {
            opening: Opening::Open,
            ..Started::default()
        }),
        "session:set_state" => Fact::Status(StatusChange {
            status: state(data)?,
            complaint: None,
            agent: None,
            queue: None,
        }),
        "session:set_email" => {
            participant = typed_email(data.text("email"));
            updated(&[("email", data.text("email"))])
        }
        "session:set_phone" => {
            let phone = data.id("phone");
            participant = typed_phone(phone.as_deref(), region);
            updated(&[("phone", phone.as_deref())])
        }
        "session:set_nickname" => {
            customer_name = nickname(data.text("nickname"));
            updated(&[("nickname", data.text("nickname"))])
        }
        "session:set_address" => {
            evidence.address(data.text("address"));
            updated(&[("address", data.text("address"))])
        }
        "session:set_subject" => updated(&[("subject", data.text("subject"))]),
        "session:set_segments" => {
            let segments: Vec<_> = data.items("segments").iter().filter_map(scalar).collect();
            updated(&[("segments", Some(&segments.join(", ")))])
        }
        "session:set_data" => Fact::Updated(custom(data)),
        "session:sync:rating" => scored(data)?,
        "session:removed" => Fact::Ended(Ended {
            cause: Some("removed".to_owned()),
            ..Ended::default()
        }),
        _ => return Ok(None),
    };
    let session = Session::of(root, data)?;
    let id = format!("{}-{}", name.replace(':', "."), session.at.millis());
    let mut event = session.event(&id, fact)?;
    if matches!(event.fact, Fact::Started(_)) {
        event.direction = Some(Direction::Inbound);
    }
    evidence.claim(Basis::Typed, participant.clone());
    evidence.state_in(&mut event);
    event.participants.extend(participant);
    event.customer_name = customer_name.map(Personal::new);
    Ok(Some(event))
}

/// Crisp's `pending` is a session in which nobody has answered yet, so that the company has to act.
fn state(data: &Fields<'_>) -> Result<Status, Rejection> {
    let state = data
        .text("state")
        .ok_or_else(|| Rejection::missing("data.state"))?;
    match state.to_ascii_lowercase().as_str() {
        "pending" | "unresolved" => Ok(Status::Open),
        "resolved" => Ok(Status::Resolved),
        _ => Err(Rejection::malformed(
            "data.state",
            "is no state of a session",
        )),
    }
}

fn scored(data: &Fields<'_>) -> Result<Fact, Rejection> {
    let rating = data.object("rating");
    let stars = rating
        .integer("stars")
        .and_then(|stars| i32::try_from(stars).ok());
    Ok(Fact::Scored(Scored {
        survey: "csat".to_owned(),
        score: stars.ok_or_else(|| Rejection::missing("data.rating.stars"))?,
        best: Some(BEST_RATING),
        comment: rating.text("comment").map(Text::new),
    }))
}

/// Names and values that the page or an operator gave.
fn custom(data: &Fields<'_>) -> Updated {
    let all = data.get("data").and_then(Value::as_object);
    let kept = all.into_iter().flatten().filter_map(|(name, value)| {
        let value = scalar(value)?;
        let value = Personal::new(cut(&value, MAX_DATA));
        Some((cut(name, MAX_DATA).to_owned(), value))
    });
    Updated {
        attributes: kept.take(MAX_ATTRIBUTES).collect(),
    }
}
