//! Whether a customer may be contacted: rules as data, asked of what is known now.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::bounce::{Medium, in_vain};
use crate::event::Channel;
use crate::identity::IdentityUri;
use crate::ids::{EventId, InteractionId};
use crate::personal::Personal;
use crate::promise::PromiseState;
use crate::summary::Summary;
use crate::time::Timestamp;
use crate::words::day;

/// Most rulings that an answer names beside the one that decides.
pub const MAX_RULINGS: usize = 8;

/// What the customer would be contacted for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To sell something to this customer: a bid, a call by sales.
    Sales,
    /// To do what the customer asked for: an answer, a promise, an invoice.
    Service,
    /// To advertise: a newsletter, a campaign.
    Marketing,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 3] = [Self::Sales, Self::Service, Self::Marketing];

    /// Its name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sales => "sales",
            Self::Service => "service",
            Self::Marketing => "marketing",
        }
    }
}

/// What somebody wants to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// What for.
    pub purpose: Purpose,
    /// By which channel.
    pub channel: Channel,
    /// At which of the customer's addresses; none where any that works will do.
    pub identity: Option<IdentityUri>,
}

/// What is known of one of the customer's identities.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// The identity.
    pub identity: IdentityUri,
    /// Its interactions, in any order; one that is there twice counts once.
    pub interactions: Vec<Summary>,
}

/// Whether a customer may be contacted, and what decides it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// Whether it may be done.
    pub allow: bool,
    /// What for.
    pub purpose: Purpose,
    /// By which channel.
    pub channel: Channel,
    /// What denies it: the first of the rules that do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<Ruling>,
    /// What would deny it, too; and where it is allowed, at which of the customer's addresses it would be in vain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Ruling>,
}

/// What one rule says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Ruling {
    /// The rule's name.
    pub rule: String,
    /// The interaction that it is about.
    pub interaction_id: InteractionId,
    /// The event that it is about; none where the store's summary is older than the naming of events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// The identity under which that happened.
    pub identity: IdentityUri,
    /// Since when.
    pub since: Timestamp,
    /// A sentence for whoever wanted to.
    pub text: Personal,
}

/// What a rule looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Condition {
    /// A complaint that nobody has settled.
    OpenComplaint,
    /// The receiver reported something that came by this medium as spam.
    ReportedAsSpam(Medium),
    /// A promise that was not kept in time.
    OverduePromise,
    /// What is sent by this medium does not arrive, and nothing has since.
    InVain(Medium),
}

/// What denies what, and in which words.
struct Rule {
    name: &'static str,
    purposes: &'static [Purpose],
    channels: &'static [Channel],
    condition: Condition,
    words: &'static str,
}

const OFFERS: &[Purpose] = &[Purpose::Sales, Purpose::Marketing];

/// The rules. The first that holds decides, so what the customer has to say to the company stands before what stands in
/// the way of a message. A document that was declined or taken back denies nothing: it is no word about being contacted.
const RULES: &[Rule] = &[
    Rule {
        name: "open_complaint",
        purposes: OFFERS,
        channels: &Channel::ALL,
        condition: Condition::OpenComplaint,
        words: "A complaint is open",
    },
    Rule {
        name: "mail_reported_as_spam",
        purposes: OFFERS,
        channels: &[Channel::Email],
        condition: Condition::ReportedAsSpam(Medium::Mail),
        words: "The customer reported a mail as spam",
    },
    Rule {
        name: "message_reported_as_spam",
        purposes: OFFERS,
        channels: &[Channel::Chat],
        condition: Condition::ReportedAsSpam(Medium::Message),
        words: "The customer reported a message as spam",
    },
    // Whoever still waits for what was promised is owed that before any offer, and would complain of one. Service stays
    // allowed, since that is how the promise is kept.
    Rule {
        name: "overdue_promise",
        purposes: OFFERS,
        channels: &Channel::ALL,
        condition: Condition::OverduePromise,
        words: "A promise is overdue",
    },
    Rule {
        name: "address_bounced",
        purposes: &Purpose::ALL,
        channels: &[Channel::Email],
        condition: Condition::InVain(Medium::Mail),
        words: "Mail to the address comes back",
    },
    Rule {
        name: "message_undelivered",
        purposes: &Purpose::ALL,
        channels: &[Channel::Chat],
        condition: Condition::InVain(Medium::Message),
        words: "Messages to the number do not arrive",
    },
];

