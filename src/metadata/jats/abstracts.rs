//! Abstracts of JATS.

use crate::metadata::tree::{Content, Node};

/// Heading and text of the sections right in an abstract; empty unless each of them has a heading.
pub(super) fn sections(node: &Node) -> Vec<(String, String)> {
    let mut sections = Vec::new();
    for section in node.children("sec") {
        let Some(label) = section.text_of("title") else {
            return Vec::new();
        };
        let text = blocks(section);
        let text = text.strip_prefix(label.as_str()).unwrap_or(&text).trim();
        let label = label.trim_end_matches([':', '.']).to_owned();
        sections.push((label, text.to_owned()));
    }
    sections
}

/// Text of an abstract, its blocks separated by blank lines. Its own heading is left out.
pub(super) fn blocks(node: &Node) -> String {
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
    fn walk(node: &Node, out: &mut String) {
        node.mark_read();
        for content in &node.content {
            match content {
                Content::Text(text) => out.push_str(text),
                Content::Element(child) if BLOCKS.iter().any(|name| child.is(name)) => {
                    out.push_str("\n\n");
                    walk(child, out);
                    out.push_str("\n\n");
                }
                Content::Element(child) if child.is("label") => {}
                Content::Element(child) if child.is("break") => out.push('\n'),
                Content::Element(child) if child.is("alternatives") || child.is("tex-math") => {
                    out.push_str(&child.rendition());
                }
                Content::Element(child) => walk(child, out),
            }
        }
    }
    let heading = node.child("title").filter(|title| {
        [
            "abstract",
            "summary",
            "аннотация",
            "resumen",
            "resumo",
            "résumé",
            "zusammenfassung",
            "özet",
        ]
        .contains(
            &title
                .text()
                .trim_end_matches([':', '.'])
                .to_lowercase()
                .as_str(),
        )
    });
    let mut text = String::new();
    walk(node, &mut text);
    let text = text.trim();
    let heading = heading.map(Node::text).unwrap_or_default();
    text.strip_prefix(heading.as_str())
        .unwrap_or(text)
        .trim()
        .to_owned()
}
