//! CSV: a row an article or deletion, read by another's reader.

use crate::articles;
use crate::support;
use crate::validators;

use offprint::Entry;
use offprint::internals::export::Options;
use offprint::internals::export::csv::SEPARATOR;

use articles::{deletion, full};
use support::samples;
use validators::{everything, live, python, stream};

fn rows(entries: Vec<Entry>) -> Vec<Vec<String>> {
    serde_json::from_str(&python(
        "csv_rows.py",
        &[],
        &stream("csv", &Options::default(), entries),
    ))
    .unwrap()
}

fn cell<'a>(rows: &'a [Vec<String>], row: usize, column: &str) -> &'a str {
    &rows[row][rows[0]
        .iter()
        .position(|name| name == column)
        .unwrap_or_else(|| panic!("no column {column}"))]
}

#[test]
fn every_row_has_every_column() {
    let mut entries = everything();
    entries.extend(samples());
    let rows = rows(entries.clone());
    assert_eq!(rows.len(), entries.len() + 1);
    for (row, entry) in rows[1..].iter().zip(&entries) {
        assert_eq!(row.len(), rows[0].len());
        assert_eq!(row[0], entry.id());
        assert_eq!(
            row[1],
            if matches!(entry, Entry::Live(_)) {
                "live"
            } else {
                "deleted"
            }
        );
        assert!(row.iter().all(|cell| !cell.contains(['\n', '\r', '\0'])));
    }
}

#[test]
fn joined_lists_can_be_split_again() {
    let mut article = full(1);
    article.keywords = ["a | b", "c|d", "e"]
        .map(|word| articles::text(word, Some("en")))
        .to_vec();
    let rows = rows(live([article]));
    let cell = cell(&rows, 1, "keywords");
    assert_eq!(cell, "a || b | c||d | e");
    let parted: Vec<String> = cell
        .split(SEPARATOR)
        .map(|value| value.replace("||", "|"))
        .collect();
    assert_eq!(parted, ["a | b", "c|d", "e"]);
}

#[test]
fn cells_stand_under_their_names() {
    let mut entries = live([full(7)]);
    entries.push(Entry::Deleted(deletion(8)));
    let rows = rows(entries);
    for (column, expected) in [
        ("doi", "10.37178/ca-c.00.1.01"),
        ("authors", "Tolipov, Zaur, Jr. | Saodat Ismailov"),
        ("orcids", "https://orcid.org/0000-0002-1825-0097 | "),
        ("editors", "CA&C Press <AB>"),
        ("issue", "1-2"),
        ("issue_year", "2004"),
        ("first_page", "5"),
        ("published", "2004-12-31"),
        (
            "license_url",
            "https://creativecommons.org/licenses/by/4.0/",
        ),
        ("funders", "Science Fund | Ministry & Sons"),
        ("findings", "unsplit-name"),
        ("oai_identifier", "oai:journals.example.org:article/7"),
        ("datestamp", "2024-02-29T23:59:59Z"),
    ] {
        assert_eq!(cell(&rows, 1, column), expected, "{column}");
    }
    assert_eq!(cell(&rows, 2, "status"), "deleted");
    assert_eq!(
        cell(&rows, 2, "oai_identifier"),
        "oai:journals.example.org:article/8"
    );
    assert_eq!(cell(&rows, 2, "title"), "");
}
