//! How far each export has come in each source.

use std::collections::HashMap;

use chrono::Utc;
use deadpool_postgres::Transaction;

use super::super::fault::Outcome;
use super::super::sql;
use crate::store::convert::{int, micros, time};
use crate::store::{ExportId, ExportSpan, ExportSpec, ExportTurn, Removed, SourceId, StoreError};

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
        "SELECT export_id, format, options_hash, delta_no, state, removed_upto FROM export
         WHERE name = $1 FOR UPDATE",
        &[&spec.name],
    )
    .await?;
    let wanted = if spec.delta { "delta" } else { "full" };
    let (export_id, delta_no): (ExportId, i64) = (known.try_get(0)?, known.try_get(3)?);
    let state: Option<&str> = known.try_get(4)?;
    let same = known.try_get::<_, &str>(1)? == spec.format && known.try_get::<_, i64>(2)? == hash;
    let pending = same && state == Some(wanted);
    // The file of a delta that did not end may be in its place, and read: what is no redo takes another number.
    let delta_no = delta_no + i64::from(!pending && state == Some("delta"));
    sql::run(
        tx,
        "UPDATE export SET format = $2, options_hash = $3, delta_no = $4 WHERE export_id = $1",
        &[&export_id, &spec.format, &hash, &delta_no],
    )
    .await?;
    if !same {
        sql::run(
            tx,
            "DELETE FROM export_cursor WHERE export_id = $1",
            &[&export_id],
        )
        .await?;
    }
    let cursors = cursors(tx, export_id).await?;
    let first = !cursors.values().any(|(done, _)| *done > 0);
    // Where its sources are gone, what is left of it is told by them.
    let everything = !same || first && (delta_no == 0 || pending);
    let spans = spans(tx, spec, &cursors, pending).await?;
    let ids: Vec<SourceId> = spans.iter().map(|span| span.source_id).collect();
    let ends: Vec<i64> = spans.iter().map(|span| span.upto).collect();
    sql::run(
        tx,
        "INSERT INTO export_cursor (export_id, source_id, pending_seq)
         SELECT $1, * FROM unnest($2::bigint[], $3::bigint[])
         ON CONFLICT (source_id, export_id) DO UPDATE SET pending_seq = excluded.pending_seq",
        &[&export_id, &ids, &ends],
    )
    .await?;
    let removed_upto: i64 = if pending {
        known.try_get(5)?
    } else {
        let newest = "SELECT coalesce(max(removal_no), 0) FROM removed WHERE export_id = $1";
        sql::one(tx, newest, &[&export_id]).await?.try_get(0)?
    };
    sql::run(
        tx,
        "UPDATE export SET state = $2, removed_upto = $3 WHERE export_id = $1",
        &[&export_id, &wanted, &removed_upto],
    )
    .await?;
    Ok(ExportTurn {
        export_id,
        delta_no: delta_no + 1,
        redo: pending,
        everything,
        spans,
        removed_upto,
    })
}

/// The same, leaving no trace.
pub(super) async fn peek(tx: &Transaction<'_>, spec: &ExportSpec) -> Outcome<ExportTurn> {
    tx.batch_execute("SAVEPOINT peek").await?;
    let turn = begin(tx, spec).await?;
    tx.batch_execute("ROLLBACK TO SAVEPOINT peek").await?;
    Ok(turn)
}

pub(super) async fn removed(
    tx: &Transaction<'_>,
    export_id: ExportId,
    after: i64,
    upto: i64,
    limit: usize,
) -> Outcome<Vec<Removed>> {
    let rows = sql::rows(
        tx,
        "SELECT removal_no, name, base_url, id_base, identifier, at FROM removed
         WHERE export_id = $1 AND removal_no > $2 AND removal_no <= $3 ORDER BY removal_no LIMIT $4",
        &[&export_id, &after, &upto, &int(limit)],
    )
    .await?;
    let mut found = Vec::new();
    for row in rows {
        found.push(Removed {
            removal_no: row.try_get(0)?,
            source: row.try_get(1)?,
            base_url: row.try_get(2)?,
            id_base: row.try_get(3)?,
            identifier: row.try_get(4)?,
            at: time(row.try_get(5)?)?,
        });
    }
    Ok(found)
}

