//! Sources whose settings live in the store, and when each was last listed from its beginning.

use deadpool_postgres::Transaction;

use super::super::fault::Outcome;
use super::super::{sources, sql};
use crate::store::convert::{micros, time};
use crate::store::{KeptSource, SourceSpec, Time};

pub(super) async fn keep(tx: &Transaction<'_>, kept: &[KeptSource]) -> Outcome<u64> {
    let mut created = 0;
    for source in kept {
        let (source_id, is_new) = sources::find_or_create(tx, &source.spec).await?;
        sql::run(
            tx,
            "UPDATE source SET settings = $2 WHERE source_id = $1",
            &[&source_id, &source.settings],
        )
        .await?;
        created += u64::from(is_new);
    }
    Ok(created)
}

pub(super) async fn all(tx: &Transaction<'_>) -> Outcome<Vec<KeptSource>> {
    let rows = sql::rows(
        tx,
        "SELECT name, base_url, settings FROM source WHERE settings IS NOT NULL ORDER BY name COLLATE \"C\"",
        &[],
    )
    .await?;
    let mut kept = Vec::new();
    for row in rows {
        let spec = SourceSpec {
            name: Some(row.try_get(0)?),
            base_url: row.try_get(1)?,
        };
        kept.push(KeptSource {
            spec,
            settings: row.try_get(2)?,
        });
    }
    Ok(kept)
}

pub(super) async fn note_listing(
    tx: &Transaction<'_>,
    source_id: i64,
    started: Time,
) -> Outcome<()> {
    sql::run(
        tx,
        "UPDATE source SET last_listing = greatest(coalesce(last_listing, 0), $2) WHERE source_id = $1",
        &[&source_id, &micros(started)],
    )
    .await?;
    Ok(())
}

pub(super) async fn last_listings(tx: &Transaction<'_>) -> Outcome<Vec<(i64, Time)>> {
    let rows = sql::rows(
        tx,
        "SELECT source_id, last_listing FROM source WHERE last_listing IS NOT NULL ORDER BY source_id",
        &[],
    )
    .await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, time(row.try_get(1)?)?)))
        .collect()
}
