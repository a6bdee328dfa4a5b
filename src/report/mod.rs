//! Reports on a collection: one record, findings, duplicates, and a page of statistics.

mod articles;
mod census;
mod codes;
mod collection;
pub mod duplicates;
mod html;
#[cfg(feature = "cli")]
pub mod kbart;
mod record;

pub use articles::Articles;
pub use census::{Census, Completeness, Counted, Deletions, Example, Found};
pub use codes::{CodeInfo, code_name, codes, severity};
pub use collection::{CollectionReport, DuplicateSummary, RunSummary, SourceReport};
pub use html::html;
#[cfg(feature = "serve")]
pub(crate) use html::markup::{bdi, esc, number};
pub use record::{FormatView, RecordView};
