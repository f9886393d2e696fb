//! The rows of `docs/threats.md`: webhooks.

use super::Threat;

pub(super) const ROWS: &[Threat] = &[
    Threat {
        entrance: "Webhooks",
        threat: "A delivery is forged",
        who: "anybody on the internet",
        control: "Nothing is read before its proof over the raw bytes holds",
        at: (
            "functions/receive-webhook/src/proof.rs",
            "signatures::verify",
        ),
        held: &[
            ("shared/signatures/tests/proofs/tampering.rs", "of_the_body"),
            (
                "functions/receive-webhook/tests/hooks/proving.rs",
                "any_byte_that_is_changed_is_noticed",
            ),
            (
                "tests/tests/end_to_end/webhooks.rs",
                "each_provider_is_taken_with_its_proof_and_not_with_a_byte_changed",
            ),
        ],
    },
    Threat {
        entrance: "Webhooks",
        threat: "A delivery is replayed later",
        who: "who has seen one",
        control: "The time of signing is signed and holds five minutes",
        at: ("shared/signatures/src/stamp.rs", "MAX_CLOCK_SKEW_S"),
        held: &[
            (
                "shared/signatures/tests/proofs/clock.rs",
                "five_minutes_hold_and_a_second_more_is_stale",
            ),
            (
                "shared/signatures/src/stamp.rs",
                "five_minutes_are_the_edge_and_no_clock_overflows",
            ),
        ],
    },
    Threat {
        entrance: "Webhooks",
        threat: "A delivery is replayed at once, or its scheme signs no time",
        who: "who has seen one",
        control: "An event's id is of signed fields, so the same again is a duplicate",
        at: ("shared/sources/src/about.rs", "only those are"),
        held: &[
            (
                "shared/sources/tests/formats/proofs.rs",
                "each_header_that_a_parser_reads_is_signed",
            ),
            (
                "tests/tests/end_to_end/repeats.rs",
                "the_same_event_is_one_event_together_later_and_at_once",
            ),
        ],
    },
    Threat {
        entrance: "Webhooks",
        threat: "A provider that repeats a signature for hours is replayed within them",
        who: "who has seen one",
        control: "Only two providers may, each with its own time",
        at: ("shared/signatures/src/stamp.rs", "is_stale_after"),
        held: &[
            (
                "shared/sources/tests/formats/proofs.rs",
                "only_mailgun_and_sendgrid_may_repeat_a_signature_for_hours",
            ),
            (
                "shared/signatures/tests/proofs/clock.rs",
                "a_signature_that_its_provider_repeats_holds_as_long_as_it_does",
            ),
        ],
    },
    Threat {
        entrance: "Webhooks",
        threat: "The time beside a signature is changed or no time",
        who: "anybody on the internet",
        control: "It is part of what is signed, and read in one form only",
        at: ("shared/signatures/src/stamp.rs", "fn integer"),
        held: &[
            (
                "shared/signatures/tests/proofs/clock.rs",
                "what_is_no_time_is_malformed_and_a_stale_forgery_is_wrong",
            ),
            (
                "shared/signatures/tests/proofs/tampering.rs",
                "of_the_signature_the_time_and_every_other_header",
            ),
        ],
    },
    Threat {
        entrance: "Webhooks",
        threat: "The secret of one account signs for another",
        who: "another customer of the same provider",
        control: "A connection has secrets of its own, and its ids are under its account",
        at: (
            "functions/receive-webhook/src/connection.rs",
            "pub(crate) account",
        ),
        held: &[
            (
                "functions/receive-webhook/tests/hooks/configuring.rs",
                "each_connection_is_its_own_account",
            ),
            (
                "shared/sources/tests/formats/chat/desks.rs",
                "zendesk_tickets_of_two_accounts_never_meet",
            ),
        ],
    },
    Threat {
        entrance: "Webhooks",
        threat: "A token chooses its algorithm: none, or the public key as a secret",
        who: "anybody on the internet",
        control: "The algorithm is the scheme's",
        at: ("shared/signatures/src/jwt.rs", "const ALGORITHM"),
        held: &[
            (
                "shared/signatures/tests/proofs/parts.rs",
                "a_token_never_chooses_its_algorithm",
            ),
            (
                "shared/signatures/tests/proofs/keys.rs",
                "a_public_key_is_never_a_shared_secret",
            ),
        ],
    },
    Threat {
        entrance: "Webhooks",
        threat: "One scheme's signature passes as another's",
        who: "anybody on the internet",
        control: "Schemes are tried each by itself",
        at: ("shared/signatures/src/verify.rs", "MAX_SCHEMES"),
        held: &[(
            "shared/signatures/tests/proofs/round_trips.rs",
            "every_scheme_believes_its_own_signature_and_no_other_scheme_does",
        )],
    },
    Threat {
        entrance: "Webhooks",
        threat: "An empty secret or signature is as good as any",
        who: "anybody on the internet",
        control: "Nothing to compare is no proof",
        at: ("shared/signatures/src/verify.rs", "NoSecret"),
        held: &[
            (
                "shared/signatures/tests/proofs/writing.rs",
                "nothing_to_compare_is_no_proof",
            ),
            (
                "shared/signatures/tests/proofs/keys.rs",
                "nothing_is_believed_without_a_secret",
            ),
        ],
    },
    Threat {
        entrance: "Webhooks",
        threat: "A weak or broken key is accepted",
        who: "who can guess it",
        control: "Short RSA keys prove nothing",
        at: ("shared/signatures/src/keys.rs", "fn public"),
        held: &[
            (
                "shared/signatures/tests/proofs/keys.rs",
                "a_short_rsa_key_proves_nothing",
            ),
            (
                "shared/signatures/tests/proofs/keys.rs",
                "broken_keys_are_read_without_harm",
            ),
        ],
    },
    Threat {
        entrance: "Webhooks",
        threat: "The time of comparing tells the signature byte by byte",
        who: "anybody on the internet",
        control: "Comparisons take constant time",
        at: ("shared/signatures/src/constant.rs", "fn equal"),
        held: &[(
            "tests/tests/rules/threats.rs",
            "what_proves_a_delivery_is_compared_in_constant_time",
        )],
    },
    Threat {
        entrance: "Webhooks",
        threat: "Headers, fields or form parts twice, so that two readers take two values",
        who: "who has seen a delivery",
        control: "What stands twice is refused",
        at: (
            "shared/signatures/src/place.rs",
            "another reader could take the other one",
        ),
        held: &[
            (
                "shared/signatures/src/json.rs",
                "what_two_readers_could_read_in_two_ways_is_refused",
            ),
            (
                "shared/signatures/src/multipart.rs",
                "what_is_cut_doubled_or_too_much_is_refused",
            ),
            (
                "functions/receive-webhook/src/raw.rs",
                "a_field_that_is_there_twice_is_none",
            ),
        ],
    },
    Threat {
        entrance: "Webhooks",
        threat: "A header that no signature covers changes what is read",
        who: "who has seen a delivery",
        control: "Only headers that the scheme has signed go on",
        at: ("functions/receive-webhook/src/message.rs", "vouches_for"),
        held: &[
            (
                "functions/receive-webhook/tests/hooks/queueing.rs",
                "a_header_that_a_signature_does_not_cover_is_not_believed",
            ),
            (
                "functions/receive-webhook/tests/hooks/answering.rs",
                "a_cloud_event_is_not_read_from_headers_that_no_signature_covers",
            ),
        ],
    },
    Threat {
        entrance: "Webhooks",
        threat: "Headers become attributes of the queue and forge a source, an account or an encoding",
        who: "a provider, or who has its secret",
        control: "Attributes are of a fixed list; headers are one JSON value",
        at: ("shared/queue/src/attribute.rs", "pub fn headers"),
        held: &[
            (
                "functions/receive-webhook/tests/hooks/hostile.rs",
                "a_forged_attribute_or_header_changes_nothing",
            ),
            (
                "shared/queue/src/attribute.rs",
                "headers_are_kept_whole_or_not_at_all",
            ),
        ],
    },
    Threat {
        entrance: "Webhooks",
        threat: "A host or forwarded header changes the address that is signed",
        who: "anybody on the internet",
        control: "The address is the configured one, else the one that was called, over https",
        at: ("functions/receive-webhook/src/request.rs", "is_local"),
        held: &[
            (
                "functions/receive-webhook/tests/hooks/proving.rs",
                "the_address_that_is_signed_is_the_public_one",
            ),
            (
                "functions/receive-webhook/src/request.rs",
                "the_address_is_the_one_that_the_provider_called",
            ),
        ],
    },
    Threat {
        entrance: "Webhooks",
        threat: "Which systems are connected is found by trying names",
        who: "anybody on the internet",
        control: "What is not configured answers as what does not exist",
        at: (
            "functions/receive-webhook/src/lib.rs",
            "What is not configured is counted only",
        ),
        held: &[
            (
                "tests/tests/end_to_end/webhooks.rs",
                "a_connection_that_is_not_configured_is_not_there",
            ),
            (
                "functions/receive-webhook/tests/hooks/configuring.rs",
                "what_is_not_configured_is_not_there_and_says_nothing_else",
            ),
            (
                "functions/receive-webhook/tests/hooks/configuring.rs",
                "without_secrets_nobody_is_told_what_there_is",
            ),
        ],
    },
    Threat {
        entrance: "Webhooks",
        threat: "A handshake echoes what an attacker chose, or its token is guessed",
        who: "anybody on the internet",
        control: "A challenge needs the token, is short, and is text",
        at: (
            "functions/receive-webhook/src/handshake.rs",
            "MAX_CHALLENGE",
        ),
        held: &[
            (
                "tests/tests/end_to_end/webhooks.rs",
                "a_handshake_is_answered_to_who_knows_its_token",
            ),
            (
                "functions/receive-webhook/tests/hooks/answering.rs",
                "without_a_token_in_the_configuration_no_challenge_is_given_back",
            ),
        ],
    },
    Threat {
        entrance: "Webhooks",
        threat: "An address in the answer breaks out of its XML",
        who: "who can choose the called address",
        control: "It is escaped",
        at: (
            "functions/receive-webhook/src/answer.rs",
            "an_address_in_xml_cannot_leave_its_place",
        ),
        held: &[(
            "functions/receive-webhook/src/answer.rs",
            "an_address_in_xml_cannot_leave_its_place",
        )],
    },
    Threat {
        entrance: "Webhooks",
        threat: "A wrong secret makes each request fetch the secrets anew",
        who: "anybody on the internet",
        control: "One look a while, one at a time",
        at: ("functions/receive-webhook/src/secrets.rs", "REFRESH_PAUSE"),
        held: &[
            (
                "functions/receive-webhook/tests/hooks/proving.rs",
                "a_secret_that_was_changed_is_taken_up_at_once_and_not_at_each_request",
            ),
            (
                "functions/receive-webhook/tests/hooks/configuring.rs",
                "requests_at_once_fetch_once",
            ),
        ],
    },
    Threat {
        entrance: "Webhooks",
        threat: "A body is compressed and a bomb",
        who: "anybody on the internet",
        control: "What is encoded is refused",
        at: ("functions/receive-webhook/src/lib.rs", "Refusal::Encoded"),
        held: &[(
            "functions/receive-webhook/tests/hooks/answering.rs",
            "an_encoded_body_is_refused",
        )],
    },
    Threat {
        entrance: "Webhooks",
        threat: "A flood starves the agents",
        who: "anybody on the internet",
        control: "Each open route has limits of its own",
        at: ("template.yaml", "WebhookRequestsPerSecond"),
        held: &[(
            "tests/tests/template/calling.rs",
            "every_open_route_is_throttled",
        )],
    },
    Threat {
        entrance: "Webhooks",
        threat: "A list of a million events becomes a million messages",
        who: "who has a provider's secret",
        control: "Pieces are bounded; what is around them is not repeated without end",
        at: ("functions/receive-webhook/src/split.rs", "MAX_PIECES"),
        held: &[
            (
                "functions/receive-webhook/src/split/tests.rs",
                "events_beyond_the_limit_share_pieces",
            ),
            (
                "functions/receive-webhook/src/split/tests.rs",
                "what_is_around_is_not_repeated_beyond_its_limit",
            ),
        ],
    },
    Threat {
        entrance: "Webhooks",
        threat: "Anything else that makes it fail",
        who: "anybody on the internet",
        control: "Every answer is one of those described",
        at: ("functions/receive-webhook/src/lib.rs", "unless_panicked"),
        held: &[
            (
                "functions/receive-webhook/tests/hooks/hostile.rs",
                "nothing_that_comes_makes_it_fail",
            ),
            (
                "tests/tests/rules/fuzz.rs",
                "each_source_and_each_kind_of_proof_has_its_fuzz_target",
            ),
        ],
    },
];
