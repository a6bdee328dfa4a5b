//! Take-downs: the one case in which a stored page is rewritten.

use chrono::Utc;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::super::convert::{count, json, time};
use super::super::derive::stamp;
use super::super::fault::{Fault, Outcome};
use super::super::provide::text_row;
use super::super::sources;
use crate::oai::read_page;
use crate::store::body::{pack, unpack};
use crate::store::{Forgotten, NewPage, TakeDown, Time};

/// What is noted on a page whose body was rewritten; its own sha256 stays that of the bytes as received.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    /// sha256 of the body as it is now.
    sha256: String,
    /// Bytes blanked, by offset and length.
    blanked: Vec<(usize, usize)>,
    /// When last.
    at: Time,
}

/// A stored page.
struct Stored {
    page_no: i64,
    kind: String,
    request: String,
    codec: i64,
    dict_id: i64,
    raw_len: i64,
    body: Vec<u8>,
}

/// A place on a page.
struct Place {
    page_no: i64,
    offset: usize,
    len: usize,
    /// The address, of a page that is no page of records.
    request: Option<String>,
}

pub(super) fn forget(conn: &mut Connection, source_id: i64, identifier: &str) -> Outcome<TakeDown> {
    // What is freed is overwritten as well, in the file and in its log.
    conn.pragma_update(None, "secure_delete", true)?;
    let done = take_down(conn, source_id, identifier);
    if done.is_ok() {
        conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    }
    conn.pragma_update(None, "secure_delete", false)?;
    done
}

