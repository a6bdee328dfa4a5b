//! Transactions of SQLite: statements answer at once, on the thread that has the connection.

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::Utc;
use futures_util::FutureExt as _;
use futures_util::future::ready;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Statement};

use crate::store::convert::micros;
use crate::store::fault::{Fault, Result};
use crate::store::query::{Dialect, Row, Value};
use crate::store::session::{Mode, Session, Work};

/// A transaction that is open on a connection.
pub(super) struct SqliteSession<'c> {
    conn: Mutex<&'c mut Connection>,
}

impl<'c> SqliteSession<'c> {
    /// The connection; nobody else waits for it, for a transaction has one thread.
    pub(super) fn conn(&self) -> MutexGuard<'_, &'c mut Connection> {
        self.conn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn see(
        &self,
        sql: &str,
        values: &[Value],
        see: &mut (dyn FnMut(&dyn Row) -> Result<()> + Send),
    ) -> Result<()> {
        let conn = self.conn();
        let mut statement = conn.prepare_cached(sql)?;
        bind(&mut statement, values)?;
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            see(&SqliteRow(row))?;
        }
        Ok(())
    }

    fn run(&self, sql: &str, values: &[Value]) -> Result<u64> {
        let conn = self.conn();
        let mut statement = conn.prepare_cached(sql)?;
        bind(&mut statement, values)?;
        Ok(statement.raw_execute()? as u64)
    }
}

/// Gives `$1`, `$2` … their values. To SQLite these are names, which it numbers as they occur in the text.
fn bind(statement: &mut Statement<'_>, values: &[Value]) -> Result<()> {
    for at in 1..=statement.parameter_count() {
        let number = statement
            .parameter_name(at)
            .and_then(|name| name.strip_prefix('$'))
            .and_then(|digits| digits.parse::<usize>().ok());
        let value = number.and_then(|number| values.get(number.checked_sub(1)?));
        let value = value.ok_or_else(|| Fault::engine("a statement has a value too few"))?;
        statement.raw_bind_parameter(at, value)?;
    }
    Ok(())
}

impl Session for SqliteSession<'_> {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn each<'a>(
        &'a self,
        sql: &'a str,
        values: &'a [Value],
        see: &'a mut (dyn FnMut(&dyn Row) -> Result<()> + Send),
    ) -> Work<'a, ()> {
        Box::pin(ready(self.see(sql, values, see)))
    }

    fn run<'a>(&'a self, sql: &'a str, values: &'a [Value]) -> Work<'a, u64> {
        Box::pin(ready(self.run(sql, values)))
    }

    /// The clock's time, but never before a change already made.
    fn stamp(&self) -> Work<'_, i64> {
        let newest: rusqlite::Result<Option<i64>> = self.conn().query_row(
            "SELECT max(at) FROM (SELECT max(changed_at) AS at FROM article
                                  UNION ALL SELECT max(at) FROM forgotten
                                  UNION ALL SELECT max(at) FROM departed)",
            [],
            |row| row.get(0),
        );
        let stamp = newest
            .map(|newest| micros(Utc::now()).max(newest.unwrap_or(i64::MIN)))
            .map_err(Fault::from);
        Box::pin(ready(stamp))
    }
}

struct SqliteRow<'r, 's>(&'r rusqlite::Row<'s>);

impl SqliteRow<'_, '_> {
    fn wrong(at: usize) -> Fault {
        Fault::damaged(format!("column {at} of a row has another type"))
    }
}

impl Row for SqliteRow<'_, '_> {
    fn columns(&self) -> usize {
        self.0.as_ref().column_count()
    }

    fn int(&self, at: usize) -> Result<Option<i64>> {
        match self.0.get_ref(at)? {
            ValueRef::Null => Ok(None),
            ValueRef::Integer(value) => Ok(Some(value)),
            _ => Err(Self::wrong(at)),
        }
    }

    fn text(&self, at: usize) -> Result<Option<&str>> {
        match self.0.get_ref(at)? {
            ValueRef::Null => Ok(None),
            ValueRef::Text(text) => std::str::from_utf8(text)
                .map(Some)
                .map_err(|_| Fault::damaged("a text is not UTF-8")),
            _ => Err(Self::wrong(at)),
        }
    }

    fn bytes(&self, at: usize) -> Result<Option<&[u8]>> {
        match self.0.get_ref(at)? {
            ValueRef::Null => Ok(None),
            ValueRef::Blob(bytes) => Ok(Some(bytes)),
            _ => Err(Self::wrong(at)),
        }
    }
}

/// Runs a job in a transaction, which is undone where the job fails.
pub(super) fn transaction<T>(
    conn: &mut Connection,
    mode: Mode,
    job: impl FnOnce(&SqliteSession<'_>) -> Result<T>,
) -> Result<T> {
    match mode {
        Mode::Read => in_transaction(conn, "BEGIN", job),
        Mode::Write => in_transaction(conn, "BEGIN IMMEDIATE", job),
        Mode::Durable => {
            conn.pragma_update(None, "synchronous", "FULL")?;
            let done = in_transaction(conn, "BEGIN IMMEDIATE", job);
            conn.pragma_update(None, "synchronous", "NORMAL")?;
            done
        }
        Mode::Erase => {
            // What is freed is overwritten as well, in the file and in its log.
            conn.pragma_update(None, "secure_delete", true)?;
            let done = in_transaction(conn, "BEGIN IMMEDIATE", job);
            if done.is_ok() {
                conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
            }
            conn.pragma_update(None, "secure_delete", false)?;
            done
        }
    }
}

fn in_transaction<T>(
    conn: &mut Connection,
    begin: &str,
    job: impl FnOnce(&SqliteSession<'_>) -> Result<T>,
) -> Result<T> {
    conn.prepare_cached(begin)?.execute([])?;
    let session = SqliteSession {
        conn: Mutex::new(conn),
    };
    let done = job(&session);
    let conn = session
        .conn
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    let committed = match done {
        Ok(value) => conn
            .prepare_cached("COMMIT")
            .and_then(|mut commit| commit.execute([]))
            .map(|_| value)
            .map_err(Fault::from),
        Err(fault) => Err(fault),
    };
    if committed.is_err() && !conn.is_autocommit() {
        conn.execute_batch("ROLLBACK")?;
    }
    committed
}

/// The result of work that never waits.
pub(super) fn at_once<T>(work: Work<'_, T>) -> Result<T> {
    work.now_or_never().unwrap_or_else(|| {
        Err(Fault::engine(
            "a script waited for something else than its store",
        ))
    })
}
