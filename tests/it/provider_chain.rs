//! Recordings → offprint → serve → offprint: the same articles, as far as the format between them can carry.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

fn offprint(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_offprint"));
    command
        .current_dir(folder)
        .env("XDG_CONFIG_HOME", folder)
        .env("HOME", folder)
        .env("NO_PROXY", "127.0.0.1");
    command
}

fn run(folder: &Path, arguments: &[&str]) -> String {
    let output = offprint(folder).args(arguments).output().unwrap();
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// A served store; it ends with this.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serve(folder: &Path, store: &str) -> (Server, String) {
    let mut child = offprint(folder)
        .args([
            "--store",
            store,
            "--quiet",
            "serve",
            "--listen",
            "127.0.0.1:0",
        ])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut url)
        .unwrap();
    (Server(child), url.trim().to_owned())
}

/// Articles and deletions of a store by the identifier they had at their first source; what tells of the way they took
/// is left out.
fn entries(folder: &Path, store: &str) -> BTreeMap<String, Value> {
    let lines = run(folder, &["--store", store, "export", "jsonl", "-o", "-"]);
    let entries = lines.lines().map(|line| {
        let mut entry: Value = serde_json::from_str(line).unwrap();
        let identifier = entry["provenance"]["oai_identifier"].as_str().unwrap();
        let original = identifier
            .rsplit_once(":oai:")
            .map_or(identifier, |(_, original)| original);
        let original = original.trim_start_matches("oai:").to_owned();
        for key in ["id", "provenance", "findings"] {
            entry.as_object_mut().unwrap().remove(key);
        }
        (original, entry)
    });
    entries.collect()
}

/// Abstracts with their languages, without paragraphs: Dublin Core has none.
fn abstracts(entry: &Value) -> Vec<(String, Value)> {
    let mut abstracts: Vec<(String, Value)> = Vec::new();
    for one in entry["abstracts"].as_array().into_iter().flatten() {
        let words: Vec<&str> = one["value"].as_str().unwrap().split_whitespace().collect();
        abstracts.push((words.join(" "), one["lang"].clone()));
    }
    abstracts
}

/// The fields that a format carries, by metadataPrefix.
const CARRIED: [(&str, &[&str]); 3] = [
    // As received, all of it comes back; Dublin Core as cleaned has no place for some of it.
    (
        "raw_oai_dc",
        &[
            "/titles",
            "/contributors",
            "/abstracts",
            "/keywords",
            "/doi",
            "/journal",
            "/volume",
            "/issue",
            "/pages",
            "/published",
            "/license",
            "/links",
            "/language",
        ],
    ),
    (
        "jats",
        &[
            "/titles",
            "/contributors",
            "/abstracts",
            "/keywords",
            "/doi",
            "/journal/title",
            "/journal/issn_print",
            "/journal/issn_electronic",
            "/journal/publisher",
            "/section",
            "/volume",
            "/issue",
            "/issue_title",
            // Of what has no first page, JATS has no place for the range.
            "/pages/first",
            "/pages/last",
            "/pages/elocation_id",
            "/published",
            "/license/url",
            "/license/name",
            "/copyright",
            "/links",
            "/references",
            "/funding",
            "/language",
        ],
    ),
    (
        "oai_dc",
        &[
            "/type",
            "/titles",
            "/contributors",
            "/keywords",
            "/doi",
            "/journal/title",
            "/journal/issn_print",
            "/journal/issn_electronic",
            "/journal/publisher",
            "/section",
            "/volume",
            "/issue",
            "/issue_year",
            "/pages",
            "/published",
            "/license/url",
            "/copyright",
            "/language",
        ],
    ),
];

/// Returns a value of an article as every format carries it: the page of a galley has no media type in JATS.
fn carried(entry: &Value, key: &str) -> Option<Value> {
    let mut value = entry.pointer(key)?.clone();
    for link in value.as_array_mut().into_iter().flatten() {
        if link["rel"] == "galley"
            && let Some(link) = link.as_object_mut()
        {
            link.remove("media_type");
        }
    }
    Some(value)
}

#[test]
fn articles_survive_the_chain() {
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path();
    let pages = folder.join("pages");
    std::fs::create_dir(&pages).unwrap();
    for n in 1..=2 {
        let name = format!("cac-listrecords-oai_dc-page{n}.xml");
        let from = format!("{}/samples/ojs-3.4-cac/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::copy(from, pages.join(name)).unwrap();
    }
    run(
        folder,
        &["--store", "first.db", "--quiet", "harvest", "pages"],
    );
    let first = entries(folder, "first.db");
    assert_eq!(first.len(), 200);
    // Changes count from the second they were made in; here they were made a while ago.
    let store = rusqlite::Connection::open(folder.join("first.db")).unwrap();
    store
        .execute_batch("UPDATE article SET changed_at = changed_at - 3600000000")
        .unwrap();
    drop(store);
    let (_server, url) = serve(folder, "first.db");
    for (prefix, keys) in CARRIED {
        let name = format!("{prefix}.db");
        run(
            folder,
            &[
                "--store",
                &name,
                "--quiet",
                "harvest",
                &url,
                "--prefix",
                prefix,
                "--rate",
                "unlimited",
            ],
        );
        let second = entries(folder, &name);
        assert_eq!(
            second.keys().collect::<Vec<_>>(),
            first.keys().collect::<Vec<_>>(),
            "{prefix}"
        );
        for (identifier, entry) in &first {
            let other = &second[identifier];
            assert_eq!(entry["status"], other["status"], "{prefix} {identifier}");
            for key in keys {
                // JATS has no page range without a first page.
                if key.starts_with("/pages/") && entry.pointer(key).is_none() {
                    continue;
                }
                assert_eq!(
                    carried(entry, key),
                    carried(other, key),
                    "{prefix} {identifier} {key}"
                );
            }
            assert_eq!(abstracts(entry), abstracts(other), "{prefix} {identifier}");
            let titles = |entry: &Value| {
                let mut titles: Vec<String> = entry["titles"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|t| t["value"].as_str().unwrap().to_owned())
                    .collect();
                titles.sort();
                titles
            };
            assert_eq!(titles(entry), titles(other), "{prefix} {identifier}");
        }
    }
}
