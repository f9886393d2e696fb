//! Typeform's responses. A question on a scale makes it a survey's score; every other answer is kept beside it.
//!
//! Hidden fields come with the link that the company sends, so that an address in them is the customer. What somebody
//! types into a form is only a claim: it names the customer where nothing else does, and takes part otherwise.

mod about;
mod answers;

use timeline::{Acted, Basis, Channel, Event, EventId, Fact, Scored, Updated};

use self::answers::Answers;
use super::claims::{Claims, first_text, is_named, line};
use crate::about::About;
use crate::envelope::Envelope;
use crate::fields::Fields;
use crate::parts;
use crate::reading::{Context, Reading, Rejection, Source};

const NAME: &str = "typeform";
/// What hidden fields are called that hold an address or a customer's id.
const EMAIL: [&str; 4] = ["email", "email_address", "e-mail", "mail"];
const PHONE: [&str; 5] = ["phone", "phone_number", "mobile", "telephone", "tel"];
const RECORD: [&str; 6] = [
    "customer_id",
    "contact_id",
    "crm_id",
    "external_id",
    "user_id",
    "customer",
];

/// Typeform's webhooks.
pub(crate) struct Typeform;

impl Source for Typeform {
    fn name(&self) -> &'static str {
        NAME
    }

    fn recognises(&self, envelope: &Envelope) -> bool {
        let Some(value) = envelope.json() else {
            return false;
        };
        let root = Fields::of(value);
        let is_event = root.text("event_type").is_some() && root.get("event_id").is_some();
        let is_response = root.object("form_response").is_present()
            || root
                .text("event_type")
                .is_some_and(|kind| kind.starts_with("form_response"));
        is_named(envelope, NAME) || (is_event && is_response)
    }

    fn read(&self, envelope: &Envelope, context: &Context) -> Result<Reading, Rejection> {
        let value = envelope.json().ok_or(Rejection::UnknownEnvelope)?;
        let root = Fields::of(value);
        let kind = root.required_text("event_type")?;
        if kind != "form_response" {
            return Ok(parts::not_used(NAME, kind));
        }
        let event_id = root.required_text("event_id")?;
        let response = root.object("form_response");
        let token = response.required_text("token")?;
        let occurred_at = parts::required_time(&response, "submitted_at")?;
        let answers = Answers::of(&response)?;
        let source = parts::source(NAME);
        let interaction_id = parts::interaction_id(&source, token, "form_response.token")?;
        let event = |id: EventId, fact: Fact| {
            let mut event = Event::new(
                interaction_id.clone(),
                id,
                source.clone(),
                Channel::Survey,
                fact,
            );
            event.occurred_at = Some(occurred_at);
            let hidden = response.object("hidden");
            event.customer_name = first_text(&hidden, &["name", "full_name"]).and_then(line);
            // A link can be altered by whoever opens it.
            let mut claims = Claims::on(Basis::Typed);
            claims.email(first_text(&hidden, &EMAIL));
            claims.phone(first_text(&hidden, &PHONE), context.region);
            let record = RECORD.into_iter().find_map(|name| hidden.id(name));
            claims.record(NAME, record.as_deref());
            for address in &answers.emails {
                claims.email(Some(address));
            }
            for number in &answers.phones {
                claims.phone(Some(number), context.region);
            }
            claims.name_in(&mut event);
            event
        };
        let id = |key: &str| parts::event_id(key, "event_id");
        let attributes = answers.attributes.clone();
        let Some(scale) = answers.scale.clone() else {
            // An answered form without a scale is something that the customer did.
            let definition = response.object("definition");
            let title = definition.text("title").and_then(parts::kept_name);
            let action = title.unwrap_or_else(|| kind.to_owned());
            let fact = Fact::Acted(Acted { action, attributes });
            return Ok(Reading::event(event(id(event_id)?, fact)));
        };
        let scored = Fact::Scored(Scored {
            survey: scale.survey,
            score: scale.score,
            best: scale.best,
            comment: answers.comment(),
        });
        let mut reading = Reading::event(event(id(event_id)?, scored));
        if !attributes.is_empty() {
            let fact = Fact::Updated(Updated { attributes });
            let answered = id(&format!("{event_id}:answers"))?;
            reading.events.push(event(answered, fact));
        }
        Ok(reading)
    }

    fn about(&self) -> &'static About {
        &about::ABOUT
    }
}
