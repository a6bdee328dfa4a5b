//! Crossref's deposit XML (metadata input schema 5.5.0), for articles that have a DOI, a title, a date, a journal's
//! title and an address to lead to. Registering is the depositor's: nothing is sent.

use std::io::{self, Write as _};

use super::error::ExportError;
use super::fields::{self, Name};
use super::format::{
    Deletions, EntryRef, Exporter, FormatInfo, Frame, Layout, Rendered, TextFrame,
};
use super::xml::Xml;
use super::{kind, marked};
use crate::article::{Article, Contributor, LinkRel, NameVariant, RelationType, Role};
use crate::values::{Doi, LanguageTag, Ror};

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
     <doi_batch version=\"5.5.0\" xmlns=\"http://www.crossref.org/schema/5.5.0\" \
     xmlns:jats=\"http://www.ncbi.nlm.nih.gov/JATS1\" \
     xmlns:rel=\"http://www.crossref.org/relations.xsd\" \
     xmlns:fr=\"http://www.crossref.org/fundref.xsd\" xmlns:ai=\"http://www.crossref.org/AccessIndicators.xsd\" \
     xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
     xsi:schemaLocation=\"http://www.crossref.org/schema/5.5.0 \
     https://www.crossref.org/schemas/crossref5.5.0.xsd\">\n";

/// The format `crossref`.
pub(super) const INFO: FormatInfo = FormatInfo {
    name: "crossref",
    summary: "Crossref deposit XML, for articles with a DOI",
    extension: "xml",
    media_type: "application/vnd.crossref.deposit+xml",
    layout: Layout::Stream,
    deletions: Deletions::Always,
    options: &["depositor", "depositor-email", "registrant"],
};

/// The depositor, and the batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CrossrefOptions {
    /// Name of the depositor.
    pub depositor: Option<String>,
    /// Address that Crossref sends its report to.
    pub email: Option<String>,
    /// The organisation that registers; the depositor without.
    pub registrant: Option<String>,
    /// Number of the batch: Crossref takes a record only with a higher one than before.
    pub timestamp: u64,
}

/// Writes deposits of one depositor.
#[derive(Clone, Debug)]
pub struct Crossref {
    depositor: String,
    email: String,
    registrant: String,
    timestamp: u64,
}

impl Crossref {
    /// A deposit by whom the options name. The depositor or the address missing is the only error.
    pub fn new(options: &CrossrefOptions) -> Result<Self, ExportError> {
        let demand = |value: &Option<String>, what, max| {
            fields::opt(value.as_deref())
                .filter(|value| value.chars().count() <= max)
                .ok_or_else(|| ExportError::missing_setting("crossref", what))
        };
        let depositor = demand(&options.depositor, "the depositor's name", 130)?;
        Ok(Self {
            email: demand(&options.email, "the depositor's mail address", 200)?,
            registrant: fields::opt(options.registrant.as_deref())
                .unwrap_or_else(|| depositor.clone()),
            depositor,
            timestamp: options.timestamp,
        })
    }
}

impl Exporter for Crossref {
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
        writeln!(out, "{}", journal(article))?;
        Ok(Rendered::Written)
    }

    fn frame(&self) -> Box<dyn Frame> {
        let mut xml = Xml::default();
        xml.group("head", &[], |xml| {
            xml.leaf("doi_batch_id", &[], &format!("offprint-{}", self.timestamp));
            xml.leaf("timestamp", &[], &self.timestamp.to_string());
            xml.group("depositor", &[], |xml| {
                xml.leaf("depositor_name", &[], &self.depositor);
                xml.leaf("email_address", &[], &self.email);
            });
            xml.leaf("registrant", &[], &self.registrant);
        });
        Box::new(TextFrame::new(
            format!("{HEAD}{}\n<body>\n", xml.into_string()),
            "</body>\n</doi_batch>\n",
        ))
    }
}

