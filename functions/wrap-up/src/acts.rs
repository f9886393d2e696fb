//! What one request does: events of one interaction, the same ones whenever the request is sent again.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use lambda_kit::http::{Problem, idempotency_key, unescaped_path_parameter};
use timeline::{
    Channel, Direction, Ended, Event, EventId, Fact, IdError, Identity, InteractionId, Note,
    Opening, Personal, Promise, PromiseEnded, PromiseId, Source, Started, Text, Timestamp, Updated,
    WrapUp, opaque,
};

use crate::forms::{EndForm, InteractionForm, NoteForm, PromiseForm, WrapUpForm};

/// The source of what agents say.
pub const SOURCE: &str = "manual";
/// The attribute that tells what an interaction is about.
const SUBJECT: &str = "subject";

/// Who does something, and under which key.
#[derive(Debug)]
pub(crate) struct Act {
    /// A digest of the key, the path and the agent, so that nobody meets another's keys, and the same key on another
    /// interaction or promise is another act.
    key: String,
    /// Whether the key was given, so that the request may have been here before.
    pub(crate) is_repeatable: bool,
    pub(crate) agent: String,
}

impl Act {
    /// The act of a request, without a key that is sent under one of its own.
    pub(crate) fn of(
        request: &ApiGatewayV2httpRequest,
        agent: &str,
        invocation: &str,
    ) -> Result<Self, Problem> {
        let route = request.route_key.as_deref().unwrap_or_default();
        let given = idempotency_key(request)?;
        let key = match given {
            Some(key) => {
                let [id, promise] = ["id", "promise"].map(|name| {
                    let part = unescaped_path_parameter(request, name);
                    part.unwrap_or_default().into_owned()
                });
                opaque(&["given", route, &id, &promise, agent, key])
            }
            None => {
                let chance = format!("{:032x}", fastrand::u128(..));
                opaque(&["random", route, agent, invocation, &chance])
            }
        };
        Ok(Self {
            key,
            is_repeatable: given.is_some(),
            agent: agent.to_owned(),
        })
    }

    /// The interaction that the act adds.
    pub(crate) fn interaction(&self) -> Result<InteractionId, IdError> {
        InteractionId::new(&Source::new(SOURCE)?, &self.key)
    }

    /// What the ids of its events begin with.
    pub(crate) fn prefix(&self) -> String {
        format!("act.{}.", self.key)
    }

    fn promise(&self, place: usize) -> PromiseId {
        PromiseId::of(&format!("{}.{place}", self.key))
    }
}

/// What an act says of an interaction.
pub(crate) struct Draft {
    pub(crate) id: InteractionId,
    channel: Channel,
    direction: Option<Direction>,
    customer: Option<Identity>,
    /// What is said, and when that was; at the time of the request where that is not said.
    facts: Vec<(Fact, Option<Timestamp>)>,
}

impl Draft {
    fn on(id: InteractionId, channel: Channel) -> Self {
        Self {
            id,
            channel,
            direction: None,
            customer: None,
            facts: Vec::new(),
        }
    }

    pub(crate) fn wrap_up(
        id: InteractionId,
        channel: Channel,
        form: &WrapUpForm,
        act: &Act,
    ) -> Self {
        let mut draft = Self::on(id, channel);
        // Who only notes or promises something says nothing of how it ended.
        if form.says_how() {
            let wrap_up = WrapUp {
                disposition: form.disposition.clone(),
                resolved: form.resolved,
                complaint: form.complaint,
                agent: Some(act.agent.clone()),
            };
            draft.facts.push((Fact::WrapUp(wrap_up), form.at));
        }
        let promises = form.promise.iter().chain(&form.promises);
        draft.remarks(form.note.as_ref(), promises, form.at, act);
        draft
    }

    pub(crate) fn note(id: InteractionId, channel: Channel, form: &NoteForm, act: &Act) -> Self {
        let mut draft = Self::on(id, channel);
        draft.remarks(Some(&form.text), [], form.at, act);
        draft
    }

