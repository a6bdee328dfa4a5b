//! Messages of a worker about sources that begin to fail and that answer again.

use std::slice;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::cli::config::Config;
use crate::cli::notify::{Changes, Messenger};
use crate::store::SourceSettings;

/// Time that the first change of a message waits for others.
const WAIT: Duration = Duration::from_mins(1);

/// The changes that a worker has not sent yet.
pub(super) struct Outbox {
    messenger: Option<Messenger>,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    changes: Changes,
    since: Option<Instant>,
}

impl Outbox {
    /// An outbox for the receivers of a configuration; it stays empty where there are none.
    pub(super) fn new(config: &Config) -> Self {
        Self {
            messenger: Messenger::new(config),
            waiting: Mutex::default(),
        }
    }

    /// Notes a source before and after a visit.
    pub(super) fn note(&self, before: &SourceSettings, after: &SourceSettings) {
        let changes = Changes::between(slice::from_ref(before), slice::from_ref(after));
        if self.messenger.is_none() || changes.is_empty() {
            return;
        }
        let mut waiting = self.waiting();
        waiting.changes.extend(changes);
        waiting.since.get_or_insert_with(Instant::now);
    }

    /// Sends what has waited long enough, beside the visits.
    pub(super) fn send_due(&self, sending: &mut JoinSet<()>) {
        while sending.try_join_next().is_some() {}
        let is_due = |since: Instant| since.elapsed() >= WAIT;
        if self.waiting().since.is_some_and(is_due) {
            self.send(sending);
        }
    }

    /// Sends the rest, and returns when all is sent.
    pub(super) async fn send_all(&self, mut sending: JoinSet<()>) {
        self.send(&mut sending);
        while sending.join_next().await.is_some() {}
    }

    fn send(&self, sending: &mut JoinSet<()>) {
        let changes = std::mem::take(&mut *self.waiting()).changes;
        if let Some(messenger) = self.messenger.clone() {
            sending.spawn(async move { messenger.send(&changes).await });
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
