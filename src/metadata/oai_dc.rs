//! Dublin Core as OAI-PMH carries it (`oai_dc`), and its qualified kin.
//!
//! Fifteen elements, each optional and repeatable, in any order, with text alone
//! (<http://www.openarchives.org/OAI/2.0/oai_dc.xsd>, Dublin Core 1.1). Real records put markup into
//! elements, spell their names in other cases, leave prefixes undeclared, and mix terms of `dcterms` in: all
//! of it is read by local name.

mod plain;
mod record;

use quick_xml::events::{BytesEnd, BytesStart, Event};

use super::xml::{lenient, push_bounded, resolve};
pub(crate) use record::known;
pub use record::{Dc, ELEMENTS, Element};
use record::{MAX_ELEMENTS, MAX_VALUE, MAX_WRAPPERS};

/// Reads what `<metadata>` holds; `None` when it is no Dublin Core. The container is the first element called
/// `dc`, whatever its prefix or case; without one it is a root with `dc` in its name (`qualifieddc`). What was
/// read before an error is given, with the reason.
pub fn read(xml: &str) -> Option<Dc<'_>> {
    plain::read(xml).or_else(|| by_events(xml))
}

/// Reads what is plainly Dublin Core and nothing else; `None` where the whole of it must be looked at.
pub(crate) fn read_plain(xml: &str) -> Option<Dc<'_>> {
    plain::read(xml)
}

fn by_events(xml: &str) -> Option<Dc<'static>> {
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
pub(crate) fn read_loose(xml: &str) -> Option<Dc<'static>> {
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
fn read_container(xml: &str, is_container: impl Fn(&str) -> bool) -> Option<Dc<'static>> {
    let mut reader = lenient(xml);
    let mut reading = Reading {
        dc: Dc::default(),
        depth: 0,
        between: String::new(),
        is_whole: true,
        found: false,
    };
    loop {
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(error) => {
                let why = format!("{error} at byte {}", reader.error_position());
                reading.dc.unread = Some(why);
                break;
            }
        };
        match event {
            Event::Start(tag) => reading.start(&tag, &is_container),
            Event::Empty(tag) => reading.empty(&tag, &is_container),
            Event::End(tag) => {
                if reading.end(&tag) {
                    break;
                }
            }
            Event::Text(text) => reading.text(&text.xml10_content()),
            Event::CData(text) => reading.text(&text.xml10_content()),
            Event::GeneralRef(reference) => reading.text(&resolve(&reference)),
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
        if reading.dc.elements.len() > MAX_ELEMENTS {
            reading.dc.unread = Some(format!("more than {MAX_ELEMENTS} elements"));
            break;
        }
    }
    reading.finish()
}

/// A container that is being read.
struct Reading {
    dc: Dc<'static>,
    /// 0: outside, 1: between elements, 2: in an element, more: in markup inside it
    depth: usize,
    /// Text between elements.
    between: String,
    /// True until a value is cut.
    is_whole: bool,
    found: bool,
}

impl Reading {
    fn start(&mut self, tag: &BytesStart<'_>, is_container: &impl Fn(&str) -> bool) {
        match self.depth {
            0 if !is_container(tag.local_name().into_inner()) => return,
            0 => self.found = true,
            1 => self.dc.elements.push(Element::opened(tag)),
            _ => self.text(&format!("<{}>", &**tag)),
        }
        self.depth += 1;
    }

    fn empty(&mut self, tag: &BytesStart<'_>, is_container: &impl Fn(&str) -> bool) {
        match self.depth {
            0 => self.found |= is_container(tag.local_name().into_inner()),
            1 => self.dc.elements.push(Element::opened(tag)),
            _ => self.text(&format!("<{}/>", &**tag)),
        }
    }

    /// Closes an element. Returns whether what is around the container ends.
    fn end(&mut self, tag: &BytesEnd<'_>) -> bool {
        if self.depth > 2 {
            self.text(&format!("</{}>", &**tag));
        }
        if self.depth == 0 && self.found {
            return true;
        }
        self.depth = self.depth.saturating_sub(1);
        false
    }

    fn text(&mut self, text: &str) {
        self.is_whole &= append(&mut self.dc, self.depth, &mut self.between, text);
    }

    fn finish(self) -> Option<Dc<'static>> {
        let mut dc = self.dc;
        if !self.between.trim().is_empty() {
            dc.elements.push(Element {
                name: "text".into(),
                value: self.between.trim().to_owned().into(),
                ..Element::default()
            });
        }
        if !self.is_whole && dc.unread.is_none() {
            dc.unread = Some(format!("a value is longer than {MAX_VALUE} bytes"));
        }
        self.found.then_some(dc)
    }
}

fn append(dc: &mut Dc<'_>, depth: usize, between: &mut String, text: &str) -> bool {
    match (depth, dc.elements.last_mut()) {
        (0, _) => true,
        (1, _) | (_, None) => push_bounded(between, text, MAX_VALUE),
        (_, Some(element)) => push_bounded(element.value.to_mut(), text, MAX_VALUE),
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn one(xml: &str) -> Vec<(String, Option<String>, String)> {
        read(xml)
            .unwrap()
            .elements
            .into_iter()
            .map(|e| {
                let lang = e.lang.map(Cow::into_owned);
                (e.name.into_owned(), lang, e.value.into_owned())
            })
            .collect()
    }

    fn element(name: &str, lang: Option<&str>, value: &str) -> (String, Option<String>, String) {
        (name.to_owned(), lang.map(str::to_owned), value.to_owned())
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
