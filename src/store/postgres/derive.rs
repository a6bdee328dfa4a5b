//! Article rows: derived from records, numbered like them.

use std::collections::{HashMap, HashSet};

use deadpool_postgres::Transaction;

use super::session::PostgresSession;
use super::{search, sql};
use crate::store::derived::{BatchChanges, New, Stored, classify};
use crate::store::fault::Result;
use crate::store::search::indexes_abstracts;
use crate::store::session::Session;
use crate::store::source_row;
use crate::store::types::{ArticleRow, DeriveTally, ItemNo, SourceId};

pub(super) async fn put(
    session: &PostgresSession<'_, '_>,
    source_id: SourceId,
    rows: &[ArticleRow],
) -> Result<DeriveTally> {
    let tx = session.0;
    let before = source_row::lock_unfenced(session, source_id).await?;
    let mut seq = before;
    let now = session.stamp().await?;
    let mut changes = BatchChanges::default();
    let (newest, stored) = known(tx, source_id, rows).await?;
    let mut news: Vec<(&ArticleRow, New)> = Vec::new();
    let mut current: Vec<&ArticleRow> = Vec::new();
    for row in rows {
        if newest.get(&row.item_no) != Some(&row.record_seq) {
            continue; // it has moved on since it was read
        }
        current.push(row);
        let stored = stored.get(&row.item_no);
        let new = classify(stored, row, &mut seq, now, &mut changes)?;
        if !new.same {
            news.push((row, new));
        }
    }
    write(tx, source_id, &news).await?;
    put_keys(tx, source_id, &current).await?;
    let abstracts = indexes_abstracts(session).await?;
    search::put_texts(tx, source_id, &current, abstracts).await?;
    changes.facets.apply(session, source_id).await?;
    if seq > before {
        sql::run(
            tx,
            "UPDATE source SET seq = $2 WHERE source_id = $1",
            &[&source_id, &seq],
        )
        .await?;
    }
    Ok(changes.tally)
}

/// The newest seq of the records of each item, and its article as it stands.
async fn known(
    tx: &Transaction<'_>,
    source_id: SourceId,
    rows: &[ArticleRow],
) -> Result<(HashMap<ItemNo, i64>, HashMap<ItemNo, Stored>)> {
    let items: Vec<ItemNo> = rows.iter().map(|row| row.item_no).collect();
    let (mut newest, mut stored) = (HashMap::new(), HashMap::new());
    // Adding nothing keeps it to the item's own records: by the index of all changes it would look through them all.
    let found = sql::rows(
        tx,
        "SELECT item_no, max(seq + 0) FROM record WHERE source_id = $1 AND item_no = ANY ($2) GROUP BY item_no",
        &[&source_id, &items],
    ).await?;
    for row in found {
        newest.insert(row.try_get(0)?, row.try_get(1)?);
    }
    let found = sql::rows(
        tx,
        "SELECT item_no, cause_seq, record_seq, seq, changed_at, deleted, hash, codes, facets FROM article
         WHERE source_id = $1 AND item_no = ANY ($2)",
        &[&source_id, &items],
    )
    .await?;
    for row in found {
        let article = Stored {
            cause_seq: row.try_get(1)?,
            record_seq: row.try_get(2)?,
            seq: row.try_get(3)?,
            changed_at: row.try_get(4)?,
            deleted: row.try_get(5)?,
            hash: row.try_get(6)?,
            codes: row.try_get(7)?,
            facets: row.try_get(8)?,
        };
        stored.insert(row.try_get(0)?, article);
    }
    Ok((newest, stored))
}

async fn write(
    tx: &Transaction<'_>,
    source_id: SourceId,
    news: &[(&ArticleRow, New)],
) -> Result<()> {
    if news.is_empty() {
        return Ok(());
    }
    let of_row = |value: fn(&ArticleRow) -> i64| {
        news.iter().map(|(row, _)| value(row)).collect::<Vec<i64>>()
    };
    let of_new =
        |value: fn(&New) -> i64| news.iter().map(|(_, new)| value(new)).collect::<Vec<i64>>();
    let deleted: Vec<bool> = news.iter().map(|(row, _)| row.deleted).collect();
    let codes: Vec<&str> = news.iter().map(|(_, new)| &*new.codes).collect();
    let facets: Vec<&str> = news.iter().map(|(_, new)| &*new.facets).collect();
    sql::run(
        tx,
        "INSERT INTO article (source_id, item_no, seq, cause_seq, record_seq, changed_at, deleted, hash, codes,
             facets)
         SELECT $1, * FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
             $7::bool[], $8::bigint[], $9::text[], $10::text[])
         ON CONFLICT (source_id, item_no) DO UPDATE SET
             seq = excluded.seq, cause_seq = excluded.cause_seq, record_seq = excluded.record_seq,
             changed_at = excluded.changed_at, deleted = excluded.deleted, hash = excluded.hash,
             codes = excluded.codes, facets = excluded.facets",
        &[
            &source_id,
            &of_row(|row| row.item_no.0),
            &of_new(|new| new.seq),
            &of_new(|new| new.cause_seq),
            &of_row(|row| row.record_seq),
            &of_new(|new| new.changed_at),
            &deleted,
            &of_row(|row| row.hash.cast_signed()),
            &codes,
            &facets,
        ],
    )
    .await?;
    Ok(())
}

/// Replaces the keys of articles where they differ.
async fn put_keys(tx: &Transaction<'_>, source_id: SourceId, rows: &[&ArticleRow]) -> Result<()> {
    let items: Vec<ItemNo> = rows.iter().map(|row| row.item_no).collect();
    let found = sql::rows(
        tx,
        "SELECT item_no, kind, key FROM article_key WHERE source_id = $1 AND item_no = ANY ($2)",
        &[&source_id, &items],
    )
    .await?;
    let mut present: HashSet<(ItemNo, String, String)> = HashSet::new();
    for row in found {
        present.insert((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
    }
    let mut wanted: HashSet<(ItemNo, String, String)> = HashSet::new();
    for row in rows {
        wanted.extend(
            row.keys
                .iter()
                .map(|(kind, key)| (row.item_no, kind.clone(), key.clone())),
        );
    }
    let columns = |rows: Vec<&(ItemNo, String, String)>| {
        let mut rows = rows;
        rows.sort_unstable();
        let items: Vec<ItemNo> = rows.iter().map(|row| row.0).collect();
        let kinds: Vec<String> = rows.iter().map(|row| row.1.clone()).collect();
        let keys: Vec<String> = rows.iter().map(|row| row.2.clone()).collect();
        (items, kinds, keys)
    };
    let (items, kinds, keys) = columns(present.difference(&wanted).collect());
    if !items.is_empty() {
        sql::run(
            tx,
            "DELETE FROM article_key k USING unnest($2::bigint[], $3::text[], $4::text[]) u (item_no, kind, key)
             WHERE k.source_id = $1 AND k.item_no = u.item_no AND k.kind = u.kind AND k.key = u.key",
            &[&source_id, &items, &kinds, &keys],
        )
        .await?;
    }
    let (items, kinds, keys) = columns(wanted.difference(&present).collect());
    if !items.is_empty() {
        sql::run(
            tx,
            "INSERT INTO article_key (source_id, item_no, kind, key)
             SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::text[])",
            &[&source_id, &items, &kinds, &keys],
        )
        .await?;
    }
    Ok(())
}
