//! MODS, the Metadata Object Description Schema of the Library of Congress, 3.x.

use super::stated::{File, Leaf};
use super::text::Text;
use super::tree::{Node, Tree};

/// More entries of one kind than any record has.
const MAX_ENTRIES: usize = 20_000;

/// Elements that say nothing about the item: about the record, about the package that METS makes, and about files for
/// machines.
const PASSED_OVER: [&str; 8] = [
    "recordInfo",
    "metsHdr",
    "structMap",
    "techMD",
    "sourceMD",
    "digiprovMD",
    "binData",
    "behaviorSec",
];
/// Uses of files in METS that are not the item's own.
const OTHER_USES: [&str; 8] = [
    "THUMBNAIL",
    "LICENSE",
    "CC-LICENSE",
    "TEXT",
    "ORE",
    "SWORD",
    "BRANDED_PREVIEW",
    "METADATA",
];

/// A `titleInfo`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Title {
    /// `nonSort`, `title`, `partNumber` and `partName`, joined.
    pub value: String,
    /// `subTitle`
    pub subtitle: Option<String>,
    /// `type`: `alternative`, `translated`, `abbreviated`, `uniform`; none for the title itself.
    pub kind: Option<String>,
    /// As received.
    pub lang: Option<String>,
}

/// A `name`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Name {
    /// `type`: `personal`, `corporate`, `conference`, `family`.
    pub kind: Option<String>,
    /// `namePart[@type="family"]`
    pub family: Option<String>,
    /// `namePart[@type="given"]`; several are joined.
    pub given: Option<String>,
    /// `namePart[@type="termsOfAddress"]`
    pub terms: Option<String>,
    /// The parts without a type, else `displayForm`.
    pub whole: Option<String>,
    /// Codes and terms of its roles, in lower case.
    pub roles: Vec<String>,
    /// Affiliations.
    pub affiliations: Vec<String>,
    /// ORCID iD, as received.
    pub orcid: Option<String>,
    /// Other identifiers.
    pub ids: Vec<String>,
}

/// An identifier and its type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Id {
    /// `doi`, `issn`, `uri` … in lower case.
    pub kind: String,
    /// As received.
    pub value: String,
}

/// Where in its host the item stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// `detail[@type="volume"]`
    pub volume: Option<String>,
    /// `detail[@type="issue"]` or `number`
    pub issue: Option<String>,
    /// Title of the issue.
    pub issue_title: Option<String>,
    /// First page, or `total` and `list` where no page stands apart.
    pub start: Option<String>,
    /// Last page.
    pub end: Option<String>,
    /// `list`: pages, raw.
    pub list: Option<String>,
    /// Article number.
    pub article_number: Option<String>,
    /// `date`
    pub date: Option<String>,
}

/// A URL of the item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Url {
    /// As received.
    pub url: String,
    /// `access`: `object in context`, `raw object`, `preview`.
    pub access: Option<String>,
}

/// A record in MODS. Values are as received, without white space at their ends; empty ones are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
// shape: mirrors the elements of MODS 3.8
pub struct Mods {
    /// Titles.
    pub titles: Vec<Title>,
    /// People and organisations.
    pub names: Vec<Name>,
    /// `genre`
    pub genres: Vec<String>,
    /// Languages: codes and terms.
    pub languages: Vec<String>,
    /// `abstract`
    pub abstracts: Vec<Text>,
    /// Topics, and the other parts of subjects.
    pub subjects: Vec<Text>,
    /// `identifier`
    pub ids: Vec<Id>,
    /// `location/url`
    pub urls: Vec<Url>,
    /// `originInfo/publisher`
    pub publisher: Option<String>,
    /// `originInfo/place/placeTerm[@type="text"]`
    pub place: Option<String>,
    /// `dateIssued`, the machine-readable first; else `copyrightDate`, `dateCreated`.
    pub dates: Vec<String>,
    /// `accessCondition`: text and `xlink:href`.
    pub conditions: Vec<(String, Option<String>)>,
    /// Notes that name a funder: `note[@type="funding"]`.
    pub funding: Vec<String>,
    /// Other notes.
    pub notes: Vec<Text>,
    /// Media types of the item.
    pub media_types: Vec<String>,
    /// `relatedItem[@type="host"]`: titles of the journal.
    pub host_titles: Vec<Title>,
    /// The identifiers.
    pub host_ids: Vec<Id>,
    /// The publisher.
    pub host_publisher: Option<String>,
    /// Where in it the item stands.
    pub part: Part,
    /// Files of the item (METS).
    pub(crate) files: Vec<File>,
    /// URLs of related items.
    pub related: Vec<String>,
    /// Values without a field of their own, by element.
    pub others: Vec<(String, String)>,
    /// Values that were not read.
    pub(crate) rest: Vec<Leaf>,
    /// Why the rest could not be read, when it could not.
    pub unread: Option<String>,
}