/// Whether a customer may be contacted as intended, as of `now`. Depends on no order: neither of the identities nor of
/// their interactions.
///
/// That mail to an address comes back denies mail where it is the address that was used last, or the only one; that
/// messages to a number do not arrive denies them where no other number is left. Else it may be done, and `also` names
/// those at which it would be in vain. An intent that names its address is asked of that alone.
#[must_use]
pub fn may_contact(intent: &Intent, customer: &[History], now: Timestamp) -> Verdict {
    let (mut denials, mut hints) = (Vec::new(), Vec::new());
    let rules = RULES.iter().filter(|rule| {
        rule.purposes.contains(&intent.purpose) && rule.channels.contains(&intent.channel)
    });
    for rule in rules {
        let mut rulings = rulings(rule, intent, customer, now);
        // The newest first, as warnings are.
        rulings.sort_by(|a, b| (b.since, a).cmp(&(a.since, b)));
        rulings.dedup();
        if denies(rule, intent, customer, &rulings) {
            denials.append(&mut rulings);
        } else {
            hints.append(&mut rulings);
        }
    }
    let mut rest = denials.into_iter();
    let decided_by = rest.next();
    Verdict {
        allow: decided_by.is_none(),
        purpose: intent.purpose,
        channel: intent.channel,
        decided_by,
        also: rest.chain(hints).take(MAX_RULINGS).collect(),
    }
}

/// Whether what a rule found denies the intent.
fn denies(rule: &Rule, intent: &Intent, customer: &[History], rulings: &[Ruling]) -> bool {
    let Condition::InVain(medium) = rule.condition else {
        return !rulings.is_empty();
    };
    let is_in_vain = |identity| rulings.iter().any(|ruling| &ruling.identity == identity);
    let mut reached = customer.iter().filter(|history| {
        asked(intent, &history.identity) && medium.reaches(history.identity.kind())
    });
    match medium {
        // Mail goes to the address that was used last, of which the customer hears from the company; to another one
        // only where the intent names it.
        Medium::Mail => reached
            .max_by_key(|history| (history.last_used(medium), &history.identity))
            .is_some_and(|history| is_in_vain(&history.identity)),
        Medium::Message => {
            !rulings.is_empty() && reached.all(|history| is_in_vain(&history.identity))
        }
    }
}

impl History {
    /// When it was last used by a medium.
    fn last_used(&self, medium: Medium) -> Option<Timestamp> {
        let used = medium.among(&self.interactions);
        used.map(|summary| summary.last_at).max()
    }
}

fn asked(intent: &Intent, identity: &IdentityUri) -> bool {
    intent.identity.as_ref().is_none_or(|own| own == identity)
}

fn rulings(rule: &Rule, intent: &Intent, customer: &[History], now: Timestamp) -> Vec<Ruling> {
    let mut found = Vec::new();
    for history in customer {
        let all = &history.interactions;
        let mut tell = |summary: &Summary, event_id: Option<&EventId>, since: Timestamp| {
            found.push(Ruling {
                rule: rule.name.to_owned(),
                interaction_id: summary.id.clone(),
                event_id: event_id.cloned(),
                identity: history.identity.clone(),
                since,
                text: format!("{} since {}", rule.words, day(since)).into(),
            });
        };
        match rule.condition {
            Condition::OpenComplaint => {
                for summary in all {
                    if let Some(since) = summary.open_complaint_since {
                        tell(summary, summary.open_complaint_event.as_ref(), since);
                    }
                }
            }
            Condition::OverduePromise => {
                for summary in all {
                    for promise in &summary.promises {
                        let status = promise.clone().as_of(now);
                        if let (PromiseState::Overdue, Some(due_at)) =
                            (status.state, status.promise.due_at)
                        {
                            tell(summary, status.event_id.as_ref(), due_at);
                        }
                    }
                }
            }
            Condition::ReportedAsSpam(medium) => {
                for summary in all.iter().filter(|of| Medium::of(of.channel) == medium) {
                    if let Some(since) = summary.reported_at {
                        tell(summary, summary.reported_event.as_ref(), since);
                    }
                }
            }
            Condition::InVain(medium) if asked(intent, &history.identity) => {
                if let Some((since, summary)) = in_vain(all, medium) {
                    tell(summary, summary.bounced_event.as_ref(), since);
                }
            }
            Condition::InVain(_) => {}
        }
    }
    found
}
