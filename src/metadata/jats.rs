//! JATS, the Journal Article Tag Suite (ANSI/NISO Z39.96), and the NLM DTDs 2.3 and 3.0 that it grew out of.
//!
//! Of any version and namespace: all is read by local name. Only the metadata of the article is taken, not its
//! text. Where versions differ, the older form is read as well: `citation` and `nlm-citation` for
//! `mixed-citation`, `pub-type` for `date-type`, affiliations inside a contributor, statements of copyright
//! outside `permissions`.

mod contributors;
mod references;

use super::Text;
use super::tree::{Node, Tree};

/// Subtrees without metadata of the article itself.
pub(crate) const SKIPPED: [&str; 6] = [
    "body",
    "sub-article",
    "response",
    "floats-group",
    "custom-meta-group",
    "custom-meta-wrap",
];

/// More entries of one kind than any article has.
const MAX_ENTRIES: usize = 20_000;

/// An identifier and its `pub-id-type`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Id {
    /// `doi`, `publisher-id` …
    pub kind: Option<String>,
    /// As received.
    pub value: String,
}

/// An ISSN and the medium that its attributes name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Issn {
    /// `publication-format` or `pub-type`: `epub`, `ppub`, `electronic`, `print`.
    pub medium: Option<String>,
    /// As received.
    pub value: String,
}

/// A title and what stands with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Title {
    /// `article-title` or `trans-title`.
    pub value: String,
    /// `subtitle` or `trans-subtitle`; several are joined.
    pub subtitle: Option<String>,
    /// As received.
    pub lang: Option<String>,
}

/// An affiliation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Affiliation {
    /// Its text, without label and identifiers.
    pub name: String,
    /// ROR id, as received.
    pub ror: Option<String>,
}

/// A person's name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonName {
    /// `surname`
    pub surname: Option<String>,
    /// `given-names`
    pub given: Option<String>,
    /// `suffix`
    pub suffix: Option<String>,
    /// The name as a whole, where it is not parted.
    pub whole: Option<String>,
    /// As received.
    pub lang: Option<String>,
}

/// A contributor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contributor {
    /// `contrib-type`, of the contributor or its group: `author`, `editor` …
    pub kind: Option<String>,
    /// The name in its forms, the main one first; empty for an organisation.
    pub names: Vec<PersonName>,
    /// `collab`: an organisation or group.
    pub collab: Option<String>,
    /// ORCID iD, as received.
    pub orcid: Option<String>,
    /// Affiliations, by reference and inside the element.
    pub affiliations: Vec<Affiliation>,
}

/// A date of publication.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PubDate {
    /// `date-type` or `pub-type`: `pub`, `epub`, `ppub`, `collection`.
    pub kind: Option<String>,
    /// `publication-format`
    pub format: Option<String>,
    /// Year, month and day joined by hyphens as far as given, else `iso-8601-date`; as received.
    pub date: String,
}

/// A licence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct License {
    /// `xlink:href`, or `ali:license_ref`.
    pub url: Option<String>,
    /// What it says.
    pub text: Option<String>,
}

/// A link of the article to a form of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SelfUri {
    /// As received.
    pub url: String,
    /// `content-type`
    pub content_type: Option<String>,
}

/// A cited work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reference {
    /// Its text.
    pub raw: String,
    /// Whether the text is as printed; else it was put together out of elements.
    pub printed: bool,
    /// The DOI it names, as received.
    pub doi: Option<String>,
}

/// Funder and award number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Award {
    /// `funding-source`
    pub source: String,
    /// `award-id`
    pub award: Option<String>,
}

