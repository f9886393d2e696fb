//! Recall: all that a screen pop needs of whoever is behind an identity, in as few round trips as there can be.
//!
//! The first hop asks three things of the identity itself. Only what it says can make a second hop necessary: the other
//! identities of a linked customer, and whom it could be. An order's number has one hop before, which leads to its
//! customer. All requests of a hop are on their way at once, but for those of a very great customer, and each is bounded
//! whatever the history's length.

use std::collections::{BTreeSet, HashMap};

use futures_util::future::{join, join_all, join3};
use timeline::{
    ClaimRecord, Identity, IdentityUri, InteractionId, MAX_CANDIDATES, MAX_SHARING, Possible,
    Recall, Summary, Timestamp, not_rejected, possible_claims, references,
};
use tokio::time::Instant;

use crate::Store;
use crate::error::StoreError;
use crate::known::{Known, Part};
use crate::slice::Slice;

/// How many interactions a pop shows and looks through for warnings.
pub const POP_PAGE: usize = 50;

/// What the table says of one identity.
struct Heard {
    identity: IdentityUri,
    known: Result<Known, StoreError>,
    newest: Result<Slice, StoreError>,
    oldest: Result<Option<Timestamp>, StoreError>,
}

impl Store {
    /// Everything that a screen pop needs of the customer behind an identity: one round trip of three requests for one
    /// who is not linked, two for one who is or whom it could be, one more for an order's or a ticket's number, and for
    /// an identity with more claims than one query holds. What cannot be read in time is missing, and the answer says so.
    pub async fn recall(&self, identity: &Identity, until: Instant) -> Recall {
        let heard = self.hear(&identity.uri, until).await;
        let things: Vec<ClaimRecord> = heard.whose_thing().into_iter().cloned().collect();
        if things.is_empty() {
            self.recall_from(heard, until).await
        } else {
            self.recall_of_thing(&things, heard.named_beside(&things), until)
                .await
        }
    }

    /// The first hop: three requests at once.
    async fn hear(&self, identity: &IdentityUri, until: Instant) -> Heard {
        let known = self.known_readably(identity, until);
        self.hear_with(identity, known, until).await
    }

    /// Of another identity of the customer no more claims are asked for than one query holds: the pop tells whom the one
    /// that was asked for could be, and of the others' claims only what was rejected counts.
    async fn hear_sibling(&self, identity: &IdentityUri, until: Instant) -> Heard {
        let known = self.known_part(identity, Part::All, until);
        self.hear_with(identity, known, until).await
    }

    /// All at once, [`timeline::MAX_IDENTITIES`] of them at most: a pop of a linked customer takes two hops, however many
    /// identities there are.
    async fn hear_siblings(&self, siblings: &[&IdentityUri], until: Instant) -> Vec<Heard> {
        join_all(siblings.iter().map(|other| self.hear_sibling(other, until))).await
    }

    async fn hear_with(
        &self,
        identity: &IdentityUri,
        known: impl Future<Output = Result<Known, StoreError>>,
        until: Instant,
    ) -> Heard {
        let (known, newest, oldest) = join3(
            known,
            self.slice(identity, POP_PAGE, None, until),
            self.oldest(identity, until),
        )
        .await;
        Heard {
            identity: identity.clone(),
            known,
            newest,
            oldest,
        }
    }

    /// The second hop, where the first asks for one, and all of it laid together.
    async fn recall_from(&self, own: Heard, until: Instant) -> Recall {
        let Ok(known) = &own.known else {
            return self.lay_together(own, Vec::new(), Vec::new(), false);
        };
        let shared = known.standing.value.shared.is_some();
        let members = known.standing.value.links.identities(&own.identity);
        // Those who use a number together are not one another: the number's own life is all that is told.
        let siblings = members
            .iter()
            .filter(|other| !shared && **other != own.identity);
        let siblings: Vec<_> = siblings.collect();
        let claims = known.claims.iter().map(|claim| &claim.value);
        let claims = possible_claims(&own.identity, &known.standing.value, claims);
        let most = if shared { MAX_SHARING } else { MAX_CANDIDATES };
        let (siblings, possible) = join(
            self.hear_siblings(&siblings, until),
            join_all(
                claims
                    .iter()
                    .take(most)
                    .map(|claim| self.look_up(claim, until)),
            ),
        )
        .await;
        let more_possible = claims.len() > most;
        self.lay_together(own, siblings, possible, more_possible)
    }

