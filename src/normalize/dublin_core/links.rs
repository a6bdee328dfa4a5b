//! Identifiers, landing page, galleys, formats.
//!
//! In OJS the element tells whose DOI it is: `dc:identifier` the article's, `dc:source` the issue's,
//! `dc:relation` a galley's.

use url::Url;

use super::{Crosswalk, publisher_number};
use crate::article::{Code, Identifier, Link, LinkRel, Scheme};
use crate::normalize::identifier::{self, Classified, Issn, breaks_url};
use crate::normalize::text;
use crate::oai::JournalPath;
use crate::oai::ojs::is_locale;

impl Crosswalk<'_> {
    /// `dc:identifier`: the landing page, then the article's own identifiers.
    pub(super) fn identifiers(&mut self) {
        for element in self.elements("identifier", "identifiers") {
            let raw = element.value.trim();
            if text::is_placeholder(raw) {
                self.out.found(Code::Placeholder, "identifiers", raw);
                continue;
            }
            match identifier::classify(raw) {
                Classified::Doi(doi) => self.article_doi(doi),
                Classified::Url(_) => self.article_url(raw),
                Classified::Handle(handle) => {
                    self.identify(Scheme::Handle, handle);
                    // elsewhere than in OJS the handle's URL is the landing page
                    if is_url(raw) && !self.has_link(LinkRel::Landing) {
                        self.link(LinkRel::Landing, raw.to_owned(), None, "identifier");
                    }
                }
                Classified::Urn(urn) => self.identify(Scheme::Urn, urn),
                Classified::Isbn(isbn) => self.identify(Scheme::Isbn, isbn),
                Classified::Arxiv(id) => self.identify(Scheme::Arxiv, id),
                Classified::Pmid(id) => self.identify(Scheme::Pmid, id),
                Classified::Other(_) => self.other_identifier(raw),
            }
        }
        if self.dialect.is_ojs()
            && let Some(number) = publisher_number(self.identifier)
        {
            self.identify_first(Scheme::PublisherId, number.to_owned());
            self.out.came_from("identifiers", "header");
        }
    }

    fn other_identifier(&mut self, raw: &str) {
        let bare =
            raw.trim_start_matches(|c: char| c.is_alphabetic() || matches!(c, ':' | ' ' | '-'));
        if let Issn::Valid(issn) = identifier::issn(bare) {
            self.out.article.journal.issn_unknown.push(issn);
            self.out.came_from("journal.issn_unknown", "identifier");
        } else if raw.starts_with("10.") || raw.to_ascii_lowercase().starts_with("doi") {
            self.out.found(Code::InvalidDoi, "identifiers", raw);
            self.identify(Scheme::Other, raw.to_owned());
        } else if raw.starts_with("http://") || raw.starts_with("https://") {
            self.out.found(Code::InvalidLink, "links", raw);
            self.out.keep("dc:identifier", None, raw);
        } else if raw.contains(char::is_whitespace) {
            // EPrints and Invenio put the whole citation here
            self.out
                .keep("dc:identifier", None, &text::plain(raw).value);
        } else {
            self.identify(Scheme::Other, raw.to_owned());
        }
    }

    fn article_doi(&mut self, doi: String) {
        match &self.out.article.doi {
            None => {
                self.out.article.doi = Some(doi.clone());
                self.out.came_from("doi", "identifier");
                self.identify(Scheme::Doi, doi);
            }
            Some(first) if *first == doi => self.out.found(Code::DuplicateValue, "doi", &doi),
            Some(_) => {
                self.out.found(Code::Conflict, "doi", &doi);
                self.identify(Scheme::Other, doi);
            }
        }
    }

    fn article_url(&mut self, raw: &str) {
        let url = self.mended(raw);
        if self.dialect.is_ojs() {
            let id = identifier::ojs_article_number(&url).or_else(|| slug(&url));
            if let Some(id) = id
                && publisher_number(self.identifier).is_none_or(|number| number == id)
            {
                self.identify(Scheme::PublisherId, id);
            }
        }
        let rel = if is_file(&url) {
            LinkRel::Fulltext
        } else if self.has_link(LinkRel::Landing) {
            LinkRel::Related
        } else {
            LinkRel::Landing
        };
        self.sound_link(rel, url, None, "identifier");
    }

    /// `dc:relation` and `dc:format`: in OJS one relation per galley, and one format, in the same order.
    pub(super) fn relations(&mut self) {
        let formats = self.formats();
        // each with its file
        let mut galleys: Vec<(String, String)> = Vec::new();
        let mut related: Vec<String> = Vec::new();
        for element in self.elements("relation", "links") {
            let raw = element.value.trim();
            match identifier::classify(raw) {
                Classified::Doi(doi) if self.dialect.is_ojs() => {
                    self.identify(Scheme::GalleyDoi, doi);
                }
                Classified::Doi(doi) => related.push(format!("https://doi.org/{doi}")),
                Classified::Url(_) => {
                    let url = self.mended(raw);
                    let file =
                        identifier::ojs_galley_download(&url).filter(|_| self.dialect.is_ojs());
                    match file {
                        Some(file) => galleys.push((url, file)),
                        None => related.push(url),
                    }
                }
                _ if is_url(raw) => related.push(raw.to_owned()),
                _ => {
                    let Some(value) = self.cleaned("links", element, text::plain) else {
                        continue;
                    };
                    let lang = self.lang(element);
                    self.out.keep("dc:relation", lang.as_deref(), &value);
                }
            }
        }
        // OJS can leave a galley's format out, and the order says nothing then.
        let agree = galleys.len() == formats.len();
        if !agree && !galleys.is_empty() && !formats.is_empty() {
            self.out
                .found(Code::Conflict, "links.media_type", &formats.join(", "));
        }
        if !agree {
            for format in &formats {
                self.out.keep("dc:format", None, format);
            }
        }
        for (index, (url, file)) in galleys.into_iter().enumerate() {
            let media_type = if agree {
                formats.get(index).cloned()
            } else {
                None
            };
            self.sound_link(LinkRel::Galley, url, media_type.clone(), "relation");
            // of a sound URL's path one word is another
            self.sound_link(LinkRel::Fulltext, file, media_type, "relation");
        }
        for url in related {
            // EPrints: the files lie below the page
            let holds_file =
                |link: &Link| link.rel == LinkRel::Fulltext && link.url.starts_with(url.as_str());
            let rel = if self.dialect.is_ojs() {
                LinkRel::Related
            } else if is_file(&url) {
                LinkRel::Fulltext
            } else if url.ends_with('/')
                && !self.has_link(LinkRel::Landing)
                && self.out.article.links.iter().any(holds_file)
            {
                LinkRel::Landing
            } else {
                LinkRel::Related
            };
            self.link(rel, url, None, "relation");
        }
    }

    /// Media types of the galleys; what is none is kept apart.
    fn formats(&mut self) -> Vec<String> {
        let mut formats = Vec::new();
        for element in self.elements("format", "links") {
            let Some(value) = self.cleaned("links.media_type", element, text::plain) else {
                continue;
            };
            if is_media_type(&value) {
                formats.push(value.to_ascii_lowercase());
            } else {
                self.out.keep("dc:format", None, &value);
            }
        }
        formats
    }

    /// OJS 3.5 serves `/index/article/view/N` from a site-wide endpoint, which leads nowhere: the journal's
    /// path belongs where `index` stands. The base URL has it, else the setSpec.
    fn mended(&mut self, raw: &str) -> String {
        let Some(mended) = self.mend(raw) else {
            return raw.to_owned();
        };
        self.out.found(Code::InvalidLink, "links", raw);
        mended
    }

    fn mend(&self, raw: &str) -> Option<String> {
        // Hardly any URL has such a segment; one with line ends in it may have it without showing it.
        let may_hide = || raw.contains(['\\', '\t', '\n', '\r']);
        if !self.dialect.is_ojs() || !(raw.contains("index/") || may_hide()) {
            return None;
        }
        let mut url = Url::parse(raw).ok()?;
        let mut segments: Vec<String> = url.path_segments()?.map(str::to_owned).collect();
        let article = segments.iter().position(|segment| segment == "article")?;
        // the locale may stand between: /index/en/article/view/1
        let at = article
            .checked_sub(1)
            .filter(|&at| segments[at] == "index")
            .or_else(|| {
                article
                    .checked_sub(2)
                    .filter(|&at| segments[at] == "index" && is_locale(&segments[at + 1]))
            })?;
        let endpoint = Url::parse(&self.context.base_url).ok();
        let journal = endpoint
            .as_ref()
            .and_then(JournalPath::of)
            .or_else(|| self.sets.iter().find_map(|set| JournalPath::of_set(set)))?;
        segments[at] = journal.to_string();
        url.set_path(&segments.join("/"));
        Some(url.to_string())
    }

    pub(super) fn identify(&mut self, scheme: Scheme, value: String) {
        let identifier = Identifier { scheme, value };
        if !self.out.article.identifiers.contains(&identifier) {
            self.out.article.identifiers.push(identifier);
            self.out.came_from("identifiers", "identifier");
        }
    }

    fn identify_first(&mut self, scheme: Scheme, value: String) {
        let identifier = Identifier { scheme, value };
        if !self.out.article.identifiers.contains(&identifier) {
            self.out.article.identifiers.push(identifier);
        }
    }

    fn has_link(&self, rel: LinkRel) -> bool {
        self.out.article.links.iter().any(|link| link.rel == rel)
    }

    fn link(&mut self, rel: LinkRel, url: String, media_type: Option<String>, element: &str) {
        if !identifier::is_valid_url(&url) {
            self.out.found(Code::InvalidLink, "links", &url);
            self.out.keep(&format!("dc:{element}"), None, &url);
            return;
        }
        self.sound_link(rel, url, media_type, element);
    }

    /// A link whose URL was parsed already.
    fn sound_link(&mut self, rel: LinkRel, url: String, media_type: Option<String>, element: &str) {
        if self.out.article.links.iter().any(|link| link.url == url) {
            self.out.found(Code::DuplicateValue, "links", &url);
            return;
        }
        self.out.article.links.push(Link {
            rel,
            url,
            media_type,
        });
        self.out.came_from("links", element);
    }
}

