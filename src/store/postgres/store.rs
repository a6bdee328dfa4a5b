//! The store in a PostgreSQL database: its connections and what it remembers.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use deadpool_postgres::Pool;

use super::connect::Server;
use super::signal::Signal;
use crate::store::body::PageCache;
use crate::store::lease::Lease;

/// A store in a PostgreSQL database; it may be shared by any number of processes.
#[derive(Clone)]
pub struct PostgresStore {
    /// The URL without its password, for messages.
    pub(super) shown: String,
    pub(super) server: Arc<Server>,
    pub(super) pool: Pool,
    pub(super) pages: Arc<PageCache>,
    pub(super) writable: bool,
    pub(super) keeps_articles: bool,
    pub(super) signal: Arc<Signal>,
    /// The last horizon drawn, microseconds.
    pub(super) horizon: Arc<AtomicI64>,
    /// The lease that a source has to be under to be opened.
    pub(super) lease: Option<Lease>,
}

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("PostgresStore").field(&self.shown).finish()
    }
}
