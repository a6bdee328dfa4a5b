//! The time up to which all changes can be seen.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::Utc;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use super::fault::needs_writing;
use crate::store::convert::micros;
use crate::store::fault::{Fault, Result};

/// The lag of the horizon behind the clock where the file cannot be locked, because it may only be read.
const LAG: i64 = 60_000_000;
/// The time to wait for a horizon once there was one.
const PATIENCE: Duration = Duration::from_millis(200);

/// The last horizon, and the connection that takes it in a store open for reading.
#[derive(Debug, Default)]
pub(super) struct Horizon {
    conn: Option<Connection>,
    last: Option<i64>,
}

/// Notes a time that was taken; the latest of all.
pub(super) fn note(horizon: &Mutex<Horizon>, taken: i64) -> i64 {
    let mut horizon = horizon.lock().unwrap_or_else(PoisonError::into_inner);
    let last = horizon.last.map_or(taken, |last| last.max(taken));
    horizon.last = Some(last);
    last
}

/// Changes are stamped by the clock inside a transaction that holds the write lock. Who holds it himself knows that
/// none is under way, so that those to come are stamped by a later clock.
pub(super) fn take(conn: &mut Connection) -> Result<i64> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let now = micros(Utc::now());
    tx.rollback()?;
    Ok(now)
}

/// The horizon of a store that another process may be writing to. Nothing is written; while a writer is busy for long
/// the last one stands.
pub(super) fn beside_a_writer(shared: &Mutex<Horizon>, path: &Path) -> Result<i64> {
    let mut horizon = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if horizon.conn.is_none() {
        horizon.conn = Connection::open_with_flags(path, flags).ok();
    }
    let last = horizon.last;
    let lagging = || micros(Utc::now()) - LAG;
    let taken = match &mut horizon.conn {
        None => lagging(),
        Some(conn) => {
            conn.busy_timeout(if last.is_some() {
                PATIENCE
            } else {
                super::open::BUSY
            })?;
            match take(conn) {
                Err(Fault::Sqlite(rusqlite::Error::SqliteFailure(e, _))) => match (e.code, last) {
                    (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, Some(last)) => last,
                    _ if needs_writing(&Fault::Sqlite(rusqlite::Error::SqliteFailure(e, None))) => {
                        lagging()
                    }
                    _ => return Err(Fault::engine(format!("cannot tell what is committed: {e}"))),
                },
                taken => taken?,
            }
        }
    };
    let taken = last.map_or(taken, |last| last.max(taken));
    horizon.last = Some(taken);
    Ok(taken)
}
