//! The progress of each export in each source.

use std::collections::HashMap;

use chrono::Utc;

use super::convert::json;
use super::fault::{Fault, Result};
use super::query::{FromRow, Row, Value, values};
use super::session::Session;
use super::types::{ExportBatch, ExportId, ExportSpan, ExportSpec, Removed, SourceId};

/// An export as it stands.
struct Known {
    export_id: ExportId,
    format: String,
    options_hash: i64,
    delta_no: i64,
    state: Option<String>,
    removed_upto: i64,
}

impl FromRow for Known {
    fn from_row(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            export_id: row.get(0)?,
            format: row.get(1)?,
            options_hash: row.get(2)?,
            delta_no: row.get(3)?,
            state: row.get(4)?,
            removed_upto: row.get(5)?,
        })
    }
}

pub(super) async fn begin(session: &dyn Session, spec: &ExportSpec) -> Result<ExportBatch> {
    let hash = spec.options_hash.cast_signed();
    // Two batches of one export wait for each other here.
    let sql = "INSERT INTO export (name, format, options_hash) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING";
    session
        .run(sql, &values![&spec.name, &spec.format, hash])
        .await?;
    let sql = format!(
        "SELECT export_id, format, options_hash, delta_no, state, removed_upto FROM export WHERE name = $1{}",
        session.dialect().for_update()
    );
    let known: Option<Known> = session.first(&sql, &values![&spec.name]).await?;
    let known = known.ok_or_else(|| Fault::unknown("export", &spec.name))?;
    let export_id = known.export_id;
    let wanted = if spec.delta { "delta" } else { "full" };
    let state = known.state.as_deref();
    let same = known.format == spec.format && known.options_hash == hash;
    let pending = same && state == Some(wanted);
    // The file of a delta that did not end may be in its place, and read: what is no retry takes another number.
    let delta_no = known.delta_no + i64::from(!pending && state == Some("delta"));
    let sql =
        "UPDATE export SET format = $2, options_hash = $3, delta_no = $4 WHERE export_id = $1";
    session
        .run(sql, &values![export_id, &spec.format, hash, delta_no])
        .await?;
    if !same {
        let sql = "DELETE FROM export_cursor WHERE export_id = $1";
        session.run(sql, &values![export_id]).await?;
    }
    let cursors = cursors(session, export_id).await?;
    let first = !cursors.values().any(|(done, _)| *done > 0);
    // Where its sources are gone, what is left of it is reported by them.
    let everything = !same || first && (delta_no == 0 || pending);
    let spans = spans(session, spec, &cursors, pending).await?;
    set_pending(session, export_id, &spans).await?;
    let removed_upto = if pending {
        known.removed_upto
    } else {
        let sql = "SELECT coalesce(max(removal_no), 0) FROM removed WHERE export_id = $1";
        session.value(sql, &values![export_id]).await?
    };
    let sql = "UPDATE export SET state = $2, removed_upto = $3 WHERE export_id = $1";
    session
        .run(sql, &values![export_id, wanted, removed_upto])
        .await?;
    Ok(ExportBatch {
        export_id,
        delta_no: delta_no + 1,
        is_retry: pending,
        everything,
        spans,
        removed_upto,
    })
}

/// The same, leaving no trace.
pub(super) async fn preview(session: &dyn Session, spec: &ExportSpec) -> Result<ExportBatch> {
    session.run("SAVEPOINT preview", &[]).await?;
    let batch = begin(session, spec).await?;
    session.run("ROLLBACK TO SAVEPOINT preview", &[]).await?;
    Ok(batch)
}

async fn set_pending(
    session: &dyn Session,
    export_id: ExportId,
    spans: &[ExportSpan],
) -> Result<()> {
    let ends: Vec<(SourceId, i64)> = spans
        .iter()
        .map(|span| (span.source_id, span.upto))
        .collect();
    let rows = session.dialect().json_rows("$2");
    let sql = format!(
        "INSERT INTO export_cursor (export_id, source_id, pending_seq)
         SELECT $1, CAST(value ->> 0 AS BIGINT), CAST(value ->> 1 AS BIGINT) FROM {rows} WHERE true
         ON CONFLICT (source_id, export_id) DO UPDATE SET pending_seq = excluded.pending_seq"
    );
    let values = [export_id.into(), Value::Text(json(&ends)?)];
    session.run(&sql, &values).await?;
    Ok(())
}

/// Reads the position of an export in each source, and the target of the batch under way.
async fn cursors(
    session: &dyn Session,
    export_id: ExportId,
) -> Result<HashMap<SourceId, (i64, Option<i64>)>> {
    let sql = "SELECT source_id, done_seq, pending_seq FROM export_cursor WHERE export_id = $1";
    let rows: Vec<(SourceId, i64, Option<i64>)> = session.all(sql, &values![export_id]).await?;
    Ok(rows
        .into_iter()
        .map(|(source_id, done, pending)| (source_id, (done, pending)))
        .collect())
}

