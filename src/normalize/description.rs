//! The description of an article by one record: the partial result of a crosswalk, before [merging](super::merge).

use super::identifier::{self, Classified};
use super::seen::Seen;
use super::text::{self, Cleaned, Inline};
use super::{language, pages, resource_type};
use crate::article::{
    Abstract, Article, Code, Finding, Funding, HistoryDate, Identifier, LangText, Link, LinkRel,
    Provenance, Relation, Scheme, Title, Unmapped,
};
use crate::metadata::Text;
use crate::values::{Doi, Issn};

/// Kinds of format, as far as merging tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The server's own fields, from which it derives its other formats: DIM, DataCite, arXiv, KCI.
    Native,
    DublinCore,
    Jats,
    Mods,
    Marc,
    /// A profile for an aggregator: DOAJ, RIOXX, ETD-MS.
    Profile,
    Rfc1807,
    LandingPage,
}

/// An article as far as one format describes it.
#[derive(Clone, Debug)]
pub(crate) struct Description {
    /// metadataPrefix of the format.
    pub(crate) format: String,
    /// The format of the record, whatever its prefix.
    pub(crate) kind: Kind,
    /// Fields as far as given. Its id is empty, and its provenance holds nothing but `fields`.
    pub(crate) article: Article,
    seen: SeenLists,
}

/// The values of the lists that the crosswalks fill, each of which stands once.
#[derive(Clone, Debug, Default)]
struct SeenLists {
    titles: Seen,
    abstracts: Seen,
    keywords: Seen,
    funding: Seen,
    history: Seen,
    issns: Seen,
    identifiers: Seen,
    links: Seen,
    relations: Seen,
    findings: Seen,
    unmapped: Seen,
}

impl Description {
    pub(crate) fn new(format: &str, kind: Kind) -> Self {
        Self {
            format: format.to_owned(),
            kind,
            article: Article::new(String::new(), Provenance::default()),
            seen: SeenLists::default(),
        }
    }

    /// Notes which element a field came from: `set_origin("volume", "source")` gives `oai_dc:source`. The
    /// first element that filled a field keeps it.
    pub(crate) fn set_origin(&mut self, field: &str, element: &str) {
        let format = &self.format;
        let origins = &mut self.article.provenance.fields;
        origins.add(field, || [format, ":", element].concat());
    }

    /// Notes a finding, once. Its field may be named after an element, which is the server's to name.
    pub(crate) fn add_finding(&mut self, code: Code, field: &str, raw: &str) {
        let finding = Finding::new(code, field, raw);
        self.seen.findings.push(&mut self.article.findings, finding);
    }

    /// Drops the findings that fail the test.
    pub(crate) fn retain_findings(&mut self, test: impl FnMut(&Finding) -> bool) {
        self.article.findings.retain(test);
        self.seen.findings = Seen::default();
    }

    /// Adds a relation, once. Returns whether it is new.
    pub(crate) fn add_relation(&mut self, relation: Relation) -> bool {
        let relations = &mut self.article.relations;
        self.seen.relations.push(relations, relation)
    }

    /// Keeps a value that no field takes.
    pub(crate) fn add_unmapped(&mut self, element: &str, lang: Option<&str>, value: &str) {
        let unmapped = Unmapped {
            element: element.to_owned(),
            value: value.trim().to_owned(),
            lang: lang.map(str::to_owned),
        };
        if !unmapped.value.is_empty() {
            self.seen
                .unmapped
                .push(&mut self.article.unmapped, unmapped);
        }
    }

    /// Keeps a value of an element of this format.
    pub(crate) fn add_unmapped_element(&mut self, element: &str, lang: Option<&str>, value: &str) {
        let Cleaned { value, .. } = text::plain(value);
        self.add_unmapped(&format!("{}:{element}", self.format), lang, &value);
    }

    /// Notes that the rest of the record could not be read.
    pub(crate) fn note_unread(&mut self, reason: Option<&String>) {
        if let Some(reason) = reason {
            let format = self.format.clone();
            self.add_finding(Code::UnreadableMetadata, &format, reason);
        }
    }

    /// The value, cleaned; `None` with a finding when nothing is left.
    pub(crate) fn cleaned(
        &mut self,
        field: &str,
        raw: &str,
        clean: fn(&str) -> Cleaned,
    ) -> Option<String> {
        if text::is_placeholder(raw) || is_nothing(field, raw) {
            self.add_finding(Code::Placeholder, field, raw);
            return None;
        }
        let Cleaned { value, codes } = clean(raw);
        for code in codes {
            self.add_finding(code, field, raw);
        }
        if text::is_placeholder(&value) {
            self.add_finding(Code::Placeholder, field, raw);
            return None;
        }
        (!value.is_empty()).then_some(value)
    }

