//! Ways to cite and find an article: a reference in APA style, and the tags that reference managers and search engines
//! read from its page.

use std::fmt::Write as _;

use crate::article::{Article, Contributor, LinkRel, PartialDate, Role};
use crate::export::{self, EntryRef, Options};
use crate::provider::View;
use crate::report::esc;
use crate::values::Doi;

/// Contributors that a reference names (APA 7, 9.8).
const NAMED: usize = 20;

/// Returns a reference in APA style, as plain text.
pub(super) fn apa(article: &Article) -> String {
    let authors: Vec<String> = article
        .contributors
        .iter()
        .filter(|contributor| contributor.role == Role::Author)
        .map(author)
        .collect();
    let mut text = match &authors[..] {
        [] => String::new(),
        [one] => one.clone(),
        several if several.len() <= NAMED => {
            let (last, rest) = several.split_at(several.len() - 1);
            format!("{}, & {}", last.join(", "), rest[0])
        }
        many => format!(
            "{}, … {}",
            many[..NAMED - 1].join(", "),
            many[many.len() - 1]
        ),
    };
    let year = article.published.as_ref().and_then(PartialDate::parts);
    let year = year.map_or("n.d.".to_owned(), |(year, ..)| year.to_string());
    if !text.is_empty() {
        text.push(' ');
    }
    let _ = write!(text, "({year}).");
    if let Some(title) = article.titles.first() {
        let title = title.value.trim();
        let end = if title.ends_with(['.', '?', '!']) {
            ""
        } else {
            "."
        };
        let _ = write!(text, " {title}{end}");
    }
    if let Some(journal) = &article.journal.title {
        let _ = write!(text, " {journal}");
        if let Some(volume) = &article.volume {
            let _ = write!(text, ", {volume}");
        }
        if let Some(issue) = &article.issue {
            let open = if article.volume.is_some() { "" } else { ", " };
            let _ = write!(text, "{open}({issue})");
        }
        if let Some(pages) = &article.pages {
            let _ = write!(text, ", {}", pages.raw.replace('-', "–"));
        }
        text.push('.');
    }
    if let Some(doi) = article.doi.as_deref().and_then(Doi::bare) {
        let _ = write!(text, " {}", doi.url());
    } else if let Some(link) = landing(article) {
        let _ = write!(text, " {link}");
    }
    text
}

/// Returns a name as APA writes it: `Burnashev, I. K.`; a name that is not split stays as it is.
fn author(contributor: &Contributor) -> String {
    let (Some(family), Some(given)) = (&contributor.family, &contributor.given) else {
        return contributor.raw.clone();
    };
    let initials: Vec<String> = given
        .split_whitespace()
        .filter_map(|name| name.chars().next())
        .map(|first| format!("{first}."))
        .collect();
    format!("{family}, {}", initials.join(" "))
}

fn landing(article: &Article) -> Option<&str> {
    let mut links = article.links.iter();
    links
        .find(|link| link.rel == LinkRel::Landing)
        .map(|link| link.url.as_str())
}

/// Returns the article in a text format, to be copied.
pub(super) fn in_format(view: &View, name: &str) -> Option<String> {
    let exporter = export::exporter(name, &Options::default()).ok()?;
    let mut body = Vec::new();
    let rendered = exporter.entry(EntryRef::new(&view.entry, &view.item), &mut body);
    if !rendered.ok()?.is_written() {
        return None;
    }
    String::from_utf8(body)
        .ok()
        .map(|text| text.trim().to_owned())
}

/// Returns the elements of the page's head: `citation_` tags, which Zotero and Google Scholar read, and schema.org.
pub(super) fn head(view: &View, article: &Article) -> String {
    let mut out = String::new();
    for (name, value) in tags(article) {
        if !value.is_empty() {
            let value = esc(&value);
            let _ = writeln!(out, "<meta name=\"citation_{name}\" content=\"{value}\"/>");
        }
    }
    if let Some(data) = in_format(view, "jsonld") {
        // What would end the element is written as JSON may: `\u003c`.
        let data = data
            .replace('<', "\\u003c")
            .replace('&', "\\u0026")
            .replace('>', "\\u003e");
        let _ = writeln!(out, "<script type=\"application/ld+json\">{data}</script>");
    }
    out
}

/// Returns the `citation_` tags: names and values, of which some may be blank.
fn tags(article: &Article) -> Vec<(&'static str, String)> {
    let mut tags: Vec<(&str, String)> = Vec::new();
    tags.extend(
        article
            .titles
            .first()
            .map(|title| ("title", title.value.clone())),
    );
    let authors = article.contributors.iter();
    for author in authors.filter(|one| one.role == Role::Author) {
        let name = match (&author.family, &author.given) {
            (Some(family), Some(given)) => format!("{family}, {given}"),
            _ => author.raw.clone(),
        };
        tags.push(("author", name));
    }
    let published = article.published.as_ref();
    tags.extend(published.map(|date| ("publication_date", date.date.replace('-', "/"))));
    let journal = &article.journal;
    let value = |text: &Option<String>| text.clone().unwrap_or_default();
    tags.push(("journal_title", value(&journal.title)));
    let issns = journal.issn_print.iter().chain(&journal.issn_electronic);
    tags.extend(issns.map(|issn| ("issn", issn.clone())));
    tags.push(("publisher", value(&journal.publisher)));
    tags.push(("volume", value(&article.volume)));
    tags.push(("issue", value(&article.issue)));
    if let Some(pages) = &article.pages {
        tags.push(("firstpage", value(&pages.first)));
        tags.push(("lastpage", value(&pages.last)));
    }
    tags.push(("doi", value(&article.doi)));
    tags.push(("language", value(&article.language)));
    let keywords = article.keywords.iter();
    tags.extend(keywords.map(|keyword| ("keywords", keyword.value.clone())));
    for link in &article.links {
        match link.rel {
            LinkRel::Landing => tags.push(("abstract_html_url", link.url.clone())),
            LinkRel::Fulltext if link.media_type.as_deref() == Some("application/pdf") => {
                tags.push(("pdf_url", link.url.clone()));
            }
            _ => {}
        }
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::{Pages, Precision, Provenance, Title};

    fn person(family: &str, given: &str) -> Contributor {
        Contributor {
            role: Role::Author,
            family: Some(family.to_owned()),
            given: Some(given.to_owned()),
            raw: format!("{given} {family}"),
            ..Contributor::default()
        }
    }

    #[test]
    fn apa_names_authors_year_journal_and_doi() {
        let mut article = Article::new("x".to_owned(), Provenance::default());
        article.contributors = vec![person("Burnashev", "Igor K."), person("Çelik", "Öznur")];
        article.published = Some(PartialDate {
            date: "2004-12-31".to_owned(),
            precision: Precision::Day,
        });
        article.titles = vec![Title {
            value: "What is to be done?".to_owned(),
            ..Title::default()
        }];
        article.journal.title = Some("Central Asia".to_owned());
        article.volume = Some("5".to_owned());
        article.issue = Some("6".to_owned());
        article.pages = Some(Pages {
            raw: "103-110".to_owned(),
            ..Pages::default()
        });
        article.doi = Some("10.1234/abc".to_owned());
        assert_eq!(
            apa(&article),
            "Burnashev, I. K., & Çelik, Ö. (2004). What is to be done? Central Asia, 5(6), 103–110. \
             https://doi.org/10.1234/abc"
        );
    }

    #[test]
    fn apa_goes_without_what_is_missing() {
        let article = Article::new("x".to_owned(), Provenance::default());
        assert_eq!(apa(&article), "(n.d.).");
    }
}