/// Returns why Crossref would refuse an article.
fn refusal(article: &Article) -> Option<&'static str> {
    if depositable_doi(article).is_none() {
        Some("without a DOI")
    } else if resource(article).is_none() {
        Some("without an address")
    } else if fields::date(article).is_none() {
        Some("without a date")
    } else if fields::titles(article).is_empty() {
        Some("without a title")
    } else if !fields::journal_title(&article.journal).is_some_and(|title| fits(&title, 255)) {
        Some("without a journal title")
    } else if !kind::is_journal_content(article) {
        Some("of a kind that is no part of a journal")
    } else if fields::issns(&article.journal).is_empty() && journal_doi(article).is_none() {
        Some("of a journal without ISSN or DOI")
    } else {
        None
    }
}

/// Returns the journal's DOI and the address it leads to, by which Crossref knows a journal without ISSN.
fn journal_doi(article: &Article) -> Option<(Doi, String)> {
    let doi = Doi::bare(article.journal.doi.as_deref()?)?;
    let page = fields::journal_page(article);
    page.starts_with("http").then_some((doi, page))
}

fn fits(value: &str, max: usize) -> bool {
    value.chars().count() <= max
}

/// The value, unless it is longer than the schema lets it be.
fn short(value: Option<String>, max: usize) -> String {
    value.filter(|value| fits(value, max)).unwrap_or_default()
}

/// Returns the DOI of an article, unless the schema takes none of its form: its registrant is one number.
fn depositable_doi(article: &Article) -> Option<Doi> {
    fields::doi(article).filter(|doi| !doi.prefix()[3..].contains('.') && fits(doi.suffix(), 200))
}

fn resource(article: &Article) -> Option<String> {
    let page = fields::landing(article).into_iter();
    page.chain(fields::fulltexts(article).into_iter().map(|(url, _)| url))
        .find(|url| {
            ["http://", "https://", "ftp://"]
                .iter()
                .any(|scheme| url.starts_with(scheme))
                && fits(url, 2048)
        })
}

fn journal(article: &Article) -> String {
    let mut xml = Xml::default();
    let journal = &article.journal;
    xml.group("journal", &[], |xml| {
        xml.group("journal_metadata", &[], |xml| {
            xml.leaf(
                "full_title",
                &[],
                &fields::journal_title(journal).unwrap_or_default(),
            );
            xml.leaf(
                "abbrev_title",
                &[],
                &short(fields::opt(journal.abbreviation.as_deref()), 150),
            );
            for issn in fields::issns(journal) {
                // Crossref matches by the number; the schema takes one of unknown medium for print.
                let medium = if journal.issn_electronic.as_deref() == Some(issn) {
                    "electronic"
                } else if journal.issn_print.as_deref() == Some(issn) {
                    "print"
                } else {
                    ""
                };
                xml.leaf("issn", &[("media_type", medium)], issn);
            }
            if let Some((doi, page)) = journal_doi(article) {
                xml.group("doi_data", &[], |xml| {
                    xml.leaf("doi", &[], &doi);
                    xml.leaf("resource", &[], &page);
                });
            }
        });
        issue(xml, article);
        let language = language_code(article.language.as_deref());
        xml.group(
            "journal_article",
            &[("publication_type", "full_text"), ("language", &language)],
            |xml| fill(xml, article),
        );
    });
    xml.into_string()
}

fn issue(xml: &mut Xml, article: &Article) {
    let volume = short(fields::opt(article.volume.as_deref()), 32);
    let number = short(fields::opt(article.issue.as_deref()), 32);
    if volume.is_empty() && number.is_empty() {
        return;
    }
    let year = article
        .issue_year
        .filter(|year| (1000..=9999).contains(year));
    let Some(year) = year.or_else(|| fields::date(article).map(|date| date.year)) else {
        return;
    };
    xml.group("journal_issue", &[], |xml| {
        xml.group("titles", &[], |xml| {
            xml.leaf(
                "title",
                &[],
                article.issue_title.as_deref().unwrap_or_default(),
            );
        });
        xml.group("publication_date", &[("media_type", "online")], |xml| {
            xml.leaf("year", &[], &year.to_string());
        });
        xml.group("journal_volume", &[], |xml| {
            xml.leaf("volume", &[], &volume);
        });
        xml.leaf("issue", &[], &number);
    });
}

/// Most groups of titles.
const TITLES: usize = 20;

