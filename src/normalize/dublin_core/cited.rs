//! Journal, issue, pages and ISSNs in the records of software other than OJS.
//!
//! They stand in elements of their own names, in `dc:source`, in `dc:relation` (Érudit, DSpace's series) or among the
//! identifiers (EPrints, DSpace, KCI). A text alone is a journal's title only with a witness: an ISSN, a volume, an
//! issue or pages in the record, or the same text in several records of articles.

use super::Crosswalk;
use super::full_title::abbreviates;
use super::labelled_issn::{labelled_issn, labelled_issns};
use super::misplaced::{number, numbers_of_issue};
use crate::article::{Code, LinkRel, Scheme};
use crate::metadata::oai_dc::Element;
use crate::normalize::description::Medium;
use crate::normalize::identifier::{self, Classified};
use crate::normalize::reference::{self, Cited};
use crate::normalize::source::{self, Citation};
use crate::normalize::text::{self, letters_and_digits};
use crate::normalize::{citation, pages};
use crate::values::Issn;

/// Elements whose names are those of fields.
pub(super) const LEVELS: [&str; 4] = ["volume", "issue", "pages", "issn"];

/// Texts that may be a journal's title, with the element they stood in and their language.
type Loose = Vec<(String, &'static str, Option<String>)>;

impl Crosswalk<'_> {
    /// Reads journal and issue from wherever they stand.
    pub(super) fn cited(&mut self) {
        let mut loose: Loose = Vec::new();
        let mut elements = self.elements("source", "journal");
        if let Some(citation) = numbers_of_issue(&elements) {
            self.place(citation, "source");
            elements.retain(|element| number(element).is_none());
        }
        for element in elements {
            self.source_value(element, &mut loose);
        }
        self.levels();
        self.path_of_issue();
        for name in ["relation", "identifier"] {
            let texts = std::mem::take(if name == "relation" {
                &mut self.undecided.relation_texts
            } else {
                &mut self.undecided.identifier_texts
            });
            for (value, lang) in texts {
                self.citation_elsewhere(&value, lang, name, &mut loose);
            }
        }
        self.citations_elsewhere();
        self.title_with_witness(loose);
        self.range_elsewhere();
        self.pair_issns();
    }

    fn source_value(&mut self, element: &Element<'_>, loose: &mut Loose) {
        let raw = element.value.trim();
        let issns = labelled_issns(raw);
        if !issns.is_empty() {
            self.labelled_all(issns, raw, "source");
            return;
        }
        let several = || raw.split([';', ',']).map(str::trim);
        if several().all(|part| Issn::of_any_check_digit(part).is_some()) {
            let parts: Vec<&str> = several().collect();
            self.issns(&parts);
            return;
        }
        match identifier::classify(raw) {
            Classified::Isbn(isbn) => self.identify(Scheme::Isbn, isbn),
            Classified::Url(_) if super::links::is_file(raw) => {
                self.link_of(LinkRel::Fulltext, raw, "source");
            }
            Classified::Doi(_)
            | Classified::Url(_)
            | Classified::Urn(_)
            | Classified::Handle(_) => {
                self.out.add_unmapped("dc:source", None, raw);
            }
            _ => {
                let Some(value) = self.cleaned("journal", element, text::plain) else {
                    return;
                };
                let lang = self.lang(element);
                if raw.contains("##") {
                    self.out.add_finding(Code::Placeholder, "journal", raw);
                }
                // `ISSN: 2049-3630 ; Journal of Seams ; Vol. 5`
                let mut value = value;
                if let Some((head, rest)) = value.split_once(';')
                    && let Some(found) = labelled_issn(head.trim())
                {
                    self.labelled(found, raw, "source");
                    let cut = value.len() - rest.trim_start().len();
                    value.drain(..cut);
                }
                // `Volume: 5, Issue: 2`, in an element of its own (DergiPark)
                if let Some(cited) = reference::labelled_issue(&value, lang.as_deref()) {
                    self.take_cited(cited, lang.as_deref(), "source");
                    return;
                }
                if !self.take_citation(&value, lang.as_deref(), "source") {
                    loose.push((value, "source", lang));
                }
            }
        }
    }

    /// Takes a value that is a citation as a whole, or behind the article's title. Returns whether it is one.
    pub(super) fn take_citation(&mut self, value: &str, lang: Option<&str>, element: &str) -> bool {
        let behind = self.behind_title(value).map(str::to_owned);
        let text = behind.as_deref().unwrap_or(value);
        // `… (2010): 123–145. © 2010 IEEE`
        let text = text.split(" ©").next().unwrap_or(text);
        // of what stands before a citation nothing is known, unless the article's title ends it
        if behind.is_none() && element != "source" && !reference::is_bare_citation(text) {
            return false;
        }
        let Some(cited) = citation::parse(text, lang, self.context) else {
            return false;
        };
        let title = cited.citation.journal.as_deref().unwrap_or_default();
        if self.is_no_journal(title) && !cited.has_place() {
            return false;
        }
        if !self.may_be_in_journal() && (cited.citation.volume.is_none() || cited.issns.is_empty())
        {
            return false;
        }
        let is_weak = cited.citation.volume.is_none()
            && cited.citation.year.is_none()
            && cited.issns.is_empty();
        if element == "relation"
            && (is_weak && !self.is_article() || title.split_whitespace().count() > 14)
        {
            return false;
        }
        self.take_cited(cited, lang, element);
        if behind.is_some() {
            // names and title before it
            self.out.add_unmapped(&format!("dc:{element}"), lang, value);
        }
        true
    }

    /// Returns the text after the article's title in a value.
    fn behind_title<'v>(&self, value: &'v str) -> Option<&'v str> {
        let titles = &self.out.article.titles;
        titles
            .iter()
            .find_map(|title| {
                let rest = behind(value, &title.value)?;
                // a short title may be a word of something else
                let is_sure = title.value.chars().count() >= 8 || {
                    let at = value.len() - rest.len();
                    is_behind_year(&value[..at], &title.value)
                };
                is_sure.then_some(rest)
            })
            .filter(|rest| rest.contains(char::is_alphabetic))
    }

    fn take_cited(&mut self, cited: Cited, lang: Option<&str>, element: &str) {
        let has_place = cited.has_place();
        let Cited {
            mut citation,
            issns,
            dois,
            notes,
        } = cited;
        for note in notes {
            self.out.add_unmapped(&format!("dc:{element}"), lang, &note);
        }
        for issn in issns {
            self.labelled((Medium::Unknown, &issn), &issn, element);
        }
        if self.out.article.doi.is_none()
            && let [doi] = dois.as_slice()
        {
            self.undecided.cited_doi = Some(doi.clone());
        }
        if let Some(leftover) = citation.leftover.take() {
            let issns = labelled_issns(&leftover);
            if issns.is_empty() {
                self.out
                    .add_finding(Code::UnparsedSource, "journal", &leftover);
                self.out
                    .add_unmapped(&format!("dc:{element}"), lang, &leftover);
            } else {
                self.labelled_all(issns, &leftover, element);
            }
        }
        let title = citation.journal.take();
        if let Some(title) = title.as_deref() {
            let title = self.without_publisher(without_names(title));
            if !self.is_no_journal_of(title, has_place) {
                self.journal_title(title, lang, element);
            }
        }
        self.place(citation, element);
    }

    fn journal_title(&mut self, title: &str, lang: Option<&str>, element: &str) {
        let journal = &mut self.out.article.journal;
        if journal.title.is_none() {
            journal.title = Some(title.to_owned());
            journal.add_title(lang, title);
            self.out.set_origin("journal.title", element);
        } else if journal.title.as_deref() != Some(title) && journal.add_title(lang, title) != title
        {
            self.out.add_unmapped(&format!("dc:{element}"), lang, title);
        }
    }

    /// Takes `Applied Physics Letters` in place of the `Appl Phys Lett` of a citation. Returns whether it does.
    fn full_title(&mut self, value: &str, lang: Option<&str>, element: &str) -> bool {
        let journal = &mut self.out.article.journal;
        let Some(short) = journal.title.take_if(|title| abbreviates(title, value)) else {
            return false;
        };
        journal.titles.retain(|title| title.value != short);
        self.journal_title(value, lang, element);
        self.out
            .add_unmapped(&format!("dc:{element}"), None, &short);
        true
    }

    /// Volume, number, year and pages of a citation, if none were known before.
    fn place(&mut self, mut citation: Citation, element: &str) {
        for other in citation::place(&mut self.out, element, &mut citation) {
            self.out
                .add_unmapped(&format!("dc:{element}"), None, &other);
        }
        if let Some(raw) = citation.pages.filter(|_| self.out.article.pages.is_none()) {
            self.pages(&raw, element);
        }
    }

    pub(super) fn pages(&mut self, raw: &str, element: &str) {
        if !raw.contains(char::is_alphanumeric) {
            self.out.add_finding(Code::EmptyValue, "pages", raw);
            return;
        }
        let mut pages = pages::parse(raw);
        if pages.first.is_none() && pages.elocation_id.is_none() {
            self.out.add_finding(Code::UnparsedPages, "pages", raw);
        }
        pages.last = pages
            .last
            .and_then(|last| pages::whole_last(pages.first.as_deref(), &last));
        self.out.article.pages = Some(pages);
        self.out.set_origin("pages", element);
    }

    /// Elements that bear the names of fields: `volume`, `issue`, `pages`, `issn`, `eissn`.
    fn levels(&mut self) {
        for name in LEVELS {
            for element in self.elements(name, name) {
                let Some(value) = self.cleaned(name, element, text::plain) else {
                    continue;
                };
                let article = &mut self.out.article;
                let field = match name {
                    "volume" => &mut article.volume,
                    "issue" => &mut article.issue,
                    "pages" => {
                        if article.pages.is_none() && pages::looks_like_pages(&value) {
                            self.pages(&value, name);
                        } else {
                            self.out.add_unmapped("dc:pages", None, &value);
                        }
                        continue;
                    }
                    _ => {
                        // the medium was put before the number when the element was renamed
                        if let Some(found) = labelled_issn(&value) {
                            self.labelled(found, &value, name);
                        } else {
                            self.undecided.plain_issn_label = true;
                            self.labelled((Medium::Unknown, &value), &value, name);
                        }
                        continue;
                    }
                };
                if field.is_none() {
                    *field = Some(value);
                    self.out.set_origin(name, name);
                } else if field.as_ref() != Some(&value) {
                    self.out.add_unmapped(&format!("dc:{name}"), None, &value);
                }
            }
        }
    }

    /// Digital Commons files a journal's article under `/JOURNAL/volN/issN/`.
    fn path_of_issue(&mut self) {
        let landing = self
            .out
            .article
            .links
            .iter()
            .find(|link| link.rel == LinkRel::Landing);
        let Some((volume, number)) = landing.and_then(|link| path_of_issue(&link.url)) else {
            return;
        };
        let citation = Citation {
            volume: Some(volume),
            number: Some(number),
            ..Citation::default()
        };
        self.place(citation, "identifier");
    }

    fn citation_elsewhere(
        &mut self,
        value: &str,
        lang: Option<String>,
        name: &'static str,
        loose: &mut Loose,
    ) {
        let had_title = self.out.article.journal.title.is_some();
        if self.full_title(value, lang.as_deref(), name) {
            return;
        }
        let is_text =
            value.contains(' ') || name == "relation" || reference::run_together(value).is_some();
        if is_text && self.take_citation(value, lang.as_deref(), name) {
            return;
        }
        let words = value.split_whitespace().count();
        if !had_title
            && (1..=14).contains(&words)
            && !value.contains(|c: char| c.is_ascii_digit())
            && is_text
        {
            loose.push((value.to_owned(), name, lang));
        } else {
            self.out
                .add_unmapped(&format!("dc:{name}"), lang.as_deref(), value);
        }
    }

    /// A text alone as the journal's title, where something in the record is evidence of a journal.
    fn title_with_witness(&mut self, loose: Loose) {
        let article = &self.out.article;
        let journal = &article.journal;
        let has_issn = journal.issn_print.is_some()
            || journal.issn_electronic.is_some()
            || !journal.issn_unknown.is_empty();
        let has_place =
            article.volume.is_some() || article.issue.is_some() || article.pages.is_some();
        let witnessed = (has_issn || has_place) && self.may_be_in_journal();
        let before = journal.title.is_some();
        let before_pages = article.pages.is_none();
        for (value, element, lang) in loose {
            let value = reference::without_label(&value).to_owned();
            let recurs = self.is_article() && self.context.is_recurring(&value);
            let words = value.split_whitespace().count();
            let is_title =
                (witnessed || recurs || (self.is_article() && calls_itself_journal(&value)))
                    && (element == "source" || self.is_article())
                    && words <= 14
                    && !self.is_no_journal(&value)
                    && !value.contains(|c: char| c.is_ascii_digit())
                    && !before
                    && (self.out.article.journal.title.is_none() || lang.is_some());
            if is_title {
                self.journal_title(&value, lang.as_deref(), element);
                continue;
            }
            // `103-110`, beside volume and issue in elements of their own
            if element == "source" && has_place && before_pages && source::reads_as_range(&value) {
                self.pages(&value, element);
                continue;
            }
            // `Беларусь, Гродно`, `4 (8) 72-74`: parts of a citation in elements of their own
            if let Some(cited) =
                reference::issue(&value, lang.as_deref()).filter(|_| element == "source")
            {
                self.take_cited(cited, lang.as_deref(), element);
                continue;
            }
            if element == "source" && (words > 14 || value.contains(|c: char| c.is_ascii_digit())) {
                self.out
                    .add_finding(Code::UnparsedSource, "journal", &value);
            }
            self.out
                .add_unmapped(&format!("dc:{element}"), lang.as_deref(), &value);
        }
    }

    /// The title without the publisher's name at its end, `Seams. Society of Joints`, `Seams. Bern: Joints`, or before
    /// it, `Society of Joints; Seams` (CONICET).
    fn without_publisher<'t>(&self, title: &'t str) -> &'t str {
        let Some(publisher) = self.out.article.journal.publisher.as_deref() else {
            return title;
        };
        let publisher = letters_and_digits(publisher);
        if let Some((head, rest)) = title.split_once("; ")
            && letters_and_digits(head) == publisher
            && rest.contains(char::is_alphabetic)
        {
            return rest;
        }
        let is_publisher = |tail: &str| {
            let name = letters_and_digits(tail.rsplit_once(": ").map_or(tail, |(_, name)| name));
            name.len() >= 4 && publisher.starts_with(&name)
        };
        title
            .match_indices(". ")
            .find(|(at, separator)| is_publisher(&title[at + separator.len()..]))
            .map_or(title, |(at, _)| &title[..at])
    }

    /// Returns whether a text names something else than a journal: the publisher, an author, the repository.
    fn is_no_journal(&self, value: &str) -> bool {
        self.is_no_journal_of(value, false)
    }

    /// As [`Self::is_no_journal`]. Before a volume or pages a journal may share the first words of its publisher's
    /// name: `Nature` of the Nature Publishing Group.
    fn is_no_journal_of(&self, value: &str, has_place: bool) -> bool {
        let wanted = letters_and_digits(value);
        if wanted.is_empty() || text::is_placeholder(value) {
            return true;
        }
        let article = &self.out.article;
        let is_publisher = article
            .journal
            .publisher
            .as_deref()
            .is_some_and(|publisher| {
                let name = letters_and_digits(publisher);
                let begins = || wanted.len() >= 6 && name.starts_with(&wanted);
                let is_longer = || name.len() >= 6 && wanted.starts_with(&name);
                name == wanted
                    || (!has_place && (begins() || is_longer() || initials(publisher) == value))
            });
        let is_author = article.contributors.iter().any(|name| {
            let whole = format!(
                "{} {}",
                name.given.as_deref().unwrap_or_default(),
                name.family.as_deref().unwrap_or_default()
            );
            let last_first = letters_and_digits(&name.raw);
            letters_and_digits(&whole) == wanted
                || last_first == wanted
                || shares_name(value, name.family.as_deref(), name.given.as_deref())
        });
        let is_repository = self
            .context
            .repository_name
            .as_deref()
            .is_some_and(|name| letters_and_digits(name) == wanted);
        is_publisher || is_author || is_repository || is_collection(value)
    }

    /// Kinds of work that stand in no journal, unless volume and ISSN say so.
    pub(super) fn may_be_in_journal(&self) -> bool {
        const NEVER: [&str; 24] = [
            "thesis",
            "bachelor thesis",
            "master thesis",
            "doctoral thesis",
            "dataset",
            "software",
            "source code",
            "image",
            "still image",
            "moving image",
            "video",
            "sound",
            "map",
            "cartographic material",
            "book",
            "learning object",
            "patent",
            "report",
            "technical report",
            "research report",
            "book part",
            "interview",
            "manuscript",
            "lecture",
        ];
        let kind = self.out.article.resource_type.as_ref();
        kind.is_none_or(|kind| !NEVER.contains(&kind.label.as_str()))
    }

    /// Returns whether the record says of itself that it is an article.
    pub(super) fn is_article(&self) -> bool {
        let kind = self.out.article.resource_type.as_ref();
        kind.is_some_and(|kind| {
            kind.label.contains("article")
                || [
                    "editorial",
                    "letter to the editor",
                    "book review",
                    "review",
                    "data paper",
                    "contribution to journal",
                ]
                .contains(&kind.label.as_str())
        })
    }

    /// An ISSN without a medium beside an electronic one is the print one; so are `ISSN` and `eISSN` meant.
    pub(super) fn pair_issns(&mut self) {
        let journal = &mut self.out.article.journal;
        if self.undecided.plain_issn_label
            && journal.issn_print.is_none()
            && journal.issn_electronic.is_some()
        {
            let electronic = journal.issn_electronic.clone();
            journal
                .issn_unknown
                .retain(|issn| Some(issn) != electronic.as_ref());
            if let [only] = journal.issn_unknown.as_slice() {
                journal.issn_print = Some(only.clone());
                journal.issn_unknown.clear();
                let print = journal.issn_print.clone();
                self.out.set_origin("journal.issn_print", "source");
                self.out.retain_findings(|finding| {
                    finding.code != Code::AmbiguousIssn || Some(&finding.raw) != print.as_ref()
                });
            }
        }
    }
}

