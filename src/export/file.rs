//! A file that appears whole or not at all: written beside its place, synced, then renamed into it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use flate2::write::GzEncoder;

use super::error::ExportError;
use crate::temporary::{Access, Temporary};

/// zstd's default level.
const ZSTD_LEVEL: i32 = 3;
const BUFFER: usize = 128 * 1024;
/// Bytes after which what is written begins to go to the disk.
const SYNCED_AFTER: u64 = 32 << 20;

/// A writer that compresses as the file's name asks (`.gz`, `.tgz`, `.zst`), or not.
pub(super) enum Encoder {
    Plain(BufWriter<File>),
    Gzip(GzEncoder<BufWriter<File>>),
    Zstd(zstd::Encoder<'static, BufWriter<File>>),
}

impl Encoder {
    fn new(file: File, path: &Path) -> io::Result<Self> {
        let file = BufWriter::with_capacity(BUFFER, file);
        let extension = path
            .extension()
            .map(std::ffi::OsStr::to_ascii_lowercase)
            .unwrap_or_default();
        Ok(match extension.to_str() {
            Some("gz" | "tgz") => Self::Gzip(GzEncoder::new(file, flate2::Compression::default())),
            Some("zst") => {
                let mut encoder = zstd::Encoder::new(file, ZSTD_LEVEL)?;
                encoder.include_checksum(true)?;
                Self::Zstd(encoder)
            }
            _ => Self::Plain(file),
        })
    }

    fn file(&self) -> &File {
        match self {
            Self::Plain(out) => out.get_ref(),
            Self::Gzip(out) => out.get_ref().get_ref(),
            Self::Zstd(out) => out.get_ref().get_ref(),
        }
    }

    fn finish(self) -> io::Result<File> {
        let file = match self {
            Self::Plain(file) => file,
            Self::Gzip(encoder) => encoder.finish()?,
            Self::Zstd(encoder) => encoder.finish()?,
        };
        file.into_inner().map_err(io::IntoInnerError::into_error)
    }
}

impl Write for Encoder {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(out) => out.write(bytes),
            Self::Gzip(out) => out.write(bytes),
            Self::Zstd(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(out) => out.flush(),
            Self::Gzip(out) => out.flush(),
            Self::Zstd(out) => out.flush(),
        }
    }
}

/// A thread that brings a file to the disk while more of it is written, so that its end does not wait for the whole.
struct EarlySync {
    requests: SyncSender<()>,
    thread: JoinHandle<io::Result<()>>,
}

impl EarlySync {
    fn start(file: &File) -> io::Result<Self> {
        let file = file.try_clone()?;
        let (requests, wanted) = sync_channel(1);
        let thread = thread::Builder::new()
            .name("export-sync".to_owned())
            .spawn(move || wanted.iter().try_for_each(|()| file.sync_data()))?;
        Ok(Self { requests, thread })
    }

    /// Waits for the last request. A failure is told to one caller alone, so that it must not be lost here.
    fn finish(self) -> io::Result<()> {
        drop(self.requests);
        let stopped = |_| Err(io::Error::other("syncing stopped"));
        self.thread.join().unwrap_or_else(stopped)
    }
}

/// One output file. Dropped before [`commit`](Self::commit), it leaves no trace.
pub(crate) struct OutFile {
    /// Where the user wants it.
    path: PathBuf,
    encoder: Option<Encoder>,
    place: Place,
    taken: u64,
    syncing: Option<EarlySync>,
}

enum Place {
    /// Written to a temporary file, to be renamed.
    Beside { temporary: Temporary, goal: PathBuf },
    /// A pipe or device, which cannot be renamed onto.
    Direct,
}

impl OutFile {
    /// Opens the file for writing; its folder has to exist.
    pub(crate) fn open(path: &Path) -> Result<Self, ExportError> {
        Self::open_with(path, |goal| Temporary::file_beside(goal, Access::Default))
    }

    /// The same for one of many files that wait in a temporary folder until all are written.
    pub(super) fn open_in(folder: &Temporary, path: &Path) -> Result<Self, ExportError> {
        Self::open_with(path, |goal| {
            // Through a symbolic link it may go to another file system.
            if goal.parent() == folder.path().parent() {
                Temporary::file_in(folder, goal)
            } else {
                Temporary::file_beside(goal, Access::Default)
            }
        })
    }

