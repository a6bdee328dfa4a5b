//! The place a snapshot is made at, beside the one it goes to; and the bag in one tar file.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use super::error::SnapshotError;
use super::folder::{self, files, sync_folder};
use crate::temporary::{self, Access, Temporary};

/// A hidden folder beside the snapshot's place; it goes when this is dropped.
#[derive(Debug)]
pub struct Staging {
    folder: Temporary,
    goal: PathBuf,
    /// Name of the bag's folder.
    name: String,
    tar: bool,
}

impl Staging {
    /// Makes a place beside `goal`, a folder, or with `tar` a file. Nothing may stand at `goal` but an empty
    /// folder.
    ///
    /// # Errors
    /// [`SnapshotError::Exists`], and those of the file system.
    pub fn beside(goal: &Path, tar: bool) -> Result<Self, SnapshotError> {
        temporary::remove_stale(goal);
        let found = match fs::symlink_metadata(goal) {
            Ok(found) if found.is_dir() && !tar => fs::read_dir(goal)
                .map_err(|error| SnapshotError::io("read", goal, error))?
                .next()
                .is_some(),
            Ok(_) => true,
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(error) => return Err(SnapshotError::io("read", goal, error)),
        };
        if found {
            return Err(SnapshotError::Exists {
                path: goal.display().to_string(),
            });
        }
        let Some(name) = goal
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
        else {
            return Err(SnapshotError::io(
                "write",
                goal,
                io::ErrorKind::InvalidFilename.into(),
            ));
        };
        let folder = Temporary::folder_beside(goal, Access::Private)
            .map_err(|error| SnapshotError::io("create", goal, error))?;
        // RFC 8493, 4.2: the folder in an archive is named as the archive is, less its ending.
        let name = match name.rsplit_once('.') {
            Some((stem, _)) if tar && !stem.is_empty() => stem.to_owned(),
            _ => name,
        };
        Ok(Self {
            folder,
            goal: goal.to_owned(),
            name,
            tar,
        })
    }

    /// The bag while it is made.
    pub(super) fn bag(&self) -> PathBuf {
        self.folder.path().join("bag")
    }

    /// A place for what is needed only until the snapshot is made.
    pub fn scratch(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts the snapshot in its place.
    pub(super) fn settle(&self) -> Result<PathBuf, SnapshotError> {
        let made = if self.tar {
            let archive = self.folder.path().join("bag.tar");
            pack(&self.bag(), &self.name, &archive)
                .map_err(|error| SnapshotError::io("write", &archive, error))?;
            archive
        } else {
            self.bag()
        };
        let _move = temporary::moving();
        fs::rename(&made, &self.goal)
            .map_err(|error| SnapshotError::io("create", &self.goal, error))?;
        sync_folder(self.goal.parent());
        Ok(self.goal.clone())
    }
}

/// Packs a folder so that the same files give the same bytes: by name, without times or owners.
fn pack(folder: &Path, name: &str, archive: &Path) -> io::Result<()> {
    let mut out = tar::Builder::new(BufWriter::with_capacity(1 << 18, folder::create(archive)?));
    for relative in files(folder)? {
        let path = folder.join(&relative);
        let file = File::open(&path)?;
        let mut header = tar::Header::new_gnu();
        header.set_size(file.metadata()?.len());
        header.set_mode(0o644);
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        out.append_data(&mut header, format!("{name}/{relative}"), file)?;
    }
    let mut file = out.into_inner()?;
    file.flush()?;
    file.get_ref().sync_all()
}
