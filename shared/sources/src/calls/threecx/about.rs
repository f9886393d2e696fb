//! What there is to know of 3CX's call journal.

use signatures::{Scheme, Shown};

use crate::about::{About, Answer, Batch, Handshake, Kind, Webhook};

pub(super) const ABOUT: About = About {
    title: "3CX",
    summary: "Calls of a 3CX system with the outside, journaled when they are over, missed ones too.",
    setup: &[
        "3CX needs an edition with CRM integration. Write a CRM template: an XML file with a `Number` element whose \
         `Prefix` is `Plus`, and a scenario with the id `ReportCall`.",
        "Give that scenario the request `Url=\"{url}\"`, `RequestType=\"Post\"`, `RequestContentType=\"application/json\"` \
         and `RequestEncoding=\"Json\"`, a header `x-api-key` with the secret, and one `PostValues` with an empty key.",
        "Put these values into it, each of type `String` and named as the variable that fills it: `Number` [Number], \
         `CallType` [CallType], `CallDirection` [CallDirection], `Name` [Name], `EntityId` [EntityId], `Agent` [Agent], \
         `AgentFirstName` [AgentFirstName], `AgentLastName` [AgentLastName], `AgentEmail` [AgentEmail], `Duration` \
         [Duration], `QueueExtension` [QueueExtension], `CallStartTimeUTCMillis` [CallStartTimeUTCMillis], \
         `CallEstablishedTimeUTCMillis` [CallEstablishedTimeUTCMillis], `CallEndTimeUTCMillis` [CallEndTimeUTCMillis]. \
         Version 20 can add `RecordingUrl`, `Transcription` and `Summary`.",
        "Where the milliseconds are not known to a version, send `CallStartTimeUTC`, `CallEstablishedTimeUTC` and \
         `CallEndTimeUTC` instead; best as `[[CallStartTimeUTC].ToString(\"yyyy-MM-ddTHH:mm:ssZ\")]`.",
        "Upload the template under Integrations, CRM, choose it, and switch call journaling on. Make a call and hang up.",
        "Where several systems are connected, use the address with the account's name behind the source, such as \
         `3cx.berlin`: a call has no id of its own.",
    ],
    kinds: &[
        Kind {
            name: "Inbound",
            fixture: "inbound.json",
        },
        Kind {
            name: "Outbound",
            fixture: "outbound.json",
        },
        Kind {
            name: "Missed",
            fixture: "missed.json",
        },
        Kind {
            name: "Notanswered",
            fixture: "not-answered.json",
        },
        Kind {
            name: "chat journal",
            fixture: "named-chat.json",
        },
    ],
    limits: &[
        "The journal comes when a call is over: there is no screen pop from it, and calls within the company never come.",
        "A call has no id there. Its number and the time of its start are its key, as a digest.",
        "A call that rang at several telephones may be journaled once for each. They are one interaction; where one of them \
         answered, it was answered, and its end is the earliest that was journaled.",
        "Times without UTC (`DateTime`, `CallStartTimeLocal`) only tell calls apart; the time shown is then that of arrival. \
         With slashes the month is read first unless there is no such month.",
        "`EntityId` is what the CRM answered. It is a participant that never moves a call, and a claim on the CRM's \
         record (`crm:3cx/<id>`).",
        "A template that sends `CallDirection` and no `CallType` tells the way only: then a call without a time of answer \
         that lasted no second counts as missed.",
        "Chat journals are counted and not kept.",
    ],
    webhook: Some(&Webhook {
        proof: &[Scheme::Shown(&[
            Shown::Header("x-api-key"),
            Shown::Bearer,
            Shown::Basic,
            Shown::Query("token"),
        ])],
        headers: &[],
        batch: Batch::Whole,
        answer: Answer::Ok,
        handshake: Handshake::None,
        retries: "3CX posts once, when the call is over, and writes what failed into its log only.",
    }),
};
