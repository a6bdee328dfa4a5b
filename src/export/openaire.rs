//! OpenAIRE Guidelines for Literature Repository Managers 4.0 (`oai_openaire`), for articles that have what these call
//! mandatory.

use std::io::{self, Write as _};

use super::fields;
use super::format::{
    Deletions, EntryRef, Exporter, FormatInfo, Frame, Layout, Rendered, TextFrame, with_prolog,
};
use super::xml::{PROLOG, Xml};
use crate::article::{Article, ResourceType, Role};
use crate::normalize::facets::is_complete_for_openaire;
use crate::values::Orcid;

/// The format `openaire`.
pub(super) const INFO: FormatInfo = FormatInfo {
    name: "openaire",
    summary: "OpenAIRE literature repositories 4.0 in XML",
    extension: "xml",
    media_type: "application/xml",
    layout: Layout::Stream,
    deletions: Deletions::Always,
    options: &[],
};

/// Writes `oaire:resource`; a stream is `<records>` around them.
#[derive(Clone, Copy, Debug, Default)]
pub struct OpenAire;

impl Exporter for OpenAire {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn entry(&self, entry: EntryRef<'_>, out: &mut Vec<u8>) -> io::Result<Rendered> {
        let Some(article) = entry.live() else {
            return Ok(Rendered::DELETION);
        };
        if !is_complete_for_openaire(article) {
            return Ok(Rendered::LeftOut(
                "without a title, author, date, address or Creative Commons licence",
            ));
        }
        writeln!(out, "{}", element(article))?;
        Ok(Rendered::Written)
    }

    fn document(&self, entry: EntryRef<'_>, out: &mut Vec<u8>) -> io::Result<Rendered> {
        with_prolog(self, entry, out)
    }

    fn frame(&self) -> Box<dyn Frame> {
        Box::new(TextFrame::new(
            format!("{PROLOG}<records>\n"),
            "</records>\n",
        ))
    }
}

pub(crate) const NAMESPACE: &str = "http://namespace.openaire.eu/schema/oaire/";

const ATTRIBUTES: [(&str, &str); 5] = [
    ("xmlns:oaire", NAMESPACE),
    ("xmlns:datacite", "http://datacite.org/schema/kernel-4"),
    ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
    ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
    (
        "xsi:schemaLocation",
        "http://namespace.openaire.eu/schema/oaire/ https://www.openaire.eu/schema/repo-lit/4.0/openaire.xsd",
    ),
];

/// `oaire:resource`.
pub(crate) fn element(article: &Article) -> String {
    let mut xml = Xml::default();
    xml.group("oaire:resource", &ATTRIBUTES, |xml| fill(xml, article));
    xml.into_string()
}

fn fill(xml: &mut Xml, article: &Article) {
    xml.group("datacite:titles", &[], |xml| {
        for title in fields::titles(article) {
            let lang = title.lang.as_deref();
            tagged(xml, article, "datacite:title", lang, &title.value);
        }
    });
    xml.group("datacite:creators", &[], |xml| creators(xml, article));
    funding(xml, article);
    xml.leaf(
        "dc:language",
        &[],
        &fields::language(None, article).unwrap_or_default(),
    );
    xml.leaf(
        "dc:publisher",
        &[],
        article.journal.publisher.as_deref().unwrap_or_default(),
    );
    if let Some(date) = fields::date(article) {
        xml.group("datacite:dates", &[], |xml| {
            xml.leaf("datacite:date", &[("dateType", "Issued")], &date.iso());
        });
    }
    let (term, uri) = resource_type(article.resource_type.as_ref());
    xml.leaf(
        "oaire:resourceType",
        &[("resourceTypeGeneral", "literature"), ("uri", uri)],
        term,
    );
    for text in &article.abstracts {
        let value = fields::paragraphs(&text.value).join(" ");
        tagged(xml, article, "dc:description", text.lang.as_deref(), &value);
    }
    let doi = fields::doi(article).map(|doi| ("DOI", String::from(doi)));
    if let Some((kind, value)) = doi.or_else(|| Some(("URL", fields::landing(article)?))) {
        xml.leaf("datacite:identifier", &[("identifierType", kind)], &value);
    }
    xml.leaf(
        "datacite:rights",
        &[("rightsURI", "http://purl.org/coar/access_right/c_abf2")],
        "open access",
    );
    xml.group("datacite:subjects", &[], |xml| {
        for keyword in &article.keywords {
            let lang = keyword.lang.as_deref();
            tagged(xml, article, "datacite:subject", lang, &keyword.value);
        }
    });
    license_and_version(xml, article);
    place(xml, article);
    for (url, media) in fields::fulltexts(article) {
        let media = media.unwrap_or_default();
        xml.leaf(
            "oaire:file",
            &[("mimeType", &media), ("objectType", "fulltext")],
            &url,
        );
    }
}

