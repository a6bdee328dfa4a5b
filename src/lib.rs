//! Harvest article metadata over OAI-PMH, and read it as one article model.
//!
//! There are three ways in:
//!
//! - [`Collection`] harvests endpoints into a store, resumes where it stopped, and streams the articles.
//! - [`client`] is the protocol client alone: lists as streams of records, nothing is stored.
//! - [`Article::from_oai_xml`] normalizes a record that you have already.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let journal = offprint::cli::demo::DemoJournal::start().await?;
//! # let url = journal.base_url();
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("journal.db");
//! use futures_util::TryStreamExt as _;
//! use offprint::Collection;
//!
//! let collection = Collection::open(path).await?;
//! let report = collection
//!     .harvest(url)
//!     .name("journal")
//! #    .rate(offprint::Rate::Unlimited)
//!     .run()
//!     .await?;
//! println!("{report}");
//!
//! let mut entries = collection.entries().live();
//! while let Some(entry) = entries.try_next().await? {
//!     println!("{}", serde_json::to_string(&entry)?);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! `default-features = false` leaves the library with the SQLite store and every export format but Parquet.
//!
//! | feature    | adds                                                                |
//! |------------|---------------------------------------------------------------------|
//! | `postgres` | stores in PostgreSQL, [`Collection::connect`]                       |
//! | `parquet`  | the export format `parquet`                                         |
//! | `arrow`    | entries as Arrow record batches; not on by default                  |
//! | `cli`      | the command `offprint`; a library does not need it                  |
//! | `serve`    | `offprint serve`, the OAI-PMH provider; a library does not need it  |

#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod article;
mod blocks;
mod bounded_file;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
pub mod client;
mod collection;
mod display;
mod error;
mod export;
mod file_kind;
mod harvest;
mod hex;
mod hint;
mod http;
mod json;
mod metadata;
mod normalize;
mod oai;
#[cfg(any(feature = "serve", all(feature = "cli", feature = "postgres")))]
mod openmetrics;
mod phase;
#[cfg(feature = "serve")]
mod provider;
mod redact;
mod report;
mod snapshot;
mod store;
mod temporary;
mod values;
#[cfg(feature = "serve")]
mod web;

pub use article::{Article, Deletion, Entry};
#[cfg(feature = "arrow")]
pub use collection::RecordBatches;
pub use collection::{
    Collection, Entries, Harvest, HarvestReport, HarvestedRecords, Progress, RawRecord, Records,
};
pub use error::{Error, ErrorKind, Result};
pub use export::Counts as ExportCounts;
pub use harvest::{Loss, LossKind, Outcome};
pub use http::Rate;

// The examples of the manual are doctests too.
#[cfg(doctest)]
#[doc = include_str!("../docs/library.md")]
struct Manual;

/// The modules behind the library, for its own tests, benches and fuzz targets. They change without notice.
#[doc(hidden)]
pub mod internals {
    pub mod display {
        pub use crate::display::*;
    }
    pub mod export {
        pub use crate::export::*;
    }
    pub mod harvest {
        pub use crate::harvest::*;
    }
    pub mod http {
        pub use crate::http::*;
    }
    pub mod metadata {
        pub use crate::metadata::*;
    }
    pub mod normalize {
        pub use crate::normalize::*;
    }
    pub mod oai {
        pub use crate::oai::*;
    }
    #[cfg(feature = "serve")]
    pub mod provider {
        pub use crate::provider::*;
    }
    pub mod redact {
        pub use crate::redact::*;
    }
    pub mod report {
        pub use crate::report::*;
    }
    pub mod snapshot {
        pub use crate::snapshot::*;
    }
    pub mod store {
        pub use crate::store::*;
    }
    pub mod values {
        pub use crate::values::*;
    }
    #[cfg(feature = "serve")]
    pub mod web {
        pub use crate::web::*;
    }
}