    /// The value and its form with inline markup, where that says more.
    pub(crate) fn marked(
        &mut self,
        field: &str,
        raw: &str,
        clean: fn(&str) -> Cleaned,
    ) -> Option<(String, Option<String>)> {
        let has_paragraphs = field == "abstracts";
        let inline = if text::is_placeholder(raw) {
            None
        } else {
            text::inline(raw, clean, has_paragraphs)
        };
        let raw = text::without_mark(raw);
        let Some(Inline {
            value,
            markup,
            codes,
        }) = inline
        else {
            return self.cleaned(field, raw, clean).map(|value| (value, None));
        };
        for code in codes {
            self.add_finding(code, field, raw);
        }
        (!value.is_empty()).then_some((value, markup))
    }

    /// Drops the language of texts that cannot be in it: a constant `en` over Cyrillic letters. The language of the
    /// article goes with that of its first title.
    pub(crate) fn drop_wrong_tags(&mut self) {
        let article = &mut self.article;
        let mut wrong = None;
        for title in &mut article.titles {
            if title
                .lang
                .as_deref()
                .is_some_and(|lang| language::contradicts(lang, &title.value))
            {
                wrong = wrong.or(title.lang.take());
                title.lang = None;
            }
        }
        for text in &mut article.abstracts {
            if text
                .lang
                .as_deref()
                .is_some_and(|lang| language::contradicts(lang, &text.value))
            {
                text.lang = None;
            }
        }
        if article.language.is_some() && article.language == wrong {
            article.language = None;
            article.provenance.fields.remove("language");
        }
        if let Some(wrong) = wrong {
            self.add_finding(Code::Conflict, "titles.lang", &wrong);
        }
    }

    /// A field of one line, with its origin noted.
    pub(crate) fn line(
        &mut self,
        field: &str,
        element: &str,
        raw: Option<&String>,
    ) -> Option<String> {
        let value = self.cleaned(field, raw?, text::plain)?;
        self.set_origin(field, element);
        Some(value)
    }

    /// The BCP 47 tag of a language as received; a finding when there is none.
    pub(crate) fn lang(&mut self, field: &str, raw: Option<&String>) -> Option<String> {
        let raw = raw.map(|raw| raw.trim()).filter(|raw| !raw.is_empty())?;
        let tag = language::bcp47(raw);
        if tag.is_none() {
            self.add_finding(Code::UnknownLanguage, field, raw);
        }
        tag
    }

    /// The language of the article, from a statement of it.
    pub(crate) fn language(&mut self, element: &str, raw: &str) {
        let tag = self.lang("language", Some(&raw.to_owned()));
        if tag.is_some() && self.article.language.is_none() {
            self.article.language = tag;
            self.set_origin("language", element);
        }
    }

    /// Texts in their languages, each once.
    pub(crate) fn texts(
        &mut self,
        field: &str,
        element: &str,
        texts: &[Text],
        clean: fn(&str) -> Cleaned,
    ) -> Vec<LangText> {
        let (mut kept, mut seen) = (Vec::new(), Seen::default());
        for text in texts {
            let Some(value) = self.cleaned(field, &text.value, clean) else {
                continue;
            };
            let text = LangText {
                value,
                lang: self.lang(field, text.lang.as_ref()),
            };
            if seen.push(&mut kept, text) {
                self.set_origin(field, element);
            }
        }
        kept
    }

    /// Abstracts in their languages, each once.
    pub(crate) fn abstracts(&mut self, element: &str, texts: &[Text]) {
        for text in texts {
            let Some((value, markup)) = self.marked("abstracts", &text.value, text::paragraphs)
            else {
                continue;
            };
            let text = Abstract {
                markup,
                ..Abstract::plain(value, self.lang("abstracts", text.lang.as_ref()))
            };
            self.add_abstract(element, text);
        }
    }

    /// Adds an abstract, once.
    pub(crate) fn add_abstract(&mut self, element: &str, text: Abstract) {
        let abstracts = &mut self.article.abstracts;
        if self.seen.abstracts.push(abstracts, text) {
            self.set_origin("abstracts", element);
        }
    }

    /// Adds a keyword, once. Returns whether it is new.
    pub(crate) fn add_keyword(&mut self, element: &str, keyword: LangText) -> bool {
        let keywords = &mut self.article.keywords;
        let is_new = self.seen.keywords.push(keywords, keyword);
        if is_new {
            self.set_origin("keywords", element);
        }
        is_new
    }

