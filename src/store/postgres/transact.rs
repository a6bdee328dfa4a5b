//! Transactions that are tried again: when another was in the way, and when the server went away for a while.

use std::time::Duration;

use deadpool_postgres::{Object, Transaction};

use super::fault::Retryability;
use super::sql;
use super::store::PostgresStore;
use crate::store::error::{StoreError, StoreResult};
use crate::store::fault::{Fault, Result};

/// Tries in all, when others are in the way.
const TRIES: u32 = 10;

/// Tries in all, when the server is away: about a minute, enough for a restart or a failover.
const TRIES_AWAY: u32 = 18;

/// Longest pause between two tries.
const LONGEST: Duration = Duration::from_secs(5);

/// Counts the tries of a transaction.
#[derive(Debug)]
pub(super) struct Tries {
    made: u32,
    away: u32,
    most_away: u32,
}

impl Tries {
    pub(super) fn new() -> Self {
        Self {
            made: 0,
            away: 0,
            most_away: TRIES_AWAY,
        }
    }

    /// For the first connection of all: a wrong address should not take a minute to report.
    pub(super) fn first() -> Self {
        Self {
            most_away: 4,
            ..Self::new()
        }
    }

    /// Waits before the next try, unless there is no use in one: then the error.
    pub(super) async fn again(&mut self, fault: Fault, shown: &str) -> StoreResult<()> {
        let retryability = fault.retryability();
        let Some(pause) = self.pause(retryability) else {
            return Err(match retryability {
                Retryability::Never | Retryability::Now => fault.at(shown),
                Retryability::Later | Retryability::Starting => StoreError::Away {
                    path: shown.to_owned(),
                    tries: self.away,
                    detail: fault.detail(),
                },
            });
        };
        tracing::debug!(
            store = shown,
            tries = self.made,
            "the store is tried again: {}",
            fault.detail()
        );
        // Those that were in each other's way must not meet again.
        tokio::time::sleep(pause.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
        Ok(())
    }

    /// Counts a failure. Returns the longest pause before the next try, `None` when there is no use in one.
    fn pause(&mut self, retryability: Retryability) -> Option<Duration> {
        self.made += 1;
        let (unit, is_last) = match retryability {
            Retryability::Never => return None,
            Retryability::Now => (10, self.made >= TRIES),
            Retryability::Later | Retryability::Starting => {
                self.away += 1;
                // The address of a server that is starting is right: even the first connection waits for it.
                let most = if retryability == Retryability::Starting {
                    TRIES_AWAY
                } else {
                    self.most_away
                };
                (100, self.away >= most)
            }
        };
        (!is_last).then(|| Duration::from_millis(unit << self.made.min(8)).min(LONGEST))
    }
}

impl PostgresStore {
    pub(super) async fn client(&self) -> Result<Object> {
        Ok(self.pool.get().await?)
    }

    /// Returns whether a transaction whose commit was not answered has been committed: by the row that it wrote with
    /// its token. Its number alone would not do, for a server that crashed before it wrote anything of a transaction
    /// hands the number out again.
    pub(super) async fn is_committed(&self, transaction: &str, token: i64) -> Result<bool> {
        const IS_UNDER_WAY: &str = "SELECT coalesce(CASE
            WHEN $1::text::xid8 < pg_snapshot_xmax(pg_current_snapshot()) THEN pg_xact_status($1::text::xid8)
            END = 'in progress', false)";
        const HAS_TOKEN: &str = "SELECT EXISTS (SELECT 1 FROM commit_token WHERE token = $1)";
        let mut tries = Tries::new();
        loop {
            let asked = async {
                let mut client = self.client().await?;
                // The second statement has to see what was committed before the first.
                let tx = client
                    .build_transaction()
                    .isolation_level(tokio_postgres::IsolationLevel::ReadCommitted)
                    .start()
                    .await?;
                // The server may not have noticed yet that its client is gone.
                let is_under_way = sql::one(&tx, IS_UNDER_WAY, &[&transaction]).await?;
                if is_under_way.try_get(0)? {
                    let detail = "a transaction has not ended yet";
                    return Err(Fault::NoConnection(detail.to_owned()));
                }
                let has_token = sql::one(&tx, HAS_TOKEN, &[&token]).await?;
                Ok::<_, Fault>(has_token.try_get(0)?)
            };
            match asked.await {
                Ok(is_committed) => return Ok(is_committed),
                Err(fault) => tries
                    .again(fault, &self.shown)
                    .await
                    .map_err(Fault::Store)?,
            }
        }
    }
}

