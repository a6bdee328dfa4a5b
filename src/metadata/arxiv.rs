//! `arXiv` and `arXivRaw`, the formats of arXiv itself.
//!
//! `arXiv` splits names (`keyname`, `forenames`, `suffix`); `arXivRaw` has the authors in one line, as the submitter
//! typed them, and the history of versions (<http://arxiv.org/OAI/arXiv.xsd>, <http://arxiv.org/OAI/arXivRaw.xsd>).

use super::stated::{Agent, Leaf, Organization, Typed};
use super::tree::{Node, Tree};

/// More authors than any record has.
const MAX_AUTHORS: usize = 20_000;
/// About the record: who typed it in, and how large its files are.
const PASSED_OVER: [&str; 4] = ["submitter", "size", "source_type", "proxy"];

/// A record of arXiv.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ArXiv {
    /// The number: `1412.0002`, `math/0101001`.
    pub(crate) id: Option<Leaf>,
    /// `created`, `updated`, and the dates of `version` under its number.
    pub(crate) dates: Vec<Typed>,
    /// Authors one by one (`arXiv`).
    pub(crate) authors: Vec<Agent>,
    /// Authors in one line (`arXivRaw`).
    pub(crate) author_line: Option<Leaf>,
    /// `title`
    pub(crate) title: Option<Leaf>,
    /// `abstract`
    pub(crate) summary: Option<Leaf>,
    /// `categories`, separated by blanks, the first one being the main one.
    pub(crate) categories: Option<Leaf>,
    /// `journal-ref`: where it was published, in free text.
    pub(crate) journal_ref: Option<Leaf>,
    /// `doi` of the publication; several are separated by blanks.
    pub(crate) doi: Option<Leaf>,
    /// `license`, a URL.
    pub(crate) license: Option<Leaf>,
    /// Values that have no place above: comments, report numbers, classes.
    pub(crate) rest: Vec<Leaf>,
    /// Why the rest could not be read, when it could not.
    pub(crate) unread: Option<String>,
}

/// Returns whether an element is a record of arXiv.
pub(crate) fn is_record(node: &Node) -> bool {
    (node.is("arXiv") || node.is("arXivRaw")) && node.child("id").is_some()
}

/// Reads the record that [`is_record`] found.
pub(crate) fn read(record: &Node, tree: &Tree) -> ArXiv {
    let one = |name: &str| record.child(name).and_then(Node::leaf);
    let mut dates = Vec::new();
    for name in ["created", "updated"] {
        for leaf in record.leaves(name) {
            let kind = Some(name.to_owned());
            dates.push(Typed { kind, leaf });
        }
    }
    for version in record.children("version") {
        let kind = version.attribute("version").map(str::to_owned);
        let date = version.child("date").and_then(Node::leaf);
        dates.extend(date.map(|leaf| Typed { kind, leaf }));
    }
    let mut found = ArXiv {
        id: one("id"),
        dates,
        title: one("title"),
        summary: one("abstract"),
        categories: one("categories"),
        journal_ref: one("journal-ref"),
        doi: one("doi"),
        license: one("license"),
        unread: tree.unread.clone(),
        ..ArXiv::default()
    };
    if let Some(authors) = record.child("authors") {
        if authors.child("author").is_some() {
            let authors = authors.children("author").take(MAX_AUTHORS);
            found.authors = authors.map(author).collect();
        } else {
            found.author_line = authors.leaf();
        }
    }
    found.rest = record.rest(&PASSED_OVER);
    found
}

fn author(node: &Node) -> Agent {
    let one = |name: &str| node.child(name).and_then(Node::leaf);
    let affiliations = node.leaves("affiliation").into_iter();
    Agent {
        family: one("keyname"),
        given: one("forenames"),
        suffix: one("suffix"),
        affiliations: affiliations
            .map(|name| Organization {
                name: Some(name),
                id: None,
            })
            .collect(),
        ..Agent::default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    fn one(xml: &str) -> ArXiv {
        let tree = tree::read(xml, &[]);
        read(tree.root.find(&is_record).expect("a record"), &tree)
    }

    #[test]
    fn reads_split_names_and_keeps_comments() {
        let record = one(
            r#"<arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>1412.0002</id><created>2014-12-01</created><authors>
            <author><keyname>Roe</keyname><forenames>Ann</forenames><suffix>Jr</suffix><affiliation>MIT</affiliation></author></authors>
            <title>Seams</title><comments>12 pages</comments><journal-ref>J. Seams 5 (2014) 3</journal-ref></arXiv>"#,
        );
        let author = &record.authors[0];
        assert_eq!(author.suffix.as_ref().unwrap().value, "Jr");
        assert_eq!(author.affiliations[0].name.as_ref().unwrap().value, "MIT");
        assert_eq!(record.rest[0].element, "comments");
        assert_eq!(record.dates[0].kind.as_deref(), Some("created"));
    }

    #[test]
    fn reads_the_line_of_authors_and_the_versions_of_the_raw_format() {
        let record = one(
            r#"<arXivRaw><id>math/0101001</id><submitter>Ann</submitter><version version="v1"><date>Mon, 1 Jan 2001 10:00:00 GMT</date><size>5kb</size></version>
            <title>Seams</title><authors>Ann Roe (MIT), Bob Doe</authors></arXivRaw>"#,
        );
        assert_eq!(record.author_line.unwrap().value, "Ann Roe (MIT), Bob Doe");
        assert_eq!(record.dates[0].kind.as_deref(), Some("v1"));
        assert_eq!(record.rest, []);
    }
}
