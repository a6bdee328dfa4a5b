//! A collection: the store of harvested pages, and the articles that are made of them.

#[cfg(feature = "arrow")]
mod arrow;
pub(crate) mod cache;
mod entries;
mod follow;
mod harvest;
mod progress;
mod records;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::error::Result;
use crate::harvest::base_url::base_url as base_url_of;
use crate::store::{Access, Location, Store};

#[cfg(feature = "arrow")]
pub use arrow::RecordBatches;
pub use entries::Entries;
pub use follow::HarvestedRecords;
pub use harvest::{Harvest, HarvestReport};
pub use progress::Progress;
pub use records::{RawRecord, Records};

/// A store of harvested pages and the articles made of them. Cheap to clone; clones share the store.
///
/// Everything that waits runs on the tokio runtime of the caller.
///
/// # Examples
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use futures_util::TryStreamExt as _;
/// use offprint::Collection;
///
/// let folder = tempfile::tempdir()?;
/// let collection = Collection::open(folder.path().join("journal.db")).await?;
/// let report = collection.import("samples/ojs-3.4-cac").run().await?;
/// assert_eq!(report.gaps, 0);
///
/// let articles: Vec<_> = collection.entries().live().try_collect().await?;
/// assert_eq!(articles.len(), 266);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Collection {
    store: Arc<dyn Store>,
}

impl Collection {
    /// Opens the store file at this path for writing, and creates it if there is none. One process writes to a
    /// file at a time.
    ///
    /// # Errors
    /// When the file cannot be opened or created, is not a store, or another process writes to it.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::at(
            &Location::File(path.as_ref().to_owned()),
            Access::Write { create: true },
        )
        .await
    }

    /// Opens an existing store file for reading, beside a process that may be writing to it.
    ///
    /// # Errors
    /// When the file does not exist or is not a store.
    pub async fn open_read_only(path: impl AsRef<Path>) -> Result<Self> {
        Self::at(&Location::File(path.as_ref().to_owned()), Access::Read).await
    }

    /// Opens the store that `offprint get` keeps for the host of this URL, in the user's folder for caches, and creates
    /// it if there is none: `~/.cache/offprint/HOST/offprint.db`.
    ///
    /// # Errors
    /// When the URL is invalid, there is no folder for caches, or as of [`open`](Self::open).
    pub async fn cached(base_url: &str) -> Result<Self> {
        Self::open(cache::store_of(&base_url_of(base_url)?)?).await
    }

    /// Opens a store in a PostgreSQL database, and creates its tables where there are none.
    ///
    /// # Errors
    /// When the database cannot be reached, or holds tables of another version.
    #[cfg(feature = "postgres")]
    pub async fn connect(url: &str) -> Result<Self> {
        Self::at(
            &Location::Postgres(url.to_owned()),
            Access::Write { create: true },
        )
        .await
    }

    async fn at(location: &Location, access: Access) -> Result<Self> {
        Ok(Self {
            store: location.open(access).await?,
        })
    }

    /// Harvests an OAI-PMH endpoint. The first harvest fetches every record; later ones fetch what has changed.
    /// Nothing is requested before [`Harvest::run`].
    ///
    /// # Examples
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let journal = offprint::cli::demo::DemoJournal::start().await?;
    /// # let url = journal.base_url();
    /// # let folder = tempfile::tempdir()?;
    /// # let collection = offprint::Collection::open(folder.path().join("journal.db")).await?;
    /// use offprint::Rate;
    ///
    /// let report = collection
    ///     .harvest(url)
    ///     .name("cac")
    ///     .formats(["oai_dc"])
    ///     .rate(Rate::Unlimited) // the default is one request per second
    ///     .run()
    ///     .await?;
    /// assert_eq!((report.new, report.deleted, report.gaps), (265, 6, 0));
    /// # Ok(())
    /// # }
    /// ```
    pub fn harvest(&self, base_url: impl Into<String>) -> Harvest {
        Harvest::of_endpoint(Arc::clone(&self.store), base_url.into())
    }

    /// Imports saved OAI-PMH responses: a folder, an archive (`.tar`, `.tar.gz`) or a single file.
    /// Nothing is read before [`Harvest::run`].
    pub fn import(&self, path: impl AsRef<Path>) -> Harvest {
        Harvest::of_files(Arc::clone(&self.store), path.as_ref().to_owned())
    }

    /// The records of the collection as they were received, as a stream: source by source in the order of their names,
    /// each in the order in which its records were first seen.
    pub fn records(&self) -> Records {
        Records::new(Arc::clone(&self.store))
    }

    /// The articles and deletions of the collection, as a stream: source by source in the order of their names,
    /// each in the order in which its records were first seen.
    pub fn entries(&self) -> Entries {
        Entries::new(Arc::clone(&self.store))
    }
}

impl fmt::Debug for Collection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collection").finish_non_exhaustive()
    }
}
