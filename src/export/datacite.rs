//! DataCite's metadata in XML (kernel 4.6), for articles that have a DOI. Registering is the depositor's: nothing is sent.
//! A stream is `<records>` around them.

use std::io::{self, Write as _};

use super::fields::{self, Name};
use super::format::{
    Deletions, EntryRef, Exporter, FormatInfo, Frame, Layout, Rendered, TextFrame, with_prolog,
};
use super::kind;
use super::xml::{PROLOG, Xml};
use crate::article::{Article, Contributor, RelationType, Role};
use crate::values::{Doi, Ror};

/// The format `datacite`.
pub(super) const INFO: FormatInfo = FormatInfo {
    name: "datacite",
    summary: "DataCite XML (kernel 4), for articles with a DOI",
    extension: "xml",
    media_type: "application/vnd.datacite.datacite+xml",
    layout: Layout::Stream,
    deletions: Deletions::Always,
    options: &[],
};

const ATTRIBUTES: [(&str, &str); 3] = [
    ("xmlns", "http://datacite.org/schema/kernel-4"),
    ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
    (
        "xsi:schemaLocation",
        "http://datacite.org/schema/kernel-4 https://schema.datacite.org/meta/kernel-4.6/metadata.xsd",
    ),
];
/// DataCite's value for what is mandatory and not known (appendix 3).
const UNAVAILABLE: &str = ":unav";

/// Writes DataCite's XML.
#[derive(Clone, Copy, Debug, Default)]
pub struct DataCite;

