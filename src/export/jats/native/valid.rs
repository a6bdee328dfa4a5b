//! Validates an article against the JATS Archiving DTD, without reading the DTD.

use std::collections::HashSet;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::model::{Attribute, Content, Kind, MODEL};
use crate::display::is_safe_in_xml;
use crate::export::jats::tree::{self, Node};

/// Checks that an `<article>`, without DOCTYPE, is valid by the JATS Archiving DTD 1.4, which takes documents of every
/// earlier version. The error is the first reason found why it is not. Checked are well-formedness, the content and the
/// attributes of each element, and that ids are unique and refer to something (XML 1.0, §3).
pub fn validate(xml: &str) -> Result<(), String> {
    well_formed(xml)?;
    let document = tree::read(xml)?;
    if document.root.name != "article" {
        return Err(format!(
            "the root element {} is not an article",
            document.root.name
        ));
    }
    let mut ids = Ids::default();
    let mut open = vec![&document.root];
    while let Some(node) = open.pop() {
        element(node, &mut ids)?;
        open.extend(&node.children);
    }
    match ids.wanted.iter().find(|id| !ids.known.contains(*id)) {
        Some(id) => Err(format!("nothing has the id {id:?}")),
        None => Ok(()),
    }
}

#[derive(Default)]
struct Ids<'a> {
    known: HashSet<&'a str>,
    wanted: Vec<&'a str>,
}

/// Checks that the text is well-formed, which a lenient reader does not.
fn well_formed(xml: &str) -> Result<(), String> {
    if !xml.chars().all(is_safe_in_xml) {
        return Err("a character that XML forbids, or a control character".to_owned());
    }
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_comments = true;
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(tag) | Event::Empty(tag) => {
                for attribute in tag.attributes() {
                    let attribute = attribute.map_err(|error| error.to_string())?;
                    if attribute.value.contains('<') {
                        return Err("a bare < in an attribute".to_owned());
                    }
                }
            }
            Event::Text(text) if text.as_ref().contains("]]>") => {
                return Err("a bare ]]>".to_owned());
            }
            Event::DocType(_) => return Err("a DOCTYPE of its own".to_owned()),
            Event::PI(_) => return Err("a processing instruction".to_owned()),
            Event::CData(_) => return Err("a CDATA section".to_owned()),
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

fn element<'a>(node: &'a Node, ids: &mut Ids<'a>) -> Result<(), String> {
    let name = node.name.as_str();
    let Some(declared) = MODEL.element(name) else {
        return Err(format!("JATS has no element {name}"));
    };
    let children: Vec<&str> = node
        .children
        .iter()
        .map(|child| child.name.as_str())
        .collect();
    let fits = match &declared.content {
        Content::Empty => children.is_empty() && node.text.is_empty(),
        Content::Any => true,
        Content::Mixed(names) => children.iter().all(|child| names.contains(child)),
        Content::Children(particle) => {
            node.text
                .chars()
                .all(|c| matches!(c, ' ' | '\t' | '\n' | '\r'))
                && particle.accepts(&children)
        }
    };
    if !fits {
        return Err(format!("{name} may not hold what it does"));
    }
    for (key, value) in &node.attributes {
        let Some(attribute) = declared
            .attributes
            .iter()
            .find(|attribute| attribute.name == key)
        else {
            return Err(format!("{name} has no attribute {key}"));
        };
        if !holds(attribute, value, ids) {
            return Err(format!("{name} may not have {key}={value:?}"));
        }
    }
    let missing = declared
        .attributes
        .iter()
        .filter(|attribute| attribute.required);
    match missing
        .into_iter()
        .find(|attribute| node.attribute(attribute.name).is_none())
    {
        Some(attribute) => Err(format!("{name} lacks {}", attribute.name)),
        None => Ok(()),
    }
}

/// Returns whether an attribute may have this value.
fn holds<'a>(attribute: &Attribute, value: &'a str, ids: &mut Ids<'a>) -> bool {
    match &attribute.kind {
        Kind::Text => true,
        Kind::OneOf(values) => values.contains(&value.trim()),
        Kind::Id => is_name(value.trim()) && ids.known.insert(value.trim()),
        Kind::References => {
            ids.wanted.extend(value.split_whitespace());
            !value.trim().is_empty() && value.split_whitespace().all(is_name)
        }
        Kind::Tokens => {
            !value.trim().is_empty()
                && value
                    .split_whitespace()
                    .all(|token| token.chars().all(is_name_char))
        }
    }
}

/// `NCName`, narrowly: what is left out is rare, and is then taken for invalid.
fn is_name(text: &str) -> bool {
    text.chars()
        .next()
        .is_some_and(|c| c.is_alphabetic() || c == '_')
        && text.chars().all(is_name_char)
}

fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '.' | '_')
}
