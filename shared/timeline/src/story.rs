//! Transfers: contacts that went on in one another are one story, with all that was said in any of them.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Channel, Related, Relation};
use crate::ids::InteractionId;
use crate::interaction::Said;
use crate::naming::is_id;
use crate::personal::Personal;
use crate::summary::{State, Summary};
use crate::time::Timestamp;

/// Most stories that a pop tells, the newest first.
pub const MAX_STORIES: usize = 16;
/// Most contacts of one story that are named, shown or not.
pub const MAX_STORY_CONTACTS: usize = 50;
/// Most notes of one story, and most agents.
pub const MAX_STORY_NOTES: usize = 10;
/// How long after one contact ended the next may begin and still be its transfer where no link says so, in
/// milliseconds. Telephony tells of the new leg before or just as the old one hangs up; nobody dials again so fast.
const CORRELATE_WITHIN_MS: i64 = 2_000;
/// Sources that tell by links which contact was transferred into which: two of theirs without a link are two.
const TELL_LINKS: [&str; 2] = ["amazon-connect", "amazon-connect-chat"];

/// Contacts of a chain of transfers, as one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Story {
    /// The contact in which it began, shown or not.
    pub id: InteractionId,
    /// Its contacts that are in view, oldest first.
    pub interactions: Vec<InteractionId>,
    /// Contacts that belong to it and are not in view: they are older than a pop reaches, or name no customer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub elsewhere: Vec<InteractionId>,
    /// Whether some of it is tied by its times alone, since the source tells no link.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub correlated: bool,
    /// When the first contact in view began.
    pub started_at: Timestamp,
    /// When something last happened in one of them.
    pub last_at: Timestamp,
    /// Where it is in its life: that of the newest contact that is still open, else of the newest.
    pub state: State,
    /// What it is about: what the first contact that says so tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Personal>,
    /// What agents noted in any of the contacts, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Said>,
    /// The agents who took part, in the order of the contacts.
    #[serde(default)]
    pub agents: Vec<String>,
    /// The queue that it was in last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// The disposition that was given last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disposition: Option<String>,
}

/// The stories of a timeline, the newest first. Does not depend on the timeline's order. Only contacts that belong to
/// another are told: a story has two at least.
#[must_use]
pub fn stories(timeline: &[Summary]) -> Vec<Story> {
    let contacts = distinct(timeline);
    let correlated = correlations(&contacts);
    told(&contacts, &correlated)
}

/// The same by links alone: where several customers use a number, calls that follow one another are of two of them.
#[must_use]
pub(crate) fn stories_linked(timeline: &[Summary]) -> Vec<Story> {
    told(&distinct(timeline), &Correlated::new())
}

fn told(contacts: &Contacts<'_>, correlated: &Correlated<'_>) -> Vec<Story> {
    let mut stories: Vec<Story> = groups(contacts, correlated)
        .into_values()
        .filter_map(|group| story(&group, contacts, correlated))
        .collect();
    stories.sort_by(|a, b| (b.last_at, &a.id).cmp(&(a.last_at, &b.id)));
    stories.truncate(MAX_STORIES);
    stories
}

type Contacts<'a> = BTreeMap<&'a InteractionId, &'a Summary>;
/// Which contact followed which by their times.
type Correlated<'a> = BTreeMap<&'a InteractionId, &'a InteractionId>;

/// Each contact once. One that is there twice was read twice; what was read later has more of it.
fn distinct(timeline: &[Summary]) -> Contacts<'_> {
    let mut contacts = Contacts::new();
    for summary in timeline {
        let kept = contacts.entry(&summary.id).or_insert(summary);
        if (summary.last_at, summary.notes.len()) > (kept.last_at, kept.notes.len()) {
            *kept = summary;
        }
    }
    contacts
}

/// What a contact points to, without pointers to itself.
fn links(summary: &Summary) -> impl Iterator<Item = &Related> {
    summary.chain.iter().filter(|related| {
        related.interaction_id != summary.id && related.relation != Relation::Related
    })
}

/// Calls that no link ties to an earlier one, and which one they followed by their times: a call of the same system in
/// the same direction that an agent had taken, and during which, or just after which, the other began.
fn correlations<'a>(contacts: &Contacts<'a>) -> Correlated<'a> {
    let mut calls: Vec<&Summary> = contacts
        .values()
        .filter(|summary| summary.channel == Channel::Call)
        .copied()
        .collect();
    calls.sort_by_key(|summary| (summary.started_at, &summary.id));
    let mut correlated = Correlated::new();
    for pair in calls.windows(2) {
        let (before, after) = (pair[0], pair[1]);
        let linked = links(after).next().is_some()
            || links(before).any(|related| related.relation == Relation::Next);
        let taken = !before.agents.is_empty();
        // Of a call whose end is not known, or was lost, nobody can say that the next one is its transfer.
        let follows = before
            .ended_at
            .is_some_and(|ended| after.started_at.millis_since(ended) <= CORRELATE_WITHIN_MS);
        let alike = before.source == after.source && before.direction == after.direction;
        let tells_links = TELL_LINKS.contains(&after.source.as_str());
        if !linked && !tells_links && taken && follows && alike {
            correlated.insert(&after.id, &before.id);
        }
    }
    correlated
}

