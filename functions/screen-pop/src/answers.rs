//! The bodies of answers that are not the pop itself.

use schemars::JsonSchema;
use serde::Serialize;
use store::{EventPage, TimelinePage};
use timeline::{CustomerId, Event, Identity, Related, Summary, Timestamp};

/// A page of a customer's timeline.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CustomerPage {
    /// What happened, newest first.
    pub timeline: Vec<Summary>,
    /// Where it goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    /// How many interactions of this page could not be read and are left out; absent when none is.
    #[serde(skip_serializing_if = "is_none_left_out")]
    pub unreadable: usize,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn is_none_left_out(unreadable: &usize) -> bool {
    *unreadable == 0
}

/// An interaction and a page of its events.
#[derive(Debug, Serialize, JsonSchema)]
pub struct InteractionPage {
    /// What a timeline shows of it.
    #[serde(flatten)]
    pub summary: Summary,
    /// The customer's id, where an event names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<CustomerId>,
    /// The customer's identity in this interaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<Identity>,
    /// Other identities that took part.
    pub participants: Vec<Identity>,
    /// Other interactions of the same story.
    pub related: Vec<Related>,
    /// Its events by time.
    pub events: Vec<Event>,
    /// Where the events go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

impl CustomerPage {
    /// As it reads now.
    #[must_use]
    pub fn of(page: TimelinePage, now: Timestamp) -> Self {
        let timeline = page
            .interactions
            .into_iter()
            .map(|summary| summary.as_of(now))
            .collect();
        Self {
            timeline,
            next_cursor: page.next_cursor,
            unreadable: page.unreadable,
        }
    }
}

impl InteractionPage {
    /// As it reads now.
    #[must_use]
    pub fn of(page: EventPage, salt: &str, now: Timestamp) -> Self {
        let interaction = page.interaction;
        Self {
            summary: interaction.summary().as_of(now),
            customer_id: interaction
                .customer()
                .map(|customer| CustomerId::implied_by(&customer.uri, salt)),
            customer: interaction.customer().cloned(),
            participants: interaction.participants().cloned().collect(),
            related: interaction.related().cloned().collect(),
            events: page.events,
            next_cursor: page.next_cursor,
        }
    }
}
