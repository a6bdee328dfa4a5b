//! The envelope of every answer (§3.2), and text that is safe inside of it.

use std::fmt::Write as _;

use xxhash_rust::xxh3::Xxh3Default;

use super::arguments::{Arguments, Refusal};
use super::settings::Settings;
use crate::export::escape_xml;
use crate::oai::Granularity;
use crate::store::Time;

/// The stylesheet shows an answer to people; harvesters do not read it.
const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
     <?xml-stylesheet type=\"text/xsl\" href=\"/oai.xsl\"?>\n\
     <OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
     xsi:schemaLocation=\"http://www.openarchives.org/OAI/2.0/ http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd\">\n";

/// Arguments that the request element has attributes for.
const SHOWN: [&str; 7] = [
    "verb",
    "identifier",
    "metadataPrefix",
    "from",
    "until",
    "set",
    "resumptionToken",
];

/// An answer in XML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The whole document.
    pub xml: String,
    /// Hash of the content without its responseDate; none where it would soon be out of date in itself, as a
    /// page that leads on is.
    pub etag: Option<u64>,
    /// Records and headers in it.
    pub records: usize,
    /// The first error it reports.
    pub error: Option<crate::oai::ErrorCode>,
}

/// The content of the verb's element.
#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) verb: &'static str,
    pub(crate) xml: String,
    pub(crate) records: usize,
    /// Set if it ends with a resumptionToken.
    pub(crate) leads_on: bool,
}

impl Content {
    pub(crate) fn new(verb: &'static str, xml: String) -> Self {
        Self {
            verb,
            xml,
            records: 0,
            leads_on: false,
        }
    }
}

pub(crate) fn content(
    settings: &Settings,
    response_date: Time,
    arguments: &Arguments,
    content: &Content,
) -> Answer {
    let mut xml = String::with_capacity(content.xml.len() + 1024);
    head(&mut xml, settings, response_date, arguments, true);
    let _ = write!(
        xml,
        "<{verb}>\n{content}</{verb}>\n</OAI-PMH>\n",
        verb = content.verb,
        content = content.xml
    );
    let mut hash = Xxh3Default::new();
    for (name, value) in arguments {
        hash.update(name.as_bytes());
        hash.update(&[0]);
        hash.update(value.as_bytes());
        hash.update(&[0]);
    }
    let etag = (!content.leads_on).then(|| {
        hash.update(content.xml.as_bytes());
        hash.digest()
    });
    Answer {
        xml,
        etag,
        records: content.records,
        error: None,
    }
}

pub(crate) fn refusal(
    settings: &Settings,
    response_date: Time,
    arguments: &Arguments,
    shown: bool,
    refusals: &[Refusal],
) -> Answer {
    let mut xml = String::with_capacity(1024);
    head(&mut xml, settings, response_date, arguments, shown);
    for (code, message) in refusals {
        let _ = write!(xml, "<error code=\"{}\">", code.as_str());
        escape_xml(&mut xml, message);
        xml.push_str("</error>\n");
    }
    xml.push_str("</OAI-PMH>\n");
    Answer {
        xml,
        etag: None,
        records: 0,
        error: refusals.first().map(|(code, _)| code.clone()),
    }
}

/// `shown` says whether the arguments were ones that may be repeated as attributes.
fn head(
    xml: &mut String,
    settings: &Settings,
    response_date: Time,
    arguments: &Arguments,
    shown: bool,
) {
    xml.push_str(HEAD);
    leaf(xml, "responseDate", &seconds(response_date));
    xml.push_str("<request");
    for (name, value) in arguments
        .iter()
        .filter(|(name, _)| shown && SHOWN.contains(&&**name))
    {
        let _ = write!(xml, " {name}=\"");
        escape_xml(xml, value);
        xml.push('"');
    }
    xml.push('>');
    escape_xml(xml, &settings.base_url);
    xml.push_str("</request>\n");
}

/// An element with text, on a line.
pub(crate) fn leaf(xml: &mut String, name: &str, text: &str) {
    let _ = write!(xml, "<{name}>");
    escape_xml(xml, text);
    let _ = writeln!(xml, "</{name}>");
}

/// A datestamp of this repository.
pub(crate) fn seconds(time: Time) -> String {
    Granularity::Second.format(time)
}
