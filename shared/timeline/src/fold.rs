//! How an event enters an interaction: which register each of its fields is offered to, and with which key.

use crate::event::{Channel, Event};
use crate::fact::{
    Author, Business, CallRecord, Fact, Mail, Message, Note, Opening, Place, Scored, Status,
};
use crate::identity::Identity;
use crate::interaction::{
    EndOfPromise, Interaction, Named, OfPromise, Promised, Recorded, Said, Trouble,
};
use crate::outcome::{Asked, Money, Outcome, TurnedOut};
use crate::personal::{Personal, cut, preview};
use crate::phase::Phase;
use crate::promise::{MAX_PROMISE_CHARS, Promise};
use crate::register::{Key, earlier, later};
use crate::time::Timestamp;

/// The attribute that tells what an interaction is about.
const SUBJECT: &str = "subject";
/// Longest subject that is kept in the fold, in characters.
const SUBJECT_CHARS: usize = 200;
/// Longest name of a person, a queue or a code that is kept in the fold, in characters. The events keep them whole.
const NAME_CHARS: usize = 200;
/// Longest address that is kept in the fold as it was written, in bytes: that of the longest email address.
const RAW_BYTES: usize = 320;

impl Interaction {
    /// Adds one event of this interaction.
    pub(crate) fn absorb(&mut self, event: &Event) {
        let key = Key::of(event);
        self.channel.offer(key.clone(), event.channel);
        if let Some(direction) = event.direction {
            self.direction.offer(key.clone(), direction);
        }
        if !is_distrusted(&event.fact) {
            self.absorb_people(event, &key);
        }
        for related in event
            .related
            .iter()
            .filter(|related| related.interaction_id != self.id)
        {
            self.related.offer(key.clone(), related.clone());
        }
        self.absorb_times(event);
        if let Some(phase) = Phase::entered_by(&event.fact).filter(|phase| is_told(*phase, event)) {
            let key = if phase == Phase::Ended {
                key.dominant()
            } else if is_distrusted(&event.fact) {
                // Nobody may close another's thread by forging a mail of it.
                key.least()
            } else {
                key
            };
            self.phase.offer(key, phase);
        }
        if let Some(outcome) = Outcome::told_by(event) {
            let at = event.happened_at();
            self.outcome
                .offer(Key::of(event), TurnedOut { outcome, at });
        }
        self.absorb_fact(event);
    }

    fn absorb_times(&mut self, event: &Event) {
        if tells_times(&event.fact) {
            return;
        }
        let at = event.happened_at();
        if !is_aside(&event.fact) {
            earlier(&mut self.first_at, at);
            later(&mut self.last_at, at);
            return;
        }
        earlier(&mut self.noted_first_at, at);
        // That a promise was kept is no sign of life of the interaction in which it was made.
        if !matches!(event.fact, Fact::PromiseEnded(_)) {
            later(&mut self.noted_last_at, at);
        }
    }

    fn absorb_people(&mut self, event: &Event, key: &Key) {
        if let Some(customer) = &event.customer {
            self.customers.offer(key.clone(), short_identity(customer));
        }
        if let Some(name) = &event.customer_name {
            let uri = event.customer.as_ref().map(|customer| customer.uri.clone());
            let name = preview(name.expose(), NAME_CHARS);
            self.names.offer(key.clone(), Named { uri, name });
        }
        for participant in &event.participants {
            self.participants
                .offer(key.clone(), short_identity(participant));
        }
    }

