//! Sources: finding, naming and fencing them, and the numbers they hand out.

use deadpool_postgres::Transaction;
use tokio_postgres::Row;

use super::fault::{Fault, Outcome};
use super::{sql, streams};
use crate::store::convert::{from_json, json};
use crate::store::naming::{asks_elsewhere, host_and_port, source_name, url_key};
use crate::store::{SourceId, PageNo, ItemNo, Lease, Remembered, ServerFacts, Source, SourceSpec, StoreError};

const COLUMNS: &str = "source_id, name, base_url, id_base, fence, seq, identify, profile, derivation, derived_seq, server_facts";

/// Key of the advisory lock under which sources are named: `offp` in ASCII, then 2.
const NAMING: i64 = 0x6f66_6670_0000_0002;

/// The numbers of a source, held until the transaction ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbers {
    pub(super) seq: i64,
    pub(super) next_item: ItemNo,
    pub(super) next_page: PageNo,
}

/// Locks the row of a source for a transaction that writes to it, if the caller still owns it. Whoever waits for the
/// lock sees the row as the holder left it, fence and numbers included.
pub(super) async fn lock(tx: &Transaction<'_>, source: &Source) -> Outcome<Numbers> {
    let row = sql::maybe(
        tx,
        "SELECT seq, next_item, next_page FROM source WHERE source_id = $1 AND fence = $2 FOR NO KEY UPDATE",
        &[&source.source_id, &source.fence],
    )
    .await?;
    if let Some(row) = row {
        return Ok(Numbers {
            seq: row.try_get(0)?,
            next_item: row.try_get(1)?,
            next_page: row.try_get(2)?,
        });
    }
    by_id(tx, source.source_id).await?;
    Err(StoreError::Fenced {
        source_name: source.name.clone(),
    }
    .into())
}

/// Locks the row of a source, whoever owns it, for what is derived of it; its seq.
pub(super) async fn lock_unfenced(tx: &Transaction<'_>, source_id: SourceId) -> Outcome<i64> {
    let row = sql::maybe(
        tx,
        "SELECT seq FROM source WHERE source_id = $1 FOR NO KEY UPDATE",
        &[&source_id],
    )
    .await?;
    Ok(row.ok_or_else(|| unknown(source_id))?.try_get(0)?)
}

