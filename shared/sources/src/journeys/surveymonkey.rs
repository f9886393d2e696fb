//! SurveyMonkey's notices that a survey was answered. They say which response it is and nothing of what was answered,
//! nor by whom: that would have to be fetched.

use signatures::{Algorithm, Encoding, KeyForm, Part, Place, Scheme, Signed};
use timeline::{Acted, Basis, Channel, Event, Fact, Updated};

use super::claims::{Claims, attributes_of, is_named};
use crate::about::{About, Answer, Batch, Handshake, Kind, Webhook};
use crate::envelope::Envelope;
use crate::fields::Fields;
use crate::parts;
use crate::reading::{Context, Reading, Rejection, Source};

const NAME: &str = "surveymonkey";
/// What is kept of where a response belongs.
const KEPT: [&str; 3] = ["survey_id", "collector_id", "respondent_id"];
/// In the place of an id: nobody in particular.
const NOBODY: &str = "0";

/// SurveyMonkey's webhooks.
pub(crate) struct SurveyMonkey;

impl Source for SurveyMonkey {
    fn name(&self) -> &'static str {
        NAME
    }

    fn recognises(&self, envelope: &Envelope) -> bool {
        let Some(value) = envelope.json() else {
            return false;
        };
        let root = Fields::of(value);
        let is_event = root.text("event_type").is_some() && root.get("event_datetime").is_some();
        let has_object = root.get("object_id").is_some() || root.object("resources").is_present();
        is_named(envelope, NAME) || (is_event && has_object)
    }

    fn read(&self, envelope: &Envelope, _: &Context) -> Result<Reading, Rejection> {
        let value = envelope.json().ok_or(Rejection::UnknownEnvelope)?;
        let root = Fields::of(value);
        let kind = root.required_text("event_type")?;
        let resources = root.object("resources");
        let attributes = || attributes_of(&resources, &KEPT);
        let fact = match kind {
            "response_completed" => Fact::Acted(Acted {
                action: kind.to_owned(),
                attributes: attributes(),
            }),
            "response_created"
            | "response_updated"
            | "response_disqualified"
            | "response_overquota"
            | "response_deleted" => {
                let mut attributes = attributes();
                attributes.insert("event".to_owned(), kind.into());
                Fact::Updated(Updated { attributes })
            }
            _ => return Ok(parts::not_used(NAME, kind)),
        };
        let id = parts::event_id(&root.required_id("event_id")?, "event_id")?;
        let occurred_at = parts::required_time(&root, "event_datetime")?;
        let source = parts::source(NAME);
        let response = root.required_id("object_id")?;
        let interaction_id = parts::interaction_id(&source, &response, "object_id")?;
        let mut event = Event::new(interaction_id, id, source, Channel::Survey, fact);
        event.occurred_at = Some(occurred_at);
        // Whom the survey was sent to, known there only. Whoever opens a link has none.
        let recipient = resources.id("recipient_id").filter(|id| id != NOBODY);
        let mut claims = Claims::on(Basis::Record);
        claims.record(NAME, recipient.as_deref());
        claims.name_in(&mut event);
        Ok(Reading::event(event))
    }

    fn about(&self) -> &'static About {
        &ABOUT
    }
}

const fn kind(name: &'static str, fixture: &'static str) -> Kind {
    Kind { name, fixture }
}

const ABOUT: About = About {
    title: "SurveyMonkey",
    summary: "That a survey was answered, and when. Not what was answered.",
    setup: &[
        "In SurveyMonkey's developer portal make an app, and note its client id and secret.",
        "Make a webhook with POST /v3/webhooks for the survey or collector, of event_type response_completed (one webhook \
         for each kind), with subscription_url {url}. SurveyMonkey asks the address with HEAD before it takes it.",
        "Put the client id and the secret, joined by &, into the secret of this source: <client id>&<secret>.",
    ],
    kinds: &[
        kind("response_created", "response-created.json"),
        kind("response_updated", "response-updated.json"),
        kind("response_completed", "response-completed.json"),
        kind("response_disqualified", "response-disqualified.json"),
        kind("response_overquota", "response-overquota.json"),
        kind("response_deleted", "response-deleted.json"),
        kind(
            "collector_created, collector_updated, collector_deleted (ignored)",
            "ignored-collector-created.json",
        ),
        kind(
            "survey_*, app_installed, app_uninstalled (ignored)",
            "ignored-app-installed.json",
        ),
    ],
    limits: &[
        "A notice has no score, no comment and no address. Answers would have to be fetched from SurveyMonkey's API; a \
         program that does so can send them as cornerstore.survey.scored (see CloudEvents).",
        "The customer is the recipient's id at SurveyMonkey (crm:surveymonkey/…), where the survey was sent to one. \
         Answers by a link have nobody, and are in no customer's timeline.",
    ],
    webhook: Some(&Webhook {
        proof: &[Scheme::Signed(Signed {
            algorithm: Algorithm::HmacSha1,
            key: KeyForm::Text,
            signature: Place::Header("sm-signature"),
            prefix: "",
            separator: None,
            encoding: Encoding::Base64,
            message: &[Part::Body],
            stamp: None,
        })],
        headers: &[],
        batch: Batch::Whole,
        answer: Answer::Ok,
        handshake: Handshake::None,
        retries: "Anything but 2xx is tried again a few times, with the same event_id. How long is not published.",
    }),
};
