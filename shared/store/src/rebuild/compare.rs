//! What a stored interaction should be, and in what it differs.

use std::collections::BTreeSet;
use std::time::Duration;

use timeline::{IdentityUri, Interaction, InteractionId};

use super::{Difference, Lying};
use crate::error::StoreError;
use crate::item::{self, Item, Stored};
use crate::known::{self, is_expired, now_seconds};
use crate::schema;

/// A place where a pin was looked for, and what was there.
pub(super) struct Pin {
    pub(super) under: IdentityUri,
    pub(super) item: Option<Item>,
}

/// What a comparison came to.
pub(super) struct Compared {
    pub(super) differences: BTreeSet<Difference>,
    /// The interaction as it should be, where the events say it.
    pub(super) should: Option<Should>,
    /// Whether events of it have expired.
    pub(super) expired: bool,
}

/// What should be stored.
pub(super) struct Should {
    /// The interaction; `None` where there is neither it nor any event.
    pub(super) interaction: Option<Stored>,
    /// Its pin, and under whom.
    pub(super) pin: Option<(IdentityUri, Item)>,
}

impl Compared {
    fn nothing(expired: bool) -> Self {
        Self {
            differences: BTreeSet::new(),
            should: None,
            expired,
        }
    }

    fn beyond(difference: Difference) -> Self {
        Self {
            differences: BTreeSet::from([difference]),
            should: None,
            expired: false,
        }
    }
}

/// Compares what lies in the table with what its events say. `retention` is for how long events are or were kept, where
/// that is known; else what is left of them tells.
pub(super) fn compare(
    id: &InteractionId,
    lying: &Lying,
    retention: Option<Duration>,
) -> Result<Compared, StoreError> {
    let now = now_seconds();
    let stored = lying.item.as_ref();
    if lying.is_newer() {
        return Ok(Compared::beyond(Difference::NewerShape));
    }
    if lying.unreadable > 0 {
        return Ok(Compared::beyond(Difference::UnreadableEvent));
    }
    if stored.is_some_and(|item| is_expired(item, now)) {
        return Ok(Compared::nothing(true));
    }
    let Some(stored) = stored else {
        let all_expired = !lying.expiries.is_empty()
            && lying
                .expiries
                .iter()
                .all(|at| at.is_some_and(|at| at <= now));
        if all_expired {
            return Ok(Compared::nothing(true));
        }
        return without_interaction(id, lying, now);
    };
    let read = item::read_interaction(stored).ok();
    let (reference, expired) = match read {
        Some(read) if have_expired(lying, &read, retention, now) => (read, true),
        _ if lying.events.is_empty() => return Ok(Compared::beyond(Difference::NoEvents)),
        read => {
            let stored_expiry = match &read {
                Some(read) => read.expires_at,
                None => expiry(stored),
            };
            let reference = rebuilt(id, lying, stored_expiry)?;
            // The stored fold is all that is left of what is missing.
            if read.is_some_and(|read| says_more(&read, &reference)) {
                return Ok(Compared::beyond(Difference::MissingEvents));
            }
            (reference, false)
        }
    };
    let mut differences = differences_of(stored, &reference)?;
    let should = should_be(reference)?;
    differences.extend(differences_of_pins(lying, &should, now));
    Ok(Compared {
        differences,
        should: Some(should),
        expired,
    })
}

/// Events without an interaction, or nothing at all, under which something may still be pinned.
fn without_interaction(
    id: &InteractionId,
    lying: &Lying,
    now: i64,
) -> Result<Compared, StoreError> {
    let (should, mut differences) = if lying.events.is_empty() {
        let nothing = Should {
            interaction: None,
            pin: None,
        };
        (nothing, BTreeSet::new())
    } else {
        // What its events say of their own end is all that there is.
        let forever = lying.expiries.iter().any(Option::is_none);
        let longest = lying.expiries.iter().flatten().max().copied();
        let all = rebuilt(id, lying, longest.filter(|_| !forever))?;
        (should_be(all)?, BTreeSet::from([Difference::NoInteraction]))
    };
    differences.extend(differences_of_pins(lying, &should, now));
    Ok(Compared {
        differences,
        should: Some(should),
        expired: false,
    })
}

