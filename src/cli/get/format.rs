//! The export format that the name of a file stands for.

use std::path::Path;

use crate::cli::exit::Failure;
use crate::cli::values::ExportFormat;
use crate::export::{Destination, FORMATS, find_format};

/// Returns the format that a path stands for: JSON Lines for stdout, JATS for a folder or an archive, else by the
/// ending.
///
/// # Errors
/// A name that does not tell, such as `articles.xml`.
pub(super) fn of_path(path: &Path) -> Result<ExportFormat, Failure> {
    let name = match place(path) {
        Some(Destination::Stdout) => Some("jsonl"),
        Some(Destination::Folder(_) | Destination::Archive(_)) => Some("jats"),
        _ => of_name(&file_name(path)),
    };
    match name {
        Some(name) => name.parse().map_err(Failure::usage),
        None => Err(unknown(path)),
    }
}

/// Returns where JATS would be written.
fn place(path: &Path) -> Option<Destination> {
    Some(Destination::parse(path, find_format("jats")?.info))
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().to_ascii_lowercase())
        .unwrap_or_default()
}

/// Returns the format of a file name in lower case: by an ending that only one format has, or by the format's own name
/// before `.xml`.
fn of_name(name: &str) -> Option<&'static str> {
    let name = name
        .strip_suffix(".gz")
        .or_else(|| name.strip_suffix(".zst"))
        .unwrap_or(name);
    let (stem, ending) = name.rsplit_once('.')?;
    match ending {
        "ndjson" => return Some("jsonl"),
        "marcxml" => return Some("marcxml"),
        // A list of addresses is not what a text file promises.
        "txt" => return None,
        "xml" => {
            let (_, kind) = stem.rsplit_once('.')?;
            let kind = if kind == "marc" { "marcxml" } else { kind };
            let format = FORMATS.iter().find(|format| format.info.name == kind)?;
            return (format.info.extension == "xml").then_some(format.info.name);
        }
        _ => {}
    }
    let mut formats = FORMATS
        .iter()
        .filter(|format| format.info.extension == ending);
    match (formats.next(), formats.next()) {
        (Some(only), None) => Some(only.info.name),
        _ => None,
    }
}

fn unknown(path: &Path) -> Failure {
    let name = file_name(path);
    let (what, formats): (_, Vec<&str>) = if name
        .rsplit_once('.')
        .is_some_and(|(_, ending)| ending == "xml")
    {
        let xml = FORMATS
            .iter()
            .filter(|format| format.info.extension == "xml" && format.info.name != "vufind");
        (
            "does not say which kind of XML",
            xml.map(|format| format.info.name).collect(),
        )
    } else {
        (
            "does not say which format",
            FORMATS.iter().map(|format| format.info.name).collect(),
        )
    };
    Failure::usage(format!("the name {:?} {what}", path.display().to_string()))
        .hint(format!("add --format with one of {}", formats.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("-", "jsonl")]
    #[case("articles.jsonl", "jsonl")]
    #[case("articles.ndjson.gz", "jsonl")]
    #[case("articles.json", "csl")]
    #[case("refs.bib", "bibtex")]
    #[case("refs.RIS", "ris")]
    #[case("a.b.csv.zst", "csv")]
    #[case("catalog.mrc", "marc")]
    #[case("catalog.marcxml", "marcxml")]
    #[case("catalog.marc.xml", "marcxml")]
    #[case("articles.jats.xml.gz", "jats")]
    #[case("articles.mods.xml", "mods")]
    #[case("out/", "jats")]
    #[case("jats", "jats")]
    #[case("src", "jats")]
    #[case("jats.tar.zst", "jats")]
    #[case("jats.zip", "jats")]
    fn the_name_decides(#[case] path: &str, #[case] expected: &str) {
        assert_eq!(of_path(Path::new(path)).unwrap().info().name, expected);
    }

    #[test]
    fn xml_alone_names_the_formats() {
        let failure = of_path(Path::new("articles.xml")).unwrap_err();
        assert_eq!(
            failure.message,
            "the name \"articles.xml\" does not say which kind of XML"
        );
        let hint = failure.hint.unwrap();
        assert!(hint.starts_with("add --format with one of "), "{hint}");
        for format in ["jats", "marcxml", "mods"] {
            assert!(hint.contains(format), "{hint}");
        }
    }

    #[rstest::rstest]
    #[case("articles.txt")]
    #[case("articles.docx")]
    #[case("articles.csv.xml")]
    #[case("articles.gz")]
    fn refuses_names_that_do_not_tell(#[case] path: &str) {
        assert!(of_path(Path::new(path)).is_err());
    }
}
