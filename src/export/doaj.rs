//! DOAJ's XML for uploading articles (`doajArticles.xsd`, 1.3). An article has a form here when it has what that
//! demands: an ISSN, the title of its journal, a date, a title of its own and the address of its text.

use std::io::{self, Write};

use super::Format;
use super::pick::{self, Name};
use super::xml::Xml;
use crate::article::{Article, Entry, Role, Scheme};
use crate::normalize::language;

const PROLOG: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// The format `doaj`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Doaj;

impl Format for Doaj {
    fn name(&self) -> &'static str {
        "doaj"
    }

    fn extension(&self) -> &'static str {
        "xml"
    }

    fn media_type(&self) -> &'static str {
        "application/xml"
    }

    fn takes(&self, entry: &Entry) -> bool {
        let Entry::Live(article) = entry else {
            return false;
        };
        !pick::issns(&article.journal).is_empty()
            && pick::journal_title(&article.journal).is_some()
            && pick::date(article).is_some()
            && !pick::titles(article).is_empty()
            && address(article).is_some()
    }

    fn head(&mut self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{PROLOG}<records>")
    }

    fn entry(&mut self, out: &mut dyn Write, entry: &Entry) -> io::Result<()> {
        match entry {
            Entry::Live(article) => writeln!(out, "{}", record(article)),
            Entry::Deleted(_) => Ok(()),
        }
    }

    fn tail(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"</records>\n")
    }

    fn file(&mut self, out: &mut dyn Write, article: &Article) -> io::Result<()> {
        self.head(out)?;
        writeln!(out, "{}", record(article))?;
        self.tail(out)
    }
}

/// Where the text is, and its form: the article's page, else a file.
fn address(article: &Article) -> Option<(String, &'static str)> {
    let landing = pick::landing(article).map(|url| (url, "html"));
    let files = pick::fulltexts(article).into_iter().map(|(url, media)| {
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
    pick::language(lang, article)
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
    xml.leaf("journalTitle", &[], &text(pick::journal_title(journal)));
    let online = journal
        .issn_electronic
        .as_deref()
        .filter(|issn| pick::is_issn(issn))
        .unwrap_or_default();
    let other = pick::issns(journal)
        .into_iter()
        .find(|issn| *issn != online)
        .unwrap_or_default();
    xml.leaf("issn", &[], other);
    xml.leaf("eissn", &[], online);
    xml.leaf(
        "publicationDate",
        &[],
        &text(pick::date(article).map(pick::Date::iso)),
    );
    xml.leaf("volume", &[], article.volume.as_deref().unwrap_or_default());
    xml.leaf("issue", &[], article.issue.as_deref().unwrap_or_default());
    let (first, last) = pick::pages(article);
    xml.leaf("startPage", &[], &text(first));
    xml.leaf("endPage", &[], &text(last));
    xml.leaf("doi", &[], pick::doi(article).unwrap_or_default());
    let number = pick::identifiers(article, Scheme::PublisherId)
        .into_iter()
        .next();
    xml.leaf("publisherRecordId", &[], &text(number));
    xml.leaf(
        "documentType",
        &[],
        &pick::type_label(article).unwrap_or_default(),
    );
    for title in pick::titles(article) {
        xml.leaf(
            "title",
            &[("language", code(title.lang.as_deref(), article))],
            &title.value,
        );
    }
    let mut affiliations: Vec<String> = Vec::new();
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
                let mut numbers: Vec<usize> = Vec::new();
                for affiliation in pick::affiliations(author) {
                    let known = affiliations.iter().position(|known| *known == affiliation);
                    numbers.push(known.unwrap_or(affiliations.len()));
                    if known.is_none() {
                        affiliations.push(affiliation);
                    }
                }
                numbers.dedup();
                for number in numbers {
                    xml.leaf("affiliationId", &[], &(number + 1).to_string());
                }
                let orcid = pick::orcid(author).map(|orcid| format!("https://orcid.org/{orcid}"));
                xml.leaf("orcid_id", &[], &text(orcid));
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
    for one in &article.abstracts {
        let value = pick::paragraphs(&one.value).join(" ");
        xml.leaf(
            "abstract",
            &[("language", code(one.lang.as_deref(), article))],
            &value,
        );
    }
    if let Some((url, form)) = address(article) {
        xml.leaf("fullTextUrl", &[("format", form)], &url);
    }
    let mut by_language: Vec<(&str, Vec<&str>)> = Vec::new();
    for keyword in &article.keywords {
        let code = code(keyword.lang.as_deref(), article);
        match by_language.iter_mut().find(|(known, _)| *known == code) {
            Some((_, words)) => words.push(&keyword.value),
            None => by_language.push((code, vec![&keyword.value])),
        }
    }
    for (code, words) in by_language {
        xml.group("keywords", &[("language", code)], |xml| {
            for word in words {
                xml.leaf("keyword", &[], word);
            }
        });
    }
}
