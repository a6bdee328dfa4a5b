//! Where an export goes: stdout, a file, or a folder or archive with a file per article.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::archive::{Archive, is_archive};
use super::counts::{Counts, Scope};
use super::error::ExportError;
use super::file::OutFile;
use super::folder::Folder;
use super::format::{EntryRef, Exporter, FormatInfo, Frame, Layout, RenderedEntry, left_out};
use super::spool::Spool;
use crate::article::Entry;
use crate::display;

/// Size of the buffer before stdout, bytes.
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
    pub fn parse(path: &Path, format: &FormatInfo) -> Self {
        let text = path.to_string_lossy();
        let file_like = || path.is_file() || path.extension().is_some();
        let is_folder = match format.layout {
            Layout::Spool => true,
            Layout::FilePerArticle => !file_like(),
            Layout::Stream => false,
        };
        if text == "-" {
            Self::Stdout
        } else if text.ends_with(['/', std::path::MAIN_SEPARATOR]) || path.is_dir() || is_folder {
            Self::Folder(path.to_owned())
        } else if is_archive(path) {
            Self::Archive(path.to_owned())
        } else {
            Self::File(path.to_owned())
        }
    }

    /// Opens it, before the work begins: a target that cannot be written fails here.
    ///
    /// # Errors
    /// A place that cannot be written.
    pub fn open(&self, exporter: Arc<dyn Exporter>, scope: Scope) -> Result<Target, ExportError> {
        let sink = match self {
            Self::Stdout => Sink::Stream(Box::new(BufWriter::with_capacity(
                BUFFER,
                display::stdout(),
            ))),
            Self::File(path) => Sink::File(Box::new(OutFile::open(path)?)),
            Self::Archive(path) => Sink::Archive(Box::new(Archive::open(path)?)),
            Self::Folder(path) if exporter.info().layout == Layout::Spool => {
                Sink::Spool(Spool::open(path)?)
            }
            Self::Folder(path) => {
                Sink::Folder(Box::new(Folder::open(path, exporter.info(), scope)?))
            }
        };
        Target::start(sink, exporter)
    }
}

/// An open target. Dropped before [`finish`](Self::finish), it leaves what was there before.
pub struct Target {
    exporter: Arc<dyn Exporter>,
    frame: Box<dyn Frame>,
    sink: Sink,
    counts: Counts,
    buffer: Vec<u8>,
}

enum Sink {
    Stream(Box<dyn Write + Send>),
    File(Box<OutFile>),
    Folder(Box<Folder>),
    Archive(Box<Archive>),
    Spool(Spool),
    /// The reader has gone; the rest is written nowhere.
    Closed,
}

impl Sink {
    fn path(&self) -> &Path {
        match self {
            Self::File(file) => file.path(),
            Self::Archive(archive) => archive.path(),
            _ => Path::new("-"),
        }
    }
}

impl Target {
    /// An export into any writer, in stream form. A broken pipe is not an error.
    ///
    /// # Errors
    /// Failures of the writer.
    pub fn stream(
        out: Box<dyn Write + Send>,
        exporter: Arc<dyn Exporter>,
    ) -> Result<Self, ExportError> {
        Self::start(Sink::Stream(out), exporter)
    }

    /// An export into an open file.
    pub(super) fn file(out: OutFile, exporter: Arc<dyn Exporter>) -> Result<Self, ExportError> {
        Self::start(Sink::File(Box::new(out)), exporter)
    }

    fn start(sink: Sink, exporter: Arc<dyn Exporter>) -> Result<Self, ExportError> {
        let mut target = Self {
            frame: exporter.frame(),
            exporter,
            sink,
            counts: Counts::default(),
            buffer: Vec::new(),
        };
        target.stream_out(|frame, out| frame.begin(out))?;
        Ok(target)
    }

