//! The integration tests. One binary, so that the library is linked once; each module covers one subject.
//!
//! Run one module with `cargo nextest run --all-features --test it -E 'test(/^faults::/)'` or
//! `cargo test --all-features --test it faults::`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]
#![allow(unreachable_pub, reason = "the modules belong to one program")]
#![allow(dead_code, reason = "not every set of features uses every helper")]

mod accuracy;
mod articles;
#[cfg(feature = "cli")]
mod classes;
mod cli_add;
#[cfg(feature = "cli")]
mod cli_check;
#[cfg(feature = "cli")]
mod cli_config;
#[cfg(feature = "cli")]
mod cli_demo_journal;
#[cfg(feature = "cli")]
mod cli_get;
#[cfg(feature = "cli")]
mod cli_harvest;
#[cfg(feature = "cli")]
mod cli_insight;
#[cfg(feature = "cli")]
mod cli_manage;
#[cfg(feature = "cli")]
mod cli_probe;
#[cfg(feature = "cli")]
mod cli_status;
#[cfg(feature = "cli")]
mod cli_support;
#[cfg(all(feature = "cli", target_os = "linux"))]
mod cli_terminal;
#[cfg(feature = "cli")]
mod cli_usage;
mod crash;
mod crosswalk;
#[cfg(feature = "cli")]
mod deltas;
#[cfg(feature = "cli")]
mod demo;
#[cfg(feature = "cli")]
mod deriving;
#[cfg(all(feature = "cli", feature = "postgres", unix))]
mod engines;
mod export_citations;
mod export_configured;
mod export_csv;
mod export_deposits;
mod export_jats;
mod export_jsonl;
mod export_lint;
mod export_marc;
mod export_native;
#[cfg(feature = "parquet")]
mod export_parquet;
mod export_properties;
mod export_receivers;
#[cfg(feature = "cli")]
mod export_stored;
mod export_target;
#[cfg(feature = "cli")]
mod export_urls;
#[cfg(feature = "cli")]
mod export_ways;
mod fault_server;
mod faults;
#[cfg(feature = "cli")]
mod first_contact;
#[cfg(all(feature = "postgres", unix))]
mod fleet;
mod format_samples;
mod formats;
mod fuzz_corpus;
#[cfg(feature = "cli")]
mod harvest;
mod harvesting;
#[cfg(feature = "cli")]
mod hostile;
mod http_heads;
mod kept_articles;
mod leaves;
mod library;
#[cfg(feature = "cli")]
mod manual;
mod many;
mod merge;
#[cfg(feature = "cli")]
mod moving;
mod normalize_articles;
#[cfg(all(feature = "cli", unix))]
mod notify;
mod packaging;
mod politeness;
#[cfg(all(feature = "postgres", unix))]
mod postgres;
#[cfg(feature = "serve")]
mod provider;
#[cfg(feature = "serve")]
mod provider_chain;
#[cfg(feature = "serve")]
mod providing;
mod quiet_nights;
#[cfg(feature = "cli")]
mod reconciliation;
#[cfg(feature = "cli")]
mod report;
#[cfg(feature = "cli")]
mod report_page;
#[cfg(feature = "cli")]
mod saved_pages;
mod schema;
#[cfg(feature = "cli")]
mod scripted;
#[cfg(feature = "cli")]
mod secrets;
#[cfg(feature = "cli")]
mod snapshot;
#[cfg(feature = "cli")]
mod snapshot_files;
#[cfg(target_os = "linux")]
mod soak;
#[cfg(feature = "cli")]
mod stopping;
mod store_conformance;
#[cfg(all(feature = "cli", unix))]
mod store_obstacles;
mod store_postgres;
mod store_sqlite;
#[cfg(feature = "cli")]
mod store_versions;
mod support;
mod timeouts;
mod tls;
#[cfg(feature = "cli")]
mod tombstones;
#[cfg(all(feature = "serve", feature = "postgres", feature = "parquet", unix))]
mod users;
mod validators;
#[cfg(feature = "serve")]
mod web;
