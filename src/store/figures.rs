//! Figures of articles that are kept for reports, by blocks of items: a cache, found stale by a mark of each block.

use std::collections::BTreeMap;

use xxhash_rust::xxh3::Xxh3;

use super::fault::Result;
use super::query::{FromRow, Row, values};
use super::session::Session;
use super::types::{ItemNo, KeptFigures, SourceId};

/// The mark of each block that has articles: a hash of what decides their figures.
pub(super) async fn marks(
    session: &dyn Session,
    source_id: SourceId,
    seed: u64,
) -> Result<BTreeMap<i64, u64>> {
    let sql = "SELECT a.item_no, a.seq, a.hash, r.seq, r.datestamp
         FROM article a JOIN record r ON r.source_id = a.source_id AND r.item_no = a.item_no
         WHERE a.source_id = $1 ORDER BY a.item_no, r.format_no";
    let mut hashers: BTreeMap<i64, Xxh3> = BTreeMap::new();
    session
        .each(sql, &values![source_id], &mut |row| {
            let item_no: ItemNo = row.get(0)?;
            let hasher = hashers
                .entry(item_no.block())
                .or_insert_with(|| Xxh3::with_seed(seed));
            for number in [item_no.0, row.get(1)?, row.get(2)?, row.get(3)?] {
                hasher.update(&number.to_le_bytes());
            }
            let datestamp = row.str(4)?;
            hasher.update(&datestamp.len().to_le_bytes());
            hasher.update(datestamp.as_bytes());
            Ok(())
        })
        .await?;
    let marks = hashers.into_iter();
    Ok(marks
        .map(|(block, hasher)| (block, hasher.digest()))
        .collect())
}

impl FromRow for KeptFigures {
    fn from_row(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            block: row.get(0)?,
            mark: row.get::<i64>(1)?.cast_unsigned(),
            body: row.get(2)?,
        })
    }
}

/// Returns the figures that are kept of a source.
pub(super) async fn kept(session: &dyn Session, source_id: SourceId) -> Result<Vec<KeptFigures>> {
    let sql =
        "SELECT block_no, mark, body FROM kept_figures WHERE source_id = $1 ORDER BY block_no";
    session.all(sql, &values![source_id]).await
}

/// Keeps figures in the place of those that were kept of the same blocks.
pub(super) async fn keep(
    session: &dyn Session,
    source_id: SourceId,
    figures: &[KeptFigures],
) -> Result<()> {
    let sql = "INSERT INTO kept_figures (source_id, block_no, mark, body) VALUES ($1, $2, $3, $4)
         ON CONFLICT (source_id, block_no) DO UPDATE SET mark = excluded.mark, body = excluded.body";
    for block in figures {
        let mark = block.mark.cast_signed();
        let values = values![source_id, block.block, mark, &block.body];
        session.run(sql, &values).await?;
    }
    Ok(())
}