/// Returns whether an element is a MODS record. EPrints writes the elements of MODS right into METS, without the
/// element `mods` around them.
pub(crate) fn is_record(node: &Node) -> bool {
    node.is("mods")
        || (node.is("xmlData")
            && ["titleInfo", "name", "originInfo"]
                .iter()
                .any(|name| node.child(name).is_some()))
}

/// Reads the record that [`is_record`] found.
pub(crate) fn read(record: &Node, tree: &Tree) -> Mods {
    let mut mods = Mods {
        titles: titles(record),
        names: record
            .children("name")
            .filter_map(name)
            .take(MAX_ENTRIES)
            .collect(),
        genres: texts(record, "genre"),
        ids: ids(record),
        abstracts: with_lang(record.children("abstract")),
        files: files(&tree.root),
        unread: tree.unread.clone(),
        ..Mods::default()
    };
    mods.languages(record);
    mods.subjects(record);
    mods.origins(record);
    mods.access(record);
    mods.notes(record);
    mods.related_items(record);
    mods.rest = tree.root.rest(&PASSED_OVER);
    mods
}

impl Mods {
    fn languages(&mut self, record: &Node) {
        for language in record.children("language").take(MAX_ENTRIES) {
            // a code says more surely what a term says
            let terms = || language.children("languageTerm");
            let code = terms().find(|term| term.attribute("type") == Some("code"));
            if let Some(code) = code {
                self.languages.push(code.text());
                terms().for_each(Node::pass_over);
            } else {
                self.languages.extend(terms().map(Node::text));
            }
        }
        self.languages.retain(|language| !language.is_empty());
    }

    fn subjects(&mut self, record: &Node) {
        for subject in record.children("subject").take(MAX_ENTRIES) {
            for part in subject
                .elements()
                .filter(|part| !part.is("cartographics") && !part.is("geographicCode"))
            {
                let value = squeezed(&part.text());
                let lang = part.lang().or_else(|| subject.lang());
                self.subjects
                    .extend((!value.is_empty()).then_some(Text { value, lang }));
            }
        }
        for node in record.children("classification").take(MAX_ENTRIES) {
            // EPrints writes its subjects in words where the code of a classification stands
            let value = squeezed(&node.text());
            if value.contains(' ') {
                let lang = node.lang();
                self.subjects.push(Text { value, lang });
            } else if !value.is_empty() {
                self.others.push(("classification".to_owned(), value));
            }
        }
    }

    fn origins(&mut self, record: &Node) {
        for origin in record.children("originInfo").take(MAX_ENTRIES) {
            fill(&mut self.publisher, || origin.text_of("publisher"));
            self.dates.extend(dates(origin));
            let is_text = |term: &&Node| term.attribute("type") != Some("code");
            let term = || {
                let mut terms = origin.children("place").flat_map(Node::elements);
                terms.find(is_text).map(Node::text)
            };
            fill(&mut self.place, term);
        }
    }

    fn access(&mut self, record: &Node) {
        for location in record.children("location").take(MAX_ENTRIES) {
            for url in location.children("url") {
                let access = url
                    .any_attribute(&["access", "displayLabel"])
                    .map(str::to_owned);
                let url = url.text();
                self.urls.push(Url { url, access });
            }
        }
        for condition in record.children("accessCondition").take(MAX_ENTRIES) {
            let href = condition.attribute("href").map(str::to_owned);
            self.conditions.push((condition.text(), href));
        }
        if let Some(physical) = record.child("physicalDescription") {
            self.media_types = texts(physical, "internetMediaType");
        }
    }

