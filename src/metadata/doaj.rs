//! The article format of the Directory of Open Access Journals (`oai_doaj`, `doajArticles.xsd` 1.3).

use std::collections::HashMap;

use super::stated::{Agent, File, InJournal, Leaf, Organization, Remainder, Texts, Typed};
use super::tree::{Node, Tree};

/// More entries of one kind than any record has.
const MAX_ENTRIES: usize = 20_000;
/// Mail addresses are nobody's business here.
const PASSED_OVER: [&str; 1] = ["email"];

/// An article as DOAJ takes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Doaj {
    /// `language` of the text, ISO 639-2.
    pub(crate) language: Option<Leaf>,
    /// `journalTitle`, `publisher`, `volume`, `issue`, `startPage`, `endPage`
    pub(crate) journal: InJournal,
    /// `issn`, in print.
    pub(crate) issn: Option<Leaf>,
    /// `eissn`, online.
    pub(crate) eissn: Option<Leaf>,
    /// `publicationDate`
    pub(crate) date: Option<Leaf>,
    /// `doi`
    pub(crate) doi: Option<Leaf>,
    /// `publisherRecordId`
    pub(crate) record_id: Option<Leaf>,
    /// `documentType`
    pub(crate) document_type: Option<Leaf>,
    /// Titles, abstracts, keywords.
    pub(crate) texts: Texts,
    /// Authors, with their affiliations.
    pub(crate) authors: Vec<Agent>,
    /// `fullTextUrl`
    pub(crate) full_texts: Vec<File>,
    /// Values that have no place above, affiliations that no author refers to among them.
    pub(crate) rest: Remainder,
}

/// Returns whether an element is an article of DOAJ: by its name and by what it holds.
pub(crate) fn is_record(node: &Node) -> bool {
    let named = ["record", "doajArticle", "article"]
        .iter()
        .any(|name| node.is(name));
    named && (node.child("journalTitle").is_some() || node.child("fullTextUrl").is_some())
}

/// Reads the article that [`is_record`] found.
pub(crate) fn read(record: &Node, tree: &Tree) -> Doaj {
    let one = |name: &str| record.child(name).and_then(Node::leaf);
    let in_languages = |name: &str| -> Vec<Leaf> {
        let nodes = record.children(name).take(MAX_ENTRIES);
        nodes.filter_map(|node| with_language(node, None)).collect()
    };
    let mut keywords = Vec::new();
    for group in record.children("keywords") {
        let lang = group.attribute("language").map(str::to_owned);
        for node in group.children("keyword").take(MAX_ENTRIES) {
            keywords.extend(with_language(node, lang.clone()));
        }
    }
    let mut found = Doaj {
        language: one("language"),
        journal: InJournal {
            title: one("journalTitle"),
            publisher: one("publisher"),
            volume: one("volume"),
            issue: one("issue"),
            first_page: one("startPage"),
            last_page: one("endPage"),
        },
        issn: one("issn"),
        eissn: one("eissn"),
        date: one("publicationDate"),
        doi: one("doi"),
        record_id: one("publisherRecordId"),
        document_type: one("documentType"),
        texts: Texts {
            titles: in_languages("title"),
            abstracts: in_languages("abstract"),
            keywords,
        },
        authors: authors(record),
        ..Doaj::default()
    };
    for node in record.children("fullTextUrl").take(MAX_ENTRIES) {
        let media_type = node.attribute("format").map(str::to_owned);
        found
            .full_texts
            .extend(node.leaf().map(|url| File { url, media_type }));
    }
    found.rest = Remainder {
        leaves: record.rest(&PASSED_OVER),
        unread: tree.unread.clone(),
    };
    found
}

/// The value of an element, its language by the attribute `language`, else `lang`.
fn with_language(node: &Node, group: Option<String>) -> Option<Leaf> {
    let leaf = node.leaf()?;
    let lang = node.attribute("language").map(str::to_owned);
    Some(Leaf {
        lang: lang.or(leaf.lang).or(group),
        ..leaf
    })
}

/// The authors. They refer to the list of affiliations by id; some servers write the name right into the author.
fn authors(record: &Node) -> Vec<Agent> {
    let mut names: HashMap<String, &Node> = HashMap::new();
    for list in record.children("affiliationsList") {
        for node in list.children("affiliationName").take(MAX_ENTRIES) {
            if let Some(id) = node.attribute("affiliationId") {
                names.entry(id.to_owned()).or_insert(node);
            }
        }
    }
    let nodes = record
        .children("authors")
        .flat_map(|list| list.children("author"));
    let author = |node: &Node| {
        let ids: Vec<String> = node.children("affiliationId").map(Node::text).collect();
        let listed = ids.iter().filter_map(|id| names.get(id.as_str())?.leaf());
        let own = node
            .leaves("affiliationName")
            .into_iter()
            .chain(node.leaves("affiliation"));
        let affiliations = listed.chain(own).map(|name| Organization {
            name: Some(name),
            id: None,
        });
        let orcid = node.child("orcid_id").and_then(Node::leaf);
        Agent {
            whole: node.child("name").and_then(Node::leaf),
            ids: orcid
                .map(|leaf| Typed {
                    kind: Some("ORCID".to_owned()),
                    leaf,
                })
                .into_iter()
                .collect(),
            affiliations: affiliations.collect(),
            ..Agent::default()
        }
    };
    nodes.take(MAX_ENTRIES).map(author).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    #[test]
    fn reads_authors_with_their_affiliations() {
        let tree = tree::read(
            r#"<records><record><language>eng</language><journalTitle>Journal of Seams</journalTitle><eissn>20493630</eissn>
            <title language="eng">Seams</title><title language="rus">Швы</title><authors><author><name>Ann Roe</name><email>a@x.org</email>
            <affiliationId>1</affiliationId><orcid_id>https://orcid.org/0000-0002-1825-0097</orcid_id></author></authors>
            <affiliationsList><affiliationName affiliationId="1">ETH</affiliationName><affiliationName affiliationId="2">MIT</affiliationName></affiliationsList>
            <fullTextUrl format="pdf">https://x.org/1.pdf</fullTextUrl><keywords language="eng"><keyword>seam</keyword></keywords></record></records>"#,
            &[],
        );
        let article = read(tree.root.find(&is_record).expect("a record"), &tree);
        let author = &article.authors[0];
        assert_eq!(author.affiliations[0].name.as_ref().unwrap().value, "ETH");
        assert_eq!(
            author.ids[0].leaf.value,
            "https://orcid.org/0000-0002-1825-0097"
        );
        assert_eq!(article.texts.titles[1].lang.as_deref(), Some("rus"));
        assert_eq!(article.texts.keywords[0].lang.as_deref(), Some("eng"));
        assert_eq!(article.full_texts[0].media_type.as_deref(), Some("pdf"));
        let rest: Vec<&str> = article
            .rest
            .leaves
            .iter()
            .map(|leaf| leaf.value.as_str())
            .collect();
        assert_eq!(rest, ["MIT"]);
    }
}
