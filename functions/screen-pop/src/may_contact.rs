//! Whether a customer may be contacted: everything that the rules look at is read when it is asked.

use std::collections::BTreeSet;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use futures_util::future::{try_join, try_join_all};
use lambda_kit::deadline::Deadline;
use lambda_kit::http::{Problem, StatusCode, is_repeated, json, problem, query_parameter};
use schemars::JsonSchema;
use serde::Serialize;
use store::{MAX_PAGE, Store, StoreError};
use timeline::{
    Channel, History, IdentityUri, Intent, Purpose, Region, Timestamp, Verdict, may_contact,
};

use crate::query::{self, Asked};
use crate::{Pops, Refusal, now};

/// Most pages of each identity's timeline that are looked through. Complaints and promises that are open are pinned,
/// so only what came back unread this many interactions ago is missed, and the answer then says how far it looked.
const MAX_PAGES_LOOKED_AT: usize = 10;

/// Whether the customer may be contacted.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ContactAnswer {
    /// The answer.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// What is older than this was not looked at, but for complaints and promises that are open; absent when all was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub looked_back_to: Option<Timestamp>,
}

/// A parameter that cannot be understood, and why. Never quotes it.
type Wrong = (&'static str, &'static str);

/// What is known of one identity, and how far back it was looked.
struct Looked {
    history: History,
    back_to: Option<Timestamp>,
}

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
        let known = self.store.known(&own, budget.instant()).await;
        let links = known.map_err(Refusal::Store)?.standing.value.links;
        let identities: BTreeSet<IdentityUri> = links.identities(&own);
        if let Some(asked) = &intent.identity
            && !identities.contains(asked)
        {
            return Ok(refused(&[("identity", "is none of the customer's")]));
        }
        let looking = identities
            .into_iter()
            .map(|identity| Box::pin(look(&self.store, identity, budget)));
        let looked = try_join_all(looking).await.map_err(Refusal::Store)?;
        let nothing = looked
            .iter()
            .all(|looked| looked.history.interactions.is_empty());
        if nothing && links.is_empty() {
            return Err(Refusal::NotFound("No customer has this id."));
        }
        let looked_back_to = looked.iter().filter_map(|looked| looked.back_to).max();
        let customer: Vec<History> = looked.into_iter().map(|looked| looked.history).collect();
        let verdict = may_contact(&intent, &customer, now());
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

/// Everything of an identity that the rules look at. Fails when any of it cannot be read.
async fn look(
    store: &Store,
    identity: IdentityUri,
    budget: Deadline,
) -> Result<Looked, StoreError> {
    let (known, (mut interactions, back_to)) = try_join(
        store.known(&identity, budget.instant()),
        pages(store, &identity, budget),
    )
    .await?;
    interactions.extend(known.pinned);
    Ok(Looked {
        history: History {
            identity,
            interactions,
        },
        back_to,
    })
}

async fn pages(
    store: &Store,
    identity: &IdentityUri,
    budget: Deadline,
) -> Result<(Vec<timeline::Summary>, Option<Timestamp>), StoreError> {
    let (mut interactions, mut cursor) = (Vec::new(), None);
    for _ in 0..MAX_PAGES_LOOKED_AT {
        let page = store
            .timeline(identity, MAX_PAGE, cursor.as_deref(), budget.instant())
            .await?;
        // A cursor that this store has just made is taken by it; were it not, what is behind it could not be read.
        let page = page.map_err(|_| StoreError::OutOfTime)?;
        if page.unreadable > 0 {
            return Err(StoreError::Unreadable {
                item: "timeline",
                problem: "interactions cannot be read back".to_owned(),
            });
        }
        interactions.extend(page.interactions);
        cursor = page.next_cursor;
        if cursor.is_none() {
            return Ok((interactions, None));
        }
    }
    let back_to = interactions.last().map(|summary| summary.started_at);
    Ok((interactions, back_to))
}
