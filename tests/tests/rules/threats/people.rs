//! The rows of `docs/threats.md`: website widget, agents' api.

use super::Threat;

pub(super) const ROWS: &[Threat] = &[
    Threat {
        entrance: "Website widget",
        threat: "A page of another origin opens sessions",
        who: "anybody on the internet",
        control: "Configured origins only, compared whole",
        at: (
            "functions/widget-sessions/src/origins.rs",
            "an_origin_is_taken_exactly_as_it_stands",
        ),
        held: &[
            (
                "functions/widget-sessions/tests/widget/refusing.rs",
                "another_origin_is_refused_before_anything_is_looked_at",
            ),
            (
                "functions/widget-sessions/src/origins.rs",
                "an_origin_is_taken_exactly_as_it_stands",
            ),
        ],
    },
    Threat {
        entrance: "Website widget",
        threat: "A token is forged, or another visitor's is guessed",
        who: "anybody on the internet",
        control: "Signed under the stack's secret, for one widget, one origin and a day and a half hour: half an hour for events, a day longer since nobody can tell those that are sent again",
        at: (
            "functions/widget-sessions/src/token.rs",
            "hmac::verify(&self.tokens",
        ),
        held: &[
            (
                "functions/widget-sessions/src/token.rs",
                "a_token_with_any_bit_flipped_is_none",
            ),
            (
                "functions/widget-sessions/tests/widget/refusing.rs",
                "no_changed_or_foreign_token_is_taken",
            ),
            (
                "functions/widget-sessions/tests/widget/protocol.rs",
                "a_token_is_good_for_a_day_and_half_an_hour_its_widget_and_its_origin",
            ),
        ],
    },
    Threat {
        entrance: "Website widget",
        threat: "Session fixation: a visitor is given another's id",
        who: "another website, or who shares the device",
        control: "A visitor's id is of a secret that only the browser has; each session is another",
        at: (
            "functions/widget-sessions/src/token.rs",
            "a_visitors_id_is_that_of_secret_and_widget",
        ),
        held: &[
            (
                "functions/widget-sessions/tests/widget/protocol.rs",
                "a_visitor_who_comes_again_is_the_same_in_another_session",
            ),
            (
                "functions/widget-sessions/src/token.rs",
                "what_is_short_or_odd_is_no_secret",
            ),
        ],
    },
    Threat {
        entrance: "Website widget",
        threat: "A flood of sessions and events",
        who: "anybody on the internet",
        control: "A bucket for each caller with bounded memory, a limit of the route for all",
        at: (
            "functions/widget-sessions/src/buckets.rs",
            "memory_is_bounded_and_the_longest_unheard_of_goes",
        ),
        held: &[
            (
                "functions/widget-sessions/tests/widget/refusing.rs",
                "who_sends_too_much_is_told_when_to_come_again",
            ),
            (
                "functions/widget-sessions/src/buckets.rs",
                "memory_is_bounded_and_the_longest_unheard_of_goes",
            ),
            (
                "tests/tests/template/calling.rs",
                "every_open_route_is_throttled",
            ),
        ],
    },
    Threat {
        entrance: "Website widget",
        threat: "A visitor says to be somebody else",
        who: "any visitor",
        control: "What is typed is a claim and never links",
        at: ("shared/sources/src/chats/widget.rs", "is a claim"),
        held: &[
            (
                "shared/sources/tests/formats/claims.rs",
                "complaint_20_who_types_anothers_address_into_a_widget_stays_a_visitor",
            ),
            (
                "tests/tests/contract/recalling.rs",
                "complaint_5_a_flood_of_visitors_claims_hides_no_other_kind",
            ),
        ],
    },
    Threat {
        entrance: "Website widget",
        threat: "Long texts, many attributes, secrets in a page's address",
        who: "any visitor",
        control: "Cut and counted; an address loses its query",
        at: (
            "functions/widget-sessions/src/request.rs",
            "texts_are_cut_and_attributes_counted",
        ),
        held: &[
            (
                "functions/widget-sessions/tests/widget/refusing.rs",
                "what_is_too_long_or_too_much_is_refused",
            ),
            (
                "shared/sources/tests/formats/widget.rs",
                "a_page_is_kept_without_what_may_be_secret_in_its_address",
            ),
        ],
    },
    Threat {
        entrance: "Agents' API",
        threat: "No token, or one of nobody",
        who: "anybody on the internet",
        control: "API Gateway's authorizer on each route that is not open",
        at: ("template.yaml", "DefaultAuthorizer"),
        held: &[
            (
                "tests/tests/template/calling.rs",
                "every_route_asks_who_calls",
            ),
            (
                "tests/tests/end_to_end/asking.rs",
                "without_a_good_token_nothing_is_told",
            ),
        ],
    },
    Threat {
        entrance: "Agents' API",
        threat: "Customers are enumerated by number after number",
        who: "an agent, or who has an agent's token",
        control: "Routes of agents are throttled together; no list of customers exists",
        at: ("template.yaml", "AgentRequestsPerSecond"),
        held: &[(
            "tests/tests/template/calling.rs",
            "every_route_of_agents_is_throttled",
        )],
    },
    Threat {
        entrance: "Agents' API",
        threat: "A customer's id is made from a number that is guessed",
        who: "who knows a number",
        control: "Ids are salted with the stack's secret",
        at: (
            "shared/timeline/src/ids.rs",
            "salted, so that nobody outside can try numbers",
        ),
        held: &[
            (
                "shared/timeline/src/ids.rs",
                "a_customer_id_depends_on_salt_and_identity_only",
            ),
            ("shared/store/src/lib.rs", "the_secret_is_not_printed"),
        ],
    },
    Threat {
        entrance: "Agents' API",
        threat: "Refusals tell whether somebody exists, or quote",
        who: "an agent",
        control: "One answer for unknown and unreadable; fields are named and never quoted",
        at: ("functions/edit-profile/src/lib.rs", "NOT_FOUND"),
        held: &[
            (
                "functions/screen-pop/tests/pops/refusing.rs",
                "a_malformed_question_is_a_problem_that_names_the_parameter_and_quotes_nothing",
            ),
            (
                "functions/edit-profile/tests/patches/refusing.rs",
                "a_customer_that_nobody_is_is_not_found",
            ),
        ],
    },
    Threat {
        entrance: "Agents' API",
        threat: "A cursor is changed, or another list's or stack's is used",
        who: "an agent",
        control: "Sealed under the stack's secret for one list",
        at: (
            "shared/store/src/cursor.rs",
            "a_cursor_opens_with_the_same_secret_and_shows_nothing",
        ),
        held: &[
            (
                "shared/store/src/cursor.rs",
                "a_cursor_of_another_list_or_stack_or_a_changed_one_is_refused",
            ),
            (
                "functions/screen-pop/tests/pops/paging.rs",
                "a_cursor_of_another_list_or_a_changed_one_is_refused",
            ),
        ],
    },
    Threat {
        entrance: "Agents' API",
        threat: "Slashes, dots and escapes in a path lead elsewhere",
        who: "an agent",
        control: "An id is parsed into a type before it is used; keys are plain",
        at: ("shared/timeline/src/ids.rs", "fn is_plain"),
        held: &[
            ("shared/timeline/src/ids.rs", "two_keys_never_share_an_id"),
            (
                "shared/lambda-kit/src/http/tests.rs",
                "an_id_in_the_path_is_the_same_decoded_or_not",
            ),
        ],
    },
    Threat {
        entrance: "Agents' API",
        threat: "A patch with deep nesting, foreign keys such as `__proto__`, or half of it wrong",
        who: "an agent",
        control: "A closed list of fields, all or nothing",
        at: ("shared/timeline/src/merge_patch.rs", "of_merge_patch"),
        held: &[
            (
                "functions/edit-profile/tests/patches/refusing.rs",
                "wrong_fields_are_named_and_nothing_is_changed",
            ),
            (
                "shared/lambda-kit/src/http/tests/bodies.rs",
                "nesting_has_an_end",
            ),
        ],
    },
    Threat {
        entrance: "Agents' API",
        threat: "An `If-Match` that is odd overwrites",
        who: "an agent's desktop",
        control: "What cannot be understood is refused",
        at: (
            "functions/edit-profile/src/request.rs",
            "it would overwrite what it was to save",
        ),
        held: &[(
            "functions/edit-profile/tests/patches/refusing.rs",
            "a_header_that_cannot_be_understood_is_not_passed_over",
        )],
    },
    Threat {
        entrance: "Agents' API",
        threat: "Another agent's idempotency key is used",
        who: "an agent",
        control: "A key is of its agent",
        at: ("functions/wrap-up/src/acts.rs", "&promise, agent, key]"),
        held: &[(
            "functions/wrap-up/tests/acts/repeating.rs",
            "another_agent_has_keys_of_its_own_and_without_a_key_each_request_is_another",
        )],
    },
    Threat {
        entrance: "Agents' API",
        threat: "Bodies without end",
        who: "an agent",
        control: "64 KiB, 16 KiB for a patch, read up to the limit in base64 too",
        at: ("functions/edit-profile/src/request.rs", "MAX_PATCH_BYTES"),
        held: &[
            (
                "functions/wrap-up/tests/acts/refusing.rs",
                "a_body_that_is_too_long_is_refused",
            ),
            (
                "shared/lambda-kit/src/http/tests/bodies.rs",
                "a_body_is_read_up_to_its_limit_however_it_is_encoded",
            ),
        ],
    },
    Threat {
        entrance: "Agents' API",
        threat: "A customer is made so large that a pop fails",
        who: "an agent or a source",
        control: "50 identities, 100 links, 16 promises, a window of 50",
        at: ("shared/timeline/src/link.rs", "MAX_IDENTITIES"),
        held: &[
            (
                "functions/link-customers/tests/links/refusing.rs",
                "itself_and_a_fifty_first_identity_are_refused_in_words",
            ),
            (
                "functions/wrap-up/tests/acts/promising.rs",
                "more_promises_than_are_kept_in_view_are_refused_and_nothing_is_stored",
            ),
        ],
    },
];
