//! Changes in the order of their time, and the index of words.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::Utc;
use rusqlite::types::Value;
use rusqlite::{
    Connection, ErrorCode, OpenFlags, OptionalExtension, Row, TransactionBehavior, params_from_iter,
};

use super::fault::{Fault, Outcome};
use super::{SqliteStore, items};
use crate::store::changes::{self, Dialect};
use crate::store::convert::{count, int, json, micros, time};
use crate::store::provide::MOST_ASKED;
use crate::store::{
    Change, ChangeFilter, ItemKey, ItemNo, Position, ProvideStore, ReadStore as _, SourceId,
    StoreKey, StoreResult, StoredItem, Time,
};

/// How far behind the clock the horizon is where the file cannot be locked, because it may only be read.
const LAG: i64 = 60_000_000;
/// How long a horizon is waited for once there was one.
const PATIENCE: Duration = Duration::from_millis(200);

/// The last horizon, and the connection that takes it in a store open for reading.
#[derive(Debug, Default)]
pub(super) struct Horizon {
    conn: Option<Connection>,
    last: Option<i64>,
}

#[async_trait]
impl ProvideStore for SqliteStore {
    async fn store_key(&self) -> StoreResult<StoreKey> {
        self.read(|conn, _| store_key(conn)).await
    }

    async fn horizon(&self) -> StoreResult<Time> {
        if self.is_writable() {
            let taken = self.write(take).await?;
            let mut horizon = self.horizon.lock().unwrap_or_else(PoisonError::into_inner);
            let last = horizon.last.map_or(taken, |last| last.max(taken));
            horizon.last = Some(last);
            return time(last);
        }
        let shared = Arc::clone(&self.horizon);
        let path = self.readers.path().to_owned();
        let taken = tokio::task::spawn_blocking(move || beside_a_writer(&shared, &path)).await;
        let taken = taken
            .unwrap_or_else(|e| Err(Fault::engine(format!("taking the horizon stopped: {e}"))));
        time(taken.map_err(|fault| fault.at(&self.path))?)
    }

    async fn earliest_change(&self) -> StoreResult<Option<Time>> {
        self.read(|conn, _| earliest(conn)).await
    }

    async fn changes(
        &self,
        filter: &ChangeFilter,
        after: Option<Position>,
        limit: usize,
    ) -> StoreResult<Vec<Change>> {
        let filter = filter.clone();
        self.read(move |conn, _| changes(conn, &filter, after, limit))
            .await
    }

    async fn count_changes(&self, filter: &ChangeFilter) -> StoreResult<u64> {
        let filter = filter.clone();
        self.read(move |conn, _| count_changes(conn, &filter)).await
    }

    async fn change(&self, source_id: SourceId, identifier: &str) -> StoreResult<Option<Change>> {
        let identifier = identifier.to_owned();
        self.read(move |conn, _| change(conn, source_id, &identifier))
            .await
    }

    async fn departed(&self, source: &str, identifier: &str) -> StoreResult<Option<Change>> {
        let (source, identifier) = (source.to_owned(), identifier.to_owned());
        self.read(move |conn, _| one_departed(conn, &source, &identifier))
            .await
    }

    async fn departed_sets(&self) -> StoreResult<Vec<(String, String)>> {
        self.read(|conn, _| departed_sets(conn)).await
    }

    async fn items_at(
        &self,
        source_id: SourceId,
        item_nos: &[ItemNo],
    ) -> StoreResult<Vec<StoredItem>> {
        let item_nos = item_nos.to_vec();
        self.read(move |conn, pages| items::at(conn, pages, source_id, &item_nos))
            .await
    }

    async fn known_sets(&self) -> StoreResult<Vec<(SourceId, String)>> {
        self.read(|conn, _| known_sets(conn)).await
    }

    async fn search(
        &self,
        words: &str,
        source_id: Option<SourceId>,
        skip: usize,
        limit: usize,
    ) -> StoreResult<Vec<ItemKey>> {
        let words = words.to_owned();
        self.read(move |conn, _| search(conn, &words, source_id, skip, limit))
            .await
    }
}

