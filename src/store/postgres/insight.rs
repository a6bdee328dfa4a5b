//! What people ask of a collection: one record and its history, findings, keys in common.

use async_trait::async_trait;
use deadpool_postgres::Transaction;
use tokio_postgres::Row;

use super::fault::Outcome;
use super::transact::read;
use super::{PostgresStore, sql};
use crate::store::convert::{count, int, time};
use crate::store::{
    CodeCount, InsightStore, ItemKey, ItemNo, ItemRef, Lookup, SharedKey, SourceId, StoreResult,
    Version,
};

#[async_trait]
impl InsightStore for PostgresStore {
    async fn find(&self, lookup: &Lookup, limit: usize) -> StoreResult<Vec<(ItemKey, String)>> {
        read!(self, |tx| find(&tx, lookup, limit))
    }

    async fn item_refs(
        &self,
        source_id: SourceId,
        after_item: ItemNo,
        limit: usize,
    ) -> StoreResult<Vec<ItemRef>> {
        read!(self, |tx| item_refs(&tx, source_id, after_item, limit))
    }

    async fn versions(&self, item: ItemKey) -> StoreResult<Vec<Version>> {
        read!(self, |tx| versions(&tx, item))
    }

    async fn code_counts(&self, source_id: SourceId) -> StoreResult<Vec<CodeCount>> {
        read!(self, |tx| code_counts(&tx, source_id))
    }

    async fn items_with_code(
        &self,
        source_id: SourceId,
        code: &str,
        after_item: ItemNo,
        limit: usize,
    ) -> StoreResult<Vec<ItemRef>> {
        read!(self, |tx| items_with_code(
            &tx, source_id, code, after_item, limit
        ))
    }

    async fn shared_keys(
        &self,
        kind: &str,
        after: &str,
        limit: usize,
        most: usize,
    ) -> StoreResult<Vec<SharedKey>> {
        read!(self, |tx| shared_keys(&tx, kind, after, limit, most))
    }

    async fn keys(&self, item: ItemKey) -> StoreResult<Vec<(String, String)>> {
        read!(self, |tx| keys(&tx, item))
    }
}

async fn find(
    tx: &Transaction<'_>,
    lookup: &Lookup,
    limit: usize,
) -> Outcome<Vec<(ItemKey, String)>> {
    let rows = match lookup {
        // Source by source: no index begins with the identifier.
        Lookup::Identifier(identifier) => {
            sql::rows(
                tx,
                "SELECT s.source_id, i.item_no, i.identifier
                 FROM source s CROSS JOIN LATERAL (
                     SELECT item_no, identifier FROM item i
                     WHERE i.source_id = s.source_id AND md5(i.identifier)::uuid = md5($1)::uuid) i
                 ORDER BY s.source_id LIMIT $2",
                &[identifier, &int(limit)],
            )
            .await?
        }
        Lookup::Key { kind, key } => {
            sql::rows(
                tx,
                "SELECT k.source_id, k.item_no, i.identifier
                 FROM article_key k JOIN item i ON i.source_id = k.source_id AND i.item_no = k.item_no
                 WHERE k.kind = $1 AND left(k.key, 500) = left($2, 500) AND k.key = $2
                 ORDER BY k.source_id, k.item_no LIMIT $3",
                &[kind, key, &int(limit)],
            )
            .await?
        }
    };
    rows.iter()
        .map(|row| Ok((item_key(row)?, row.try_get(2)?)))
        .collect()
}

async fn item_refs(
    tx: &Transaction<'_>,
    source_id: SourceId,
    after_item: ItemNo,
    limit: usize,
) -> Outcome<Vec<ItemRef>> {
    let rows = sql::rows(
        tx,
        "SELECT item_no, identifier FROM item WHERE source_id = $1 AND item_no > $2 ORDER BY item_no LIMIT $3",
        &[&source_id, &after_item, &int(limit)],
    ).await?;
    rows.iter().map(item_ref).collect()
}

