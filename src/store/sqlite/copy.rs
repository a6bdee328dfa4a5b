//! Rows as they stand, for copying between engines.

use async_trait::async_trait;
use rusqlite::types::{Value as Sql, ValueRef};
use rusqlite::{Connection, TransactionBehavior, params_from_iter};

use super::SqliteStore;
use super::fault::{Fault, Outcome};
use crate::store::StoreResult;
use crate::store::convert::int;
use crate::store::copy::{CopyStore, Table, Value};

#[async_trait]
impl CopyStore for SqliteStore {
    async fn rows(
        &self,
        table: &'static Table,
        after: Option<Vec<Value>>,
        limit: usize,
    ) -> StoreResult<Vec<Vec<Value>>> {
        self.read(move |conn, _| rows(conn, table, after, limit))
            .await
    }

    async fn add_rows(&self, table: &'static Table, rows: Vec<Vec<Value>>) -> StoreResult<()> {
        self.write(move |conn| add(conn, table, rows)).await
    }

    async fn settle(&self) -> StoreResult<()> {
        // New numbers come after the highest there is.
        self.write(|conn| {
            conn.execute("UPDATE source SET derivation = NULL", [])?;
            Ok(())
        })
        .await
    }
}

fn rows(
    conn: &Connection,
    table: &Table,
    after: Option<Vec<Value>>,
    limit: usize,
) -> Outcome<Vec<Vec<Value>>> {
    let keys = table.keys().join(", ");
    let marks = vec!["?"; table.key].join(", ");
    let condition = if after.is_some() {
        format!("WHERE ({keys}) > ({marks})")
    } else {
        String::new()
    };
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {} FROM {} {condition} ORDER BY {keys} LIMIT {}",
        table.names().join(", "),
        table.name,
        int(limit)
    ))?;
    let mut found = statement.query(params_from_iter(
        after.unwrap_or_default().into_iter().map(to_sql),
    ))?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let values = (0..table.columns.len()).map(|at| from_sql(row.get_ref(at)?));
        rows.push(values.collect::<Outcome<Vec<Value>>>()?);
    }
    Ok(rows)
}

fn add(conn: &mut Connection, table: &Table, rows: Vec<Vec<Value>>) -> Outcome<()> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    {
        let marks = vec!["?"; table.columns.len()].join(", ");
        let names = table.names().join(", ");
        let mut statement = tx.prepare_cached(&format!(
            "INSERT INTO {} ({names}) VALUES ({marks})",
            table.name
        ))?;
        for row in rows {
            statement.execute(params_from_iter(row.into_iter().map(to_sql)))?;
        }
    }
    tx.commit()?;
    Ok(())
}

fn to_sql(value: Value) -> Sql {
    match value {
        Value::Null => Sql::Null,
        Value::Int(number) => Sql::Integer(number),
        Value::Text(text) => Sql::Text(text),
        Value::Bytes(bytes) => Sql::Blob(bytes.into()),
    }
}

fn from_sql(value: ValueRef<'_>) -> Outcome<Value> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Text(text) => Value::Text(
            String::from_utf8(text.to_vec()).map_err(|_| Fault::damaged("a text is no UTF-8"))?,
        ),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec().into()),
        ValueRef::Real(number) => {
            return Err(Fault::damaged(format!("{number} where a whole number is")));
        }
    })
}
