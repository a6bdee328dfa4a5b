//! Archive snapshots: a source as a BagIt bag (RFC 8493), its pages as received beside the articles they came to.
//!
//! ```text
//! bagit.txt  bag-info.txt  manifest-sha512.txt  tagmanifest-sha512.txt
//! data/
//!     pages/          responses as received, one file each, named by their number
//!     requests.tsv    requests, times and responses: one line a page
//!     pages.warc.gz   the same as WARC, if requested
//!     gone.tsv        records that a full list no longer held, that no page mentions
//!     articles.jsonl  all articles and deletions
//!     jats/           a file a live article
//!     files/          full texts, if requested
//!     files.jsonl     of which article each is, and why one is not there
//!     source.json     what is known of the source: its address, what Identify said
//!     report.json     the report of its last harvest
//!     versions.json   what made the articles
//! ```
//!
//! The payload depends on the store alone, so that two snapshots of the same store differ in `bag-info.txt`, which
//! has the date, and nowhere else. A snapshot is written beside its place and renamed when it is whole.

mod archive;
mod bag;
mod error;
mod files;
mod folder;
mod gone;
mod payload;
mod requests;
mod settings;
pub(crate) mod tarball;
mod verify;
mod warc;

use std::path::PathBuf;

use crate::store::{Source, Store};

pub use archive::Staging;
pub use error::SnapshotError;
pub use files::{Bounds, Files, Missing};
pub use gone::Gone;
pub use payload::Completeness;
pub use requests::{Request, Requests, SourceFile};
pub use settings::Settings;
pub use verify::{Verified, verify};

/// A summary of the snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Where it stands.
    pub path: PathBuf,
    /// Files of the payload.
    pub files: u64,
    /// Their size, bytes.
    pub bytes: u64,
    /// The completeness of the source.
    pub completeness: Completeness,
    /// Files that were to be fetched and could not be fetched.
    pub missing: Vec<Missing>,
}

/// Writes a source as a bag: into the folder that the staging place is for, or into one `.tar` of that name.
/// Its articles have to be up to date. Their full texts are fetched by `files`, where there is one.
///
/// # Errors
/// Of the store, of the export, and of the file system; nothing is left behind then.
pub async fn write(
    store: &dyn Store,
    source: &Source,
    settings: &Settings,
    files: Option<&Files>,
    staging: Staging,
) -> Result<Written, SnapshotError> {
    let mut bag = bag::Bag::create(staging.bag())?;
    let completeness = payload::write(store, source, settings, &mut bag).await?;
    let mut missing = Vec::new();
    if let Some(files) = files {
        missing = files::fetch(source, files, &mut bag).await?;
    }
    let completeness = completeness.without(&missing);
    let (files, bytes) = bag.finish(&payload::info(source, settings, &completeness))?;
    let path = staging.settle()?;
    Ok(Written {
        path,
        files,
        bytes,
        completeness,
        missing,
    })
}
