//! Permissions of written files.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::{done, offprint, record, response, store_of};

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

/// The warning names the file and what to type, once, on commands that read and on those that write.
#[test]
fn a_wider_mode_is_warned_about_once() {
    let store = store_of(&[response(&record("oai:h:1", "<t>A</t>"))]);
    let place = store.path();
    let path = place.join("offprint.db");
    let commands: [&[&str]; 5] = [
        &["status"],
        &["export", "jsonl", "-o", "a.jsonl"],
        &["report", "-o", "report.html"],
        &["run"],
        &["store", "backup", "copy.db"],
    ];
    fs::write(place.join("offprint.toml"), "").unwrap();
    for arguments in commands {
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let said = String::from_utf8_lossy(&offprint(place, arguments).stderr).into_owned();
        let warnings = said.matches("has mode 0644").count();
        assert_eq!(warnings, 1, "{arguments:?}: {said}");
        assert!(said.contains("chmod 0600"), "{arguments:?}: {said}");
        fs::remove_file(place.join("copy.db")).ok();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let said = String::from_utf8_lossy(&offprint(place, arguments).stderr).into_owned();
        assert!(!said.contains("has mode"), "{arguments:?}: {said}");
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    fs::write(place.join("offprint.toml"), "store_mode = \"0640\"\n").unwrap();
    let said = String::from_utf8_lossy(&offprint(place, &["status"]).stderr).into_owned();
    assert!(!said.contains("has mode"), "{said}");
}
