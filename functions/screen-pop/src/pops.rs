//! The pop: of whom it is, and what is told of them.

use std::collections::{BTreeSet, VecDeque};

use store::StoreError;
use timeline::{
    Identity, Interaction, InteractionId, OwnIdentities, Recall, Related, Relation, ScreenPop,
    Timestamp,
};
use tokio::time::Instant;

use crate::Pops;
use crate::query::Asked;

/// Most interactions of a chain of transfers that are read to find whose it is.
pub const MAX_CHAIN: usize = 3;

/// Whose an interaction is, as far as that could be found.
struct Found {
    interaction: Option<Interaction>,
    customer: Option<Identity>,
    incomplete: bool,
}

impl Pops {
    /// What an agent is told. Whatever cannot be read, it is an answer.
    pub(crate) async fn pop(&self, asked: Asked, until: Instant) -> ScreenPop {
        match asked {
            Asked::Withheld => ScreenPop::anonymous(Timestamp::from(clock::now())),
            Asked::Identity(identity) => {
                let recall = self.recalled(&identity, until).await;
                ScreenPop::assemble(
                    &identity,
                    recall,
                    self.store.salt(),
                    Timestamp::from(clock::now()),
                )
            }
            Asked::Either {
                national,
                international,
            } => {
                // At once, so that digits of two meanings still take one round trip.
                let (at_home, abroad) = futures_util::future::join(
                    Box::pin(self.recalled(&national, until)),
                    Box::pin(self.recalled(&international, until)),
                )
                .await;
                let (identity, recall) =
                    the_known_one((national, at_home), (international, abroad));
                ScreenPop::assemble(
                    &identity,
                    recall,
                    self.store.salt(),
                    Timestamp::from(clock::now()),
                )
            }
            Asked::Interaction(id) => self.pop_about(&id, until).await,
        }
    }

    /// The pop of whoever is the customer of an interaction. A contact that was transferred inherits the customer from
    /// where it came: the pop follows the customer, never the agent who passed the call on.
    async fn pop_about(&self, id: &InteractionId, until: Instant) -> ScreenPop {
        let found = self.customer_of(id, until).await;
        let pop = match found.customer {
            Some(customer) => {
                let recall = self.recalled(&customer, until).await;
                ScreenPop::assemble(
                    &customer,
                    recall,
                    self.store.salt(),
                    Timestamp::from(clock::now()),
                )
            }
            None => ScreenPop::of_nobody(id, found.incomplete),
        };
        match found.interaction {
            Some(interaction) => pop.about(interaction.summary(), Timestamp::from(clock::now())),
            None => pop,
        }
    }

    async fn customer_of(&self, id: &InteractionId, until: Instant) -> Found {
        let (mut waiting, mut seen) = (VecDeque::from([id.clone()]), BTreeSet::new());
        let mut found = Found {
            interaction: None,
            customer: None,
            incomplete: false,
        };
        for _ in 0..MAX_CHAIN {
            let Some(next) = waiting.pop_front() else {
                break;
            };
            seen.insert(next.clone());
            match self.store.interaction_alone(&next, until).await {
                Ok(Some(interaction)) => {
                    found.customer = theirs(&interaction, &self.own).cloned();
                    waiting.extend(before(&interaction).filter(|id| !seen.contains(id)));
                    if next == *id {
                        found.interaction = Some(interaction);
                    }
                }
                Ok(None) => {}
                Err(error) => {
                    note(&error);
                    found.incomplete = true;
                }
            }
            if found.customer.is_some() {
                break;
            }
        }
        found
    }

    /// What is known of an identity. The company's own is nobody's, so nothing is.
    pub(crate) async fn recalled(&self, identity: &Identity, until: Instant) -> Recall {
        if self.own.contains(&identity.uri) {
            return Recall::default();
        }
        let mut recall = self.store.recall(identity, until).await;
        recall
            .possible
            .retain(|possible| !self.own.contains(&possible.claim.other));
        recall
    }
}

/// The customer of an interaction, unless that is the company itself.
fn theirs<'a>(interaction: &'a Interaction, own: &OwnIdentities) -> Option<&'a Identity> {
    let customer = interaction.customer();
    customer.filter(|customer| !own.contains(&customer.uri))
}

/// Where a chain of transfers began, which is nearest to the customer, and then where it came from.
fn before(interaction: &Interaction) -> impl Iterator<Item = InteractionId> {
    let by = |wanted: Relation| {
        let related = interaction.related();
        related.filter(move |related: &&Related| related.relation == wanted)
    };
    by(Relation::Initial)
        .chain(by(Relation::Previous))
        .map(|related| related.interaction_id.clone())
}

/// Of two readings of the same digits the one of which more is known: its own history, links or traits before what is
/// only claimed of it, that before nothing; the national one where that decides nothing. Where more could be read of the
/// other it could have been that one, so the pop is then degraded.
fn the_known_one(
    national: (Identity, Recall),
    international: (Identity, Recall),
) -> (Identity, Recall) {
    let [at_home, abroad] = [&national.1, &international.1].map(known_by);
    let is_abroad = abroad > at_home;
    let could_be_other = if is_abroad {
        national.1.incomplete
    } else {
        at_home < KnownBy::Itself && international.1.incomplete
    };
    let (identity, recall) = if is_abroad { international } else { national };
    let incomplete = recall.incomplete || could_be_other;
    (
        identity,
        Recall {
            incomplete,
            ..recall
        },
    )
}

/// By what an identity is known, the least first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum KnownBy {
    Nothing,
    Claims,
    Itself,
}

fn known_by(recall: &Recall) -> KnownBy {
    if recall.knows_itself() {
        KnownBy::Itself
    } else if recall.knows_anything() {
        KnownBy::Claims
    } else {
        KnownBy::Nothing
    }
}

fn note(error: &StoreError) {
    tracing::warn!(error.code = %error, "whose an interaction is could not be read");
}
