//! Pages in HTML. Whatever comes from a source or a request is escaped, and linked only where it leads to the web.

use std::fmt::Write as _;

use super::cite;
use crate::article::{Article, Entry, LinkRel, Role};
use crate::export::{FORMATS, marked};
use crate::provider::{Provider, SourceLine, View};
use crate::report::{bdi, code_name, esc};

/// Hits on a page.
pub(super) const HITS: usize = 20;

/// A search and its results.
pub(super) struct Found<'a> {
    pub(super) words: &'a str,
    pub(super) source: Option<&'a str>,
    /// From 0.
    pub(super) page: usize,
    pub(super) hits: Vec<View>,
    pub(super) more: bool,
}

/// A whole page around its content.
pub(super) fn page(provider: &Provider, title: &str, content: &str) -> String {
    page_with(provider, title, "", content)
}

/// The same with elements of its head.
fn page_with(provider: &Provider, title: &str, head: &str, content: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <title>{title}</title>\n<link rel=\"stylesheet\" href=\"/style.css\"/>\n{head}</head>\n<body>\n\
         <header><nav aria-label=\"Main\"><a href=\"/\"><strong>{name}</strong></a> <a href=\"/search\">Search</a> \
         <a href=\"/report\">Report</a></nav></header>\n<main>\n<h1>{title}</h1>\n{content}</main>\n</body>\n</html>\n",
        title = esc(title),
        name = esc(&provider.settings().name),
    )
}

/// The search form.
pub(super) fn form<'a>(
    words: &str,
    chosen: Option<&str>,
    sources: impl Iterator<Item = &'a SourceLine>,
) -> String {
    let mut out = format!(
        "<form action=\"/search\" method=\"get\" role=\"search\"><input type=\"search\" name=\"q\" value=\"{}\" \
         aria-label=\"Words of the title, keywords, names, a DOI or an ISSN\" placeholder=\"Title, keyword, name, DOI, ISSN\"/>\n\
         <select name=\"source\" aria-label=\"Source\"><option value=\"\">All sources</option>\n",
        esc(words),
    );
    for source in sources {
        let selected = if chosen == Some(&source.name) {
            " selected=\"selected\""
        } else {
            ""
        };
        let _ = writeln!(
            out,
            "<option value=\"{}\"{selected}>{}</option>",
            esc(&source.name),
            esc(&source.title)
        );
    }
    out.push_str("</select>\n<button>Search</button></form>\n");
    out
}

pub(super) fn search(provider: &Provider, sources: &[SourceLine], found: &Found<'_>) -> String {
    let mut out = form(found.words, found.source, sources.iter());
    if !found.words.is_empty() && found.hits.is_empty() {
        out.push_str("<p>Nothing was found.</p>\n");
    }
    let first = found.page * HITS + 1;
    let _ = writeln!(out, "<ol class=\"hits\" start=\"{first}\">");
    for found_view in &found.hits {
        hit(&mut out, found_view, found.words);
    }
    out.push_str("</ol>\n<p>");
    let other = |page: usize, rel: &str, text: &str| {
        format!(
            "<a rel=\"{rel}\" href=\"/search?q={}&amp;source={}&amp;page={}\">{text}</a> ",
            encoded(found.words),
            encoded(found.source.unwrap_or_default()),
            page + 1,
        )
    };
    if found.page > 0 {
        out.push_str(&other(found.page - 1, "prev", "Earlier"));
    }
    if found.more {
        out.push_str(&other(found.page + 1, "next", "More"));
    }
    out.push_str("</p>\n");
    page(provider, "Search", &out)
}

/// Writes one article of a list, with the words that were searched for marked.
pub(super) fn hit(out: &mut String, view: &View, words: &str) {
    let Entry::Live(article) = &view.entry else {
        return;
    };
    let words = words
        .split_whitespace()
        .map(str::to_lowercase)
        .collect::<Vec<_>>();
    let title = match article.titles.first() {
        Some(title) if title.markup.is_none() => mark(&title.value, &words),
        _ => title_in_html(article),
    };
    let _ = write!(
        out,
        "<li><a href=\"/article?identifier={}\">{title}</a><br/>{}<br/><span class=\"soft\">{}</span>",
        encoded(&view.identifier),
        mark(&names(article), &words),
        bdi(&published_in(article)),
    );
    let keywords: Vec<&str> = article
        .keywords
        .iter()
        .map(|keyword| keyword.value.as_str())
        .filter(|keyword| {
            let keyword = keyword.to_lowercase();
            words.iter().any(|word| keyword.contains(word.as_str()))
        })
        .collect();
    if !keywords.is_empty() {
        let _ = write!(
            out,
            "<br/><span class=\"soft\">{}</span>",
            mark(&keywords.join("; "), &words)
        );
    }
    out.push_str("</li>\n");
}

