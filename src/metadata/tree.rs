//! A record's XML as a bounded tree of elements, for formats whose elements only mean something where they
//! stand.
//!
//! Reading goes by local name and never fails: what cannot be read is left out and said in
//! [`Tree::unread`]; characters that XML forbids are dropped. An end tag closes the nearest element of its name; text
//! deeper than [`MAX_DEPTH`] belongs to the deepest element that is kept.
//!
//! The tree remembers which of its values were read. [`Node::rest`] hands out the others, so that no reader loses a
//! value that it does not know.

use std::cell::Cell;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

use super::leaf::Leaf;
use super::mathml;
use super::xml::{lenient, push_bounded, resolve};
use crate::oai::is_xml_char;

/// Begins a text of which the tags are tags and one layer of escapes is syntax: [`Node::marked_without`].
pub(crate) const XML_MARK: char = '\u{FF0FF}';

/// Elements within one another.
const MAX_DEPTH: usize = 60;
/// Elements of one record.
const MAX_ELEMENTS: usize = 100_000;
/// Attributes of one element.
const MAX_ATTRIBUTES: usize = 50;
/// Bytes of text in one record.
const MAX_TEXT: usize = 8 << 20;
/// Values that [`Node::rest`] hands out at most.
const MAX_REST: usize = 10_000;
/// Attributes that say how the XML is to be read, and not what the record states.
const OF_THE_XML: [&str; 6] = [
    "schemaLocation",
    "noNamespaceSchemaLocation",
    "schemeURI",
    "SchemeURI",
    "authorityURI",
    "dtd-version",
];

/// Elements that stand inside words and lines of text: their text joins what stands beside it. That of any other
/// element is set apart.
const INLINE: [&str; 50] = [
    "a",
    "abbr",
    "abbrev",
    "b",
    "big",
    "bold",
    "code",
    "em",
    "email",
    "ext-link",
    "font",
    "i",
    "inline-formula",
    "italic",
    "milestone-end",
    "milestone-start",
    "named-content",
    "monospace",
    "none",
    "overline",
    "private-char",
    "q",
    "rb",
    "roman",
    "rt",
    "ruby",
    "s",
    "sans-serif",
    "sc",
    "small",
    "small-caps",
    "span",
    "strike",
    "strong",
    "styled-content",
    "sub",
    "sup",
    "tex-math",
    "tt",
    "u",
    "underline",
    "uri",
    "x",
    "xref",
    "chem-struct",
    "inline-graphic",
    "fixed-case",
    "price",
    "var",
    "inline-media",
];

/// The content of an element, in document order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Text(String),
    Element(Node),
}

/// One attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Attribute {
    /// Local name, as received.
    name: String,
    value: String,
    was_read: Cell<bool>,
}

/// One element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Node {
    /// Local name, as received.
    pub(crate) name: String,
    attributes: Vec<Attribute>,
    pub(crate) content: Vec<Content>,
    was_read: Cell<bool>,
}

/// A parsed record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tree {
    /// The elements that stand outermost; it has no name.
    pub(crate) root: Node,
    /// Why the rest could not be read, when it could not.
    pub(crate) unread: Option<String>,
}

