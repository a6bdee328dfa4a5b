//! Files and folders of a bag: created for their owner alone, listed, and synced.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

/// Creates a file that its owner alone may read: requests may hold credentials.
pub(super) fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Creates a folder that its owner alone may enter.
pub(super) fn create_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// All files below a folder, by name: paths from there, with `/`. Errors: also at a link, a device, or a name that
/// is not UTF-8.
pub(super) fn files(folder: &Path) -> io::Result<Vec<String>> {
    fn walk(folder: &Path, prefix: &str, found: &mut Vec<String>) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                return Err(io::Error::other(format!(
                    "the name {} is not UTF-8",
                    name.to_string_lossy()
                )));
            };
            let relative = format!("{prefix}{name}");
            let kind = entry.file_type()?;
            if kind.is_dir() {
                walk(&entry.path(), &format!("{relative}/"), found)?;
            } else if kind.is_file() {
                found.push(relative);
            } else {
                return Err(io::Error::other(format!(
                    "{relative} is neither file nor folder"
                )));
            }
        }
        Ok(())
    }
    let mut found = Vec::new();
    walk(folder, "", &mut found)?;
    found.sort_unstable();
    Ok(found)
}

/// Makes the names in a folder last. Best effort: not every file system lets folders be synced.
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
