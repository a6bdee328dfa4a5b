//! Validity of JATS by its DTDs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{MISSING, python, tool};

fn catalog() -> PathBuf {
    tool("node_modules/@jats4r/dtds/schema/catalog.xml")
}

/// The documents that their DTD finds fault with, by number, and what it says. The DTDs are those that xmllint reads, and so
/// is the library; but it reads each DTD once, not once a document.
pub(crate) fn faulty(documents: &[String]) -> BTreeMap<usize, String> {
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<PathBuf> = (0..documents.len())
        .map(|at| folder.path().join(format!("{at}.xml")))
        .collect();
    for (path, document) in files.iter().zip(documents) {
        std::fs::write(path, document).unwrap();
    }
    let catalog = catalog();
    let mut arguments: Vec<&Path> = vec![catalog.parent().unwrap()];
    arguments.extend(files.iter().map(PathBuf::as_path));
    let said = python("jats.py", &arguments, b"");
    let fault = |line: &str| {
        let (number, fault) = line.split_once('\t').unwrap();
        (number.parse().unwrap(), fault.to_owned())
    };
    said.lines().map(fault).collect()
}

/// All documents are valid by the DTD that each names.
pub(crate) fn validate(documents: &[String]) {
    assert_eq!(faulty(documents), BTreeMap::new());
}

/// All files are valid for xmllint itself.
pub(crate) fn xmllint(files: &[PathBuf]) {
    let output = Command::new("xmllint")
        .args(["--nonet", "--noout", "--valid"])
        .args(files)
        .env("XML_CATALOG_FILES", catalog())
        .output()
        .unwrap_or_else(|error| panic!("{MISSING} (xmllint: {error})"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.is_empty(),
        "{}",
        said.chars().take(4000).collect::<String>()
    );
}
