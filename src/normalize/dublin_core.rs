//! The crosswalk from Dublin Core to the article.
//!
//! One pass per element, in the order of the article's fields. OJS's habits are applied where
//! [`Dialect`] sees OJS; everything else goes through the same pass without them. Each element's value ends
//! in a field, in `unmapped` or in a finding.

mod creators;
mod journal;
mod kind;
mod links;
mod qualified;
mod texts;

use crate::article::{Code, Reference};
use crate::metadata::oai_dc::{self, Dc, Element};
use crate::normalize::description::{Description, Kind};
use crate::normalize::dialect::{self, Dialect};
use crate::normalize::text::{self, Cleaned};
use crate::normalize::{FormatRecord, SourceContext, date, identifier, language, rights};

/// Describes an article from its record in Dublin Core.
/// `told` is the language that another of the item's formats states; it decides where this one does not.
pub(crate) fn describe(
    record: &FormatRecord,
    mut dc: Dc,
    context: &SourceContext,
    told: Option<&Told>,
) -> Description {
    for element in &mut dc.elements {
        qualified::unqualify(element);
    }
    let identifier = &record.record.header.identifier;
    let mut crosswalk = Crosswalk {
        dialect: Dialect::of(context, identifier, &dc),
        dc: &dc,
        by_name: by_name(&dc),
        context,
        identifier,
        sets: &record.record.header.set_specs,
        told,
        language: None,
        out: Description::new(&record.metadata_prefix, Kind::DublinCore),
    };
    if let Some(reason) = &dc.unread {
        crosswalk
            .out
            .found(Code::UnreadableMetadata, &record.metadata_prefix, reason);
    }
    crosswalk.language();
    crosswalk.titles();
    crosswalk.creators();
    crosswalk.contributors();
    crosswalk.abstracts();
    crosswalk.keywords();
    crosswalk.publisher();
    crosswalk.date();
    crosswalk.kind();
    crosswalk.identifiers();
    crosswalk.sources();
    crosswalk.relations();
    crosswalk.rights();
    crosswalk.references();
    crosswalk.others();
    crosswalk.out
}

/// The article's language as another format states it.
pub(crate) struct Told {
    /// BCP 47 tag.
    pub(crate) tag: String,
    /// Element and format it came from.
    pub(crate) origin: String,
    /// Whether the format states it of the article itself, and not of a page or a file.
    pub(crate) of_article: bool,
}

struct Crosswalk<'a> {
    dc: &'a Dc,
    /// Its elements by name, which are asked for name by name.
    by_name: Vec<(&'a str, Vec<&'a Element>)>,
    context: &'a SourceContext,
    dialect: Dialect,
    identifier: &'a str,
    sets: &'a [String],
    told: Option<&'a Told>,
    /// The article's own language, once known.
    language: Option<String>,
    out: Description,
}