/// Reads the pending changes of each source. Its row tells the changes that are committed, and all of them up to there:
/// a change under way holds the row, and comes with a higher number.
async fn spans(
    session: &dyn Session,
    spec: &ExportSpec,
    cursors: &HashMap<SourceId, (i64, Option<i64>)>,
    pending: bool,
) -> Result<Vec<ExportSpan>> {
    let sql = "SELECT source_id, name, seq FROM source ORDER BY name";
    let sources: Vec<(SourceId, String, i64)> = session.all(sql, &[]).await?;
    let is_unknown = |name: &&String| !sources.iter().any(|(_, known, _)| known == *name);
    if let Some(name) = spec.sources.iter().find(is_unknown) {
        return Err(Fault::unknown("source", name));
    }
    let mut spans = Vec::new();
    for (source_id, name, seq) in sources {
        if !spec.sources.is_empty() && !spec.sources.contains(&name) {
            continue;
        }
        let (after, upto) = match cursors.get(&source_id) {
            Some((done, Some(upto))) if pending => (*done, *upto),
            // A source that is new since the batch that did not end comes with the next one.
            None if pending => continue,
            Some((done, _)) => (*done, seq),
            None => (0, seq),
        };
        spans.push(ExportSpan {
            source_id,
            after,
            upto,
        });
    }
    Ok(spans)
}

pub(super) async fn removed(
    session: &dyn Session,
    export_id: ExportId,
    after: i64,
    upto: i64,
    limit: usize,
) -> Result<Vec<Removed>> {
    let sql = "SELECT removal_no, name, base_url, id_base, identifier, at FROM removed
         WHERE export_id = $1 AND removal_no > $2 AND removal_no <= $3 ORDER BY removal_no LIMIT $4";
    session
        .all(sql, &values![export_id, after, upto, limit])
        .await
}

impl FromRow for Removed {
    fn from_row(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            removal_no: row.get(0)?,
            source: row.get(1)?,
            base_url: row.get(2)?,
            id_base: row.get(3)?,
            identifier: row.get(4)?,
            at: row.get(5)?,
        })
    }
}

/// Notes what each export has written of a source that is about to be removed: what was live when it last looked.
pub(super) async fn note_removal(session: &dyn Session, source_id: SourceId) -> Result<()> {
    // Numbers in the order of commits: an export that is under way has looked, or will.
    let sql = format!(
        "SELECT export_id FROM export
         WHERE export_id IN (SELECT export_id FROM export_cursor WHERE source_id = $1) ORDER BY export_id{}",
        session.dialect().for_update()
    );
    session
        .all::<(ExportId,)>(&sql, &values![source_id])
        .await?;
    let sql = "INSERT INTO removed (export_id, name, base_url, id_base, identifier, at)
         SELECT c.export_id, s.name, s.base_url, s.id_base, i.identifier, $2
         FROM export_cursor c
         JOIN source s USING (source_id)
         JOIN (SELECT i.source_id, i.item_no, i.identifier, a.seq, NOT a.deleted AS live
               FROM item i JOIN article a USING (source_id, item_no)
               UNION ALL SELECT source_id, 0, identifier, seq, false FROM forgotten) i USING (source_id)
         WHERE c.source_id = $1 AND (c.done_seq > 0 OR c.pending_seq IS NOT NULL)
           AND (i.live OR i.seq > c.done_seq)
         ORDER BY c.export_id, i.item_no, i.identifier";
    session.run(sql, &values![source_id, Utc::now()]).await?;
    Ok(())
}

pub(super) async fn end(session: &dyn Session, export_id: ExportId, wrote: bool) -> Result<()> {
    let sql = "UPDATE export SET state = NULL,
                delta_no = delta_no + CASE WHEN $2 AND state = 'delta' THEN 1 ELSE 0 END
         WHERE export_id = $1";
    if session.run(sql, &values![export_id, wrote]).await? == 0 {
        return Err(Fault::unknown("export", &export_id));
    }
    let sql = "UPDATE export_cursor SET done_seq = pending_seq, pending_seq = NULL
         WHERE export_id = $1 AND pending_seq IS NOT NULL";
    session.run(sql, &values![export_id]).await?;
    let sql = "DELETE FROM removed WHERE export_id = $1
           AND removal_no <= (SELECT removed_upto FROM export WHERE export_id = $1)";
    session.run(sql, &values![export_id]).await?;
    Ok(())
}
