//! What is told of a source that goes, or takes another name: each of its items is a deletion under the name it had.

use deadpool_postgres::Transaction;

use super::super::derive::stamp;
use super::super::fault::Outcome;
use super::super::sql;
use crate::store::SourceId;

/// Notes all that there is of a source under its present name. Who had it once before hears of it anew.
pub(super) async fn note(tx: &Transaction<'_>, source_id: SourceId) -> Outcome<()> {
    let at = stamp(tx).await?;
    sql::run(
        tx,
        "DELETE FROM departed d USING source s
         WHERE s.source_id = $1 AND d.name = s.name AND md5(d.identifier)::uuid IN (
             SELECT md5(i.identifier)::uuid FROM item i JOIN article a USING (source_id, item_no)
             WHERE i.source_id = $1
             UNION SELECT md5(identifier)::uuid FROM forgotten WHERE source_id = $1)",
        &[&source_id],
    )
    .await?;
    sql::run(
        tx,
        "INSERT INTO departed (name, identifier, at, facets)
         SELECT s.name, d.identifier, $2, d.facets FROM source s
         JOIN (SELECT i.source_id, i.item_no, i.identifier, a.facets
               FROM item i JOIN article a USING (source_id, item_no)
               UNION ALL SELECT source_id, 0, identifier, facets FROM forgotten) d USING (source_id)
         WHERE s.source_id = $1 ORDER BY d.item_no, d.identifier COLLATE \"C\"",
        &[&source_id, &at],
    )
    .await?;
    sql::run(
        tx,
        "INSERT INTO departed_set (name, set_spec)
         SELECT name, '' FROM source WHERE source_id = $1
         UNION SELECT name, set_spec FROM source JOIN source_set USING (source_id) WHERE source_id = $1
         ON CONFLICT DO NOTHING",
        &[&source_id],
    )
    .await?;
    Ok(())
}
