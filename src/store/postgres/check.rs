//! Checks that the stored data agree with one another and with their pages.

use deadpool_postgres::Transaction;
use sha2::{Digest, Sha256};
use tokio_postgres::Row;

use super::sql;
use crate::oai::{PageHead, RecordRef};
use crate::store::body::unpack;
use crate::store::convert::count;
use crate::store::fault::Result;
use crate::store::integrity_checks::{MOST, STORED};
use crate::store::query::identifier_hash;
use crate::store::redaction::{is_protocol, is_redacted};
use crate::store::reindex::{Version, forwards, is_hashed_otherwise, is_to_be_known, reread};
use crate::store::types::{FormatNo, PageNo, SourceId};

/// Pages looked at in one transaction.
const BATCH: i64 = 200;

/// Place of a page: source and number; the next batch comes after it.
pub(super) type Place = (SourceId, PageNo);

/// The result of looking at a batch of pages.
pub(super) struct Batch {
    /// Place of the last page, none where there was no page left.
    pub(super) last: Option<Place>,
    /// Pages.
    pub(super) read: u64,
    pub(super) complaints: Vec<String>,
}

/// Returns the number of pages with a body.
pub(super) async fn stored_bodies(tx: &Transaction<'_>) -> Result<u64> {
    let row = sql::one(tx, STORED, &[]).await?;
    Ok(count(row.try_get(0)?))
}

/// Complaints of one rule.
pub(super) async fn rule(tx: &Transaction<'_>, rule: &str) -> Result<Vec<String>> {
    let rows = sql::rows(
        tx,
        &format!("SELECT * FROM ({rule}) c (complaint) LIMIT {}", MOST + 1),
        &[],
    )
    .await?;
    let mut complaints: Vec<String> = rows
        .iter()
        .map(|row| row.try_get(0))
        .collect::<std::result::Result<_, _>>()?;
    if complaints.len() > MOST {
        complaints.truncate(MOST);
        complaints.push("and more of the same".to_owned());
    }
    Ok(complaints)
}

/// Unpacks a batch of bodies and compares each with what its page says.
pub(super) async fn bodies(tx: &Transaction<'_>, after: Place) -> Result<Batch> {
    let rows = sql::rows(
        tx,
        "SELECT p.source_id, p.page_no, b.codec, b.dict_id, p.raw_len, p.sha256, p.head, b.body, p.note
         FROM page p JOIN page_body b ON b.source_id = p.source_id AND b.page_no = p.page_no
         WHERE (p.source_id, p.page_no) > ($1, $2) ORDER BY p.source_id, p.page_no LIMIT $3",
        &[&after.0, &after.1, &BATCH],
    )
    .await?;
    let mut complaints = Vec::new();
    let mut last = None;
    for row in &rows {
        let place: Place = (row.try_get(0)?, row.try_get(1)?);
        last = Some(place);
        let mut complain =
            |what: &str| complaints.push(format!("source {}: page {} {what}", place.0, place.1));
        let sha256: &[u8] = row.try_get(5)?;
        match unpack(
            row.try_get(2)?,
            row.try_get(3)?,
            row.try_get(7)?,
            count(row.try_get(4)?),
        ) {
            Ok(body) if Sha256::digest(&body)[..] == *sha256 => {}
            // A take-down rewrote it, and noted what it is since.
            Ok(body) if is_redacted(row.try_get(8)?, &body) => {}
            Ok(_) => complain("does not have its sha256"),
            Err(e) => complain(&format!("does not unpack: {e}")),
        }
        if let Err(e) = serde_json::from_str::<PageHead>(row.try_get(6)?) {
            complain(&format!("has an unreadable head: {e}"));
        }
    }
    Ok(Batch {
        last,
        read: rows.len() as u64,
        complaints,
    })
}