fn store_key(conn: &Connection) -> Outcome<StoreKey> {
    let meta = |key: &str| {
        conn.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| {
            row.get::<_, String>(0)
        })
        .optional()
    };
    match (meta("store_uuid")?, meta("token_key")?) {
        (Some(uuid), Some(secret)) => Ok(StoreKey { uuid, secret }),
        _ => Err(Fault::engine(
            "its schema is an older one; a command that may write to it brings it up to date",
        )),
    }
}

/// Changes are stamped by the clock inside a transaction that holds the write lock. Who holds it himself knows that
/// none is under way, so that those to come are stamped by a later clock.
fn take(conn: &mut Connection) -> Outcome<i64> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let now = micros(Utc::now());
    tx.rollback()?;
    Ok(now)
}

/// The horizon of a store that another process may be writing to. Nothing is written; while a writer is busy for long
/// the last one stands.
fn beside_a_writer(shared: &Mutex<Horizon>, path: &std::path::Path) -> Outcome<i64> {
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
                Err(Fault::Sql(rusqlite::Error::SqliteFailure(e, _))) => match (e.code, last) {
                    (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, Some(last)) => last,
                    (
                        ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied,
                        _,
                    ) => lagging(),
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

fn earliest(conn: &Connection) -> Outcome<Option<Time>> {
    let first: Option<i64> = conn.query_row(
        "SELECT min(at) FROM (SELECT min(changed_at) AS at FROM article UNION ALL SELECT min(at) FROM forgotten
                                UNION ALL SELECT min(at) FROM departed)",
        [],
        |row| row.get(0),
    )?;
    Ok(first.map(time).transpose()?)
}

/// Parameters by position, collected while the statement is put together.
#[derive(Default)]
struct Parameters(Vec<Value>);

impl Parameters {
    fn add(&mut self, value: impl Into<Value>) -> String {
        self.0.push(value.into());
        format!("?{}", self.0.len())
    }
}

impl Dialect for Parameters {
    /// Keeps the order of the tables.
    const JOIN: &'static str = "CROSS JOIN";
    const TRUE: &'static str = "1";

    fn same(left: &str, right: &str) -> String {
        format!("{left} = {right}")
    }

    fn number(&mut self, value: i64) -> String {
        self.add(value)
    }

    fn text(&mut self, value: String) -> String {
        self.add(value)
    }

    fn has_facet(&mut self, kind: &str, values: &[String]) -> StoreResult<String> {
        let path = self.add(format!("$.{kind}"));
        let values = self.add(json(&values)?);
        Ok(format!(
            "EXISTS (SELECT 1 FROM json_each(a.facets, {path}) f
               WHERE f.value IN (SELECT value FROM json_each({values})))"
        ))
    }
}

fn changes(
    conn: &Connection,
    filter: &ChangeFilter,
    after: Option<Position>,
    limit: usize,
) -> Outcome<Vec<Change>> {
    let mut parameters = Parameters::default();
    let sql = changes::listing(filter, after, limit, &mut parameters)?;
    let mut found = listed(conn, &sql, parameters)?;
    let mut parameters = Parameters::default();
    if let Some(sql) = changes::departed(filter, after, limit, &mut parameters)? {
        found.extend(listed(conn, &sql, parameters)?);
    }
    found.extend(taken_down(conn, filter, after)?);
    Ok(changes::in_order(found, limit))
}

fn listed(conn: &Connection, sql: &str, parameters: Parameters) -> Outcome<Vec<Change>> {
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params_from_iter(parameters.0))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

fn one_departed(conn: &Connection, source: &str, identifier: &str) -> Outcome<Option<Change>> {
    let mut statement = conn.prepare_cached(&changes::one_departed::<Parameters>("?1", "?2"))?;
    let mut rows = statement.query((source, identifier))?;
    rows.next()?.map(read).transpose()
}