    fn absorb_fact(&mut self, event: &Event) {
        let key = Key::of(event);
        match &event.fact {
            Fact::Started(started) => {
                if started.opening == Opening::Ringing {
                    earlier(&mut self.sought_at, event.happened_at());
                }
                self.place(event, started.queue.as_ref(), None);
                self.set_subject(event, started.subject.as_ref());
            }
            Fact::Queued(Place { queue, agent }) => {
                earlier(&mut self.sought_at, event.happened_at());
                self.place(event, queue.as_ref(), agent.as_ref());
            }
            Fact::Answered(Place { queue, agent }) => {
                earlier(&mut self.answered_at, event.happened_at());
                self.place(event, queue.as_ref(), agent.as_ref());
            }
            Fact::Ended(ended) => {
                self.forwarded |= ended.forwarded;
                self.ended.offer(key, event.happened_at());
            }
            Fact::Record(record) => self.absorb_record(event, record),
            Fact::Message(message) => self.absorb_message(event, message),
            Fact::Mail(mail) => self.absorb_mail(event, mail),
            Fact::Bounced(bounced) => {
                if bounced.reported {
                    self.reported.offer(key.clone(), event.happened_at());
                }
                // A mailbox that is full today is no bad address.
                if bounced.permanent {
                    self.bounced.offer(key, event.happened_at());
                }
            }
            Fact::Status(change) => {
                self.settle(event, change.status == Status::Resolved);
                self.mark_complaint(event, change.complaint);
                self.place(event, change.queue.as_ref(), change.agent.as_ref());
            }
            Fact::Viewed(viewed) => self.set_subject(event, viewed.title.as_ref()),
            Fact::Acted(acted) => {
                let action = preview(&acted.action, SUBJECT_CHARS);
                if acted.tells_failure() {
                    let (what, at) = (action.clone(), event.happened_at());
                    self.trouble.offer(key.clone(), Trouble { what, at });
                }
                self.preview.offer(key, action);
            }
            Fact::Sent(business)
            | Fact::Signed(business)
            | Fact::Paid(business)
            | Fact::Failed(business)
            | Fact::Declined(business)
            | Fact::Voided(business)
            | Fact::Refunded(business) => self.absorb_business(event, business),
            Fact::Disputed(business) => {
                self.absorb_business(event, business);
                self.mark_complaint(event, Some(true));
            }
            Fact::Scored(scored) => self.absorb_score(event, scored),
            Fact::WrapUp(wrap_up) => {
                if let Some(disposition) = &wrap_up.disposition {
                    self.disposition.offer(key.clone(), short(disposition));
                }
                if let Some(resolved) = wrap_up.resolved {
                    self.settle(event, resolved);
                }
                self.mark_complaint(event, wrap_up.complaint);
                self.place(event, None, wrap_up.agent.as_ref());
            }
            // Sources that have no word for the subject tell it among the rest.
            Fact::Updated(updated) => self.set_subject(event, updated.attributes.get(SUBJECT)),
            Fact::Note(note) => self.absorb_note(event, note),
            Fact::Promised(promise) => {
                let promise = Promise {
                    text: promise
                        .text
                        .as_ref()
                        .map(|text| preview(text.expose(), MAX_PROMISE_CHARS)),
                    owner: promise.owner.as_deref().map(short),
                    ..promise.clone()
                };
                let made_at = event.happened_at();
                let promised = Promised { promise, made_at };
                self.promises.offer(key, OfPromise::Made(promised));
            }
            Fact::PromiseEnded(ended) => {
                let (id, how) = (ended.id.clone(), ended.how);
                let ended = EndOfPromise { id, how };
                self.promises.offer(key, OfPromise::Ended(ended));
            }
            Fact::Reached(_) => later(&mut self.reached_at, event.happened_at()),
            Fact::Held | Fact::Resumed => {}
        }
    }

    fn place(&mut self, event: &Event, queue: Option<&String>, agent: Option<&String>) {
        let key = Key::of(event);
        if let Some(queue) = queue {
            self.queue.offer(key.clone(), short(queue));
        }
        if let Some(agent) = agent {
            self.agents.offer(key, short(agent));
        }
    }

    fn set_subject(&mut self, event: &Event, subject: Option<&Personal>) {
        if let Some(subject) = subject {
            self.subject
                .offer(Key::of(event), preview(subject.expose(), SUBJECT_CHARS));
        }
    }

    fn absorb_note(&mut self, event: &Event, note: &Note) {
        let said = Said {
            text: note.text.preview(),
            agent: note.agent.as_deref().map(short),
            at: event.happened_at(),
        };
        self.notes.offer(Key::of(event), said);
    }

    fn absorb_business(&mut self, event: &Event, business: &Business) {
        self.set_subject(event, business.subject.as_ref());
        if let Some(amount) = Money::of(business) {
            self.amount.offer(Key::of(event), amount);
        }
        if let Some(due_at) = business.due_at {
            self.due_at.offer(Key::of(event), due_at);
        }
    }

