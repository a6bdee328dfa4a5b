//! Errors of the store.

/// A result of the store.
pub type StoreResult<T> = Result<T, StoreError>;

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no such store, and the command does not create one.
    #[error("no store at {path}")]
    Missing {
        /// Path as given.
        path: String,
    },
    /// Another process is writing to the store.
    #[error("another run holds the lock of {path}")]
    Locked {
        /// Path of the store.
        path: String,
    },
    /// Another writer has taken the source over.
    #[error("source {source_name:?} was taken over by another writer")]
    Fenced {
        /// Name of the source.
        source_name: String,
    },
    /// Another process has begun to derive the articles of a source with other settings or another version.
    #[error(
        "the articles of source {source_name:?} are derived by another process that knows it differently"
    )]
    Superseded {
        /// Name of the source.
        source_name: String,
    },
    /// The store was written by a newer version.
    #[error("{path} was written by a newer offprint (schema {found}, this one knows {known})")]
    Newer {
        /// Path of the store.
        path: String,
        /// The schema version.
        found: i64,
        /// The newest schema version known here.
        known: i64,
    },
    /// The store was written by an older version, whose schema is not read any more.
    #[error("{path} was written by an older offprint (schema {found}, this one needs {known})")]
    Older {
        /// Path of the store.
        path: String,
        /// The schema version.
        found: i64,
        /// The schema version known here.
        known: i64,
    },
    /// The file of the store, or of its lock, is no longer the one that was opened.
    #[error("{path} was removed, moved or replaced while it was written to")]
    Replaced {
        /// Path of the file.
        path: String,
    },
    /// The file is not a store of this program.
    #[error("{path} is not an offprint store: {detail}")]
    NotAStore {
        /// Path as given.
        path: String,
        /// The actual kind of file.
        detail: String,
    },
    /// The files, or the folder they are in, may not be read or written.
    #[error("cannot open {path}: {detail}")]
    Denied {
        /// Path of the store.
        path: String,
        /// The message of the system.
        detail: String,
    },
    /// The path cannot be that of a store, or something stands in the way of the files beside it.
    #[error("cannot use {path} as a store: {detail}")]
    Unusable {
        /// Path as given.
        path: String,
        /// What is wrong with it.
        detail: String,
    },
    /// The disk is full or a quota is reached.
    #[error("no space left for {path}")]
    Full {
        /// Path of the store.
        path: String,
    },
    /// The stored data contradict one another.
    #[error("the store is damaged: {0}")]
    Damaged(String),
    /// There is no such source, run or item.
    #[error("no {what} {name:?} in the store")]
    Unknown {
        /// `source`, `run` …
        what: &'static str,
        /// The name looked for.
        name: String,
    },
    /// The data to write contradict one another or the store; nothing was written.
    #[error("refused by the store: {0}")]
    Invalid(String),
    /// This engine, or this build, does not do that.
    #[error("{what}")]
    Unsupported {
        /// The unsupported operation.
        what: String,
        /// The alternative.
        instead: &'static str,
    },
    /// The server, or the way to it, was gone for as long as was waited for it. What was committed is safe.
    #[error("store {path} went away: {detail} (after {tries} tries)")]
    Away {
        /// URL of the store, without credentials.
        path: String,
        /// Tries.
        tries: u32,
        /// The error of the last attempt.
        detail: String,
    },
    /// The engine failed.
    #[error("store {path}: {detail}")]
    Engine {
        /// Path or URL of the store, without credentials.
        path: String,
        /// The message of the engine.
        detail: String,
    },
}
