//! Checks the rules of OAI-PMH.xsd, provenance.xsd and oai-identifier.xsd.

use quick_xml::NsReader;
use quick_xml::events::Event;
use quick_xml::name::ResolveResult;

const OAI: &str = "http://www.openarchives.org/OAI/2.0/";
const PROVENANCE: &str = "http://www.openarchives.org/OAI/2.0/provenance";
const VERBS: [&str; 6] = [
    "Identify",
    "ListMetadataFormats",
    "ListSets",
    "GetRecord",
    "ListIdentifiers",
    "ListRecords",
];
const ERRORS: [&str; 8] = [
    "cannotDisseminateFormat",
    "idDoesNotExist",
    "badArgument",
    "badVerb",
    "noMetadataFormats",
    "noRecordsMatch",
    "badResumptionToken",
    "noSetHierarchy",
];

/// An element, its namespace resolved.
#[derive(Clone, Debug, Default)]
pub(crate) struct Element {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
}

impl Element {
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    pub(crate) fn all(&self, name: &str) -> Vec<&Element> {
        let mut found = Vec::new();
        for child in &self.children {
            if child.name == name {
                found.push(child);
            }
            found.extend(child.all(name));
        }
        found
    }

    pub(crate) fn texts(&self, name: &str) -> Vec<&str> {
        self.all(name)
            .iter()
            .map(|element| element.text.as_str())
            .collect()
    }

    pub(crate) fn text_of(&self, name: &str) -> &str {
        self.all(name)
            .first()
            .map_or("", |element| element.text.as_str())
    }

    pub(crate) fn errors(&self) -> Vec<&str> {
        self.children
            .iter()
            .filter(|c| c.name == "error")
            .filter_map(|c| c.attribute("code"))
            .collect()
    }

    pub(crate) fn token(&self) -> Option<&Element> {
        self.children.last()?.child("resumptionToken")
    }

    /// (identifier, datestamp, deleted) of each header.
    pub(crate) fn headers(&self) -> Vec<(String, String, bool)> {
        let headers = self
            .all("header")
            .into_iter()
            .filter(|header| header.namespace == OAI);
        headers
            .map(|header| {
                let deleted = header.attribute("status") == Some("deleted");
                (
                    header.text_of("identifier").to_owned(),
                    header.text_of("datestamp").to_owned(),
                    deleted,
                )
            })
            .collect()
    }
}

