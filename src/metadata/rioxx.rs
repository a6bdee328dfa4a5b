//! RIOXX 2 and 3, the profile of British repositories (<https://www.rioxx.net/profiles/v3-0-final/>).
//!
//! In version 2 an author is a text with an ORCID iD as its attribute `id`; in version 3 name and identifiers are
//! elements in it.

use super::stated::{Agent, File, Leaf, Organization, Typed};
use super::tree::{Node, Tree};

/// More entries of one kind than any record has.
const MAX_ENTRIES: usize = 20_000;
/// About the record and its deposit.
const PASSED_OVER: [&str; 2] = ["record_public_release_date", "free_to_read"];

/// The funders: `project` of version 2, `grant` of version 3.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Grant {
    /// `funder_name` and `funder_id`.
    pub(crate) funder: Organization,
    /// The number of the award.
    pub(crate) award: Option<Leaf>,
}

/// A record in RIOXX.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
// shape: mirrors the elements of RIOXX 2 and 3
pub(crate) struct Rioxx {
    /// `title`
    pub(crate) titles: Vec<Leaf>,
    /// `author`, `creator`
    pub(crate) authors: Vec<Agent>,
    /// `contributor`
    pub(crate) contributors: Vec<Agent>,
    /// `description`
    pub(crate) abstracts: Vec<Leaf>,
    /// `subject`
    pub(crate) subjects: Vec<Leaf>,
    /// `language`
    pub(crate) languages: Vec<Leaf>,
    /// `publisher`
    pub(crate) publishers: Vec<Leaf>,
    /// `source`: the title of the journal or its ISSN.
    pub(crate) sources: Vec<Leaf>,
    /// `type`: URI and word.
    pub(crate) types: Vec<Leaf>,
    /// `identifier`: of the page, or of the file in version 2.
    pub(crate) ids: Vec<Leaf>,
    /// `version_of_record`, the publisher's version.
    pub(crate) version_of_record: Option<Leaf>,
    /// Related works by their `rel`.
    pub(crate) related: Vec<Typed>,
    /// Files.
    pub(crate) files: Vec<File>,
    /// `publication_date`
    pub(crate) published: Option<Leaf>,
    /// `dateAccepted`
    pub(crate) accepted: Option<Leaf>,
    /// `license_ref`
    pub(crate) licenses: Vec<Leaf>,
    /// The funders.
    pub(crate) grants: Vec<Grant>,
    /// Values that have no place above.
    pub(crate) rest: Vec<Leaf>,
    /// Why the rest could not be read, when it could not.
    pub(crate) unread: Option<String>,
}

/// Returns whether an element is a record in RIOXX.
pub(crate) fn is_record(node: &Node) -> bool {
    node.is("rioxx")
}

/// Reads the record that [`is_record`] found.
pub(crate) fn read(record: &Node, tree: &Tree) -> Rioxx {
    let one = |name: &str| record.child(name).and_then(Node::leaf);
    let agents = |names: [&str; 2]| -> Vec<Agent> {
        let nodes = record
            .elements()
            .filter(|node| names.iter().any(|name| node.is(name)));
        nodes.take(MAX_ENTRIES).map(agent).collect()
    };
    let mut found = Rioxx {
        titles: record.leaves("title"),
        authors: agents(["author", "creator"]),
        contributors: agents(["contributor", ""]),
        abstracts: record.leaves("description"),
        subjects: record.leaves("subject"),
        languages: record.leaves("language"),
        publishers: record.leaves("publisher"),
        sources: record.leaves("source"),
        ids: record.leaves("identifier"),
        version_of_record: one("version_of_record"),
        published: one("publication_date"),
        accepted: one("dateAccepted"),
        licenses: record.leaves("license_ref"),
        unread: tree.unread.clone(),
        ..Rioxx::default()
    };
    for node in record.elements().take(MAX_ENTRIES) {
        match node.name.to_ascii_lowercase().as_str() {
            "type" => {
                found.types.extend(node.attribute_leaf("uri"));
                found.types.extend(node.leaf());
            }
            "project" | "grant" => found.grants.push(grant(node)),
            "resource" => found.resource(node),
            "relation" | "ext_relation" => found.relation(node),
            _ => {}
        }
    }
    found.rest = record.rest(&PASSED_OVER);
    found
}

impl Rioxx {
    /// A file in the repository, with its licence.
    fn resource(&mut self, node: &Node) {
        self.licenses.extend(node.attribute_leaf("license_ref"));
        self.file_or_page(node);
    }

