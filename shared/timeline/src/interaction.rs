//! An interaction: the fold of its events.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Channel, Direction, Event, Related};
use crate::fact::Author;
use crate::identity::{Identity, IdentityUri};
use crate::ids::InteractionId;
use crate::outcome::{Asked, Money, TurnedOut};
use crate::personal::Personal;
use crate::phase::Phase;
use crate::promise::{Promise, PromiseEnd, PromiseId};
use crate::register::{ByName, Distinct, Earliest, HasName, Latest, Newest};
use crate::time::Timestamp;

/// Most notes of an interaction that are kept, the newest of them.
const MAX_NOTES: usize = 3;
/// Most complaints of one interaction of which it is kept since when they are open, and most ends of complaints.
const MAX_COMPLAINTS: usize = 16;

/// One call, chat, email thread …: everything that its events say of it so far.
///
/// Applying events is commutative and idempotent, so all orders and repetitions of the same events give the same
/// interaction. It is a product of registers, each of which is a join.
///
/// ```
/// use timeline::{Channel, Ended, Event, EventId, Fact, Interaction, InteractionId, Source, Started, State};
/// let source = Source::new("cti")?;
/// let id = InteractionId::new(&source, "4711")?;
/// let event = |name: &str, fact| {
///     Ok::<_, timeline::IdError>(Event::new(id.clone(), EventId::new(name)?, source.clone(), Channel::Call, fact))
/// };
/// let ring = event("newCall", Fact::Started(Started::default()))?;
/// let hangup = event("hangup", Fact::Ended(Ended::default()))?;
///
/// let in_order = Interaction::of(&[ring.clone(), hangup.clone()])?;
/// let late_and_twice = Interaction::of(&[hangup.clone(), ring, hangup])?;
/// assert_eq!(in_order, late_and_twice);
/// assert_eq!(in_order.summary().state, State::Ended);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Interaction {
    pub(crate) id: InteractionId,
    #[serde(default, skip_serializing_if = "Earliest::is_empty")]
    pub(crate) channel: Earliest<Channel>,
    #[serde(default, skip_serializing_if = "Earliest::is_empty")]
    pub(crate) direction: Earliest<Direction>,
    /// Whom the events name as the customer. The first is it, the others took part.
    #[serde(default, skip_serializing_if = "Distinct::is_empty")]
    pub(crate) customers: Distinct<Identity>,
    /// What they are called, each under the identity that the event named.
    #[serde(default, skip_serializing_if = "Distinct::is_empty")]
    pub(crate) names: Distinct<Named>,
    #[serde(default, skip_serializing_if = "Distinct::is_empty")]
    pub(crate) participants: Distinct<Identity>,
    #[serde(default, skip_serializing_if = "Distinct::is_empty")]
    pub(crate) related: Distinct<Related>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) first_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_at: Option<Timestamp>,
    /// When something was first said of it that does not happen in it, such as a note. Counts where nothing else does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) noted_first_at: Option<Timestamp>,
    /// The same, last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) noted_last_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sought_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) answered_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Latest::is_empty")]
    pub(crate) phase: Latest<Phase>,
    #[serde(default, skip_serializing_if = "Earliest::is_empty")]
    pub(crate) ended: Earliest<Timestamp>,
    /// Whether an end said that it goes on elsewhere.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) forwarded: bool,
    #[serde(default, skip_serializing_if = "Distinct::is_empty")]
    pub(crate) agents: Distinct<String>,
    #[serde(default, skip_serializing_if = "Latest::is_empty")]
    pub(crate) queue: Latest<String>,
    #[serde(default, skip_serializing_if = "Earliest::is_empty")]
    pub(crate) subject: Earliest<Personal>,
    #[serde(default, skip_serializing_if = "Latest::is_empty")]
    pub(crate) preview: Latest<Personal>,
    /// Who wrote last, where that is the customer or the company.
    #[serde(default, skip_serializing_if = "Latest::is_empty")]
    pub(crate) wrote_last: Latest<Author>,
    #[serde(default, skip_serializing_if = "Latest::is_empty")]
    pub(crate) disposition: Latest<String>,
    #[serde(default, skip_serializing_if = "Latest::is_empty")]
    pub(crate) complaint: Latest<bool>,
    /// When the customer first complained, as interactions tell it that were stored before each time was kept. Nothing
    /// writes it any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) complained_at: Option<Timestamp>,
    /// When the customer complained, each time.
    #[serde(default, skip_serializing_if = "Newest::is_empty")]
    pub(crate) complaints: Newest<Timestamp, MAX_COMPLAINTS>,
    /// What ended a complaint: that it was settled, or was none.
    #[serde(default, skip_serializing_if = "Newest::is_empty")]
    pub(crate) complaints_over: Newest<(), MAX_COMPLAINTS>,
    #[serde(default, skip_serializing_if = "Latest::is_empty")]
    pub(crate) settled: Latest<bool>,
    #[serde(default, skip_serializing_if = "Latest::is_empty")]
    pub(crate) bounced: Latest<Timestamp>,
    /// When the receiver last reported something as spam. Kept apart from the outcome, which what happens later replaces.
    #[serde(default, skip_serializing_if = "Latest::is_empty")]
    pub(crate) reported: Latest<Timestamp>,
    /// When it last showed that what is sent to the customer arrives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reached_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Latest::is_empty")]
    pub(crate) score: Latest<i32>,
    /// What the score answers. Offered with it, under the same key.
    #[serde(default, skip_serializing_if = "Latest::is_empty")]
    pub(crate) asked: Latest<Asked>,
    #[serde(default, skip_serializing_if = "Latest::is_empty")]
    pub(crate) outcome: Latest<TurnedOut>,
    #[serde(default, skip_serializing_if = "Latest::is_empty")]
    pub(crate) amount: Latest<Money>,
    #[serde(default, skip_serializing_if = "Latest::is_empty")]
    pub(crate) due_at: Latest<Timestamp>,
    #[serde(default, skip_serializing_if = "Latest::is_empty")]
    pub(crate) record: Latest<Recorded>,
    /// What was last said of each promise: what it is, and how it came to its end, whichever arrives first.
    #[serde(default, skip_serializing_if = "ByName::is_empty")]
    pub(crate) promises: ByName<OfPromise>,
    /// What agents noted last.
    #[serde(default, skip_serializing_if = "Newest::is_empty")]
    pub(crate) notes: Newest<Said, MAX_NOTES>,
    /// What last went wrong for the customer on a website or in an app.
    #[serde(default, skip_serializing_if = "Latest::is_empty")]
    pub(crate) trouble: Latest<Trouble>,
}

