//! The examples of the manual run as they stand, against the sample journal over HTTP.
//!
//! A block marked `console` runs, a block marked `sh` is only parsed (see `lines.rs`). Where output differs from run
//! to run the page has `[..]`, or `...` for several lines. `TRYCMD=overwrite` writes what was printed into the pages.

use std::fs;
use std::path::Path;

use offprint::cli::demo::DemoJournal;
use tempfile::TempDir;

use super::pages::{pages, root};
use crate::cli_support::offprint;

/// Pages whose reader has no store yet; those of the others has been harvested.
const FROM_NOTHING: [&str; 3] = ["README.md", "docs/tutorial.md", "docs/many-journals.md"];
/// Addresses of the journal in the manual.
const JOURNALS: [&str; 2] = ["http://127.0.0.1:8470", "https://journal.example.org"];

#[test]
fn examples_run() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let journal = runtime.block_on(DemoJournal::start()).unwrap();
    let host = journal
        .base_url()
        .strip_suffix("/index.php/cac/oai")
        .unwrap();
    let work = TempDir::new().unwrap();
    offprint(work.path())
        .args([
            "harvest",
            journal.base_url(),
            "--name",
            "cac",
            "--rate",
            "unlimited",
            "--quiet",
        ])
        .assert()
        .success();
    let cases = trycmd::TestCases::new();
    cases
        .register_bin("offprint", Path::new(env!("CARGO_BIN_EXE_offprint")))
        .env("HOME", work.path().to_str().unwrap())
        .env("XDG_CONFIG_HOME", work.path().to_str().unwrap())
        .env(
            "XDG_CACHE_HOME",
            work.path().join(".cache").to_str().unwrap(),
        )
        .env("OFFPRINT_RATE", "unlimited");
    let with_examples: Vec<_> = pages()
        .into_iter()
        .filter(|page| page.text.contains("\n```console\n"))
        .collect();
    assert!(with_examples.len() >= 5);
    for page in &with_examples {
        let name = page.path.replace('/', "-");
        let here = work.path().join(name.replace(".md", ".in"));
        fs::create_dir(&here).unwrap();
        if !FROM_NOTHING.contains(&&*page.path) {
            fs::copy(work.path().join("offprint.db"), here.join("offprint.db")).unwrap();
        }
        let text = JOURNALS.iter().fold(page.text.clone(), |text, journal| {
            text.replace(journal, host)
        });
        fs::write(work.path().join(&name), text).unwrap();
        cases.case(work.path().join(&name));
    }
    let overwrite = std::env::var("TRYCMD").is_ok_and(|mode| mode == "overwrite");
    cases.run();
    if overwrite {
        for page in &with_examples {
            let written =
                fs::read_to_string(work.path().join(page.path.replace('/', "-"))).unwrap();
            let journal = JOURNALS
                .iter()
                .find(|journal| page.text.contains(**journal))
                .unwrap_or(&JOURNALS[0]);
            fs::write(root().join(&page.path), written.replace(host, journal)).unwrap();
        }
    }
}
