//! Affiliations of JATS.

use crate::metadata::jats::Affiliation;
use crate::metadata::tree::{Content, Node};

/// Elements of an affiliation that do not belong to its text.
const WITHOUT: [&str; 9] = [
    "label",
    "sup",
    "institution-id",
    "email",
    "phone",
    "fax",
    "ext-link",
    "uri",
    "xref",
];

/// Text of an affiliation with its identifiers. Elements without punctuation between them are joined by commas.
pub(super) fn affiliation(aff: &Node) -> Option<Affiliation> {
    let aff = if aff.is("aff-alternatives") {
        aff.child("aff")?
    } else {
        aff
    };
    let is_ror = |id: &Node| {
        id.is("institution-id")
            && (id
                .attribute("institution-id-type")
                .is_some_and(|kind| kind.eq_ignore_ascii_case("ror"))
                || id.peek().contains("ror.org/"))
    };
    let ror = aff.find(&is_ror).map(Node::text);
    let country = aff
        .find(&|node| node.is("country"))
        .and_then(|node| node.attribute("country"))
        .map(str::to_owned);
    let mut text = String::new();
    join(aff, &mut text);
    let name = without_mail(&text);
    (!name.is_empty() || ror.is_some()).then_some(Affiliation { name, ror, country })
}

/// Writes the text of an affiliation. Between elements stands a comma and a blank, also where the XML has none of them or the
/// comma alone.
fn join(node: &Node, text: &mut String) {
    node.mark_read();
    let mut after_element = false;
    for content in &node.content {
        match content {
            Content::Text(part) => {
                // a comma that touches the element behind it
                let glued = part.trim() == "," && !part.ends_with(char::is_whitespace);
                after_element &= part.trim().is_empty();
                text.push_str(part);
                if glued {
                    text.push(' ');
                }
            }
            Content::Element(node) if WITHOUT.iter().any(|without| node.is(without)) => {
                if !node.is("institution-id") && !node.is("ext-link") && !node.is("uri") {
                    node.pass_over();
                }
            }
            Content::Element(node) if node.is("break") => text.push(' '),
            Content::Element(node) => {
                let written = text.trim_end();
                let is_open = written.is_empty() || written.ends_with([',', ';', ':', '(', '-']);
                if after_element && !is_open {
                    text.truncate(text.trim_end().len());
                    text.push_str(", ");
                }
                let before = text.len();
                join(node, text);
                after_element |= text.len() > before;
            }
        }
    }
}

/// The text without mail addresses and the words that announce them, on one line.
fn without_mail(text: &str) -> String {
    const LABELS: [&str; 6] = ["email", "emails", "e-mail", "e-mails", "mail", "correo"];
    let bare = |word: &str| {
        word.trim_matches(|c: char| !c.is_alphanumeric())
            .to_lowercase()
    };
    let is_mail = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        word.split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
    };
    let mut kept: Vec<&str> = Vec::new();
    for word in text.split_whitespace() {
        if !is_mail(word) {
            kept.push(word);
            continue;
        }
        // `Electronic address: `, `E-mail: `, also written right before the address
        while let Some(last) = kept.last() {
            let label = bare(last);
            let after_electronic =
                label == "address" && kept.len() > 1 && bare(kept[kept.len() - 2]) == "electronic";
            if after_electronic
                || label == "electronic"
                || LABELS.contains(&label.as_str())
                || label.is_empty()
            {
                kept.pop();
            } else {
                break;
            }
        }
    }
    let text = kept.join(" ");
    let text = text.trim().trim_matches([',', ';']).trim();
    text.replace(" ,", ",")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::metadata::tree;

    #[rstest]
    #[case(
        "<institution>ETH</institution><country>Switzerland</country>",
        "ETH, Switzerland"
    )]
    #[case(
        "<institution>Dept</institution>,<institution>Center</institution>",
        "Dept, Center"
    )]
    #[case("<institution>MIT</institution>, Cambridge", "MIT, Cambridge")]
    #[case("<institution>A</institution>; <addr-line>B</addr-line>", "A; B")]
    #[case(
        "Univ. of <city>Bern</city> (<country>CH</country>)",
        "Univ. of Bern (CH)"
    )]
    #[case(
        "<addr-line>X University, USA e-mail: roe@example.org</addr-line>",
        "X University, USA"
    )]
    #[case("MIT. Electronic address: a@b.org", "MIT.")]
    #[case("Meeting point @ ETH", "Meeting point @ ETH")]
    #[case(
        "<label>1</label><institution-wrap><institution-id institution-id-type=\"GRID\">g</institution-id><institution>ETH</institution></institution-wrap>",
        "ETH"
    )]
    fn texts(#[case] xml: &str, #[case] expected: &str) {
        let tree = tree::read(&format!("<aff>{xml}</aff>"), &[]);
        let found = affiliation(tree.root.child("aff").unwrap()).unwrap();
        assert_eq!(found.name, expected);
    }
}
