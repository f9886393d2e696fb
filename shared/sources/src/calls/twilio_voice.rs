//! Twilio's webhooks of calls: requests for instructions, status callbacks, and what happens within a call.

use crate::about::{About, Answer, Batch, Handshake, Kind, Webhook};
use crate::calls::twilio::Delivery;
use crate::envelope::Envelope;
use crate::fields::Fields;
use crate::reading::{Context, Reading, Rejection, Source};
use signatures::Scheme;

const NAME: &str = "twilio-voice";

/// Beside the account's id, one of these stands in everything that Twilio sends to such an address.
const SUBJECTS: [&str; 8] = [
    "CallStatus",
    "ConferenceSid",
    "RecordingSid",
    "MessageSid",
    "SmsSid",
    "WorkspaceSid",
    "RoomSid",
    "FaxSid",
];

/// One of these stands in what comes of a chat.
const CHATS: [&str; 3] = ["ConversationSid", "ChatServiceSid", "ChannelSid"];

/// Twilio Programmable Voice.
pub(crate) struct TwilioVoice;

impl Source for TwilioVoice {
    fn name(&self) -> &'static str {
        NAME
    }

    fn recognises(&self, envelope: &Envelope) -> bool {
        let Some(object) = envelope.object() else {
            return false;
        };
        if envelope.source.as_deref() == Some(NAME) {
            return true;
        }
        let fields = Fields::of(&object);
        let has = |name: &&str| fields.get(name).is_some();
        has(&"CallSid")
            || (has(&"AccountSid") && SUBJECTS.iter().any(has) && !CHATS.iter().any(has))
    }

    fn read(&self, envelope: &Envelope, context: &Context) -> Result<Reading, Rejection> {
        let object = envelope.object().ok_or(Rejection::UnknownEnvelope)?;
        let delivery = Delivery {
            fields: Fields::of(&object),
            name: NAME,
            region: context.region,
        };
        delivery.read()
    }

    fn about(&self) -> &'static About {
        &ABOUT
    }
}

static ABOUT: About = About {
    title: "Twilio Voice",
    summary: "Calls to and from Twilio numbers: who calls, who is rung, who answers, queues, holds, recordings, ends.",
    setup: &[
        "In the Twilio console, open Phone Numbers, Manage, Active numbers, and choose a number.",
        "Under Voice Configuration, set `A call comes in` to Webhook, HTTP POST, `{url}`. To keep your own call flow, configure its address as the place where this webhook's answer sends the call on.",
        "Set `Call status changes` to `{url}`, HTTP POST.",
        "In your TwiML, give each `<Number>`, `<Client>` and `<Sip>` inside `<Dial>` the attributes `statusCallback=\"{url}\"` and `statusCallbackEvent=\"initiated ringing answered completed\"`, so that it is known who is rung and who answers.",
        "For calls that you place by API, pass `StatusCallback={url}` and the same four events.",
        "For holds, give `<Conference>` `statusCallback=\"{url}\"` and `statusCallbackEvent=\"hold\"`; for recordings set `recordingStatusCallback=\"{url}\"`.",
        "Store the account's auth token as this source's secret.",
    ],
    kinds: &[
        Kind {
            name: "incoming call",
            fixture: "incoming.txt",
        },
        Kind {
            name: "CallStatus=initiated",
            fixture: "outbound-initiated.txt",
        },
        Kind {
            name: "CallStatus=ringing",
            fixture: "outbound-ringing.txt",
        },
        Kind {
            name: "CallStatus=in-progress",
            fixture: "outbound-in-progress.txt",
        },
        Kind {
            name: "CallStatus=completed",
            fixture: "inbound-completed.txt",
        },
        Kind {
            name: "CallStatus=busy",
            fixture: "outbound-busy.txt",
        },
        Kind {
            name: "CallStatus=no-answer",
            fixture: "inbound-no-answer.txt",
        },
        Kind {
            name: "CallStatus=failed",
            fixture: "outbound-failed.txt",
        },
        Kind {
            name: "CallStatus=canceled",
            fixture: "outbound-canceled.txt",
        },
        Kind {
            name: "leg of <Dial>",
            fixture: "leg-in-progress.txt",
        },
        Kind {
            name: "DialCallStatus",
            fixture: "dial-completed.txt",
        },
        Kind {
            name: "waitUrl of <Enqueue>",
            fixture: "queue-waiting.txt",
        },
        Kind {
            name: "url of <Queue>",
            fixture: "queue-dequeued.txt",
        },
        Kind {
            name: "QueueResult",
            fixture: "queue-bridged.txt",
        },
        Kind {
            name: "participant-hold",
            fixture: "conference-hold.txt",
        },
        Kind {
            name: "participant-unhold",
            fixture: "conference-unhold.txt",
        },
        Kind {
            name: "other conference events (ignored)",
            fixture: "conference-join.txt",
        },
        Kind {
            name: "RecordingStatus=completed",
            fixture: "recording-completed.txt",
        },
        Kind {
            name: "RecordingStatus=in-progress, absent (ignored)",
            fixture: "recording-in-progress.txt",
        },
        Kind {
            name: "conference recording (ignored)",
            fixture: "recording-conference.txt",
        },
        Kind {
            name: "transcribeCallback",
            fixture: "transcription.txt",
        },
        Kind {
            name: "asyncAmdStatusCallback",
            fixture: "machine-detection.txt",
        },
        Kind {
            name: "action of <Gather> (ignored)",
            fixture: "gather.txt",
        },
        Kind {
            name: "action of <Record> (ignored)",
            fixture: "record-action.txt",
        },
        Kind {
            name: "SMS and WhatsApp messages (ignored)",
            fixture: "message.txt",
        },
        Kind {
            name: "TaskRouter events (ignored)",
            fixture: "taskrouter.txt",
        },
    ],
    limits: &[
        "A leg that `<Dial>` rings is told within the call that dials it. Its number is kept as somebody who took part and never becomes the customer, since Twilio does not say whether it is an agent's mobile or the customer's.",
        "Only a browser's or a SIP telephone's user has a name that is shown as the agent; an agent who answers on an outside number has none.",
        "A call counts as given up only where something said that somebody was rung or that it waited in a queue: the callbacks of `<Dial>`'s legs, `<Dial>`'s or `<Enqueue>`'s action, or the call's own `no-answer` or `canceled`.",
        "A call by API that rings an agent's outside number first names that number as the customer. Ring agents by `client:` or `sip:`.",
        "A user of the browser SDK who calls a number is taken for an agent, and one who calls none for a visitor.",
        "Conference events other than hold are ignored: they name no number, and the legs say who answers.",
        "Messages are not read here. Connect them as Twilio Conversations.",
        "Requests for instructions, `<Dial>`'s and `<Enqueue>`'s actions have no time; they are ordered by what they say.",
        "The address and the rest of the signature must be those that Twilio was given, query included.",
    ],
    webhook: Some(&Webhook {
        proof: &[Scheme::Twilio],
        headers: &[],
        batch: Batch::Whole,
        answer: Answer::TwiMl,
        handshake: Handshake::None,
        retries: "Twilio waits 15 seconds for an answer. It tries once more when it cannot connect, and never after an answer, whatever it says: a status callback that is refused is lost, and a request for instructions goes to the fallback address.",
    }),
};