/// What is said of a promise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum OfPromise {
    Made(Promised),
    Ended(EndOfPromise),
}

/// A promise and when it was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Promised {
    #[serde(flatten)]
    pub(crate) promise: Promise,
    pub(crate) made_at: Timestamp,
}

/// The end of a promise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct EndOfPromise {
    pub(crate) id: PromiseId,
    pub(crate) how: PromiseEnd,
}

/// Promises and ends are kept in one order and go in one order, the oldest first. So an end never goes before a promise
/// that it ends: what is said of a promise after an end that had to go is said after it, and the end does not count.
impl HasName for OfPromise {
    // Of 48 promises, what they are and how they ended.
    const MAX: usize = 96;
    type Name<'a> = (bool, &'a PromiseId);

    fn name(&self) -> (bool, &PromiseId) {
        match self {
            Self::Made(promised) => (true, &promised.promise.id),
            Self::Ended(ended) => (false, &ended.id),
        }
    }
}

/// What went wrong, and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Trouble {
    pub(crate) what: Personal,
    pub(crate) at: Timestamp,
}

/// What an agent noted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Said {
    /// Its first words.
    pub text: Personal,
    /// Who wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// A name, and whose it is; nobody's in particular where the event named no identity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Named {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) uri: Option<IdentityUri>,
    pub(crate) name: Personal,
}