/// The metadata of an article. Values are as received, without white space at their ends; empty ones are left
/// out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Jats {
    /// `article/@xml:lang`
    pub lang: Option<String>,
    /// `article/@article-type`
    pub article_type: Option<String>,
    /// Titles of the journal, its own language first.
    pub journal_titles: Vec<Text>,
    /// Abbreviated titles.
    pub journal_abbreviations: Vec<Text>,
    /// ISSNs.
    pub issns: Vec<Issn>,
    /// Publisher.
    pub publisher: Option<String>,
    /// Identifiers of the article.
    pub ids: Vec<Id>,
    /// Identifiers of the issue.
    pub issue_ids: Vec<Id>,
    /// Sections: the subjects of `subj-group[@subj-group-type="heading"]`.
    pub headings: Vec<Text>,
    /// Subjects of other groups.
    pub subjects: Vec<Text>,
    /// Titles, the article's own language first.
    pub titles: Vec<Title>,
    /// Contributors.
    pub contributors: Vec<Contributor>,
    /// Affiliations that no contributor refers to.
    pub loose_affiliations: Vec<Affiliation>,
    /// Dates of publication.
    pub dates: Vec<PubDate>,
    /// Dates of its history: `received`, `accepted` …
    pub history: Vec<PubDate>,
    /// Volume.
    pub volume: Option<String>,
    /// Number.
    pub issue: Option<String>,
    /// Titles of the issue.
    pub issue_titles: Vec<Text>,
    /// First page.
    pub first_page: Option<String>,
    /// Last page.
    pub last_page: Option<String>,
    /// Pages, raw.
    pub page_range: Option<String>,
    /// Article number.
    pub elocation_id: Option<String>,
    /// Copyright statements.
    pub copyright_statements: Vec<Text>,
    /// Copyright years.
    pub copyright_years: Vec<String>,
    /// Copyright holders.
    pub copyright_holders: Vec<Text>,
    /// Licences.
    pub licenses: Vec<License>,
    /// Links to forms of the article.
    pub self_uris: Vec<SelfUri>,
    /// Addresses of related articles and objects.
    pub related: Vec<String>,
    /// Abstracts; paragraphs are parted by blank lines. With the language of the article where they name none.
    pub abstracts: Vec<Text>,
    /// Abstracts of a kind of their own (`graphical`, `teaser`), with the kind.
    pub other_abstracts: Vec<(String, Text)>,
    /// Keywords.
    pub keywords: Vec<Text>,
    /// Funders.
    pub awards: Vec<Award>,
    /// Statements on funding.
    pub funding_statements: Vec<String>,
    /// Cited works.
    pub references: Vec<Reference>,
    /// What has no place of its own, by element: `alt-title`, `supplement` …
    pub others: Vec<(String, Text)>,
    /// Whether it has the form of the NLM DTD 2.3: a journal title without its group.
    pub nlm: bool,
    /// Why the rest could not be read, when it could not.
    pub unread: Option<String>,
}

/// Whether an element is an article in JATS: by its name and by what it holds.
pub(crate) fn is_article(node: &Node) -> bool {
    node.is("article") && (node.child("front").is_some() || node.child("article-meta").is_some())
}

/// Reads the article that [`is_article`] found in a tree without [`SKIPPED`].
pub(crate) fn read(article: &Node, tree: &Tree) -> Jats {
    let mut jats = Jats {
        lang: article.lang(),
        article_type: article.attribute("article-type").map(str::to_owned),
        unread: tree.unread.clone(),
        ..Jats::default()
    };
    let front = article.child("front").unwrap_or(article);
    if let Some(meta) = front.child("journal-meta") {
        jats.journal(meta);
    }
    if let Some(meta) = front.child("article-meta") {
        jats.article(meta);
    }
    jats.references = references::read(article.child("back").unwrap_or(article), MAX_ENTRIES);
    jats
}

fn texts(node: &Node, name: &str, fallback: Option<&String>) -> Vec<Text> {
    let text = |child: &Node| Text {
        value: child.text(),
        lang: child.lang().or_else(|| fallback.cloned()),
    };
    node.children(name)
        .map(text)
        .filter(|text| !text.value.is_empty())
        .take(MAX_ENTRIES)
        .collect()
}

fn ids(meta: &Node, name: &str) -> Vec<Id> {
    let id = |node: &Node| Id {
        kind: node.attribute("pub-id-type").map(str::to_owned),
        value: node.text(),
    };
    meta.children(name)
        .map(id)
        .filter(|id| !id.value.is_empty())
        .take(MAX_ENTRIES)
        .collect()
}