/// Returns a text with words marked, where its letters and those of the words are the same; words are in lower case.
fn mark(text: &str, words: &[String]) -> String {
    let mut out = String::from("<bdi>");
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_start = out.ends_with('>') || !out.ends_with(char::is_alphanumeric);
        let found = words
            .iter()
            .filter(|word| is_start && !word.is_empty())
            .find_map(|word| {
                let length: usize = rest
                    .chars()
                    .take(word.chars().count())
                    .map(char::len_utf8)
                    .sum();
                (rest[..length].to_lowercase() == **word).then_some(length)
            });
        let length = found.unwrap_or(first.len_utf8());
        let part = esc(&rest[..length]);
        if found.is_some() {
            let _ = write!(out, "<mark>{part}</mark>");
        } else {
            out.push_str(&part);
        }
        rest = &rest[length..];
    }
    out.push_str("</bdi>");
    out
}

/// Writes how to cite an article: APA, BibTeX and RIS to copy.
fn citations(out: &mut String, view: &View, article: &Article) {
    let _ = writeln!(
        out,
        "<h2>Cite</h2>\n<p class=\"citation\">{}</p>",
        bdi(&cite::apa(article))
    );
    for (name, label) in [("bibtex", "BibTeX"), ("ris", "RIS")] {
        if let Some(text) = cite::in_format(view, name) {
            let text = text.lines().map(esc).collect::<Vec<_>>().join("\n");
            let _ = writeln!(
                out,
                "<details><summary>{label}</summary><pre tabindex=\"0\">{text}</pre></details>"
            );
        }
    }
}

/// Writes what was repaired or doubted.
fn findings(out: &mut String, article: &Article) {
    if article.findings.is_empty() {
        return;
    }
    out.push_str("<h2>Findings</h2>\n<ul>\n");
    for finding in &article.findings {
        let _ = writeln!(
            out,
            "<li><code>{}</code> {}: <code>{}</code></li>",
            esc(&code_name(finding.code)),
            bdi(&finding.field),
            bdi(&finding.raw)
        );
    }
    out.push_str("</ul>\n");
}

pub(super) fn article(provider: &Provider, view: &View, prefixes: &[String]) -> String {
    let provenance = view.entry.provenance();
    let mut out = String::new();
    let heading = match &view.entry {
        Entry::Deleted(_) => {
            out.push_str("<p>This article was withdrawn by its source.</p>\n<dl>\n");
            "Withdrawn".to_owned()
        }
        Entry::Live(article) => {
            let _ = writeln!(out, "<p>{}</p>\n<dl>", bdi(&names(article)));
            described(&mut out, article);
            title(article)
        }
    };
    let source = format!(
        "<a href=\"/source?name={}\">{}</a>",
        encoded(&provenance.source),
        bdi(&provenance.source)
    );
    term(&mut out, "Source", &source);
    term(
        &mut out,
        "Identifier there",
        &format!("<code>{}</code>", esc(&provenance.oai_identifier)),
    );
    term(
        &mut out,
        "Identifier here",
        &format!("<code>{}</code>", esc(&view.identifier)),
    );
    term(&mut out, "Datestamp there", &esc(&provenance.datestamp));
    out.push_str("</dl>\n");
    if let Entry::Live(article) = &view.entry {
        for text in &article.abstracts {
            let lang = text.lang.as_deref().unwrap_or_default();
            let _ = writeln!(out, "<h2>Abstract</h2>\n<div lang=\"{}\">", esc(lang));
            for paragraph in marked::html_paragraphs(text) {
                let _ = writeln!(out, "<p dir=\"auto\">{paragraph}</p>");
            }
            out.push_str("</div>\n");
        }
        citations(&mut out, view, article);
        findings(&mut out, article);
        let identifier = encoded(&view.identifier);
        out.push_str("<h2>Formats</h2>\n<ul>\n");
        for format in FORMATS {
            let _ = writeln!(
                out,
                "<li><a href=\"/article?identifier={identifier}&amp;format={0}\">{0}</a> – {1}</li>",
                esc(format.info.name),
                esc(format.info.summary),
            );
        }
        out.push_str("</ul>\n<p>Over OAI-PMH: ");
        for prefix in prefixes {
            let _ = write!(
                out,
                "<a href=\"/oai?verb=GetRecord&amp;metadataPrefix={0}&amp;identifier={identifier}\">{0}</a> ",
                esc(prefix)
            );
        }
        out.push_str("</p>\n");
    }
    let head = match &view.entry {
        Entry::Live(article) => cite::head(view, article),
        Entry::Deleted(_) => String::new(),
    };
    page_with(provider, &heading, &head, &out)
}