impl<'a> Crosswalk<'a> {
    /// The elements of one name that hold anything.
    fn elements(&mut self, name: &'static str, field: &str) -> Vec<&'a Element> {
        let group = self.by_name.iter().find(|(known, _)| *known == name);
        let all = group.map_or(&[][..], |(_, elements)| elements);
        let full: Vec<_> = all
            .iter()
            .copied()
            .filter(|e| !e.value.trim_start().is_empty())
            .collect();
        if full.len() < all.len() {
            self.out.found(Code::EmptyValue, field, "");
        }
        full
    }

    /// The element's language as a BCP 47 tag.
    fn lang(&mut self, element: &Element) -> Option<String> {
        let raw = element.lang.as_deref()?.trim();
        let tag = language::bcp47(raw);
        if tag.is_none() && !raw.is_empty() {
            self.out.found(Code::UnknownLanguage, &element.name, raw);
        }
        tag
    }

    /// The element's value, cleaned; `None` with a finding when nothing is left.
    fn cleaned(
        &mut self,
        field: &str,
        element: &Element,
        clean: fn(&str) -> Cleaned,
    ) -> Option<String> {
        let raw = element.value.trim();
        if text::is_placeholder(raw) {
            let code = if raw.chars().any(char::is_alphanumeric) {
                Code::Placeholder
            } else {
                Code::EmptyValue
            };
            self.out.found(code, field, raw);
            return None;
        }
        let Cleaned { value, codes } = clean(raw);
        for code in codes {
            self.out.found(code, field, raw);
        }
        // escaped twice, bare punctuation does not show at first
        if value.is_empty() || (value != raw && text::is_placeholder(&value)) {
            self.out.found(Code::EmptyValue, field, raw);
            return None;
        }
        Some(value)
    }

    /// Index of the entry in the article's language: the same tag, else the same primary language, else the
    /// first.
    fn preferred<T>(&self, entries: &[(Option<String>, T)]) -> usize {
        let Some(own) = self.language.as_deref() else {
            return 0;
        };
        let same = |lang: &Option<String>| lang.as_deref() == Some(own);
        let near =
            |lang: &Option<String>| lang.as_deref().is_some_and(|lang| same_language(lang, own));
        let find = |test: &dyn Fn(&Option<String>) -> bool| {
            entries.iter().position(|(lang, _)| test(lang))
        };
        find(&same).or_else(|| find(&near)).unwrap_or(0)
    }

    /// The journal's publisher: the one in the article's language. In OJS it is the institution, else the
    /// journal's own name.
    fn publisher(&mut self) {
        let mut publishers = Vec::new();
        for element in self.elements("publisher", "publisher") {
            if let Some(value) = self.cleaned("publisher", element, text::plain) {
                publishers.push((self.lang(element), value));
            }
        }
        if publishers.is_empty() {
            return;
        }
        let chosen = publishers.remove(self.preferred(&publishers)).1;
        for (lang, value) in publishers {
            if value != chosen {
                self.out.keep("dc:publisher", lang.as_deref(), &value);
            }
        }
        self.out.article.journal.publisher = Some(chosen);
        self.out.came_from("journal.publisher", "publisher");
    }

    /// The date of publication. OJS gives one; DSpace gives the moments of accession and release beside it,
    /// which have a time of day.
    fn date(&mut self) {
        let elements = self.elements("date", "published");
        let dated: Vec<_> = elements
            .into_iter()
            .map(|e| (e, date::parse(e.value.trim())))
            .collect();
        let has_time = |value: &str| value.contains('T') && value.contains(':');
        let chosen = dated
            .iter()
            .position(|(e, date)| date.is_some() && !has_time(&e.value))
            .or_else(|| dated.iter().position(|(_, date)| date.is_some()));
        for (index, (element, date)) in dated.into_iter().enumerate() {
            let raw = element.value.trim();
            match date {
                Some(date) if Some(index) == chosen => {
                    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
                    if digits(raw.split(['T', ' ']).next().unwrap_or(raw)) > digits(&date.date) {
                        self.out.found(Code::PartialDate, "published", raw);
                    }
                    self.out.article.published = Some(date);
                    self.out.came_from("published", "date");
                }
                Some(_) => self.out.keep("dc:date", None, raw),
                None => {
                    self.out.found(Code::InvalidDate, "published", raw);
                    self.out.keep("dc:date", None, raw);
                }
            }
        }
    }

    /// The language of the text. `dc:language` names it up to OJS 2.2 in words, up to 3.4 as the languages of
    /// the galleys (ISO 639-3), later as the locale. Several, or none: the one that another format tells, else
    /// the one that most of the article's own texts are in.
    fn language(&mut self) {
        let mut stated: Vec<(String, &str)> = Vec::new();
        for element in self.elements("language", "language") {
            let raw = element.value.trim();
            // `en, fr` and `eng;fre` occur
            for part in raw
                .split([';', ','])
                .map(str::trim)
                .filter(|part| !part.is_empty())
            {
                // `http://id.loc.gov/vocabulary/iso639-2/eng`
                let code = part
                    .rsplit('/')
                    .next()
                    .filter(|_| part.starts_with("http"))
                    .unwrap_or(part);
                match language::bcp47(code) {
                    Some(tag) if stated.iter().any(|(other, _)| *other == tag) => {}
                    Some(tag) => stated.push((tag, part)),
                    None => {
                        self.out.found(Code::UnknownLanguage, "language", part);
                        self.out.keep("dc:language", None, part);
                    }
                }
            }
        }
        let texts = self.text_languages();
        let weight = |tag: &str| -> usize {
            texts
                .iter()
                .filter(|(lang, _)| same_language(lang, tag))
                .map(|(_, weight)| weight)
                .sum()
        };
        let elsewhere = self.told.filter(|told| {
            let allowed =
                stated.is_empty() || stated.iter().any(|(tag, _)| same_language(tag, &told.tag));
            match stated.as_slice() {
                // a galley's, where the texts are in the language that is told
                [(only, _)] => {
                    !same_language(only, &told.tag)
                        && weight(&told.tag) > 0
                        && (told.of_article || weight(only) == 0)
                }
                _ => allowed || (told.of_article && weight(&told.tag) > 0),
            }
        });
        let chosen = if let Some(told) = elsewhere {
            let origins = &mut self.out.article.provenance.fields;
            origins.set("language", told.origin.clone());
            Some(told.tag.clone())
        } else if let [(only, _)] = stated.as_slice() {
            if !texts.is_empty() && weight(only) == 0 {
                // a galley in a language that no text of the record is in
                let others: Vec<&str> = texts.iter().map(|(lang, _)| lang.as_str()).collect();
                self.out
                    .found(Code::Conflict, "language", &others.join(", "));
            }
            self.out.came_from("language", "language");
            Some(only.clone())
        } else {
            let candidates: Vec<&str> = if stated.is_empty() {
                texts.iter().map(|(lang, _)| lang.as_str()).collect()
            } else {
                stated.iter().map(|(tag, _)| tag.as_str()).collect()
            };
            let chosen = heaviest(&candidates, weight).map(str::to_owned);
            if chosen.is_some() {
                let raw: Vec<&str> = stated.iter().map(|(_, raw)| *raw).collect();
                self.out
                    .found(Code::InferredLanguage, "language", &raw.join(", "));
                self.out.came_from(
                    "language",
                    if stated.is_empty() {
                        "title"
                    } else {
                        "language"
                    },
                );
            }
            chosen
        };
        for (tag, raw) in &stated {
            if chosen
                .as_deref()
                .is_none_or(|chosen| !same_language(chosen, tag))
            {
                self.out.keep("dc:language", None, raw);
            }
        }
        // The texts' tags may be finer (`pt-BR` beside `por`): one language, one tag.
        let refined = chosen.map(|chosen| {
            let mut finer = texts
                .iter()
                .map(|(lang, _)| lang)
                .filter(|lang| same_language(lang, &chosen));
            match (finer.next(), finer.next()) {
                (Some(only), None) => only.clone(),
                _ => chosen,
            }
        });
        self.language.clone_from(&refined);
        self.out.article.language = refined;
    }

    /// The languages of title, abstract, names and keywords, with how much each says. Citation, rights and
    /// publisher are in the journal's languages and say nothing.
    fn text_languages(&mut self) -> Vec<(String, usize)> {
        let mut weights: Vec<(String, usize)> = Vec::new();
        for (name, weight) in [
            ("title", 8),
            ("description", 4),
            ("creator", 2),
            ("subject", 1),
        ] {
            let mut seen = Vec::new();
            for element in self.dc.named(name).filter(|e| !e.value.trim().is_empty()) {
                let Some(tag) = element.lang.as_deref().and_then(language::bcp47) else {
                    continue;
                };
                if seen.contains(&tag) {
                    continue;
                }
                match weights.iter_mut().find(|(lang, _)| *lang == tag) {
                    Some((_, sum)) => *sum += weight,
                    None => weights.push((tag.clone(), weight)),
                }
                seen.push(tag);
            }
        }
        weights
    }

    /// Licence and copyright, which share an element: the first licence, and the copyright line in the
    /// article's language.
    fn rights(&mut self) {
        let mut statements = Vec::new();
        for element in self.elements("rights", "rights") {
            let raw = element.value.trim();
            let lang = self.lang(element);
            if let Some(license) = rights::license(raw) {
                match &self.out.article.license {
                    None => {
                        self.out.article.license = Some(license);
                        self.out.came_from("license", "rights");
                    }
                    Some(first) if first.url == license.url => {
                        if first.raw != raw {
                            self.out.keep("dc:rights", lang.as_deref(), raw);
                        }
                    }
                    Some(_) => {
                        self.out.found(Code::Conflict, "license", raw);
                        self.out.keep("dc:rights", lang.as_deref(), raw);
                    }
                }
                // A line may name holder and licence both.
                if let Some(copyright) = rights::copyright(raw, lang.as_deref()) {
                    statements.push((lang, (raw.to_owned(), copyright)));
                }
                continue;
            }
            let Some(value) = self.cleaned("copyright", element, text::plain) else {
                continue;
            };
            match rights::copyright(&value, lang.as_deref()) {
                Some(copyright) => statements.push((lang, (value, copyright))),
                None => self.out.keep("dc:rights", lang.as_deref(), &value),
            }
        }
        if statements.is_empty() {
            return;
        }
        let (_, (_, chosen)) = statements.remove(self.preferred(&statements));
        for (lang, (value, other)) in statements {
            if other != chosen {
                self.out.keep("dc:rights", lang.as_deref(), &value);
            }
        }
        self.out.article.copyright = Some(chosen);
        self.out.came_from("copyright", "rights");
    }

    /// `dcterms:references`: the works that the article cites.
    fn references(&mut self) {
        for element in self.elements("references", "references") {
            let Some(raw) = self.cleaned("references", element, text::plain) else {
                continue;
            };
            let doi = identifier::find_doi(&raw);
            self.out.article.references.push(Reference { raw, doi });
            self.out.came_from("references", "references");
        }
    }

    /// What no field takes.
    fn others(&mut self) {
        let dc: &'a Dc = self.dc;
        let taken = |name: &str| {
            name != "coverage"
                && (oai_dc::known(name).is_some() || qualified::TAKEN.contains(&name))
        };
        for element in dc.elements.iter().filter(|e| !taken(&e.name)) {
            let Cleaned { value, codes } = text::plain(element.value.trim());
            if value.is_empty() {
                continue;
            }
            for code in codes {
                self.out.found(code, &element.name, element.value.trim());
            }
            if element.name != "coverage" {
                self.out
                    .found(Code::Unmapped, &element.name, element.value.trim());
            }
            let lang = self.lang(element);
            self.out
                .keep(&format!("dc:{}", element.name), lang.as_deref(), &value);
        }
    }
}

/// Elements of one name mostly stand together: the last group is looked at first.
fn by_name(dc: &Dc) -> Vec<(&str, Vec<&Element>)> {
    let mut groups: Vec<(&str, Vec<&Element>)> = Vec::with_capacity(oai_dc::ELEMENTS.len());
    for element in &dc.elements {
        match groups
            .iter_mut()
            .rev()
            .find(|(name, _)| *name == element.name)
        {
            Some((_, group)) => group.push(element),
            None => groups.push((&element.name, vec![element])),
        }
    }
    groups
}

/// Whether two tags share their primary language: `pt-BR` and `pt`.
pub(crate) fn same_language(a: &str, b: &str) -> bool {
    language::primary(a).eq_ignore_ascii_case(language::primary(b))
}

/// The first of the tags with the greatest weight.
fn heaviest<'t>(tags: &[&'t str], weight: impl Fn(&str) -> usize) -> Option<&'t str> {
    let mut best: Option<(&str, usize)> = None;
    for tag in tags {
        let weight = weight(tag);
        if best.is_none_or(|(_, most)| weight > most) {
            best = Some((tag, weight));
        }
    }
    best.map(|(tag, _)| tag)
}

/// The number or slug that the journal's software gives the article.
fn publisher_number(identifier: &str) -> Option<&str> {
    dialect::ojs_number(identifier)
}
