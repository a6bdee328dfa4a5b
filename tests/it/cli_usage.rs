//! Usage: help, wrong usage, stores that are not there, and what a pipe sees.

#![expect(clippy::unwrap_used, reason = "a test may stop at once")]

use crate::cli_support;

use std::process::{Output, Stdio};

use cli_support::offprint;
use tempfile::TempDir;

const COMMANDS: [&str; 22] = [
    "demo",
    "get",
    "check",
    "harvest",
    "export",
    "run",
    "status",
    "identify",
    "probe",
    "source",
    "ack",
    "forget",
    "store",
    "init",
    "add",
    "config",
    "show",
    "findings",
    "duplicates",
    "report",
    "completions",
    "man",
];

fn run(arguments: &[&str]) -> Output {
    let directory = TempDir::new().unwrap();
    offprint(directory.path()).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn help_lists_every_command_and_exit_code() {
    let output = run(&["--help"]);
    assert_eq!(output.status.code(), Some(0));
    let help = text(&output.stdout);
    for command in COMMANDS {
        assert!(
            help.contains(&format!("\n  {command} ")),
            "{command} in {help}"
        );
    }
    for code in [
        "0 done",
        "1 failed",
        "2 wrong",
        "3 wrong",
        "4 finished",
        "5 another",
        "130 ",
        "143 ",
    ] {
        assert!(help.contains(code), "{code}");
    }
    assert!(output.stderr.is_empty());
}

#[test]
fn help_of_every_command_has_examples_that_it_takes() {
    for command in COMMANDS {
        let output = run(&[command, "--help"]);
        assert_eq!(output.status.code(), Some(0), "{command}");
        let help = text(&output.stdout);
        let (_, examples) = help
            .split_once("Examples:\n")
            .unwrap_or_else(|| panic!("{command}: no examples"));
        let mut seen = 0;
        for line in examples
            .lines()
            .filter_map(|line| line.strip_prefix("  offprint "))
        {
            let words = line.split(['|', '>']).next().unwrap_or_default();
            // Two blanks part an example from what it does.
            let words = words.split("   ").next().unwrap_or_default();
            let arguments: Vec<_> = words.split_whitespace().chain(["--help"]).collect();
            assert_eq!(run(&arguments).status.code(), Some(0), "{line}");
            seen += 1;
        }
        assert!(seen > 0, "{command}");
    }
}

#[test]
fn wrong_usage_exits_with_2() {
    let url = "https://journal.example.org/oai";
    let cases: &[&[&str]] = &[
        &[],
        &["nosuch"],
        &["--nosuch"],
        &["harvest"],
        &["harvest", "nosuch"],
        &["harvest", "journal.example.org/oai"],
        &["harvest", "ftp://journal.example.org/oai"],
        &["harvest", url, "--prefix", "oai dc"],
        &["harvest", url, "--rate", "0"],
        &["harvest", url, "--timeout", "0"],
        &["harvest", url, "--contact", "nobody"],
        &["harvest", url, "--from", "yesterday"],
        &[
            "harvest",
            url,
            "--from",
            "2024-01-02",
            "--until",
            "2024-01-01",
        ],
        &["harvest", url, "--full", "--from", "2024-01-02"],
        &[
            "harvest",
            url,
            "https://other.example.org/oai",
            "--name",
            "a",
        ],
        &["harvest", url, "--fail-on", "some"],
        &["harvest", url, "--enrich", "everything"],
        &["export"],
        &["export", "docx"],
        &["export", "jsonl", "--changed-since", "0"],
        &["export", "jats", "--jats-version", "2.0"],
        &["identify"],
        &["identify", "nosuch"],
        &["status", "--quiet", "--verbose"],
        &["status", "--log-format", "xml"],
        &["status", "--store", "mysql://db/x"],
    ];
    for arguments in cases {
        let output = run(arguments);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{arguments:?}: {}",
            text(&output.stderr)
        );
        assert!(output.stdout.is_empty(), "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_store_that_is_not_there_exits_with_3() {
    for arguments in [&["status"][..], &["export", "jsonl"], &["export", "jats"]] {
        let directory = TempDir::new().unwrap();
        let output = offprint(directory.path()).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{arguments:?}");
        let mut lines = text(&output.stderr).lines();
        let expected = directory.path().join("offprint.db");
        let expected = format!("error: no store at {}", expected.display());
        assert_eq!(lines.next(), Some(expected.as_str()));
        assert!(lines.next().is_some_and(|hint| hint.starts_with("hint: ")));
        assert!(!directory.path().join("offprint.db").exists());
    }
}

#[test]
fn hides_the_password_of_an_unreachable_database() {
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    for arguments in [
        &["status"][..],
        &["harvest", "https://journal.example.org/oai"],
    ] {
        let directory = TempDir::new().unwrap();
        let mut command = offprint(directory.path());
        command.args(arguments).env(
            "OFFPRINT_STORE",
            format!("postgres://me:s3cret@127.0.0.1:{free}/offprint"),
        );
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let stderr = text(&output.stderr);
        let begins = format!("error: store postgres://***@127.0.0.1:{free}/offprint went away: ");
        assert!(stderr.starts_with(&begins), "{stderr}");
        assert!(stderr.contains("\nhint: "), "{stderr}");
        assert!(!stderr.contains("s3cret"));
    }
}

#[test]
fn errors_can_be_json() {
    let output = run(&["status", "--log-format", "json"]);
    let error: serde_json::Value = serde_json::from_str(text(&output.stderr)).unwrap();
    let message = error["error"].as_str().unwrap();
    assert!(
        message.starts_with("no store at /") && message.ends_with("/offprint.db"),
        "{message}"
    );
    assert_eq!(error["exit"], 3);
}

/// Returns the stderr of a harvest of saved responses.
fn said(arguments: &[&str]) -> String {
    let directory = TempDir::new().unwrap();
    let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/ojs-3.4-cac");
    let mut command = offprint(directory.path());
    let output = command
        .args(["harvest", samples, "--name", "cac"])
        .args(arguments)
        .output()
        .unwrap();
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), ""));
    text(&output.stderr).to_owned()
}

