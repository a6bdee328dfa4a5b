//! DOAJ's XML for uploading articles (`doajArticles.xsd`, 1.3). An article has a form here when it has what that
//! demands: an ISSN, the title of its journal, a date, a title of its own and the address of its text.

use std::collections::HashMap;
use std::io::{self, Write as _};

use super::fields::{self, Name};
use super::format::{
    Deletions, EntryRef, Exporter, FormatInfo, Frame, Layout, Rendered, TextFrame,
};
use super::kind;
use super::lang;
use super::xml::{PROLOG, Xml};
use crate::article::{Article, Journal, Role, Scheme};
use crate::normalize::language;
use crate::values::Issn;

/// The format `doaj`.
pub(super) const INFO: FormatInfo = FormatInfo {
    name: "doaj",
    summary: "DOAJ article XML",
    extension: "xml",
    media_type: "application/xml",
    layout: Layout::Stream,
    deletions: Deletions::Always,
    options: &[],
};

/// Writes DOAJ's XML.
#[derive(Clone, Copy, Debug, Default)]
pub struct Doaj;

impl Exporter for Doaj {
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
        writeln!(out, "{}", record(article))?;
        Ok(Rendered::Written)
    }

    fn frame(&self) -> Box<dyn Frame> {
        Box::new(TextFrame::new(
            format!("{PROLOG}<records>\n"),
            "</records>\n",
        ))
    }
}

/// Returns the print and the electronic ISSN, each may be empty. DOAJ refuses an ISSN under the wrong medium, and with
/// it the whole batch: an ISSN of unknown medium is the other one where one is known, and else nothing.
fn issns(journal: &Journal) -> Option<(&str, &str)> {
    fn valid(issn: Option<&str>) -> &str {
        issn.filter(|issn| Issn::printed(issn).is_some())
            .unwrap_or_default()
    }
    let print = valid(journal.issn_print.as_deref());
    let online = valid(journal.issn_electronic.as_deref());
    let mut unknown = fields::issns(journal)
        .into_iter()
        .filter(|issn| ![print, online].contains(issn));
    let other = match (unknown.next(), unknown.next()) {
        (Some(other), None) => other,
        _ => "",
    };
    match (print, online) {
        ("", "") => None,
        (print, "") => Some((print, other)),
        ("", online) => Some((other, online)),
        known => Some(known),
    }
}

/// Returns why DOAJ would refuse an article.
fn refusal(article: &Article) -> Option<&'static str> {
    let journal = &article.journal;
    if fields::issns(journal).is_empty() {
        Some("without a valid ISSN")
    } else if issns(journal).is_none() {
        Some("with an ISSN of unknown medium")
    } else if fields::journal_title(journal).is_none() {
        Some("without a journal title")
    } else if !kind::is_journal_content(article) {
        Some("of a kind that is no part of a journal")
    } else if fields::date(article).is_none() {
        Some("without a date")
    } else if fields::titles(article).is_empty() {
        Some("without a title")
    } else if address(article).is_none() {
        Some("without a public address")
    } else {
        None
    }
}

/// Where the text is, and its form: the article's page, else a file.
fn address(article: &Article) -> Option<(String, &'static str)> {
    let landing = fields::landing(article).map(|url| (url, "html"));
    let files = fields::fulltexts(article).into_iter().map(|(url, media)| {
        (
            url,
            if media.as_deref() == Some("application/pdf") {
                "pdf"
            } else {
                "html"
            },
        )
    });
    landing
        .into_iter()
        .chain(files)
        .find(|(url, _)| is_public(url))
}

/// http or https, at a host with a top-level domain or at an IPv4 address.
fn is_public(url: &str) -> bool {
    let Ok(parsed) = url::Url::parse(url) else {
        return false;
    };
    let host = match parsed.host() {
        Some(url::Host::Ipv4(_)) => true,
        // As written: the schema knows letters, and no punycode.
        Some(url::Host::Domain(_)) => {
            let written = url
                .split("//")
                .nth(1)
                .and_then(|rest| rest.split(['/', ':', '?', '#']).next());
            written
                .and_then(|host| host.rsplit_once('.'))
                .is_some_and(|(_, tld)| {
                    (2..=10).contains(&tld.chars().count()) && tld.chars().all(char::is_alphabetic)
                })
        }
        _ => false,
    };
    host && matches!(url.split(':').next(), Some("http" | "https"))
}