/// The title without the authors before it: `Roe et al. Journal of Seams`.
fn without_names(title: &str) -> &str {
    title.rsplit_once(" et al").map_or(title, |(_, rest)| {
        rest.trim_start_matches(['.', ',', ':', ' '])
    })
}

/// The first letters of a body's name, as it signs with them: `IEEE`.
fn initials(name: &str) -> String {
    name.split_whitespace()
        .filter_map(|word| word.chars().next())
        .filter(|first| first.is_uppercase())
        .collect()
}

/// Returns whether a title stands behind a year or in quotes: `Roe (2010) Coal.`, `Roe. 2010. Coal.`, `“Coal.”`
fn is_behind_year(text: &str, title: &str) -> bool {
    let text = text.trim_end_matches(|c: char| !c.is_alphanumeric());
    let Some(before) = text
        .len()
        .checked_sub(title.len())
        .and_then(|at| text.get(..at))
    else {
        return false;
    };
    let before = before.trim_end();
    if before.ends_with(['“', '"', '«', '‘', '\'']) {
        return true;
    }
    let bare = before.trim_end_matches([')', '.', ',', ':', ' ']);
    bare.len() < before.len()
        && bare
            .rsplit(|c: char| !c.is_ascii_digit())
            .next()
            .is_some_and(|year| year.len() == 4)
}

