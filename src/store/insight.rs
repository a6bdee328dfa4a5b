//! Queries on a collection: one record and its history, findings, shared keys.

use super::fault::Result;
use super::query::{FromRow, Row, identifier_hash, values};
use super::session::Session;
use super::types::{CodeCount, ItemKey, ItemNo, ItemRef, Lookup, SharedKey, SourceId, Version};

pub(super) async fn find(
    session: &dyn Session,
    lookup: &Lookup,
    limit: usize,
) -> Result<Vec<(ItemKey, String)>> {
    let found: Vec<Found> = match lookup {
        Lookup::Identifier(identifier) => {
            // Naming the sources lets an index that begins with them serve.
            let sql = "SELECT source_id, item_no, identifier FROM item
                 WHERE source_id IN (SELECT source_id FROM source) AND identifier_hash = $1 AND identifier = $2
                 ORDER BY source_id LIMIT $3";
            let values = values![identifier_hash(identifier), identifier, limit];
            session.all(sql, &values).await?
        }
        Lookup::Key { kind, key } => {
            let same = session.dialect().pick(
                "k.key = $2",
                "left(k.key, 500) = left($2, 500) AND k.key = $2",
            );
            let sql = format!(
                "SELECT k.source_id, k.item_no, i.identifier
                 FROM article_key k JOIN item i ON i.source_id = k.source_id AND i.item_no = k.item_no
                 WHERE k.kind = $1 AND {same} ORDER BY k.source_id, k.item_no LIMIT $3"
            );
            session.all(&sql, &values![kind, key, limit]).await?
        }
    };
    Ok(found
        .into_iter()
        .map(|found| (found.key, found.identifier))
        .collect())
}

struct Found {
    key: ItemKey,
    identifier: String,
}

impl FromRow for Found {
    fn from_row(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            key: ItemKey::from_row(row)?,
            identifier: row.get(2)?,
        })
    }
}

pub(super) async fn item_refs(
    session: &dyn Session,
    source_id: SourceId,
    after_item: ItemNo,
    limit: usize,
) -> Result<Vec<ItemRef>> {
    let sql = "SELECT item_no, identifier FROM item WHERE source_id = $1 AND item_no > $2
         ORDER BY item_no LIMIT $3";
    session
        .all(sql, &values![source_id, after_item, limit])
        .await
}

pub(super) async fn versions(session: &dyn Session, item: ItemKey) -> Result<Vec<Version>> {
    let sql = "WITH version AS (
             SELECT true AS newest, format_no, seq, datestamp, deleted, cause, page_no, off, len
             FROM record WHERE source_id = $1 AND item_no = $2
             UNION ALL
             SELECT false, format_no, seq, datestamp, deleted, cause, page_no, off, len
             FROM record_old WHERE source_id = $1 AND item_no = $2)
         SELECT (SELECT metadata_prefix FROM stream s
                 WHERE s.source_id = $1 AND s.format_no = v.format_no LIMIT 1),
                v.seq, v.newest, v.datestamp, v.deleted, v.cause, v.page_no, v.off, v.len,
                p.fetched_at, p.run_no, p.request,
                EXISTS (SELECT 1 FROM page_body b WHERE b.source_id = $1 AND b.page_no = v.page_no)
         FROM version v JOIN page p ON p.source_id = $1 AND p.page_no = v.page_no
         ORDER BY v.format_no, v.newest DESC, v.seq DESC";
    session
        .all(sql, &values![item.source_id, item.item_no])
        .await
}

impl FromRow for Version {
    fn from_row(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            metadata_prefix: row.get::<Option<String>>(0)?.unwrap_or_default(),
            seq: row.get(1)?,
            newest: row.get(2)?,
            datestamp: row.get(3)?,
            deleted: row.get(4)?,
            cause: row.get(5)?,
            page_no: row.get(6)?,
            offset: row.get(7)?,
            len: row.get(8)?,
            fetched_at: row.get(9)?,
            run_no: row.get(10)?,
            request: row.get(11)?,
            kept: row.get(12)?,
        })
    }
}

