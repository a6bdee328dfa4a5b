//! Why a source fails, in the same words for the command line, the report and the pages of `serve`.

use std::collections::HashMap;
use std::fmt::Write as _;

use serde::Serialize;

use crate::display::excerpt;
use crate::store::{Attempts, Store, StoreResult, Time};
use crate::values::DisplaySafeUrl;

/// Longest reason that is shown, bytes.
const MAX_REASON: usize = 1000;

/// A source whose last attempt failed.
#[derive(Clone, Debug, Serialize)]
pub struct FailingSource {
    /// Name.
    pub name: String,
    /// Base URL, without secrets.
    pub base_url: DisplaySafeUrl,
    /// When it is to be tried again, if that is known; in the past: by the next run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_attempt: Option<Time>,
    /// The outcome of its newest runs.
    #[serde(flatten)]
    pub attempts: Attempts,
}

impl FailingSource {
    /// Reads the failing sources of a store, by name.
    ///
    /// # Errors
    /// As the store.
    pub async fn all(store: &dyn Store, next: &HashMap<String, Time>) -> StoreResult<Vec<Self>> {
        let settings = store.source_settings().await?.into_iter();
        let failing = settings.filter(|settings| settings.attempts.failures > 0);
        let sources = failing.filter_map(|settings| {
            let name = settings.spec.name?;
            Some(Self {
                next_attempt: next.get(&name).copied(),
                base_url: DisplaySafeUrl::from(&settings.spec.base_url),
                attempts: settings.attempts,
                name,
            })
        });
        Ok(sources.collect())
    }

    /// Returns why the last attempt failed.
    pub fn reason(&self) -> String {
        let error = self.attempts.error.as_deref();
        excerpt(error.unwrap_or("unknown reason"), MAX_REASON).into_owned()
    }

    /// Returns how often it failed, since when, and when it is tried again.
    pub fn tries(&self) -> String {
        tries(&self.attempts, self.next_attempt)
    }
}

/// Returns how often a source failed, since when, and when it is tried again: `3 failures in a row since …, last tried …,
/// next attempt from …`.
pub fn tries(attempts: &Attempts, next: Option<Time>) -> String {
    let mut line = match (attempts.failures, attempts.failing_since) {
        (1, _) => "1 failure".to_owned(),
        (failures, None) => format!("{failures} failures in a row"),
        (failures, Some(since)) => {
            format!("{failures} failures in a row since {}", day_and_time(since))
        }
    };
    if let Some(last) = attempts.last {
        let _ = write!(line, ", last tried {}", day_and_time(last));
        if let Some(next) = next {
            let _ = write!(line, ", next attempt from {}", day_and_time(next));
        }
    }
    line
}

/// Returns a time as people read it: `2026-01-31 14:00 UTC`.
pub(crate) fn day_and_time(time: Time) -> String {
    time.format("%Y-%m-%d %H:%M UTC").to_string()
}