impl Node {
    fn opened(tag: &BytesStart<'_>) -> Self {
        let name = tag.local_name().into_inner().to_owned();
        let mut attributes: Vec<Attribute> = Vec::new();
        for attribute in tag.attributes().with_checks(false).flatten() {
            let key = attribute.key.as_ref();
            let local = attribute.key.local_name().into_inner();
            if key.starts_with("xmlns")
                || OF_THE_XML.contains(&local)
                || attributes.len() >= MAX_ATTRIBUTES
            {
                continue;
            }
            let value = match attribute.normalized_value(XmlVersion::Explicit1_0) {
                Ok(value) => value.into_owned(),
                Err(_) => attribute.value.into_owned(),
            };
            let value: String = value.chars().filter(|c| is_xml_char(*c)).collect();
            match attributes.iter_mut().find(|known| known.name == local) {
                None => attributes.push(Attribute {
                    name: local.to_owned(),
                    value,
                    was_read: Cell::new(false),
                }),
                // `type` is not `xlink:type`
                Some(known) if key == local => known.value = value,
                Some(_) => {}
            }
        }
        Self {
            name,
            attributes,
            content: Vec::new(),
            was_read: Cell::new(false),
        }
    }

    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// An attribute by its local name; nothing but white space is none. It counts as read.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let attribute = self.attributes.iter().find(|known| known.name == name)?;
        attribute.was_read.set(true);
        Some(attribute.value.trim()).filter(|value| !value.is_empty())
    }

    /// An attribute whose value is of use; another does not count as read.
    pub(crate) fn attribute_if(
        &self,
        name: &str,
        is_of_use: impl Fn(&str) -> bool,
    ) -> Option<&str> {
        let attribute = self.attributes.iter().find(|known| known.name == name)?;
        is_of_use(&attribute.value)
            .then(|| self.attribute(name))
            .flatten()
    }

    /// The first of several attributes that is there; all of them count as read.
    pub(crate) fn any_attribute(&self, names: &[&str]) -> Option<&str> {
        let found: Vec<&str> = names
            .iter()
            .filter_map(|name| self.attribute(name))
            .collect();
        found.first().copied()
    }

    /// `xml:lang` or `lang`.
    pub(crate) fn lang(&self) -> Option<String> {
        self.attribute("lang").map(str::to_owned)
    }

    pub(crate) fn elements(&self) -> impl Iterator<Item = &Node> {
        self.content.iter().filter_map(|content| match content {
            Content::Element(node) => Some(node),
            Content::Text(_) => None,
        })
    }

    /// The elements of one name right below.
    pub(crate) fn children<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Node> {
        self.elements().filter(move |node| node.is(name))
    }

    pub(crate) fn child(&self, name: &str) -> Option<&Node> {
        self.elements().find(|node| node.is(name))
    }

    /// The elements of one name at any depth, in document order; none inside another.
    pub(crate) fn all<'a>(&'a self, name: &str) -> Vec<&'a Node> {
        let mut found = Vec::new();
        self.collect(&|node| node.is(name), &mut found);
        found
    }

    /// The first element, at any depth, that passes the test; itself included.
    pub(crate) fn find(&self, test: &dyn Fn(&Node) -> bool) -> Option<&Node> {
        if test(self) {
            return Some(self);
        }
        self.elements().find_map(|node| node.find(test))
    }

    fn collect<'a>(&'a self, test: &dyn Fn(&Node) -> bool, found: &mut Vec<&'a Node>) {
        for node in self.elements() {
            if test(node) {
                found.push(node);
            } else {
                node.collect(test, found);
            }
        }
    }

    /// All text inside, without white space at its ends. It counts as read.
    pub(crate) fn text(&self) -> String {
        self.text_without(&[])
    }

    /// The text inside, elements of these names left out; the rest counts as read.
    pub(crate) fn text_without(&self, names: &[&str]) -> String {
        let mut text = String::new();
        self.flatten(names, true, &mut text);
        text.trim().to_owned()
    }

    /// The text inside with its inline markup, elements of these names left out; the rest counts as read. Where there
    /// is none, it is the text alone; else it begins with [`XML_MARK`].
    pub(crate) fn marked_without(&self, names: &[&str]) -> String {
        if !self.has_markup(names) {
            return self.text_without(names);
        }
        let mut text = String::from(XML_MARK);
        self.push_marked(names, &mut text);
        text.trim_end().to_owned()
    }

    /// Returns whether an element of inline markup is inside, outside elements of these names.
    pub(crate) fn has_markup(&self, without: &[&str]) -> bool {
        self.elements().any(|node| {
            !without.iter().any(|name| node.is(name))
                && (markup_name(node).is_some() || node.is("math") || node.has_markup(without))
        })
    }

    /// Writes the content as XML of which only text and inline markup is left.
    pub(crate) fn push_marked(&self, without: &[&str], out: &mut String) {
        self.was_read.set(true);
        let mut is_apart = false;
        for content in &self.content {
            let begin = out.len();
            let is_block = content.is_block();
            match content {
                Content::Text(text) => push_escaped(out, text),
                Content::Element(node) if without.iter().any(|name| node.is(name)) => {}
                Content::Element(node) => node.push_inline(without, out),
            }
            if is_apart || is_block {
                set_apart(out, begin);
            }
            is_apart = is_block || (is_apart && out.len() == begin);
        }
    }

    /// Writes the element itself, as one of inline markup, a formula, or its content alone.
    pub(crate) fn push_inline(&self, without: &[&str], out: &mut String) {
        if self.is("break") {
            out.push('\n');
        } else if self.is("math") {
            self.push_math(out);
        } else if self.is("tex-math") {
            push_escaped(out, &self.rendition());
        } else if self.is("alternatives") {
            self.pass_over();
            let names = ["math", "textual-form", "tex-math"];
            let rendition = names.iter().find_map(|name| self.child(name));
            if let Some(node) = rendition.or_else(|| self.elements().next()) {
                node.push_inline(without, out);
            }
        } else if let Some(name) = markup_name(self) {
            out.extend(["<", name, ">"]);
            self.push_marked(without, out);
            out.extend(["</", name, ">"]);
        } else {
            self.push_marked(without, out);
        }
    }

    /// Writes MathML with its attributes.
    fn push_math(&self, out: &mut String) {
        self.was_read.set(true);
        let name = self.name.to_ascii_lowercase();
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return;
        }
        out.extend(["<", &name]);
        for attribute in &self.attributes {
            attribute.was_read.set(true);
            out.extend([" ", &attribute.name, "=\""]);
            push_escaped(out, &attribute.value);
            out.push('"');
        }
        out.push('>');
        for content in &self.content {
            match content {
                Content::Text(text) => push_escaped(out, text),
                Content::Element(node) => node.push_math(out),
            }
        }
        out.extend(["</", &name, ">"]);
    }

    /// The text inside, for a decision that does not use it: it does not count as read.
    pub(crate) fn peek(&self) -> String {
        let mut text = String::new();
        self.flatten(&[], false, &mut text);
        text.trim().to_owned()
    }

    fn flatten(&self, without: &[&str], reads: bool, text: &mut String) {
        if reads {
            self.was_read.set(true);
        }
        let mut is_apart = false;
        for content in &self.content {
            let begin = text.len();
            let is_block = content.is_block();
            match content {
                Content::Text(part) => text.push_str(part),
                Content::Element(node) if without.iter().any(|name| node.is(name)) => {}
                Content::Element(node) if node.is("break") => text.push('\n'),
                Content::Element(node) if node.is("alternatives") => {
                    node.flatten_rendition(without, reads, text);
                }
                Content::Element(node) if node.is("tex-math") => {
                    text.push_str(formula(&node.peek()));
                    node.was_read.set(node.was_read.get() || reads);
                }
                Content::Element(node) => node.flatten(without, reads, text),
            }
            if is_apart || is_block {
                set_apart(text, begin);
            }
            is_apart = is_block || (is_apart && text.len() == begin);
        }
    }

    /// The text of a formula; of `alternatives` one rendition. It counts as read.
    pub(crate) fn rendition(&self) -> String {
        let mut text = String::new();
        if self.is("tex-math") {
            self.was_read.set(true);
            text.push_str(formula(&self.peek()));
        } else {
            self.flatten_rendition(&[], true, &mut text);
        }
        text
    }

    /// One rendition of a formula that is there several times: MathML, else text, else TeX.
    fn flatten_rendition(&self, without: &[&str], reads: bool, text: &mut String) {
        if reads {
            self.pass_over();
        }
        let rendition = ["math", "textual-form", "tex-math"]
            .iter()
            .find_map(|name| self.child(name))
            .or_else(|| self.elements().next());
        match rendition {
            Some(node) if node.is("tex-math") => text.push_str(formula(&node.peek())),
            Some(node) => node.flatten(without, reads, text),
            None => {}
        }
    }

    /// Returns whether text stands right in the element, outside the elements in it.
    pub(crate) fn has_own_text(&self) -> bool {
        self.content
            .iter()
            .any(|content| matches!(content, Content::Text(text) if !text.trim().is_empty()))
    }

    /// Marks the text right in the element as read, for readers that walk through the content themselves.
    pub(crate) fn mark_read(&self) {
        self.was_read.set(true);
    }

    /// Marks the element with all that it holds as read: it states nothing about the article.
    pub(crate) fn pass_over(&self) {
        self.was_read.set(true);
        for attribute in &self.attributes {
            attribute.was_read.set(true);
        }
        self.elements().for_each(Self::pass_over);
    }

    /// The element's text as a value; `None` where it is empty. It counts as read.
    pub(crate) fn leaf(&self) -> Option<Leaf> {
        let value = self.text();
        (!value.is_empty()).then(|| Leaf {
            element: self.name.clone(),
            lang: self.lang(),
            value,
        })
    }

    /// The texts of the children of one name, as values; empty ones are left out.
    pub(crate) fn leaves(&self, name: &str) -> Vec<Leaf> {
        self.children(name).filter_map(Self::leaf).collect()
    }

    /// An attribute as a value; it counts as read.
    pub(crate) fn attribute_leaf(&self, name: &str) -> Option<Leaf> {
        let value = self.attribute(name)?.to_owned();
        Some(Leaf {
            element: format!("{}/@{name}", self.name),
            lang: None,
            value,
        })
    }

    /// The first of several attributes that is there, as a value; all of them count as read.
    pub(crate) fn any_leaf(&self, names: &[&str]) -> Option<Leaf> {
        let leaves: Vec<Leaf> = names
            .iter()
            .filter_map(|name| self.attribute_leaf(name))
            .collect();
        leaves.into_iter().next()
    }

    /// The values in the element that were not read, except in elements of these names.
    pub(crate) fn rest(&self, passed_over: &[&str]) -> Vec<Leaf> {
        let mut rest = Vec::new();
        self.collect_rest(passed_over, &mut rest);
        rest
    }

    /// Hands out the values that were not read, each under the name of its element.
    fn collect_rest(&self, passed_over: &[&str], rest: &mut Vec<Leaf>) {
        if rest.len() >= MAX_REST || passed_over.iter().any(|name| self.is(name)) {
            return;
        }
        for attribute in &self.attributes {
            if attribute.states_a_value() && !attribute.was_read.get() {
                rest.push(Leaf {
                    element: format!("{}/@{}", self.name, attribute.name),
                    lang: None,
                    value: attribute.value.trim().to_owned(),
                });
            }
        }
        if !self.was_read.get() && self.has_own_text() {
            rest.extend(self.leaf());
            return;
        }
        for node in self.elements() {
            node.collect_rest(passed_over, rest);
        }
    }

    /// The text of a child, if there is any.
    pub(crate) fn text_of(&self, name: &str) -> Option<String> {
        self.child(name)
            .map(Self::text)
            .filter(|text| !text.is_empty())
    }

    fn push_text(&mut self, text: &str) {
        if let Some(Content::Text(last)) = self.content.last_mut() {
            last.push_str(text);
        } else {
            self.content.push(Content::Text(text.to_owned()));
        }
    }
}

