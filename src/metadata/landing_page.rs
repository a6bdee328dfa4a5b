//! The article's HTML page: `citation_*` (Highwire Press tags, as Google Scholar requests them) and `DC.*`
//! meta tags.
//!
//! On OJS, only this page has affiliations, references and the section beside the raw pages. One language is
//! shown of most fields. Any other software's page gives what it has of these tags.

use html5gum::{StartTag, Token};

pub use super::Text;
use super::html::Html;

/// Bytes of a page that are read; meta tags stand at its beginning.
const MAX_HTML: usize = 4 * 1024 * 1024;
/// Meta tags that are read.
const MAX_TAGS: usize = 20_000;
/// Bytes of one value that are kept.
const MAX_VALUE: usize = 256 * 1024;

/// An author and what follows the name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Author {
    /// As printed: `Given Family` by OJS.
    pub name: String,
    /// Affiliations.
    pub institutions: Vec<String>,
    /// ORCID iD, as received.
    pub orcid: Option<String>,
}

/// The meta tags of an article's landing page. Values are as received, without white space at their ends;
/// of a field that stands once the first value counts; equal values of a list stand once, references apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
// shape: one field for each meta tag that is read
pub struct LandingPage {
    /// Software and version: `Open Journal Systems 3.4.0.10`.
    pub generator: Option<String>,
    /// Title: `citation_title`, else `DC.Title`.
    pub title: Option<Text>,
    /// Titles in other languages: `DC.Title.Alternative`.
    pub alternative_titles: Vec<Text>,
    /// Authors: `citation_author` with what follows each, else `DC.Creator.PersonalName`.
    pub authors: Vec<Author>,
    /// `DC.Contributor.Sponsor`.
    pub sponsors: Vec<Text>,
    /// Journal: `citation_journal_title`, else `DC.Source`.
    pub journal_title: Option<String>,
    /// `citation_journal_abbrev`.
    pub journal_abbrev: Option<String>,
    /// Address of the journal: `DC.Source.URI`.
    pub journal_url: Option<String>,
    /// ISSNs, as received; which medium they are of is not said.
    pub issns: Vec<String>,
    /// `citation_publisher`, else `DC.Publisher`.
    pub publisher: Option<String>,
    /// Date of publication: `citation_date`, `citation_publication_date` …
    pub date: Option<String>,
    /// `DC.Date.created`.
    pub date_created: Option<String>,
    /// `DC.Date.dateSubmitted`.
    pub date_submitted: Option<String>,
    /// `DC.Date.issued`.
    pub date_issued: Option<String>,
    /// `DC.Date.modified`.
    pub date_modified: Option<String>,
    /// Volume.
    pub volume: Option<String>,
    /// Number.
    pub issue: Option<String>,
    /// `citation_firstpage`.
    pub first_page: Option<String>,
    /// `citation_lastpage`.
    pub last_page: Option<String>,
    /// Pages, raw: `DC.Identifier.pageNumber`.
    pub page_number: Option<String>,
    /// DOI, as received.
    pub doi: Option<String>,
    /// Number or slug of the article: `DC.Identifier`.
    pub identifier: Option<String>,
    /// Address of this page: `DC.Identifier.URI`, else `citation_abstract_html_url`.
    pub url: Option<String>,
    /// Language, as received.
    pub language: Option<String>,
    /// `citation_keywords`.
    pub keywords: Vec<Text>,
    /// `DC.Subject`.
    pub subjects: Vec<Text>,
    /// Abstracts: `citation_abstract`, else `DC.Description`.
    pub abstracts: Vec<Text>,
    /// References, raw and in their order.
    pub references: Vec<String>,
    /// `citation_pdf_url`.
    pub pdf_urls: Vec<String>,
    /// `citation_fulltext_html_url`.
    pub html_urls: Vec<String>,
    /// Section of the journal: `DC.Type.articleType`.
    pub section: Option<String>,
    /// `DC.Type`.
    pub types: Vec<String>,
    /// `DC.Format`.
    pub formats: Vec<String>,
    /// `DC.Coverage`: places and times.
    pub coverage: Vec<Text>,
    /// `DC.Rights`: copyright lines and licence URLs.
    pub rights: Vec<String>,
}

impl LandingPage {
    /// Returns whether the page describes no article: a block page, a login page, an error page.
    pub fn is_empty(&self) -> bool {
        Self {
            generator: None,
            ..self.clone()
        } == Self::default()
    }
}

