//! Dublin Core as OAI-PMH carries it (`oai_dc`), and its qualified kin.
//!
//! Fifteen elements, each optional and repeatable, in any order, with text alone
//! (<http://www.openarchives.org/OAI/2.0/oai_dc.xsd>, Dublin Core 1.1). Real records put markup into
//! elements, spell their names in other cases, leave prefixes undeclared, and mix terms of `dcterms` in: all
//! of it is read by local name.

mod plain;

use std::borrow::Cow;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

use super::xml::{attribute, lenient, push_bounded, resolve};

/// More elements than any record has.
const MAX_ELEMENTS: usize = 10_000;
/// Elements around those of Dublin Core that are looked through.
const MAX_WRAPPERS: usize = 16;
/// Bytes of one value.
const MAX_VALUE: usize = 4 << 20;

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

/// One element of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// Local name: one of [`ELEMENTS`] in lower case, else as received (`issued`, `bibliographicCitation`).
    /// Text that stands between elements has the name `text`.
    pub name: Cow<'static, str>,
    /// `xml:lang`, as received.
    pub lang: Option<String>,
    /// Text, references resolved once. Markup inside the element is kept as text.
    pub value: String,
    /// The other attributes, by local name in lower case. Namespace declarations are left out.
    pub attributes: Vec<(String, String)>,
}

/// Attributes of one element that are kept, and bytes of each value.
const MAX_ATTRIBUTES: usize = 16;
const MAX_ATTRIBUTE: usize = 2_000;

impl Element {
    fn opened(tag: &BytesStart<'_>) -> Self {
        let name = canonical(tag.local_name().into_inner());
        Self {
            name,
            lang: attribute(tag, "lang"),
            value: String::new(),
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
pub struct Dc {
    /// The elements in document order, empty ones included.
    pub elements: Vec<Element>,
    /// Why the rest could not be read, when it could not.
    pub unread: Option<String>,
}

impl Dc {
    /// The elements of one name, in document order.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.elements
            .iter()
            .filter(move |element| element.name == name)
    }
}

/// Reads what `<metadata>` holds; `None` when it is no Dublin Core. The container is the first element called
/// `dc`, whatever its prefix or case; without one it is a root with `dc` in its name (`qualifieddc`). What was
/// read before an error is given, with the reason.
pub fn read(xml: &str) -> Option<Dc> {
    plain::read(xml).or_else(|| by_events(xml))
}

/// Reads what is plainly Dublin Core and nothing else; `None` where the whole of it must be looked at.
pub(crate) fn read_plain(xml: &str) -> Option<Dc> {
    plain::read(xml)
}

fn by_events(xml: &str) -> Option<Dc> {
    read_container(xml, |name| name.eq_ignore_ascii_case("dc")).or_else(|| {
        let root = root_name(xml)?;
        root.to_ascii_lowercase()
            .contains("dc")
            .then(|| read_container(xml, |name| name == root))?
    })
}

/// Local name of the outermost element.
pub(crate) fn root_name(xml: &str) -> Option<String> {
    let mut reader = lenient(xml);
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag) | Event::Empty(tag)) => {
                return Some(tag.local_name().into_inner().to_owned());
            }
            Ok(Event::Eof) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

/// Reads elements of Dublin Core that stand in another wrapper, or in none: known by their prefix, `dc`.
pub(crate) fn read_loose(xml: &str) -> Option<Dc> {
    let mut reader = lenient(xml);
    let mut parents: Vec<String> = Vec::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag) | Event::Empty(tag)) if is_dublin_core(&tag) => break,
            Ok(Event::Start(tag)) if parents.len() < MAX_WRAPPERS => {
                parents.push(tag.local_name().into_inner().to_owned());
            }
            Ok(Event::End(_)) => drop(parents.pop()),
            Ok(Event::Eof | Event::Start(_)) | Err(_) => return None,
            Ok(_) => {}
        }
    }
    match parents.last() {
        Some(parent) => read_container(xml, |name| name == parent),
        None => read_container(&format!("<dc>{xml}</dc>"), |name| name == "dc"),
    }
}

/// Returns whether a tag is one of the [`ELEMENTS`] by its prefix and name.
fn is_dublin_core(tag: &BytesStart<'_>) -> bool {
    let name = tag.name().into_inner();
    name.split_once(':').is_some_and(|(prefix, local)| {
        prefix.eq_ignore_ascii_case("dc")
            && ELEMENTS
                .iter()
                .any(|known| known.eq_ignore_ascii_case(local))
    })
}

