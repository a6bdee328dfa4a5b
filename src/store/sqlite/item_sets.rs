//! Which sets' lists named an item: a header may name the set alone that was asked for.

use rusqlite::{Connection, OptionalExtension, Transaction};

use super::fault::Outcome;
use super::streams::StreamKey;
use crate::store::{ItemNo, ListNo, SourceId, StoredItem};

/// The set of a stream.
pub(super) fn set_of(tx: &Transaction<'_>, stream: StreamKey) -> Outcome<Option<String>> {
    let set = tx
        .prepare_cached("SELECT set_spec FROM stream WHERE source_id = ?1 AND stream_no = ?2")?
        .query_row((stream.source_id, stream.stream_no), |row| row.get(0))
        .optional()?;
    Ok(set.flatten())
}

/// Notes that a set's list has named an item; whether none of its lists had before.
pub(super) fn add(
    tx: &Transaction<'_>,
    source_id: SourceId,
    item_no: ItemNo,
    set_spec: &str,
    list_no: ListNo,
) -> Outcome<bool> {
    let known = tx
        .prepare_cached(
            "UPDATE item_set SET seen_list = max(seen_list, ?4)
             WHERE source_id = ?1 AND item_no = ?2 AND set_spec = ?3",
        )?
        .execute((source_id, item_no, set_spec, list_no))?
        > 0;
    if !known {
        tx.prepare_cached(
            "INSERT INTO item_set (source_id, item_no, set_spec, seen_list) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute((source_id, item_no, set_spec, list_no))?;
    }
    Ok(!known)
}

/// Forgets the items that a complete list of a set no longer named. Which they were.
pub(super) fn prune(
    tx: &Transaction<'_>,
    stream: StreamKey,
    list_no: ListNo,
) -> Outcome<Vec<ItemNo>> {
    let Some(set) = set_of(tx, stream)? else {
        return Ok(Vec::new());
    };
    let mut statement = tx.prepare_cached(
        "DELETE FROM item_set WHERE source_id = ?1 AND set_spec = ?2 AND seen_list < ?3 RETURNING item_no",
    )?;
    let rows = statement.query_map((stream.source_id, set, list_no), |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Gives a record a new number, so that its article is derived once more.
pub(super) fn touch(
    tx: &Transaction<'_>,
    stream: StreamKey,
    item_no: ItemNo,
    seq: i64,
) -> Outcome<bool> {
    let touched = tx
        .prepare_cached(
            "UPDATE record SET seq = ?4 WHERE source_id = ?1 AND item_no = ?2 AND format_no = ?3",
        )?
        .execute((stream.source_id, item_no, stream.format_no, seq))?;
    Ok(touched > 0)
}

/// Adds to items the sets whose lists named them.
pub(super) fn fill(
    conn: &Connection,
    source_id: SourceId,
    items: &mut [StoredItem],
) -> Outcome<()> {
    let has_any: bool = conn
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM item_set WHERE source_id = ?1)")?
        .query_row([source_id], |row| row.get(0))?;
    if !has_any {
        return Ok(());
    }
    let mut statement = conn.prepare_cached(
        "SELECT set_spec FROM item_set WHERE source_id = ?1 AND item_no = ?2 ORDER BY set_spec",
    )?;
    for item in items {
        let rows = statement.query_map((source_id, item.item_no), |row| row.get(0))?;
        item.list_sets = rows.collect::<Result<_, _>>()?;
    }
    Ok(())
}
