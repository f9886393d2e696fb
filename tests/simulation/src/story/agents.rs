//! What agents do meanwhile, over the HTTP functions.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::draft::Draft;
use super::time::{DAY, HOUR, MINUTE, iso};

/// The language that agents write down, which no system says of anybody.
pub const SPOKEN: &str = "nl";

/// Something that an agent does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// When, in milliseconds since the story's start.
    pub at_ms: i64,
    /// The idempotency key: the same act tried again has the same.
    pub key: String,
    /// What.
    pub kind: ActKind,
}

/// What an agent does. Identities are URIs, interactions are ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActKind {
    /// Says that an identity is the same person as the customer whom another implies.
    Link {
        /// The identity of which the customer's id is made.
        customer: String,
        /// The other.
        identity: String,
    },
    /// Ends the link that an earlier act has made.
    Unlink {
        /// That act's place among all acts.
        act: usize,
    },
    /// Looks at the pop of an identity.
    Pop {
        /// Whose.
        identity: String,
    },
    /// Notes something on an interaction.
    Note {
        /// Which.
        interaction: String,
        /// What.
        text: String,
    },
    /// Wraps an interaction up.
    WrapUp {
        /// Which.
        interaction: String,
        /// Whether it was a complaint.
        complaint: Option<bool>,
        /// Whether a call back is promised.
        promise: bool,
    },
    /// Keeps what an earlier wrap-up has promised.
    KeepPromise {
        /// That act's place among all acts.
        act: usize,
    },
    /// Writes what a customer is called and speaks.
    PatchTraits {
        /// The identity of which the customer's id is made.
        customer: String,
        /// What they are called.
        name: String,
    },
    /// Says whether several customers use an identity.
    MarkShared {
        /// Which.
        identity: String,
        /// Whether they do.
        shared: bool,
    },
    /// Tells of a call that no system saw.
    Tell {
        /// Who called.
        customer: String,
    },
}

impl Act {
    /// The body of its request; `None` for one without.
    #[must_use]
    pub fn body(&self) -> Option<Value> {
        Some(match &self.kind {
            ActKind::Link { identity, .. } => json!({ "identity": identity }),
            ActKind::Unlink { .. } | ActKind::Pop { .. } => return None,
            ActKind::Note { text, .. } => json!({ "text": text }),
            ActKind::WrapUp {
                complaint, promise, ..
            } => {
                let mut body = json!({ "disposition": "bid requested" });
                if let Some(complaint) = complaint {
                    body["complaint"] = json!(complaint);
                }
                if *promise {
                    body["promise"] =
                        json!({ "promised": "callback", "due_at": iso(self.at_ms + DAY) });
                }
                body
            }
            ActKind::KeepPromise { .. } => json!({ "how": "kept" }),
            ActKind::PatchTraits { name, .. } => json!({ "name": name, "language": SPOKEN }),
            ActKind::MarkShared { shared, .. } => json!({ "shared": shared }),
            ActKind::Tell { customer } => json!({
                "channel": "call",
                "direction": "inbound",
                "customer": customer,
                "started_at": iso(self.at_ms - 5 * MINUTE),
                "note": "called on the mobile",
            }),
        })
    }
}

impl ActKind {
    /// What it is called in figures.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Link { .. } => "act link",
            Self::Unlink { .. } => "act unlink",
            Self::Pop { .. } => "act pop",
            Self::Note { .. } => "act note",
            Self::WrapUp { .. } => "act wrap up",
            Self::KeepPromise { .. } => "act keep promise",
            Self::PatchTraits { .. } => "act patch traits",
            Self::MarkShared { .. } => "act mark shared",
            Self::Tell { .. } => "act tell",
        }
    }
}

