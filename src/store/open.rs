//! Opening a store with the engine that reads it.

use std::sync::Arc;

use super::Store;
use super::error::{StoreError, StoreResult};
use super::location::{Access, Location, OpenOptions};
use super::sqlite::SqliteStore;

impl Location {
    /// Opens the store.
    ///
    /// Errors: as [`SqliteStore::create_or_open`] and
    #[cfg_attr(
        feature = "postgres",
        doc = "[`PostgresStore::open`](super::PostgresStore::open);"
    )]
    #[cfg_attr(not(feature = "postgres"), doc = "the engine for PostgreSQL;")]
    /// [`StoreError::Unsupported`] where this build lacks the engine.
    pub async fn open(&self, access: Access) -> StoreResult<Arc<dyn Store>> {
        self.open_with(access, OpenOptions::default()).await
    }

    /// Opens the store with options.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub async fn open_with(
        &self,
        access: Access,
        options: OpenOptions,
    ) -> StoreResult<Arc<dyn Store>> {
        let store: Arc<dyn Store> = match self {
            Self::File(path) => {
                let store = SqliteStore::open(path, access, options.mode)?;
                Arc::new(store.keep_articles(options.keep_articles))
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(url) => {
                let store = super::postgres::PostgresStore::open(url, access).await?;
                Arc::new(store.keep_articles(options.keep_articles))
            }
            #[cfg(not(feature = "postgres"))]
            Self::Postgres(_) => {
                return Err(StoreError::Unsupported {
                    what: format!("no store engine for {self}"),
                    instead: "name a file with --store or OFFPRINT_STORE",
                });
            }
        };
        if let Access::Write { .. } = access {
            store.drop_abandoned().await?;
            if let Some(wanted) = options.search {
                store.set_search_index(wanted).await?;
            }
        }
        Ok(store)
    }
}

impl Location {
    /// Opens the store for workers, which share it.
    ///
    /// Errors: as [`open`](Self::open); [`StoreError::Unsupported`] for a store that one process has to itself.
    #[cfg(feature = "postgres")]
    pub async fn open_fleet(
        &self,
        access: Access,
        options: OpenOptions,
    ) -> StoreResult<Arc<dyn super::lease::LeaseStore>> {
        match self {
            Self::Postgres(url) => {
                let store = super::postgres::PostgresStore::open(url, access).await?;
                let store = store.keep_articles(options.keep_articles);
                if let (Access::Write { .. }, Some(wanted)) = (access, options.search) {
                    store.set_search_index(wanted).await?;
                }
                Ok(Arc::new(store))
            }
            Self::File(_) => Err(StoreError::Unsupported {
                what: format!(
                    "{self} is a file, which one process has to itself: workers share a database"
                ),
                instead: "name a postgres:// URL with --store; for a file there is `offprint run`",
            }),
        }
    }
}