    fn notes(&mut self, record: &Node) {
        for note in record.children("note").take(MAX_ENTRIES) {
            let value = note.text();
            match note.attribute("type") {
                _ if value.is_empty() => {}
                Some("funding") => self.funding.push(value),
                _ => self.notes.push(Text {
                    value,
                    lang: note.lang(),
                }),
            }
        }
        for id in record
            .children("identifier")
            .filter(|id| id.attribute("invalid") == Some("yes"))
        {
            self.others
                .push(("identifier[invalid]".to_owned(), id.text()));
        }
    }

    /// The host, which is the journal, and other items.
    fn related_items(&mut self, record: &Node) {
        let is_host = |item: &&Node| item.attribute("type") == Some("host");
        let items = || record.children("relatedItem");
        for item in items().filter(|item| !is_host(item)).take(MAX_ENTRIES) {
            let kind = item.attribute("type").unwrap_or("related");
            let urls = item.all("url").into_iter().map(Node::text);
            self.related.extend(urls.filter(|url| !url.is_empty()));
            for title in titles(item) {
                let element = format!("relatedItem[{kind}]");
                self.others.push((element, title.value));
            }
        }
        let host = items().find(is_host);
        if let Some(host) = host {
            self.host_titles = titles(host);
            self.host_ids = ids(host);
            if let Some(origin) = host.child("originInfo") {
                self.host_publisher = origin.text_of("publisher");
                if self.dates.is_empty() {
                    self.dates = dates(origin);
                }
            }
        }
        let holders = host.into_iter().chain([record]);
        let parts = holders.flat_map(|node| node.children("part"));
        for part in parts.take(MAX_ENTRIES) {
            self.part.take_in(part);
        }
    }
}

/// The files of METS: `fileGrp/file/FLocat`.
fn files(root: &Node) -> Vec<File> {
    let mut files = Vec::new();
    for group in root.all("fileGrp") {
        let is_other = group.attribute("USE").is_some_and(|usage| {
            OTHER_USES
                .iter()
                .any(|other| other.eq_ignore_ascii_case(usage))
        });
        for file in group.all("file") {
            let media_type = file.attribute("MIMETYPE").map(str::to_owned);
            for place in file.children("FLocat") {
                let Some(url) = place.attribute("href").map(str::to_owned) else {
                    continue;
                };
                let url = Leaf {
                    element: "FLocat".to_owned(),
                    lang: None,
                    value: url,
                };
                if !is_other && url.value.starts_with("http") && files.len() < MAX_ENTRIES {
                    let media_type = media_type.clone();
                    files.push(File { url, media_type });
                }
            }
        }
    }
    files
}

impl Part {
    /// Takes in what is not known yet; the rest stays unread.
    fn take_in(&mut self, part: &Node) {
        for detail in part.children("detail") {
            let number = || match detail.text_of("number") {
                Some(number) => {
                    // `v.`, what the number is called
                    detail.children("caption").for_each(Node::pass_over);
                    Some(number)
                }
                None => detail.text_of("caption"),
            };
            let kind = detail.attribute("type").unwrap_or_default();
            match kind.to_ascii_lowercase().as_str() {
                "volume" => fill(&mut self.volume, number),
                "issue" | "number" => {
                    fill(&mut self.issue, number);
                    fill(&mut self.issue_title, || detail.text_of("title"));
                }
                "article" | "articlenumber" | "article number" | "citation" | "e-location" => {
                    fill(&mut self.article_number, number);
                }
                _ => {}
            }
        }
        let is_pages = |extent: &&Node| {
            let unit = extent.attribute("unit");
            unit.is_none_or(|unit| unit.to_ascii_lowercase().starts_with("page"))
        };
        for extent in part.children("extent").filter(is_pages) {
            fill(&mut self.start, || extent.text_of("start"));
            fill(&mut self.end, || extent.text_of("end"));
            fill(&mut self.list, || extent.text_of("list"));
        }
        fill(&mut self.date, || part.text_of("date"));
    }
}

fn fill(field: &mut Option<String>, value: impl FnOnce() -> Option<String>) {
    if field.is_none() {
        *field = value();
    }
}

