//! Whether a customer may be contacted: everything that the rules look at is read when it is asked.

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use lambda_kit::deadline::Deadline;
use lambda_kit::http::{Problem, StatusCode, is_repeated, json, problem, query_parameter};
use schemars::JsonSchema;
use serde::Serialize;
use timeline::{Channel, Intent, Purpose, Region, Timestamp, Verdict, may_contact};

use crate::query::{self, Asked};
use crate::{Pops, Refusal};

/// Whether the customer may be contacted.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ContactAnswer {
    /// The answer.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// What is older than this was not looked at, except for complaints and promises that are open; absent when all was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub looked_back_to: Option<Timestamp>,
}

/// A parameter that cannot be understood, and why. Never quotes it.
type Wrong = (&'static str, &'static str);

impl Pops {
    /// Answers `GET /v1/customers/{id}/may-contact`. What cannot be read is a 503: nothing is allowed by ignorance.
    pub(crate) async fn may_contact(
        &self,
        request: &ApiGatewayV2httpRequest,
        budget: Deadline,
    ) -> Result<ApiGatewayV2httpResponse, Refusal> {
        let intent = match intent(request, self.region) {
            Ok(intent) => intent,
            Err(wrong) => return Ok(refused(&wrong)),
        };
        let own = self.asked_customer(request, budget).await?;
        let looked = Box::pin(self.store.histories(&own, budget.instant())).await;
        let looked = looked.map_err(Refusal::Store)?;
        let customer = looked.histories;
        let is_known = |asked| customer.iter().any(|history| &history.identity == asked);
        if intent
            .identity
            .as_ref()
            .is_some_and(|asked| !is_known(asked))
        {
            return Ok(refused(&[("identity", "is none of the customer's")]));
        }
        // A customer's entry by itself tells nothing: it stays when an earlier event gives the interaction to another.
        if !looked.known {
            return Err(Refusal::NotFound("No customer has this id."));
        }
        let verdict = may_contact(&intent, &customer, Timestamp::from(clock::now()));
        let looked_back_to = looked.back_to;
        let answer = ContactAnswer {
            verdict,
            looked_back_to,
        };
        Ok(json(StatusCode::OK, &answer))
    }
}

fn intent(request: &ApiGatewayV2httpRequest, region: Option<Region>) -> Result<Intent, Vec<Wrong>> {
    let one_of = |name: &'static str| match query_parameter(request, name) {
        _ if is_repeated(request, name) => Err((name, "is given more than once")),
        Some(value) if !value.trim().is_empty() => Ok(Some(value)),
        Some(_) => Err((name, "is empty")),
        None => Ok(None),
    };
    let purpose = one_of("purpose").and_then(|value| {
        let value = value.ok_or(("purpose", "is needed: sales, service or marketing"))?;
        let mut all = Purpose::ALL.into_iter();
        let found = all.find(|purpose| purpose.name() == value);
        found.ok_or(("purpose", "is not sales, service or marketing"))
    });
    let channel = one_of("channel").and_then(|value| {
        let value = value.ok_or(("channel", "is needed, such as call, chat or email"))?;
        let mut all = Channel::ALL.into_iter();
        let found = all.find(|channel| channel.name() == value);
        found.ok_or(("channel", "is not a channel, such as call, chat or email"))
    });
    let identity = one_of("identity").and_then(|value| {
        let Some(value) = value else {
            return Ok(None);
        };
        match query::read(|name| (name == "identity").then(|| value.clone()), region) {
            Ok(Asked::Identity(identity)) => Ok(Some(identity.uri)),
            Ok(Asked::Either { .. } | Asked::Interaction(_) | Asked::Withheld) | Err(_) => {
                Err(("identity", "is not an identity's URI"))
            }
        }
    });
    match (purpose, channel, identity) {
        (Ok(purpose), Ok(channel), Ok(identity)) => Ok(Intent {
            purpose,
            channel,
            identity,
        }),
        (purpose, channel, identity) => Err([purpose.err(), channel.err(), identity.err()]
            .into_iter()
            .flatten()
            .collect()),
    }
}

fn refused(wrong: &[Wrong]) -> ApiGatewayV2httpResponse {
    let bad = Problem::new(StatusCode::BAD_REQUEST).detail("The query cannot be understood.");
    problem(
        wrong
            .iter()
            .fold(bad, |problem, (name, why)| problem.field(*name, *why)),
    )
}
