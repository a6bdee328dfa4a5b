//! `oai_kci`, the format of the Korea Citation Index.
//!
//! `journalInfo` describes the issue and `articleInfo` the article. Titles and abstracts have the language `original`,
//! `english` or `foreign`; an author is `name` and `affiliation`, or one text with the affiliation in brackets and the
//! name in English as an attribute. KCI publishes no schema: the elements are those of its answers.

use super::stated::{Agent, InJournal, Leaf, Organization, Remainder, Texts, Typed};
use super::tree::{Node, Tree};

/// More entries of one kind than any record has.
const MAX_ENTRIES: usize = 20_000;
/// The number of citations, and KCI's note on the record.
const PASSED_OVER: [&str; 4] = [
    "citation-count",
    "verified",
    "article-regularity",
    "orte-open-yn",
];

/// An article of KCI.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kci {
    /// `journal-name`, `publisher-name`, `volume`, `issue`, `fpage`, `lpage`
    pub(crate) journal: InJournal,
    /// `issn`, `eissn`: elements or attributes.
    pub(crate) issns: Vec<Leaf>,
    /// `pub-year` and `pub-mon`
    pub(crate) published: (Option<Leaf>, Option<Leaf>),
    /// KCI's number of the article.
    pub(crate) id: Option<Leaf>,
    /// `article-categories`
    pub(crate) categories: Vec<Leaf>,
    /// Titles, abstracts and keywords; their language is `original`, `english` or `foreign`.
    pub(crate) texts: Texts,
    /// Authors.
    pub(crate) authors: Vec<Agent>,
    /// `doi`
    pub(crate) doi: Option<Leaf>,
    /// `uci`, the Korean identifier of content.
    pub(crate) uci: Option<Leaf>,
    /// The page.
    pub(crate) url: Option<Leaf>,
    /// `language`, a Korean word (`한국어`) or a code.
    pub(crate) language: Option<Leaf>,
    /// Values that have no place above.
    pub(crate) rest: Remainder,
}

/// Returns whether an element is an article of KCI: it holds `articleInfo`.
pub(crate) fn is_record(node: &Node) -> bool {
    node.child("articleInfo").is_some()
}

/// Reads the article that [`is_record`] found.
pub(crate) fn read(record: &Node, tree: &Tree) -> Kci {
    let mut found = Kci::default();
    if let Some(info) = record.child("journalInfo") {
        found.journal(info);
    }
    if let Some(info) = record.child("articleInfo") {
        found.article(info);
    }
    found.rest = Remainder {
        leaves: record.rest(&PASSED_OVER),
        unread: tree.unread.clone(),
    };
    found
}

impl Kci {
    fn journal(&mut self, info: &Node) {
        let one = |name: &str| info.child(name).and_then(Node::leaf);
        for name in ["issn", "eissn"] {
            self.issns.extend(info.leaves(name));
            // `journalInfo/@issn` is called as the element is
            self.issns
                .extend(info.attribute_leaf(name).map(|leaf| Leaf {
                    element: name.to_owned(),
                    ..leaf
                }));
        }
        self.journal.title = one("journal-name");
        self.journal.publisher = one("publisher-name");
        self.published = (one("pub-year"), one("pub-mon"));
        self.journal.volume = one("volume");
        self.journal.issue = one("issue");
    }

    fn article(&mut self, info: &Node) {
        let one = |name: &str| info.child(name).and_then(Node::leaf);
        let grouped = |group: &'static str, item: &'static str| -> Vec<Leaf> {
            let nodes = super::stated::listed(info, group, item);
            nodes
                .into_iter()
                .take(MAX_ENTRIES)
                .filter_map(Node::leaf)
                .collect()
        };
        self.id = info.attribute_leaf("article-id");
        self.categories = info.leaves("article-categories");
        self.texts.titles = grouped("title-group", "article-title");
        self.texts.abstracts = grouped("abstract-group", "abstract");
        self.texts.keywords = grouped("keyword-group", "keyword");
        self.texts.keywords.extend(grouped("kwd-group", "kwd"));
        self.authors = authors(info);
        self.journal.first_page = one("fpage");
        self.journal.last_page = one("lpage");
        self.doi = one("doi");
        self.uci = one("uci");
        self.url = one("url");
        self.language = one("language");
    }
}

