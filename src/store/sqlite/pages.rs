//! Pages in the order they came, for those who want them as they are.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row};

use super::fault::{Fault, Outcome};
use crate::store::blank::is_protocol;
use crate::store::body::unpack;
use crate::store::convert::{count, int, time};
use crate::store::{PageNo, SourceId, StoredPage};

/// Keyset batches: after a page number, at most so many.
pub(super) fn pages(
    conn: &Connection,
    source_id: SourceId,
    after_page: PageNo,
    limit: usize,
) -> Outcome<Vec<StoredPage>> {
    let mut statement = conn.prepare_cached(
        "SELECT p.page_no, p.run_no, s.metadata_prefix, p.kind, p.fetched_at, p.request, p.status, p.headers,
                p.wire_coding, p.sha256, p.raw_len, b.codec, b.dict_id, b.body, p.seq_to
         FROM page p
         JOIN stream s ON s.source_id = p.source_id AND s.stream_no = p.stream_no
         LEFT JOIN page_body b ON b.source_id = p.source_id AND b.page_no = p.page_no
         WHERE p.source_id = ?1 AND p.page_no > ?2
         ORDER BY p.page_no LIMIT ?3",
    )?;
    let mut rows = statement.query((source_id, after_page, int(limit)))?;
    let mut pages = Vec::new();
    while let Some(row) = rows.next()? {
        pages.push(read(conn, source_id, row)?);
    }
    Ok(pages)
}

fn read(conn: &Connection, source_id: SourceId, row: &Row<'_>) -> Outcome<StoredPage> {
    let page_no: PageNo = row.get(0)?;
    let damaged = |what: &str| {
        Fault::damaged(format!(
            "page {page_no} of source number {source_id}: {what}"
        ))
    };
    let body = match row.get_ref(13)? {
        ValueRef::Null => None,
        ValueRef::Blob(stored) => Some(
            unpack(row.get(11)?, row.get(12)?, stored, count(row.get(10)?))
                .map_err(|error| damaged(&error))?,
        ),
        _ => return Err(damaged("its body is no blob")),
    };
    let sha256 = row
        .get_ref(9)?
        .as_blob()
        .ok()
        .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let kind: String = row.get(3)?;
    let identifier = if is_protocol(&kind) {
        None
    } else {
        identifier(conn, source_id, page_no, row.get(14)?)?
    };
    Ok(StoredPage {
        page_no,
        run_no: row.get(1)?,
        metadata_prefix: row.get(2)?,
        kind,
        fetched_at: time(row.get(4)?)?,
        request: row.get(5)?,
        status: row.get(6)?,
        headers: row.get(7)?,
        wire_coding: row.get(8)?,
        sha256: sha256.ok_or_else(|| damaged("its hash is none"))?,
        identifier,
        body,
    })
}

/// Whose record a page of one record holds: the one whose newest version it brought, and which its number therefore
/// leads to. Pages of former versions have none.
fn identifier(
    conn: &Connection,
    source_id: SourceId,
    page_no: PageNo,
    seq: i64,
) -> Outcome<Option<String>> {
    let identifier = conn
        .prepare_cached(
            "SELECT i.identifier FROM record r
             JOIN item i ON i.source_id = r.source_id AND i.item_no = r.item_no
             WHERE r.source_id = ?1 AND r.seq = ?2 AND r.page_no = ?3",
        )?
        .query_row((source_id, seq, page_no), |row| row.get(0))
        .optional()?;
    Ok(identifier)
}
