//! Records passed on as received are XML for libxml2 too: one record does not spoil a stream.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::corpus::METADATA;
use super::{done, offprint, record, response, store_of};

/// Returns libxml2's errors for files, without warnings.
fn xmllint(files: &[PathBuf]) -> String {
    let output = Command::new("xmllint")
        .arg("--noout")
        .args(files)
        .output()
        .expect("xmllint is installed: run scripts/setup.sh");
    let said = String::from_utf8_lossy(&output.stderr);
    let errors = said.lines().filter(|line| line.contains(" error : "));
    errors.collect::<Vec<_>>().join("\n")
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect()
}

/// Each input is a page of its own, so that what one of them does to its page is its own matter.
fn store() -> tempfile::TempDir {
    let pages: Vec<String> = METADATA
        .iter()
        .enumerate()
        .map(|(n, (_, metadata))| response(&record(&format!("oai:h:{n}"), metadata)))
        .collect();
    store_of(&pages)
}

#[test]
fn raw_records_are_well_formed_for_libxml2() {
    let store = store();
    let place = store.path();
    done(place, &["export", "raw", "-o", "raw.xml"]);
    done(place, &["export", "raw", "-o", "raw/"]);
    done(place, &["export", "vufind", "-o", "vufind"]);
    let mut all = vec![place.join("raw.xml")];
    all.extend(files(&place.join("raw"), "xml"));
    all.extend(files(&place.join("vufind"), "xml"));
    assert!(all.len() > METADATA.len(), "{} files", all.len());
    assert_eq!(xmllint(&all), "");
    let raw = fs::read_to_string(place.join("raw.xml")).unwrap();
    assert!(raw.contains("<!-- offprint changed: namespace prefix dc declared -->"));
    assert!(raw.contains("xmlns:dc=\"http://purl.org/dc/elements/1.1/\""));
}

#[test]
fn records_that_cannot_be_repaired_are_left_out_and_counted() {
    let deep = format!("{}A{}", "<a>".repeat(251), "</a>".repeat(251));
    let records = record("oai:h:good", "<t>A</t>") + &record("oai:h:deep", &deep);
    let store = store_of(&[response(&records)]);
    let output = offprint(store.path(), &["export", "raw", "-o", "raw.xml"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("1 left out"), "{said}");
    let raw = fs::read_to_string(store.path().join("raw.xml")).unwrap();
    assert!(raw.contains("oai:h:good") && !raw.contains("oai:h:deep"));
    assert_eq!(xmllint(&[store.path().join("raw.xml")]), "");
}

#[cfg(feature = "serve")]
#[tokio::test]
async fn the_provider_serves_well_formed_records_only() {
    use crate::providing::{empty, encode, settings};

    let mut served = empty(settings()).await;
    served.source = served.open_source("h").await;
    for (n, (_, metadata)) in METADATA.iter().enumerate() {
        let page = response(&record(&format!("oai:h:{n}"), metadata));
        served.bring("oai_dc", &page).await;
    }
    served.derive().await;
    served.spread();
    let folder = tempfile::tempdir().unwrap();
    let mut pages = Vec::new();
    let verb = "verb=ListRecords";
    let mut query = format!("{verb}&metadataPrefix=raw_oai_dc");
    loop {
        let arguments: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        let xml = served.provider.answer(&arguments).await.unwrap().xml;
        let path = folder.path().join(format!("{}.xml", pages.len()));
        fs::write(&path, &xml).unwrap();
        pages.push(path);
        let token = xml
            .split_once("<resumptionToken")
            .and_then(|(_, rest)| rest.split_once('>'))
            .and_then(|(_, rest)| rest.split_once("</resumptionToken>"))
            .map(|(token, _)| token.to_owned());
        match token.filter(|token| !token.is_empty()) {
            Some(token) => query = format!("{verb}&resumptionToken={}", encode(&token)),
            None => break,
        }
    }
    assert!(
        pages.len() > 2,
        "{}",
        fs::read_to_string(&pages[0]).unwrap()
    );
    assert_eq!(xmllint(&pages), "");
}
