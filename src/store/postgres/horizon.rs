//! The time up to which all changes can be seen.

use deadpool_postgres::Transaction;

use super::session::STAMPING;
use super::sql;
use crate::store::fault::Result;

/// The lag of the horizon of a standby behind its replay position: it has no part in the locks of its primary.
const LAG: i64 = 60_000_000;

/// Whoever stamps changes shares a lock until they are committed; who has it alone knows that none is under way.
pub(super) async fn take(tx: &Transaction<'_>) -> Result<i64> {
    let standby = sql::one(
        tx,
        "SELECT pg_is_in_recovery(),
                (extract(epoch FROM pg_last_xact_replay_timestamp()) * 1000000)::bigint",
        &[],
    )
    .await?;
    if standby.try_get(0)? {
        return Ok(standby.try_get::<_, Option<i64>>(1)?.unwrap_or(LAG) - LAG);
    }
    sql::run(tx, "SELECT pg_advisory_xact_lock($1)", &[&STAMPING]).await?;
    Ok(sql::one(tx, &format!("SELECT {}", sql::NOW), &[])
        .await?
        .try_get(0)?)
}