fn described(out: &mut String, article: &Article) {
    term(out, "Published in", &bdi(&published_in(article)));
    for title in article.titles.iter().skip(1) {
        term(
            out,
            "Title",
            &format!("<bdi>{}</bdi>", marked::html_title(title)),
        );
    }
    if let Some(doi) = &article.doi {
        term(out, "DOI", &link(&format!("https://doi.org/{doi}"), doi));
    }
    let issns = article
        .journal
        .issn_print
        .iter()
        .chain(&article.journal.issn_electronic);
    let issns: Vec<&str> = issns
        .chain(&article.journal.issn_unknown)
        .map(String::as_str)
        .collect();
    term(out, "ISSN", &esc(&issns.join(", ")));
    term(
        out,
        "Language",
        &esc(article.language.as_deref().unwrap_or_default()),
    );
    let keywords: Vec<&str> = article
        .keywords
        .iter()
        .map(|keyword| keyword.value.as_str())
        .collect();
    term(out, "Keywords", &esc(&keywords.join("; ")));
    for found in &article.links {
        let what = match found.rel {
            LinkRel::Landing => "Page",
            LinkRel::Fulltext => "Full text",
            LinkRel::Galley => "Galley",
            LinkRel::Related => "Related",
        };
        term(out, what, &link(&found.url, &found.url));
    }
    if let Some(license) = &article.license {
        let name = license.name.as_deref().unwrap_or(&license.raw);
        let shown = license
            .url
            .as_deref()
            .map_or_else(|| esc(name), |url| link(url, name));
        term(out, "Licence", &shown);
    }
}

/// A line of a list of terms, its value in markup; nothing without one.
fn term(out: &mut String, name: &str, value: &str) {
    if !value.is_empty() && value != "<bdi></bdi>" {
        let _ = writeln!(out, "<dt>{name}</dt><dd>{value}</dd>");
    }
}

/// A link where the address is one of the web, else text.
pub(super) fn link(url: &str, text: &str) -> String {
    let web = url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if web {
        format!(
            "<a href=\"{}\" rel=\"nofollow noreferrer\">{}</a>",
            esc(url),
            esc(text)
        )
    } else {
        esc(text)
    }
}

pub(super) fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn title_in_html(article: &Article) -> String {
    let first = article.titles.first();
    first.map_or_else(
        || bdi(&title(article)),
        |title| format!("<bdi>{}</bdi>", marked::html_title(title)),
    )
}

fn title(article: &Article) -> String {
    article
        .titles
        .first()
        .map_or_else(|| "Without a title".to_owned(), |title| title.value.clone())
}

fn names(article: &Article) -> String {
    let authors = article
        .contributors
        .iter()
        .filter(|contributor| contributor.role == Role::Author);
    authors
        .map(|author| author.raw.as_str())
        .collect::<Vec<_>>()
        .join("; ")
}

fn published_in(article: &Article) -> String {
    let volume = article
        .volume
        .as_ref()
        .map(|volume| format!("Vol. {volume}"));
    let issue = article.issue.as_ref().map(|issue| format!("No. {issue}"));
    let date = article.published.as_ref().map(|date| date.date.clone());
    let pages = article.pages.as_ref().map(|pages| pages.raw.clone());
    [article.journal.title.clone(), volume, issue, date, pages]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("Steppe & Sea", &["sea"], "<bdi>Steppe &amp; <mark>Sea</mark></bdi>")]
    #[case("Unseasonal", &["sea"], "<bdi>Unseasonal</bdi>")]
    #[case("Жизнь", &["жиз"], "<bdi><mark>Жиз</mark>нь</bdi>")]
    #[case("a", &["ab"], "<bdi>a</bdi>")]
    #[case("<b>", &[], "<bdi>&lt;b&gt;</bdi>")]
    fn words_are_marked_where_they_begin(
        #[case] text: &str,
        #[case] words: &[&str],
        #[case] expected: &str,
    ) {
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        assert_eq!(mark(text, &words), expected);
    }
}
