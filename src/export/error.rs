//! The error of an export: what was being done, to which file, and what may help.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why an export failed. Whatever stood at the target before still stands there.
#[derive(Debug)]
pub struct ExportError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    action: &'static str,
    path: PathBuf,
    cause: Cause,
}

#[derive(Debug)]
enum Cause {
    Io(io::Error),
    Busy,
    BinaryToTerminal,
    ForeignFolder {
        found: String,
        expected: &'static str,
    },
    DamagedIndex {
        line: usize,
    },
    UnknownFormat,
    UnknownColumn,
    MissingSetting {
        what: &'static str,
    },
    #[cfg_attr(
        feature = "parquet",
        expect(dead_code, reason = "every format is built in")
    )]
    NotBuilt,
}

impl ExportError {
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>, cause: io::Error) -> Self {
        Self::new(action, path, Cause::Io(cause))
    }

    pub(crate) fn busy(path: impl Into<PathBuf>) -> Self {
        Self::new("open", path, Cause::Busy)
    }

    pub(crate) fn binary_to_terminal(path: impl Into<PathBuf>) -> Self {
        Self::new("open", path, Cause::BinaryToTerminal)
    }

    pub(crate) fn foreign_folder(
        path: impl Into<PathBuf>,
        found: String,
        expected: &'static str,
    ) -> Self {
        Self::new("open", path, Cause::ForeignFolder { found, expected })
    }

    pub(crate) fn damaged_index(path: impl Into<PathBuf>, line: usize) -> Self {
        Self::new("read", path, Cause::DamagedIndex { line })
    }

    pub(super) fn unknown_format(name: &str) -> Self {
        Self::new("find the format", name, Cause::UnknownFormat)
    }

    pub(super) fn unknown_column(name: &str) -> Self {
        Self::new("find the column", name, Cause::UnknownColumn)
    }

    pub(super) fn missing_setting(format: &str, what: &'static str) -> Self {
        Self::new("make", format, Cause::MissingSetting { what })
    }

    /// The program was built without a feature that the format needs.
    #[cfg(not(feature = "parquet"))]
    pub(super) fn not_built(format: &str) -> Self {
        Self::new("make", format, Cause::NotBuilt)
    }

    fn new(action: &'static str, path: impl Into<PathBuf>, cause: Cause) -> Self {
        Self(Box::new(Inner {
            action,
            path: path.into(),
            cause,
        }))
    }

    /// The file or folder concerned; `-` for stdout, a format's name where that is at fault.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// The kind of the input or output error behind it, where there is one.
    pub fn io_kind(&self) -> Option<io::ErrorKind> {
        match &self.0.cause {
            Cause::Io(error) => Some(error.kind()),
            _ => None,
        }
    }

    /// Returns whether the disk is full or a quota reached.
    pub fn is_full(&self) -> bool {
        matches!(
            self.io_kind(),
            Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
        )
    }

    /// Returns whether there is no format of that name.
    pub fn is_unknown_format(&self) -> bool {
        matches!(self.0.cause, Cause::UnknownFormat)
    }

    /// Returns whether a setting of the format is missing or wrong.
    pub fn is_missing_setting(&self) -> bool {
        matches!(
            self.0.cause,
            Cause::MissingSetting { .. } | Cause::UnknownColumn
        )
    }

    /// Returns whether the program was built without the format.
    pub fn is_not_built(&self) -> bool {
        matches!(self.0.cause, Cause::NotBuilt)
    }

    /// Returns a hint: what the user can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match &self.0.cause {
            Cause::Io(error) => match error.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Some(
                    "make room and run the command again; what stood there before is untouched",
                ),
                io::ErrorKind::NotFound => Some("create the folder first, or choose another path"),
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                    Some("choose a path this user may write to")
                }
                _ => None,
            },
            Cause::Busy => Some("wait until the other export is done, or choose another folder"),
            Cause::BinaryToTerminal => {
                Some("name a file with `-o FILE`, or pipe the output to another program")
            }
            Cause::ForeignFolder { .. } => Some("give each format a folder of its own"),
            Cause::DamagedIndex { .. } => Some(
                "choose another folder, or move index.jsonl away: its files are then no longer tidied up",
            ),
            Cause::MissingSetting { .. } => {
                Some("`export --help` names the flag; it can stand in offprint.toml too")
            }
            Cause::NotBuilt => Some(
                "build it with its default features, or with `--features parquet`; releases have them",
            ),
            Cause::UnknownColumn => Some("the first line of a full CSV export names the columns"),
            Cause::UnknownFormat => Some("ask for one of the formats that `export --help` lists"),
        }
    }
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner {
            action,
            path,
            cause,
        } = &*self.0;
        let path = path.display();
        match cause {
            Cause::Io(error) => write!(f, "could not {action} {path}: {error}"),
            Cause::Busy => write!(f, "another export is writing to {path}"),
            Cause::BinaryToTerminal => {
                write!(f, "{path} is a terminal, and the output is binary")
            }
            Cause::ForeignFolder { found, expected } => {
                write!(
                    f,
                    "{path} holds an export of another format (it names {found:?}, not a .{expected} file)"
                )
            }
            Cause::DamagedIndex { line } => {
                write!(
                    f,
                    "{path} is not an index of exported articles (line {line})"
                )
            }
            Cause::MissingSetting { what } => write!(f, "the format {path} needs {what}"),
            Cause::NotBuilt => write!(f, "this offprint was built without the format {path}"),
            Cause::UnknownFormat => write!(f, "unknown export format {path}"),
            Cause::UnknownColumn => write!(f, "unknown column {path}"),
        }
    }
}

impl std::error::Error for ExportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.cause {
            Cause::Io(error) => Some(error),
            _ => None,
        }
    }
}
