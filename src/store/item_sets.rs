//! Which sets' lists named an item: a header may name the set alone that was requested.

use std::collections::HashMap;

use super::fault::Result;
use super::query::{Value, values};
use super::session::Session;
use super::stream_key::{StreamKey, StreamRow};
use super::types::{ItemNo, ListNo, SourceId, StoredItem};

/// Forgets the items that a complete list of a set no longer named. Which they were.
pub(super) async fn prune(
    session: &dyn Session,
    stream: &StreamRow,
    list_no: ListNo,
) -> Result<Vec<ItemNo>> {
    let Some(set) = &stream.set_spec else {
        return Ok(Vec::new());
    };
    let sql = "DELETE FROM item_set WHERE source_id = $1 AND set_spec = $2 AND seen_list < $3 RETURNING item_no";
    let gone: Vec<(ItemNo,)> = session
        .all(sql, &values![stream.key.source_id, set, list_no])
        .await?;
    let mut gone: Vec<ItemNo> = gone.into_iter().map(|(item_no,)| item_no).collect();
    gone.sort_unstable();
    Ok(gone)
}

/// Gives a record a new number, so that its article is derived once more.
pub(super) async fn touch(
    session: &dyn Session,
    stream: StreamKey,
    item_no: ItemNo,
    seq: i64,
) -> Result<bool> {
    let sql = "UPDATE record SET seq = $4 WHERE source_id = $1 AND item_no = $2 AND format_no = $3";
    let values = values![stream.source_id, item_no, stream.format_no, seq];
    Ok(session.run(sql, &values).await? > 0)
}

/// Adds to items the sets whose lists named them.
pub(super) async fn fill(
    session: &dyn Session,
    source_id: SourceId,
    items: &mut [StoredItem],
) -> Result<()> {
    let sql = "SELECT EXISTS (SELECT 1 FROM item_set WHERE source_id = $1)";
    if items.is_empty() || !session.value::<bool>(sql, &values![source_id]).await? {
        return Ok(());
    }
    let numbers = items.iter().map(|item| item.item_no.0).collect();
    let wanted = session.dialect().numbers("$2", "item_no");
    let sql = format!(
        "SELECT item_no, set_spec FROM item_set
         WHERE source_id = $1 AND item_no IN (SELECT u.item_no FROM {wanted})
         ORDER BY item_no, set_spec"
    );
    let values = [source_id.into(), Value::Ints(numbers)];
    let mut sets: HashMap<ItemNo, Vec<String>> = HashMap::new();
    for (item_no, set) in session.all::<(ItemNo, String)>(&sql, &values).await? {
        sets.entry(item_no).or_default().push(set);
    }
    for item in items {
        item.list_sets = sets.remove(&item.item_no).unwrap_or_default();
    }
    Ok(())
}
