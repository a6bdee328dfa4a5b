//! Sources: finding, naming and fencing them, and the numbers they hand out.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior};

use super::fault::{Fault, Outcome};
use super::streams;
use crate::store::convert::{from_json, json};
use crate::store::naming::{asks_elsewhere, host_and_port, source_name, url_key};
use crate::store::{SourceId, PageNo, ItemNo, Remembered, ServerFacts, Source, SourceSpec, StoreError};

const COLUMNS: &str = "source_id, name, base_url, id_base, fence, seq, identify, profile, derivation, derived_seq, server_facts";

/// The numbers of a source, held until the transaction ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbers {
    pub(super) seq: i64,
    pub(super) next_item: ItemNo,
    pub(super) next_page: PageNo,
}

/// Begins a transaction that writes to a source, if the caller still owns it.
pub(super) fn lock<'c>(
    conn: &'c mut Connection,
    source: &Source,
) -> Outcome<(Transaction<'c>, Numbers)> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let numbers = tx
        .prepare_cached(
            "UPDATE source SET seq = seq WHERE source_id = ?1 AND fence = ?2
             RETURNING seq, next_item, next_page",
        )?
        .query_row((source.source_id, source.fence), |row| {
            Ok(Numbers {
                seq: row.get(0)?,
                next_item: row.get(1)?,
                next_page: row.get(2)?,
            })
        })
        .optional()?;
    if let Some(numbers) = numbers {
        return Ok((tx, numbers));
    }
    by_id(&tx, source.source_id)?;
    Err(StoreError::Fenced {
        source_name: source.name.clone(),
    }
    .into())
}

/// Gives back the numbers, moved on.
pub(super) fn advance(tx: &Transaction<'_>, source_id: SourceId, numbers: Numbers) -> Outcome<()> {
    tx.prepare_cached(
        "UPDATE source SET seq = ?2, next_item = ?3, next_page = ?4 WHERE source_id = ?1",
    )?
    .execute((source_id, numbers.seq, numbers.next_item, numbers.next_page))?;
    Ok(())
}

pub(super) fn open(conn: &mut Connection, spec: &SourceSpec) -> Outcome<Source> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let source_id = find_or_create(&tx, spec)?;
    tx.execute(
        "UPDATE source SET fence = fence + 1 WHERE source_id = ?1",
        [source_id],
    )?;
    streams::drop_unaccepted(&tx, source_id)?;
    let source = by_id(&tx, source_id)?;
    tx.commit()?;
    Ok(source)
}

/// Finds a source by its name, else by its URL.
pub(super) fn search(conn: &Connection, spec: &SourceSpec) -> Outcome<Option<Source>> {
    let key = url_key(&spec.base_url);
    if let Some(name) = &spec.name
        && let Some(source) = find(conn, "name = ?1", name)?
    {
        return Ok(Some(source));
    }
    // Under the URL it was first opened by too, since it may answer elsewhere now.
    match find(conn, "url_key = ?1 ORDER BY source_id", &key)? {
        Some(source) => Ok(Some(source)),
        None => find(conn, "id_base = ?1", &key),
    }
}

/// Finds a source as [`search`] does, or creates it.
fn find_or_create(tx: &Transaction<'_>, spec: &SourceSpec) -> Outcome<i64> {
    match search(tx, spec)? {
        Some(source) => {
            if asks_elsewhere(&source.base_url, &source.id_base, &spec.base_url) {
                set_base_url(tx, source.source_id, &spec.base_url)?;
            }
            Ok(source.source_id)
        }
        None => create(tx, spec, &url_key(&spec.base_url)),
    }
}

fn create(tx: &Transaction<'_>, spec: &SourceSpec, key: &str) -> Outcome<i64> {
    let wanted = spec
        .name
        .clone()
        .unwrap_or_else(|| source_name(&spec.base_url));
    let mut name = wanted.clone();
    let mut next = 2;
    while find(tx, "name = ?1", &name)?.is_some() {
        name = format!("{wanted}-{next}");
        next += 1;
    }
    tx.execute(
        "INSERT INTO source (name, base_url, url_key, id_base) VALUES (?1, ?2, ?3, ?3)",
        (name, &spec.base_url, key),
    )?;
    let source_id = tx.last_insert_rowid();
    set_base_url(tx, source_id, &spec.base_url)?;
    Ok(source_id)
}

/// Pins a base URL, and with it the host.
pub(super) fn set_base_url(tx: &Transaction<'_>, source_id: SourceId, base_url: &str) -> Outcome<()> {
    let host_id: Option<i64> = match host_and_port(base_url) {
        Some(host) => {
            tx.execute(
                "INSERT INTO host (name) VALUES (?1) ON CONFLICT (name) DO NOTHING",
                [&host],
            )?;
            Some(
                tx.query_row("SELECT host_id FROM host WHERE name = ?1", [&host], |row| {
                    row.get(0)
                })?,
            )
        }
        None => None,
    };
    tx.execute(
        "UPDATE source SET base_url = ?2, url_key = ?3, host_id = ?4 WHERE source_id = ?1",
        (source_id, base_url, url_key(base_url), host_id),
    )?;
    Ok(())
}

pub(super) fn remember(
    conn: &mut Connection,
    source: &Source,
    base_url: &str,
    identify: &Remembered,
) -> Outcome<()> {
    let (tx, _) = lock(conn, source)?;
    set_base_url(&tx, source.source_id, base_url)?;
    tx.execute(
        "UPDATE source SET identify = ?2 WHERE source_id = ?1",
        (source.source_id, json(identify)?),
    )?;
    tx.commit()?;
    Ok(())
}

pub(super) fn remember_facts(
    conn: &mut Connection,
    source: &Source,
    facts: &ServerFacts,
) -> Outcome<()> {
    let (tx, _) = lock(conn, source)?;
    tx.execute(
        "UPDATE source SET server_facts = ?2 WHERE source_id = ?1",
        (source.source_id, json(facts)?),
    )?;
    tx.commit()?;
    Ok(())
}

/// All sources by name.
pub(super) fn all(conn: &Connection) -> Outcome<Vec<Source>> {
    let mut statement =
        conn.prepare_cached(&format!("SELECT {COLUMNS} FROM source ORDER BY name"))?;
    let rows = statement.query_map([], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn by_id(conn: &Connection, source_id: SourceId) -> Outcome<Source> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM source WHERE source_id = ?1"
    ))?;
    let source = statement.query_row([source_id], read).optional()?;
    source.ok_or_else(|| unknown(source_id))
}

pub(super) fn unknown(source_id: SourceId) -> Fault {
    StoreError::Unknown {
        what: "source",
        name: source_id.to_string(),
    }
    .into()
}

fn find(conn: &Connection, condition: &str, value: &str) -> Outcome<Option<Source>> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM source WHERE {condition} LIMIT 1"
    ))?;
    Ok(statement.query_row([value], read).optional()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Source> {
    let identify: Option<String> = row.get(6)?;
    let facts: Option<String> = row.get(10)?;
    Ok(Source {
        source_id: row.get(0)?,
        name: row.get(1)?,
        base_url: row.get(2)?,
        id_base: row.get(3)?,
        fence: row.get(4)?,
        seq: row.get(5)?,
        // Kept for a day only: one that another version wrote differently is asked for again.
        identify: identify.and_then(|text| from_json(&text, "identify").ok()),
        profile: row.get(7)?,
        derivation: row.get(8)?,
        derived_seq: row.get(9)?,
        // Learned again where another version wrote it differently.
        facts: facts
            .and_then(|text| from_json(&text, "server facts").ok())
            .unwrap_or_default(),
    })
}
