//! An export in several files: each of about one size, or one for each source.
//!
//! `articles.jsonl.zst` becomes `articles.part-0001.jsonl.zst` and so on, or `articles.source-NAME.jsonl.zst`. All of
//! them wait beside their places until the last one is whole; what an earlier export left under such names goes then.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::counts::{Counts, Scope};
use super::error::ExportError;
use super::file::OutFile;
use super::format::{EntryRef, Exporter, RenderedEntry};
use super::name;
use super::sink::EntrySink;
use super::target::Target;
use crate::temporary::{self, Access, Temporary};

/// The value that begins a new file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SplitBy {
    /// An entry after so many bytes, counted before compression: a file ends with the entry that reaches them.
    Size(u64),
    /// The first entry of a source.
    Source,
}

/// Takes the items of a collection into several files.
pub struct SplitFiles {
    path: PathBuf,
    by: SplitBy,
    scope: Scope,
    exporter: Arc<dyn Exporter>,
    /// Where the files wait.
    staging: Temporary,
    open: Option<Target>,
    /// Source of the file that is open.
    source: String,
    whole: Vec<OutFile>,
    names: BTreeSet<String>,
    counts: Counts,
}

impl SplitFiles {
    /// Files named after `path`. Opened before the work begins: a place that cannot be written fails here.
    pub fn open(
        path: &Path,
        by: SplitBy,
        scope: Scope,
        exporter: Arc<dyn Exporter>,
    ) -> Result<Self, ExportError> {
        let staging = Temporary::folder_beside(path, Access::Default)
            .map_err(|error| ExportError::io("open", path, error))?;
        let mut split = Self {
            path: path.to_owned(),
            staging,
            by,
            scope,
            exporter,
            open: None,
            source: String::new(),
            whole: Vec::new(),
            names: BTreeSet::new(),
            counts: Counts::default(),
        };
        match by {
            // There is one, if an empty one, whatever comes.
            SplitBy::Size(_) => split.begin("part-0001")?,
            SplitBy::Source => drop(OutFile::open_in(&split.staging, &split.place("source-"))?),
        }
        Ok(split)
    }

    /// The name with a word before its first dot but one at its very beginning.
    fn place(&self, word: &str) -> PathBuf {
        let (stem, rest) = parted(&self.path);
        self.path.with_file_name(format!("{stem}.{word}{rest}"))
    }

    fn begin(&mut self, word: &str) -> Result<(), ExportError> {
        self.end()?;
        let place = self.place(word);
        self.names.extend(
            place
                .file_name()
                .map(|name| name.to_string_lossy().into_owned()),
        );
        let file = OutFile::open_in(&self.staging, &place)?;
        self.open = Some(Target::file(file, Arc::clone(&self.exporter))?);
        Ok(())
    }

    /// The file that is open is whole.
    fn end(&mut self) -> Result<(), ExportError> {
        if let Some(target) = self.open.take() {
            let (counts, file) = target.seal()?;
            self.counts += counts;
            self.whole.extend(file);
        }
        Ok(())
    }

    /// The file that an entry goes to.
    fn target(&mut self, source: &str) -> Result<&mut Target, ExportError> {
        match self.by {
            SplitBy::Size(size) => {
                if self
                    .open
                    .as_ref()
                    .is_none_or(|target| target.written() >= size)
                {
                    self.begin(&format!("part-{:04}", self.whole.len() + 2))?;
                }
            }
            SplitBy::Source => {
                if self.open.is_none() || self.source != source {
                    source.clone_into(&mut self.source);
                    self.begin(&format!("source-{}", name::source_name(source)))?;
                }
            }
        }
        self.open
            .as_mut()
            .ok_or_else(|| ExportError::io("open", &self.path, io::ErrorKind::NotFound.into()))
    }

    /// Files of an earlier export that this one did not write.
    fn leftovers(&self) -> io::Result<Vec<PathBuf>> {
        let (stem, rest) = parted(&self.path);
        let is_word = |word: &str| match self.by {
            SplitBy::Size(_) => word.strip_prefix("part-").is_some_and(|number| {
                number.len() >= 4 && number.bytes().all(|byte| byte.is_ascii_digit())
            }),
            // Of some sources alone, those of others stay.
            SplitBy::Source => {
                self.scope == Scope::Full
                    && word
                        .strip_prefix("source-")
                        .is_some_and(|source| name::source_name(source) == source)
            }
        };
        let is_left = |name: &str| {
            let word = name
                .strip_prefix(&*stem)
                .and_then(|name| name.strip_prefix('.')?.strip_suffix(&*rest));
            word.is_some_and(is_word) && !self.names.contains(name)
        };
        let folder = self
            .path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let mut left = Vec::new();
        for entry in fs::read_dir(folder.unwrap_or(Path::new(".")))? {
            let entry = entry?;
            if entry.file_type()?.is_file() && entry.file_name().to_str().is_some_and(is_left) {
                left.push(entry.path());
            }
        }
        Ok(left)
    }
}

impl EntrySink for SplitFiles {
    fn write(&mut self, entry: EntryRef<'_>) -> Result<(), ExportError> {
        self.target(&entry.entry.provenance().source)?.push(entry)
    }

    fn renderer(&self) -> Option<Arc<dyn Exporter>> {
        let joins = self.exporter.frame().joins_bytes();
        joins.then(|| Arc::clone(&self.exporter))
    }

    fn write_rendered(&mut self, entry: RenderedEntry<'_>) -> Result<(), ExportError> {
        self.target(entry.source)?.push_rendered(entry)
    }

    fn finish(mut self: Box<Self>) -> Result<Counts, ExportError> {
        self.end()?;
        let moves = temporary::moving();
        for file in std::mem::take(&mut self.whole) {
            file.commit()?;
        }
        drop(moves);
        let left = self
            .leftovers()
            .map_err(|error| ExportError::io("tidy up beside", &self.path, error))?;
        for path in left {
            fs::remove_file(&path).map_err(|error| ExportError::io("remove", path, error))?;
        }
        Ok(self.counts)
    }
}

/// A file's name before its first dot, and from there on.
fn parted(path: &Path) -> (String, String) {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    match name.char_indices().skip(1).find(|(_, c)| *c == '.') {
        Some((dot, _)) => (name[..dot].to_owned(), name[dot..].to_owned()),
        None => (name, String::new()),
    }
}

impl std::fmt::Debug for SplitFiles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SplitFiles")
            .field("path", &self.path)
            .field("by", &self.by)
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}
