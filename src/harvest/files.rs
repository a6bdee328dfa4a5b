//! Files below a path, unpacked: in folders, in archives, compressed.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use flate2::read::MultiGzDecoder;

use crate::harvest::HarvestError;

/// Largest file after unpacking, bytes.
const MAX_FILE: u64 = 256 * 1024 * 1024;
/// Most files read in one import.
const MAX_FILES: usize = 1_000_000;
/// Deepest folder.
const MAX_DEPTH: usize = 32;

/// Takes a file: its name below the path, when it was written, and what it holds or why that cannot be read. False
/// when no more are wanted.
pub(super) type Take<'a> = dyn FnMut(String, DateTime<Utc>, std::io::Result<Vec<u8>>) -> bool + 'a;

/// Every file below a path, in the order of their names; what is hidden and what is linked is left out.
pub(super) fn files(path: &Path) -> Result<Vec<PathBuf>, HarvestError> {
    let mut files = Vec::new();
    list(path, 0, &mut files)?;
    files.sort_by_cached_key(|file| natural(&file.to_string_lossy()));
    Ok(files)
}

/// Reads every file below a path in the order of their names, archives and compressed files opened, for as
/// long as they are taken.
pub(super) fn read_files(path: &Path, take: &mut Take<'_>) -> Result<(), HarvestError> {
    for file in files(path)? {
        let failed = |error: std::io::Error| HarvestError::Import {
            path: file.display().to_string(),
            detail: error.to_string(),
        };
        let opened = File::open(&file).map_err(failed)?;
        let modified = opened
            .metadata()
            .and_then(|meta| meta.modified())
            .map_or_else(|_| Utc::now(), DateTime::from);
        let name = file
            .strip_prefix(path)
            .ok()
            .filter(|rest| !rest.as_os_str().is_empty())
            .unwrap_or(&file);
        let name = name.display().to_string();
        let (bytes, name) = unpack(opened, name);
        let bytes = match bytes {
            Ok(bytes) if has_extension(&name, "tar") => bytes,
            other => {
                if !take(name, modified, other) {
                    return Ok(());
                }
                continue;
            }
        };
        let has_end = has_end_of_archive(&bytes);
        let mut archive = tar::Archive::new(Cursor::new(bytes));
        for (number, entry) in archive.entries().map_err(failed)?.enumerate() {
            if number >= MAX_FILES {
                return Err(failed(too_many()));
            }
            let entry = entry.map_err(failed)?;
            if !entry.header().entry_type().is_file() {
                continue;
            }
            // The name is only ever shown and sorted by; nothing is written under it.
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let modified = modified_of(entry.header()).unwrap_or(modified);
            let (bytes, name) = unpack(entry, name);
            if !take(name, modified, bytes) {
                return Ok(());
            }
        }
        if !has_end {
            let cut = std::io::Error::other("the archive is cut short: its end is missing");
            if !take(name, modified, Err(cut)) {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The time at which a file of an archive was changed.
fn modified_of(header: &tar::Header) -> Option<DateTime<Utc>> {
    let seconds = i64::try_from(header.mtime().ok()?).ok()?;
    DateTime::from_timestamp(seconds, 0)
}

/// Returns whether an archive ends with a block of zeros, as POSIX says (pax, "ustar Interchange Format"). One that was
/// cut between two files ends without, and without an error.
fn has_end_of_archive(bytes: &[u8]) -> bool {
    const BLOCK: usize = 512;
    bytes
        .last_chunk::<BLOCK>()
        .is_some_and(|block| block.iter().all(|byte| *byte == 0))
}

fn too_many() -> std::io::Error {
    std::io::Error::other(format!("more than {MAX_FILES} files"))
}

fn list(path: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), HarvestError> {
    let failed = |error: std::io::Error| HarvestError::Import {
        path: path.display().to_string(),
        detail: error.to_string(),
    };
    let kind = std::fs::metadata(path).map_err(failed)?;
    if kind.is_file() {
        if files.len() >= MAX_FILES {
            return Err(failed(too_many()));
        }
        files.push(path.to_owned());
    } else if kind.is_dir() {
        if depth >= MAX_DEPTH {
            let why = format!("folders are nested deeper than {MAX_DEPTH}");
            return Err(failed(std::io::Error::other(why)));
        }
        for entry in std::fs::read_dir(path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            // A link may lead in a circle.
            if !hidden && !entry.file_type().map_err(failed)?.is_symlink() {
                list(&entry.path(), depth + 1, files)?;
            }
        }
    }
    Ok(())
}

/// The content of a file, unpacked by its name or its first bytes; and its name without `.gz` or `.zst`.
pub(super) fn unpack(mut reader: impl Read, name: String) -> (std::io::Result<Vec<u8>>, String) {
    let mut start = [0; 4];
    let mut len = 0;
    while len < 4 {
        match reader.read(&mut start[len..]) {
            Ok(0) => break,
            Ok(more) => len += more,
            Err(error) => return (Err(error), name),
        }
    }
    let whole = Cursor::new(start[..len].to_vec()).chain(reader);
    let stem = |ending: &str| {
        name.strip_suffix(ending)
            .map_or_else(|| name.clone(), str::to_owned)
    };
    if start.starts_with(&[0x1F, 0x8B]) {
        let stem = if has_extension(&name, "tgz") {
            stem(".tgz") + ".tar"
        } else {
            stem(".gz")
        };
        return (bounded(MultiGzDecoder::new(whole)), stem);
    }
    if start == [0x28, 0xB5, 0x2F, 0xFD] {
        return (zstd::Decoder::new(whole).and_then(bounded), stem(".zst"));
    }
    (bounded(whole), name)
}

fn bounded(reader: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if reader.take(MAX_FILE + 1).read_to_end(&mut bytes)? as u64 > MAX_FILE {
        return Err(std::io::Error::other(format!(
            "larger than {MAX_FILE} bytes after unpacking"
        )));
    }
    Ok(bytes)
}

pub(super) fn has_extension(name: &str, extension: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|own| own.eq_ignore_ascii_case(extension))
}

/// Sorts `page2` before `page10`: runs of digits go by their value.
fn natural(name: &str) -> Vec<(String, u64)> {
    let mut parts = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        let text = rest
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(rest.len());
        let digits = rest[text..]
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len() - text);
        parts.push((
            rest[..text].to_owned(),
            rest[text..text + digits].parse().unwrap_or(u64::MAX),
        ));
        rest = &rest[text + digits..];
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_sort_by_value() {
        let mut names = ["page10.xml", "page2.xml", "page1.xml"];
        names.sort_by_key(|name| natural(name));
        assert_eq!(names, ["page1.xml", "page2.xml", "page10.xml"]);
    }
}
