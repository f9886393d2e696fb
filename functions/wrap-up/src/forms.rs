//! What agents send, and what is wrong with it. Nothing of it is quoted.

use lambda_kit::http::{Problem, StatusCode};
use schemars::JsonSchema;
use serde::Deserialize;
use timeline::{
    Caller, Channel, Direction, EmailAddress, Identity, IdentityError, IdentityKind,
    MAX_CLOCK_AHEAD_MS, MAX_PROMISE_CHARS, MAX_PROMISES, OwnIdentities, Personal, Plan, PromiseEnd,
    PromiseKind, Region, Summary, Text, Timestamp,
};

/// Longest note, in bytes: what an event keeps whole.
pub const MAX_NOTE_BYTES: usize = Text::MAX_BYTES;
/// Longest code, name or subject, in characters: what an interaction keeps whole.
pub const MAX_LINE_CHARS: usize = 200;
/// Longest writing of a customer's identity that is looked at, in bytes.
pub const MAX_ADDRESS_BYTES: usize = 512;

/// How an interaction ended. At least one of the fields is needed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WrapUpRequest")]
pub struct WrapUpForm {
    /// Disposition or wrap-up code, at most 200 characters.
    pub disposition: Option<String>,
    /// Whether the matter is settled. True settles an open complaint, false opens it again.
    pub resolved: Option<bool>,
    /// Whether it was a complaint. An open complaint stays in view until it is settled.
    pub complaint: Option<bool>,
    /// What else there is to say, at most 32 KiB.
    pub note: Option<Personal>,
    /// What was promised, at most 16 that are open on one interaction.
    #[serde(default)]
    #[schemars(length(max = MAX_PROMISES))]
    pub promises: Vec<PromiseForm>,
    /// The same where it is one; the first where there are others beside it.
    pub promise: Option<PromiseForm>,
    /// When it was so; now where it is left out.
    pub at: Option<Timestamp>,
}

/// What was promised.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PromiseRequest")]
pub struct PromiseForm {
    /// What sort of thing.
    pub promised: PromiseKind,
    /// What exactly, at most 200 characters.
    pub text: Option<Personal>,
    /// Who is to keep it, an agent or a team, at most 200 characters.
    pub owner: Option<String>,
    /// By when. The promise is overdue from then on, until it is kept or withdrawn.
    pub due_at: Timestamp,
}

/// A note.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NoteRequest")]
pub struct NoteForm {
    /// What there is to say, at most 32 KiB.
    pub text: Personal,
    /// When it was noted; now where it is left out.
    pub at: Option<Timestamp>,
}

/// What became of a promise.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PromiseEndRequest")]
pub struct EndForm {
    /// How it came to its end.
    pub how: PromiseEnd,
    /// When it did; now where it is left out.
    pub at: Option<Timestamp>,
}

/// An interaction that no system saw, such as a call on a mobile telephone.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "InteractionRequest")]
pub struct InteractionForm {
    /// How customer and company met: `call`, `chat`, `email` or `task`.
    pub channel: Channel,
    /// Who began it.
    pub direction: Direction,
    /// Who the customer is: a telephone number in any punctuation, an email address, or an identity's URI. A national
    /// number is one of the stack's region.
    pub customer: Personal,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended. A call is over in any case; anything else without an end is over when it is resolved.
    pub ended_at: Option<Timestamp>,
    /// What it was about, at most 200 characters.
    pub subject: Option<Personal>,
    /// What else there is to say, at most 32 KiB.
    pub note: Option<Personal>,
    /// Disposition or wrap-up code, at most 200 characters.
    pub disposition: Option<String>,
    /// Whether the matter is settled.
    pub resolved: Option<bool>,
    /// Whether it was a complaint.
    pub complaint: Option<bool>,
    /// What was promised, at most 16.
    #[serde(default)]
    #[schemars(length(max = MAX_PROMISES))]
    pub promises: Vec<PromiseForm>,
    /// The same where it is one; the first where there are others beside it.
    pub promise: Option<PromiseForm>,
    /// Who spoke or wrote with the customer; the one who asks where it is left out. At most 200 characters.
    pub agent: Option<String>,
}

