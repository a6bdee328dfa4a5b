//! From the values of structured formats to fields: people, funders, related works, rights and dates.
//!
//! A value that a field does not take is kept among the unmapped ones, under the name of its element.

use super::context::SourceContext;
use super::description::{Description, Medium};
use super::dialect::NameStyle;
use super::identifier::{self, Classified};
use super::seen::Seen;
use super::{citation, creator, date, resource_type, rights, text};
use crate::article::{
    Affiliation, Code, Contributor, ContributorKind, Funding, HistoryDate, HistoryEvent, LinkRel,
    NameVariant, PartialDate, Relation, RelationType, Role, Scheme,
};
use crate::metadata::Text;
use crate::metadata::stated::{Agent, File, Leaf, Organization, Typed};
use crate::values::{Doi, Orcid, Ror};

impl Description {
    /// Keeps a value that no field takes.
    pub(crate) fn add_unmapped_leaf(&mut self, leaf: &Leaf) {
        let lang = self.lang(&leaf.element, leaf.lang.as_ref());
        self.add_unmapped_element(&leaf.element, lang.as_deref(), &leaf.value);
    }

    /// Keeps the values that a reader has no place for.
    pub(crate) fn add_unmapped_leaves(&mut self, rest: &[Leaf]) {
        for leaf in rest {
            self.add_unmapped_leaf(leaf);
        }
    }

