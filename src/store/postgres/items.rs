//! Items with the newest version of each format, in keyset batches.

use std::collections::HashMap;
use std::sync::Arc;

use deadpool_postgres::Transaction;
use tokio_postgres::Row;

use super::fault::{Fault, Outcome};
use super::{item_sets, sql};
use crate::store::assemble::{Assembly, RecordRow};
use crate::store::body::{PageCache, ReadPage, unpack};
use crate::store::choice::{Choice, FEW};
use crate::store::convert::{count, from_json, int, time};
use crate::store::{ArticleState, Counts, Selection, StoredItem};

/// Bytes of pages fetched and unpacked at once.
const PORTION: i64 = 16 << 20;

pub(super) async fn items(
    tx: &Transaction<'_>,
    cache: &PageCache,
    source_id: i64,
    selection: Selection,
    after_item: i64,
    limit: usize,
) -> Outcome<Vec<StoredItem>> {
    let (choice, after, upto) = choice(tx, source_id, selection).await?;
    let query = with_records(&choice);
    let rows = sql::rows(
        tx,
        &query,
        &[&source_id, &after_item, &int(limit), &after, &upto],
    )
    .await?;
    read(tx, cache, source_id, &rows).await
}

/// Items by their numbers.
pub(super) async fn at(
    tx: &Transaction<'_>,
    cache: &PageCache,
    source_id: i64,
    item_nos: &[i64],
) -> Outcome<Vec<StoredItem>> {
    let query = with_records("SELECT DISTINCT item_no FROM unnest($2::bigint[]) u (item_no)");
    let rows = sql::rows(tx, &query, &[&source_id, &item_nos]).await?;
    read(tx, cache, source_id, &rows).await
}

/// The chosen items in order, and for each its records by format. They are looked up one by one (see
/// [`look_up`](super::commit)).
fn with_records(choice: &str) -> String {
    format!(
        "WITH chosen AS MATERIALIZED ({choice})
         SELECT c.item_no, i.identifier, a.seq, a.changed_at, a.hash, a.status <> 0,
                r.format_no, r.page_no, r.off::bigint, r.len::bigint, r.datestamp, r.deleted <> 0, r.cause, r.seq
         FROM chosen c
         CROSS JOIN LATERAL (SELECT * FROM item WHERE source_id = $1 AND item_no = c.item_no LIMIT 1) i
         LEFT JOIN LATERAL (
             SELECT * FROM article WHERE source_id = $1 AND item_no = c.item_no LIMIT 1
         ) a ON true
         LEFT JOIN LATERAL (
             SELECT * FROM record WHERE source_id = $1 AND item_no = c.item_no OFFSET 0
         ) r ON true
         ORDER BY c.item_no, r.format_no"
    )
}

async fn read(
    tx: &Transaction<'_>,
    cache: &PageCache,
    source_id: i64,
    rows: &[Row],
) -> Outcome<Vec<StoredItem>> {
    let mut assembly = Assembly::new(source_id, formats(tx, source_id).await?);
    for row in rows {
        let item_no: i64 = row.try_get(0)?;
        if assembly.is_next(item_no) {
            if assembly.is_full() {
                break;
            }
            assembly.begin(item_no, row.try_get(1)?, article(row)?);
        }
        if let Some(format_no) = row.try_get(6)? {
            assembly.add(record(format_no, row)?)?;
        }
    }
    place_pages(tx, cache, source_id, &mut assembly).await?;
    let mut items = assembly.finish();
    item_sets::fill(tx, source_id, &mut items).await?;
    Ok(items)
}

/// For each identifier, the datestamp of its record in a format where that is live.
pub(super) async fn live_datestamps(
    tx: &Transaction<'_>,
    source_id: i64,
    format_no: i64,
    identifiers: &[String],
) -> Outcome<Vec<Option<String>>> {
    let query = "SELECT (
             SELECT r.datestamp FROM item i JOIN record r ON r.source_id = i.source_id AND r.item_no = i.item_no
             WHERE i.source_id = $1 AND md5(i.identifier)::uuid = md5(u.identifier)::uuid
               AND r.format_no = $2 AND r.deleted = 0)
         FROM unnest($3::text[]) WITH ORDINALITY u (identifier, n) ORDER BY u.n";
    let rows = sql::rows(tx, query, &[&source_id, &format_no, &identifiers]).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// How many records of a format the endpoint is known to list with such datestamps.