/// What is wrong with a form, field by field.
#[derive(Default)]
pub(crate) struct Faults(Vec<(String, String)>);

impl Faults {
    fn add(&mut self, field: impl Into<String>, reason: impl Into<String>) {
        self.0.push((field.into(), reason.into()));
    }

    fn line(&mut self, field: impl Into<String>, text: Option<&str>, most: usize) {
        match text {
            Some(text) if text.trim().is_empty() => self.add(field, "is empty"),
            Some(text) if text.chars().count() > most => {
                self.add(field, format!("is longer than {most} characters"));
            }
            Some(_) | None => {}
        }
    }

    fn note(&mut self, field: &str, text: Option<&Personal>) {
        match text.map(Personal::expose) {
            Some(text) if text.trim().is_empty() => self.add(field, "is empty"),
            Some(text) if text.len() > MAX_NOTE_BYTES => {
                self.add(field, format!("is longer than {MAX_NOTE_BYTES} bytes"));
            }
            Some(_) | None => {}
        }
    }

    /// A clock may be wrong by as much as those of other systems may.
    fn not_ahead(&mut self, field: &str, at: Option<Timestamp>, now: Timestamp) {
        if at.is_some_and(|at| at > now.plus_millis(MAX_CLOCK_AHEAD_MS)) {
            self.add(field, "is in the future");
        }
    }

    /// Nothing is said of an interaction before it begins: what is known of a customer would begin then.
    fn not_before(&mut self, at: Option<Timestamp>, interaction: &Summary) {
        let begun = interaction.started_at;
        if at.is_some_and(|at| at.plus_millis(MAX_CLOCK_AHEAD_MS) < begun) {
            self.add("at", "is before the interaction began");
        }
    }

    fn promises(&mut self, promise: Option<&PromiseForm>, promises: &[PromiseForm]) {
        if promises.len() + usize::from(promise.is_some()) > MAX_PROMISES {
            self.add("promises", format!("has more than {MAX_PROMISES}"));
            return;
        }
        if let Some(promise) = promise {
            self.promise("promise", promise);
        }
        for (place, promise) in promises.iter().enumerate() {
            self.promise(&format!("promises[{place}]"), promise);
        }
    }

    fn promise(&mut self, name: &str, promise: &PromiseForm) {
        let text = promise.text.as_ref().map(Personal::expose);
        self.line(format!("{name}.text"), text, MAX_PROMISE_CHARS);
        let owner = promise.owner.as_deref();
        self.line(format!("{name}.owner"), owner, MAX_LINE_CHARS);
    }

    /// Nothing where nothing is wrong.
    fn settle(self) -> Result<(), Problem> {
        if self.0.is_empty() {
            return Ok(());
        }
        let problem = Problem::new(StatusCode::BAD_REQUEST)
            .detail("The body is not of the form that is needed.");
        let faults = self.0.into_iter();
        Err(faults.fold(problem, |problem, (name, reason)| {
            problem.field(name, reason)
        }))
    }
}

impl WrapUpForm {
    /// Whether it says how the interaction ended.
    pub(crate) fn says_how(&self) -> bool {
        self.disposition.is_some() || self.resolved.is_some() || self.complaint.is_some()
    }

    pub(crate) fn check(&self, now: Timestamp) -> Result<(), Problem> {
        let mut faults = Faults::default();
        let promises_nothing = self.promise.is_none() && self.promises.is_empty();
        if !self.says_how() && self.note.is_none() && promises_nothing {
            let needed =
                "needs one of disposition, resolved, complaint, note, promise and promises";
            faults.add("body", needed);
        }
        faults.line("disposition", self.disposition.as_deref(), MAX_LINE_CHARS);
        faults.note("note", self.note.as_ref());
        faults.promises(self.promise.as_ref(), &self.promises);
        faults.not_ahead("at", self.at, now);
        faults.settle()
    }

    pub(crate) fn check_after(&self, interaction: &Summary) -> Result<(), Problem> {
        let mut faults = Faults::default();
        faults.not_before(self.at, interaction);
        faults.settle()
    }
}