fn titles(node: &Node) -> Vec<Title> {
    let title = |info: &Node| {
        let non_sort = info.text_of("nonSort").unwrap_or_default();
        let title = info.text_of("title").unwrap_or_default();
        // `L'` stands without a blank before its word
        let apart = if non_sort.ends_with(['\'', '’']) || non_sort.is_empty() {
            ""
        } else {
            " "
        };
        let mut value = squeezed(&format!("{non_sort}{apart}{title}"));
        for part in ["partNumber", "partName"]
            .into_iter()
            .filter_map(|name| info.text_of(name))
        {
            value = format!("{value}. {}", squeezed(&part));
        }
        let mut subtitle = info.text_of("subTitle").map(|text| squeezed(&text));
        if value.is_empty() {
            value = subtitle.take().unwrap_or_default();
        }
        Title {
            value,
            subtitle,
            kind: info.attribute("type").map(str::to_owned),
            lang: info.lang(),
        }
    };
    node.children("titleInfo")
        .map(title)
        .filter(|title| !title.value.is_empty())
        .take(MAX_ENTRIES)
        .collect()
}

fn name(node: &Node) -> Option<Name> {
    let part = |kind: Option<&str>| {
        let parts = node
            .children("namePart")
            .filter(|part| part.attribute("type") == kind);
        let parts: Vec<String> = parts
            .map(|part| squeezed(&part.text()))
            .filter(|text| !text.is_empty())
            .collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    };
    let (family, given, terms) = (
        part(Some("family")),
        part(Some("given")),
        part(Some("termsOfAddress")),
    );
    let whole = part(None).or_else(|| node.text_of("displayForm"));
    if family.is_none() && given.is_none() && whole.is_none() {
        return None;
    }
    let roles = node
        .all("roleTerm")
        .into_iter()
        .map(|role| role.text().to_lowercase())
        .collect();
    let affiliations = node
        .children("affiliation")
        .map(|text| squeezed(&text.text()))
        .filter(|t| !t.is_empty());
    let orcid = node.children("nameIdentifier").find(|id| {
        id.attribute("type")
            .is_some_and(|kind| kind.eq_ignore_ascii_case("orcid"))
            || id.peek().contains("orcid.org")
    });
    // or as the address of the name itself
    let of_name = || node.attribute_if("valueURI", |uri| uri.contains("orcid.org"));
    let orcid = orcid
        .map(Node::text)
        .or_else(|| of_name().map(str::to_owned));
    let is_other = |id: &String| !id.is_empty() && Some(id) != orcid.as_ref();
    let ids = node.children("nameIdentifier").map(Node::text);
    let ids = ids.filter(is_other).collect();
    let kind = node.attribute("type").map(str::to_ascii_lowercase);
    let affiliations = affiliations.collect();
    Some(Name {
        kind,
        family,
        given,
        terms,
        whole,
        roles,
        affiliations,
        orcid,
        ids,
    })
}

fn ids(node: &Node) -> Vec<Id> {
    let valid = |id: &&Node| id.attribute("invalid") != Some("yes");
    let id = |id: &Node| {
        let mut kind = id
            .attribute("type")
            .unwrap_or_default()
            .to_ascii_lowercase();
        if kind == "issn" {
            let is = |words: [&'static str; 3]| {
                move |label: &str| {
                    let label = label.to_lowercase();
                    words.iter().any(|word| label.contains(word))
                }
            };
            let (electronic, print) = (
                ["electronic", "online", "eissn"],
                ["print", "paper", "pissn"],
            );
            if id.attribute_if("displayLabel", is(electronic)).is_some() {
                "eissn".clone_into(&mut kind);
            } else if id.attribute_if("displayLabel", is(print)).is_some() {
                "pissn".clone_into(&mut kind);
            }
        }
        Id {
            kind,
            value: id.text(),
        }
    };
    node.children("identifier")
        .filter(valid)
        .map(id)
        .filter(|id| !id.value.is_empty())
        .take(MAX_ENTRIES)
        .collect()
}

/// Dates of one origin, the surest first: issued before copyright before created, encoded before free text.
fn dates(origin: &Node) -> Vec<String> {
    let mut dates: Vec<(usize, String)> = Vec::new();
    for (rank, name) in ["dateIssued", "copyrightDate", "dateCreated"]
        .into_iter()
        .enumerate()
    {
        for date in origin
            .children(name)
            .filter(|date| date.attribute("point") != Some("end"))
        {
            let encoded =
                date.attribute("encoding").is_some() || date.attribute("keyDate").is_some();
            dates.push((rank * 2 + usize::from(!encoded), date.text()));
        }
    }
    dates.sort_by_key(|(rank, _)| *rank);
    dates
        .into_iter()
        .map(|(_, date)| date)
        .filter(|date| !date.is_empty())
        .collect()
}

