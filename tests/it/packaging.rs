//! The scripts of a release: they fail while something is left to fill in, and their output is made from the release itself.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

/// A checkout with the files that state a version.
fn checkout(changelog: &str, releasing: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("Cargo.toml", "[package]\nversion = \"1.2.0\"\n");
    fs::create_dir(folder.path().join("python")).unwrap();
    write("python/Cargo.toml", "[package]\nversion = \"1.2.0\"\n");
    write("CITATION.cff", "cff-version: 1.2.0\nversion: 1.2.0\n");
    write("CHANGELOG.md", changelog);
    write("RELEASING.md", releasing);
    folder
}

fn run(script: &str, root: &Path, arguments: &[&str]) -> Output {
    Command::new(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("scripts")
            .join(script),
    )
    .args(arguments)
    .env("OFFPRINT_ROOT", root)
    .output()
    .unwrap()
}

fn complaints(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

const CHANGELOG: &str =
    "# Changelog\n\n## [1.2.0] - 2026-12-01\n\n- A change.\n\n## [1.1.0]\n\n- An older one.\n";

#[test]
fn a_release_with_nothing_left_to_fill_in_passes() {
    let root = checkout(CHANGELOG, "- [x] owner\n");
    let output = run("check-release.sh", root.path(), &["v1.2.0"]);
    assert!(output.status.success(), "{}", complaints(&output));
}

#[test]
fn a_release_with_an_open_box_fails_and_names_it() {
    let root = checkout(CHANGELOG, "- [x] owner\n- [ ] contact address\n");
    let output = run("check-release.sh", root.path(), &["v1.2.0"]);
    assert!(!output.status.success());
    assert!(complaints(&output).contains("- [ ] contact address"));
    // Between releases only the versions count.
    assert!(run("check-release.sh", root.path(), &[]).status.success());
}

#[test]
fn versions_that_disagree_fail() {
    let root = checkout(CHANGELOG, "");
    fs::write(root.path().join("CITATION.cff"), "version: 1.1.0\n").unwrap();
    let output = run("check-release.sh", root.path(), &["v1.3.0"]);
    assert!(!output.status.success());
    let complaints = complaints(&output);
    assert!(complaints.contains("CITATION.cff states version 1.1.0, Cargo.toml 1.2.0"));
    assert!(complaints.contains("the tag is v1.3.0, Cargo.toml states 1.2.0"));
}

#[test]
fn the_versions_of_this_checkout_agree() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = run("check-release.sh", root, &[]);
    assert!(output.status.success(), "{}", complaints(&output));
}

#[test]
fn release_notes_are_the_section_of_the_version() {
    let root = checkout(CHANGELOG, "");
    let output = run("release-notes.sh", root.path(), &["v1.2.0"]);
    assert_eq!(
        String::from_utf8_lossy(&output.stdout).trim(),
        "- A change."
    );
    let unknown = run("release-notes.sh", root.path(), &["v2.0.0"]);
    assert!(!unknown.status.success());
}

#[test]
fn the_formula_has_url_and_checksum_of_each_archive() {
    let version = env!("CARGO_PKG_VERSION");
    let folder = tempfile::tempdir().unwrap();
    let sums = folder.path().join("SHA256SUMS");
    let lines = [
        ("aa", "aarch64-apple-darwin.tar.gz"),
        ("bb", "x86_64-apple-darwin.tar.gz"),
        ("cc", "aarch64-unknown-linux-musl.tar.zst"),
        ("dd", "x86_64-unknown-linux-musl.tar.zst"),
    ]
    .map(|(sum, file)| format!("{sum}  offprint-{version}-{file}\n"))
    .concat();
    fs::write(&sums, lines).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/homebrew.sh");
    let output = Command::new(script)
        .arg(&sums)
        .env("OFFPRINT_REPOSITORY", "https://git.example.org/offprint")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", complaints(&output));
    let formula = String::from_utf8_lossy(&output.stdout).into_owned();
    let url = format!(
        "https://git.example.org/offprint/releases/download/v{version}/offprint-{version}-x86_64-apple-darwin.tar.gz"
    );
    assert!(
        formula.contains(&format!("url \"{url}\"\n      sha256 \"bb\"")),
        "{formula}"
    );
}

/// The functions that the static build has in the place of musl's.
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
#[test]
fn memory_functions_of_the_static_build_agree_with_loops_over_bytes() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/musl");
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("test");
    let compiled = Command::new("cc")
        .args(["-O2", "-std=gnu11", "-fno-builtin"])
        .arg("-fno-tree-loop-distribute-patterns")
        .arg("-o")
        .arg(&program)
        .args([sources.join("memory.c"), sources.join("test.c")])
        .output()
        .unwrap();
    assert!(compiled.status.success(), "{}", complaints(&compiled));
    let output = Command::new(&program).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
}
