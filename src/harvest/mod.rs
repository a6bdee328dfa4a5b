//! A harvest: which requests an endpoint is sent, in which windows, and what is done when one fails.
//!
//! [`source`] harvests one source: Identify, then each stream. `list` begins a list of a stream, or resumes it.
//! `session` is its loop: it takes the next `window`, which `fetch` requests page by page; every page is committed with
//! the checkpoint that leads on from it. A window that fails goes to `remedy`, one table that says what is done and
//! why; `recovery` does it. What is learned of the server on the way is remembered with the source
//! ([`ServerFacts`](crate::store::ServerFacts)); what a list may cost is bounded by `budget`.
//!
//! The files depend on one another in this order, each only on those before it: `plan`, `window`, `failure`,
//! `page_history`, `budget`, `record_queue`, `remedy`; `context`, `work`; `prepare`, `records`, `headers`, `overlap`;
//! `fetch`, `completeness`, `parts`, `recovery`; `session`, `list`, `reconcile`, `source`.

mod bag;
pub mod base_url;
mod budget;
mod caches;
mod completeness;
mod contact;
mod context;
pub mod discovery;
pub mod endpoint;
pub mod enrich;
mod failure;
mod fetch;
mod files;
mod harvester;
mod headers;
pub mod import;
mod limits;
mod list;
mod observe;
mod overlap;
mod page_history;
mod parts;
pub mod plan;
mod prefetch;
mod prepare;
pub mod probe;
pub mod quirks;
mod reconcile;
mod record_queue;
mod records;
mod recovery;
mod remedy;
pub mod report;
mod saved;
mod session;
pub mod source;
pub mod source_plan;
mod tombstones;
mod window;
mod work;

pub use caches::collections;
#[cfg(feature = "cli")]
pub(crate) use caches::is_metha;
#[cfg(feature = "cli")]
pub(crate) use contact::settled;
pub use endpoint::{Endpoint, OaiResponse, RequestError};
pub use harvester::Harvester;
pub use import::import;
pub use limits::{RunBudget, RunLimit};
pub use observe::{NoObserver, Observer};
pub use probe::{Probe, probe};
pub use quirks::{Quirk, quirks_of};
pub use report::{Listing, Loss, LossKind, Outcome, SourceReport};
pub use source_plan::{Enrich, Extent, ListedFormats, SourcePlan};

use crate::http::HttpError;
use crate::store::StoreError;
use crate::values::DisplaySafeUrl;

/// Why a harvest could not go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HarvestError {
    /// The endpoint could not be asked, or its answer not used.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The HTTP client could not be set up.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The URL of a source is none.
    #[error("invalid endpoint URL {url:?}: {detail}")]
    BadUrl {
        /// As given.
        url: DisplaySafeUrl,
        /// The detail.
        detail: String,
    },
    /// A URL was given with another name than the one it is known by.
    #[error("{url} is already stored as {known:?}, not as {name:?}")]
    KnownAs {
        /// URL as given.
        url: DisplaySafeUrl,
        /// Name as given.
        name: String,
        /// Name in the store.
        known: String,
    },
    /// A name was given with another URL than the one it is known for.
    #[error("the source {name:?} has the URL {base_url}, not {url}")]
    NameTaken {
        /// Name as given.
        name: String,
        /// URL in the store.
        base_url: DisplaySafeUrl,
        /// URL as given.
        url: DisplaySafeUrl,
    },
    /// The repository has no such set.
    #[error("the repository has no set {set:?}")]
    UnknownSet {
        /// As requested.
        set: String,
        /// Some of those it has.
        known: Vec<String>,
    },
    /// The repository has no sets, and says so of a list of no set.
    #[error("the repository returned noSetHierarchy, although no set was requested")]
    NoSets,
    /// The repository does not offer this format.
    #[error("the repository does not offer the format {prefix:?}")]
    UnknownFormat {
        /// As requested.
        prefix: String,
        /// Those it offers.
        known: Vec<String>,
    },
    /// The settings no longer name a format that the store has.
    #[error(
        "{prefix} is in the store, but no longer among the formats of the source {source_name:?}"
    )]
    FormatLeftOut {
        /// Name of the source.
        source_name: String,
        /// The format.
        prefix: String,
    },
    /// A date is none.
    #[error("invalid date {value:?}: use YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ")]
    BadDate {
        /// As given.
        value: String,
    },
    /// Saved responses could not be read.
    #[error("{path}: {detail}")]
    Import {
        /// File or directory.
        path: String,
        /// The detail.
        detail: String,
    },
    /// Saved responses are in other formats than those wanted.
    #[error("{path}: its records are in {}, not in {}", found.join(" and "), wanted.join(" or "))]
    ImportFormat {
        /// File or directory.
        path: String,
        /// metadataPrefixes of the records.
        found: Vec<String>,
        /// metadataPrefixes that were wanted.
        wanted: Vec<String>,
    },
    /// The run has fetched as much of the source as it may.
    #[error("{0}")]
    RunLimit(RunLimit),
    /// It was cancelled.
    #[error("interrupted")]
    Interrupted,
}
