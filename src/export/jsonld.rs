//! schema.org in JSON-LD: a `ScholarlyArticle` for each live article, for web pages, search engines and knowledge graphs.
//! A stream is one document with an `@graph`; a file is one article.

use std::io;

use serde_json::{Map, Value, json};

use super::fields::{self, Name};
use super::format::{
    Deletions, EntryRef, Exporter, FormatInfo, Frame, Layout, Rendered, TextFrame,
};
use super::{inline_markup, kind};
use crate::article::{Article, Contributor, LinkRel, Role};

/// The format `jsonld`.
pub(super) const INFO: FormatInfo = FormatInfo {
    name: "jsonld",
    summary: "schema.org JSON-LD, one ScholarlyArticle per article",
    extension: "jsonld",
    media_type: "application/ld+json",
    layout: Layout::Stream,
    deletions: Deletions::OnRequest,
    options: &[],
};

const CONTEXT: &str = "https://schema.org";

/// Writes JSON-LD.
#[derive(Clone, Copy, Debug, Default)]
pub struct JsonLd;

impl Exporter for JsonLd {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn entry(&self, entry: EntryRef<'_>, out: &mut Vec<u8>) -> io::Result<Rendered> {
        let Some(article) = entry.live() else {
            return Ok(Rendered::DELETION);
        };
        out.push(b'\n');
        serde_json::to_writer(out, &node(article))?;
        Ok(Rendered::Written)
    }

    fn document(&self, entry: EntryRef<'_>, out: &mut Vec<u8>) -> io::Result<Rendered> {
        let Some(article) = entry.live() else {
            return Ok(Rendered::DELETION);
        };
        let mut document = Map::new();
        document.insert("@context".to_owned(), CONTEXT.into());
        document.extend(node(article));
        serde_json::to_writer(&mut *out, &document)?;
        out.push(b'\n');
        Ok(Rendered::Written)
    }

    fn frame(&self) -> Box<dyn Frame> {
        let head = format!("{{\"@context\":\"{CONTEXT}\",\"@graph\":[");
        Box::new(TextFrame::new(head, "\n]}\n").separated(","))
    }
}

/// An object that leaves out what there is nothing of.
#[derive(Default)]
struct Node(Map<String, Value>);

impl Node {
    fn of_type(name: &str) -> Self {
        let mut node = Self::default();
        node.set("@type", Some(name.to_owned()));
        node
    }

    fn set(&mut self, key: &str, value: Option<String>) {
        if let Some(value) = value {
            self.0.insert(key.to_owned(), value.into());
        }
    }

    /// Sets a list; one value alone stands by itself.
    fn list(&mut self, key: &str, mut values: Vec<Value>) {
        match values.len() {
            0 => {}
            1 => {
                self.0.insert(key.to_owned(), values.remove(0));
            }
            _ => {
                self.0.insert(key.to_owned(), values.into());
            }
        }
    }

    fn value(self) -> Value {
        Value::Object(self.0)
    }
}

/// A text: plain in the article's language, which `inLanguage` names, for many readers take texts alone; else with its
/// language.
fn in_language(value: &str, lang: Option<&str>, article: &Article) -> Option<Value> {
    let value = fields::text(value)?;
    let own = fields::language(None, article);
    Some(match fields::language(lang, article) {
        Some(lang) if own.as_ref() != Some(&lang) => {
            json!({ "@value": value, "@language": lang })
        }
        _ => value.into(),
    })
}

fn node(article: &Article) -> Map<String, Value> {
    let mut node = Node::of_type(kind::of(article).schema_org);
    let doi = fields::doi(article).and_then(|doi| fields::doi_url(&doi));
    let landing = fields::landing(article);
    node.set("@id", doi.clone().or_else(|| landing.clone()));
    node.set("url", landing.or(doi));
    node.list("identifier", identifiers(article));
    let titles = fields::titles(article);
    let name = titles
        .first()
        .and_then(|title| in_language(&title.value, title.lang.as_deref(), article));
    node.list("name", name.into_iter().collect());
    let others = titles.iter().skip(1);
    node.list(
        "alternateName",
        others
            .filter_map(|title| in_language(&title.value, title.lang.as_deref(), article))
            .collect(),
    );
    node.set("inLanguage", fields::language(None, article));
    node.set("genre", fields::type_label(article));
    people(&mut node, article);
    node.set(
        "datePublished",
        fields::date(article).map(fields::Date::iso),
    );
    texts(&mut node, article);
    place(&mut node, article);
    rights(&mut node, article);
    let files = fields::links(article, LinkRel::Fulltext);
    node.list("encoding", files.into_iter().map(file).collect());
    funders(&mut node, article);
    let references = article.references.iter();
    node.list(
        "citation",
        references
            .filter_map(|reference| fields::text(&inline_markup::plain(&reference.raw)))
            .map(Value::String)
            .collect(),
    );
    node.0
}

/// People and bodies by what they did.
fn people(node: &mut Node, article: &Article) {
    for (key, roles) in [
        ("author", &[Role::Author][..]),
        ("editor", &[Role::Editor]),
        ("translator", &[Role::Translator]),
        (
            "contributor",
            &[
                Role::Advisor,
                Role::Reviewer,
                Role::Illustrator,
                Role::Compiler,
                Role::Contributor,
            ],
        ),
    ] {
        let people = article
            .contributors
            .iter()
            .filter(|one| roles.contains(&one.role));
        node.list(key, people.filter_map(person).collect());
    }
}

