//! The contract of the store: what it promises, held on each store that it claims to run on, and under faults.
//!
//! The table is made from `template.yaml` alone, one for each test.
#![expect(
    clippy::unwrap_used,
    reason = "what a case shares with others panics as a test does"
)]

mod appending;
mod crowding;
mod faults;
mod folding;
mod giving_up;
mod linked;
mod paging;
mod reading;
mod recalling;
mod repeating;
mod rig;
mod schema;

/// Makes each case a test of its own on each store.
macro_rules! contract {
    ($($module:ident { $($case:ident,)+ })+) => {
        mod on_the_embedded_store {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    crate::$module::$case(crate::rig::Rig::embedded().await).await;
                }
            )+)+
        }

        mod on_localstack {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    crate::$module::$case(crate::rig::Rig::localstack().await).await;
                }
            )+)+
        }
    };
}

contract! {
    appending {
        an_event_twice_in_a_batch_is_one_event,
        an_event_that_comes_again_later_is_one_event,
        an_event_from_eight_writers_at_once_is_one_event,
        another_event_under_the_same_id_is_a_conflict_and_the_first_stays,
        a_late_opening_event_is_corrected_by_the_reasons_of_the_cancellation,
        a_batch_longer_than_a_transaction_is_stored_whole,
        an_event_too_long_for_an_item_is_named_and_the_others_are_stored,
        past_the_deadline_all_events_fail_and_trying_again_loses_none,
        what_is_kept_for_a_time_says_when_it_may_go,
        what_is_kept_for_ever_never_goes,
        an_event_that_was_long_under_way_shortens_no_life,
        what_is_kept_for_ever_from_now_on_never_goes,
    }
    repeating {
        an_event_that_reads_otherwise_now_stays_as_it_was_stored,
        what_repeats_a_conflict_is_judged_by_what_is_stored,
        an_event_under_the_id_of_one_that_is_too_long_is_stored,
        the_customer_is_entered_though_the_rest_of_the_list_fails,
        an_interaction_whose_events_have_expired_is_read_twice_and_no_more,
    }
    folding {
        all_orders_of_a_call_store_the_same_interaction,
        any_interleaving_of_writers_stores_the_fold_of_the_events,
    }
    reading {
        an_interaction_without_a_customer_moves_once_when_one_is_named,
        a_timeline_is_newest_first_by_the_start_of_its_interactions,
        a_customers_id_leads_to_the_identity_and_its_timeline,
        what_was_never_stored_is_absent_and_no_error,
    }
    paging {
        more_than_a_megabyte_of_events_is_read_back_whole,
        the_events_of_an_interaction_page_without_gap_or_repetition,
        a_timeline_of_more_than_a_megabyte_pages_without_gap_or_repetition,
        a_page_holds_no_more_than_its_limit,
        a_page_of_events_fits_into_an_answer_whatever_they_say,
        a_cursor_of_another_list_or_a_changed_one_is_refused,
    }
    recalling {
        a_recall_is_three_requests_abreast_however_long_the_history,
        a_recall_tells_the_newest_the_first_and_that_there_is_more,
        a_recall_that_cannot_read_all_says_so_and_gives_the_rest,
        an_identity_of_which_something_is_kept_is_known_without_interactions,
        an_interaction_that_cannot_be_read_hides_no_other,
    }
    linked {
        the_timelines_of_linked_identities_are_one_in_two_hops,
        the_timeline_of_linked_identities_pages_without_gap_or_repetition,
        interactions_of_one_instant_are_paged_by_their_ids,
        a_link_or_its_end_between_two_pages_repeats_and_skips_nothing,
        the_greatest_customer_is_read_in_two_hops_and_pages_by_a_short_cursor,
        what_is_pinned_is_told_however_old_it_is_and_once,
    }
}