/// Gives back the numbers, moved on.
pub(super) async fn advance(tx: &Transaction<'_>, source_id: SourceId, numbers: Numbers) -> Outcome<()> {
    sql::run(
        tx,
        "UPDATE source SET seq = $2, next_item = $3, next_page = $4 WHERE source_id = $1",
        &[
            &source_id,
            &numbers.seq,
            &numbers.next_item,
            &numbers.next_page,
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn open(
    tx: &Transaction<'_>,
    spec: &SourceSpec,
    lease: Option<&Lease>,
) -> Outcome<Source> {
    if let Some(lease) = lease {
        hold(tx, lease, spec).await?;
    }
    let source_id = find_or_create(tx, spec).await?;
    sql::run(
        tx,
        "UPDATE source SET fence = fence + 1 WHERE source_id = $1",
        &[&source_id],
    )
    .await?;
    streams::drop_unaccepted(tx, source_id).await?;
    by_id(tx, source_id).await
}

/// Holds the lease until the transaction ends: a worker that slept through it must not fence out its successor.
async fn hold(tx: &Transaction<'_>, lease: &Lease, spec: &SourceSpec) -> Outcome<()> {
    let held = sql::maybe(
        tx,
        "SELECT 1 FROM host WHERE host_id = $1 AND epoch = $2 AND owner = $3 FOR SHARE",
        &[&lease.host_id, &lease.epoch, &lease.owner],
    )
    .await?;
    if held.is_none() {
        let source_name = spec
            .name
            .clone()
            .unwrap_or_else(|| source_name(&spec.base_url));
        return Err(StoreError::Fenced { source_name }.into());
    }
    Ok(())
}

/// Finds a source as [`search`] does, or creates it.
async fn find_or_create(tx: &Transaction<'_>, spec: &SourceSpec) -> Outcome<i64> {
    let mut found = search(tx, spec).await?;
    if found.is_none() {
        // Others may be about to make the same one, or to take its name.
        sql::run(tx, "SELECT pg_advisory_xact_lock($1)", &[&NAMING]).await?;
        found = search(tx, spec).await?;
    }
    let Some(source) = found else {
        return create(tx, spec, &url_key(&spec.base_url)).await;
    };
    if asks_elsewhere(&source.base_url, &source.id_base, &spec.base_url) {
        set_base_url(tx, source.source_id, &spec.base_url).await?;
    }
    Ok(source.source_id)
}

/// Finds a source by its name, else by its URL.
pub(super) async fn search(tx: &Transaction<'_>, spec: &SourceSpec) -> Outcome<Option<Source>> {
    let key = url_key(&spec.base_url);
    if let Some(name) = &spec.name
        && let Some(source) = find(tx, "name = $1", name).await?
    {
        return Ok(Some(source));
    }
    // Under the URL it was first opened by too, since it may answer elsewhere now.
    match find(tx, "url_key = $1 ORDER BY source_id", &key).await? {
        Some(source) => Ok(Some(source)),
        None => find(tx, "id_base = $1", &key).await,
    }
}

async fn create(tx: &Transaction<'_>, spec: &SourceSpec, key: &str) -> Outcome<i64> {
    let wanted = spec
        .name
        .clone()
        .unwrap_or_else(|| source_name(&spec.base_url));
    let mut name = wanted.clone();
    let mut next = 2;
    while find(tx, "name = $1", &name).await?.is_some() {
        name = format!("{wanted}-{next}");
        next += 1;
    }
    let row = sql::one(
        tx,
        "INSERT INTO source (name, base_url, url_key, id_base) VALUES ($1, $2, $3, $3) RETURNING source_id",
        &[&name, &spec.base_url, &key],
    )
    .await?;
    let source_id = row.try_get(0)?;
    set_base_url(tx, source_id, &spec.base_url).await?;
    Ok(source_id)
}

/// Pins a base URL, and with it the host.
pub(super) async fn set_base_url(
    tx: &Transaction<'_>,
    source_id: SourceId,
    base_url: &str,
) -> Outcome<()> {
    let host_id: Option<i64> = match host_and_port(base_url) {
        Some(host) => Some(host_id(tx, &host).await?),
        None => None,
    };
    sql::run(
        tx,
        "UPDATE source SET base_url = $2, url_key = $3, host_id = $4 WHERE source_id = $1",
        &[&source_id, &base_url, &url_key(base_url), &host_id],
    )
    .await?;
    Ok(())
}

/// The number of a host, which is made when it is new.
pub(super) async fn host_id(tx: &Transaction<'_>, name: &str) -> Outcome<i64> {
    const FIND: &str = "SELECT host_id FROM host WHERE name = $1";
    if let Some(row) = sql::maybe(tx, FIND, &[&name]).await? {
        return Ok(row.try_get(0)?);
    }
    sql::run(
        tx,
        "INSERT INTO host (name) VALUES ($1) ON CONFLICT (name) DO NOTHING",
        &[&name],
    )
    .await?;
    Ok(sql::one(tx, FIND, &[&name]).await?.try_get(0)?)
}

pub(super) async fn remember(
    tx: &Transaction<'_>,
    source: &Source,
    base_url: &str,
    identify: &Remembered,
) -> Outcome<()> {
    lock(tx, source).await?;
    set_base_url(tx, source.source_id, base_url).await?;
    sql::run(
        tx,
        "UPDATE source SET identify = $2 WHERE source_id = $1",
        &[&source.source_id, &json(identify)?],
    )
    .await?;
    Ok(())
}

pub(super) async fn remember_facts(
    tx: &Transaction<'_>,
    source: &Source,
    facts: &ServerFacts,
) -> Outcome<()> {
    lock(tx, source).await?;
    sql::run(
        tx,
        "UPDATE source SET server_facts = $2 WHERE source_id = $1",
        &[&source.source_id, &json(facts)?],
    )
    .await?;
    Ok(())
}

/// All sources by name, in the order of its bytes.
pub(super) async fn all(tx: &Transaction<'_>) -> Outcome<Vec<Source>> {
    let rows = sql::rows(
        tx,
        &format!("SELECT {COLUMNS} FROM source ORDER BY name COLLATE \"C\""),
        &[],
    )
    .await?;
    rows.iter().map(read).collect()
}

pub(super) async fn by_id(tx: &Transaction<'_>, source_id: SourceId) -> Outcome<Source> {
    let row = sql::maybe(
        tx,
        &format!("SELECT {COLUMNS} FROM source WHERE source_id = $1"),
        &[&source_id],
    )
    .await?;
    read(&row.ok_or_else(|| unknown(source_id))?)
}

pub(super) fn unknown(source_id: SourceId) -> Fault {
    StoreError::Unknown {
        what: "source",
        name: source_id.to_string(),
    }
    .into()
}

async fn find(tx: &Transaction<'_>, condition: &str, value: &str) -> Outcome<Option<Source>> {
    let query = format!("SELECT {COLUMNS} FROM source WHERE {condition} LIMIT 1");
    sql::maybe(tx, &query, &[&value])
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

fn read(row: &Row) -> Outcome<Source> {
    let identify: Option<String> = row.try_get(6)?;
    let facts: Option<String> = row.try_get(10)?;
    Ok(Source {
        source_id: row.try_get(0)?,
        name: row.try_get(1)?,
        base_url: row.try_get(2)?,
        id_base: row.try_get(3)?,
        fence: row.try_get(4)?,
        seq: row.try_get(5)?,
        // Kept for a day only: one that another version wrote differently is asked for again.
        identify: identify.and_then(|text| from_json(&text, "identify").ok()),
        profile: row.try_get(7)?,
        derivation: row.try_get(8)?,
        derived_seq: row.try_get(9)?,
        // Learned again where another version wrote it differently.
        facts: facts
            .and_then(|text| from_json(&text, "server facts").ok())
            .unwrap_or_default(),
    })
}
