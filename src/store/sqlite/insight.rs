//! What people ask of a collection: one record and its history, findings, keys in common.

use async_trait::async_trait;
use rusqlite::{Connection, Row};

use super::SqliteStore;
use super::fault::Outcome;
use crate::store::convert::{count, int, time};
use crate::store::{
    CodeCount, InsightStore, ItemKey, ItemNo, ItemRef, Lookup, SharedKey, SourceId, StoreResult,
    Version,
};

#[async_trait]
impl InsightStore for SqliteStore {
    async fn find(&self, lookup: &Lookup, limit: usize) -> StoreResult<Vec<(ItemKey, String)>> {
        let lookup = lookup.clone();
        self.read(move |conn, _| find(conn, &lookup, limit)).await
    }

    async fn item_refs(
        &self,
        source_id: SourceId,
        after_item: ItemNo,
        limit: usize,
    ) -> StoreResult<Vec<ItemRef>> {
        self.read(move |conn, _| item_refs(conn, source_id, after_item, limit))
            .await
    }

    async fn versions(&self, item: ItemKey) -> StoreResult<Vec<Version>> {
        self.read(move |conn, _| versions(conn, item)).await
    }

    async fn code_counts(&self, source_id: SourceId) -> StoreResult<Vec<CodeCount>> {
        self.read(move |conn, _| code_counts(conn, source_id)).await
    }

    async fn items_with_code(
        &self,
        source_id: SourceId,
        code: &str,
        after_item: ItemNo,
        limit: usize,
    ) -> StoreResult<Vec<ItemRef>> {
        let code = code.to_owned();
        self.read(move |conn, _| items_with_code(conn, source_id, &code, after_item, limit))
            .await
    }

    async fn shared_keys(
        &self,
        kind: &str,
        after: &str,
        limit: usize,
        most: usize,
    ) -> StoreResult<Vec<SharedKey>> {
        let (kind, after) = (kind.to_owned(), after.to_owned());
        self.read(move |conn, _| shared_keys(conn, &kind, &after, limit, most))
            .await
    }

    async fn keys(&self, item: ItemKey) -> StoreResult<Vec<(String, String)>> {
        self.read(move |conn, _| keys(conn, item)).await
    }
}

fn find(conn: &Connection, lookup: &Lookup, limit: usize) -> Outcome<Vec<(ItemKey, String)>> {
    let read = |row: &Row<'_>| Ok((item_key(row)?, row.get(2)?));
    let found = match lookup {
        // Source by source: no index begins with the identifier.
        Lookup::Identifier(identifier) => conn
            .prepare_cached(
                "SELECT s.source_id, i.item_no, i.identifier
                 FROM source s CROSS JOIN item i ON i.source_id = s.source_id AND i.identifier = ?1
                 ORDER BY s.source_id LIMIT ?2",
            )?
            .query_map((identifier, int(limit)), read)?
            .collect::<Result<_, _>>()?,
        Lookup::Key { kind, key } => conn
            .prepare_cached(
                "SELECT k.source_id, k.item_no, i.identifier
                 FROM article_key k JOIN item i ON i.source_id = k.source_id AND i.item_no = k.item_no
                 WHERE k.kind = ?1 AND k.key = ?2 ORDER BY k.source_id, k.item_no LIMIT ?3",
            )?
            .query_map((kind, key, int(limit)), read)?
            .collect::<Result<_, _>>()?,
    };
    Ok(found)
}

