//! A file per article in one tar or zip stream, with `index.jsonl` at its end. Equal exports give equal bytes: entries
//! stand in the order of the export, and have neither times nor owners.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use zip::ZipWriter;
use zip::write::{SimpleFileOptions, StreamWriter};

use super::error::ExportError;
use super::file::OutFile;
use super::format::{EntryRef, Exporter, Rendered, render_file};
use super::index::{INDEX, Line};
use crate::article::Status;
use crate::display;

/// Returns whether a path names an archive: `.tar`, also compressed, or `.zip`.
pub(super) fn is_archive(path: &Path) -> bool {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().to_ascii_lowercase())
        .unwrap_or_default();
    [".tar", ".tar.gz", ".tgz", ".tar.zst", ".zip"]
        .iter()
        .any(|ending| name.ends_with(ending))
}

pub(super) struct Archive {
    path: PathBuf,
    packer: Packer,
    /// Lines of the index.
    index: Vec<u8>,
    buffer: Vec<u8>,
}

enum Packer {
    Tar(tar::Builder<Out>),
    Zip(Box<ZipWriter<StreamWriter<Out>>>),
}

enum Out {
    File(Box<OutFile>),
    Stdout(BufWriter<Box<dyn Write + Send>>),
}

impl Archive {
    /// Opens an archive at a path, or, at `-`, a tar stream to stdout.
    pub(super) fn open(path: &Path) -> Result<Self, ExportError> {
        let to_stdout = path.as_os_str() == "-";
        let out = if to_stdout {
            Out::Stdout(BufWriter::new(display::stdout()))
        } else {
            Out::File(Box::new(OutFile::open(path)?))
        };
        let is_zip = path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("zip"));
        let packer = if is_zip {
            Packer::Zip(Box::new(ZipWriter::new_stream(out)))
        } else {
            Packer::Tar(tar::Builder::new(out))
        };
        Ok(Self {
            path: path.to_owned(),
            packer,
            index: Vec::new(),
            buffer: Vec::new(),
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes an entry; one that the format leaves out has no file, like one that was deleted.
    pub(super) fn push(
        &mut self,
        exporter: &dyn Exporter,
        entry: EntryRef<'_>,
    ) -> io::Result<Rendered> {
        let provenance = entry.entry.provenance();
        let file = exporter.file_name(entry.entry);
        let rendered = render_file(exporter, entry, &mut self.buffer)?;
        if rendered.is_written() {
            self.packer.append(&file, &self.buffer)?;
        }
        let line = Line {
            id: entry.entry.id().to_owned(),
            source: provenance.source.clone(),
            identifier: provenance.oai_identifier.clone(),
            file,
            status: if rendered.is_written() {
                Status::Live
            } else {
                Status::Deleted
            },
        };
        serde_json::to_writer(&mut self.index, &line)?;
        self.index.push(b'\n');
        Ok(rendered.in_folder(entry.entry.status()))
    }

    /// Adds the index, and puts the archive in its place.
    pub(super) fn finish(mut self) -> Result<(), ExportError> {
        let path = self.path;
        let fail = |error| ExportError::io("write", &path, error);
        self.packer.append(INDEX, &self.index).map_err(fail)?;
        let out = match self.packer {
            Packer::Tar(builder) => builder.into_inner().map_err(fail)?,
            Packer::Zip(writer) => writer
                .finish()
                .map_err(|error| fail(error.into()))?
                .into_inner(),
        };
        match out {
            Out::File(file) => file.commit(),
            Out::Stdout(mut out) => out.flush().map_err(fail),
        }
    }
}

impl Packer {
    fn append(&mut self, name: &str, content: &[u8]) -> io::Result<()> {
        match self {
            Self::Tar(builder) => {
                let mut header = tar::Header::new_gnu();
                header.set_size(content.len() as u64);
                header.set_mode(0o644);
                header.set_mtime(0);
                header.set_uid(0);
                header.set_gid(0);
                builder.append_data(&mut header, name, content)
            }
            Self::Zip(writer) => {
                // A zip's first day is 1980-01-01.
                let options = SimpleFileOptions::default()
                    .compression_method(zip::CompressionMethod::Deflated)
                    .last_modified_time(zip::DateTime::default())
                    .unix_permissions(0o644);
                writer.start_file(name, options)?;
                writer.write_all(content)
            }
        }
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::File(out) => out.write(bytes),
            Self::Stdout(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::File(out) => out.flush(),
            Self::Stdout(out) => out.flush(),
        }
    }
}
