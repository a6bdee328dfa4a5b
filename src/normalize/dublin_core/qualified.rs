//! Elements that are none of Dublin Core's fifteen and say what one of them says.

use std::borrow::Cow;

use crate::metadata::oai_dc::{self, Element};
use crate::normalize::{language, pages};

/// Elements beyond the fifteen that fill a field.
pub(super) const TAKEN: [&str; 5] = ["references", "volume", "issue", "pages", "issn"];

/// Name under which a relation keeps the kind that its element had.
pub(super) const QUALIFIER: &str = "qualifier";

/// Gives an element the name of the plain one that means the same: terms of DCMI Metadata Terms (`issued`),
/// names with a qualifier behind a dot (`date.issued`), Janeway's own (`journalTitle`). The others stay as they
/// are and end among `unmapped`.
pub(super) fn unqualify(element: &mut Element<'_>) {
    if !element.attributes.is_empty() {
        take_attributes(element);
    }
    if oai_dc::known(&element.name).is_some() {
        return;
    }
    let is_url = element.value.trim_start().starts_with("http");
    let lower = element.name.to_ascii_lowercase();
    let name = match lower.rsplit_once('.') {
        // a sponsor or a provenance note is not an abstract
        Some(("description" | "contributor" | "date", qualifier)) => qualifier,
        Some((_, "extent")) => "extent",
        Some((base, _)) if oai_dc::known(base).is_some() => base,
        _ => lower.as_str(),
    };
    if let "eissn" | "pissn" = name {
        // the element's name is the label
        element.value = format!("{name} {}", element.value.trim()).into();
    }
    let plain = match name {
        "issn" | "eissn" | "pissn" => "issn",
        "doi" => "identifier",
        "uri" | "url" | "fulltexturl" if is_url => "identifier",
        "pages" | "pagerange" => "pages",
        "extent" if pages::parse(element.value.trim()).last.is_some() => "pages",
        "articletitle" => "title",
        "author" => "creator",
        "abstract" => "description",
        "issued" | "dateissued" => "date",
        "bibliographiccitation" | "journaltitle" => "source",
        "ispartof" if !is_url => "source",
        "license" | "accessrights" | "rightsholder" => "rights",
        "spatial" | "temporal" => "coverage",
        "medium" | "extent" => "format",
        "ispartof" | "haspart" | "isversionof" | "hasversion" | "isformatof" | "hasformat"
        | "isreferencedby" | "isreplacedby" | "replaces" | "isrequiredby" | "requires"
        | "conformsto" => "relation",
        "volume" => "volume",
        "issue" => "issue",
        _ => match oai_dc::known(name) {
            Some(known) => known,
            None => return,
        },
    };
    if plain == "relation" && name != "relation" {
        let qualifier = (QUALIFIER.to_owned(), name.to_owned());
        element.attributes.push(qualifier);
    }
    element.name = Cow::Borrowed(plain);
}

/// Reads values that attributes carry: the language in one of another name, the value itself in `rdf:resource`.
fn take_attributes(element: &mut Element<'_>) {
    let of = |name: &str| {
        let found = element.attributes.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone())
    };
    let language = of("language").filter(|value| language::bcp47(value).is_some());
    let resource = of("resource");
    if element.lang.is_none() {
        element.lang = language.map(Cow::Owned);
    }
    if element.value.trim().is_empty()
        && let Some(resource) = resource
    {
        element.value = resource.into();
    }
    // KCI's words for the languages of a title
    let says_nothing = ["original", "foreign", "other"];
    if element
        .lang
        .as_deref()
        .is_some_and(|lang| says_nothing.contains(&lang))
    {
        element.lang = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let plain = |name: &str| {
            let mut element = Element {
                name: name.to_owned().into(),
                value: "x".into(),
                ..Element::default()
            };
            unqualify(&mut element);
            element.name
        };
        assert_eq!(plain("bibliographicCitation"), "source");
        assert_eq!(plain("date.issued"), "date");
        assert_eq!(plain("description.sponsorship"), "description.sponsorship");
        assert_eq!(plain("identifier.uri"), "identifier");
        assert_eq!(plain("journalTitle"), "source");
        assert_eq!(plain("audience"), "audience");
    }
}
