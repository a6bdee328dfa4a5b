//! Queries on a collection: one record and its history, findings, shared keys.

use std::collections::BTreeMap;

use super::convert::{from_json, json};
use super::fault::Result;
use super::groups::CODES;
use super::keys::{HashedKey, kind_number, unpack};
use super::query::{FromRow, Row, Value, identifier_hash, values};
use super::session::Session;
use super::types::{
    CodeCount, ItemKey, ItemKeys, ItemNo, ItemRef, Lookup, SharedKey, SharedKeys, SourceId, Version,
};

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
            let sql = "SELECT k.source_id, k.item_no, i.identifier
                 FROM article_key k JOIN item i ON i.source_id = k.source_id AND i.item_no = k.item_no
                 WHERE k.kind = $1 AND k.key_hash = $2 ORDER BY k.source_id, k.item_no LIMIT $3";
            let key = HashedKey::of(kind, key)?;
            session
                .all(sql, &values![key.kind, key.hash, limit])
                .await?
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
    let sql = "SELECT content, articles FROM article_group WHERE source_id = $1 AND kind = $2 AND articles > 0";
    let groups: Vec<(String, u64)> = session.all(sql, &values![source_id, CODES]).await?;
    let mut counts: BTreeMap<String, CodeCount> = BTreeMap::new();
    for (content, articles) in groups {
        let codes: Vec<(String, u64)> = from_json(&content, "codes of findings")?;
        for (code, findings) in codes {
            let count = counts.entry(code.clone()).or_insert(CodeCount {
                code,
                findings: 0,
                articles: 0,
            });
            count.findings += findings * articles;
            count.articles += articles;
        }
    }
    Ok(counts.into_values().collect())
}

pub(super) async fn items_with_code(
    session: &dyn Session,
    source_id: SourceId,
    code: &str,
    after_item: ItemNo,
    limit: usize,
) -> Result<Vec<ItemRef>> {
    let codes = session.dialect().json_rows("g.content");
    let sql = format!(
        "SELECT a.item_no, i.identifier
         FROM article a JOIN item i ON i.source_id = a.source_id AND i.item_no = a.item_no
         WHERE a.source_id = $1 AND a.item_no > $3 AND a.codes_no IN (
             SELECT g.group_no FROM article_group g
             WHERE g.source_id = $1 AND g.kind = '{CODES}' AND g.articles > 0
               AND EXISTS (SELECT 1 FROM {codes} j WHERE j.value ->> 0 = $2))
         ORDER BY a.item_no LIMIT $4"
    );
    session
        .all(&sql, &values![source_id, code, after_item, limit])
        .await
}

pub(super) async fn shared_keys(
    session: &dyn Session,
    kind: &str,
    after: Option<i64>,
    rows: usize,
    most: usize,
) -> Result<SharedKeys> {
    let kind = kind_number(kind)?;
    let sql = "SELECT source_id, item_no, key_hash FROM article_key
         WHERE kind = $1 AND key_hash > $2 ORDER BY key_hash, source_id, item_no LIMIT $3";
    let from_start = "SELECT source_id, item_no, key_hash FROM article_key
         WHERE kind = $1 ORDER BY key_hash, source_id, item_no LIMIT $2";
    let mut runs = KeyRuns::new(most);
    let mut see = |row: &dyn Row| {
        runs.add(&Member::from_row(row)?);
        Ok(())
    };
    if let Some(after) = after {
        let values = values![kind, after, rows];
        session.each(sql, &values, &mut see).await?;
    } else {
        let values = values![kind, rows];
        session.each(from_start, &values, &mut see).await?;
    }
    let is_end = runs.rows < rows;
    let Some(mut last) = runs.last.take() else {
        return Ok(SharedKeys::default());
    };
    if is_end {
        runs.close(last);
        return Ok(runs.into_keys(None));
    }
    // The last one may go on.
    if let Some(before) = runs.closed {
        return Ok(runs.into_keys(Some(before)));
    }
    last.count = session
        .first(
            "SELECT count(*) FROM article_key WHERE kind = $1 AND key_hash = $2",
            &values![kind, last.hash],
        )
        .await?
        .map_or(last.count, |(count,): (u64,)| count);
    if last.count <= most as u64 {
        let members = members(session, kind, &[last.hash]).await?;
        last.items = members.into_iter().map(|(item, _)| item).collect();
    }
    let hash = last.hash;
    runs.close(last);
    Ok(runs.into_keys(Some(hash)))
}

