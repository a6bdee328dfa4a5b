//! Abstracts of JATS.

use crate::metadata::tree::{Content, Node, XML_MARK, push_escaped, set_apart};

/// Elements that stand apart from what is before and behind them.
const BLOCKS: [&str; 8] = [
    "p",
    "title",
    "sec",
    "list",
    "list-item",
    "disp-quote",
    "def-list",
    "verse-group",
];
/// Headings of a whole abstract, in lower case.
const HEADINGS: [&str; 8] = [
    "abstract",
    "summary",
    "аннотация",
    "resumen",
    "resumo",
    "résumé",
    "zusammenfassung",
    "özet",
];

/// Heading and text of the sections right in an abstract; empty unless each of them has a heading.
pub(super) fn sections(node: &Node) -> Vec<(String, String)> {
    let mut sections = Vec::new();
    for section in node.children("sec") {
        let title = section.child("title");
        let Some(label) = title.map(Node::text).filter(|label| !label.is_empty()) else {
            return Vec::new();
        };
        let label = label.trim_end_matches([':', '.']).to_owned();
        sections.push((label, text(section, title)));
    }
    sections
}

/// Text of an abstract, its blocks separated by blank lines. Its own heading is left out.
pub(super) fn blocks(node: &Node) -> String {
    let is_heading = |title: &&Node| {
        let title = title.peek();
        let bare = title.trim_end_matches([':', '.']).to_lowercase();
        HEADINGS.contains(&bare.as_str())
    };
    let heading = node.child("title").filter(is_heading);
    if let Some(heading) = heading {
        heading.pass_over();
    }
    text(node, heading)
}

/// The text without one of its elements, with inline markup where there is any.
fn text(node: &Node, without: Option<&Node>) -> String {
    let is_marked = node.has_markup(&[]);
    let mut text = String::new();
    walk(node, without, is_marked, &mut text);
    let text = text.trim();
    if is_marked {
        return format!("{XML_MARK}{text}");
    }
    text.to_owned()
}

fn walk(node: &Node, without: Option<&Node>, is_marked: bool, out: &mut String) {
    node.mark_read();
    for content in &node.content {
        let begin = out.len();
        match content {
            Content::Text(text) if is_marked => push_escaped(out, text),
            Content::Text(text) => out.push_str(text),
            Content::Element(child) if without.is_some_and(|other| std::ptr::eq(other, child)) => {}
            Content::Element(child) if BLOCKS.iter().any(|name| child.is(name)) => {
                out.push_str("\n\n");
                walk(child, without, is_marked, out);
                out.push_str("\n\n");
            }
            Content::Element(child) if child.is("label") => {}
            Content::Element(child) if is_marked => child.push_inline(&["label"], out),
            Content::Element(child) if child.is("break") => out.push('\n'),
            Content::Element(child) if child.is("alternatives") || child.is("tex-math") => {
                out.push_str(&child.rendition());
            }
            Content::Element(child) => walk(child, without, is_marked, out),
        }
        if content.is_block() {
            set_apart(out, begin);
        }
    }
}
