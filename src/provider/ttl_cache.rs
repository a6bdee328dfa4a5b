//! A value that is cached for a moment, and read once for all concurrent clients.

use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use crate::store::StoreResult;

/// A value and when it was read. Who comes while it is being read waits for it.
#[derive(Debug)]
pub(crate) struct TtlCache<T> {
    life: Duration,
    known: Mutex<Option<(Instant, T)>>,
}

impl<T: Clone> TtlCache<T> {
    /// Values are taken for true so long.
    pub(crate) fn new(life: Duration) -> Self {
        Self {
            life,
            known: Mutex::new(None),
        }
    }

    /// The value, read again where it is too old.
    ///
    /// Errors: of reading it.
    pub(crate) async fn get<F>(&self, read: impl FnOnce() -> F) -> StoreResult<T>
    where
        F: Future<Output = StoreResult<T>>,
    {
        let mut known = self.known.lock().await;
        if let Some((since, value)) = &*known
            && since.elapsed() < self.life
        {
            return Ok(value.clone());
        }
        let value = read().await?;
        *known = Some((Instant::now(), value.clone()));
        Ok(value)
    }
}
