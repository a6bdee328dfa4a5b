//! Failures inside an engine, before it is known which store they concern and whether they pass.

use super::error::StoreError;

/// The error of a statement or a rule of the store.
#[derive(Debug)]
pub enum Fault {
    /// A rule of the store, or what the engine has said already.
    Store(StoreError),
    /// SQLite.
    Sqlite(rusqlite::Error),
    /// PostgreSQL.
    #[cfg(feature = "postgres")]
    Postgres(tokio_postgres::Error),
    /// No connection to the server could be made.
    #[cfg(feature = "postgres")]
    NoConnection(String),
}

/// A result inside an engine.
pub(super) type Result<T> = std::result::Result<T, Fault>;

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

#[cfg(feature = "postgres")]
impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(error)
    }
}

impl Fault {
    /// Stored data that contradicts itself.
    pub fn damaged(what: impl Into<String>) -> Self {
        Self::Store(StoreError::Damaged(what.into()))
    }

    /// Input that contradicts itself or what is stored.
    pub fn invalid(what: impl Into<String>) -> Self {
        Self::Store(StoreError::Invalid(what.into()))
    }

    /// A failure of the engine's own machinery; the path is filled in when the store is known.
    pub fn engine(detail: impl Into<String>) -> Self {
        Self::Store(StoreError::Engine {
            path: String::new(),
            detail: detail.into(),
        })
    }

    /// A name or number that is not in the store.
    pub fn unknown(what: &'static str, name: &(impl ToString + ?Sized)) -> Self {
        Self::Store(StoreError::Unknown {
            what,
            name: name.to_string(),
        })
    }
}
