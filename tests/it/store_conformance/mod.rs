//! Tests that every engine of the store passes. An engine runs all of it by `conformance!(engine)`, where the
//! expression gives a fresh, empty store for each case.

pub(crate) mod build;
pub(crate) mod commits;
pub(crate) mod derive;
pub(crate) mod exports;
pub(crate) mod insight;
pub(crate) mod manage;
pub(crate) mod model;
pub(crate) mod provide;
pub(crate) mod reads;
pub(crate) mod sources;

use std::sync::Arc;

use offprint::internals::store::Store;

/// A store that can be opened again: each handle is of the same data.
pub(crate) trait Engine {
    async fn open(&self) -> Arc<dyn Store>;
}

macro_rules! conformance {
    ($engine:expr) => {
        crate::store_conformance::cases!($engine;
            sources: names_and_urls_find_a_source, redirects_are_remembered, the_newest_opener_fences_out,
                streams_are_numbered, windows_come_back_as_written, everything_outlives_the_process,
                what_is_unknown_is_said;
            commits: page_index_and_checkpoint_land_together, unchanged_records_keep_their_version,
                changed_records_get_a_new_seq, live_wins_within_a_list, a_tombstone_of_a_later_list_is_believed,
                an_identifier_twice_on_a_page_is_one_record, a_failing_batch_leaves_nothing_behind,
                a_list_is_complete_when_its_windows_are, a_window_begun_anew_counts_anew,
                gaps_stay_until_filled, reconciling_marks_what_a_list_no_longer_holds,
                reconciling_stops_at_too_great_a_loss, reconciling_spares_what_could_not_be_had,
                withdrawing_spares_what_was_seen_later, sets_reconcile_together, what_a_format_lacks_is_no_gap,
                an_item_has_the_sets_whose_lists_name_it,
                saved_pages_do_not_go_back_in_time;
            reads: items_come_in_batches_with_all_formats, landing_pages_are_wanted_once,
                runs_and_their_heads, a_list_knows_what_it_has_brought, datestamps_are_known_and_counted, large_pages_and_empty_slices;
            insight: records_are_found_by_identifier_and_key, versions_tell_the_history_of_a_record,
                findings_are_counted_by_code, keys_in_common_are_found;
            derive: articles_change_with_their_content, causes_tell_records_from_derivations,
                selections_choose_by_change, many_changes_are_chosen_as_few, what_moved_on_is_left;
            manage: sources_are_renamed_and_moved_and_keep_their_ids, a_removed_source_leaves_nothing,
                starts_are_remembered, settings_are_saved_without_a_source, attempts_are_noted_without_a_source,
                a_stream_without_an_answer_leaves_nothing, a_format_is_dropped, gaps_are_acknowledged,
                what_is_forgotten_is_nowhere_and_does_not_come_back, what_never_came_can_be_forgotten,
                compacting_keeps_what_it_is_told;
            provide: changes_come_in_the_order_of_their_time, a_record_of_any_format_moves_its_item,
                facets_choose_and_outlive_deletion, what_went_with_its_source_is_deleted, words_find_live_articles,
                the_horizon_is_behind_every_change_to_come;
            exports: turns_of_an_export_meet, a_turn_that_did_not_end_is_begun_again,
                other_options_are_everything_anew, a_number_that_may_have_been_read_is_spent,
                peeking_moves_nothing, what_a_removed_source_had_is_told_once;
            model: random_commits_agree_with_a_simple_model
        );
    };
}

macro_rules! cases {
    ($engine:expr; $($module:ident: $($case:ident),+);+) => {
        $($(
            #[tokio::test]
            async fn $case() {
                crate::store_conformance::$module::$case(&$engine).await;
            }
        )+)+
    };
}

pub(crate) use {cases, conformance};
