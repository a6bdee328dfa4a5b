//! JATS, the Journal Article Tag Suite (ANSI/NISO Z39.96), and the NLM DTDs 2.3 and 3.0 that it grew out of.
//!
//! Reads any version and namespace, by local name. Only the metadata of the article is taken, not its
//! text. Where versions differ, the older form is read as well: `citation` and `nlm-citation` for
//! `mixed-citation`, `pub-type` for `date-type`, affiliations inside a contributor, statements of copyright
//! outside `permissions`.

mod abstracts;
mod affiliations;
mod contributors;
mod dates;
mod references;
mod types;

use super::text::Text;
use super::tree::{Node, Tree, XML_MARK};
use abstracts::{blocks, sections};
use dates::pub_date;

pub use types::*;

/// Subtrees without metadata of the article itself.
pub(crate) const SKIPPED: [&str; 4] = ["body", "sub-article", "response", "floats-group"];

/// Elements of the metadata that state nothing about the article: addresses and lives of people, marks of notes,
/// counts, and the names of software beside its values.
const PASSED_OVER: [&str; 14] = [
    "email",
    "phone",
    "fax",
    "bio",
    "address",
    "degrees",
    "corresp",
    "counts",
    "label",
    "xref",
    "target",
    "graphic",
    "inline-graphic",
    "meta-name",
];

/// More entries of one kind than any article has.
const MAX_ENTRIES: usize = 20_000;

/// Returns whether an element is a JATS article, by its name and content.
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
    // the rest of the back is text: acknowledgements, notes, appendices
    if let Some(back) = article.child("back") {
        back.pass_over();
    }
    jats.rest = front.rest(&PASSED_OVER);
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

/// Texts of elements joined by colons, with their inline markup.
fn joined(nodes: &[&Node]) -> Option<String> {
    let is_marked = nodes.iter().any(|node| node.has_markup(&NOTES));
    let mut all = String::new();
    for node in nodes {
        let mut text = String::new();
        if is_marked {
            node.push_marked(&NOTES, &mut text);
        } else {
            text = node.text_without(&NOTES);
        }
        let text = text.trim();
        if !all.is_empty() && !text.is_empty() {
            all.push_str(": ");
        }
        all.push_str(text);
    }
    if is_marked {
        all.insert(0, XML_MARK);
    }
    (!all.is_empty()).then_some(all)
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
        if let Some(publisher) = meta.child("publisher") {
            self.publisher = publisher.text_of("publisher-name");
            self.publisher_place = publisher.text_of("publisher-loc");
        }
        let is_doi = |id: &&Node| id.attribute("journal-id-type") == Some("doi");
        self.journal_doi = meta.children("journal-id").find(is_doi).map(Node::text);
        // those who run the journal, not those who wrote the article
        meta.children("contrib-group").for_each(Node::pass_over);
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
        self.self_uris(meta);
        self.related(meta);
        self.abstracts(meta);
        self.keywords(meta);
        self.funding(meta);
        for node in meta.all("custom-meta") {
            if node.attribute("specific-use") == Some("resource-type") {
                self.resource_types.extend(node.text_of("meta-value"));
                node.pass_over();
            }
        }
    }

    fn self_uris(&mut self, meta: &Node) {
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
    }

    fn keywords(&mut self, meta: &Node) {
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
    }

    fn related(&mut self, meta: &Node) {
        let nodes = meta
            .children("related-article")
            .chain(meta.children("related-object"));
        for node in nodes.take(MAX_ENTRIES) {
            let named = |kind: &str, id: &str| {
                let is_doi = node
                    .attribute(kind)
                    .is_some_and(|kind| kind.eq_ignore_ascii_case("doi"));
                if is_doi { node.attribute(id) } else { None }
            };
            let id = node
                .attribute("href")
                .or_else(|| named("object-id-type", "object-id"))
                .or_else(|| named("source-id-type", "source-id"))
                .or_else(|| named("document-id-type", "document-id"));
            if let Some(id) = id {
                let kind = node.attribute("related-article-type").map(str::to_owned);
                let id = id.to_owned();
                self.related.push(Related { kind, id });
            }
        }
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
            let mut groups = vec![group];
            groups.extend(group.all("subj-group"));
            for (at, nested) in groups.into_iter().enumerate() {
                if at > 0 {
                    self.subjects
                        .extend(texts(nested, "subject", lang.as_ref()));
                }
                let compound = nested.children("compound-subject");
                self.subjects
                    .extend(compound.filter_map(|node| compound_subject(node, lang.clone())));
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
            let value = node.marked_without(&NOTES);
            if value.is_empty() {
                return;
            }
            let subtitles: Vec<&Node> = at.children(subtitle).filter(of_lang).collect();
            let subtitle = joined(&subtitles);
            self.titles.push(Title {
                value,
                subtitle,
                lang,
            });
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
            let stated = license.attribute("href").map(str::to_owned);
            let referenced = license.text_of("license_ref");
            let text = license.text_without(&["license_ref"]);
            let linked = license
                .find(&|n| n.is("ext-link") || n.is("uri"))
                .and_then(|link| link.attribute("href"))
                .map(str::to_owned);
            let url = stated.or(referenced).or(linked);
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
            let value = blocks(node);
            match node.attribute("abstract-type") {
                _ if value.is_empty() => {}
                None | Some("abstract" | "summary" | "section" | "structured") => {
                    self.abstracts.push(Abstract {
                        value,
                        lang,
                        sections: sections(node),
                    });
                }
                Some(kind) => self
                    .other_abstracts
                    .push((kind.to_owned(), Text { value, lang })),
            }
        }
    }

    fn funding(&mut self, meta: &Node) {
        for group in meta.children("funding-group").take(MAX_ENTRIES) {
            for award in group.children("award-group") {
                let is_source = |node: &Node| node.is("funding-source") && !node.peek().is_empty();
                if award.find(&is_source).is_none() {
                    continue;
                }
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
                    let funder_id = source
                        .find(&|node| node.is("institution-id"))
                        .map(Node::text)
                        .filter(|id| !id.is_empty())
                        .or_else(|| source.attribute("href").map(str::to_owned));
                    let source = source.text_without(&["institution-id"]);
                    for number in numbers
                        .iter()
                        .filter(|_| !source.is_empty())
                        .take(MAX_ENTRIES.saturating_sub(self.awards.len()))
                    {
                        self.awards.push(Award {
                            source: source.clone(),
                            funder_id: funder_id.clone(),
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
                funder_id: None,
                award: meta.text_of("contract-num"),
            });
        }
    }
}

/// Elements inside a title that do not belong to it.
const NOTES: [&str; 3] = ["xref", "fn", "target"];

/// The subject of a `compound-subject`: its parts without their codes.
fn compound_subject(node: &Node, lang: Option<String>) -> Option<Text> {
    let is_code = |part: &Node| {
        part.attribute("content-type")
            .is_some_and(|kind| kind.eq_ignore_ascii_case("code"))
    };
    let parts = node.children("compound-subject-part");
    // the codes of a scheme stay unread, and end among the other values
    let words: Vec<String> = parts
        .filter(|part| !is_code(part))
        .map(Node::text)
        .collect();
    let value = words.join(" ").trim().to_owned();
    (!value.is_empty()).then_some(Text { value, lang })
}

#[cfg(test)]
mod tests;