/// Reads the first container and those beside it: some records have two.
fn read_container(xml: &str, is_container: impl Fn(&str) -> bool) -> Option<Dc> {
    let mut reader = lenient(xml);
    let mut dc = Dc::default();
    // 0: outside, 1: between elements, 2: in an element, more: in markup inside it
    let mut depth = 0_usize;
    let mut between = String::new();
    let mut whole = true;
    let mut found = false;
    loop {
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(error) => {
                dc.unread = Some(format!("{error} at byte {}", reader.error_position()));
                break;
            }
        };
        match event {
            Event::Start(tag) => {
                if depth == 0 {
                    if !is_container(tag.local_name().into_inner()) {
                        continue;
                    }
                    found = true;
                } else if depth == 1 {
                    dc.elements.push(Element::opened(&tag));
                } else {
                    whole &= append(&mut dc, depth, &mut between, &format!("<{}>", &*tag));
                }
                depth += 1;
            }
            Event::Empty(tag) => match depth {
                0 => found |= is_container(tag.local_name().into_inner()),
                1 => dc.elements.push(Element::opened(&tag)),
                _ => whole &= append(&mut dc, depth, &mut between, &format!("<{}/>", &*tag)),
            },
            Event::End(tag) => {
                if depth > 2 {
                    whole &= append(&mut dc, depth, &mut between, &format!("</{}>", &*tag));
                }
                if depth == 0 && found {
                    break;
                }
                depth = depth.saturating_sub(1);
            }
            Event::Text(text) => {
                whole &= append(&mut dc, depth, &mut between, &text.xml10_content())
            }
            Event::CData(text) => {
                whole &= append(&mut dc, depth, &mut between, &text.xml10_content())
            }
            Event::GeneralRef(reference) => {
                whole &= append(&mut dc, depth, &mut between, &resolve(&reference));
            }
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
        if dc.elements.len() > MAX_ELEMENTS {
            dc.unread = Some(format!("more than {MAX_ELEMENTS} elements"));
            break;
        }
    }
    if !between.trim().is_empty() {
        dc.elements.push(Element {
            name: "text".into(),
            value: between.trim().to_owned(),
            ..Element::default()
        });
    }
    if !whole && dc.unread.is_none() {
        dc.unread = Some(format!("a value is longer than {MAX_VALUE} bytes"));
    }
    found.then_some(dc)
}

fn append(dc: &mut Dc, depth: usize, between: &mut String, text: &str) -> bool {
    match (depth, dc.elements.last_mut()) {
        (0, _) => true,
        (1, _) | (_, None) => push_bounded(between, text, MAX_VALUE),
        (_, Some(element)) => push_bounded(&mut element.value, text, MAX_VALUE),
    }
}

/// The name of one of the [`ELEMENTS`], borrowed; any other as received.
fn canonical(name: &str) -> Cow<'static, str> {
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

    fn one(xml: &str) -> Vec<(String, Option<String>, String)> {
        read(xml)
            .unwrap()
            .elements
            .into_iter()
            .map(|e| (e.name.into_owned(), e.lang, e.value))
            .collect()
    }

    fn element(name: &str, lang: Option<&str>, value: &str) -> (String, Option<String>, String) {
        (name.to_owned(), lang.map(str::to_owned), value.to_owned())
    }

    #[test]
    fn all_elements_are_known() {
        assert!(ELEMENTS.into_iter().all(|name| known(name) == Some(name)));
        assert_eq!(known("issued"), None);
    }

    #[test]
    fn reads_by_local_name_without_declarations() {
        let xml = r#"<oai_dc:dc><dc:title xml:lang="en-US">A &amp;amp; B &#8211; C</dc:title><dc:creator/></oai_dc:dc>"#;
        assert_eq!(
            one(xml),
            [
                element("title", Some("en-US"), "A &amp; B – C"),
                element("creator", None, "")
            ]
        );
        assert_eq!(
            one("<dc><DC:Title>x</DC:Title></dc>"),
            [element("title", None, "x")]
        );
    }

    #[test]
    fn keeps_markup_cdata_and_unknown_entities_as_text() {
        let xml = "<dc><description>a <i>b</i><br/> <![CDATA[<p>c</p>]]><!-- no --> &nbsp;&#8;d</description></dc>";
        assert_eq!(
            one(xml),
            [element(
                "description",
                None,
                "a <i>b</i><br/> <p>c</p> &nbsp;d"
            )]
        );
    }

    #[test]
    fn keeps_qualified_terms_and_stray_text() {
        let xml = "<q:qualifieddc><dcterms:issued>2004</dcterms:issued>lost?<dc:title>t</dc:title></q:qualifieddc>";
        assert_eq!(
            one(xml),
            [
                element("issued", None, "2004"),
                element("title", None, "t"),
                element("text", None, "lost?")
            ]
        );
    }

    #[test]
    fn gives_what_it_read_before_an_error() {
        let dc = read("<dc><title>whole</title><creator>Doe, <").unwrap();
        assert_eq!(dc.elements[0].value, "whole");
        assert!(dc.unread.is_some());
    }

    #[test]
    fn other_formats_are_not_dublin_core() {
        for xml in [
            "",
            "not xml",
            "<rfc1807><title>x</title></rfc1807>",
            "<article><front/></article>",
        ] {
            assert_eq!(read(xml), None);
        }
        assert_eq!(read("<oai_dc:dc/>"), Some(Dc::default()));
    }

    #[test]
    fn elements_outside_the_container_are_not_its_own() {
        assert_eq!(
            one(
                "<metadata><title>x</title><oai:DC><title>y</title></oai:DC><title>z</title></metadata>"
            ),
            [element("title", None, "y")]
        );
    }

    proptest::proptest! {
        #[test]
        fn never_panics(xml in ".{0,200}", tags in r#"(<(dc|title|dc:creator)( xml:lang='?x"?)?>|</[a-z:]*>|&[a-z#0-9]*;?|<!\[CDATA\[|\]\]>|<!--|-->|[a-z ]){0,40}"#) {
            read(&xml);
            read(&tags);
        }

        #[test]
        fn any_text_comes_back(text in "[^\u{0}-\u{1f}\u{fffe}\u{ffff}]{0,80}") {
            let xml = format!("<dc><title>{}</title></dc>", quick_xml::escape::escape(text.as_str()));
            proptest::prop_assert_eq!(&read(&xml).unwrap().elements[0].value, &text);
        }
    }
}
