//! What there is to know of Amazon Connect's contact events and contact records: one source, told twice.

use crate::about::{About, Kind};

/// Of both: they share a name and their interactions.
pub(in crate::calls) const ABOUT: About = About {
    title: "Amazon Connect",
    summary: "Contacts of an Amazon Connect instance as they happen, and the record of each with the customer's address.",
    setup: &[
        "Deploy the stack into the account and region of the instance. Its EventBridge rule takes all contact events of \
         `aws.connect` from the default bus; nothing is to be clicked for them.",
        "For the records open the instance in the console, Data streaming, enable it, and choose a Kinesis data stream \
         for contact records.",
        "Give that stream's ARN to the stack as its parameter, so that a pipe carries the records to the queue \
         `call-events`.",
        "Call one of the numbers: the events show within seconds, the number when the contact's record comes.",
    ],
    kinds: &[
        Kind {
            name: "INITIATED",
            fixture: "event-initiated.json",
        },
        Kind {
            name: "CONNECTED_TO_SYSTEM",
            fixture: "event-connected-to-system.json",
        },
        Kind {
            name: "CONTACT_DATA_UPDATED",
            fixture: "event-data-updated.json",
        },
        Kind {
            name: "QUEUED",
            fixture: "event-queued.json",
        },
        Kind {
            name: "CONNECTED_TO_AGENT",
            fixture: "event-connected-to-agent.json",
        },
        Kind {
            name: "PAUSED",
            fixture: "event-task-paused.json",
        },
        Kind {
            name: "RESUMED",
            fixture: "event-email-resumed.json",
        },
        Kind {
            name: "DISCONNECTED",
            fixture: "event-disconnected.json",
        },
        Kind {
            name: "COMPLETED",
            fixture: "event-completed.json",
        },
        Kind {
            name: "contact record",
            fixture: "record.json",
        },
        Kind {
            name: "contact record, sent again",
            fixture: "record-resent.json",
        },
    ],
    limits: &[
        "Contact events name no telephone number. Until the record comes, or the flow's function ties the contact to its \
         number, the interaction is nobody's.",
        "Both are best effort: they come twice, late and in any order. A record is sent again for up to 24 months, and the \
         one with the newest `LastUpdateTimestamp` counts.",
        "`customerId` is what your own flow has set. It is a participant and never moves an interaction.",
        "A record whose customer has an address makes claims of its attributes, by names that count with their case. \
         `customerId`, `CustomerId`, `customerID` or `customer_id`: the id in your own system, `crm:customer/<id>` (or the \
         whole identity, `crm:sap/4711`), as a record. Nobody but your flow can set it, and on this ground \
         `amazon-connect` is in `LinkSources` by default: such a claim links at once. A flow that stores what a caller \
         typed or said must use `claimedCustomerId` or `claimed_customer_id`, which are unverified; where yours cannot, \
         take `amazon-connect` out of `LinkSources`.",
        "What stands for nobody is no record: `unknown`, `null`, `none`, `n/a`, `anonymous`, `guest`, `test`, `default` and \
         the like, only zeros or punctuation, and this system's own `cus_…`, which a flow may have kept from the answer of \
         `connect-flow`. A leg to a third party (`EXTERNAL_OUTBOUND`), between agents or of a supervisor (`MONITOR`) \
         claims nothing.",
        "Unverified are `email`, `Email`, `customerEmail`, `customer_email`, `emailAddress`, `phone`, `Phone`, \
         `phoneNumber`, `phone_number`, `customerPhone` and `customer_phone`. The record's own `CustomerId` is \
         `crm:amazon-connect/<id>`, as a record.",
        "Numbers that lead to the customer: `ticket`, `ticketId`, `ticketNumber`, `ticket_id`, `ticket_number` as \
         `crm:ticket/<number>`, and so with `order` (`crm:order/…`) and `invoice`, `invoiceNumber`, `invoice_number`, \
         `invoiceId` (`crm:invoice/…`). Traits: `language`, `company`, `timeZone`.",
        "Other kinds of `aws.connect`, and contact events such as AMD_DISABLED, are counted by name and not kept.",
        "They come over AWS's own ways and not over the webhook; access to the bus, the stream and the queue is what \
         proves them.",
    ],
    webhook: None,
};
