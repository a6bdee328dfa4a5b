//! The sample journal's answers, as the recorded server words and orders them.

use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;

use chrono::{DateTime, Duration, Utc};

use super::collection::{Collection, Filter, Item, PREFIX};
use crate::oai::{Datestamp, ErrorCode, Granularity};

/// Records on a page of ListRecords.
const RECORDS_A_PAGE: usize = 100;
/// Headers on a page of ListIdentifiers.
const IDENTIFIERS_A_PAGE: usize = 500;
/// Tokens kept; the oldest go first.
const MAX_TOKENS: usize = 1000;

/// Arguments of a request, decoded, in the order they came.
pub(super) type Arguments = Vec<(String, String)>;

/// The endpoint: the journal and the tokens it has handed out.
#[derive(Debug)]
pub(super) struct Endpoint {
    /// The journal.
    pub(super) collection: Collection,
    host: String,
    tokens: Tokens,
}

/// Tokens live in the server, as with the real one: they are opaque and run out.
#[derive(Debug, Default)]
struct Tokens {
    by_name: HashMap<String, Place>,
    order: VecDeque<String>,
}

/// Where a token leads.
#[derive(Clone, Debug)]
struct Place {
    /// The list's first request, which later pages repeat in `<request>`.
    request: Arguments,
    filter: Filter,
    offset: usize,
    expires: DateTime<Utc>,
}

/// A refusal.
struct Refusal(ErrorCode, String);

impl Refusal {
    fn argument(message: impl Into<String>) -> Self {
        Self(ErrorCode::BadArgument, message.into())
    }
}

/// What answers hold: the arguments for `<request>`, and the content.
type Answer = (Arguments, String);

impl Endpoint {
    /// An endpoint at this host (`http://127.0.0.1:PORT`).
    pub(super) fn new(host: &str) -> Self {
        Self {
            collection: Collection::new(host),
            host: host.to_owned(),
            tokens: Tokens::default(),
        }
    }

    /// The document that answers these arguments.
    pub(super) fn answer(&mut self, arguments: &Arguments, now: DateTime<Utc>) -> String {
        let (echo, content) = match self.content(arguments, now) {
            Ok(answer) => answer,
            Err(Refusal(code, message)) => {
                // §3.2: no attributes when the arguments themselves were at fault.
                let echo = match code {
                    ErrorCode::BadVerb | ErrorCode::BadArgument => Arguments::new(),
                    _ => arguments.clone(),
                };
                (
                    echo,
                    format!(
                        "\t<error code=\"{}\">{}</error>",
                        code.as_str(),
                        escape(&message)
                    ),
                )
            }
        };
        let host = &self.host;
        let mut attributes = String::new();
        for (name, value) in &echo {
            let _ = write!(attributes, " {name}=\"{}\"", escape(value));
        }
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet type="text/xsl" href="{host}/lib/pkp/xml/oai2.xsl" ?>
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"
	xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
	xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/
		http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">
	<responseDate>{date}</responseDate>
	<request{attributes}>{host}/index.php/cac/oai</request>
{content}</OAI-PMH>
"#,
            date = Granularity::Second.format(now),
        )
    }

    fn content(&mut self, arguments: &Arguments, now: DateTime<Utc>) -> Result<Answer, Refusal> {
        for (at, (name, _)) in arguments.iter().enumerate() {
            if arguments[..at].iter().any(|(earlier, _)| earlier == name) {
                return Err(Refusal::argument(format!(
                    "Multiple values are not allowed for the {name} parameter"
                )));
            }
        }
        let echo = || arguments.clone();
        let argument = |name: &str| value(arguments, name);
        match argument("verb") {
            Some("Identify") => {
                check(arguments, &[], &[])?;
                Ok((echo(), self.collection.identify()))
            }
            Some("ListMetadataFormats") => {
                check(arguments, &[], &["identifier"])?;
                if let Some(identifier) = argument("identifier") {
                    self.item(identifier)?;
                }
                Ok((echo(), self.collection.formats()))
            }
            Some("ListSets") => {
                check(arguments, &[], &["resumptionToken"])?;
                if argument("resumptionToken").is_some() {
                    return Err(bad_token());
                }
                Ok((echo(), self.collection.sets()))
            }
            Some("GetRecord") => {
                check(arguments, &["identifier", "metadataPrefix"], &[])?;
                let item = self.item(argument("identifier").unwrap_or_default())?;
                check_prefix(argument("metadataPrefix"))?;
                Ok((
                    echo(),
                    format!("\t<GetRecord>\n{}\t</GetRecord>\n", item.xml),
                ))
            }
            Some(verb @ ("ListRecords" | "ListIdentifiers")) => {
                let place = self.place(arguments, now)?;
                self.list(verb, &place, now)
            }
            _ => Err(Refusal(ErrorCode::BadVerb, "Illegal OAI verb".to_owned())),
        }
    }

    fn item(&self, identifier: &str) -> Result<&Item, Refusal> {
        if !identifier.starts_with("oai:ojs.ca-c.test:") {
            return Err(Refusal::argument("Identifier is not in a valid format"));
        }
        self.collection.get(identifier).ok_or_else(|| {
            Refusal(
                ErrorCode::IdDoesNotExist,
                "No matching identifier in this repository".to_owned(),
            )
        })
    }

    /// Where a list request begins: at the top, or where its token leads.
    fn place(&self, arguments: &Arguments, now: DateTime<Utc>) -> Result<Place, Refusal> {
        if let Some(token) = value(arguments, "resumptionToken") {
            check(arguments, &["resumptionToken"], &[])?;
            let place = self
                .tokens
                .by_name
                .get(token)
                .filter(|place| place.expires > now);
            return place.cloned().ok_or_else(bad_token);
        }
        check(arguments, &["metadataPrefix"], &["from", "until", "set"])?;
        let from = value(arguments, "from")
            .map(|text| date("from", text))
            .transpose()?;
        let until = value(arguments, "until")
            .map(|text| date("until", text))
            .transpose()?;
        if let (Some(from), Some(until)) = (&from, &until) {
            if from.len() != until.len() {
                return Err(Refusal::argument(
                    "until and from parameters must be of the same granularity",
                ));
            }
            if from > until {
                return Err(Refusal::argument(
                    "until parameter must be greater than or equal to from parameter",
                ));
            }
        }
        check_prefix(value(arguments, "metadataPrefix"))?;
        let set = value(arguments, "set").map(str::to_owned);
        let filter = Filter {
            set,
            from: from.as_deref().and_then(day),
            until: until.as_deref().and_then(day),
        };
        Ok(Place {
            request: arguments.clone(),
            filter,
            offset: 0,
            expires: now,
        })
    }

    fn list(&mut self, verb: &str, place: &Place, now: DateTime<Utc>) -> Result<Answer, Refusal> {
        let identifiers = verb == "ListIdentifiers";
        let limit = if identifiers {
            IDENTIFIERS_A_PAGE
        } else {
            RECORDS_A_PAGE
        };
        let items = self.collection.select(&place.filter);
        let size = items.len();
        let next = place.offset + limit;
        let page = items.get(place.offset..next.min(size)).unwrap_or_default();
        if page.is_empty() {
            let message = "No matching records in this repository".to_owned();
            return Err(Refusal(ErrorCode::NoRecordsMatch, message));
        }
        let mut content = format!("\t<{verb}>\n");
        for item in page {
            content.push_str(&if identifiers {
                item.header()
            } else {
                item.xml.clone()
            });
        }
        let cursor = place.offset;
        if next < size {
            let expires = now + Duration::days(1);
            let token = self.tokens.issue(Place {
                offset: next,
                expires,
                ..place.clone()
            });
            let expires = Granularity::Second.format(expires);
            let _ = writeln!(
                content,
                "\t\t<resumptionToken expirationDate=\"{expires}\"\n\t\t\tcompleteListSize=\"{size}\"\n\
                 \t\t\tcursor=\"{cursor}\">{token}</resumptionToken>"
            );
        } else if cursor > 0 {
            let _ = writeln!(
                content,
                "\t\t<resumptionToken completeListSize=\"{size}\" cursor=\"{cursor}\" />"
            );
        }
        let _ = writeln!(content, "\t</{verb}>");
        Ok((place.request.clone(), content))
    }
}