fn departed_sets(conn: &Connection) -> Outcome<Vec<(String, String)>> {
    let mut statement =
        conn.prepare_cached("SELECT name, set_spec FROM departed_set ORDER BY name, set_spec")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn count_changes(conn: &Connection, filter: &ChangeFilter) -> Outcome<u64> {
    let mut parameters = Parameters::default();
    let sql = changes::counting(filter, &mut parameters)?;
    let mut rows: i64 = conn
        .prepare_cached(&sql)?
        .query_row(params_from_iter(parameters.0), |row| row.get(0))?;
    let mut parameters = Parameters::default();
    if let Some(sql) = changes::counting_departed(filter, &mut parameters)? {
        rows += conn
            .prepare_cached(&sql)?
            .query_row(params_from_iter(parameters.0), |row| row.get::<_, i64>(0))?;
    }
    Ok(count(rows) + taken_down(conn, filter, None)?.len() as u64)
}

/// Take-downs are few: all of them are looked at.
fn taken_down(
    conn: &Connection,
    filter: &ChangeFilter,
    after: Option<Position>,
) -> Outcome<Vec<Change>> {
    let mut statement = conn.prepare_cached(
        "SELECT at, source_id, -seq, identifier, 1, seq, facets FROM forgotten
         WHERE at < ?1 AND at >= ?2 AND (?3 IS NULL OR source_id = ?3)",
    )?;
    let from = changes::from(filter, after);
    let mut rows = statement.query((micros(filter.before), from, filter.source_id))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    changes::wanted(&mut found, filter, after);
    Ok(found)
}

fn change(conn: &Connection, source_id: SourceId, identifier: &str) -> Outcome<Option<Change>> {
    for sql in [
        "SELECT a.changed_at, a.source_id, a.item_no, i.identifier, a.status, a.seq, a.facets
         FROM item i JOIN article a ON a.source_id = i.source_id AND a.item_no = i.item_no
         WHERE i.source_id = ?1 AND i.identifier = ?2",
        "SELECT at, source_id, -seq, identifier, 1, seq, facets FROM forgotten
         WHERE source_id = ?1 AND identifier = ?2",
    ] {
        let mut statement = conn.prepare_cached(sql)?;
        let mut rows = statement.query((source_id, identifier))?;
        if let Some(row) = rows.next()? {
            return Ok(Some(read(row)?));
        }
    }
    Ok(None)
}

fn read(row: &Row<'_>) -> Outcome<Change> {
    let facets = row
        .get_ref(6)?
        .as_str()
        .map_err(|_| Fault::damaged("the facets of an article are no text"))?;
    Ok(Change {
        position: Position {
            changed_at: time(row.get(0)?)?,
            source_id: row.get(1)?,
            item_no: row.get(2)?,
        },
        identifier: row.get(3)?,
        deleted: row.get(4)?,
        seq: row.get(5)?,
        facets: changes::facets(facets)?,
        // Other statements have no such column.
        departed: if row.as_ref().column_count() > 7 {
            row.get(7)?
        } else {
            None
        },
    })
}

fn known_sets(conn: &Connection) -> Outcome<Vec<(SourceId, String)>> {
    let mut statement = conn.prepare_cached(
        "SELECT source_id, set_spec FROM source_set ORDER BY source_id, set_spec",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Row of the index of words for an item.
pub(super) fn text_row(source_id: SourceId, item_no: ItemNo) -> i64 {
    (source_id.0 << 40) + item_no.0
}

fn search(
    conn: &Connection,
    words: &str,
    source_id: Option<SourceId>,
    skip: usize,
    limit: usize,
) -> Outcome<Vec<ItemKey>> {
    let Some(query) = query(words) else {
        return Ok(Vec::new());
    };
    let (from, before) = match source_id {
        Some(source_id) => (
            text_row(source_id, ItemNo::START),
            text_row(source_id.next(), ItemNo::START),
        ),
        None => (0, i64::MAX),
    };
    let mut statement = conn.prepare_cached(
        "SELECT rowid FROM article_text WHERE article_text MATCH ?1 AND rowid >= ?2 AND rowid < ?3
         ORDER BY rank LIMIT ?4 OFFSET ?5",
    )?;
    let rows = statement.query_map((query, from, before, int(limit), int(skip)), |row| {
        let row: i64 = row.get(0)?;
        Ok(ItemKey {
            source_id: SourceId(row >> 40),
            item_no: ItemNo(row & ((1 << 40) - 1)),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Each word as a string of FTS5, which knows no operators; the last may go on.
fn query(words: &str) -> Option<String> {
    let mut query = words
        .split_whitespace()
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .take(MOST_ASKED)
        .map(|word| format!("\"{}\"", word.replace('"', "\"\"").replace('\0', " ")))
        .collect::<Vec<_>>()
        .join(" ");
    if query.is_empty() {
        return None;
    }
    query.push('*');
    Some(query)
}
