//! Passing over the inside of an element where nothing in it is out of the ordinary.
//!
//! Most of a page is metadata, which is not looked into while its page is read. Where it is well-formed and needs no
//! repair, it is passed over at a fraction of what its events would cost; whatever else there is, is left to the
//! reader of events, which knows what to do with it.

use memchr::{memchr, memchr2, memchr3, memmem};

use crate::oai::repair_text::{is_xml_char, parse_char_reference};

/// Deepest nesting that is passed over.
const MAX_DEPTH: usize = 32;

/// The content of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Inside {
    /// Bytes up to its end tag.
    pub(super) len: usize,
    /// Set if it contains elements.
    pub(super) has_elements: bool,
}

/// Measures the inside of an element whose start tag ends right before `text`; `None` for the least doubt.
pub(super) fn inside(text: &[u8]) -> Option<Inside> {
    let mut open: Vec<&[u8]> = Vec::with_capacity(MAX_DEPTH);
    let mut has_elements = false;
    let mut at = 0;
    loop {
        at += memchr2(b'<', b'&', text.get(at..)?)?;
        let rest = &text[at..];
        if rest[0] == b'&' {
            at += reference(rest)?;
            continue;
        }
        match rest.get(1)? {
            b'/' => {
                let Some(name) = open.pop() else {
                    return Some(Inside {
                        len: at,
                        has_elements,
                    });
                };
                rest[2..].strip_prefix(name)?.strip_prefix(b">")?;
                at += name.len() + 3;
            }
            b'!' => {
                const START: &[u8] = b"<![CDATA[";
                let content = rest.strip_prefix(START)?;
                at += START.len() + memmem::find(content, b"]]>")? + 3;
            }
            b'A'..=b'Z' | b'a'..=b'z' | b'_' => {
                let tag = tag(rest)?;
                has_elements = true;
                at += tag.len;
                if !tag.is_empty {
                    if open.len() == MAX_DEPTH {
                        return None;
                    }
                    open.push(tag.name);
                }
            }
            _ => return None,
        }
    }
}

/// Measures the inside of a `metadata` element of a page that is known to be well-formed, whose start tag ends right before
/// `text`; `None` where there may be another one, or something that is no element.
pub(super) fn inside_sound_metadata(text: &[u8]) -> Option<usize> {
    const END: &[u8] = b"</metadata>";
    let len = memmem::find(text, END)?;
    let (inside, rest) = (&text[..len], &text[len + END.len()..]);
    let is_plain = [&b"<metadata"[..], b"<!", b"<?"]
        .iter()
        .all(|other| memmem::find(inside, other).is_none());
    (is_plain && memmem::find(rest, b"metadata").is_none()).then_some(len)
}

struct Tag<'t> {
    name: &'t [u8],
    len: usize,
    is_empty: bool,
}

/// The tag that `rest` begins with.
fn tag(rest: &[u8]) -> Option<Tag<'_>> {
    let mut end = 1;
    loop {
        end += memchr3(b'>', b'"', b'\'', rest.get(end..)?)?;
        match rest[end] {
            b'>' => break,
            quote => end += memchr(quote, &rest[end + 1..])? + 2,
        }
    }
    let inner = &rest[1..end];
    if memchr(b'<', inner).is_some() {
        return None;
    }
    let (inner, is_empty) = inner
        .strip_suffix(b"/")
        .map_or((inner, false), |inner| (inner, true));
    let name = inner
        .split(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
        .next()?;
    Some(Tag {
        name,
        len: end + 1,
        is_empty,
    })
}

/// Length of the reference that `rest` begins with, if it stands for a character that XML knows and allows.
fn reference(rest: &[u8]) -> Option<usize> {
    let end = memchr(b';', &rest[..rest.len().min(12)])?;
    let is_known = match &rest[1..end] {
        b"amp" | b"lt" | b"gt" | b"quot" | b"apos" => true,
        [b'#', number @ ..] => str::from_utf8(number)
            .ok()
            .and_then(parse_char_reference)
            .is_some_and(is_xml_char),
        _ => false,
    };
    is_known.then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use quick_xml::events::Event;

    use super::*;
    use crate::oai::reference::{count_bare_ampersands, resolve};
    use crate::oai::repair::Repairs;

    /// The same by events; `None` where there is an error, a repair, or no end.
    fn by_events(text: &str) -> Option<Inside> {
        let whole = format!("<m>{text}");
        let mut reader = quick_xml::Reader::from_str(&whole);
        reader.config_mut().allow_dangling_amp = true;
        reader.read_event().ok()?;
        let (mut depth, mut has_elements, mut repairs) = (0, false, Repairs::default());
        loop {
            let len = usize::try_from(reader.buffer_position()).unwrap() - 3;
            match reader.read_event() {
                Ok(Event::Start(_)) => (depth, has_elements) = (depth + 1, true),
                Ok(Event::Empty(_)) => has_elements = true,
                Ok(Event::End(_)) if depth == 0 => {
                    return repairs.is_empty().then_some(Inside { len, has_elements });
                }
                // What is wrong with the last end tag, the reader itself says.
                Err(_) if depth == 0 && whole[len + 3..].starts_with("</") => {
                    return repairs.is_empty().then_some(Inside { len, has_elements });
                }
                Ok(Event::End(_)) => depth -= 1,
                Ok(Event::Text(text)) => count_bare_ampersands(&text, &mut repairs),
                Ok(Event::GeneralRef(name)) => drop(resolve(&name, &mut repairs)),
                Ok(Event::Decl(_) | Event::DocType(_) | Event::Eof) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    #[test]
    fn ignores_ordinary_values() {
        for (text, len, has_elements) in [
            ("</m>", 0, false),
            ("text &amp; &#x41;&#233;</m>", 23, false),
            ("<a x='>' y=\"/\">b<c/></a> <![CDATA[<z>]]></m>", 40, true),
            (
                "\n<dc:title xml:lang=\"de\">Über</dc:title>\n</m>",
                42,
                true,
            ),
        ] {
            let expected = Some(Inside { len, has_elements });
            assert_eq!(inside(text.as_bytes()), expected, "{text}");
            assert_eq!(by_events(text), expected, "{text}");
        }
    }

    #[test]
    fn doubts_are_left_to_the_reader() {
        for text in [
            "",
            "text",
            "<a>",
            "<a></b></m>",
            "a & b</m>",
            "&nbsp;</m>",
            "&#8;</m>",
            "<a b=\"c></a></m>",
            "5 < 7</m>",
            "<!-- c --></m>",
            "<?xml version=\"1.0\"?></m>",
            "<a <b></a></m>",
            "<![CDATA[",
            "<a></a </m>",
            "<",
            "&",
        ] {
            assert_eq!(inside(text.as_bytes()), None, "{text}");
        }
        assert_eq!(inside("<a>".repeat(MAX_DEPTH + 1).as_bytes()), None);
    }

    proptest::proptest! {
        #[test]
        fn events_say_the_same(
            text in r#"([a-zé ]|<(a|b|a:b)( x=("[<>'/]?"|'y'))?[ /]{0,2}>|</(a|b|a:b) ?>|&(amp|lt|nbsp|#65|#8|#x)?;?|<!\[CDATA\[|\]\]>|<!--|-->|[<>&"'/?!]){0,12}</m>"#
        ) {
            if let Some(inside) = inside(text.as_bytes()) {
                proptest::prop_assert_eq!(Some(inside), by_events(&text));
            }
        }
    }
}
