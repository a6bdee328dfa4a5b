//! Settings of sources, which exist before the source itself.

use super::fault::Result;
use super::hosts;
use super::naming::{host_and_port, source_name, url_key};
use super::query::{FromRow, Row, values};
use super::session::Session;
use super::types::{Attempts, SourceSettings, SourceSpec, Time};

/// Saves settings; returns how many sources neither a settings row nor a source row had.
pub(super) async fn save(session: &dyn Session, settings: &[SourceSettings]) -> Result<u64> {
    let mut created = 0;
    for one in settings {
        let (name, is_new) = name_of(session, &one.spec).await?;
        let base_url = &one.spec.base_url;
        let sql = "INSERT INTO source_setting (name, base_url, url_key, settings) VALUES ($1, $2, $3, $4)
             ON CONFLICT (name) DO UPDATE SET base_url = excluded.base_url, url_key = excluded.url_key,
                 settings = excluded.settings";
        let values = values![&name, base_url, url_key(base_url), &one.settings];
        session.run(sql, &values).await?;
        note_host(session, &name, base_url).await?;
        created += u64::from(is_new);
    }
    let tell_workers = session
        .dialect()
        .pick(None, Some("SELECT pg_notify('offprint_due', 'added')"));
    if let Some(sql) = tell_workers.filter(|_| !settings.is_empty()) {
        session.run(sql, &[]).await?;
    }
    Ok(created)
}

/// Notes an attempt to harvest a configured or added source.
pub(super) async fn note_attempt(
    session: &dyn Session,
    spec: &SourceSpec,
    started: Time,
    error: Option<&str>,
) -> Result<()> {
    let (name, is_new) = name_of(session, spec).await?;
    let sql = "INSERT INTO source_setting (name, base_url, url_key, last_attempt, failures, failing_since, last_error)
         VALUES ($1, $2, $3, $4, $5, CASE WHEN CAST($5 AS BIGINT) > 0 THEN CAST($4 AS BIGINT) END, $6)
         ON CONFLICT (name) DO UPDATE SET last_attempt = excluded.last_attempt, last_error = excluded.last_error,
             failures = CASE WHEN excluded.failures > 0 THEN source_setting.failures + 1 ELSE 0 END,
             failing_since = CASE WHEN excluded.failures > 0
                 THEN coalesce(source_setting.failing_since, excluded.failing_since) END";
    let base_url = &spec.base_url;
    let failures = i64::from(error.is_some());
    let values = values![&name, base_url, url_key(base_url), started, failures, error];
    session.run(sql, &values).await?;
    if is_new {
        note_host(session, &name, base_url).await?;
    }
    Ok(())
}

/// Notes the host of settings, where workers lease it.
async fn note_host(session: &dyn Session, name: &str, base_url: &str) -> Result<()> {
    let update = session.dialect().pick(
        None,
        Some("UPDATE source_setting SET host_id = $2 WHERE name = $1"),
    );
    if let Some(sql) = update {
        let host_id = match host_and_port(base_url) {
            Some(host) => Some(hosts::host_id(session, &host).await?),
            None => None,
        };
        session.run(sql, &values![name, host_id]).await?;
    }
    Ok(())
}

/// The name under which a source is known, by its name, else by its URL, else as it is given; whether it is new.
pub(super) async fn name_of(session: &dyn Session, spec: &SourceSpec) -> Result<(String, bool)> {
    let sql = "SELECT name FROM (
             SELECT name, 0 AS place FROM source_setting WHERE name = $1
             UNION ALL SELECT name, 1 FROM source WHERE name = $1
             UNION ALL SELECT name, 2 FROM source_setting WHERE url_key = $2
             UNION ALL SELECT name, 3 FROM source WHERE url_key = $2) known
         ORDER BY place LIMIT 1";
    let found: Option<String> = session
        .find(sql, &values![&spec.name, url_key(&spec.base_url)])
        .await?;
    let is_new = found.is_none();
    let name = found
        .or_else(|| spec.name.clone())
        .unwrap_or_else(|| source_name(&spec.base_url));
    Ok((name, is_new))
}

/// The settings of sources, as a row of them is read.
const SETTINGS: &str = "SELECT name, base_url, settings, last_attempt, failures, failing_since, last_error FROM source_setting";

/// All settings by name.
pub(super) async fn all(session: &dyn Session) -> Result<Vec<SourceSettings>> {
    session.all(&format!("{SETTINGS} ORDER BY name"), &[]).await
}

/// The settings of one source.
#[cfg(feature = "postgres")]
pub(super) async fn named(session: &dyn Session, name: &str) -> Result<Option<SourceSettings>> {
    let sql = format!("{SETTINGS} WHERE name = $1");
    session.first(&sql, &values![name]).await
}

impl FromRow for SourceSettings {
    fn from_row(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            spec: SourceSpec {
                name: Some(row.get(0)?),
                base_url: row.get(1)?,
            },
            settings: row.get(2)?,
            attempts: Attempts {
                last: row.get(3)?,
                failures: row.get(4)?,
                failing_since: row.get(5)?,
                error: row.get(6)?,
            },
        })
    }
}

/// Returns whether there are settings of this name.
pub(super) async fn is_known(session: &dyn Session, name: &str) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM source_setting WHERE name = $1)";
    session.value(sql, &values![name]).await
}

/// Renames settings; whether there were any.
pub(super) async fn rename(session: &dyn Session, name: &str, to: &str) -> Result<bool> {
    let sql = "UPDATE source_setting SET name = $2 WHERE name = $1";
    Ok(session.run(sql, &values![name, to]).await? > 0)
}

/// Changes the URL of settings; whether there were any.
pub(super) async fn relocate(session: &dyn Session, name: &str, base_url: &str) -> Result<bool> {
    let sql = "UPDATE source_setting SET base_url = $2, url_key = $3, failures = 0, failing_since = NULL, last_error = NULL
         WHERE name = $1";
    let moved = session
        .run(sql, &values![name, base_url, url_key(base_url)])
        .await?;
    note_host(session, name, base_url).await?;
    Ok(moved > 0)
}

/// Removes settings; whether there were any.
pub(super) async fn remove(session: &dyn Session, name: &str) -> Result<bool> {
    let sql = "DELETE FROM source_setting WHERE name = $1";
    Ok(session.run(sql, &values![name]).await? > 0)
}
