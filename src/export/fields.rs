//! Fields that most formats use: the main title, the date and the links of an article, clean.

use std::collections::{BTreeSet, HashSet};

use chrono::NaiveDate;

use super::url::href;
use super::xml::{collapsed, is_blank};
use super::{lang, url};
use crate::article::{
    Affiliation, Article, Contributor, ContributorKind, Journal, LinkRel, PartialDate, Role,
    Scheme, Title,
};
use crate::normalize::is_eastern as is_eastern_letter;
use crate::values::{Doi, Issn, LanguageTag, Orcid};

/// A text as exports have it: white space collapsed, without characters that XML forbids; `None` where nothing
/// can be seen of it.
pub(super) fn text(value: &str) -> Option<String> {
    (!is_blank(value)).then(|| collapsed(value))
}

/// The same of a value that may be missing.
pub(crate) fn opt(value: Option<&str>) -> Option<String> {
    value.and_then(text)
}

/// Paragraphs of a text, each clean.
pub(super) fn paragraphs(value: &str) -> Vec<String> {
    value.split("\n\n").filter_map(text).collect()
}

/// Language of a text in an article: its own, else the article's; `None` where neither can be written.
pub(super) fn language(lang: Option<&str>, article: &Article) -> Option<String> {
    let tag = lang::of_text(lang, &lang::of_article(article.language.as_deref()));
    (tag != "und").then_some(tag)
}

/// The titles that can be seen, each once; the first in the article's language leads.
pub(super) fn titles(article: &Article) -> Vec<&Title> {
    let mut seen = BTreeSet::new();
    let mut titles: Vec<&Title> = article
        .titles
        .iter()
        .filter(|title| !is_blank(&title.value) && seen.insert(collapsed(&title.value)))
        .collect();
    let own = lang::of_article(article.language.as_deref());
    if let Some(main) = titles
        .iter()
        .position(|title| lang::same(&lang::of_text(title.lang.as_deref(), &own), &own))
    {
        titles[..=main].rotate_right(1);
    }
    titles
}

/// Title and subtitle: the model's title holds both, most formats want them apart.
pub(super) fn title_parts(title: &Title) -> (String, String) {
    let whole = collapsed(&title.value);
    let subtitle = collapsed(title.subtitle.as_deref().unwrap_or_default());
    if is_blank(&subtitle) {
        return (whole, String::new());
    }
    let main = whole.strip_suffix(&subtitle).map(|main| {
        main.trim_end_matches(|c: char| {
            c.is_whitespace() || matches!(c, ':' | '–' | '—' | '-' | '：' | '/')
        })
    });
    match main {
        // All of the title is subtitle: it is the title then.
        Some(main) if is_blank(main) => (whole, String::new()),
        Some(main) => (main.to_owned(), subtitle),
        None => (whole, subtitle),
    }
}

/// A date of which year, month and day are known in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Date {
    pub(super) year: i32,
    pub(super) month: Option<u32>,
    pub(super) day: Option<u32>,
}

impl Date {
    /// `2004-12-31`, `2004-12` or `2004`.
    pub(super) fn iso(self) -> String {
        match (self.month, self.day) {
            (Some(month), Some(day)) => format!("{:04}-{month:02}-{day:02}", self.year),
            (Some(month), None) => format!("{:04}-{month:02}", self.year),
            _ => format!("{:04}", self.year),
        }
    }
}

/// Date of publication, else the year of the issue; years of four digits.
pub(super) fn date(article: &Article) -> Option<Date> {
    let published = article
        .published
        .as_ref()
        .and_then(PartialDate::parts)
        .and_then(|(year, month, day)| {
            NaiveDate::from_ymd_opt(year, month.unwrap_or(1), day.unwrap_or(1))?;
            Some(Date { year, month, day })
        });
    let issue = article.issue_year.map(|year| Date {
        year,
        month: None,
        day: None,
    });
    published
        .into_iter()
        .chain(issue)
        .find(|date| (1000..=9999).contains(&date.year))
}

/// The article's DOI; `None` for what has not the form of one.
pub(crate) fn doi(article: &Article) -> Option<Doi> {
    Doi::bare(article.doi.as_deref()?)
}

/// The URL at which a DOI resolves, percent-encoded where it must be.
pub(super) fn doi_url(doi: &Doi) -> Option<String> {
    href(&doi.url())
}