fn fill(xml: &mut Xml, article: &Article) {
    for title in fields::titles(article).into_iter().take(TITLES) {
        let (marked_title, marked_subtitle) = marked::crossref_title(title).unzip();
        let (title, subtitle) = fields::title_parts(title);
        xml.group("titles", &[], |xml| {
            xml.marked("title", &[], &title, marked_title.as_deref());
            xml.marked("subtitle", &[], &subtitle, marked_subtitle.as_deref());
        });
    }
    contributors(xml, article);
    for text in &article.abstracts {
        let language = abstract_language(text.lang.as_deref(), article);
        xml.group("jats:abstract", &[("xml:lang", &language)], |xml| {
            if let Some(paragraphs) = marked::crossref_paragraphs(text) {
                for paragraph in paragraphs {
                    xml.marked("jats:p", &[], "", Some(&paragraph));
                }
                return;
            }
            for paragraph in fields::paragraphs(&text.value) {
                xml.leaf("jats:p", &[], &paragraph);
            }
        });
    }
    dates(xml, article);
    pages(xml, article);
    funding(xml, article);
    license(xml, article);
    relations(xml, article);
    xml.group("doi_data", &[], |xml| {
        let doi = depositable_doi(article);
        xml.leaf("doi", &[], doi.as_deref().unwrap_or_default());
        xml.leaf("resource", &[], &resource(article).unwrap_or_default());
        full_texts(xml, article);
    });
    citations(xml, article);
}

fn dates(xml: &mut Xml, article: &Article) {
    let Some(date) = fields::date(article) else {
        return;
    };
    xml.group("publication_date", &[("media_type", "online")], |xml| {
        let part = |part: Option<u32>| part.map(|part| format!("{part:02}")).unwrap_or_default();
        xml.leaf("month", &[], &part(date.month));
        xml.leaf("day", &[], &part(date.day));
        xml.leaf("year", &[], &format!("{:04}", date.year));
    });
}

fn pages(xml: &mut Xml, article: &Article) {
    let number = article
        .pages
        .as_ref()
        .and_then(|pages| fields::opt(pages.elocation_id.as_deref()));
    let (first, last) = match fields::pages(article) {
        (first, _) if first == number => (None, None),
        pages => pages,
    };
    let first = short(first, 32);
    if !first.is_empty() {
        let raw = article.pages.as_ref().map(|pages| pages.raw.clone());
        let gaps = raw.filter(|raw| raw.contains([',', ';']));
        xml.group("pages", &[], |xml| {
            xml.leaf("first_page", &[], &first);
            xml.leaf("last_page", &[], &short(last, 32));
            xml.leaf("other_pages", &[], &short(gaps, 100));
        });
    }
    xml.group("publisher_item", &[], |xml| {
        xml.leaf(
            "item_number",
            &[("item_number_type", "article_number")],
            &short(number, 32),
        );
    });
}

/// Funders and their awards, each pair in a group of its own.
fn funding(xml: &mut Xml, article: &Article) {
    xml.group("fr:program", &[("name", "fundref")], |xml| {
        for funding in &article.funding {
            xml.group("fr:assertion", &[("name", "fundgroup")], |xml| {
                let name = [("name", "funder_name")];
                let id = funding.funder_id.as_deref().unwrap_or_default();
                let kind = if Ror::is_url(id) {
                    "ror"
                } else {
                    "funder_identifier"
                };
                xml.leaf("fr:assertion", &name, &funding.name);
                xml.leaf("fr:assertion", &[("name", kind)], id);
                let award = funding.award.as_deref().unwrap_or_default();
                xml.leaf("fr:assertion", &[("name", "award_number")], award);
            });
        }
    });
}

fn license(xml: &mut Xml, article: &Article) {
    let license = article
        .license
        .as_ref()
        .and_then(|license| license.url.as_deref());
    let url = license
        .and_then(super::url::href)
        .filter(|url| url.starts_with("http"));
    let Some(url) = url else { return };
    xml.group("ai:program", &[("name", "AccessIndicators")], |xml| {
        if url.contains("://creativecommons.org/") {
            xml.void("ai:free_to_read", &[]);
        }
        for use_ in ["vor", "tdm"] {
            xml.leaf("ai:license_ref", &[("applies_to", use_)], &url);
        }
    });
}

