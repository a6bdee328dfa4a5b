//! Take-downs: the one case in which a stored page is rewritten.

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};

use super::super::derive::stamp;
use super::super::fault::{Fault, Outcome};
use super::super::provide::text_row;
use super::super::sources;
use crate::store::blank::{self, Place, Span, Unpacked, spans_of};
use crate::store::body::unpack;
use crate::store::convert::{count, time};
use crate::store::{Forgotten, ItemNo, PageNo, SourceId, TakeDown};

/// A stored page.
struct Stored {
    kind: String,
    request: String,
    codec: i64,
    dict_id: i64,
    raw_len: i64,
    body: Vec<u8>,
}

pub(super) fn forget(
    conn: &mut Connection,
    source_id: SourceId,
    identifier: &str,
) -> Outcome<TakeDown> {
    // What is freed is overwritten as well, in the file and in its log.
    conn.pragma_update(None, "secure_delete", true)?;
    let done = take_down(conn, source_id, identifier);
    if done.is_ok() {
        conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    }
    conn.pragma_update(None, "secure_delete", false)?;
    done
}

fn take_down(conn: &mut Connection, source_id: SourceId, identifier: &str) -> Outcome<TakeDown> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    sources::by_id(&tx, source_id)?;
    let mut done = TakeDown {
        again: is_forgotten(&tx, source_id, identifier)?,
        ..TakeDown::default()
    };
    let item_no: Option<ItemNo> = tx
        .query_row(
            "SELECT item_no FROM item WHERE source_id = ?1 AND identifier = ?2",
            (source_id, identifier),
            |row| row.get(0),
        )
        .optional()?;
    let places = item_no.map_or(Ok(Vec::new()), |item_no| places(&tx, source_id, item_no))?;
    let facets: Option<String> = tx
        .query_row(
            "SELECT facets FROM article WHERE source_id = ?1 AND item_no = ?2",
            (source_id, item_no),
            |row| row.get(0),
        )
        .optional()?;
    done.pages = blank_everywhere(&tx, source_id, identifier, &places)?;
    if let Some(item_no) = item_no {
        if tx.execute(
            "DELETE FROM article_text WHERE rowid = ?1",
            [text_row(source_id, item_no)],
        )? > 0
        {
            // Its words leave the index for good when all of it is put together anew.
            tx.execute(
                "INSERT INTO article_text (article_text) VALUES ('optimize')",
                [],
            )?;
        }
        for table in ["record", "record_old"] {
            done.versions += tx.execute(
                &format!("DELETE FROM {table} WHERE source_id = ?1 AND item_no = ?2"),
                (source_id, item_no),
            )? as u64;
        }
        for table in ["article_key", "article", "item_set", "item"] {
            tx.execute(
                &format!("DELETE FROM {table} WHERE source_id = ?1 AND item_no = ?2"),
                (source_id, item_no),
            )?;
        }
    }
    for table in ["gap", "format_absence"] {
        tx.execute(
            &format!("DELETE FROM {table} WHERE source_id = ?1 AND identifier = ?2"),
            (source_id, identifier),
        )?;
    }
    if !done.again {
        let seq: i64 = tx.query_row(
            "UPDATE source SET seq = seq + 1 WHERE source_id = ?1 RETURNING seq",
            [source_id],
            |row| row.get(0),
        )?;
        tx.execute(
            "INSERT INTO forgotten (source_id, identifier, seq, at, facets) VALUES (?1, ?2, ?3, ?4, ?5)",
            (source_id, identifier, seq, stamp(&tx)?, facets.unwrap_or_else(|| "{}".to_owned())),
        )?;
    }
    tx.commit()?;
    Ok(done)
}

