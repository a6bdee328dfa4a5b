//! How far each export has come in each source.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use super::super::fault::Outcome;
use crate::store::{ExportSpan, ExportSpec, ExportTurn, StoreError};

pub(super) fn begin(conn: &mut Connection, spec: &ExportSpec) -> Outcome<ExportTurn> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let hash = spec.options_hash.cast_signed();
    let known: Option<(i64, String, i64, i64, Option<String>)> = tx
        .query_row(
            "SELECT export_id, format, options_hash, delta_no, state FROM export WHERE name = ?1",
            [&spec.name],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)),
        )
        .optional()?;
    let wanted = if spec.delta { "delta" } else { "full" };
    let (export_id, delta_no, everything, pending) = match known {
        Some((id, format, options, delta_no, state)) if format == spec.format && options == hash => {
            let first: bool = tx.query_row(
                "SELECT NOT EXISTS (SELECT 1 FROM export_cursor WHERE export_id = ?1 AND done_seq > 0)",
                [id],
                |row| row.get(0),
            )?;
            (id, delta_no, first, state.as_deref() == Some(wanted))
        }
        Some((id, _, _, delta_no, _)) => {
            tx.execute(
                "UPDATE export SET format = ?2, options_hash = ?3 WHERE export_id = ?1",
                (id, &spec.format, hash),
            )?;
            tx.execute("DELETE FROM export_cursor WHERE export_id = ?1", [id])?;
            (id, delta_no, true, false)
        }
        None => {
            tx.execute(
                "INSERT INTO export (name, format, options_hash) VALUES (?1, ?2, ?3)",
                (&spec.name, &spec.format, hash),
            )?;
            (tx.last_insert_rowid(), 0, true, false)
        }
    };
    let sources: Vec<(i64, String, i64)> = {
        let mut statement = tx.prepare("SELECT source_id, name, seq FROM source ORDER BY name")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        rows.collect::<Result<_, _>>()?
    };
    if let Some(name) = spec.sources.iter().find(|name| !sources.iter().any(|(_, known, _)| known == *name)) {
        return Err(StoreError::Unknown { what: "source", name: name.clone() }.into());
    }
    let mut spans = Vec::new();
    for (source_id, name, seq) in sources {
        if !spec.sources.is_empty() && !spec.sources.contains(&name) {
            continue;
        }
        let cursor: Option<(i64, Option<i64>)> = tx
            .query_row(
                "SELECT done_seq, pending_seq FROM export_cursor WHERE export_id = ?1 AND source_id = ?2",
                (export_id, source_id),
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        let (after, upto) = match cursor {
            Some((done, Some(upto))) if pending => (done, upto),
            // A source that is new since the turn that did not end comes with the next one.
            None if pending => continue,
            Some((done, _)) => (done, seq),
            None => (0, seq),
        };
        tx.execute(
            "INSERT INTO export_cursor (export_id, source_id, pending_seq) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET pending_seq = excluded.pending_seq",
            (export_id, source_id, upto),
        )?;
        spans.push(ExportSpan { source_id, after, upto });
    }
    tx.execute("UPDATE export SET state = ?2 WHERE export_id = ?1", (export_id, wanted))?;
    tx.commit()?;
    Ok(ExportTurn { export_id, delta_no: delta_no + 1, redo: pending, everything, spans })
}

pub(super) fn end(conn: &mut Connection, export_id: i64, wrote: bool) -> Outcome<()> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = tx.execute(
        "UPDATE export SET state = NULL, delta_no = delta_no + (?2 AND state = 'delta') WHERE export_id = ?1",
        (export_id, wrote),
    )?;
    if found == 0 {
        return Err(StoreError::Unknown { what: "export", name: export_id.to_string() }.into());
    }
    tx.execute(
        "UPDATE export_cursor SET done_seq = pending_seq, pending_seq = NULL
         WHERE export_id = ?1 AND pending_seq IS NOT NULL",
        [export_id],
    )?;
    tx.commit()?;
    Ok(())
}
