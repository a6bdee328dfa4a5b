//! Rules that the DTD does not check: those of JATS4R and of sense, checked on a finished document.

use std::collections::BTreeSet;
use std::fmt;

use super::rights;
use super::tree::{self, Document, Node};
use crate::export::lang;
use crate::export::url::{self, XLINK};
use crate::export::xml::is_blank;
use crate::oai::is_xml_char;
use crate::values::{Doi, Issn, Orcid};

/// Something wrong with a JATS document.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Complaint {
    /// Stable name of the rule, such as `lang-repeated`.
    pub rule: &'static str,
    /// Path of the element, such as `article/front/article-meta/abstract`.
    pub path: String,
    /// The fault.
    pub detail: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.path, self.detail, self.rule)
    }
}

/// Elements that are complete by their attributes.
const VOID: &[&str] = &[
    "ali:free_to_read",
    "self-uri",
    "xref",
    "related-article",
    "ref-count",
    "page-count",
    "deleted-article",
    "anonymous",
];

/// Checks one JATS document, or a stream of them; an empty list means that all is well.
///
/// This is not a validator: structure is the DTD's. What is checked is what the DTD lets pass: languages,
/// references between elements, elements without content, dates, identifiers, links, namespaces, and what
/// JATS4R recommends for permissions, citations, contributors and abstracts.
pub fn lint(xml: &str) -> Vec<Complaint> {
    let mut lint = Lint::default();
    if let Some(c) = xml.chars().find(|&c| !is_xml_char(c)) {
        lint.complain("forbidden-character", "", format!("U+{:04X}", u32::from(c)));
    }
    match tree::read(xml) {
        Err(error) => lint.complain("not-well-formed", "", error),
        Ok(Document { root, .. }) if root.name == "articles" => {
            for child in &root.children {
                match child.name.as_str() {
                    "article" => lint.article(child),
                    "deleted-article" if child.attribute("id").is_some() => {}
                    _ => lint.complain(
                        "stream",
                        &child.name,
                        "neither an article nor a deleted one",
                    ),
                }
            }
        }
        Ok(Document { doctype, root }) => {
            lint.doctype(doctype.as_deref(), &root);
            lint.article(&root);
        }
    }
    lint.complaints
}

#[derive(Default)]
struct Lint {
    complaints: Vec<Complaint>,
}

impl Lint {
    fn complain(&mut self, rule: &'static str, path: &str, detail: impl Into<String>) {
        self.complaints.push(Complaint {
            rule,
            path: path.to_owned(),
            detail: detail.into(),
        });
    }

    /// Complains unless `holds`.
    fn demand(&mut self, holds: bool, rule: &'static str, path: &str, detail: &str) {
        if !holds {
            self.complain(rule, path, detail);
        }
    }

    fn doctype(&mut self, doctype: Option<&str>, root: &Node) {
        let Some(doctype) = doctype else {
            self.complain("doctype", "", "there is none");
            return;
        };
        let version = root.attribute("dtd-version").unwrap_or_default();
        let named = format!("DTD v{version} ");
        self.demand(
            doctype.contains(&named),
            "doctype",
            "article",
            "dtd-version is not that of the DOCTYPE",
        );
        if doctype.contains("Journal Publishing") {
            let meta = root
                .child("front")
                .and_then(|front| front.child("article-meta"));
            let title = meta
                .and_then(|meta| meta.child("title-group"))
                .and_then(|group| group.child("article-title"));
            self.demand(
                title.is_some(),
                "title",
                "article/front/article-meta",
                "no article title",
            );
        }
    }

    fn article(&mut self, article: &Node) {
        self.demand(
            article.name == "article",
            "root",
            &article.name,
            "the root is not an article",
        );
        self.demand(
            article.attribute("article-type").is_some(),
            "article-type",
            "article",
            "is missing",
        );
        self.languages(article);
        self.references(article);
        article.walk("", &mut |path, node| {
            self.content(path, node);
            self.namespaces(path, node);
            self.links(path, node);
            self.element(path, node);
        });
    }