/// `Kerin M. Claeson` of the author `Claeson, Kerin`.
fn shares_name(value: &str, family: Option<&str>, given: Option<&str>) -> bool {
    let (Some(family), Some(given)) = (family, given) else {
        return false;
    };
    let words: Vec<String> = value.split_whitespace().map(letters_and_digits).collect();
    let first = given
        .split_whitespace()
        .next()
        .map(letters_and_digits)
        .unwrap_or_default();
    (2..=4).contains(&words.len())
        && words.last() == Some(&letters_and_digits(family))
        && words.first() == Some(&first)
}

/// Words that journals bear in their titles, and little else that stands in `dc:source` of an article.
fn calls_itself_journal(value: &str) -> bool {
    const WORDS: [&str; 22] = [
        "journal",
        "revista",
        "revue",
        "rivista",
        "zeitschrift",
        "annals",
        "annales",
        "anales",
        "bulletin",
        "boletín",
        "boletim",
        "transactions",
        "quarterly",
        "magazine",
        "acta",
        "tidsskrift",
        "tidskrift",
        "dergisi",
        "журнал",
        "вестник",
        "известия",
        "вісник",
    ];
    let is_word = |word: &str| WORDS.contains(&word.to_lowercase().as_str());
    value.split(|c: char| !c.is_alphabetic()).any(is_word)
}

