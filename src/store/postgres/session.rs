//! Transactions of PostgreSQL: each statement is awaited.

use deadpool_postgres::Transaction;
use tokio_postgres::types::{ToSql, Type};

use super::sql;
use crate::store::fault::{Fault, Result};
use crate::store::query::{Dialect, Row, Value};
use crate::store::session::{Session, Work};

/// Key of the advisory lock that writers of changes share, and the reader of the horizon takes exclusively: `offp` in
/// ASCII, then 3.
pub(super) const STAMPING: i64 = 0x6f66_6670_0000_0003;

/// A transaction that is open.
pub(super) struct PostgresSession<'t, 'c>(pub(super) &'t Transaction<'c>);

impl Session for PostgresSession<'_, '_> {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn each<'a>(
        &'a self,
        sql: &'a str,
        values: &'a [Value],
        see: &'a mut (dyn FnMut(&dyn Row) -> Result<()> + Send),
    ) -> Work<'a, ()> {
        Box::pin(async move {
            let rows = sql::rows(self.0, sql, &params(values)).await?;
            rows.into_iter().try_for_each(|row| see(&PostgresRow(row)))
        })
    }

    fn run<'a>(&'a self, sql: &'a str, values: &'a [Value]) -> Work<'a, u64> {
        Box::pin(async move { sql::run(self.0, sql, &params(values)).await })
    }

    /// The database's time, but after the horizon, at or before which nothing more may appear.
    fn stamp(&self) -> Work<'_, i64> {
        Box::pin(async move {
            sql::run(
                self.0,
                "SELECT pg_advisory_xact_lock_shared($1)",
                &[&STAMPING],
            )
            .await?;
            let query = format!(
                "SELECT greatest({}, 1 + coalesce((SELECT value::bigint FROM meta WHERE key = 'horizon'), 0))",
                sql::NOW
            );
            Ok(sql::one(self.0, &query, &[]).await?.try_get(0)?)
        })
    }
}

fn params(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    values
        .iter()
        .map(|value| value as &(dyn ToSql + Sync))
        .collect()
}

struct PostgresRow(tokio_postgres::Row);

impl Row for PostgresRow {
    fn columns(&self) -> usize {
        self.0.len()
    }

    fn int(&self, at: usize) -> Result<Option<i64>> {
        let column = self.0.columns().get(at).map(tokio_postgres::Column::type_);
        Ok(match column {
            Some(&Type::BOOL) => self.0.try_get::<_, Option<bool>>(at)?.map(i64::from),
            Some(&Type::INT4) => self.0.try_get::<_, Option<i32>>(at)?.map(i64::from),
            Some(_) => self.0.try_get(at)?,
            None => return Err(Fault::engine(format!("a row has no column {at}"))),
        })
    }

    fn text(&self, at: usize) -> Result<Option<&str>> {
        Ok(self.0.try_get(at)?)
    }

    fn bytes(&self, at: usize) -> Result<Option<&[u8]>> {
        Ok(self.0.try_get(at)?)
    }
}
