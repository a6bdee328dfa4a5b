//! Dublin Core in XML (`oai_dc`), of the article as it was understood: one language tag that holds, no HTML, DOIs as
//! addresses. A stream is one document,
//!
//! ```xml
//! <?xml version="1.0" encoding="UTF-8"?>
//! <records>
//! <oai_dc:dc xmlns:oai_dc="…" xmlns:dc="…">…</oai_dc:dc>
//! <deleted-record id="…" source="…" oai-identifier="…" datestamp="…"/>
//! </records>
//! ```
//!
//! in which every `oai_dc:dc` is whole, with its namespaces.

use std::io::{self, Write as _};

use super::fields;
use super::format::{
    Deletions, EntryRef, Exporter, FormatInfo, Frame, Layout, Rendered, TextFrame,
};
use super::xml::{PROLOG, Xml};
use crate::article::{Article, Deletion, Entry, LinkRel, ResourceType, Role, Scheme};

const ATTRIBUTES: [(&str, &str); 4] = [
    (
        "xmlns:oai_dc",
        "http://www.openarchives.org/OAI/2.0/oai_dc/",
    ),
    ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
    ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
    (
        "xsi:schemaLocation",
        "http://www.openarchives.org/OAI/2.0/oai_dc/ http://www.openarchives.org/OAI/2.0/oai_dc.xsd",
    ),
];

/// The format `dc`.
pub(super) const INFO: FormatInfo = FormatInfo {
    name: "dc",
    summary: "Dublin Core in XML (oai_dc)",
    extension: "xml",
    media_type: "application/xml",
    layout: Layout::Stream,
    deletions: Deletions::Always,
    options: &[],
};

/// Writes Dublin Core.
#[derive(Clone, Copy, Debug, Default)]
pub struct DublinCore;

impl Exporter for DublinCore {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn entry(&self, entry: EntryRef<'_>, out: &mut Vec<u8>) -> io::Result<Rendered> {
        match entry.entry {
            Entry::Live(article) => writeln!(out, "{}", element(article))?,
            Entry::Deleted(deletion) => writeln!(out, "{}", deleted(deletion))?,
        }
        Ok(Rendered::Written)
    }

    fn document(&self, entry: EntryRef<'_>, out: &mut Vec<u8>) -> io::Result<Rendered> {
        out.extend_from_slice(PROLOG.as_bytes());
        self.entry(entry, out)
    }

    fn frame(&self) -> Box<dyn Frame> {
        Box::new(TextFrame::new(
            format!("{PROLOG}<records>\n"),
            "</records>\n",
        ))
    }
}

fn deleted(deletion: &Deletion) -> String {
    let provenance = &deletion.provenance;
    let mut xml = Xml::default();
    xml.void(
        "deleted-record",
        &[
            ("id", &deletion.id),
            ("source", &provenance.source),
            ("oai-identifier", &provenance.oai_identifier),
            ("datestamp", &provenance.datestamp),
        ],
    );
    xml.into_string()
}

pub(super) fn element(article: &Article) -> String {
    let mut xml = Xml::default();
    let written = xml.group("oai_dc:dc", &ATTRIBUTES, |xml| fill(xml, article));
    if !written {
        xml.void("oai_dc:dc", &ATTRIBUTES);
    }
    xml.into_string()
}

fn fill(xml: &mut Xml, article: &Article) {
    texts(xml, article);
    kind_and_form(xml, article);
    identifiers(xml, article);
    place(xml, article);
    rights(xml, article);
}

/// Writes a text with its language.
fn tagged(xml: &mut Xml, article: &Article, name: &'static str, lang: Option<&str>, text: &str) {
    let lang = fields::language(lang, article).unwrap_or_default();
    xml.leaf(name, &[("xml:lang", &lang)], text);
}

/// Titles, people, subjects and descriptions.
fn texts(xml: &mut Xml, article: &Article) {
    let journal = &article.journal;
    let tagged = |xml: &mut Xml, name, lang: Option<&str>, text: &str| {
        tagged(xml, article, name, lang, text);
    };
    for title in fields::titles(article) {
        tagged(xml, "dc:title", title.lang.as_deref(), &title.value);
    }
    for (name, _) in fields::names(article, &[Role::Author]) {
        xml.leaf("dc:creator", &[], &name.inverted());
    }
    for keyword in &article.keywords {
        tagged(xml, "dc:subject", keyword.lang.as_deref(), &keyword.value);
    }
    for text in &article.abstracts {
        tagged(
            xml,
            "dc:description",
            text.lang.as_deref(),
            &fields::paragraphs(&text.value).join(" "),
        );
    }
    xml.leaf(
        "dc:publisher",
        &[],
        journal.publisher.as_deref().unwrap_or_default(),
    );
    for (name, _) in fields::names(
        article,
        &[&[Role::Editor], fields::OTHER_ROLES.as_slice()].concat(),
    ) {
        xml.leaf("dc:contributor", &[], &name.inverted());
    }
    for funding in &article.funding {
        xml.leaf("dc:contributor", &[], &funding.name);
    }
    xml.leaf(
        "dc:date",
        &[],
        &fields::date(article)
            .map(fields::Date::iso)
            .unwrap_or_default(),
    );
}

