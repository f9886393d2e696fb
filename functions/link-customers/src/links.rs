//! The routes of links.

use std::collections::BTreeSet;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use lambda_kit::deadline::Deadline;
use lambda_kit::http::{
    Problem, StatusCode, idempotency_key, json, json_body, json_with, unescaped_path_parameter,
};
use store::{LinkAsk, LinkPreview, Linking, Unlinking};
use timeline::{
    Conflict, IdentityUri, Link, LinkChange, LinkError, LinkId, LinkReason, LinkSet,
    MAX_IDENTITIES, Timestamp, opaque,
};

use crate::answers::{
    ConflictAnswer, LinkAnswer, LinkBody, Linked, LinksAnswer, MAX_NOTE_BYTES, UnlinkAnswer,
};
use crate::{Links, Refusal, asker, is_dry_run};

impl Links {
    pub(crate) async fn links(
        &self,
        request: &ApiGatewayV2httpRequest,
        budget: Deadline,
    ) -> Result<ApiGatewayV2httpResponse, Refusal> {
        let own = self.asked_customer(request, budget).await?;
        let until = budget.instant();
        let links = self.store.standing(&own, until).await?.links;
        let history = self.store.customer_history(&own, &links, until).await?;
        let answer = LinksAnswer {
            customer: Linked::of(&own, &links, self.store.salt()),
            links: links.iter().cloned().collect(),
            history,
        };
        Ok(json(StatusCode::OK, &answer))
    }

    pub(crate) async fn link(
        &self,
        request: &ApiGatewayV2httpRequest,
        budget: Deadline,
    ) -> Result<ApiGatewayV2httpResponse, Refusal> {
        let dry_run = is_dry_run(request)?;
        let by = asker(request)?;
        let body: LinkBody = json_body(request)?;
        let key = idempotency_key(request)?;
        let from = self.asked_customer(request, budget).await?;
        self.refuse_own(&from)?;
        let to = self.asked_other(&body, budget).await?;
        let ask = LinkAsk {
            id: self.link_id(key, by.as_str(), &from, &to),
            from,
            to,
            by,
            at: Timestamp::from(clock::now()),
            reason: LinkReason::Agent,
            note: body.note,
            accept_conflicts: body.accept_conflicts,
        };
        let until = budget.instant();
        let linking = if dry_run {
            self.store.preview_link(&ask, until).await?
        } else {
            self.store.link(&ask, until).await?
        };
        match linking {
            Linking::Linked(preview) if dry_run => self.told(preview, budget).await,
            Linking::Linked(preview) => {
                Ok(self.linked(StatusCode::CREATED, preview.link, &preview.joined))
            }
            Linking::Already(link) => {
                let links = self.store.standing(&link.from, until).await?.links;
                if dry_run {
                    let there = LinkPreview {
                        link,
                        own: links.clone(),
                        other: links.clone(),
                        joined: links,
                        conflicts: Vec::new(),
                    };
                    return self.told(there, budget).await;
                }
                Ok(self.linked(StatusCode::OK, link, &links))
            }
            Linking::Conflicts(conflicts) => Err(conflicting(conflicts)),
            // Only policies are asked whether they did before.
            Linking::LinkedBefore => Err(conflicting(Vec::new())),
            Linking::Ended => Err(ended()),
            Linking::Refused(error) => Err(impossible(error)),
        }
    }

    pub(crate) async fn unlink(
        &self,
        request: &ApiGatewayV2httpRequest,
        budget: Deadline,
    ) -> Result<ApiGatewayV2httpResponse, Refusal> {
        let dry_run = is_dry_run(request)?;
        let by = asker(request)?;
        let own = self.asked_customer(request, budget).await?;
        let id = unescaped_path_parameter(request, "link_id").map(std::borrow::Cow::into_owned);
        let id = id.and_then(|id| LinkId::try_from(id).ok());
        let Some(id) = id else {
            return Err(no_such_link());
        };
        let until = budget.instant();
        let ids = BTreeSet::from([id.clone()]);
        let unlinking = if dry_run {
            self.store.preview_unlink(&own, &ids, until).await?
        } else {
            self.store
                .unlink(&own, &ids, &by, Timestamp::from(clock::now()), None, until)
                .await?
        };
        let Unlinking::Unlinked(parts) = unlinking else {
            return self.ended_before(&own, &id, dry_run, budget).await;
        };
        let links = parts.values().flat_map(LinkSet::iter);
        Ok(json(
            StatusCode::OK,
            &UnlinkAnswer {
                dry_run,
                customers: Linked::each(&parts, self.store.salt()),
                links: distinct(links),
            },
        ))
    }

