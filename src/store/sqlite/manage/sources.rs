//! Sources as people manage them: names, addresses, removal, what they know to be missing.

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};

use super::super::fault::{Fault, Outcome};
use super::super::provide::text_row;
use super::super::{items, sources};
use super::{departed, exports, settings};
use crate::store::convert::{micros, time};
use crate::store::naming::url_key;
use crate::store::{SourceId, Counts, StoreError, Time};

/// Tables that a source has rows in, its own last.
const TABLES: [&str; 17] = [
    "page_body",
    "page",
    "record_old",
    "record",
    "article_key",
    "article",
    "item",
    "gap",
    "harvest_window",
    "format_absence",
    "item_set",
    "stream",
    "forgotten",
    "source_set",
    "export_cursor",
    "run_source",
    "source",
];

pub(super) fn rename(conn: &mut Connection, name: &str, to: &str) -> Outcome<()> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if name != to && is_known(&tx, to)? {
        return Err(Fault::invalid(format!(
            "a source has the name {to:?} already"
        )));
    }
    let has_settings = settings::rename(&tx, name, to)?;
    let Some(source_id) = optional_id(&tx, name)? else {
        return only_settings(tx, name, has_settings);
    };
    if name != to {
        departed::note(&tx, source_id)?;
    }
    // Names stand in exported articles: all are made again, and those that change are changes.
    tx.execute(
        "UPDATE source SET name = ?2, derivation = NULL WHERE source_id = ?1",
        (source_id, to),
    )?;
    tx.commit()?;
    Ok(())
}

pub(super) fn relocate(conn: &mut Connection, name: &str, base_url: &str) -> Outcome<()> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let has_settings = settings::relocate(&tx, name, base_url)?;
    let Some(source_id) = optional_id(&tx, name)? else {
        return only_settings(tx, name, has_settings);
    };
    let other: Option<String> = tx
        .query_row(
            "SELECT name FROM source WHERE url_key = ?2 AND source_id <> ?1",
            (source_id, url_key(base_url)),
            |row| row.get(0),
        )
        .optional()?;
    if let Some(other) = other {
        return Err(Fault::invalid(format!(
            "the source {other:?} has that address already"
        )));
    }
    sources::set_base_url(&tx, source_id, base_url)?;
    // Whoever writes to it at the old address is fenced out; and what the old one said of itself is no longer
    // fresh, so that the new one is asked before anything else.
    tx.execute(
        "UPDATE source SET fence = fence + 1, derivation = NULL,
                identify = json_set(identify, '$.asked_at', '1970-01-01T00:00:00Z')
         WHERE source_id = ?1",
        [source_id],
    )?;
    tx.commit()?;
    Ok(())
}

pub(super) fn remove(conn: &mut Connection, name: &str) -> Outcome<Counts> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let has_settings = settings::remove(&tx, name)?;
    let Some(source_id) = optional_id(&tx, name)? else {
        only_settings(tx, name, has_settings)?;
        return Ok(Counts::default());
    };
    let counts = items::counts(&tx, source_id)?;
    exports::note_removal(&tx, source_id)?;
    departed::note(&tx, source_id)?;
    for table in TABLES {
        tx.execute(
            &format!("DELETE FROM {table} WHERE source_id = ?1"),
            [source_id],
        )?;
    }
    let (from, before) = (text_row(source_id, 0), text_row(source_id + 1, 0));
    tx.execute(
        "DELETE FROM article_text WHERE rowid >= ?1 AND rowid < ?2",
        (from, before),
    )?;
    tx.commit()?;
    Ok(counts)
}

/// Notes the start of a run that harvested a source. A later time that is stored already comes from a clock that was
/// ahead, or from a run that overlapped: neither is worth keeping.
pub(super) fn note_start(conn: &mut Connection, source_id: SourceId, started: Time) -> Outcome<()> {
    conn.execute(
        "UPDATE source SET last_start = ?2 WHERE source_id = ?1",
        (source_id, micros(started)),
    )?;
    Ok(())
}

pub(super) fn last_starts(conn: &Connection) -> Outcome<Vec<(i64, Time)>> {
    let mut statement = conn.prepare_cached(
        "SELECT source_id, last_start FROM source WHERE last_start IS NOT NULL ORDER BY source_id",
    )?;
    let mut rows = statement.query([])?;
    let mut starts = Vec::new();
    while let Some(row) = rows.next()? {
        starts.push((row.get(0)?, time(row.get(1)?)?));
    }
    Ok(starts)
}

pub(super) fn acknowledge(
    conn: &mut Connection,
    source_id: SourceId,
    identifier: Option<&str>,
) -> Outcome<u64> {
    let changed = conn.execute(
        "UPDATE gap SET acknowledged = 1
         WHERE source_id = ?1 AND acknowledged = 0 AND (?2 IS NULL OR identifier = ?2)",
        (source_id, identifier),
    )?;
    Ok(changed as u64)
}

/// The number of a source; none of one that has never answered.
pub(super) fn optional_id(conn: &Connection, name: &str) -> Outcome<Option<i64>> {
    let id = conn
        .query_row(
            "SELECT source_id FROM source WHERE name = ?1",
            [name],
            |row| row.get(0),
        )
        .optional()?;
    Ok(id)
}

/// Whether a source, or the settings of one, have a name.
fn is_known(conn: &Connection, name: &str) -> Outcome<bool> {
    let known = conn.query_row(
        "SELECT EXISTS (SELECT 1 FROM source WHERE name = ?1)
             OR EXISTS (SELECT 1 FROM source_setting WHERE name = ?1)",
        [name],
        |row| row.get(0),
    )?;
    Ok(known)
}

/// Ends a change of a source that has no more than settings; an error when it has not even those.
fn only_settings(tx: Transaction<'_>, name: &str, has_settings: bool) -> Outcome<()> {
    if !has_settings {
        return Err(unknown(name));
    }
    tx.commit()?;
    Ok(())
}

pub(super) fn unknown(name: &str) -> Fault {
    StoreError::Unknown {
        what: "source",
        name: name.to_owned(),
    }
    .into()
}