    fn absorb_score(&mut self, event: &Event, scored: &Scored) {
        let key = Key::of(event);
        if let Some(comment) = &scored.comment {
            self.preview.offer(key.clone(), comment.preview());
            self.wrote_last.offer(key.clone(), Author::Customer);
        }
        let asked = Asked {
            survey: short(&scored.survey),
            best: scored.best,
            at: Some(event.happened_at()),
        };
        self.score.offer(key.clone(), scored.score);
        self.asked.offer(key, asked);
    }

    fn mark_complaint(&mut self, event: &Event, complaint: Option<bool>) {
        if let Some(on) = complaint {
            self.complaint.offer(Key::of(event), on);
            if on {
                self.complaints.offer(Key::of(event), event.happened_at());
            } else {
                self.complaints_over.offer(Key::of(event), ());
            }
        }
    }

    fn settle(&mut self, event: &Event, settled: bool) {
        self.settled.offer(Key::of(event), settled);
        if settled {
            self.complaints_over.offer(Key::of(event), ());
        }
    }

    fn absorb_record(&mut self, event: &Event, record: &CallRecord) {
        let not_ahead = |at: Option<Timestamp>| at.map(|at| event.not_ahead(at));
        let key = Key::of_version(event);
        let kept = Recorded {
            started_at: not_ahead(record.started_at),
            ended_at: not_ahead(record.ended_at),
            queued_at: not_ahead(record.queued_at),
            answered_at: not_ahead(record.answered_at),
            agent: record.agent.as_deref().map(short),
            queue: record.queue.as_deref().map(short),
            // Kept apart from what people say: a record that is sent again must not take back an agent's wrap-up.
            disposition: record.disposition.as_deref().map(short),
            complaint: record.complaint,
        };
        self.record.offer(key, kept);
    }

    fn absorb_message(&mut self, event: &Event, message: &Message) {
        if message.private || message.author == Author::System {
            return;
        }
        let key = Key::of(event);
        self.wrote_last.offer(key.clone(), message.author);
        if message.author == Author::Customer {
            later(&mut self.reached_at, event.happened_at());
        }
        if !message.text.is_blank() {
            self.preview.offer(key.clone(), message.text.preview());
        } else if let Some(file) = message.attachments.first() {
            self.preview
                .offer(key.clone(), preview(file.name.expose(), NAME_CHARS));
        }
        if message.author == Author::Agent
            && let Some(name) = &message.name
        {
            self.agents.offer(key, short(name.expose()));
        }
    }

    fn absorb_mail(&mut self, event: &Event, mail: &Mail) {
        self.set_subject(event, mail.subject.as_ref());
        if is_distrusted(&event.fact) {
            return;
        }
        if let Some(text) = mail.text.as_ref().filter(|text| !text.is_blank()) {
            self.preview.offer(Key::of(event), text.preview());
        }
        let author = if mail.outbound {
            Author::Agent
        } else {
            Author::Customer
        };
        // A machine's answer can be the report that nothing arrives.
        if !mail.outbound && !mail.automatic {
            later(&mut self.reached_at, event.happened_at());
        }
        self.wrote_last.offer(Key::of(event), author);
    }
}

/// Whether the event tells the phase of its own interaction. A matter that stays open after a call keeps no call open:
/// the call is over as its own events say.
fn is_told(phase: Phase, event: &Event) -> bool {
    let wraps_up = matches!(event.fact, Fact::WrapUp(_));
    !(wraps_up && phase == Phase::Open && event.channel == Channel::Call)
}

/// Whether it is a mail that nothing may be concluded from but that it came.
fn is_distrusted(fact: &Fact) -> bool {
    matches!(fact, Fact::Mail(mail) if !mail.distrust.is_empty())
}

/// Whether the fact is what somebody says of an interaction and nothing that happens in it. Agents say it when they come
/// to it, and of any time.
fn is_aside(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::Note(_) | Fact::WrapUp(_) | Fact::Promised(_) | Fact::PromiseEnded(_)
    )
}

/// Whether the fact says itself when the interaction was. Such a record is sent again long after.
fn tells_times(fact: &Fact) -> bool {
    matches!(fact, Fact::Record(record) if record.started_at.is_some())
}

fn short(name: &str) -> String {
    preview(name, NAME_CHARS).expose().to_owned()
}

fn short_identity(identity: &Identity) -> Identity {
    Identity {
        uri: identity.uri.clone(),
        raw: cut(identity.raw.expose(), RAW_BYTES).into(),
    }
}
