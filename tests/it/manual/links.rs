//! Every link within the project leads to a file that is there, and to a heading that it has.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::pages::{Page, pages, root};

/// Targets of the links and pictures of a page.
fn targets(page: &Page) -> Vec<String> {
    let prose = page.prose();
    let ends = prose.match_indices("](");
    ends.filter_map(|(at, _)| prose[at + 2..].split(')').next())
        .map(str::to_owned)
        .collect()
}

/// Anchors of the headings of a page, as GitHub and mdBook make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let page = Page {
        path: String::new(),
        text: text.to_owned(),
    };
    let mut anchors = BTreeSet::new();
    for line in page.prose().lines().filter(|line| line.starts_with('#')) {
        let heading = line.trim_start_matches('#').trim().to_lowercase();
        let kept = heading
            .chars()
            .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        let anchor: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
        let again = (1..).map(|n| format!("{anchor}-{n}"));
        let free = std::iter::once(anchor.clone())
            .chain(again)
            .find(|name| !anchors.contains(name));
        anchors.extend(free);
    }
    anchors
}

fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

#[test]
fn links_lead_somewhere() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for page in pages() {
        let here = root().join(&page.path);
        for target in targets(&page)
            .iter()
            .filter(|target| !target.contains("://"))
        {
            seen += 1;
            let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
            let file = if path.is_empty() {
                here.clone()
            } else {
                plain(&here.parent().unwrap().join(path))
            };
            // The book holds what is in docs/, and nothing else.
            let within = if page.path.starts_with("docs/") {
                root().join("docs")
            } else {
                root()
            };
            if !file.exists() || !file.starts_with(within) {
                wrong.push(format!("{}: {target} is not there", page.path));
            } else if !anchor.is_empty()
                && !anchors(&fs::read_to_string(&file).unwrap()).contains(anchor)
            {
                wrong.push(format!("{}: {target} has no such heading", page.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 40, "{seen}");
}

/// A page that the summary does not name is not in the book.
#[test]
fn the_summary_names_every_page() {
    let pages = pages();
    let summary = pages
        .iter()
        .find(|page| page.path == "docs/SUMMARY.md")
        .unwrap();
    let named: BTreeSet<_> = targets(summary)
        .into_iter()
        .map(|target| format!("docs/{target}"))
        .collect();
    let there = pages.iter().map(|page| page.path.clone());
    let there: BTreeSet<_> = there
        .filter(|path| path.starts_with("docs/") && path != "docs/SUMMARY.md")
        .collect();
    assert_eq!(named, there);
}