impl Jats {
    fn journal(&mut self, meta: &Node) {
        let group = meta.child("journal-title-group").unwrap_or(meta);
        self.nlm = meta.child("journal-title").is_some();
        self.journal_titles = texts(group, "journal-title", None);
        // NLM 2.3
        self.journal_titles
            .extend(texts(group, "trans-title", None));
        for translated in group.children("trans-title-group") {
            self.journal_titles.extend(texts(
                translated,
                "trans-title",
                translated.lang().as_ref(),
            ));
        }
        self.journal_abbreviations = texts(group, "abbrev-journal-title", None);
        for issn in meta.children("issn").take(MAX_ENTRIES) {
            let medium = issn
                .attribute("publication-format")
                .or_else(|| issn.attribute("pub-type"));
            self.issns.push(Issn {
                medium: medium.map(str::to_owned),
                value: issn.text(),
            });
        }
        self.publisher = meta
            .child("publisher")
            .and_then(|publisher| publisher.text_of("publisher-name"));
    }

    fn article(&mut self, meta: &Node) {
        self.ids = ids(meta, "article-id");
        self.issue_ids = ids(meta, "issue-id");
        self.categories(meta);
        self.titles(meta);
        (self.contributors, self.loose_affiliations) = contributors::read(meta, MAX_ENTRIES);
        self.dates = meta
            .children("pub-date")
            .map(pub_date)
            .take(MAX_ENTRIES)
            .collect();
        self.history = meta
            .child("history")
            .into_iter()
            .flat_map(Node::elements)
            .map(pub_date)
            .collect();
        self.volume = meta.text_of("volume");
        self.issue = meta.text_of("issue");
        self.issue_titles = texts(meta, "issue-title", None);
        for group in meta.children("issue-title-group") {
            self.issue_titles
                .extend(texts(group, "issue-title", group.lang().as_ref()));
        }
        self.first_page = meta.text_of("fpage");
        self.last_page = meta.text_of("lpage");
        self.page_range = meta.text_of("page-range");
        self.elocation_id = meta.text_of("elocation-id");
        self.permissions(meta.child("permissions").unwrap_or(meta));
        for uri in meta.children("self-uri").take(MAX_ENTRIES) {
            if let Some(url) = uri
                .attribute("href")
                .map(str::to_owned)
                .or_else(|| Some(uri.text()))
                && !url.is_empty()
            {
                let content_type = uri.attribute("content-type").map(str::to_owned);
                self.self_uris.push(SelfUri { url, content_type });
            }
        }
        for node in meta
            .children("related-article")
            .chain(meta.children("related-object"))
            .take(MAX_ENTRIES)
        {
            let named = |kind: &str, id: &str| {
                let is_doi = node
                    .attribute(kind)
                    .is_some_and(|kind| kind.eq_ignore_ascii_case("doi"));
                node.attribute(id).filter(|_| is_doi)
            };
            let id = node
                .attribute("href")
                .or_else(|| named("object-id-type", "object-id"));
            let id = id
                .or_else(|| named("source-id-type", "source-id"))
                .or_else(|| named("document-id-type", "document-id"));
            match id {
                Some(id) => self.related.push(id.to_owned()),
                None => self.other(node),
            }
        }
        for name in [
            "supplement",
            "volume-series",
            "conference",
            "product",
            "isbn",
        ] {
            meta.children(name)
                .take(MAX_ENTRIES)
                .for_each(|node| self.other(node));
        }
        self.abstracts(meta);
        for group in meta.children("kwd-group").take(MAX_ENTRIES) {
            let lang = group.lang().or_else(|| self.lang.clone());
            self.keywords.extend(texts(group, "kwd", lang.as_ref()));
            for kwd in group
                .children("compound-kwd")
                .chain(group.children("nested-kwd"))
            {
                let parts: Vec<String> = kwd
                    .elements()
                    .map(Node::text)
                    .filter(|part| !part.is_empty())
                    .collect();
                let value = if parts.is_empty() {
                    kwd.text()
                } else {
                    parts.join(" ")
                };
                self.keywords.push(Text {
                    value,
                    lang: kwd.lang().or_else(|| lang.clone()),
                });
            }
        }
        self.keywords.truncate(MAX_ENTRIES);
        self.funding(meta);
    }