    /// Adds a funder with its award, once. Returns whether it is new.
    pub(crate) fn add_funding(&mut self, element: &str, funding: Funding) -> bool {
        let is_new = self.seen.funding.push(&mut self.article.funding, funding);
        if is_new {
            self.set_origin("funding", element);
        }
        is_new
    }

    /// Adds a step of the history, once.
    pub(crate) fn add_history(&mut self, element: &str, step: HistoryDate) {
        if self.seen.history.push(&mut self.article.history, step) {
            self.set_origin("history", element);
        }
    }

    /// Adds an ISSN whose medium is not known, once.
    pub(crate) fn add_issn(&mut self, element: &str, issn: String) {
        let issns = &mut self.article.journal.issn_unknown;
        if self.seen.issns.push(issns, issn) {
            self.set_origin("journal.issn_unknown", element);
        }
    }

    /// Sets the kind of work from a word for it. Returns whether the word is one.
    pub(crate) fn kind(&mut self, element: &str, raw: &str) -> bool {
        let Some(kind) = resource_type::parse(raw) else {
            return false;
        };
        let known = self.article.resource_type.as_ref();
        if known.is_none_or(|known| resource_type::is_narrower(&kind, known)) {
            self.article.resource_type = Some(kind);
            self.set_origin("type", element);
        }
        true
    }

    /// A title, its subtitle joined to it as OJS joins them.
    pub(crate) fn title(
        &mut self,
        element: &str,
        value: &str,
        subtitle: Option<&String>,
        lang: Option<String>,
    ) {
        let Some((value, markup)) = self.marked("titles", value, text::plain) else {
            return;
        };
        let subtitle = subtitle.and_then(|raw| self.marked("titles.subtitle", raw, text::plain));
        let joiner = if value.ends_with([':', '?', '!', '.']) {
            " "
        } else {
            ": "
        };
        let mut title_markup = markup;
        if let Some((plain, markup)) = &subtitle
            && (title_markup.is_some() || markup.is_some())
        {
            let of = |marked: Option<&String>, plain: &str| {
                marked.cloned().unwrap_or_else(|| text::escaped(plain))
            };
            title_markup = Some(
                [
                    of(title_markup.as_ref(), &value),
                    joiner.to_owned(),
                    of(markup.as_ref(), plain),
                ]
                .concat(),
            );
        }
        let subtitle = subtitle.map(|(plain, _)| plain);
        let value = match &subtitle {
            Some(subtitle) => [value.as_str(), joiner, subtitle.as_str()].concat(),
            None => value,
        };
        let title = Title {
            value,
            markup: title_markup,
            lang,
            subtitle,
        };
        if self.seen.titles.push(&mut self.article.titles, title) {
            self.set_origin("titles", element);
        }
    }

    pub(crate) fn identify(&mut self, element: &str, scheme: Scheme, value: impl Into<String>) {
        let value = value.into();
        let identifier = Identifier { scheme, value };
        let identifiers = &mut self.article.identifiers;
        if self.seen.identifiers.push(identifiers, identifier) {
            self.set_origin("identifiers", element);
        }
    }

    /// The article's DOI.
    pub(crate) fn doi(&mut self, element: &str, raw: &str) {
        match Doi::parse(raw) {
            None if is_nothing("doi", raw) => self.add_finding(Code::Placeholder, "doi", raw),
            None => self.add_finding(Code::InvalidDoi, "doi", raw),
            Some(doi) => match &self.article.doi {
                None => {
                    self.article.doi = Some(doi.to_string());
                    self.set_origin("doi", element);
                    self.identify(element, Scheme::Doi, doi);
                }
                Some(known) if doi == *known => {}
                Some(_) => {
                    self.add_finding(Code::Conflict, "doi", &doi);
                    self.identify(element, Scheme::Other, doi);
                }
            },
        }
    }

    /// An identifier of the article whose kind only its value tells.
    pub(crate) fn identifier(&mut self, element: &str, raw: &str) {
        match identifier::classify(raw) {
            Classified::Doi(_) => self.doi(element, raw),
            Classified::Isbn(value) => self.identify(element, Scheme::Isbn, value),
            Classified::Urn(value) => self.identify(element, Scheme::Urn, value),
            Classified::Handle(value) => self.identify(element, Scheme::Handle, value),
            Classified::Arxiv(value) => self.identify(element, Scheme::Arxiv, value),
            Classified::Pmid(value) => self.identify(element, Scheme::Pmid, value),
            Classified::Url(url) => self.url(element, &url, None),
            Classified::Other(value) => self.identify(element, Scheme::Other, value),
        }
    }

