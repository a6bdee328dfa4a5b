//! The content of a metadata file: one record, or several in an element around them.

use std::fmt::Write as _;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// Deepest nesting that is read.
const MAX_DEPTH: usize = 256;
/// Roots of the formats that are harvested; what holds nothing but these is a collection.
const RECORDS: [&str; 9] = [
    "dc",
    "qualifieddc",
    "record",
    "oai_marc",
    "rfc1807",
    "article",
    "mods",
    "mets",
    "lom",
];

/// An element.
#[derive(Debug, Default)]
pub(super) struct Element<'a> {
    /// The local name.
    pub(super) name: String,
    /// The whole of it.
    pub(super) text: &'a str,
    /// The text of its first child, when that has no children.
    pub(super) first: Option<String>,
    children: usize,
}

/// A well-formed document.
#[derive(Debug, Default)]
pub(super) struct Document<'a> {
    pub(super) root: Element<'a>,
    /// Those of the root.
    pub(super) children: Vec<Element<'a>>,
    /// Namespace declarations of the root, as written.
    namespaces: Vec<(String, String)>,
}

impl<'a> Document<'a> {
    /// Reads a document; what is wrong with it is the error.
    pub(super) fn read(text: &'a str) -> Result<Self, String> {
        let mut reader = Reader::from_str(text);
        let mut document = Self::default();
        // Where the elements that are open begin.
        let mut open: Vec<usize> = Vec::new();
        let mut leaf: Option<String> = None;
        loop {
            let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
            match reader.read_event().map_err(|error| error.to_string())? {
                Event::Start(tag) => {
                    document.open(&tag, open.len())?;
                    open.push(at);
                    leaf = Some(String::new());
                }
                Event::Empty(tag) => {
                    document.open(&tag, open.len())?;
                    let end = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
                    document.close(
                        open.len(),
                        text.get(at..end).unwrap_or_default(),
                        Some(String::new()),
                    );
                    leaf = None;
                }
                Event::End(_) => {
                    let start = open.pop().ok_or("an end tag without a start")?;
                    let end = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
                    document.close(
                        open.len(),
                        text.get(start..end).unwrap_or_default(),
                        leaf.take(),
                    );
                }
                Event::Text(text) => {
                    if let Some(leaf) = &mut leaf {
                        leaf.push_str(&text);
                    }
                }
                Event::GeneralRef(_) | Event::CData(_) => leaf = None,
                Event::DocType(_) => {
                    return Err("it has a document type, which is not read".to_owned());
                }
                Event::Eof if open.is_empty() && !document.root.text.is_empty() => {
                    return Ok(document);
                }
                Event::Eof => return Err("it is cut short".to_owned()),
                _ => {}
            }
        }
    }

    fn open(&mut self, tag: &BytesStart<'_>, depth: usize) -> Result<(), String> {
        let name = || tag.local_name().as_ref().to_string();
        match depth {
            0 if !self.root.name.is_empty() => return Err("it has two roots".to_owned()),
            0 => {
                self.root.name = name();
                for attribute in tag.attributes().with_checks(false).flatten().take(64) {
                    let key: &str = attribute.key.as_ref();
                    if key == "xmlns" || key.starts_with("xmlns:") {
                        self.namespaces
                            .push((key.to_owned(), attribute.value.to_string()));
                    }
                }
            }
            1 => {
                self.root.children += 1;
                self.children.push(Element {
                    name: name(),
                    ..Element::default()
                });
            }
            2 => {
                if let Some(child) = self.children.last_mut() {
                    child.children += 1;
                }
            }
            MAX_DEPTH.. => return Err(format!("it is deeper than {MAX_DEPTH} elements")),
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, depth: usize, text: &'a str, leaf: Option<String>) {
        let leaf = leaf
            .map(|leaf| leaf.trim().to_owned())
            .filter(|leaf| !leaf.is_empty());
        match (depth, self.children.last_mut()) {
            (0, _) => self.root.text = text,
            (1, Some(child)) => {
                child.text = text;
                if self.root.children == 1 {
                    self.root.first = leaf;
                }
            }
            (2, Some(child)) if child.children == 1 => child.first = leaf,
            _ => {}
        }
    }

    /// The records in it, each with the namespaces of the element around them; none when it is one record itself.
    pub(super) fn combined(&self) -> Option<Vec<String>> {
        let is_record = |name: &str| RECORDS.contains(&name.to_ascii_lowercase().as_str());
        let is_collection = self.root.name == "collection"
            || (!is_record(&self.root.name)
                && self.children.iter().all(|child| is_record(&child.name)));
        (is_collection && !self.children.is_empty()).then(|| {
            self.children
                .iter()
                .map(|child| self.alone(child))
                .collect()
        })
    }

    fn alone(&self, child: &Element<'_>) -> String {
        let end = child
            .text
            .find(|c: char| c.is_whitespace() || matches!(c, '>' | '/'))
            .unwrap_or(0);
        let tag = child.text.split('>').next().unwrap_or_default();
        let mut text = child.text[..end].to_owned();
        for (key, value) in &self.namespaces {
            let is_there = tag.split_whitespace().any(|part| {
                part.strip_prefix(key.as_str())
                    .is_some_and(|rest| rest.trim_start().starts_with('='))
            });
            if !is_there {
                let quote = if value.contains('"') { '\'' } else { '"' };
                let _ = write!(text, " {key}={quote}{value}{quote}");
            }
        }
        text + &child.text[end..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collection_gives_its_records_with_its_namespaces() {
        let text = r#"<collection xmlns="urn:a" xmlns:b="urn:b"><record><id>1</id><b:x/></record>
            <record xmlns="urn:c"><id>2</id></record></collection>"#;
        let document = Document::read(text).unwrap();
        let records = document.combined().unwrap();
        assert_eq!(
            records[0],
            r#"<record xmlns="urn:a" xmlns:b="urn:b"><id>1</id><b:x/></record>"#
        );
        assert_eq!(
            records[1],
            r#"<record xmlns:b="urn:b" xmlns="urn:c"><id>2</id></record>"#
        );
        assert_eq!(document.children[1].first.as_deref(), Some("2"));
    }

    #[test]
    fn one_record_is_not_a_collection() {
        let text = "<?xml version=\"1.0\"?>\n<dc><identifier>oai:a:1</identifier><title>A &amp; B</title></dc>\n";
        let document = Document::read(text).unwrap();
        assert!(document.combined().is_none());
        assert_eq!(document.root.first.as_deref(), Some("oai:a:1"));
        assert!(document.root.text.starts_with("<dc>") && document.root.text.ends_with("</dc>"));
    }

    #[test]
    fn rejects_malformed_xml() {
        for text in [
            "",
            "<dc>",
            "<dc></record>",
            "<dc/><dc/>",
            "<!DOCTYPE dc><dc/>",
            "no record",
        ] {
            assert!(Document::read(text).is_err(), "{text}");
        }
    }
}
