//! Harvest article metadata over OAI-PMH, normalize it to one article model, export it.
//!
//! Data goes one way: [`oai`] and [`http`] fetch and read pages, [`harvest`] walks lists, [`store`] keeps
//! every page as received, [`metadata`] reads a record's format, [`normalize`] maps it to the model of
//! [`mod@article`], and [`export`] writes it out.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! use std::{path::Path, sync::Arc};
//!
//! use offprint::export::{self, Choice, Destination, Scope, export_collection};
//! use offprint::harvest::{Harvester, NoObserver, SourcePlan, import};
//! use offprint::http::{Client, Options};
//! use offprint::normalize::derive::derive_all;
//! use offprint::store::{Access, HarvestStore, SqliteStore};
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("journal.db");
//! let store = Arc::new(SqliteStore::create_or_open(&path, Access::Write { create: true })?);
//! let harvester = Harvester {
//!     run_no: store.begin_run("harvest").await?,
//!     store: store.clone(),
//!     client: Client::new(Options::default())?,
//!     observer: Arc::new(NoObserver),
//!     cancel: Default::default(),
//! };
//! // From an endpoint: `harvester.harvest(&SourcePlan { url, ..SourcePlan::default() })`.
//! import(&harvester, &SourcePlan::default(), Path::new("samples/ojs-3.4-cac")).await?;
//! derive_all(store.as_ref()).await?;
//!
//! let format = export::format("jsonl", &export::Options::default())?;
//! let target = Destination::File(folder.path().join("articles.jsonl")).open(format, Scope::Full)?;
//! let counts = export_collection(store.as_ref(), &Choice::default(), target).await?;
//! assert_eq!((counts.live, counts.deleted), (266, 6));
//! # Ok(()) })
//! # }
//! ```
//!
//! The programs in `examples/` have articles in a `Vec`, a format of their own, and a store of their own.

pub mod article;
#[cfg(feature = "cli")]
pub mod cli;
pub mod error;
pub mod export;
pub mod harvest;
mod hex;
pub mod http;
mod json;
pub mod metadata;
pub mod normalize;
pub mod oai;
#[cfg(any(feature = "serve", all(feature = "cli", feature = "postgres")))]
mod openmetrics;
#[cfg(feature = "serve")]
pub mod provider;
pub mod redact;
pub mod report;
pub mod snapshot;
pub mod store;
#[cfg(feature = "serve")]
pub mod web;

pub use article::{Article, Deletion, Entry};
pub use error::{Error, Result};
