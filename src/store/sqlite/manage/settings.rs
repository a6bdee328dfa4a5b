//! Settings of sources, which exist before the source itself; and when each source was last listed from its beginning.

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};

use super::super::fault::Outcome;
use crate::store::convert::{micros, time};
use crate::store::naming::url_key;
use crate::store::{SourceId, Attempts, SourceSettings, SourceSpec, Time};

/// Saves settings; returns how many sources neither a settings row nor a source row had.
pub(super) fn save(conn: &mut Connection, settings: &[SourceSettings]) -> Outcome<u64> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut created = 0;
    for one in settings {
        let (name, is_new) = name_of(&tx, &one.spec)?;
        tx.prepare_cached(
            "INSERT INTO source_setting (name, base_url, url_key, settings) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (name) DO UPDATE SET base_url = excluded.base_url, url_key = excluded.url_key,
                 settings = excluded.settings",
        )?
        .execute((
            name,
            &one.spec.base_url,
            url_key(&one.spec.base_url),
            &one.settings,
        ))?;
        created += u64::from(is_new);
    }
    tx.commit()?;
    Ok(created)
}

/// Notes an attempt to harvest a configured or added source.
pub(super) fn note_attempt(
    conn: &mut Connection,
    spec: &SourceSpec,
    started: Time,
    error: Option<&str>,
) -> Outcome<()> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let (name, _) = name_of(&tx, spec)?;
    tx.prepare_cached(
        "INSERT INTO source_setting (name, base_url, url_key, last_attempt, failures, last_error)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (name) DO UPDATE SET last_attempt = excluded.last_attempt, last_error = excluded.last_error,
             failures = CASE WHEN excluded.failures > 0 THEN source_setting.failures + 1 ELSE 0 END",
    )?
    .execute((
        name,
        &spec.base_url,
        url_key(&spec.base_url),
        micros(started),
        i64::from(error.is_some()),
        error,
    ))?;
    tx.commit()?;
    Ok(())
}

/// The name under which a source is known, by its name, else by its URL, else as it is given; whether it is new.
fn name_of(tx: &Transaction<'_>, spec: &SourceSpec) -> Outcome<(String, bool)> {
    let key = url_key(&spec.base_url);
    let found: Option<String> = tx
        .prepare_cached(
            "SELECT name FROM (
                 SELECT name, 0 AS place FROM source_setting WHERE name = ?1
                 UNION ALL SELECT name, 1 FROM source WHERE name = ?1
                 UNION ALL SELECT name, 2 FROM source_setting WHERE url_key = ?2
                 UNION ALL SELECT name, 3 FROM source WHERE url_key = ?2)
             ORDER BY place LIMIT 1",
        )?
        .query_row((&spec.name, &key), |row| row.get(0))
        .optional()?;
    let is_new = found.is_none();
    let name = found
        .or_else(|| spec.name.clone())
        .unwrap_or_else(|| crate::store::source_name(&spec.base_url));
    Ok((name, is_new))
}

/// All settings by name.
pub(super) fn all(conn: &Connection) -> Outcome<Vec<SourceSettings>> {
    // A store that an older version wrote, or whose making was cut off, has no settings yet.
    let is_there: bool = conn.query_row(
        "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'source_setting')",
        [],
        |row| row.get(0),
    )?;
    if !is_there {
        return Ok(Vec::new());
    }
    let mut statement = conn.prepare_cached(
        "SELECT name, base_url, settings, last_attempt, failures, last_error FROM source_setting ORDER BY name",
    )?;
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let last_attempt: Option<i64> = row.get(3)?;
        all.push(SourceSettings {
            spec: SourceSpec {
                name: Some(row.get(0)?),
                base_url: row.get(1)?,
            },
            settings: row.get(2)?,
            attempts: Attempts {
                last: last_attempt.map(time).transpose()?,
                failures: row.get(4)?,
                error: row.get(5)?,
            },
        });
    }
    Ok(all)
}

/// Renames settings; whether there were any.
pub(super) fn rename(tx: &Transaction<'_>, name: &str, to: &str) -> Outcome<bool> {
    let renamed = tx.execute(
        "UPDATE source_setting SET name = ?2 WHERE name = ?1",
        (name, to),
    )?;
    Ok(renamed > 0)
}

/// Changes the URL of settings; whether there were any.
pub(super) fn relocate(tx: &Transaction<'_>, name: &str, base_url: &str) -> Outcome<bool> {
    let moved = tx.execute(
        "UPDATE source_setting SET base_url = ?2, url_key = ?3, failures = 0, last_error = NULL WHERE name = ?1",
        (name, base_url, url_key(base_url)),
    )?;
    Ok(moved > 0)
}

/// Removes settings; whether there were any.
pub(super) fn remove(tx: &Transaction<'_>, name: &str) -> Outcome<bool> {
    let removed = tx.execute("DELETE FROM source_setting WHERE name = ?1", [name])?;
    Ok(removed > 0)
}

/// Notes the start of a run that listed a source from its beginning. A later time that is stored already comes from a
/// clock that was ahead, or from a run that overlapped: neither is worth keeping.
pub(super) fn note_listing(conn: &mut Connection, source_id: SourceId, started: Time) -> Outcome<()> {
    conn.execute(
        "UPDATE source SET last_listing = ?2 WHERE source_id = ?1",
        (source_id, micros(started)),
    )?;
    Ok(())
}

pub(super) fn last_listings(conn: &Connection) -> Outcome<Vec<(i64, Time)>> {
    let mut statement = conn.prepare_cached(
        "SELECT source_id, last_listing FROM source WHERE last_listing IS NOT NULL ORDER BY source_id",
    )?;
    let mut rows = statement.query([])?;
    let mut listings = Vec::new();
    while let Some(row) = rows.next()? {
        listings.push((row.get(0)?, time(row.get(1)?)?));
    }
    Ok(listings)
}
