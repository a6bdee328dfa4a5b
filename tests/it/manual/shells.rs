//! Completions and manual pages are made, and taken by what reads them.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use clap::CommandFactory as _;
use offprint::cli::Cli;
use tempfile::TempDir;

use crate::cli_support::offprint;

#[test]
fn completions_name_every_command_and_parse() {
    let directory = TempDir::new().unwrap();
    // `-n` has a shell read a script without running it.
    for (shell, checked_by) in [
        ("bash", "bash"),
        ("zsh", "zsh"),
        ("fish", "fish"),
        ("powershell", ""),
        ("elvish", ""),
    ] {
        let output = offprint(directory.path())
            .args(["completions", shell])
            .output()
            .unwrap();
        assert!(output.status.success(), "{shell}");
        let script = String::from_utf8(output.stdout).unwrap();
        for command in Cli::command()
            .get_subcommands()
            .filter(|command| !command.is_hide_set())
        {
            assert!(
                script.contains(command.get_name()),
                "{shell}: {}",
                command.get_name()
            );
        }
        if !checked_by.is_empty() {
            let path = directory.path().join(shell);
            fs::write(&path, script).unwrap();
            let checked = Command::new(checked_by).arg("-n").arg(&path).output();
            let checked = checked
                .unwrap_or_else(|error| panic!("{checked_by}: {error}; see scripts/setup.sh"));
            assert!(
                checked.status.success() && checked.stderr.is_empty(),
                "{shell}: {checked:?}"
            );
        }
    }
}

#[test]
fn manual_pages_are_well_formed() {
    let directory = TempDir::new().unwrap();
    let output = offprint(directory.path())
        .args(["man", "-o", "man/man1"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let folder = directory.path().join("man/man1");
    let pages: BTreeSet<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    for page in ["offprint.1", "offprint-harvest.1", "offprint-source-move.1"] {
        assert!(pages.contains(page), "{page} is not among {pages:?}");
    }
    for page in &pages {
        let text = fs::read_to_string(folder.join(page)).unwrap();
        for reference in text
            .split("\\-")
            .filter_map(|part| part.strip_suffix("(1)"))
        {
            assert!(
                pages
                    .iter()
                    .any(|page| page.ends_with(&format!("{reference}.1"))),
                "{reference} of {page}"
            );
        }
        let checked = Command::new("mandoc")
            .args(["-T", "lint", "-W", "error"])
            .arg(folder.join(page))
            .output();
        let checked =
            checked.unwrap_or_else(|error| panic!("mandoc: {error}; see scripts/setup.sh"));
        assert!(
            checked.status.success(),
            "{page}: {}",
            String::from_utf8_lossy(&checked.stdout)
        );
    }
}
