//! Take-downs: the one case in which a stored page is rewritten.

use super::body::unpack;
use super::fault::{Fault, Result};
use super::query::{FromRow, Row, identifier_hash, values};
use super::redaction::{Place, Unpacked, redact_body, spans_of};
use super::session::Session;
use super::types::{Forgotten, ItemNo, PageNo, SourceId, TakeDown};
use super::{groups, kept, keys, source_row};

/// Pages looked at in one query.
const AT_ONCE: usize = 20;

pub(super) async fn forget(
    session: &dyn Session,
    source_id: SourceId,
    identifier: &str,
) -> Result<TakeDown> {
    source_row::lock_unfenced(session, source_id).await?;
    let mut done = TakeDown {
        again: is_forgotten(session, source_id, identifier).await?,
        ..TakeDown::default()
    };
    let hash = identifier_hash(identifier);
    let sql = "SELECT item_no FROM item WHERE source_id = $1 AND identifier_hash = $2 AND identifier = $3";
    let item_no: Option<ItemNo> = session
        .find(sql, &values![source_id, hash, identifier])
        .await?;
    let places = match item_no {
        Some(item_no) => places(session, source_id, item_no).await?,
        None => Vec::new(),
    };
    let sql = "SELECT g.content FROM article a JOIN article_group g ON g.source_id = a.source_id AND g.group_no = a.facets_no
         WHERE a.source_id = $1 AND a.item_no = $2";
    let facets: Option<String> = session.find(sql, &values![source_id, item_no]).await?;
    done.pages = redact_everywhere(session, source_id, identifier, &places).await?;
    if let Some(item_no) = item_no {
        done.versions = remove_item(session, source_id, item_no).await?;
    }
    for table in ["gap", "format_absence"] {
        let sql = format!(
            "DELETE FROM {table} WHERE source_id = $1 AND identifier_hash = $2 AND identifier = $3"
        );
        session
            .run(&sql, &values![source_id, hash, identifier])
            .await?;
    }
    if !done.again {
        let sql = "UPDATE source SET seq = seq + 1 WHERE source_id = $1 RETURNING seq";
        let seq: i64 = session.value(sql, &values![source_id]).await?;
        let sql = "INSERT INTO forgotten (source_id, identifier, identifier_hash, seq, at, facets)
             VALUES ($1, $2, $3, $4, $5, $6)";
        let facets = facets.unwrap_or_else(|| "{}".to_owned());
        let at = session.stamp().await?;
        session
            .run(sql, &values![source_id, identifier, hash, seq, at, facets])
            .await?;
    }
    Ok(done)
}

/// Removes an item with its versions and its article; how many versions there were.
async fn remove_item(session: &dyn Session, source_id: SourceId, item_no: ItemNo) -> Result<u64> {
    let key = values![source_id, item_no];
    let (delete, optimize) = session.dialect().pick(
        (
            "DELETE FROM article_text WHERE rowid = ($1 << 40) + $2",
            Some("INSERT INTO article_text (article_text) VALUES ('optimize')"),
        ),
        (
            "DELETE FROM article_text WHERE source_id = $1 AND item_no = $2",
            None,
        ),
    );
    if session.run(delete, &key).await? > 0
        && let Some(optimize) = optimize
    {
        // Its words leave the index for good when all of it is put together again.
        session.run(optimize, &[]).await?;
    }
    remove_keys(session, source_id, item_no).await?;
    // They may have something of this article.
    for table in ["kept_sample", "kept_figures"] {
        let sql = format!("DELETE FROM {table} WHERE source_id = $1");
        session.run(&sql, &values![source_id]).await?;
    }
    kept::drop_one(session, source_id, item_no).await?;
    let mut versions = 0;
    for table in ["record", "record_old", "article", "item_set", "item"] {
        let sql = format!("DELETE FROM {table} WHERE source_id = $1 AND item_no = $2");
        let gone = session.run(&sql, &key).await?;
        versions += if table.starts_with("record") { gone } else { 0 };
    }
    Ok(versions)
}

