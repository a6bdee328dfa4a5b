//! Sources as people manage them: names, addresses, removal, what they know to be missing.

use deadpool_postgres::Transaction;

use super::super::fault::{Fault, Outcome};
use super::super::{items, sources, sql};
use super::{departed, exports};
use crate::store::convert::{micros, time};
use crate::store::naming::url_key;
use crate::store::{Counts, StoreError, Time};

/// Tables that a source has rows in, its own last.
const TABLES: [&str; 19] = [
    "page_body",
    "page",
    "record_old",
    "record",
    "article_text",
    "article_key",
    "article",
    "item",
    "gap",
    "harvest_window",
    "format_absence",
    "item_set",
    "stream",
    "forgotten",
    "source_set",
    "export_cursor",
    "run_source",
    "schedule",
    "source",
];

pub(super) async fn rename(tx: &Transaction<'_>, name: &str, to: &str) -> Outcome<()> {
    let source_id = id(tx, name).await?;
    let taken = sql::maybe(tx, "SELECT source_id FROM source WHERE name = $1", &[&to]).await?;
    let taken: Option<i64> = taken.map(|row| row.try_get(0)).transpose()?;
    if taken.is_some_and(|other| other != source_id) {
        return Err(Fault::invalid(format!(
            "a source has the name {to:?} already"
        )));
    }
    if taken.is_none() {
        departed::note(tx, source_id).await?;
    }
    // Names stand in exported articles: all are made again, and those that change are changes.
    sql::run(
        tx,
        "UPDATE source SET name = $2, derivation = NULL WHERE source_id = $1",
        &[&source_id, &to],
    )
    .await?;
    Ok(())
}

pub(super) async fn relocate(tx: &Transaction<'_>, name: &str, base_url: &str) -> Outcome<()> {
    let source_id = id(tx, name).await?;
    let other = sql::maybe(
        tx,
        "SELECT name FROM source WHERE url_key = $2 AND source_id <> $1 LIMIT 1",
        &[&source_id, &url_key(base_url)],
    )
    .await?;
    if let Some(other) = other {
        let other: String = other.try_get(0)?;
        return Err(Fault::invalid(format!(
            "the source {other:?} has that address already"
        )));
    }
    sources::set_base_url(tx, source_id, base_url).await?;
    // Whoever writes to it at the old address is fenced out; and what the old one said of itself is no longer
    // fresh, so that the new one is asked before anything else.
    sql::run(
        tx,
        "UPDATE source SET fence = fence + 1, derivation = NULL,
                identify = jsonb_set(identify::jsonb, '{asked_at}', '\"1970-01-01T00:00:00Z\"')::text
         WHERE source_id = $1",
        &[&source_id],
    )
    .await?;
    Ok(())
}

pub(super) async fn remove(tx: &Transaction<'_>, name: &str) -> Outcome<Counts> {
    let source_id = id(tx, name).await?;
    sources::lock_unfenced(tx, source_id).await?;
    let counts = items::counts(tx, source_id).await?;
    exports::note_removal(tx, source_id).await?;
    departed::note(tx, source_id).await?;
    for table in TABLES {
        sql::run(
            tx,
            &format!("DELETE FROM {table} WHERE source_id = $1"),
            &[&source_id],
        )
        .await?;
    }
    Ok(counts)
}

pub(super) async fn note_start(tx: &Transaction<'_>, source_id: i64, started: Time) -> Outcome<()> {
    sql::run(
        tx,
        "UPDATE source SET last_start = greatest(coalesce(last_start, 0), $2) WHERE source_id = $1",
        &[&source_id, &micros(started)],
    )
    .await?;
    Ok(())
}

pub(super) async fn last_starts(tx: &Transaction<'_>) -> Outcome<Vec<(i64, Time)>> {
    let rows = sql::rows(
        tx,
        "SELECT source_id, last_start FROM source WHERE last_start IS NOT NULL ORDER BY source_id",
        &[],
    )
    .await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, time(row.try_get(1)?)?)))
        .collect()
}

pub(super) async fn acknowledge(
    tx: &Transaction<'_>,
    source_id: i64,
    identifier: Option<&str>,
) -> Outcome<u64> {
    sql::run(
        tx,
        "UPDATE gap SET acknowledged = 1
         WHERE source_id = $1 AND acknowledged = 0 AND ($2::text IS NULL OR identifier = $2)",
        &[&source_id, &identifier],
    )
    .await
}

async fn id(tx: &Transaction<'_>, name: &str) -> Outcome<i64> {
    let row = sql::maybe(tx, "SELECT source_id FROM source WHERE name = $1", &[&name]).await?;
    let unknown = || StoreError::Unknown {
        what: "source",
        name: name.to_owned(),
    };
    Ok(row.ok_or_else(unknown)?.try_get(0)?)
}