impl LandingPage {
    /// Gives the authors of the meta tags the ORCID iDs of the list in the page, where both name the same people.
    fn add_orcids(&mut self, list: Vec<(String, Option<String>)>) {
        let same = |author: &Author, name: &str| {
            author.name.split_whitespace().eq(name.split_whitespace())
        };
        let is_same_list = self.authors.len() == list.len()
            && self
                .authors
                .iter()
                .zip(&list)
                .all(|(author, (name, _))| same(author, name));
        for (at, (name, orcid)) in list.into_iter().enumerate() {
            let mut alike = self.authors.iter().filter(|author| same(author, &name));
            let is_only_one = alike.next().is_some() && alike.next().is_none();
            let author = if is_same_list {
                self.authors.get_mut(at)
            } else if is_only_one {
                self.authors.iter_mut().find(|author| same(author, &name))
            } else {
                None
            };
            if let Some(author) = author {
                author.orcid = author.orcid.take().or(orcid);
            }
        }
    }
}

/// Reads the meta tags of a page. Never fails: a page without them gives an empty answer.
pub fn read(html: &str) -> LandingPage {
    let mut end = html.len().min(MAX_HTML);
    while !html.is_char_boundary(end) {
        end -= 1;
    }
    let (mut reader, mut authors) = (Reader::default(), AuthorList::default());
    let (mut tags, mut in_head) = (0, true);
    for token in Html::new(&html[..end]).tokens() {
        match token {
            Token::StartTag(ref tag) if in_head && tag.name == b"meta" => {
                tags += 1;
                if tags > MAX_TAGS {
                    break;
                }
                reader.meta(tag);
            }
            // What a reader wrote into the page's body is not the journal's word.
            Token::EndTag(ref tag) if tag.name == b"head" && !reader.page.is_empty() => {
                in_head = false;
            }
            Token::EndTag(_) | Token::StartTag(_) | Token::String(_) if !in_head => {
                authors.token(&token);
                if authors.is_done {
                    break;
                }
            }
            _ => {}
        }
    }
    let mut page = reader.finish();
    page.add_orcids(authors.found);
    page
}

/// The list of authors in a page of OJS 3.4 and later, which alone shows ORCID iDs:
/// `<ul class="authors"><li><span class="name">…</span> … <span class="orcid"><a href="https://orcid.org/…">`.
#[derive(Default)]
struct AuthorList {
    /// True if the list is open.
    is_open: bool,
    is_done: bool,
    in_name: bool,
    name: String,
    /// Names with their ORCID iDs, in order.
    found: Vec<(String, Option<String>)>,
}

impl AuthorList {
    fn token(&mut self, token: &Token<()>) {
        match token {
            Token::StartTag(tag) => self.start(tag),
            Token::EndTag(tag) => match tag.name.as_slice() {
                b"span" | b"div" | b"h3" if self.in_name => {
                    self.in_name = false;
                    let name = self.name.split_whitespace().collect::<Vec<_>>().join(" ");
                    self.found.push((name, None));
                }
                b"ul" if self.is_open => (self.is_open, self.is_done) = (false, true),
                _ => {}
            },
            Token::String(text) if self.in_name && self.name.len() < 1000 => {
                self.name.push_str(&String::from_utf8_lossy(text));
            }
            _ => {}
        }
    }

    fn start(&mut self, tag: &StartTag<()>) {
        let attribute = |name: &str| {
            let value = tag.attributes.get(name.as_bytes());
            value.map(|value| String::from_utf8_lossy(&value.value).into_owned())
        };
        let has_class = |wanted: &str| {
            attribute("class")
                .is_some_and(|class| class.split_whitespace().any(|one| one == wanted))
        };
        match tag.name.as_slice() {
            b"ul" if has_class("authors") => self.is_open = true,
            b"span" | b"div" | b"h3" if self.is_open && has_class("name") => {
                self.in_name = true;
                self.name.clear();
            }
            b"a" if self.is_open => {
                let orcid = attribute("href").filter(|href| href.contains("://orcid.org/"));
                if let (Some((_, known @ None)), Some(orcid)) = (self.found.last_mut(), orcid) {
                    *known = Some(orcid);
                }
            }
            _ => {}
        }
    }
}

/// Collects values; those of a second choice apart.
#[derive(Default)]
struct Reader {
    page: LandingPage,
    dc: LandingPage,
}

