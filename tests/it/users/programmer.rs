//! A user of the crate: the example of the manual is built with the tests and run in a process of its own.

use std::process::Command;

use tempfile::TempDir;

use crate::cli_support::SampleJournal;
use tokio::runtime::Runtime;

#[path = "../../../examples/articles.rs"]
#[allow(
    clippy::print_stdout,
    clippy::disallowed_macros,
    reason = "it is an example"
)]
mod articles;

/// Variable with the URL of the journal, for the process of the example.
const URL: &str = "EXAMPLE_URL";

#[test]
fn the_example_of_the_manual_prints_the_articles_of_a_journal() {
    let journal = SampleJournal::start();
    let folder = TempDir::new().unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            "users::programmer::example_process",
            "--exact",
            "--ignored",
            "--nocapture",
        ])
        .current_dir(folder.path())
        .env_clear()
        .env(URL, journal.url())
        .output()
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        stdout.contains("-cac: 265 new, 0 changed, 6 deleted"),
        "{stdout}"
    );
    assert_eq!(stdout.matches(" was deleted").count(), 6);
    assert_eq!(stdout.matches(" Some(\"10.").count(), 133, "{stdout}");
    assert!(folder.path().join("journal.db").is_file());
}

#[test]
#[ignore = "the process of the test above"]
fn example_process() {
    let url = std::env::var(URL).unwrap();
    let runtime = Runtime::new().unwrap();
    runtime.block_on(articles::print_articles(&url)).unwrap();
}
