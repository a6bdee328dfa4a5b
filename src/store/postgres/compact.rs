//! Dropping what need not be kept, source by source.

use deadpool_postgres::Transaction;

use super::session::PostgresSession;
use super::sql;
use crate::store::convert::count;
use crate::store::fault::Result;
use crate::store::source_row;
use crate::store::types::SourceId;

pub(super) async fn all_sources(tx: &Transaction<'_>) -> Result<Vec<SourceId>> {
    let rows = sql::rows(tx, "SELECT source_id FROM source ORDER BY source_id", &[]).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Former versions go.
pub(super) async fn versions(tx: &Transaction<'_>, source_id: SourceId) -> Result<u64> {
    sql::run(
        tx,
        "DELETE FROM record_old WHERE source_id = $1",
        &[&source_id],
    )
    .await
}

/// Bodies go that no version stands in. The source is locked: what is being written may point to any.
pub(super) async fn bodies(tx: &Transaction<'_>, source_id: SourceId) -> Result<u64> {
    source_row::lock_unfenced(&PostgresSession(tx), source_id).await?;
    sql::run(
        tx,
        "DELETE FROM page_body b WHERE b.source_id = $1 AND NOT EXISTS (
             SELECT 1 FROM (SELECT page_no FROM record WHERE source_id = $1
                            UNION SELECT page_no FROM record_old WHERE source_id = $1) pointed
             WHERE pointed.page_no = b.page_no)",
        &[&source_id],
    )
    .await
}

/// Size of the store's tables with their indexes, bytes.
pub(super) async fn size(tx: &Transaction<'_>) -> Result<u64> {
    let row = sql::one(
        tx,
        "SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class
         WHERE relnamespace = to_regnamespace(current_schema()) AND relkind = 'r'",
        &[],
    )
    .await?;
    Ok(count(row.try_get(0)?))
}
