//! Items with the newest version of each format, in keyset batches.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, Rows, named_params};

use super::fault::{Fault, Outcome};
use super::item_sets;
use crate::store::assemble::{Assembly, RecordRow};
use crate::store::body::{PageCache, ReadPage, unpack};
use crate::store::choice::{Choice, FEW};
use crate::store::convert::{count, from_json, int, json, time};
use crate::store::{ArticleState, Counts, Selection, StoredItem};

pub(super) fn items(
    conn: &Connection,
    pages: &PageCache,
    source_id: i64,
    selection: Selection,
    after_item: i64,
    limit: usize,
) -> Outcome<Vec<StoredItem>> {
    let (choice, after, upto) = choice(conn, source_id, selection)?;
    let mut statement = conn.prepare_cached(&with_records(&choice))?;
    let rows = statement.query(named_params! {
        ":source": source_id, ":from": after_item, ":limit": int(limit), ":after": after, ":upto": upto,
    })?;
    read(conn, pages, source_id, rows)
}

/// Items by their numbers.
pub(super) fn at(
    conn: &Connection,
    pages: &PageCache,
    source_id: i64,
    item_nos: &[i64],
) -> Outcome<Vec<StoredItem>> {
    let mut statement = conn.prepare_cached(&with_records(
        "SELECT DISTINCT value AS item_no FROM json_each(:items)",
    ))?;
    let rows =
        statement.query(named_params! { ":source": source_id, ":items": json(&item_nos)? })?;
    read(conn, pages, source_id, rows)
}

/// One ordered scan: the chosen items, and for each its records by format.
fn with_records(choice: &str) -> String {
    format!(
        "WITH chosen AS MATERIALIZED ({choice})
         SELECT c.item_no, i.identifier, a.seq, a.changed_at, a.hash, a.status,
                r.format_no, r.page_no, r.off, r.len, r.datestamp, r.deleted, r.cause, r.seq
         FROM chosen c
         CROSS JOIN item i ON i.source_id = :source AND i.item_no = c.item_no
         LEFT JOIN article a ON a.source_id = :source AND a.item_no = c.item_no
         LEFT JOIN record r ON r.source_id = :source AND r.item_no = c.item_no
         ORDER BY c.item_no, r.format_no"
    )
}

fn read(
    conn: &Connection,
    pages: &PageCache,
    source_id: i64,
    mut rows: Rows<'_>,
) -> Outcome<Vec<StoredItem>> {
    let mut assembly = Assembly::new(source_id, formats(conn, source_id)?);
    while let Some(row) = rows.next()? {
        let item_no: i64 = row.get(0)?;
        if assembly.is_next(item_no) {
            if assembly.is_full() {
                break;
            }
            assembly.begin(item_no, row.get(1)?, article(row)?);
        }
        if let Some(format_no) = row.get(6)? {
            assembly.add(record(format_no, row)?)?;
        }
    }
    for page_no in assembly.pages() {
        let page = page(conn, pages, source_id, page_no)?;
        assembly
            .place(page_no, &page)
            .map_err(|(offset, len)| outside(conn, source_id, page_no, offset, len))?;
    }
    let mut items = assembly.finish();
    item_sets::fill(conn, source_id, &mut items)?;
    Ok(items)
}

/// For each identifier, the datestamp of its record in a format where that is live.
pub(super) fn live_datestamps(
    conn: &Connection,
    source_id: i64,
    format_no: i64,
    identifiers: &[String],
) -> Outcome<Vec<Option<String>>> {
    let mut statement = conn.prepare_cached(
        "SELECT r.datestamp FROM item i JOIN record r ON r.source_id = i.source_id AND r.item_no = i.item_no
         WHERE i.source_id = ?1 AND i.identifier = ?2 AND r.format_no = ?3 AND NOT r.deleted",
    )?;
    let live = identifiers.iter().map(|identifier| {
        statement
            .query_row((source_id, identifier, format_no), |row| row.get(0))
            .optional()
    });
    Ok(live.collect::<Result<_, _>>()?)
}

/// How many records of a format the endpoint is known to list with such datestamps.
pub(super) fn count_dated(
    conn: &Connection,
    source_id: i64,
    format_no: i64,
    from: &str,
    until: Option<&str>,
) -> Outcome<u64> {
    let mut statement = conn.prepare_cached(
        "SELECT count(*) FROM record
         WHERE source_id = ?1 AND format_no = ?2 AND datestamp >= ?3 AND (?4 IS NULL OR datestamp <= ?4)
           AND cause IS NOT 'gone'",
    )?;
    let count: i64 = statement.query_row((source_id, format_no, from, until), |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

/// For each identifier, whether a list has brought a record of it in a format.
pub(super) fn seen_in_list(
    conn: &Connection,
    source_id: i64,
    format_no: i64,
    list_no: i64,
    identifiers: &[String],
) -> Outcome<Vec<bool>> {
    let mut statement = conn.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM item i JOIN record r ON r.source_id = i.source_id AND r.item_no = i.item_no
         WHERE i.source_id = ?1 AND i.identifier = ?2 AND r.format_no = ?3 AND r.seen_list = ?4)",
    )?;
    let seen = identifiers.iter().map(|identifier| {
        statement.query_row((source_id, identifier, format_no, list_no), |row| {
            row.get(0)
        })
    });
    Ok(seen.collect::<Result<_, _>>()?)
}

