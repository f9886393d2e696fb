//! What a link would change, told without changing anything.

use std::collections::{BTreeMap, BTreeSet};

use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use lambda_kit::deadline::Deadline;
use lambda_kit::http::{StatusCode, json};
use store::{LinkPreview, Surveyed};
use timeline::{IdentityUri, Trait, TraitName, Traits};

use crate::answers::{Differing, Holding, LinkPreviewAnswer, Linked};
use crate::{Links, Refusal};

impl Links {
    pub(crate) async fn told(
        &self,
        preview: LinkPreview,
        budget: Deadline,
    ) -> Result<ApiGatewayV2httpResponse, Refusal> {
        let surveyed = self
            .store
            .survey(&preview.identities(), budget.instant())
            .await?;
        let (from, to) = (&preview.link.from, &preview.link.to);
        let salt = self.store.salt();
        let ours = Linked::of(from, &preview.own, salt);
        let theirs = Linked::of(to, &preview.other, salt);
        let own = joined(&surveyed, &ours.identities);
        let other = joined(&surveyed, &theirs.identities);
        let mut customers = vec![ours];
        if customers[0].customer_id != theirs.customer_id {
            customers.push(theirs);
        }
        Ok(json(
            StatusCode::OK,
            &LinkPreviewAnswer {
                dry_run: true,
                customer: Linked::of(from, &preview.joined, salt),
                customers,
                traits: differing(&own, &other),
                holdings: surveyed.into_iter().map(holding).collect(),
                conflicts: preview.conflicts,
            },
        ))
    }
}

fn holding(surveyed: Surveyed) -> Holding {
    Holding {
        identity: surveyed.identity,
        interactions: surveyed.interactions,
        more: surveyed.more,
    }
}

/// The traits of some identities as those of one person.
fn joined(surveyed: &[Surveyed], of: &BTreeSet<IdentityUri>) -> Traits {
    let mut traits = Traits::default();
    for each in surveyed.iter().filter(|each| of.contains(&each.identity)) {
        traits.join(&each.traits);
    }
    traits
}

/// The traits that both state, and not alike.
fn differing(own: &Traits, other: &Traits) -> Vec<Differing> {
    let mut both = own.clone();
    both.join(other);
    let by_name = |traits: &Traits| -> BTreeMap<TraitName, Trait> {
        let all = traits.all();
        all.map(|(name, kept)| (name.clone(), kept.clone()))
            .collect()
    };
    let (own, other, both) = (by_name(own), by_name(other), by_name(&both));
    let differing = own.into_iter().filter_map(|(name, own)| {
        let other = other.get(&name)?.clone();
        let shown = both.get(&name)?.clone();
        (own.value != other.value).then_some(Differing {
            name,
            own,
            other,
            shown,
        })
    });
    differing.collect()
}
