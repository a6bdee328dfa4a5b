//! What is told of a source that goes, or takes another name: each of its items is a deletion under the name it had.

use rusqlite::Transaction;

use super::super::derive::stamp;
use super::super::fault::Outcome;
use crate::store::SourceId;

/// Notes all that there is of a source under its present name. Who had it once before hears of it anew.
pub(super) fn note(tx: &Transaction<'_>, source_id: SourceId) -> Outcome<()> {
    tx.execute(
        "INSERT OR REPLACE INTO departed (name, identifier, at, facets)
         SELECT s.name, d.identifier, ?2, d.facets FROM source s
         JOIN (SELECT i.source_id, i.item_no, i.identifier, a.facets
               FROM item i JOIN article a USING (source_id, item_no)
               UNION ALL SELECT source_id, 0, identifier, facets FROM forgotten) d USING (source_id)
         WHERE s.source_id = ?1 ORDER BY d.item_no, d.identifier",
        (source_id, stamp(tx)?),
    )?;
    tx.execute(
        "INSERT OR IGNORE INTO departed_set (name, set_spec)
         SELECT name, '' FROM source WHERE source_id = ?1
         UNION SELECT name, set_spec FROM source JOIN source_set USING (source_id) WHERE source_id = ?1",
        [source_id],
    )?;
    Ok(())
}