/// The element of inline markup that a node is, by the names that JATS and HTML have for it.
fn markup_name(node: &Node) -> Option<&'static str> {
    const NAMES: [(&str, &str); 10] = [
        ("italic", "italic"),
        ("i", "italic"),
        ("em", "italic"),
        ("bold", "bold"),
        ("b", "bold"),
        ("strong", "bold"),
        ("sup", "sup"),
        ("sub", "sub"),
        ("sc", "sc"),
        ("small-caps", "sc"),
    ];
    let named = NAMES.iter().find(|(name, _)| node.is(name))?;
    Some(named.1)
}

/// Text as the content of an element or an attribute.
pub(crate) fn push_escaped(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
}

impl Content {
    /// Returns whether it is an element whose text is set apart from what stands beside it.
    pub(crate) fn is_block(&self) -> bool {
        match self {
            Self::Text(_) => false,
            Self::Element(node) => {
                !INLINE.iter().any(|name| node.is(name)) && !mathml::is_element(&node.name)
            }
        }
    }
}

/// Puts a blank where two words touch at a place in a text.
pub(crate) fn set_apart(text: &mut String, at: usize) {
    let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    if is_word(text[..at].chars().next_back()) && is_word(text[at..].chars().next()) {
        text.insert(at, ' ');
    }
}

