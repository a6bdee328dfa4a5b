//! Article rows: derived from records, numbered like them.

use std::collections::HashMap;

use deadpool_postgres::Transaction;

use super::session::PostgresSession;
use super::{search, sql};
use crate::store::derived::{self, New, Stored, Wanted, classify, prepare};
use crate::store::fault::Result;
use crate::store::keys::{self, HashedKey};
use crate::store::location::SearchIndex;
use crate::store::search::index;
use crate::store::session::Session;
use crate::store::types::{ArticleRow, DeriveTally, Deriving, ItemNo, SourceId};

/// A row that is to be written, its keys, and those that its article had.
struct Change<'w> {
    wanted: &'w Wanted<'w>,
    new: New,
    old_keys: Vec<u8>,
}

pub(super) async fn put(
    session: &PostgresSession<'_, '_>,
    source_id: SourceId,
    deriving: &Deriving,
    rows: &[ArticleRow],
) -> Result<(DeriveTally, Option<i64>)> {
    let tx = session.0;
    let (before, is_alone) = derived::lock(session, source_id, deriving).await?;
    let mut seq = before;
    let now = session.stamp().await?;
    let mut tally = DeriveTally::default();
    let (wanted, mut groups) = prepare(session, source_id, rows).await?;
    let newest = if is_alone {
        HashMap::new()
    } else {
        newest(tx, source_id, rows).await?
    };
    let mut stored = stored(tx, source_id, rows).await?;
    let conflict = if stored.is_empty() { "" } else { REPLACE };
    let mut changes: Vec<Change<'_>> = Vec::new();
    let mut current: Vec<&ArticleRow> = Vec::new();
    for wanted in &wanted {
        let item_no = wanted.row.item_no;
        if !is_alone && newest.get(&item_no) != Some(&wanted.row.record_seq) {
            continue; // it has moved on since it was read
        }
        current.push(wanted.row);
        let stored = stored.remove(&item_no);
        let new = classify(stored.as_ref(), wanted, &mut seq, now, &mut tally);
        if !new.same {
            let left = stored.as_ref().map(|old| (old.groups, !old.deleted));
            groups.count((new.groups, !wanted.row.deleted), left);
            let old_keys = stored.map(|old| old.keys).unwrap_or_default();
            changes.push(Change {
                wanted,
                new,
                old_keys,
            });
        }
    }
    write(tx, source_id, conflict, &changes).await?;
    put_keys(tx, source_id, &changes).await?;
    match index(session).await? {
        SearchIndex::None => {}
        search => {
            search::put_texts(tx, source_id, &current, search == SearchIndex::Abstracts).await?
        }
    }
    groups.save(session, source_id).await?;
    if seq > before {
        sql::run(
            tx,
            "UPDATE source SET seq = $2 WHERE source_id = $1",
            &[&source_id, &seq],
        )
        .await?;
    }
    Ok((tally, is_alone.then_some(seq)))
}

/// The newest seq of the records of each item.
async fn newest(
    tx: &Transaction<'_>,
    source_id: SourceId,
    rows: &[ArticleRow],
) -> Result<HashMap<ItemNo, i64>> {
    let items: Vec<ItemNo> = rows.iter().map(|row| row.item_no).collect();
    // Adding nothing keeps it to the item's own records: by the index of all changes it would look through them all.
    let found = sql::rows(
        tx,
        "SELECT item_no, max(seq + 0) FROM record WHERE source_id = $1 AND item_no = ANY ($2) GROUP BY item_no",
        &[&source_id, &items],
    )
    .await?;
    found
        .iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect()
}

/// The article of each item as it stands. Behind the last one there is nothing to look for.
async fn stored(
    tx: &Transaction<'_>,
    source_id: SourceId,
    rows: &[ArticleRow],
) -> Result<HashMap<ItemNo, Stored>> {
    let last = "SELECT max(item_no) FROM article WHERE source_id = $1";
    let last: Option<ItemNo> = sql::one(tx, last, &[&source_id]).await?.try_get(0)?;
    let items: Vec<ItemNo> = rows
        .iter()
        .map(|row| row.item_no)
        .filter(|item_no| last.is_some_and(|last| *item_no <= last))
        .collect();
    if items.is_empty() {
        return Ok(HashMap::new());
    }
    let found = sql::rows(
        tx,
        "SELECT item_no, cause_seq, record_seq, seq, changed_at, deleted, hash, facets_no, codes_no, issue_no, keys FROM article
         WHERE source_id = $1 AND item_no = ANY ($2)",
        &[&source_id, &items],
    )
    .await?;
    let mut stored = HashMap::with_capacity(found.len());
    for row in found {
        let article = Stored {
            cause_seq: row.try_get(1)?,
            record_seq: row.try_get(2)?,
            seq: row.try_get(3)?,
            changed_at: row.try_get(4)?,
            deleted: row.try_get(5)?,
            hash: row.try_get(6)?,
            groups: [row.try_get(7)?, row.try_get(8)?, row.try_get(9)?],
            keys: row.try_get(10)?,
        };
        stored.insert(row.try_get(0)?, article);
    }
    Ok(stored)
}

