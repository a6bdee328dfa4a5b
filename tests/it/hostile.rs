//! Hostile input: what a server may send to hurt a terminal, the next program, or a reader of what is passed on.
//!
//! To try another input, add a line to one of the lists in `hostile/corpus.rs`. The table of `docs/hostile-input.md` is
//! written from them; `OFFPRINT_BLESS=1` writes it again.

mod bags;
mod bounds;
mod corpus;
mod engines;
#[cfg(unix)]
mod files;
mod handed_on;
mod modes;
mod table;
mod terminal;
#[cfg(feature = "cli")]
mod tried;

use std::fs;
use std::path::Path;
use std::process::Output;

use tempfile::TempDir;

use crate::cli_support;

/// Runs `offprint` in a folder.
fn offprint(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = cli_support::offprint(directory);
    command.args(arguments).output().unwrap()
}

/// The same; stdout of a command that has to succeed.
fn done(directory: &Path, arguments: &[&str]) -> String {
    let output = offprint(directory, arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

/// A response with these records, whose root declares the usual namespaces.
fn response(records: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\">\
         <responseDate>2024-01-01T00:00:00Z</responseDate>\
         <request verb=\"ListRecords\" metadataPrefix=\"oai_dc\">https://h.example.org/oai</request>\
         <ListRecords>{records}</ListRecords></OAI-PMH>"
    )
}

fn record(identifier: &str, metadata: &str) -> String {
    format!(
        "<record><header><identifier>{identifier}</identifier><datestamp>2024-01-01</datestamp><setSpec>a</setSpec></header>\
         <metadata>{metadata}</metadata></record>"
    )
}

/// Dublin Core with a title.
fn titled(title: &str) -> String {
    let title = title.replace('&', "&amp;").replace('<', "&lt;");
    format!(
        "<dc:dc xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:title>{title}</dc:title></dc:dc>"
    )
}

/// A store with what the responses held, each a page of its own.
fn store_of(pages: &[String]) -> TempDir {
    let directory = TempDir::new().unwrap();
    let folder = directory.path().join("pages");
    fs::create_dir(&folder).unwrap();
    for (number, page) in pages.iter().enumerate() {
        fs::write(folder.join(format!("{number:03}.xml")), page).unwrap();
    }
    // Some pages may be beyond repair: the others are taken all the same.
    let output = offprint(directory.path(), &["harvest", "pages", "--name", "h"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 4)), "{said}");
    directory
}
