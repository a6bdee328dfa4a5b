//! Permissions of the files of a store.

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::sync::Once;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The permissions of a store's files, as `chmod` writes them: `0600` unless others of a group are to read along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileMode(u32);

impl Default for FileMode {
    fn default() -> Self {
        Self(0o600)
    }
}

impl FileMode {
    /// The bits.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Warns, once, of a file that more may read than this mode lets, if this user may change that.
    pub(super) fn warn_of_wider(self, path: &Path) {
        static WARNED: Once = Once::new();
        if let Some(bits) = own_bits_of(path).filter(|bits| bits & !self.0 & 0o077 != 0) {
            WARNED.call_once(|| {
                tracing::warn!(
                    "{} has mode {bits:04o}: others may read what it holds, credentials in URLs too; \
                     run `chmod {self} {}` or set store_mode",
                    path.display(),
                    path.display(),
                );
            });
        }
    }
}

/// Returns the permissions of a file that belongs to this user, or to whom everything belongs.
#[cfg(unix)]
fn own_bits_of(path: &Path) -> Option<u32> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let file = std::fs::metadata(path).ok()?;
    // The user of this process owns its folder in /proc; elsewhere than on Linux every file counts as its own.
    let user = std::fs::metadata("/proc/self").map_or(file.uid(), |process| process.uid());
    (user == file.uid() || user == 0).then(|| file.permissions().mode() & 0o777)
}

#[cfg(not(unix))]
fn own_bits_of(_: &Path) -> Option<u32> {
    None
}

impl fmt::Display for FileMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04o}", self.0)
    }
}

impl FromStr for FileMode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // The owner has to read and write, and nobody executes a store.
        u32::from_str_radix(text, 8)
            .ok()
            .filter(|bits| bits & 0o600 == 0o600 && bits & !0o666 == 0)
            .map(Self)
            .ok_or_else(|| format!("invalid store mode {text:?}; write 0600, 0640 or 0660"))
    }
}

impl Serialize for FileMode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FileMode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("0600", Some(0o600))]
    #[case("640", Some(0o640))]
    #[case("0400", None)]
    #[case("0777", None)]
    #[case("rw-------", None)]
    fn reads_octal_modes(#[case] text: &str, #[case] bits: Option<u32>) {
        assert_eq!(text.parse::<FileMode>().ok().map(FileMode::bits), bits);
    }
}
