//! The schema: making it, refusing one of another version.

use deadpool_postgres::Transaction;

use super::sql;
use crate::store::error::StoreError;
use crate::store::fault::{Fault, Result};
use crate::store::location::Access;
use crate::store::version::{SCHEMA_VERSION, check_version};

/// The schema. Until a version is released it is edited in place, and its number raised.
const SCHEMA: &str = include_str!("schema.sql");

/// Key of the advisory lock under which the schema changes: `offp` in ASCII, then 1.
const LOCK: i64 = 0x6f66_6670_0000_0001;

/// Sees that the database holds a store that this version can work with, and, where the access says so, that it does.
pub(super) async fn open(tx: &Transaction<'_>, access: Access, shown: &str) -> Result<()> {
    let version = version(tx, shown).await?;
    match (version, access) {
        (None, Access::Write { create: true }) => make_schema(tx, shown).await,
        (None, _) => Err(StoreError::Missing {
            path: shown.to_owned(),
        }
        .into()),
        (Some(version), _) => Ok(check_version(version, shown)?),
    }?;
    if matches!(access, Access::Write { .. }) {
        let writable = sql::one(
            tx,
            "SELECT NOT pg_is_in_recovery() AND has_table_privilege('source', 'INSERT, UPDATE')
                AND current_setting('transaction_read_only') = 'off'",
            &[],
        )
        .await?;
        if !writable.try_get::<_, bool>(0)? {
            let detail = "this role, or this server, may only read it".to_owned();
            return Err(StoreError::Engine {
                path: shown.to_owned(),
                detail,
            }
            .into());
        }
    }
    Ok(())
}

/// The schema version; none where there is no store yet.
async fn version(tx: &Transaction<'_>, shown: &str) -> Result<Option<i64>> {
    let found = sql::one(
        tx,
        "SELECT to_regclass('meta') IS NOT NULL,
                (SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace(current_schema()) AND relkind = 'r')",
        &[],
    ).await?;
    if found.try_get::<_, bool>(0)? {
        return Ok(Some(meta(tx, "schema_version", shown).await?));
    }
    if found.try_get::<_, i64>(1)? > 0 {
        let detail =
            "it has tables of another program; give the store a database or schema of its own";
        return Err(StoreError::NotAStore {
            path: shown.to_owned(),
            detail: detail.to_owned(),
        }
        .into());
    }
    Ok(None)
}

async fn make_schema(tx: &Transaction<'_>, shown: &str) -> Result<()> {
    // Several may begin at once: the others find it done.
    sql::run(tx, "SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await?;
    if version(tx, shown).await?.is_some() {
        return Ok(());
    }
    tx.batch_execute(SCHEMA).await?;
    put(tx, "store_uuid", &uuid::Uuid::new_v4().to_string()).await?;
    put(tx, "schema_version", &SCHEMA_VERSION.to_string()).await
}

async fn put(tx: &Transaction<'_>, key: &str, value: &str) -> Result<()> {
    sql::run(
        tx,
        "INSERT INTO meta VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        &[&key, &value],
    )
    .await?;
    Ok(())
}

async fn meta(tx: &Transaction<'_>, key: &str, shown: &str) -> Result<i64> {
    // Another program may have a table of that name.
    let row = sql::maybe(
        tx,
        "SELECT m.value::text FROM meta m WHERE m.key::text = $1",
        &[&key],
    )
    .await;
    let row = row.map_err(|fault| match fault {
        Fault::Postgres(error) if error.as_db_error().is_some() => {
            Fault::Store(StoreError::NotAStore {
                path: shown.to_owned(),
                detail: "it has tables of another program".to_owned(),
            })
        }
        other => other,
    });
    let value = row?.map(|row| row.try_get::<_, String>(0)).transpose()?;
    value
        .and_then(|value| value.parse().ok())
        .ok_or_else(|| Fault::damaged(format!("no {key} in its table meta")))
}
