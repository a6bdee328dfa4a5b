//! Which sets' lists named an item: a header may name the set alone that was asked for.

use std::collections::HashMap;

use deadpool_postgres::Transaction;

use super::fault::Outcome;
use super::sql;
use super::streams::StreamKey;
use crate::store::{ItemNo, ListNo, SourceId, StoredItem};

/// The set of a stream.
pub(super) async fn set_of(tx: &Transaction<'_>, stream: StreamKey) -> Outcome<Option<String>> {
    let row = sql::maybe(
        tx,
        "SELECT set_spec FROM stream WHERE source_id = $1 AND stream_no = $2",
        &[&stream.source_id, &stream.stream_no],
    )
    .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?.flatten())
}

/// Notes that a set's list has named items; those that none of its lists had named before, in order.
pub(super) async fn add(
    tx: &Transaction<'_>,
    source_id: SourceId,
    set_spec: &str,
    named: &[(ItemNo, ListNo)],
) -> Outcome<Vec<ItemNo>> {
    let (items, lists): (Vec<ItemNo>, Vec<ListNo>) = named.iter().copied().unzip();
    let rows = sql::rows(
        tx,
        "WITH added AS (
             INSERT INTO item_set AS s (source_id, item_no, set_spec, seen_list)
             SELECT $1, u.item_no, $2, max(u.list_no) FROM unnest($3::bigint[], $4::bigint[]) u (item_no, list_no)
             GROUP BY u.item_no
             ON CONFLICT (source_id, item_no, set_spec)
             DO UPDATE SET seen_list = greatest(s.seen_list, excluded.seen_list)
             RETURNING item_no, xmax = 0 AS is_new)
         SELECT item_no FROM added WHERE is_new ORDER BY item_no",
        &[&source_id, &set_spec, &items, &lists],
    )
    .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Forgets the items that a complete list of a set no longer named. Which they were.
pub(super) async fn prune(
    tx: &Transaction<'_>,
    stream: StreamKey,
    list_no: ListNo,
) -> Outcome<Vec<ItemNo>> {
    let Some(set) = set_of(tx, stream).await? else {
        return Ok(Vec::new());
    };
    let rows = sql::rows(
        tx,
        "WITH gone AS (DELETE FROM item_set WHERE source_id = $1 AND set_spec = $2 AND seen_list < $3
                       RETURNING item_no)
         SELECT item_no FROM gone ORDER BY item_no",
        &[&stream.source_id, &set, &list_no],
    )
    .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Gives a record a new number, so that its article is derived once more.
pub(super) async fn touch(
    tx: &Transaction<'_>,
    stream: StreamKey,
    item_no: ItemNo,
    seq: i64,
) -> Outcome<bool> {
    let touched = sql::run(
        tx,
        "UPDATE record SET seq = $4 WHERE source_id = $1 AND item_no = $2 AND format_no = $3",
        &[&stream.source_id, &item_no, &stream.format_no, &seq],
    )
    .await?;
    Ok(touched > 0)
}

/// Adds to items the sets whose lists named them.
pub(super) async fn fill(
    tx: &Transaction<'_>,
    source_id: SourceId,
    items: &mut [StoredItem],
) -> Outcome<()> {
    let numbers: Vec<ItemNo> = items.iter().map(|item| item.item_no).collect();
    let rows = sql::rows(
        tx,
        "SELECT item_no, set_spec FROM item_set WHERE source_id = $1 AND item_no = ANY ($2)
         ORDER BY item_no, set_spec COLLATE \"C\"",
        &[&source_id, &numbers],
    )
    .await?;
    let mut sets: HashMap<ItemNo, Vec<String>> = HashMap::new();
    for row in rows {
        sets.entry(row.try_get(0)?)
            .or_default()
            .push(row.try_get(1)?);
    }
    for item in items {
        item.list_sets = sets.remove(&item.item_no).unwrap_or_default();
    }
    Ok(())
}
