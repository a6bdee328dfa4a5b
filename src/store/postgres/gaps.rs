//! Gaps: what could not be had, until it is.

use chrono::Utc;
use deadpool_postgres::Transaction;

use super::fault::Outcome;
use super::sql;
use super::streams::StreamKey;
use crate::store::convert::{micros, time};
use crate::store::{Batch, Gap, NewGap, SourceId};

/// Closes the gaps whose record has come and those named, then writes the new ones.
pub(super) async fn write(tx: &Transaction<'_>, stream: StreamKey, batch: &Batch) -> Outcome<()> {
    let StreamKey {
        source_id,
        stream_no,
        ..
    } = stream;
    let came: Vec<&str> = batch
        .pages
        .iter()
        .flat_map(|page| &page.records)
        .map(|record| &*record.identifier)
        .collect();
    if !came.is_empty() && has_identifiers(tx, stream).await? {
        sql::run(
            tx,
            "DELETE FROM gap WHERE source_id = $1 AND stream_no = $2 AND identifier = ANY ($3)",
            &[&source_id, &stream_no, &came],
        )
        .await?;
    }
    if !batch.closed_gaps.is_empty() {
        sql::run(
            tx,
            "DELETE FROM gap WHERE source_id = $1 AND stream_no = $2 AND gap_no = ANY ($3)",
            &[&source_id, &stream_no, &batch.closed_gaps],
        )
        .await?;
    }
    for gap in &batch.gaps {
        put(tx, stream, gap).await?;
    }
    Ok(())
}

/// Whether any gap could be filled by a record; most streams have none.
async fn has_identifiers(tx: &Transaction<'_>, stream: StreamKey) -> Outcome<bool> {
    let row = sql::one(
        tx,
        "SELECT EXISTS (SELECT 1 FROM gap WHERE source_id = $1 AND stream_no = $2 AND identifier IS NOT NULL)",
        &[&stream.source_id, &stream.stream_no],
    ).await?;
    Ok(row.try_get(0)?)
}

/// A gap met again is the same gap, tried once more; what a person noted of it stays. What was taken down is none.
async fn put(tx: &Transaction<'_>, stream: StreamKey, gap: &NewGap) -> Outcome<()> {
    let now = micros(Utc::now());
    let StreamKey {
        source_id,
        stream_no,
        ..
    } = stream;
    // One identifier is one gap, whichever window it was missed in.
    let known = sql::run(
        tx,
        "UPDATE gap SET reason = $6, tries = tries + 1, last_try = $7, win_from = $4, win_until = $5
         WHERE source_id = $1 AND stream_no = $2 AND gap_no = (
             SELECT gap_no FROM gap
             WHERE source_id = $1 AND stream_no = $2
               AND md5(identifier)::uuid IS NOT DISTINCT FROM md5($3)::uuid
               AND ($3 IS NOT NULL OR (win_from IS NOT DISTINCT FROM $4 AND win_until IS NOT DISTINCT FROM $5))
             ORDER BY gap_no LIMIT 1)",
        &[&source_id, &stream_no, &gap.identifier, &gap.from, &gap.until, &gap.reason, &now],
    ).await?;
    if known > 0 {
        return Ok(());
    }
    sql::run(
        tx,
        "INSERT INTO gap (source_id, stream_no, gap_no, identifier, win_from, win_until, reason, tries, last_try)
         SELECT $1, $2, coalesce(max(gap_no), 0) + 1, $3, $4, $5, $6, 1, $7
         FROM gap WHERE source_id = $1 AND stream_no = $2
         HAVING NOT EXISTS (SELECT 1 FROM forgotten WHERE source_id = $1 AND md5(identifier)::uuid = md5($3)::uuid)",
        &[&source_id, &stream_no, &gap.identifier, &gap.from, &gap.until, &gap.reason, &now],
    )
    .await?;
    Ok(())
}

/// Open gaps of a source.
pub(super) async fn all(tx: &Transaction<'_>, source_id: SourceId) -> Outcome<Vec<Gap>> {
    let rows = sql::rows(
        tx,
        "SELECT stream_no, gap_no, identifier, win_from, win_until, reason, tries, last_try, acknowledged <> 0
         FROM gap WHERE source_id = $1 ORDER BY stream_no, gap_no",
        &[&source_id],
    ).await?;
    let mut gaps = Vec::new();
    for row in rows {
        gaps.push(Gap {
            stream_no: row.try_get(0)?,
            gap_no: row.try_get(1)?,
            identifier: row.try_get(2)?,
            from: row.try_get(3)?,
            until: row.try_get(4)?,
            reason: row.try_get(5)?,
            tries: row.try_get(6)?,
            last_try: time(row.try_get(7)?)?,
            acknowledged: row.try_get(8)?,
        });
    }
    Ok(gaps)
}
