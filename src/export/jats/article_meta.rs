//! `article-meta`, in the order of the DTD.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use chrono::NaiveDate;

use super::context::{Context, Leftovers};
use super::options::Version;
use super::{back, contrib, custom_meta, relations, rights, subjects, titles};
use crate::article::{Article, HistoryEvent, LinkRel, PartialDate, Precision, Scheme};
use crate::export::xml::{Xml, is_blank};
use crate::export::{fields, lang, marked, url};
use crate::normalize::seen::Seen;
use crate::values::Doi;

pub(super) fn write(xml: &mut Xml, context: &mut Context<'_>) {
    xml.group("article-meta", &[], |xml| {
        let page_count = page_count(context.article);
        article_ids(xml, context);
        if context.version > Version::V1_1 {
            version(xml, context.article);
        }
        subjects::write(xml, context);
        titles::write(xml, context);
        contrib::write(xml, context);
        dates(xml, context);
        issue(xml, context);
        pages(xml, context);
        history(xml, context.article);
        rights::permissions(xml, context);
        self_uris(xml, context);
        relations::write(xml, context.article);
        related(xml, context);
        abstracts(xml, context);
        keywords(xml, context);
        rights::funding(xml, context);
        counts(xml, context.article, page_count);
        custom_meta::write(xml, context);
    });
}

/// Value of `article-type`. It is `research-article` only where the source says so; a kind that JATS has no word
/// for is `other`, and kept among the leftovers.
pub(super) fn article_type(article: &Article, leftovers: &mut Leftovers) -> &'static str {
    let Some(kind) = &article.resource_type else {
        return "other";
    };
    let term = kind.raw.rsplit(['/', '#']).next().unwrap_or(&kind.raw);
    let known = match known_article_type(term) {
        "other" => known_article_type(&kind.label),
        known => known,
    };
    if known == "other" {
        leftovers.add("type", &kind.raw);
    }
    known
}

fn known_article_type(word: &str) -> &'static str {
    let words: Vec<String> = word
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    match words.join(" ").as_str() {
        "research article" | "researcharticle" => "research-article",
        "review article" | "reviewarticle" => "review-article",
        "book review" | "bookreview" => "book-review",
        "case report" => "case-report",
        "data paper" => "data-paper",
        "editorial" => "editorial",
        "letter" | "letter to the editor" => "letter",
        "correction" | "corrigendum" | "erratum" => "correction",
        "retraction" => "retraction",
        "obituary" => "obituary",
        "news" => "news",
        "translation" => "translation",
        "commentary" | "article commentary" => "article-commentary",
        "brief report" | "briefreport" => "brief-report",
        "rapid communication" | "rapidcommunication" => "rapid-communication",
        "meeting report" | "meetingreport" => "meeting-report",
        "product review" | "productreview" => "product-review",
        "expression of concern" => "expression-of-concern",
        "partial retraction" => "partial-retraction",
        "addendum" => "addendum",
        "announcement" => "announcement",
        "discussion" => "discussion",
        "introduction" => "introduction",
        "reply" => "reply",
        "in brief" | "inbrief" => "in-brief",
        "peer review" | "reviewer report" => "reviewer-report",
        "preprint" => "preprint",
        "thesis" | "bachelor thesis" | "master thesis" | "doctoral thesis" => "dissertation",
        _ => "other",
    }
}

fn article_ids(xml: &mut Xml, context: &mut Context<'_>) {
    let article = context.article;
    let mut seen = BTreeSet::new();
    let mut id = |xml: &mut Xml, kind: &'static str, usage: &'static str, value: &str| {
        if seen.insert((kind, usage, value.trim().to_owned())) {
            xml.leaf(
                "article-id",
                &[("pub-id-type", kind), ("specific-use", usage)],
                value,
            );
        }
    };
    // One DOI is the article's; one that is malformed or a second one stays, but does not pass for it.
    let mut dois = article
        .doi
        .iter()
        .chain(
            article
                .identifiers
                .iter()
                .filter(|i| i.scheme == Scheme::Doi)
                .map(|i| &i.value),
        )
        .collect::<Vec<_>>();
    dois.dedup();
    let main = dois.iter().position(|doi| Doi::bare(doi.trim()).is_some());
    if let Some(main) = main {
        let main = dois[main].trim();
        id(xml, "doi", "", main);
        dois.retain(|doi| !doi.trim().eq_ignore_ascii_case(main));
    }
    for identifier in &article.identifiers {
        let (kind, usage) = match identifier.scheme {
            Scheme::PublisherId => ("publisher-id", ""),
            Scheme::Handle => ("handle", ""),
            Scheme::Arxiv => ("arxiv", ""),
            Scheme::Pmid => ("pmid", ""),
            Scheme::Urn => ("other", "urn"),
            Scheme::Other => ("other", ""),
            // Each has its place elsewhere.
            Scheme::Doi | Scheme::IssueDoi | Scheme::GalleyDoi | Scheme::Isbn => continue,
        };
        id(xml, kind, usage, &identifier.value);
    }
    for doi in dois {
        id(xml, "other", "doi", doi);
    }
    id(
        xml,
        "other",
        "oai-identifier",
        &article.provenance.oai_identifier,
    );
}

