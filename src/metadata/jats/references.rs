//! The list of references of JATS.

use crate::metadata::jats::Reference;
use crate::metadata::tree::{Content, Node};

/// The references in their order. A reference as printed (`mixed-citation`) comes before one in elements.
pub(super) fn read(back: &Node, limit: usize) -> Vec<Reference> {
    let lists = back.all("ref-list");
    let refs = lists.into_iter().flat_map(|list| list.all("ref"));
    refs.flat_map(references).take(limit).collect()
}

/// The works of one `ref`, which may hold several citations (`1a`, `1b`).
fn references(node: &Node) -> Vec<Reference> {
    let inner = node.child("citation-alternatives").unwrap_or(node);
    let of = |names: &[&str]| -> Vec<&Node> {
        inner
            .elements()
            .filter(|child| names.iter().any(|name| child.is(name)))
            .collect()
    };
    let mut citations = of(&["mixed-citation", "citation", "note"]);
    if citations.is_empty() {
        citations = of(&["element-citation", "nlm-citation"]);
    }
    if citations.is_empty() {
        citations.push(inner);
    }
    citations.into_iter().filter_map(reference).collect()
}

fn reference(citation: &Node) -> Option<Reference> {
    let is_doi = |id: &Node| id.is("pub-id") && id.attribute("pub-id-type") == Some("doi");
    let links = |node: &Node| {
        (node.is("ext-link") || node.is("uri"))
            && node
                .attribute("href")
                .is_some_and(|href| href.contains("doi.org/10."))
    };
    let linked = || citation.find(&links)?.attribute("href").map(str::to_owned);
    let doi = citation.find(&is_doi).map(Node::text).or_else(linked);
    let has_text = |node: &Node| {
        node.content
            .iter()
            .any(|c| matches!(c, Content::Text(text) if !text.trim().is_empty()))
    };
    // `citation` of NLM 2.3 is either; italics within an element do not make the whole a text
    let printed = has_text(citation)
        || citation.children("italic").any(has_text)
        || citation.children("p").any(has_text);
    let raw = if printed {
        citation.text_without(&["label"])
    } else {
        put_together(citation)
    };
    (!raw.is_empty()).then_some(Reference { raw, printed, doi })
}

/// Elements of a citation that have their place in it.
const PLACED: [&str; 18] = [
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

/// `Surname Given, Surname Given. Title. Source. Year; Volume(Issue): First-Last. Rest`
fn put_together(citation: &Node) -> String {
    let mut parts = vec![names_of(citation).join(", ")];
    for name in [
        "article-title",
        "chapter-title",
        "trans-title",
        "source",
        "edition",
    ] {
        parts.extend(squeezed_text(citation, name));
    }
    let place = squeezed_text(citation, "publisher-loc");
    parts.extend(match (place, squeezed_text(citation, "publisher-name")) {
        (Some(place), Some(name)) => Some(format!("{place}: {name}")),
        (place, name) => place.or(name),
    });
    parts.push(issue_of(citation));
    let others = citation.elements();
    let others = others.filter(|node| !PLACED.iter().any(|name| node.is(name)));
    parts.extend(others.map(|node| squeezed(&node.text())));
    parts.retain(|part| !part.is_empty());
    let parts: Vec<&str> = parts
        .iter()
        .map(|part| part.trim_end_matches('.'))
        .collect();
    parts.join(". ")
}

fn squeezed_text(citation: &Node, name: &str) -> Option<String> {
    citation.text_of(name).map(|text| squeezed(&text))
}

/// The names of people, then those of organisations.
fn names_of(citation: &Node) -> Vec<String> {
    let mut people = citation.all("name");
    people.extend(citation.all("string-name"));
    let people = people.into_iter().map(|node| {
        let parts = ["surname", "given-names"].map(|part| node.text_of(part).unwrap_or_default());
        let is_split = !parts.iter().all(String::is_empty);
        squeezed(&if is_split {
            parts.join(" ")
        } else {
            node.text()
        })
    });
    let bodies = citation.all("collab").into_iter();
    people
        .chain(bodies.map(|node| squeezed(&node.text())))
        .collect()
}

/// `Year; Volume(Issue): First-Last`
fn issue_of(citation: &Node) -> String {
    let text = |name: &str| squeezed_text(citation, name);
    let mut issue = text("year").unwrap_or_default();
    if let Some(volume) = text("volume") {
        issue = if issue.is_empty() {
            volume
        } else {
            format!("{issue}; {volume}")
        };
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
    issue.trim_start_matches([':', ' ']).to_owned()
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
