//! Transactions that are tried again: when another was in the way, and when the server went away for a while.

use std::time::Duration;

use deadpool_postgres::Object;
use tokio_postgres::error::SqlState;

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
        self.made += 1;
        self.away += u32::from(retryability == Retryability::Later);
        match retryability {
            Retryability::Never => return Err(fault.at(shown)),
            Retryability::Now if self.made >= TRIES => return Err(fault.at(shown)),
            Retryability::Later if self.away >= self.most_away => {
                let (tries, detail) = (self.away, fault.detail());
                return Err(StoreError::Away {
                    path: shown.to_owned(),
                    tries,
                    detail,
                });
            }
            Retryability::Now | Retryability::Later => {}
        }
        let unit = if retryability == Retryability::Now {
            10
        } else {
            100
        };
        let pause = Duration::from_millis(unit << self.made.min(8)).min(LONGEST);
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
}

impl PostgresStore {
    pub(super) async fn client(&self) -> Result<Object> {
        Ok(self.pool.get().await?)
    }

    /// Returns whether a transaction whose commit was not answered has been committed.
    pub(super) async fn is_committed(&self, transaction: &str) -> Result<bool> {
        let mut tries = Tries::new();
        loop {
            let asked = async {
                let mut client = self.client().await?;
                let tx = client.transaction().await?;
                let status = sql::one(
                    &tx,
                    "SELECT pg_xact_status($1::text::xid8)",
                    &[&transaction],
                )
                .await?;
                Ok::<_, Fault>(status.try_get::<_, Option<String>>(0)?)
            };
            let fault = match asked.await {
                Ok(Some(status)) if status == "committed" => return Ok(true),
                // The server may not have noticed yet that its client is gone.
                Ok(Some(status)) if status == "in progress" => {
                    Fault::NoConnection("a transaction has not ended yet".to_owned())
                }
                Ok(_) => return Ok(false),
                // A server that crashed before it wrote anything of a transaction has forgotten its number.
                Err(Fault::Postgres(error))
                    if error.code() == Some(&SqlState::INVALID_PARAMETER_VALUE) =>
                {
                    return Ok(false);
                }
                Err(fault) => fault,
            };
            tries
                .again(fault, &self.shown)
                .await
                .map_err(Fault::Store)?;
        }
    }
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
                // None where nothing was written.
                let transaction: Option<String> = $crate::store::postgres::sql::one(
                    &$tx,
                    "SELECT pg_current_xact_id_if_assigned()::text",
                    &[],
                )
                .await?
                .try_get(0)?;
                match ($tx.commit().await, transaction) {
                    (Ok(()), _) => Ok(value),
                    (Err(error), Some(transaction)) if error.as_db_error().is_none() => {
                        if store.is_committed(&transaction).await? {
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