/// Writes the kind of work, its version, and the media types of its files.
fn kind_and_form(xml: &mut Xml, article: &Article) {
    xml.leaf(
        "dc:type",
        &[],
        &article.resource_type.as_ref().map(kind).unwrap_or_default(),
    );
    if let Some(version) = fields::article_version(article) {
        let term = format!("info:eu-repo/semantics/{}", version.term);
        xml.leaf("dc:type", &[], &term);
    }
    let texts = fields::fulltexts(article);
    let mut media: Vec<&str> = texts
        .iter()
        .filter_map(|(_, media)| media.as_deref())
        .collect();
    media.dedup();
    for media in media {
        xml.leaf("dc:format", &[], media);
    }
}

fn identifiers(xml: &mut Xml, article: &Article) {
    xml.leaf(
        "dc:identifier",
        &[],
        &fields::landing(article).unwrap_or_default(),
    );
    xml.leaf(
        "dc:identifier",
        &[],
        &fields::doi(article)
            .and_then(|doi| fields::doi_url(&doi))
            .unwrap_or_default(),
    );
    for scheme in [Scheme::Urn, Scheme::Isbn] {
        for value in fields::identifiers(article, scheme) {
            let prefix = if scheme == Scheme::Isbn {
                "urn:isbn:"
            } else {
                ""
            };
            xml.leaf("dc:identifier", &[], &format!("{prefix}{value}"));
        }
    }
}

/// Where the work is published, its language, and what it relates to.
fn place(xml: &mut Xml, article: &Article) {
    xml.leaf("dc:source", &[], &citation(article));
    for issn in fields::issns(&article.journal) {
        xml.leaf("dc:source", &[], &format!("urn:issn:{issn}"));
    }
    xml.leaf(
        "dc:language",
        &[],
        &fields::language(None, article).unwrap_or_default(),
    );
    for (url, _) in fields::fulltexts(article)
        .into_iter()
        .chain(fields::links(article, LinkRel::Related))
    {
        xml.leaf("dc:relation", &[], &url);
    }
    for unmapped in article
        .unmapped
        .iter()
        .filter(|unmapped| unmapped.element == "dc:coverage")
    {
        let lang = unmapped.lang.as_deref();
        tagged(xml, article, "dc:coverage", lang, &unmapped.value);
    }
}

fn rights(xml: &mut Xml, article: &Article) {
    if let Some(copyright) = &article.copyright {
        let holder = || {
            let year = copyright
                .year
                .map(|year| format!("{year} "))
                .unwrap_or_default();
            copyright
                .holder
                .as_deref()
                .map(|holder| format!("Copyright {year}{holder}"))
        };
        let statement = fields::opt(copyright.statement.as_deref())
            .or_else(holder)
            .unwrap_or_default();
        xml.leaf("dc:rights", &[], &statement);
    }
    if let Some(license) = &article.license {
        xml.leaf(
            "dc:rights",
            &[],
            license.url.as_deref().unwrap_or(&license.raw),
        );
    }
}

/// Terms of the vocabulary of publication types that repositories know (info:eu-repo/semantics).
const TERMS: [&str; 17] = [
    "annotation",
    "article",
    "bachelorThesis",
    "book",
    "bookPart",
    "conferenceObject",
    "contributionToPeriodical",
    "doctoralThesis",
    "lecture",
    "masterThesis",
    "other",
    "patent",
    "preprint",
    "report",
    "review",
    "technicalDocumentation",
    "workingPaper",
];

/// A kind as the term of info:eu-repo that it is, else as its label; bare, a reader would take a term for the name
/// of a section.
fn kind(kind: &ResourceType) -> String {
    let term = match kind.label.as_str() {
        "journal article" => "article".to_owned(),
        "conference object" => "conferenceObject".to_owned(),
        label => camel_case(label),
    };
    if TERMS.contains(&term.as_str()) {
        format!("info:eu-repo/semantics/{term}")
    } else {
        kind.label.clone()
    }
}

/// `doctoral thesis` as `doctoralThesis`.
fn camel_case(label: &str) -> String {
    let mut words = label.split(' ');
    let mut term = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        term.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        term.push_str(letters.as_str());
    }
    term
}

/// `CENTRAL ASIA AND THE CAUCASUS; Vol. 5 No. 6 (2004); 103-110`, as Open Journal Systems writes it.
fn citation(article: &Article) -> String {
    let level = |label: &str, value: &Option<String>| {
        fields::opt(value.as_deref()).map(|value| format!("{label} {value}"))
    };
    let mut issue: Vec<String> = [level("Vol.", &article.volume), level("No.", &article.issue)]
        .into_iter()
        .flatten()
        .collect();
    let year = article
        .issue_year
        .filter(|year| (1000..=9999).contains(year));
    issue.extend(year.map(|year| format!("({year})")));
    let mut issue = issue.join(" ");
    if let Some(title) = fields::opt(article.issue_title.as_deref()) {
        issue = if issue.is_empty() {
            title
        } else {
            format!("{issue}: {title}")
        };
    }
    let parts = [
        fields::journal_title(&article.journal),
        Some(issue),
        fields::page_range(article),
    ];
    parts
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("; ")
}
