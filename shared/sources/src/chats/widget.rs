//! The website widget's own sessions, as `POST /v1/widget/sessions` puts them into the queue.
//!
//! A visit is one interaction, and what its visitor writes is another: a visit is over when the visitor is gone, and a
//! message waits for an answer all the same. Both are under the visitor whom the function has authenticated, so that
//! nobody writes into another's. What a visitor types of an email address or a number is a claim.

use std::collections::BTreeMap;

use serde_json::Value;
use timeline::{
    Acted, Author, Basis, Channel, Direction, EmailAddress, Ended, Event, Fact, Identity,
    IdentityKind, InteractionId, Message, Personal, Plan, Region, Related, Relation, Text, Updated,
    Viewed, cut,
};

use crate::about::{About, Kind};
use crate::envelope::Envelope;
use crate::evidence::Evidence;
use crate::fields::Fields;
use crate::parts::{self, kept_name};
use crate::reading::{Context, Reading, Rejection, Source};

const NAME: &str = "widget";
/// Most events of one delivery. The function takes fewer.
const MAX_EVENTS: usize = 500;
/// Most attributes of one action.
const MAX_ATTRIBUTES: usize = 20;
/// Longest value of an attribute, in bytes.
const MAX_ATTRIBUTE: usize = 1024;
/// Longest address of a page, in bytes.
const MAX_URL: usize = 2048;
/// Longest title of a page, in bytes.
const MAX_TITLE: usize = 512;
/// Longest email address or number as it was typed, in bytes.
const MAX_CLAIM: usize = 320;
/// What an interaction's key ends with when it holds what the visitor of a session wrote.
const WRITTEN: &str = "chat";

/// The website widget.
pub(crate) struct Widget;

static ABOUT: About = About {
    title: "Website widget",
    summary: "Page views, actions and messages of a website's visitors, by a script of our own that a page includes with \
              one tag.",
    setup: &[
        "Deploy the stack with the website's origins, such as `https://www.example.com`, in its widget origins.",
        "Put `<script async src=\"https://<API>/v1/widget.js\" data-widget=\"shop\"></script>` into the website's pages. \
         `shop` is the widget's name: up to 32 lower-case letters, digits and hyphens.",
        "Tell what visitors do with `cornerstore.track(\"Checkout Failed\", {step: \"payment\"})`.",
        "Tell what visitors say of themselves with `cornerstore.identify({email, phone, name})`, what they write with \
         `cornerstore.message(text)`, and that somebody signs out with `cornerstore.end()`.",
        "Join `cornerstore.optOut()` with the website's own consent dialogue.",
    ],
    kinds: &[
        Kind {
            name: "page",
            fixture: "page.json",
        },
        Kind {
            name: "action",
            fixture: "action.json",
        },
        Kind {
            name: "message",
            fixture: "message.json",
        },
        Kind {
            name: "identify",
            fixture: "identify.json",
        },
        Kind {
            name: "end",
            fixture: "end.json",
        },
    ],
    limits: &[
        "A visitor who asks not to be tracked (Do Not Track, Global Privacy Control) is not: nothing is stored or sent.",
        "A session lasts 30 minutes. A longer visit is shown as several.",
        "Addresses of pages are kept without query and fragment.",
        "What a visitor types as an email address or a number is shown with the visit, and is an unverified claim: it joins \
         no timelines, and is shown to agents as a candidate.",
        "Times are those of the visitor's clock. One that is ahead counts as at most five minutes ahead.",
    ],
    webhook: None,
};

impl Source for Widget {
    fn name(&self) -> &'static str {
        NAME
    }

    /// By the name that the function writes into each body, with a visitor or a session.
    fn recognises(&self, envelope: &Envelope) -> bool {
        envelope.json().is_some_and(|value| {
            let fields = Fields::of(value);
            fields.text("source") == Some(NAME)
                && (fields.get("visitor").is_some() || fields.get("session").is_some())
        })
    }

    fn read(&self, envelope: &Envelope, context: &Context) -> Result<Reading, Rejection> {
        let value = envelope.json().ok_or(Rejection::UnknownEnvelope)?;
        let fields = Fields::of(value);
        let session = Session::of(&fields)?;
        let events = fields.items("events");
        if events.is_empty() {
            return Err(Rejection::missing("events"));
        }
        if events.len() > MAX_EVENTS {
            return Err(Rejection::TooMuch {
                what: "the number of events in one delivery",
                limit: MAX_EVENTS,
            });
        }
        let mut reading = Reading::default();
        for event in events {
            reading.and(session.read(event, context));
        }
        Ok(reading)
    }

    fn about(&self) -> &'static About {
        &ABOUT
    }
}

/// The session that a delivery is of.
struct Session {
    source: timeline::Source,
    visitor: Identity,
    visit: InteractionId,
    written: InteractionId,
}

impl Session {
    fn of(fields: &Fields<'_>) -> Result<Self, Rejection> {
        let id = |name| {
            let id = fields.required_text(name)?;
            let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
            // A colon would make the end of one id look like the beginning of the next.
            if id.chars().all(is_plain) {
                Ok(id)
            } else {
                Err(Rejection::malformed(name, "is not an id of the widget"))
            }
        };
        let (widget, visitor, session) = (id("widget")?, id("visitor")?, id("session")?);
        let source = parts::source(NAME);
        // Hashed as a whole where it is long, so that no two sessions meet.
        let key = format!("{widget}:{visitor}:{session}");
        Ok(Self {
            visit: parts::interaction_id(&source, &key, "session")?,
            written: parts::interaction_id(&source, &format!("{key}:{WRITTEN}"), "session")?,
            visitor: Identity::visitor(widget, visitor)
                .map_err(|error| Rejection::malformed("visitor", error.to_string()))?,
            source,
        })
    }