    fn categories(&mut self, meta: &Node) {
        let Some(categories) = meta.child("article-categories") else {
            return;
        };
        for group in categories.children("subj-group").take(MAX_ENTRIES) {
            let lang = group.lang();
            let is_heading = group
                .attribute("subj-group-type")
                .is_none_or(|kind| kind.eq_ignore_ascii_case("heading"));
            let subjects = texts(group, "subject", lang.as_ref());
            if is_heading {
                self.headings.extend(subjects);
            } else {
                self.subjects.extend(subjects);
            }
            for nested in group.children("subj-group") {
                self.subjects
                    .extend(texts(nested, "subject", lang.as_ref()));
            }
        }
    }

    fn titles(&mut self, meta: &Node) {
        let Some(group) = meta.child("title-group") else {
            return;
        };
        let mut title = |node: &Node, at: &Node, subtitle: &str, lang: Option<String>| {
            let of_lang =
                |sub: &&Node| sub.lang().is_none() || lang.is_none() || sub.lang() == lang;
            let subtitles: Vec<String> = at
                .children(subtitle)
                .filter(of_lang)
                .map(|sub| sub.text_without(&NOTES))
                .filter(|text| !text.is_empty())
                .collect();
            let subtitle = (!subtitles.is_empty()).then(|| subtitles.join(": "));
            let value = node.text_without(&NOTES);
            if !value.is_empty() {
                self.titles.push(Title {
                    value,
                    subtitle,
                    lang,
                });
            }
        };
        for node in group.children("article-title").take(MAX_ENTRIES) {
            title(node, group, "subtitle", node.lang());
        }
        for translated in group.children("trans-title-group").take(MAX_ENTRIES) {
            for node in translated.children("trans-title") {
                title(
                    node,
                    translated,
                    "trans-subtitle",
                    node.lang().or_else(|| translated.lang()),
                );
            }
        }
        for node in group.children("trans-title").take(MAX_ENTRIES) {
            title(node, group, "trans-subtitle", node.lang());
        }
        group
            .children("alt-title")
            .take(MAX_ENTRIES)
            .for_each(|node| self.other(node));
    }

    /// Keeps an element that no field takes.
    fn other(&mut self, node: &Node) {
        let value = node
            .text_without(&NOTES)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        if !value.is_empty() {
            self.others.push((
                node.name.clone(),
                Text {
                    value,
                    lang: node.lang(),
                },
            ));
        }
    }

    fn permissions(&mut self, node: &Node) {
        self.copyright_statements = texts(node, "copyright-statement", None);
        self.copyright_years = node
            .children("copyright-year")
            .map(Node::text)
            .filter(|y| !y.is_empty())
            .collect();
        self.copyright_holders = texts(node, "copyright-holder", None);
        for license in node.children("license").take(MAX_ENTRIES) {
            let url = license
                .attribute("href")
                .map(str::to_owned)
                .or_else(|| license.text_of("license_ref"));
            let text = license.text_without(&["license_ref"]);
            let linked = || {
                license
                    .find(&|n| n.is("ext-link") || n.is("uri"))?
                    .attribute("href")
                    .map(str::to_owned)
            };
            let url = url.or_else(linked);
            self.licenses.push(License {
                url,
                text: Some(text).filter(|text| !text.is_empty()),
            });
        }
        for url in node
            .children("license_ref")
            .map(Node::text)
            .filter(|url| !url.is_empty())
        {
            self.licenses.push(License {
                url: Some(url),
                text: None,
            });
        }
    }

    fn abstracts(&mut self, meta: &Node) {
        // OJS up to 3.0 calls a `trans-abstract` an `abstract-trans`
        let names = ["abstract", "trans-abstract", "abstract-trans"];
        let nodes = meta
            .elements()
            .filter(|node| names.iter().any(|name| node.is(name)));
        for node in nodes.take(MAX_ENTRIES) {
            let lang = node.lang().or_else(|| {
                if node.is("abstract") {
                    self.lang.clone()
                } else {
                    None
                }
            });
            let text = Text {
                value: blocks(node),
                lang,
            };
            match node.attribute("abstract-type") {
                _ if text.value.is_empty() => {}
                None | Some("abstract" | "summary" | "section" | "structured") => {
                    self.abstracts.push(text)
                }
                Some(kind) => self.other_abstracts.push((kind.to_owned(), text)),
            }
        }
    }