/// Links of one kind that can be written, each once.
pub(super) fn links(article: &Article, rel: LinkRel) -> Vec<(String, Option<String>)> {
    let mut seen = BTreeSet::new();
    let links = article.links.iter().filter(|link| link.rel == rel);
    links
        .filter_map(|link| Some((url::href(&link.url)?, opt(link.media_type.as_deref()))))
        .filter(|(url, _)| seen.insert(url.clone()))
        .collect()
}

/// The article's page.
pub(super) fn landing(article: &Article) -> Option<String> {
    links(article, LinkRel::Landing)
        .into_iter()
        .next()
        .map(|(url, _)| url)
}

/// The journal's page: what stands before `/article/` in the address of the article, else before `/oai` in that of the
/// endpoint.
pub(crate) fn journal_page(article: &Article) -> String {
    if let Some(page) = landing(article)
        && let Some((journal, _)) = page.split_once("/article/")
    {
        return journal.to_owned();
    }
    let base = article.provenance.base_url.trim_end_matches('/');
    base.strip_suffix("/oai").unwrap_or(base).to_owned()
}

/// URLs of where the text is: files, else the pages that show them.
pub(crate) fn full_texts(article: &Article) -> Vec<String> {
    fulltexts(article).into_iter().map(|(url, _)| url).collect()
}

/// Where the text is: files, else the pages that show them.
pub(super) fn fulltexts(article: &Article) -> Vec<(String, Option<String>)> {
    let files = links(article, LinkRel::Fulltext);
    if files.is_empty() {
        links(article, LinkRel::Galley)
    } else {
        files
    }
}

/// ISSNs, each once: online, print, unknown.
pub(crate) fn issns(journal: &Journal) -> Vec<&str> {
    let known = [
        journal.issn_electronic.as_deref(),
        journal.issn_print.as_deref(),
    ]
    .into_iter()
    .flatten();
    let mut seen = BTreeSet::new();
    known
        .chain(journal.issn_unknown.iter().map(String::as_str))
        .filter(|issn| Issn::printed(issn).is_some() && seen.insert(*issn))
        .collect()
}

/// Title of the journal, in whatever language.
pub(crate) fn journal_title(journal: &Journal) -> Option<String> {
    opt(journal.title.as_deref())
        .or_else(|| journal.titles.iter().find_map(|title| text(&title.value)))
}

/// Title of the journal as a citation has it: in the article's language where the record states it, else the one title
/// of the journal.
pub(super) fn cited_journal(article: &Article) -> Option<String> {
    let journal = &article.journal;
    let own = article.language.as_deref().map(LanguageTag::primary_of);
    let is_own = |lang: Option<&str>| own.is_some() && lang.map(LanguageTag::primary_of) == own;
    let stated = journal.titles.iter();
    let mut candidates = stated.filter(|title| is_own(title.lang.as_deref()));
    let main = journal.title.as_deref();
    let cited = candidates
        .clone()
        .find(|title| Some(title.value.as_str()) == main)
        .or_else(|| candidates.next());
    cited
        .and_then(|title| text(&title.value))
        .or_else(|| journal_title(journal))
}

/// A version of an article in the words of NISO RP-8 (Journal Article Versions) and of COAR.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ArticleVersion {
    /// Term of info:eu-repo/semantics.
    pub(super) term: &'static str,
    /// Abbreviation by NISO.
    pub(super) abbreviation: &'static str,
    /// URI of the COAR Version Types.
    pub(super) uri: &'static str,
}

const VERSIONS: [ArticleVersion; 5] = [
    version(
        "draft",
        "AO",
        "http://purl.org/coar/version/c_b1a7d7d4d402bcce",
    ),
    version(
        "submittedVersion",
        "SMUR",
        "http://purl.org/coar/version/c_71e4c1898caa6e32",
    ),
    version(
        "acceptedVersion",
        "AM",
        "http://purl.org/coar/version/c_ab4af688f83e57aa",
    ),
    version(
        "publishedVersion",
        "VoR",
        "http://purl.org/coar/version/c_970fb48d4fbd8a85",
    ),
    version(
        "updatedVersion",
        "EVoR",
        "http://purl.org/coar/version/c_dc82b40f9837b551",
    ),
];

const fn version(
    term: &'static str,
    abbreviation: &'static str,
    uri: &'static str,
) -> ArticleVersion {
    ArticleVersion {
        term,
        abbreviation,
        uri,
    }
}

