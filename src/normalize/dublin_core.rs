//! The crosswalk from Dublin Core to the article.
//!
//! One pass per element, in the order of the article's fields. OJS's habits are applied where
//! [`Dialect`] sees OJS; everything else goes through the same pass without them. Each element's value ends
//! in a field, in `unmapped` or in a finding.

mod alignment;
mod cited;
mod creators;
mod full_title;
mod journal;
mod kind;
mod labelled_issn;
mod link_index;
mod links;
mod misplaced;
mod qualified;
mod texts;

use std::collections::{HashMap, HashSet};

use crate::article::{Code, License, PartialDate, Precision, Reference};
use crate::metadata::oai_dc::{self, Dc, Element};
use crate::normalize::context::{FormatRecord, SourceContext};
use crate::normalize::description::{Description, Kind};
use crate::normalize::dialect::Dialect;
use crate::normalize::seen::Seen;
use crate::normalize::text::{self, Cleaned};
use crate::normalize::{date, identifier, language, rights};
use crate::values::{Doi, LanguageTag};

/// Describes an article from its record in Dublin Core.
/// `hint` is the language that another of the item's formats states; it decides where this one does not.
pub(crate) fn describe(
    record: &FormatRecord,
    mut dc: Dc<'_>,
    context: &SourceContext,
    hint: Option<&LanguageHint>,
) -> Description {
    for element in &mut dc.elements {
        qualified::unqualify(element);
    }
    let identifier = &record.record.header.identifier;
    let mut crosswalk = Crosswalk {
        dialect: Dialect::of(context, identifier, &record.record.header.set_specs, &dc),
        dc: &dc,
        by_name: by_name(&dc),
        context,
        identifier,
        datestamp: &record.record.header.datestamp,
        sets: &record.record.header.set_specs,
        hint,
        language: None,
        undecided: Undecided::default(),
        known: Known::default(),
        out: Description::new(&record.metadata_prefix, Kind::DublinCore),
    };
    if let Some(reason) = &dc.unread {
        crosswalk
            .out
            .add_finding(Code::UnreadableMetadata, &record.metadata_prefix, reason);
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
    crosswalk.relations();
    if crosswalk.dialect.is_ojs() {
        crosswalk.sources();
    } else {
        crosswalk.cited();
    }
    crosswalk.undecided_links();
    crosswalk.rights();
    crosswalk.references();
    crosswalk.others();
    if !crosswalk.dialect.is_ojs() {
        crosswalk.out.drop_wrong_tags();
    }
    crosswalk.out
}

/// The article's language as another format states it.
pub(crate) struct LanguageHint {
    /// BCP 47 tag.
    pub(crate) tag: String,
    /// Element and format it came from.
    pub(crate) origin: String,
    /// True if the format states it of the article itself, and not of a page or a file.
    pub(crate) of_article: bool,
}

/// Addresses and DOIs that the record has named, each of which is kept once.
#[derive(Default)]
struct Known {
    urls: Seen,
    related_dois: Seen,
    has_landing: bool,
    invalid_links: link_index::InvalidLinks,
    files: link_index::Files,
}

/// Values that only the record as a whole decides on.
#[derive(Default)]
struct Undecided {
    /// DOIs of relations, which may be the article's own.
    related_dois: Vec<Doi>,
    /// A DOI that the article's citation names.
    cited_doi: Option<Doi>,
    /// A page of the article elsewhere, for want of a better one.
    fallback: Option<String>,
    /// Texts among relations and identifiers that may be citations.
    relation_texts: Vec<(String, Option<String>)>,
    identifier_texts: Vec<(String, Option<String>)>,
    /// Ranges of pages in elements of another purpose, with the element.
    ranges: Vec<(String, &'static str)>,
    /// Descriptions that cite the article: the text, the length of the label before the citation, and the language.
    descriptions: Vec<(String, usize, Option<String>)>,
    /// True if an ISSN stood behind the word alone, without a medium.
    plain_issn_label: bool,
}

struct Crosswalk<'a> {
    dc: &'a Dc<'a>,
    /// The elements by name, which are requested name by name.
    by_name: Vec<(&'a str, Vec<&'a Element<'a>>)>,
    context: &'a SourceContext,
    dialect: Dialect,
    identifier: &'a str,
    datestamp: &'a str,
    sets: &'a [String],
    hint: Option<&'a LanguageHint>,
    /// The article's own language, once known.
    language: Option<String>,
    undecided: Undecided,
    known: Known,
    out: Description,
}

impl<'a> Crosswalk<'a> {
    /// The elements of one name that hold anything.
    fn elements(&mut self, name: &'static str, field: &str) -> Vec<&'a Element<'a>> {
        let group = self.by_name.iter().find(|(known, _)| *known == name);
        let all = group.map_or(&[][..], |(_, elements)| elements);
        let full: Vec<_> = all
            .iter()
            .copied()
            .filter(|e| !e.value.trim_start().is_empty())
            .collect();
        if full.len() < all.len() {
            self.out.add_finding(Code::EmptyValue, field, "");
        }
        full
    }

    /// The element's language as a BCP 47 tag.
    fn lang(&mut self, element: &Element<'_>) -> Option<String> {
        let raw = element.lang.as_deref()?.trim();
        let tag = language::bcp47(raw);
        if tag.is_none() && !raw.is_empty() {
            self.out
                .add_finding(Code::UnknownLanguage, &element.name, raw);
        }
        tag
    }

    /// The element's value, cleaned; `None` with a finding when nothing is left.
    fn cleaned(
        &mut self,
        field: &str,
        element: &Element<'_>,
        clean: fn(&str) -> Cleaned,
    ) -> Option<String> {
        let raw = element.value.trim();
        if text::is_placeholder(raw) {
            let code = if raw.chars().any(char::is_alphanumeric) {
                Code::Placeholder
            } else {
                Code::EmptyValue
            };
            self.out.add_finding(code, field, raw);
            return None;
        }
        let Cleaned { value, codes } = clean(raw);
        for code in codes {
            self.out.add_finding(code, field, raw);
        }
        // escaped twice, bare punctuation does not show at first
        if value.is_empty() || (value != raw && text::is_placeholder(&value)) {
            self.out.add_finding(Code::EmptyValue, field, raw);
            return None;
        }
        Some(value)
    }

    /// The element's value and its form with inline markup, where that says more.
    fn marked(
        &mut self,
        field: &str,
        element: &Element<'_>,
        clean: fn(&str) -> Cleaned,
    ) -> Option<(String, Option<String>)> {
        let raw = element.value.trim();
        match text::inline(raw, clean, field == "abstracts") {
            Some(inline) if !text::is_placeholder(raw) && !inline.value.is_empty() => {
                for code in inline.codes {
                    self.out.add_finding(code, field, raw);
                }
                Some((inline.value, inline.markup))
            }
            _ => self
                .cleaned(field, element, clean)
                .map(|value| (value, None)),
        }
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
        let mut preferred = self.preferred(&publishers);
        // the archive that holds a copy, before the one who published the work
        if !self.dialect.is_ojs() && ARCHIVES.contains(&publishers[preferred].1.as_str()) {
            let other = publishers
                .iter()
                .position(|(_, name)| !ARCHIVES.contains(&name.as_str()));
            preferred = other.unwrap_or(preferred);
        }
        let chosen = publishers.remove(preferred).1;
        for (lang, value) in publishers {
            if value != chosen {
                self.out
                    .add_unmapped("dc:publisher", lang.as_deref(), &value);
            }
        }
        self.out.article.journal.publisher = Some(chosen);
        self.out.set_origin("journal.publisher", "publisher");
    }

    /// The date of publication. OJS gives one; DSpace gives the moments of accession and release beside it,
    /// which have a time of day.
    fn date(&mut self) {
        let elements = self.elements("date", "published");
        let dated: Vec<_> = elements
            .into_iter()
            .map(|e| {
                (
                    e,
                    date::parse(e.value.trim()).map(|date| self.new_year(&e.value, date)),
                )
            })
            .collect();
        let has_time = |value: &str| value.contains('T') && value.contains(':');
        // a crawler gives the day of its record among the dates
        let stamp = self.datestamp.get(..10).unwrap_or_default();
        let is_of_record =
            |date: &PartialDate| dated.len() > 1 && !self.dialect.is_ojs() && date.date == stamp;
        let of_record = dated
            .iter()
            .any(|(e, date)| !has_time(&e.value) && date.as_ref().is_some_and(is_of_record));
        let year_alone = dated.iter().position(|(_, date)| {
            of_record
                && date
                    .as_ref()
                    .is_some_and(|date| date.precision == Precision::Year)
        });
        let chosen = year_alone
            .or_else(|| {
                dated.iter().position(|(e, date)| {
                    date.as_ref().is_some_and(|date| !is_of_record(date)) && !has_time(&e.value)
                })
            })
            .or_else(|| dated.iter().position(|(_, date)| date.is_some()));
        for (index, (element, date)) in dated.into_iter().enumerate() {
            let raw = element.value.trim();
            match date {
                Some(date) if Some(index) == chosen => {
                    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
                    if digits(raw.split(['T', ' ']).next().unwrap_or(raw)) > digits(&date.date) {
                        self.out.add_finding(Code::PartialDate, "published", raw);
                    }
                    self.out.article.published = Some(date);
                    self.out.set_origin("published", "date");
                }
                Some(_) => self.out.add_unmapped("dc:date", None, raw),
                None => {
                    // an embargo, a word on restrictions: no date that went wrong
                    if self.dialect.is_ojs()
                        || (raw.contains(|c: char| c.is_ascii_digit()) && !raw.starts_with("info:"))
                    {
                        self.out.add_finding(Code::InvalidDate, "published", raw);
                    }
                    self.out.add_unmapped("dc:date", None, raw);
                }
            }
        }
    }

    /// Digital Commons gives a year as midnight of its first day in California: `2007-01-01T08:00:00Z`.
    fn new_year(&self, raw: &str, date: PartialDate) -> PartialDate {
        let is_midnight =
            raw.trim().ends_with("-01-01T08:00:00Z") || raw.trim().ends_with("-01-01T07:00:00Z");
        if self.dialect.is_ojs() || !is_midnight {
            return date;
        }
        PartialDate {
            date: date.date[..4].to_owned(),
            precision: Precision::Year,
        }
    }

    /// The language of the text. `dc:language` names it up to OJS 2.2 in words, up to 3.4 as the languages of
    /// the galleys (ISO 639-3), later as the locale. Several, or none: the one that another format tells, else
    /// the one that most of the article's own texts are in.
    fn language(&mut self) {
        let stated = self.stated_languages();
        let texts = TextLanguages::new(self.text_languages());
        let chosen = if let Some(hint) = self.hint.filter(|hint| texts.agree(hint, &stated)) {
            let origins = &mut self.out.article.provenance.fields;
            origins.set("language", hint.origin.clone());
            Some(hint.tag.clone())
        } else if let [(only, _)] = stated.as_slice() {
            self.check_only_language(only, &texts);
            Some(only.clone())
        } else {
            self.inferred_language(&stated, &texts)
        };
        let is_chosen = |tag: &str| {
            chosen
                .as_deref()
                .is_some_and(|chosen| same_language(chosen, tag))
        };
        for (_, raw) in stated.iter().filter(|(tag, _)| !is_chosen(tag)) {
            self.out.add_unmapped("dc:language", None, raw);
        }
        let refined = chosen.map(|chosen| texts.refined(chosen));
        self.language.clone_from(&refined);
        self.out.article.language = refined;
    }

    /// The languages that `dc:language` names, each once, with the words for it.
    fn stated_languages(&mut self) -> Vec<(String, &'a str)> {
        let mut stated: Vec<(String, &str)> = Vec::new();
        let mut places = Seen::default();
        for element in self.elements("language", "language") {
            // `en, fr`, `eng;fre` and `deu/eng` occur
            let value = element.value.trim();
            let bars = ['/', '|'];
            let has_bars = value.contains(bars)
                && value
                    .split(bars)
                    .all(|part| language::bcp47(part.trim()).is_some());
            let parts = value
                .split(|c| matches!(c, ';' | ',') || (has_bars && bars.contains(&c)))
                .map(str::trim);
            for part in parts.filter(|part| !part.is_empty()) {
                // `http://id.loc.gov/vocabulary/iso639-2/eng`
                let code = part
                    .rsplit('/')
                    .next()
                    .filter(|_| part.starts_with("http"))
                    .unwrap_or(part);
                if let Some(tag) = language::bcp47(code) {
                    let place = places.find(&stated, &tag.as_str(), |(other, _)| other.as_str());
                    if place.is_none() {
                        stated.push((tag, part));
                    }
                } else {
                    self.out
                        .add_finding(Code::UnknownLanguage, "language", part);
                    self.out.add_unmapped("dc:language", None, part);
                }
            }
        }
        stated
    }

    /// Notes that no text of the record is in the only language that is stated, so that it is a galley's.
    fn check_only_language(&mut self, only: &str, texts: &TextLanguages) {
        if !texts.texts.is_empty() && texts.weight(only) == 0 {
            let others = texts.tags().join(", ");
            self.out.add_finding(Code::Conflict, "language", &others);
        }
        self.out.set_origin("language", "language");
    }

    /// Of several languages, or none: the one that most of the texts are in.
    fn inferred_language(
        &mut self,
        stated: &[(String, &str)],
        texts: &TextLanguages,
    ) -> Option<String> {
        let candidates: Vec<&str> = if stated.is_empty() {
            texts.tags()
        } else {
            stated.iter().map(|(tag, _)| tag.as_str()).collect()
        };
        let weight = |tag: &str| texts.weight(tag);
        // of languages that weigh the same, the one of the first title
        let titled = self.first_title_language();
        let most = candidates.iter().map(|tag| weight(tag)).max();
        let first_titled = titled
            .as_deref()
            .and_then(|titled| candidates.iter().find(|tag| same_language(tag, titled)))
            .filter(|tag| weight(tag) == most.unwrap_or_default());
        let chosen = self
            .last_of_ojs_3_5(stated)
            .or_else(|| first_titled.map(|tag| (*tag).to_owned()))
            .or_else(|| heaviest(&candidates, weight).map(str::to_owned))?;
        let raw: Vec<&str> = stated.iter().map(|(_, raw)| *raw).collect();
        self.out
            .add_finding(Code::InferredLanguage, "language", &raw.join(", "));
        let origin = if stated.is_empty() {
            "title"
        } else {
            "language"
        };
        self.out.set_origin("language", origin);
        Some(chosen)
    }

    /// From 3.5 on OJS names the languages of the galleys, then the article's own: where there are more languages than
    /// galleys, the last is the article's.
    fn last_of_ojs_3_5(&self, stated: &[(String, &str)]) -> Option<String> {
        if !self.dialect.is_at_least([3, 5, 0]) {
            return None;
        }
        let galleys = self
            .dc
            .named("relation")
            .filter(|e| identifier::ojs_galley_download(e.value.trim()).is_some())
            .count();
        let (last, _) = stated.last()?;
        (stated.len() > galleys).then(|| last.clone())
    }

    /// Language of the first `dc:title`.
    fn first_title_language(&self) -> Option<String> {
        let first = self
            .dc
            .named("title")
            .find(|e| !e.value.trim().is_empty())?;
        language::bcp47(first.lang.as_deref()?)
    }

    /// The languages of title, abstract, names and keywords, with how much each says. Citation, rights and
    /// publisher are in the journal's languages and say nothing.
    fn text_languages(&mut self) -> Vec<(String, usize)> {
        let mut weights: Vec<(String, usize)> = Vec::new();
        let mut seen = Seen::default();
        for (name, weight) in [
            ("title", 8),
            ("description", 4),
            ("creator", 2),
            ("subject", 1),
        ] {
            let mut counted = HashSet::new();
            let mut previous = None;
            for element in self.dc.named(name).filter(|e| !e.value.trim().is_empty()) {
                let lang = element.lang.as_deref();
                // texts of one language mostly stand together
                if previous.replace(lang) == Some(lang) {
                    continue;
                }
                let Some(tag) = lang.and_then(language::bcp47) else {
                    continue;
                };
                if !counted.insert(tag.clone()) {
                    continue;
                }
                let place = seen.find(&weights, &tag.as_str(), |(lang, _)| lang.as_str());
                match place.and_then(|at| weights.get_mut(at)) {
                    Some((_, sum)) => *sum += weight,
                    None => weights.push((tag, weight)),
                }
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
                self.license(license, lang.as_deref());
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
                None => self.out.add_unmapped("dc:rights", lang.as_deref(), &value),
            }
        }
        if statements.is_empty() {
            return;
        }
        let (_, (_, chosen)) = statements.remove(self.preferred(&statements));
        for (lang, (value, other)) in statements {
            if other != chosen {
                self.out.add_unmapped("dc:rights", lang.as_deref(), &value);
            }
        }
        self.out.article.copyright = Some(chosen);
        self.out.set_origin("copyright", "rights");
    }

    /// The first licence, unless a later one says the same with its version or jurisdiction: `Creative Commons
    /// Attribution`, then its URL. Another kind of licence is a conflict.
    fn license(&mut self, license: License, lang: Option<&str>) {
        let Some(first) = self.out.article.license.take() else {
            self.out.article.license = Some(license);
            self.out.set_origin("license", "rights");
            return;
        };
        let agree = rights::is_same_kind(&first, &license);
        let length = |license: &License| license.name.as_ref().map(String::len);
        let later_says_more = (first.url.is_none() && license.url.is_some())
            || (license.url.is_some() && length(&license) > length(&first));
        let (kept, other) = if agree && later_says_more {
            (license, first)
        } else {
            (first, license)
        };
        if !agree {
            self.out.add_finding(Code::Conflict, "license", &other.raw);
        }
        if kept.raw != other.raw {
            self.out.add_unmapped("dc:rights", lang, &other.raw);
        }
        self.out.article.license = Some(kept);
    }

    /// `dcterms:references`: the works that the article cites.
    fn references(&mut self) {
        for element in self.elements("references", "references") {
            let Some(raw) = self.cleaned("references", element, text::plain) else {
                continue;
            };
            let doi = Doi::find(&raw);
            self.out.article.references.push(Reference {
                raw,
                doi: doi.map(String::from),
            });
            self.out.set_origin("references", "references");
        }
    }

    /// Adds the values that no field takes as unmapped.
    fn others(&mut self) {
        let dc: &'a Dc<'a> = self.dc;
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
                self.out
                    .add_finding(code, &element.name, element.value.trim());
            }
            if element.name != "coverage" {
                self.out
                    .add_finding(Code::Unmapped, &element.name, element.value.trim());
            }
            let lang = self.lang(element);
            self.out
                .add_unmapped(&format!("dc:{}", element.name), lang.as_deref(), &value);
        }
    }
}

