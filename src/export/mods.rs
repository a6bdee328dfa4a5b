//! MODS 3.8 (Library of Congress): a `modsCollection` of records, for digital libraries and repositories.

use std::io::{self, Write as _};

use super::fields::{self, Name};
use super::format::{
    Deletions, EntryRef, Exporter, FormatInfo, Frame, Layout, Rendered, TextFrame,
};
use super::xml::{PROLOG, Xml};
use super::{kind, marc};
use crate::article::{Article, Contributor, Role, Title};
use crate::normalize::language;

/// The format `mods`.
pub(super) const INFO: FormatInfo = FormatInfo {
    name: "mods",
    summary: "MODS 3.8 in XML",
    extension: "xml",
    media_type: "application/mods+xml",
    layout: Layout::Stream,
    deletions: Deletions::Always,
    options: &[],
};

const NAMESPACES: &str = "xmlns=\"http://www.loc.gov/mods/v3\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" \
     xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"http://www.loc.gov/mods/v3 \
     http://www.loc.gov/standards/mods/v3/mods-3-8.xsd\"";

/// Writes MODS.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mods;

impl Exporter for Mods {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn entry(&self, entry: EntryRef<'_>, out: &mut Vec<u8>) -> io::Result<Rendered> {
        let Some(article) = entry.live() else {
            return Ok(Rendered::DELETION);
        };
        writeln!(out, "{}", record(article))?;
        Ok(Rendered::Written)
    }

    fn frame(&self) -> Box<dyn Frame> {
        Box::new(TextFrame::new(
            format!("{PROLOG}<modsCollection {NAMESPACES}>\n"),
            "</modsCollection>\n",
        ))
    }
}

/// ISO 639-2/B of a text; empty where it has none.
fn code(lang: Option<&str>, article: &Article) -> &'static str {
    fields::language(lang, article)
        .as_deref()
        .and_then(language::marc)
        .unwrap_or_default()
}

fn record(article: &Article) -> String {
    let mut xml = Xml::default();
    xml.group("mods", &[("version", "3.8")], |xml| {
        for (at, title) in fields::titles(article).into_iter().enumerate() {
            title_info(xml, article, title, at == 0);
        }
        let mut is_first = true;
        for contributor in &article.contributors {
            if let Some(name) = Name::of(contributor) {
                let leads = contributor.role == Role::Author && std::mem::take(&mut is_first);
                person(xml, &name, contributor, leads);
            }
        }
        xml.leaf("typeOfResource", &[], kind_of_resource(article));
        if let Some(kind) = &article.resource_type {
            let attributes = [("authority", "coar"), ("valueURI", kind.uri.as_str())];
            xml.leaf("genre", &attributes, &kind.label);
        }
        origin(xml, article);
        xml.group("language", &[], |xml| {
            let attributes = [("type", "code"), ("authority", "iso639-2b")];
            xml.leaf("languageTerm", &attributes, code(None, article));
        });
        for text in &article.abstracts {
            let lang = [("lang", code(text.lang.as_deref(), article))];
            let value = fields::paragraphs(&text.value).join(" ");
            xml.leaf("abstract", &lang, &value);
        }
        for keyword in &article.keywords {
            let lang = [("lang", code(keyword.lang.as_deref(), article))];
            xml.group("subject", &lang, |xml| {
                xml.leaf("topic", &[], &keyword.value);
            });
        }
        host(xml, article);
        addresses(xml, article);
        if let Some(license) = &article.license {
            let url = license
                .url
                .as_deref()
                .and_then(super::url::href)
                .unwrap_or_default();
            let words = fields::opt(license.name.as_deref()).or_else(|| fields::text(&license.raw));
            let attributes = [
                ("type", "use and reproduction"),
                ("xlink:href", url.as_str()),
            ];
            xml.leaf(
                "accessCondition",
                &attributes,
                &words.unwrap_or_else(|| url.clone()),
            );
        }
        xml.group("recordInfo", &[], |xml| {
            xml.leaf("recordIdentifier", &[], &article.id);
        });
    });
    xml.into_string()
}

fn title_info(xml: &mut Xml, article: &Article, title: &Title, is_main: bool) {
    let kind = if is_main { "" } else { "translated" };
    let lang = code(title.lang.as_deref(), article);
    xml.group("titleInfo", &[("type", kind), ("lang", lang)], |xml| {
        let (title, subtitle) = fields::title_parts(title);
        xml.leaf("title", &[], &title);
        xml.leaf("subTitle", &[], &subtitle);
    });
}