/// Which version of the article it is, where the source says so.
pub(super) fn article_version(article: &Article) -> Option<&'static ArticleVersion> {
    article.unmapped.iter().find_map(|unmapped| {
        let value = unmapped.value.trim();
        let term = value
            .rsplit_once("info:eu-repo/semantics/")
            .map(|(_, term)| term);
        let is_version = unmapped.element.ends_with("version");
        VERSIONS.iter().find(|known| {
            term.is_some_and(|term| term.eq_ignore_ascii_case(known.term))
                || value == known.uri
                || is_version && value.eq_ignore_ascii_case(known.abbreviation)
        })
    })
}

/// Returns the kind of a file of an article: its text, unless its media type is one of data, pictures or sound.
pub(super) fn file_label(media: Option<&str>) -> &'static str {
    let media = media.unwrap_or_default();
    let is_data = [
        "text/csv",
        "text/tab-separated-values",
        "application/zip",
        "application/json",
    ]
    .contains(&media)
        || media.contains("spreadsheet")
        || media.contains("ms-excel");
    let kind = media.split('/').next().unwrap_or_default();
    if is_data || matches!(kind, "image" | "audio" | "video") {
        "Supplementary file"
    } else {
        "Full text"
    }
}

/// Roles beside those that formats have fields of their own for.
pub(super) const OTHER_ROLES: [Role; 6] = [
    Role::Translator,
    Role::Advisor,
    Role::Reviewer,
    Role::Illustrator,
    Role::Compiler,
    Role::Contributor,
];

/// Returns the kind of work, as the label of its COAR term.
pub(super) fn type_label(article: &Article) -> Option<String> {
    text(&article.resource_type.as_ref()?.label)
}

/// Abbreviated title of the journal. A bare acronym, which Open Journal Systems puts there, is none: styles that print
/// the abbreviation would print it alone.
pub(super) fn abbreviation(journal: &Journal) -> Option<String> {
    opt(journal.abbreviation.as_deref()).filter(|short| short.contains([' ', '.']))
}

/// A contributor's name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Name {
    /// A person: family name, given names, suffix; family or given may be empty.
    Person {
        family: String,
        given: String,
        suffix: String,
    },
    /// An organisation.
    Organization(String),
    /// A name in one piece.
    Whole(String),
}

impl Name {
    /// The name; `None` where there is nothing to be seen.
    pub(super) fn of(contributor: &Contributor) -> Option<Self> {
        let part = |part: &Option<String>| opt(part.as_deref()).unwrap_or_default();
        let (family, given) = (part(&contributor.family), part(&contributor.given));
        let raw = text(&contributor.raw);
        if contributor.kind == ContributorKind::Organization {
            return raw.map(Self::Organization);
        }
        if family.is_empty() && given.is_empty() {
            return raw.map(Self::Whole);
        }
        Some(Self::Person {
            family,
            given,
            suffix: part(&contributor.suffix),
        })
    }

    /// Family name first: `Tolipov, Zaur, Jr.`
    pub(super) fn inverted(&self) -> String {
        match self {
            Self::Organization(name) | Self::Whole(name) => name.clone(),
            Self::Person {
                family,
                given,
                suffix,
            } => {
                let parts = [family, given, suffix];
                parts
                    .into_iter()
                    .filter(|part| !part.is_empty())
                    .cloned()
                    .collect::<Vec<_>>()
                    .join(", ")
            }
        }
    }

    /// As spoken: `Zaur Tolipov Jr.`; in Han, Hangul and Kana the family name leads, without a space.
    pub(super) fn direct(&self) -> String {
        match self {
            Self::Organization(name) | Self::Whole(name) => name.clone(),
            Self::Person { family, given, .. } if is_eastern(family) => format!("{family}{given}"),
            Self::Person {
                family,
                given,
                suffix,
            } => {
                let parts = [given, family, suffix];
                parts
                    .into_iter()
                    .filter(|part| !part.is_empty())
                    .cloned()
                    .collect::<Vec<_>>()
                    .join(" ")
            }
        }
    }
}

/// Returns whether a name is written in Han, Hangul or Kana, where the family name comes first.
pub(super) fn is_eastern(name: &str) -> bool {
    !name.is_empty() && name.chars().all(is_eastern_letter)
}

/// A contributor's names in other languages or scripts, each once and other than the name itself.
pub(super) fn variants(contributor: &Contributor) -> Vec<(Name, Option<&str>)> {
    let mut variants = Vec::new();
    if contributor.variants.is_empty() {
        return variants;
    }
    let mut seen: HashSet<Name> = Name::of(contributor).into_iter().collect();
    for variant in &contributor.variants {
        let part = |part: &Option<String>| opt(part.as_deref()).unwrap_or_default();
        let (family, given) = (part(&variant.family), part(&variant.given));
        let name = match contributor.kind {
            ContributorKind::Organization => text(&variant.raw).map(Name::Organization),
            _ if family.is_empty() && given.is_empty() => text(&variant.raw).map(Name::Whole),
            _ => Some(Name::Person {
                family,
                given,
                suffix: String::new(),
            }),
        };
        if let Some(name) = name.filter(|name| seen.insert(name.clone())) {
            variants.push((name, variant.lang.as_deref()));
        }
    }
    variants
}