/// Elements of one name mostly stand together: the last group is looked at first.
fn by_name<'a>(dc: &'a Dc<'a>) -> Vec<(&'a str, Vec<&'a Element<'a>>)> {
    let mut groups: Vec<(&str, Vec<&Element<'_>>)> = Vec::with_capacity(oai_dc::ELEMENTS.len());
    let mut seen = Seen::default();
    for element in &dc.elements {
        let name: &str = &element.name;
        let is_last = groups.last().is_some_and(|(known, _)| *known == name);
        let place = if is_last {
            groups.len().checked_sub(1)
        } else {
            seen.find(&groups, &name, |(known, _)| *known)
        };
        match place.and_then(|at| groups.get_mut(at)) {
            Some((_, group)) => group.push(element),
            None => groups.push((name, vec![element])),
        }
    }
    groups
}

/// Returns whether two tags share their primary language: `pt-BR` and `pt`.
pub(crate) fn same_language(a: &str, b: &str) -> bool {
    LanguageTag::primary_of(a).eq_ignore_ascii_case(LanguageTag::primary_of(b))
}

/// The primary subtag of a language in lower case.
fn primary(tag: &str) -> String {
    LanguageTag::primary_of(tag).to_ascii_lowercase()
}

/// The languages of the article's own texts, with how much each says.
struct TextLanguages {
    texts: Vec<(String, usize)>,
    /// How much the texts in a language say, by its primary subtag.
    weights: HashMap<String, usize>,
}

impl TextLanguages {
    fn new(texts: Vec<(String, usize)>) -> Self {
        let mut weights: HashMap<String, usize> = HashMap::new();
        for (lang, weight) in &texts {
            *weights.entry(primary(lang)).or_default() += weight;
        }
        Self { texts, weights }
    }

    fn tags(&self) -> Vec<&str> {
        self.texts.iter().map(|(tag, _)| tag.as_str()).collect()
    }

    fn weight(&self, tag: &str) -> usize {
        self.weights.get(&primary(tag)).copied().unwrap_or_default()
    }

    /// Returns whether the language that another format tells may be the article's, beside those that are stated.
    fn agree(&self, hint: &LanguageHint, stated: &[(String, &str)]) -> bool {
        let is_of_texts = || self.weight(&hint.tag) > 0;
        match stated {
            [] => true,
            // a galley's, where the texts are in the language that the hint names
            [(only, _)] => {
                !same_language(only, &hint.tag)
                    && is_of_texts()
                    && (hint.of_article || self.weight(only) == 0)
            }
            several => {
                several.iter().any(|(tag, _)| same_language(tag, &hint.tag))
                    || (hint.of_article && is_of_texts())
            }
        }
    }

    /// The texts' tags may be finer (`pt-BR` beside `por`): one language, one tag.
    fn refined(&self, chosen: String) -> String {
        let tags = self.texts.iter().map(|(lang, _)| lang);
        let mut finer = tags.filter(|lang| same_language(lang, &chosen));
        match (finer.next(), finer.next()) {
            (Some(only), None) => only.clone(),
            _ => chosen,
        }
    }
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

/// Archives that name themselves among the publishers.
const ARCHIVES: [&str; 3] = ["HAL CCSD", "CCSD", "HAL"];

/// The number or slug that the journal's software gives the article.
fn publisher_number(identifier: &str) -> Option<&str> {
    identifier::ojs_number(identifier)
}
