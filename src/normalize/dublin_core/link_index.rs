//! What is known of the links of a record: the full texts, and the addresses that lead nowhere.

use std::collections::{BTreeSet, HashSet};
use std::ops::Bound;

use crate::article::{Code, Finding, Link, LinkRel};

/// The last segments of the addresses that findings call invalid.
#[derive(Default)]
pub(super) struct InvalidLinks {
    segments: HashSet<String>,
    /// Findings that were looked at.
    read: usize,
}

impl InvalidLinks {
    /// Returns whether a finding is about an address with this last segment.
    pub(super) fn has_segment(&mut self, findings: &[Finding], segment: &str) -> bool {
        let new = findings.iter().skip(self.read);
        let addresses = new.filter(|finding| finding.code == Code::InvalidLink);
        let segments = addresses.filter_map(|finding| finding.raw.rsplit_once('/'));
        self.segments
            .extend(segments.map(|(_, last)| last.to_owned()));
        self.read = findings.len();
        self.segments.contains(segment)
    }
}

/// The URLs of full texts in their order.
#[derive(Default)]
pub(super) struct Files {
    urls: BTreeSet<String>,
    /// Links that were looked at.
    read: usize,
}

impl Files {
    /// Returns whether the URL of a full text begins with `folder`.
    pub(super) fn are_below(&mut self, links: &[Link], folder: &str) -> bool {
        let new = links.iter().skip(self.read);
        let files = new.filter(|link| link.rel == LinkRel::Fulltext);
        self.urls.extend(files.map(|link| link.url.clone()));
        self.read = links.len();
        let from = (Bound::Included(folder), Bound::Unbounded);
        let first = self.urls.range::<str, _>(from).next();
        first.is_some_and(|url| url.starts_with(folder))
    }
}