/// Abstracts and keywords.
fn texts(node: &mut Node, article: &Article) {
    let abstracts = article.abstracts.iter();
    node.list(
        "abstract",
        abstracts
            .filter_map(|text| {
                let value = fields::paragraphs(&text.value).join("\n\n");
                in_language(&value, text.lang.as_deref(), article)
            })
            .collect(),
    );
    let keywords = article.keywords.iter();
    node.list(
        "keywords",
        keywords
            .filter_map(|word| in_language(&word.value, word.lang.as_deref(), article))
            .collect(),
    );
}

fn funders(node: &mut Node, article: &Article) {
    let funders = article.funding.iter().filter_map(|funding| {
        let mut funder = Node::of_type("Organization");
        funder.set("@id", funding.funder_id.clone());
        funder.set("name", Some(fields::text(&funding.name)?));
        Some(funder.value())
    });
    node.list("funder", funders.collect());
}

fn identifiers(article: &Article) -> Vec<Value> {
    let mut identifiers = Vec::new();
    if let Some(doi) = fields::doi(article) {
        let mut value = Node::of_type("PropertyValue");
        value.set(
            "propertyID",
            Some("https://registry.identifiers.org/registry/doi".to_owned()),
        );
        value.set("value", Some(format!("doi:{doi}")));
        value.set("url", fields::doi_url(&doi));
        identifiers.push(value.value());
    }
    identifiers.extend(fields::text(&article.provenance.oai_identifier).map(Value::String));
    identifiers
}

fn person(contributor: &Contributor) -> Option<Value> {
    let name = Name::of(contributor)?;
    let mut node = match &name {
        Name::Organization(_) => Node::of_type("Organization"),
        Name::Person { .. } | Name::Whole(_) => Node::of_type("Person"),
    };
    let orcid = fields::orcid(contributor);
    node.set("@id", orcid.map(String::from));
    node.set("name", Some(name.direct()));
    if let Name::Person {
        family,
        given,
        suffix,
    } = &name
    {
        for (key, part) in [
            ("familyName", family),
            ("givenName", given),
            ("honorificSuffix", suffix),
        ] {
            node.set(key, fields::text(part));
        }
    }
    let variants = fields::variants(contributor);
    node.list(
        "alternateName",
        variants
            .iter()
            .map(|(name, lang)| match lang {
                Some(lang) => json!({ "@value": name.direct(), "@language": lang }),
                None => name.direct().into(),
            })
            .collect(),
    );
    let affiliations = contributor.affiliations.iter().filter_map(|affiliation| {
        let mut node = Node::of_type("Organization");
        node.set("@id", affiliation.ror.clone());
        node.set("name", fields::affiliation_name(affiliation));
        (node.0.len() > 1).then(|| node.value())
    });
    node.list("affiliation", affiliations.collect());
    Some(node.value())
}

/// Issue, volume and journal, each a part of the next; and the pages.
fn place(node: &mut Node, article: &Article) {
    let journal = &article.journal;
    let publisher = fields::opt(journal.publisher.as_deref()).map(|name| {
        let mut publisher = Node::of_type("Organization");
        publisher.set("name", Some(name));
        publisher.value()
    });
    let mut periodical = Node::of_type("Periodical");
    periodical.set("name", fields::journal_title(journal));
    let issns = fields::issns(journal).into_iter();
    periodical.list("issn", issns.map(Value::from).collect());
    periodical.list("publisher", publisher.clone().into_iter().collect());
    let mut part = (periodical.0.len() > 1).then(|| periodical.value());
    if let Some(number) = fields::opt(article.volume.as_deref()) {
        let mut volume = Node::of_type("PublicationVolume");
        volume.set("volumeNumber", Some(number));
        volume.list("isPartOf", part.into_iter().collect());
        part = Some(volume.value());
    }
    if let Some(number) = fields::opt(article.issue.as_deref()) {
        let mut issue = Node::of_type("PublicationIssue");
        issue.set("issueNumber", Some(number));
        issue.set("name", fields::opt(article.issue_title.as_deref()));
        issue.list("isPartOf", part.into_iter().collect());
        part = Some(issue.value());
    }
    node.list("isPartOf", part.into_iter().collect());
    node.list("publisher", publisher.into_iter().collect());
    node.set("articleSection", fields::opt(article.section.as_deref()));
    let (first, last) = fields::pages(article);
    node.set("pageStart", first);
    node.set("pageEnd", last);
    node.set("pagination", fields::page_range(article));
}

fn rights(node: &mut Node, article: &Article) {
    if let Some(license) = &article.license {
        let url = license.url.as_deref().and_then(super::url::href);
        if url
            .as_deref()
            .is_some_and(|url| url.contains("://creativecommons.org/"))
        {
            node.0.insert("isAccessibleForFree".to_owned(), true.into());
        }
        node.set("license", url);
    }
    if let Some(copyright) = &article.copyright {
        node.set(
            "copyrightNotice",
            fields::opt(copyright.statement.as_deref()),
        );
        if let Some(year) = copyright.year {
            node.0.insert("copyrightYear".to_owned(), year.into());
        }
    }
}

fn file((url, media): (String, Option<String>)) -> Value {
    let mut file = Node::of_type("MediaObject");
    file.set("contentUrl", Some(url));
    file.set("encodingFormat", media);
    file.value()
}