/// SQL that chooses item numbers, with the bounds it wants.
fn choice(conn: &Connection, source_id: i64, selection: Selection) -> Outcome<(String, i64, i64)> {
    let Choice {
        table,
        column,
        after,
        upto,
    } = Choice::of(selection);
    let few = selection != Selection::All && {
        let changes: i64 = conn
            .prepare_cached(&format!(
                "SELECT count(*) FROM (SELECT 1 FROM {table}
                 WHERE source_id = ?1 AND {column} > ?2 AND {column} <= ?3 LIMIT ?4)"
            ))?
            .query_row((source_id, after, upto, FEW + 1), |row| row.get(0))?;
        changes <= FEW
    };
    // A plus keeps a term from choosing the index.
    let (by_item, by_change) = if few { ("+", "") } else { ("", "+") };
    let choice = format!(
        "SELECT DISTINCT item_no FROM {table}
         WHERE source_id = :source AND {by_item}item_no > :from
           AND {by_change}{column} > :after AND {by_change}{column} <= :upto
         ORDER BY item_no LIMIT :limit"
    );
    Ok((choice, after, upto))
}

fn article(row: &Row<'_>) -> Outcome<Option<ArticleState>> {
    let Some(seq) = row.get(2)? else {
        return Ok(None);
    };
    Ok(Some(ArticleState {
        seq,
        changed_at: time(row.get(3)?)?,
        hash: row.get::<_, i64>(4)?.cast_unsigned(),
        deleted: row.get(5)?,
    }))
}

fn record(format_no: i64, row: &Row<'_>) -> Outcome<RecordRow> {
    Ok(RecordRow {
        format_no,
        page_no: row.get(7)?,
        offset: row.get(8)?,
        len: row.get(9)?,
        datestamp: row.get(10)?,
        deleted: row.get(11)?,
        cause: row.get(12)?,
        seq: row.get(13)?,
    })
}

fn outside(conn: &Connection, source_id: i64, page_no: i64, offset: i64, len: i64) -> Fault {
    let name = name(conn, source_id, page_no);
    Fault::damaged(format!(
        "{name}: a record at {offset}+{len} lies outside of it"
    ))
}

/// A page, unpacked; from the cache when it was read lately.
fn page(conn: &Connection, pages: &PageCache, source_id: i64, page_no: i64) -> Outcome<ReadPage> {
    if let Some(page) = pages.get(source_id, page_no) {
        return Ok(page);
    }
    let page = load(conn, source_id, page_no)?;
    pages.put(source_id, page_no, page.clone());
    Ok(page)
}

fn load(conn: &Connection, source_id: i64, page_no: i64) -> Outcome<ReadPage> {
    let damaged =
        |what: &str| Fault::damaged(format!("{}: {what}", name(conn, source_id, page_no)));
    let mut statement = conn.prepare_cached(
        "SELECT p.fetched_at, p.head, p.raw_len, b.codec, b.dict_id, b.body
         FROM page p JOIN page_body b ON b.source_id = p.source_id AND b.page_no = p.page_no
         WHERE p.source_id = ?1 AND p.page_no = ?2",
    )?;
    let mut rows = statement.query((source_id, page_no))?;
    let Some(row) = rows.next()? else {
        return Err(damaged("its body is not there"));
    };
    let stored = row
        .get_ref(5)?
        .as_blob()
        .map_err(|_| damaged("its body is no blob"))?;
    let body =
        unpack(row.get(3)?, row.get(4)?, stored, count(row.get(2)?)).map_err(|e| damaged(&e))?;
    let head: String = row.get(1)?;
    Ok(ReadPage {
        body,
        head: Arc::new(from_json(
            &head,
            &format!("{}: its head", name(conn, source_id, page_no)),
        )?),
        fetched_at: time(row.get(0)?)?,
    })
}

/// A page's name for people.
fn name(conn: &Connection, source_id: i64, page_no: i64) -> String {
    let source: Result<Option<String>, _> = conn
        .query_row(
            "SELECT name FROM source WHERE source_id = ?1",
            [source_id],
            |row| row.get(0),
        )
        .optional();
    match source {
        Ok(Some(source)) => format!("page {page_no} of source {source:?}"),
        _ => format!("page {page_no} of source number {source_id}"),
    }
}

fn formats(conn: &Connection, source_id: i64) -> Outcome<HashMap<i64, String>> {
    let mut statement =
        conn.prepare_cached("SELECT format_no, metadata_prefix FROM stream WHERE source_id = ?1")?;
    let rows = statement.query_map([source_id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The first format an item has decides its status. Unavailable is what only gaps tell of.
pub(super) fn counts(conn: &Connection, source_id: i64) -> Outcome<Counts> {
    // A bare column beside min() comes from the row of the minimum.
    let (live, deleted) = conn
        .prepare_cached(
            "SELECT count(*) FILTER (WHERE NOT deleted), count(*) FILTER (WHERE deleted)
             FROM (SELECT deleted, min(format_no) FROM record WHERE source_id = ?1 GROUP BY item_no)",
        )?
        .query_row([source_id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let unavailable = conn
        .prepare_cached(
            "SELECT count(DISTINCT g.identifier) FROM gap g
             WHERE g.source_id = ?1 AND NOT EXISTS (
                 SELECT 1 FROM item i JOIN record r ON r.source_id = i.source_id AND r.item_no = i.item_no
                 WHERE i.source_id = g.source_id AND i.identifier = g.identifier)",
        )?
        .query_row([source_id], |row| row.get(0))?;
    Ok(Counts {
        live: count(live),
        deleted: count(deleted),
        unavailable: count(unavailable),
    })
}
