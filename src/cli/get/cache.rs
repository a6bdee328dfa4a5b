//! Where `get` keeps what it has harvested: one store per host in the user's cache folder.

use std::env;
use std::fs;
use std::path::PathBuf;

use url::Url;

use crate::cli::exit::Failure;

/// Name of the store in the folder of a host.
const STORE: &str = "offprint.db";

/// Returns the store of a URL's host, and creates its folder: `~/.cache/offprint/HOST/offprint.db`.
///
/// # Errors
/// No folder for caches, or one that cannot be written.
pub(super) fn store_of(url: &Url) -> Result<PathBuf, Failure> {
    let Some(cache) = cache_folder() else {
        return Err(
            Failure::config("no cache folder: neither XDG_CACHE_HOME nor HOME names one")
                .hint("name a store with --store FILE"),
        );
    };
    let folder = cache.join("offprint").join(host_folder(url));
    create_private(&folder).map_err(|error| {
        Failure::config(format!("cannot create {}: {error}", folder.display()))
            .hint("name a store with --store FILE, or another folder with XDG_CACHE_HOME")
    })?;
    Ok(folder.join(STORE))
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
fn create_private(folder: &std::path::Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}

#[cfg(not(unix))]
fn create_private(folder: &std::path::Path) -> std::io::Result<()> {
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
