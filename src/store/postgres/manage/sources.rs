//! Sources as people manage them: names, addresses, removal, what they know to be missing.

use deadpool_postgres::Transaction;

use super::super::fault::{Fault, Outcome};
use super::super::{items, sources, sql};
use super::{departed, exports, settings};
use crate::store::convert::{micros, time};
use crate::store::naming::url_key;
use crate::store::{SourceId, Counts, StoreError, Time};

/// Tables that a source has rows in, its own last.
const TABLES: [&str; 18] = [
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
    "source",
];

pub(super) async fn rename(tx: &Transaction<'_>, name: &str, to: &str) -> Outcome<()> {
    if name != to && is_known(tx, to).await? {
        return Err(Fault::invalid(format!(
            "a source has the name {to:?} already"
        )));
    }
    let has_settings = settings::rename(tx, name, to).await?;
    let Some(source_id) = optional_id(tx, name).await? else {
        return only_settings(name, has_settings);
    };
    if name != to {
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
    let has_settings = settings::relocate(tx, name, base_url).await?;
    let Some(source_id) = optional_id(tx, name).await? else {
        return only_settings(name, has_settings);
    };
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
    let has_settings = settings::remove(tx, name).await?;
    let Some(source_id) = optional_id(tx, name).await? else {
        only_settings(name, has_settings)?;
        return Ok(Counts::default());
    };
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

/// Notes the start of a run that harvested a source. A later time that is stored already comes from a clock that was
/// ahead, or from a run that overlapped: neither is worth keeping.
pub(super) async fn note_start(tx: &Transaction<'_>, source_id: SourceId, started: Time) -> Outcome<()> {
    sql::run(
        tx,
        "UPDATE source SET last_start = $2 WHERE source_id = $1",
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
    source_id: SourceId,
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

/// The number of a source; none of one that has never answered.
pub(super) async fn optional_id(tx: &Transaction<'_>, name: &str) -> Outcome<Option<i64>> {
    let row = sql::maybe(tx, "SELECT source_id FROM source WHERE name = $1", &[&name]).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// Whether a source, or the settings of one, have a name.
async fn is_known(tx: &Transaction<'_>, name: &str) -> Outcome<bool> {
    let row = sql::one(
        tx,
        "SELECT EXISTS (SELECT 1 FROM source WHERE name = $1)
             OR EXISTS (SELECT 1 FROM source_setting WHERE name = $1)",
        &[&name],
    )
    .await?;
    Ok(row.try_get(0)?)
}

/// Ends a change of a source that has no more than settings; an error when it has not even those.
fn only_settings(name: &str, has_settings: bool) -> Outcome<()> {
    if has_settings {
        Ok(())
    } else {
        Err(unknown(name))
    }
}

pub(super) fn unknown(name: &str) -> Fault {
    StoreError::Unknown {
        what: "source",
        name: name.to_owned(),
    }
    .into()
}
