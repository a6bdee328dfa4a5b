//! Dublin Core as nearly all servers write it, read at a fraction of what its events would cost.
//!
//! Elements with text alone, one inside another only in the container, no attribute but `xml:lang`. For anything else
//! ([`read`] gives `None` for the least doubt) the reader of events knows what to do.

use std::borrow::Cow;

use memchr::{memchr, memchr3};
use quick_xml::events::BytesRef;

use super::record::{Dc, Element, MAX_ELEMENTS, MAX_VALUE, canonical};
use crate::metadata::xml::resolve;

/// Longest reference that is looked at: `&amp;`, `&#x10FFFF;`.
const MAX_REFERENCE: usize = 12;

/// Elements of a record of usual length: room for them is made at once.
const USUAL: usize = 32;

/// Reads what `<metadata>` holds, where it is plain.
pub(super) fn read(xml: &str) -> Option<Dc<'_>> {
    if xml.len() > MAX_VALUE {
        return None;
    }
    let (name, rest) = tag_name(xml.strip_prefix('<')?)?;
    if !local_name(name)?.eq_ignore_ascii_case("dc") {
        return None;
    }
    let mut rest = behind_container_tag(rest)?;
    let mut dc = Dc {
        elements: Vec::with_capacity(USUAL),
        unread: None,
    };
    loop {
        rest = rest.trim_ascii_start().strip_prefix('<')?;
        if let Some(end_tag) = rest.strip_prefix('/') {
            // whatever it is called, it ends the container
            let behind = tag_name(end_tag)?.1.strip_prefix('>')?;
            // another one may stand behind it
            return behind.trim_ascii().is_empty().then_some(dc);
        }
        if dc.elements.len() == MAX_ELEMENTS {
            return None;
        }
        let (element, behind) = element(rest)?;
        dc.elements.push(element);
        rest = behind;
    }
}

/// The element whose start tag `rest` is in, and what stands behind it.
fn element(rest: &str) -> Option<(Element<'_>, &str)> {
    let (name, rest) = tag_name(rest)?;
    let (lang, rest) = match rest.strip_prefix(" xml:lang=\"") {
        Some(value) => {
            // to its end, or to what makes it less than plain
            let end = value
                .bytes()
                .position(|byte| byte < b' ' || matches!(byte, b'"' | b'&' | b'<'))?;
            let (lang, rest) = value.split_at(end);
            (Some(Cow::Borrowed(lang)), rest.strip_prefix('"')?)
        }
        None => (None, rest),
    };
    let mut element = Element {
        name: canonical(local_name(name)?),
        lang,
        value: Cow::default(),
        attributes: Vec::new(),
    };
    if let Some(behind) = rest.strip_prefix("/>") {
        return Some((element, behind));
    }
    let mut rest = rest.strip_prefix('>')?;
    loop {
        // a carriage return is one of the line ends that XML makes one of
        let end = memchr3(b'<', b'&', b'\r', rest.as_bytes())?;
        let (text, behind) = rest.split_at(end);
        // most values have no reference, and stand as they are
        if element.value.is_empty() {
            element.value = Cow::Borrowed(text);
        } else {
            element.value.to_mut().push_str(text);
        }
        if behind.starts_with('<') {
            let behind = behind
                .strip_prefix("</")?
                .strip_prefix(name)?
                .strip_prefix('>')?;
            return Some((element, behind));
        }
        rest = reference(behind, element.value.to_mut())?;
    }
}

/// Resolves the reference that `text` begins with; what stands behind it.
fn reference<'a>(text: &'a str, value: &mut String) -> Option<&'a str> {
    let inner = text.strip_prefix('&')?;
    let end = memchr(b';', &inner.as_bytes()[..inner.len().min(MAX_REFERENCE)])?;
    let name = &inner[..end];
    match name {
        "amp" => value.push('&'),
        "lt" => value.push('<'),
        "gt" => value.push('>'),
        "quot" => value.push('"'),
        _ if name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'#')
            && !name.is_empty() =>
        {
            value.push_str(&resolve(&BytesRef::new(name)));
        }
        _ => return None,
    }
    Some(&inner[end + 1..])
}

/// The name that a tag begins with, and the rest of the tag.
fn tag_name(tag: &str) -> Option<(&str, &str)> {
    let is_of_name =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':');
    let end = tag.bytes().position(|byte| !is_of_name(&byte))?;
    tag.starts_with(|c: char| c.is_ascii_alphabetic())
        .then(|| tag.split_at(end))
}

fn local_name(name: &str) -> Option<&str> {
    let mut colons = name
        .bytes()
        .enumerate()
        .filter(|(_, byte)| *byte == b':')
        .map(|(at, _)| at);
    let local = colons.next().map_or(name, |at| &name[at + 1..]);
    (!local.is_empty() && colons.next().is_none()).then_some(local)
}

