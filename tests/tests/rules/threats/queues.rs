//! The rows of `docs/threats.md`: sns, eventbridge and queues, mails.

use super::Threat;

pub(super) const ROWS: &[Threat] = &[
    Threat {
        entrance: "SNS, EventBridge and queues",
        threat: "`SigningCertURL`, `SubscribeURL` or any other address is fetched (SSRF)",
        who: "who writes into a topic, a mail or a webhook",
        control: "Nothing is ever fetched that a delivery names; a subscription waits for an operator",
        at: ("shared/sources/src/envelope.rs", "Rejection::Unconfirmed"),
        held: &[
            (
                "tests/tests/end_to_end/hostile.rs",
                "no_address_in_a_delivery_is_ever_fetched",
            ),
            (
                "shared/sources/tests/envelopes.rs",
                "a_subscription_that_waits_to_be_confirmed_is_kept_for_an_operator_on_every_queue",
            ),
        ],
    },
    Threat {
        entrance: "SNS, EventBridge and queues",
        threat: "A topic of somebody else, or another service, writes into a queue",
        who: "another account of AWS",
        control: "Queues and topics take what this account's services send",
        at: ("template.yaml", "aws:SourceAccount"),
        held: &[(
            "tests/tests/template/permissions.rs",
            "a_service_may_only_act_for_this_account",
        )],
    },
    Threat {
        entrance: "SNS, EventBridge and queues",
        threat: "A body passes for another source's",
        who: "who may write as one source",
        control: "The attribute `source` decides where it stands, and an unknown one is refused",
        at: ("shared/sources/src/registry.rs", "UnknownSource"),
        held: &[
            (
                "tests/tests/end_to_end/refusals.rs",
                "an_unknown_source_goes_to_quarantine",
            ),
            (
                "shared/sources/tests/formats/main.rs",
                "an_unknown_field_never_changes_what_a_named_source_reads",
            ),
        ],
    },
    Threat {
        entrance: "SNS, EventBridge and queues",
        threat: "A CloudEvent takes another sender's interaction by its `source`",
        who: "who may send CloudEvents",
        control: "Ids are under source and account; two senders never share one",
        at: (
            "shared/sources/src/cloudevents/mod.rs",
            "two senders never write into one interaction",
        ),
        held: &[(
            "shared/sources/tests/cloudevents/main.rs",
            "two_senders_never_write_into_one_interaction",
        )],
    },
    Threat {
        entrance: "SNS, EventBridge and queues",
        threat: "The same id with other content takes the place of what is stored",
        who: "who may write as a source",
        control: "The first stays; the other is quarantined",
        at: ("shared/store/src/append.rs", "Conflict"),
        held: &[(
            "tests/tests/end_to_end/repeats.rs",
            "the_same_id_with_other_content_goes_to_quarantine_and_the_first_stays",
        )],
    },
    Threat {
        entrance: "SNS, EventBridge and queues",
        threat: "JSON nested without end",
        who: "anybody on the internet, through a mail or form",
        control: "Read to 127 levels",
        at: ("shared/sources/src/json.rs", "MAX_NESTING"),
        held: &[
            (
                "shared/sources/src/json.rs",
                "json_is_read_to_its_deepest_level_and_no_further",
            ),
            (
                "shared/sources/src/envelope.rs",
                "what_is_nothing_known_is_refused_and_never_panics",
            ),
        ],
    },
    Threat {
        entrance: "SNS, EventBridge and queues",
        threat: "Envelopes in envelopes without end",
        who: "who writes into a topic",
        control: "Four, then refused",
        at: ("shared/sources/src/envelope.rs", "MAX_ENVELOPES"),
        held: &[(
            "shared/sources/src/envelope.rs",
            "what_is_nothing_known_is_refused_and_never_panics",
        )],
    },
    Threat {
        entrance: "SNS, EventBridge and queues",
        threat: "NUL, control characters, half characters, bytes that are no text",
        who: "anybody on the internet, through a provider",
        control: "Read or refused, never a panic; what SQS does not carry goes in base64",
        at: ("shared/queue/src/message.rs", "is_carried"),
        held: &[
            (
                "shared/queue/src/message.rs",
                "what_sqs_carries_goes_as_it_is_and_the_rest_in_base64",
            ),
            (
                "shared/sources/tests/formats/mail/forms.rs",
                "no_bytes_in_a_delivery_panic",
            ),
            (
                "shared/sources/tests/chats/chatwoot.rs",
                "an_emoji_that_was_cut_in_half_costs_itself_and_not_the_message",
            ),
        ],
    },
    Threat {
        entrance: "SNS, EventBridge and queues",
        threat: "Characters that turn the writing direction disguise a name or a file",
        who: "whoever writes to the company",
        control: "What is previewed has none",
        at: ("shared/timeline/src/personal.rs", "fn is_invisible"),
        held: &[(
            "shared/timeline/src/personal.rs",
            "a_preview_is_one_line_of_bounded_length",
        )],
    },
    Threat {
        entrance: "SNS, EventBridge and queues",
        threat: "Numbers and times beyond all ranges, years ahead",
        who: "who may write as a source",
        control: "A clock ahead of ours counts as five minutes; what is no time is refused",
        at: ("shared/timeline/src/event.rs", "MAX_CLOCK_AHEAD_MS"),
        held: &[
            (
                "shared/sources/tests/cloudevents/main.rs",
                "no_value_in_any_field_makes_the_reading_panic",
            ),
            (
                "tests/tests/end_to_end/refusals.rs",
                "a_missing_time_is_named_in_quarantine",
            ),
        ],
    },
    Threat {
        entrance: "SNS, EventBridge and queues",
        threat: "One poisoned record stops its batch",
        who: "who may write as a source",
        control: "Each record is judged alone; a panic stays with it",
        at: ("shared/lambda-kit/src/batch.rs", "catch_panic"),
        held: &[
            (
                "shared/lambda-kit/src/batch/tests.rs",
                "a_poisoned_record_does_not_touch_the_others",
            ),
            (
                "tests/tests/rules/layout.rs",
                "the_deployed_functions_unwind_so_that_a_panic_stays_with_its_record",
            ),
        ],
    },
    Threat {
        entrance: "SNS, EventBridge and queues",
        threat: "A thousand events or records in one body",
        who: "who may write as a source",
        control: "Counted before they are read",
        at: ("shared/sources/src/registry.rs", "MAX_EVENTS"),
        held: &[
            (
                "shared/sources/tests/cloudevents/main.rs",
                "an_array_is_held_to_its_limit",
            ),
            (
                "shared/sources/tests/formats/chat.rs",
                "a_delivery_beyond_its_limits_is_refused_as_a_whole",
            ),
        ],
    },
    Threat {
        entrance: "SNS, EventBridge and queues",
        threat: "A body as large as the queue takes",
        who: "anybody on the internet",
        control: "Its size is the queue's, with room for its reason in quarantine",
        at: ("shared/queue/src/message.rs", "MAX_MESSAGE_BYTES"),
        held: &[
            (
                "tests/tests/end_to_end/hostile.rs",
                "a_body_as_large_as_the_queue_takes_does_no_harm",
            ),
            (
                "functions/receive-webhook/tests/hooks/queueing.rs",
                "a_delivery_may_be_as_long_as_the_queue_takes",
            ),
        ],
    },
    Threat {
        entrance: "Mails",
        threat: "MIME bombs: ten thousand parts, nested or side by side",
        who: "whoever can write a mail",
        control: "16 deep, 200 parts, 1 MiB",
        at: ("shared/sources/src/emails/mime.rs", "MAX_PARTS"),
        held: &[
            (
                "shared/sources/src/emails/mime.rs",
                "ten_thousand_nested_parts_are_followed_to_a_bounded_depth",
            ),
            (
                "shared/sources/src/emails/mime.rs",
                "ten_thousand_parts_side_by_side_are_read_up_to_the_limit",
            ),
            (
                "tests/tests/end_to_end/hostile.rs",
                "ten_thousand_nested_parts_do_no_harm",
            ),
        ],
    },
    Threat {
        entrance: "Mails",
        threat: "A body of thirty megabytes, or in base64",
        who: "whoever can write a mail",
        control: "Only its beginning is decoded; its length is noted",
        at: (
            "shared/sources/src/emails/content.rs",
            "only_the_beginning_of_a_long_content_is_decoded",
        ),
        held: &[
            (
                "shared/sources/tests/emails/hostile.rs",
                "a_body_of_thirty_megabytes_is_cut_with_its_length_noted",
            ),
            (
                "shared/sources/src/emails/content.rs",
                "only_the_beginning_of_a_long_content_is_decoded",
            ),
        ],
    },
    Threat {
        entrance: "Mails",
        threat: "A header of a megabyte",
        who: "whoever can write a mail",
        control: "Its beginning is kept, and the next is found",
        at: (
            "shared/sources/src/emails/header.rs",
            "a_field_of_a_megabyte_is_kept_in_its_beginning_and_the_next_is_found",
        ),
        held: &[
            (
                "shared/sources/tests/emails/hostile.rs",
                "a_header_of_a_megabyte_does_not_hide_what_comes_after_it",
            ),
            (
                "tests/tests/end_to_end/hostile.rs",
                "a_header_of_a_megabyte_does_no_harm",
            ),
        ],
    },
    Threat {
        entrance: "Mails",
        threat: "Header injection: a line break in a subject or name begins another header",
        who: "whoever can write a mail",
        control: "Values are one line; the first of two equal fields counts",
        at: (
            "shared/sources/src/emails/header.rs",
            "a_line_break_in_a_value_cannot_begin_another_field",
        ),
        held: &[
            (
                "shared/sources/src/emails/header.rs",
                "a_line_break_in_a_value_cannot_begin_another_field",
            ),
            (
                "shared/sources/tests/emails/trust.rs",
                "a_line_break_in_a_subject_never_survives",
            ),
            (
                "shared/sources/src/emails/header.rs",
                "only_the_first_of_two_equal_fields_counts",
            ),
        ],
    },
    Threat {
        entrance: "Mails",
        threat: "The sender is forged",
        who: "whoever can write a mail",
        control: "A mail that is not trusted binds to nobody and claims nothing",
        at: (
            "docs/adr/0007-a-mail-that-is-not-trusted-binds-to-nobody.md",
            "Decision",
        ),
        held: &[
            (
                "shared/sources/tests/formats/mail.rs",
                "complaint_20_a_forged_mail_names_nobody_and_joins_no_thread",
            ),
            (
                "shared/sources/tests/formats/claims.rs",
                "a_mail_that_is_not_trusted_claims_nothing",
            ),
        ],
    },
    Threat {
        entrance: "Mails",
        threat: "`References` of another's thread",
        who: "whoever can write a mail",
        control: "It opens the forger's own interaction",
        at: ("shared/sources/src/emails/inbound.rs", "fn id_of"),
        held: &[(
            "shared/sources/tests/emails/trust.rs",
            "a_forged_references_header_opens_the_forgers_own_interaction",
        )],
    },
    Threat {
        entrance: "Mails",
        threat: "Somebody quotes another's ticket to reach into it",
        who: "whoever can write a mail",
        control: "A quoted number leads an agent to look, and takes nothing",
        at: ("docs/adr/0015-a-claim-is-no-link.md", "Decision"),
        held: &[(
            "functions/screen-pop/tests/pops/states.rs",
            "a_strangers_mail_with_the_tickets_number_takes_the_ticket_from_nobody",
        )],
    },
];
