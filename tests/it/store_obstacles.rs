//! What stands in the place of a store's files, or of an export's: a message says what it is, and nothing waits for it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::cli_support::{offprint, sample_store};

/// Time within which every command ends; one that waits for a pipe never does.
const PATIENCE: Duration = Duration::from_mins(1);
const ENDPOINT: &str = "http://127.0.0.1:9/oai";

/// Runs a command, which must end by itself; returns its exit code and stderr.
fn run(directory: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = offprint(directory);
    command.args(arguments).env("OFFPRINT_BACKOFF", "0.01");
    let output = command.timeout(PATIENCE).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    (output.status.code(), stderr)
}

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

fn folder(path: &Path) {
    fs::create_dir(path).unwrap();
}

fn link(path: &Path) {
    fs::write(path.with_file_name("target"), "").unwrap();
    symlink("target", path).unwrap();
}

fn dangling_link(path: &Path) {
    symlink("nowhere", path).unwrap();
}

#[rstest::rstest]
#[case::pipe(pipe, ".lock", "a named pipe")]
#[case::folder(folder, ".lock", "a folder")]
#[case::dangling_link(dangling_link, ".lock", "a symbolic link to nothing")]
#[case::pipe(pipe, "-wal", "a named pipe")]
#[case::folder(folder, "-wal", "a folder")]
#[case::link(link, "-wal", "a symbolic link")]
#[case::folder(folder, "-shm", "a folder")]
#[case::pipe(pipe, "-journal", "a named pipe")]
fn names_what_stands_beside_a_store(
    #[case] make: fn(&Path),
    #[case] suffix: &str,
    #[case] kind: &str,
) {
    let store = sample_store();
    make(&store.path().join(format!("offprint.db{suffix}")));
    let is_lock = suffix == ".lock";
    let message = format!("offprint.db{suffix} is {kind}, not a file");
    let (code, stderr) = run(store.path(), &["harvest", "pages"]);
    assert_eq!(code, Some(3), "{stderr}");
    assert!(stderr.contains(&message), "{stderr}");
    assert!(stderr.contains("hint: "), "{stderr}");
    // Who only reads needs no lock.
    for arguments in [&["status"][..], &["export", "jsonl", "-o", "a.jsonl"]] {
        let (code, stderr) = run(store.path(), arguments);
        assert_eq!(code, Some(if is_lock { 0 } else { 3 }), "{stderr}");
        assert_eq!(stderr.contains(&message), !is_lock, "{stderr}");
    }
}

#[rstest::rstest]
#[case::pipe(pipe, "it is a named pipe")]
#[case::folder(folder, "it is a folder")]
#[case::dangling_link(dangling_link, "it is a symbolic link to nothing")]
fn names_what_stands_in_the_place_of_a_store(#[case] make: fn(&Path), #[case] message: &str) {
    let directory = TempDir::new().unwrap();
    make(&directory.path().join("offprint.db"));
    for arguments in [&["harvest", ENDPOINT][..], &["status"]] {
        let (code, stderr) = run(directory.path(), arguments);
        assert_eq!(code, Some(3), "{stderr}");
        assert!(stderr.contains(message), "{stderr}");
        assert!(stderr.contains("name another with --store"), "{stderr}");
    }
}

#[rstest::rstest]
#[case::missing_folder("nowhere/offprint.db", "its folder does not exist")]
#[case::below_a_file("file/offprint.db", "a part of its path is not a folder")]
#[case::loop_of_links("loop/offprint.db", "symbolic links")]
fn names_what_is_wrong_with_a_path(#[case] store: &str, #[case] message: &str) {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("file"), "").unwrap();
    symlink("loop", directory.path().join("loop")).unwrap();
    let (code, stderr) = run(directory.path(), &["harvest", ENDPOINT, "--store", store]);
    assert_eq!(code, Some(3), "{stderr}");
    assert!(stderr.contains(message), "{stderr}");
    assert!(!stderr.contains("disk"), "{stderr}");
}

#[rstest::rstest]
#[case::name(260)]
#[case::name_of_its_lock(253)]
fn refuses_a_name_that_is_too_long(#[case] length: usize) {
    let directory = TempDir::new().unwrap();
    let store = "a".repeat(length);
    let (code, stderr) = run(directory.path(), &["harvest", ENDPOINT, "--store", &store]);
    assert_eq!(code, Some(3), "{stderr}");
    assert!(stderr.contains("its name is too long"), "{stderr}");
    assert!(!stderr.contains("disk"), "{stderr}");
}

#[rstest::rstest]
#[case::pipe(pipe, "a named pipe")]
#[case::folder(folder, "a folder")]
#[case::dangling_link(dangling_link, "a symbolic link to nothing")]
fn a_backup_replaces_files_alone(#[case] make: fn(&Path), #[case] kind: &str) {
    let store = sample_store();
    let target = store.path().join("copy.db");
    make(&target);
    let before = fs::symlink_metadata(&target).unwrap().file_type();
    let (code, stderr) = run(store.path(), &["store", "backup", "copy.db"]);
    assert_ne!(code, Some(0), "{stderr}");
    assert!(
        stderr.contains(&format!("is {kind}, not a file")),
        "{stderr}"
    );
    assert_eq!(fs::symlink_metadata(&target).unwrap().file_type(), before);
}

#[rstest::rstest]
#[case(&["snapshot", "--verify", "bag.tar"])]
#[case(&["harvest", "bag.tar"])]
fn an_archive_that_is_a_pipe_is_not_waited_for(#[case] arguments: &[&str]) {
    let directory = TempDir::new().unwrap();
    pipe(&directory.path().join("bag.tar"));
    let (code, stderr) = run(directory.path(), arguments);
    assert_eq!(code, Some(1), "{stderr}");
    assert!(stderr.contains("bag.tar: "), "{stderr}");
}

/// A named pipe in a folder of an export is neither waited for nor taken for an article.
#[test]
fn an_export_does_not_wait_for_a_pipe_in_its_folder() {
    let store = sample_store();
    let (code, stderr) = run(store.path(), &["export", "jats", "-o", "out/"]);
    assert_eq!(code, Some(0), "{stderr}");
    let files = fs::read_dir(store.path().join("out")).unwrap();
    let article = files
        .map(|file| file.unwrap().path())
        .find(|path| path.extension().is_some_and(|ending| ending == "xml"))
        .unwrap();
    fs::remove_file(&article).unwrap();
    pipe(&article);
    let (code, stderr) = run(store.path(), &["export", "jats", "-o", "out/"]);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(fs::metadata(&article).unwrap().is_file());
    let index = store.path().join("out/index.jsonl");
    fs::remove_file(&index).unwrap();
    pipe(&index);
    let (code, stderr) = run(store.path(), &["export", "jats", "-o", "out/"]);
    assert_eq!(code, Some(1), "{stderr}");
    assert!(stderr.contains("it is a named pipe"), "{stderr}");
}