    /// The answer for a link that is not active: where it was ended before, what is left now. So the same request again
    /// gets the same answer.
    async fn ended_before(
        &self,
        own: &IdentityUri,
        id: &LinkId,
        dry_run: bool,
        budget: Deadline,
    ) -> Result<ApiGatewayV2httpResponse, Refusal> {
        let until = budget.instant();
        let links = self.store.standing(own, until).await?.links;
        let history = self.store.customer_history(own, &links, until).await?;
        let ended = history.into_iter().find(|record| {
            record.what == LinkChange::Unlinked && record.link_id.as_ref() == Some(id)
        });
        let ended = ended.ok_or_else(no_such_link)?;
        let mut parts = std::collections::BTreeMap::new();
        for end in [own, &ended.from, &ended.to] {
            let links = self.store.standing(end, until).await?.links;
            parts.insert(end.clone(), links);
        }
        let links = parts.values().flat_map(LinkSet::iter);
        Ok(json(
            StatusCode::OK,
            &UnlinkAnswer {
                dry_run,
                customers: Linked::each(&parts, self.store.salt()),
                links: distinct(links),
            },
        ))
    }

    /// The identity that the body names, itself or by a customer's id.
    async fn asked_other(&self, body: &LinkBody, budget: Deadline) -> Result<IdentityUri, Refusal> {
        if body
            .note
            .as_ref()
            .is_some_and(|note| note.expose().len() > MAX_NOTE_BYTES)
        {
            return Err(Refusal::bad_field(
                "note",
                format!("is longer than {MAX_NOTE_BYTES} bytes"),
            ));
        }
        match (&body.identity, &body.customer_id) {
            (Some(identity), None) => self.read("identity", identity.expose()),
            (None, Some(id)) => {
                let other = self.customer(id, budget).await?.ok_or_else(|| {
                    Refusal::not_found("No customer has the id that is to be linked.")
                })?;
                self.refuse_own(&other)?;
                Ok(other)
            }
            (None, None) | (Some(_), Some(_)) => Err(Refusal::bad_field(
                "identity, customer_id",
                "exactly one of them is needed",
            )),
        }
    }

    /// The link's id: that of the act, if the caller gave the act a key, so that the same act again is the same link.
    fn link_id(&self, key: Option<&str>, by: &str, from: &IdentityUri, to: &IdentityUri) -> LinkId {
        let (from, to) = (from.expose(), to.expose());
        let act = match key {
            // Whose key it is and what for is part of it: another's, or one used again, is another act.
            Some(key) => opaque(&["key", key, by, from, to]),
            None => opaque(&["random", &format!("{:032x}", fastrand::u128(..)), from, to]),
        };
        LinkId::of_act(&act, self.store.salt())
    }

    fn linked(&self, status: StatusCode, link: Link, links: &LinkSet) -> ApiGatewayV2httpResponse {
        let customer = Linked::of(&link.from, links, self.store.salt());
        json(status, &LinkAnswer { link, customer })
    }
}

/// Each link once: every identity of a customer has them all.
fn distinct<'a>(links: impl Iterator<Item = &'a Link>) -> Vec<Link> {
    let mut told = BTreeSet::new();
    links
        .filter(|link| told.insert(&link.id))
        .cloned()
        .collect()
}

fn no_such_link() -> Refusal {
    Refusal::not_found("This customer has no link with this id.")
}

fn ended() -> Refusal {
    let problem = Problem::new(StatusCode::CONFLICT);
    Refusal::Problem(problem.detail(
        "The link of this `Idempotency-Key` was made and has ended. Another key makes another link.",
    ))
}

fn impossible(error: LinkError) -> Refusal {
    Refusal::impossible(match error {
        LinkError::Same => "Both are the same identity, which needs no link.".to_owned(),
        LinkError::TooManyIdentities => format!(
            "Both together have more identities than one customer can: at most {MAX_IDENTITIES} identities."
        ),
        LinkError::TooManyLinks | LinkError::TooLong | LinkError::TooManyOfARecord => {
            format!("Both together have more links than one customer can: {error}.")
        }
    })
}

fn conflicting(conflicts: Vec<Conflict>) -> Refusal {
    let answer = ConflictAnswer {
        kind: "about:blank",
        title: "Conflict",
        status: StatusCode::CONFLICT.as_u16(),
        detail: "Something speaks against this link. It is made with `accept_conflicts`.",
        conflicts,
    };
    let headers = [("content-type", "application/problem+json")];
    Refusal::Answer(Box::new(json_with(StatusCode::CONFLICT, &answer, &headers)))
}
