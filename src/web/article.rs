//! The page of an article: its description, how to cite it, its findings and formats.

use std::fmt::Write as _;

use super::cite;
use super::view::{encoded, link, names, page_with, published_in, term, title};
use crate::article::{Article, Entry, LinkRel};
use crate::export::{FORMATS, language_name, marked};
use crate::provider::{Provider, View};
use crate::report::{bdi, code_name, esc, meaning};
use crate::values::Doi;

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
            "<li><code>{}</code> <span class=\"soft\">{}</span><br/>{}: <code>{}</code></li>",
            esc(&code_name(finding.code)),
            esc(&meaning(&code_name(finding.code)).replace('`', "")),
            bdi(&finding.field),
            bdi(&finding.raw)
        );
    }
    out.push_str("</ul>\n");
}

/// Draws the page of an article.
pub(super) fn draw(provider: &Provider, view: &View, prefixes: &[String]) -> String {
    let mut out = String::new();
    let (heading, head) = match &view.entry {
        Entry::Deleted(_) => {
            out.push_str("<p>This article was withdrawn by its source.</p>\n<dl>\n");
            ("Withdrawn".to_owned(), String::new())
        }
        Entry::Live(article) => {
            let _ = writeln!(out, "<p>{}</p>\n<dl>", bdi(&names(article)));
            described(&mut out, article);
            (title(article), cite::head(view, article))
        }
    };
    origin(&mut out, view);
    out.push_str("</dl>\n");
    if let Entry::Live(article) = &view.entry {
        abstracts(&mut out, article);
        citations(&mut out, view, article);
        findings(&mut out, article);
        formats(&mut out, view, prefixes);
    }
    page_with(provider, &heading, &head, &out)
}

/// Writes where the article comes from.
fn origin(out: &mut String, view: &View) {
    let provenance = view.entry.provenance();
    let source = format!(
        "<a href=\"/source?name={}\">{}</a>",
        encoded(&provenance.source),
        bdi(&provenance.source)
    );
    term(out, "Source", &source);
    let there = format!("<code>{}</code>", esc(&provenance.oai_identifier));
    term(out, "Identifier there", &there);
    let here = format!("<code>{}</code>", esc(&view.identifier));
    term(out, "Identifier here", &here);
    term(out, "Datestamp there", &esc(&provenance.datestamp));
}

fn abstracts(out: &mut String, article: &Article) {
    for text in &article.abstracts {
        let lang = text.lang.as_deref().unwrap_or_default();
        let name = Some(language(lang)).filter(|_| article.abstracts.len() > 1);
        let name = name.filter(|name| !name.is_empty());
        let name = name.map_or_else(String::new, |name| format!(" ({name})"));
        let _ = writeln!(
            out,
            "<h2>Abstract{}</h2>\n<div lang=\"{}\">",
            esc(&name),
            esc(lang)
        );
        for paragraph in marked::html_paragraphs(text) {
            let _ = writeln!(out, "<p dir=\"auto\">{paragraph}</p>");
        }
        out.push_str("</div>\n");
    }
}

/// Writes the formats of the article, as files and over OAI-PMH.
fn formats(out: &mut String, view: &View, prefixes: &[String]) {
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

/// Returns the English name of a language, or its tag; blank for a blank one.
fn language(tag: &str) -> String {
    Some(tag)
        .filter(|tag| !tag.is_empty())
        .and_then(language_name)
        .unwrap_or_else(|| tag.to_owned())
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
    if let Some(doi) = article.doi.as_deref().and_then(Doi::bare) {
        term(out, "DOI", &link(&doi.url(), &doi));
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
        &esc(&language(article.language.as_deref().unwrap_or_default())),
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