/// Works that the article relates to. Corrections and retractions are told to Crossref by Crossmark, which needs an
/// agreement; here they are related material.
fn relations(xml: &mut Xml, article: &Article) {
    xml.group("rel:program", &[], |xml| {
        for relation in &article.relations {
            let doi = relation.doi.as_deref().and_then(Doi::bare);
            let url = || super::url::href(relation.url.as_deref()?);
            let Some((kind, target)) = doi
                .map(|doi| ("doi", doi.into()))
                .or_else(|| Some(("uri", url()?)))
            else {
                continue;
            };
            let (element, name) = relation_type(relation.kind);
            xml.group("rel:related_item", &[], |xml| {
                let attributes = [("relationship-type", name), ("identifier-type", kind)];
                xml.leaf(element, &attributes, &target);
            });
        }
    });
}

/// Element and type of a relation: within one work, or between two.
fn relation_type(kind: RelationType) -> (&'static str, &'static str) {
    let within = |name| ("rel:intra_work_relation", name);
    let between = |name| ("rel:inter_work_relation", name);
    match kind {
        RelationType::TranslationOf => within("isTranslationOf"),
        RelationType::TranslatedAs => within("hasTranslation"),
        RelationType::VersionOf => within("isVersionOf"),
        RelationType::HasVersion => within("hasVersion"),
        RelationType::Replaces => within("replaces"),
        RelationType::ReplacedBy => within("isReplacedBy"),
        RelationType::CommentsOn => between("isCommentOn"),
        RelationType::CommentedBy => between("hasComment"),
        RelationType::Reviews => between("isReviewOf"),
        RelationType::PartOf => between("isPartOf"),
        RelationType::HasPart => between("hasPart"),
        RelationType::SupplementedBy => between("isSupplementedBy"),
        RelationType::SupplementTo => between("isSupplementTo"),
        RelationType::Corrects | RelationType::Retracts => between("isRelatedMaterial"),
        RelationType::CorrectedBy | RelationType::RetractedBy | RelationType::Related => {
            between("hasRelatedMaterial")
        }
    }
}

/// Addresses of the files, for Similarity Check and for text mining.
fn full_texts(xml: &mut Xml, article: &Article) {
    let files: Vec<(String, Option<String>)> = fields::links(article, LinkRel::Fulltext)
        .into_iter()
        .filter(|(url, _)| url.starts_with("http") && fits(url, 2048))
        .collect();
    // Similarity Check reads one file, best a PDF.
    let is_pdf =
        |(_, media): &&(String, Option<String>)| media.as_deref() == Some("application/pdf");
    if let Some((url, _)) = files.iter().find(is_pdf).or(files.first()) {
        xml.group("collection", &[("property", "crawler-based")], |xml| {
            xml.group("item", &[("crawler", "similarity-check")], |xml| {
                xml.leaf("resource", &[], url);
            });
        });
    }
    xml.group("collection", &[("property", "text-mining")], |xml| {
        for (url, media) in &files {
            let media = media.as_deref().filter(|media| MEDIA_TYPES.contains(media));
            xml.group("item", &[], |xml| {
                let attributes = [("mime_type", media.unwrap_or_default())];
                xml.leaf("resource", &attributes, url);
            });
        }
    });
}

/// Media types of full texts that the schema lists.
const MEDIA_TYPES: [&str; 6] = [
    "application/pdf",
    "application/xml",
    "text/html",
    "text/plain",
    "text/xml",
    "application/epub+zip",
];

fn citations(xml: &mut Xml, article: &Article) {
    xml.group("citation_list", &[], |xml| {
        for (number, reference) in article.references.iter().enumerate() {
            let key = format!("ref{}", number + 1);
            xml.group("citation", &[("key", &key)], |xml| {
                let doi = reference.doi.as_deref().and_then(Doi::bare);
                let doi = doi.filter(|doi| fits(doi, 200));
                xml.leaf("doi", &[], doi.as_deref().unwrap_or_default());
                xml.leaf(
                    "unstructured_citation",
                    &[],
                    &super::inline_markup::plain(&reference.raw),
                );
            });
        }
    });
}

