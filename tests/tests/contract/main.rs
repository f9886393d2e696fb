//! The contract of the store: what it promises, held on each store that it claims to run on, and under faults.
//!
//! The table is made from `template.yaml` alone, one for each test.
#![expect(
    clippy::unwrap_used,
    reason = "what a case shares with others panics as a test does"
)]

mod appending;
mod claiming;
mod claiming_bounds;
mod claiming_repeated;
mod crowding;
mod faults;
mod folding;
mod giving_up;
mod histories;
mod linked;
mod linking;
mod linking_at_once;
mod linking_ends;
mod paging;
mod pinning;
mod possible;
mod profiling;
mod profiling_bounds;
mod reading;
mod rebuilding;
mod rebuilding_bounds;
mod recalling;
mod repeating;
mod retaining;
mod rig;
mod schema;
mod separating;
mod unlinking;

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
        what_was_kept_for_ever_does_not_go_before_its_events,
    }
    rebuilding {
        a_healthy_table_has_no_difference,
        each_damage_is_reported_exactly_and_repaired,
        the_damage_of_a_customer_is_found_under_all_identities,
        a_repair_is_never_written_over_an_append,
        what_has_expired_is_no_difference,
        what_may_have_expired_is_never_dropped_by_a_repair,
    }
    rebuilding_bounds {
        a_pin_that_has_expired_is_none_too_many,
        what_is_wrong_with_an_interaction_is_not_told_with_its_strangers_pin,
        what_may_have_expired_and_is_whole_is_compared,
        what_is_none_of_the_stores_is_counted_each_time,
        what_is_missing_is_told_of_once_however_many_events_there_are,
        what_is_missing_is_made_to_live_as_long_as_its_events,
        an_event_of_another_interaction_is_none_of_this_ones,
        what_the_table_does_not_take_is_told_and_what_it_forbids_is_an_error,
        a_pin_is_looked_for_under_so_many_and_no_more,
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
        warming_up_opens_as_many_connections_as_are_used_and_no_more_than_some,
    }
    paging {
        more_than_a_megabyte_of_events_is_read_back_whole,
        the_events_of_an_interaction_page_without_gap_or_repetition,
        a_timeline_of_more_than_a_megabyte_pages_without_gap_or_repetition,
        a_page_holds_no_more_than_its_limit,
        a_page_of_events_ends_behind_a_megabyte_and_a_half,
        a_page_of_events_fits_into_an_answer_whatever_they_say,
        a_cursor_of_another_list_or_a_changed_one_is_refused,
    }
    pinning {
        complaint_25_a_callback_is_stored_with_its_customer_until_it_is_kept,
        complaint_26_a_promise_is_stored_whole_or_not_at_all,
        a_pinned_interaction_moves_with_its_customer,
        what_comes_again_or_conflicts_pins_nothing_twice,
        what_is_not_pinned_costs_no_request_and_what_is_none_more,
        a_transaction_that_is_full_has_room_to_move_what_is_pinned,
        what_is_pinned_may_go_when_its_interaction_may,
        what_is_pinned_and_may_be_gone_already_is_not_in_view,
        any_history_pins_what_is_open_and_nothing_else,
    }
    recalling {
        a_recall_is_three_requests_abreast_however_long_the_history,
        a_recall_tells_the_newest_the_first_and_that_there_is_more,
        a_recall_that_cannot_read_all_says_so_and_gives_the_rest,
        an_identity_of_which_something_is_kept_is_known_without_interactions,
        an_interaction_that_cannot_be_read_hides_no_other,
        complaint_5_a_flood_of_visitors_claims_hides_no_other_kind,
        a_claim_without_evidence_or_decision_names_nobody,
    }
    possible {
        a_thing_of_several_customers_is_each_ones_whom_it_could_be,
        a_thing_of_more_identities_than_are_looked_at_is_not_said_to_be_one_customers,
        who_wrote_of_a_thing_stands_beside_its_customer,
        what_is_known_in_its_own_right_is_no_thing_unless_it_is_called_one,
        of_those_whom_it_could_be_so_many_are_looked_at,
        a_thing_and_what_was_rejected_claim_nobody,
    }
    histories {
        whoever_has_a_history_or_of_whom_anything_is_kept_is_known,
        each_identity_of_a_customer_has_its_own_history,
    }
    profiling {
        complaint_23_a_source_never_overwrites_what_a_person_corrected,
        complaint_21_a_link_in_either_direction_keeps_what_is_known_of_both,
        what_is_changed_while_linked_stays_with_the_identity_it_was_changed_under,
        of_two_who_have_read_the_same_version_one_is_second,
        a_version_is_old_after_a_change_a_link_and_an_unlink,
        a_change_whose_answer_is_lost_comes_to_rest,
        what_a_person_removed_is_not_brought_back_by_a_source,
        a_person_whose_clock_is_behind_overwrites_all_the_same,
    }
    profiling_bounds {
        events_that_say_nothing_of_a_person_cost_no_request,
        what_many_say_at_once_is_all_kept,
        a_customer_has_room_for_so_many_preferences_and_loses_none,
        what_only_events_said_goes_with_them_and_what_a_person_wrote_stays,
        a_profile_is_read_of_all_identities_of_the_customer,
        what_is_said_again_lives_longer_and_what_comes_again_does_not,
    }
    retaining {
        an_interaction_outlives_its_events_in_whatever_order_they_were_heard,
        a_customers_entry_outlives_the_interaction_that_a_late_event_gave_it,
        a_claim_outlives_the_events_that_say_it_on_both_sides,
        a_decided_claim_is_kept_until_its_decision_is_withdrawn,
    }
    claiming {
        complaint_5_a_weak_match_binds_nobody_and_candidates_are_ranked,
        complaint_6_a_candidate_is_confirmed_or_rejected_and_that_is_recorded,
        complaint_9_a_number_of_eight_records_is_shared_in_whatever_order_they_come,
        complaint_10_an_own_number_is_nobodys_by_any_claim,
        complaint_20_an_unverified_claim_never_merges_two,
        complaint_22_a_claim_links_once_and_never_again_after_an_unlink,
        complaint_23_no_policy_overrules_what_an_agent_decided,
        a_decision_is_final_until_it_is_withdrawn,
        a_rejection_ends_the_link_that_a_policy_made,
    }
    claiming_bounds {
        records_of_two_systems_may_be_of_one_number,
        only_records_make_an_address_shared,
        only_a_number_or_an_address_is_marked_as_shared,
        a_mark_keeps_open_what_a_claim_says_of_whom_an_agent_has_linked,
        two_are_linked_by_the_best_that_is_said_at_once_whoever_says_it,
    }
    claiming_repeated {
        claims_in_any_order_and_repetition_come_to_the_same,
        claims_from_eight_writers_at_once_lose_nothing,
        what_a_crash_leaves_undone_is_done_when_the_event_comes_again,
        what_says_nothing_costs_nothing_and_what_is_noted_costs_a_read,
        only_the_sources_that_are_named_link,
        a_claim_that_is_said_again_lives_longer_and_one_that_comes_again_does_not,
        what_was_rejected_and_is_said_again_takes_nothing_from_another,
    }
    linking {
        complaint_8_a_second_number_leads_to_the_same_customer,
        complaint_9_a_shared_number_loses_its_links_and_is_never_linked_by_itself,
        complaint_11_an_open_call_is_the_customers_as_soon_as_its_number_is_linked,
        complaint_19_and_21_either_direction_keeps_everything,
        the_same_ask_again_and_a_link_between_the_same_two_change_nothing,
        an_identity_that_was_never_heard_of_is_found_by_its_id_once_linked,
        a_linked_id_outlives_the_events_and_a_single_one_goes_with_them,
        a_fifty_first_identity_is_refused_and_nothing_is_written,
        what_speaks_against_a_link_is_told_and_can_be_accepted,
        a_rejection_between_any_two_of_both_customers_speaks_against_a_link,
        a_preview_tells_what_a_link_does_and_writes_nothing,
        a_survey_counts_what_each_identity_holds,
    }
    unlinking {
        complaint_22_and_32_unlinking_restores_timelines_and_profiles_byte_for_byte,
        a_link_by_policy_that_was_ended_is_not_made_again_by_a_policy,
        ending_a_confirmed_link_takes_the_confirmation_back,
        more_links_than_a_transaction_ends_are_ended_in_steps,
        a_mark_ends_every_link_at_the_identity_and_a_policys_only_the_automatic_ones,
        a_link_that_does_not_exist_is_not_found,
        what_happened_is_told_newest_first_under_both_ends,
        what_happened_is_told_though_it_is_longer_than_a_page_of_the_table,
        links_are_ended_that_others_cut_off,
        of_two_who_end_a_link_at_once_one_is_told_that_there_is_none,
    }
    linking_at_once {
        linking_while_events_arrive_loses_and_doubles_nothing,
        links_in_a_circle_and_unlinks_at_once_leave_every_member_with_the_same_set,
        any_sequence_of_links_and_unlinks_leaves_what_the_graph_says,
        a_lost_answer_is_a_link_made_once_and_ended_once,
        of_two_who_link_the_same_at_once_one_is_told_of_the_others_link,
    }
    linking_ends {
        who_is_still_linked_keeps_the_entry_of_the_id,
        a_mark_on_one_who_is_not_linked_makes_no_entry,
        an_agents_mark_on_what_a_policy_has_marked_ends_what_agents_linked,
        a_claim_says_which_of_both_was_claimed_and_is_told_as_it_was_asked,
        a_link_that_confirms_no_claim_decides_nothing,
        a_decision_before_which_others_write_is_made_anew,
    }
    separating {
        complaint_9_all_whom_agents_had_linked_to_a_shared_number_are_shown,
        complaint_22_no_later_claim_rejoins_by_policy_what_an_agent_separated,
        claims_in_any_order_rejoin_nothing_that_an_agent_separated,
        complaint_9_only_sources_whose_claims_link_make_a_number_shared,
        a_rejection_and_a_link_at_once_leave_two_customers,
        what_a_policy_does_stands_at_its_own_time_and_shortens_no_life,
        a_confirmation_is_one_transaction_with_its_link,
        complaint_9_a_placeholder_in_a_record_joins_no_fifty_strangers,
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
