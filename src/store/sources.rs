//! Sources: finding, naming and fencing them, and what people change of them.

use chrono::{DateTime, TimeDelta, Utc};

use super::convert::json;
use super::fault::{Fault, Result};
use super::naming::{asks_elsewhere, host_and_port, source_name, url_key};
use super::query::values;
use super::session::Session;
use super::source_row::{by, by_id, lock, lock_unfenced, named};
use super::types::{Counts, Remembered, ServerFacts, Source, SourceId, SourceSpec, Time};
use super::{departed, exports, hosts, items, kept, settings, streams};

/// Tables that a source has rows in, its own last.
const TABLES: [&str; 21] = [
    "page_body",
    "page",
    "record_old",
    "record",
    "article_key",
    "kept_sample",
    "kept_figures",
    "article",
    "facet_count",
    "item",
    "gap",
    "harvest_window",
    "format_absence",
    "item_set",
    "stream",
    "forgotten",
    "article_group",
    "facet",
    "export_cursor",
    "run_source",
    "source",
];

/// Key of the advisory lock under which sources are named: `offp` in ASCII, then 2.
const NAMING: i64 = 0x6f66_6670_0000_0002;

pub(super) async fn open(session: &dyn Session, spec: &SourceSpec) -> Result<Source> {
    let source_id = find_or_create(session, spec).await?;
    let sql = "UPDATE source SET fence = fence + 1 WHERE source_id = $1";
    session.run(sql, &values![source_id]).await?;
    streams::drop_unaccepted(session, source_id).await?;
    by_id(session, source_id).await
}

/// Drops the streams that the endpoint has not answered for, and the source if it has never had another. Returns
/// whether the source is still there.
pub(super) async fn drop_unanswered(session: &dyn Session, source: &Source) -> Result<bool> {
    lock(session, source).await?;
    let source_id = source.source_id;
    streams::drop_unaccepted(session, source_id).await?;
    let sql = "DELETE FROM source WHERE source_id = $1 AND next_item = 1 AND next_page = 1
                   AND NOT EXISTS (SELECT 1 FROM stream WHERE stream.source_id = source.source_id)";
    Ok(session.run(sql, &values![source_id]).await? == 0)
}

/// Returns the sources of which killed runs left no answered list: nothing of them is worth more than the next answer.
/// Where other processes may be harvesting, those alone that answered Identify a day ago or earlier.
pub(super) async fn abandoned(session: &dyn Session) -> Result<Vec<SourceId>> {
    const DAY: TimeDelta = TimeDelta::days(1);
    let sql = "SELECT source_id, identify FROM source WHERE next_item = 1 AND next_page = 1
                   AND NOT EXISTS (SELECT 1 FROM stream
                                   WHERE stream.source_id = source.source_id AND stream.accepted)";
    let found = session.all::<(SourceId, Option<String>)>(sql, &values![]);
    let is_shared = session.dialect().pick(false, true);
    let before = Utc::now() - DAY;
    let is_old = |identify: Option<String>| {
        identify
            .and_then(|text| serde_json::from_str::<Remembered>(&text).ok())
            .is_some_and(|remembered| remembered.asked_at < before)
    };
    let sources = found.await?.into_iter();
    let sources = sources.filter(|(_, identify)| !is_shared || is_old(identify.clone()));
    Ok(sources.map(|(source_id, _)| source_id).collect())
}

/// Removes the [abandoned] sources.
pub(super) async fn drop_abandoned(session: &dyn Session) -> Result<()> {
    for source_id in abandoned(session).await? {
        delete(session, source_id).await?;
    }
    Ok(())
}

/// Deletes the rows of a source.
async fn delete(session: &dyn Session, source_id: SourceId) -> Result<()> {
    for table in TABLES {
        let sql = format!("DELETE FROM {table} WHERE source_id = $1");
        session.run(&sql, &values![source_id]).await?;
    }
    Ok(())
}