    /// What a pop shows of somebody whom it could be.
    async fn look_up(
        &self,
        claim: &ClaimRecord,
        until: Instant,
    ) -> Result<Option<Possible>, StoreError> {
        let (known, newest) = join(
            self.known_part(&claim.other, Part::Person, until),
            self.slice(&claim.other, 1, None, until),
        )
        .await;
        Ok(possible(claim, &known?, newest?))
    }

    /// Whose an order or a ticket is. Where it leads to several customers, each is one whom it could be.
    /// Whoever else wrote of it stands beside.
    async fn recall_of_thing(
        &self,
        things: &[ClaimRecord],
        beside: Vec<ClaimRecord>,
        until: Instant,
    ) -> Recall {
        let looked_at = things.iter().take(MAX_CANDIDATES);
        let owners = looked_at.map(|thing| self.hear(&thing.other, until));
        let more_beside = beside.len() > MAX_CANDIDATES;
        let beside = beside.iter().take(MAX_CANDIDATES);
        let beside = beside.map(|claim| self.look_up(claim, until));
        let (owners, beside) = join(join_all(owners), join_all(beside)).await;
        let mut recall = self.recall_of_owners(things, owners, until).await;
        let members = recall.of.as_ref();
        let members = members.map(|own| recall.standing.links.identities(own));
        for one in beside {
            match one {
                Ok(one) => recall.possible.extend(one.filter(|one| {
                    let members = members.as_ref();
                    members.is_none_or(|members| !members.contains(&one.claim.other))
                })),
                Err(error) => {
                    note(Some(&error));
                    recall.incomplete = true;
                }
            }
        }
        recall.more_possible |= more_beside;
        recall
    }

    async fn recall_of_owners(
        &self,
        things: &[ClaimRecord],
        mut owners: Vec<Heard>,
        until: Instant,
    ) -> Recall {
        let all_one = owners.split_first().is_some_and(|(first, others)| {
            let customer = first.customer();
            others.iter().all(|other| {
                customer
                    .as_ref()
                    .is_some_and(|customer| customer.contains(&other.identity))
            })
        });
        if all_one && things.len() <= MAX_CANDIDATES {
            let owner = owners.swap_remove(0);
            let of = Some(owner.identity.clone());
            let recall = self.recall_from(owner, until).await;
            return Recall { of, ..recall };
        }
        let mut recall = Recall {
            more_possible: things.len() > MAX_CANDIDATES,
            ..Recall::default()
        };
        for (thing, owner) in things.iter().zip(owners) {
            match (owner.known, owner.newest) {
                (Ok(known), Ok(newest)) => {
                    let newest = Slice::merged(vec![newest], 1);
                    recall.incomplete |= known.unreadable > 0;
                    recall.possible.extend(possible(thing, &known, newest));
                }
                (known, newest) => {
                    note(known.as_ref().err().or(newest.as_ref().err()));
                    recall.incomplete = true;
                }
            }
        }
        recall
    }

    fn lay_together(
        &self,
        own: Heard,
        siblings: Vec<Heard>,
        possible: Vec<Result<Option<Possible>, StoreError>>,
        more_possible: bool,
    ) -> Recall {
        let standing = match &own.known {
            Ok(known) => Some(known.standing.value.clone()),
            Err(_) => None,
        };
        let mut recall = Recall {
            unsure: standing.is_none(),
            standing: standing.unwrap_or_default(),
            more_possible,
            ..Recall::default()
        };
        let is_shared = recall.standing.shared.is_some();
        let asked = own.identity.clone();
        let root = if is_shared {
            asked.clone()
        } else {
            recall.standing.links.root(&asked, &self.salt)
        };
        let mut rejected = BTreeSet::new();
        let (mut slices, mut pinned, mut all_paged) = (Vec::new(), Vec::new(), true);
        for heard in std::iter::once(own).chain(siblings) {
            for error in heard.errors() {
                note(Some(error));
                recall.incomplete = true;
            }
            if let Ok(known) = heard.known {
                recall.incomplete |= known.unreadable > 0;
                let mut claims = known.claims.iter().map(|claim| &claim.value);
                let were_rejected = claims.clone().filter(|claim| claim.is_rejected());
                rejected.extend(were_rejected.map(|claim| claim.other.clone()));
                recall.claimed |= claims.any(|claim| !claim.is_of_thing() && !claim.is_rejected());
                let traits = known.traits.value;
                if !traits.is_empty() {
                    recall.traits.insert(heard.identity, traits);
                }
                pinned.extend(known.pinned);
            }
            let began = heard.oldest.ok().flatten();
            recall.first_seen_at = recall.first_seen_at.into_iter().chain(began).min();
            match heard.newest {
                Ok(slice) => slices.push(slice),
                Err(_) => all_paged = false,
            }
        }
        for one in possible {
            match one {
                Ok(one) => recall.possible.extend(one),
                Err(error) => {
                    note(Some(&error));
                    recall.incomplete = true;
                }
            }
        }
        if is_shared {
            for one in &mut recall.possible {
                one.links = one.links.apart(&one.claim.other, &asked);
            }
        }
        recall.possible = not_rejected(recall.possible, &rejected);
        let page = Slice::merged(slices, POP_PAGE);
        recall.more = page.more;
        // A page that a timeline is missing from goes on nowhere: what is missing would be passed over.
        let next = page.next().filter(|_| all_paged);
        recall.next_cursor = next.and_then(|spot| self.cursors.seal(&spot.place(root.expose())));
        let (recent, unreadable) = page.into_summaries();
        recall.incomplete |= unreadable > 0;
        (recall.recent, recall.pinned) = with_pinned(recent, pinned);
        recall
    }
}

