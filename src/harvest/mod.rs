//! A harvest: what is asked of an endpoint, in which windows, and what is done when an answer fails.
//!
//! [`source`] harvests one source: Identify, then each stream. A stream is cut into windows ([`plan`]), each
//! walked to its end (`walk`); one that fails is split until what fails is known by identifier
//! (`isolate`). Every page is committed with the checkpoint that leads on from it.

mod ahead;
mod bag;
mod caches;
mod compare;
mod contact;
mod course;
pub mod discovery;
pub mod endpoint;
pub mod enrich;
mod files;
pub mod import;
mod isolate;
mod list;
mod observe;
pub mod plan;
pub mod probe;
mod promise;
pub mod quirks;
pub mod report;
mod silence;
mod single;
pub mod source;
mod take;
mod tombstones;
mod walk;

pub use caches::collections;
#[cfg(feature = "cli")]
pub(crate) use contact::settled;
pub use endpoint::{Answer, AskError, Endpoint};
pub use enrich::Enrich;
pub use import::import;
pub use observe::{NoObserver, Observer};
pub use probe::{Probe, probe};
pub use quirks::{Quirk, quirks_of};
pub use report::{Listing, Outcome, SourceReport};
pub use source::{Harvester, SourcePlan};

use crate::http::HttpError;
use crate::store::StoreError;

/// Why a harvest could not go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HarvestError {
    /// The endpoint could not be asked, or its answer not used.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// The HTTP client could not be set up.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The URL of a source is none.
    #[error("{url:?} is no URL of an endpoint: {detail}")]
    BadUrl {
        /// As given.
        url: String,
        /// What is wrong.
        detail: String,
    },
    /// A URL was given with another name than the one it is known by.
    #[error("{url} is known as {known:?}, not as {name:?}")]
    KnownAs {
        /// URL as given.
        url: String,
        /// Name as given.
        name: String,
        /// Name in the store.
        known: String,
    },
    /// A name was given with another URL than the one it is known for.
    #[error("the source {name:?} is known at {base_url}, not at {url}")]
    NameTaken {
        /// Name as given.
        name: String,
        /// URL in the store.
        base_url: String,
        /// URL as given.
        url: String,
    },
    /// The repository has no such set.
    #[error("the repository has no set {set:?}")]
    UnknownSet {
        /// As asked for.
        set: String,
        /// Some of those it has.
        known: Vec<String>,
    },
    /// The repository does not offer this format.
    #[error("the repository does not offer the format {prefix:?}")]
    UnknownFormat {
        /// As asked for.
        prefix: String,
        /// Those it offers.
        known: Vec<String>,
    },
    /// A date is none.
    #[error("{value:?} is no date: use YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ")]
    BadDate {
        /// As given.
        value: String,
    },
    /// Saved responses could not be read.
    #[error("{path}: {detail}")]
    Import {
        /// File or directory.
        path: String,
        /// What is wrong.
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
    /// It was told to stop.
    #[error("interrupted")]
    Interrupted,
}
