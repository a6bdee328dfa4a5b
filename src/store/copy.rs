//! Moving a whole store from one engine to another: every row of every table, with its numbers.

use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_128;

use super::Store;
use super::convert::count;
use super::error::{StoreError, StoreResult};
use super::fault::Result;
use super::query::Value;
use super::session::{Mode, Session, execute, script};
use super::tables::{TABLES, Table};
use super::types::SourceId;
use crate::phase::{self, Phase};

/// Rows copied at once.
const ROWS: usize = 2000;

/// Rows with bodies copied at once.
const BODIES: usize = 32;

/// The result of copying a table.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Copied {
    /// The name.
    pub table: &'static str,
    /// Rows.
    pub rows: u64,
    /// Sum of the hashes of its rows: the same in both stores.
    pub hash: String,
}

/// Copies a store into an empty one, table by table, and reads what was written again.
///
/// Errors: as the stores; [`StoreError::Invalid`] when the target is not empty, when the source was written to
/// meanwhile, or when the two do not agree.
pub async fn copy(
    from: &Arc<dyn Store>,
    to: &Arc<dyn Store>,
    mut told: impl FnMut(&Copied) + Send,
) -> StoreResult<Vec<Copied>> {
    for table in TABLES {
        if !to.rows(table, None, 1).await?.is_empty() {
            let what = format!(
                "the store to copy into is not empty: its table {} has rows",
                table.name
            );
            return Err(StoreError::Invalid(what));
        }
    }
    let heads = async || -> StoreResult<Vec<(SourceId, i64, i64)>> {
        Ok(from
            .sources()
            .await?
            .iter()
            .map(|source| (source.source_id, source.seq, source.fence))
            .collect())
    };
    let before = heads().await?;
    let phase = Phase::begin("copying rows and comparing them", Some(0));
    if phase::is_observed() {
        for table in TABLES {
            // Each is written, and read again.
            phase.grow(2 * row_count(from.as_ref(), table).await?);
        }
    }
    let mut all = Vec::new();
    for table in TABLES {
        let copied = copy_table(from, to, table, &phase).await?;
        told(&copied);
        all.push(copied);
    }
    to.settle().await?;
    if heads().await? != before {
        let what = "the store was written to while it was copied: let harvests and workers end, and copy it anew";
        return Err(StoreError::Invalid(what.to_owned()));
    }
    Ok(all)
}

async fn copy_table(
    from: &Arc<dyn Store>,
    to: &Arc<dyn Store>,
    table: &'static Table,
    phase: &Phase,
) -> StoreResult<Copied> {
    let mut sum = Sum::default();
    let mut after = None;
    loop {
        let rows = from.rows(table, after.take(), limit(table)).await?;
        let Some(last) = rows.last() else { break };
        after = last.get(..table.key).map(<[Value]>::to_vec);
        for row in &rows {
            sum.add(row);
        }
        phase.advance(rows.len() as u64);
        to.add_rows(table, rows).await?;
    }
    let written = sum_of(to, table, phase).await?;
    if written != sum {
        return Err(StoreError::Invalid(format!(
            "the copy of {} is not what was copied: {} rows of {}, hash {:032x} for {:032x}",
            table.name, written.rows, sum.rows, written.hash, sum.hash
        )));
    }
    Ok(Copied {
        table: table.name,
        rows: sum.rows,
        hash: format!("{:032x}", sum.hash),
    })
}

async fn row_count(store: &dyn Store, table: &'static Table) -> StoreResult<u64> {
    let work = script!(session, [] count_rows(session, table));
    execute(store, Mode::Read, work).await
}

async fn count_rows(session: &dyn Session, table: &Table) -> Result<u64> {
    let sql = format!("SELECT count(*) FROM {}", table.name);
    Ok(count(session.value(&sql, &[]).await?))
}

fn limit(table: &Table) -> usize {
    if table.name == "page_body" {
        BODIES
    } else {
        ROWS
    }
}

async fn sum_of(store: &Arc<dyn Store>, table: &'static Table, phase: &Phase) -> StoreResult<Sum> {
    let mut sum = Sum::default();
    let mut after = None;
    loop {
        let rows = store.rows(table, after.take(), limit(table)).await?;
        let Some(last) = rows.last() else {
            return Ok(sum);
        };
        after = last.get(..table.key).map(<[Value]>::to_vec);
        for row in &rows {
            sum.add(row);
        }
        phase.advance(rows.len() as u64);
    }
}

/// Rows, and the sum of their hashes: it does not depend on the order, which is an engine's own for text.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sum {
    rows: u64,
    hash: u128,
}

impl Sum {
    fn add(&mut self, row: &[Value]) {
        let mut bytes = Vec::new();
        for value in row {
            let (tag, content): (u8, &[u8]) = match value {
                Value::Null => (0, &[]),
                Value::Int(number) => (1, &number.to_le_bytes()),
                Value::Bool(yes) => (1, &i64::from(*yes).to_le_bytes()),
                Value::Text(text) => (2, text.as_bytes()),
                Value::Bytes(content) => (3, content),
                // Lists are values of statements: no column holds one.
                Value::Ints(_) | Value::ByteLists(_) => (4, &[]),
            };
            bytes.push(tag);
            bytes.extend((content.len() as u64).to_le_bytes());
            bytes.extend(content);
        }
        self.rows += 1;
        self.hash = self.hash.wrapping_add(xxh3_128(&bytes));
    }
}