/// ISO 639 code of a tag, of two letters where there is one; empty if there is none.
fn language_code(tag: Option<&str>) -> String {
    let primary = tag
        .map(LanguageTag::primary_of)
        .unwrap_or_default()
        .to_ascii_lowercase();
    let known =
        isolang::Language::from_639_1(&primary).or_else(|| isolang::Language::from_639_3(&primary));
    known.map_or_else(String::new, |known| {
        known
            .to_639_1()
            .unwrap_or_else(|| known.to_639_3())
            .to_owned()
    })
}

fn abstract_language(lang: Option<&str>, article: &Article) -> String {
    fields::language(lang, article).unwrap_or_default()
}

fn contributors(xml: &mut Xml, article: &Article) {
    let mut sequence = "first";
    xml.group("contributors", &[], |xml| {
        for one in &article.contributors {
            let role = match one.role {
                Role::Author => "author",
                Role::Editor => "editor",
                Role::Translator => "translator",
                // Crossref has no word for a contributor without more.
                _ => continue,
            };
            let Some(name) = Name::of(one) else { continue };
            let attributes = [("sequence", sequence), ("contributor_role", role)];
            let written = match name {
                Name::Organization(name) => {
                    xml.leaf("organization", &attributes, &short(Some(name), 511))
                }
                Name::Whole(name) => person(xml, &attributes, one, "", &name, ""),
                // One name alone is a surname here: given names do not stand by themselves.
                Name::Person {
                    family,
                    given,
                    suffix,
                } if family.is_empty() => person(xml, &attributes, one, "", &given, &suffix),
                Name::Person {
                    family,
                    given,
                    suffix,
                } => person(xml, &attributes, one, &given, &family, &suffix),
            };
            if written {
                sequence = "additional";
            }
        }
    });
}

fn person(
    xml: &mut Xml,
    attributes: &[(&'static str, &str)],
    contributor: &Contributor,
    given: &str,
    family: &str,
    suffix: &str,
) -> bool {
    if !fits(family, 200) {
        return false;
    }
    xml.group("person_name", attributes, |xml| {
        xml.leaf("given_name", &[], &short(Some(given.to_owned()), 200));
        xml.leaf("surname", &[], family);
        xml.leaf("suffix", &[], &short(Some(suffix.to_owned()), 10));
        xml.group("affiliations", &[], |xml| {
            for affiliation in &contributor.affiliations {
                let name = fields::affiliation_name(affiliation);
                let ror = affiliation.ror.as_deref().unwrap_or_default();
                let is_ror = Ror::is_url(ror) && fits(ror, 58);
                xml.group("institution", &[], |xml| {
                    xml.leaf("institution_name", &[], &short(name, 1024));
                    let ror = if is_ror { ror } else { "" };
                    xml.leaf("institution_id", &[("type", "ror")], ror);
                });
            }
        });
        let authenticated = if contributor.orcid_authenticated {
            "true"
        } else {
            "false"
        };
        let orcid = fields::orcid(contributor);
        xml.leaf(
            "ORCID",
            &[("authenticated", authenticated)],
            orcid.as_deref().unwrap_or_default(),
        );
        xml.group("alt-name", &[], |xml| {
            for variant in &contributor.variants {
                alternate_name(xml, variant);
            }
        });
    })
}

/// The name in another language or script.
fn alternate_name(xml: &mut Xml, variant: &NameVariant) {
    let part = |part: &Option<String>| short(fields::opt(part.as_deref()), 200);
    let (family, given) = (part(&variant.family), part(&variant.given));
    let language = language_code(variant.lang.as_deref());
    if family.is_empty() && given.is_empty() {
        let whole = short(fields::text(&variant.raw), 200);
        xml.leaf("string-name", &[("language", &language)], &whole);
        return;
    }
    let style = if family.is_empty() {
        "given-only"
    } else if fields::is_eastern(&family) {
        "eastern"
    } else {
        "western"
    };
    let attributes = [("name-style", style), ("language", language.as_str())];
    xml.group("name", &attributes, |xml| {
        xml.leaf("surname", &[], &family);
        xml.leaf("given_name", &[], &given);
    });
}