/// A line a source; a word more where it is requested, none where quiet is, and no colour in a pipe.
#[test]
fn verbosity_follows_the_flags() {
    let summary = "cac: 266 new, 1 changed, 6 deleted, 1 unchanged from 4 pages\n";
    assert_eq!(said(&[]), summary);
    assert_eq!(said(&["--quiet"]), "");
    let more = said(&["--verbose"]);
    assert!(more.contains(summary) && more.lines().count() > 1, "{more}");
    assert!(!more.contains('\x1b'), "{more}");
}

#[test]
fn every_line_can_be_json() {
    let said = said(&["--verbose", "--log-format", "json"]);
    let lines: Vec<serde_json::Value> = said
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
        .collect();
    let told = |line: &serde_json::Value| {
        line["message"]
            .as_str()
            .is_some_and(|line| line.starts_with("cac: 266 new"))
    };
    assert!(lines.len() > 1 && lines.iter().any(told), "{said}");
    assert!(
        lines
            .iter()
            .all(|line| line["level"].is_string() && line["timestamp"].is_string()),
        "{said}"
    );
}

#[cfg(target_os = "linux")]
#[rstest::rstest]
#[case(&["--version"])]
#[case(&["--help"])]
#[case(&["help", "export"])]
#[case(&["completions", "bash"])]
fn help_that_cannot_be_printed_exits_with_1(#[case] arguments: &[&str]) {
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_offprint"))
        .args(arguments)
        .stdout(full)
        .output()
        .unwrap();
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("No space left"), "{said}");
}

#[test]
fn version_is_the_packages() {
    let output = run(&["--version"]);
    assert_eq!(
        text(&output.stdout),
        format!("offprint {}\n", env!("CARGO_PKG_VERSION"))
    );
}

/// A reader that has gone away is not a failure.
#[cfg(unix)]
#[test]
fn exits_0_on_a_broken_pipe() {
    let directory = TempDir::new().unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let binary = env!("CARGO_BIN_EXE_offprint");
    let status = std::process::Command::new(binary)
        .args(["demo", "--serve"])
        .current_dir(directory.path())
        .stdout(writer)
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(0));
}
