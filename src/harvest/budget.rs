//! The budget of a failing list.

use crate::oai::Page;

/// Requests that a failing list may cost beside twice those of a plain client and three for each record that its lists
/// do not bring.
const ALLOWANCE: u64 = 40;
/// Requests that a record may cost which the lists do not bring.
const PER_RECORD: u64 = 3;
/// Most bad records that failing halves may tell of, before any is known by name.
const MAX_BRANCHES: u32 = 10;
/// Failed windows in a row after which a server that has accepted no list of records is harvested record by record.
const MAX_CONSECUTIVE_FAILURES: u32 = 4;

/// Tracks what a list has cost, and bounds it: at most 2 × the requests of a plain client (Identify and the pages of
/// one complete list), plus 3 for each record that lists do not bring, plus 40.
#[derive(Debug, Default)]
pub(super) struct FailureBudget {
    /// Requests sent for this list.
    requests: u64,
    /// Records that the list is known to hold.
    records: u64,
    /// Records on its longest page.
    longest_page: u64,
    /// Pages that brought records for the first time.
    fruitful_pages: u64,
    /// Windows that came to their end on a server that accepts only narrow ones.
    narrow_windows: u64,
    /// Records that lists did not bring.
    individual: u64,
    /// Windows of which both halves failed.
    branches: u32,
    /// Failed windows since one came to its end.
    consecutive: u32,
    /// Failures in all.
    failures: u32,
}

impl FailureBudget {
    /// Counts requests.
    pub(super) fn spend(&mut self, requests: u64) {
        self.requests += requests;
    }

    /// Counts a page of a list, `fresh` of whose records the list had not brought before.
    pub(super) fn add_page(&mut self, page: &Page, fresh: u64) {
        self.longest_page = self.longest_page.max(page.records.len() as u64);
        self.fruitful_pages += u64::from(fresh > 0);
        self.expect_records(page.complete_list_size.unwrap_or(0));
    }

    /// Notes that the list holds at least so many records.
    pub(super) fn expect_records(&mut self, records: u64) {
        self.records = self.records.max(records);
    }

    /// Counts a record that lists did not bring.
    pub(super) fn add_individual(&mut self) {
        self.individual += 1;
    }

    /// Notes that a window fails that has no failed part yet: there is a bad record in it.
    pub(super) fn add_first_branch(&mut self) {
        if self.branches == 0 {
            self.add_branch();
        }
    }

    /// Notes that both halves of a window fail: there is one more bad record than was known.
    pub(super) fn add_branch(&mut self) {
        if self.branches < MAX_BRANCHES {
            self.branches += 1;
            self.individual += 1;
        }
    }

    /// Counts a failed window.
    pub(super) fn add_failure(&mut self) {
        self.consecutive += 1;
        self.failures += 1;
    }

    /// Notes that a window came to its end. Where the server accepts only narrow ones, a plain client would send a
    /// request for each.
    pub(super) fn on_success(&mut self, accepts_narrow_only: bool) {
        self.consecutive = 0;
        self.narrow_windows += u64::from(accepts_narrow_only);
    }

    /// Returns failed windows since one came to its end.
    pub(super) fn consecutive_failures(&self) -> u32 {
        self.consecutive
    }

    /// Returns whether so many windows failed one after the other that lists are no way, unless one was accepted.
    pub(super) fn is_failing_throughout(&self) -> bool {
        self.consecutive >= MAX_CONSECUTIVE_FAILURES
    }

    /// Returns whether any window failed.
    pub(super) fn has_failed(&self) -> bool {
        self.failures > 0
    }

    /// Returns records on the longest page so far.
    pub(super) fn longest_page(&self) -> u64 {
        self.longest_page
    }

    /// Returns requests that a plain client would have sent: Identify, and the pages of one complete list.
    fn plain_requests(&self) -> u64 {
        let pages = self.records.div_ceil(self.longest_page.max(1));
        let by_size = if self.longest_page == 0 { 0 } else { pages };
        1 + by_size
            .max(self.fruitful_pages)
            .max(self.narrow_windows)
            .max(1)
    }

    /// Returns whether the list has cost as much as it may.
    pub(super) fn is_spent(&self) -> bool {
        let bound = 2 * self.plain_requests() + PER_RECORD * self.individual + ALLOWANCE;
        self.failures > 0 && self.requests + 2 > bound
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oai::RecordRef;

    fn page(records: usize) -> Page {
        Page {
            records: vec![RecordRef::default(); records],
            ..Page::default()
        }
    }

    #[test]
    fn a_failing_list_may_cost_twice_a_plain_client_and_forty() {
        let mut budget = FailureBudget::default();
        for _ in 0..10 {
            budget.spend(1);
            budget.add_page(&page(25), 25);
        }
        budget.spend(1000);
        assert!(!budget.is_spent(), "a list without a failure has no bound");
        let mut budget = FailureBudget::default();
        budget.expect_records(100);
        budget.add_page(&page(25), 25);
        budget.add_failure();
        budget.spend(47);
        assert!(!budget.is_spent());
        budget.spend(2);
        assert!(budget.is_spent());
        budget.add_individual();
        assert!(!budget.is_spent());
    }
}
