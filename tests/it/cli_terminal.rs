//! Output on a terminal and in a pipe: progress bars, and colour unless NO_COLOR is set.

#![expect(clippy::unwrap_used, reason = "a test may stop at once")]

use std::process::{Command, Stdio};

const CLEAR_LINE: &str = "\u{1b}[2K";

/// All that `offprint` writes to a terminal (`script` of util-linux makes one).
fn on_a_terminal(arguments: &str, no_color: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new("script")
        .args(["--quiet", "--return", "--command"])
        .arg(format!("{} {arguments}", env!("CARGO_BIN_EXE_offprint")))
        .arg("/dev/null")
        .current_dir(folder.path())
        .env("TERM", "xterm-256color")
        .env("NO_COLOR", no_color)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}");
    said
}

/// Returns whether anything is set in colour, bold or underlined (ECMA-48, SGR).
fn is_styled(text: &str) -> bool {
    let mut sequences = text.split("\u{1b}[").skip(1);
    sequences.any(|rest| {
        rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';')
            .starts_with('m')
    })
}

#[test]
fn a_terminal_sees_bars_and_a_pipe_none() {
    let said = on_a_terminal("demo", "");
    assert!(
        said.contains(CLEAR_LINE) && said.contains(" a second"),
        "{said}"
    );
    assert!(said.contains("first harvest:"), "{said}");

    let folder = tempfile::tempdir().unwrap();
    let piped = Command::new(env!("CARGO_BIN_EXE_offprint"))
        .arg("demo")
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(
        String::from_utf8(piped.stdout)
            .unwrap()
            .contains("first harvest:")
    );
    let said = String::from_utf8(piped.stderr).unwrap();
    assert!(
        said.starts_with("cac: 265 new") && !said.contains('\u{1b}'),
        "{said}"
    );
}

#[test]
fn an_export_shows_its_phase_on_a_terminal_and_nothing_in_a_pipe() {
    let store = crate::cli_support::sample_store();
    let place = store.path().join("offprint.db");
    let export = format!("export jats -o jats/ --store {}", place.display());
    let said = on_a_terminal(&export, "");
    assert!(said.contains("writing articles "), "{said}");
    assert!(said.contains("/271"), "{said}");
    let said =
        crate::cli_support::done_with_messages(store.path(), &["export", "jats", "-o", "jats/"]);
    assert_eq!(said.1, "265 articles and 0 deletions exported\n");
}

#[rstest::rstest]
#[case::check("check --reindex", &["checking tables ", "comparing pages with their hashes ", "reading pages again "])]
#[case::compact("compact", &["dropping pages and versions ", "packing pages "])]
#[case::backup("backup copy.db", &["copying the store ", "reading the copy "])]
#[case::copy("copy offprint.db copy.db", &["copying rows and comparing them "])]
fn work_on_a_store_shows_its_phases(#[case] command: &str, #[case] phases: &[&str]) {
    let store = crate::cli_support::sample_store();
    let command = command.replace(
        "offprint.db",
        &store.path().join("offprint.db").display().to_string(),
    );
    let place = store.path().join("offprint.db");
    let said = on_a_terminal(&format!("store {command} --store {}", place.display()), "");
    for phase in phases {
        assert!(said.contains(phase), "{phase}: {said}");
    }
}

#[test]
fn quiet_prints_nothing() {
    assert_eq!(on_a_terminal("demo --quiet", ""), "");
}

#[test]
fn colour_is_left_out_where_no_color_is_set() {
    assert!(is_styled(&on_a_terminal("--help", "")));
    assert!(!is_styled(&on_a_terminal("--help", "1")));
    assert!(!is_styled(&on_a_terminal("harvest --verbose --help", "1")));
    assert!(!is_styled(&on_a_terminal("demo --verbose", "1")));
}
