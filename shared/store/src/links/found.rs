//! What has to be known before a link is made: the standings of all who become one, and what was claimed and decided
//! between them.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::KeysAndAttributes;
use timeline::{
    ClaimRecord, Conflict, IdentityUri, LinkReason, LinkSet, Standing, records_in_conflict,
};
use tokio::time::Instant;

use super::{LinkAsk, LinkPreview, Linking, Standings};
use crate::error::{self, StoreError};
use crate::item::{self, Item};
use crate::known::{Revised, revised};
use crate::{Store, retry, schema};

/// Most keys of one batch: what DynamoDB takes.
const MAX_KEYS: usize = 100;
/// Most requests for one batch. A request gives at most 16 MB, or less when the table is busy; each gives something.
const MAX_BATCHES: usize = 20;

/// A link that can be made.
pub(crate) struct Plan {
    pub(crate) preview: LinkPreview,
    pub(crate) standings: Standings,
    /// What is claimed between the two ends, as it is kept under each of them; `rev` 0 where nothing is.
    pub(crate) claims: [Revised<ClaimRecord>; 2],
}

/// What a look at both customers finds.
pub(crate) enum Looked {
    Open(Box<Plan>),
    Closed(Box<Linking>),
}

/// Standings and claims by their keys.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) standings: Standings,
    pub(crate) claims: BTreeMap<(IdentityUri, IdentityUri), Revised<ClaimRecord>>,
}

impl Found {
    pub(crate) fn standing(&self, identity: &IdentityUri) -> Revised<Standing> {
        self.standings.get(identity).cloned().unwrap_or_default()
    }

    /// What is kept under `own` of its being the same person as `other`.
    pub(crate) fn claim(
        &self,
        own: &IdentityUri,
        other: &IdentityUri,
        claimed: bool,
    ) -> Revised<ClaimRecord> {
        let pair = (own.clone(), other.clone());
        self.claims.get(&pair).cloned().unwrap_or_else(|| Revised {
            value: ClaimRecord::new(own.clone(), other.clone(), claimed),
            rev: 0,
            expires_at: None,
        })
    }
}

impl Store {
    /// Reads both customers and decides, but for conflicts, whether the link can be made. Two round trips, one where
    /// neither end is linked yet.
    pub(crate) async fn look(&self, ask: &LinkAsk, until: Instant) -> Result<Looked, StoreError> {
        let (from, to) = (&ask.from, &ask.to);
        if from == to {
            return Ok(Looked::Closed(Box::new(Linking::Refused(
                timeline::LinkError::Same,
            ))));
        }
        let keys = BTreeSet::from([
            standing_key(from),
            standing_key(to),
            claim_key(from, to),
            claim_key(to, from),
        ]);
        let found = self.find(keys, until).await?;
        let [own, other] = [from, to].map(|end| found.standing(end).value.links);
        let active = own.between(from, to);
        let same = active
            .or_else(|| own.get(&ask.id))
            .or_else(|| other.get(&ask.id));
        if let Some(link) = same {
            return Ok(Looked::Closed(Box::new(Linking::Already(link.clone()))));
        }
        let claims = [found.claim(from, to, false), found.claim(to, from, true)];
        let has_ended = |claim: &Revised<ClaimRecord>| claim.value.ended.contains(&ask.id);
        if ask.reason == LinkReason::Agent && claims.iter().any(has_ended) {
            return Ok(Looked::Closed(Box::new(Linking::Ended)));
        }
        if matches!(ask.reason, LinkReason::Claim(_)) && claims.iter().any(|c| c.value.linked_once)
        {
            return Ok(Looked::Closed(Box::new(Linking::LinkedBefore)));
        }
        if matches!(ask.reason, LinkReason::Claim(_))
            && (own.is_full(from, to.kind()) || other.is_full(to, from.kind()))
        {
            let refused = timeline::LinkError::TooManyOfARecord;
            return Ok(Looked::Closed(Box::new(Linking::Refused(refused))));
        }
        let joined = match own.joined(&other, ask.link()) {
            Ok(joined) => joined,
            Err(refused) => return Ok(Looked::Closed(Box::new(Linking::Refused(refused)))),
        };
        let rest = self.find(rest_keys(ask, &own, &other), until).await?;
        // Between the two parts no link is active, so one that was made between them was ended: whoever did that has
        // separated the parts, and not only its two ends.
        if matches!(ask.reason, LinkReason::Claim(_))
            && rest.claims.values().any(|claim| claim.value.linked_once)
        {
            return Ok(Looked::Closed(Box::new(Linking::LinkedBefore)));
        }
        let conflicts = conflicts(ask, &found, &rest, &own, &other);
        let mut standings = rest.standings;
        for end in [from, to] {
            standings.insert(end.clone(), found.standing(end));
        }
        for identity in joined.identities(from) {
            standings.entry(identity).or_default();
        }
        Ok(Looked::Open(Box::new(Plan {
            preview: LinkPreview {
                link: ask.link(),
                own,
                other,
                joined,
                conflicts,
            },
            standings,
            claims,
        })))
    }