/// What the fold keeps of a call record: no attributes, since their values have no bound that would keep the
/// interaction small. Its event has them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Recorded {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) started_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ended_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) queued_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) answered_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) agent: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) queue: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) disposition: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) complaint: Option<bool>,
}

/// Why events do not make an interaction.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FoldError {
    /// There is not a single event.
    #[error("an interaction has at least one event")]
    NoEvents,
    /// Events of different interactions were given as one's.
    #[error("the events belong to different interactions")]
    Mixed,
}

impl Interaction {
    /// Folds all events of one interaction, in any order and with any repetitions.
    ///
    /// # Errors
    /// When there are none, or they belong to different interactions.
    pub fn of<'a>(events: impl IntoIterator<Item = &'a Event>) -> Result<Self, FoldError> {
        let mut events = events.into_iter();
        let mut interaction = Self::begin(events.next().ok_or(FoldError::NoEvents)?);
        for event in events {
            interaction.apply(event)?;
        }
        Ok(interaction)
    }

    /// The interaction after its first known event.
    #[must_use]
    pub fn begin(event: &Event) -> Self {
        let mut interaction = Self {
            id: event.interaction_id.clone(),
            channel: Earliest::default(),
            direction: Earliest::default(),
            customers: Distinct::default(),
            names: Distinct::default(),
            participants: Distinct::default(),
            related: Distinct::default(),
            first_at: None,
            last_at: None,
            noted_first_at: None,
            noted_last_at: None,
            sought_at: None,
            answered_at: None,
            phase: Latest::default(),
            ended: Earliest::default(),
            forwarded: false,
            agents: Distinct::default(),
            queue: Latest::default(),
            subject: Earliest::default(),
            preview: Latest::default(),
            wrote_last: Latest::default(),
            disposition: Latest::default(),
            complaint: Latest::default(),
            complained_at: None,
            complaints: Newest::default(),
            complaints_over: Newest::default(),
            settled: Latest::default(),
            bounced: Latest::default(),
            reported: Latest::default(),
            reached_at: None,
            score: Latest::default(),
            asked: Latest::default(),
            outcome: Latest::default(),
            amount: Latest::default(),
            due_at: Latest::default(),
            record: Latest::default(),
            promises: ByName::default(),
            notes: Newest::default(),
            trouble: Latest::default(),
        };
        interaction.absorb(event);
        interaction
    }

    /// Adds one more event. Adding one that is already in changes nothing.
    ///
    /// # Errors
    /// When the event belongs to another interaction.
    pub fn apply(&mut self, event: &Event) -> Result<(), FoldError> {
        if event.interaction_id != self.id {
            return Err(FoldError::Mixed);
        }
        self.absorb(event);
        Ok(())
    }

    /// Which interaction it is.
    #[must_use]
    pub fn id(&self) -> &InteractionId {
        &self.id
    }

    /// The customer: whom its earliest identity-bearing event names. Later ones never move it.
    #[must_use]
    pub fn customer(&self) -> Option<&Identity> {
        self.customers.iter().next()
    }

    /// What the customer is called: of the names that came with the customer's own identity, or with none, the one that
    /// was first heard of last.
    pub(crate) fn customer_name(&self) -> Option<&Personal> {
        let customer = self.customer().map(|customer| &customer.uri);
        let theirs = |named: &&Named| named.uri.is_none() || named.uri.as_ref() == customer;
        self.names
            .iter()
            .filter(theirs)
            .last()
            .map(|named| &named.name)
    }

    /// Other identities that took part, each once.
    pub fn participants(&self) -> impl Iterator<Item = &Identity> {
        let mut seen: Vec<_> = self.customer().map(|own| &own.uri).into_iter().collect();
        self.customers
            .iter()
            .chain(self.participants.iter())
            .filter(move |other| {
                let new = !seen.contains(&&other.uri);
                seen.extend(new.then_some(&other.uri));
                new
            })
    }

    /// Other interactions of the same story: where it was transferred from and to.
    pub fn related(&self) -> impl Iterator<Item = &Related> {
        self.related.iter()
    }
}