    /// Writes one entry.
    ///
    /// # Errors
    /// Failures of the serializer and of the place that is written to.
    pub fn push(&mut self, entry: EntryRef<'_>) -> Result<(), ExportError> {
        self.buffer.clear();
        let exporter = self.exporter.as_ref();
        if let Some(rendered) = left_out(exporter, entry) {
            self.counts.add(entry.entry.status(), rendered);
            return Ok(());
        }
        let written = match &mut self.sink {
            Sink::Folder(folder) => folder.push(exporter, entry)?,
            Sink::Spool(spool) => spool.push(exporter, entry)?,
            Sink::Archive(archive) => {
                let path = archive.path().to_owned();
                match archive.push(exporter, entry) {
                    Ok(rendered) => rendered,
                    Err(error) => return self.settle(Err(error), &path),
                }
            }
            Sink::Stream(_) | Sink::File(_) | Sink::Closed => {
                let rendered = exporter
                    .entry(entry, &mut self.buffer)
                    .map_err(|error| ExportError::io("write", self.sink.path(), error))?;
                if rendered.is_written() {
                    let buffer = std::mem::take(&mut self.buffer);
                    self.stream_out(|frame, out| frame.add(entry, &buffer, out))?;
                    self.buffer = buffer;
                }
                rendered
            }
        };
        self.counts.add(entry.entry.status(), written);
        Ok(())
    }

    /// Returns the exporter, where entries may be rendered before they are written.
    pub(super) fn renderer(&self) -> Option<Arc<dyn Exporter>> {
        let is_stream = matches!(self.sink, Sink::Stream(_) | Sink::File(_));
        (is_stream && self.frame.joins_bytes()).then(|| Arc::clone(&self.exporter))
    }

    /// Writes an entry that [`renderer`](Self::renderer) has rendered.
    pub(super) fn push_rendered(&mut self, entry: RenderedEntry<'_>) -> Result<(), ExportError> {
        if entry.rendered.is_written() {
            self.stream_out(|frame, out| frame.join(entry.bytes, out))?;
        }
        self.counts.add(entry.status, entry.rendered);
        Ok(())
    }

    /// Returns whether the reader at the other end has gone, so that more entries are of no use.
    pub fn is_closed(&self) -> bool {
        matches!(self.sink, Sink::Closed)
    }

    /// Returns how many bytes a file has been given so far, before compression.
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
        self.stream_out(|frame, out| {
            frame.end(out)?;
            out.flush()
        })
    }

    /// Completes the export and puts it in its place.
    ///
    /// # Errors
    /// Failures of the place that is written to; what stood there before still stands.
    pub fn finish(mut self) -> Result<Counts, ExportError> {
        self.end()?;
        match self.sink {
            Sink::Stream(_) | Sink::Closed => {}
            Sink::Spool(spool) => spool.finish()?,
            Sink::File(file) => file.commit()?,
            Sink::Folder(folder) => folder.finish()?,
            Sink::Archive(archive) => archive.finish()?,
        }
        Ok(self.counts)
    }

    /// Does a step of a stream; nothing in a folder or archive, where each file has its own frame.
    fn stream_out(
        &mut self,
        step: impl FnOnce(&mut dyn Frame, &mut dyn Write) -> io::Result<()>,
    ) -> Result<(), ExportError> {
        let frame = self.frame.as_mut();
        let (written, path) = match &mut self.sink {
            Sink::Stream(out) => (step(frame, out), PathBuf::from("-")),
            Sink::File(file) => {
                let written = step(frame, file.as_mut());
                if written.is_ok() {
                    return Ok(());
                }
                (written, file.path().to_owned())
            }
            Sink::Folder(_) | Sink::Archive(_) | Sink::Spool(_) | Sink::Closed => return Ok(()),
        };
        self.settle(written, &path)
    }

    /// Tells a reader that has gone from an error.
    fn settle(&mut self, written: io::Result<()>, path: &Path) -> Result<(), ExportError> {
        match written {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.sink = Sink::Closed;
                Ok(())
            }
            Err(error) => Err(ExportError::io("write", path, error)),
        }
    }
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target")
            .field("format", &self.exporter.info().name)
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}

/// Exports all entries of an iterator to an open target; stops early, without an error, when the reader at
/// the other end of stdout has gone.
pub fn export(
    entries: impl IntoIterator<Item = Entry>,
    mut target: Target,
) -> Result<Counts, ExportError> {
    for entry in entries {
        target.push((&entry).into())?;
        if target.is_closed() {
            break;
        }
    }
    target.finish()
}
