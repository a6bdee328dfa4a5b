//! The list of references of JATS.

use crate::metadata::jats::Reference;
use crate::metadata::tree::{Content, Node};

/// The references in their order. A reference as printed (`mixed-citation`) comes before one in elements.
pub(super) fn read(back: &Node, limit: usize) -> Vec<Reference> {
    let lists = back.all("ref-list");
    let refs = lists.into_iter().flat_map(|list| list.all("ref"));
    refs.filter_map(reference).take(limit).collect()
}

fn reference(node: &Node) -> Option<Reference> {
    let inner = node.child("citation-alternatives").unwrap_or(node);
    let printed = ["mixed-citation", "citation", "note"];
    let by_elements = ["element-citation", "nlm-citation"];
    let find = |names: &[&str]| inner.elements().find(|child| names.iter().any(|name| child.is(name)));
    let citation = find(&printed).or_else(|| find(&by_elements)).unwrap_or(inner);
    let doi = citation.find(&|id| id.is("pub-id") && id.attribute("pub-id-type") == Some("doi"));
    let has_text = |node: &Node| {
        node.content.iter().any(|c| matches!(c, Content::Text(text) if !text.trim().is_empty()))
    };
    // `citation` of NLM 2.3 is either
    let printed = has_text(citation) || citation.find(&|node| node.is("italic") && has_text(node)).is_some();
    let raw = if printed { citation.text_without(&["label"]) } else { put_together(citation) };
    (!raw.is_empty()).then(|| Reference { raw, printed, doi: doi.map(Node::text) })
}

/// `Surname Given, Surname Given. Title. Source. Year; Volume(Issue): First-Last. Rest`
fn put_together(citation: &Node) -> String {
    let text = |name: &str| citation.text_of(name).map(|text| squeezed(&text));
    let mut names: Vec<String> = Vec::new();
    for node in citation.all("name").into_iter().chain(citation.all("string-name")) {
        let parts = ["surname", "given-names"].map(|part| node.text_of(part).unwrap_or_default());
        let name = if parts.iter().all(String::is_empty) { node.text() } else { parts.join(" ") };
        names.push(squeezed(&name));
    }
    names.extend(citation.all("collab").into_iter().map(|node| squeezed(&node.text())));
    let mut parts = vec![names.join(", ")];
    for name in ["article-title", "chapter-title", "trans-title", "source", "edition"] {
        parts.extend(text(name));
    }
    parts.extend(match (text("publisher-loc"), text("publisher-name")) {
        (Some(place), Some(name)) => Some(format!("{place}: {name}")),
        (place, name) => place.or(name),
    });
    let mut issue = text("year").unwrap_or_default();
    if let Some(volume) = text("volume") {
        issue = if issue.is_empty() { volume } else { format!("{issue}; {volume}") };
    }
    if let Some(number) = text("issue") {
        issue = format!("{issue}({number})");
    }
    if let Some(first) = text("fpage").or_else(|| text("elocation-id")) {
        issue = format!("{issue}: {first}");
        if let Some(last) = text("lpage") {
            issue = format!("{issue}-{last}");
        }
    }
    parts.push(issue.trim_start_matches([':', ' ']).to_owned());
    let known = [
        "name",
        "string-name",
        "collab",
        "person-group",
        "article-title",
        "chapter-title",
        "trans-title",
        "source",
        "edition",
        "publisher-loc",
        "publisher-name",
        "year",
        "volume",
        "issue",
        "fpage",
        "lpage",
        "elocation-id",
        "label",
    ];
    for node in citation.elements().filter(|node| !known.iter().any(|name| node.is(name))) {
        parts.push(squeezed(&node.text()));
    }
    parts.retain(|part| !part.is_empty());
    parts.iter().map(|part| part.trim_end_matches('.')).collect::<Vec<_>>().join(". ")
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