fn texts(node: &Node, name: &str) -> Vec<String> {
    node.children(name)
        .map(Node::text)
        .filter(|text| !text.is_empty())
        .take(MAX_ENTRIES)
        .collect()
}

fn with_lang<'a>(nodes: impl Iterator<Item = &'a Node>) -> Vec<Text> {
    let text = |node: &Node| Text {
        value: node.text(),
        lang: node.lang(),
    };
    nodes
        .map(text)
        .filter(|text| !text.value.is_empty())
        .take(MAX_ENTRIES)
        .collect()
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    #[test]
    fn an_article_in_its_host() {
        let xml = r#"<mods:mods xmlns:mods="http://www.loc.gov/mods/v3"><mods:titleInfo lang="eng"><mods:nonSort>The</mods:nonSort>
            <mods:title>Water</mods:title><mods:subTitle>a study</mods:subTitle></mods:titleInfo>
            <mods:titleInfo type="translated" lang="rus"><mods:title>Вода</mods:title></mods:titleInfo>
            <mods:name type="personal"><mods:namePart type="family">Doe</mods:namePart><mods:namePart type="given">Jane</mods:namePart>
            <mods:role><mods:roleTerm type="code" authority="marcrelator">aut</mods:roleTerm></mods:role><mods:affiliation>ETH</mods:affiliation>
            <mods:nameIdentifier type="orcid">0000-0002-1825-0097</mods:nameIdentifier></mods:name><mods:name/>
            <mods:originInfo><mods:dateCreated>2001</mods:dateCreated><mods:dateIssued>May 2004</mods:dateIssued><mods:dateIssued encoding="w3cdtf">2004-05</mods:dateIssued></mods:originInfo>
            <mods:language><mods:languageTerm type="text">English</mods:languageTerm><mods:languageTerm type="code" authority="iso639-2b">eng</mods:languageTerm></mods:language>
            <mods:subject xml:lang="en"><mods:topic>Rain</mods:topic><mods:geographic>Asia</mods:geographic></mods:subject>
            <mods:identifier type="doi">10.1/x</mods:identifier><mods:location><mods:url access="raw object">http://x/1.pdf</mods:url></mods:location>
            <mods:accessCondition type="use and reproduction" xlink:href="http://creativecommons.org/licenses/by/4.0/">CC BY</mods:accessCondition>
            <mods:relatedItem type="host"><mods:titleInfo><mods:title>Journal</mods:title></mods:titleInfo><mods:identifier type="issn">2002-3839</mods:identifier>
            <mods:part><mods:detail type="volume"><mods:number>5</mods:number></mods:detail><mods:detail type="issue"><mods:number>6</mods:number></mods:detail>
            <mods:extent unit="pages"><mods:start>103</mods:start><mods:end>110</mods:end></mods:extent></mods:part></mods:relatedItem></mods:mods>"#;
        let tree = tree::read(xml, &[]);
        let mods = read(tree.root.find(&is_record).unwrap(), &tree);
        assert_eq!(
            (&*mods.titles[0].value, mods.titles[0].subtitle.as_deref()),
            ("The Water", Some("a study"))
        );
        assert_eq!(mods.titles[1].kind.as_deref(), Some("translated"));
        let [name] = mods.names.as_slice() else {
            panic!("{:?}", mods.names)
        };
        assert_eq!(
            (name.family.as_deref(), name.given.as_deref()),
            (Some("Doe"), Some("Jane"))
        );
        assert_eq!(
            (&*name.roles, &*name.affiliations),
            (&["aut".to_owned()][..], &["ETH".to_owned()][..])
        );
        assert_eq!(mods.dates, ["2004-05", "May 2004", "2001"]);
        assert_eq!(mods.languages, ["eng"]);
        assert_eq!(
            mods.subjects.iter().map(|s| &*s.value).collect::<Vec<_>>(),
            ["Rain", "Asia"]
        );
        assert_eq!(
            mods.conditions[0].1.as_deref(),
            Some("http://creativecommons.org/licenses/by/4.0/")
        );
        assert_eq!(mods.host_titles[0].value, "Journal");
        let part = &mods.part;
        assert_eq!(
            (part.volume.as_deref(), part.issue.as_deref()),
            (Some("5"), Some("6"))
        );
        assert_eq!(
            (part.start.as_deref(), part.end.as_deref()),
            (Some("103"), Some("110"))
        );
    }
}