    /// The article says its language, and a child says its own only where it differs.
    fn languages(&mut self, article: &Node) {
        let own = article.attribute("xml:lang");
        self.demand(
            own.is_some(),
            "lang-missing",
            "article",
            "xml:lang is missing: the DTD would say en",
        );
        let own = own.unwrap_or("en");
        article.walk("", &mut |path, node| {
            if let Some(tag) = node.attribute("xml:lang") {
                self.demand(
                    lang::tag(tag).as_deref() == Some(tag),
                    "lang-invalid",
                    path,
                    tag,
                );
                // A trans-* element that says the article's language is not a translation.
                let repeated = path != "article" && lang::same(tag, own);
                self.demand(
                    !repeated,
                    "lang-repeated",
                    path,
                    "repeats the language of the article",
                );
            } else {
                let translated =
                    matches!(node.name.as_str(), "trans-abstract" | "trans-title-group");
                self.demand(
                    !translated,
                    "lang-missing",
                    path,
                    "a translation without a language",
                );
            }
        });
    }

    /// Ids are unique and every reference leads to one.
    fn references(&mut self, article: &Node) {
        let mut ids = BTreeSet::new();
        article.walk("", &mut |path, node| {
            if let Some(id) = node.attribute("id") {
                self.demand(ids.insert(id), "id-duplicate", path, id);
            }
        });
        article.walk("", &mut |path, node| {
            for rid in node.attribute("rid").unwrap_or_default().split_whitespace() {
                self.demand(ids.contains(rid), "rid-dangling", path, rid);
            }
        });
    }

    fn content(&mut self, path: &str, node: &Node) {
        let empty = node.children.is_empty() && is_blank(&node.text);
        let void = VOID.contains(&node.name.as_str());
        self.demand(!empty || void, "empty-element", path, "has no content");
        for (name, value) in &node.attributes {
            self.demand(!is_blank(value), "empty-attribute", path, name);
        }
        let padded =
            node.children.is_empty() && node.text.trim_matches([' ', '\n', '\t']) != node.text;
        self.demand(
            !padded,
            "padded-text",
            path,
            "white space at an edge of the text",
        );
    }

    fn namespaces(&mut self, path: &str, node: &Node) {
        for (name, value) in &node.attributes {
            match name.as_str() {
                "xmlns:ali" => self.demand(value == rights::ALI, "namespace", path, value),
                "xmlns:xlink" => self.demand(value == XLINK, "namespace", path, value),
                _ => {}
            }
        }
        if path == "article" {
            for prefix in ["xmlns:ali", "xmlns:xlink"] {
                self.demand(node.attribute(prefix).is_some(), "namespace", path, prefix);
            }
        }
    }

    fn links(&mut self, path: &str, node: &Node) {
        let refers = if node.name == "ali:license_ref" {
            Some(node.text.as_str())
        } else {
            None
        };
        for link in node.attribute("xlink:href").into_iter().chain(refers) {
            self.demand(
                url::href(link).as_deref() == Some(link),
                "link-invalid",
                path,
                link,
            );
        }
    }

    fn element(&mut self, path: &str, node: &Node) {
        match node.name.as_str() {
            "article-meta" => self.article_meta(path, node),
            "abstract" | "trans-abstract" => self.summary(path, node),
            "name" | "string-name" => self.name(path, node),
            "contrib-id" if node.attribute("contrib-id-type") == Some("orcid") => {
                self.demand(Orcid::url(&node.text).is_some(), "orcid", path, &node.text);
                let says = node.attribute("authenticated").is_some();
                self.demand(says, "orcid", path, "authenticated is missing");
            }
            "contrib" => self.contrib(path, node),
            "issn" => self.demand(
                Issn::printed(&node.text).is_some(),
                "issn",
                path,
                &node.text,
            ),
            "pub-date" => self.pub_date(path, node),
            "permissions" => {
                let year = node.child("copyright-year");
                let sound = year.is_none_or(|year| is_year(&year.text));
                self.demand(sound, "copyright", path, "the copyright year is not a year");
            }
            "self-uri" => {
                let leads = node.attribute("xlink:href").is_some();
                self.demand(leads, "self-uri", path, "leads nowhere");
                let titled = node.attribute("xlink:title").is_some();
                self.demand(titled, "self-uri", path, "has no title");
            }
            "mixed-citation" | "element-citation" => {
                let typed = node.attribute("publication-type").is_some();
                self.demand(typed, "citation-type", path, "publication-type is missing");
            }
            "pub-id" | "issue-id" if node.attribute("pub-id-type") == Some("doi") => {
                let is_doi = Doi::bare(&node.text).is_some();
                self.demand(is_doi, "doi", path, "not a bare DOI");
            }
            "kwd-group" | "custom-meta-group" | "ref-list" | "contrib-group" => {
                let is_clean = is_blank(&node.text);
                self.demand(is_clean, "stray-text", path, "text between the elements");
            }
            "ref-count" | "page-count" => {
                self.demand(is_count(node), "count", path, "is not a number");
            }
            _ => {}
        }
    }