/// Which version of the article it is (NISO RP-8); JATS 1.1 has no element for it.
fn version(xml: &mut Xml, article: &Article) {
    if let Some(version) = fields::article_version(article) {
        let attributes = [
            ("article-version-type", version.abbreviation),
            ("vocab", "JAV"),
            (
                "vocab-identifier",
                "http://www.niso.org/publications/rp/RP-8-2008.pdf",
            ),
        ];
        xml.leaf("article-version", &attributes, version.abbreviation);
    }
}

/// A date as its parts, when it is one of the calendar and no more precise than it claims.
fn parts(date: &PartialDate) -> Option<(i32, Option<u32>, Option<u32>)> {
    let (year, month, day) = date.parts()?;
    let month = month.filter(|_| date.precision <= Precision::Month);
    let day = day.filter(|_| date.precision == Precision::Day && month.is_some());
    let sound = (1000..=9999).contains(&year)
        && NaiveDate::from_ymd_opt(year, month.unwrap_or(1), day.unwrap_or(1)).is_some();
    sound.then_some((year, month, day))
}

/// Returns whether a `pub-date` will be written.
pub(super) fn has_date(article: &Article) -> bool {
    article.published.as_ref().and_then(parts).is_some() || collection_year(article).is_some()
}

fn collection_year(article: &Article) -> Option<i32> {
    article
        .issue_year
        .filter(|year| (1000..=9999).contains(year))
}

/// The date of publication as precise as it is known; the year of the issue as the date of the collection.
fn dates(xml: &mut Xml, context: &mut Context<'_>) {
    let article = context.article;
    if let Some(date) = &article.published {
        if let Some((year, month, day)) = parts(date) {
            let mut iso = format!("{year:04}");
            for part in [month, day].into_iter().flatten() {
                let _ = write!(iso, "-{part:02}");
            }
            let attributes = [
                ("date-type", "pub"),
                ("publication-format", "electronic"),
                ("iso-8601-date", iso.as_str()),
            ];
            xml.group("pub-date", &attributes, |xml| {
                for (name, part) in [("day", day), ("month", month)] {
                    xml.leaf(
                        name,
                        &[],
                        &part.map(|part| format!("{part:02}")).unwrap_or_default(),
                    );
                }
                xml.leaf("year", &[], &format!("{year:04}"));
            });
        } else {
            context.leftovers.add("published", &date.date);
        }
    }
    if let Some(year) = collection_year(article) {
        let year = year.to_string();
        xml.group(
            "pub-date",
            &[("date-type", "collection"), ("iso-8601-date", &year)],
            |xml| {
                xml.leaf("year", &[], &year);
            },
        );
    } else if let Some(year) = article.issue_year {
        context.leftovers.add("issue_year", &year.to_string());
    }
}

fn issue(xml: &mut Xml, context: &Context<'_>) {
    let article = context.article;
    xml.leaf("volume", &[], article.volume.as_deref().unwrap_or_default());
    xml.leaf("issue", &[], article.issue.as_deref().unwrap_or_default());
    let mut seen = BTreeSet::new();
    for identifier in article
        .identifiers
        .iter()
        .filter(|i| i.scheme == Scheme::IssueDoi)
    {
        if seen.insert(&identifier.value) {
            let doi = identifier.value.trim();
            xml.leaf(
                "issue-id",
                &[(
                    "pub-id-type",
                    if Doi::bare(doi).is_some() { "doi" } else { "" },
                )],
                doi,
            );
        }
    }
    xml.leaf(
        "issue-title",
        &[],
        article.issue_title.as_deref().unwrap_or_default(),
    );
    for identifier in article
        .identifiers
        .iter()
        .filter(|i| i.scheme == Scheme::Isbn)
    {
        if seen.insert(&identifier.value) {
            xml.leaf("isbn", &[], &identifier.value);
        }
    }
}

