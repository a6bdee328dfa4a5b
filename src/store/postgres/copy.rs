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
                Value::Null | Value::Bool(_) | Value::Bytes(_) => {
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

pub(super) async fn add(tx: &Transaction<'_>, table: &Table, rows: &[Vec<Value>]) -> Result<()> {
    let mut arrays: Vec<Box<dyn ToSql + Sync + Send>> = Vec::new();
    let (mut marks, mut columns) = (Vec::new(), Vec::new());
    for (at, (_, kind)) in table.columns.iter().enumerate() {
        let number = at + 1;
        let column = rows.iter().map(|row| row.get(at));
        match kind {
            Kind::Int | Kind::Bool => {
                let ints: Vec<Option<i64>> = column
                    .map(|value| {
                        if let Some(Value::Int(n)) = value {
                            Some(*n)
                        } else {
                            None
                        }
                    })
                    .collect();
                arrays.push(Box::new(ints));
                marks.push(format!("${number}::bigint[]"));
                columns.push(if *kind == Kind::Bool {
                    format!("c{number} <> 0")
                } else {
                    format!("c{number}")
                });
            }
            Kind::Text => {
                let texts: Vec<Option<String>> = column
                    .map(|value| {
                        if let Some(Value::Text(text)) = value {
                            Some(text.clone())
                        } else {
                            None
                        }
                    })
                    .collect();
                arrays.push(Box::new(texts));
                marks.push(format!("${number}::text[]"));
                columns.push(format!("c{number}"));
            }
            Kind::Bytes => {
                let bytes: Vec<Option<Vec<u8>>> = column
                    .map(|value| {
                        if let Some(Value::Bytes(bytes)) = value {
                            Some(bytes.to_vec())
                        } else {
                            None
                        }
                    })
                    .collect();
                arrays.push(Box::new(bytes));
                marks.push(format!("${number}::bytea[]"));
                columns.push(format!("c{number}"));
            }
        }
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
