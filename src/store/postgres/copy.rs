//! Rows as they stand, for copying between engines.

use deadpool_postgres::Transaction;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::sql;
use crate::store::convert::int;
use crate::store::fault::{Fault, Result};
use crate::store::query::Value;
use crate::store::tables::{Kind, Table};

/// Tables whose rows the database numbers itself, with their numbers.
const NUMBERED: [(&str, &str); 6] = [
    ("host", "host_id"),
    ("source", "source_id"),
    ("run", "run_id"),
    ("export", "export_id"),
    ("removed", "removal_no"),
    ("departed", "departed_no"),
];

pub(super) async fn rows(
    tx: &Transaction<'_>,
    table: &Table,
    after: Option<&[Value]>,
    limit: usize,
) -> Result<Vec<Vec<Value>>> {
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|(name, kind)| match kind {
            Kind::Bool => format!("{name}::integer::bigint"),
            Kind::Text | Kind::Int | Kind::Bytes => (*name).to_owned(),
        })
        .collect();
    let keys = table.keys().join(", ");
    let mut params: Vec<&(dyn ToSql + Sync)> = Vec::new();
    let mut condition = String::new();
    if let Some(after) = after {
        let marks: Vec<String> = (1..=after.len()).map(|n| format!("${n}")).collect();
        condition = format!("WHERE ({keys}) > ({})", marks.join(", "));
        for value in after {
            params.push(match value {
                Value::Int(number) => number,
                Value::Text(text) => text,
                Value::Null
                | Value::Bool(_)
                | Value::Bytes(_)
                | Value::Ints(_)
                | Value::ByteLists(_) => {
                    return Err(Fault::damaged("a key is neither number nor text"));
                }
            });
        }
    }
    let (columns, name, limit) = (columns.join(", "), table.name, int(limit));
    let query = format!("SELECT {columns} FROM {name} {condition} ORDER BY {keys} LIMIT {limit}");
    let found = sql::rows(tx, &query, &params).await?;
    found.iter().map(|row| values(table, row)).collect()
}

fn values(table: &Table, row: &Row) -> Result<Vec<Value>> {
    let value = |(at, (_, kind)): (usize, &(&str, Kind))| {
        Ok(match kind {
            Kind::Int | Kind::Bool => row
                .try_get::<_, Option<i64>>(at)?
                .map_or(Value::Null, Value::Int),
            Kind::Text => row
                .try_get::<_, Option<String>>(at)?
                .map_or(Value::Null, Value::Text),
            Kind::Bytes => row
                .try_get::<_, Option<Vec<u8>>>(at)?
                .map_or(Value::Null, |bytes| Value::Bytes(bytes.into())),
        })
    };
    table.columns.iter().enumerate().map(value).collect()
}

/// Returns a column of rows as an array, with the type of its values in SQL.
fn array_of(
    kind: Kind,
    rows: &[Vec<Value>],
    at: usize,
) -> (Box<dyn ToSql + Sync + Send>, &'static str) {
    let column = rows.iter().map(|row| row.get(at));
    match kind {
        Kind::Int | Kind::Bool => {
            let ints = column.map(|value| match value {
                Some(Value::Int(number)) => Some(*number),
                _ => None,
            });
            (Box::new(ints.collect::<Vec<Option<i64>>>()), "bigint")
        }
        Kind::Text => {
            let texts = column.map(|value| match value {
                Some(Value::Text(text)) => Some(text.clone()),
                _ => None,
            });
            (Box::new(texts.collect::<Vec<Option<String>>>()), "text")
        }
        Kind::Bytes => {
            let bytes = column.map(|value| match value {
                Some(Value::Bytes(bytes)) => Some(bytes.to_vec()),
                _ => None,
            });
            (Box::new(bytes.collect::<Vec<Option<Vec<u8>>>>()), "bytea")
        }
    }
}

pub(super) async fn add(tx: &Transaction<'_>, table: &Table, rows: &[Vec<Value>]) -> Result<()> {
    let mut arrays: Vec<Box<dyn ToSql + Sync + Send>> = Vec::new();
    let (mut marks, mut columns) = (Vec::new(), Vec::new());
    for (at, (_, kind)) in table.columns.iter().enumerate() {
        let number = at + 1;
        let (array, sql_type) = array_of(*kind, rows, at);
        arrays.push(array);
        marks.push(format!("${number}::{sql_type}[]"));
        columns.push(if *kind == Kind::Bool {
            format!("c{number} <> 0")
        } else {
            format!("c{number}")
        });
    }
    let params: Vec<&(dyn ToSql + Sync)> = arrays
        .iter()
        .map(|array| array.as_ref() as &(dyn ToSql + Sync))
        .collect();
    let (names, marks) = (table.names().join(", "), marks.join(", "));
    let aliases: Vec<String> = (1..=table.columns.len()).map(|n| format!("c{n}")).collect();
    let query = format!(
        "INSERT INTO {} ({names}) SELECT {} FROM unnest({marks}) u ({})",
        table.name,
        columns.join(", "),
        aliases.join(", "),
    );
    sql::run(tx, &query, &params).await?;
    Ok(())
}

pub(super) async fn settle(tx: &Transaction<'_>) -> Result<()> {
    for (table, column) in NUMBERED {
        sql::run(
            tx,
            &format!(
                "SELECT setval(pg_get_serial_sequence('{table}', '{column}'), 1 + coalesce(max({column}), 0), false)
                 FROM {table}"
            ),
            &[],
        )
        .await?;
    }
    sql::run(tx, "UPDATE source SET derivation = NULL", &[]).await?;
    Ok(())
}
