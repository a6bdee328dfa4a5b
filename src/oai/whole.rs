//! A record made whole: well-formed UTF-8 that stands by itself, with the namespaces its page declared around it.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::oai::decode::decode_slice;
use crate::oai::mend::{is_xml_char, mend};
use crate::oai::page::MAX_DEPTH;
use crate::oai::record::parse;
use crate::oai::{PageHead, ReadError};

/// A record that can be taken for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WholeRecord {
    /// The `<record>`, or the `<header>` of a ListIdentifiers answer, as received; mended only where it was not
    /// well-formed.
    pub record: String,
    /// The element inside `<metadata>`, by itself.
    pub metadata: Option<String>,
    /// `status="deleted"`.
    pub deleted: bool,
}

/// Makes a record of its slice and of what its page says. Errors: what cannot be read even after repair.
pub fn whole_record(slice: &[u8], head: &PageHead) -> Result<WholeRecord, ReadError> {
    let decoded = decode_slice(slice, &head.encoding);
    let (text, record) = match parse(&decoded.text) {
        Ok(record) if record.repairs.is_empty() && decoded.text.chars().all(is_xml_char) => {
            (decoded.text.into_owned(), record)
        }
        Ok(_) | Err(ReadError::Malformed { .. }) => {
            let mended = mend(&decoded.text).text;
            let record = parse(&mended)?;
            (mended, record)
        }
        Err(other) => return Err(other),
    };
    let text = text.trim();
    let mut around = head.namespaces.clone();
    let record_element = with_namespaces(text, &around);
    let metadata = record.metadata.map(|metadata| {
        declared_on_the_way(text, &mut around);
        with_namespaces(&metadata, &around)
    });
    Ok(WholeRecord {
        record: record_element,
        metadata,
        deleted: record.header.deleted,
    })
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

/// The element with the namespaces around it declared on itself, unless it declares the prefix anew.
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
        let whole = whole_record(
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
        // Declared anew: the inner one holds.
        assert_eq!(metadata.matches("xmlns:dc=").count(), 1);
        assert!(metadata.contains("xmlns:dc=\"urn:other\""));
        let mut reader = quick_xml::NsReader::from_str(&metadata);
        while !matches!(reader.read_event().unwrap(), Event::Eof) {}
    }
}