impl Reader {
    fn meta(&mut self, tag: &StartTag<()>) {
        let attribute = |name: &str| {
            tag.attributes
                .get(name.as_bytes())
                .map(|value| String::from_utf8_lossy(&value.value).trim().to_owned())
        };
        let Some(name) = attribute("name").or_else(|| attribute("property")) else {
            return;
        };
        let Some(value) =
            attribute("content").filter(|value| !value.is_empty() && value.len() <= MAX_VALUE)
        else {
            return;
        };
        let lang = attribute("xml:lang")
            .or_else(|| attribute("lang"))
            .filter(|lang| !lang.is_empty());
        let name = name.to_ascii_lowercase();
        if let Some(name) = name.strip_prefix("citation_") {
            self.citation(name, value, lang);
        } else if let Some(name) = name
            .strip_prefix("dc.")
            .or_else(|| name.strip_prefix("dcterms."))
        {
            self.dublin_core(name, value, lang);
        } else if name == "generator" {
            once(&mut self.page.generator, value);
        }
    }

    fn citation(&mut self, name: &str, value: String, lang: Option<String>) {
        let page = &mut self.page;
        match name {
            "title" => {
                page.title.get_or_insert(Text { value, lang });
            }
            "author" => page.authors.push(Author {
                name: value,
                ..Author::default()
            }),
            // An older form: all in one.
            "authors" if page.authors.is_empty() => page.authors.extend(
                value
                    .split(';')
                    .map(str::trim)
                    .filter(|name| !name.is_empty())
                    .map(|name| Author {
                        name: name.to_owned(),
                        ..Author::default()
                    }),
            ),
            "author_institution" | "author_affiliation" => {
                if let Some(author) = page.authors.last_mut() {
                    each(&mut author.institutions, value);
                }
            }
            "author_orcid" => {
                if let Some(author) = page.authors.last_mut() {
                    once(&mut author.orcid, value);
                }
            }
            "journal_title" => once(&mut page.journal_title, value),
            "journal_abbrev" => once(&mut page.journal_abbrev, value),
            "issn" | "eissn" => each(&mut page.issns, value),
            "publisher" => once(&mut page.publisher, value),
            "date" | "publication_date" => once(&mut page.date, value),
            "online_date" | "cover_date" | "year" => once(&mut self.dc.date, value),
            "volume" => once(&mut page.volume, value),
            "issue" => once(&mut page.issue, value),
            "firstpage" => once(&mut page.first_page, value),
            "lastpage" => once(&mut page.last_page, value),
            "doi" => once(&mut page.doi, value),
            "language" => once(&mut page.language, value),
            "keywords" | "keyword" => each(&mut page.keywords, Text { value, lang }),
            "abstract" => each(&mut page.abstracts, Text { value, lang }),
            "reference" => page.references.push(value),
            "pdf_url" => each(&mut page.pdf_urls, value),
            "fulltext_html_url" => each(&mut page.html_urls, value),
            "abstract_html_url" => once(&mut self.dc.url, value),
            _ => {}
        }
    }

    fn dublin_core(&mut self, name: &str, value: String, lang: Option<String>) {
        let (page, dc) = (&mut self.page, &mut self.dc);
        match name {
            "title" => {
                dc.title.get_or_insert(Text { value, lang });
            }
            "title.alternative" | "alternative" => {
                each(&mut page.alternative_titles, Text { value, lang })
            }
            "creator" | "creator.personalname" => {
                let author = Author {
                    name: value,
                    ..Author::default()
                };
                each(&mut dc.authors, author);
            }
            "contributor.sponsor" => each(&mut page.sponsors, Text { value, lang }),
            "source" => once(&mut dc.journal_title, value),
            "source.uri" => once(&mut page.journal_url, value),
            "source.issn" => each(&mut dc.issns, value),
            "source.volume" => once(&mut dc.volume, value),
            "source.issue" => once(&mut dc.issue, value),
            "publisher" => once(&mut dc.publisher, value),
            "date.created" => once(&mut page.date_created, value),
            "date.datesubmitted" => once(&mut page.date_submitted, value),
            "date.issued" | "issued" => once(&mut page.date_issued, value),
            "date.modified" | "modified" => once(&mut page.date_modified, value),
            "date" => once(&mut dc.date, value),
            "identifier" => once(&mut page.identifier, value),
            "identifier.pagenumber" => once(&mut page.page_number, value),
            "identifier.doi" => once(&mut dc.doi, value),
            "identifier.uri" => once(&mut page.url, value),
            "language" => once(&mut dc.language, value),
            "subject" => each(&mut page.subjects, Text { value, lang }),
            "description" | "description.abstract" | "abstract" => {
                each(&mut dc.abstracts, Text { value, lang });
            }
            "type" => each(&mut page.types, value),
            "type.articletype" => once(&mut page.section, value),
            "format" => each(&mut page.formats, value),
            "coverage" | "coverage.spatial" | "coverage.temporal" | "temporal" => {
                each(&mut page.coverage, Text { value, lang });
            }
            "rights" | "rights.license" => each(&mut page.rights, value),
            _ => {}
        }
    }

