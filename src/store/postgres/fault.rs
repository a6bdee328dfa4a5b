//! Failures of PostgreSQL: which of them pass, and what they are called.

use std::error::Error as _;

use deadpool_postgres::PoolError;
use tokio_postgres::error::{DbError, SqlState};

use crate::store::error::StoreError;
use crate::store::fault::Fault;

/// Whether a failed operation may succeed when it is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Retryability {
    /// The same again.
    Never,
    /// Another transaction was in the way.
    Now,
    /// The server, or the way to it, may come back.
    Later,
    /// The server answers that it is starting or recovering.
    Starting,
}

impl From<PoolError> for Fault {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error)
            | PoolError::PostCreateHook(deadpool_postgres::HookError::Backend(error)) => {
                Self::Postgres(error)
            }
            other => Self::NoConnection(other.to_string()),
        }
    }
}

impl Fault {
    pub(super) fn retryability(&self) -> Retryability {
        match self {
            Self::Store(_) | Self::Sqlite(_) => Retryability::Never,
            Self::NoConnection(_) => Retryability::Later,
            Self::Postgres(error) => match error.as_db_error() {
                Some(db) => retryability_of(db),
                None if error.is_closed() || has_io(error) => Retryability::Later,
                None => Retryability::Never,
            },
        }
    }

    /// The error as callers see it.
    pub(super) fn at(self, shown: &str) -> StoreError {
        let path = || shown.to_owned();
        match self {
            Self::Store(StoreError::Engine { detail, .. }) | Self::NoConnection(detail) => {
                StoreError::Engine {
                    path: path(),
                    detail,
                }
            }
            Self::Store(error) => error,
            Self::Sqlite(error) => StoreError::Engine {
                path: path(),
                detail: error.to_string(),
            },
            Self::Postgres(error) => {
                let detail = format_error_chain(&error);
                match error.code() {
                    Some(code) if *code == SqlState::DISK_FULL => StoreError::Full { path: path() },
                    Some(code) if *code == SqlState::INVALID_CATALOG_NAME => {
                        StoreError::Missing { path: path() }
                    }
                    Some(code)
                        if *code == SqlState::DATA_CORRUPTED
                            || *code == SqlState::INDEX_CORRUPTED =>
                    {
                        StoreError::Damaged(format!("{}: {detail}", path()))
                    }
                    // PostgreSQL keeps no text with a NUL.
                    Some(code)
                        if *code == SqlState::CHARACTER_NOT_IN_REPERTOIRE
                            || *code == SqlState::UNTRANSLATABLE_CHARACTER =>
                    {
                        StoreError::Invalid(detail)
                    }
                    _ => StoreError::Engine {
                        path: path(),
                        detail,
                    },
                }
            }
        }
    }

    /// Describes the failure.
    pub(super) fn detail(&self) -> String {
        match self {
            Self::Postgres(error) => format_error_chain(error),
            Self::Store(error) => error.to_string(),
            Self::Sqlite(error) => error.to_string(),
            Self::NoConnection(detail) => detail.clone(),
        }
    }
}

fn retryability_of(db: &DbError) -> Retryability {
    let code = db.code();
    if [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
    ]
    .contains(code)
    {
        return Retryability::Now;
    }
    if *code == SqlState::CANNOT_CONNECT_NOW {
        return Retryability::Starting;
    }
    let passing = [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::TOO_MANY_CONNECTIONS,
    ];
    // Class 08: the connection.
    if passing.contains(code) || code.code().starts_with("08") {
        Retryability::Later
    } else {
        Retryability::Never
    }
}

/// Returns whether the network failed somewhere below.
fn has_io(error: &tokio_postgres::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        // A certificate that is refused comes as an I/O error as well, and comes again.
        if let Some(io) = error.downcast_ref::<std::io::Error>() {
            return io.kind() != std::io::ErrorKind::InvalidData;
        }
        cause = error.source();
    }
    false
}

/// An error with its causes, in one line.
pub(super) fn format_error_chain(error: &tokio_postgres::Error) -> String {
    if let Some(db) = error.as_db_error() {
        let detail = db
            .detail()
            .map(|detail| format!(" ({detail})"))
            .unwrap_or_default();
        return format!("{}{detail}", db.message());
    }
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}
