//! Records that a server cannot give in a format: known, and not requested again until they change.

use super::fault::Result;
use super::query::{FromRow, Row, identifier_hash, identifiers, values};
use super::session::Session;
use super::stream_key::{StreamKey, StreamRow};
use super::types::{Batch, FormatCount, FormatNo, SourceId};

/// Forgets the absences of records that came, and the gaps of those that are absent; then writes the new absences.
pub(super) async fn write(session: &dyn Session, stream: &StreamRow, batch: &Batch) -> Result<()> {
    let StreamKey {
        source_id,
        stream_no,
        format_no,
        ..
    } = stream.key;
    let came = || {
        let records = batch.pages.iter().flat_map(|page| &page.records);
        records.map(|record| &*record.identifier)
    };
    if came().next().is_some() && stream.has_absences {
        let rows = session.dialect().identifier_rows("$3");
        let sql = format!(
            "DELETE FROM format_absence WHERE source_id = $1 AND format_no = $2
               AND (identifier_hash, identifier) IN (SELECT u.hash, u.identifier FROM {rows})"
        );
        let values = [source_id.into(), format_no.into(), identifiers(came())?];
        session.run(&sql, &values).await?;
    }
    for absence in &batch.absences {
        let hash = identifier_hash(&absence.identifier);
        let key = values![source_id, format_no, hash, &absence.identifier];
        let sql = "DELETE FROM format_absence
             WHERE source_id = $1 AND format_no = $2 AND identifier_hash = $3 AND identifier = $4";
        session.run(sql, &key).await?;
        let [source, format, hash, identifier] = key;
        let sql = "INSERT INTO format_absence (source_id, format_no, identifier_hash, identifier, datestamp)
             VALUES ($1, $2, $3, $4, $5)";
        let datestamp = (&absence.datestamp).into();
        session
            .run(
                sql,
                &[
                    source.clone(),
                    format,
                    hash.clone(),
                    identifier.clone(),
                    datestamp,
                ],
            )
            .await?;
        let sql = "DELETE FROM gap
             WHERE source_id = $1 AND stream_no = $2 AND identifier_hash = $3 AND identifier = $4";
        session
            .run(sql, &[source, stream_no.into(), hash, identifier])
            .await?;
    }
    Ok(())
}

/// For each identifier, the datestamp as of which it is known to be absent.
pub(super) async fn known(
    session: &dyn Session,
    source_id: SourceId,
    format_no: FormatNo,
    wanted: &[String],
) -> Result<Vec<Option<String>>> {
    let rows = session.dialect().identifier_rows("$3");
    let sql = format!(
        "SELECT (SELECT a.datestamp FROM format_absence a
                 WHERE a.source_id = $1 AND a.format_no = $2
                   AND a.identifier_hash = u.hash AND a.identifier = u.identifier)
         FROM {rows} ORDER BY u.n"
    );
    let wanted = identifiers(wanted.iter().map(String::as_str))?;
    let found: Vec<(Option<String>,)> = session
        .all(&sql, &[source_id.into(), format_no.into(), wanted])
        .await?;
    Ok(found.into_iter().map(|(datestamp,)| datestamp).collect())
}

/// Live and absent records of each format.
pub(super) async fn format_counts(
    session: &dyn Session,
    source_id: SourceId,
) -> Result<Vec<FormatCount>> {
    let sql = "SELECT f.metadata_prefix,
                (SELECT count(*) FROM record r
                 WHERE r.source_id = $1 AND r.format_no = f.format_no AND NOT r.deleted),
                (SELECT count(*) FROM format_absence a WHERE a.source_id = $1 AND a.format_no = f.format_no)
         FROM (SELECT DISTINCT format_no, metadata_prefix FROM stream WHERE source_id = $1) f
         ORDER BY f.format_no";
    session.all(sql, &values![source_id]).await
}

impl FromRow for FormatCount {
    fn from_row(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            metadata_prefix: row.get(0)?,
            live: row.get(1)?,
            absent: row.get(2)?,
        })
    }
}
