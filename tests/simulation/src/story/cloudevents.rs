//! What systems of the company's own say as CloudEvents: calls of its PBX, alone and in arrays, over two queues; answers to
//! surveys.

use timeline::Channel;

use super::draft::{Draft, Sending, Told};
use super::time::{MINUTE, SECOND, iso};
use super::{Content, ExpectedEvent, Queue};

const PBX: &str = "berlin-pbx";
const SURVEYS: &str = "survey-tool";
/// Most new events of one delivery.
const MAX_TOGETHER: usize = 3;

/// A call at the PBX.
pub(super) fn call(draft: &mut Draft<'_>) {
    let person = draft.person();
    let key = 4000 + draft.count();
    let interaction = format!("cloudevents:{PBX}:{key}");
    let mut at = draft.beginning();
    let (answered, ends) = (!draft.one_in(4), !draft.one_in(8));
    let named = format!(
        r#","direction":"inbound","customer":{{"phone":"+{}","email":"{}","name":"{}"}},"queue":"Sales","ringing":["desk-7"]"#,
        person.digits, person.email, person.name
    );
    let (mut told, mut events): (Vec<Told>, Vec<Told>) = (Vec::new(), Vec::new());
    for (word, more, happens) in [
        ("started", named.as_str(), true),
        ("queued", r#","queue":"Sales""#, true),
        ("answered", r#","agent":"ray""#, answered),
        ("held", "", answered && draft.one_in(3)),
        ("ended", r#","cause":"normal""#, ends),
    ] {
        at += draft.between(SECOND, 3 * MINUTE);
        if happens {
            let event = event("call", word, PBX, &format!("{key}-{word}"), at, key, more);
            let fact = ExpectedEvent {
                interaction: interaction.clone(),
                logical: format!("{interaction}:{word}"),
                content: Content::at(word, at),
            };
            events.push((at, event, fact));
        }
    }
    draft.claim(&person.tel(), person.mailto(), false);
    draft.expect(&interaction, Channel::Call, Some(person.tel()), ends);
    while !events.is_empty() {
        let together = draft.together(&mut told, &mut events, MAX_TOGETHER);
        deliver(draft, key, together);
    }
}

/// Sends some events: one as it is, several in an array, in which another may be bad or of nobody's vocabulary.
fn deliver(draft: &mut Draft<'_>, key: u64, together: Vec<Told>) {
    let queue = draft.pick(&[Queue::Call, Queue::Journey]);
    let at = together.last().map_or(0, |(at, ..)| *at);
    let mut bodies: Vec<String> = together.iter().map(|(_, body, _)| body.clone()).collect();
    let facts = together.into_iter().map(|(_, _, fact)| fact);
    let mut sending = Sending::bare(queue, "cloudevents call", String::new());
    sending.what.events = facts.collect();
    let place = draft.rng.usize(..=bodies.len());
    match draft.rng.u32(..10) {
        0 => {
            let bad = format!(
                r#"{{"specversion":"1.0","type":"cornerstore.call.held","source":"{PBX}","id":"{key}-bad","data":{{}}}}"#
            );
            bodies.insert(place, bad);
            sending = sending.refused("missing_field");
            sending.kind = "cloudevents, one of them bad";
        }
        1 => {
            let foreign = format!(
                r#"{{"specversion":"1.0","type":"com.example.door.opened","source":"{PBX}","id":"{key}-door","data":{{"door":7}}}}"#
            );
            bodies.insert(place, foreign);
            sending.kind = "cloudevents, one of them another's";
        }
        _ => {}
    }
    sending.body = match bodies.as_slice() {
        [one] => one.clone(),
        several => format!("[{}]", several.join(",")),
    };
    draft.send(at, sending);
}

/// An answer to a survey.
pub(super) fn survey(draft: &mut Draft<'_>) {
    let person = draft.person();
    let key = draft.count();
    let interaction = format!("cloudevents:{SURVEYS}:{key}");
    let at = draft.beginning();
    let score = draft.rng.u32(1..=5);
    let more = format!(
        r#","customer":"{}","survey":"csat","score":{score},"best":5,"comment":"Quick.""#,
        person.mailto()
    );
    let body = event(
        "survey",
        "scored",
        SURVEYS,
        &format!("a-{key}"),
        at,
        key,
        &more,
    );
    let sending = Sending::of(Queue::Journey, "cloudevents survey", "cloudevents", body);
    draft.send(
        at,
        sending.tells(
            &interaction,
            format!("{interaction}:scored"),
            Content::at("scored", at),
        ),
    );
    draft.expect(&interaction, Channel::Survey, Some(person.mailto()), true);
}

fn event(
    channel: &str,
    word: &str,
    source: &str,
    id: &str,
    at: i64,
    key: u64,
    more: &str,
) -> String {
    format!(
        r#"{{"specversion":"1.0","type":"cornerstore.{channel}.{word}","source":"{source}","id":"{id}","time":"{}","data":{{"interaction":"{key}"{more}}}}}"#,
        iso(at)
    )
}
