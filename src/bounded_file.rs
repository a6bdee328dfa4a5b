//! Local files, read up to a bound. The bound is on what is read: the size that a file system states says nothing of a
//! pipe or a device, and a file may grow.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

/// Reads a file of at most `limit` bytes.
///
/// Errors: as the system, [`ErrorKind::FileTooLarge`] where there is more.
pub(crate) fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    if read as u64 > limit {
        return Err(io::Error::new(
            ErrorKind::FileTooLarge,
            format!("larger than {limit} bytes"),
        ));
    }
    Ok(bytes)
}

/// Reads a text file in UTF-8 of at most `limit` bytes.
#[cfg(feature = "cli")]
pub(crate) fn read_text(path: &Path, limit: u64) -> io::Result<String> {
    String::from_utf8(read(path, limit)?)
        .map_err(|_| io::Error::new(ErrorKind::InvalidData, "it is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_what_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "12345").unwrap();
        assert_eq!(read(&path, 5).unwrap(), b"12345");
        assert_eq!(read(&path, 4).unwrap_err().kind(), ErrorKind::FileTooLarge);
    }

    /// The size of a device is stated as 0.
    #[cfg(unix)]
    #[test]
    fn bounds_devices_without_an_end() {
        let endless = read(Path::new("/dev/zero"), 1 << 20);
        assert_eq!(endless.unwrap_err().kind(), ErrorKind::FileTooLarge);
    }
}
