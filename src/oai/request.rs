//! The six requests and their query strings (§3.1, §4).

use std::fmt::Write as _;

/// The six verbs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// §4.1
    GetRecord,
    /// §4.2
    Identify,
    /// §4.3
    ListIdentifiers,
    /// §4.4
    ListMetadataFormats,
    /// §4.5
    ListRecords,
    /// §4.6
    ListSets,
}

impl Verb {
    /// The verb as sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GetRecord => "GetRecord",
            Self::Identify => "Identify",
            Self::ListIdentifiers => "ListIdentifiers",
            Self::ListMetadataFormats => "ListMetadataFormats",
            Self::ListRecords => "ListRecords",
            Self::ListSets => "ListSets",
        }
    }
}

/// Arguments of the first request of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ListArgs {
    /// metadataPrefix.
    pub metadata_prefix: String,
    /// setSpec.
    pub set: Option<String>,
    /// Inclusive, in the repository's granularity.
    pub from: Option<String>,
    /// Inclusive, in the repository's granularity.
    pub until: Option<String>,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Request {
    /// The Identify request.
    Identify,
    /// The formats of the repository, or of one item.
    ListMetadataFormats {
        /// The item.
        identifier: Option<String>,
    },
    /// The sets.
    ListSets,
    /// The headers.
    ListIdentifiers(ListArgs),
    /// The records.
    ListRecords(ListArgs),
    /// One record.
    GetRecord {
        /// The identifier.
        identifier: String,
        /// The metadata format.
        metadata_prefix: String,
    },
    /// The next page of a list. The token goes alone, as the standard asks: with any other argument OJS answers
    /// badArgument.
    Resume {
        /// ListRecords, ListIdentifiers or ListSets.
        verb: Verb,
        /// As received.
        token: String,
        /// Sent beside the token, for servers that refuse it otherwise.
        metadata_prefix: Option<String>,
    },
}

impl Request {
    /// The verb.
    pub fn verb(&self) -> Verb {
        match self {
            Self::Identify => Verb::Identify,
            Self::ListMetadataFormats { .. } => Verb::ListMetadataFormats,
            Self::ListSets => Verb::ListSets,
            Self::ListIdentifiers(_) => Verb::ListIdentifiers,
            Self::ListRecords(_) => Verb::ListRecords,
            Self::GetRecord { .. } => Verb::GetRecord,
            Self::Resume { verb, .. } => *verb,
        }
    }

    /// The query string, without the question mark; arguments in a fixed order, each once.
    ///
    /// ```
    /// use offprint::internals::oai::Request;
    /// let request = Request::GetRecord { identifier: "oai:a.b:article/1".into(), metadata_prefix: "oai_dc".into() };
    /// assert_eq!(request.query(), "verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:a.b:article/1");
    /// ```
    pub fn query(&self) -> String {
        let mut query = format!("verb={}", self.verb().as_str());
        let mut add = |name: &str, value: &str| {
            let _ = write!(query, "&{name}=");
            encode(value, &mut query);
        };
        match self {
            Self::Identify | Self::ListSets => {}
            Self::ListMetadataFormats { identifier } => {
                if let Some(identifier) = identifier {
                    add("identifier", identifier);
                }
            }
            Self::ListIdentifiers(args) | Self::ListRecords(args) => {
                add("metadataPrefix", &args.metadata_prefix);
                for (name, value) in [
                    ("set", &args.set),
                    ("from", &args.from),
                    ("until", &args.until),
                ] {
                    if let Some(value) = value {
                        add(name, value);
                    }
                }
            }
            Self::GetRecord {
                identifier,
                metadata_prefix,
            } => {
                add("metadataPrefix", metadata_prefix);
                add("identifier", identifier);
            }
            Self::Resume {
                token,
                metadata_prefix,
                ..
            } => {
                if let Some(prefix) = metadata_prefix {
                    add("metadataPrefix", prefix);
                }
                add("resumptionToken", token);
            }
        }
        query
    }

    /// The URL of this request at a base URL, whose own query arguments are kept.
    pub fn url(&self, base_url: &url::Url) -> url::Url {
        let mut url = base_url.clone();
        let query = match base_url.query() {
            Some(own) if !own.is_empty() => format!("{own}&{}", self.query()),
            _ => self.query(),
        };
        url.set_query(Some(&query));
        url.set_fragment(None);
        url
    }
}

/// Percent-encodes a value. `:` and `/` go raw: OJS 3.1.0 does not decode them, and a query may hold them
/// (RFC 3986 §3.4).
fn encode(value: &str, out: &mut String) {
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' | b'/' => {
                out.push(char::from(byte));
            }
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
}
