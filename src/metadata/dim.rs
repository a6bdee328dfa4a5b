//! DIM, the metadata of DSpace in its own fields, and `xoai`, the same fields as a tree with the files beside them.
//!
//! DIM has one element per value: `field`, with the attributes `mdschema`, `element`, `qualifier` and `lang` (the
//! stylesheet `dim.xsl` of DSpace). In `xoai` the same names are those of nested elements, the innermost being the
//! language, `none` where there is none (`xoai.xsl`, namespace `http://www.lyncode.com/xoai`).

use super::stated::{File, Leaf};
use super::tree::{Node, Tree};

/// More fields than any record has.
const MAX_FIELDS: usize = 20_000;

/// One value and the name of its metadata field: `dc.contributor.author`.
#[must_use = "a stated value goes into a field, among the unmapped values, or into a finding"]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Field {
    /// `dc`, `dcterms`, `oaire`, `person` … in lower case.
    pub(crate) schema: String,
    /// `contributor`, as received.
    pub(crate) element: String,
    /// `author`, as received.
    pub(crate) qualifier: Option<String>,
    /// Key of the value in an authority file: an ORCID iD in some repositories, else a number of DSpace's own.
    pub(crate) authority: Option<String>,
    /// The value. Its element is the name of the field in full.
    pub(crate) leaf: Leaf,
}

/// A record of DSpace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dim {
    /// The fields in document order; empty ones are left out.
    pub(crate) fields: Vec<Field>,
    /// Files of the article (`xoai` alone).
    pub(crate) files: Vec<File>,
    /// Values that are not in a field.
    pub(crate) rest: Vec<Leaf>,
    /// Why the rest could not be read, when it could not.
    pub(crate) unread: Option<String>,
}

/// Returns whether an element is a record in DIM or `xoai`.
pub(crate) fn is_record(node: &Node) -> bool {
    let has_fields = || {
        node.children("field")
            .any(|field| field.attribute("mdschema").is_some())
    };
    (node.is("dim") && (has_fields() || node.elements().next().is_none())) || is_xoai(node)
}

fn is_xoai(node: &Node) -> bool {
    node.is("metadata")
        && node
            .children("element")
            .any(|element| element.attribute("name").is_some())
}

/// Reads the record that [`is_record`] found.
pub(crate) fn read(record: &Node, tree: &Tree) -> Dim {
    let mut dim = Dim {
        unread: tree.unread.clone(),
        ..Dim::default()
    };
    if is_xoai(record) {
        dim.read_xoai(record);
    } else {
        for node in record.children("field").take(MAX_FIELDS) {
            let attribute = |name: &str| node.attribute(name).map(str::to_owned);
            let schema = attribute("mdschema").unwrap_or_default();
            let element = attribute("element").unwrap_or_default();
            let qualifier = attribute("qualifier");
            let authority = attribute("authority");
            node.attribute("confidence");
            let names = [Some(schema.as_str()), Some(&element), qualifier.as_deref()];
            let names: Vec<&str> = names.into_iter().flatten().collect();
            dim.push(&names, node.lang().as_deref(), authority, &node.text());
        }
    }
    dim.rest = record.rest(&[]);
    dim
}

impl Dim {
    fn push(&mut self, names: &[&str], lang: Option<&str>, authority: Option<String>, value: &str) {
        let value = value.trim();
        let (Some(schema), Some(element)) = (names.first(), names.get(1)) else {
            return;
        };
        if value.is_empty() {
            return;
        }
        let is_none = |name: &&str| name.eq_ignore_ascii_case("none") || name.is_empty();
        let qualifier = names[2..].join(".");
        let qualifier = Some(qualifier).filter(|name| !is_none(&name.as_str()));
        let full = [Some(*schema), Some(element), qualifier.as_deref()];
        self.fields.push(Field {
            schema: schema.to_ascii_lowercase(),
            element: (*element).to_owned(),
            authority,
            leaf: Leaf {
                element: full.into_iter().flatten().collect::<Vec<_>>().join("."),
                lang: lang.filter(|lang| !is_none(lang)).map(str::to_owned),
                value: value.to_owned(),
            },
            qualifier,
        });
    }

    fn read_xoai(&mut self, record: &Node) {
        for schema in record.children("element") {
            match schema.attribute("name").unwrap_or_default() {
                "bundles" => self.read_bundles(schema),
                // about the record and the repository
                "others" | "repository" | "license" => schema.pass_over(),
                name => {
                    for element in schema.children("element") {
                        let names = vec![name, element.attribute("name").unwrap_or_default()];
                        self.read_element(element, &names);
                    }
                }
            }
        }
    }