/// Notes what each export has written of a source that is about to be removed: what was live when it last looked.
pub(super) async fn note_removal(tx: &Transaction<'_>, source_id: SourceId) -> Outcome<()> {
    // Numbers in the order of commits: an export that is under way has looked, or will.
    sql::run(
        tx,
        "SELECT 1 FROM export e JOIN export_cursor c USING (export_id)
         WHERE c.source_id = $1 ORDER BY e.export_id FOR UPDATE OF e",
        &[&source_id],
    )
    .await?;
    sql::run(
        tx,
        "INSERT INTO removed (export_id, name, base_url, id_base, identifier, at)
         SELECT c.export_id, s.name, s.base_url, s.id_base, i.identifier, $2
         FROM export_cursor c
         JOIN source s USING (source_id)
         JOIN (SELECT i.source_id, i.item_no, i.identifier, a.seq, a.status = 0 AS live
               FROM item i JOIN article a USING (source_id, item_no)
               UNION ALL SELECT source_id, 0, identifier, seq, false FROM forgotten) i USING (source_id)
         WHERE c.source_id = $1 AND (c.done_seq > 0 OR c.pending_seq IS NOT NULL)
           AND (i.live OR i.seq > c.done_seq)
         ORDER BY c.export_id, i.item_no, i.identifier COLLATE \"C\"",
        &[&source_id, &micros(Utc::now())],
    )
    .await?;
    Ok(())
}

/// How far an export is in each source, and how far the turn under way is to bring it.
async fn cursors(
    tx: &Transaction<'_>,
    export_id: ExportId,
) -> Outcome<HashMap<SourceId, (i64, Option<i64>)>> {
    let rows = sql::rows(
        tx,
        "SELECT source_id, done_seq, pending_seq FROM export_cursor WHERE export_id = $1",
        &[&export_id],
    )
    .await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, (row.try_get(1)?, row.try_get(2)?))))
        .collect()
}

/// What each source has to give. Its row tells the changes that are committed, and all of them up to there: a change
/// under way holds the row, and comes with a higher number.
async fn spans(
    tx: &Transaction<'_>,
    spec: &ExportSpec,
    cursors: &HashMap<SourceId, (i64, Option<i64>)>,
    pending: bool,
) -> Outcome<Vec<ExportSpan>> {
    let rows = sql::rows(
        tx,
        "SELECT source_id, name, seq FROM source ORDER BY name COLLATE \"C\"",
        &[],
    )
    .await?;
    let mut sources: Vec<(SourceId, String, i64)> = Vec::new();
    for row in rows {
        sources.push((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
    }
    if let Some(name) = spec
        .sources
        .iter()
        .find(|name| !sources.iter().any(|(_, known, _)| known == *name))
    {
        return Err(StoreError::Unknown {
            what: "source",
            name: name.clone(),
        }
        .into());
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
        spans.push(ExportSpan {
            source_id,
            after,
            upto,
        });
    }
    Ok(spans)
}

pub(super) async fn end(tx: &Transaction<'_>, export_id: ExportId, wrote: bool) -> Outcome<()> {
    let found = sql::run(
        tx,
        "UPDATE export SET state = NULL,
                delta_no = delta_no + CASE WHEN $2 AND state = 'delta' THEN 1 ELSE 0 END
         WHERE export_id = $1",
        &[&export_id, &wrote],
    )
    .await?;
    if found == 0 {
        return Err(StoreError::Unknown {
            what: "export",
            name: export_id.to_string(),
        }
        .into());
    }
    sql::run(
        tx,
        "UPDATE export_cursor SET done_seq = pending_seq, pending_seq = NULL
         WHERE export_id = $1 AND pending_seq IS NOT NULL",
        &[&export_id],
    )
    .await?;
    sql::run(
        tx,
        "DELETE FROM removed WHERE export_id = $1
           AND removal_no <= (SELECT removed_upto FROM export WHERE export_id = $1)",
        &[&export_id],
    )
    .await?;
    Ok(())
}
