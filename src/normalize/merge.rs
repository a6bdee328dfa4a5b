//! One article from what several formats say of it.
//!
//! | field | taken from | the others |
//! |---|---|---|
//! | language | OAI format, unless it had to be inferred; then the page | a different one is a conflict |
//! | titles, abstracts | OAI format, language by language | add languages; replace a text that was cut or whose paragraphs ran together |
//! | keywords | the first that has any | add languages |
//! | contributors | OAI format: it parts the names | give affiliations and ORCID iDs to the names they match |
//! | section, pages, references | the page: a label, the raw pages, the raw references | a different one is a conflict |
//! | published | the most precise of those that agree | a different one is a conflict |
//! | journal, volume, issue, licence, copyright, DOI, type | OAI format | fill what is missing; a different one is a conflict |
//! | identifiers, links, funding | all, each once | |
//!
//! *OAI format* is a record of the endpoint: Dublin Core before anything richer. *The page* is a richer format, else the
//! landing page. A value that loses is a finding, so it is not lost.

mod contributors;

use crate::article::{
    Article, Code, Copyright, Finding, LangText, License, Link, LinkRel, Pages, PartialDate, Provenance,
    Title,
};
use crate::normalize::description::Description;
use crate::normalize::dublin_core::same_language;
use crate::normalize::{LANDING_PAGE, identifier};

/// Kinds of format, as the precedence table parts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    DublinCore,
    /// A format of the endpoint with fields of its own for what Dublin Core runs together.
    Rich,
    LandingPage,
}

const OAI_FIRST: [Kind; 3] = [Kind::DublinCore, Kind::Rich, Kind::LandingPage];
const PAGE_FIRST: [Kind; 3] = [Kind::Rich, Kind::LandingPage, Kind::DublinCore];

fn kind_of(format: &str) -> Kind {
    match format {
        LANDING_PAGE => Kind::LandingPage,
        "jats" | "oai_openaire_jats" | "nlm" | "marcxml" | "oai_marc" | "marc21" | "rfc1807" | "mods" => {
            Kind::Rich
        }
        _ => Kind::DublinCore,
    }
}

/// Merges the descriptions, which stand in the order of the item's records.
pub(crate) fn merge(descriptions: &[Description], id: String, provenance: Provenance) -> Article {
    let mut merger = Merger { descriptions, article: Article::new(id, provenance) };
    merger.language();
    merger.titles();
    merger.contributors();
    merger.abstracts();
    merger.keywords();
    merger.journal();
    merger.scalars();
    merger.collections();
    merger.article
}

struct Merger<'a> {
    descriptions: &'a [Description],
    article: Article,
}

/// `scalar!(merger, "volume", OAI_FIRST, volume)`: the first value by precedence, the rest filed as conflicts.
macro_rules! scalar {
    ($merger:expr, $name:literal, $order:expr, $($path:ident).+) => {
        $merger.article.$($path).+ = $merger.scalar($name, $order, |article| article.$($path).+.as_ref())
    };
}

/// A value that formats may state differently.
trait Stated: Clone {
    /// Whether both say the same.
    fn agrees(&self, other: &Self) -> bool;
    /// The value as a finding shows it.
    fn shown(&self) -> String;
}

impl Stated for String {
    fn agrees(&self, other: &Self) -> bool {
        letters(self) == letters(other)
    }
    fn shown(&self) -> String {
        self.clone()
    }
}

impl Stated for i32 {
    fn agrees(&self, other: &Self) -> bool {
        self == other
    }
    fn shown(&self) -> String {
        self.to_string()
    }
}

impl Stated for Pages {
    fn agrees(&self, other: &Self) -> bool {
        letters(&self.raw) == letters(&other.raw)
            || (self.first.is_some() && (&self.first, &self.last) == (&other.first, &other.last))
    }
    fn shown(&self) -> String {
        self.raw.clone()
    }
}

impl Stated for License {
    fn agrees(&self, other: &Self) -> bool {
        (self.url.is_some() && self.url == other.url) || letters(&self.raw) == letters(&other.raw)
    }
    fn shown(&self) -> String {
        self.raw.clone()
    }
}