/// Reads a batch of pages again and compares the index of records with them.
pub(super) async fn reindex(tx: &Transaction<'_>, after: Place) -> Result<Batch> {
    let rows = sql::rows(
        tx,
        "SELECT p.source_id, p.page_no, p.kind, b.codec, b.dict_id, p.raw_len, b.body, s.name,
                t.format_no, p.head
         FROM page p JOIN page_body b ON b.source_id = p.source_id AND b.page_no = p.page_no
         JOIN source s ON s.source_id = p.source_id
         LEFT JOIN stream t ON t.source_id = p.source_id AND t.stream_no = p.stream_no
         WHERE (p.source_id, p.page_no) > ($1, $2) ORDER BY p.source_id, p.page_no LIMIT $3",
        &[&after.0, &after.1, &BATCH],
    )
    .await?;
    let mut places: Vec<Place> = Vec::new();
    for row in &rows {
        places.push((row.try_get(0)?, row.try_get(1)?));
    }
    let mut versions = versions(tx, &places).await?;
    let mut complaints = Vec::new();
    for (row, &(source_id, page_no)) in rows.iter().zip(&places) {
        let kind: &str = row.try_get(2)?;
        let on_page: Vec<Version> = {
            let (on_page, rest) = versions
                .into_iter()
                .partition(|v: &Version| v.page == (source_id, page_no));
            versions = rest;
            on_page
        };
        if !is_protocol(kind) {
            continue; // a web page is one record, and names none
        }
        let name: &str = row.try_get(7)?;
        let place = format!("source {name:?}: page {page_no}");
        let records = match records_of(row)? {
            Ok(records) => records,
            Err(complaint) => {
                complaints.push(format!("{place} {complaint}"));
                continue;
            }
        };
        let list_sets = list_sets(tx, source_id).await?;
        forwards(&place, &records, &on_page, &list_sets, &mut complaints);
        let records: Vec<RecordRef> = records
            .into_iter()
            .filter(|record| !is_hashed_otherwise(record, &list_sets))
            .collect();
        if kind != "ListIdentifiers" {
            let page = PageKey {
                source_id,
                page_no,
                format_no: row.try_get(8)?,
            };
            backwards(tx, &place, page, &records, &on_page, &mut complaints).await?;
        }
    }
    Ok(Batch {
        last: places.last().copied(),
        read: places.len() as u64,
        complaints,
    })
}

/// Sets whose lists are harvested.
async fn list_sets(tx: &Transaction<'_>, source_id: SourceId) -> Result<Vec<String>> {
    let rows = sql::rows(
        tx,
        "SELECT DISTINCT set_spec FROM stream WHERE source_id = $1 AND set_spec IS NOT NULL",
        &[&source_id],
    )
    .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

fn records_of(row: &Row) -> Result<std::result::Result<Vec<RecordRef>, String>> {
    Ok(
        match unpack(
            row.try_get(3)?,
            row.try_get(4)?,
            row.try_get(6)?,
            count(row.try_get(5)?),
        ) {
            Err(e) => Err(format!("does not unpack: {e}")),
            Ok(body) => reread(&body, row.try_get(9)?),
        },
    )
}

/// All versions that point to these pages; there is no index of versions by page, so that it takes a scan of their
/// sources.
async fn versions(tx: &Transaction<'_>, places: &[Place]) -> Result<Vec<Version>> {
    let (sources, pages): (Vec<SourceId>, Vec<PageNo>) = places.iter().copied().unzip();
    let rows = sql::rows(
        tx,
        "SELECT v.source_id, v.page_no, i.identifier, v.off, v.hash, v.datestamp, v.deleted,
                coalesce(v.cause = 'gone', false)
         FROM unnest($1::bigint[], $2::bigint[]) u (source_id, page_no)
         JOIN (SELECT * FROM record UNION ALL SELECT * FROM record_old) v USING (source_id, page_no)
         JOIN item i ON i.source_id = v.source_id AND i.item_no = v.item_no",
        &[&sources, &pages],
    )
    .await?;
    let mut versions = Vec::new();
    for row in rows {
        versions.push(Version {
            page: (row.try_get(0)?, row.try_get(1)?),
            identifier: row.try_get(2)?,
            offset: row.try_get(3)?,
            hash: row.try_get(4)?,
            datestamp: row.try_get(5)?,
            deleted: row.try_get(6)?,
            gone: row.try_get(7)?,
        });
    }
    Ok(versions)
}

#[derive(Clone, Copy)]
struct PageKey {
    source_id: SourceId,
    page_no: PageNo,
    /// None where its stream is not there.
    format_no: Option<FormatNo>,
}

/// Each record on a page is known to the index: as this version, the same content elsewhere, or a later one.
async fn backwards(
    tx: &Transaction<'_>,
    place: &str,
    page: PageKey,
    records: &[RecordRef],
    versions: &[Version],
    complaints: &mut Vec<String>,
) -> Result<()> {
    for record in records
        .iter()
        .filter(|record| is_to_be_known(record, versions))
    {
        let known = sql::one(
            tx,
            "SELECT bool_or(v.page_no > $4 OR v.hash = $5 OR v.datestamp > $6)
             FROM item i JOIN (SELECT * FROM record UNION ALL SELECT * FROM record_old) v
                  ON v.source_id = i.source_id AND v.item_no = i.item_no
             WHERE i.source_id = $1 AND i.identifier_hash = $7 AND i.identifier = $2
               AND v.format_no IS NOT DISTINCT FROM $3",
            &[
                &page.source_id,
                &record.identifier,
                &page.format_no,
                &page.page_no,
                &record.hash.cast_signed(),
                &record.datestamp,
                &identifier_hash(&record.identifier),
            ],
        )
        .await?;
        if known.try_get::<_, Option<bool>>(0)? != Some(true) {
            complaints.push(format!(
                "{place} has {}, which the index does not know",
                record.identifier
            ));
        }
    }
    Ok(())
}
