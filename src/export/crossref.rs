//! Crossref's deposit XML (metadata input schema 5.5.0), for articles that have a DOI, a title, a date, a journal's
//! title and an address to lead to. Registering is the depositor's: nothing is sent.

use std::io::{self, Write};

use super::pick::{self, Name};
use super::xml::Xml;
use super::{ExportError, Format};
use crate::article::{Article, Contributor, Entry, Role};

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
     <doi_batch version=\"5.5.0\" xmlns=\"http://www.crossref.org/schema/5.5.0\" \
     xmlns:jats=\"http://www.ncbi.nlm.nih.gov/JATS1\" xmlns:ai=\"http://www.crossref.org/AccessIndicators.xsd\" \
     xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
     xsi:schemaLocation=\"http://www.crossref.org/schema/5.5.0 \
     https://www.crossref.org/schemas/crossref5.5.0.xsd\">\n";

/// Who deposits, and the batch.
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

/// The format `crossref`.
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
            pick::opt(value.as_deref())
                .filter(|value| value.chars().count() <= max)
                .ok_or_else(|| ExportError::missing_setting("crossref", what))
        };
        let depositor = demand(&options.depositor, "the depositor's name", 130)?;
        Ok(Self {
            email: demand(&options.email, "the depositor's mail address", 200)?,
            registrant: pick::opt(options.registrant.as_deref())
                .unwrap_or_else(|| depositor.clone()),
            depositor,
            timestamp: options.timestamp,
        })
    }
}

impl Format for Crossref {
    fn name(&self) -> &'static str {
        "crossref"
    }

    fn extension(&self) -> &'static str {
        "xml"
    }

    fn media_type(&self) -> &'static str {
        "application/vnd.crossref.deposit+xml"
    }

    fn takes(&self, entry: &Entry) -> bool {
        let Entry::Live(article) = entry else {
            return false;
        };
        depositable_doi(article).is_some()
            && resource(article).is_some()
            && pick::date(article).is_some()
            && !pick::titles(article).is_empty()
            && pick::journal_title(&article.journal).is_some_and(|title| fits(&title, 255))
    }

    fn head(&mut self, out: &mut dyn Write) -> io::Result<()> {
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
        write!(out, "{HEAD}{}\n<body>\n", xml.into_string())
    }

    fn entry(&mut self, out: &mut dyn Write, entry: &Entry) -> io::Result<()> {
        match entry {
            Entry::Live(article) => writeln!(out, "{}", journal(article)),
            Entry::Deleted(_) => Ok(()),
        }
    }

    fn tail(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"</body>\n</doi_batch>\n")
    }

    fn file(&mut self, out: &mut dyn Write, article: &Article) -> io::Result<()> {
        self.head(out)?;
        writeln!(out, "{}", journal(article))?;
        self.tail(out)
    }
}

fn fits(value: &str, max: usize) -> bool {
    value.chars().count() <= max
}

/// The value, unless it is longer than the schema lets it be.
fn short(value: Option<String>, max: usize) -> String {
    value.filter(|value| fits(value, max)).unwrap_or_default()
}

fn depositable_doi(article: &Article) -> Option<&str> {
    let doi = pick::doi(article)?;
    let (registrant, suffix) = doi.strip_prefix("10.")?.split_once('/')?;
    let number =
        (4..=9).contains(&registrant.len()) && registrant.bytes().all(|b| b.is_ascii_digit());
    (number && fits(suffix, 200)).then_some(doi)
}

fn resource(article: &Article) -> Option<String> {
    let page = pick::landing(article).into_iter();
    page.chain(pick::fulltexts(article).into_iter().map(|(url, _)| url))
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
                &pick::journal_title(journal).unwrap_or_default(),
            );
            xml.leaf(
                "abbrev_title",
                &[],
                &short(pick::opt(journal.abbreviation.as_deref()), 150),
            );
            for (issn, medium) in [
                (&journal.issn_print, "print"),
                (&journal.issn_electronic, "electronic"),
            ] {
                let issn = issn
                    .as_deref()
                    .filter(|issn| pick::is_issn(issn))
                    .unwrap_or_default();
                xml.leaf("issn", &[("media_type", medium)], issn);
            }
        });
        issue(xml, article);
        xml.group(
            "journal_article",
            &[("publication_type", "full_text")],
            |xml| fill(xml, article),
        );
    });
    xml.into_string()
}

