//! Exports in several files, by size and by source.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use offprint::Article;
use offprint::internals::export::{
    self, Counts, Destination, EntrySink as _, Options, Scope, SplitBy, SplitFiles,
};
use rstest::rstest;
use serde_json::Value;

use super::{Failing, live, named, names, run};
use crate::articles::full;

/// An export of JSON Lines in several files.
fn pieced(path: &Path, by: SplitBy, scope: Scope, articles: Vec<Article>) -> Counts {
    let exporter = export::exporter("jsonl", &Options::default()).unwrap();
    let mut target = SplitFiles::open(path, by, scope, exporter).unwrap();
    for article in articles {
        target.write((&live(article)).into()).unwrap();
    }
    Box::new(target).finish().unwrap()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

#[rstest]
#[case("a.jsonl")]
#[case("a.jsonl.zst")]
#[case("a.jsonl.gz")]
fn splits_an_export_by_size(#[case] name: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    let rest = name.strip_prefix('a').unwrap();
    let part = |number: u32| format!("a.part-{number:04}{rest}");
    let articles: Vec<Article> = (1..=7).map(full).collect();
    let read = || {
        let mut all = Vec::new();
        for name in names(folder.path())
            .iter()
            .filter(|name| name.starts_with("a.part-"))
        {
            let bytes = fs::read(folder.path().join(name)).unwrap();
            let bytes = match name.rsplit_once('.').unwrap().1 {
                "zst" => zstd::decode_all(&*bytes).unwrap(),
                "gz" => {
                    let mut text = Vec::new();
                    flate2::read::GzDecoder::new(&*bytes)
                        .read_to_end(&mut text)
                        .unwrap();
                    text
                }
                _ => bytes,
            };
            all.push(bytes);
        }
        all
    };
    run(
        "jsonl",
        &Destination::File(folder.path().join("whole")),
        Scope::Full,
        articles.iter().cloned().map(live).collect(),
    );
    let whole = fs::read(folder.path().join("whole")).unwrap();
    fs::remove_file(folder.path().join("whole")).unwrap();
    let line = whole
        .split_inclusive(|&byte| byte == b'\n')
        .next()
        .unwrap()
        .len() as u64;

    // Two articles reach a line and a bit.
    let counts = pieced(
        &path,
        SplitBy::Size(line + 10),
        Scope::Full,
        articles.clone(),
    );
    assert_eq!(counts.live, 7);
    let parts = read();
    assert_eq!(
        parts
            .iter()
            .map(|part| part.split(|&b| b == b'\n').count() - 1)
            .collect::<Vec<_>>(),
        [2, 2, 2, 1]
    );
    assert!(parts.concat() == whole);
    assert!(names(folder.path()).contains(&part(4)));

    // A smaller one takes the rest of a larger one with it, and nothing else.
    let others = [
        "a.part-x.jsonl",
        "a.part-0002.csv",
        "b.part-0002.jsonl",
        "a.part-2.jsonl",
    ];
    for other in others {
        fs::write(folder.path().join(other), "other").unwrap();
    }
    pieced(&path, SplitBy::Size(u64::MAX), Scope::Full, articles);
    assert_eq!(
        names(folder.path()),
        &set(&others) | &BTreeSet::from([part(1)])
    );
    // Of nothing there is one part, so that a reader finds what it looks for.
    pieced(&path, SplitBy::Size(1), Scope::Delta, Vec::new());
    assert_eq!(
        names(folder.path()),
        &set(&others) | &BTreeSet::from([part(1)])
    );
    let empty = fs::read(folder.path().join(part(1))).unwrap();
    assert!(if name == "a.jsonl" {
        empty.is_empty()
    } else {
        empty.len() < 40
    });
}

#[test]
fn splits_an_export_by_source() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    let sources = ["cac", "CAC", "journal.example.org-x", "../../etc", "журнал"];
    let articles = || {
        let of = |source: &&str| [named(source, "oai:x:1", 1), named(source, "oai:x:2", 2)];
        sources.iter().flat_map(of).collect::<Vec<_>>()
    };
    let counts = pieced(&path, SplitBy::Source, Scope::Full, articles());
    assert_eq!(counts.live, 10);
    let found = names(folder.path());
    assert_eq!(found.len(), 5);
    assert!(
        found.contains("a.source-cac.jsonl")
            && found.contains("a.source-journal.example.org-x.jsonl")
    );
    let lowercase: BTreeSet<String> = found.iter().map(|name| name.to_lowercase()).collect();
    assert_eq!(lowercase.len(), 5, "names differ by more than case");
    for name in &found {
        let text = fs::read_to_string(folder.path().join(name)).unwrap();
        let lines: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 2, "{name}");
        assert_eq!(
            lines[0]["provenance"]["source"],
            lines[1]["provenance"]["source"]
        );
    }
    fs::write(folder.path().join("a.source-Old.jsonl"), "of someone else").unwrap();
    // Of some sources: those of the others stay. Of all: what is no more goes.
    pieced(
        &path,
        SplitBy::Source,
        Scope::Delta,
        vec![named("cac", "oai:x:1", 1)],
    );
    assert_eq!(names(folder.path()).len(), 6);
    pieced(
        &path,
        SplitBy::Source,
        Scope::Full,
        vec![named("cac", "oai:x:1", 1)],
    );
    assert_eq!(
        names(folder.path()),
        set(&["a.source-Old.jsonl", "a.source-cac.jsonl"])
    );
    assert!(
        SplitFiles::open(
            &folder.path().join("none/a.jsonl"),
            SplitBy::Source,
            Scope::Full,
            export::exporter("jsonl", &Options::default()).unwrap()
        )
        .is_err()
    );
}

#[test]
fn parts_that_fail_leave_those_of_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.txt");
    for name in ["a.part-0001.txt", "a.part-0002.txt"] {
        fs::write(folder.path().join(name), "old").unwrap();
    }
    let exporter = || Failing::exporter(io::ErrorKind::StorageFull);
    let mut target = SplitFiles::open(&path, SplitBy::Size(1), Scope::Full, exporter()).unwrap();
    // Each file is one entry long, so that none fails; then one holds two.
    for number in 1..=3 {
        target.write((&live(full(number))).into()).unwrap();
    }
    drop(target);
    let mut target = SplitFiles::open(&path, SplitBy::Size(100), Scope::Full, exporter()).unwrap();
    target.write((&live(full(1))).into()).unwrap();
    assert!(target.write((&live(full(2))).into()).unwrap_err().is_full());
    drop(target);
    assert_eq!(
        names(folder.path()),
        set(&["a.part-0001.txt", "a.part-0002.txt"])
    );
    for name in names(folder.path()) {
        assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), "old");
    }
}
