//! Records that are requested one by one. Where one after the other fails, as on a server that gives no single
//! record, only a sample is requested.

use std::collections::VecDeque;

/// Consecutive failures after which a record is tried only once.
const RETRY_INDIVIDUALLY_BELOW: u32 = 2;
/// Consecutive failures after which only a sample of the records is requested.
const SAMPLING_THRESHOLD: u32 = 50;
/// Largest number of records skipped between two samples.
const MAX_SAMPLING_STRIDE: u32 = 1000;

/// Tracks consecutive GetRecord failures and decides which records to skip.
#[derive(Debug, Default)]
pub(super) struct FailureStreak {
    failures: u32,
    /// After so many more records one is requested again; this many have been skipped.
    stride: u32,
    skipped: u32,
    last_error: String,
}

impl FailureStreak {
    /// Returns whether the next record is likely to fail too, so that no second try is worth while.
    pub(super) fn is_hopeless(&self) -> bool {
        self.failures > RETRY_INDIVIDUALLY_BELOW
    }

    /// Returns whether the next record is not requested.
    fn should_skip(&mut self) -> bool {
        if self.failures < SAMPLING_THRESHOLD {
            return false;
        }
        self.skipped += 1;
        self.skipped < self.stride
    }

    /// Records that a record could not be fetched.
    pub(super) fn record_failure(&mut self, error: &str) {
        self.failures += 1;
        error.clone_into(&mut self.last_error);
        if self.failures >= SAMPLING_THRESHOLD {
            self.stride = (self.stride * 2).clamp(2, MAX_SAMPLING_STRIDE);
            self.skipped = 0;
        }
    }

    /// Returns why records were skipped.
    pub(super) fn reason(&self) -> String {
        format!(
            "skipped after {} consecutive failures; last error: {}",
            self.failures, self.last_error
        )
    }
}

/// Records to be requested one by one.
#[derive(Debug)]
pub(super) struct RecordQueue<T> {
    pending: VecDeque<T>,
    /// The records that were not requested.
    pub(super) skipped: Vec<T>,
}

impl<T> From<Vec<T>> for RecordQueue<T> {
    fn from(all: Vec<T>) -> Self {
        Self {
            pending: all.into(),
            skipped: Vec::new(),
        }
    }
}

impl<T> RecordQueue<T> {
    /// Returns what is requested next.
    pub(super) fn next(&mut self, streak: &mut FailureStreak) -> Option<T> {
        while let Some(next) = self.pending.pop_front() {
            if !streak.should_skip() {
                return Some(next);
            }
            self.skipped.push(next);
        }
        None
    }

    /// Ends the streak after a record came: those that were skipped are requested after all.
    pub(super) fn on_success(&mut self, streak: &mut FailureStreak) {
        *streak = FailureStreak::default();
        for next in self.skipped.drain(..).rev() {
            self.pending.push_front(next);
        }
    }

    /// Returns what was skipped and what is still pending.
    pub(super) fn into_rest(self) -> Vec<T> {
        self.skipped.into_iter().chain(self.pending).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_after_many_failures_and_requeues_after_a_success() {
        let mut streak = FailureStreak::default();
        let mut queue = RecordQueue::from((0..1000).collect::<Vec<u32>>());
        let mut requested = 0;
        while queue.next(&mut streak).is_some() {
            requested += 1;
            streak.record_failure("500");
        }
        assert!((50..70).contains(&requested), "{requested}");
        let skipped = queue.skipped.len();
        queue.on_success(&mut streak);
        assert_eq!((queue.pending.len(), queue.skipped.len()), (skipped, 0));
    }
}
