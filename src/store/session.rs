//! A transaction of either engine, and the scripts that run in one.
//!
//! A script is written once, as an `async fn` over a [`Session`]. PostgreSQL awaits each statement. SQLite answers at
//! once, on the thread that owns the connection, so that its scripts never wait.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use futures_util::future::BoxFuture;

use super::body::PageCache;
use super::error::StoreResult;
use super::fault::{Fault, Result};
use super::query::{Column, Dialect, FromRow, Row, Value};

/// The work of a script in a session.
pub(super) type Work<'t, T> = BoxFuture<'t, Result<T>>;

/// Statements that belong together. It may run more than once: PostgreSQL tries again what others were in the way of.
pub(super) type Script = Arc<dyn for<'t> Fn(&'t dyn Session) -> Work<'t, ()> + Send + Sync>;

/// The mode of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Reads, all as of one moment.
    Read,
    /// Writes; a crash of the machine may undo it, together with what came after.
    Write,
    /// Writes; once it has returned, nothing undoes it or what came before.
    Durable,
    /// Writes, and leaves no trace of what it deletes in the files.
    Erase,
}

/// An open transaction.
pub trait Session: Send + Sync {
    /// Which SQL it speaks.
    fn dialect(&self) -> Dialect;

    /// Runs a query and shows each row.
    fn each<'a>(
        &'a self,
        sql: &'a str,
        values: &'a [Value],
        see: &'a mut (dyn FnMut(&dyn Row) -> Result<()> + Send),
    ) -> Work<'a, ()>;

    /// Runs a statement; returns how many rows it concerned.
    fn run<'a>(&'a self, sql: &'a str, values: &'a [Value]) -> Work<'a, u64>;

    /// Returns the time of a change, in microseconds: never at or before a time up to which all changes were visible.
    fn stamp(&self) -> Work<'_, i64>;
}

impl dyn Session + '_ {
    /// Returns all rows.
    pub async fn all<T: FromRow + Send>(&self, sql: &str, values: &[Value]) -> Result<Vec<T>> {
        let mut rows = Vec::new();
        self.each(sql, values, &mut |row| {
            rows.push(T::from_row(row)?);
            Ok(())
        })
        .await?;
        Ok(rows)
    }

    /// Returns the first row, if there is one.
    pub async fn first<T: FromRow + Send>(&self, sql: &str, values: &[Value]) -> Result<Option<T>> {
        let mut first = None;
        self.each(sql, values, &mut |row| {
            if first.is_none() {
                first = Some(T::from_row(row)?);
            }
            Ok(())
        })
        .await?;
        Ok(first)
    }

    /// Returns the first column of the first row, if there is one.
    pub async fn find<T: Column + Send>(&self, sql: &str, values: &[Value]) -> Result<Option<T>> {
        Ok(self.first::<(T,)>(sql, values).await?.map(|(value,)| value))
    }

    /// Returns the first column of the row that there always is.
    pub async fn value<T: Column + Send>(&self, sql: &str, values: &[Value]) -> Result<T> {
        self.find(sql, values)
            .await?
            .ok_or_else(|| Fault::engine("a query gave no row"))
    }
}

/// The primitives of an engine; the rest of a store is made of scripts.
#[async_trait]
pub trait Engine: Send + Sync {
    /// Returns whether it was opened for writing.
    fn is_writable(&self) -> bool;

    /// Returns whether it keeps articles beside the records that they were made of.
    fn keeps_articles(&self) -> bool;

    /// Unpacked pages, shared by all readers.
    fn page_cache(&self) -> &Arc<PageCache>;

    /// Runs a script in a transaction of its own.
    async fn execute(&self, mode: Mode, script: Script) -> StoreResult<()>;
}

/// Gives a closure the signature of a script's body, which is not inferred where it is not an argument.
pub(super) fn body<T, F>(body: F) -> F
where
    F: for<'t> Fn(&'t dyn Session) -> Work<'t, T> + Send + Sync + 'static,
{
    body
}

/// Runs a script and returns its result.
pub(super) async fn execute<S, T, F>(engine: &S, mode: Mode, work: F) -> StoreResult<T>
where
    S: Engine + ?Sized,
    T: Send + 'static,
    F: for<'t> Fn(&'t dyn Session) -> Work<'t, T> + Send + Sync + 'static,
{
    let result = Arc::new(Mutex::new(None));
    let slot = Arc::clone(&result);
    let script: Script = Arc::new(body(move |session| {
        let (work, slot) = (work(session), Arc::clone(&slot));
        Box::pin(async move {
            let value = work.await?;
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
            Ok(())
        })
    }));
    engine.execute(mode, script).await?;
    let value = result.lock().unwrap_or_else(PoisonError::into_inner).take();
    value.ok_or_else(|| super::StoreError::Engine {
        path: String::new(),
        detail: "a script ended without a result".to_owned(),
    })
}

/// Makes a script of a call: the names in brackets are copied, so that it can run later, and again.
macro_rules! script {
    ($session:ident, [$($name:ident),*] $body:expr) => {{
        $(let $name = $name.to_owned();)*
        $crate::store::session::body(move |$session| {
            $(let $name = $name.clone();)*
            Box::pin(async move { $body.await })
        })
    }};
}
pub(super) use script;
