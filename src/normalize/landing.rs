//! The crosswalk from an article's HTML page, by its meta tags.
//!
//! On OJS only this page has affiliations, the section, references and the raw pages. It shows one
//! language of most fields: the article's own.

use super::context::FormatRecord;
use super::description::{Description, Kind};
use super::dialect::NameStyle;
use super::seen::Seen;
use super::text::{self, Cleaned};
use super::{creator, date, language, pages, rights};
use crate::article::{
    Abstract, Affiliation, Code, Funding, LangText, LinkRel, Reference, Scheme, Title,
};
use crate::metadata::landing_page::{self, LandingPage, Text};
use crate::values::{Doi, Issn, Orcid};

/// Describes an article from its landing page.
pub(crate) fn describe(record: &FormatRecord, html: &str) -> Description {
    let page = landing_page::read(html);
    let mut crosswalk = Crosswalk {
        language: None,
        out: Description::new(&record.metadata_prefix, Kind::LandingPage),
    };
    if page.is_empty() {
        crosswalk.out.add_finding(
            Code::UnreadableMetadata,
            &record.metadata_prefix,
            "no meta tags of an article",
        );
        return crosswalk.out;
    }
    crosswalk.texts(&page);
    crosswalk.authors(&page);
    crosswalk.issue(&page);
    crosswalk.identifiers(&page);
    crosswalk.rights(&page);
    crosswalk.references(&page);
    crosswalk.others(&page);
    crosswalk.out
}

struct Crosswalk {
    /// The page's language, which texts without one are in.
    language: Option<String>,
    out: Description,
}

impl Crosswalk {
    fn lang(&self, text: &Text) -> Option<String> {
        text.lang
            .as_deref()
            .and_then(language::bcp47)
            .or_else(|| self.language.clone())
    }

    fn lang_texts(
        &mut self,
        field: &str,
        texts: &[Text],
        clean: fn(&str) -> Cleaned,
    ) -> Vec<LangText> {
        let (mut kept, mut seen) = (Vec::new(), Seen::default());
        for text in texts {
            let Some(value) = self.out.cleaned(field, &text.value, clean) else {
                continue;
            };
            let text = LangText {
                value,
                lang: self.lang(text),
            };
            seen.push(&mut kept, text);
        }
        kept
    }

    fn texts(&mut self, page: &LandingPage) {
        if let Some(raw) = &page.language {
            self.language = language::bcp47(raw);
            if self.language.is_some() {
                self.out.set_origin("language", "citation_language");
            } else {
                self.out.add_finding(Code::UnknownLanguage, "language", raw);
            }
            self.out.article.language.clone_from(&self.language);
        }
        for title in page.title.iter().chain(&page.alternative_titles) {
            if let Some(value) = self.out.cleaned("titles", &title.value, text::plain) {
                let lang = self.lang(title);
                self.out.article.titles.push(Title {
                    value,
                    lang,
                    ..Title::default()
                });
                self.out.set_origin("titles", "citation_title");
            }
        }
        let abstracts = self.lang_texts("abstracts", &page.abstracts, text::paragraphs);
        self.out.article.abstracts = abstracts
            .into_iter()
            .map(|text| Abstract::plain(text.value, text.lang))
            .collect();
        if !page.abstracts.is_empty() {
            self.out.set_origin("abstracts", "citation_abstract");
        }
        let keywords: Vec<Text> = page
            .keywords
            .iter()
            .chain(&page.subjects)
            .cloned()
            .collect();
        self.out.article.keywords = self.lang_texts("keywords", &keywords, text::plain);
        if !keywords.is_empty() {
            self.out.set_origin("keywords", "citation_keywords");
        }
        for sponsor in &page.sponsors {
            if let Some(name) = self.out.cleaned("funding", &sponsor.value, text::plain) {
                self.out.article.funding.push(Funding::named(name));
                self.out.set_origin("funding", "DC.Contributor.Sponsor");
            }
        }
    }

    /// Names as printed, `Given Family`: they are split only where that is safe.
    fn authors(&mut self, page: &LandingPage) {
        for author in &page.authors {
            let Some(name) = self.out.cleaned("contributors", &author.name, text::plain) else {
                continue;
            };
            let mut contributor = creator::parse(&name, NameStyle::PRINTED).contributor;
            self.out.set_origin("contributors", "citation_author");
            for institution in &author.institutions {
                if let Some(name) = self.out.line(
                    "contributors.affiliations",
                    "citation_author_institution",
                    Some(institution),
                ) {
                    contributor.affiliations.push(Affiliation::named(name));
                }
            }
            if let Some(raw) = &author.orcid {
                contributor.orcid = Orcid::parse(raw).map(String::from);
                if contributor.orcid.is_some() {
                    self.out
                        .set_origin("contributors.orcid", "citation_author_orcid");
                } else {
                    self.out
                        .add_unmapped("landing_page:citation_author_orcid", None, raw);
                }
            }
            self.out.article.contributors.push(contributor);
        }
    }

