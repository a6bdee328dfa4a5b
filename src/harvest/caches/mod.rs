//! Caches of other harvesters, read as the responses they came from: the cache of metha (`metha`), the folder of
//! vufindharvest (`vufind`).
//!
//! Neither keeps a response as it came. Their records are put into a response again, byte for byte, around which only
//! the protocol's own elements are new.

mod failure;
mod metha;
mod vufind;

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::harvest::files::Take;
use crate::harvest::{HarvestError, SourcePlan};

/// The cached pages of one list.
#[derive(Clone)]
pub(super) enum Cache {
    /// A cache of metha.
    Metha(metha::Folder),
    /// A folder of vufindharvest.
    VuFind(vufind::Folder),
}

impl Cache {
    /// Opens what a path holds when it is such a folder.
    pub(super) fn open(path: &Path, plan: &SourcePlan) -> Result<Option<Self>, HarvestError> {
        if !path.is_dir() {
            return Ok(None);
        }
        if let Some(folder) = metha::Folder::open(path)? {
            return Ok(Some(Self::Metha(folder)));
        }
        Ok(vufind::Folder::open(path, plan)?.map(Self::VuFind))
    }

    /// Its origin, if stated.
    pub(super) fn base_url(&self) -> Option<&str> {
        match self {
            Self::Metha(folder) => Some(&folder.identity.base_url),
            Self::VuFind(_) => None,
        }
    }

    /// The set it is of; none is the whole repository.
    pub(super) fn set(&self) -> Option<&str> {
        match self {
            Self::Metha(folder) => folder.identity.set.as_deref(),
            Self::VuFind(folder) => folder.set.as_deref(),
        }
    }

    /// Up to when it holds all, by its own account.
    pub(super) fn until(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Metha(folder) => folder.until,
            Self::VuFind(folder) => folder.until,
        }
    }

    /// Reads its records as responses, in the order they came.
    pub(super) fn read(&self, take: &mut Take<'_>) -> Result<(), HarvestError> {
        match self {
            Self::Metha(folder) => folder.read(take),
            Self::VuFind(folder) => {
                folder.read(take);
                Ok(())
            }
        }
    }
}

/// The collections in a folder: what is kept by metha below its cache, each list a folder of its own; else the folder.
///
/// # Errors
/// When a folder cannot be read.
pub fn collections(path: &Path) -> Result<Vec<PathBuf>, HarvestError> {
    let found = if path.is_dir() {
        metha::folders(path)?
    } else {
        Vec::new()
    };
    Ok(if found.is_empty() {
        vec![path.to_owned()]
    } else {
        found
    })
}

/// Returns whether a folder is a list that metha keeps.
#[cfg(feature = "cli")]
pub(crate) fn is_metha(path: &Path) -> bool {
    path.is_dir() && metha::Folder::open(path).is_ok_and(|folder| folder.is_some())
}