/// Collections and departments, which bear the name of what publishes nothing.
fn is_collection(value: &str) -> bool {
    const WORDS: [&str; 22] = [
        "faculty publications",
        "publications and presentations",
        "dissertations",
        "theses",
        "student works",
        "collection",
        "photograph",
        "department of",
        "school of",
        "faculty of",
        "research report",
        "lab",
        "working papers",
        "web domain",
        "scholarship",
        "presentations",
        "honors",
        "capstone",
        "government",
        "conference",
        "articles",
        "publications",
    ];
    let lower = value.to_lowercase();
    WORDS.iter().any(|word| {
        lower.match_indices(word).any(|(at, _)| {
            let before = lower[..at].chars().next_back();
            let after = lower[at + word.len()..].chars().next();
            before.is_none_or(|c| !c.is_alphanumeric())
                && after.is_none_or(|c| !c.is_alphanumeric())
        })
    })
}

fn path_of_issue(url: &str) -> Option<(String, String)> {
    let mut segments = url.split('/');
    segments
        .find_map(|segment| {
            let volume = figures_behind(segment, "vol")?;
            Some(volume.to_owned())
        })
        .and_then(|volume| Some((volume, figures_behind(segments.next()?, "iss")?.to_owned())))
}

fn figures_behind<'a>(segment: &'a str, label: &str) -> Option<&'a str> {
    let figures = segment.strip_prefix(label)?;
    (!figures.is_empty() && figures.len() <= 4 && figures.bytes().all(|b| b.is_ascii_digit()))
        .then_some(figures)
}