fn parse(xml: &str) -> Result<Element, String> {
    let mut reader = NsReader::from_str(xml);
    let mut open: Vec<Element> = vec![Element::default()];
    loop {
        let (namespace, event) = reader
            .read_resolved_event()
            .map_err(|e| format!("not well-formed: {e}"))?;
        let namespace = match namespace {
            ResolveResult::Bound(namespace) => {
                let text: &str = namespace.as_ref();
                text.to_owned()
            }
            ResolveResult::Unbound => String::new(),
            ResolveResult::Unknown(prefix) => {
                return Err(format!("the prefix {prefix:?} is not declared"));
            }
        };
        match event {
            Event::Start(ref tag) | Event::Empty(ref tag) => {
                let mut element = Element {
                    namespace,
                    name: tag.local_name().as_ref().to_owned(),
                    ..Element::default()
                };
                for attribute in tag.attributes() {
                    let attribute = attribute.map_err(|e| e.to_string())?;
                    let key: &str = attribute.key.as_ref();
                    let value =
                        quick_xml::escape::unescape(&attribute.value).map_err(|e| e.to_string())?;
                    element
                        .attributes
                        .push((key.to_owned(), value.into_owned()));
                }
                open.push(element);
                if matches!(event, Event::Empty(_)) {
                    close(&mut open);
                }
            }
            Event::End(_) => close(&mut open),
            Event::Text(text) => open.last_mut().unwrap().text.push_str(&text),
            Event::CData(text) => open.last_mut().unwrap().text.push_str(&text),
            Event::GeneralRef(name) => {
                let text = quick_xml::escape::unescape(&format!("&{};", &*name))
                    .map_err(|e| e.to_string())?
                    .into_owned();
                open.last_mut().unwrap().text.push_str(&text);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    let mut document = open
        .pop()
        .filter(|_| open.is_empty())
        .ok_or("an element is not closed")?;
    document
        .children
        .pop()
        .ok_or_else(|| "there is no root".to_owned())
}

fn close(open: &mut Vec<Element>) {
    let mut element = open.pop().unwrap();
    let text = element.text.trim().to_owned();
    element.text = text;
    open.last_mut().unwrap().children.push(element);
}

fn demand(holds: bool, what: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what.to_owned()) }
}

/// Reads an answer, and says where it breaks the schema.
pub(crate) fn check(xml: &str) -> Result<Element, String> {
    let root = parse(xml)?;
    demand(
        root.name == "OAI-PMH" && root.namespace == OAI,
        "the root is no OAI-PMH",
    )?;
    let names: Vec<&str> = root
        .children
        .iter()
        .map(|child| child.name.as_str())
        .collect();
    demand(
        names.len() >= 3 && names[..2] == ["responseDate", "request"],
        "responseDate and request come first",
    )?;
    demand(is_second(&root.children[0].text), "responseDate is no time")?;
    demand(
        root.children[1].text.starts_with("http"),
        "request is no URL",
    )?;
    for (name, value) in &root.children[1].attributes {
        let good = match name.as_str() {
            "verb" => VERBS.contains(&value.as_str()),
            "from" | "until" => is_second(value) || is_day(value),
            "metadataPrefix" => value.bytes().all(is_plain),
            "set" => is_set(value),
            "identifier" | "resumptionToken" => true,
            _ => false,
        };
        demand(good, &format!("request has the attribute {name}={value:?}"))?;
    }
    if names[2] == "error" {
        demand(
            names[2..].iter().all(|name| *name == "error"),
            "errors stand beside something else",
        )?;
        for error in &root.children[2..] {
            demand(
                ERRORS.contains(&error.attribute("code").unwrap_or_default()),
                "an error has no code",
            )?;
        }
        return Ok(root);
    }
    demand(
        names.len() == 3 && VERBS.contains(&names[2]),
        "what follows is no verb",
    )?;
    let verb = &root.children[2];
    demand(!verb.children.is_empty(), "the verb's element is empty")?;
    match verb.name.as_str() {
        "Identify" => identify(verb)?,
        "ListSets" => {
            for set in listed(verb, "set")? {
                order(set, &["setSpec", "setName"])?;
                demand(is_set(set.text_of("setSpec")), "a setSpec is none")?;
            }
        }
        "ListMetadataFormats" => {
            for format in listed(verb, "metadataFormat")? {
                order(format, &["metadataPrefix", "schema", "metadataNamespace"])?;
            }
        }
        "ListIdentifiers" => {
            for one in listed(verb, "header")? {
                header(one)?;
            }
        }
        _ => {
            for one in listed(verb, "record")? {
                record(one)?;
            }
        }
    }
    Ok(root)
}

/// Children of one name, and a resumptionToken behind them.
fn listed<'a>(verb: &'a Element, name: &str) -> Result<Vec<&'a Element>, String> {
    let tokens = verb
        .children
        .iter()
        .filter(|child| child.name == "resumptionToken")
        .count();
    demand(tokens <= 1, "more tokens than one")?;
    if tokens == 1 {
        let token = verb.children.last().unwrap();
        demand(token.name == "resumptionToken", "the token is not the last")?;
        for (name, value) in &token.attributes {
            let good = match name.as_str() {
                "expirationDate" => is_second(value),
                "completeListSize" => value.parse::<u64>().is_ok_and(|size| size > 0),
                "cursor" => value.parse::<u64>().is_ok(),
                _ => false,
            };
            demand(good, &format!("the token has {name}={value:?}"))?;
        }
    }
    let of_name: Vec<&Element> = verb
        .children
        .iter()
        .filter(|child| child.name == name)
        .collect();
    demand(
        of_name.len() + tokens == verb.children.len() && !of_name.is_empty(),
        "the list has something else",
    )?;
    Ok(of_name)
}

fn order(element: &Element, names: &[&str]) -> Result<(), String> {
    let found: Vec<&str> = element
        .children
        .iter()
        .map(|child| child.name.as_str())
        .collect();
    demand(found == names, &format!("{} has {found:?}", element.name))?;
    demand(
        element
            .children
            .iter()
            .all(|child| !child.text.is_empty() || !child.children.is_empty()),
        "an element is empty",
    )
}

