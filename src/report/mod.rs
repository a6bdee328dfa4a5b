//! Reports on a collection: one record, findings, duplicates, and a page of statistics.

mod advice;
mod articles;
pub mod card;
mod census;
mod check;
mod codes;
mod collection;
pub mod duplicates;
mod html;
#[cfg(feature = "cli")]
pub mod kbart;
mod record;

pub use articles::Articles;
pub use card::Card;
pub use census::{Census, Completeness, Counted, Deletions, Example, Found};
pub use check::CardReport;
pub use codes::{CodeInfo, code_name, codes, severity};
pub use collection::{CollectionReport, DuplicateSummary, RunSummary, SourceReport};
#[cfg(feature = "serve")]
pub(crate) use html::markup::{bdi, esc, number};
pub use html::{card_page, html, pages};
pub use record::{FormatView, RecordView};
