//! The choice of entries to export.

use std::collections::HashSet;
use std::sync::Arc;

use crate::article::Status;
use crate::export::filter::Filter;
use crate::export::shard::Shard;
use crate::store::{ItemKey, RunNo, Time};

/// The point that changes are counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// The end of a run.
    Run(RunNo),
    /// A time: what changed then or later.
    Time(Time),
}

/// The selection of entries to export.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Names of sources; all without.
    pub sources: Vec<String>,
    /// Only what has changed.
    pub changed_since: Option<Since>,
    /// Only this part of it.
    pub shard: Option<Shard>,
    /// Only what passes.
    pub filter: Filter,
    /// Not these: articles that another stands for.
    pub excluded_duplicates: Arc<HashSet<ItemKey>>,
}

impl Choice {
    /// Returns whether it is less than the live articles of the whole collection.
    pub fn is_part(&self) -> bool {
        let mut rest = self.clone();
        if rest.filter.status == Some(Status::Live) {
            rest.filter.status = None;
        }
        rest != Self::default()
    }
}
