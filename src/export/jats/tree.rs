//! A document as a tree, for the lint: bounded, without a DTD or entities of its own.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

/// Deepest nesting read.
const MAX_DEPTH: usize = 64;

/// One element.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) children: Vec<Node>,
    /// Text directly inside, put together.
    pub(super) text: String,
}

impl Node {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn child(&self, name: &str) -> Option<&Node> {
        self.children.iter().find(|child| child.name == name)
    }

    pub(super) fn children<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Node> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// This element and all inside, with their paths, in document order.
    pub(super) fn walk<'a>(&'a self, path: &str, visit: &mut dyn FnMut(&str, &'a Node)) {
        let path = if path.is_empty() {
            self.name.clone()
        } else {
            format!("{path}/{}", self.name)
        };
        visit(&path, self);
        for child in &self.children {
            child.walk(&path, visit);
        }
    }
}

/// A document: its DOCTYPE, as written, and its root.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) doctype: Option<String>,
    pub(super) root: Node,
}

/// Reads a document; the error says what is not well-formed.
pub(super) fn read(xml: &str) -> Result<Document, String> {
    let mut reader = Reader::from_str(xml);
    let mut document = Document::default();
    // The first stands for the document itself.
    let mut open = vec![Node::default()];
    loop {
        let event = reader.read_event().map_err(|error| error.to_string())?;
        match event {
            Event::Start(start) => {
                if open.len() > MAX_DEPTH {
                    return Err(format!("nested deeper than {MAX_DEPTH} elements"));
                }
                open.push(node(&start)?);
            }
            Event::Empty(start) => close(&mut open, node(&start)?),
            Event::End(_) => {
                if let Some(done) = open.pop() {
                    close(&mut open, done);
                }
            }
            Event::Text(text) => append(&mut open, &text.xml10_content()),
            Event::CData(text) => append(&mut open, &text.xml10_content()),
            Event::GeneralRef(reference) => append(&mut open, &resolve(&reference)?),
            Event::DocType(doctype) => document.doctype = Some(doctype.into_inner().into_owned()),
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
    let [top] = open.as_mut_slice() else {
        return Err("an element is not closed".to_owned());
    };
    if !top.text.trim().is_empty() {
        return Err("text outside the root element".to_owned());
    }
    match (top.children.pop(), top.children.is_empty()) {
        (Some(root), true) => document.root = root,
        _ => return Err("not exactly one root element".to_owned()),
    }
    Ok(document)
}

fn node(start: &BytesStart<'_>) -> Result<Node, String> {
    let mut node = Node {
        name: start.name().as_ref().to_owned(),
        ..Node::default()
    };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let value = attribute
            .normalized_value(quick_xml::XmlVersion::Explicit1_0)
            .map_err(|error| error.to_string())?;
        node.attributes
            .push((attribute.key.as_ref().to_owned(), value.into_owned()));
    }
    Ok(node)
}

fn close(open: &mut [Node], done: Node) {
    if let Some(parent) = open.last_mut() {
        parent.children.push(done);
    }
}

fn append(open: &mut [Node], text: &str) {
    if let Some(node) = open.last_mut() {
        node.text.push_str(text);
    }
}

fn resolve(reference: &BytesRef<'_>) -> Result<String, String> {
    if let Some(c) = reference
        .resolve_char_ref()
        .map_err(|error| error.to_string())?
    {
        return Ok(c.to_string());
    }
    let name = reference.xml10_content();
    quick_xml::escape::resolve_xml_entity(&name)
        .map(str::to_owned)
        .ok_or_else(|| format!("entity &{name}; is not defined"))
}