/// First and last page, or an article number: JATS takes one of the two.
fn pages(xml: &mut Xml, context: &mut Context<'_>) {
    let Some(pages) = &context.article.pages else {
        return;
    };
    let text = |value: &Option<String>| {
        value
            .clone()
            .filter(|value| !is_blank(value))
            .unwrap_or_default()
    };
    let (first, last, elocation) = (
        text(&pages.first),
        text(&pages.last),
        text(&pages.elocation_id),
    );
    let gaps = fields::page_list(&pages.raw).filter(|_| elocation.is_empty());
    let (first, last) = match gaps {
        Some((first_of_list, last_of_list)) if first.is_empty() => (first_of_list, last_of_list),
        _ => (first, last),
    };
    if !first.is_empty() {
        xml.leaf("fpage", &[], &first);
        xml.leaf("lpage", &[], &last);
        // Pages with a gap: `5-13, 20`.
        if pages.raw.contains([',', ';', '+', '&']) {
            xml.leaf("page-range", &[], &pages.raw);
        }
        context.leftovers.add("pages.elocation_id", &elocation);
        return;
    }
    context.leftovers.add("pages.last", &last);
    if elocation.is_empty() {
        context.leftovers.add("pages.raw", &pages.raw);
    } else {
        xml.leaf("elocation-id", &[], &elocation);
    }
}

/// Writes `history`: the dated events of the article.
fn history(xml: &mut Xml, article: &Article) {
    xml.group("history", &[], |xml| {
        for step in &article.history {
            let (kind, format) = match step.event {
                HistoryEvent::Received => ("received", ""),
                HistoryEvent::Revised => ("rev-recd", ""),
                HistoryEvent::Accepted => ("accepted", ""),
                HistoryEvent::PublishedOnline => ("pub", "electronic"),
                HistoryEvent::PublishedPrint => ("pub", "print"),
                HistoryEvent::Corrected => ("corrected", ""),
                HistoryEvent::Retracted => ("retracted", ""),
            };
            let mut parts = step.date.splitn(3, '-');
            let (year, month, day) = (parts.next(), parts.next(), parts.next());
            let attributes = [
                ("date-type", kind),
                ("publication-format", format),
                ("iso-8601-date", step.date.as_str()),
            ];
            xml.group("date", &attributes, |xml| {
                for (name, part) in [("day", day), ("month", month), ("year", year)] {
                    xml.leaf(name, &[], part.unwrap_or_default());
                }
            });
        }
    });
}

/// Returns the number of pages, where both ends are plain numbers and nothing is left out between.
fn page_count(article: &Article) -> Option<u32> {
    let pages = article.pages.as_ref()?;
    let first: u32 = pages.first.as_deref()?.trim().parse().ok()?;
    let last: u32 = pages.last.as_deref()?.trim().parse().ok()?;
    if pages.raw.contains([',', ';', '+', '&']) || last < first {
        return None;
    }
    (last - first).checked_add(1)
}

fn self_uris(xml: &mut Xml, context: &mut Context<'_>) {
    let article = context.article;
    let mut seen = BTreeSet::new();
    for link in article
        .links
        .iter()
        .filter(|link| link.rel != LinkRel::Related)
    {
        let Some(href) = url::href(&link.url) else {
            context.leftovers.add("links.url", &link.url);
            continue;
        };
        let title = match link.rel {
            LinkRel::Landing => "Landing page",
            LinkRel::Galley => "Galley",
            LinkRel::Fulltext | LinkRel::Related => fields::file_label(link.media_type.as_deref()),
        };
        if seen.insert((title, href.clone())) {
            // A galley's page is HTML that shows the file, whatever the file is.
            let media_type = match link.rel {
                LinkRel::Galley => "",
                _ => link.media_type.as_deref().unwrap_or_default(),
            };
            let attributes = [
                ("content-type", media_type),
                ("xlink:href", &href),
                ("xlink:title", title),
            ];
            xml.void("self-uri", &attributes);
        }
    }
}

/// Writes the related objects: other links, and the DOIs of its galleys.
fn related(xml: &mut Xml, context: &mut Context<'_>) {
    let article = context.article;
    let mut seen = BTreeSet::new();
    for link in article
        .links
        .iter()
        .filter(|link| link.rel == LinkRel::Related)
    {
        let Some(href) = url::href(&link.url) else {
            context.leftovers.add("links.url", &link.url);
            continue;
        };
        if seen.insert(href.clone()) {
            xml.leaf(
                "related-object",
                &[("content-type", "related"), ("xlink:href", &href)],
                &href,
            );
        }
    }
    for identifier in article
        .identifiers
        .iter()
        .filter(|i| i.scheme == Scheme::GalleyDoi)
    {
        let doi = identifier.value.trim();
        let href = Doi::bare(doi).and_then(|doi| fields::doi_url(&doi));
        let Some(href) = href else {
            context.leftovers.add("identifiers.galley_doi", doi);
            continue;
        };
        if seen.insert(href.clone()) {
            xml.leaf(
                "related-object",
                &[("content-type", "galley"), ("xlink:href", &href)],
                doi,
            );
        }
    }
}