    /// A field of one line, from the first of several values; the others are kept.
    pub(crate) fn line_of<'a>(
        &mut self,
        field: &str,
        leaves: impl IntoIterator<Item = &'a Leaf>,
    ) -> Option<String> {
        let mut leaves = leaves.into_iter();
        let first = leaves.next()?;
        let line = self.line(field, &first.element, Some(&first.value));
        for leaf in leaves.filter(|leaf| leaf.value != first.value) {
            self.add_unmapped_leaf(leaf);
        }
        line
    }

    /// The article's language, from the first value that names one.
    pub(crate) fn languages_of(&mut self, leaves: &[Leaf]) {
        for leaf in leaves {
            let known = self.article.language.clone();
            self.language(&leaf.element, &leaf.value);
            if known.is_some() && known == self.article.language {
                self.add_unmapped_leaf(leaf);
            }
        }
    }

    /// Titles; of a subtitle before or behind its title the one right before it.
    pub(crate) fn title_of(&mut self, leaf: &Leaf, subtitle: Option<&Leaf>) {
        let lang = self.lang("titles", leaf.lang.as_ref());
        let subtitle = subtitle.map(|leaf| &leaf.value);
        self.title(&leaf.element, &leaf.value, subtitle, lang);
    }

    /// Abstracts in their languages.
    pub(crate) fn abstracts_of(&mut self, leaves: Vec<Leaf>) {
        let Some(element) = leaves.first().map(|leaf| leaf.element.clone()) else {
            return;
        };
        self.abstracts(&element, &texts(leaves));
    }

    /// Keywords in their languages, each once.
    pub(crate) fn keywords_of(&mut self, leaves: Vec<Leaf>) {
        let Some(element) = leaves.first().map(|leaf| leaf.element.clone()) else {
            return;
        };
        let keywords = self.texts("keywords", &element, &texts(leaves), text::plain);
        self.article.keywords.extend(keywords);
    }

    /// The kind of work, from words and URIs for it; a word for no kind is kept.
    pub(crate) fn types_of(&mut self, leaves: &[Leaf]) {
        for leaf in leaves {
            let before = self.article.resource_type.clone();
            let is_kind = self.kind(&leaf.element, &leaf.value);
            let stays = before.is_some() && self.article.resource_type == before;
            let says_more = || {
                let label = resource_type::parse(&leaf.value).map(|kind| kind.label);
                label != before.as_ref().map(|kind| kind.label.clone())
            };
            if !is_kind || (stays && says_more()) {
                self.add_unmapped_leaf(leaf);
            }
        }
    }

    /// The date of publication, from the first value that is one; the others are kept.
    pub(crate) fn published_of<'a>(&mut self, leaves: impl IntoIterator<Item = &'a Leaf>) {
        for leaf in leaves {
            let known = self.article.published.as_ref();
            match date::parse(&leaf.value) {
                Some(date) if known.is_none() => {
                    self.article.published = Some(date);
                    self.set_origin("published", &leaf.element);
                }
                Some(date) if known.is_some_and(|known| known.date.starts_with(&date.date)) => {}
                Some(_) => self.add_unmapped_leaf(leaf),
                None => {
                    self.add_finding(Code::InvalidDate, "published", &leaf.value);
                    self.add_unmapped_leaf(leaf);
                }
            }
        }
    }

    /// A step of the article's history; kept where the value is no date.
    pub(crate) fn happened(&mut self, event: HistoryEvent, leaf: &Leaf) {
        let Some(PartialDate { date, .. }) = date::parse(&leaf.value) else {
            self.add_finding(Code::InvalidDate, "history", &leaf.value);
            self.add_unmapped_leaf(leaf);
            return;
        };
        let step = HistoryDate { event, date };
        self.add_history(&leaf.element, step);
    }

    /// First and last page, or an article's number in their place.
    pub(crate) fn pages_of(&mut self, first: Option<&Leaf>, last: Option<&Leaf>) {
        match (first, last) {
            (Some(first), Some(last)) if first.value != last.value => {
                if first.value.contains('-') {
                    // the whole range where its beginning should be
                    if !first.value.ends_with(&last.value) {
                        self.add_unmapped_leaf(last);
                    }
                    self.pages(&first.element, &first.value);
                } else {
                    self.pages(&first.element, &format!("{}-{}", first.value, last.value));
                }
            }
            (Some(only), _) => self.pages(&only.element, &only.value),
            (None, Some(last)) => self.add_unmapped_leaf(last),
            (None, None) => {}
        }
    }

    /// A contributor with identifiers and affiliations.
    pub(crate) fn agent(&mut self, role: Role, agent: Agent) {
        let Agent {
            role: _,
            is_organization,
            whole,
            family,
            given,
            suffix,
            english,
            ids,
            affiliations,
        } = agent;
        let element = [&whole, &family, &given]
            .into_iter()
            .flatten()
            .map(|leaf| leaf.element.clone())
            .next();
        let (Some(element), Some(mut contributor)) = (
            element,
            self.named(
                is_organization,
                whole.as_ref(),
                family.as_ref(),
                given.as_ref(),
            ),
        ) else {
            self.keep_nobody(suffix, english, &ids, affiliations);
            return;
        };
        contributor.role = role;
        if let (Some(_), Some(part), None) | (Some(_), None, Some(part)) = (&whole, &family, &given)
        {
            // half a name beside the whole
            self.add_unmapped_leaf(part);
        }
        if let Some(suffix) = suffix {
            contributor.suffix = self.cleaned("contributors", &suffix.value, text::plain);
        }
        if let Some(english) = english {
            self.english_name(&mut contributor, &english);
        }
        for id in ids {
            self.agent_id(&mut contributor, &id);
        }
        let mut seen = Seen::default();
        for affiliation in affiliations {
            if let Some(affiliation) = self.affiliation(affiliation) {
                seen.push(&mut contributor.affiliations, affiliation);
            }
        }
        self.set_origin("contributors", &element);
        self.article.contributors.push(contributor);
    }

    /// The name in English, as a variant.
    fn english_name(&mut self, contributor: &mut Contributor, english: &Leaf) {
        let raw = self.cleaned("contributors", &english.value, text::plain);
        if let Some(raw) = raw.filter(|raw| *raw != contributor.raw) {
            let name = creator::parse(&raw, NameStyle::PRINTED).contributor;
            contributor.variants.push(NameVariant {
                lang: Some("en".to_owned()),
                family: name.family,
                given: name.given,
                raw,
            });
        }
    }

    /// The name: in parts where the format has them, else parsed.
    fn named(
        &mut self,
        is_organization: Option<bool>,
        whole: Option<&Leaf>,
        family: Option<&Leaf>,
        given: Option<&Leaf>,
    ) -> Option<Contributor> {
        let mut part =
            |leaf: Option<&Leaf>| self.cleaned("contributors", &leaf?.value, text::plain);
        let (whole, family, given) = (part(whole), part(family), part(given));
        if let (Some(family), Some(given)) = (&family, &given) {
            return Some(Contributor {
                kind: ContributorKind::Person,
                raw: whole.unwrap_or_else(|| format!("{family}, {given}")),
                family: Some(family.clone()),
                given: Some(given.clone()),
                ..Contributor::default()
            });
        }
        let has_parts = family.is_some() || given.is_some();
        let raw = whole
            .clone()
            .or_else(|| family.clone())
            .or_else(|| given.clone())?;
        if is_organization == Some(true) {
            return Some(Contributor {
                kind: ContributorKind::Organization,
                raw,
                ..Contributor::default()
            });
        }
        if has_parts && whole.is_none() {
            // a group where a family name should be
            let parsed = creator::parse(&raw, NameStyle::PRINTED).contributor;
            if given.is_none() && parsed.kind == ContributorKind::Organization {
                return Some(parsed);
            }
            return Some(Contributor {
                kind: ContributorKind::Person,
                raw,
                family,
                given,
                ..Contributor::default()
            });
        }
        let parsed = creator::parse(&raw, NameStyle::PRINTED);
        for code in parsed.codes {
            self.add_finding(code, "contributors", &raw);
        }
        Some(parsed.contributor)
    }

    /// Text beside a missing name.
    fn keep_nobody(
        &mut self,
        suffix: Option<Leaf>,
        english: Option<Leaf>,
        ids: &[Typed],
        affiliations: Vec<Organization>,
    ) {
        let places = affiliations
            .into_iter()
            .flat_map(|place| [place.name, place.id]);
        for leaf in [suffix, english].into_iter().chain(places).flatten() {
            self.add_unmapped_leaf(&leaf);
        }
        for id in ids {
            self.add_unmapped_leaf(&id.leaf);
        }
    }

    /// An ORCID iD, or another identifier, which is kept. A URL that only leads to the ORCID registry is none.
    fn agent_id(&mut self, contributor: &mut Contributor, id: &Typed) {
        let orcid = Orcid::parse(&id.leaf.value);
        let is_named = id.is(&["ORCID"]) || id.leaf.value.contains("orcid.org");
        match orcid {
            Some(orcid) if contributor.orcid.is_none() => {
                contributor.orcid = Some(orcid.into());
                self.set_origin("contributors.orcid", &id.leaf.element);
            }
            Some(orcid) if contributor.orcid.as_deref() == Some(&*orcid) => {}
            _ => {
                if is_named {
                    self.add_finding(Code::Unmapped, "contributors.orcid", &id.leaf.value);
                }
                self.add_unmapped_leaf(&id.leaf);
            }
        }
    }

    /// An affiliation by name and ROR id. Other identifiers are kept.
    fn affiliation(&mut self, from: Organization) -> Option<Affiliation> {
        let Organization { name, id } = from;
        let mut affiliation = Affiliation::default();
        if let Some(leaf) = name
            && let Some(name) = self.cleaned("contributors.affiliations", &leaf.value, text::plain)
        {
            // the ROR id in the name's place
            match Ror::parse_address(&name) {
                Some(id) => affiliation.ror = Some(id.into()),
                None => affiliation.name = Some(name),
            }
            self.set_origin("contributors.affiliations", &leaf.element);
        }
        if let Some(leaf) = id {
            match Ror::parse(&leaf.value) {
                Some(id) => affiliation.ror = Some(id.into()),
                None => self.add_unmapped_leaf(&leaf),
            }
        }
        (affiliation != Affiliation::default()).then_some(affiliation)
    }

    /// A funder and its award. What is not a name and no award is kept.
    pub(crate) fn funder(&mut self, funder: Organization, award: Option<Leaf>) {
        let Organization { name, id } = funder;
        let element = name.as_ref().map(|leaf| leaf.element.clone());
        let name = name.and_then(|leaf| self.cleaned("funding", &leaf.value, text::plain));
        let Some(name) = name else {
            for leaf in [id, award].into_iter().flatten() {
                self.add_unmapped_leaf(&leaf);
            }
            return;
        };
        let funder_id = id.and_then(|leaf| {
            let url = funder_url(&leaf.value);
            if url.is_none() {
                self.add_unmapped_leaf(&leaf);
            }
            url
        });
        let funding = Funding {
            funder_id,
            award: award.and_then(|leaf| self.cleaned("funding", &leaf.value, text::plain)),
            ..Funding::named(name)
        };
        self.add_funding(&element.unwrap_or_default(), funding);
    }

    /// Journal, issue and pages of a citation in free text, as far as they are not known. The citation itself is kept.
    pub(crate) fn citation_of(&mut self, leaf: &Leaf, context: &SourceContext) {
        citation::whole(self, &leaf.element, &leaf.value, context);
        if self.article.journal.title.as_deref() != Some(leaf.value.trim()) {
            self.add_unmapped_leaf(leaf);
        }
    }

    /// A relation to another work by its DOI or URL; kept where the value is neither.
    pub(crate) fn relate(&mut self, kind: RelationType, leaf: &Leaf) {
        let doi = Doi::parse(&leaf.value);
        let url = Some(leaf.value.trim().to_owned()).filter(|url| {
            doi.is_none() && url.starts_with("http") && identifier::is_valid_url(url)
        });
        if doi.is_none() && url.is_none() {
            self.add_unmapped_leaf(leaf);
            return;
        }
        let relation = Relation {
            kind,
            doi: doi.map(String::from),
            url,
        };
        if self.add_relation(relation) {
            self.set_origin("relations", &leaf.element);
        }
    }

    /// Licence or copyright, from a URI and a text. What is neither is kept.
    pub(crate) fn rights_of(&mut self, uri: Option<&Leaf>, words: Option<&Leaf>) {
        for leaf in [uri, words].into_iter().flatten() {
            let license = rights::license(&leaf.value);
            let is_url = leaf.value.starts_with("http");
            let copyright = if is_url {
                None
            } else {
                rights::copyright(&leaf.value, None)
            };
            if license.is_none() && copyright.is_none() {
                self.add_unmapped_leaf(leaf);
            }
            if let Some(license) = license {
                // the same in words beside its address
                let known = self.article.license.as_mut();
                if !is_url
                    && let Some(known) = known.filter(|known| known.url == license.url)
                    && known.raw.starts_with("http")
                {
                    known.raw = license.raw;
                    continue;
                }
                // the statement that says the version holds over one that does not
                let vague = |known: &crate::article::License| known.url.is_none();
                if self.article.license.as_ref().is_none_or(vague) {
                    self.article.license = Some(license);
                    self.set_origin("license", &leaf.element);
                } else if self.article.license.as_ref().map(|known| &known.url)
                    != Some(&license.url)
                {
                    self.add_unmapped_leaf(leaf);
                }
            }
            if self.article.copyright.is_none() && copyright.is_some() {
                self.article.copyright = copyright;
                self.set_origin("copyright", &leaf.element);
            }
        }
    }

    /// An identifier whose kind the format names, else its value tells.
    pub(crate) fn identifier_of(&mut self, id: &Typed) {
        let Typed { leaf, .. } = id;
        let (element, value) = (leaf.element.as_str(), leaf.value.as_str());
        if id.is(&["DOI"]) {
            self.doi(element, value);
        } else if id.is(&["ISSN", "LISSN", "ISSN-L"]) {
            self.issn(element, value, Medium::Unknown);
        } else if id.is(&["EISSN", "E-ISSN"]) {
            self.issn(element, value, Medium::Electronic);
        } else if id.is(&["PISSN", "P-ISSN"]) {
            self.issn(element, value, Medium::Print);
        } else if id.is(&["arXiv"]) {
            let bare = value
                .trim_start_matches("arXiv:")
                .trim_start_matches("arxiv:");
            self.identify(element, Scheme::Arxiv, bare.to_owned());
        } else if id.is(&["PMID"]) {
            self.identify(element, Scheme::Pmid, value.to_owned());
        } else if id.is(&["Handle", "HDL"]) && !value.contains("://") {
            self.identify(element, Scheme::Handle, value.to_owned());
        } else {
            self.page_or_identifier(element, value);
        }
    }

    /// An identifier by its value. A handle that is written as a URL is also the article's page.
    pub(crate) fn page_or_identifier(&mut self, element: &str, value: &str) {
        let is_url = value.starts_with("http");
        if is_url && let Classified::Handle(_) | Classified::Arxiv(_) = identifier::classify(value)
        {
            self.identifier(element, value);
            let has_page = self
                .article
                .links
                .iter()
                .any(|link| link.rel == LinkRel::Landing);
            if !has_page {
                self.link(element, LinkRel::Landing, value, None);
            }
            return;
        }
        self.identifier(element, value);
    }

    /// The article's files. A media type that is none, such as `pdf`, is made one where it is well known.
    pub(crate) fn files_of(&mut self, files: &[File]) {
        for File { url, media_type } in files {
            let media_type = media_type.as_deref().map(|raw| match raw.trim() {
                "pdf" | "PDF" => "application/pdf",
                "html" | "HTML" => "text/html",
                "xml" | "XML" => "application/xml",
                "epub" | "EPUB" => "application/epub+zip",
                raw => raw,
            });
            let is_page = media_type.is_some_and(|kind| kind.contains("html"));
            let rel = if is_page && !url.value.contains("/download") {
                LinkRel::Landing
            } else {
                LinkRel::Fulltext
            };
            let media_type = media_type.filter(|_| rel == LinkRel::Fulltext);
            self.link(&url.element, rel, &url.value, media_type);
        }
    }
}

/// An identifier of a funder as a full URL: of the Open Funder Registry, or a ROR id.
pub(crate) fn funder_url(raw: &str) -> Option<String> {
    if let Some(doi) = Doi::parse(raw) {
        return doi
            .starts_with("10.13039/")
            .then(|| format!("https://doi.org/{doi}"));
    }
    let bare = raw.trim();
    if bare.starts_with("501100") && bare.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(format!("https://doi.org/10.13039/{bare}"));
    }
    Ror::parse_address(raw).map(String::from)
}

fn texts(leaves: Vec<Leaf>) -> Vec<Text> {
    let text = |leaf: Leaf| Text {
        value: leaf.value,
        lang: leaf.lang,
    };
    leaves.into_iter().map(text).collect()
}
