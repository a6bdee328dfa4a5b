//! Names, sets and identifiers as an enemy would choose them, in either engine; and a database that fails.
#![cfg(all(feature = "postgres", unix))]

use std::fs;

use tempfile::TempDir;

use super::{done, offprint, record, response, store_of, titled};
use crate::postgres::Database;

/// Identifiers and setSpecs that mean something to SQL, to a shell, or to an index.
fn names() -> Vec<String> {
    let mut names: Vec<String> = [
        "'; DROP TABLE source; --",
        "\" OR 1=1 --",
        "a\\'b\\\\",
        "$1 $$ $a$",
        "100%_?",
        "{\"a\": [1, 2]}",
        "{a,\"b\",NULL}",
        "\\x00 \\u0000",
        "$(id) `id`",
        "../../../etc/passwd",
        "é\u{301} é e\u{301}",
        "\u{1f4da} \u{202e}abc \u{200b}",
        "İi ıI ﬀ",
        "NULL",
        "-1",
    ]
    .map(str::to_owned)
    .into();
    // Longer than what a B-tree of PostgreSQL can hold, in two that differ at the end alone. Not compressible.
    let long: String = (0..6_000_u32)
        .map(|n| {
            char::from(b'a' + u8::try_from((n.wrapping_mul(2_654_435_761) >> 13) % 26).unwrap())
        })
        .collect();
    names.extend([format!("{long}1"), format!("{long}2")]);
    names
}

/// A folder with a SQLite store of a page with these records, and a database with the same.
fn in_both_engines(records: &str) -> (TempDir, Database) {
    let folder = store_of(&[response(records)]);
    let database = Database::new();
    let harvest = [
        "--store",
        &database.url(),
        "harvest",
        "pages",
        "--name",
        "h",
    ];
    done(folder.path(), &harvest);
    (folder, database)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[test]
fn hostile_names_are_the_same_in_both_engines() {
    let records: String = names()
        .iter()
        .map(|name| {
            let name = escaped(name);
            let metadata = format!(
                "<dc:dc xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:title>{name}</dc:title>\
                 <dc:identifier>10.1234/{name}</dc:identifier><dc:subject>{name}</dc:subject></dc:dc>"
            );
            record(&format!("oai:h:{name}"), &metadata)
                .replace("<setSpec>a<", &format!("<setSpec>{name}<"))
        })
        .collect();
    let (folder, database) = in_both_engines(&records);
    let here = folder.path();
    let stores = ["offprint.db", &database.url()];
    let [one, other] = stores.map(|store| {
        let lines = done(here, &["--store", store, "export", "raw"]);
        assert_eq!(lines.matches("<header>").count(), names().len());
        let ids = done(here, &["--store", store, "export", "jsonl", "--flat"]);
        (lines, ids.lines().count())
    });
    assert!(one == other, "the engines differ");
    for store in stores {
        assert_eq!(
            done(here, &["--store", store, "store", "check", "--reindex"]).trim(),
            "the store is sound"
        );
        for name in names() {
            let shown = offprint(
                here,
                &["--store", store, "show", &format!("oai:h:{name}"), "--raw"],
            );
            assert_eq!(shown.status.code(), Some(0), "{name:.40} in {store}");
        }
    }
}

/// Characters that XML does not allow, or that PostgreSQL keeps in no text, as they are and as references.
#[test]
fn control_characters_in_names_are_the_same_in_both_engines() {
    let names = [
        "nul\0in",
        "nul&#0;reference",
        "\0",
        "next line\u{85}in",
        "csi\u{9b}31m",
        "csi&#x9b;reference",
        "osc\u{9d}0;owned\u{9c}",
        "escape\u{1b}[31m",
        "delete\u{7f}",
        "bell\u{7}",
    ];
    let records: String = names
        .iter()
        .map(|name| {
            let metadata = titled(&format!("T {name}"));
            record(&format!("oai:h:{name}"), &metadata)
                .replace("<setSpec>a<", &format!("<setSpec>{name}<"))
        })
        .collect();
    let (folder, database) = in_both_engines(&records);
    let here = folder.path();
    let stores = ["offprint.db", &database.url()];
    let [one, other] = stores.map(|store| {
        let raw = done(here, &["--store", store, "export", "raw"]);
        let lines = done(here, &["--store", store, "export", "jsonl"]);
        let identifiers = lines.lines().map(|line| {
            let article: serde_json::Value = serde_json::from_str(line).unwrap();
            let identifier = article["provenance"]["oai_identifier"].as_str().unwrap();
            identifier.to_owned()
        });
        (raw, identifiers.collect::<Vec<_>>())
    });
    assert_eq!(one, other);
    let (raw, identifiers) = one;
    assert_eq!(identifiers.len(), names.len(), "{identifiers:?}");
    assert!(!raw.contains(['\0', '\u{1b}', '\u{7}']), "{raw}");
    for store in stores {
        for identifier in &identifiers {
            let shown = offprint(here, &["--store", store, "show", identifier]);
            assert_eq!(shown.status.code(), Some(0), "{identifier:?} in {store}");
        }
        assert_eq!(
            done(here, &["--store", store, "store", "check", "--reindex"]).trim(),
            "the store is sound"
        );
    }
}

#[test]
fn names_a_full_database_and_resumes() {
    let database = Database::new();
    let url = database.url();
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fs::create_dir(here.join("pages")).unwrap();
    fs::write(
        here.join("pages/1.xml"),
        response(&record("oai:h:1", &titled("A"))),
    )
    .unwrap();
    done(here, &["--store", &url, "harvest", "pages", "--name", "h"]);
    fs::write(
        here.join("pages/2.xml"),
        response(&record("oai:h:2", &titled("B"))),
    )
    .unwrap();
    // What PostgreSQL reports when its disk is full (SQLSTATE 53100).
    database.run(
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$",
    );
    database.run(
        "CREATE TRIGGER full_disk BEFORE INSERT ON page FOR EACH ROW EXECUTE FUNCTION full_disk()",
    );
    let output = offprint(here, &["--store", &url, "harvest", "pages", "--name", "h"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("no space left") && said.contains("hint: free some space"),
        "{said}"
    );
    database.run("DROP TRIGGER full_disk ON page");
    done(here, &["--store", &url, "harvest", "pages", "--name", "h"]);
    assert_eq!(
        done(here, &["--store", &url, "export", "jsonl"])
            .lines()
            .count(),
        2
    );
    assert_eq!(
        done(here, &["--store", &url, "store", "check"]).trim(),
        "the store is sound"
    );
}