pub(super) async fn count_dated(
    tx: &Transaction<'_>,
    source_id: i64,
    format_no: i64,
    from: &str,
    until: Option<&str>,
) -> Outcome<u64> {
    let query = r#"SELECT count(*) FROM record
         WHERE source_id = $1 AND format_no = $2 AND datestamp COLLATE "C" >= $3
           AND ($4::text IS NULL OR datestamp COLLATE "C" <= $4) AND cause IS DISTINCT FROM 'gone'"#;
    let rows = sql::rows(tx, query, &[&source_id, &format_no, &from, &until]).await?;
    let count: i64 = rows.first().map_or(Ok(0), |row| row.try_get(0))?;
    Ok(count.unsigned_abs())
}

/// For each identifier, whether a list has brought a record of it in a format.
pub(super) async fn seen_in_list(
    tx: &Transaction<'_>,
    source_id: i64,
    format_no: i64,
    list_no: i64,
    identifiers: &[String],
) -> Outcome<Vec<bool>> {
    let query = "SELECT EXISTS (
             SELECT 1 FROM item i JOIN record r ON r.source_id = i.source_id AND r.item_no = i.item_no
             WHERE i.source_id = $1 AND md5(i.identifier)::uuid = md5(u.identifier)::uuid
               AND r.format_no = $2 AND r.seen_list = $4)
         FROM unnest($3::text[]) WITH ORDINALITY u (identifier, n) ORDER BY u.n";
    let rows = sql::rows(tx, query, &[&source_id, &format_no, &identifiers, &list_no]).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// SQL that chooses item numbers, with the bounds it wants.
async fn choice(
    tx: &Transaction<'_>,
    source_id: i64,
    selection: Selection,
) -> Outcome<(String, i64, i64)> {
    let Choice {
        table,
        column,
        after,
        upto,
    } = Choice::of(selection);
    let few = selection != Selection::All && {
        let changes = sql::one(
            tx,
            &format!(
                "SELECT count(*) FROM (SELECT 1 FROM {table}
                 WHERE source_id = $1 AND {column} > $2 AND {column} <= $3 LIMIT $4) c"
            ),
            &[&source_id, &after, &upto, &(FEW + 1)],
        )
        .await?;
        changes.try_get::<_, i64>(0)? <= FEW
    };
    // Adding nothing keeps a term from choosing the index.
    let (by_item, by_change) = if few { (" + 0", "") } else { ("", " + 0") };
    let choice = format!(
        "SELECT DISTINCT item_no FROM {table}
         WHERE source_id = $1 AND item_no{by_item} > $2
           AND {column}{by_change} > $4 AND {column}{by_change} <= $5
         ORDER BY item_no LIMIT $3"
    );
    Ok((choice, after, upto))
}

fn article(row: &Row) -> Outcome<Option<ArticleState>> {
    let Some(seq) = row.try_get(2)? else {
        return Ok(None);
    };
    Ok(Some(ArticleState {
        seq,
        changed_at: time(row.try_get(3)?)?,
        hash: row.try_get::<_, i64>(4)?.cast_unsigned(),
        deleted: row.try_get(5)?,
    }))
}

fn record(format_no: i64, row: &Row) -> Outcome<RecordRow> {
    Ok(RecordRow {
        format_no,
        page_no: row.try_get(7)?,
        offset: row.try_get(8)?,
        len: row.try_get(9)?,
        datestamp: row.try_get(10)?,
        deleted: row.try_get(11)?,
        cause: row.try_get(12)?,
        seq: row.try_get(13)?,
    })
}