/// Abstracts in the article's language first, or all untagged ones; the others are translations. Where the article's
/// language is unknown, the first abstract's counts.
fn abstracts(xml: &mut Xml, context: &Context<'_>) {
    let article = context.lang.as_str();
    let abstracts = context.article.abstracts.iter();
    let texts = distinct(
        abstracts.map(|text| (text.value.as_str(), text.lang.as_deref())),
        article,
    );
    let own = if article == "und" {
        texts
            .first()
            .map_or("und", |(lang, _)| lang.as_str())
            .to_owned()
    } else {
        article.to_owned()
    };
    let (main, translated): (Vec<_>, Vec<_>) = texts
        .iter()
        .partition(|(tag, _)| lang::same(tag, &own) || lang::same(tag, article));
    let (all, mut places) = (&context.article.abstracts, Seen::default());
    for (element, texts) in [("abstract", main), ("trans-abstract", translated)] {
        for &(ref lang, text) in texts {
            // A translation always says its language.
            let attribute = if element == "abstract" {
                lang::attribute(lang, article)
            } else {
                lang
            };
            let place = places.find(all, &text, |one| one.value.as_str());
            let whole = place.and_then(|at| all.get(at));
            let sections = whole.map(|one| one.sections.as_slice()).unwrap_or_default();
            let marked = whole.and_then(marked::jats_paragraphs);
            xml.group(element, &[("xml:lang", attribute)], |xml| {
                for section in sections {
                    xml.group("sec", &[], |xml| {
                        xml.leaf("title", &[], &section.label);
                        write_paragraphs(xml, &section.value, marked::jats_section(section));
                    });
                }
                if sections.is_empty() {
                    write_paragraphs(xml, text, marked);
                }
            });
        }
    }
}

/// Paragraphs with their inline markup where there is any.
fn write_paragraphs(xml: &mut Xml, text: &str, marked: Option<Vec<&str>>) {
    match marked {
        Some(marked) => {
            for paragraph in marked {
                xml.marked("p", &[], "", Some(paragraph));
            }
        }
        None => {
            for paragraph in paragraphs(text) {
                xml.leaf("p", &[], paragraph);
            }
        }
    }
}

/// Paragraphs are separated by a blank line.
fn paragraphs(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let (mut start, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        at += line.len();
        if line.trim().is_empty() {
            out.push(&text[start..at]);
            start = at;
        }
    }
    out.push(&text[start..]);
    out
}

/// Texts that can be seen, each with its language, without repetitions.
fn distinct<'a>(
    texts: impl Iterator<Item = (&'a str, Option<&'a str>)>,
    article: &str,
) -> Vec<(String, &'a str)> {
    let mut seen = BTreeSet::new();
    texts
        .filter(|(value, _)| !is_blank(value))
        .map(|(value, lang)| (lang::of_text(lang, article), value))
        .filter(|(lang, text)| seen.insert((lang.to_ascii_lowercase(), *text)))
        .collect()
}

/// One group for each language, in the order they are met.
fn keywords(xml: &mut Xml, context: &Context<'_>) {
    let article = context.lang.as_str();
    let keywords = context.article.keywords.iter();
    let keywords = keywords.map(|keyword| (keyword.value.as_str(), keyword.lang.as_deref()));
    for (tag, keywords) in lang::groups(distinct(keywords, article)) {
        let attributes = [
            ("kwd-group-type", "author"),
            ("xml:lang", lang::attribute(&tag, article)),
        ];
        xml.group("kwd-group", &attributes, |xml| {
            for keyword in keywords {
                xml.leaf("kwd", &[], keyword);
            }
        });
    }
}

fn counts(xml: &mut Xml, article: &Article, page_count: Option<u32>) {
    let references = back::references(article).count();
    xml.group("counts", &[], |xml| {
        if references > 0 {
            xml.void("ref-count", &[("count", &references.to_string())]);
        }
        if let Some(pages) = page_count {
            xml.void("page-count", &[("count", &pages.to_string())]);
        }
    });
}
