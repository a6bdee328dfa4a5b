//! Pages in the order they came, for those who want them as they are.

use deadpool_postgres::Transaction;
use tokio_postgres::Row;

use super::fault::{Fault, Outcome};
use super::sql;
use crate::store::blank::is_protocol;
use crate::store::body::unpack;
use crate::store::convert::{count, int, time};
use crate::store::{PageNo, SourceId, StoredPage};

/// Keyset batches: after a page number, at most so many.
pub(super) async fn pages(
    tx: &Transaction<'_>,
    source_id: SourceId,
    after_page: PageNo,
    limit: usize,
) -> Outcome<Vec<StoredPage>> {
    // Whose record a page of one record holds: the one whose newest version it brought, and which its number
    // therefore leads to. Pages of former versions have none.
    let rows = sql::rows(
        tx,
        "SELECT p.page_no, p.run_no, s.metadata_prefix, p.kind, p.fetched_at, p.request, p.status::bigint,
                p.headers, p.wire_coding, p.sha256, p.raw_len, b.codec::bigint, b.dict_id::bigint, b.body,
                (SELECT i.identifier FROM record r
                 JOIN item i ON i.source_id = r.source_id AND i.item_no = r.item_no
                 WHERE r.source_id = p.source_id AND r.seq = p.seq_to AND r.page_no = p.page_no LIMIT 1)
         FROM page p
         JOIN stream s ON s.source_id = p.source_id AND s.stream_no = p.stream_no
         LEFT JOIN page_body b ON b.source_id = p.source_id AND b.page_no = p.page_no
         WHERE p.source_id = $1 AND p.page_no > $2
         ORDER BY p.page_no LIMIT $3",
        &[&source_id, &after_page, &int(limit)],
    )
    .await?;
    rows.iter().map(|row| read(source_id, row)).collect()
}

fn read(source_id: SourceId, row: &Row) -> Outcome<StoredPage> {
    let page_no: PageNo = row.try_get(0)?;
    let damaged = |what: &str| {
        Fault::damaged(format!(
            "page {page_no} of source number {source_id}: {what}"
        ))
    };
    let body = match row.try_get::<_, Option<&[u8]>>(13)? {
        None => None,
        Some(stored) => Some(
            unpack(
                row.try_get(11)?,
                row.try_get(12)?,
                stored,
                count(row.try_get(10)?),
            )
            .map_err(|error| damaged(&error))?,
        ),
    };
    let kind: String = row.try_get(3)?;
    Ok(StoredPage {
        page_no,
        run_no: row.try_get(1)?,
        metadata_prefix: row.try_get(2)?,
        identifier: if is_protocol(&kind) {
            None
        } else {
            row.try_get(14)?
        },
        kind,
        fetched_at: time(row.try_get(4)?)?,
        request: row.try_get(5)?,
        status: u16::try_from(row.try_get::<_, i64>(6)?)
            .map_err(|_| damaged("its status is none"))?,
        headers: row.try_get(7)?,
        wire_coding: row.try_get(8)?,
        sha256: row
            .try_get::<_, &[u8]>(9)?
            .try_into()
            .map_err(|_| damaged("its hash is none"))?,
        body,
    })
}
