//! What an export covers, and the counts of its entries.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::format::Rendered;
use crate::article::Status;

/// The scope of an export: all entries, or the changed ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// All entries: in a folder, files of articles that are not among them go.
    #[default]
    Full,
    /// Changes: in a folder, files of articles that are not among them stay.
    Delta,
}

/// The counts of an export.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Live articles.
    pub live: u64,
    /// Deletions.
    pub deleted: u64,
    /// Entries that the format has no form for.
    pub left_out: u64,
    /// The number of skipped entries by reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reasons: BTreeMap<String, u64>,
    /// Notes on changes to articles, with their counts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub notes: BTreeMap<String, u64>,
    /// The number of live articles passed on as the server's own documents.
    #[serde(default, skip_serializing_if = "is_none")]
    pub native: u64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.live += other.live;
        self.deleted += other.deleted;
        self.left_out += other.left_out;
        self.native += other.native;
        for (reason, count) in other.reasons {
            *self.reasons.entry(reason).or_default() += count;
        }
        for (note, count) in other.notes {
            *self.notes.entry(note).or_default() += count;
        }
    }
}

impl Counts {
    /// Counts an entry by what rendering it came to.
    pub fn add(&mut self, status: Status, rendered: Rendered) {
        if let Rendered::Noted(note, count) = rendered {
            *self.notes.entry(note.to_owned()).or_default() += count;
        }
        match (rendered, status) {
            (Rendered::LeftOut(reason), _) => {
                self.left_out += 1;
                *self.reasons.entry(reason.to_owned()).or_default() += 1;
            }
            (_, Status::Deleted) => self.deleted += 1,
            (Rendered::Native, Status::Live) => {
                self.live += 1;
                self.native += 1;
            }
            (Rendered::Written | Rendered::Noted(..), Status::Live) => self.live += 1,
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde wants it")]
fn is_none(count: &u64) -> bool {
    *count == 0
}