    /// The values of an element: right in it, or in the elements of its qualifiers and languages.
    fn read_element(&mut self, node: &Node, names: &[&str]) {
        for inner in node.children("element") {
            let mut names = names.to_vec();
            names.push(inner.attribute("name").unwrap_or_default());
            self.read_element(inner, &names);
        }
        // the innermost element is named after the language
        let (names, lang) = match names.split_last() {
            Some((lang, names)) if names.len() >= 2 => (names, Some(*lang)),
            _ => (names, None),
        };
        for field in node.children("field") {
            if self.fields.len() >= MAX_FIELDS {
                return;
            }
            match field.attribute("name") {
                Some("value") => self.push(names, lang, None, &field.text()),
                // these follow their value
                Some("authority") => {
                    if let Some(last) = self.fields.last_mut() {
                        last.authority = Some(field.text()).filter(|key| !key.is_empty());
                    }
                }
                Some("confidence") => field.pass_over(),
                _ => {}
            }
        }
    }

    /// The bundle `ORIGINAL` holds the article's files; the others hold the licence, the text for searching and
    /// pictures.
    fn read_bundles(&mut self, bundles: &Node) {
        let named = |node: &Node, name: &str| {
            node.children("field")
                .find(|field| field.attribute("name") == Some(name))
                .map(Node::text)
                .filter(|text| !text.is_empty())
        };
        for bundle in bundles.children("element") {
            if named(bundle, "name").as_deref() == Some("ORIGINAL") {
                for stream in bundle
                    .children("element")
                    .flat_map(|e| e.children("element"))
                {
                    let media_type = named(stream, "format");
                    if let Some(url) = named(stream, "url") {
                        let url = Leaf {
                            element: "bitstream".to_owned(),
                            lang: None,
                            value: url,
                        };
                        self.files.push(File { url, media_type });
                    }
                }
            }
            bundle.pass_over();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    fn fields(xml: &str) -> Vec<(String, Option<String>, String)> {
        let tree = tree::read(xml, &[]);
        let dim = read(tree.root.find(&is_record).expect("a record"), &tree);
        assert_eq!(dim.rest, []);
        dim.fields
            .into_iter()
            .map(|field| (field.leaf.element, field.leaf.lang, field.leaf.value))
            .collect()
    }

    #[test]
    fn reads_the_same_fields_from_dim_and_xoai() {
        let dim = r#"<dim:dim xmlns:dim="http://www.dspace.org/xmlns/dspace/dim">
            <dim:field mdschema="dc" element="contributor" qualifier="author" authority="k1" confidence="600">Roe, Ann</dim:field>
            <dim:field mdschema="dc" element="title" lang="en_US">Seams</dim:field>
            <dim:field mdschema="dc" element="title" lang="">Nähte</dim:field>
            <dim:field mdschema="dc" element="subject"/></dim:dim>"#;
        let xoai = r#"<metadata xmlns="http://www.lyncode.com/xoai"><element name="dc">
            <element name="contributor"><element name="author"><element name="none"><field name="value">Roe, Ann</field>
            <field name="authority">k1</field><field name="confidence">600</field></element></element></element>
            <element name="title"><element name="en_US"><field name="value">Seams</field></element>
            <element name="none"><field name="value">Nähte</field></element></element></element></metadata>"#;
        let expected = [
            ("dc.contributor.author", None, "Roe, Ann"),
            ("dc.title", Some("en_US"), "Seams"),
            ("dc.title", None, "Nähte"),
        ];
        let expected = expected.map(|(name, lang, value)| {
            (name.to_owned(), lang.map(str::to_owned), value.to_owned())
        });
        assert_eq!(fields(dim), expected);
        assert_eq!(fields(xoai), expected);
    }

    #[test]
    fn reads_files_of_the_original_bundle() {
        let xml = r#"<metadata><element name="dc"><element name="title"><element name="none"><field name="value">T</field></element></element></element>
            <element name="bundles"><element name="bundle"><field name="name">ORIGINAL</field><element name="bitstreams"><element name="bitstream">
            <field name="name">a.pdf</field><field name="format">application/pdf</field><field name="url">https://x.org/bitstream/1/a.pdf</field></element></element></element>
            <element name="bundle"><field name="name">LICENSE</field><element name="bitstreams"><element name="bitstream"><field name="url">https://x.org/license.txt</field></element></element></element></element>
            <element name="others"><field name="handle">1/2</field></element></metadata>"#;
        let tree = tree::read(xml, &[]);
        let dim = read(tree.root.find(&is_record).expect("a record"), &tree);
        let [file] = dim.files.as_slice() else {
            panic!("{:?}", dim.files)
        };
        assert_eq!(file.url.value, "https://x.org/bitstream/1/a.pdf");
        assert_eq!(file.media_type.as_deref(), Some("application/pdf"));
        assert_eq!(dim.rest, []);
    }
}