fn identify(verb: &Element) -> Result<(), String> {
    let names: Vec<&str> = verb
        .children
        .iter()
        .map(|child| child.name.as_str())
        .collect();
    let expected = [
        "repositoryName",
        "baseURL",
        "protocolVersion",
        "adminEmail",
        "earliestDatestamp",
        "deletedRecord",
        "granularity",
        "compression",
        "compression",
        "description",
    ];
    demand(names == expected, &format!("Identify has {names:?}"))?;
    demand(
        is_second(verb.text_of("earliestDatestamp")),
        "earliestDatestamp is no time",
    )?;
    let about = verb
        .child("description")
        .unwrap()
        .child("oai-identifier")
        .ok_or("no oai-identifier")?;
    order(
        about,
        &[
            "scheme",
            "repositoryIdentifier",
            "delimiter",
            "sampleIdentifier",
        ],
    )?;
    demand(
        is_identifier(about.text_of("sampleIdentifier")),
        "the sample identifier is none",
    )
}

fn header(header: &Element) -> Result<(), String> {
    let names: Vec<&str> = header
        .children
        .iter()
        .map(|child| child.name.as_str())
        .collect();
    let good = names.len() >= 2
        && names[..2] == ["identifier", "datestamp"]
        && names[2..].iter().all(|name| *name == "setSpec");
    demand(good, &format!("a header has {names:?}"))?;
    demand(
        header
            .attribute("status")
            .is_none_or(|status| status == "deleted"),
        "a status is none",
    )?;
    demand(
        is_identifier(header.text_of("identifier")),
        &format!("{:?} is no identifier", header.text_of("identifier")),
    )?;
    demand(
        is_second(header.text_of("datestamp")),
        "a datestamp is none",
    )?;
    demand(
        header.texts("setSpec").iter().all(|spec| is_set(spec)),
        "a setSpec is none",
    )
}

fn record(record: &Element) -> Result<(), String> {
    let first = record
        .children
        .first()
        .filter(|child| child.name == "header")
        .ok_or("a record has no header")?;
    header(first)?;
    let names: Vec<&str> = record.children[1..]
        .iter()
        .map(|child| child.name.as_str())
        .collect();
    if first.attribute("status").is_some() {
        return demand(names.is_empty(), "a deleted record has more than a header");
    }
    demand(
        names == ["metadata", "about"],
        &format!("a record has {names:?}"),
    )?;
    for container in &record.children[1..] {
        let foreign = container.children.len() == 1
            && container
                .children
                .iter()
                .all(|child| !child.namespace.is_empty() && child.namespace != OAI);
        demand(
            foreign,
            &format!(
                "{} does not have one element of another namespace",
                container.name
            ),
        )?;
    }
    let provenance = &record.children[2].children[0];
    demand(
        provenance.namespace == PROVENANCE && provenance.name == "provenance",
        "about is no provenance",
    )?;
    origin(
        provenance
            .child("originDescription")
            .ok_or("no originDescription")?,
    )
}

/// An originDescription, and those inside it.
fn origin(origin: &Element) -> Result<(), String> {
    let mut names = vec!["baseURL", "identifier", "datestamp", "metadataNamespace"];
    let inner = origin.child("originDescription");
    names.extend(inner.map(|_| "originDescription"));
    order(origin, &names)?;
    demand(
        origin.attribute("harvestDate").is_some_and(is_second),
        "no harvestDate",
    )?;
    demand(
        origin
            .attribute("altered")
            .is_some_and(|altered| matches!(altered, "true" | "false")),
        "no altered",
    )?;
    demand(
        is_second(origin.text_of("datestamp")) || is_day(origin.text_of("datestamp")),
        "origin's datestamp",
    )?;
    inner.map_or(Ok(()), self::origin)
}

fn shape(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect()
}

fn is_second(text: &str) -> bool {
    shape(text) == "0000-00-00T00:00:00Z"
}

fn is_day(text: &str) -> bool {
    shape(text) == "0000-00-00"
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte)
}

fn is_set(spec: &str) -> bool {
    spec.split(':')
        .all(|part| !part.is_empty() && part.bytes().all(is_plain))
}

/// The pattern of oai-identifier.xsd.
fn is_identifier(text: &str) -> bool {
    let mut parts = text.splitn(3, ':');
    let (scheme, repository, local) = (
        parts.next(),
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    scheme == Some("oai")
        && repository.contains('.')
        && !local.is_empty()
        && local
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.!~*'();/?:@&=+$,%".contains(&byte))
}