/// The authors with names and affiliations apart, where there are such; the group in one text says the same.
fn authors(info: &Node) -> Vec<Agent> {
    let group = info
        .child("author-name")
        .filter(|group| group.child("author").is_some());
    if let (Some(_), Some(other)) = (group, info.child("author-group")) {
        other.pass_over();
    }
    let Some(group) = group.or_else(|| info.child("author-group")) else {
        return Vec::new();
    };
    group
        .children("author")
        .take(MAX_ENTRIES)
        .map(author)
        .collect()
}

fn author(node: &Node) -> Agent {
    let named = node.child("name");
    let english = node
        .any_leaf(&["english", "name-english"])
        .or_else(|| node.child("english-name").and_then(Node::leaf));
    let orcid = node
        .any_leaf(&["orc-id", "orcid"])
        .or_else(|| node.child("orcid").and_then(Node::leaf));
    let mut agent = Agent {
        english,
        ids: orcid
            .map(|leaf| Typed {
                kind: Some("ORCID".to_owned()),
                leaf,
            })
            .into_iter()
            .collect(),
        ..Agent::default()
    };
    let affiliation = |name: Leaf| Organization {
        name: Some(name),
        id: None,
    };
    if let Some(named) = named {
        agent.whole = named.leaf();
        agent.affiliations = node
            .leaves("affiliation")
            .into_iter()
            .map(affiliation)
            .collect();
    } else if let Some(whole) = node.leaf() {
        // 홍길동(한국대학교)
        let split = whole
            .value
            .strip_suffix(')')
            .and_then(|text| text.split_once('('));
        if let Some((name, place)) = split
            && !name.trim().is_empty()
            && !place.trim().is_empty()
        {
            let part = |text: &str| Leaf {
                value: text.trim().to_owned(),
                ..whole.clone()
            };
            agent.affiliations = vec![affiliation(part(place))];
            agent.whole = Some(part(name));
        } else {
            agent.whole = Some(whole);
        }
    }
    agent
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    fn one(xml: &str) -> Kci {
        let tree = tree::read(xml, &[]);
        read(tree.root.find(&is_record).expect("a record"), &tree)
    }

    #[test]
    fn reads_issue_and_article() {
        let article = one(
            r#"<oai_kci><journalInfo journal-id="J1"><issn>1738-3188</issn><journal-name>이음매연구</journal-name><pub-year>2021</pub-year><pub-mon>03</pub-mon>
            <volume>21</volume><issue>1</issue></journalInfo><articleInfo article-id="ART001"><title-group><article-title lang="original">이음매</article-title>
            <article-title lang="english">Seams</article-title></title-group><author-group><author english="Gildong Hong" orc-id="0000-0002-1825-0097">홍길동(한국대학교)</author></author-group>
            <abstract-group><abstract lang="english">We study seams.</abstract></abstract-group><fpage>233</fpage><citation-count kci="4">4</citation-count><note>x</note></articleInfo></oai_kci>"#,
        );
        assert_eq!(article.texts.titles[1].lang.as_deref(), Some("english"));
        let author = &article.authors[0];
        assert_eq!(author.whole.as_ref().unwrap().value, "홍길동");
        assert_eq!(author.english.as_ref().unwrap().value, "Gildong Hong");
        assert_eq!(
            author.affiliations[0].name.as_ref().unwrap().value,
            "한국대학교"
        );
        assert_eq!(article.rest.leaves[0].element, "note");
    }

    #[test]
    fn prefers_authors_whose_parts_stand_apart() {
        let article = one(
            r"<oai_kci><articleInfo><author-group><author>홍길동(한국대학교)</author></author-group>
            <author-name><author><name>홍길동</name><affiliation>한국대학교</affiliation></author></author-name></articleInfo></oai_kci>",
        );
        assert_eq!(article.authors.len(), 1);
        assert_eq!(article.rest.leaves, []);
    }
}