fn item_refs(
    conn: &Connection,
    source_id: SourceId,
    after_item: ItemNo,
    limit: usize,
) -> Outcome<Vec<ItemRef>> {
    let mut statement = conn.prepare_cached(
        "SELECT item_no, identifier FROM item WHERE source_id = ?1 AND item_no > ?2
         ORDER BY item_no LIMIT ?3",
    )?;
    let rows = statement.query_map((source_id, after_item, int(limit)), item_ref)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn versions(conn: &Connection, item: ItemKey) -> Outcome<Vec<Version>> {
    let mut statement = conn.prepare_cached(
        "WITH version AS (
             SELECT 1 AS newest, format_no, seq, datestamp, deleted, cause, page_no, off, len
             FROM record WHERE source_id = ?1 AND item_no = ?2
             UNION ALL
             SELECT 0, format_no, seq, datestamp, deleted, cause, page_no, off, len
             FROM record_old WHERE source_id = ?1 AND item_no = ?2)
         SELECT (SELECT metadata_prefix FROM stream s
                 WHERE s.source_id = ?1 AND s.format_no = v.format_no LIMIT 1),
                v.seq, v.newest, v.datestamp, v.deleted, v.cause, v.page_no, v.off, v.len,
                p.fetched_at, p.run_no, p.request,
                EXISTS (SELECT 1 FROM page_body b WHERE b.source_id = ?1 AND b.page_no = v.page_no)
         FROM version v JOIN page p ON p.source_id = ?1 AND p.page_no = v.page_no
         ORDER BY v.format_no, v.newest DESC, v.seq DESC",
    )?;
    let mut rows = statement.query((item.source_id, item.item_no))?;
    let mut versions = Vec::new();
    while let Some(row) = rows.next()? {
        versions.push(Version {
            metadata_prefix: row.get::<_, Option<String>>(0)?.unwrap_or_default(),
            seq: row.get(1)?,
            newest: row.get(2)?,
            datestamp: row.get(3)?,
            deleted: row.get(4)?,
            cause: row.get(5)?,
            page_no: row.get(6)?,
            offset: count(row.get(7)?),
            len: count(row.get(8)?),
            fetched_at: time(row.get(9)?)?,
            run_no: row.get(10)?,
            request: row.get(11)?,
            kept: row.get(12)?,
        });
    }
    Ok(versions)
}

fn code_counts(conn: &Connection, source_id: SourceId) -> Outcome<Vec<CodeCount>> {
    let mut statement = conn.prepare_cached(
        "SELECT j.value ->> 0 AS code, sum(j.value ->> 1), count(*), min(a.item_no)
         FROM article a, json_each(a.codes) j
         WHERE a.source_id = ?1 AND a.status = 0 GROUP BY code ORDER BY code",
    )?;
    let rows = statement.query_map([source_id], |row| {
        Ok(CodeCount {
            code: row.get(0)?,
            findings: count(row.get(1)?),
            articles: count(row.get(2)?),
            first_item: row.get(3)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn items_with_code(
    conn: &Connection,
    source_id: SourceId,
    code: &str,
    after_item: ItemNo,
    limit: usize,
) -> Outcome<Vec<ItemRef>> {
    let mut statement = conn.prepare_cached(
        "SELECT a.item_no, i.identifier
         FROM article a JOIN item i ON i.source_id = a.source_id AND i.item_no = a.item_no
         WHERE a.source_id = ?1 AND a.item_no > ?3 AND a.status = 0
           AND EXISTS (SELECT 1 FROM json_each(a.codes) j WHERE j.value ->> 0 = ?2)
         ORDER BY a.item_no LIMIT ?4",
    )?;
    let rows = statement.query_map((source_id, code, after_item, int(limit)), item_ref)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn shared_keys(
    conn: &Connection,
    kind: &str,
    after: &str,
    limit: usize,
    most: usize,
) -> Outcome<Vec<SharedKey>> {
    let mut statement = conn.prepare_cached(
        "SELECT key, count(*) FROM article_key WHERE kind = ?1 AND key > ?2
         GROUP BY key HAVING count(*) > 1 ORDER BY key LIMIT ?3",
    )?;
    let mut members = conn.prepare_cached(
        "SELECT source_id, item_no FROM article_key WHERE kind = ?1 AND key = ?2
         ORDER BY source_id, item_no",
    )?;
    let mut rows = statement.query((kind, after, int(limit)))?;
    let mut shared = Vec::new();
    while let Some(row) = rows.next()? {
        let (key, found): (String, i64) = (row.get(0)?, row.get(1)?);
        let items = if found > int(most) {
            Vec::new()
        } else {
            members
                .query_map((kind, &key), item_key)?
                .collect::<Result<_, _>>()?
        };
        shared.push(SharedKey {
            key,
            count: count(found),
            items,
        });
    }
    Ok(shared)
}

fn keys(conn: &Connection, item: ItemKey) -> Outcome<Vec<(String, String)>> {
    let mut statement = conn.prepare_cached(
        "SELECT kind, key FROM article_key WHERE source_id = ?1 AND item_no = ?2 ORDER BY kind, key",
    )?;
    let rows = statement.query_map((item.source_id, item.item_no), |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn item_key(row: &Row<'_>) -> rusqlite::Result<ItemKey> {
    Ok(ItemKey {
        source_id: row.get(0)?,
        item_no: row.get(1)?,
    })
}

fn item_ref(row: &Row<'_>) -> rusqlite::Result<ItemRef> {
    Ok(ItemRef {
        item_no: row.get(0)?,
        identifier: row.get(1)?,
    })
}