    /// A file of the article (`rel="item"`), another address of it (`cite-as`), or another work.
    fn relation(&mut self, node: &Node) {
        let is_item = node
            .attribute("rel")
            .is_some_and(|rel| rel.eq_ignore_ascii_case("item"));
        if is_item {
            self.licenses.extend(node.attribute_leaf("license_ref"));
            self.file_or_page(node);
            return;
        }
        for name in ["coar_type", "coar_version", "access_rights"] {
            node.attribute(name);
        }
        self.related.extend(Typed::of(node, "rel"));
    }

    fn file_or_page(&mut self, node: &Node) {
        for name in [
            "coar_type",
            "coar_version",
            "access_rights",
            "rel",
            "cite_as",
        ] {
            node.attribute(name);
        }
        let media_type = node.any_attribute(&["format", "type"]).map(str::to_owned);
        self.files
            .extend(node.leaf().map(|url| File { url, media_type }));
    }
}

fn grant(node: &Node) -> Grant {
    let id = node.attribute_leaf("funder_id");
    let name = node.attribute_leaf("funder_name");
    Grant {
        funder: Organization { name, id },
        award: node.leaf(),
    }
}

fn agent(node: &Node) -> Agent {
    let named = ["name", "creator", "contributor"]
        .iter()
        .find_map(|name| node.child(name));
    let mut ids: Vec<Typed> = Vec::new();
    ids.extend(
        node.any_leaf(&["id", "uri"])
            .map(|leaf| Typed { kind: None, leaf }),
    );
    ids.extend(
        node.children("identifier")
            .chain(node.children("id"))
            .filter_map(|id| Typed::of(id, "type")),
    );
    Agent {
        whole: match named {
            Some(named) => named.leaf(),
            None => node.leaf(),
        },
        ids,
        ..Agent::default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    fn one(xml: &str) -> Rioxx {
        let tree = tree::read(xml, &[]);
        read(tree.root.find(&is_record).expect("a record"), &tree)
    }

    #[test]
    fn reads_version_2() {
        let record = one(
            r#"<rioxx:rioxx><ali:license_ref start_date="2015-02-17">https://creativecommons.org/licenses/by/4.0</ali:license_ref><dc:title>Seams</dc:title>
            <rioxxterms:author id="http://orcid.org/0000-0002-1825-0097">Roe, Ann</rioxxterms:author><rioxxterms:project funder_name="EPSRC" funder_id="https://ror.org/0439y7842">EP/1</rioxxterms:project>
            <rioxxterms:publication_date>2014-09-10</rioxxterms:publication_date><rioxxterms:version>AM</rioxxterms:version>
            <rioxxterms:version_of_record>https://doi.org/10.5555/s.1</rioxxterms:version_of_record></rioxx:rioxx>"#,
        );
        assert_eq!(record.authors[0].whole.as_ref().unwrap().value, "Roe, Ann");
        assert_eq!(
            record.authors[0].ids[0].leaf.value,
            "http://orcid.org/0000-0002-1825-0097"
        );
        assert_eq!(record.grants[0].award.as_ref().unwrap().value, "EP/1");
        let rest: Vec<&str> = record
            .rest
            .iter()
            .map(|leaf| leaf.element.as_str())
            .collect();
        assert_eq!(rest, ["version"]);
    }

    #[test]
    fn reads_version_3() {
        let record = one(
            r#"<rioxx><rioxxterms:creator first-named-author="true"><rioxxterms:name>Roe, Ann</rioxxterms:name><rioxxterms:id>https://orcid.org/0000-0002-1825-0097</rioxxterms:id></rioxxterms:creator>
            <dc:relation rel="item" type="application/pdf" license_ref="https://creativecommons.org/licenses/by/4.0/">https://x.org/1.pdf</dc:relation>
            <dc:relation rel="cite-as">https://hdl.handle.net/10044/1/7</dc:relation><dc:publisher><rioxxterms:name>AIP</rioxxterms:name></dc:publisher></rioxx>"#,
        );
        assert_eq!(record.authors[0].whole.as_ref().unwrap().value, "Roe, Ann");
        assert_eq!(
            record.files[0].media_type.as_deref(),
            Some("application/pdf")
        );
        assert_eq!(record.related[0].kind.as_deref(), Some("cite-as"));
        assert_eq!(record.publishers[0].value, "AIP");
        assert_eq!(record.licenses.len(), 1);
        assert_eq!(record.rest, []);
    }
}
