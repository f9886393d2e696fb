//! From a provider's delivery to the agent's screen: events go into SQS as providers' systems put them there, and come
//! back over HTTP as an agent's desktop reads them. Each case runs on the embedded queues and tables and on
//! LocalStack's, with the same pollers, functions and routes.
#![expect(
    clippy::unwrap_used,
    reason = "what a case shares with others panics as a test does"
)]

mod asking;
mod canary;
mod channels;
mod customers;
mod desk;
mod hostile;
mod outage;
mod personal;
mod refusals;
mod repeats;
mod restarts;
mod samples;
mod webhooks;

/// Makes each case a test of its own on each backend.
macro_rules! everywhere {
    ($($module:ident { $($case:ident,)+ })+) => {
        mod on_the_embedded_stack {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    crate::$module::$case(crate::desk::Backend::Embedded).await;
                }
            )+)+
        }

        mod on_localstack {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    crate::$module::$case(crate::desk::Backend::LocalStack).await;
                }
            )+)+
        }
    };
}

everywhere! {
    channels {
        a_call_of_connect_is_one_call_in_any_order_and_however_often,
        a_call_of_a_telephone_system_is_read_from_forms_and_json,
        a_chat_shows_its_messages_and_never_a_private_note,
        a_chat_of_connect_comes_through_its_topic,
        a_mail_comes_through_its_topic,
        of_an_array_of_events_the_good_ones_are_stored,
    }
    customers {
        a_customer_is_one_by_policy_and_by_decision_and_two_again_after_an_unlink,
    }
    refusals {
        complaint_34_what_is_not_readable_goes_to_quarantine_with_its_reason,
        an_unknown_source_goes_to_quarantine,
        a_missing_id_is_named_in_quarantine,
        a_missing_time_is_named_in_quarantine,
        events_that_are_not_used_are_done,
    }
    repeats {
        the_same_event_is_one_event_together_later_and_at_once,
        the_same_id_with_other_content_goes_to_quarantine_and_the_first_stays,
        what_is_replayed_a_day_later_happened_when_it_was_first_received,
    }
    hostile {
        ten_thousand_nested_parts_do_no_harm,
        a_header_of_a_megabyte_does_no_harm,
        a_body_as_large_as_the_queue_takes_does_no_harm,
        no_address_in_a_delivery_is_ever_fetched,
    }
    asking {
        what_is_no_number_is_a_problem_and_a_withheld_one_is_anonymous,
        without_a_good_token_nothing_is_told,
        a_timeline_is_paged_through,
    }
    restarts {
        what_was_sent_while_no_function_ran_is_handled_afterwards,
    }
    outage {
        without_its_table_a_pop_is_degraded_and_events_wait,
        an_event_that_always_fails_ends_in_the_dead_letter_queue,
    }
    webhooks {
        each_provider_is_taken_with_its_proof_and_not_with_a_byte_changed,
        a_connection_that_is_not_configured_is_not_there,
        a_handshake_is_answered_to_who_knows_its_token,
        a_call_a_message_and_an_invoice_meet_the_agent,
        what_reading_it_again_needs_is_kept_in_quarantine_and_nothing_else,
    }
    samples {
        each_functions_samples_are_taken_by_its_handler,
        repeats_in_one_batch_and_a_refused_neighbour_fail_nothing,
        without_a_table_all_records_of_a_batch_come_again,
        figures_name_what_is_ignored_and_nobody,
    }
}
