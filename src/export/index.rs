//! `index.jsonl` of a folder export: which article stands in which file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::ExportError;
use super::file::OutFile;
use super::name;
use crate::article::Status;
use crate::file_kind;

/// The name in the folder.
pub(super) const INDEX: &str = "index.jsonl";

/// One line of the index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Line {
    /// Id of the article.
    pub(super) id: String,
    /// Name of the source.
    pub(super) source: String,
    /// OAI identifier.
    pub(super) identifier: String,
    /// Name of the file; of a deleted article, the one it had.
    pub(super) file: String,
    /// True if the file is there.
    pub(super) status: Status,
}

/// Lines by file name.
pub(super) type Lines = BTreeMap<String, Line>;

/// Reads the index of a folder; empty if there is none. A file name that no export can have written, or a
/// line that is none, is an error: nothing is deleted on the word of such an index.
pub(super) fn read(folder: &Path, extension: &'static str) -> Result<Lines, ExportError> {
    let path = folder.join(INDEX);
    let opened = file_kind::check_regular(&path).and_then(|()| File::open(&path));
    let file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Lines::new()),
        Err(error) => return Err(ExportError::io("read", path, error)),
    };
    let mut lines = Lines::new();
    for (at, text) in BufReader::new(file).lines().enumerate() {
        let text = text.map_err(|error| ExportError::io("read", &path, error))?;
        let line: Line =
            serde_json::from_str(&text).map_err(|_| ExportError::damaged_index(&path, at + 1))?;
        let Some((_, found)) = line.file.rsplit_once('.') else {
            return Err(ExportError::damaged_index(&path, at + 1));
        };
        if found != extension && name::is_ours(&line.file, found) {
            return Err(ExportError::foreign_folder(folder, line.file, extension));
        }
        if !name::is_ours(&line.file, extension) {
            return Err(ExportError::damaged_index(&path, at + 1));
        }
        lines.insert(line.file.clone(), line);
    }
    Ok(lines)
}

/// Replaces the index, in the order of file names, so that equal exports have equal indexes.
pub(super) fn write<'a>(
    folder: &Path,
    lines: impl Iterator<Item = &'a Line>,
) -> Result<(), ExportError> {
    let path = folder.join(INDEX);
    let mut lines: Vec<&Line> = lines.collect();
    lines.sort_by(|a, b| a.file.cmp(&b.file));
    let mut out = OutFile::open(&path)?;
    for line in lines {
        let written = serde_json::to_writer(&mut out, line).map_err(Into::into);
        written
            .and_then(|()| out.write_all(b"\n"))
            .map_err(|error| ExportError::io("write", &path, error))?;
    }
    out.commit()
}
