//! Records that a server cannot give in a format: known, and not asked for again until they change.

use deadpool_postgres::Transaction;

use super::fault::Outcome;
use super::sql;
use super::streams::StreamKey;
use crate::store::convert::count;
use crate::store::{Batch, FormatCount, FormatNo, SourceId};

/// Forgets the absences of records that came, and the gaps of those that are absent; then writes the new absences.
pub(super) async fn write(tx: &Transaction<'_>, stream: StreamKey, batch: &Batch) -> Outcome<()> {
    let StreamKey {
        source_id,
        stream_no,
        format_no,
        ..
    } = stream;
    let came: Vec<&str> = batch
        .pages
        .iter()
        .flat_map(|page| &page.records)
        .map(|record| &*record.identifier)
        .collect();
    if !came.is_empty() {
        sql::run(
            tx,
            "DELETE FROM format_absence WHERE source_id = $1 AND format_no = $2 AND identifier = ANY ($3)",
            &[&source_id, &format_no, &came],
        )
        .await?;
    }
    if batch.absences.is_empty() {
        return Ok(());
    }
    for absence in &batch.absences {
        sql::run(
            tx,
            "INSERT INTO format_absence (source_id, format_no, identifier, datestamp) VALUES ($1, $2, $3, $4)
             ON CONFLICT (source_id, format_no, (md5(identifier)::uuid)) DO UPDATE SET datestamp = excluded.datestamp",
            &[&source_id, &format_no, &absence.identifier, &absence.datestamp],
        )
        .await?;
    }
    let absent: Vec<&str> = batch
        .absences
        .iter()
        .map(|absence| &*absence.identifier)
        .collect();
    sql::run(
        tx,
        "DELETE FROM gap WHERE source_id = $1 AND stream_no = $2 AND identifier = ANY ($3)",
        &[&source_id, &stream_no, &absent],
    )
    .await?;
    Ok(())
}

/// For each identifier, the datestamp as of which it is known to be absent.
pub(super) async fn known(
    tx: &Transaction<'_>,
    source_id: SourceId,
    format_no: FormatNo,
    identifiers: &[String],
) -> Outcome<Vec<Option<String>>> {
    let rows = sql::rows(
        tx,
        "SELECT (SELECT a.datestamp FROM format_absence a
                 WHERE a.source_id = $1 AND a.format_no = $2
                   AND md5(a.identifier)::uuid = md5(u.identifier)::uuid)
         FROM unnest($3::text[]) WITH ORDINALITY u (identifier, n) ORDER BY u.n",
        &[&source_id, &format_no, &identifiers],
    )
    .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Live and absent records of each format.
pub(super) async fn format_counts(
    tx: &Transaction<'_>,
    source_id: SourceId,
) -> Outcome<Vec<FormatCount>> {
    let rows = sql::rows(
        tx,
        "SELECT f.metadata_prefix,
                (SELECT count(*) FROM record r
                 WHERE r.source_id = $1 AND r.format_no = f.format_no AND r.deleted = 0),
                (SELECT count(*) FROM format_absence a WHERE a.source_id = $1 AND a.format_no = f.format_no)
         FROM (SELECT DISTINCT format_no, metadata_prefix FROM stream WHERE source_id = $1) f
         ORDER BY f.format_no",
        &[&source_id],
    )
    .await?;
    rows.iter()
        .map(|row| {
            Ok(FormatCount {
                metadata_prefix: row.try_get(0)?,
                live: count(row.try_get(1)?),
                absent: count(row.try_get(2)?),
            })
        })
        .collect()
}
