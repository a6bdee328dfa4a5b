//! Elements that are none of Dublin Core's fifteen and say what one of them says.

use std::borrow::Cow;

use crate::metadata::oai_dc::{self, Element};

/// Elements beyond the fifteen that fill a field.
pub(super) const TAKEN: [&str; 3] = ["references", "volume", "issue"];

/// Gives an element the name of the plain one that means the same: terms of DCMI Metadata Terms (`issued`),
/// names with a qualifier behind a dot (`date.issued`), Janeway's own (`journalTitle`). The others stay as they
/// are and end among `unmapped`.
pub(super) fn unqualify(element: &mut Element) {
    if oai_dc::known(&element.name).is_some() {
        return;
    }
    let is_url = element.value.trim_start().starts_with("http");
    let lower = element.name.to_ascii_lowercase();
    let name = match lower.rsplit_once('.') {
        // a sponsor or a provenance note is no abstract
        Some(("description" | "contributor" | "date", qualifier)) => qualifier,
        Some((base, _)) if oai_dc::known(base).is_some() => base,
        _ => lower.as_str(),
    };
    let plain = match name {
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
        | "conformsto" | "fulltexturl" => "relation",
        "volume" => "volume",
        "issue" => "issue",
        _ => match oai_dc::known(name) {
            Some(known) => known,
            None => return,
        },
    };
    element.name = Cow::Borrowed(plain);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let plain = |name: &str| {
            let mut element = Element {
                name: name.to_owned().into(),
                value: "x".to_owned(),
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
