//! Settings of sources, which exist before the source itself; and when each source was last listed from its beginning.

use deadpool_postgres::Transaction;

use super::super::fault::Outcome;
use super::super::{sources, sql};
use crate::store::convert::{micros, time};
use crate::store::naming::{host_and_port, url_key};
use crate::store::{SourceId, Attempts, SourceSettings, SourceSpec, Time};

/// Saves settings; returns how many sources neither a settings row nor a source row had.
pub(super) async fn save(tx: &Transaction<'_>, settings: &[SourceSettings]) -> Outcome<u64> {
    let mut created = 0;
    for one in settings {
        let (name, is_new) = name_of(tx, &one.spec).await?;
        let host_id = host_of(tx, &one.spec).await?;
        sql::run(
            tx,
            "INSERT INTO source_setting (name, base_url, url_key, host_id, settings) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (name) DO UPDATE SET base_url = excluded.base_url, url_key = excluded.url_key,
                 host_id = excluded.host_id, settings = excluded.settings",
            &[
                &name,
                &one.spec.base_url,
                &url_key(&one.spec.base_url),
                &host_id,
                &one.settings,
            ],
        )
        .await?;
        created += u64::from(is_new);
    }
    Ok(created)
}

/// Notes an attempt to harvest a configured or added source.
pub(super) async fn note_attempt(
    tx: &Transaction<'_>,
    spec: &SourceSpec,
    started: Time,
    error: Option<&str>,
) -> Outcome<()> {
    let (name, _) = name_of(tx, spec).await?;
    let host_id = host_of(tx, spec).await?;
    sql::run(
        tx,
        "INSERT INTO source_setting (name, base_url, url_key, host_id, last_attempt, failures, last_error)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (name) DO UPDATE SET last_attempt = excluded.last_attempt, last_error = excluded.last_error,
             failures = CASE WHEN excluded.failures > 0 THEN source_setting.failures + 1 ELSE 0 END",
        &[
            &name,
            &spec.base_url,
            &url_key(&spec.base_url),
            &host_id,
            &micros(started),
            &i64::from(error.is_some()),
            &error,
        ],
    )
    .await?;
    Ok(())
}

async fn host_of(tx: &Transaction<'_>, spec: &SourceSpec) -> Outcome<Option<i64>> {
    match host_and_port(&spec.base_url) {
        Some(host) => Ok(Some(sources::host_id(tx, &host).await?)),
        None => Ok(None),
    }
}

/// The name under which a source is known, by its name, else by its URL, else as it is given; whether it is new.
pub(in super::super) async fn name_of(
    tx: &Transaction<'_>,
    spec: &SourceSpec,
) -> Outcome<(String, bool)> {
    let found = sql::maybe(
        tx,
        "SELECT name FROM (
             SELECT name, 0 AS place FROM source_setting WHERE name = $1
             UNION ALL SELECT name, 1 FROM source WHERE name = $1
             UNION ALL SELECT name, 2 FROM source_setting WHERE url_key = $2
             UNION ALL SELECT name, 3 FROM source WHERE url_key = $2) known
         ORDER BY place LIMIT 1",
        &[&spec.name, &url_key(&spec.base_url)],
    )
    .await?;
    let found: Option<String> = found.map(|row| row.try_get(0)).transpose()?;
    let is_new = found.is_none();
    let name = found
        .or_else(|| spec.name.clone())
        .unwrap_or_else(|| crate::store::source_name(&spec.base_url));
    Ok((name, is_new))
}

/// All settings by name.
pub(super) async fn all(tx: &Transaction<'_>) -> Outcome<Vec<SourceSettings>> {
    let rows = sql::rows(
        tx,
        "SELECT name, base_url, settings, last_attempt, failures, last_error
         FROM source_setting ORDER BY name COLLATE \"C\"",
        &[],
    )
    .await?;
    rows.iter()
        .map(|row| {
            let last_attempt: Option<i64> = row.try_get(3)?;
            Ok(SourceSettings {
                spec: SourceSpec {
                    name: Some(row.try_get(0)?),
                    base_url: row.try_get(1)?,
                },
                settings: row.try_get(2)?,
                attempts: Attempts {
                    last: last_attempt.map(time).transpose()?,
                    failures: row.try_get(4)?,
                    error: row.try_get(5)?,
                },
            })
        })
        .collect()
}

/// Renames settings; whether there were any.
pub(super) async fn rename(tx: &Transaction<'_>, name: &str, to: &str) -> Outcome<bool> {
    let renamed = sql::run(
        tx,
        "UPDATE source_setting SET name = $2 WHERE name = $1",
        &[&name, &to],
    )
    .await?;
    Ok(renamed > 0)
}

/// Changes the URL of settings; whether there were any.
pub(super) async fn relocate(tx: &Transaction<'_>, name: &str, base_url: &str) -> Outcome<bool> {
    let spec = SourceSpec {
        name: None,
        base_url: base_url.to_owned(),
    };
    let host_id = host_of(tx, &spec).await?;
    let moved = sql::run(
        tx,
        "UPDATE source_setting SET base_url = $2, url_key = $3, host_id = $4, failures = 0, last_error = NULL
         WHERE name = $1",
        &[&name, &base_url, &url_key(base_url), &host_id],
    )
    .await?;
    Ok(moved > 0)
}

/// Removes settings; whether there were any.
pub(super) async fn remove(tx: &Transaction<'_>, name: &str) -> Outcome<bool> {
    let removed = sql::run(tx, "DELETE FROM source_setting WHERE name = $1", &[&name]).await?;
    Ok(removed > 0)
}

/// Notes the start of a run that listed a source from its beginning. A later time that is stored already comes from a
/// clock that was ahead, or from a run that overlapped: neither is worth keeping.
pub(super) async fn note_listing(
    tx: &Transaction<'_>,
    source_id: SourceId,
    started: Time,
) -> Outcome<()> {
    sql::run(
        tx,
        "UPDATE source SET last_listing = $2 WHERE source_id = $1",
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
