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
            sources: names_and_urls_find_a_source, redirects_are_remembered, reopening_a_source_fences_previous_writer,
                streams_are_numbered, windows_come_back_as_written, everything_outlives_the_process,
                unknown_keys_are_errors;
            commits: page_index_and_checkpoint_land_together, unchanged_records_keep_their_version,
                changed_records_get_a_new_seq, live_wins_within_a_list, accepts_a_tombstone_of_a_later_list,
                an_identifier_twice_on_a_page_is_one_record, a_failing_batch_leaves_nothing_behind,
                a_list_is_complete_when_its_windows_are, a_restarted_window_counts_from_zero,
                gaps_stay_until_filled, reconciling_marks_missing_records,
                reconciling_refuses_mass_deletion, reconciling_keeps_unavailable_records,
                marking_deleted_keeps_records_seen_later, sets_reconcile_together, lacking_a_format_is_not_a_gap,
                an_item_has_the_sets_of_its_lists,
                saved_pages_do_not_go_back_in_time;
            reads: items_come_in_batches_with_all_formats, landing_pages_are_wanted_once,
                runs_and_their_heads, a_list_knows_its_received_records, datestamps_are_known_and_counted, large_pages_and_empty_slices;
            insight: records_are_found_by_identifier_and_key, versions_tell_the_history_of_a_record,
                counts_follow_their_articles, findings_are_counted_by_code, keys_in_common_are_found;
            derive: articles_change_with_their_content, a_derivation_is_over_when_another_begins, causes_tell_records_from_derivations,
                selections_choose_by_change, many_changes_are_chosen_as_few, outdated_derivations_are_skipped;
            manage: sources_are_renamed_and_moved_and_keep_their_ids, a_removed_source_leaves_nothing,
                starts_are_remembered, settings_are_saved_without_a_source, attempts_are_noted_without_a_source,
                a_stream_without_an_answer_leaves_nothing, a_format_is_dropped, gaps_are_acknowledged,
                suppressed_records_are_removed_and_stay_away, unknown_records_can_be_suppressed,
                compacting_keeps_the_selected_pages, bodies_are_packed_again;
            provide: changes_come_in_the_order_of_their_time, a_record_of_any_format_moves_its_item,
                facets_choose_and_outlive_deletion, items_of_a_removed_source_become_deletions, words_find_live_articles,
                facets_narrow_searches_and_are_counted, abstracts_are_found_where_switched_on, search_can_be_switched_off,
                the_safe_read_time_precedes_future_changes;
            exports: batches_of_an_export_meet, an_unfinished_export_batch_is_repeated,
                changed_options_force_full_export, numbers_of_published_files_are_not_reused,
                previews_change_nothing, items_of_a_removed_source_are_reported_once;
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
