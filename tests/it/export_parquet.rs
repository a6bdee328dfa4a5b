//! Parquet: DuckDB reads the very articles of the JSON Lines.

use crate::articles;
use crate::support;
use crate::validators;

use offprint::Entry;
use offprint::internals::export::Options;

use articles::{deletion, full, summary};
use support::samples;
use validators::{everything, live, python, stream};

/// Compares the rows with the lines and returns the differences.
fn compare(rows: Vec<Entry>, lines: Vec<Entry>) -> String {
    let folder = tempfile::tempdir().unwrap();
    let (parquet, jsonl) = (
        folder.path().join("a.parquet"),
        folder.path().join("a.jsonl"),
    );
    std::fs::write(&parquet, stream("parquet", &Options::default(), rows)).unwrap();
    std::fs::write(&jsonl, stream("jsonl", &Options::default(), lines)).unwrap();
    python("parquet.py", &[&parquet, &jsonl], b"")
        .trim()
        .to_owned()
}

#[test]
fn rows_hold_what_the_lines_hold() {
    let mut entries = everything();
    entries.extend(samples());
    let said = compare(entries.clone(), entries.clone());
    assert_eq!(
        said,
        format!("{} rows, 1 row groups, ['ZSTD']", entries.len())
    );
}

#[test]
fn an_export_of_nothing_is_a_table_without_rows() {
    assert_eq!(
        compare(Vec::new(), Vec::new()),
        "0 rows, 0 row groups, None"
    );
}

#[test]
fn a_difference_is_found() {
    let mut other = full(1);
    other.references[0].raw.push('.');
    let caught = std::panic::catch_unwind(|| compare(live([full(1)]), live([other])));
    assert!(caught.is_err());
    let caught =
        std::panic::catch_unwind(|| compare(live([full(1)]), vec![Entry::Deleted(deletion(1))]));
    assert!(caught.is_err());
}

#[test]
fn many_rows_make_several_groups() {
    let mut rng = fastrand::Rng::with_seed(1);
    let mut article = |number| {
        let mut article = full(number);
        // Nothing that compresses well.
        article.abstracts = vec![summary(
            &(0..40_000).map(|_| rng.alphanumeric()).collect::<String>(),
            None,
        )];
        article
    };
    let entries = live((0..700).map(&mut article));
    let said = compare(entries.clone(), entries);
    assert!(
        said.starts_with("700 rows, ") && !said.contains(", 1 row groups"),
        "{said}"
    );
}
