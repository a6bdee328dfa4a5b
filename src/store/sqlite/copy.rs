//! Rows as they stand, for copying between engines.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, TransactionBehavior, params_from_iter};

use crate::store::convert::int;
use crate::store::fault::{Fault, Result};
use crate::store::query::Value;
use crate::store::tables::Table;

pub(super) fn rows(
    conn: &Connection,
    table: &Table,
    after: Option<Vec<Value>>,
    limit: usize,
) -> Result<Vec<Vec<Value>>> {
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
    let mut found = statement.query(params_from_iter(after.unwrap_or_default()))?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let values = (0..table.columns.len()).map(|at| from_sql(row.get_ref(at)?));
        rows.push(values.collect::<Result<Vec<Value>>>()?);
    }
    Ok(rows)
}

pub(super) fn add(conn: &mut Connection, table: &Table, rows: Vec<Vec<Value>>) -> Result<()> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    {
        let marks = vec!["?"; table.columns.len()].join(", ");
        let names = table.names().join(", ");
        let mut statement = tx.prepare_cached(&format!(
            "INSERT INTO {} ({names}) VALUES ({marks})",
            table.name
        ))?;
        for row in rows {
            statement.execute(params_from_iter(row))?;
        }
    }
    tx.commit()?;
    Ok(())
}

fn from_sql(value: ValueRef<'_>) -> Result<Value> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Text(text) => Value::Text(
            String::from_utf8(text.to_vec()).map_err(|_| Fault::damaged("a text is not UTF-8"))?,
        ),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec().into()),
        ValueRef::Real(number) => {
            return Err(Fault::damaged(format!("{number} where a whole number is")));
        }
    })
}