fn record(article: &Article) -> String {
    let mut xml = Xml::default();
    xml.group("record", &[], |xml| fill(xml, article));
    xml.into_string()
}

/// ISO 639-2/B of a text; empty where it has none.
fn code(lang: Option<&str>, article: &Article) -> &'static str {
    fields::language(lang, article)
        .as_deref()
        .and_then(language::marc)
        .unwrap_or_default()
}

fn fill(xml: &mut Xml, article: &Article) {
    let journal = &article.journal;
    let text = |value: Option<String>| value.unwrap_or_default();
    xml.leaf("language", &[], code(None, article));
    xml.leaf(
        "publisher",
        &[],
        journal.publisher.as_deref().unwrap_or_default(),
    );
    xml.leaf("journalTitle", &[], &text(fields::journal_title(journal)));
    let (print, online) = issns(journal).unwrap_or_default();
    xml.leaf("issn", &[], print);
    xml.leaf("eissn", &[], online);
    xml.leaf(
        "publicationDate",
        &[],
        &text(fields::date(article).map(fields::Date::iso)),
    );
    xml.leaf("volume", &[], article.volume.as_deref().unwrap_or_default());
    xml.leaf("issue", &[], article.issue.as_deref().unwrap_or_default());
    let (first, last) = fields::pages(article);
    xml.leaf("startPage", &[], &text(first));
    xml.leaf("endPage", &[], &text(last));
    xml.leaf(
        "doi",
        &[],
        fields::doi(article).as_deref().unwrap_or_default(),
    );
    let number = fields::identifiers(article, Scheme::PublisherId)
        .into_iter()
        .next();
    xml.leaf("publisherRecordId", &[], &text(number));
    xml.leaf(
        "documentType",
        &[],
        &fields::type_label(article).unwrap_or_default(),
    );
    for title in fields::titles(article) {
        xml.leaf(
            "title",
            &[("language", code(title.lang.as_deref(), article))],
            &title.value,
        );
    }
    authors(xml, article);
    for one in &article.abstracts {
        let value = fields::paragraphs(&one.value).join(" ");
        xml.leaf(
            "abstract",
            &[("language", code(one.lang.as_deref(), article))],
            &value,
        );
    }
    if let Some((url, form)) = address(article) {
        xml.leaf("fullTextUrl", &[("format", form)], &url);
    }
    keywords(xml, article);
}

/// The authors, then each affiliation once.
fn authors(xml: &mut Xml, article: &Article) {
    let mut affiliations: Vec<String> = Vec::new();
    let mut numbers: HashMap<String, usize> = HashMap::new();
    xml.group("authors", &[], |xml| {
        for author in article
            .contributors
            .iter()
            .filter(|one| one.role == Role::Author)
        {
            let Some(name) = Name::of(author) else {
                continue;
            };
            xml.group("author", &[], |xml| {
                xml.leaf("name", &[], &name.direct());
                // DOAJ reads an author's first affiliation alone.
                let affiliation = fields::affiliations(author).join("; ");
                if !affiliation.is_empty() {
                    let next = affiliations.len();
                    let number = *numbers.entry(affiliation.clone()).or_insert(next);
                    if number == next {
                        affiliations.push(affiliation);
                    }
                    xml.leaf("affiliationId", &[], &(number + 1).to_string());
                }
                let orcid = fields::orcid(author);
                xml.leaf("orcid_id", &[], orcid.as_deref().unwrap_or_default());
            });
        }
    });
    xml.group("affiliationsList", &[], |xml| {
        for (number, name) in affiliations.iter().enumerate() {
            xml.leaf(
                "affiliationName",
                &[("affiliationId", &(number + 1).to_string())],
                name,
            );
        }
    });
}

/// The keywords, each language in a group of its own.
fn keywords(xml: &mut Xml, article: &Article) {
    let keywords = article.keywords.iter().map(|keyword| {
        let code = code(keyword.lang.as_deref(), article);
        (code, &keyword.value)
    });
    for (code, words) in lang::groups(keywords) {
        xml.group("keywords", &[("language", code)], |xml| {
            for word in words {
                xml.leaf("keyword", &[], word);
            }
        });
    }
}