impl Attribute {
    /// Returns whether it holds a value of its own. The others qualify the text of their element.
    fn states_a_value(&self) -> bool {
        self.value.contains("://")
            || matches!(self.name.as_str(), "href" | "resource" | "iso-8601-date")
    }
}

/// The formula of a document in TeX: what stands between its `document` and without the dollar signs around it.
fn formula(tex: &str) -> &str {
    let body = tex
        .split_once("\\begin{document}")
        .map_or(tex, |(_, body)| body);
    let body = body
        .split_once("\\end{document}")
        .map_or(body, |(body, _)| body);
    body.trim().trim_matches('$').trim()
}

/// Reads XML; elements called one of `skipped` are left out with what they hold.
pub(crate) fn read(xml: &str, skipped: &[&str]) -> Tree {
    let mut builder = Builder {
        open: vec![Node::default()],
        beyond: 0,
        skipping: None,
        elements: 0,
        bytes: 0,
    };
    let mut reader = lenient(xml);
    let mut unread = None;
    loop {
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(error) => {
                unread = Some(format!("{error} at byte {}", reader.error_position()));
                break;
            }
        };
        let whole = match event {
            Event::Start(tag) => builder.start(&tag, skipped),
            Event::Empty(tag) => {
                let whole = builder.start(&tag, skipped);
                builder.end(tag.local_name().into_inner());
                whole
            }
            Event::End(tag) => {
                builder.end(tag.local_name().into_inner());
                true
            }
            Event::Text(text) => builder.text(&text.xml10_content()),
            Event::CData(text) => builder.text(&text.xml10_content()),
            Event::GeneralRef(reference) => builder.text(&resolve(&reference)),
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => true,
        };
        if !whole {
            unread = Some(format!(
                "more than {MAX_ELEMENTS} elements or {MAX_TEXT} bytes of text"
            ));
            break;
        }
    }
    Tree {
        root: builder.finish(),
        unread,
    }
}