impl Stated for Copyright {
    fn agrees(&self, other: &Self) -> bool {
        (self.year, &self.holder) == (other.year, &other.holder)
    }
    fn shown(&self) -> String {
        self.statement.clone().or_else(|| self.holder.clone()).unwrap_or_default()
    }
}

impl Stated for PartialDate {
    fn agrees(&self, other: &Self) -> bool {
        self.date.starts_with(&other.date) || other.date.starts_with(&self.date)
    }
    fn shown(&self) -> String {
        self.date.clone()
    }
}

impl<'a> Merger<'a> {
    /// The descriptions in the order of precedence.
    fn ranked(&self, order: [Kind; 3]) -> impl Iterator<Item = &'a Description> + use<'a> {
        let descriptions = self.descriptions;
        order
            .into_iter()
            .flat_map(move |kind| descriptions.iter().filter(move |d| kind_of(&d.format) == kind))
    }

    fn scalar<T: Stated + 'a>(
        &mut self,
        name: &str,
        order: [Kind; 3],
        get: impl Fn(&'a Article) -> Option<&'a T>,
    ) -> Option<T> {
        let mut stated = self.ranked(order).filter_map(|d| get(&d.article).map(|value| (d, value)));
        let (from, value) = stated.next()?;
        let others: Vec<_> = stated.collect();
        self.came_from(name, from);
        for (_, other) in others {
            if !other.agrees(value) {
                self.found(Code::Conflict, name, &other.shown());
            }
        }
        Some(value.clone())
    }

    fn came_from(&mut self, name: &str, description: &Description) {
        if let Some(origin) = description.article.provenance.fields.get(name) {
            self.article.provenance.fields.entry(name.to_owned()).or_insert_with(|| origin.clone());
        }
    }

    fn found(&mut self, code: Code, field: &str, raw: &str) {
        let finding = Finding { code, field: field.to_owned(), raw: raw.to_owned() };
        if !self.article.findings.contains(&finding) {
            self.article.findings.push(finding);
        }
    }

    fn language(&mut self) {
        let inferred = |d: &Description| d.article.findings.iter().any(|f| f.code == Code::InferredLanguage);
        let stated: Vec<(&Description, &String)> =
            self.ranked(OAI_FIRST).filter_map(|d| d.article.language.as_ref().map(|tag| (d, tag))).collect();
        let Some((from, tag)) = stated.iter().find(|(d, _)| !inferred(d)).or(stated.first()) else { return };
        // A finer tag of the same language stands in the texts.
        let tag =
            stated.iter().map(|(_, other)| *other).find(|other| same_language(other, tag)).unwrap_or(tag);
        self.came_from("language", from);
        self.article.language = Some(tag.clone());
        for (_, other) in stated {
            if !same_language(other, tag) {
                self.found(Code::Conflict, "language", other);
            }
        }
    }

    fn titles(&mut self) {
        for (rank, description) in self.ranked(OAI_FIRST).enumerate() {
            for title in &description.article.titles {
                self.title(title, rank == 0);
                self.came_from("titles", description);
            }
        }
        let own = self.article.language.clone();
        if let Some(own) = own
            && let Some(at) = self
                .article
                .titles
                .iter()
                .position(|t| t.lang.as_deref().is_some_and(|l| same_language(l, &own)))
        {
            let title = self.article.titles.remove(at);
            self.article.titles.insert(0, title);
        }
    }

    fn title(&mut self, title: &Title, first: bool) {
        let titles = &mut self.article.titles;
        if first || titles.is_empty() {
            titles.push(title.clone());
        } else if titles.iter().any(|known| known.value.agrees(&title.value)) {
        } else if let Some(known) =
            titles.iter_mut().find(|known| same(known.lang.as_deref(), title.lang.as_deref()))
        {
            let cut = contains_words(&title.value, &known.value);
            let lost = if cut { std::mem::replace(known, title.clone()).value } else { title.value.clone() };
            self.found(Code::Conflict, "titles", &lost);
        } else if title.lang.is_some() {
            titles.push(title.clone());
        } else {
            self.found(Code::Conflict, "titles", &title.value);
        }
    }