    pub(crate) fn end(
        id: InteractionId,
        channel: Channel,
        promise: PromiseId,
        form: &EndForm,
        act: &Act,
    ) -> Self {
        let ended = PromiseEnded {
            id: promise,
            how: form.how,
            agent: Some(act.agent.clone()),
        };
        Self {
            facts: vec![(Fact::PromiseEnded(ended), form.at)],
            ..Self::on(id, channel)
        }
    }

    /// An interaction that nobody saw but the agent. All of it was when it was, not when it is told.
    pub(crate) fn interaction(
        id: InteractionId,
        form: &InteractionForm,
        customer: Identity,
        act: &Act,
    ) -> Self {
        let end = form.ended_at.unwrap_or(form.started_at);
        let mut draft = Self {
            direction: Some(form.direction),
            customer: Some(customer),
            ..Self::on(id, form.channel)
        };
        let beginning = match (form.channel, form.ended_at) {
            // A call that is told of is over. Without its end it has no length that could be shown, so no beginning is
            // told that would wait for an end.
            (Channel::Call, None) => {
                let subject = form.subject.clone();
                let subject = subject.map(|subject| (SUBJECT.to_owned(), subject));
                Fact::Updated(Updated {
                    attributes: subject.into_iter().collect(),
                })
            }
            // It did not ring here: who was not answered would count as having given up.
            _ => Fact::Started(Started {
                opening: Opening::Open,
                subject: form.subject.clone(),
                ..Started::default()
            }),
        };
        draft.facts.push((beginning, Some(form.started_at)));
        let agent = form.agent.as_ref().unwrap_or(&act.agent);
        let wrap_up = WrapUp {
            disposition: form.disposition.clone(),
            resolved: form.resolved,
            complaint: form.complaint,
            agent: Some(agent.clone()),
        };
        draft.facts.push((Fact::WrapUp(wrap_up), Some(end)));
        let promises = form.promise.iter().chain(&form.promises);
        draft.remarks(form.note.as_ref(), promises, Some(end), act);
        if let Some(ended_at) = form.ended_at {
            let ended = Fact::Ended(Ended::default());
            draft.facts.push((ended, Some(ended_at)));
        }
        draft
    }

    fn remarks<'a>(
        &mut self,
        note: Option<&Personal>,
        promises: impl IntoIterator<Item = &'a PromiseForm>,
        at: Option<Timestamp>,
        act: &Act,
    ) {
        if let Some(note) = note {
            let note = Note {
                text: Text::new(note.expose()),
                agent: Some(act.agent.clone()),
            };
            self.facts.push((Fact::Note(note), at));
        }
        for (place, promise) in promises.into_iter().enumerate() {
            let promise = Promise {
                id: act.promise(place),
                promised: promise.promised,
                text: promise.text.clone(),
                owner: promise.owner.clone(),
                due_at: Some(promise.due_at),
            };
            self.facts.push((Fact::Promised(promise), at));
        }
    }

    /// The promises that it makes.
    pub(crate) fn promises(&self) -> impl Iterator<Item = &PromiseId> {
        self.facts.iter().filter_map(|(fact, _)| {
            if let Fact::Promised(promise) = fact {
                Some(&promise.id)
            } else {
                None
            }
        })
    }

    /// Its events, of which those that say no time happened then.
    pub(crate) fn events(
        &self,
        act: &Act,
        then: Timestamp,
        received_at: Timestamp,
    ) -> Result<Vec<Event>, IdError> {
        let source = Source::new(SOURCE)?;
        let facts = self.facts.iter().enumerate();
        facts
            .map(|(place, (fact, at))| {
                let id = EventId::new(&format!("{}{place}", act.prefix()))?;
                Ok(Event {
                    occurred_at: Some(at.unwrap_or(then)),
                    received_at,
                    direction: self.direction,
                    customer: self.customer.clone(),
                    ..Event::new(
                        self.id.clone(),
                        id,
                        source.clone(),
                        self.channel,
                        fact.clone(),
                    )
                })
            })
            .collect()
    }
}