fn person(xml: &mut Xml, name: &Name, contributor: &Contributor, is_primary: bool) {
    let kind = match name {
        Name::Organization(_) => "corporate",
        Name::Person { .. } => "personal",
        Name::Whole(_) => "",
    };
    let usage = if is_primary { "primary" } else { "" };
    xml.group("name", &[("type", kind), ("usage", usage)], |xml| {
        name_parts(xml, name);
        let orcid = fields::orcid(contributor);
        xml.leaf(
            "nameIdentifier",
            &[("type", "orcid")],
            orcid.as_deref().unwrap_or_default(),
        );
        let (term, code) = marc::relator(contributor.role);
        xml.group("role", &[], |xml| {
            for (kind, value) in [("code", code), ("text", term)] {
                let attributes = [("type", kind), ("authority", "marcrelator")];
                xml.leaf("roleTerm", &attributes, value);
            }
        });
        for affiliation in fields::affiliations(contributor) {
            xml.leaf("affiliation", &[], &affiliation);
        }
        for (variant, _) in fields::variants(contributor) {
            xml.group("alternativeName", &[], |xml| name_parts(xml, &variant));
        }
    });
}

fn name_parts(xml: &mut Xml, name: &Name) {
    match name {
        Name::Organization(name) | Name::Whole(name) => {
            xml.leaf("namePart", &[], name);
        }
        Name::Person {
            family,
            given,
            suffix,
        } => {
            for (kind, part) in [
                ("family", family),
                ("given", given),
                ("termsOfAddress", suffix),
            ] {
                xml.leaf("namePart", &[("type", kind)], part);
            }
        }
    }
}

fn origin(xml: &mut Xml, article: &Article) {
    xml.group("originInfo", &[], |xml| {
        xml.group("place", &[], |xml| {
            let place = article.journal.publisher_place.as_deref();
            xml.leaf("placeTerm", &[("type", "text")], place.unwrap_or_default());
        });
        let publisher = article.journal.publisher.as_deref().unwrap_or_default();
        xml.leaf("publisher", &[], publisher);
        let date = fields::date(article).map(fields::Date::iso);
        let attributes = [("encoding", "w3cdtf"), ("keyDate", "yes")];
        xml.leaf("dateIssued", &attributes, &date.unwrap_or_default());
    });
}

/// MODS's term for the content (typeOfResource).
fn kind_of_resource(article: &Article) -> &'static str {
    match kind::of(article).content.leader {
        'e' => "cartographic",
        'g' => "moving image",
        'i' => "sound recording-nonmusical",
        'k' => "still image",
        'm' => "software, multimedia",
        _ => "text",
    }
}

/// The journal, and where in it the article stands.
fn host(xml: &mut Xml, article: &Article) {
    let journal = &article.journal;
    xml.group("relatedItem", &[("type", "host")], |xml| {
        xml.group("titleInfo", &[], |xml| {
            let title = fields::journal_title(journal).unwrap_or_default();
            xml.leaf("title", &[], &title);
        });
        for issn in fields::issns(journal) {
            xml.leaf("identifier", &[("type", "issn")], issn);
        }
        xml.group("part", &[], |xml| {
            for (kind, value) in [("volume", &article.volume), ("issue", &article.issue)] {
                xml.group("detail", &[("type", kind)], |xml| {
                    xml.leaf("number", &[], value.as_deref().unwrap_or_default());
                });
            }
            let (first, last) = fields::pages(article);
            xml.group("extent", &[("unit", "pages")], |xml| {
                xml.leaf("start", &[], &first.unwrap_or_default());
                xml.leaf("end", &[], &last.unwrap_or_default());
            });
            let year = article.issue_year.map(|year| year.to_string());
            xml.leaf("date", &[], &year.unwrap_or_default());
        });
    });
}

fn addresses(xml: &mut Xml, article: &Article) {
    let doi = fields::doi(article);
    let doi = doi.as_deref().unwrap_or_default();
    xml.leaf("identifier", &[("type", "doi")], doi);
    let identifier = &article.provenance.oai_identifier;
    xml.leaf("identifier", &[("type", "oai")], identifier);
    xml.group("location", &[], |xml| {
        let page = fields::landing(article).unwrap_or_default();
        let attributes = [("usage", "primary"), ("access", "object in context")];
        xml.leaf("url", &attributes, &page);
        for (url, _) in fields::fulltexts(article) {
            xml.leaf("url", &[("access", "raw object")], &url);
        }
    });
}
