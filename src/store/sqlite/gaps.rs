//! Gaps: what could not be had, until it is.

use chrono::Utc;
use rusqlite::{Connection, OptionalExtension, Transaction};

use super::fault::Outcome;
use super::manage::forget;
use super::streams::StreamKey;
use crate::store::convert::{micros, time};
use crate::store::{Batch, Gap, NewGap, SourceId};

/// Closes the gaps whose record has come and those named, then writes the new ones.
pub(super) fn write(tx: &Transaction<'_>, stream: StreamKey, batch: &Batch) -> Outcome<()> {
    let StreamKey {
        source_id,
        stream_no,
        ..
    } = stream;
    if has_identifiers(tx, stream)? {
        let mut fill = tx.prepare_cached(
            "DELETE FROM gap WHERE source_id = ?1 AND stream_no = ?2 AND identifier = ?3",
        )?;
        for record in batch.pages.iter().flat_map(|page| &page.records) {
            fill.execute((source_id, stream_no, &record.identifier))?;
        }
    }
    for gap_no in &batch.closed_gaps {
        tx.prepare_cached(
            "DELETE FROM gap WHERE source_id = ?1 AND stream_no = ?2 AND gap_no = ?3",
        )?
        .execute((source_id, stream_no, gap_no))?;
    }
    for gap in &batch.gaps {
        if let Some(identifier) = &gap.identifier
            && forget::is_forgotten(tx, stream.source_id, identifier)?
        {
            continue;
        }
        put(tx, stream, gap)?;
    }
    Ok(())
}

/// Whether any gap could be filled by a record; most streams have none.
fn has_identifiers(tx: &Transaction<'_>, stream: StreamKey) -> Outcome<bool> {
    let mut statement = tx.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM gap WHERE source_id = ?1 AND stream_no = ?2 AND identifier IS NOT NULL)",
    )?;
    Ok(statement.query_row((stream.source_id, stream.stream_no), |row| row.get(0))?)
}

/// A gap met again is the same gap, tried once more; what a person noted of it stays.
fn put(tx: &Transaction<'_>, stream: StreamKey, gap: &NewGap) -> Outcome<()> {
    let now = micros(Utc::now());
    let StreamKey {
        source_id,
        stream_no,
        ..
    } = stream;
    // One identifier is one gap, whichever window it was missed in.
    let known: Option<i64> = tx
        .prepare_cached(
            "SELECT gap_no FROM gap
             WHERE source_id = ?1 AND stream_no = ?2 AND identifier IS ?3
               AND (identifier IS NOT NULL OR (win_from IS ?4 AND win_until IS ?5))",
        )?
        .query_row(
            (source_id, stream_no, &gap.identifier, &gap.from, &gap.until),
            |row| row.get(0),
        )
        .optional()?;
    if let Some(gap_no) = known {
        tx.prepare_cached(
            "UPDATE gap SET reason = ?4, tries = tries + 1, last_try = ?5, win_from = ?6, win_until = ?7
             WHERE source_id = ?1 AND stream_no = ?2 AND gap_no = ?3",
        )?
        .execute((source_id, stream_no, gap_no, &gap.reason, now, &gap.from, &gap.until))?;
    } else {
        tx.prepare_cached(
            "INSERT INTO gap (source_id, stream_no, gap_no, identifier, win_from, win_until, reason, tries, last_try)
             SELECT ?1, ?2, coalesce(max(gap_no), 0) + 1, ?3, ?4, ?5, ?6, 1, ?7
             FROM gap WHERE source_id = ?1 AND stream_no = ?2",
        )?
        .execute((source_id, stream_no, &gap.identifier, &gap.from, &gap.until, &gap.reason, now))?;
    }
    Ok(())
}

/// Open gaps of a source.
pub(super) fn all(conn: &Connection, source_id: SourceId) -> Outcome<Vec<Gap>> {
    let mut statement = conn.prepare_cached(
        "SELECT stream_no, gap_no, identifier, win_from, win_until, reason, tries, last_try, acknowledged
         FROM gap WHERE source_id = ?1 ORDER BY stream_no, gap_no",
    )?;
    let mut rows = statement.query([source_id])?;
    let mut gaps = Vec::new();
    while let Some(row) = rows.next()? {
        gaps.push(Gap {
            stream_no: row.get(0)?,
            gap_no: row.get(1)?,
            identifier: row.get(2)?,
            from: row.get(3)?,
            until: row.get(4)?,
            reason: row.get(5)?,
            tries: row.get(6)?,
            last_try: time(row.get(7)?)?,
            acknowledged: row.get(8)?,
        });
    }
    Ok(gaps)
}