fn issue(xml: &mut Xml, article: &Article) {
    let volume = short(pick::opt(article.volume.as_deref()), 32);
    let number = short(pick::opt(article.issue.as_deref()), 32);
    if volume.is_empty() && number.is_empty() {
        return;
    }
    let year = article
        .issue_year
        .filter(|year| (1000..=9999).contains(year));
    let Some(year) = year.or_else(|| pick::date(article).map(|date| date.year)) else {
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

fn fill(xml: &mut Xml, article: &Article) {
    if let Some(title) = pick::titles(article).first() {
        let (title, subtitle) = pick::title_parts(title);
        xml.group("titles", &[], |xml| {
            xml.leaf("title", &[], &title);
            xml.leaf("subtitle", &[], &subtitle);
        });
    }
    contributors(xml, article);
    for text in &article.abstracts {
        xml.group(
            "jats:abstract",
            &[(
                "xml:lang",
                &abstract_language(text.lang.as_deref(), article),
            )],
            |xml| {
                for paragraph in pick::paragraphs(&text.value) {
                    xml.leaf("jats:p", &[], &paragraph);
                }
            },
        );
    }
    if let Some(date) = pick::date(article) {
        xml.group("publication_date", &[("media_type", "online")], |xml| {
            let part =
                |part: Option<u32>| part.map(|part| format!("{part:02}")).unwrap_or_default();
            xml.leaf("month", &[], &part(date.month));
            xml.leaf("day", &[], &part(date.day));
            xml.leaf("year", &[], &format!("{:04}", date.year));
        });
    }
    let pages = article.pages.clone().unwrap_or_default();
    let first = short(pick::opt(pages.first.as_deref()), 32);
    if !first.is_empty() {
        xml.group("pages", &[], |xml| {
            xml.leaf("first_page", &[], &first);
            xml.leaf(
                "last_page",
                &[],
                &short(pick::opt(pages.last.as_deref()), 32),
            );
        });
    }
    let article_number = short(pick::opt(pages.elocation_id.as_deref()), 32);
    xml.group("publisher_item", &[], |xml| {
        xml.leaf(
            "item_number",
            &[("item_number_type", "article_number")],
            &article_number,
        );
    });
    let license = article
        .license
        .as_ref()
        .and_then(|license| license.url.as_deref());
    if let Some(url) = license
        .and_then(super::url::href)
        .filter(|url| url.starts_with("http"))
    {
        xml.group("ai:program", &[("name", "AccessIndicators")], |xml| {
            xml.leaf("ai:license_ref", &[], &url);
        });
    }
    xml.group("doi_data", &[], |xml| {
        xml.leaf("doi", &[], depositable_doi(article).unwrap_or_default());
        xml.leaf("resource", &[], &resource(article).unwrap_or_default());
    });
    xml.group("citation_list", &[], |xml| {
        for (number, reference) in article.references.iter().enumerate() {
            let key = format!("ref{}", number + 1);
            xml.group("citation", &[("key", &key)], |xml| {
                let doi = reference
                    .doi
                    .as_deref()
                    .filter(|doi| pick::is_doi(doi) && fits(doi, 200));
                xml.leaf("doi", &[], doi.unwrap_or_default());
                xml.leaf(
                    "unstructured_citation",
                    &[],
                    &super::styled::plain(&reference.raw),
                );
            });
        }
    });
}

fn abstract_language(lang: Option<&str>, article: &Article) -> String {
    pick::language(lang, article).unwrap_or_default()
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
            for name in pick::affiliations(contributor) {
                xml.group("institution", &[], |xml| {
                    xml.leaf("institution_name", &[], &short(Some(name), 1024));
                });
            }
        });
        let orcid = pick::orcid(contributor).map(|orcid| format!("https://orcid.org/{orcid}"));
        xml.leaf(
            "ORCID",
            &[("authenticated", "false")],
            &orcid.unwrap_or_default(),
        );
    })
}
