//! RFC 1807, a format for bibliographic records: one line of text per field, in XML one element.
//!
//! OJS up to 3.5 writes it. Fields repeat; their names are those of the RFC in lower case, with an underscore
//! or a hyphen (`other_access`).

use super::tree::{Node, Tree};

/// More fields than any record has.
const MAX_FIELDS: usize = 10_000;

/// A record in RFC 1807.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rfc1807 {
    /// Name (lower case, with underscores) and text of each field, in document order; empty ones left out.
    pub fields: Vec<(String, String)>,
    /// Why the rest could not be read, when it could not.
    pub unread: Option<String>,
}

impl Rfc1807 {
    /// The texts of one field.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields
            .iter()
            .filter(move |(known, _)| known == name)
            .map(|(_, text)| text.as_str())
    }
}

pub(crate) fn is_record(node: &Node) -> bool {
    node.is("rfc1807")
}

/// Reads the record that [`is_record`] found.
pub(crate) fn read(record: &Node, tree: &Tree) -> Rfc1807 {
    let fields = record
        .elements()
        .take(MAX_FIELDS)
        .map(|node| {
            (
                node.name.to_ascii_lowercase().replace('-', "_"),
                node.text(),
            )
        })
        .filter(|(_, text)| !text.is_empty())
        .collect();
    Rfc1807 {
        fields,
        unread: tree.unread.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    #[test]
    fn fields_in_their_order() {
        let tree = tree::read(
            "<r:rfc1807><bib-version>v2</bib-version><author>A, B</author><keyword/><author>C</author></r:rfc1807>",
            &[],
        );
        let record = read(tree.root.find(&is_record).unwrap(), &tree);
        assert_eq!(record.named("author").collect::<Vec<_>>(), ["A, B", "C"]);
        assert_eq!(record.named("bib_version").next(), Some("v2"));
        assert_eq!(record.named("keyword").next(), None);
    }
}
