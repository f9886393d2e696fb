//! What there is to know of Segment beside its parser.

use signatures::{Algorithm, Encoding, KeyForm, Part, Place, Scheme, Signed};

use crate::about::{About, Answer, Batch, Handshake, Kind, Webhook};

const fn kind(name: &'static str, fixture: &'static str) -> Kind {
    Kind { name, fixture }
}

pub(super) const ABOUT: About = About {
    title: "Segment",
    summary: "Pages that visitors looked at and what they did on a site or in an app, one visit a day.",
    setup: &[
        "In Segment open Connections, Catalog, choose the destination Webhooks (Actions) or Webhooks, and connect it to \
         the source of your site or app.",
        "Set {url} as the address, and a shared secret of your own; put the same into the secret of this source.",
        "Send the whole event ($event) unchanged. Several in one delivery are read too: a list, or {\"batch\": […]}.",
    ],
    kinds: &[
        kind("page", "page.json"),
        kind("screen", "screen.json"),
        kind("track", "track.json"),
        kind("identify", "identify.json"),
        kind("group", "group.json"),
        kind("alias", "alias.json"),
        kind("delete (ignored)", "ignored-delete.json"),
        kind("batch of calls", "batch.json"),
        kind("list of calls", "list.json"),
    ],
    limits: &[
        "A visit is one browser or device (anonymousId) on one day in UTC; without one it is a user's (userId). Its \
         customer is visitor:segment/… or crm:segment/…; link that to the customer to see the visit in the timeline.",
        "Who a visitor is said to be (userId as crm:segment/…, previousId, traits.email, traits.phone) takes part and is an \
         unverified claim, which merges nobody: people share devices and type each other's addresses, and a page's write \
         key is public, so that anybody can send any identify.",
        "Traits: of identify and context.traits company, language, timezone and address; context.locale and \
         context.timezone.",
        "A page's address is kept without query and fragment. Of properties those that are lists or objects are left out; \
         other traits, IP addresses and devices are not kept.",
        "A delete call is ignored by name: erase the customer in Cornerstore.",
    ],
    webhook: Some(&Webhook {
        proof: &[Scheme::Signed(Signed {
            algorithm: Algorithm::HmacSha1,
            key: KeyForm::Text,
            signature: Place::Header("x-signature"),
            prefix: "",
            separator: None,
            encoding: Encoding::Hex,
            message: &[Part::Body],
            stamp: None,
        })],
        headers: &[],
        batch: Batch::Within("batch"),
        answer: Answer::Ok,
        handshake: Handshake::None,
        retries: "5xx, 429 and time-outs are tried again at growing intervals for about four hours; another 4xx is final. \
                  The messageId stays.",
    }),
};
