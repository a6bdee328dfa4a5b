//! Reports on a collection: one record, findings, duplicates, and a page of statistics.

mod advice;
mod articles;
mod attempts;
pub mod card;
mod check;
mod codes;
mod collection;
mod collection_stats;
pub mod duplicates;
mod figures;
mod html;
#[cfg(feature = "cli")]
pub mod kbart;
mod record;
mod source_facts;
mod subject;

pub use articles::Articles;
pub(crate) use attempts::day_and_time;
pub use attempts::{FailingSource, tries};
pub use card::Card;
pub use check::CardReport;
pub(crate) use codes::meaning;
pub use codes::{CodeInfo, code_name, codes, severity};
pub use collection::{CollectionReport, DuplicateSummary, RunSummary, SourceReport};
pub use collection_stats::{
    CollectionStats, Completeness, Deletions, Example, FindingStats, ValueCounts,
};
#[cfg(feature = "serve")]
pub(crate) use html::markup::{bdi, esc, number};
#[cfg(feature = "serve")]
pub(crate) use html::{STYLE, failing_list, failing_paragraph, html_in_site, site_nav};
pub use html::{card_page, html, pages};
pub use record::{FormatView, RecordView};