/// Finds a source as [`search`] does, or creates it.
async fn find_or_create(session: &dyn Session, spec: &SourceSpec) -> Result<SourceId> {
    let mut found = search(session, spec).await?;
    if found.is_none() {
        // Others may be about to make the same one, or to take its name.
        let lock = session
            .dialect()
            .pick(None, Some("SELECT pg_advisory_xact_lock($1)"));
        if let Some(sql) = lock {
            session.run(sql, &values![NAMING]).await?;
            found = search(session, spec).await?;
        }
    }
    let Some(source) = found else {
        return create(session, spec, &url_key(&spec.base_url)).await;
    };
    if asks_elsewhere(&source.base_url, &source.id_base, &spec.base_url) {
        set_base_url(session, source.source_id, &spec.base_url).await?;
    }
    Ok(source.source_id)
}

/// Finds a source by its name, else by its URL.
pub(super) async fn search(session: &dyn Session, spec: &SourceSpec) -> Result<Option<Source>> {
    let key = url_key(&spec.base_url);
    if let Some(name) = &spec.name
        && let Some(source) = named(session, name).await?
    {
        return Ok(Some(source));
    }
    // Under the URL it was first opened by too, since it may answer elsewhere now.
    match by(session, "url_key = $1 ORDER BY source_id", &key).await? {
        Some(source) => Ok(Some(source)),
        None => by(session, "id_base = $1", &key).await,
    }
}

async fn create(session: &dyn Session, spec: &SourceSpec, key: &str) -> Result<SourceId> {
    let wanted = spec
        .name
        .clone()
        .unwrap_or_else(|| source_name(&spec.base_url));
    let mut name = wanted.clone();
    let mut next = 2;
    while by(session, "name = $1", &name).await?.is_some() {
        name = format!("{wanted}-{next}");
        next += 1;
    }
    let sql = "INSERT INTO source (name, base_url, url_key, id_base) VALUES ($1, $2, $3, $3) RETURNING source_id";
    let source_id = session
        .value(sql, &values![name, &spec.base_url, key])
        .await?;
    set_base_url(session, source_id, &spec.base_url).await?;
    Ok(source_id)
}

/// Pins a base URL, and with it the host.
pub(super) async fn set_base_url(
    session: &dyn Session,
    source_id: SourceId,
    base_url: &str,
) -> Result<()> {
    let host_id = match host_and_port(base_url) {
        Some(host) => Some(hosts::host_id(session, &host).await?),
        None => None,
    };
    let sql = "UPDATE source SET base_url = $2, url_key = $3, host_id = $4 WHERE source_id = $1";
    session
        .run(
            sql,
            &values![source_id, base_url, url_key(base_url), host_id],
        )
        .await?;
    Ok(())
}

pub(super) async fn remember(
    session: &dyn Session,
    source: &Source,
    base_url: &str,
    identify: &Remembered,
) -> Result<()> {
    lock(session, source).await?;
    set_base_url(session, source.source_id, base_url).await?;
    set_identify(session, source.source_id, identify).await
}

pub(super) async fn remember_facts(
    session: &dyn Session,
    source: &Source,
    facts: &ServerFacts,
) -> Result<()> {
    lock(session, source).await?;
    let sql = "UPDATE source SET server_facts = $2 WHERE source_id = $1";
    session
        .run(sql, &values![source.source_id, json(facts)?])
        .await?;
    Ok(())
}

async fn set_identify(
    session: &dyn Session,
    source_id: SourceId,
    identify: &Remembered,
) -> Result<()> {
    let sql = "UPDATE source SET identify = $2 WHERE source_id = $1";
    session
        .run(sql, &values![source_id, json(identify)?])
        .await?;
    Ok(())
}

/// Ends a change of a source that has no more than settings; an error when it has not even those.
fn only_settings(name: &str, has_settings: bool) -> Result<()> {
    if has_settings {
        Ok(())
    } else {
        Err(Fault::unknown("source", name))
    }
}

