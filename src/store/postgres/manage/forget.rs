//! Take-downs: the one case in which a stored page is rewritten.

use deadpool_postgres::Transaction;

use super::super::derive::stamp;
use super::super::fault::{Fault, Outcome};
use super::super::{sources, sql};
use crate::store::blank::{Place, Unpacked, blank, spans_of};
use crate::store::body::unpack;
use crate::store::convert::{count, time};
use crate::store::{Forgotten, ItemNo, PageNo, SourceId, TakeDown};

pub(super) async fn forget(
    tx: &Transaction<'_>,
    source_id: SourceId,
    identifier: &str,
) -> Outcome<TakeDown> {
    sources::lock_unfenced(tx, source_id).await?;
    let again = sql::maybe(
        tx,
        "SELECT 1 FROM forgotten WHERE source_id = $1 AND md5(identifier)::uuid = md5($2)::uuid",
        &[&source_id, &identifier],
    )
    .await?;
    let mut done = TakeDown {
        again: again.is_some(),
        ..TakeDown::default()
    };
    let item = sql::maybe(
        tx,
        "SELECT item_no FROM item WHERE source_id = $1 AND md5(identifier)::uuid = md5($2)::uuid",
        &[&source_id, &identifier],
    )
    .await?;
    let item_no: Option<ItemNo> = item.map(|row| row.try_get(0)).transpose()?;
    let places = match item_no {
        Some(item_no) => places(tx, source_id, item_no).await?,
        None => Vec::new(),
    };
    let article = sql::maybe(
        tx,
        "SELECT facets FROM article WHERE source_id = $1 AND item_no = $2",
        &[&source_id, &item_no],
    )
    .await?;
    let facets: Option<String> = article.map(|row| row.try_get(0)).transpose()?;
    done.pages = blank_everywhere(tx, source_id, identifier, &places).await?;
    if let Some(item_no) = item_no {
        for table in [
            "record",
            "record_old",
            "article_text",
            "article_key",
            "article",
            "item_set",
            "item",
        ] {
            let gone = sql::run(
                tx,
                &format!("DELETE FROM {table} WHERE source_id = $1 AND item_no = $2"),
                &[&source_id, &item_no],
            )
            .await?;
            done.versions += if table.starts_with("record") { gone } else { 0 };
        }
    }
    for table in ["gap", "format_absence"] {
        sql::run(
            tx,
            &format!("DELETE FROM {table} WHERE source_id = $1 AND identifier = $2"),
            &[&source_id, &identifier],
        )
        .await?;
    }
    if !done.again {
        sql::run(
            tx,
            "WITH next AS (UPDATE source SET seq = seq + 1 WHERE source_id = $1 RETURNING seq)
             INSERT INTO forgotten (source_id, identifier, seq, at, facets) SELECT $1, $2, seq, $3, $4 FROM next",
            &[&source_id, &identifier, &stamp(tx).await?, &facets.as_deref().unwrap_or("{}")],
        )
        .await?;
    }
    Ok(done)
}

/// Where the versions of an item stand.
async fn places(tx: &Transaction<'_>, source_id: SourceId, item_no: ItemNo) -> Outcome<Vec<Place>> {
    let rows = sql::rows(
        tx,
        "SELECT v.page_no, v.off::bigint, v.len::bigint, p.kind, p.request
         FROM (SELECT source_id, item_no, page_no, off, len FROM record
               UNION ALL SELECT source_id, item_no, page_no, off, len FROM record_old) v
         JOIN page p USING (source_id, page_no)
         WHERE v.source_id = $1 AND v.item_no = $2",
        &[&source_id, &item_no],
    )
    .await?;
    rows.iter()
        .map(|row| {
            let kind: &str = row.try_get(3)?;
            Ok(Place::new(
                row.try_get(0)?,
                row.try_get(1)?,
                row.try_get(2)?,
                kind,
                row.try_get(4)?,
            ))
        })
        .collect()
}

/// Blanks a record in every kept page of its source: also where it came again unchanged beside others.
async fn blank_everywhere(
    tx: &Transaction<'_>,
    source_id: SourceId,
    identifier: &str,
    places: &[Place],
) -> Outcome<u64> {
    let mut pages = 0;
    let mut after = PageNo::START;
    loop {
        let rows = sql::rows(
            tx,
            "SELECT p.page_no, p.kind, p.request, b.codec::bigint, b.dict_id::bigint, p.raw_len, b.body, p.note
             FROM page p JOIN page_body b USING (source_id, page_no)
             WHERE p.source_id = $1 AND p.page_no > $2 ORDER BY p.page_no LIMIT 100",
            &[&source_id, &after],
        ).await?;
        let Some(last) = rows.last() else {
            return Ok(pages);
        };
        after = last.try_get(0)?;
        for row in &rows {
            let page_no: PageNo = row.try_get(0)?;
            let body = unpack(
                row.try_get(3)?,
                row.try_get(4)?,
                row.try_get(6)?,
                count(row.try_get(5)?),
            )
            .map_err(|e| Fault::damaged(format!("page {page_no}: {e}")))?;
            let page = Unpacked {
                page_no,
                kind: row.try_get(1)?,
                request: row.try_get(2)?,
                body: &body,
            };
            let spans = spans_of(page, identifier, places);
            if spans.is_empty() {
                continue;
            }
            let (packed, note) = blank(page_no, &body, &spans, row.try_get(7)?)?;
            sql::run(
                tx,
                "UPDATE page_body SET codec = $3::bigint, dict_id = 0, body = $4
                 WHERE source_id = $1 AND page_no = $2",
                &[&source_id, &page_no, &packed.codec, &&*packed.bytes],
            )
            .await?;
            sql::run(
                tx,
                "UPDATE page SET note = $3 WHERE source_id = $1 AND page_no = $2",
                &[&source_id, &page_no, &note],
            )
            .await?;
            pages += 1;
        }
    }
}

pub(super) async fn forgotten(
    tx: &Transaction<'_>,
    source_id: SourceId,
    after: i64,
    upto: i64,
) -> Outcome<Vec<Forgotten>> {
    let rows = sql::rows(
        tx,
        "SELECT identifier, seq, at FROM forgotten
         WHERE source_id = $1 AND seq > $2 AND seq <= $3 ORDER BY seq",
        &[&source_id, &after, &upto],
    )
    .await?;
    let mut found = Vec::new();
    for row in rows {
        found.push(Forgotten {
            identifier: row.try_get(0)?,
            seq: row.try_get(1)?,
            at: time(row.try_get(2)?)?,
        });
    }
    Ok(found)
}
