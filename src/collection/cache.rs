//! The store of a host in the user's folder for caches.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use url::Url;

use crate::store::StoreError;

/// Name of the store in the folder of a host.
const STORE: &str = "offprint.db";

/// Returns the store of a URL's host: `~/.cache/offprint/HOST/offprint.db`; `None` if no folder for caches is named.
pub(crate) fn path_of(url: &Url) -> Option<PathBuf> {
    let folder = cache_folder()?.join("offprint").join(host_folder(url));
    Some(folder.join(STORE))
}

/// Creates the folder of a store, for its owner only.
///
/// # Errors
/// The folder and the reason, when it cannot be created.
pub(crate) fn create_folder(store: &Path) -> Result<(), (PathBuf, io::Error)> {
    let folder = store.parent().unwrap_or(store);
    create_private(folder).map_err(|error| (folder.to_owned(), error))
}

/// Returns the store of a URL's host, and creates its folder.
///
/// # Errors
/// No folder for caches, or one that cannot be written.
pub(super) fn store_of(url: &Url) -> Result<PathBuf, StoreError> {
    let Some(store) = path_of(url) else {
        return Err(StoreError::Denied {
            path: "the cache folder".to_owned(),
            detail: "neither XDG_CACHE_HOME nor HOME names one".to_owned(),
        });
    };
    create_folder(&store).map_err(|(folder, error)| StoreError::Denied {
        path: folder.display().to_string(),
        detail: error.to_string(),
    })?;
    Ok(store)
}

/// Returns a folder name of a host that no system refuses: `localhost_8080`.
fn host_folder(url: &Url) -> String {
    crate::http::host_of(url)
        .chars()
        .map(|c| match c {
            'a'..='z' | '0'..='9' | '.' | '-' => c,
            _ => '_',
        })
        .collect()
}

/// Returns the user's folder for caches. A relative path is ignored (XDG Base Directory Specification).
fn cache_folder() -> Option<PathBuf> {
    let absolute = |name: &str| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let home = || {
        let below = if cfg!(target_os = "macos") {
            "Library/Caches"
        } else {
            ".cache"
        };
        absolute("HOME").map(|home| home.join(below))
    };
    absolute("XDG_CACHE_HOME")
        .or_else(|| absolute("LOCALAPPDATA"))
        .or_else(home)
}

#[cfg(unix)]
fn create_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}

#[cfg(not(unix))]
fn create_private(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("https://journal.example.org/oai", "journal.example.org")]
    #[case("http://127.0.0.1:8080/oai", "127.0.0.1_8080")]
    #[case("http://[::1]:8080/oai", "___1__8080")]
    fn hosts_are_folder_names(#[case] url: &str, #[case] expected: &str) {
        assert_eq!(host_folder(&Url::parse(url).unwrap()), expected);
    }
}
