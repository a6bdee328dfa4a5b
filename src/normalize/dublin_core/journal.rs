//! `dc:source` of OJS: journal, issue and pages, the journal's ISSNs, the issue's DOI.

use url::Url;

use super::Crosswalk;
use super::labelled_issn::labelled_issns;
use crate::article::{Code, Scheme};
use crate::metadata::oai_dc::Element;
use crate::normalize::description::Medium;
use crate::normalize::identifier::{self, Classified};
use crate::normalize::seen::Seen;
use crate::normalize::source::{self, Citation};
use crate::normalize::{pages, text};
use crate::oai::JournalPath;
use crate::values::Issn;

impl Crosswalk<'_> {
    /// OJS writes `Journal; Issue; Pages` per locale, then the online ISSN, the print ISSN and the issue's
    /// DOI, each if there is one.
    pub(super) fn sources(&mut self) {
        let mut issns: Vec<&str> = Vec::new();
        let mut citations: Vec<(Option<String>, Citation)> = Vec::new();
        let elements = self.elements("source", "journal");
        let per_locale = self.dialect.is_ojs() && elements.iter().any(|e| e.lang.is_some());
        for element in elements {
            let raw = element.value.trim();
            // `2002-3839; 1404-6091`, both in one
            let several = || raw.split([';', ',']).map(str::trim);
            let labelled = labelled_issns(raw);
            if !labelled.is_empty() {
                self.labelled_all(labelled, raw, "source");
            } else if Issn::of_any_check_digit(raw).is_some() {
                issns.push(raw);
            } else if several().all(|part| Issn::of_any_check_digit(part).is_some()) {
                issns.extend(several());
            } else {
                match identifier::classify(raw) {
                    Classified::Doi(doi) if self.dialect.is_ojs() => {
                        self.identify(Scheme::IssueDoi, doi)
                    }
                    Classified::Doi(_)
                    | Classified::Url(_)
                    | Classified::Urn(_)
                    | Classified::Handle(_) => {
                        self.out.add_unmapped("dc:source", None, raw);
                    }
                    // where citations name their language, what names none was meant for an ISSN or a DOI
                    _ if per_locale && element.lang.is_none() && !raw.contains(';') => {
                        let digits = raw.chars().any(|c| c.is_ascii_digit());
                        let code = if digits {
                            Code::InvalidIssn
                        } else {
                            Code::UnparsedSource
                        };
                        self.out.add_finding(code, "journal.issn", raw);
                        self.out.add_unmapped("dc:source", None, raw);
                    }
                    _ => citations.extend(self.citation(element)),
                }
            }
        }
        self.issns(&issns);
        self.take_citations(citations, "source");
        for name in super::cited::LEVELS {
            for element in self.dc.named(name) {
                self.out
                    .add_unmapped(&format!("dc:{name}"), None, element.value.trim());
            }
        }
        self.title_of_endpoint();
        self.pair_issns();
    }

    fn citation(&mut self, element: &Element<'_>) -> Option<(Option<String>, Citation)> {
        let value = self.cleaned("journal", element, text::plain)?;
        let raw = element.value.trim();
        if raw.contains("##") {
            self.out.add_finding(Code::Placeholder, "journal", raw);
        }
        let lang = self.lang(element);
        let known = self.context.known_titles(&value, lang.as_deref());
        let mut citation = source::parse(&value, lang.as_deref(), &known);
        citation.journal = citation
            .journal
            .filter(|title| !text::is_placeholder(title));
        if let Some(leftover) = &citation.leftover {
            self.out.add_finding(Code::UnparsedSource, "journal", raw);
            self.out
                .add_unmapped("dc:source", lang.as_deref(), leftover);
        }
        Some((lang, citation))
    }

    /// The journal's titles; of a second one in a language a finding remains.
    fn journal_titles(&mut self, citations: &[(Option<String>, Citation)], element: &str) {
        for (lang, citation) in citations {
            let Some(title) = &citation.journal else {
                continue;
            };
            let journal = &mut self.out.article.journal;
            journal.title.get_or_insert_with(|| title.clone());
            if journal.add_title(lang.as_deref(), title) != title {
                self.out.add_finding(Code::Conflict, "journal.title", title);
            }
            self.out.set_origin("journal.title", element);
        }
    }

    fn cited_pages(&mut self, raw: &str) {
        if !raw.contains(char::is_alphanumeric) {
            self.out.add_finding(Code::EmptyValue, "pages", raw);
            return;
        }
        let pages = pages::parse(raw);
        if pages.first.is_none() && pages.elocation_id.is_none() {
            self.out.add_finding(Code::UnparsedPages, "pages", raw);
        }
        self.out.article.pages = Some(pages);
    }

    /// The issue's title: the first one, the others are kept.
    fn issue_titles(&mut self, citations: Vec<(Option<String>, Citation)>, element: &str) {
        for (lang, citation) in citations {
            let Some(title) = citation.issue_title else {
                continue;
            };
            if self.out.article.issue_title.is_none() {
                self.out.article.issue_title = Some(title);
                self.out.set_origin("issue_title", element);
            } else if self.out.article.issue_title.as_ref() != Some(&title) {
                self.out
                    .add_unmapped("dc:source issue title", lang.as_deref(), &title);
            }
        }
    }

    /// Fields from the citation in the article's language; what it lacks, from the others.
    /// `element` is where they stood.
    fn take_citations(&mut self, mut citations: Vec<(Option<String>, Citation)>, element: &str) {
        if citations.is_empty() {
            return;
        }
        let preferred = self.preferred(&citations);
        citations.swap(0, preferred);
        self.journal_titles(&citations, element);
        let volume = self.agreed(
            "volume",
            element,
            citations.iter().map(|(_, c)| c.volume.as_deref()),
        );
        let issue = self.agreed(
            "issue",
            element,
            citations.iter().map(|(_, c)| c.number.as_deref()),
        );
        let pages = self.agreed(
            "pages",
            element,
            citations.iter().map(|(_, c)| c.pages.as_deref()),
        );
        let years: Vec<Option<String>> = citations
            .iter()
            .map(|(_, c)| c.year.map(|y| y.to_string()))
            .collect();
        let year = self.agreed("issue_year", element, years.iter().map(Option::as_deref));
        if let Some(raw) = pages {
            self.cited_pages(&raw);
        }
        let article = &mut self.out.article;
        article.volume = volume.or(article.volume.take());
        article.issue = issue.or(article.issue.take());
        article.issue_year = year
            .and_then(|year| year.parse().ok())
            .or(article.issue_year);
        self.issue_titles(citations, element);
    }

    /// A journal's own endpoint has its title, which stands in where no record names the journal.
    fn title_of_endpoint(&mut self) {
        if self.out.article.journal.title.is_none()
            && self.dialect.is_ojs()
            && Url::parse(&self.context.base_url).is_ok_and(|url| JournalPath::of(&url).is_some())
            && let Some(name) = self.context.repository_name.as_deref().map(str::trim)
            && !name.is_empty()
        {
            self.out.article.journal.title = Some(text::plain(name).value);
            let fields = &mut self.out.article.provenance.fields;
            fields.set("journal.title", "identify:repositoryName".to_owned());
        }
    }

    /// The first value there is; another that differs is a conflict.
    fn agreed<'v>(
        &mut self,
        field: &str,
        element: &str,
        values: impl Iterator<Item = Option<&'v str>>,
    ) -> Option<String> {
        let mut values = values.flatten();
        let first = values.next()?;
        for other in values.filter(|other| *other != first) {
            self.out.add_finding(Code::Conflict, field, other);
        }
        self.out.set_origin(field, element);
        Some(first.to_owned())
    }

    /// Two ISSNs are the online and the print one, in this order. One alone may be either, unless the
    /// source's other records tell.
    pub(super) fn issns(&mut self, raws: &[&str]) {
        let mut read: Vec<Option<String>> = Vec::new();
        let mut seen = Seen::default();
        for raw in raws {
            let issn = if let Some(issn) = Issn::parse(raw) {
                Some(issn.into())
            } else {
                self.out.add_finding(Code::InvalidIssn, "journal.issn", raw);
                self.out.add_unmapped("dc:source", None, raw);
                None
            };
            let place = seen.find(&read, &&issn, |known| known);
            if issn.is_some() && place.is_some() {
                self.out
                    .add_finding(Code::DuplicateValue, "journal.issn", raw);
            } else {
                read.push(issn);
            }
        }
        let mut unknown = Vec::new();
        let journal = &mut self.out.article.journal;
        match read.as_mut_slice() {
            [electronic, print, rest @ ..] if self.dialect.is_ojs() => {
                journal.issn_electronic = electronic.take();
                journal.issn_print = print.take();
                unknown.extend(rest.iter_mut().filter_map(Option::take));
            }
            all => unknown.extend(all.iter_mut().filter_map(Option::take)),
        }
        let (electronic, print) = (
            journal.issn_electronic.is_some(),
            journal.issn_print.is_some(),
        );
        if electronic {
            self.out.set_origin("journal.issn_electronic", "source");
        }
        if print {
            self.out.set_origin("journal.issn_print", "source");
        }
        for issn in unknown {
            self.settle(issn);
        }
    }

    fn settle(&mut self, issn: String) {
        let journal = &mut self.out.article.journal;
        let profile = &self.context.profile;
        if journal.issn_electronic.is_none() && profile.has_electronic_issn(&issn) {
            journal.issn_electronic = Some(issn);
            self.out.set_origin("journal.issn_electronic", "source");
        } else if journal.issn_print.is_none() && profile.has_print_issn(&issn) {
            journal.issn_print = Some(issn);
            self.out.set_origin("journal.issn_print", "source");
        } else {
            self.out
                .add_finding(Code::AmbiguousIssn, "journal.issn_unknown", &issn);
            self.out.add_issn("source", issn);
        }
    }

    /// Takes the ISSNs of one text.
    pub(super) fn labelled_all(&mut self, found: Vec<(Medium, &str)>, raw: &str, element: &str) {
        for found in found {
            self.labelled(found, raw, element);
        }
    }

    pub(super) fn labelled(&mut self, (medium, value): (Medium, &str), raw: &str, element: &str) {
        let Some(issn) = Issn::parse(&format!("ISSN {value}")).map(String::from) else {
            self.out.add_finding(Code::InvalidIssn, "journal.issn", raw);
            self.out.add_unmapped(&format!("dc:{element}"), None, raw);
            return;
        };
        let journal = &mut self.out.article.journal;
        match medium {
            Medium::Electronic if journal.issn_electronic.is_none() => {
                journal.issn_electronic = Some(issn);
                self.out.set_origin("journal.issn_electronic", element);
            }
            Medium::Print if journal.issn_print.is_none() => {
                journal.issn_print = Some(issn);
                self.out.set_origin("journal.issn_print", element);
            }
            _ => {
                self.undecided.plain_issn_label |= is_plain_label(raw);
                let journal = &self.out.article.journal;
                let media = [&journal.issn_electronic, &journal.issn_print];
                if !media.iter().any(|known| known.as_ref() == Some(&issn)) {
                    self.settle(issn);
                }
            }
        }
    }
}

/// `ISSN: 0017-5749`: the word and nothing more.
fn is_plain_label(raw: &str) -> bool {
    let letters = raw.chars().filter(|c| c.is_alphabetic());
    letters
        .flat_map(char::to_lowercase)
        .take_while(|c| *c != 'x')
        .collect::<String>()
        == "issn"
}