impl Heard {
    fn errors(&self) -> impl Iterator<Item = &StoreError> {
        let errors = [
            self.known.as_ref().err(),
            self.newest.as_ref().err(),
            self.oldest.as_ref().err(),
        ];
        errors.into_iter().flatten()
    }

    /// The claims that make it an order or a ticket of somebody; none where it is known in its own right.
    fn whose_thing(&self) -> Vec<&ClaimRecord> {
        let Ok(known) = &self.known else {
            return Vec::new();
        };
        let is_bare = self
            .newest
            .as_ref()
            .is_ok_and(|newest| newest.rows.is_empty())
            && known.traits.value.is_empty();
        if !is_bare && !self.identity.is_thing() {
            return Vec::new();
        }
        let claims = known.claims.iter().map(|claim| &claim.value);
        references(&self.identity, &known.standing.value, claims)
    }

    /// The claims of a thing beside those that say whose it is.
    fn named_beside(&self, things: &[ClaimRecord]) -> Vec<ClaimRecord> {
        let Ok(known) = &self.known else {
            return Vec::new();
        };
        let claims = known.claims.iter().map(|claim| &claim.value);
        let mut beside = possible_claims(&self.identity, &known.standing.value, claims);
        beside.retain(|claim| things.iter().all(|thing| thing.other != claim.other));
        beside
    }

    /// The identities of its customer, where they could be read.
    fn customer(&self) -> Option<BTreeSet<IdentityUri>> {
        let known = self.known.as_ref().ok()?;
        Some(known.standing.value.links.identities(&self.identity))
    }
}

/// `None` where the other identity is itself one that several customers use: it is nobody.
fn possible(claim: &ClaimRecord, known: &Known, newest: Slice) -> Option<Possible> {
    if known.standing.value.shared.is_some() {
        return None;
    }
    let more = newest.more;
    Some(Possible {
        claim: claim.clone(),
        links: known.standing.value.links.clone(),
        traits: known.traits.value.clone(),
        newest: newest.into_summaries().0.into_iter().next(),
        more,
    })
}

/// The newest page with what is pinned of it as it is pinned, and what is pinned beyond it. The index follows the table
/// after a while only, and pinned interactions are read as they stand: of two copies the later one counts, and of two as
/// late as one another the pinned one.
fn with_pinned(mut recent: Vec<Summary>, pinned: Vec<Summary>) -> (Vec<Summary>, Vec<Summary>) {
    let mut pinned: HashMap<InteractionId, Summary> = pinned
        .into_iter()
        .map(|summary| (summary.id.clone(), summary))
        .collect();
    for shown in &mut recent {
        if let Some(copy) = pinned.remove(&shown.id)
            && copy.last_at >= shown.last_at
        {
            *shown = copy;
        }
    }
    let mut older: Vec<_> = pinned.into_values().collect();
    older.sort_by(|a, b| (b.started_at, &a.id).cmp(&(a.started_at, &b.id)));
    (recent, older)
}

fn note(error: Option<&StoreError>) {
    if let Some(error) = error {
        tracing::warn!(error.code = %error, "a part of the pop could not be read");
    }
}
