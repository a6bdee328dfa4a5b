//! A record that stands by itself: XML in UTF-8 that a strict reader takes, with the namespaces its page declared
//! around it.
//!
//! Our own reader forgives what others do not, so that what is passed on is read once by a strict one. A record that
//! it refuses is written again by [`rewrite`]; one that it refuses then too is an error, so that it can be counted.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::oai::decode::decode_slice;
use crate::oai::page::MAX_DEPTH;
use crate::oai::record::parse;
use crate::oai::repair_text::{is_xml_char, repair_text};
use crate::oai::rewrite::{self, is_strict};
use crate::oai::{PageHead, ReadError};

/// A record that stands by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandaloneRecord {
    /// The `<record>`, or the `<header>` of a ListIdentifiers answer, as received; repaired only where it was not
    /// well-formed.
    pub record: String,
    /// The element inside `<metadata>`, by itself; none where it holds anything but one element.
    pub metadata: Option<String>,
    /// `status="deleted"`.
    pub deleted: bool,
    /// Changes that make it acceptable to strict readers; empty for nearly every record.
    pub changes: Vec<String>,
}

/// Makes a record of its slice and of what its page says.
///
/// # Errors
/// What no reader takes even after repair.
pub fn standalone_record(slice: &[u8], head: &PageHead) -> Result<StandaloneRecord, ReadError> {
    let decoded = decode_slice(slice, &head.encoding);
    let (text, parsed) = match parse(&decoded.text) {
        Ok(record) if record.repairs.is_empty() && decoded.text.chars().all(is_xml_char) => {
            (decoded.text.into_owned(), record)
        }
        Ok(_) | Err(ReadError::Malformed { .. }) => {
            let mended = repair_text(&decoded.text).text;
            let record = parse(&mended)?;
            (mended, record)
        }
        Err(other) => return Err(other),
    };
    let mut around = head.namespaces.clone();
    around.retain(|(prefix, uri)| rewrite::is_declarable(prefix, uri));
    let record = with_namespaces(text.trim(), &around);
    // of a record of megabytes no more copies than are needed
    drop(text);
    let (record, parsed, changes) = if is_strict(&record) {
        (record, parsed, Vec::new())
    } else {
        let (rewritten, changes) = rewrite::rewrite(&record)?;
        let parsed = parse(&rewritten)?;
        (rewritten, parsed, changes)
    };
    let metadata = parsed.metadata.map(|metadata| {
        declared_on_the_way(&record, &mut around);
        rewrite::with_note(with_namespaces(&metadata, &around), &changes)
    });
    // There may be no element in it, or several.
    let metadata = metadata.filter(|metadata| is_strict(metadata));
    let standalone = StandaloneRecord {
        record: rewrite::with_note(record, &changes),
        metadata,
        deleted: parsed.header.deleted,
        changes,
    };
    if standalone.changes.is_empty() || is_strict(&standalone.record) {
        Ok(standalone)
    } else {
        Err(ReadError::Malformed {
            offset: 0,
            detail: "not XML that strict readers take, even after repair".to_owned(),
        })
    }
}

/// Adds what `<record>` and `<metadata>` declare to the namespaces around them.
fn declared_on_the_way(text: &str, around: &mut Vec<(String, String)>) {
    let mut reader = Reader::from_str(text);
    let mut depth = 0;
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(tag) if depth < MAX_DEPTH => {
                let on_the_way =
                    depth == 0 || depth == 1 && tag.local_name().as_ref() == "metadata";
                if on_the_way {
                    for (prefix, uri) in declarations(&tag) {
                        around.retain(|(known, _)| *known != prefix);
                        around.push((prefix, uri));
                    }
                    if depth == 1 {
                        return;
                    }
                }
                depth += 1;
            }
            Event::End(_) => depth -= 1,
            Event::Eof => return,
            _ => {}
        }
    }
}

/// Namespace declarations of a tag: prefix, and URI as written.
fn declarations(tag: &BytesStart<'_>) -> Vec<(String, String)> {
    let mut attributes = tag.attributes();
    let attributes = attributes.with_checks(false).flatten().take(64);
    let declared = attributes.filter_map(|attribute| {
        let key: &str = attribute.key.as_ref();
        let prefix = key.strip_prefix("xmlns")?;
        let prefix = if prefix.is_empty() {
            ""
        } else {
            prefix.strip_prefix(':')?
        };
        Some((prefix.to_owned(), attribute.value.to_string()))
    });
    declared.collect()
}

