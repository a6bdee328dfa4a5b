//! A value that takes a while to make: made by one for all, and shown while the next one is made.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::store::{StoreError, StoreResult};

/// A value, and when it was made.
#[derive(Debug)]
pub(super) struct StaleWhileRevalidate<T> {
    /// Lifetime before it is refreshed.
    fresh: Duration,
    known: Mutex<Option<(Instant, T)>>,
    making: Arc<tokio::sync::Mutex<()>>,
}

impl<T: Clone + Send + 'static> StaleWhileRevalidate<T> {
    pub(super) fn new(fresh: Duration) -> Self {
        Self {
            fresh,
            known: Mutex::new(None),
            making: Arc::default(),
        }
    }

    /// The value: one grown old while another is made. Where there is none yet it is waited for, no longer than
    /// `patience`, then there is none; it is still made when nobody waits.
    ///
    /// Errors: of what makes the first one. Where a later one cannot be made, the old one stands.
    pub(super) async fn get<F>(
        self: &Arc<Self>,
        patience: Duration,
        make: impl FnOnce() -> F + Send + 'static,
    ) -> StoreResult<Option<T>>
    where
        F: Future<Output = StoreResult<T>> + Send,
    {
        let kept = Arc::clone(self);
        if let Some((since, value)) = self.known() {
            if since.elapsed() >= self.fresh
                && let Ok(turn) = Arc::clone(&self.making).try_lock_owned()
            {
                tokio::spawn(async move {
                    let _turn = turn;
                    match make().await {
                        Ok(value) => kept.put(value),
                        Err(error) => tracing::error!("{error}"),
                    }
                });
            }
            return Ok(Some(value));
        }
        let task = tokio::spawn(async move {
            let _turn = kept.making.lock().await;
            // Whoever was before may have made it.
            if let Some((_, value)) = kept.known() {
                return Ok(value);
            }
            let value = make().await?;
            kept.put(value.clone());
            Ok(value)
        });
        match tokio::time::timeout(patience, task).await {
            Ok(Ok(value)) => value.map(Some),
            Ok(Err(error)) => Err(StoreError::Engine {
                path: "the collection".to_owned(),
                detail: format!("counting it stopped: {error}"),
            }),
            Err(_) => Ok(None),
        }
    }

    fn known(&self) -> Option<(Instant, T)> {
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn put(&self, value: T) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), value));
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::Notify;

    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    #[tokio::test]
    async fn an_old_value_is_shown_while_the_next_is_made() {
        let kept = Arc::new(StaleWhileRevalidate::new(Duration::ZERO));
        assert_eq!(kept.get(LONG, async || Ok(1)).await.unwrap(), Some(1));
        let (go, done) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (wait, tell) = (Arc::clone(&go), Arc::clone(&done));
        let slow = move || async move {
            wait.notified().await;
            tell.notify_one();
            Ok(2)
        };
        assert_eq!(kept.get(LONG, slow).await.unwrap(), Some(1));
        // One is enough: nobody else begins another.
        assert_eq!(kept.get(LONG, async || Ok(3)).await.unwrap(), Some(1));
        go.notify_one();
        done.notified().await;
        let _made = kept.making.lock().await;
        assert_eq!(kept.known().unwrap().1, 2);
    }

    #[tokio::test]
    async fn the_first_value_is_completed_without_waiters() {
        let kept = Arc::new(StaleWhileRevalidate::new(LONG));
        let go = Arc::new(Notify::new());
        let wait = Arc::clone(&go);
        let slow = move || async move {
            wait.notified().await;
            Ok(1)
        };
        assert_eq!(
            kept.get(Duration::from_millis(1), slow).await.unwrap(),
            None
        );
        go.notify_one();
        assert_eq!(kept.get(LONG, async || Ok(2)).await.unwrap(), Some(1));
        assert_eq!(
            kept.get(LONG, async || Ok(3)).await.unwrap(),
            Some(1),
            "it is fresh"
        );
    }

    #[tokio::test]
    async fn impossible_values_are_rejected() {
        let kept: Arc<StaleWhileRevalidate<u32>> =
            Arc::new(StaleWhileRevalidate::new(Duration::ZERO));
        let fail = async || Err(StoreError::Invalid("no".to_owned()));
        assert!(kept.get(LONG, fail).await.is_err());
        assert_eq!(kept.get(LONG, async || Ok(1)).await.unwrap(), Some(1));
    }
}