    pub(crate) fn link(
        &mut self,
        element: &str,
        rel: LinkRel,
        url: &str,
        media_type: Option<&str>,
    ) {
        let url = url.trim();
        if !identifier::is_valid_url(url) {
            self.add_finding(Code::InvalidLink, "links", url);
            self.add_unmapped_element(element, None, url);
            return;
        }
        let media_type = media_type
            .map(str::to_ascii_lowercase)
            .filter(|kind| kind.contains('/'));
        let links = &mut self.article.links;
        let place = self.seen.links.find(links, &url, |link| link.url.as_str());
        if let Some(known) = place.and_then(|at| links.get_mut(at)) {
            known.media_type = known.media_type.take().or(media_type);
            return;
        }
        self.article.links.push(Link {
            rel,
            url: url.to_owned(),
            media_type,
        });
        self.set_origin("links", element);
    }

    /// A URL of the article: a galley of OJS with its file, a file by its media type or extension, else the page.
    pub(crate) fn url(&mut self, element: &str, url: &str, media_type: Option<&str>) {
        let url = url.trim();
        if let Some(doi) = Doi::parse(url).filter(|_| url.starts_with("http")) {
            if self.article.doi.is_none() {
                self.doi(element, &doi);
            }
            return;
        }
        if let Some(file) = identifier::ojs_galley_download(url) {
            // JATS of OJS names the file itself
            if file != url {
                self.link(element, LinkRel::Galley, url, media_type);
            }
            self.link(element, LinkRel::Fulltext, &file, media_type);
            return;
        }
        let path = url
            .split(['?', '#'])
            .next()
            .unwrap_or(url)
            .to_ascii_lowercase();
        let is_file = media_type.is_some_and(|kind| !kind.contains("html"))
            || path.contains("/article/download/")
            || [".pdf", ".epub", ".docx", ".doc", ".ps", ".xml"]
                .iter()
                .any(|end| path.ends_with(end));
        let has_landing = self
            .article
            .links
            .iter()
            .any(|link| link.rel == LinkRel::Landing);
        let rel = if is_file || (has_landing && media_type.is_some()) {
            LinkRel::Fulltext
        } else if has_landing {
            LinkRel::Related
        } else {
            LinkRel::Landing
        };
        self.link(
            element,
            rel,
            url,
            if rel == LinkRel::Landing {
                None
            } else {
                media_type
            },
        );
    }

    /// An ISSN of the journal, of a medium or none.
    pub(crate) fn issn(&mut self, element: &str, raw: &str, medium: Medium) {
        let Some(issn) = Issn::parse(raw).map(String::from) else {
            self.add_finding(Code::InvalidIssn, "journal.issn", raw);
            self.add_unmapped_element(element, None, raw);
            return;
        };
        let journal = &mut self.article.journal;
        let (place, field) = match medium {
            Medium::Electronic => (&mut journal.issn_electronic, "journal.issn_electronic"),
            Medium::Print => (&mut journal.issn_print, "journal.issn_print"),
            Medium::Unknown => {
                self.add_issn(element, issn);
                return;
            }
        };
        if place.is_none() {
            *place = Some(issn);
            self.set_origin(field, element);
        } else if *place != Some(issn) {
            self.add_unmapped_element(element, None, raw);
        }
    }

    /// Pages from their raw form.
    pub(crate) fn pages(&mut self, element: &str, raw: &str) {
        let Some(raw) = self.cleaned("pages", raw, text::plain) else {
            return;
        };
        let pages = pages::parse(&raw);
        if pages.first.is_none() && pages.elocation_id.is_none() {
            self.add_finding(Code::UnparsedPages, "pages", &raw);
        }
        // the last pages stand; those before them are kept
        if let Some(before) = self.article.pages.take()
            && before.raw != pages.raw
        {
            let origin = self.article.provenance.fields.remove("pages");
            self.add_unmapped(&origin.unwrap_or_default(), None, &before.raw);
        }
        self.article.pages = Some(pages);
        self.set_origin("pages", element);
    }
}

/// Python's word for no value, which templates of Janeway print. A title may be called so.
fn is_nothing(field: &str, raw: &str) -> bool {
    raw.trim() == "None" && field != "titles"
}

/// The medium an ISSN is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Medium {
    Electronic,
    Print,
    Unknown,
}
