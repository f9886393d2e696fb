//! The routes of candidates: who a customer may be as well, and what an agent decides of it.

use std::collections::BTreeSet;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use lambda_kit::deadline::Deadline;
use lambda_kit::http::{
    Problem, StatusCode, json, json_body, json_with, path_parameter, unescaped_path_parameter,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{Claimed, Deciding};
use timeline::{
    ClaimRecord, Conflict, CustomerId, Decided, Decision, EvidenceShown, IdentityUri, Timestamp,
};

use crate::answers::{ConflictAnswer, Linked};
use crate::identities::read;
use crate::{Links, Refusal, asker};

/// What an agent decides of a candidate.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecisionBody {
    /// The decision. It is final until it is withdrawn.
    pub(crate) decision: Asked,
}

/// What is to be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Asked {
    /// Both are one person: they are linked.
    Confirm,
    /// They are not: a link between them ends, and no policy links them.
    Reject,
    /// What was decided does not stand any more; a link that it made ends.
    Withdraw,
}

/// Who a customer may be as well.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct CandidatesAnswer {
    /// The customer.
    #[serde(flatten)]
    pub(crate) customer: Linked,
    /// The candidates, the likeliest first, at most 50; those that were decided on as well.
    pub(crate) candidates: Vec<CandidateAnswer>,
}

/// One whom a customer may be as well.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct CandidateAnswer {
    /// The identity, to be named in a decision.
    pub(crate) identity: IdentityUri,
    /// Whose it is now.
    pub(crate) customer_id: CustomerId,
    /// How likely both are one person, from 0 to 100.
    pub(crate) score: u8,
    /// Why.
    pub(crate) evidence: Vec<EvidenceShown>,
    /// What was decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) decided: Option<Decided>,
}

/// How a candidate stands after a decision.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DecisionAnswer {
    /// The identity that was decided on.
    pub(crate) identity: IdentityUri,
    /// What stands; absent after a withdrawal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) decided: Option<Decided>,
    /// Whether both are one customer now. A rejection ends the link between the two, but none through others.
    pub(crate) one_customer: bool,
    /// The customer in the path.
    #[serde(flatten)]
    pub(crate) customer: Linked,
}

impl From<Claimed> for CandidateAnswer {
    fn from(claimed: Claimed) -> Self {
        Self {
            identity: claimed.identity,
            customer_id: claimed.customer,
            score: claimed.score,
            evidence: claimed.evidence,
            decided: claimed.decided,
        }
    }
}

impl Links {
    pub(crate) async fn candidates(
        &self,
        request: &ApiGatewayV2httpRequest,
        budget: Deadline,
    ) -> Result<ApiGatewayV2httpResponse, Refusal> {
        let own = self.asked_customer(request, budget).await?;
        let until = budget.instant();
        let links = self.store.standing(&own, until).await?.links;
        let candidates = self
            .store
            .candidates(&own, Timestamp::from(clock::now()), until)
            .await?;
        let answer = CandidatesAnswer {
            customer: Linked::of(&own, &links, self.store.salt()),
            candidates: candidates
                .into_iter()
                .filter(|candidate| self.is_somebody(candidate))
                .map(Into::into)
                .collect(),
        };
        Ok(json(StatusCode::OK, &answer))
    }

