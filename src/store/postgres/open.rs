//! The schema: making it, bringing it up to date, refusing a newer one.

use deadpool_postgres::Transaction;

use super::fault::{Fault, Outcome};
use super::sql;
use crate::store::{Access, StoreError};

/// Schema changes in order; the number of the last is the schema version. Forward only, and what has been
/// released is never edited. One that takes something away comes a release after the last that uses it.
const MIGRATIONS: [&str; 6] = [
    include_str!("migrations/0001_initial.sql"),
    include_str!("migrations/0002_provide.sql"),
    include_str!("migrations/0003_departed.sql"),
    include_str!("migrations/0004_harvest.sql"),
    include_str!("migrations/0005_source_setting.sql"),
    include_str!("migrations/0006_unread.sql"),
];

/// The oldest schema version whose readers and writers can work with what this one has.
const MIN_READER: i64 = 6;

/// The newest schema known here.
#[expect(clippy::cast_possible_wrap, reason = "a handful of migrations")]
const KNOWN: i64 = MIGRATIONS.len() as i64;

/// Key of the advisory lock under which the schema changes: `offp` in ASCII, then 1.
const LOCK: i64 = 0x6f66_6670_0000_0001;

/// Sees that the database holds a store that this version can work with, and, where the access says so, that it does.
pub(super) async fn open(tx: &Transaction<'_>, access: Access, shown: &str) -> Outcome<()> {
    let version = version(tx, shown).await?;
    match (version, access) {
        (None, Access::Write { create: true }) => migrate(tx, 0, shown).await,
        (None, _) => Err(StoreError::Missing {
            path: shown.to_owned(),
        }
        .into()),
        (Some(version), _) if version > KNOWN => {
            // Newer, but perhaps still fit for older versions: a fleet is brought up to date one by one.
            if meta(tx, "min_reader", shown).await? > KNOWN {
                return Err(StoreError::Newer {
                    path: shown.to_owned(),
                    found: version,
                    known: KNOWN,
                }
                .into());
            }
            Ok(())
        }
        (Some(version), Access::Write { .. }) if version < KNOWN => {
            migrate(tx, version, shown).await
        }
        (Some(_), _) => Ok(()),
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
async fn version(tx: &Transaction<'_>, shown: &str) -> Outcome<Option<i64>> {
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

async fn migrate(tx: &Transaction<'_>, from: i64, shown: &str) -> Outcome<()> {
    // Several may begin at once: the others find it done.
    sql::run(tx, "SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await?;
    let from = version(tx, shown).await?.unwrap_or(from);
    for (step, number) in MIGRATIONS
        .iter()
        .zip(1..)
        .skip(usize::try_from(from).unwrap_or(0))
    {
        tx.batch_execute(step).await?;
        if number == 1 {
            put(tx, "store_uuid", &uuid::Uuid::new_v4().to_string()).await?;
        }
        put(tx, "schema_version", &number.to_string()).await?;
        put(tx, "min_reader", &MIN_READER.to_string()).await?;
    }
    Ok(())
}

async fn put(tx: &Transaction<'_>, key: &str, value: &str) -> Outcome<()> {
    sql::run(
        tx,
        "INSERT INTO meta VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        &[&key, &value],
    )
    .await?;
    Ok(())
}

async fn meta(tx: &Transaction<'_>, key: &str, shown: &str) -> Outcome<i64> {
    // Another program may have a table of that name.
    let row = sql::maybe(
        tx,
        "SELECT m.value::text FROM meta m WHERE m.key::text = $1",
        &[&key],
    )
    .await;
    let row = row.map_err(|fault| match fault {
        Fault::Sql(error) if error.as_db_error().is_some() => Fault::Store(StoreError::NotAStore {
            path: shown.to_owned(),
            detail: "it has tables of another program".to_owned(),
        }),
        other => other,
    });
    let value = row?.map(|row| row.try_get::<_, String>(0)).transpose()?;
    value
        .and_then(|value| value.parse().ok())
        .ok_or_else(|| Fault::damaged(format!("no {key} in its table meta")))
}