impl NoteForm {
    pub(crate) fn check(&self, now: Timestamp) -> Result<(), Problem> {
        let mut faults = Faults::default();
        faults.note("text", Some(&self.text));
        faults.not_ahead("at", self.at, now);
        faults.settle()
    }

    pub(crate) fn check_after(&self, interaction: &Summary) -> Result<(), Problem> {
        let mut faults = Faults::default();
        faults.not_before(self.at, interaction);
        faults.settle()
    }
}

impl EndForm {
    pub(crate) fn check(&self, now: Timestamp) -> Result<(), Problem> {
        let mut faults = Faults::default();
        faults.not_ahead("at", self.at, now);
        faults.settle()
    }

    pub(crate) fn check_after(&self, interaction: &Summary) -> Result<(), Problem> {
        let mut faults = Faults::default();
        faults.not_before(self.at, interaction);
        faults.settle()
    }
}

impl InteractionForm {
    /// The customer, when nothing is wrong.
    pub(crate) fn check(
        &self,
        region: Option<Region>,
        own: &OwnIdentities,
        now: Timestamp,
    ) -> Result<Identity, Problem> {
        let mut faults = Faults::default();
        if !self.channel.is_conversation() {
            faults.add("channel", "is not call, chat, email or task");
        }
        let customer = customer(self.customer.expose(), region);
        match &customer {
            Ok(customer) if own.contains(&customer.uri) => {
                faults.add("customer", "is the company's own number or address");
            }
            Ok(_) => {}
            Err(reason) => faults.add("customer", reason.clone()),
        }
        faults.not_ahead("started_at", Some(self.started_at), now);
        faults.not_ahead("ended_at", self.ended_at, now);
        if self.ended_at.is_some_and(|end| end < self.started_at) {
            faults.add("ended_at", "is before started_at");
        }
        let subject = self.subject.as_ref().map(Personal::expose);
        faults.line("subject", subject, MAX_LINE_CHARS);
        faults.line("disposition", self.disposition.as_deref(), MAX_LINE_CHARS);
        faults.line("agent", self.agent.as_deref(), MAX_LINE_CHARS);
        faults.note("note", self.note.as_ref());
        faults.promises(self.promise.as_ref(), &self.promises);
        faults.settle()?;
        // Had it been none, the faults would say so.
        customer.map_err(|_| Problem::new(StatusCode::BAD_REQUEST))
    }
}

/// Reads a customer in any writing: an identity's URI, an email address, or a telephone number.
fn customer(text: &str, region: Option<Region>) -> Result<Identity, String> {
    let text = text.trim();
    if text.len() > MAX_ADDRESS_BYTES {
        return Err(format!("is longer than {MAX_ADDRESS_BYTES} bytes"));
    }
    let scheme = text.split_once(':').and_then(|(scheme, rest)| {
        let mut kinds = IdentityKind::ALL.into_iter();
        let kind = kinds.find(|kind| kind.scheme().eq_ignore_ascii_case(scheme))?;
        Some((kind, rest))
    });
    match scheme {
        Some((IdentityKind::Tel, number)) => phone(number, region),
        Some(_) => Identity::read(text).map_err(|error| match error {
            IdentityError::Phone(cause) => cause.to_string(),
            IdentityError::Email(cause) => cause.to_string(),
            IdentityError::UnknownScheme
            | IdentityError::BadId
            | IdentityError::NoSystem
            | IdentityError::Withheld => error.to_string(),
        }),
        None if text.contains('@') => EmailAddress::read(text)
            .map(|address| Identity::email(&address))
            .map_err(|error| error.to_string()),
        None => phone(text, region),
    }
}

fn phone(text: &str, region: Option<Region>) -> Result<Identity, String> {
    match Caller::read(text, Plan::National(region)) {
        Ok(Caller::Number(number)) => Ok(Identity::phone(&number, text)),
        Ok(Caller::Withheld) => Err(IdentityError::Withheld.to_string()),
        Err(error) => Err(error.to_string()),
    }
}
