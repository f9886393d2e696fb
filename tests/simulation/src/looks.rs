//! What agents look at beside pops: timelines page by page, interactions with their events, candidates.

use std::time::Duration;

use serde_json::Value;
use timeline::{CustomerId, Identity};
use tokio::time::sleep;

use crate::deployed::SECRET;
use crate::desk::{CURSOR, Heard, Request, ask};
use crate::world::World;

/// The route of a page of a timeline.
pub(crate) const TIMELINE: &str = "GET /v1/customers/{id}/timeline";
/// The route of an interaction.
pub(crate) const INTERACTION: &str = "GET /v1/interactions/{id}";
/// The route of candidates.
pub(crate) const CANDIDATES: &str = "GET /v1/customers/{id}/candidates";
/// How often the same page is asked for while nobody answers.
const MOST_TRIES: u32 = 4;
/// How long an agent waits before that.
const PAUSE_MS: u64 = 3_000;
/// Most pages of one look.
const MOST_PAGES: usize = 60;

/// Something that is looked at.
#[derive(Debug, Clone)]
pub(crate) enum Look {
    /// The timeline of the customer whom an identity implies.
    Timeline {
        /// The identity.
        identity: String,
        /// How much is on a page.
        limit: usize,
    },
    /// An interaction.
    Interaction {
        /// Its id.
        id: String,
    },
    /// Who the customer whom an identity implies may be as well.
    Candidates {
        /// The identity.
        identity: String,
    },
}

/// What was seen.
#[derive(Debug)]
pub(crate) struct Seen {
    /// What was looked at.
    pub look: Look,
    /// Its pages, each as it was heard of last.
    pub pages: Vec<Heard>,
    /// Whether all pages were seen.
    pub whole: bool,
}

impl Look {
    /// The route that is asked.
    #[must_use]
    pub(crate) fn route(&self) -> &'static str {
        match self {
            Self::Timeline { .. } => TIMELINE,
            Self::Interaction { .. } => INTERACTION,
            Self::Candidates { .. } => CANDIDATES,
        }
    }

    fn request(&self, cursor: Option<String>) -> Request {
        let (id, limit) = match self {
            Self::Timeline { identity, limit } => (id_of(identity), Some(limit.to_string())),
            Self::Interaction { id } => (id.clone(), None),
            Self::Candidates { identity } => (id_of(identity), None),
        };
        let limit = limit.map(|limit| ("limit", limit));
        let cursor = cursor.map(|cursor| (CURSOR, cursor));
        Request {
            route: self.route(),
            path: vec![("id", id)],
            query: limit.into_iter().chain(cursor).collect(),
            body: None,
            key: None,
        }
    }

    /// Looks at all pages. A page that nobody gives is asked for again, a few times.
    pub(crate) async fn at(self, world: &World, who: usize) -> Seen {
        let (mut pages, mut cursor, mut whole) = (Vec::new(), None, false);
        while pages.len() < MOST_PAGES {
            let page = page(world, who, &self.request(cursor)).await;
            cursor = next(&page);
            let is_seen = page.status() == 200;
            pages.push(page);
            if !is_seen || cursor.is_none() {
                whole = is_seen;
                break;
            }
        }
        Seen {
            look: self,
            pages,
            whole,
        }
    }
}

async fn page(world: &World, who: usize, request: &Request) -> Heard {
    let mut heard = ask(world, who, request).await;
    for _ in 1..MOST_TRIES {
        if !heard.is_unknown() {
            break;
        }
        let pause = world.inside().rng.u64(1..PAUSE_MS);
        sleep(Duration::from_millis(pause)).await;
        heard = ask(world, who, request).await;
    }
    heard
}

/// Where a page says that it goes on.
fn next(page: &Heard) -> Option<String> {
    let (_, body) = page.answer.as_ref()?;
    body["next_cursor"].as_str().map(str::to_owned)
}

/// What the pages of a look list under a name, one after the other.
pub(crate) fn listed<'a>(
    pages: &'a [Heard],
    name: &'a str,
) -> impl Iterator<Item = (&'a Heard, &'a Value)> {
    pages.iter().flat_map(move |page| {
        let body = page.answer.as_ref().filter(|(status, _)| *status == 200);
        let list = body.and_then(|(_, body)| body[name].as_array());
        list.into_iter().flatten().map(move |one| (page, one))
    })
}

/// The customer's id that an identity implies.
pub(crate) fn id_of(identity: &str) -> String {
    match Identity::read(identity) {
        Ok(identity) => CustomerId::implied_by(&identity.uri, SECRET).to_string(),
        // What is no identity is nobody's id either, which the function has to say.
        Err(_) => identity.to_owned(),
    }
}