    fn open_with(
        path: &Path,
        create: impl Fn(&Path) -> io::Result<(Temporary, File)>,
    ) -> Result<Self, ExportError> {
        let fail = |error| ExportError::io("open", path, error);
        let (file, place) = match fs::metadata(path) {
            Ok(old) if old.is_dir() => return Err(fail(io::ErrorKind::IsADirectory.into())),
            Ok(old) if !old.is_file() => (
                OpenOptions::new().write(true).open(path).map_err(fail)?,
                Place::Direct,
            ),
            Ok(old) => {
                // Through a symbolic link: the link stays, what it points to is replaced.
                let goal = if fs::symlink_metadata(path).is_ok_and(|link| link.is_symlink()) {
                    fs::canonicalize(path).map_err(fail)?
                } else {
                    path.to_owned()
                };
                let (temporary, file) = create(&goal).map_err(fail)?;
                // Permissions are a courtesy: some file systems have none.
                let _ = file.set_permissions(old.permissions());
                (file, Place::Beside { temporary, goal })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let (temporary, file) = create(path).map_err(fail)?;
                let goal = path.to_owned();
                (file, Place::Beside { temporary, goal })
            }
            Err(error) => return Err(fail(error)),
        };
        if file.is_terminal() && is_compressed(path) {
            return Err(ExportError::binary_to_terminal(path));
        }
        let mut out = Self {
            path: path.to_owned(),
            encoder: None,
            place,
            taken: 0,
            syncing: None,
        };
        out.encoder = Some(Encoder::new(file, path).map_err(fail)?);
        Ok(out)
    }

    /// Where it will stand.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes taken so far, before compression.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    /// Writes what is buffered, syncs, and puts the file in its place.
    pub(crate) fn commit(mut self) -> Result<(), ExportError> {
        self.seal()?;
        // Nothing is left to clear away.
        let place = std::mem::replace(&mut self.place, Place::Direct);
        if let Place::Beside { temporary, goal } = place {
            temporary
                .rename_to(&goal)
                .map_err(|error| ExportError::io("replace", &self.path, error))?;
            sync_folder(goal.parent());
        }
        Ok(())
    }

    /// Writes what is buffered, and syncs: it is whole, and not in its place yet.
    pub(super) fn seal(&mut self) -> Result<(), ExportError> {
        let Some(encoder) = self.encoder.take() else {
            return Ok(());
        };
        let file = match encoder.finish() {
            Ok(file) => file,
            // The reader of a pipe has gone: it had what it wanted.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            Err(error) => return Err(ExportError::io("write", &self.path, error)),
        };
        if matches!(self.place, Place::Beside { .. }) {
            let early = self.syncing.take().map_or(Ok(()), EarlySync::finish);
            early
                .and_then(|()| file.sync_all())
                .map_err(|error| ExportError::io("write", &self.path, error))?;
        }
        Ok(())
    }

    /// Requests that what has been written so far goes to the disk; does not wait for it.
    fn sync_early(&mut self) {
        if let (None, Some(encoder), Place::Beside { .. }) =
            (&self.syncing, &self.encoder, &self.place)
        {
            // Without a thread all of it is synced at the end.
            self.syncing = EarlySync::start(encoder.file()).ok();
        }
        if let Some(syncing) = &self.syncing {
            let _ = syncing.requests.try_send(()); // one that waits already is enough
        }
    }
}

impl Write for OutFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(encoder) = &mut self.encoder else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let written = encoder.write(bytes)?;
        let parts = self.taken / SYNCED_AFTER;
        self.taken += written as u64;
        if self.taken / SYNCED_AFTER > parts {
            self.sync_early();
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.encoder.as_mut().map_or(Ok(()), Write::flush)
    }
}

/// Returns whether a name requests compression.
fn is_compressed(path: &Path) -> bool {
    let extension = path.extension().map(std::ffi::OsStr::to_ascii_lowercase);
    matches!(
        extension.as_deref().and_then(std::ffi::OsStr::to_str),
        Some("gz" | "tgz" | "zst" | "zip")
    )
}

/// Makes renames in a folder last. Best effort: not every file system lets folders be synced.
pub(super) fn sync_folder(folder: Option<&Path>) {
    let Some(folder) = folder else { return };
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}