    /// Reads standings and claims as they are now.
    pub(crate) async fn find(
        &self,
        keys: impl IntoIterator<Item = (String, String)>,
        until: Instant,
    ) -> Result<Found, StoreError> {
        let keys: BTreeSet<_> = keys.into_iter().collect();
        let keys: Vec<Item> = keys.into_iter().map(|(pk, sk)| item::key(pk, sk)).collect();
        let mut found = Found::default();
        for batch in keys.chunks(MAX_KEYS) {
            for item in self.batch(batch.to_vec(), until).await? {
                if item::read_text(&item, schema::SK, "identity")? == schema::IDENTITY_SK {
                    let identity = owner(&item)?;
                    found
                        .standings
                        .insert(identity, revised(&item, "identity")?);
                } else {
                    let claim: Revised<ClaimRecord> = revised(&item, "claim")?;
                    let pair = (claim.value.own.clone(), claim.value.other.clone());
                    found.claims.insert(pair, claim);
                }
            }
        }
        Ok(found)
    }

    async fn batch(&self, mut keys: Vec<Item>, until: Instant) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::new();
        for _ in 0..MAX_BATCHES {
            if keys.is_empty() {
                return Ok(items);
            }
            let (some, left) = retry::repeat(until, || self.batch_once(keys.clone())).await?;
            items.extend(some);
            keys = left;
        }
        Err(StoreError::Unavailable {
            code: "UnprocessedKeys".to_owned(),
        })
    }

    async fn batch_once(&self, keys: Vec<Item>) -> Result<(Vec<Item>, Vec<Item>), StoreError> {
        let asked = keys.len();
        let keys = KeysAndAttributes::builder()
            .set_keys(Some(keys))
            .consistent_read(true)
            .build();
        let keys = keys.map_err(|_| StoreError::Refused {
            code: "keys".to_owned(),
        })?;
        let sent = self
            .client
            .batch_get_item()
            .request_items(&self.table, keys)
            .send()
            .await;
        let answer = sent.map_err(|failure| error::sort(&failure))?;
        let left = answer.unprocessed_keys.unwrap_or_default();
        let left: Vec<Item> = left.into_values().flat_map(|left| left.keys).collect();
        if left.len() == asked {
            return Err(StoreError::Unavailable {
                code: "UnprocessedKeys".to_owned(),
            });
        }
        let items = answer.responses.unwrap_or_default();
        Ok((items.into_values().flatten().collect(), left))
    }
}

/// The keys of the standings of the other members, and of what was decided between any of the one and any of the other
/// customer: at most 25 of one and 25 of the other. Claims stand under both, so one of each is enough.
fn rest_keys(ask: &LinkAsk, own: &LinkSet, other: &LinkSet) -> BTreeSet<(String, String)> {
    let (ours, theirs) = (own.identities(&ask.from), other.identities(&ask.to));
    let is_end = |member: &IdentityUri| *member == ask.from || *member == ask.to;
    let members = ours.union(&theirs).filter(|member| !is_end(member));
    let mut keys: BTreeSet<_> = members.map(standing_key).collect();
    for one in &ours {
        // Between members of one customer nothing is joined.
        let others = theirs.iter().filter(|other| !ours.contains(*other));
        keys.extend(others.map(|other| claim_key(one, other)));
    }
    keys.remove(&claim_key(&ask.from, &ask.to));
    keys
}

fn conflicts(
    ask: &LinkAsk,
    found: &Found,
    rest: &Found,
    own: &LinkSet,
    other: &LinkSet,
) -> Vec<Conflict> {
    let mut conflicts = records_in_conflict(&own.identities(&ask.from), &other.identities(&ask.to));
    let decided = found.claims.values().chain(rest.claims.values());
    for claim in decided.filter(|claim| claim.value.is_rejected()) {
        if let Some(decided) = &claim.value.decided {
            let rejected = Conflict::Rejected {
                by: decided.by.clone(),
                at: decided.at,
            };
            // The same decision stands under both.
            if !conflicts.contains(&rejected) {
                conflicts.push(rejected);
            }
        }
    }
    let shared = [&ask.from, &ask.to].into_iter();
    let shared = shared.filter(|end| found.standing(end).value.shared.is_some());
    conflicts.extend(
        shared
            .cloned()
            .map(|identity| Conflict::Shared { identity }),
    );
    conflicts
}

pub(crate) fn standing_key(identity: &IdentityUri) -> (String, String) {
    (
        schema::identity_pk(identity),
        schema::IDENTITY_SK.to_owned(),
    )
}

pub(crate) fn claim_key(own: &IdentityUri, other: &IdentityUri) -> (String, String) {
    (schema::identity_pk(own), schema::claim_sk(other))
}

/// The identity in whose partition an item stands.
fn owner(item: &Item) -> Result<IdentityUri, StoreError> {
    let pk = item::read_text(item, schema::PK, "identity")?;
    let uri = pk.strip_prefix(schema::IDENTITY_PK_PREFIX).unwrap_or(pk);
    IdentityUri::try_from(uri.to_owned())
        .map_err(|error| StoreError::unreadable("identity", &error))
}