impl Tokens {
    /// A new token: 32 hexadecimal digits.
    fn issue(&mut self, place: Place) -> String {
        if self.order.len() >= MAX_TOKENS
            && let Some(oldest) = self.order.pop_front()
        {
            self.by_name.remove(&oldest);
        }
        let token = uuid::Uuid::new_v4().simple().to_string();
        self.order.push_back(token.clone());
        self.by_name.insert(token.clone(), place);
        token
    }
}

fn value<'a>(arguments: &'a Arguments, name: &str) -> Option<&'a str> {
    arguments
        .iter()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.as_str())
}

/// Refuses what a verb does not take, then what it lacks: in this order, as the recorded server.
fn check(arguments: &Arguments, required: &[&str], optional: &[&str]) -> Result<(), Refusal> {
    for (name, _) in arguments {
        if name != "verb"
            && !required.contains(&name.as_str())
            && !optional.contains(&name.as_str())
        {
            return Err(Refusal::argument(format!("{name} is an illegal parameter")));
        }
    }
    for name in required {
        if value(arguments, name).is_none() {
            return Err(Refusal::argument(format!("Missing {name} parameter")));
        }
    }
    Ok(())
}

fn check_prefix(prefix: Option<&str>) -> Result<(), Refusal> {
    if prefix == Some(PREFIX) {
        return Ok(());
    }
    let message = "The requested metadataPrefix is not supported by this repository";
    Err(Refusal(
        ErrorCode::CannotDisseminateFormat,
        message.to_owned(),
    ))
}

fn bad_token() -> Refusal {
    let message = "The requested resumptionToken is invalid or has expired";
    Refusal(ErrorCode::BadResumptionToken, message.to_owned())
}

/// A date argument by its shape alone: `2020-13-45` passes here, as with the recorded server.
fn date(name: &str, text: &str) -> Result<String, Refusal> {
    let shape: String = text
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    match shape.as_str() {
        "0000-00-00" | "0000-00-00T00:00:00Z" => Ok(text.to_owned()),
        _ => Err(Refusal::argument(format!("Illegal {name} parameter"))),
    }
}

/// The day of a date argument; none when there is no such day, and then the list has no limit there.
fn day(text: &str) -> Option<String> {
    Datestamp::parse(text).map(|stamp| Granularity::Day.format(stamp.time))
}

/// Escapes for text and attributes; drops what XML 1.0 cannot hold.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(' '),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            c => out.push(c),
        }
    }
    out
}
