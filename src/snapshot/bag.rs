//! A bag while it is written (RFC 8493): its payload, then its tag files and manifests.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha512};

use super::error::SnapshotError;
use super::folder::{create, create_folder, files, sync_folder};
use crate::hex;
use crate::phase::Phase;

/// The content of `bagit.txt` (RFC 8493, 2.1.1).
pub(super) const BAGIT: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";

/// A bag under way.
pub(super) struct Bag {
    root: PathBuf,
}

impl Bag {
    /// Begins a bag in a new folder.
    pub(super) fn create(root: PathBuf) -> Result<Self, SnapshotError> {
        for folder in [root.clone(), root.join("data")] {
            create_folder(&folder).map_err(|error| SnapshotError::io("create", &folder, error))?;
        }
        Ok(Self { root })
    }

    /// Where a file or folder of the payload stands.
    pub(super) fn payload(&self, name: &str) -> PathBuf {
        self.root.join("data").join(name)
    }

    /// Makes a folder of the payload.
    pub(super) fn folder(&mut self, name: &str) -> Result<PathBuf, SnapshotError> {
        let path = self.payload(name);
        create_folder(&path).map_err(|error| SnapshotError::io("create", &path, error))?;
        Ok(path)
    }

    /// Writes a file of the payload.
    pub(super) fn put(&mut self, name: &str, bytes: &[u8]) -> Result<(), SnapshotError> {
        write(&self.payload(name), bytes)
    }

    /// Writes the tag files over all that is in the payload: how many files it has, and how many bytes.
    pub(super) fn finish(self, info: &[(&str, String)]) -> Result<(u64, u64), SnapshotError> {
        let data = self.root.join("data");
        let names = files(&data).map_err(|error| SnapshotError::io("read", &data, error))?;
        let mut bytes = 0;
        let manifest_path = self.root.join("manifest-sha512.txt");
        let failed = |error| SnapshotError::io("write", &manifest_path, error);
        let mut manifest = BufWriter::new(create(&manifest_path).map_err(failed)?);
        let phase = Phase::begin("computing checksums", Some(names.len() as u64));
        for name in &names {
            phase.advance(1);
            let path = data.join(name);
            let (sum, len) =
                checksum(&path).map_err(|error| SnapshotError::io("read", &path, error))?;
            bytes += len;
            writeln!(manifest, "{sum}  data/{}", escaped(name)).map_err(failed)?;
        }
        let manifest = manifest
            .into_inner()
            .map_err(|error| failed(error.into_error()))?;
        manifest.sync_all().map_err(failed)?;

        let mut text = String::new();
        for (label, value) in info {
            let _ = writeln!(text, "{label}: {}", one_line(value));
        }
        let _ = writeln!(text, "Payload-Oxum: {bytes}.{}", names.len());
        write(&self.root.join("bag-info.txt"), text.as_bytes())?;
        write(&self.root.join("bagit.txt"), BAGIT.as_bytes())?;
        let mut tags = String::new();
        for name in ["bag-info.txt", "bagit.txt", "manifest-sha512.txt"] {
            let path = self.root.join(name);
            let (sum, _) =
                checksum(&path).map_err(|error| SnapshotError::io("read", &path, error))?;
            let _ = writeln!(tags, "{sum}  {name}");
        }
        write(&self.root.join("tagmanifest-sha512.txt"), tags.as_bytes())?;
        for folder in [data.join("pages"), data, self.root] {
            sync_folder(Some(&folder));
        }
        Ok((names.len() as u64, bytes))
    }
}

/// Writes a new file and makes it last.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), SnapshotError> {
    let write = || {
        let mut file = create(path)?;
        file.write_all(bytes)?;
        file.sync_data()
    };
    write().map_err(|error| SnapshotError::io("write", path, error))
}

/// sha512 in hexadecimal, and length in bytes.
fn checksum(path: &Path) -> io::Result<(String, u64)> {
    let mut hash = Sha512::new();
    let len = io::copy(
        &mut BufReader::with_capacity(1 << 16, File::open(path)?),
        &mut Hasher(&mut hash),
    )?;
    Ok((hex::write(&hash.finalize()), len))
}

/// Takes what is written into a hash.
pub(super) struct Hasher<'a>(pub(super) &'a mut Sha512);

impl Write for Hasher<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A path as manifests write it (RFC 8493, 2.1.3).
fn escaped(path: &str) -> String {
    path.replace('%', "%25")
        .replace('\n', "%0A")
        .replace('\r', "%0D")
}

/// The reverse.
pub(super) fn unescaped(path: &str) -> String {
    path.replace("%0A", "\n")
        .replace("%0a", "\n")
        .replace("%0D", "\r")
        .replace("%0d", "\r")
        .replace("%25", "%")
}

/// A value without line ends, which would begin another element.
fn one_line(value: &str) -> String {
    value
        .split(char::is_control)
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_come_back() {
        for path in [
            "data/a b.xml",
            "data/100%.xml",
            "data/%0A.xml",
            "data/a\nb\r.xml",
        ] {
            assert_eq!(unescaped(&escaped(path)), path);
            assert!(!escaped(path).contains('\n'));
        }
    }

    #[test]
    fn values_begin_no_elements() {
        assert_eq!(one_line(" A\r\nPayload-Oxum: 1.1\t"), "A Payload-Oxum: 1.1");
    }
}