/// As many acts, by time, over what the draft holds by now.
pub(super) fn acts(draft: &mut Draft<'_>, count: usize) -> Vec<Act> {
    let first_sent: Vec<(String, i64)> = draft.first_sent().into_iter().collect();
    if first_sent.is_empty() {
        return Vec::new();
    }
    let mut times: Vec<i64> = (0..count)
        .map(|_| draft.between(MINUTE, 9 * HOUR))
        .collect();
    times.sort_unstable();
    let mut acts: Vec<Act> = Vec::with_capacity(count);
    for at_ms in times {
        let (interaction, sent) = &first_sent[draft.rng.usize(..first_sent.len())];
        let (kind, at_ms) = match draft.rng.u32(..12) {
            // Agents mostly know an interaction once it is there, and sometimes are quicker than its events.
            0 | 1 => {
                let text = "wants the larger one".to_owned();
                let interaction = interaction.clone();
                (ActKind::Note { interaction, text }, at_ms.max(*sent))
            }
            2 | 3 => {
                let kind = ActKind::WrapUp {
                    interaction: interaction.clone(),
                    complaint: draft.one_in(3).then_some(true),
                    promise: draft.rng.bool(),
                };
                (kind, at_ms.max(*sent))
            }
            4 | 5 => (linked(draft), at_ms),
            6 => (unlinked(draft, &acts), at_ms),
            7 => (kept(draft, &acts), at_ms),
            8 => {
                let person = draft.person();
                let name = person.name.clone();
                let customer = known_to_a_system(draft);
                (ActKind::PatchTraits { customer, name }, at_ms)
            }
            9 => {
                let (identity, shared) = (draft.person().tel(), !draft.one_in(3));
                (ActKind::MarkShared { identity, shared }, at_ms)
            }
            10 => {
                let customer = draft.person().tel();
                (ActKind::Tell { customer }, at_ms)
            }
            _ => (looked_at(draft), at_ms),
        };
        let key = format!("desk-{}", draft.count());
        acts.push(Act { at_ms, key, kind });
    }
    // Places of earlier acts are kept, so that later times are drawn along.
    let mut latest = i64::MIN;
    for act in &mut acts {
        act.at_ms = act.at_ms.max(latest);
        latest = act.at_ms;
    }
    acts
}

/// One of all identities that the story's customers have.
fn identity(draft: &mut Draft<'_>) -> String {
    let person = draft.person();
    match draft.rng.u32(..4) {
        0 => person.mailto(),
        1 => person.whatsapp(),
        _ => person.tel(),
    }
}

/// The customer of an interaction, of whom its system may say something as well; at times another.
fn known_to_a_system(draft: &mut Draft<'_>) -> String {
    let interactions = draft.interactions().values();
    let customers = interactions.filter_map(|expected| expected.customer.clone());
    let customers: BTreeSet<String> = customers.collect();
    let customers: Vec<&String> = customers.iter().collect();
    if customers.is_empty() || draft.one_in(4) {
        return identity(draft);
    }
    draft.pick(&customers).clone()
}

/// Mostly two identities of one person; sometimes an agent is wrong.
fn linked(draft: &mut Draft<'_>) -> ActKind {
    let person = draft.person();
    let identity = if draft.one_in(4) {
        identity(draft)
    } else {
        person.mailto()
    };
    ActKind::Link {
        customer: person.tel(),
        identity,
    }
}

fn unlinked(draft: &mut Draft<'_>, acts: &[Act]) -> ActKind {
    let is_link = |kind: &ActKind| matches!(kind, ActKind::Link { .. });
    match earlier(draft, acts, is_link) {
        Some(act) => ActKind::Unlink { act },
        None => linked(draft),
    }
}

fn kept(draft: &mut Draft<'_>, acts: &[Act]) -> ActKind {
    let promises = |kind: &ActKind| matches!(kind, ActKind::WrapUp { promise: true, .. });
    match earlier(draft, acts, promises) {
        Some(act) => ActKind::KeepPromise { act },
        None => looked_at(draft),
    }
}

fn looked_at(draft: &mut Draft<'_>) -> ActKind {
    let identity = identity(draft);
    ActKind::Pop { identity }
}

/// The place of one of the earlier acts that are so.
fn earlier(draft: &mut Draft<'_>, acts: &[Act], is: impl Fn(&ActKind) -> bool) -> Option<usize> {
    let places = acts.iter().enumerate();
    let places: Vec<usize> = places
        .filter(|(_, act)| is(&act.kind))
        .map(|(place, _)| place)
        .collect();
    (!places.is_empty()).then(|| draft.pick(&places))
}