    fn issue(&mut self, page: &LandingPage) {
        self.out.article.journal.title = self.out.line(
            "journal.title",
            "citation_journal_title",
            page.journal_title.as_ref(),
        );
        self.out.article.journal.abbreviation = self.out.line(
            "journal.abbreviation",
            "citation_journal_abbrev",
            page.journal_abbrev.as_ref(),
        );
        self.out.article.journal.publisher = self.out.line(
            "journal.publisher",
            "citation_publisher",
            page.publisher.as_ref(),
        );
        for raw in &page.issns {
            if let Some(issn) = Issn::parse(raw) {
                self.out.article.journal.issn_unknown.push(issn.into());
                self.out.set_origin("journal.issn_unknown", "citation_issn");
            } else {
                self.out.add_finding(Code::InvalidIssn, "journal.issn", raw);
            }
        }
        self.out.article.volume = self
            .out
            .line("volume", "citation_volume", page.volume.as_ref());
        self.out.article.issue = self
            .out
            .line("issue", "citation_issue", page.issue.as_ref());
        self.out.article.section =
            self.out
                .line("section", "DC.Type.articleType", page.section.as_ref());
        let (tag, raw) = match (&page.page_number, &page.first_page, &page.last_page) {
            (Some(raw), _, _) => ("DC.Identifier.pageNumber", raw.clone()),
            (None, Some(first), Some(last)) if first != last => {
                ("citation_firstpage", format!("{first}-{last}"))
            }
            (None, Some(first), _) => ("citation_firstpage", first.clone()),
            (None, None, _) => ("", String::new()),
        };
        if let Some(raw) = Some(raw).filter(|raw| !raw.is_empty() && !text::is_placeholder(raw)) {
            self.out.article.pages = Some(pages::parse(&text::plain(&raw).value));
            self.out.set_origin("pages", tag);
        }
        if let Some(raw) = page.date.as_ref().or(page.date_issued.as_ref()) {
            self.out.article.published = date::parse(raw);
            if self.out.article.published.is_some() {
                self.out.set_origin("published", "citation_date");
            } else {
                self.out.add_finding(Code::InvalidDate, "published", raw);
            }
        }
    }

    fn identifiers(&mut self, page: &LandingPage) {
        if let Some(raw) = &page.doi {
            if let Some(doi) = Doi::parse(raw) {
                self.out.article.doi = Some(doi.to_string());
                self.out.set_origin("doi", "citation_doi");
                self.out.identify("DC.Identifier", Scheme::Doi, doi);
            } else {
                self.out.add_finding(Code::InvalidDoi, "doi", raw);
            }
        }
        let by_ojs = page
            .generator
            .as_deref()
            .is_some_and(|name| name.contains("Open Journal Systems"));
        if by_ojs && let Some(id) = &page.identifier {
            self.out
                .identify("DC.Identifier", Scheme::PublisherId, id.clone());
        }
        if let Some(url) = &page.url {
            self.out
                .link("DC.Identifier.URI", LinkRel::Landing, url, None);
        }
        for url in &page.pdf_urls {
            self.out.link(
                "citation_pdf_url",
                LinkRel::Fulltext,
                url,
                Some("application/pdf"),
            );
        }
        for url in &page.html_urls {
            self.out.link(
                "citation_fulltext_html_url",
                LinkRel::Fulltext,
                url,
                Some("text/html"),
            );
        }
    }

    fn rights(&mut self, page: &LandingPage) {
        for raw in &page.rights {
            let license = rights::license(raw);
            let copyright = rights::copyright(&text::plain(raw).value, self.language.as_deref());
            if license.is_none() && copyright.is_none() {
                self.out.add_unmapped(
                    "landing_page:DC.Rights",
                    self.language.clone().as_deref(),
                    raw,
                );
            }
            if self.out.article.license.is_none() && license.is_some() {
                self.out.article.license = license;
                self.out.set_origin("license", "DC.Rights");
            }
            if self.out.article.copyright.is_none() && copyright.is_some() {
                self.out.article.copyright = copyright;
                self.out.set_origin("copyright", "DC.Rights");
            }
        }
    }

    /// References stay as they are, markup included; a DOI in one is extracted.
    fn references(&mut self, page: &LandingPage) {
        for raw in &page.references {
            if text::is_placeholder(raw) {
                self.out.add_finding(Code::Placeholder, "references", raw);
                continue;
            }
            let doi = Doi::find(&text::plain(raw).value);
            self.out.article.references.push(Reference {
                raw: raw.clone(),
                doi: doi.map(String::from),
            });
            self.out.set_origin("references", "citation_reference");
        }
    }

    /// Adds fields that the record does not mention.
    fn others(&mut self, page: &LandingPage) {
        for (tag, value) in [
            ("DC.Date.dateSubmitted", &page.date_submitted),
            ("DC.Date.modified", &page.date_modified),
            ("DC.Source.URI", &page.journal_url),
        ] {
            if let Some(value) = value {
                self.out
                    .add_unmapped(&format!("landing_page:{tag}"), None, value);
            }
        }
        for text in &page.coverage {
            self.out.add_unmapped(
                "landing_page:DC.Coverage",
                self.lang(text).as_deref(),
                &text.value,
            );
        }
        for value in page
            .types
            .iter()
            .filter(|value| *value != "Text.Serial.Journal")
        {
            self.out.add_unmapped("landing_page:DC.Type", None, value);
        }
    }
}
