//! Saved responses that are damaged: what cannot be read is counted as a loss, never passed over in silence.

use std::fs;
use std::path::Path;

use crate::cli_support::{done, run, samples};

const PAGES: [&str; 3] = [
    "cac-listrecords-oai_dc-page1.xml",
    "cac-listrecords-oai_dc-page2.xml",
    "cac-listrecords-oai_dc-page3.xml",
];

/// Copies the sample pages into a folder.
fn save(folder: &Path) {
    fs::create_dir(folder).unwrap();
    for page in PAGES {
        fs::copy(samples("ojs-3.4-cac").join(page), folder.join(page)).unwrap();
    }
}

/// Shortens a file by some bytes.
fn cut(path: &Path, bytes: usize) {
    let whole = fs::read(path).unwrap();
    fs::write(path, &whole[..whole.len() - bytes]).unwrap();
}

/// Runs a harvest; returns its exit code and stderr.
fn harvest(directory: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = run(directory, &[&["harvest"], arguments].concat());
    (
        output.status.code(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

/// The sample pages as a tar archive.
fn archive() -> Vec<u8> {
    let mut out = tar::Builder::new(Vec::new());
    for page in PAGES {
        let path = samples("ojs-3.4-cac").join(page);
        out.append_path_with_name(path, page).unwrap();
    }
    out.into_inner().unwrap()
}

#[test]
fn a_page_without_its_last_byte_is_a_loss() {
    let directory = tempfile::tempdir().unwrap();
    let pages = directory.path().join("pages");
    save(&pages);
    cut(&pages.join(PAGES[1]), "\n".len() + 1);
    let (code, stderr) = harvest(directory.path(), &["pages"]);
    assert_eq!(code, Some(4), "{stderr}");
    let message = format!("missing {}: it is cut short", PAGES[1]);
    assert!(stderr.contains(&message), "{stderr}");
}

#[rstest::rstest]
#[case::empty("page4.xml", b"")]
#[case::random("page4.xml", b"\x93\x01\xFEnone")]
#[case::web_page("page4.xml", b"<!DOCTYPE html><html><body>busy</body></html>")]
#[case::damaged_gzip("page4.xml.gz", b"\x1F\x8B\x08\x00\x00\x00")]
#[case::other_name("oai?verb=ListRecords", b"<?xml version=\"1.0\"?><OAI-PMH><ListRec")]
fn a_response_that_cannot_be_read_is_a_loss(#[case] name: &str, #[case] bytes: &[u8]) {
    let directory = tempfile::tempdir().unwrap();
    let pages = directory.path().join("pages");
    save(&pages);
    fs::write(pages.join(name), bytes).unwrap();
    let (code, stderr) = harvest(directory.path(), &["pages"]);
    assert_eq!(code, Some(4), "{stderr}");
    let name = name.trim_end_matches(".gz");
    assert!(stderr.contains(&format!("missing {name}: ")), "{stderr}");
}

#[rstest::rstest]
#[case::notes("README.txt", b"These pages are of 2024; each begins with <OAI-PMH>.")]
#[case::image("cover.png", b"\x89PNG\r\n\x1A\n")]
#[case::web_page("index.html", b"<html><body>an index</body></html>")]
#[case::empty("listing", b"")]
fn other_files_beside_the_pages_are_passed_over(#[case] name: &str, #[case] bytes: &[u8]) {
    let directory = tempfile::tempdir().unwrap();
    let pages = directory.path().join("pages");
    save(&pages);
    fs::write(pages.join(name), bytes).unwrap();
    let (code, stderr) = harvest(directory.path(), &["pages"]);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(!stderr.contains(name), "{stderr}");
}

#[test]
fn a_page_that_does_not_say_its_origin_is_a_loss() {
    let directory = tempfile::tempdir().unwrap();
    let pages = directory.path().join("pages");
    save(&pages);
    let first = pages.join(PAGES[0]);
    let text = fs::read_to_string(&first).unwrap();
    let nowhere = text.replacen(
        ">http://127.0.0.1:8081/index.php/cac/oai</request>",
        "></request>",
        1,
    );
    assert_ne!(text, nowhere);
    fs::write(&first, nowhere).unwrap();
    let (code, stderr) = harvest(directory.path(), &["pages"]);
    assert_eq!(code, Some(4), "{stderr}");
    let message = format!("missing {}: it does not say where it came from", PAGES[0]);
    assert!(stderr.contains(&message), "{stderr}");
}

#[test]
fn an_archive_cut_between_two_pages_is_a_loss() {
    let directory = tempfile::tempdir().unwrap();
    let whole = archive();
    let mut ends = Vec::new();
    for entry in tar::Archive::new(&*whole).entries().unwrap() {
        ends.push(usize::try_from(entry.unwrap().raw_header_position()).unwrap());
    }
    fs::write(directory.path().join("pages.tar"), &whole[..ends[2]]).unwrap();
    let (code, stderr) = harvest(directory.path(), &["pages.tar"]);
    assert_eq!(code, Some(4), "{stderr}");
    let message = "missing pages.tar: the archive is cut short";
    assert!(stderr.contains(message), "{stderr}");
}

#[rstest::rstest]
#[case::shorter(|page: &Path| cut(page, 2))]
#[case::changed(|page: &Path| {
    let mut bytes = fs::read(page).unwrap();
    let title = memchr::memmem::find(&bytes, b"<dc:title").unwrap();
    bytes[title + 40] ^= 1;
    fs::write(page, bytes).unwrap();
})]
#[case::removed(|page: &Path| fs::remove_file(page).unwrap())]
fn a_damaged_snapshot_is_a_loss(#[case] damage: fn(&Path)) {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    save(&here.join("pages"));
    done(here, &["harvest", "pages"]);
    done(here, &["snapshot", "--all", "-o", "bags"]);
    let bag = fs::read_dir(here.join("bags")).unwrap().next().unwrap();
    let bag = bag.unwrap().path();
    let whole = harvest(here, &[bag.to_str().unwrap(), "--store", "whole.db"]);
    assert_eq!(whole.0, Some(0), "{}", whole.1);
    let mut pages: Vec<_> = fs::read_dir(bag.join("data/pages"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    pages.sort();
    damage(&pages[1]);
    let (code, stderr) = harvest(here, &[bag.to_str().unwrap(), "--store", "damaged.db"]);
    assert_eq!(code, Some(4), "{stderr}");
    let name = pages[1].file_name().unwrap().to_str().unwrap();
    assert!(
        stderr.contains(&format!(
            "missing a part of the snapshot: data/pages/{name} "
        )),
        "{stderr}"
    );
}

#[rstest::rstest]
#[case::empty_archive(|| tar::Builder::new(Vec::new()).into_inner().unwrap())]
#[case::cut_archive(|| archive()[..1000].to_vec())]
#[case::no_archive(|| b"no archive".to_vec())]
fn an_import_that_fails_says_why(#[case] bytes: fn() -> Vec<u8>) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("pages.tar");
    fs::write(path, bytes()).unwrap();
    for flags in [&[][..], &["--base-url", "http://h.example/oai"]] {
        let (code, stderr) = harvest(directory.path(), &[&["pages.tar"], flags].concat());
        assert_eq!(code, Some(1), "{stderr}");
        assert!(stderr.contains("pages.tar: "), "{stderr}");
        assert!(stderr.contains("failed: pages.tar: "), "{stderr}");
        assert!(stderr.contains("hint: "), "{stderr}");
    }
}

#[test]
fn an_import_without_records_says_why() {
    let directory = tempfile::tempdir().unwrap();
    let identify = samples("ojs-3.4-cac").join("cac-identify.xml");
    fs::copy(identify, directory.path().join("identify.xml")).unwrap();
    let (code, stderr) = harvest(directory.path(), &["identify.xml"]);
    assert_eq!(code, Some(1), "{stderr}");
    assert!(
        stderr.contains("no page with records was found"),
        "{stderr}"
    );
}