async fn versions(tx: &Transaction<'_>, item: ItemKey) -> Outcome<Vec<Version>> {
    let rows = sql::rows(
        tx,
        "WITH version AS (
             SELECT true AS newest, format_no, seq, datestamp, deleted, cause, page_no, off, len
             FROM record WHERE source_id = $1 AND item_no = $2
             UNION ALL
             SELECT false, format_no, seq, datestamp, deleted, cause, page_no, off, len
             FROM record_old WHERE source_id = $1 AND item_no = $2)
         SELECT (SELECT metadata_prefix FROM stream s
                 WHERE s.source_id = $1 AND s.format_no = v.format_no LIMIT 1),
                v.seq, v.newest, v.datestamp, v.deleted <> 0, v.cause, v.page_no, v.off::bigint, v.len::bigint,
                p.fetched_at, p.run_no, p.request,
                EXISTS (SELECT 1 FROM page_body b WHERE b.source_id = $1 AND b.page_no = v.page_no)
         FROM version v JOIN page p ON p.source_id = $1 AND p.page_no = v.page_no
         ORDER BY v.format_no, v.newest DESC, v.seq DESC",
        &[&item.source_id, &item.item_no],
    ).await?;
    let mut versions = Vec::new();
    for row in rows {
        versions.push(Version {
            metadata_prefix: row.try_get::<_, Option<String>>(0)?.unwrap_or_default(),
            seq: row.try_get(1)?,
            newest: row.try_get(2)?,
            datestamp: row.try_get(3)?,
            deleted: row.try_get(4)?,
            cause: row.try_get(5)?,
            page_no: row.try_get(6)?,
            offset: count(row.try_get(7)?),
            len: count(row.try_get(8)?),
            fetched_at: time(row.try_get(9)?)?,
            run_no: row.try_get(10)?,
            request: row.try_get(11)?,
            kept: row.try_get(12)?,
        });
    }
    Ok(versions)
}

async fn code_counts(tx: &Transaction<'_>, source_id: SourceId) -> Outcome<Vec<CodeCount>> {
    let rows = sql::rows(
        tx,
        "SELECT j.value ->> 0, sum((j.value ->> 1)::bigint)::bigint, count(*), min(a.item_no)
         FROM article a CROSS JOIN LATERAL json_array_elements(a.codes::json) j
         WHERE a.source_id = $1 AND a.status = 0 GROUP BY 1 ORDER BY (j.value ->> 0) COLLATE \"C\"",
        &[&source_id],
    )
    .await?;
    let mut counts = Vec::new();
    for row in rows {
        counts.push(CodeCount {
            code: row.try_get(0)?,
            findings: count(row.try_get(1)?),
            articles: count(row.try_get(2)?),
            first_item: row.try_get(3)?,
        });
    }
    Ok(counts)
}

async fn items_with_code(
    tx: &Transaction<'_>,
    source_id: SourceId,
    code: &str,
    after_item: ItemNo,
    limit: usize,
) -> Outcome<Vec<ItemRef>> {
    let rows = sql::rows(
        tx,
        "SELECT a.item_no, i.identifier
         FROM article a JOIN item i ON i.source_id = a.source_id AND i.item_no = a.item_no
         WHERE a.source_id = $1 AND a.item_no > $3 AND a.status = 0
           AND EXISTS (SELECT 1 FROM json_array_elements(a.codes::json) j WHERE j.value ->> 0 = $2)
         ORDER BY a.item_no LIMIT $4",
        &[&source_id, &code, &after_item, &int(limit)],
    )
    .await?;
    rows.iter().map(item_ref).collect()
}

async fn shared_keys(
    tx: &Transaction<'_>,
    kind: &str,
    after: &str,
    limit: usize,
    most: usize,
) -> Outcome<Vec<SharedKey>> {
    // By the beginnings of keys first, since these are what is indexed; the order is that of the keys.
    let rows = sql::rows(
        tx,
        "SELECT key, count(*),
                CASE WHEN count(*) <= $4 THEN array_agg(source_id ORDER BY source_id, item_no) END,
                CASE WHEN count(*) <= $4 THEN array_agg(item_no ORDER BY source_id, item_no) END
         FROM article_key WHERE kind = $1 AND left(key, 500) >= left($2, 500) AND key > $2
         GROUP BY left(key, 500), key HAVING count(*) > 1 ORDER BY left(key, 500), key LIMIT $3",
        &[&kind, &after, &int(limit), &int(most)],
    )
    .await?;
    let mut shared = Vec::new();
    for row in rows {
        let sources: Vec<SourceId> = row.try_get::<_, Option<_>>(2)?.unwrap_or_default();
        let items: Vec<ItemNo> = row.try_get::<_, Option<_>>(3)?.unwrap_or_default();
        let items = sources
            .into_iter()
            .zip(items)
            .map(|(source_id, item_no)| ItemKey { source_id, item_no });
        shared.push(SharedKey {
            key: row.try_get(0)?,
            count: count(row.try_get(1)?),
            items: items.collect(),
        });
    }
    Ok(shared)
}

async fn keys(tx: &Transaction<'_>, item: ItemKey) -> Outcome<Vec<(String, String)>> {
    let rows = sql::rows(
        tx,
        "SELECT kind, key FROM article_key WHERE source_id = $1 AND item_no = $2 ORDER BY kind COLLATE \"C\", key",
        &[&item.source_id, &item.item_no],
    ).await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect()
}

fn item_key(row: &Row) -> Outcome<ItemKey> {
    Ok(ItemKey {
        source_id: row.try_get(0)?,
        item_no: row.try_get(1)?,
    })
}

fn item_ref(row: &Row) -> Outcome<ItemRef> {
    Ok(ItemRef {
        item_no: row.try_get(0)?,
        identifier: row.try_get(1)?,
    })
}