/// Rows of keys in the order of their hashes, and those keys that several rows have.
struct KeyRuns {
    most: usize,
    rows: usize,
    /// The key that the last row had.
    last: Option<SharedKey>,
    /// Hash of the last key whose rows have all been seen.
    closed: Option<i64>,
    keys: Vec<SharedKey>,
}

impl KeyRuns {
    fn new(most: usize) -> Self {
        Self {
            most,
            rows: 0,
            last: None,
            closed: None,
            keys: Vec::new(),
        }
    }

    fn add(&mut self, member: &Member) {
        self.rows += 1;
        if let Some(last) = self.last.as_mut().filter(|last| last.hash == member.hash) {
            last.count += 1;
            if last.items.len() <= self.most {
                last.items.push(member.item);
            }
            return;
        }
        let next = SharedKey {
            hash: member.hash,
            count: 1,
            items: vec![member.item],
        };
        if let Some(done) = self.last.replace(next) {
            self.close(done);
        }
    }

    fn close(&mut self, mut key: SharedKey) {
        self.closed = Some(key.hash);
        if key.count > self.most as u64 {
            key.items.truncate(1);
        }
        if key.count > 1 {
            self.keys.push(key);
        }
    }

    fn into_keys(self, after: Option<i64>) -> SharedKeys {
        SharedKeys {
            keys: self.keys,
            after,
        }
    }
}

struct Member {
    item: ItemKey,
    hash: i64,
}

impl FromRow for Member {
    fn from_row(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            item: ItemKey::from_row(row)?,
            hash: row.get(2)?,
        })
    }
}

/// Reads the members of each key, in the order of the keys.
async fn members(session: &dyn Session, kind: i64, keys: &[i64]) -> Result<Vec<(ItemKey, i64)>> {
    let wanted = session.dialect().numbers("$2", "key_hash");
    let join = session.dialect().lookup_join();
    let sql = format!(
        "SELECT k.source_id, k.item_no, k.key_hash
         FROM {wanted} {join} article_key k ON k.kind = $1 AND k.key_hash = u.key_hash
         ORDER BY k.key_hash, k.source_id, k.item_no"
    );
    let values = [Value::Int(kind), Value::Ints(keys.to_vec())];
    let members: Vec<Member> = session.all(&sql, &values).await?;
    let pairs = members.into_iter().map(|member| (member.item, member.hash));
    Ok(pairs.collect())
}

/// The keys of the articles of items, in no order; items that are not there are left out.
pub(super) async fn item_keys(session: &dyn Session, items: &[ItemKey]) -> Result<Vec<ItemKeys>> {
    let rows = session.dialect().json_rows("$1");
    let join = session.dialect().lookup_join();
    let sql = format!(
        "SELECT a.source_id, a.item_no, a.keys, i.identifier
         FROM (SELECT CAST(value ->> 0 AS BIGINT) AS source_id, CAST(value ->> 1 AS BIGINT) AS item_no FROM {rows}) u
         {join} article a ON a.source_id = u.source_id AND a.item_no = u.item_no
         {join} item i ON i.source_id = u.source_id AND i.item_no = u.item_no"
    );
    let numbers: Vec<(SourceId, ItemNo)> = items
        .iter()
        .map(|item| (item.source_id, item.item_no))
        .collect();
    let mut found = Vec::with_capacity(items.len());
    session
        .each(&sql, &[Value::Text(json(&numbers)?)], &mut |row| {
            let packed = row.bytes(2)?.unwrap_or_default();
            found.push(ItemKeys {
                item: ItemKey::from_row(row)?,
                identifier: row.get(3)?,
                keys: unpack(packed).filter_map(HashedKey::stored).collect(),
            });
            Ok(())
        })
        .await?;
    Ok(found)
}
