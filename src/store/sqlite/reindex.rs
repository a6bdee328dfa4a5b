//! Checks the index of records against a new reading of the pages.

use rusqlite::{Connection, Row};

use crate::oai::RecordRef;
use crate::phase::Phases;
use crate::store::body::unpack;
use crate::store::convert::count;
use crate::store::fault::Result;
use crate::store::integrity_checks::{MOST, READING, STORED};
use crate::store::query::identifier_hash;
use crate::store::redaction::is_protocol;
use crate::store::reindex::{Version, forwards, is_hashed_otherwise, is_to_be_known, reread};
use crate::store::types::{FormatNo, PageNo, SourceId};

/// All versions by page, the columns as [`read_version`] takes them.
const VERSIONS: &str = "
    SELECT source_id, v.page_no, i.identifier, v.off, v.hash, v.datestamp, v.deleted, coalesce(v.cause = 'gone', 0)
    FROM (SELECT * FROM record UNION ALL SELECT * FROM record_old) v JOIN item i USING (source_id, item_no)
    ORDER BY source_id, v.page_no";

/// Reads the records of a stored page again; what is wrong with it is the inner error.
fn records_of(row: &Row<'_>) -> Result<std::result::Result<Vec<RecordRef>, String>> {
    let stored: Vec<u8> = row.get(6)?;
    let body = unpack(row.get(3)?, row.get(4)?, &stored, count(row.get(5)?));
    let head: String = row.get(9)?;
    Ok(body
        .map_err(|e| format!("does not unpack: {e}"))
        .and_then(|body| reread(&body, &head)))
}

pub(super) fn reindex(conn: &Connection, phases: &Phases) -> Result<Vec<String>> {
    let all = conn.query_row(STORED, [], |row| row.get(0))?;
    let phase = phases.begin(READING, Some(count(all)));
    let mut complaints = Vec::new();
    let mut statement = conn.prepare(
        "SELECT p.source_id, p.page_no, p.kind, b.codec, b.dict_id, p.raw_len, b.body, s.name, t.format_no, p.head
         FROM page p JOIN page_body b USING (source_id, page_no)
         JOIN source s ON s.source_id = p.source_id
         LEFT JOIN stream t ON t.source_id = p.source_id AND t.stream_no = p.stream_no
         ORDER BY p.source_id, p.page_no",
    )?;
    let mut rows = statement.query([])?;
    // Both go by page, side by side: there is no index of versions by page.
    let mut version_statement = conn.prepare(VERSIONS)?;
    let mut version_rows = version_statement.query([])?;
    let mut ahead = version_rows.next()?.map(read_version).transpose()?;
    while let Some(row) = rows.next()? {
        phase.advance(1);
        if complaints.len() >= MOST {
            complaints.push("and more of the same".to_owned());
            break;
        }
        let kind: String = row.get(2)?;
        let (source_id, page_no): (SourceId, PageNo) = (row.get(0)?, row.get(1)?);
        let mut versions = Vec::new();
        while let Some(version) = ahead.take_if(|version| version.page <= (source_id, page_no)) {
            if version.page == (source_id, page_no) {
                versions.push(version);
            }
            ahead = version_rows.next()?.map(read_version).transpose()?;
        }
        if !is_protocol(&kind) {
            continue; // a web page is one record, and names none
        }
        let place = format!("source {:?}: page {page_no}", row.get::<_, String>(7)?);
        let records = match records_of(row)? {
            Ok(records) => records,
            Err(why) => {
                complaints.push(format!("{place} {why}"));
                continue;
            }
        };
        let list_sets = list_sets(conn, source_id)?;
        forwards(&place, &records, &versions, &list_sets, &mut complaints);
        let records: Vec<RecordRef> = records
            .into_iter()
            .filter(|record| !is_hashed_otherwise(record, &list_sets))
            .collect();
        if kind != "ListIdentifiers" {
            let page = PageKey {
                source: source_id,
                number: page_no,
                format: row.get(8)?,
            };
            backwards(conn, &place, page, &records, &versions, &mut complaints)?;
        }
    }
    Ok(complaints)
}

/// Sets whose lists are harvested.
fn list_sets(conn: &Connection, source_id: SourceId) -> Result<Vec<String>> {
    let mut statement = conn.prepare_cached(
        "SELECT DISTINCT set_spec FROM stream WHERE source_id = ?1 AND set_spec IS NOT NULL",
    )?;
    let rows = statement.query_map([source_id], |row| row.get(0))?;
    Ok(rows.collect::<std::result::Result<_, _>>()?)
}

#[derive(Clone, Copy)]
struct PageKey {
    source: SourceId,
    number: PageNo,
    /// None where its stream is not there.
    format: Option<FormatNo>,
}

/// Each record on a page is known to the index: as this version, the same content elsewhere, or a later one.
fn backwards(
    conn: &Connection,
    place: &str,
    page: PageKey,
    records: &[RecordRef],
    versions: &[Version],
    complaints: &mut Vec<String>,
) -> Result<()> {
    let mut statement = conn.prepare_cached(
        "SELECT max(v.page_no > ?4 OR v.hash = ?5 OR v.datestamp > ?6)
         FROM item i JOIN (SELECT * FROM record UNION ALL SELECT * FROM record_old) v
              ON v.source_id = i.source_id AND v.item_no = i.item_no
         WHERE i.source_id = ?1 AND i.identifier = ?2 AND i.identifier_hash = ?7 AND v.format_no IS ?3",
    )?;
    for record in records {
        if !is_to_be_known(record, versions) {
            continue;
        }
        let known: Option<bool> = statement.query_row(
            (
                page.source,
                &record.identifier,
                page.format,
                page.number,
                record.hash.cast_signed(),
                &record.datestamp,
                identifier_hash(&record.identifier),
            ),
            |row| row.get(0),
        )?;
        if known != Some(true) {
            complaints.push(format!(
                "{place} has {}, which the index does not know",
                record.identifier
            ));
        }
    }
    Ok(())
}

fn read_version(row: &Row<'_>) -> rusqlite::Result<Version> {
    Ok(Version {
        page: (row.get(0)?, row.get(1)?),
        identifier: row.get(2)?,
        offset: row.get(3)?,
        hash: row.get(4)?,
        datestamp: row.get(5)?,
        deleted: row.get(6)?,
        gone: row.get(7)?,
    })
}
