//! Full-text URLs of the sample journal, for a crawler.

use crate::cli_support::{done, offprint};

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

#[test]
fn each_full_text_has_its_line() {
    let dir = TempDir::new().unwrap();
    let saved = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/ojs-3.4-cac");
    done(dir.path(), &["harvest", saved.to_str().unwrap()]);
    let text = done(dir.path(), &["export", "urls"]);
    let urls: Vec<&str> = text.lines().collect();
    // The galleys of the sample as its own Dublin Core names them, each as the file behind its page.
    assert!(urls.len() > 200);
    assert!(
        urls.iter()
            .all(|url| url.contains("/index.php/cac/article/download/")),
        "{urls:?}"
    );
    let distinct: BTreeSet<&&str> = urls.iter().collect();
    assert_eq!(distinct.len(), urls.len());
    // Landing pages: of each live article, before its texts.
    let with = done(dir.path(), &["export", "urls", "--landing"]);
    let articles = done(dir.path(), &["export", "jsonl", "--status", "live"]);
    let articles: Vec<Value> = articles
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |rel: &str| {
        let links = articles
            .iter()
            .flat_map(|article| article["links"].as_array().unwrap());
        let found = links
            .filter(|link| link["rel"] == rel)
            .map(|link| link["url"].as_str().unwrap());
        found.map(str::to_owned).collect::<BTreeSet<String>>()
    };
    let landing = of("landing");
    assert!(!landing.is_empty());
    assert_eq!(with.lines().count(), urls.len() + landing.len());
    assert!(
        landing
            .iter()
            .all(|url| with.lines().any(|line| line == url))
    );
    // Filters are as with other formats, and a setting of another format is refused.
    let one = done(
        dir.path(),
        &["export", "urls", "--id", "oai:ojs.ca-c.test:article/643"],
    );
    assert!(
        one.contains("/article/download/643/") && one.lines().count() < 4,
        "{one}"
    );
    let output = offprint(dir.path())
        .args(["export", "ris", "--landing"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
}