const REPLACE: &str = "ON CONFLICT (source_id, item_no) DO UPDATE SET
    seq = excluded.seq, cause_seq = excluded.cause_seq, record_seq = excluded.record_seq,
    changed_at = excluded.changed_at, deleted = excluded.deleted, hash = excluded.hash,
    facets_no = excluded.facets_no, codes_no = excluded.codes_no, issue_no = excluded.issue_no, keys = excluded.keys";

/// Writes articles. Without a clause for conflicts none of them may be there.
async fn write(
    tx: &Transaction<'_>,
    source_id: SourceId,
    conflict: &str,
    changes: &[Change<'_>],
) -> Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let of_row = |value: fn(&ArticleRow) -> i64| {
        let rows = changes.iter().map(|change| value(change.wanted.row));
        rows.collect::<Vec<i64>>()
    };
    let of_new = |value: fn(&New) -> i64| {
        let rows = changes.iter().map(|change| value(&change.new));
        rows.collect::<Vec<i64>>()
    };
    let deleted: Vec<bool> = changes
        .iter()
        .map(|change| change.wanted.row.deleted)
        .collect();
    let keys: Vec<&[u8]> = changes.iter().map(|change| &*change.wanted.keys).collect();
    let query = format!(
        "INSERT INTO article (source_id, item_no, seq, cause_seq, record_seq, changed_at, deleted, hash, facets_no,
             codes_no, issue_no, keys)
         SELECT $1, * FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
             $7::bool[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bytea[])
         {conflict}"
    );
    sql::run(
        tx,
        &query,
        &[
            &source_id,
            &of_row(|row| row.item_no.0),
            &of_new(|new| new.seq),
            &of_new(|new| new.cause_seq),
            &of_row(|row| row.record_seq),
            &of_new(|new| new.changed_at),
            &deleted,
            &of_row(|row| row.hash.cast_signed()),
            &of_new(|new| new.groups[0]),
            &of_new(|new| new.groups[1]),
            &of_new(|new| new.groups[2]),
            &keys,
        ],
    )
    .await?;
    Ok(())
}

/// Removes the keys of articles where they differ, and puts in the new ones where that does not come later.
async fn put_keys(tx: &Transaction<'_>, source_id: SourceId, changes: &[Change<'_>]) -> Result<()> {
    let mut gone: Vec<(HashedKey, ItemNo)> = Vec::new();
    let mut new: Vec<(HashedKey, ItemNo)> = Vec::new();
    for change in changes {
        let wanted = change.wanted;
        if change.old_keys != wanted.keys {
            let item_no = wanted.row.item_no;
            gone.extend(keys::unpack(&change.old_keys).map(|key| (key, item_no)));
            if !change.new.keyed_later {
                new.extend(keys::unpack(&wanted.keys).map(|key| (key, item_no)));
            }
        }
    }
    let delete = "DELETE FROM article_key k
         USING unnest($2::bigint[], $3::bigint[], $4::bigint[]) u (kind, key_hash, item_no)
         WHERE k.kind = u.kind AND k.key_hash = u.key_hash AND k.source_id = $1 AND k.item_no = u.item_no";
    let insert = "INSERT INTO article_key (source_id, kind, key_hash, item_no)
         SELECT $1, * FROM unnest($2::bigint[], $3::bigint[], $4::bigint[])";
    for (sql, mut rows) in [(delete, gone), (insert, new)] {
        if rows.is_empty() {
            continue;
        }
        rows.sort_unstable();
        let kinds: Vec<i64> = rows.iter().map(|(key, _)| key.kind).collect();
        let hashes: Vec<i64> = rows.iter().map(|(key, _)| key.hash).collect();
        let items: Vec<ItemNo> = rows.iter().map(|(_, item_no)| *item_no).collect();
        sql::run(tx, sql, &[&source_id, &kinds, &hashes, &items]).await?;
    }
    Ok(())
}