fn take_down(conn: &mut Connection, source_id: i64, identifier: &str) -> Outcome<TakeDown> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    sources::by_id(&tx, source_id)?;
    let mut done = TakeDown { again: is_forgotten(&tx, source_id, identifier)?, ..TakeDown::default() };
    let item_no: Option<i64> = tx
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
        if tx.execute("DELETE FROM article_text WHERE rowid = ?1", [text_row(source_id, item_no)])? > 0 {
            // Its words leave the index for good when all of it is put together anew.
            tx.execute("INSERT INTO article_text (article_text) VALUES ('optimize')", [])?;
        }
        for table in ["record", "record_old"] {
            done.versions += tx.execute(
                &format!("DELETE FROM {table} WHERE source_id = ?1 AND item_no = ?2"),
                (source_id, item_no),
            )? as u64;
        }
        for table in ["article_key", "article", "item"] {
            tx.execute(
                &format!("DELETE FROM {table} WHERE source_id = ?1 AND item_no = ?2"),
                (source_id, item_no),
            )?;
        }
    }
    tx.execute("DELETE FROM gap WHERE source_id = ?1 AND identifier = ?2", (source_id, identifier))?;
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
fn places(tx: &Transaction<'_>, source_id: i64, item_no: i64) -> Outcome<Vec<Place>> {
    let mut statement = tx.prepare(
        "SELECT v.page_no, v.off, v.len, p.kind, p.request
         FROM (SELECT source_id, item_no, page_no, off, len FROM record
               UNION ALL SELECT source_id, item_no, page_no, off, len FROM record_old) v
         JOIN page p USING (source_id, page_no)
         WHERE v.source_id = ?1 AND v.item_no = ?2",
    )?;
    let rows = statement.query_map((source_id, item_no), |row| {
        let kind: String = row.get(3)?;
        Ok(Place {
            page_no: row.get(0)?,
            offset: usize::try_from(row.get::<_, i64>(1)?).unwrap_or(usize::MAX),
            len: usize::try_from(row.get::<_, i64>(2)?).unwrap_or(0),
            request: if is_protocol(&kind) { None } else { Some(row.get(4)?) },
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Whether a page is of the protocol, and so names its records itself.
pub(in crate::store::sqlite) fn is_protocol(kind: &str) -> bool {
    matches!(kind, "ListRecords" | "ListIdentifiers" | "GetRecord")
}

/// Blanks a record in every kept page of its source: also where it came again unchanged beside others.
fn blank_everywhere(
    tx: &Transaction<'_>,
    source_id: i64,
    identifier: &str,
    places: &[Place],
) -> Outcome<u64> {
    let numbers: Vec<i64> = {
        let mut statement =
            tx.prepare("SELECT page_no FROM page_body WHERE source_id = ?1 ORDER BY page_no")?;
        let rows = statement.query_map([source_id], |row| row.get(0))?;
        rows.collect::<Result<_, _>>()?
    };
    let mut pages = 0;
    for page_no in numbers {
        let stored = load(tx, source_id, page_no)?;
        let body = unpack(stored.codec, stored.dict_id, &stored.body, count(stored.raw_len))
            .map_err(|e| Fault::damaged(format!("page {page_no}: {e}")))?;
        let mut spans: Vec<(usize, usize)> = places
            .iter()
            .filter(|place| place.page_no == stored.page_no)
            .map(|place| (place.offset, place.len))
            .collect();
        if is_protocol(&stored.kind) {
            // What cannot be read any more is known by its pointers alone.
            let records = read_page(&body).map(|page| page.records).unwrap_or_default();
            let same = records.iter().filter(|record| record.identifier == identifier);
            spans.extend(same.map(|record| (record.offset, record.len)));
        } else if places.iter().any(|place| place.request.as_ref() == Some(&stored.request)) {
            spans.push((0, body.len()));
        }
        if !spans.is_empty() {
            blank(tx, source_id, page_no, &body, &spans)?;
            pages += 1;
        }
    }
    Ok(pages)
}

fn load(tx: &Transaction<'_>, source_id: i64, page_no: i64) -> Outcome<Stored> {
    let stored = tx
        .prepare_cached(
            "SELECT p.kind, p.request, b.codec, b.dict_id, p.raw_len, b.body
             FROM page p JOIN page_body b USING (source_id, page_no)
             WHERE source_id = ?1 AND page_no = ?2",
        )?
        .query_row((source_id, page_no), |row| {
            Ok(Stored {
                page_no,
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
    source_id: i64,
    page_no: i64,
    body: &[u8],
    spans: &[(usize, usize)],
) -> Outcome<()> {
    let mut body = body.to_vec();
    for (offset, len) in spans {
        if let Some(bytes) = offset.checked_add(*len).and_then(|end| body.get_mut(*offset..end)) {
            bytes.fill(b' ');
        }
    }
    let earlier: Option<String> = tx.query_row(
        "SELECT note FROM page WHERE source_id = ?1 AND page_no = ?2",
        (source_id, page_no),
        |row| row.get(0),
    )?;
    let mut blanked = earlier
        .and_then(|text| serde_json::from_str::<Note>(&text).ok())
        .map(|note| note.blanked)
        .unwrap_or_default();
    blanked.extend(spans);
    blanked.sort_unstable();
    blanked.dedup();
    let note = Note { sha256: hex(&body), blanked, at: Utc::now() };
    let body = bytes::Bytes::from(body);
    let packed = pack(std::iter::once(&body))
        .map_err(|e| Fault::engine(format!("cannot pack page {page_no}: {e}")))?
        .remove(0);
    tx.execute(
        "UPDATE page_body SET codec = ?3, dict_id = 0, body = ?4 WHERE source_id = ?1 AND page_no = ?2",
        (source_id, page_no, packed.codec, &*packed.bytes),
    )?;
    tx.execute(
        "UPDATE page SET note = ?3 WHERE source_id = ?1 AND page_no = ?2",
        (source_id, page_no, json(&note)?),
    )?;
    Ok(())
}

/// Whether a body is what a take-down left of it.
pub(in super::super) fn is_blanked(note: Option<String>, body: &[u8]) -> bool {
    note.and_then(|text| serde_json::from_str::<Note>(&text).ok())
        .is_some_and(|note| note.sha256 == hex(body))
}

/// Where an identifier stands on a page that is about to be written.
pub(in super::super) fn spans(page: &NewPage, identifier: &str) -> Vec<(usize, usize)> {
    let place = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    let same = page.records.iter().filter(|record| record.identifier == identifier);
    same.map(|record| (place(record.offset), place(record.len))).collect()
}

/// Whether a record was taken down.
pub(in super::super) fn is_forgotten(conn: &Connection, source_id: i64, identifier: &str) -> Outcome<bool> {
    let found: Option<i64> = conn
        .prepare_cached("SELECT 1 FROM forgotten WHERE source_id = ?1 AND identifier = ?2")?
        .query_row((source_id, identifier), |row| row.get(0))
        .optional()?;
    Ok(found.is_some())
}

/// Whether any record of the source was taken down.
pub(in super::super) fn has_forgotten(conn: &Connection, source_id: i64) -> Outcome<bool> {
    let mut statement =
        conn.prepare_cached("SELECT EXISTS (SELECT 1 FROM forgotten WHERE source_id = ?1)")?;
    Ok(statement.query_row([source_id], |row| row.get(0))?)
}

pub(super) fn forgotten(conn: &Connection, source_id: i64, after: i64, upto: i64) -> Outcome<Vec<Forgotten>> {
    let mut statement = conn.prepare_cached(
        "SELECT identifier, seq, at FROM forgotten
         WHERE source_id = ?1 AND seq > ?2 AND seq <= ?3 ORDER BY seq",
    )?;
    let mut rows = statement.query((source_id, after, upto))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(Forgotten { identifier: row.get(0)?, seq: row.get(1)?, at: time(row.get(2)?)? });
    }
    Ok(found)
}

fn hex(bytes: &[u8]) -> String {
    crate::normalize::derive::hex(&Sha256::digest(bytes))
}