/// Gives records their bytes: from the cache where their page was read lately, else portion by portion.
async fn place_pages(
    tx: &Transaction<'_>,
    cache: &PageCache,
    source_id: i64,
    assembly: &mut Assembly,
) -> Outcome<()> {
    let mut wanted: Vec<i64> = Vec::new();
    for page_no in assembly.pages() {
        match cache.get(source_id, page_no) {
            Some(page) => place(source_id, assembly, page_no, &page)?,
            None => wanted.push(page_no),
        }
    }
    for portion in portions(tx, source_id, &wanted).await? {
        let found = sql::rows(
            tx,
            "SELECT p.page_no, p.fetched_at, p.head, p.raw_len, b.codec::bigint, b.dict_id::bigint, b.body
             FROM page p JOIN page_body b ON b.source_id = p.source_id AND b.page_no = p.page_no
             WHERE p.source_id = $1 AND p.page_no = ANY ($2)",
            &[&source_id, &portion],
        )
        .await?;
        for row in found {
            let page_no: i64 = row.try_get(0)?;
            let page = load(source_id, page_no, &row)?;
            place(source_id, assembly, page_no, &page)?;
            cache.put(source_id, page_no, page);
        }
    }
    match assembly.pages().first() {
        None => Ok(()),
        Some(page_no) => Err(damaged(source_id, *page_no, "its body is not there")),
    }
}

fn place(source_id: i64, assembly: &mut Assembly, page_no: i64, page: &ReadPage) -> Outcome<()> {
    assembly.place(page_no, page).map_err(|(offset, len)| {
        let what = format!("a record at {offset}+{len} lies outside of it");
        damaged(source_id, page_no, &what)
    })
}

/// Pages in portions that may be in memory together: of [`PORTION`] bytes, unless one alone has more.
async fn portions(
    tx: &Transaction<'_>,
    source_id: i64,
    page_nos: &[i64],
) -> Outcome<Vec<Vec<i64>>> {
    let rows = sql::rows(
        tx,
        "SELECT page_no, raw_len FROM page WHERE source_id = $1 AND page_no = ANY ($2) ORDER BY page_no",
        &[&source_id, &page_nos],
    )
    .await?;
    let mut portions: Vec<Vec<i64>> = Vec::new();
    let mut bytes = 0;
    for row in rows {
        let (page_no, size): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        match portions.last_mut() {
            Some(portion) if bytes + size <= PORTION => {
                portion.push(page_no);
                bytes += size;
            }
            _ => {
                portions.push(vec![page_no]);
                bytes = size;
            }
        }
    }
    Ok(portions)
}

fn load(source_id: i64, page_no: i64, row: &Row) -> Outcome<ReadPage> {
    let body = unpack(
        row.try_get(4)?,
        row.try_get(5)?,
        row.try_get(6)?,
        count(row.try_get(3)?),
    )
    .map_err(|e| damaged(source_id, page_no, &e))?;
    let head: String = row.try_get(2)?;
    let what = format!("page {page_no} of source number {source_id}: its head");
    Ok(ReadPage {
        body,
        head: Arc::new(from_json(&head, &what)?),
        fetched_at: time(row.try_get(1)?)?,
    })
}

fn damaged(source_id: i64, page_no: i64, what: &str) -> Fault {
    Fault::damaged(format!(
        "page {page_no} of source number {source_id}: {what}"
    ))
}

async fn formats(tx: &Transaction<'_>, source_id: i64) -> Outcome<HashMap<i64, String>> {
    let rows = sql::rows(
        tx,
        "SELECT format_no, metadata_prefix FROM stream WHERE source_id = $1",
        &[&source_id],
    )
    .await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect()
}

/// The first format an item has decides its status. Unavailable is what only gaps tell of.
pub(super) async fn counts(tx: &Transaction<'_>, source_id: i64) -> Outcome<Counts> {
    let row = sql::one(
        tx,
        "SELECT count(*) FILTER (WHERE deleted = 0), count(*) FILTER (WHERE deleted <> 0),
                (SELECT count(DISTINCT g.identifier) FROM gap g
                 WHERE g.source_id = $1 AND NOT EXISTS (
                     SELECT 1 FROM item i JOIN record r ON r.source_id = i.source_id AND r.item_no = i.item_no
                     WHERE i.source_id = g.source_id AND md5(i.identifier)::uuid = md5(g.identifier)::uuid))
         FROM (SELECT DISTINCT ON (item_no) deleted FROM record
               WHERE source_id = $1 ORDER BY item_no, format_no) first",
        &[&source_id],
    )
    .await?;
    Ok(Counts {
        live: count(row.try_get(0)?),
        deleted: count(row.try_get(1)?),
        unavailable: count(row.try_get(2)?),
    })
}
