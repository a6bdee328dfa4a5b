//! Where an export is written: one file or several, deletions in a file of their own where the format cannot hold them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::article::Status;
use crate::cli::exit::Failure;
use crate::export::marc::Profile;
use crate::export::{
    Destination, EntrySink, ExportError, Exporter, Options, Scope, SplitBy, SplitByStatus,
    SplitFiles,
};

/// Where an export is written, and in which form.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) exporter: Arc<dyn Exporter>,
    pub(crate) destination: Destination,
    /// The value that begins a new file; one file if absent.
    pub(crate) split: Option<SplitBy>,
    /// Live articles or deletions alone; both without.
    pub(crate) status: Option<Status>,
}

impl Place {
    /// Refuses to split what is not a single file.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        match (&self.destination, &self.split) {
            (Destination::File(_), _) | (_, None) => Ok(()),
            _ => Err(super::pieces::no_file()),
        }
    }

    /// Opens what takes the entries.
    pub(crate) fn open(&self, scope: Scope) -> Result<Box<dyn EntrySink>, ExportError> {
        let (Destination::File(path), Some(deletions)) =
            (&self.destination, self.exporter.deletions())
        else {
            return self.open_live(scope);
        };
        match self.status {
            Some(Status::Live) => self.open_live(scope),
            Some(Status::Deleted) => Ok(Box::new(self.destination.open(deletions, scope)?)),
            None => {
                let beside = beside(path, deletions.info().extension);
                Ok(Box::new(SplitByStatus {
                    live: self.open_live(scope)?,
                    deleted: Destination::File(beside).open(deletions, scope)?,
                }))
            }
        }
    }

    fn open_live(&self, scope: Scope) -> Result<Box<dyn EntrySink>, ExportError> {
        let exporter = Arc::clone(&self.exporter);
        Ok(match (&self.destination, self.split) {
            (Destination::File(path), Some(by)) => {
                Box::new(SplitFiles::open(path, by, scope, exporter)?)
            }
            _ => Box::new(self.destination.open(exporter, scope)?),
        })
    }

    /// Returns where the deletions are and what to do with them, where they have a file of their own.
    pub(crate) fn deletions_hint(&self, options: &Options) -> Option<String> {
        let Destination::File(path) = &self.destination else {
            return None;
        };
        let info = self.exporter.deletions()?.info();
        if self.status.is_some() {
            return None;
        }
        let what = match (info.extension, options.marc.profile) {
            ("txt", Profile::VuFind) => "for `php util/deletes.php FILE flat`",
            ("txt", _) => "one id a line",
            (_, Profile::Koha) => {
                "match them by control number (001); bulkmarcimport.pl would add them, and its -d empties the whole \
                 catalog"
            }
            _ => "match them by control number (001)",
        };
        let path = beside(path, info.extension);
        Some(format!("deletions are in {}: {what}", path.display()))
    }
}

/// Refuses a file in a folder that does not exist.
pub(crate) fn check_folder(output: &Path) -> Result<(), Failure> {
    let folder = output.parent().unwrap_or(Path::new(""));
    if output.as_os_str() == "-" || folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "cannot write {}: there is no folder {}",
        output.display(),
        folder.display()
    ))
    .hint(format!("mkdir -p {}", folder.display())))
}

/// Returns where deletions go that have a file of their own: `catalog.deleted.mrc` beside `catalog.mrc`.
fn beside(path: &Path, extension: &str) -> PathBuf {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let (stem, rest) = match name.char_indices().skip(1).find(|(_, c)| *c == '.') {
        Some((dot, _)) => name.split_at(dot),
        None => (name.as_str(), ""),
    };
    // A list of ids is no such format as the articles beside it, but compressed like them.
    let rest = match (extension, rest.rsplit_once('.')) {
        ("txt", Some((_, "gz"))) => ".txt.gz",
        ("txt", Some((_, "zst"))) => ".txt.zst",
        ("txt", _) => ".txt",
        _ => rest,
    };
    path.with_file_name(format!("{stem}.deleted{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("catalog.mrc", "mrc", "catalog.deleted.mrc")]
    #[case("catalog.xml.gz", "xml", "catalog.deleted.xml.gz")]
    #[case("catalog", "mrc", "catalog.deleted")]
    #[case("vufind.mrc.gz", "txt", "vufind.deleted.txt.gz")]
    #[case("refs.ris", "txt", "refs.deleted.txt")]
    fn deletions_stand_beside(#[case] path: &str, #[case] extension: &str, #[case] expected: &str) {
        assert_eq!(beside(Path::new(path), extension), PathBuf::from(expected));
    }
}
