//! Delighted's surveys: one interaction per response, which first has a score and later, changed, a comment.

use signatures::{Algorithm, Encoding, KeyForm, Part, Place, Scheme, Signed};
use timeline::{Basis, Channel, Event, Fact, Scored, Text, Updated};

use super::claims::{Claims, attributes_of, is_named, line};
use crate::about::{About, Answer, Batch, Handshake, Kind, Webhook};
use crate::envelope::Envelope;
use crate::fields::Fields;
use crate::parts;
use crate::reading::{Context, Reading, Rejection, Source};

const NAME: &str = "delighted";
/// What Delighted asked before it had other surveys, and did not say.
const FIRST_SURVEY: &str = "nps";

/// What is told of a response.
const KINDS: [&str; 2] = ["survey_response.created", "survey_response.updated"];

/// Delighted's webhooks.
pub(crate) struct Delighted;

impl Source for Delighted {
    fn name(&self) -> &'static str {
        NAME
    }

    fn recognises(&self, envelope: &Envelope) -> bool {
        let Some(value) = envelope.json() else {
            return false;
        };
        let root = Fields::of(value);
        let is_event = root.text("event_type").is_some() && root.object("event_data").is_present();
        is_named(envelope, NAME) || (is_event && root.get("event_id").is_some())
    }

    fn read(&self, envelope: &Envelope, context: &Context) -> Result<Reading, Rejection> {
        let value = envelope.json().ok_or(Rejection::UnknownEnvelope)?;
        let root = Fields::of(value);
        let kind = root.required_text("event_type")?;
        // Somebody may unsubscribe in a kind of either name, with no response to tell of.
        if !KINDS.contains(&kind) {
            return Ok(parts::not_used(NAME, kind));
        }
        let id = parts::event_id(&root.required_id("event_id")?, "event_id")?;
        let data = root.object("event_data");
        let response = data.required_id("id")?;
        let occurred_at = match parts::time(&data, "updated_at")? {
            Some(at) => at,
            None => parts::time(&data, "created_at")?
                .ok_or_else(|| Rejection::missing("event_data.updated_at"))?,
        };
        let source = parts::source(NAME);
        let interaction_id = parts::interaction_id(&source, &response, "event_data.id")?;
        let mut event = Event::new(interaction_id, id, source, Channel::Survey, fact(&data)?);
        event.occurred_at = Some(occurred_at);
        let person = data.object("person");
        event.customer_name = person.text("name").and_then(line);
        // The address that the survey was sent to. The company has put the person there, not the person.
        let mut claims = Claims::on(Basis::Record);
        claims.email(person.text("email"));
        claims.phone(person.text("phone_number"), context.region);
        claims.record(NAME, person.id("id").as_deref());
        claims.name_in(&mut event);
        Ok(Reading::event(event))
    }

    fn about(&self) -> &'static About {
        &ABOUT
    }
}

fn fact(data: &Fields<'_>) -> Result<Fact, Rejection> {
    if data.get("score").is_none() {
        return Ok(Fact::Updated(Updated {
            attributes: attributes_of(data, &["survey_type", "comment"]),
        }));
    }
    let score = data
        .integer("score")
        .and_then(|score| i32::try_from(score).ok())
        .ok_or_else(|| Rejection::malformed(data.path_of("score"), "is not a whole number"))?;
    let survey = data
        .text("survey_type")
        .and_then(parts::kept_name)
        .unwrap_or_else(|| FIRST_SURVEY.to_owned());
    Ok(Fact::Scored(Scored {
        best: best(&survey),
        survey,
        score,
        comment: data.text("comment").map(Text::new),
    }))
}

/// The best score of a survey; `None` where there is no better and worse.
fn best(survey: &str) -> Option<i32> {
    match survey {
        "nps" | "enps" => Some(10),
        "csat" | "ces" | "smileys" | "stars_five" | "five_star" | "5_star" => Some(5),
        "thumbs" => Some(1),
        _ => None,
    }
}

const fn kind(name: &'static str, fixture: &'static str) -> Kind {
    Kind { name, fixture }
}

const ABOUT: About = About {
    title: "Delighted",
    summary: "Answers to Delighted's surveys, with score and comment, in the timeline of who was asked.",
    setup: &[
        "In Delighted open Integrations, Webhooks, and add the address {url}.",
        "Put the private API key of the project, with which Delighted signs, into the secret of this source.",
    ],
    kinds: &[
        kind("survey_response.created", "response-created.json"),
        kind("survey_response.updated", "response-updated.json"),
        kind("unsubscribe.created (ignored)", "ignored-unsubscribe.json"),
        kind(
            "survey_response.unsubscribed and others (ignored)",
            "ignored-response-unsubscribed.json",
        ),
    ],
    limits: &[
        "Claims: the person whom you have put into Delighted ties the address to a telephone number and to \
         crm:delighted/<id>, as a record of yours.",
        "Additional questions, properties of the person, tags and notes are not kept.",
        "Who unsubscribed is ignored by name: it is no conversation, and consent is kept elsewhere.",
        "A thumbs survey counts 1 as the best score; a survey of product-market fit has none.",
    ],
    webhook: Some(&Webhook {
        proof: &[Scheme::Signed(Signed {
            algorithm: Algorithm::HmacSha256,
            key: KeyForm::Text,
            signature: Place::Header("x-delighted-webhook-signature"),
            prefix: "sha256=",
            separator: None,
            encoding: Encoding::Hex,
            message: &[Part::Body],
            stamp: None,
        })],
        headers: &[],
        batch: Batch::Whole,
        answer: Answer::Ok,
        handshake: Handshake::None,
        retries: "Anything but 2xx is tried again at growing intervals, with the same event_id. How long is not published.",
    }),
};
