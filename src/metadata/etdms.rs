//! ETD-MS, the format for theses of the Networked Digital Library of Theses and Dissertations, 1.0 and 1.1
//! (`oai_etdms`, <http://www.ndltd.org/standards/metadata/etdms/1-1/>).

use super::stated::{Leaf, Remainder, Typed};
use super::tree::{Node, Tree};

/// A thesis.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Etdms {
    /// Titles.
    pub(crate) titles: Vec<Leaf>,
    /// Authors.
    pub(crate) creators: Vec<Typed>,
    /// Advisors and others, by their `role`.
    pub(crate) contributors: Vec<Typed>,
    /// Subjects.
    pub(crate) subjects: Vec<Leaf>,
    /// Abstracts and notes, by their `role`.
    pub(crate) descriptions: Vec<Typed>,
    /// Publishers.
    pub(crate) publishers: Vec<Leaf>,
    /// Dates.
    pub(crate) dates: Vec<Leaf>,
    /// Types.
    pub(crate) types: Vec<Leaf>,
    /// Identifiers.
    pub(crate) ids: Vec<Leaf>,
    /// Languages.
    pub(crate) languages: Vec<Leaf>,
    /// Rights.
    pub(crate) rights: Vec<Leaf>,
    /// Values that have no place above; those of the degree are `degree/name`, `degree/grantor` …
    pub(crate) rest: Remainder,
}

/// Returns whether an element is a thesis: by its name and by what it holds.
pub(crate) fn is_record(node: &Node) -> bool {
    node.is("thesis") && (node.child("title").is_some() || node.child("creator").is_some())
}

/// Reads the thesis that [`is_record`] found.
pub(crate) fn read(record: &Node, tree: &Tree) -> Etdms {
    let typed = |name: &str| -> Vec<Typed> {
        let nodes = record.children(name);
        nodes.filter_map(|node| Typed::of(node, "role")).collect()
    };
    let mut found = Etdms {
        titles: record.leaves("title"),
        creators: typed("creator"),
        contributors: typed("contributor"),
        subjects: record.leaves("subject"),
        descriptions: typed("description"),
        publishers: record.leaves("publisher"),
        dates: record.leaves("date"),
        types: record.leaves("type"),
        ids: record.leaves("identifier"),
        languages: record.leaves("language"),
        rights: record.leaves("rights"),
        ..Etdms::default()
    };
    found.rest.unread.clone_from(&tree.unread);
    for degree in record.children("degree") {
        for leaf in degree.elements().filter_map(Node::leaf) {
            found.rest.leaves.push(Leaf {
                element: format!("degree/{}", leaf.element),
                ..leaf
            });
        }
    }
    found.rest.leaves.extend(record.rest(&[]));
    found
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    #[test]
    fn reads_a_thesis_and_keeps_its_degree() {
        let tree = tree::read(
            r#"<thesis xmlns="http://www.ndltd.org/standards/metadata/etdms/1.0/"><title>Seams</title><creator>Roe, Ann</creator><contributor role="advisor">Doe, Bob</contributor>
            <description role="abstract">We study seams.</description><degree><name>PhD</name><grantor>ETH</grantor></degree><coverage>Asia</coverage></thesis>"#,
            &[],
        );
        let thesis = read(tree.root.find(&is_record).expect("a thesis"), &tree);
        assert_eq!(thesis.contributors[0].kind.as_deref(), Some("advisor"));
        assert!(thesis.descriptions[0].is(&["abstract"]));
        let rest: Vec<(&str, &str)> = thesis
            .rest
            .leaves
            .iter()
            .map(|leaf| (leaf.element.as_str(), leaf.value.as_str()))
            .collect();
        assert_eq!(
            rest,
            [
                ("degree/name", "PhD"),
                ("degree/grantor", "ETH"),
                ("coverage", "Asia")
            ]
        );
    }
}
