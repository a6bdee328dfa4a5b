//! Tar archives from elsewhere. The crate reads names longer than a header whole, however long: what stands between
//! the files of an archive is bounded here.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::rc::Rc;

use crate::file_kind;

/// Most bytes between two files of an archive: headers, and a long name.
const MAX_BETWEEN: u64 = 1 << 20;

/// Shows the entries of an archive one by one, for as long as they are wanted.
///
/// # Errors
/// When the archive cannot be read, or `see` fails.
pub(crate) fn each_entry(
    path: &Path,
    mut see: impl FnMut(tar::Entry<'_, Bounded>) -> io::Result<bool>,
) -> io::Result<()> {
    // It is read more than once, which a pipe cannot be.
    file_kind::check_regular(path)?;
    let left = Rc::new(Cell::new(u64::MAX));
    let mut archive = tar::Archive::new(Bounded {
        file: BufReader::with_capacity(1 << 18, File::open(path)?),
        left: Rc::clone(&left),
    });
    let mut entries = archive.entries_with_seek()?;
    loop {
        left.set(MAX_BETWEEN);
        let Some(entry) = entries.next() else {
            return Ok(());
        };
        left.set(u64::MAX);
        if !see(entry?)? {
            return Ok(());
        }
    }
}

/// A file of which so many bytes may be read.
#[derive(Debug)]
pub(crate) struct Bounded {
    file: BufReader<File>,
    left: Rc<Cell<u64>>,
}

impl Read for Bounded {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(bytes)?;
        match self.left.get().checked_sub(read as u64) {
            Some(left) => self.left.set(left),
            None => return Err(io::Error::other("a name in the archive is too long")),
        }
        Ok(read)
    }
}

impl Seek for Bounded {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        // A seek of its own would throw away what is buffered.
        if let SeekFrom::Current(offset) = to {
            self.file.seek_relative(offset)?;
            return self.file.stream_position();
        }
        self.file.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names of the entries of an archive.
    fn names(path: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        each_entry(path, |entry| {
            names.push(String::from_utf8_lossy(&entry.path_bytes()).into_owned());
            Ok(true)
        })?;
        Ok(names)
    }

    /// An archive with a name of so many bytes in the way of GNU tar, and a file behind it.
    fn archive(path: &Path, len: usize) {
        let mut out = tar::Builder::new(File::create(path).expect("a temporary file"));
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::GNULongName);
        header.set_size(len as u64);
        header.set_cksum();
        out.append(&header, io::repeat(b'x').take(len as u64))
            .expect("written");
        let mut header = tar::Header::new_gnu();
        header.set_size(0);
        header.set_cksum();
        out.append(&header, io::empty()).expect("written");
        out.finish().expect("written");
    }

    #[test]
    fn reads_long_names_and_refuses_endless_ones() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("a.tar");
        archive(&path, 4000);
        assert_eq!(names(&path).expect("read"), ["x".repeat(4000)]);
        archive(&path, 2 << 20);
        let error = names(&path).expect_err("too long");
        assert_eq!(error.to_string(), "a name in the archive is too long");
    }
}
