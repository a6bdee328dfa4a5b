//! How far each export has come in each source.

use std::collections::HashMap;

use deadpool_postgres::Transaction;

use super::super::fault::Outcome;
use super::super::sql;
use crate::store::{ExportSpan, ExportSpec, ExportTurn, StoreError};

pub(super) async fn begin(tx: &Transaction<'_>, spec: &ExportSpec) -> Outcome<ExportTurn> {
    let hash = spec.options_hash.cast_signed();
    // Two turns of one export wait for each other here.
    sql::run(
        tx,
        "INSERT INTO export (name, format, options_hash) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING",
        &[&spec.name, &spec.format, &hash],
    )
    .await?;
    let known = sql::one(
        tx,
        "SELECT export_id, format, options_hash, delta_no, state FROM export WHERE name = $1 FOR UPDATE",
        &[&spec.name],
    )
    .await?;
    let wanted = if spec.delta { "delta" } else { "full" };
    let (export_id, delta_no): (i64, i64) = (known.try_get(0)?, known.try_get(3)?);
    let same = known.try_get::<_, &str>(1)? == spec.format && known.try_get::<_, i64>(2)? == hash;
    let pending = same && known.try_get::<_, Option<&str>>(4)? == Some(wanted);
    if !same {
        sql::run(
            tx,
            "UPDATE export SET format = $2, options_hash = $3 WHERE export_id = $1",
            &[&export_id, &spec.format, &hash],
        )
        .await?;
        sql::run(tx, "DELETE FROM export_cursor WHERE export_id = $1", &[&export_id]).await?;
    }
    let cursors = cursors(tx, export_id).await?;
    let everything = !cursors.values().any(|(done, _)| *done > 0);
    let spans = spans(tx, spec, &cursors, pending).await?;
    let ids: Vec<i64> = spans.iter().map(|span| span.source_id).collect();
    let ends: Vec<i64> = spans.iter().map(|span| span.upto).collect();
    sql::run(
        tx,
        "INSERT INTO export_cursor (export_id, source_id, pending_seq)
         SELECT $1, * FROM unnest($2::bigint[], $3::bigint[])
         ON CONFLICT (source_id, export_id) DO UPDATE SET pending_seq = excluded.pending_seq",
        &[&export_id, &ids, &ends],
    )
    .await?;
    sql::run(tx, "UPDATE export SET state = $2 WHERE export_id = $1", &[&export_id, &wanted]).await?;
    Ok(ExportTurn { export_id, delta_no: delta_no + 1, redo: pending, everything, spans })
}

/// How far an export is in each source, and how far the turn under way is to bring it.
async fn cursors(tx: &Transaction<'_>, export_id: i64) -> Outcome<HashMap<i64, (i64, Option<i64>)>> {
    let rows = sql::rows(
        tx,
        "SELECT source_id, done_seq, pending_seq FROM export_cursor WHERE export_id = $1",
        &[&export_id],
    )
    .await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, (row.try_get(1)?, row.try_get(2)?)))).collect()
}

/// What each source has to give. Its row tells the changes that are committed, and all of them up to there: a change
/// under way holds the row, and comes with a higher number.
async fn spans(
    tx: &Transaction<'_>,
    spec: &ExportSpec,
    cursors: &HashMap<i64, (i64, Option<i64>)>,
    pending: bool,
) -> Outcome<Vec<ExportSpan>> {
    let rows =
        sql::rows(tx, "SELECT source_id, name, seq FROM source ORDER BY name COLLATE \"C\"", &[]).await?;
    let mut sources: Vec<(i64, String, i64)> = Vec::new();
    for row in rows {
        sources.push((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
    }
    if let Some(name) = spec.sources.iter().find(|name| !sources.iter().any(|(_, known, _)| known == *name)) {
        return Err(StoreError::Unknown { what: "source", name: name.clone() }.into());
    }
    let mut spans = Vec::new();
    for (source_id, name, seq) in sources {
        if !spec.sources.is_empty() && !spec.sources.contains(&name) {
            continue;
        }
        let (after, upto) = match cursors.get(&source_id) {
            Some((done, Some(upto))) if pending => (*done, *upto),
            // A source that is new since the turn that did not end comes with the next one.
            None if pending => continue,
            Some((done, _)) => (*done, seq),
            None => (0, seq),
        };
        spans.push(ExportSpan { source_id, after, upto });
    }
    Ok(spans)
}

pub(super) async fn end(tx: &Transaction<'_>, export_id: i64, wrote: bool) -> Outcome<()> {
    let found = sql::run(
        tx,
        "UPDATE export SET state = NULL,
                delta_no = delta_no + CASE WHEN $2 AND state = 'delta' THEN 1 ELSE 0 END
         WHERE export_id = $1",
        &[&export_id, &wrote],
    )
    .await?;
    if found == 0 {
        return Err(StoreError::Unknown { what: "export", name: export_id.to_string() }.into());
    }
    sql::run(
        tx,
        "UPDATE export_cursor SET done_seq = pending_seq, pending_seq = NULL
         WHERE export_id = $1 AND pending_seq IS NOT NULL",
        &[&export_id],
    )
    .await?;
    Ok(())
}