/// Returns the text after `title` in `value`: letters and figures are compared, in one case.
fn behind<'v>(value: &'v str, title: &str) -> Option<&'v str> {
    let wanted = letters_and_digits(title);
    let mut have = String::with_capacity(value.len());
    let mut ends: Vec<usize> = Vec::with_capacity(value.len());
    for (at, c) in value.char_indices().filter(|(_, c)| c.is_alphanumeric()) {
        for lower in c.to_lowercase() {
            have.push(lower);
            ends.resize(have.len(), at + c.len_utf8());
        }
    }
    let found = have.find(&wanted)?;
    let end = *ends.get(found + wanted.len().checked_sub(1)?)?;
    Some(value[end..].trim_start_matches(|c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '.' | ',' | ';' | ':' | '"' | '”' | '“' | '?' | '!' | '»' | '\'' | '’' | ')' | ']'
            )
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_text_after_a_title() {
        assert_eq!(
            behind("Roe (2015) Seams & joints. Journal, 5", "Seams &  Joints"),
            Some("Journal, 5")
        );
        assert_eq!(
            behind("“ Seams and Joints .” J. S. 5", "Seams and joints."),
            Some("J. S. 5")
        );
        assert_eq!(behind("Something else", "Seams"), None);
    }

    #[test]
    fn issues_in_paths() {
        let found = path_of_issue("http://dc.example.org/mpq/vol61/iss1/4");
        assert_eq!(found, Some(("61".to_owned(), "1".to_owned())));
        assert_eq!(path_of_issue("http://dc.example.org/volumes/1"), None);
        assert_eq!(path_of_issue("http://dc.example.org/vol6/4"), None);
    }

    #[test]
    fn collections_are_not_journals() {
        assert!(is_collection("Davis Lab"));
        assert!(is_collection(
            "Doctoral Dissertations Available from Proquest"
        ));
        assert!(!is_collection("Merrill-Palmer Quarterly"));
        assert!(!is_collection("Labour History"));
    }
}