pub(super) async fn rename(session: &dyn Session, name: &str, to: &str) -> Result<()> {
    let is_taken = named(session, to).await?.is_some() || settings::is_known(session, to).await?;
    if name != to && is_taken {
        return Err(Fault::invalid(format!(
            "a source has the name {to:?} already"
        )));
    }
    let has_settings = settings::rename(session, name, to).await?;
    let Some(source) = named(session, name).await? else {
        return only_settings(name, has_settings);
    };
    if name != to {
        departed::note(session, source.source_id).await?;
    }
    // Names stand in exported articles: all are made again, and those that change are changes.
    let sql = "UPDATE source SET name = $2, derivation = NULL WHERE source_id = $1";
    session.run(sql, &values![source.source_id, to]).await?;
    Ok(())
}

pub(super) async fn relocate(session: &dyn Session, name: &str, base_url: &str) -> Result<()> {
    let has_settings = settings::relocate(session, name, base_url).await?;
    let Some(source) = named(session, name).await? else {
        return only_settings(name, has_settings);
    };
    let sql = "SELECT name FROM source WHERE url_key = $2 AND source_id <> $1 LIMIT 1";
    let other: Option<String> = session
        .find(sql, &values![source.source_id, url_key(base_url)])
        .await?;
    if let Some(other) = other {
        return Err(Fault::invalid(format!(
            "the source {other:?} has that address already"
        )));
    }
    set_base_url(session, source.source_id, base_url).await?;
    // Whoever writes to it at the old address is fenced out; and what the old one said of itself is no longer
    // fresh, so that the new one is asked before anything else.
    let sql = "UPDATE source SET fence = fence + 1, derivation = NULL WHERE source_id = $1";
    session.run(sql, &values![source.source_id]).await?;
    if let Some(identify) = source.identify {
        let stale = Remembered {
            asked_at: DateTime::UNIX_EPOCH,
            ..identify
        };
        set_identify(session, source.source_id, &stale).await?;
    }
    Ok(())
}

pub(super) async fn remove(session: &dyn Session, name: &str) -> Result<Counts> {
    let has_settings = settings::remove(session, name).await?;
    let Some(source) = named(session, name).await? else {
        only_settings(name, has_settings)?;
        return Ok(Counts::default());
    };
    let source_id = source.source_id;
    lock_unfenced(session, source_id).await?;
    let counts = items::counts(session, source_id).await?;
    exports::note_removal(session, source_id).await?;
    departed::note(session, source_id).await?;
    let text = session.dialect().pick(
        // Rows are numbered source_id * 2^40 + item_no.
        "DELETE FROM article_text WHERE rowid >= ($1 << 40) AND rowid < (($1 + 1) << 40)",
        "DELETE FROM article_text WHERE source_id = $1",
    );
    session.run(text, &values![source_id]).await?;
    kept::drop_of(session, source_id).await?;
    delete(session, source_id).await?;
    Ok(counts)
}

/// Times of the runs that harvested a source: of the last one, and of the last that listed it from its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Began {
    Last,
    Listing,
}

impl Began {
    fn column(self) -> &'static str {
        match self {
            Self::Last => "last_start",
            Self::Listing => "last_listing",
        }
    }
}

/// Notes the start of a run. A later time that is stored already comes from a clock that was ahead, or from a run that
/// overlapped: neither is worth keeping.
pub(super) async fn note_began(
    session: &dyn Session,
    began: Began,
    source_id: SourceId,
    at: Time,
) -> Result<()> {
    let sql = format!(
        "UPDATE source SET {} = $2 WHERE source_id = $1",
        began.column()
    );
    session.run(&sql, &values![source_id, at]).await?;
    Ok(())
}

pub(super) async fn began(session: &dyn Session, began: Began) -> Result<Vec<(SourceId, Time)>> {
    let column = began.column();
    let sql = format!(
        "SELECT source_id, {column} FROM source WHERE {column} IS NOT NULL ORDER BY source_id"
    );
    session.all(&sql, &[]).await
}

pub(super) async fn acknowledge(
    session: &dyn Session,
    source_id: SourceId,
    identifier: Option<&str>,
) -> Result<u64> {
    let sql = "UPDATE gap SET acknowledged = true
         WHERE source_id = $1 AND NOT acknowledged AND (CAST($2 AS TEXT) IS NULL OR identifier = $2)";
    session.run(sql, &values![source_id, identifier]).await
}