    fn summary(&mut self, path: &str, node: &Node) {
        let is_clean = is_blank(&node.text);
        self.demand(is_clean, "abstract-text", path, "bare text outside of p");
        let paragraphs = node
            .children
            .iter()
            .all(|child| matches!(child.name.as_str(), "p" | "sec"));
        self.demand(
            paragraphs,
            "abstract-content",
            path,
            "holds something other than p and sec",
        );
        let broken = node.children("p").any(|p| p.child("break").is_some());
        self.demand(!broken, "abstract-break", path, "break in a paragraph");
    }

    fn name(&mut self, path: &str, node: &Node) {
        let style = node.attribute("name-style");
        self.demand(
            style.is_some(),
            "name-style",
            path,
            "is missing: the DTD would say western",
        );
        let given_only = node.name == "name" && node.child("surname").is_none();
        let says = style == Some("given-only");
        self.demand(
            given_only == says || node.name != "name",
            "name-style",
            path,
            "does not fit the name",
        );
    }

    fn contrib(&mut self, path: &str, node: &Node) {
        let names = [
            "name",
            "name-alternatives",
            "string-name",
            "collab",
            "collab-alternatives",
            "anonymous",
        ];
        let someone = node
            .children
            .iter()
            .any(|child| names.contains(&child.name.as_str()));
        self.demand(someone, "contrib-name", path, "nobody is named");
        let typed = node.attribute("contrib-type").is_some();
        self.demand(typed, "contrib-type", path, "is missing");
    }

    fn article_meta(&mut self, path: &str, meta: &Node) {
        let dois: Vec<&Node> = meta
            .children("article-id")
            .filter(|id| id.attribute("pub-id-type") == Some("doi"))
            .collect();
        self.demand(dois.len() <= 1, "doi", path, "more than one DOI");
        for doi in dois {
            self.demand(Doi::bare(&doi.text).is_some(), "doi", path, &doi.text);
        }
        let titles = meta.children("title-group").count();
        self.demand(titles <= 1, "title", path, "more than one title-group");
        let first = meta.child("fpage");
        let orphan = first.is_none()
            && (meta.child("lpage").is_some() || meta.child("page-range").is_some());
        self.demand(
            !orphan,
            "pages",
            path,
            "a last page or range without a first page",
        );
        let both = first.is_some() && meta.child("elocation-id").is_some();
        self.demand(!both, "pages", path, "pages and an article number");
        let mut languages = BTreeSet::new();
        for group in meta.children("kwd-group") {
            let own = languages.insert(
                group
                    .attribute("xml:lang")
                    .unwrap_or_default()
                    .to_ascii_lowercase(),
            );
            self.demand(own, "kwd-group", path, "two keyword groups of one language");
        }
    }

    /// Parts are in range, nothing is skipped, and `iso-8601-date` says the same.
    fn pub_date(&mut self, path: &str, date: &Node) {
        let part = |name: &str| date.child(name).map(|part| part.text.clone());
        let (year, month, day) = (part("year"), part("month"), part("day"));
        let mut iso = year.clone().unwrap_or_default();
        for next in [&month, &day].into_iter().flatten() {
            iso.push('-');
            iso.push_str(next);
        }
        self.demand(
            year.as_deref().is_some_and(is_year),
            "date",
            path,
            "no year of four digits",
        );
        self.demand(
            month.is_some() || day.is_none(),
            "date",
            path,
            "a day without a month",
        );
        let month = month.map_or(Some(1), |month| month.parse().ok());
        let day = day.map_or(Some(1), |day| day.parse().ok());
        let calendar = match (year.and_then(|year| year.parse().ok()), month, day) {
            (Some(year), Some(month), Some(day)) => {
                chrono::NaiveDate::from_ymd_opt(year, month, day).is_some()
            }
            _ => false,
        };
        self.demand(calendar, "date", path, "no date of the calendar");
        let attribute = date.attribute("iso-8601-date");
        self.demand(
            attribute.is_none_or(|a| a == iso),
            "date",
            path,
            "iso-8601-date says something else",
        );
    }
}

fn is_year(text: &str) -> bool {
    text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_count(node: &Node) -> bool {
    node.attribute("count")
        .is_some_and(|count| count.parse::<u64>().is_ok())
}