/// Contacts that hang together, by the smallest id among them. Those that are only pointed to count, so that two legs
/// of one call are one story even where the leg between them is not in the timeline.
fn groups<'a>(
    contacts: &Contacts<'a>,
    correlated: &Correlated<'a>,
) -> BTreeMap<&'a InteractionId, BTreeSet<&'a InteractionId>> {
    let mut neighbours: BTreeMap<&InteractionId, BTreeSet<&InteractionId>> = BTreeMap::new();
    let mut tie = |a: &'a InteractionId, b: &'a InteractionId| {
        neighbours.entry(a).or_default().insert(b);
        neighbours.entry(b).or_default().insert(a);
    };
    for summary in contacts.values() {
        links(summary).for_each(|related| tie(&summary.id, &related.interaction_id));
    }
    correlated
        .iter()
        .for_each(|(after, before)| tie(after, before));
    let (mut groups, mut seen) = (BTreeMap::new(), BTreeSet::new());
    for start in neighbours.keys() {
        let (mut group, mut waiting) = (BTreeSet::new(), vec![*start]);
        while let Some(id) = waiting.pop() {
            if seen.insert(id) {
                group.insert(id);
                waiting.extend(neighbours.get(id).into_iter().flatten());
            }
        }
        if !group.is_empty() {
            groups.insert(*start, group);
        }
    }
    groups
}

fn story(
    group: &BTreeSet<&InteractionId>,
    contacts: &Contacts<'_>,
    correlated: &Correlated<'_>,
) -> Option<Story> {
    let mut legs: Vec<&Summary> = group
        .iter()
        .filter_map(|id| contacts.get(*id).copied())
        .collect();
    legs.sort_by_key(|leg| (leg.started_at, &leg.id));
    let id = beginning(group, &legs, correlated)?.clone();
    // The newest tell where it stands; the beginning is named in any case.
    let legs = legs.split_off(legs.len().saturating_sub(MAX_STORY_CONTACTS));
    let newest = legs.last()?;
    let now_open = legs.iter().rev().find(|leg| leg.state.is_open());
    let shown = |id: &InteractionId| legs.iter().any(|leg| &leg.id == id);
    let agents = legs.iter().flat_map(|leg| &leg.agents);
    let mut seen = BTreeSet::new();
    let mut notes: Vec<Said> = legs.iter().flat_map(|leg| leg.notes.clone()).collect();
    notes.sort_by(|a, b| (b.at, &a.text, &a.agent).cmp(&(a.at, &b.text, &b.agent)));
    notes.dedup();
    notes.truncate(MAX_STORY_NOTES);
    let subjects = legs.iter().filter_map(|leg| leg.subject.as_ref());
    Some(Story {
        id,
        interactions: legs.iter().map(|leg| leg.id.clone()).collect(),
        elsewhere: group
            .iter()
            .filter(|id| !shown(id))
            .take(MAX_STORY_CONTACTS)
            .map(|id| (*id).clone())
            .collect(),
        correlated: legs.iter().any(|leg| correlated.contains_key(&leg.id)),
        started_at: legs.first()?.started_at,
        last_at: legs.iter().map(|leg| leg.last_at).max()?,
        state: now_open.unwrap_or(newest).state,
        subject: subjects
            .filter(|subject| !is_id(subject.expose()))
            .map(Clone::clone)
            .next(),
        notes,
        agents: agents
            .filter(|agent| seen.insert(*agent))
            .take(MAX_STORY_NOTES)
            .cloned()
            .collect(),
        queue: legs.iter().rev().find_map(|leg| leg.queue.clone()),
        disposition: legs.iter().rev().find_map(|leg| leg.disposition.clone()),
    })
}

/// The contact in which a story began: the one that most contacts call so; else one that came from none, those that
/// are not in the timeline first, since they are older; else, where they go round in a circle, the oldest.
fn beginning<'a>(
    group: &BTreeSet<&'a InteractionId>,
    legs: &[&'a Summary],
    correlated: &Correlated<'a>,
) -> Option<&'a InteractionId> {
    let mut called: BTreeMap<&InteractionId, usize> = BTreeMap::new();
    let mut came_from_another = BTreeSet::new();
    for leg in legs {
        for related in links(leg) {
            match related.relation {
                Relation::Initial => {
                    *called.entry(&related.interaction_id).or_default() += 1;
                    came_from_another.insert(&leg.id);
                }
                Relation::Previous => {
                    came_from_another.insert(&leg.id);
                }
                Relation::Next => {
                    came_from_another.insert(&related.interaction_id);
                }
                Relation::Related => {}
            }
        }
        came_from_another.extend(correlated.contains_key(&leg.id).then_some(&leg.id));
    }
    let most = called.values().max().copied();
    let named = called
        .iter()
        .find(|(_, count)| Some(**count) == most)
        .map(|(id, _)| *id);
    let is_first = |id: &&InteractionId| !came_from_another.contains(*id);
    let shown = |id: &InteractionId| legs.iter().any(|leg| &leg.id == id);
    named
        .or_else(|| {
            let mut hidden = group.iter().copied().filter(|id| !shown(id));
            hidden.find(is_first)
        })
        .or_else(|| legs.iter().map(|leg| &leg.id).find(is_first))
        .or_else(|| legs.first().map(|leg| &leg.id))
}
