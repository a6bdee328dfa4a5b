//! A record in Dublin Core.

use std::borrow::Cow;

use quick_xml::XmlVersion;
use quick_xml::events::BytesStart;

use crate::metadata::xml::attribute;

/// More elements than any record has.
pub(super) const MAX_ELEMENTS: usize = 10_000;
/// Elements around those of Dublin Core that are looked through.
pub(super) const MAX_WRAPPERS: usize = 16;
/// Bytes of one value.
pub(super) const MAX_VALUE: usize = 4 << 20;

/// The elements of Dublin Core 1.1.
pub const ELEMENTS: [&str; 15] = [
    "title",
    "creator",
    "subject",
    "description",
    "publisher",
    "contributor",
    "date",
    "type",
    "format",
    "identifier",
    "source",
    "language",
    "relation",
    "coverage",
    "rights",
];

/// One element of a record; its texts are borrowed from the record where they stand there as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element<'a> {
    /// Local name: one of [`ELEMENTS`] in lower case, else as received (`issued`, `bibliographicCitation`).
    /// Text that stands between elements has the name `text`.
    pub name: Cow<'static, str>,
    /// `xml:lang`, as received.
    pub lang: Option<Cow<'a, str>>,
    /// Text, references resolved once. Markup inside the element is kept as text.
    pub value: Cow<'a, str>,
    /// The other attributes, by local name in lower case. Namespace declarations are left out.
    pub attributes: Vec<(String, String)>,
}

/// Attributes of one element that are kept, and bytes of each value.
const MAX_ATTRIBUTES: usize = 16;
const MAX_ATTRIBUTE: usize = 2_000;

impl Element<'_> {
    /// Returns an element with its attributes, without its text.
    pub(super) fn opened(tag: &BytesStart<'_>) -> Self {
        let name = canonical(tag.local_name().into_inner());
        Self {
            name,
            lang: attribute(tag, "lang").map(Cow::Owned),
            value: Cow::default(),
            attributes: attributes(tag),
        }
    }
}

/// The attributes that no namespace or language is declared by.
fn attributes(tag: &BytesStart<'_>) -> Vec<(String, String)> {
    let mut attributes = tag.attributes();
    let all = attributes.with_checks(false).flatten();
    let kept = all.filter_map(|attribute| {
        let key = attribute.key.into_inner();
        let local = key.rsplit(':').next().unwrap_or(key).to_ascii_lowercase();
        let is_declaration =
            key.starts_with("xmlns") || local == "lang" || local == "schemalocation";
        if is_declaration {
            return None;
        }
        let value = match attribute.normalized_value(XmlVersion::Explicit1_0) {
            Ok(value) => value.trim().to_owned(),
            Err(_) => attribute.value.trim().to_owned(),
        };
        (!value.is_empty() && value.len() <= MAX_ATTRIBUTE).then_some((local, value))
    });
    kept.take(MAX_ATTRIBUTES).collect()
}

/// A record in Dublin Core.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dc<'a> {
    /// The elements in document order, empty ones included.
    pub elements: Vec<Element<'a>>,
    /// Why the rest could not be read, when it could not.
    pub unread: Option<String>,
}

impl<'a> Dc<'a> {
    /// The elements of one name, in document order.
    pub fn named<'d>(&'d self, name: &'d str) -> impl Iterator<Item = &'d Element<'a>> {
        self.elements
            .iter()
            .filter(move |element| element.name == name)
    }
}

/// The name of one of the [`ELEMENTS`], borrowed; any other as received.
pub(super) fn canonical(name: &str) -> Cow<'static, str> {
    let known = known(name).or_else(|| {
        ELEMENTS
            .into_iter()
            .find(|known| known.eq_ignore_ascii_case(name))
    });
    known.map_or_else(|| Cow::Owned(name.to_owned()), Cow::Borrowed)
}

/// The one of the [`ELEMENTS`] that is called so. Written out, it requests the length first.
pub(crate) fn known(name: &str) -> Option<&'static str> {
    Some(match name {
        "title" => "title",
        "creator" => "creator",
        "subject" => "subject",
        "description" => "description",
        "publisher" => "publisher",
        "contributor" => "contributor",
        "date" => "date",
        "type" => "type",
        "format" => "format",
        "identifier" => "identifier",
        "source" => "source",
        "language" => "language",
        "relation" => "relation",
        "coverage" => "coverage",
        "rights" => "rights",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_elements_are_known() {
        assert!(ELEMENTS.into_iter().all(|name| known(name) == Some(name)));
        assert_eq!(known("issued"), None);
    }
}