    fn abstracts(&mut self) {
        for (rank, description) in self.ranked(OAI_FIRST).enumerate() {
            for text in &description.article.abstracts {
                self.came_from("abstracts", description);
                let abstracts = &mut self.article.abstracts;
                let known = abstracts.iter_mut().find(|known| {
                    same(known.lang.as_deref(), text.lang.as_deref())
                        || text.lang.is_none()
                        || letters(&known.value) == letters(&text.value)
                });
                match known {
                    _ if rank == 0 => abstracts.push(text.clone()),
                    None => abstracts.push(text.clone()),
                    Some(known) if letters(&known.value) == letters(&text.value) => {
                        // more blanks, the same letters: its words had run together
                        if words(&text.value) > words(&known.value) {
                            known.value.clone_from(&text.value);
                        }
                    }
                    Some(known) if letters(&text.value).starts_with(&letters(&known.value)) => {
                        let cut = std::mem::replace(&mut known.value, text.value.clone());
                        self.found(Code::Conflict, "abstracts", &cut);
                    }
                    Some(_) => self.found(Code::Conflict, "abstracts", &text.value),
                }
            }
        }
    }

    fn keywords(&mut self) {
        let mut langs: Vec<Option<&str>> = Vec::new();
        for description in self.ranked(OAI_FIRST) {
            let keywords = &description.article.keywords;
            let missing =
                |text: &&LangText| !self.article.keywords.iter().any(|known| known.value.agrees(&text.value));
            let added: Vec<LangText> = keywords.iter().filter(missing).cloned().collect();
            for text in added {
                let has_lang =
                    langs.iter().any(|lang| same(*lang, text.lang.as_deref())) || text.lang.is_none();
                if has_lang && !langs.is_empty() {
                    self.found(Code::Conflict, "keywords", &text.value);
                } else {
                    self.article.keywords.push(text);
                }
                self.came_from("keywords", description);
            }
            langs.extend(keywords.iter().map(|text| text.lang.as_deref()));
        }
    }

    fn journal(&mut self) {
        scalar!(self, "journal.title", OAI_FIRST, journal.title);
        scalar!(self, "journal.abbreviation", PAGE_FIRST, journal.abbreviation);
        scalar!(self, "journal.issn_print", OAI_FIRST, journal.issn_print);
        scalar!(self, "journal.issn_electronic", OAI_FIRST, journal.issn_electronic);
        scalar!(self, "journal.publisher", OAI_FIRST, journal.publisher);
        for description in self.ranked(OAI_FIRST) {
            let journal = &mut self.article.journal;
            for (lang, title) in &description.article.journal.titles_by_lang {
                let und = lang == "und" && journal.titles_by_lang.values().any(|known| known == title);
                if !und {
                    journal.titles_by_lang.entry(lang.clone()).or_insert_with(|| title.clone());
                }
            }
            for issn in &description.article.journal.issn_unknown {
                let known =
                    [&journal.issn_print, &journal.issn_electronic].iter().any(|i| i.as_ref() == Some(issn));
                if !known && !journal.issn_unknown.contains(issn) {
                    journal.issn_unknown.push(issn.clone());
                }
            }
            self.came_from("journal.issn_unknown", description);
        }
        if self.article.journal.issn_unknown.is_empty() {
            self.article.provenance.fields.remove("journal.issn_unknown");
        }
    }

    fn scalars(&mut self) {
        scalar!(self, "doi", OAI_FIRST, doi);
        scalar!(self, "type", OAI_FIRST, kind);
        scalar!(self, "section", PAGE_FIRST, section);
        scalar!(self, "volume", OAI_FIRST, volume);
        scalar!(self, "issue", OAI_FIRST, issue);
        scalar!(self, "issue_title", OAI_FIRST, issue_title);
        scalar!(self, "issue_year", OAI_FIRST, issue_year);
        scalar!(self, "pages", PAGE_FIRST, pages);
        scalar!(self, "license", OAI_FIRST, license);
        scalar!(self, "copyright", OAI_FIRST, copyright);
        scalar!(self, "published", OAI_FIRST, published);
        if let Some(date) = self.article.published.clone() {
            let dates = self.ranked(OAI_FIRST).filter_map(|d| d.article.published.as_ref());
            let finer = dates.filter(|other| other.agrees(&date)).min_by_key(|date| date.precision);
            self.article.published = finer.cloned();
        }
    }