/// Writes the token of a transaction, which it is recognized by afterwards, and returns its number. None where nothing
/// was written.
pub(super) async fn write_token(tx: &Transaction<'_>, token: i64) -> Result<Option<String>> {
    let sql = format!(
        "INSERT INTO commit_token SELECT $1, {} WHERE pg_current_xact_id_if_assigned() IS NOT NULL
         RETURNING pg_current_xact_id()::text",
        sql::NOW
    );
    let written = sql::maybe(tx, &sql, &[&token]).await?;
    Ok(written.map(|row| row.try_get(0)).transpose()?)
}

/// Runs what reads, in one transaction of one moment: what it reads belongs together.
macro_rules! read {
    ($store:expr, |$tx:ident| $body:expr) => {{
        let store: &$crate::store::postgres::store::PostgresStore = $store;
        let mut tries = $crate::store::postgres::transact::Tries::new();
        loop {
            let done = async {
                let mut client = store.client().await?;
                let $tx = client
                    .build_transaction()
                    .isolation_level(tokio_postgres::IsolationLevel::RepeatableRead)
                    .read_only(true)
                    .start()
                    .await?;
                let value = $body.await?;
                $tx.commit().await?;
                Ok::<_, $crate::store::fault::Fault>(value)
            };
            match done.await {
                Ok(value) => break Ok(value),
                Err(fault) => tries.again(fault, &store.shown).await?,
            }
        }
    }};
}

/// Runs what writes, in one transaction, once: where the answer to its commit is lost, the server is asked.
macro_rules! write {
    ($store:expr, |$tx:ident| $body:expr) => {{
        let store: &$crate::store::postgres::store::PostgresStore = $store;
        let mut tries = $crate::store::postgres::transact::Tries::new();
        loop {
            let done = async {
                let mut client = store.client().await?;
                let $tx = client.transaction().await?;
                let value = $body.await?;
                let token = fastrand::i64(..);
                let transaction =
                    $crate::store::postgres::transact::write_token(&$tx, token).await?;
                match ($tx.commit().await, transaction) {
                    (Ok(()), _) => Ok(value),
                    (Err(error), Some(transaction)) if error.as_db_error().is_none() => {
                        if store.is_committed(&transaction, token).await? {
                            Ok(value)
                        } else {
                            Err(error.into())
                        }
                    }
                    (Err(error), _) => Err($crate::store::fault::Fault::from(error)),
                }
            };
            match done.await {
                Ok(value) => break Ok(value),
                Err(fault) => tries.again(fault, &store.shown).await?,
            }
        }
    }};
}

pub(super) use {read, write};

#[cfg(test)]
mod tests {
    use super::*;

    fn count(mut tries: Tries, retryability: Retryability) -> usize {
        std::iter::from_fn(|| tries.pause(retryability)).count() + 1
    }

    #[test]
    fn a_first_connection_gives_up_soon_unless_the_server_is_starting() {
        assert_eq!(count(Tries::first(), Retryability::Later), 4);
        assert_eq!(count(Tries::first(), Retryability::Starting), 18);
    }

    #[test]
    fn a_later_transaction_waits_for_the_server_and_less_for_others() {
        assert_eq!(count(Tries::new(), Retryability::Later), 18);
        assert_eq!(count(Tries::new(), Retryability::Now), 10);
        assert_eq!(count(Tries::new(), Retryability::Never), 1);
    }
}
