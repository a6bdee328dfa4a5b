//! Permissions of written files.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::{done, record, response, store_of};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn files_with_credentials_are_private() {
    let store = store_of(&[response(&record("oai:h:1", "<t>A</t>"))]);
    let place = store.path();
    done(place, &["init"]);
    assert_eq!(mode(&place.join("offprint.toml")), 0o600);
    done(place, &["snapshot", "h", "-o", "bag"]);
    assert_eq!(mode(&place.join("bag")), 0o700);
    assert_eq!(mode(&place.join("bag/data/requests.tsv")), 0o600);
    done(place, &["snapshot", "h", "--tar", "-o", "bag.tar"]);
    assert_eq!(mode(&place.join("bag.tar")), 0o600);
    done(place, &["store", "backup", "copy.db"]);
    assert_eq!(mode(&place.join("copy.db")), 0o600);
}

#[test]
fn a_changed_configuration_keeps_its_mode() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("offprint.toml");
    fs::write(
        &path,
        "[[source]]\nname = \"h\"\nurl = \"https://a.example/oai\"\n",
    )
    .unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let store = store_of(&[response(&record("oai:h:1", "<t>A</t>"))]);
    fs::rename(
        store.path().join("offprint.db"),
        folder.path().join("offprint.db"),
    )
    .unwrap();
    done(folder.path(), &["source", "rename", "h", "b"]);
    assert_eq!(mode(&path), 0o640);
    assert!(fs::read_to_string(&path).unwrap().contains("\"b\""));
}
