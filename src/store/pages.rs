//! Pages in the order they came, for those who want them as they are.

use super::body::unpack;
use super::fault::{Fault, Result};
use super::query::{FromRow, Row, values};
use super::session::Session;
use super::types::{PageNo, SourceId, StoredPage};

/// Keyset batches: after a page number, at most so many.
pub(super) async fn pages(
    session: &dyn Session,
    source_id: SourceId,
    after_page: PageNo,
    limit: usize,
) -> Result<Vec<StoredPage>> {
    // Whose record a page of one record holds: the one whose newest version it brought, and which its number
    // therefore leads to. Pages of former versions have none.
    let sql = "SELECT p.page_no, p.run_no, s.metadata_prefix, p.kind, p.fetched_at, p.request, p.status, p.headers,
                p.wire_coding, p.sha256, p.raw_len, b.codec, b.dict_id, b.body,
                CASE WHEN p.kind IN ('ListRecords', 'ListIdentifiers', 'GetRecord') THEN NULL ELSE
                    (SELECT i.identifier FROM record r
                     JOIN item i ON i.source_id = r.source_id AND i.item_no = r.item_no
                     WHERE r.source_id = p.source_id AND r.seq = p.seq_to AND r.page_no = p.page_no LIMIT 1) END,
                p.source_id
         FROM page p
         JOIN stream s ON s.source_id = p.source_id AND s.stream_no = p.stream_no
         LEFT JOIN page_body b ON b.source_id = p.source_id AND b.page_no = p.page_no
         WHERE p.source_id = $1 AND p.page_no > $2
         ORDER BY p.page_no LIMIT $3";
    session
        .all(sql, &values![source_id, after_page, limit])
        .await
}

impl FromRow for StoredPage {
    fn from_row(row: &dyn Row) -> Result<Self> {
        let (page_no, source_id): (PageNo, SourceId) = (row.get(0)?, row.get(15)?);
        let damaged = |what: &str| {
            Fault::damaged(format!(
                "page {page_no} of source number {source_id}: {what}"
            ))
        };
        let body = match row.bytes(13)? {
            None => None,
            Some(stored) => Some(
                unpack(row.get(11)?, row.get(12)?, stored, row.get(10)?)
                    .map_err(|error| damaged(&error))?,
            ),
        };
        let sha256 = row.bytes(9)?.and_then(|bytes| bytes.try_into().ok());
        Ok(Self {
            page_no,
            run_no: row.get(1)?,
            metadata_prefix: row.get(2)?,
            kind: row.get(3)?,
            fetched_at: row.get(4)?,
            request: row.get(5)?,
            status: row.get(6)?,
            headers: row.get(7)?,
            wire_coding: row.get(8)?,
            sha256: sha256.ok_or_else(|| damaged("its hash is not 32 bytes"))?,
            identifier: row.get(14)?,
            body,
        })
    }
}
