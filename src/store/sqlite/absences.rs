//! Records that a server cannot give in a format: known, and not asked for again until they change.

use rusqlite::{Connection, OptionalExtension, Transaction};

use super::fault::Outcome;
use super::streams::StreamKey;
use crate::store::convert::count;
use crate::store::{Batch, FormatCount, FormatNo, SourceId};

/// Forgets the absences of records that came, and the gaps of those that are absent; then writes the new absences.
pub(super) fn write(tx: &Transaction<'_>, stream: StreamKey, batch: &Batch) -> Outcome<()> {
    let StreamKey {
        source_id,
        stream_no,
        format_no,
        ..
    } = stream;
    let has_any: bool = tx
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM format_absence WHERE source_id = ?1 AND format_no = ?2)",
        )?
        .query_row((source_id, format_no), |row| row.get(0))?;
    if has_any {
        let mut came = tx.prepare_cached(
            "DELETE FROM format_absence WHERE source_id = ?1 AND format_no = ?2 AND identifier = ?3",
        )?;
        for record in batch.pages.iter().flat_map(|page| &page.records) {
            came.execute((source_id, format_no, &record.identifier))?;
        }
    }
    for absence in &batch.absences {
        tx.prepare_cached(
            "INSERT OR REPLACE INTO format_absence (source_id, format_no, identifier, datestamp)
             VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute((
            source_id,
            format_no,
            &absence.identifier,
            &absence.datestamp,
        ))?;
        tx.prepare_cached(
            "DELETE FROM gap WHERE source_id = ?1 AND stream_no = ?2 AND identifier = ?3",
        )?
        .execute((source_id, stream_no, &absence.identifier))?;
    }
    Ok(())
}

/// For each identifier, the datestamp as of which it is known to be absent.
pub(super) fn known(
    conn: &Connection,
    source_id: SourceId,
    format_no: FormatNo,
    identifiers: &[String],
) -> Outcome<Vec<Option<String>>> {
    let mut statement = conn.prepare_cached(
        "SELECT datestamp FROM format_absence WHERE source_id = ?1 AND format_no = ?2 AND identifier = ?3",
    )?;
    let known = identifiers.iter().map(|identifier| {
        statement
            .query_row((source_id, format_no, identifier), |row| row.get(0))
            .optional()
    });
    Ok(known.collect::<Result<_, _>>()?)
}

/// Live and absent records of each format.
pub(super) fn format_counts(conn: &Connection, source_id: SourceId) -> Outcome<Vec<FormatCount>> {
    let mut statement = conn.prepare_cached(
        "SELECT f.metadata_prefix,
                (SELECT count(*) FROM record r
                 WHERE r.source_id = ?1 AND r.format_no = f.format_no AND NOT r.deleted),
                (SELECT count(*) FROM format_absence a WHERE a.source_id = ?1 AND a.format_no = f.format_no)
         FROM (SELECT DISTINCT format_no, metadata_prefix FROM stream WHERE source_id = ?1) f
         ORDER BY f.format_no",
    )?;
    let rows = statement.query_map([source_id], |row| {
        Ok(FormatCount {
            metadata_prefix: row.get(0)?,
            live: count(row.get(1)?),
            absent: count(row.get(2)?),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
