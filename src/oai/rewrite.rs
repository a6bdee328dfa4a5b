//! Writes a record again so that strict XML readers take it, and says what was changed.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::display::{MAX_QUOTE, excerpt};
use crate::oai::ReadError;
use crate::oai::reference::{plain_text, resolve};
use crate::oai::repair::Repairs;
use crate::oai::repair_text::is_xml_char;

/// Elements nested deeper than this are not passed on: libxml2, which most receivers read with, stops at 256, and a
/// record may be put into a document of theirs.
const MAX_DEPTH: usize = 250;
/// Longest text, attribute or comment that libxml2 reads, bytes.
const MAX_TEXT: usize = 10_000_000;
/// Longest name that it reads, bytes.
const MAX_NAME: usize = 50_000;
/// Most changes that are named in a record.
const MAX_NAMED: usize = 20;

const XML: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

/// Prefixes that records use without declaring them, and what all the world declares them as.
const KNOWN: [(&str, &str); 10] = [
    ("dc", "http://purl.org/dc/elements/1.1/"),
    ("dcterms", "http://purl.org/dc/terms/"),
    ("marc", "http://www.loc.gov/MARC21/slim"),
    ("mml", "http://www.w3.org/1998/Math/MathML"),
    ("mods", "http://www.loc.gov/mods/v3"),
    ("oai", "http://www.openarchives.org/OAI/2.0/"),
    ("oai_dc", "http://www.openarchives.org/OAI/2.0/oai_dc/"),
    ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
    ("xlink", "http://www.w3.org/1999/xlink"),
    ("xsi", "http://www.w3.org/2001/XMLSchema-instance"),
];

/// Returns whether strict readers take an element: well-formed (XML 1.0), with every prefix declared (Namespaces in XML
/// 1.0), and within the limits of libxml2.
pub(super) fn is_strict(xml: &str) -> bool {
    let Ok(document) = roxmltree::Document::parse(xml) else {
        return false;
    };
    let root = document.root();
    are_declarations_sound(xml)
        && root.descendants().all(is_within_limits)
        && depth(&document) <= MAX_DEPTH
}

/// Returns whether every declaration of a namespace is one that libxml2 takes: the reader above lets more pass. Text
/// that only looks like a declaration is taken for one; that costs no more than writing the record again.
fn are_declarations_sound(xml: &str) -> bool {
    /// Longest prefix that is looked at: a record of nothing but `xmlns` takes no quadratic time.
    const WINDOW: usize = 256;
    memchr::memmem::find_iter(xml.as_bytes(), "xmlns").all(|at| {
        let rest = &xml[at + "xmlns".len()..];
        let window = &rest[..rest.floor_char_boundary(WINDOW)];
        let Some(equals) = window.find('=') else {
            return true;
        };
        let (name, value) = (&rest[..equals], rest[equals + 1..].trim_start());
        let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
            return true;
        };
        let Some((uri, _)) = value[1..].split_once(quote) else {
            return true;
        };
        match name.trim_end().strip_prefix(':') {
            Some(prefix) => is_declarable(prefix, uri),
            None => uri.chars().all(is_uri_char),
        }
    })
}

/// Characters of a URI (RFC 3986); an ampersand may stand as a reference.
fn is_uri_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._~:/?#@!$&'()*+,;=%".contains(c)
}

/// The URI with what no URI may have percent-encoded.
fn sound_uri(uri: &str) -> String {
    let mut sound = String::with_capacity(uri.len());
    for c in uri.trim().chars() {
        if is_uri_char(c) {
            sound.push(c);
        } else {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                let _ = write!(sound, "%{byte:02X}");
            }
        }
    }
    sound
}

/// Returns whether libxml2 reads what a node itself has.
fn is_within_limits(node: roxmltree::Node<'_, '_>) -> bool {
    let mut attributes = node.attributes();
    node.tag_name().name().len() <= MAX_NAME
        && node.text().is_none_or(|text| text.len() <= MAX_TEXT)
        && attributes.all(|one| one.name().len() <= MAX_NAME && one.value().len() <= MAX_TEXT)
}

/// Returns the depth of nested elements.
fn depth(document: &roxmltree::Document<'_>) -> usize {
    let (mut node, mut depth, mut deepest) = (document.root(), 0, 0);
    loop {
        if let Some(child) = node.first_child() {
            node = child;
            depth += 1;
            deepest = deepest.max(depth);
            continue;
        }
        loop {
            if let Some(next) = node.next_sibling() {
                node = next;
                break;
            }
            let Some(parent) = node.parent() else {
                return deepest;
            };
            node = parent;
            depth -= 1;
        }
    }
}

