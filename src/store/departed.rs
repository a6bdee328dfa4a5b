//! Entries for a source that is removed or renamed: each of its items is a deletion under the name it had.

use super::fault::Result;
use super::query::values;
use super::session::Session;
use super::types::SourceId;

/// Notes all that there is of a source under its present name. Who had it once before hears of it again.
pub(super) async fn note(session: &dyn Session, source_id: SourceId) -> Result<()> {
    let at = session.stamp().await?;
    let sql = "DELETE FROM departed
         WHERE name = (SELECT name FROM source WHERE source_id = $1) AND (identifier_hash, identifier) IN (
             SELECT i.identifier_hash, i.identifier FROM item i JOIN article a USING (source_id, item_no)
             WHERE i.source_id = $1
             UNION SELECT identifier_hash, identifier FROM forgotten WHERE source_id = $1)";
    session.run(sql, &values![source_id]).await?;
    let sql = "INSERT INTO departed (name, identifier, identifier_hash, at, facets)
         SELECT s.name, d.identifier, d.identifier_hash, $2, d.facets FROM source s
         JOIN (SELECT i.source_id, i.item_no, i.identifier, i.identifier_hash, g.content AS facets
               FROM item i JOIN article a USING (source_id, item_no)
               JOIN article_group g ON g.source_id = a.source_id AND g.group_no = a.facets_no
               UNION ALL SELECT source_id, 0, identifier, identifier_hash, facets FROM forgotten) d USING (source_id)
         WHERE s.source_id = $1 ORDER BY d.item_no, d.identifier";
    session.run(sql, &values![source_id, at]).await?;
    let sql = "INSERT INTO departed_set (name, set_spec)
         SELECT name, set_spec FROM (
             SELECT name, '' AS set_spec FROM source WHERE source_id = $1
             UNION SELECT s.name, f.value FROM source s JOIN facet f USING (source_id)
             WHERE s.source_id = $1 AND f.kind = 'set') s
         WHERE true ON CONFLICT DO NOTHING";
    session.run(sql, &values![source_id]).await?;
    Ok(())
}
