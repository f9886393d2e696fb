//! What there is to know of Vonage Voice.

use crate::about::{About, Kind};

pub(super) static ABOUT: About = About {
    title: "Vonage Voice",
    summary: "Calls of a Vonage application: who calls, who is rung, who answers, transfers, recordings, ends.",
    setup: &[
        "In the Vonage dashboard, open Applications, choose the application that your numbers are linked to, and Edit.",
        "Under Capabilities, Voice, set the Event URL to `{url}`, HTTP POST. Leave the Answer URL with the system that answers your calls.",
        "Where an NCCO or a call by API has an `eventUrl` of its own, set it to `{url}` too.",
        "Keep signed webhooks on, and store the account's signature secret (Settings, API settings) as this source's secret.",
    ],
    kinds: &[
        Kind {
            name: "started",
            fixture: "inbound-started.json",
        },
        Kind {
            name: "ringing",
            fixture: "inbound-ringing.json",
        },
        Kind {
            name: "answered",
            fixture: "inbound-answered.json",
        },
        Kind {
            name: "completed",
            fixture: "inbound-completed.json",
        },
        Kind {
            name: "busy",
            fixture: "outbound-busy.json",
        },
        Kind {
            name: "cancelled",
            fixture: "outbound-cancelled.json",
        },
        Kind {
            name: "unanswered",
            fixture: "outbound-unanswered.json",
        },
        Kind {
            name: "rejected",
            fixture: "outbound-rejected.json",
        },
        Kind {
            name: "failed",
            fixture: "outbound-failed.json",
        },
        Kind {
            name: "timeout",
            fixture: "outbound-timeout.json",
        },
        Kind {
            name: "human",
            fixture: "human.json",
        },
        Kind {
            name: "machine",
            fixture: "machine.json",
        },
        Kind {
            name: "transfer",
            fixture: "transfer.json",
        },
        Kind {
            name: "record",
            fixture: "record.json",
        },
        Kind {
            name: "input (ignored)",
            fixture: "input.json",
        },
        Kind {
            name: "notify (ignored)",
            fixture: "notify.json",
        },
        Kind {
            name: "error (ignored)",
            fixture: "error.json",
        },
        Kind {
            name: "disconnected (ignored)",
            fixture: "disconnected.json",
        },
        Kind {
            name: "answer webhook",
            fixture: "answer-webhook.json",
        },
    ],
    limits: &[
        "An outbound leg to a number is the customer's. Where calls that come in are connected to agents at outside numbers, the agent's leg counts so too: its end ends the call in the timeline. The customer stays whoever called. Connect agents as app users, SIP addresses or extensions.",
        "The answer webhook expects a call's instructions, which this webhook does not give: do not set it as the Answer URL. A copy of it that another system passes on is read.",
        "A user of the Client SDK who calls a number is taken for an agent, and one who calls none for a visitor.",
        "Webhooks that are set to GET have no body to sign and are not proven; set them to POST.",
        "Whether a transferred leg was the customer's or the agent's is not said; the conversation counts as gone on elsewhere.",
    ],
    webhook: Some(&super::WEBHOOK),
};
