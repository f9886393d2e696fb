//! What there is to know of FreeSWITCH's `json_cdr`.

use signatures::{Scheme, Shown};

use crate::about::{About, Answer, Batch, Handshake, Kind, Webhook};

pub(super) const ABOUT: About = About {
    title: "FreeSWITCH (json_cdr)",
    summary: "Calls of a FreeSWITCH or FusionPBX, told when they are over, with their times, cause and recording.",
    setup: &[
        "Load `mod_json_cdr` and open `autoload_configs/json_cdr.conf.xml`.",
        "Set `url` to `{url}`, `cred` to `cornerstore:<secret>` and `auth-scheme` to `basic`. Where several systems are \
         connected, use the address with the account's name behind the source, such as `freeswitch.berlin`: ids of two \
         systems may be alike.",
        "Leave the address without a query: the module adds its own behind a question mark.",
        "Set `log-b-leg` to `true`, so that the telephones that answered are named.",
        "Set `retries` to 3, `delay` to 5 and `err-log-dir`, so that what could not be delivered is kept on disk.",
        "Reload the module and make a call; its record comes when it is over.",
    ],
    kinds: &[
        Kind {
            name: "CDR of the call's own leg, inbound",
            fixture: "inbound.json",
        },
        Kind {
            name: "CDR of the call's own leg, outbound",
            fixture: "outbound.json",
        },
        Kind {
            name: "CDR of a leg that was called",
            fixture: "inbound-b-leg.json",
        },
        Kind {
            name: "CDR as a form",
            fixture: "inbound-form.txt",
        },
        Kind {
            name: "CDR of old versions",
            fixture: "old-shape.json",
        },
    ],
    limits: &[
        "A record comes when its leg is over: there is no screen pop from it, and nothing of a call in progress.",
        "An inbound leg that a menu, a mailbox or music answered counts as answered by an agent only where it was joined \
         with another leg.",
        "Numbers without plus are read as dialled where the company's own number is, else where the stack is. Up to five \
         digits are an extension, and a call between two extensions is nobody's.",
        "Which way a call went is told by FusionPBX's `call_direction` or the context `public`; without those, a telephone \
         with an extension that dials a number is outbound.",
        "Legs that rang and were not answered, and the called leg of an outbound call, are counted as `b-leg` and not kept.",
    ],
    webhook: Some(&Webhook {
        proof: &[Scheme::Shown(&[Shown::Basic, Shown::Bearer])],
        headers: &[],
        batch: Batch::Whole,
        answer: Answer::Ok,
        handshake: Handshake::None,
        retries: "Anything but 200 counts as failed. It tries again `retries` times with `delay` seconds between, then \
                  writes the record to `err-log-dir` and never sends it again by itself.",
    }),
};
