//! Identifiers, landing page, galleys, formats.
//!
//! Elsewhere than in OJS the landing page is the first address that is not a file, the page whose last segment is the
//! number of the OAI identifier, or at last the page at arXiv or PubMed. An address of the machine itself and the
//! handle prefix that DSpace comes with (`123456789`) lead nowhere and are left out.
//!
//! In OJS the element tells whose DOI it is: `dc:identifier` the article's, `dc:source` the issue's,
//! `dc:relation` a galley's.

use std::borrow::Cow;

use url::Url;

use super::labelled_issn::{labelled_issn, labelled_issns};
use super::{Crosswalk, publisher_number, qualified};
use crate::article::{Code, Link, LinkRel, Relation, RelationType, Scheme};
use crate::metadata::oai_dc::Element;
use crate::normalize::identifier::{self, Classified, breaks_url};
use crate::normalize::{funder, reference, text};
use crate::oai::JournalPath;
use crate::oai::ojs::is_locale;
use crate::values::{Doi, Issn};

/// The addresses that relations name.
#[derive(Default)]
struct Addresses {
    /// Viewer pages of galleys, each with its file.
    galleys: Vec<(String, String)>,
    related: Vec<String>,
}

impl Crosswalk<'_> {
    /// `dc:identifier`: the landing page, then the article's own identifiers.
    pub(super) fn identifiers(&mut self) {
        for element in self.elements("identifier", "identifiers") {
            let raw = element.value.trim();
            if text::is_placeholder(raw) {
                self.out.add_finding(Code::Placeholder, "identifiers", raw);
                continue;
            }
            self.attributes(element);
            let raw = identifier::undoubled(raw);
            if self.openaire_term(raw, "identifier") {
                continue;
            }
            match identifier::classify(raw) {
                Classified::Doi(doi) => self.article_doi(doi),
                Classified::Url(_) => self.article_url(raw),
                Classified::Handle(handle) => self.handle(raw, handle),
                Classified::Urn(urn) => match labelled_issn(raw) {
                    Some(found) => self.labelled(found, raw, "identifier"),
                    None => self.identify(Scheme::Urn, urn),
                },
                Classified::Isbn(isbn) => self.identify(Scheme::Isbn, isbn),
                Classified::Arxiv(id) => {
                    self.identify(Scheme::Arxiv, id);
                    self.last_resort(raw);
                }
                Classified::Pmid(id) => {
                    self.identify(Scheme::Pmid, id);
                    self.last_resort(raw);
                }
                Classified::Other(_) => self.other_identifier(raw, element),
            }
        }
        if self.dialect.is_ojs()
            && let Some(number) = publisher_number(self.identifier)
        {
            let number = number.to_owned();
            self.out.identify("header", Scheme::PublisherId, number);
        }
    }

    /// A handle; elsewhere than in OJS its URL is the landing page.
    fn handle(&mut self, raw: &str, handle: String) {
        // the prefix that DSpace comes with, which no resolver knows
        if handle.starts_with("123456789/") {
            self.out.add_finding(Code::InvalidLink, "links", raw);
            self.identify(Scheme::Other, handle);
            return;
        }
        self.identify(Scheme::Handle, handle);
        if is_url(raw) && !self.known.has_landing {
            self.link(LinkRel::Landing, raw.to_owned(), None, "identifier");
        }
    }

    /// A page about the article elsewhere: its landing page where nothing better is named.
    fn last_resort(&mut self, raw: &str) {
        if is_url(raw) && self.undecided.fallback.is_none() {
            self.undecided.fallback = Some(raw.to_owned());
        }
    }

    /// Values that attributes carry: KCI's `issn` and `eissn`.
    fn attributes(&mut self, element: &Element<'_>) {
        for (name, value) in &element.attributes {
            let label = match name.as_str() {
                "issn" | "pissn" => "pISSN",
                "eissn" => "eISSN",
                _ => continue,
            };
            let labelled = format!("{label} {value}");
            if let Some(found) = labelled_issn(&labelled) {
                self.labelled(found, &labelled, "identifier");
            }
        }
    }

    /// A term of OpenAIRE's guidelines: another identifier of the work, a grant, an embargo. Returns whether it is one.
    pub(super) fn openaire_term(&mut self, raw: &str, element: &str) -> bool {
        const VOCABULARY: &str = "info:eu-repo/";
        let Some(at) = text::find(raw, VOCABULARY) else {
            return false;
        };
        let term = &raw[at + VOCABULARY.len()..];
        if let Some(grant) = term.strip_prefix("grantAgreement/") {
            match funder::of_grant(grant) {
                Some(funding) => {
                    self.out.add_funding(element, funding);
                }
                None => self.out.add_unmapped(&format!("dc:{element}"), None, raw),
            }
            return true;
        }
        let Some(term) = term.strip_prefix("semantics/") else {
            self.out.add_unmapped(&format!("dc:{element}"), None, raw);
            return true;
        };
        let mut parts = term.splitn(3, '/');
        let (Some(kind), Some(scheme), Some(value)) = (parts.next(), parts.next(), parts.next())
        else {
            return false;
        };
        let value = value.trim();
        match (kind, scheme.to_ascii_lowercase().as_str()) {
            ("altIdentifier", "doi") => match Doi::parse(value) {
                Some(doi) => self.article_doi(doi),
                None => self.out.add_finding(Code::InvalidDoi, "identifiers", raw),
            },
            ("altIdentifier" | "reference", label @ ("issn" | "eissn" | "pissn")) => {
                let labelled = format!("{label} {value}");
                match labelled_issn(&labelled) {
                    Some(found) => self.labelled(found, raw, element),
                    None => self.out.add_unmapped(&format!("dc:{element}"), None, raw),
                }
            }
            ("altIdentifier", "pmid") => self.identify(Scheme::Pmid, value.to_owned()),
            ("altIdentifier", "arxiv") => self.identify(Scheme::Arxiv, value.to_owned()),
            ("altIdentifier", "hdl" | "handle") => self.identify(Scheme::Handle, value.to_owned()),
            ("altIdentifier", "isbn") => match identifier::classify(&format!("ISBN {value}")) {
                Classified::Isbn(isbn) => self.identify(Scheme::Isbn, isbn),
                _ => self.out.add_unmapped(&format!("dc:{element}"), None, raw),
            },
            ("altIdentifier", "urn") => self.identify(Scheme::Urn, value.to_owned()),
            ("altIdentifier", "url" | "purl") if is_url(value) => {
                self.link(LinkRel::Related, value.to_owned(), None, element);
            }
            ("altIdentifier", "ark") => self.identify(Scheme::Other, format!("ark:/{value}")),
            ("dataset", "doi") => self.relate(RelationType::SupplementedBy, value),
            ("reference", "doi") => self.relate(RelationType::Related, value),
            _ => self.out.add_unmapped(&format!("dc:{element}"), None, raw),
        }
        true
    }

    fn relate(&mut self, kind: RelationType, raw: &str) {
        let Some(doi) = Doi::parse(raw) else {
            self.out.add_unmapped("dc:relation", None, raw);
            return;
        };
        let relation = Relation {
            kind,
            doi: Some(doi.into()),
            url: None,
        };
        if self.out.add_relation(relation) {
            self.out.set_origin("relations", "relation");
        }
    }

    fn other_identifier(&mut self, raw: &str, element: &Element<'_>) {
        let issns = labelled_issns(raw);
        if !issns.is_empty() {
            self.labelled_all(issns, raw, "identifier");
        } else if let Some(issn) = Issn::parse(raw) {
            self.out.add_issn("identifier", issn.into());
        } else if raw.starts_with("10.") || raw.to_ascii_lowercase().starts_with("doi") {
            self.out.add_finding(Code::InvalidDoi, "identifiers", raw);
            self.identify(Scheme::Other, raw.to_owned());
        } else if raw.starts_with("http://") || raw.starts_with("https://") {
            self.out.add_finding(Code::InvalidLink, "links", raw);
            self.out.add_unmapped("dc:identifier", None, raw);
        } else if raw.contains(char::is_whitespace)
            || is_citation_attribute(element)
            || reference::run_together(raw).is_some()
        {
            // EPrints and DSpace put the whole citation here
            let value = text::plain(raw).value;
            if self.dialect.is_ojs() {
                self.out.add_unmapped("dc:identifier", None, &value);
            } else {
                let lang = self.lang(element);
                self.undecided.identifier_texts.push((value, lang));
            }
        } else if element
            .attributes
            .iter()
            .any(|(name, value)| name == "type" && value != "journalInfo")
        {
            // a figure of the server's own: `citedCnt` 0
            self.out.add_unmapped("dc:identifier", None, raw);
        } else {
            self.identify(Scheme::Other, raw.to_owned());
        }
    }

    fn article_doi(&mut self, doi: Doi) {
        match &self.out.article.doi {
            None => {
                self.out.article.doi = Some(doi.to_string());
                self.out.set_origin("doi", "identifier");
                self.identify(Scheme::Doi, doi);
            }
            Some(first) if doi == *first => self.out.add_finding(Code::DuplicateValue, "doi", &doi),
            Some(_) => {
                self.out.add_finding(Code::Conflict, "doi", &doi);
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
        if self.leads_nowhere(&url) {
            // one finding for the addresses of one item
            let tail = url.rsplit('/').next().unwrap_or_default().to_owned();
            let findings = &self.out.article.findings;
            if !self.known.invalid_links.has_segment(findings, &tail) {
                self.out.add_finding(Code::InvalidLink, "links", raw);
            }
            self.out.add_unmapped("dc:identifier", None, raw);
            return;
        }
        let rel = if is_file(&url) || self.is_below_numbered_page(&url) {
            LinkRel::Fulltext
        } else if self.known.has_landing
            || is_image(&url)
            || (!self.dialect.is_ojs() && is_front_page(&url))
        {
            LinkRel::Related
        } else {
            LinkRel::Landing
        };
        self.sound_link(rel, url, None, "identifier");
    }

    /// Returns whether a URL is of the machine that it was written on: `http://localhost:8080/…`.
    fn leads_nowhere(&self, url: &str) -> bool {
        let host = |url: &str| {
            Url::parse(url)
                .ok()
                .and_then(|url| url.host_str().map(str::to_owned))
        };
        let is_own =
            |host: &str| host == "localhost" || host.starts_with("127.") || host == "[::1]";
        if !(url.contains("//localhost") || url.contains("//127.") || url.contains("//[::1]")) {
            return false;
        }
        let base = host(&self.context.base_url);
        host(url).is_some_and(|host| is_own(&host) && base.is_some_and(|base| base != host))
    }

    /// EPrints, figshare: the page's last segment is the number of the OAI identifier, on the same host.
    fn is_numbered_page(&self, url: &str) -> bool {
        let Some((rest, number)) = self.identifier.rsplit_once(':') else {
            return false;
        };
        let domain = rest.rsplit_once(':').map_or(rest, |(_, domain)| domain);
        // `article/1234567`
        let number = match number.rsplit_once('/') {
            Some((kind, number)) if kind.chars().all(char::is_alphabetic) => number,
            _ => number,
        };
        let Some((_, path)) = url.split_once("://") else {
            return false;
        };
        let host = path.split(['/', ':']).next().unwrap_or_default();
        let last = path
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or_default();
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        digits(number)
            && last == number
            && (host == domain || host.ends_with(domain) || domain.ends_with(host))
    }

    /// EPrints: `http://eprints.example.org/1179/1/essay.htm`, a file of the page `/1179/`.
    fn is_below_numbered_page(&self, url: &str) -> bool {
        let mut parts = url.rsplitn(3, '/');
        let (Some(file), Some(number), Some(page)) = (parts.next(), parts.next(), parts.next())
        else {
            return false;
        };
        let is_number =
            (1..=2).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
        is_number && file.contains('.') && self.is_numbered_page(page)
    }

    /// `dc:relation` and `dc:format`: in OJS one relation per galley, and one format, in the same order.
    pub(super) fn relations(&mut self) {
        let formats = self.formats();
        let mut addresses = Addresses::default();
        for element in self.elements("relation", "links") {
            self.relation_of(element, &mut addresses);
        }
        self.galleys(addresses.galleys, &formats);
        for url in addresses.related {
            self.related(url);
        }
    }

    /// One relation: the DOI of a galley, an address, or a text.
    fn relation_of(&mut self, element: &Element<'_>, addresses: &mut Addresses) {
        let raw = identifier::undoubled(element.value.trim());
        if self.openaire_term(raw, "relation") {
            return;
        }
        match identifier::classify(raw) {
            Classified::Doi(doi) if self.dialect.is_ojs() => {
                self.identify(Scheme::GalleyDoi, doi);
            }
            Classified::Doi(doi) => {
                addresses.related.push(doi.url());
                // a qualified relation names another work
                let mut names = element.attributes.iter().map(|(name, _)| name);
                let is_qualified = names.any(|name| name == qualified::QUALIFIER);
                if !is_qualified {
                    let dois = &mut self.undecided.related_dois;
                    self.known.related_dois.push(dois, doi);
                }
            }
            Classified::Urn(_) if !self.dialect.is_ojs() && self.is_article() => {
                match labelled_issn(raw) {
                    Some(found) => self.labelled(found, raw, "relation"),
                    None => self.relation_text(element),
                }
            }
            Classified::Url(_) => {
                let url = self.mended(raw);
                match identifier::ojs_galley_download(&url) {
                    Some(file) => addresses.galleys.push((url, file)),
                    None => addresses.related.push(url),
                }
            }
            _ if is_url(raw) => addresses.related.push(raw.to_owned()),
            _ => self.relation_text(element),
        }
    }

    fn relation_text(&mut self, element: &Element<'_>) {
        let Some(value) = self.cleaned("links", element, text::plain) else {
            return;
        };
        let lang = self.lang(element);
        if self.dialect.is_ojs() {
            self.out
                .add_unmapped("dc:relation", lang.as_deref(), &value);
        } else {
            self.undecided.relation_texts.push((value, lang));
        }
    }

    /// Galleys with their files and media types. OJS can leave a galley's format out, and the order says nothing then.
    fn galleys(&mut self, galleys: Vec<(String, String)>, formats: &[String]) {
        let agree = galleys.len() == formats.len();
        if !agree && !galleys.is_empty() && !formats.is_empty() {
            self.out
                .add_finding(Code::Conflict, "links.media_type", &formats.join(", "));
        }
        if !agree {
            for format in formats {
                self.out.add_unmapped("dc:format", None, format);
            }
        }
        for (index, (url, file)) in galleys.into_iter().enumerate() {
            let media_type = formats.get(index).filter(|_| agree).cloned();
            self.sound_link(LinkRel::Galley, url, media_type.clone(), "relation");
            // of a sound URL's path one word is another
            self.sound_link(LinkRel::Fulltext, file, media_type, "relation");
        }
    }

    /// An address that is no galley's.
    fn related(&mut self, url: String) {
        if self.leads_nowhere(&url) {
            self.out.add_finding(Code::InvalidLink, "links", &url);
            self.out.add_unmapped("dc:relation", None, &url);
            return;
        }
        // EPrints: the files lie below the page
        let rel = if self.dialect.is_ojs() {
            LinkRel::Related
        } else if is_file(&url) {
            LinkRel::Fulltext
        } else if !self.known.has_landing
            && (self.is_numbered_page(&url)
                || (url.ends_with('/')
                    && self.known.files.are_below(&self.out.article.links, &url)))
        {
            LinkRel::Landing
        } else {
            LinkRel::Related
        };
        self.link(rel, url, None, "relation");
    }

    /// Decides links from the record as a whole: the DOI that only a relation or a citation names, and the page where
    /// none was named.
    pub(super) fn undecided_links(&mut self) {
        let dois = std::mem::take(&mut self.undecided.related_dois);
        if self.out.article.doi.is_none() {
            // named by the citation, or the only one that the record has
            let cited = self.undecided.cited_doi.take();
            let chosen = match (&cited, dois.as_slice()) {
                (Some(doi), _) => Some((doi.clone(), "identifier")),
                (None, [only]) if self.may_be_in_journal() => Some((only.clone(), "relation")),
                _ => None,
            };
            if let Some((doi, element)) = chosen {
                self.out.article.doi = Some(doi.to_string());
                self.out.set_origin("doi", element);
                self.identify(Scheme::Doi, doi);
            }
        }
        if let Some(url) = self.undecided.fallback.take()
            && !self.known.has_landing
        {
            self.link(LinkRel::Landing, url, None, "identifier");
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
            } else if let Some((kind, url)) = value
                .rsplit_once(char::is_whitespace)
                .filter(|(_, url)| is_url(url) && !self.dialect.is_ojs())
            {
                // `pdf http://…/a.pdf`, as EPrints 2 writes its files
                let media_type = match kind.trim().to_ascii_lowercase().as_str() {
                    "pdf" => Some("application/pdf".to_owned()),
                    "html" => Some("text/html".to_owned()),
                    kind if is_media_type(kind) => Some(kind.to_owned()),
                    _ => None,
                };
                self.link(LinkRel::Fulltext, url.to_owned(), media_type, "format");
            } else if !self.keep_range(&value, "format") {
                self.out.add_unmapped("dc:format", None, &value);
            }
        }
        formats
    }

    /// OJS 3.5 serves `/index/article/view/N` from a site-wide endpoint, which leads nowhere: the journal's
    /// path belongs where `index` stands. The base URL has it, else the setSpec.
    fn mended(&mut self, raw: &str) -> String {
        let raw = &*without_escapes(raw);
        let Some(mended) = self.repair_url(raw) else {
            return raw.to_owned();
        };
        self.out.add_finding(Code::InvalidLink, "links", raw);
        mended
    }

    fn repair_url(&self, raw: &str) -> Option<String> {
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

    pub(super) fn identify(&mut self, scheme: Scheme, value: impl Into<String>) {
        self.out.identify("identifier", scheme, value);
    }

    /// A link as received, its escapes undone.
    pub(super) fn link_of(&mut self, rel: LinkRel, raw: &str, element: &str) {
        let url = without_escapes(raw).into_owned();
        self.link(rel, url, None, element);
    }

    fn link(&mut self, rel: LinkRel, url: String, media_type: Option<String>, element: &str) {
        if !identifier::is_valid_url(&url) {
            self.out.add_finding(Code::InvalidLink, "links", &url);
            self.out.add_unmapped(&format!("dc:{element}"), None, &url);
            return;
        }
        self.sound_link(rel, url, media_type, element);
    }

    /// A link whose URL was parsed already.
    fn sound_link(&mut self, rel: LinkRel, url: String, media_type: Option<String>, element: &str) {
        let known = &self.out.article.links;
        let place = self
            .known
            .urls
            .find(known, &url.as_str(), |link| link.url.as_str());
        if place.is_some() {
            self.out.add_finding(Code::DuplicateValue, "links", &url);
            return;
        }
        self.known.has_landing |= rel == LinkRel::Landing;
        self.out.article.links.push(Link {
            rel,
            url,
            media_type,
        });
        self.out.set_origin("links", element);
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

/// Undoes `&amp;`, however often it was escaped: in a URL it means nothing but `&`.
fn without_escapes(raw: &str) -> Cow<'_, str> {
    if !raw.contains("&amp;") && !raw.contains("&#38;") {
        return Cow::Borrowed(raw);
    }
    let mut url = raw.replace("&#38;", "&");
    // each turn undoes one layer
    for _ in 0..4 {
        if !url.contains("&amp;") {
            break;
        }
        url = url.replace("&amp;", "&");
    }
    Cow::Owned(url)
}

/// Returns whether a URL is of a file with the text, by its ending or by the paths of OJS, DSpace, Digital Commons and
/// HAL.
pub(super) fn is_file(url: &str) -> bool {
    let path = url
        .split(['?', '#'])
        .next()
        .unwrap_or(url)
        .to_ascii_lowercase();
    let mut segments = path.rsplit('/');
    let (last, before) = (
        segments.next().unwrap_or_default(),
        segments.next().unwrap_or_default(),
    );
    [
        ".pdf", ".epub", ".docx", ".doc", ".ps", ".ps.gz", ".djvu", ".odt", ".rtf",
    ]
    .iter()
    .any(|extension| path.ends_with(extension))
        || ["/article/download/", "/article/viewfile/", "/bitstream/"]
            .iter()
            .any(|part| path.contains(part))
        || (path.contains("/bitstreams/") && matches!(last, "download" | "content"))
        || last == "viewcontent.cgi"
        || path.contains("arxiv.org/pdf/")
        // LibreCat: `/publication/7/file/8`
        || (before == "file" && !last.is_empty() && last.bytes().all(|b| b.is_ascii_digit()))
        || (last == "document" && is_deposit(before))
}

/// `hal-01234567`, `tel-01234567v2`
fn is_deposit(segment: &str) -> bool {
    segment.split_once('-').is_some_and(|(archive, number)| {
        let number = number.split('v').next().unwrap_or_default();
        !archive.is_empty()
            && archive.bytes().all(|b| b.is_ascii_lowercase())
            && number.len() >= 6
            && number.bytes().all(|b| b.is_ascii_digit())
    })
}

/// A picture, such as a cover or a thumbnail.
fn is_image(url: &str) -> bool {
    let path = url
        .split(['?', '#'])
        .next()
        .unwrap_or(url)
        .to_ascii_lowercase();
    [
        ".png", ".jpg", ".jpeg", ".gif", ".svg", ".tif", ".tiff", ".webp",
    ]
    .iter()
    .any(|extension| path.ends_with(extension))
}

/// A site's front page, which no article has for its own.
fn is_front_page(url: &str) -> bool {
    url.split_once("://")
        .is_some_and(|(_, rest)| !rest.trim_end_matches('/').contains(['/', '?', '#']))
}

/// KCI marks a citation as such: `type="journalInfo"`.
fn is_citation_attribute(element: &Element<'_>) -> bool {
    element
        .attributes
        .iter()
        .any(|(name, value)| name == "type" && value == "journalInfo")
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
    fn escapes_in_urls() {
        assert_eq!(
            without_escapes("http://x.org/a?b=1&amp;amp;c=2"),
            "http://x.org/a?b=1&c=2"
        );
        assert_eq!(
            without_escapes("http://x.org/a?b=1&copy=2"),
            "http://x.org/a?b=1&copy=2"
        );
        assert_eq!(
            without_escapes("http://x.org/a?q=%26amp%3B"),
            "http://x.org/a?q=%26amp%3B"
        );
    }

    #[test]
    fn files_by_their_paths() {
        for file in [
            "https://x.org/cgi/viewcontent.cgi?article=1&context=a",
            "https://x.org/bitstreams/0f6b/download",
            "https://x.org/bitstream/handle/1/2/a.pdf?sequence=1",
            "https://hal.example.org/hal-01234567v1/document",
        ] {
            assert!(is_file(file), "{file}");
        }
        for page in [
            "https://x.org/bitstreams/about",
            "https://x.org/document",
            "https://x.org/reports/document",
            "https://x.org/viewcontent/7",
        ] {
            assert!(!is_file(page), "{page}");
        }
    }

    #[test]
    fn media_types() {
        assert!(is_media_type("application/pdf"));
        assert!(is_media_type("text/html; charset=utf-8"));
        assert!(!is_media_type("galley-filetype"));
        assert!(!is_media_type("3 / 4 p."));
    }
}