/// Returns whether a declaration is one that Namespaces in XML 1.0 allows.
pub(super) fn is_declarable(prefix: &str, uri: &str) -> bool {
    if prefix.is_empty() {
        return uri != XML && uri != XMLNS;
    }
    is_nc_name(prefix)
        && !matches!(prefix, "xml" | "xmlns")
        && !matches!(uri, "" | XML | XMLNS)
        && uri.chars().all(is_uri_char)
}

/// Puts a comment that names the changes right behind the first start tag.
pub(super) fn with_note(mut xml: String, changes: &[String]) -> String {
    if changes.is_empty() {
        return xml;
    }
    let mut reader = Reader::from_str(&xml);
    let at = loop {
        match reader.read_event() {
            Ok(Event::Start(_)) => break usize::try_from(reader.buffer_position()).ok(),
            Ok(Event::Empty(_) | Event::Eof) | Err(_) => break None,
            Ok(_) => {}
        }
    };
    if let Some(at) = at {
        let named = &changes[..changes.len().min(MAX_NAMED)];
        xml.insert_str(
            at,
            &format!("<!-- offprint changed: {} -->", named.join("; ")),
        );
    }
    xml
}

/// Writes a record again. Returns it with the changes that were needed.
///
/// # Errors
/// A record whose elements do not close, or that cannot be read.
pub(super) fn rewrite(xml: &str) -> Result<(String, Vec<String>), ReadError> {
    let mut writer = Writer {
        out: String::with_capacity(xml.len() + 256),
        open: Vec::new(),
        changes: BTreeSet::new(),
    };
    let mut reader = Reader::from_str(xml);
    reader.config_mut().allow_dangling_amp = true;
    loop {
        let event = reader.read_event().map_err(|error| ReadError::Malformed {
            offset: usize::try_from(reader.error_position()).unwrap_or(0),
            detail: excerpt(&error.to_string(), MAX_QUOTE).into_owned(),
        })?;
        match event {
            Event::Start(tag) => writer.start(&tag, false),
            Event::Empty(tag) => writer.start(&tag, true),
            Event::End(_) => writer.end(),
            Event::Text(text) => writer.text(&text),
            Event::CData(text) => writer.text(&text),
            Event::GeneralRef(name) => {
                let text = resolve(&name, &mut Repairs::default());
                writer.text(&text);
            }
            Event::Comment(_) => writer.note("comments left out"),
            Event::PI(_) | Event::Decl(_) | Event::DocType(_) => {
                writer.note("processing instructions left out");
            }
            Event::Eof => break,
        }
    }
    if !writer.open.is_empty() {
        return Err(ReadError::Malformed {
            offset: xml.len(),
            detail: "elements are not closed".to_owned(),
        });
    }
    if writer.changes.is_empty() {
        writer.note("characters escaped");
    }
    Ok((writer.out, writer.changes.into_iter().collect()))
}

/// An element that is open.
struct Open {
    /// The name as written.
    name: String,
    /// Prefixes that its tag declares, and what they are bound to.
    declared: Vec<(String, String)>,
}

struct Writer {
    out: String,
    open: Vec<Open>,
    changes: BTreeSet<String>,
}

impl Writer {
    fn note(&mut self, change: &str) {
        if self.changes.len() < MAX_NAMED && !self.changes.contains(change) {
            self.changes.insert(change.to_owned());
        }
    }

    fn start(&mut self, tag: &BytesStart<'_>, is_empty: bool) {
        let mut declared: Vec<(String, String)> = Vec::new();
        let mut attributes: Vec<(String, String)> = Vec::new();
        for attribute in tag.attributes().with_checks(false) {
            let Ok(attribute) = attribute else {
                self.note("attributes without a value left out");
                continue;
            };
            let key: &str = attribute.key.as_ref();
            let value = plain_text(&attribute.value);
            match key.strip_prefix("xmlns") {
                Some("") => self.declare(&mut declared, "", &value),
                Some(prefix) if prefix.starts_with(':') => {
                    self.declare(&mut declared, &prefix[1..], &value);
                }
                _ => attributes.push((self.name(key), value)),
            }
        }
        let name = self.name(tag.name().as_ref());
        self.bind(&mut declared, &name);
        for (key, _) in &attributes {
            self.bind(&mut declared, key);
        }
        self.out.push('<');
        self.out.push_str(&name);
        for (prefix, uri) in &declared {
            let colon = if prefix.is_empty() { "" } else { ":" };
            push_attribute(&mut self.out, &format!("xmlns{colon}{prefix}"), uri);
        }
        self.open.push(Open { name, declared });
        self.attributes(&attributes);
        if is_empty {
            self.out.push_str("/>");
            self.open.pop();
        } else {
            self.out.push('>');
        }
    }