pub(super) async fn code_counts(
    session: &dyn Session,
    source_id: SourceId,
) -> Result<Vec<CodeCount>> {
    let codes = session.dialect().json_rows("a.codes");
    let sql = format!(
        "SELECT j.value ->> 0, CAST(sum(CAST(j.value ->> 1 AS BIGINT)) AS BIGINT), count(*), min(a.item_no)
         FROM article a CROSS JOIN {codes} j
         WHERE a.source_id = $1 AND NOT a.deleted GROUP BY 1"
    );
    let mut counts: Vec<CodeCount> = session.all(&sql, &values![source_id]).await?;
    counts.sort_unstable_by(|a, b| a.code.cmp(&b.code));
    Ok(counts)
}

impl FromRow for CodeCount {
    fn from_row(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            code: row.get(0)?,
            findings: row.get(1)?,
            articles: row.get(2)?,
            first_item: row.get(3)?,
        })
    }
}

pub(super) async fn items_with_code(
    session: &dyn Session,
    source_id: SourceId,
    code: &str,
    after_item: ItemNo,
    limit: usize,
) -> Result<Vec<ItemRef>> {
    let codes = session.dialect().json_rows("a.codes");
    let sql = format!(
        "SELECT a.item_no, i.identifier
         FROM article a JOIN item i ON i.source_id = a.source_id AND i.item_no = a.item_no
         WHERE a.source_id = $1 AND a.item_no > $3 AND NOT a.deleted
           AND EXISTS (SELECT 1 FROM {codes} j WHERE j.value ->> 0 = $2)
         ORDER BY a.item_no LIMIT $4"
    );
    session
        .all(&sql, &values![source_id, code, after_item, limit])
        .await
}

pub(super) async fn shared_keys(
    session: &dyn Session,
    kind: &str,
    after: &str,
    limit: usize,
    most: usize,
) -> Result<Vec<SharedKey>> {
    // Beginnings of keys are what PostgreSQL indexes; the order is that of the keys.
    let (beyond, order) = session.dialect().pick(
        ("key > $2", "key"),
        (
            "left(key, 500) >= left($2, 500) AND key > $2",
            "left(key, 500), key",
        ),
    );
    let sql = format!(
        "SELECT key, count(*) FROM article_key WHERE kind = $1 AND {beyond}
         GROUP BY {order} HAVING count(*) > 1 ORDER BY {order} LIMIT $3"
    );
    let found: Vec<(String, u64)> = session.all(&sql, &values![kind, after, limit]).await?;
    let few: Vec<&str> = found
        .iter()
        .filter(|(_, count)| *count <= most as u64)
        .map(|(key, _)| &**key)
        .collect();
    let mut members = members(session, kind, &few).await?.into_iter().peekable();
    let shared = found.into_iter().map(|(key, count)| {
        let mut items = Vec::new();
        while let Some(member) = members.next_if(|member| member.key == key) {
            items.push(member.item);
        }
        SharedKey { key, count, items }
    });
    Ok(shared.collect())
}

struct Member {
    key: String,
    item: ItemKey,
}

impl FromRow for Member {
    fn from_row(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            item: ItemKey::from_row(row)?,
            key: row.get(2)?,
        })
    }
}

/// Reads the members of each key, in the order of the keys.
async fn members(session: &dyn Session, kind: &str, keys: &[&str]) -> Result<Vec<Member>> {
    let same = session.dialect().pick(
        "k.key = u.identifier",
        "left(k.key, 500) = left(u.identifier, 500) AND k.key = u.identifier",
    );
    let rows = session.dialect().identifier_rows("$2");
    let sql = format!(
        "SELECT k.source_id, k.item_no, k.key FROM {rows} JOIN article_key k ON k.kind = $1 AND {same}
         ORDER BY u.n, k.source_id, k.item_no"
    );
    let keys = super::query::identifiers(keys.iter().copied())?;
    session.all(&sql, &[kind.into(), keys]).await
}

pub(super) async fn keys(session: &dyn Session, item: ItemKey) -> Result<Vec<(String, String)>> {
    let sql = "SELECT kind, key FROM article_key WHERE source_id = $1 AND item_no = $2 ORDER BY kind, key";
    session
        .all(sql, &values![item.source_id, item.item_no])
        .await
}
