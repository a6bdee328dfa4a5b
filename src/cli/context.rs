//! The context of every subcommand: settings in force, progress, and shutdown.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cli::config::Config;
use crate::cli::globals::Globals;
use crate::cli::progress::Progress;
use crate::cli::signal::Shutdown;
use crate::cli::values::LogFormat;
use crate::store::{Access, Location, OpenOptions, Store, StoreResult};

/// File name of the store when nothing names one.
const DEFAULT_STORE: &str = "offprint.db";

/// The settings in force.
#[derive(Clone, Debug)]
pub struct Context {
    /// The configuration file's content.
    pub config: Config,
    /// The file it came from.
    pub config_path: Option<PathBuf>,
    /// Nothing but errors on stderr.
    pub quiet: bool,
    /// More on stderr.
    pub verbose: bool,
    /// The log format.
    pub log_format: LogFormat,
    /// Progress bars, where there is a terminal to show them.
    pub progress: Arc<Progress>,
    /// Set when SIGINT, SIGTERM or SIGHUP asks the command to end.
    pub shutdown: Shutdown,
    /// Where the store is, which may not be there yet.
    pub store: Location,
    /// True if a flag or the environment names the store.
    pub is_store_named: bool,
}

/// Returns the store that is used when nothing names one: beside the configuration file, else in the working directory.
fn beside(config: Option<&Path>) -> PathBuf {
    let folder = config.and_then(Path::parent).unwrap_or(Path::new(""));
    folder.join(DEFAULT_STORE)
}

impl Context {
    /// Flag and environment before the file, the file before defaults.
    pub fn new(globals: Globals, config: Config, config_path: Option<PathBuf>) -> Self {
        let flagged = globals.quiet || globals.verbose;
        let quiet = globals.quiet || (!flagged && config.quiet == Some(true));
        let log_format = globals.log_format.or(config.log_format).unwrap_or_default();
        Self {
            quiet,
            verbose: !quiet && (globals.verbose || config.verbose == Some(true)),
            log_format,
            is_store_named: globals.store.is_some(),
            store: globals
                .store
                .or_else(|| config.store.clone())
                .unwrap_or_else(|| Location::File(beside(config_path.as_deref()))),
            progress: Arc::new(Progress::new(!quiet, log_format)),
            shutdown: Shutdown::default(),
            config,
            config_path,
        }
    }

    /// Begins to listen to SIGINT, SIGTERM and SIGHUP; inside a tokio runtime.
    pub(super) fn listen_to_signals(mut self) -> std::io::Result<Self> {
        self.shutdown = Shutdown::listen()?;
        Ok(self)
    }

    /// Opens the store.
    ///
    /// # Errors
    /// As [`Location::open`].
    pub async fn open(&self, access: Access) -> StoreResult<Arc<dyn Store>> {
        self.store.open_with(access, self.store_options()).await
    }

    /// Returns how the configuration wants the store to be used.
    pub fn store_options(&self) -> OpenOptions {
        let defaults = OpenOptions::default();
        OpenOptions {
            mode: self.config.store_mode.unwrap_or(defaults.mode),
            keep_articles: self.config.keep_articles.unwrap_or(defaults.keep_articles),
            search: self.config.search,
        }
    }

    /// Opens a store that is there, for reading.
    ///
    /// # Errors
    /// As [`Location::open`].
    pub async fn open_read(&self) -> StoreResult<Arc<dyn Store>> {
        self.open(Access::Read).await
    }

    /// Opens a store that is there, for writing.
    ///
    /// # Errors
    /// As [`Location::open`].
    pub async fn open_write(&self) -> StoreResult<Arc<dyn Store>> {
        self.open(Access::Write { create: false }).await
    }

    /// Opens the store for writing, and makes it where it is not there yet.
    ///
    /// # Errors
    /// As [`Location::open`].
    pub async fn open_or_create(&self) -> StoreResult<Arc<dyn Store>> {
        self.open(Access::Write { create: true }).await
    }
}