/// Removes the keys of an item's article, and counts it out of its groups.
async fn remove_keys(session: &dyn Session, source_id: SourceId, item_no: ItemNo) -> Result<()> {
    let sql = "SELECT facets_no, codes_no, issue_no, keys, deleted FROM article WHERE source_id = $1 AND item_no = $2";
    let mut found = None;
    session
        .each(sql, &values![source_id, item_no], &mut |row| {
            let keys: Vec<_> = keys::unpack(row.bytes(3)?.unwrap_or_default()).collect();
            let numbers = [row.get(0)?, row.get(1)?, row.get(2)?];
            found = Some((numbers, !row.get::<bool>(4)?, keys));
            Ok(())
        })
        .await?;
    let Some((numbers, was_live, keys)) = found else {
        return Ok(());
    };
    groups::leave(session, source_id, numbers, was_live).await?;
    let sql = "DELETE FROM article_key WHERE kind = $1 AND key_hash = $2 AND source_id = $3 AND item_no = $4";
    for key in keys {
        session
            .run(sql, &values![key.kind, key.hash, source_id, item_no])
            .await?;
    }
    Ok(())
}

/// Where the versions of an item stand.
async fn places(session: &dyn Session, source_id: SourceId, item_no: ItemNo) -> Result<Vec<Place>> {
    let sql = "SELECT v.page_no, v.off, v.len, p.kind, p.request
         FROM (SELECT source_id, item_no, page_no, off, len FROM record
               UNION ALL SELECT source_id, item_no, page_no, off, len FROM record_old) v
         JOIN page p USING (source_id, page_no)
         WHERE v.source_id = $1 AND v.item_no = $2";
    session.all(sql, &values![source_id, item_no]).await
}

impl FromRow for Place {
    fn from_row(row: &dyn Row) -> Result<Self> {
        Ok(Self::new(
            row.get(0)?,
            row.get(1)?,
            row.get(2)?,
            row.str(3)?,
            row.get(4)?,
        ))
    }
}

/// Blanks a record in every kept page of its source: also where it came again unchanged beside others.
async fn redact_everywhere(
    session: &dyn Session,
    source_id: SourceId,
    identifier: &str,
    places: &[Place],
) -> Result<u64> {
    let mut pages = 0;
    let mut after = PageNo::START;
    loop {
        let mut last = None;
        let mut redacted = Vec::new();
        let sql =
            "SELECT p.page_no, p.kind, p.request, b.codec, b.dict_id, p.raw_len, b.body, p.note
             FROM page p JOIN page_body b USING (source_id, page_no)
             WHERE p.source_id = $1 AND p.page_no > $2 ORDER BY p.page_no LIMIT $3";
        session
            .each(sql, &values![source_id, after, AT_ONCE], &mut |row| {
                let page_no: PageNo = row.get(0)?;
                last = Some(page_no);
                let stored = row.bytes(6)?.unwrap_or_default();
                let body = unpack(row.get(3)?, row.get(4)?, stored, row.get(5)?)
                    .map_err(|e| Fault::damaged(format!("page {page_no}: {e}")))?;
                let page = Unpacked {
                    page_no,
                    kind: row.str(1)?,
                    request: row.str(2)?,
                    body: &body,
                };
                let spans = spans_of(page, identifier, places);
                if !spans.is_empty() {
                    redacted.push((page_no, redact_body(page_no, &body, &spans, row.text(7)?)?));
                }
                Ok(())
            })
            .await?;
        let Some(last) = last else {
            return Ok(pages);
        };
        after = last;
        for (page_no, (packed, note)) in redacted {
            let sql = "UPDATE page_body SET codec = $3, dict_id = 0, body = $4 WHERE source_id = $1 AND page_no = $2";
            session
                .run(
                    sql,
                    &values![source_id, page_no, packed.codec, packed.bytes],
                )
                .await?;
            let sql = "UPDATE page SET note = $3 WHERE source_id = $1 AND page_no = $2";
            session.run(sql, &values![source_id, page_no, note]).await?;
            pages += 1;
        }
    }
}

/// Returns whether a record was taken down.
pub(super) async fn is_forgotten(
    session: &dyn Session,
    source_id: SourceId,
    identifier: &str,
) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM forgotten
                        WHERE source_id = $1 AND identifier_hash = $2 AND identifier = $3)";
    session
        .value(
            sql,
            &values![source_id, identifier_hash(identifier), identifier],
        )
        .await
}

pub(super) async fn forgotten(
    session: &dyn Session,
    source_id: SourceId,
    after: i64,
    upto: i64,
) -> Result<Vec<Forgotten>> {
    let sql = "SELECT identifier, seq, at FROM forgotten
         WHERE source_id = $1 AND seq > $2 AND seq <= $3 ORDER BY seq";
    session.all(sql, &values![source_id, after, upto]).await
}

impl FromRow for Forgotten {
    fn from_row(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            identifier: row.get(0)?,
            seq: row.get(1)?,
            at: row.get(2)?,
        })
    }
}