    fn funding(&mut self, meta: &Node) {
        for group in meta.children("funding-group").take(MAX_ENTRIES) {
            for award in group.children("award-group") {
                let mut numbers: Vec<Option<String>> = award
                    .children("award-id")
                    .map(Node::text)
                    .filter(|id| !id.is_empty())
                    .map(Some)
                    .collect();
                if numbers.is_empty() {
                    numbers.push(None);
                }
                for source in award.all("funding-source") {
                    let source = source.text_without(&["institution-id"]);
                    for number in numbers
                        .iter()
                        .filter(|_| !source.is_empty())
                        .take(MAX_ENTRIES)
                    {
                        self.awards.push(Award {
                            source: source.clone(),
                            award: number.clone(),
                        });
                    }
                }
            }
            self.funding_statements
                .extend(group.children("funding-statement").map(Node::text));
        }
        // NLM 2.3 and 3.0
        for source in meta
            .children("contract-sponsor")
            .map(Node::text)
            .filter(|text| !text.is_empty())
        {
            self.awards.push(Award {
                source,
                award: meta.text_of("contract-num"),
            });
        }
    }
}

/// What stands in a title without being of it.
const NOTES: [&str; 3] = ["xref", "fn", "target"];

fn pub_date(node: &Node) -> PubDate {
    let part = |name: &str| node.text_of(name);
    let mut date = part("year").unwrap_or_default();
    if let (false, Some(month)) = (date.is_empty(), part("month").as_deref().and_then(month)) {
        date = format!("{date}-{month:02}");
        if let Some(day) = part("day").and_then(|day| day.parse::<u8>().ok()) {
            date = format!("{date}-{day:02}");
        }
    }
    if date.is_empty() {
        node.attribute("iso-8601-date")
            .unwrap_or_default()
            .clone_into(&mut date);
    }
    let attribute = |name: &str| node.attribute(name).map(str::to_owned);
    let kind = attribute("date-type").or_else(|| attribute("pub-type"));
    PubDate {
        kind,
        format: attribute("publication-format"),
        date,
    }
}

/// A month as a number or by its English name.
fn month(text: &str) -> Option<u8> {
    const NAMES: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let named = || {
        let name = text.to_lowercase();
        let at = NAMES.iter().position(|month| name.starts_with(month))?;
        u8::try_from(at + 1).ok()
    };
    text.parse()
        .ok()
        .filter(|month| (1..=12).contains(month))
        .or_else(named)
}

/// Text of an abstract, its blocks parted by blank lines. Its own heading is left out.
fn blocks(node: &Node) -> String {
    const BLOCKS: [&str; 8] = [
        "p",
        "title",
        "sec",
        "list",
        "list-item",
        "disp-quote",
        "def-list",
        "verse-group",
    ];
    fn walk(node: &Node, out: &mut String) {
        for content in &node.content {
            match content {
                super::tree::Content::Text(text) => out.push_str(text),
                super::tree::Content::Element(child)
                    if BLOCKS.iter().any(|name| child.is(name)) =>
                {
                    out.push_str("\n\n");
                    walk(child, out);
                    out.push_str("\n\n");
                }
                super::tree::Content::Element(child) if child.is("label") => {}
                super::tree::Content::Element(child) if child.is("break") => out.push('\n'),
                super::tree::Content::Element(child) => walk(child, out),
            }
        }
    }
    let heading = node.child("title").filter(|title| {
        [
            "abstract",
            "summary",
            "аннотация",
            "resumen",
            "resumo",
            "résumé",
            "zusammenfassung",
            "özet",
        ]
        .contains(
            &title
                .text()
                .trim_end_matches([':', '.'])
                .to_lowercase()
                .as_str(),
        )
    });
    let mut text = String::new();
    walk(node, &mut text);
    let text = text.trim();
    let heading = heading.map(Node::text).unwrap_or_default();
    text.strip_prefix(heading.as_str())
        .unwrap_or(text)
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests;
