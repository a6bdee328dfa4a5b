//! Where an export goes: stdout, a file, or a folder or archive with a file per article.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::archive::{Archive, is_archive};
use super::file::OutFile;
use super::folder::Folder;
use super::{Counts, ExportError, Format, Scope};
use crate::article::{Entry, Status};
use crate::store::StoredItem;

/// Room for what is written at once, bytes.
const BUFFER: usize = 64 << 10;

/// Where an export shall go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Standard output.
    Stdout,
    /// One file, compressed where its name ends in `.gz` or `.zst`. A pipe or device is written in place.
    File(PathBuf),
    /// A folder with one file per live article, and `index.jsonl`.
    Folder(PathBuf),
    /// The same in one file: `.tar`, `.tar.gz`, `.tgz`, `.tar.zst` or `.zip`; at `-`, a tar stream to stdout.
    Archive(PathBuf),
}

impl Destination {
    /// Reads the argument of `-o` for a format: `-` is stdout; an existing folder, or a path with a slash at its
    /// end, a folder; so is a new path for a format that is a file per article by nature, unless it is named
    /// like a file; a name such as `.tar.gz` or `.zip` is an archive; anything else is a file.
    pub fn parse(path: &Path, format: &dyn Format) -> Self {
        let text = path.to_string_lossy();
        let file_like = || path.is_file() || path.extension().is_some();
        if text == "-" {
            Self::Stdout
        } else if text.ends_with(['/', std::path::MAIN_SEPARATOR])
            || path.is_dir()
            || format.is_file_per_article() && !file_like()
        {
            Self::Folder(path.to_owned())
        } else if is_archive(path) {
            Self::Archive(path.to_owned())
        } else {
            Self::File(path.to_owned())
        }
    }

    /// Opens it, before the work begins: a target that cannot be written fails here.
    pub fn open(&self, format: Box<dyn Format>, scope: Scope) -> Result<Target, ExportError> {
        match self {
            Self::Stdout => Target::stream(
                Box::new(BufWriter::with_capacity(BUFFER, io::stdout())),
                format,
            ),
            Self::File(path) => Target::start(Sink::File(Box::new(OutFile::open(path)?)), format),
            Self::Archive(path) => {
                Target::start(Sink::Archive(Box::new(Archive::open(path)?)), format)
            }
            Self::Folder(path) => {
                let folder = Folder::open(path, format.as_ref(), scope)?;
                Target::start(Sink::Folder(Box::new(folder)), format)
            }
        }
    }
}

/// An open target. Dropped before [`finish`](Self::finish), it leaves what was there before.
pub struct Target {
    format: Box<dyn Format>,
    sink: Sink,
    counts: Counts,
}

enum Sink {
    Stream(Box<dyn Write + Send>),
    File(Box<OutFile>),
    Folder(Box<Folder>),
    Archive(Box<Archive>),
    /// The reader has gone; the rest is written nowhere.
    Closed,
}

impl Target {
    /// An export into any writer, in stream form. A broken pipe is no error.
    pub fn stream(
        out: Box<dyn Write + Send>,
        format: Box<dyn Format>,
    ) -> Result<Self, ExportError> {
        Self::start(Sink::Stream(out), format)
    }

    fn start(sink: Sink, format: Box<dyn Format>) -> Result<Self, ExportError> {
        let mut target = Self {
            format,
            sink,
            counts: Counts::default(),
        };
        target.write(|format, out| format.head(out))?;
        Ok(target)
    }

    /// Shows the format the stored item behind the entry that comes next.
    pub(super) fn see(&mut self, item: &StoredItem) {
        self.format.stored(item);
    }

    /// Writes one entry.
    pub fn push(&mut self, entry: &Entry) -> Result<(), ExportError> {
        let taken = self.format.takes(entry);
        self.counts.native += u64::from(taken && self.format.hands_on(entry));
        if let Sink::Folder(folder) = &mut self.sink {
            folder.push(self.format.as_mut(), entry, taken)?;
        } else if let Sink::Archive(archive) = &mut self.sink {
            let written = archive.push(self.format.as_mut(), entry, taken);
            self.settle(written)?;
        } else if taken {
            self.write(|format, out| format.entry(out, entry))?;
        }
        // In a folder a deletion is the lack of a file, whatever the format.
        let deleted_file = entry.status() == Status::Deleted
            && matches!(self.sink, Sink::Folder(_) | Sink::Archive(_));
        match entry.status() {
            _ if !taken && !deleted_file => self.counts.left_out += 1,
            Status::Live => self.counts.live += 1,
            Status::Deleted => self.counts.deleted += 1,
        }
        Ok(())
    }

    /// Whether the reader at the other end has gone, so that more entries are of no use.
    pub fn is_closed(&self) -> bool {
        matches!(self.sink, Sink::Closed)
    }

    /// Bytes that a file has been given so far, before compression.
    pub(super) fn written(&self) -> u64 {
        if let Sink::File(file) = &self.sink {
            file.taken()
        } else {
            0
        }
    }

    /// Completes a file without putting it in its place.
    pub(super) fn seal(mut self) -> Result<(Counts, Option<OutFile>), ExportError> {
        self.end()?;
        let Sink::File(mut file) = self.sink else {
            return Ok((self.counts, None));
        };
        file.seal()?;
        Ok((self.counts, Some(*file)))
    }

    fn end(&mut self) -> Result<(), ExportError> {
        self.write(|format, out| format.tail(out))?;
        self.write(|_, out| out.flush())
    }

    /// Completes the export and puts it in its place.
    pub fn finish(mut self) -> Result<Counts, ExportError> {
        self.end()?;
        match self.sink {
            Sink::Stream(_) | Sink::Closed => {}
            Sink::File(file) => file.commit()?,
            Sink::Folder(folder) => folder.finish()?,
            Sink::Archive(archive) => archive.finish()?,
        }
        Ok(self.counts)
    }

    fn write(
        &mut self,
        step: impl FnOnce(&mut dyn Format, &mut dyn Write) -> io::Result<()>,
    ) -> Result<(), ExportError> {
        let format = self.format.as_mut();
        let written = match &mut self.sink {
            Sink::Stream(out) => step(format, out),
            Sink::File(file) => step(format, file.as_mut()),
            Sink::Folder(_) | Sink::Archive(_) | Sink::Closed => return Ok(()),
        };
        self.settle(written)
    }

    /// Tells a reader that has gone from an error.
    fn settle(&mut self, written: io::Result<()>) -> Result<(), ExportError> {
        match written {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.sink = Sink::Closed;
                Ok(())
            }
            Err(error) => {
                let path = match &self.sink {
                    Sink::File(file) => file.path(),
                    Sink::Archive(archive) => archive.path(),
                    _ => Path::new("-"),
                };
                Err(ExportError::io("write", path, error))
            }
        }
    }
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target")
            .field("format", &self.format.name())
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}