/// The element with the namespaces around it declared on itself, unless it declares the prefix again.
fn with_namespaces(element: &str, around: &[(String, String)]) -> String {
    let mut reader = Reader::from_str(element);
    let own = loop {
        match reader.read_event() {
            Ok(Event::Start(tag) | Event::Empty(tag)) => break declarations(&tag),
            Ok(Event::Eof) | Err(_) => return element.to_owned(),
            Ok(_) => {}
        }
    };
    let Some(start) = element.find('<') else {
        return element.to_owned();
    };
    let name = element[start + 1..].find(|c: char| c.is_whitespace() || c == '>' || c == '/');
    let Some(at) = name.map(|length| start + 1 + length) else {
        return element.to_owned();
    };
    let mut out = String::with_capacity(element.len() + 256);
    out.push_str(&element[..at]);
    for (prefix, uri) in around {
        if own.iter().any(|(known, _)| known == prefix) {
            continue;
        }
        out.push_str(if prefix.is_empty() {
            " xmlns"
        } else {
            " xmlns:"
        });
        out.push_str(prefix);
        out.push_str("=\"");
        out.push_str(
            &uri.replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('"', "&quot;"),
        );
        out.push('"');
    }
    out.push_str(&element[at..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oai::read_page;

    const PAGE: &str = r#"<?xml version="1.0"?><oai:OAI-PMH xmlns:oai="http://www.openarchives.org/OAI/2.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:odc="http://www.openarchives.org/OAI/2.0/oai_dc/">
<oai:responseDate>2024-01-01T00:00:00Z</oai:responseDate><oai:request>http://h/oai</oai:request><oai:ListRecords>
<oai:record><oai:header><oai:identifier>a</oai:identifier><oai:datestamp>2024-01-01</oai:datestamp></oai:header>
<oai:metadata xmlns:x="urn:x"><odc:dc xmlns:dc="urn:other"><dc:title x:y="1">T &nbsp; &amp; U</dc:title></odc:dc></oai:metadata>
</oai:record></oai:ListRecords></oai:OAI-PMH>"#;

    #[test]
    fn namespaces_around_a_record_come_along() {
        let page = read_page(PAGE.as_bytes()).unwrap();
        let place = &page.records[0];
        let whole = standalone_record(
            &PAGE.as_bytes()[place.offset..place.offset + place.len],
            &page.head,
        )
        .unwrap();
        assert!(
            whole
                .record
                .starts_with("<oai:record xmlns:oai=\"http://www.openarchives.org/OAI/2.0/\""),
            "{}",
            whole.record
        );
        assert!(!whole.record.contains("&nbsp;"), "{}", whole.record);
        let metadata = whole.metadata.unwrap();
        assert!(metadata.starts_with("<odc:dc xmlns:oai="), "{metadata}");
        assert!(
            metadata.contains(" xmlns:x=\"urn:x\"") && metadata.contains(" xmlns:odc="),
            "{metadata}"
        );
        // Declared again: the inner one holds.
        assert_eq!(metadata.matches("xmlns:dc=").count(), 1);
        assert!(metadata.contains("xmlns:dc=\"urn:other\""));
        let mut reader = quick_xml::NsReader::from_str(&metadata);
        while !matches!(reader.read_event().unwrap(), Event::Eof) {}
    }

    /// A record of a page without namespaces whose metadata is this.
    fn read(metadata: &str) -> Result<StandaloneRecord, ReadError> {
        let record = format!(
            "<record xmlns=\"http://www.openarchives.org/OAI/2.0/\"><header><identifier>a</identifier>\
             <datestamp>2024-01-01</datestamp></header><metadata>{metadata}</metadata></record>"
        );
        standalone_record(record.as_bytes(), &PageHead::default())
    }

    #[rstest::rstest]
    #[case::known_prefix(
        "<dc:title>A</dc:title>",
        "<dc:title xmlns:dc=\"http://purl.org/dc/elements/1.1/\">"
    )]
    #[case::unknown_prefix("<x:t>A</x:t>", "xmlns:x=\"urn:x-undeclared:x\"")]
    #[case::prefixed_attribute("<t y:a='1'>A</t>", "xmlns:y=\"urn:x-undeclared:y\"")]
    #[case::attribute_twice("<t a='1' a='2'>A</t>", "<t a=\"1\">")]
    #[case::bare_less_than_in_attribute("<t a='1<2'>A</t>", "a=\"1&lt;2\"")]
    #[case::unquoted_attribute("<t a=1>A</t>", "<t")]
    #[case::end_of_section("<t>A ]]> B</t>", "A ]]&gt; B")]
    #[case::hyphens_in_comment("<t>A<!-- a -- b -->B</t>", "AB")]
    #[case::name_that_is_none("<t><1a>A</1a></t>", "<_1a>A</_1a>")]
    #[case::empty_namespace("<x:t xmlns:x=''>A</x:t>", "xmlns:x=\"urn:x-undeclared:x\"")]
    #[case::two_colons("<a:b:c xmlns:a='urn:a'>A</a:b:c>", "<a:b_c")]
    fn writes_again_what_strict_readers_refuse(#[case] metadata: &str, #[case] expected: &str) {
        let read = read(metadata).unwrap();
        assert!(read.record.contains(expected), "{}", read.record);
        assert!(!read.changes.is_empty());
        let metadata = read.metadata.unwrap();
        for xml in [&read.record, &metadata] {
            assert!(is_strict(xml), "{xml}");
        }
        assert!(
            read.record.contains("<!-- offprint changed"),
            "{}",
            read.record
        );
    }

    #[test]
    fn leaves_out_what_no_reader_takes() {
        let deep = format!("{}A{}", "<a>".repeat(252), "</a>".repeat(252));
        assert!(read(&deep).is_err());
        let huge = format!("<a>{}</a>", "x".repeat(10_000_001));
        assert!(read(&huge).is_err());
    }

    #[test]
    fn keeps_what_strict_readers_take_as_it_was() {
        let metadata = "<dc:dc xmlns:dc='urn:a' a=\"x>y\"><!-- c --><dc:t>A &amp; <![CDATA[B]]></dc:t></dc:dc>";
        let read = read(metadata).unwrap();
        assert!(read.record.contains(metadata), "{}", read.record);
        assert_eq!(read.changes, Vec::<String>::new());
    }
}
