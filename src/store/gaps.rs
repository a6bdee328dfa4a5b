//! Gaps: what could not be fetched, until it is.

use chrono::Utc;

use super::fault::Result;
use super::forget;
use super::query::{FromRow, Row, Value, identifier_hash, identifiers, values};
use super::session::Session;
use super::stream_key::{StreamKey, StreamRow};
use super::types::{Batch, Gap, GapNo, NewGap, SourceId};

/// Closes the gaps whose record has come and those named, then writes the new ones.
pub(super) async fn write(session: &dyn Session, stream: &StreamRow, batch: &Batch) -> Result<()> {
    let StreamKey {
        source_id,
        stream_no,
        ..
    } = stream.key;
    let records = || batch.pages.iter().flat_map(|page| &page.records);
    if records().next().is_some() && stream.has_record_gaps {
        let rows = session.dialect().identifier_rows("$3");
        let sql = format!(
            "DELETE FROM gap WHERE source_id = $1 AND stream_no = $2
               AND (identifier_hash, identifier) IN (SELECT u.hash, u.identifier FROM {rows})"
        );
        let came = identifiers(records().map(|record| &*record.identifier))?;
        session
            .run(&sql, &[source_id.into(), stream_no.into(), came])
            .await?;
    }
    if !batch.closed_gaps.is_empty() {
        let closed = session.dialect().numbers("$3", "gap_no");
        let sql = format!(
            "DELETE FROM gap WHERE source_id = $1 AND stream_no = $2
               AND gap_no IN (SELECT u.gap_no FROM {closed})"
        );
        let closed = batch.closed_gaps.iter().map(|gap_no| gap_no.0).collect();
        let values = [source_id.into(), stream_no.into(), Value::Ints(closed)];
        session.run(&sql, &values).await?;
    }
    for gap in &batch.gaps {
        if let Some(identifier) = &gap.identifier
            && forget::is_forgotten(session, source_id, identifier).await?
        {
            continue;
        }
        put(session, stream.key, gap).await?;
    }
    Ok(())
}

/// A gap met again is the same gap, tried once more; what a person noted of it stays.
async fn put(session: &dyn Session, stream: StreamKey, gap: &NewGap) -> Result<()> {
    let StreamKey {
        source_id,
        stream_no,
        ..
    } = stream;
    let hash = gap.identifier.as_deref().map(identifier_hash);
    // One identifier is one gap, whichever window it was missed in.
    let sql = "SELECT gap_no FROM gap
         WHERE source_id = $1 AND stream_no = $2
           AND identifier_hash IS NOT DISTINCT FROM $3 AND identifier IS NOT DISTINCT FROM $4
           AND ($4 IS NOT NULL OR (win_from IS NOT DISTINCT FROM $5 AND win_until IS NOT DISTINCT FROM $6))
         ORDER BY gap_no LIMIT 1";
    let values = values![
        source_id,
        stream_no,
        hash,
        &gap.identifier,
        &gap.from,
        &gap.until
    ];
    if let Some(gap_no) = session.find::<GapNo>(sql, &values).await? {
        let sql = "UPDATE gap SET reason = $4, tries = tries + 1, last_try = $5, win_from = $6, win_until = $7
             WHERE source_id = $1 AND stream_no = $2 AND gap_no = $3";
        let values = values![
            source_id,
            stream_no,
            gap_no,
            &gap.reason,
            Utc::now(),
            &gap.from,
            &gap.until
        ];
        session.run(sql, &values).await?;
        return Ok(());
    }
    let sql = "INSERT INTO gap (source_id, stream_no, gap_no, identifier, identifier_hash, win_from, win_until, reason,
             tries, last_try, acknowledged)
         SELECT $1, $2, coalesce(max(gap_no), 0) + 1, $4, $3, $5, $6, $7, 1, $8, false
         FROM gap WHERE source_id = $1 AND stream_no = $2";
    let values = values![
        source_id,
        stream_no,
        hash,
        &gap.identifier,
        &gap.from,
        &gap.until,
        &gap.reason,
        Utc::now()
    ];
    session.run(sql, &values).await?;
    Ok(())
}

/// Open gaps of a source.
pub(super) async fn all(session: &dyn Session, source_id: SourceId) -> Result<Vec<Gap>> {
    let sql = "SELECT stream_no, gap_no, identifier, win_from, win_until, reason, tries, last_try, acknowledged
         FROM gap WHERE source_id = $1 ORDER BY stream_no, gap_no";
    session.all(sql, &values![source_id]).await
}

impl FromRow for Gap {
    fn from_row(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            stream_no: row.get(0)?,
            gap_no: row.get(1)?,
            identifier: row.get(2)?,
            from: row.get(3)?,
            until: row.get(4)?,
            reason: row.get(5)?,
            tries: row.get(6)?,
            last_try: row.get(7)?,
            acknowledged: row.get(8)?,
        })
    }
}