fn is_url(value: &str) -> bool {
    ["http://", "https://", "ftp://"].iter().any(|scheme| {
        value
            .get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    }) && !value.contains(breaks_url)
}

/// The path segment behind `/article/view/`, which may be a slug.
fn slug(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("/article/view/")?;
    let slug = rest.split(['/', '?', '#']).next()?;
    (!slug.is_empty()).then(|| slug.to_owned())
}

fn is_file(url: &str) -> bool {
    let path = url
        .split(['?', '#'])
        .next()
        .unwrap_or(url)
        .to_ascii_lowercase();
    [".pdf", ".epub", ".docx", ".doc", ".ps"]
        .iter()
        .any(|extension| path.ends_with(extension))
        || ["/article/download/", "/article/viewfile/"]
            .iter()
            .any(|part| path.contains(part))
}

fn is_media_type(value: &str) -> bool {
    let Some((kind, subtype)) = value.split_once('/') else {
        return false;
    };
    let is_token = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    is_token(kind) && is_token(subtype.split(';').next().unwrap_or(subtype).trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types() {
        assert!(is_media_type("application/pdf"));
        assert!(is_media_type("text/html; charset=utf-8"));
        assert!(!is_media_type("galley-filetype"));
        assert!(!is_media_type("3 / 4 p."));
    }
}