    fn read(&self, value: &Value, context: &Context) -> Result<Reading, Rejection> {
        let fields = Fields::of(value);
        let id = fields
            .required_text("id")
            .map_err(|_| Rejection::missing("events[].id"))?;
        let id = parts::event_id(id, "events[].id")?;
        let kind = fields
            .text("kind")
            .ok_or_else(|| Rejection::missing("events[].kind"))?;
        let told = match kind {
            "page" => Told::fact(Fact::Viewed(viewed(&fields))),
            "action" => Told::fact(Fact::Acted(acted(&fields)?)),
            "message" => Told::fact(Fact::Message(message(&fields)?)),
            "identify" => identified(&fields, context.region),
            "end" => Told::fact(Fact::Ended(Ended::default())),
            _ => return Ok(parts::not_used(NAME, kind)),
        };
        let at = fields
            .get("at")
            .ok_or_else(|| Rejection::missing("events[].at"))?;
        let at = parts::time_in(at)
            .ok_or_else(|| Rejection::malformed("events[].at", "is not a time"))?;
        let written = matches!(told.fact, Fact::Message(_));
        let (of, channel) = if written {
            (&self.written, Channel::Chat)
        } else {
            (&self.visit, Channel::Web)
        };
        let mut event = Event::new(of.clone(), id, self.source.clone(), channel, told.fact);
        event.occurred_at = Some(at);
        event.direction = Some(Direction::Inbound);
        event.customer = Some(self.visitor.clone());
        event.customer_name = told.name;
        event.participants = told.claims.clone();
        let mut evidence = Evidence::default();
        for identity in told.claims {
            evidence.claim(Basis::Typed, Some(identity));
        }
        evidence.state_in(&mut event);
        if written {
            event.related = vec![Related {
                relation: Relation::Related,
                interaction_id: self.visit.clone(),
            }];
        }
        Ok(Reading::event(event))
    }
}

/// What an event says, and what the visitor says of themselves in it.
struct Told {
    fact: Fact,
    name: Option<Personal>,
    claims: Vec<Identity>,
}

impl Told {
    fn fact(fact: Fact) -> Self {
        Self {
            fact,
            name: None,
            claims: Vec::new(),
        }
    }
}

fn viewed(fields: &Fields<'_>) -> Viewed {
    let title = fields
        .text("title")
        .map(|title| cut(title.trim(), MAX_TITLE));
    Viewed {
        url: fields.text("url").and_then(page),
        title: title.filter(|title| !title.is_empty()).map(Personal::new),
    }
}

fn acted(fields: &Fields<'_>) -> Result<Acted, Rejection> {
    let action = fields.text("name").and_then(kept_name);
    let attributes = fields.get("attributes").and_then(Value::as_object);
    let sorted: BTreeMap<&String, &Value> = attributes.into_iter().flatten().collect();
    Ok(Acted {
        action: action.ok_or_else(|| Rejection::missing("events[].name"))?,
        attributes: sorted
            .into_iter()
            .filter_map(|(name, value)| {
                let text = match value {
                    Value::String(text) => cut(text, MAX_ATTRIBUTE).to_owned(),
                    Value::Number(number) => number.to_string(),
                    Value::Bool(truth) => truth.to_string(),
                    Value::Null | Value::Array(_) | Value::Object(_) => return None,
                };
                Some((kept_name(name)?, Personal::new(text)))
            })
            .take(MAX_ATTRIBUTES)
            .collect(),
    })
}

fn message(fields: &Fields<'_>) -> Result<Message, Rejection> {
    let text = fields.text("text").map(Text::new);
    Ok(Message {
        author: Author::Customer,
        name: None,
        text: text
            .filter(|text| !text.is_blank())
            .ok_or_else(|| Rejection::missing("events[].text"))?,
        private: false,
        attachments: Vec::new(),
    })
}

/// What was typed is shown as it was where it is no address that can be read.
fn identified(fields: &Fields<'_>, region: Option<Region>) -> Told {
    let typed = |name| {
        let typed = fields.id(name)?;
        let typed = cut(typed.trim(), MAX_CLAIM);
        (!typed.is_empty()).then(|| typed.to_owned())
    };
    let email = typed("email").map(|typed| {
        let email = EmailAddress::read(&typed).ok();
        ("email", email.map(|email| Identity::email(&email)), typed)
    });
    let phone = typed("phone").map(|typed| {
        let phone = Identity::caller(&typed, Plan::National(region)).ok();
        let phone = phone.flatten();
        let phone = phone.filter(|phone| phone.uri.kind() == IdentityKind::Tel);
        ("phone", phone, typed)
    });
    let mut claims = Vec::new();
    let mut attributes = BTreeMap::new();
    for (name, identity, typed) in [email, phone].into_iter().flatten() {
        match identity {
            Some(identity) => claims.push(identity),
            None => {
                attributes.insert(name.to_owned(), Personal::new(typed));
            }
        }
    }
    Told {
        fact: Fact::Updated(Updated { attributes }),
        name: fields.text("name").and_then(kept_name).map(Personal::new),
        claims,
    }
}

/// A page's address without what follows it and without who signs in: those may tell more than which page it is.
fn page(url: &str) -> Option<Personal> {
    let url = url.trim();
    let (scheme, rest) = url.split_once("://")?;
    if !["http", "https"].contains(&scheme.to_ascii_lowercase().as_str()) {
        return None;
    }
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (host, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let host = host.rsplit('@').next().unwrap_or_default();
    (!host.is_empty()).then(|| Personal::new(cut(&format!("{scheme}://{host}{path}"), MAX_URL)))
}