    pub(crate) async fn decide(
        &self,
        request: &ApiGatewayV2httpRequest,
        budget: Deadline,
    ) -> Result<ApiGatewayV2httpResponse, Refusal> {
        let by = asker(request)?;
        let asked = json_body::<DecisionBody>(request)?.decision;
        let own = self.asked_customer(request, budget).await?;
        let until = budget.instant();
        let links = self.store.standing(&own, until).await?.links;
        let members = links.identities(&own);
        let (identity, claims) = self.asked_claims(request, &members, budget).await?;
        let decision = match asked {
            Asked::Confirm => Some(Decision::Confirmed),
            Asked::Reject => Some(Decision::Rejected),
            Asked::Withdraw => None,
        };
        let mut stands = claims.iter().filter_map(|claim| claim.decided.as_ref());
        if let Some(decision) = decision
            && stands.any(|stands| stands.decision != decision)
        {
            return Err(decided_before());
        }
        let mut last = None;
        for claim in decided_on(asked, &claims) {
            // What was claimed before a number became the company's own may still be rejected or withdrawn.
            if asked == Asked::Confirm {
                self.refuse_own(&claim.own)?;
                self.refuse_own(&identity)?;
            }
            let deciding = self.store.decide(
                &claim.own,
                &identity,
                decision,
                &by,
                Timestamp::from(clock::now()),
                until,
            );
            match deciding.await? {
                Deciding::Decided {
                    claim,
                    one_customer,
                } => last = Some((claim, one_customer)),
                Deciding::NotClaimed => return Err(not_claimed()),
                Deciding::DecidedBefore(_) => return Err(decided_before()),
                Deciding::Refused(error) => {
                    return Err(Refusal::impossible(format!(
                        "They cannot be linked: {error}."
                    )));
                }
                Deciding::Conflicts(conflicts) => return Err(conflicting(conflicts)),
            }
        }
        let (claim, one_customer) = last.ok_or_else(not_claimed)?;
        let links = self.store.standing(&own, until).await?.links;
        let answer = DecisionAnswer {
            identity,
            decided: claim.decided,
            one_customer,
            customer: Linked::of(&own, &links, self.store.salt()),
        };
        Ok(json(StatusCode::OK, &answer))
    }

    /// Whether a candidate is claimed to be somebody by somebody: the company's own numbers and addresses are nobody's.
    fn is_somebody(&self, candidate: &Claimed) -> bool {
        let mut claims = candidate.claims.iter();
        !self.own.contains(&candidate.identity)
            && claims.any(|claim| !self.own.contains(&claim.own))
    }

    /// The identity in the path, and what is claimed of it and identities of the customer, the likeliest first. What has
    /// a percent sign is taken as it is, and only where nobody claims such an identity, as an escape.
    async fn asked_claims(
        &self,
        request: &ApiGatewayV2httpRequest,
        members: &BTreeSet<IdentityUri>,
        budget: Deadline,
    ) -> Result<(IdentityUri, Vec<ClaimRecord>), Refusal> {
        let plain = path_parameter(request, "identity").unwrap_or_default();
        let unescaped = unescaped_path_parameter(request, "identity").unwrap_or_default();
        let mut problem = None;
        for text in BTreeSet::from([plain, &*unescaped]) {
            match read(text, self.region) {
                Ok(identity) => {
                    let claims = self
                        .store
                        .claims_about(
                            members,
                            &identity,
                            Timestamp::from(clock::now()),
                            budget.instant(),
                        )
                        .await?;
                    if !claims.is_empty() {
                        return Ok((identity, claims));
                    }
                }
                Err(error) => problem = Some(error),
            }
        }
        match problem {
            Some(error) if plain == unescaped => {
                Err(Refusal::bad_field("identity", error.to_string()))
            }
            Some(_) | None => Err(not_claimed()),
        }
    }
}

/// On which of the claims about an identity a decision is: one link is enough, and one claim that is left open would
/// bring the candidate back.
fn decided_on(asked: Asked, claims: &[ClaimRecord]) -> Vec<&ClaimRecord> {
    match asked {
        Asked::Confirm => {
            let confirmed = claims.iter().find(|claim| claim.is_confirmed());
            confirmed.or(claims.first()).into_iter().collect()
        }
        Asked::Reject | Asked::Withdraw => claims.iter().collect(),
    }
}

fn not_claimed() -> Refusal {
    Refusal::not_found("Nothing says that this identity is the customer's.")
}

fn decided_before() -> Refusal {
    let problem = Problem::new(StatusCode::CONFLICT);
    Refusal::Problem(problem.detail(
        "An agent has decided otherwise. That stands until it is withdrawn, by the decision `withdraw`.",
    ))
}

fn conflicting(conflicts: Vec<Conflict>) -> Refusal {
    let answer = ConflictAnswer {
        kind: "about:blank",
        title: "Conflict",
        status: StatusCode::CONFLICT.as_u16(),
        detail: "Something speaks against linking them. A link can be made in spite of it, with `accept_conflicts`.",
        conflicts,
    };
    let headers = [("content-type", "application/problem+json")];
    Refusal::Answer(Box::new(json_with(StatusCode::CONFLICT, &answer, &headers)))
}