/// The fold of the events, which lives as long as it did and at least as long as each of them.
fn rebuilt(
    id: &InteractionId,
    lying: &Lying,
    expires_at: Option<i64>,
) -> Result<Stored, StoreError> {
    let interaction = Interaction::of(&lying.events)
        .map_err(|error| StoreError::unreadable("interaction", &error))?;
    if interaction.id() != id {
        return Err(StoreError::unreadable(
            "event",
            &"it is of another interaction",
        ));
    }
    // One that is kept for ever stays so, and so does one of whose events any is.
    let outlived = expires_at.and_then(|own| {
        let mut expiries = lying.expiries.iter();
        expiries.try_fold(own, |longest, at| Some(longest.max((*at)?)))
    });
    Ok(Stored {
        rev: lying.events.len() as u64,
        interaction,
        expires_at: outlived,
    })
}

/// Whether an interaction is the fold of more events than are there. Where only `rev` says so, the fold is that of the
/// events, and `rev` is wrong.
fn says_more(read: &Stored, of_events: &Stored) -> bool {
    read.rev > of_events.rev && read.interaction != of_events.interaction
}

/// Whether fewer events are there than the interaction is the fold of because their time was over: where some are kept
/// for a time, and the interaction began longer ago than that.
fn have_expired(lying: &Lying, read: &Stored, retention: Option<Duration>, now: i64) -> bool {
    if lying.events.len() as u64 >= read.rev || lying.events.is_empty() {
        return false;
    }
    // One is kept for ever because one of its events is. Where that event is missing, it did not expire.
    if read.expires_at.is_none() && lying.expiries.iter().all(Option::is_some) {
        return false;
    }
    let kept = lying.events.iter().zip(&lying.expiries);
    let kept = kept.filter_map(|(event, at)| Some((*at)? - event.received_at.millis() / 1000));
    let configured = retention.and_then(|keep| i64::try_from(keep.as_secs()).ok());
    let began = read.interaction.summary().started_at.millis() / 1000;
    let shortest = kept.chain(configured).min();
    shortest.is_some_and(|keep| began.saturating_add(keep) <= now)
}

/// In what the stored item differs from what it should be. Texts are compared by what they say, so that an older way to
/// write the same is no difference.
fn differences_of(stored: &Item, should: &Stored) -> Result<BTreeSet<Difference>, StoreError> {
    let expected = item::interaction_item(should)?;
    let mut differences = BTreeSet::new();
    let same = |name: &str| stored.get(name) == expected.get(name);
    let fold = item::read_json::<Interaction>(stored, schema::FOLD, "interaction").ok();
    let summary = item::read_summary(stored).ok();
    for (difference, equal) in [
        (Difference::Rev, same(schema::REV)),
        (Difference::Fold, fold.as_ref() == Some(&should.interaction)),
        (Difference::Identity, same(schema::IK)),
        (Difference::Start, same(schema::AT)),
        (
            Difference::Summary,
            summary == Some(should.interaction.summary()),
        ),
        (Difference::Expiry, same(schema::EXPIRES_AT)),
    ] {
        if !equal {
            differences.insert(difference);
        }
    }
    Ok(differences)
}

fn should_be(interaction: Stored) -> Result<Should, StoreError> {
    let summary = interaction.interaction.summary();
    let customer = interaction.interaction.customer();
    let pinned = customer.filter(|_| summary.is_pinned());
    let pin = pinned
        .map(|customer| {
            let item = known::pinned_item(&customer.uri, &summary, interaction.expires_at)?;
            Ok::<_, StoreError>((customer.uri.clone(), item))
        })
        .transpose()?;
    Ok(Should {
        interaction: Some(interaction),
        pin,
    })
}

fn differences_of_pins(lying: &Lying, should: &Should, now: i64) -> BTreeSet<Difference> {
    let mut differences = BTreeSet::new();
    let expected = should.pin.as_ref();
    for Pin { under, item } in &lying.pins {
        let expected = expected.filter(|(customer, _)| customer == under);
        let difference = match (expected, item) {
            (None, None) => None,
            // The table removes it some days after that.
            (None, Some(item)) if is_expired(item, now) => None,
            (None, Some(_)) => Some(Difference::SurplusPin),
            (Some(_), None) => Some(Difference::MissingPin),
            (Some((_, expected)), Some(item)) => {
                let same = item::read_summary(item).ok() == item::read_summary(expected).ok()
                    && expiry(item) == expiry(expected);
                (!same).then_some(Difference::OtherPin)
            }
        };
        differences.extend(difference);
    }
    differences
}

/// When an item may be removed, in seconds since 1970.
pub(super) fn expiry(item: &Item) -> Option<i64> {
    let at = item.get(schema::EXPIRES_AT)?.as_n().ok()?;
    at.parse().ok()
}
