//! Facets: the values an article is selected and searched by.

use crate::article::{Article, Entry, PartialDate, Scheme};
use crate::store::{ArticleText, Facets, SearchIndex};
use crate::values::LanguageTag;

/// Formats that not every article is complete for, as a provider names them.
const OPENAIRE: &str = "oai_openaire";

/// More values of a kind than any article has.
const MAX_VALUES: usize = 100;

/// Most keywords that an article is found by.
const MAX_KEYWORDS: usize = 1000;

/// Longest abstracts that an article is found by, bytes.
const MAX_SUMMARY: usize = 64 * 1024;

/// Longest number of a volume or issue that is a facet, characters.
const MAX_NUMBER: usize = 40;

/// See [`Facets`]. A deletion has those of its tombstone's header.
pub(super) fn facets(entry: &Entry) -> Facets {
    let mut facets = Facets::new();
    let mut add = |kind: &str, value: &str| {
        let value = value.trim();
        let values = facets.entry(kind.to_owned()).or_default();
        if !value.is_empty()
            && values.len() < MAX_VALUES
            && !values.iter().any(|known| known == value)
        {
            values.push(value.to_owned());
        }
    };
    for set in &entry.provenance().sets {
        add("set", set);
    }
    if let Entry::Live(article) = entry {
        if let Some(tag) = &article.language {
            add("language", tag);
            add("language", LanguageTag::primary_of(tag));
        }
        let published = article
            .published
            .as_ref()
            .and_then(PartialDate::parts)
            .map(|(year, ..)| year);
        if let Some(year) = published.or(article.issue_year) {
            add("year", &year.to_string());
        }
        if let Some(issue) = issue(article, article.issue_year.or(published)) {
            add("issue", &issue);
        }
        if let Some(kind) = &article.resource_type {
            add("type", &kind.label);
        }
        if let Some(license) = &article.license {
            add("license", license.url.as_deref().unwrap_or_default());
            add("license", license.name.as_deref().unwrap_or_default());
        }
        if is_complete_for_openaire(article) {
            add("format", OPENAIRE);
        }
    }
    facets.retain(|_, values| !values.is_empty());
    facets
}

/// Returns the issue of an article as `year|volume|number`, each perhaps blank; `None` without volume and number.
fn issue(article: &Article, year: Option<i32>) -> Option<String> {
    let number = |text: &Option<String>| {
        let text = text.as_deref().unwrap_or_default().trim().replace('|', "/");
        (text.chars().count() <= MAX_NUMBER).then_some(text)
    };
    let (volume, issue) = (number(&article.volume)?, number(&article.issue)?);
    if volume.is_empty() && issue.is_empty() {
        return None;
    }
    let year = year.map(|year| year.to_string()).unwrap_or_default();
    Some(format!("{year}|{volume}|{issue}"))
}

/// Returns whether an article has what the OpenAIRE Guidelines for Literature Repository Managers 4.0 call mandatory:
/// title, creator, date of publication, an identifier, and access rights, which a Creative Commons licence states.
pub(crate) fn is_complete_for_openaire(article: &Article) -> bool {
    let open = article
        .license
        .as_ref()
        .and_then(|license| license.url.as_deref());
    !article.titles.is_empty()
        && !article.contributors.is_empty()
        && article.published.is_some()
        && (article.doi.is_some() || !article.links.is_empty())
        && open.is_some_and(|url| url.contains("//creativecommons.org/"))
}

/// See [`ArticleText`].
pub(super) fn text(entry: &Entry, search: SearchIndex) -> ArticleText {
    let article = match entry {
        Entry::Live(article) if search != SearchIndex::None => article,
        _ => return ArticleText::default(),
    };
    let journal = &article.journal;
    let titles = article.titles.iter().map(|title| title.value.as_str());
    let journals = journal
        .titles
        .iter()
        .map(|title| &title.value)
        .chain(&journal.title)
        .map(String::as_str);
    let keywords = article.keywords.iter().take(MAX_KEYWORDS);
    let keywords = keywords.map(|keyword| keyword.value.as_str());
    let names = article.contributors.iter().map(|name| name.raw.as_str());
    let issns = journal
        .issn_print
        .iter()
        .chain(&journal.issn_electronic)
        .chain(&journal.issn_unknown);
    let dois = article
        .identifiers
        .iter()
        .filter(|identifier| identifier.scheme == Scheme::Doi);
    let numbers = dois
        .map(|identifier| &identifier.value)
        .chain(&article.doi)
        .chain(issns);
    ArticleText {
        title: joined(titles.chain(journals).chain(keywords)),
        name: joined(names),
        number: joined(numbers.map(String::as_str)),
        summary: match search {
            SearchIndex::Abstracts => summary(article),
            _ => String::new(),
        },
    }
}

/// Returns the abstracts, one after the other, as far as they are looked at.
fn summary(article: &Article) -> String {
    let mut text = String::new();
    for one in &article.abstracts {
        let room = MAX_SUMMARY.saturating_sub(text.len() + 1);
        let end = one.value.floor_char_boundary(room);
        if end == 0 {
            break;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&one.value[..end]);
    }
    text
}

fn joined<'a>(values: impl Iterator<Item = &'a str>) -> String {
    let mut values: Vec<&str> = values.filter(|value| !value.is_empty()).collect();
    values.dedup();
    values.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::{Abstract, Provenance, Title};

    #[test]
    fn texts_are_made_for_the_index_of_words() {
        let mut article = Article::new("a".to_owned(), Provenance::default());
        article.titles.push(Title {
            value: "Steppe".to_owned(),
            ..Title::default()
        });
        article.abstracts.push(Abstract {
            value: "Grazing".to_owned(),
            ..Abstract::default()
        });
        let entry = Entry::Live(Box::new(article));
        assert_eq!(text(&entry, SearchIndex::None), ArticleText::default());
        let words = text(&entry, SearchIndex::Words);
        assert_eq!((&*words.title, &*words.summary), ("Steppe", ""));
        assert_eq!(text(&entry, SearchIndex::Abstracts).summary, "Grazing");
    }
}