impl Exporter for DataCite {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn entry(&self, entry: EntryRef<'_>, out: &mut Vec<u8>) -> io::Result<Rendered> {
        let Some(article) = entry.live() else {
            return Ok(Rendered::DELETION);
        };
        if let Some(reason) = refusal(article) {
            return Ok(Rendered::LeftOut(reason));
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

/// Returns why DataCite would refuse an article.
fn refusal(article: &Article) -> Option<&'static str> {
    if fields::doi(article).is_none() {
        Some("without a DOI")
    } else if fields::titles(article).is_empty() {
        Some("without a title")
    } else if fields::date(article).is_none() {
        Some("without a date")
    } else {
        None
    }
}

fn element(article: &Article) -> String {
    let mut xml = Xml::default();
    xml.group("resource", &ATTRIBUTES, |xml| {
        let doi = fields::doi(article);
        let doi = doi.as_deref().unwrap_or_default();
        xml.leaf("identifier", &[("identifierType", "DOI")], doi);
        people(xml, article);
        titles(xml, article);
        let publisher = fields::opt(article.journal.publisher.as_deref());
        xml.leaf(
            "publisher",
            &[],
            publisher.as_deref().unwrap_or(UNAVAILABLE),
        );
        if let Some(date) = fields::date(article) {
            xml.leaf("publicationYear", &[], &format!("{:04}", date.year));
            xml.group("dates", &[], |xml| {
                xml.leaf("date", &[("dateType", "Issued")], &date.iso());
            });
        }
        let label = fields::type_label(article).unwrap_or_else(|| "journal article".to_owned());
        let general = [("resourceTypeGeneral", kind::of(article).datacite)];
        xml.leaf("resourceType", &general, &label);
        let language = fields::language(None, article).unwrap_or_default();
        xml.leaf("language", &[], &language);
        subjects(xml, article);
        related(xml, article);
        rights(xml, article);
        descriptions(xml, article);
        funding(xml, article);
    });
    xml.into_string()
}

fn people(xml: &mut Xml, article: &Article) {
    let of = |role: fn(Role) -> bool| {
        article
            .contributors
            .iter()
            .filter(move |one| role(one.role))
            .filter_map(|one| Some((Name::of(one)?, one)))
    };
    xml.group("creators", &[], |xml| {
        for (name, author) in of(|role| role == Role::Author) {
            xml.group("creator", &[], |xml| {
                person(xml, "creatorName", &name, author)
            });
        }
        if of(|role| role == Role::Author).next().is_none() {
            xml.group("creator", &[], |xml| {
                xml.leaf("creatorName", &[], UNAVAILABLE);
            });
        }
    });
    xml.group("contributors", &[], |xml| {
        for (name, one) in of(|role| role != Role::Author) {
            let kind = if one.role == Role::Editor {
                "Editor"
            } else {
                "Other"
            };
            xml.group("contributor", &[("contributorType", kind)], |xml| {
                person(xml, "contributorName", &name, one);
            });
        }
    });
}

fn person(xml: &mut Xml, element: &'static str, name: &Name, contributor: &Contributor) {
    let kind = match name {
        Name::Organization(_) => "Organizational",
        Name::Person { .. } => "Personal",
        Name::Whole(_) => "",
    };
    xml.leaf(element, &[("nameType", kind)], &name.inverted());
    if let Name::Person { family, given, .. } = name {
        xml.leaf("givenName", &[], given);
        xml.leaf("familyName", &[], family);
    }
    let scheme = [
        ("nameIdentifierScheme", "ORCID"),
        ("schemeURI", "https://orcid.org"),
    ];
    let orcid = fields::orcid(contributor);
    xml.leaf(
        "nameIdentifier",
        &scheme,
        orcid.as_deref().unwrap_or_default(),
    );
    for affiliation in &contributor.affiliations {
        let ror = affiliation.ror.as_deref().unwrap_or_default();
        let scheme = if ror.is_empty() { "" } else { "ROR" };
        let attributes = [
            ("affiliationIdentifier", ror),
            ("affiliationIdentifierScheme", scheme),
        ];
        let name = fields::affiliation_name(affiliation).unwrap_or_default();
        xml.leaf("affiliation", &attributes, &name);
    }
}

fn titles(xml: &mut Xml, article: &Article) {
    xml.group("titles", &[], |xml| {
        for (at, title) in fields::titles(article).into_iter().enumerate() {
            let lang = fields::language(title.lang.as_deref(), article).unwrap_or_default();
            let kind = if at == 0 { "" } else { "TranslatedTitle" };
            let attributes = [("titleType", kind), ("xml:lang", lang.as_str())];
            xml.leaf("title", &attributes, &title.value);
        }
    });
}

fn subjects(xml: &mut Xml, article: &Article) {
    xml.group("subjects", &[], |xml| {
        for keyword in &article.keywords {
            let lang = fields::language(keyword.lang.as_deref(), article).unwrap_or_default();
            xml.leaf("subject", &[("xml:lang", &lang)], &keyword.value);
        }
    });
}

/// The journal, and the works cited that have a DOI.
fn related(xml: &mut Xml, article: &Article) {
    let journal = &article.journal;
    let issns = fields::issns(journal);
    xml.group("relatedIdentifiers", &[], |xml| {
        for issn in &issns {
            let attributes = [
                ("relatedIdentifierType", "ISSN"),
                ("relationType", "IsPublishedIn"),
            ];
            xml.leaf("relatedIdentifier", &attributes, issn);
        }
        for relation in &article.relations {
            let doi = relation.doi.as_deref().and_then(Doi::bare);
            let url = relation.url.as_deref().and_then(super::url::href);
            let (kind, value) = match (doi, url) {
                (Some(doi), _) => ("DOI", doi.into()),
                (None, Some(url)) => ("URL", url),
                (None, None) => continue,
            };
            let attributes = [
                ("relatedIdentifierType", kind),
                ("relationType", relation_type(relation.kind)),
            ];
            xml.leaf("relatedIdentifier", &attributes, &value);
        }
        let cited = article.references.iter();
        for doi in cited.filter_map(|reference| reference.doi.as_deref()) {
            let attributes = [
                ("relatedIdentifierType", "DOI"),
                ("relationType", "References"),
            ];
            if let Some(doi) = Doi::bare(doi) {
                xml.leaf("relatedIdentifier", &attributes, &doi);
            }
        }
    });
    host(xml, article, &issns);
}

/// The journal as a related item, and where in it the article stands.
fn host(xml: &mut Xml, article: &Article, issns: &[&str]) {
    let journal = &article.journal;
    let Some(title) = fields::journal_title(journal) else {
        return;
    };
    xml.group("relatedItems", &[], |xml| {
        let attributes = [
            ("relatedItemType", "Journal"),
            ("relationType", "IsPublishedIn"),
        ];
        xml.group("relatedItem", &attributes, |xml| {
            let issn = issns.first().copied().unwrap_or_default();
            let kind = [("relatedItemIdentifierType", "ISSN")];
            xml.leaf("relatedItemIdentifier", &kind, issn);
            xml.group("titles", &[], |xml| {
                xml.leaf("title", &[], &title);
            });
            let year = fields::date(article).map(|date| format!("{:04}", date.year));
            xml.leaf("publicationYear", &[], &year.unwrap_or_default());
            xml.leaf("volume", &[], article.volume.as_deref().unwrap_or_default());
            xml.leaf("issue", &[], article.issue.as_deref().unwrap_or_default());
            let (first, last) = fields::pages(article);
            xml.leaf("firstPage", &[], &first.unwrap_or_default());
            xml.leaf("lastPage", &[], &last.unwrap_or_default());
            let publisher = journal.publisher.as_deref().unwrap_or_default();
            xml.leaf("publisher", &[], publisher);
        });
    });
}

/// DataCite's relation type. Of a correction or retraction it knows the newer and the older work alone.
fn relation_type(kind: RelationType) -> &'static str {
    match kind {
        RelationType::TranslationOf | RelationType::VersionOf => "IsVersionOf",
        RelationType::TranslatedAs | RelationType::HasVersion => "HasVersion",
        RelationType::Replaces | RelationType::Retracts => "Obsoletes",
        RelationType::ReplacedBy | RelationType::RetractedBy => "IsObsoletedBy",
        RelationType::Reviews | RelationType::CommentsOn => "Reviews",
        RelationType::CommentedBy => "IsReviewedBy",
        RelationType::PartOf => "IsPartOf",
        RelationType::HasPart => "HasPart",
        RelationType::SupplementedBy => "IsSupplementedBy",
        RelationType::SupplementTo => "IsSupplementTo",
        RelationType::Corrects | RelationType::Related => "References",
        RelationType::CorrectedBy => "IsReferencedBy",
    }
}

fn rights(xml: &mut Xml, article: &Article) {
    let Some(license) = &article.license else {
        return;
    };
    let url = license
        .url
        .as_deref()
        .and_then(super::url::href)
        .unwrap_or_default();
    let name = fields::opt(license.name.as_deref()).or_else(|| fields::text(&license.raw));
    xml.group("rightsList", &[], |xml| {
        xml.leaf(
            "rights",
            &[("rightsURI", &url)],
            &name.unwrap_or_else(|| url.clone()),
        );
    });
}

fn descriptions(xml: &mut Xml, article: &Article) {
    xml.group("descriptions", &[], |xml| {
        for text in &article.abstracts {
            let lang = fields::language(text.lang.as_deref(), article).unwrap_or_default();
            let attributes = [("descriptionType", "Abstract"), ("xml:lang", lang.as_str())];
            let value = fields::paragraphs(&text.value).join(" ");
            xml.leaf("description", &attributes, &value);
        }
    });
}

fn funding(xml: &mut Xml, article: &Article) {
    xml.group("fundingReferences", &[], |xml| {
        for funding in &article.funding {
            xml.group("fundingReference", &[], |xml| {
                xml.leaf("funderName", &[], &funding.name);
                let id = funding.funder_id.as_deref().unwrap_or_default();
                let kind = if Ror::is_url(id) {
                    "ROR"
                } else if id.contains("/10.13039/") {
                    "Crossref Funder ID"
                } else {
                    "Other"
                };
                xml.leaf("funderIdentifier", &[("funderIdentifierType", kind)], id);
                let award = funding.award.as_deref().unwrap_or_default();
                xml.leaf("awardNumber", &[], award);
            });
        }
    });
}
