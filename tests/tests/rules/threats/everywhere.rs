//! The rows of `docs/threats.md`: everywhere.

use super::Threat;

pub(super) const ROWS: &[Threat] = &[
    Threat {
        entrance: "Everywhere",
        threat: "The company's own number, or one of ours, becomes a customer",
        who: "who can choose the calling number",
        control: "Own identities are nobody's",
        at: ("shared/timeline/src/own.rs", "fn without_own"),
        held: &[
            (
                "shared/timeline/src/own.rs",
                "complaint_10_an_own_number_is_neither_customer_nor_participant_nor_claimed",
            ),
            (
                "functions/link-customers/tests/links/refusing.rs",
                "complaint_10_the_companys_own_number_is_nobodys_identity",
            ),
        ],
    },
    Threat {
        entrance: "Everywhere",
        threat: "An id of ours (`cus_…`) or any other text passes for an identity",
        who: "who may write as a source",
        control: "An identity has one of a few schemes",
        at: (
            "shared/timeline/src/identity.rs",
            "what_is_no_identity_is_refused",
        ),
        held: &[
            (
                "shared/timeline/src/identity.rs",
                "what_is_no_identity_is_refused",
            ),
            (
                "shared/sources/tests/calls.rs",
                "a_claimed_customer_id_takes_part_and_never_names_the_customer",
            ),
        ],
    },
    Threat {
        entrance: "Everywhere",
        threat: "Log injection: a line break, JSON or ANSI in what a sender chose begins another line",
        who: "anybody on the internet",
        control: "A line is one JSON object; what is in a field stays in it",
        at: ("shared/lambda-kit/src/telemetry.rs", ".json()"),
        held: &[(
            "shared/lambda-kit/src/telemetry/tests.rs",
            "what_a_sender_chose_stays_within_its_field",
        )],
    },
    Threat {
        entrance: "Everywhere",
        threat: "Metric injection: a name makes a metric or a dimension of its own",
        who: "who may write as a source",
        control: "Metrics and the dimension are constants; names of ignored events are bounded",
        at: ("shared/lambda-kit/src/metrics.rs", "MAX_IGNORED_NAMES"),
        held: &[
            (
                "shared/lambda-kit/src/metrics/tests.rs",
                "ignored_names_are_a_property_and_bounded",
            ),
            (
                "shared/lambda-kit/src/metrics/tests.rs",
                "no_name_makes_a_metric_or_a_line",
            ),
            (
                "shared/sources/src/registry.rs",
                "a_name_that_could_be_a_persons_is_no_kind",
            ),
        ],
    },
    Threat {
        entrance: "Everywhere",
        threat: "Text that a parser needs the square of its length for",
        who: "anybody on the internet",
        control: "Each text is gone through once, up to its limit",
        at: (
            "shared/lambda-kit/src/telemetry/redact.rs",
            "linear in the text",
        ),
        held: &[
            (
                "shared/lambda-kit/src/telemetry/tests.rs",
                "hostile_lines_take_linear_time",
            ),
            (
                "shared/sources/src/emails/mime.rs",
                "a_mail_longer_than_the_limit_is_read_in_its_beginning",
            ),
        ],
    },
    Threat {
        entrance: "Everywhere",
        threat: "Personal data shows in a log, a metric, a problem or an attribute of a queue",
        who: "whoever reads logs",
        control: "Types hide it; canaries go down every path",
        at: ("shared/timeline/src/personal.rs", "[personal]"),
        held: &[
            (
                "tests/tests/end_to_end/canary.rs",
                "no_path_leads_a_customers_data_to_where_others_read",
            ),
            (
                "tests/tests/end_to_end/canary/broken.rs",
                "nothing_that_breaks_tells_a_customers_data",
            ),
            (
                "tests/tests/end_to_end/canary/trace.rs",
                "a_leak_is_found_however_it_is_written",
            ),
        ],
    },
    Threat {
        entrance: "Everywhere",
        threat: "The access log tells numbers of paths and queries",
        who: "whoever reads logs",
        control: "It names the route",
        at: (
            "template.yaml",
            "the log names the route and never the path",
        ),
        held: &[(
            "tests/tests/template/calling.rs",
            "the_access_log_names_nothing_that_a_caller_chose",
        )],
    },
    Threat {
        entrance: "Everywhere",
        threat: "A function that is taken over reads or writes what is not its own",
        who: "who finds a hole in one",
        control: "A role each, exact actions on exact resources",
        at: ("template.yaml", "ReadTable"),
        held: &[
            (
                "tests/tests/template/permissions.rs",
                "nothing_is_allowed_by_wildcard",
            ),
            (
                "tests/tests/template/permissions.rs",
                "a_function_may_do_what_its_work_needs_and_no_more",
            ),
            (
                "tests/tests/template/permissions.rs",
                "who_needs_no_table_knows_neither_it_nor_the_stacks_secret",
            ),
        ],
    },
];
