//! Conversations in Chatwoot, whose customer it knows from the beginning, or only after they have said who they are.

use timeline::Channel;

use super::draft::{Draft, Sending};
use super::ids::uuid;
use super::people::Person;
use super::time::{MINUTE, SECOND, iso, unix};
use super::{Content, Queue};

const SOURCE: &str = "chatwoot";
const ACCOUNT: u32 = 2;
/// What everybody writes, as JSON has it.
const WORDS: &str = r"Where is my parcel? \ud83d\udce6";

/// A conversation as each of its deliveries repeats it.
struct Conversation {
    id: u64,
    began: i64,
    visitor: String,
    name: String,
}

impl Conversation {
    /// The fields of it, between braces.
    fn fields(&self, person: Option<&Person>, status: &str, updated: i64) -> String {
        format!(
            r#""additional_attributes":{{}},"can_reply":true,"channel":"Channel::WebWidget","contact_inbox":{{"id":90,"contact_id":{id},"inbox_id":3,"source_id":"{visitor}","hmac_verified":false}},"id":{id},"inbox_id":3,"labels":[],"meta":{{"sender":{sender},"assignee":null,"team":null,"hmac_verified":false}},"status":"{status}","custom_attributes":{{}},"unread_count":1,"timestamp":{unix_updated},"created_at":{},"updated_at":{unix_updated}.{:03}"#,
            unix(self.began),
            updated.rem_euclid(1000),
            id = self.id,
            visitor = self.visitor,
            sender = self.sender(person),
            unix_updated = unix(updated),
        )
    }

    /// The contact: who it is is in it once they have said so.
    fn sender(&self, person: Option<&Person>) -> String {
        let (email, phone) = match person {
            Some(person) => (
                format!(r#""{}""#, person.email),
                format!(r#""+{}""#, person.digits),
            ),
            None => ("null".to_owned(), "null".to_owned()),
        };
        format!(
            r#"{{"additional_attributes":{{}},"custom_attributes":{{}},"email":{email},"id":{},"identifier":null,"name":"{}","phone_number":{phone},"thumbnail":"","blocked":false,"type":"contact"}}"#,
            self.id, self.name
        )
    }
}

/// A conversation.
pub(super) fn conversation(draft: &mut Draft<'_>) {
    let person = draft.person();
    let began = draft.beginning();
    let conversation = Conversation {
        id: 200 + draft.count(),
        began,
        visitor: uuid(draft.rng),
        name: person.name.clone(),
    };
    let interaction = format!("chatwoot:{ACCOUNT}:{}", conversation.id);
    let visitor = format!("visitor:chatwoot/{}", conversation.visitor);
    // The first message names whom Chatwoot knows by then, and that is whose it stays.
    let known_from = draft.pick(&[0, 0, 1, 2]);
    let customer = if known_from == 0 {
        person.tel()
    } else {
        visitor.clone()
    };
    let mut at = began;
    let messages = draft.rng.usize(2..=5);
    for place in 0..messages {
        at += draft.between(SECOND, 4 * MINUTE);
        let known = Some(&person).filter(|_| place >= known_from);
        let from_customer = place == 0 || draft.rng.bool();
        message(draft, &conversation, &interaction, known, from_customer, at);
        if known.is_some() {
            draft.claim(&person.tel(), person.mailto(), false);
            draft.claim(&person.tel(), visitor.clone(), false);
        }
    }
    let is_resolved = draft.rng.bool();
    if is_resolved {
        at += MINUTE;
        let known = Some(&person).filter(|_| messages > known_from);
        let body = format!(
            r#"{{{},"account":{{"id":{ACCOUNT},"name":"Example Shop"}},"event":"conversation_status_changed","changed_attributes":[{{"status":{{"previous_value":"open","current_value":"resolved"}}}}]}}"#,
            conversation.fields(known, "resolved", at)
        );
        let sending = Sending::of(Queue::Chat, "chatwoot resolved", SOURCE, body);
        draft.send(
            at,
            sending.tells(
                &interaction,
                format!("{interaction}:resolved"),
                Content::at("status", at),
            ),
        );
    }
    draft.expect(&interaction, Channel::Chat, Some(customer), is_resolved);
}

fn message(
    draft: &mut Draft<'_>,
    conversation: &Conversation,
    interaction: &str,
    known: Option<&Person>,
    from_customer: bool,
    at: i64,
) {
    let id = 600 + draft.count();
    let private = !from_customer && draft.one_in(3);
    let (kind, direction, sender) = if from_customer {
        ("chatwoot message", "incoming", conversation.sender(known))
    } else {
        let agent = r#"{"id":7,"name":"Bo Sample","email":"bo@shop.example.org","type":"user"}"#;
        let kind = if private {
            "chatwoot note"
        } else {
            "chatwoot answer"
        };
        (kind, "outgoing", agent.to_owned())
    };
    let body = format!(
        r#"{{"account":{{"id":{ACCOUNT},"name":"Example Shop"}},"additional_attributes":{{}},"content_attributes":{{}},"content_type":"text","content":"{WORDS}","conversation":{{{}}},"created_at":"{}","id":{id},"inbox":{{"id":3,"name":"Website"}},"message_type":"{direction}","private":{private},"sender":{sender},"source_id":null,"event":"message_created"}}"#,
        conversation.fields(known, "open", at),
        iso(at)
    );
    let sending = Sending::of(Queue::Chat, kind, SOURCE, body);
    let says = Content::at(if private { "note" } else { "message" }, at).saying(WORDS);
    draft.send(
        at,
        sending.tells(interaction, format!("chatwoot:{id}"), says),
    );
    if draft.one_in(6) {
        // Typing is nothing that happened.
        let body = format!(
            r#"{{"event":"conversation_typing_on","user":{{"id":7}},"conversation":{{{}}},"is_private":false}}"#,
            conversation.fields(known, "open", at)
        );
        let kind = "chatwoot typing (not used)";
        draft.send(at, Sending::of(Queue::Chat, kind, SOURCE, body));
    }
}
