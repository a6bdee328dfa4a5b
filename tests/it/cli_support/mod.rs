//! The command as the tests of the command line run it, and the store that most of them start from.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::UNIX_EPOCH;

use assert_cmd::Command;
use offprint::cli::demo::DemoJournal;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The command under test; `TEST_OFFPRINT` names another.
fn program() -> std::ffi::OsString {
    std::env::var_os("TEST_OFFPRINT").unwrap_or_else(|| env!("CARGO_BIN_EXE_offprint").into())
}

/// `offprint` in a directory, without the settings and proxies of whoever runs the tests.
pub fn offprint(directory: &Path) -> Command {
    let mut command = Command::new(program());
    command
        .current_dir(directory)
        .env("XDG_CONFIG_HOME", directory)
        .env("XDG_CACHE_HOME", directory.join(".cache"))
        .env("HOME", directory);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy().to_ascii_lowercase();
        if text.starts_with("offprint_") || text.ends_with("_proxy") || text == "rust_log" {
            command.env_remove(&name);
        }
    }
    command
}

/// The sample journal, on threads of its own.
pub struct SampleJournal {
    pub runtime: Runtime,
    pub journal: DemoJournal,
}

impl SampleJournal {
    pub fn start() -> Self {
        let runtime = Runtime::new().unwrap();
        let journal = runtime.block_on(DemoJournal::start()).unwrap();
        Self { runtime, journal }
    }

    /// Its base URL.
    pub fn url(&self) -> &str {
        self.journal.base_url()
    }

    /// The address of its home page.
    pub fn page(&self) -> &str {
        self.url().strip_suffix("/oai").unwrap()
    }
}

/// Runs `offprint` without a rate limit and with short pauses.
pub fn run(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = offprint(directory);
    command
        .env("OFFPRINT_RATE", "unlimited")
        .env("OFFPRINT_BACKOFF", "0.01");
    command.args(arguments).output().unwrap()
}

/// Runs `offprint`, which must exit with 0; returns stdout and stderr.
pub fn done_with_messages(directory: &Path, arguments: &[&str]) -> (String, String) {
    let output = run(directory, arguments);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {stderr}");
    (String::from_utf8(output.stdout).unwrap(), stderr)
}

/// Runs `offprint`, which must exit with 0; returns stdout.
pub fn done(directory: &Path, arguments: &[&str]) -> String {
    done_with_messages(directory, arguments).0
}

/// A file or folder below `samples/`.
pub fn samples(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("samples")
        .join(name)
}

/// A folder whose `offprint.db` holds the sample journal as first recorded, derived, as the source `cac`; the pages are in
/// `pages/`. The store is made once for all tests of this build and copied.
pub fn sample_store() -> TempDir {
    let directory = TempDir::new().unwrap();
    sample_pages(directory.path());
    fs::copy(sample_file(), directory.path().join("offprint.db")).unwrap();
    directory
}

/// Copies the recorded pages of the sample journal into `pages/`.
fn sample_pages(directory: &Path) {
    let pages = directory.join("pages");
    fs::create_dir(&pages).unwrap();
    for page in [
        "identify",
        "listrecords-oai_dc-page1",
        "listrecords-oai_dc-page2",
        "listrecords-oai_dc-page3",
    ] {
        let name = format!("cac-{page}.xml");
        fs::copy(samples("ojs-3.4-cac").join(&name), pages.join(name)).unwrap();
    }
}

/// The store that the others are copied from. Its name holds the build, so that an old one is not used.
fn sample_file() -> PathBuf {
    let binary = fs::metadata(env!("CARGO_BIN_EXE_offprint")).unwrap();
    let built = binary.modified().unwrap().duration_since(UNIX_EPOCH);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join(format!("sample-{}.db", built.unwrap().as_nanos()));
    // Tests are processes of their own: one makes the store while the others wait.
    let lock = File::create(folder.join("sample.lock")).unwrap();
    lock.lock().unwrap();
    if !path.exists() {
        let work = TempDir::new_in(folder).unwrap();
        sample_pages(work.path());
        done(
            work.path(),
            &["harvest", "pages", "--name", "cac", "--quiet"],
        );
        done(work.path(), &["export", "jsonl", "-o", "articles.jsonl"]);
        fs::rename(work.path().join("offprint.db"), &path).unwrap();
    }
    path
}
