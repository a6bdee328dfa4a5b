//! MARC in XML: MARCXML (`record`, MARC21slim) and the older `oai_marc`.
//!
//! OJS writes neither as their schemas want them: `dataField` beside `datafield`, `id`, `i1` and `label`
//! where MARCXML has `tag`, `ind1` and `code`, codes with a dollar sign. Each spelling is read in both.

use std::cell::Cell;

use super::tree::{Node, Tree};

/// More fields than any record has.
const MAX_FIELDS: usize = 10_000;

/// A subfield. It remembers whether it was read, so that the crosswalk can keep what it has no place for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subfield {
    /// A letter in lower case, or a figure.
    pub code: char,
    /// Never empty.
    pub text: String,
    was_read: Cell<bool>,
}

impl Subfield {
    /// A subfield that nobody read.
    pub fn new(code: char, text: impl Into<String>) -> Self {
        Self {
            code,
            text: text.into(),
            was_read: Cell::new(false),
        }
    }

    fn read(&self) -> &str {
        self.was_read.set(true);
        &self.text
    }
}

/// A variable field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    /// Three figures.
    pub tag: String,
    /// First indicator, blank when it is not there.
    pub ind1: char,
    /// Second indicator.
    pub ind2: char,
    /// The subfields in their order; empty ones are left out.
    pub subfields: Vec<Subfield>,
}

impl Field {
    /// Texts of the subfields with this code. They count as read.
    pub fn all(&self, code: char) -> impl Iterator<Item = &str> {
        let of_code = self.subfields.iter().filter(move |sub| sub.code == code);
        of_code.map(Subfield::read)
    }

    /// Text of the first subfield with this code. It counts as read.
    pub fn first(&self, code: char) -> Option<&str> {
        let mut of_code = self.subfields.iter().filter(|sub| sub.code == code);
        of_code.next().map(Subfield::read)
    }

    /// Texts of the subfields with one of these codes, in their order. They count as read.
    pub fn any<'a>(&'a self, codes: &'a str) -> impl Iterator<Item = &'a str> {
        let of_codes = self
            .subfields
            .iter()
            .filter(move |sub| codes.contains(sub.code));
        of_codes.map(Subfield::read)
    }

    /// Text of the first subfield with one of these codes that passes the test. It counts as read.
    pub fn find(&self, codes: &str, test: impl Fn(&str) -> bool) -> Option<&str> {
        let mut subfields = self.subfields.iter();
        let found = subfields.find(|sub| codes.contains(sub.code) && test(&sub.text));
        found.map(Subfield::read)
    }

    /// Returns whether there is a subfield with this code.
    pub fn has(&self, code: char) -> bool {
        self.subfields.iter().any(|sub| sub.code == code)
    }

    /// The subfields that were not read.
    pub fn unread(&self) -> impl Iterator<Item = &Subfield> {
        self.subfields.iter().filter(|sub| !sub.was_read.get())
    }
}

/// A record in MARC.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marc {
    /// Tag and text of each control field. Blanks count in them.
    pub control: Vec<(String, String)>,
    /// The other fields in document order.
    pub fields: Vec<Field>,
    /// Why the rest could not be read, when it could not.
    pub unread: Option<String>,
}

impl Marc {
    /// The fields with one of these tags, in document order.
    pub fn tagged<'a>(&'a self, tags: &'a [&'a str]) -> impl Iterator<Item = &'a Field> {
        self.fields
            .iter()
            .filter(move |field| tags.contains(&field.tag.as_str()))
    }

    /// Text of a control field.
    pub fn control(&self, tag: &str) -> Option<&str> {
        self.control
            .iter()
            .find(|(known, _)| known == tag)
            .map(|(_, text)| text.as_str())
    }
}

/// Returns whether an element is a MARC record, by its name and content.
pub(crate) fn is_record(node: &Node) -> bool {
    node.is("oai_marc")
        || (node.is("record")
            && node
                .elements()
                .any(|child| is_field(child) || is_control(child)))
}

fn is_field(node: &Node) -> bool {
    node.is("datafield") || node.is("varfield")
}

fn is_control(node: &Node) -> bool {
    node.is("controlfield") || node.is("fixfield")
}

/// Reads the record that [`is_record`] found.
pub(crate) fn read(record: &Node, tree: &Tree) -> Marc {
    let mut marc = Marc {
        unread: tree.unread.clone(),
        ..Marc::default()
    };
    for node in record.elements().take(MAX_FIELDS) {
        let tag = node
            .attribute("tag")
            .or_else(|| node.attribute("id"))
            .unwrap_or_default()
            .to_owned();
        if is_control(node) {
            let text: String = node.content.iter().filter_map(text_of).collect();
            marc.control.push((tag, text));
        } else if is_field(node) {
            let indicator = |names: [&str; 2]| {
                let value = names.iter().find_map(|name| node.attribute(name));
                // `#` stands for a blank in documentation, and in OJS
                value
                    .and_then(|value| value.chars().next())
                    .filter(|c| *c != '#')
                    .unwrap_or(' ')
            };
            let subfields = node.children("subfield").filter_map(subfield).collect();
            let (ind1, ind2) = (indicator(["ind1", "i1"]), indicator(["ind2", "i2"]));
            marc.fields.push(Field {
                tag,
                ind1,
                ind2,
                subfields,
            });
        }
    }
    marc
}

fn subfield(node: &Node) -> Option<Subfield> {
    let code = node.attribute("code").or_else(|| node.attribute("label"))?;
    let code = code
        .trim_start_matches('$')
        .chars()
        .next()?
        .to_ascii_lowercase();
    let text = node.text();
    (!text.is_empty()).then(|| Subfield::new(code, text))
}

fn text_of(content: &super::tree::Content) -> Option<&str> {
    match content {
        super::tree::Content::Text(text) => Some(text),
        super::tree::Content::Element(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    fn one(xml: &str) -> Marc {
        let tree = tree::read(xml, &[]);
        read(tree.root.find(&is_record).expect("a record"), &tree)
    }

    #[test]
    fn every_spelling_is_one_field() {
        let field = Field {
            tag: "245".into(),
            ind1: '1',
            ind2: ' ',
            subfields: vec![Subfield::new('a', "Water")],
        };
        for xml in [
            r#"<record><datafield tag="245" ind1="1" ind2=" "><subfield code="a">Water</subfield></datafield></record>"#,
            r##"<marc:record><marc:dataField tag="245" ind1="1" ind2="#"><marc:subfield code="a"> Water
                </marc:subfield></marc:dataField></marc:record>"##,
            r#"<record><datafield id="245" i1="1" i2=" "><subfield label="a">Water</subfield></datafield></record>"#,
            r#"<oai_marc><varfield id="245" i1="1" i2=" "><subfield label="$a">Water</subfield></varfield></oai_marc>"#,
            r#"<collection><record><varfield tag="245" ind1="1"><subfield code="a">Water</subfield><subfield code="b"/></varfield></record></collection>"#,
        ] {
            assert_eq!(one(xml).fields, std::slice::from_ref(&field), "{xml}");
        }
    }

    #[test]
    fn control_fields_keep_their_blanks() {
        let marc = one(r#"<record><controlfield tag="008">  a b  </controlfield></record>"#);
        assert_eq!(marc.control("008"), Some("  a b  "));
    }

    #[test]
    fn other_records_are_not_marc() {
        let tree = tree::read("<record><title>x</title></record>", &[]);
        assert!(tree.root.find(&is_record).is_none());
    }
}