struct Builder {
    /// Elements that are open; the first is the root.
    open: Vec<Node>,
    /// Elements open below the deepest that is kept.
    beyond: usize,
    /// Name of the element that is being left out, and how often it is open.
    skipping: Option<(String, usize)>,
    elements: usize,
    bytes: usize,
}

impl Builder {
    fn start(&mut self, tag: &BytesStart<'_>, skipped: &[&str]) -> bool {
        let local = tag.local_name();
        let name = local.as_ref();
        if let Some((skipping, depth)) = &mut self.skipping {
            if skipping == name {
                *depth += 1;
            }
            return true;
        }
        if skipped.contains(&name) {
            self.skipping = Some((name.to_owned(), 1));
            return true;
        }
        if self.open.len() > MAX_DEPTH {
            self.beyond += 1;
            return true;
        }
        self.elements += 1;
        self.open.push(Node::opened(tag));
        self.elements <= MAX_ELEMENTS
    }

    fn end(&mut self, name: &str) {
        if let Some((skipping, depth)) = &mut self.skipping {
            if skipping == name {
                *depth -= 1;
            }
            if *depth == 0 {
                self.skipping = None;
            }
            return;
        }
        if self.beyond > 0 {
            self.beyond -= 1;
            return;
        }
        if let Some(at) = self.open.iter().skip(1).rposition(|node| node.name == name) {
            self.close(at + 1);
        }
    }

    /// Closes the elements from this one on.
    fn close(&mut self, from: usize) {
        while self.open.len() > from.max(1)
            && let Some(node) = self.open.pop()
            && let Some(parent) = self.open.last_mut()
        {
            parent.content.push(Content::Element(node));
        }
    }

    fn text(&mut self, text: &str) -> bool {
        if self.skipping.is_some() {
            return true;
        }
        let mut kept = String::new();
        let whole = push_bounded(&mut kept, text, MAX_TEXT - self.bytes);
        self.bytes += kept.len();
        kept.retain(is_xml_char);
        if let Some(node) = self.open.last_mut() {
            node.push_text(&kept);
        }
        whole
    }

    fn finish(mut self) -> Node {
        self.close(1);
        self.open.pop().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_by_local_name_and_keeps_order() {
        let tree = read(
            r#"<x:a xml:lang="en" xlink:type="simple" type="t"><c>1<i>2</i>&amp;3</c><skip><c>no</c></skip><c/>tail</x:a>"#,
            &["skip"],
        );
        let a = tree.root.child("A").unwrap();
        assert_eq!(
            (a.lang().as_deref(), a.attribute("type")),
            (Some("en"), Some("t"))
        );
        assert_eq!(
            a.children("c").map(Node::text).collect::<Vec<_>>(),
            ["12&3", ""]
        );
        assert_eq!(a.text(), "12&3 tail");
        assert_eq!(tree.unread, None);
    }

    #[test]
    fn words_of_two_elements_are_set_apart() {
        let text = |xml: &str| read(xml, &[]).root.text();
        assert_eq!(text("<a><name>Doe</name><name>Roe</name></a>"), "Doe Roe");
        assert_eq!(text("<a>See<title>Water</title>now</a>"), "See Water now");
        assert_eq!(
            text("<a>H<sub>2</sub>O, <i>E</i>. coli</a>"),
            "H2O, E. coli"
        );
        assert_eq!(text("<a>(<year>2004</year>)</a>"), "(2004)");
    }

    #[test]
    fn end_tags_close_the_nearest_of_their_name() {
        let tree = read("<a><b>x<c>y</b></z><d>w</d>", &[]);
        let a = tree.root.child("a").unwrap();
        assert_eq!(
            a.elements()
                .map(|node| node.name.as_str())
                .collect::<Vec<_>>(),
            ["b", "d"]
        );
        assert_eq!(a.child("b").unwrap().text(), "x y");
    }

    #[test]
    fn depth_is_bounded_and_text_is_not_lost() {
        let deep = format!(
            "{}deep{}<b>after</b>",
            "<a>".repeat(5000),
            "</a>".repeat(5000)
        );
        let tree = read(&deep, &[]);
        assert_eq!(tree.root.text(), "deepafter");
        assert_eq!(tree.root.elements().count(), 2);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(xml in r#"(</?(a|b|skip)( x='1"?)?/?>|&[a-z#0-9]*;?|<!\[CDATA\[|\]\]>|<!--|[a-zé ]){0,60}"#) {
            read(&xml, &["skip"]);
        }
    }
}
