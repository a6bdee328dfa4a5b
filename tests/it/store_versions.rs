//! Stores of another schema are refused, with a word on what to do.

use crate::cli_support;

use std::fs;
use std::path::{Path, PathBuf};

use cli_support::offprint;

fn manifest(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[test]
fn refuses_a_store_of_an_older_schema() {
    let folder = tempfile::tempdir().unwrap();
    let packed = fs::read(manifest("tests/fixtures/store-1.db.zst")).unwrap();
    let before = zstd::decode_all(&*packed).unwrap();
    fs::write(folder.path().join("old.db"), &before).unwrap();
    for arguments in [&["status"][..], &["harvest", "https://example.org/oai"]] {
        let output = offprint(folder.path())
            .args(["--store", "old.db"])
            .args(arguments)
            .output()
            .unwrap();
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{message}");
        assert!(message.contains("older offprint (schema 1"), "{message}");
        assert!(
            message.contains("harvest again into a new store"),
            "{message}"
        );
    }
    assert!(fs::read(folder.path().join("old.db")).unwrap() == before);
}