    /// Writes attributes, each once by its name and namespace.
    fn attributes(&mut self, attributes: &[(String, String)]) {
        let mut known: BTreeSet<(String, String)> = BTreeSet::new();
        for (key, value) in attributes {
            let (prefix, local) = key.split_once(':').unwrap_or(("", key));
            let namespace = match prefix {
                "" => String::new(),
                prefix => self.bound(prefix).unwrap_or(prefix).to_owned(),
            };
            if known.insert((namespace, local.to_owned())) {
                push_attribute(&mut self.out, key, value);
            } else {
                self.note("repeated attributes left out");
            }
        }
    }

    fn end(&mut self) {
        if let Some(open) = self.open.pop() {
            self.out.push_str("</");
            self.out.push_str(&open.name);
            self.out.push('>');
        }
    }

    fn text(&mut self, text: &str) {
        push_escaped(&mut self.out, text);
    }

    /// Takes a declaration of the record, unless it is one that cannot be made.
    fn declare(&mut self, declared: &mut Vec<(String, String)>, prefix: &str, uri: &str) {
        let sound = sound_uri(uri);
        if sound != uri {
            self.note("characters of namespaces encoded");
        }
        if declared.iter().any(|(known, _)| known == prefix) {
            self.note("repeated attributes left out");
        } else if is_declarable(prefix, &sound) {
            declared.push((prefix.to_owned(), sound));
        } else if prefix != "xml" {
            self.note("namespace declarations that are not allowed left out");
        }
    }

    /// Declares the prefix of a name that nothing declares.
    fn bind(&mut self, declared: &mut Vec<(String, String)>, name: &str) {
        let Some((prefix, _)) = name.split_once(':') else {
            return;
        };
        let is_known = prefix == "xml"
            || declared.iter().any(|(known, _)| known == prefix)
            || self.bound(prefix).is_some();
        if is_known {
            return;
        }
        let known = KNOWN.iter().find(|(known, _)| *known == prefix);
        let uri = match known {
            Some((_, uri)) => (*uri).to_owned(),
            None => format!("urn:x-undeclared:{prefix}"),
        };
        let shown: String = prefix.chars().take(40).collect();
        self.note(&format!("namespace prefix {shown} declared"));
        declared.push((prefix.to_owned(), uri));
    }

    /// Returns the namespace that the open elements bind to a prefix.
    fn bound(&self, prefix: &str) -> Option<&str> {
        self.open.iter().rev().find_map(|open| {
            let found = open.declared.iter().find(|(known, _)| known == prefix);
            found.map(|(_, uri)| uri.as_str())
        })
    }

    /// A name as Namespaces in XML allows it: at most one colon, and no other character than a name may have.
    fn name(&mut self, name: &str) -> String {
        let (prefix, local) = match name.split_once(':') {
            Some((prefix, local)) if !prefix.is_empty() && !local.is_empty() => {
                (Some(prefix), local)
            }
            _ => (None, name),
        };
        let mut sound = String::with_capacity(name.len());
        if let Some(prefix) = prefix.filter(|prefix| *prefix != "xmlns") {
            sound.push_str(&nc_name(prefix));
            sound.push(':');
        }
        sound.push_str(&nc_name(local));
        if sound != name {
            self.note("names that are not allowed replaced");
        }
        sound
    }
}

fn push_attribute(out: &mut String, name: &str, value: &str) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    push_escaped(out, value);
    out.push('"');
}

fn push_escaped(out: &mut String, text: &str) {
    for c in text.chars().filter(|&c| is_xml_char(c)) {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(c),
        }
    }
}

/// A name without a colon, its forbidden characters replaced.
fn nc_name(name: &str) -> String {
    let mut sound = String::with_capacity(name.len() + 1);
    if !name.starts_with(is_name_start) {
        sound.push('_');
    }
    sound.extend(name.chars().map(|c| if is_name_char(c) { c } else { '_' }));
    sound
}

fn is_nc_name(name: &str) -> bool {
    name.starts_with(is_name_start) && name.chars().all(is_name_char)
}

/// `NameStartChar` of XML 1.0, fifth edition, without the colon.
fn is_name_start(c: char) -> bool {
    matches!(c, 'A'..='Z' | '_' | 'a'..='z' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}'
        | '\u{10000}'..='\u{EFFFF}')
}

/// `NameChar`, likewise.
fn is_name_char(c: char) -> bool {
    is_name_start(c)
        || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}