/// Returns the text after the container's start tag, which declares namespaces.
fn behind_container_tag(rest: &str) -> Option<&str> {
    let end = memchr(b'>', rest.as_bytes())?;
    let (attributes, behind) = rest.split_at(end);
    // a bracket within quotes would be no end
    let quotes = attributes.bytes().filter(|byte| *byte == b'"').count();
    let is_plain =
        quotes.is_multiple_of(2) && memchr3(b'\'', b'<', b'&', attributes.as_bytes()).is_none();
    let is_parted = attributes.is_empty() || attributes.starts_with([' ', '\t', '\n', '\r']);
    (is_plain && is_parted && !attributes.ends_with('/')).then(|| &behind[1..])
}

#[cfg(test)]
mod tests {
    use super::super::by_events;
    use super::*;

    /// Returns whether the text is plain; both readers then give the same result.
    fn is_plain(xml: &str) -> bool {
        let plain = read(xml);
        if plain.is_some() {
            assert_eq!(plain, by_events(xml), "{xml}");
        }
        plain.is_some()
    }

    #[test]
    fn common_server_output_is_plain() {
        assert!(is_plain("<dc></dc>"));
        assert!(is_plain(
            "<oai_dc:dc\n\txmlns:oai_dc=\"http://x\" xmlns:dc=\"http://y\">\n\t<dc:title xml:lang=\"en-US\">A &amp;amp; B > \
             &quot;C&quot; &lt;i&gt; &#039;d&#x27; &nbsp; é</dc:title>\n\t<dc:Creator/>\n<date></date><dc:issued>2004</dc:issued></oai_dc:dc>"
        ));
        for page in 1..=3 {
            let path = format!(
                "{}/samples/ojs-3.4-cac/cac-listrecords-oai_dc-page{page}.xml",
                env!("CARGO_MANIFEST_DIR")
            );
            let body = std::fs::read_to_string(path).unwrap();
            let mut records = 0;
            for metadata in body.split("<metadata>").skip(1) {
                records += 1;
                assert!(is_plain(
                    metadata.split("</metadata>").next().unwrap().trim()
                ));
            }
            assert!(records > 0);
        }
    }

    #[rstest::rstest]
    #[case::empty("")]
    #[case::text_first("x<dc></dc>")]
    #[case::comment("<dc><!-- a --></dc>")]
    #[case::cdata("<dc><title><![CDATA[a]]></title></dc>")]
    #[case::markup("<dc><title>a<i>b</i></title></dc>")]
    #[case::stray_text("<dc>a<title>b</title></dc>")]
    #[case::other_attribute("<dc><title type=\"a\">b</title></dc>")]
    #[case::reference_in_lang("<dc><title xml:lang=\"&#101;n\">b</title></dc>")]
    #[case::other_end("<dc><title>b</creator></dc>")]
    #[case::no_end("<dc><title>b</title>")]
    #[case::line_end("<dc><title>a\r\nb</title></dc>")]
    #[case::bare_ampersand("<dc><title>a & b; c</title></dc>")]
    #[case::bracket_in_quotes("<dc a=\"b>c\"><title>d</title></dc>")]
    #[case::empty_container("<dc/>")]
    #[case::name_with_quotes("<dc\"x\"><title>d</title></dc>")]
    #[case::other_root("<rfc1807><title>b</title></rfc1807>")]
    fn leaves_markup_to_the_event_reader(#[case] xml: &str) {
        assert_eq!(read(xml), None);
    }

    proptest::proptest! {
        #[test]
        fn the_fast_reader_agrees_on_plain_records(
            root in "(dc|oai_dc:dc|OAI:DC|a:b:dc|dc xmlns:dc=\"x\"|dc a='b'|dc a=\"b\" )",
            inner in r#"(<(title|dc:creator|dc:Date|dc:|x:issued)( xml:lang="[a-z&>\n-]{0,3}"| lang="a"|  )?>([a-z >;"'é]|\]\]>|&(amp|lt|quot|apos|nbsp|#39|#x41|#0|#xx|a b)?;?|\r|\n){0,4}(</(title|dc:creator|dc:Date|dc:|x:issued)>|<br/>|</a >)|<(title|dc:date) ?/>|[ \n]|x|<!--a-->|<\?p\?>){0,6}"#,
            twin in "(title|dc:creator|x:issued)",
            text in r"([a-zé >\n]|&(amp|gt|#039|nbsp);){0,8}",
            end in "(</dc>|</oai_dc:dc>|</dc> x|</x|)",
        ) {
            is_plain(&format!("<{root}>{inner}{end}"));
            is_plain(&format!("<{root}><{twin}>{text}</{twin}>\n<{twin} xml:lang=\"de\">{text}</{twin}>{end}"));
        }
    }
}