    fn collections(&mut self) {
        for description in self.ranked(OAI_FIRST) {
            let from = &description.article;
            for identifier in &from.identifiers {
                if !self.article.identifiers.contains(identifier) {
                    self.article.identifiers.push(identifier.clone());
                    self.came_from("identifiers", description);
                }
            }
            for link in &from.links {
                self.link(link, kind_of(&description.format) == Kind::LandingPage);
                self.came_from("links", description);
            }
            for funding in &from.funding {
                if !self.article.funding.contains(funding) {
                    self.article.funding.push(funding.clone());
                    self.came_from("funding", description);
                }
            }
        }
        if let Some(description) = self.ranked(PAGE_FIRST).find(|d| !d.article.references.is_empty()) {
            self.article.references.clone_from(&description.article.references);
            self.came_from("references", description);
        }
        // the article's own findings last: they are about the whole
        let merged = std::mem::take(&mut self.article.findings);
        let findings =
            self.descriptions.iter().flat_map(|d| d.article.findings.iter().cloned()).chain(merged);
        for finding in findings {
            if !self.article.findings.contains(&finding) {
                self.article.findings.push(finding);
            }
        }
        for unmapped in self.descriptions.iter().flat_map(|d| &d.article.unmapped) {
            if !self.article.unmapped.contains(unmapped) {
                self.article.unmapped.push(unmapped.clone());
            }
        }
    }

    /// Each URL once. The page names the type of each of its files, Dublin Core but counts them: the page's
    /// word holds, also for the galley that the file belongs to.
    fn link(&mut self, link: &Link, from_page: bool) {
        let links = &mut self.article.links;
        if link.rel == LinkRel::Landing
            && let Some(known) = links.iter().find(|known| known.rel == LinkRel::Landing)
        {
            if !same_page(&known.url, &link.url) {
                self.found(Code::Conflict, "links", &link.url);
            }
            return;
        }
        if !links.iter().any(|known| known.url == link.url) {
            links.push(link.clone());
            return;
        }
        let Some(media_type) = &link.media_type else { return };
        let mut wrong = None;
        for known in links.iter_mut() {
            let of_file = identifier::ojs_galley_download(&known.url).is_some_and(|file| file == link.url);
            if (known.url != link.url && !of_file) || known.media_type.as_ref() == Some(media_type) {
                continue;
            }
            if known.media_type.is_none() || from_page {
                wrong = known.media_type.replace(media_type.clone()).or(wrong);
            } else {
                wrong = Some(media_type.clone());
            }
        }
        if let Some(wrong) = wrong {
            self.found(Code::Conflict, "links.media_type", &wrong);
        }
    }
}

/// Whether two URLs are of one page: scheme and last slash say nothing.
fn same_page(a: &str, b: &str) -> bool {
    let bare = |url: &str| {
        let url = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or(url);
        url.trim_end_matches('/').to_owned()
    };
    bare(a) == bare(b)
}

fn same(a: Option<&str>, b: Option<&str>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => same_language(a, b),
        (None, None) => true,
        _ => false,
    }
}

/// Letters and digits in lower case: what stays when spacing and punctuation differ.
fn letters(value: &str) -> String {
    value.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn words(value: &str) -> usize {
    value.split_whitespace().count()
}

/// Whether `whole` has all words of `part` in their order, and more.
fn contains_words(whole: &str, part: &str) -> bool {
    let mut whole_words = whole.split_whitespace();
    words(whole) > words(part) && part.split_whitespace().all(|word| whole_words.any(|other| other == word))
}
