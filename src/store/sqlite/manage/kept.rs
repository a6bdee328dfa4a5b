//! Sources whose settings live in the store, and when each was last listed from its beginning.

use rusqlite::{Connection, TransactionBehavior};

use super::super::fault::Outcome;
use super::super::sources;
use crate::store::convert::{micros, time};
use crate::store::{KeptSource, SourceSpec, Time};

pub(super) fn keep(conn: &mut Connection, kept: &[KeptSource]) -> Outcome<u64> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut created = 0;
    for source in kept {
        let (source_id, is_new) = sources::find_or_create(&tx, &source.spec)?;
        tx.prepare_cached("UPDATE source SET settings = ?2 WHERE source_id = ?1")?
            .execute((source_id, &source.settings))?;
        created += u64::from(is_new);
    }
    tx.commit()?;
    Ok(created)
}

pub(super) fn all(conn: &Connection) -> Outcome<Vec<KeptSource>> {
    if !is_known(conn)? {
        return Ok(Vec::new());
    }
    let mut statement = conn.prepare_cached(
        "SELECT name, base_url, settings FROM source WHERE settings IS NOT NULL ORDER BY name",
    )?;
    let rows = statement.query_map([], |row| {
        let spec = SourceSpec {
            name: Some(row.get(0)?),
            base_url: row.get(1)?,
        };
        Ok(KeptSource {
            spec,
            settings: row.get(2)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn note_listing(conn: &mut Connection, source_id: i64, started: Time) -> Outcome<()> {
    conn.execute(
        "UPDATE source SET last_listing = max(coalesce(last_listing, 0), ?2) WHERE source_id = ?1",
        (source_id, micros(started)),
    )?;
    Ok(())
}

pub(super) fn last_listings(conn: &Connection) -> Outcome<Vec<(i64, Time)>> {
    if !is_known(conn)? {
        return Ok(Vec::new());
    }
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

/// Whether the schema has these columns: a store of version 1 that is only read has not.
fn is_known(conn: &Connection) -> Outcome<bool> {
    let sql = "SELECT count(*) FROM pragma_table_info('source') WHERE name = 'settings'";
    Ok(conn.query_row(sql, [], |row| row.get::<_, i64>(0))? > 0)
}