/// Writes a text with its language.
fn tagged(xml: &mut Xml, article: &Article, name: &'static str, lang: Option<&str>, text: &str) {
    let lang = fields::language(lang, article).unwrap_or_default();
    xml.leaf(name, &[("xml:lang", &lang)], text);
}

fn funding(xml: &mut Xml, article: &Article) {
    xml.group("oaire:fundingReferences", &[], |xml| {
        for funding in &article.funding {
            xml.group("oaire:fundingReference", &[], |xml| {
                xml.leaf("oaire:funderName", &[], &funding.name);
                let award = funding.award.as_deref().unwrap_or_default();
                xml.leaf("oaire:awardNumber", &[], award);
            });
        }
    });
}

fn license_and_version(xml: &mut Xml, article: &Article) {
    if let Some(license) = &article.license {
        let uri = license.url.as_deref().unwrap_or_default();
        xml.leaf(
            "oaire:licenseCondition",
            &[("uri", uri)],
            license.name.as_deref().unwrap_or(&license.raw),
        );
    }
    if let Some(version) = fields::article_version(article) {
        let attributes = [("uri", version.uri)];
        xml.leaf("oaire:version", &attributes, version.abbreviation);
    }
}

/// The journal, and where in it the article stands.
fn place(xml: &mut Xml, article: &Article) {
    xml.leaf(
        "oaire:citationTitle",
        &[],
        &fields::journal_title(&article.journal).unwrap_or_default(),
    );
    xml.leaf(
        "oaire:citationVolume",
        &[],
        article.volume.as_deref().unwrap_or_default(),
    );
    xml.leaf(
        "oaire:citationIssue",
        &[],
        article.issue.as_deref().unwrap_or_default(),
    );
    let (first, last) = fields::pages(article);
    xml.leaf("oaire:citationStartPage", &[], &first.unwrap_or_default());
    xml.leaf("oaire:citationEndPage", &[], &last.unwrap_or_default());
}

fn creators(xml: &mut Xml, article: &Article) {
    let authors = article
        .contributors
        .iter()
        .filter(|contributor| contributor.role == Role::Author);
    for author in authors {
        let Some(name) = fields::Name::of(author) else {
            continue;
        };
        xml.group("datacite:creator", &[], |xml| {
            xml.leaf("datacite:creatorName", &[], &name.inverted());
            xml.leaf(
                "datacite:givenName",
                &[],
                author.given.as_deref().unwrap_or_default(),
            );
            xml.leaf(
                "datacite:familyName",
                &[],
                author.family.as_deref().unwrap_or_default(),
            );
            let scheme = [
                ("nameIdentifierScheme", "ORCID"),
                ("schemeURI", "https://orcid.org"),
            ];
            xml.leaf(
                "datacite:nameIdentifier",
                &scheme,
                fields::orcid(author).as_ref().map_or("", Orcid::id),
            );
            for affiliation in fields::affiliations(author) {
                xml.leaf("datacite:affiliation", &[], &affiliation);
            }
        });
    }
}

/// Term of the COAR Resource Types; `text` where the source says nothing that is among them.
fn resource_type(kind: Option<&ResourceType>) -> (&str, &str) {
    kind.map_or(
        ("text", "http://purl.org/coar/resource_type/c_18cf"),
        |kind| (&kind.label, &kind.uri),
    )
}
