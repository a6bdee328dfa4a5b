//! The row of a source: reading it, and locking it with the numbers that it hands out.

use super::convert::from_json;
use super::error::StoreError;
use super::fault::{Fault, Result};
use super::query::{FromRow, Row, values};
use super::session::Session;
use super::types::{ItemNo, PageNo, Source, SourceId};

const COLUMNS: &str = "source_id, name, base_url, id_base, fence, seq, identify, profile, derivation, derived_seq, server_facts";

/// The numbers of a source, held until the transaction ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbers {
    pub(super) seq: i64,
    pub(super) next_item: ItemNo,
    pub(super) next_page: PageNo,
}

impl FromRow for Numbers {
    fn from_row(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            seq: row.get(0)?,
            next_item: row.get(1)?,
            next_page: row.get(2)?,
        })
    }
}

impl FromRow for Source {
    fn from_row(row: &dyn Row) -> Result<Self> {
        let identify: Option<String> = row.get(6)?;
        let facts: Option<String> = row.get(10)?;
        Ok(Self {
            source_id: row.get(0)?,
            name: row.get(1)?,
            base_url: row.get(2)?,
            id_base: row.get(3)?,
            fence: row.get(4)?,
            seq: row.get(5)?,
            // Kept for a day only: one that another version wrote differently is requested again.
            identify: identify.and_then(|text| from_json(&text, "identify").ok()),
            profile: row.get(7)?,
            derivation: row.get(8)?,
            derived_seq: row.get(9)?,
            // Learned again where another version wrote it differently.
            facts: facts
                .and_then(|text| from_json(&text, "server facts").ok())
                .unwrap_or_default(),
        })
    }
}

/// Locks the row of a source for a transaction that writes to it, if the caller still owns it. Whoever waits for the
/// lock sees the row as the holder left it, fence and numbers included.
pub(super) async fn lock(session: &dyn Session, source: &Source) -> Result<Numbers> {
    let sql = format!(
        "SELECT seq, next_item, next_page FROM source WHERE source_id = $1 AND fence = $2{}",
        session.dialect().for_update()
    );
    let numbers = session
        .first(&sql, &values![source.source_id, source.fence])
        .await?;
    if let Some(numbers) = numbers {
        return Ok(numbers);
    }
    by_id(session, source.source_id).await?;
    Err(StoreError::Fenced {
        source_name: source.name.clone(),
    }
    .into())
}

/// Locks the row of a source, regardless of its owner, for its derived rows; its seq.
pub(super) async fn lock_unfenced(session: &dyn Session, source_id: SourceId) -> Result<i64> {
    let sql = format!(
        "SELECT seq FROM source WHERE source_id = $1{}",
        session.dialect().for_update()
    );
    let seq = session.find(&sql, &values![source_id]).await?;
    seq.ok_or_else(|| Fault::unknown("source", &source_id))
}

/// Gives back the numbers, moved on.
pub(super) async fn advance(
    session: &dyn Session,
    source_id: SourceId,
    numbers: Numbers,
) -> Result<()> {
    let sql = "UPDATE source SET seq = $2, next_item = $3, next_page = $4 WHERE source_id = $1";
    let Numbers {
        seq,
        next_item,
        next_page,
    } = numbers;
    session
        .run(sql, &values![source_id, seq, next_item, next_page])
        .await?;
    Ok(())
}

/// All sources by name, in the order of its bytes.
pub(super) async fn all(session: &dyn Session) -> Result<Vec<Source>> {
    let sql = format!("SELECT {COLUMNS} FROM source ORDER BY name");
    session.all(&sql, &[]).await
}

pub(super) async fn by_id(session: &dyn Session, source_id: SourceId) -> Result<Source> {
    let sql = format!("SELECT {COLUMNS} FROM source WHERE source_id = $1");
    let source = session.first(&sql, &values![source_id]).await?;
    source.ok_or_else(|| Fault::unknown("source", &source_id))
}

pub(super) async fn by(
    session: &dyn Session,
    condition: &str,
    value: &str,
) -> Result<Option<Source>> {
    let sql = format!("SELECT {COLUMNS} FROM source WHERE {condition} LIMIT 1");
    session.first(&sql, &values![value]).await
}

/// The source of this name; none of one that has never answered.
pub(super) async fn named(session: &dyn Session, name: &str) -> Result<Option<Source>> {
    by(session, "name = $1", name).await
}