/// Where the versions of an item stand.
fn places(tx: &Transaction<'_>, source_id: SourceId, item_no: ItemNo) -> Outcome<Vec<Place>> {
    let mut statement = tx.prepare(
        "SELECT v.page_no, v.off, v.len, p.kind, p.request
         FROM (SELECT source_id, item_no, page_no, off, len FROM record
               UNION ALL SELECT source_id, item_no, page_no, off, len FROM record_old) v
         JOIN page p USING (source_id, page_no)
         WHERE v.source_id = ?1 AND v.item_no = ?2",
    )?;
    let rows = statement.query_map((source_id, item_no), |row| {
        let kind: String = row.get(3)?;
        Ok(Place::new(
            row.get(0)?,
            row.get(1)?,
            row.get(2)?,
            &kind,
            row.get(4)?,
        ))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Blanks a record in every kept page of its source: also where it came again unchanged beside others.
fn blank_everywhere(
    tx: &Transaction<'_>,
    source_id: SourceId,
    identifier: &str,
    places: &[Place],
) -> Outcome<u64> {
    let numbers: Vec<PageNo> = {
        let mut statement =
            tx.prepare("SELECT page_no FROM page_body WHERE source_id = ?1 ORDER BY page_no")?;
        let rows = statement.query_map([source_id], |row| row.get(0))?;
        rows.collect::<Result<_, _>>()?
    };
    let mut pages = 0;
    for page_no in numbers {
        let stored = load(tx, source_id, page_no)?;
        let body = unpack(
            stored.codec,
            stored.dict_id,
            &stored.body,
            count(stored.raw_len),
        )
        .map_err(|e| Fault::damaged(format!("page {page_no}: {e}")))?;
        let page = Unpacked {
            page_no,
            kind: &stored.kind,
            request: &stored.request,
            body: &body,
        };
        let spans = spans_of(page, identifier, places);
        if !spans.is_empty() {
            blank(tx, source_id, page_no, &body, &spans)?;
            pages += 1;
        }
    }
    Ok(pages)
}

fn load(tx: &Transaction<'_>, source_id: SourceId, page_no: PageNo) -> Outcome<Stored> {
    let stored = tx
        .prepare_cached(
            "SELECT p.kind, p.request, b.codec, b.dict_id, p.raw_len, b.body
             FROM page p JOIN page_body b USING (source_id, page_no)
             WHERE source_id = ?1 AND page_no = ?2",
        )?
        .query_row((source_id, page_no), |row| {
            Ok(Stored {
                kind: row.get(0)?,
                request: row.get(1)?,
                codec: row.get(2)?,
                dict_id: row.get(3)?,
                raw_len: row.get(4)?,
                body: row.get(5)?,
            })
        })?;
    Ok(stored)
}

/// Writes blanks over parts of a stored body, and notes it on the page. Offsets of what is left stay.
pub(in super::super) fn blank(
    tx: &Transaction<'_>,
    source_id: SourceId,
    page_no: PageNo,
    body: &[u8],
    spans: &[Span],
) -> Outcome<()> {
    let earlier: Option<String> = tx.query_row(
        "SELECT note FROM page WHERE source_id = ?1 AND page_no = ?2",
        (source_id, page_no),
        |row| row.get(0),
    )?;
    let (packed, note) = blank::blank(page_no, body, spans, earlier.as_deref())?;
    tx.execute(
        "UPDATE page_body SET codec = ?3, dict_id = 0, body = ?4 WHERE source_id = ?1 AND page_no = ?2",
        (source_id, page_no, packed.codec, &*packed.bytes),
    )?;
    tx.execute(
        "UPDATE page SET note = ?3 WHERE source_id = ?1 AND page_no = ?2",
        (source_id, page_no, note),
    )?;
    Ok(())
}

/// Whether a record was taken down.
pub(in super::super) fn is_forgotten(
    conn: &Connection,
    source_id: SourceId,
    identifier: &str,
) -> Outcome<bool> {
    let found: Option<i64> = conn
        .prepare_cached("SELECT 1 FROM forgotten WHERE source_id = ?1 AND identifier = ?2")?
        .query_row((source_id, identifier), |row| row.get(0))
        .optional()?;
    Ok(found.is_some())
}

/// Whether any record of the source was taken down.
pub(in super::super) fn has_forgotten(conn: &Connection, source_id: SourceId) -> Outcome<bool> {
    let mut statement =
        conn.prepare_cached("SELECT EXISTS (SELECT 1 FROM forgotten WHERE source_id = ?1)")?;
    Ok(statement.query_row([source_id], |row| row.get(0))?)
}

pub(super) fn forgotten(
    conn: &Connection,
    source_id: SourceId,
    after: i64,
    upto: i64,
) -> Outcome<Vec<Forgotten>> {
    let mut statement = conn.prepare_cached(
        "SELECT identifier, seq, at FROM forgotten
         WHERE source_id = ?1 AND seq > ?2 AND seq <= ?3 ORDER BY seq",
    )?;
    let mut rows = statement.query((source_id, after, upto))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(Forgotten {
            identifier: row.get(0)?,
            seq: row.get(1)?,
            at: time(row.get(2)?)?,
        });
    }
    Ok(found)
}
