//! Pages in HTML. Whatever comes from a source or a request is escaped, and linked only where it leads to the web.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::highlight::Highlighter;
use crate::article::{Article, Entry, Role};
use crate::export::marked;
use crate::provider::{Provider, SourceLine, View};
use crate::report::{bdi, esc, site_nav};

/// A whole page around its content.
pub(super) fn page(provider: &Provider, title: &str, content: &str) -> String {
    page_with(provider, title, "", content)
}

/// The same with elements of its head.
pub(super) fn page_with(provider: &Provider, title: &str, head: &str, content: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <title>{title}</title>\n<link rel=\"stylesheet\" href=\"/style.css\"/>\n<link rel=\"icon\" href=\"/icon.svg\" type=\"image/svg+xml\"/>\n{head}</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">To the content</a>\n<header>{nav}</header>\n\
         <main id=\"main\">\n<h1>{title}</h1>\n{content}</main>\n</body>\n</html>\n",
        title = esc(title),
        nav = site_nav(&provider.settings().name),
    )
}

/// Sources up to which the search form lists each.
const CHOICES: usize = 200;

/// Returns the search form, with the filters that stay in force.
pub(super) fn form<'a>(
    words: &str,
    chosen: Option<&str>,
    sources: impl IntoIterator<Item = &'a SourceLine>,
    kept: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> String {
    let mut out = format!(
        "<form action=\"/search\" method=\"get\" role=\"search\"><input type=\"search\" name=\"q\" value=\"{}\" \
         aria-label=\"Words of the title, keywords, names, a DOI or an ISSN\" placeholder=\"Title, keyword, name, DOI, ISSN\"/>\n\
         <select name=\"source\" aria-label=\"Source\"><option value=\"\">All sources</option>\n",
        esc(words),
    );
    let is_chosen = |source: &SourceLine| chosen == Some(&*source.name);
    for (n, source) in sources.into_iter().enumerate() {
        if n >= CHOICES && !is_chosen(source) {
            continue;
        }
        let selected = if is_chosen(source) {
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
    out.push_str("</select>\n");
    for (name, value) in kept {
        let _ = write!(
            out,
            "<input type=\"hidden\" name=\"{name}\" value=\"{}\"/>",
            esc(value)
        );
    }
    out.push_str("<button>Search</button></form>\n");
    out
}

/// Longest text of an article in a list, in characters; its own page has all of it.
const MAX_TEXT: usize = 1_000;
/// Most keywords that are shown beside it.
const MAX_KEYWORDS: usize = 20;

/// The beginning of a text.
fn beginning(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(MAX_TEXT) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned([&text[..end], "…"].concat()),
    }
}

/// Writes one article of a list, with the words that were searched for marked.
pub(super) fn hit(out: &mut String, view: &View, words: &Highlighter) {
    let Entry::Live(article) = &view.entry else {
        return;
    };
    let _ = write!(
        out,
        "<li><a href=\"/article?identifier={}\">{}</a><br/>{}<br/><span class=\"soft\">{}</span>",
        encoded(&view.identifier),
        words.markup(&title_in_html(article)),
        words.text(&beginning(&names(article))),
        bdi(&beginning(&published_in(article))),
    );
    let keywords: Vec<String> = article
        .keywords
        .iter()
        .map(|keyword| words.text(&beginning(&keyword.value)))
        .filter(|keyword| keyword.contains("<mark>"))
        .take(MAX_KEYWORDS)
        .collect();
    if !keywords.is_empty() {
        let _ = write!(
            out,
            "<br/><span class=\"soft\">Keywords: {}</span>",
            keywords.join("; ")
        );
    }
    let passage = article
        .abstracts
        .iter()
        .find_map(|text| words.passage(&text.value));
    if let Some(passage) = passage {
        let _ = write!(out, "<br/><span class=\"passage\">{passage}</span>");
    }
    out.push_str("</li>\n");
}

/// A line of a list of terms, its value in markup; nothing without one.
pub(super) fn term(out: &mut String, name: &str, value: &str) {
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

/// The title for a list: in markup, unless it is cut.
fn title_in_html(article: &Article) -> String {
    match article.titles.first() {
        Some(title) if matches!(beginning(&title.value), Cow::Borrowed(_)) => {
            format!("<bdi>{}</bdi>", marked::html_title(title))
        }
        _ => bdi(&beginning(&title(article))),
    }
}

pub(super) fn title(article: &Article) -> String {
    article
        .titles
        .first()
        .map_or_else(|| "Without a title".to_owned(), |title| title.value.clone())
}

pub(super) fn names(article: &Article) -> String {
    let authors = article
        .contributors
        .iter()
        .filter(|contributor| contributor.role == Role::Author);
    authors
        .map(|author| author.raw.as_str())
        .collect::<Vec<_>>()
        .join("; ")
}

pub(super) fn published_in(article: &Article) -> String {
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

    #[test]
    fn a_list_shows_the_beginning_of_a_long_text() {
        let long = "é".repeat(MAX_TEXT + 1);
        assert_eq!(beginning(&long), format!("{}…", "é".repeat(MAX_TEXT)));
        assert_eq!(beginning("short"), "short");
    }
}