/// Contributors with a name, and their names; authors only, where `authors` asks.
pub(super) fn names(article: &Article, roles: &[Role]) -> Vec<(Name, Role)> {
    let wanted = article
        .contributors
        .iter()
        .filter(|contributor| roles.contains(&contributor.role));
    wanted
        .filter_map(|contributor| Some((Name::of(contributor)?, contributor.role)))
        .collect()
}

/// The ORCID iD of a contributor; `None` where its check digit is wrong.
pub(super) fn orcid(contributor: &Contributor) -> Option<Orcid> {
    Orcid::url(contributor.orcid.as_deref()?.trim())
}

/// Name of an affiliation that can be seen.
pub(super) fn affiliation_name(affiliation: &Affiliation) -> Option<String> {
    opt(affiliation.name.as_deref())
}

/// Affiliations that can be seen.
pub(super) fn affiliations(contributor: &Contributor) -> Vec<String> {
    contributor
        .affiliations
        .iter()
        .filter_map(|affiliation| opt(affiliation.name.as_deref()))
        .collect()
}

/// First page or article number, and last page.
pub(super) fn pages(article: &Article) -> (Option<String>, Option<String>) {
    let Some(pages) = &article.pages else {
        return (None, None);
    };
    if let Some(first) = opt(pages.first.as_deref()) {
        return (Some(first), opt(pages.last.as_deref()));
    }
    match (opt(pages.elocation_id.as_deref()), page_list(&pages.raw)) {
        (None, Some((first, last))) => (Some(first), Some(last)),
        (number, _) => (number, None),
    }
}

/// First and last page of pages with gaps, `7, 9–12; 34`.
pub(super) fn page_list(raw: &str) -> Option<(String, String)> {
    let is_separator =
        |c: char| matches!(c, ',' | ';' | '-' | '–' | '—' | '+' | '&') || c.is_whitespace();
    let numbers: Vec<&str> = raw
        .split(is_separator)
        .filter(|number| !number.is_empty())
        .collect();
    let is_list = numbers.len() > 1
        && numbers
            .iter()
            .all(|number| number.len() <= 6 && number.bytes().all(|b| b.is_ascii_digit()));
    let (first, last) = (numbers.first()?, numbers.last()?);
    is_list.then(|| ((*first).to_owned(), (*last).to_owned()))
}

/// Pages as cited: `103-110`, `e12345`, else as received.
pub(super) fn page_range(article: &Article) -> Option<String> {
    let raw = article.pages.as_ref().and_then(|pages| text(&pages.raw));
    if let Some(raw) = raw.filter(|raw| raw.contains([',', ';']) && page_list(raw).is_some()) {
        return Some(raw);
    }
    match pages(article) {
        (Some(first), Some(last)) if first != last => Some(format!("{first}-{last}")),
        (Some(first), _) => Some(first),
        (None, _) => article.pages.as_ref().and_then(|pages| text(&pages.raw)),
    }
}

/// Values of identifiers of one scheme, each once.
pub(super) fn identifiers(article: &Article, scheme: Scheme) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let values = article
        .identifiers
        .iter()
        .filter(|identifier| identifier.scheme == scheme);
    values
        .filter_map(|identifier| text(&identifier.value))
        .filter(|value| seen.insert(value.clone()))
        .collect()
}

/// Keywords, each once, whatever their language.
pub(super) fn keywords(article: &Article) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let values = article
        .keywords
        .iter()
        .filter_map(|keyword| text(&keyword.value));
    values.filter(|value| seen.insert(value.clone())).collect()
}

/// The abstract in the article's language, else the first, in paragraphs.
pub(super) fn main_abstract(article: &Article) -> Option<Vec<String>> {
    let own = lang::of_article(article.language.as_deref());
    let seen = || {
        article
            .abstracts
            .iter()
            .filter(|text| !is_blank(&text.value))
    };
    let main = seen().find(|text| lang::same(&lang::of_text(text.lang.as_deref(), &own), &own));
    main.or_else(|| seen().next())
        .map(|text| paragraphs(&text.value))
}