    /// Fills the gaps of the first choice from the second.
    fn finish(self) -> LandingPage {
        let (mut page, dc) = (self.page, self.dc);
        page.title = page.title.or(dc.title);
        page.journal_title = page.journal_title.or(dc.journal_title);
        page.publisher = page.publisher.or(dc.publisher);
        page.date = page.date.or(dc.date);
        page.volume = page.volume.or(dc.volume);
        page.issue = page.issue.or(dc.issue);
        page.doi = page.doi.or(dc.doi);
        page.url = page.url.or(dc.url);
        page.language = page.language.or(dc.language);
        for issn in dc.issns {
            each(&mut page.issns, issn);
        }
        if page.authors.is_empty() {
            page.authors = dc.authors;
        }
        if page.abstracts.is_empty() {
            page.abstracts = dc.abstracts;
        }
        page
    }
}

fn once(field: &mut Option<String>, value: String) {
    field.get_or_insert(value);
}

fn each<T: PartialEq>(list: &mut Vec<T>, value: T) {
    if !list.contains(&value) {
        list.push(value);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn orcid_ids_stand_in_the_list_of_authors() {
        let page = read(
            r#"<html><head><meta name="citation_title" content="T"/><meta name="citation_author" content="Ann Roe"/><meta name="citation_author" content="Bob Doe"/></head>
            <body><a href="https://orcid.org/0000-0001-5109-3700">elsewhere</a><section class="item authors"><ul class="authors">
            <li><span class="name">
                Ann Roe </span><span class="affiliation">ETH <a href="https://ror.org/05a28rw58">ROR</a></span></li>
            <li><span class="name">Bob Doe</span><span class="orcid"><a href="https://orcid.org/0000-0002-1825-0097">https://orcid.org/0000-0002-1825-0097</a></span></li>
            </ul></section><ul><li><span class="name">Carl Poe</span><a href="https://orcid.org/0000-0001-5109-3700">x</a></li></ul></body></html>"#,
        );
        let orcids: Vec<_> = page
            .authors
            .iter()
            .map(|author| author.orcid.as_deref())
            .collect();
        assert_eq!(
            orcids,
            [None, Some("https://orcid.org/0000-0002-1825-0097")]
        );
    }

    #[test]
    fn orcid_ids_of_other_people_are_left_out() {
        let page = read(
            r#"<html><head><meta name="citation_author" content="Ann Roe"/></head><body><ul class="authors"><li><span class="name">Translator Poe</span>
            <span class="orcid"><a href="https://orcid.org/0000-0002-1825-0097">x</a></span></li></ul></body></html>"#,
        );
        assert_eq!(page.authors[0].orcid, None);
    }

    const OJS: &str = r#"<!DOCTYPE html><html lang="en"><head>
<meta charset="utf-8">
<script>var x = '<meta name="citation_title" content="not this">';</script>
<!-- <meta name="citation_title" content="nor this"> -->
<meta name="generator" content="Open Journal Systems 3.4.0.10" />
<meta name="citation_journal_title" content="Energy &amp; Water"/>
<meta name="citation_journal_abbrev" content="EW"/>
<meta name="citation_issn" content="2002-3839"/>
<meta name="citation_author" content="Ana P&eacute;rez"/>
<meta name="citation_author_institution" content="University of A"/>
<meta name="citation_author" content="Li Wei"/>
<meta name="citation_author" content="John Doe"/>
<meta name="citation_author_institution" content="Institute of B"/>
<meta name="citation_author_orcid" content="https://orcid.org/0000-0002-1825-0097"/>
<meta name="citation_title" content="A title: &quot;quoted&quot;"/>
<meta name="citation_language" content="en"/>
<meta name="citation_date" content="2004/12/31"/>
<meta name="citation_volume" content="5"/>
<meta name="citation_issue" content="6"/>
<meta name="citation_firstpage" content="103"/>
<meta name="citation_lastpage" content="110"/>
<meta name="citation_doi" content="10.1234/abc"/>
<meta name="citation_abstract_html_url" content="http://x.org/article/view/643"/>
<meta name="citation_abstract" xml:lang="en" content="One.&amp;nbsp;Two
lines"/>
<meta name="citation_keywords" xml:lang="en" content="energy"/>
<meta name="citation_keywords" xml:lang="ru" content="энергия"/>
<meta name="citation_pdf_url" content="http://x.org/article/download/643/426"/>
<meta name="citation_reference" content="Same."/>
<meta name="citation_reference" content="Same."/>
<meta name="DC.Creator.PersonalName" content="Ana Pérez"/>
<meta name="DC.Date.issued" scheme="ISO8601" content="2004-12-31"/>
<meta name="DC.Identifier" content="643"/>
<meta name="DC.Identifier.pageNumber" content="103-110"/>
<meta name="DC.Identifier.URI" content="http://x.org/article/view/643"/>
<meta name="DC.Rights" content="Copyright (c) 2004 Ana Pérez"/>
<meta name="DC.Rights" content="https://creativecommons.org/licenses/by/4.0"/>
<meta name="DC.Source" content="Energy &amp; Water"/>
<meta name="DC.Source.ISSN" content="2002-3839"/>
<meta name="DC.Source.URI" content="http://x.org"/>
<meta name="DC.Title.Alternative" xml:lang="ru" content="Заголовок"/>
<meta name="DC.Type" content="Text.Serial.Journal"/>
<meta name="DC.Type.articleType" content="ARTICLES"/>
</head><body><meta name="DC.Rights" content="a reader's comment"></body></html>"#;

    #[test]
    fn page_of_ojs() {
        let page = read(OJS);
        assert_eq!(
            page.generator.as_deref(),
            Some("Open Journal Systems 3.4.0.10")
        );
        assert_eq!(page.journal_title.as_deref(), Some("Energy & Water"));
        assert_eq!(
            page.title,
            Some(Text {
                value: "A title: \"quoted\"".into(),
                lang: None
            })
        );
        let authors: Vec<_> = page
            .authors
            .iter()
            .map(|author| (&*author.name, author.institutions.len()))
            .collect();
        assert_eq!(authors, [("Ana Pérez", 1), ("Li Wei", 0), ("John Doe", 1)]);
        assert_eq!(
            page.authors[2].orcid.as_deref(),
            Some("https://orcid.org/0000-0002-1825-0097")
        );
        assert_eq!(page.issns, ["2002-3839"]);
        assert_eq!(
            (page.volume.as_deref(), page.issue.as_deref()),
            (Some("5"), Some("6"))
        );
        assert_eq!(
            (page.first_page.as_deref(), page.last_page.as_deref()),
            (Some("103"), Some("110"))
        );
        assert_eq!(page.page_number.as_deref(), Some("103-110"));
        assert_eq!(
            page.abstracts,
            [Text {
                value: "One.&nbsp;Two\nlines".into(),
                lang: Some("en".into())
            }]
        );
        assert_eq!(
            page.keywords[1],
            Text {
                value: "энергия".into(),
                lang: Some("ru".into())
            }
        );
        assert_eq!(page.references, ["Same.", "Same."]);
        assert_eq!(
            page.rights,
            [
                "Copyright (c) 2004 Ana Pérez",
                "https://creativecommons.org/licenses/by/4.0"
            ]
        );
        assert_eq!(page.section.as_deref(), Some("ARTICLES"));
        assert_eq!(page.alternative_titles[0].lang.as_deref(), Some("ru"));
        assert_eq!(page.url.as_deref(), Some("http://x.org/article/view/643"));
        assert!(!page.is_empty());
    }

    #[test]
    fn page_of_other_software() {
        let page = read(
            "<head><META NAME='dc.title' CONTENT='A thesis' lang='en'><meta name=DC.creator content='Doe, Jane'>\
             <meta content='2011' name='citation_year'><meta name='DCTERMS.abstract' content='Text'>\
             <meta name='DCTERMS.issued' content='2011-05'><meta property='citation_pdf_url' content='http://x/1.pdf'>",
        );
        assert_eq!(
            page.title,
            Some(Text {
                value: "A thesis".into(),
                lang: Some("en".into())
            })
        );
        assert_eq!(page.authors[0].name, "Doe, Jane");
        assert_eq!(page.date.as_deref(), Some("2011"));
        assert_eq!(page.date_issued.as_deref(), Some("2011-05"));
        assert_eq!(page.abstracts[0].value, "Text");
        assert_eq!(page.pdf_urls, ["http://x/1.pdf"]);
    }

    #[test]
    fn page_without_an_article() {
        let wall = "<html><head><title>Just a moment...</title><meta name=\"robots\" content=\"noindex\"></head></html>";
        assert!(read(wall).is_empty());
        assert!(read("").is_empty());
    }

    proptest! {
        #[test]
        fn never_panics(html in "(\\PC{0,6}|<meta |name=\"?(DC\\.|citation_)(author|title|source)\"?|content='|'|\"|>|</head>|<script>|\\x00){0,30}") {
            read(&html);
        }
    }
}
