//! The pictures of terminal sessions in the manual are drawn from what the commands print: `OFFPRINT_BLESS=1` draws them
//! again.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::pages::root;
use crate::cli_support::{SampleJournal, run};

/// The time that stands in the pictures for those of the test.
const TIME: &str = "2026-11-30 03:17";

/// A folder in which commands are typed, and the journal that they ask.
struct Terminal {
    journal: SampleJournal,
    folder: TempDir,
}

impl Terminal {
    fn new() -> Self {
        let journal = SampleJournal::start();
        Self {
            journal,
            folder: TempDir::new().unwrap(),
        }
    }

    /// The journal's host, with its port.
    fn host(&self) -> &str {
        let url = self.journal.url().strip_prefix("http://").unwrap();
        url.split('/').next().unwrap()
    }

    /// Runs a command as the manual writes it; returns it with what it prints.
    fn types(&self, line: &str) -> String {
        let here = line.replace(
            "https://journal.example.org",
            &format!("http://{}", self.host()),
        );
        let arguments: Vec<&str> = here.split_whitespace().skip(1).collect();
        let output = run(self.folder.path(), &arguments);
        let [stdout, stderr] =
            [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        let printed = format!("{stdout}{stderr}")
            .replace(
                &format!("http://{}", self.host()),
                "https://journal.example.org",
            )
            .replace(&self.host().replace(['.', ':'], "-"), "journal-example-org")
            .replace("http://127.0.0.1:9", "https://review.example.org")
            .replace("127.0.0.1:9", "review.example.org");
        format!("$ {line}\n{}", with_fixed_times(printed.trim_end()))
    }
}

/// Replaces each time of the form `2026-01-31 14:00 UTC`.
fn with_fixed_times(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(" UTC") {
        let cut = before.len().saturating_sub(TIME.len());
        out += &before[..cut];
        out += TIME;
        out += " UTC";
        rest = after;
    }
    out + rest
}

/// Compares a picture with the one drawn of a session.
fn same(name: &str, session: &str) {
    let folder = TempDir::new().unwrap();
    let [text, drawn] = ["session.txt", "picture.svg"].map(|name| folder.path().join(name));
    fs::write(&text, session).unwrap();
    let status = Command::new("python3")
        .arg(root().join("scripts/terminal-picture.py"))
        .args([&text, &drawn])
        .status()
        .unwrap();
    assert!(status.success());
    let drawn = fs::read_to_string(drawn).unwrap();
    let path = root().join(Path::new("docs/images").join(name));
    if std::env::var_os("OFFPRINT_BLESS").is_some() {
        fs::write(&path, &drawn).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == drawn,
        "{name} is out of date: run `OFFPRINT_BLESS=1 cargo test --test it manual`; the session is\n{session}"
    );
}

#[test]
fn pictures_show_what_the_commands_print() {
    let terminal = Terminal::new();
    let get =
        terminal.types("offprint get https://journal.example.org/index.php/cac -o articles.bib");
    same("get.svg", &get);

    let config = format!(
        "[[source]]\nname = \"cac\"\nurl = \"{}\"\n[[source]]\nname = \"review\"\nurl = \"http://127.0.0.1:9/oai\"\n",
        terminal.journal.url()
    );
    fs::write(terminal.folder.path().join("offprint.toml"), config).unwrap();
    terminal.types("offprint run");
    terminal.types("offprint run --all");
    same("status.svg", &terminal.types("offprint status"));

    let check = terminal.types("offprint check cac");
    let screen: Vec<&str> = check.lines().take(28).collect();
    same("check.svg", &screen.join("\n"));
}
