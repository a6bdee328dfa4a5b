//! How far each export has come in each source.

use chrono::Utc;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};

use super::super::fault::Outcome;
use crate::store::convert::{int, micros, time};
use crate::store::{ExportId, ExportSpan, ExportSpec, ExportTurn, Removed, SourceId, StoreError};

pub(super) fn begin(conn: &mut Connection, spec: &ExportSpec) -> Outcome<ExportTurn> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let turn = turn(&tx, spec)?;
    tx.commit()?;
    Ok(turn)
}

/// The same, leaving no trace.
pub(super) fn peek(conn: &mut Connection, spec: &ExportSpec) -> Outcome<ExportTurn> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    turn(&tx, spec)
}

fn turn(tx: &Transaction<'_>, spec: &ExportSpec) -> Outcome<ExportTurn> {
    let hash = spec.options_hash.cast_signed();
    let known: Option<(ExportId, String, i64, i64, Option<String>, i64)> = tx
        .query_row(
            "SELECT export_id, format, options_hash, delta_no, state, removed_upto FROM export WHERE name = ?1",
            [&spec.name],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?)),
        )
        .optional()?;
    let wanted = if spec.delta { "delta" } else { "full" };
    let (export_id, delta_no, everything, pending, marked) = if let Some((
        id,
        format,
        options,
        delta_no,
        state,
        marked,
    )) = known
    {
        let same = format == spec.format && options == hash;
        let pending = same && state.as_deref() == Some(wanted);
        // The file of a delta that did not end may be in its place, and read: what is no redo takes another number.
        let is_spent = !pending && state.as_deref() == Some("delta");
        tx.execute(
            "UPDATE export SET format = ?2, options_hash = ?3, delta_no = delta_no + ?4 WHERE export_id = ?1",
            (id, &spec.format, hash, is_spent),
        )?;
        if !same {
            tx.execute("DELETE FROM export_cursor WHERE export_id = ?1", [id])?;
        }
        let first: bool = tx.query_row(
            "SELECT NOT EXISTS (SELECT 1 FROM export_cursor WHERE export_id = ?1 AND done_seq > 0)",
            [id],
            |row| row.get(0),
        )?;
        // Where its sources are gone, what is left of it is told by them.
        let everything = !same || first && (delta_no == 0 || pending);
        (
            id,
            delta_no + i64::from(is_spent),
            everything,
            pending,
            marked,
        )
    } else {
        tx.execute(
            "INSERT INTO export (name, format, options_hash) VALUES (?1, ?2, ?3)",
            (&spec.name, &spec.format, hash),
        )?;
        (ExportId(tx.last_insert_rowid()), 0, true, false, 0)
    };
    let sources: Vec<(SourceId, String, i64)> = {
        let mut statement = tx.prepare("SELECT source_id, name, seq FROM source ORDER BY name")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        rows.collect::<Result<_, _>>()?
    };
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
        spans.push(ExportSpan {
            source_id,
            after,
            upto,
        });
    }
    let removed_upto = if pending {
        marked
    } else {
        tx.query_row(
            "SELECT coalesce(max(removal_no), 0) FROM removed WHERE export_id = ?1",
            [export_id],
            |row| row.get(0),
        )?
    };
    tx.execute(
        "UPDATE export SET state = ?2, removed_upto = ?3 WHERE export_id = ?1",
        (export_id, wanted, removed_upto),
    )?;
    Ok(ExportTurn {
        export_id,
        delta_no: delta_no + 1,
        redo: pending,
        everything,
        spans,
        removed_upto,
    })
}

pub(super) fn removed(
    conn: &Connection,
    export_id: ExportId,
    after: i64,
    upto: i64,
    limit: usize,
) -> Outcome<Vec<Removed>> {
    let mut statement = conn.prepare_cached(
        "SELECT removal_no, name, base_url, id_base, identifier, at FROM removed
         WHERE export_id = ?1 AND removal_no > ?2 AND removal_no <= ?3 ORDER BY removal_no LIMIT ?4",
    )?;
    let mut rows = statement.query((export_id, after, upto, int(limit)))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(Removed {
            removal_no: row.get(0)?,
            source: row.get(1)?,
            base_url: row.get(2)?,
            id_base: row.get(3)?,
            identifier: row.get(4)?,
            at: time(row.get(5)?)?,
        });
    }
    Ok(found)
}

/// Notes what each export has written of a source that is about to be removed: what was live when it last looked.
pub(super) fn note_removal(tx: &Transaction<'_>, source_id: SourceId) -> Outcome<()> {
    tx.execute(
        "INSERT INTO removed (export_id, name, base_url, id_base, identifier, at)
         SELECT c.export_id, s.name, s.base_url, s.id_base, i.identifier, ?2
         FROM export_cursor c
         JOIN source s USING (source_id)
         JOIN (SELECT i.source_id, i.item_no, i.identifier, a.seq, a.status = 0 AS live
               FROM item i JOIN article a USING (source_id, item_no)
               UNION ALL SELECT source_id, 0, identifier, seq, 0 FROM forgotten) i USING (source_id)
         WHERE c.source_id = ?1 AND (c.done_seq > 0 OR c.pending_seq IS NOT NULL)
           AND (i.live OR i.seq > c.done_seq)
         ORDER BY c.export_id, i.item_no, i.identifier",
        (source_id, micros(Utc::now())),
    )?;
    Ok(())
}

pub(super) fn end(conn: &mut Connection, export_id: ExportId, wrote: bool) -> Outcome<()> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = tx.execute(
        "UPDATE export SET state = NULL, delta_no = delta_no + (?2 AND state = 'delta') WHERE export_id = ?1",
        (export_id, wrote),
    )?;
    if found == 0 {
        return Err(StoreError::Unknown {
            what: "export",
            name: export_id.to_string(),
        }
        .into());
    }
    tx.execute(
        "UPDATE export_cursor SET done_seq = pending_seq, pending_seq = NULL
         WHERE export_id = ?1 AND pending_seq IS NOT NULL",
        [export_id],
    )?;
    tx.execute(
        "DELETE FROM removed WHERE export_id = ?1
           AND removal_no <= (SELECT removed_upto FROM export WHERE export_id = ?1)",
        [export_id],
    )?;
    tx.commit()?;
    Ok(())
}
