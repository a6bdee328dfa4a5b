//! The crosswalk from MARC to the article (MARC 21 Format for Bibliographic Data).
//!
//! OJS writes one language of everything, the journal's, and does not say which: texts have no language here. Its
//! 260 $c is the date of the issue, its 008 the date of the article, in a form of its own; its 653 may say
//! `Array`. Fields that describe the record and not the article (leader, 001–007, 040, 042, 33X, 9XX) are left out.

mod names;

use super::context::{FormatRecord, SourceContext};
use super::description::{Description, Kind, Medium};
use super::dialect::Dialect;
use super::{citation, date, identifier, rights, text};
use crate::article::{Code, Funding, LangText, LinkRel, PartialDate, Scheme};
use crate::metadata::Text;
use crate::metadata::marc::{Field, Marc};

/// Describes an article from its record in MARC.
pub(crate) fn describe(record: &FormatRecord, marc: &Marc, context: &SourceContext) -> Description {
    let is_ojs = Dialect::of_source(
        context,
        &record.record.header.identifier,
        &record.record.header.set_specs,
    )
    .is_ojs();
    let mut crosswalk = Crosswalk {
        marc,
        context,
        is_ojs,
        out: Description::new(&record.metadata_prefix, Kind::Marc),
    };
    crosswalk.out.note_unread(marc.unread.as_ref());
    crosswalk.language();
    crosswalk.titles();
    crosswalk.names();
    crosswalk.texts();
    crosswalk.publication();
    crosswalk.host();
    crosswalk.identifiers();
    crosswalk.rights();
    crosswalk.others();
    crosswalk.out
}

struct Crosswalk<'a> {
    marc: &'a Marc,
    context: &'a SourceContext,
    is_ojs: bool,
    out: Description,
}

/// Fields about the article among those about the record.
const TAKEN: [&str; 3] = ["041", "856", "880"];

impl<'a> Crosswalk<'a> {
    fn fields(&self, tags: &'a [&'a str]) -> Vec<&'a Field> {
        self.marc.tagged(tags).collect()
    }

    /// 041 $a, else 008/35–37 of a record that has all forty places of it, else the note 546.
    fn language(&mut self) {
        for field in self.fields(&["041"]) {
            for raw in field.all('a') {
                // older records run the codes together
                let code = if raw.len() > 3 && raw.len().is_multiple_of(3) && raw.is_ascii() {
                    &raw[..3]
                } else {
                    raw
                };
                self.out.language("041", code);
            }
        }
        let coded = self
            .marc
            .control("008")
            .filter(|_| !self.is_ojs)
            .filter(|text| text.len() == 40);
        if let Some(code) = coded
            .and_then(|text| text.get(35..38))
            .filter(|code| !code.trim().is_empty())
            && !matches!(code, "|||" | "zxx" | "mul" | "und" | "   ")
        {
            self.out.language("008", code);
        }
        for field in self.fields(&["546"]) {
            for raw in field.all('a') {
                let word = raw.trim().trim_end_matches('.');
                if crate::normalize::language::bcp47(word).is_some() {
                    self.out.language("546", word);
                } else {
                    self.out.add_unmapped_element("546", None, raw);
                }
            }
        }
    }

    fn titles(&mut self) {
        for field in self.fields(&["245"]) {
            let parts: Vec<&str> = ['a', 'n', 'p']
                .iter()
                .flat_map(|code| field.all(*code))
                .map(unpunctuated)
                .collect();
            let raw = field.first('a').unwrap_or_default().trim_end();
            let rest = field.first('b').map(|text| unpunctuated(text).to_owned());
            if parts.is_empty() {
                if let Some(rest) = rest {
                    self.out.title("245", &rest, None, None);
                }
                continue;
            }
            // behind an equals sign stands the title in another language (ISBD)
            if raw.ends_with('=') {
                self.out.title("245", &parts.join(". "), None, None);
                if let Some(parallel) = rest {
                    self.out.title("245", &parallel, None, None);
                }
            } else if let Some((rest, parallel)) =
                rest.as_deref().and_then(|rest| rest.split_once(" = "))
            {
                self.out
                    .title("245", &parts.join(". "), Some(&rest.to_owned()), None);
                self.out.title("245", parallel, None, None);
            } else {
                self.out
                    .title("245", &parts.join(". "), rest.as_ref(), None);
            }
        }
        for field in self.fields(&["242", "246"]) {
            // without a language the whole field is kept
            let lang = field.find("y", |raw| crate::normalize::language::bcp47(raw).is_some());
            if let Some(lang) = lang.and_then(crate::normalize::language::bcp47)
                && let Some(raw) = field.first('a')
            {
                let rest = field.first('b').map(|text| unpunctuated(text).to_owned());
                self.out
                    .title(&field.tag, unpunctuated(raw), rest.as_ref(), Some(lang));
            }
        }
    }

    fn texts(&mut self) {
        for field in self.fields(&["520"]) {
            // a review or a note on the content is not an abstract
            let is_abstract = matches!(field.ind1, ' ' | '3' | '0' | '8');
            let raw = ['a', 'b']
                .iter()
                .flat_map(|code| field.all(*code))
                .collect::<Vec<_>>()
                .join("\n\n");
            if is_abstract {
                let text = Text {
                    value: raw,
                    lang: None,
                };
                self.out.abstracts("520", &[text]);
            } else {
                self.out.add_unmapped_element("520", None, &raw);
            }
        }
        self.subjects();
        for field in self.fields(&["655"]) {
            for raw in field.all('a').map(unpunctuated) {
                self.out.add_unmapped_element("655", None, raw);
            }
        }
        self.funding();
    }

    fn subjects(&mut self) {
        for field in self.fields(&["600", "610", "611", "630", "648", "650", "651", "653"]) {
            if field.tag == "653" {
                for raw in field.all('a') {
                    // a list that the template printed without going through it
                    if self.is_ojs && raw == "Array" {
                        self.out.add_finding(Code::Placeholder, "keywords", raw);
                        continue;
                    }
                    let joined = self.is_ojs && raw.contains(';');
                    let parts: Vec<&str> = if joined {
                        raw.split(';').collect()
                    } else {
                        vec![raw]
                    };
                    for part in parts {
                        self.keyword(field, part);
                    }
                }
            } else {
                let parts = field.any("abcdgnptvxyz").map(unpunctuated);
                let heading = parts.collect::<Vec<_>>().join(" -- ");
                self.keyword(field, &heading);
            }
        }
    }

    fn funding(&mut self) {
        for field in self.fields(&["536"]) {
            if let Some(name) = field
                .first('a')
                .and_then(|raw| self.out.cleaned("funding", raw, text::plain))
            {
                let award = field
                    .first('f')
                    .or_else(|| field.first('c'))
                    .map(str::to_owned);
                self.out.article.funding.push(Funding {
                    award,
                    ..Funding::named(name)
                });
                self.out.set_origin("funding", "536");
            }
        }
    }

    fn keyword(&mut self, field: &Field, raw: &str) {
        let Some(value) = self.out.cleaned("keywords", raw, text::plain) else {
            return;
        };
        let keyword = LangText { value, lang: None };
        self.out.add_keyword(&field.tag, keyword);
    }

    fn publication(&mut self) {
        if let Some(date) = self.date_of_ojs() {
            self.out.article.published = Some(date);
            self.out.set_origin("published", "008");
        }
        for field in self.fields(&["264", "260"]) {
            // production, distribution, manufacture, copyright
            if field.tag == "264" && matches!(field.ind2, '0' | '2' | '3' | '4') {
                continue;
            }
            if self.out.article.journal.publisher.is_none() {
                let publisher = field.first('b').map(|raw| unpunctuated(raw).to_owned());
                self.out.article.journal.publisher =
                    self.out
                        .line("journal.publisher", &field.tag, publisher.as_ref());
            }
            if self.out.article.journal.publisher_place.is_none() {
                let place = field.first('a').map(|raw| unpunctuated(raw).to_owned());
                self.out.article.journal.publisher_place =
                    self.out
                        .line("journal.publisher_place", &field.tag, place.as_ref());
            }
            let Some(raw) = field.first('c') else {
                continue;
            };
            let bare = raw.trim().trim_matches(['[', ']', '.', '?', '©', 'c', ' ']);
            match date::parse(bare) {
                Some(date) if self.out.article.published.is_none() => {
                    self.out.article.published = Some(date);
                    self.out.set_origin("published", &field.tag);
                }
                Some(date) => {
                    if self
                        .out
                        .article
                        .published
                        .as_ref()
                        .is_some_and(|known| known.date != date.date)
                    {
                        self.out.add_unmapped_element(&field.tag, None, raw);
                    }
                }
                None => {
                    self.out.add_finding(Code::InvalidDate, "published", raw);
                    self.out.add_unmapped_element(&field.tag, None, raw);
                }
            }
        }
    }

    /// `"041231 2004 …`, and from 3.4 `"%04%12%31 %2004 …`: year, month, day, the year in full.
    fn date_of_ojs(&self) -> Option<PartialDate> {
        let digits: String = self
            .marc
            .control("008")
            .filter(|text| text.trim_start().starts_with('"'))?
            .chars()
            .filter(char::is_ascii_digit)
            .collect();
        let [short, month, day, year] =
            [0..2, 2..4, 4..6, 6..10].map(|range| digits.get(range).unwrap_or(""));
        let date = (year.ends_with(short) && !short.is_empty())
            .then(|| date::parse(&format!("{year}-{month}-{day}")))??;
        (date.date != "1970-01-01").then_some(date)
    }

    /// The journal and where in it: 773, in OJS up to 3.5 786 with a citation.
    fn host(&mut self) {
        for field in self.fields(&["363"]) {
            let [volume, issue] = ['a', 'b'].map(|code| field.first(code).map(unpunctuated));
            self.number(Number::Volume, "363", volume);
            self.number(Number::Issue, "363", issue);
        }
        for field in self.fields(&["773"]) {
            let is_invenio = field.has('p') && !field.has('t') && !field.has('g');
            if is_invenio && self.out.article.journal.title.is_none() {
                self.invenio_host(field);
            } else if self.out.article.journal.title.is_none()
                && let Some(raw) = field.first('t').or_else(|| field.first('a'))
            {
                let title = raw.trim_end_matches([';', ' ']);
                // a full stop ends the title before the next subfield, unless it is an abbreviation's
                let title = title
                    .strip_suffix('.')
                    .filter(|bare| !bare.contains('.'))
                    .unwrap_or(title);
                let title = Some(unpunctuated(title).to_owned());
                self.out.article.journal.title =
                    self.out.line("journal.title", "773$t", title.as_ref());
            }
            for raw in field.all('x') {
                self.out.issn("773$x", raw, Medium::Unknown);
            }
            // Some put into $g what $q is for; it says less than other words do.
            let (short, long): (Vec<&str>, Vec<&str>) = field
                .all('g')
                .map(str::trim)
                .partition(|raw| is_enumeration(raw));
            for raw in long {
                self.relation(raw);
            }
            for raw in field.first('q').into_iter().chain(short) {
                self.enumeration(raw);
            }
        }
        for field in self.fields(&["786"]) {
            match field.first('n').or_else(|| field.first('t')) {
                Some(raw) => citation::whole(&mut self.out, "786", raw, self.context),
                None => self.add_unmapped(field),
            }
        }
    }

    /// 773 of Invenio (CDS, INSPIRE, Zenodo): journal $p, volume $v, number $n, pages $c, year $y.
    fn invenio_host(&mut self, field: &Field) {
        let title = field.first('p').map(str::to_owned);
        self.out.article.journal.title = self.out.line("journal.title", "773$p", title.as_ref());
        self.number(Number::Volume, "773$v", field.first('v'));
        self.number(Number::Issue, "773$n", field.first('n'));
        if let Some(pages) = field.first('c') {
            self.out.pages("773$c", pages);
        }
        self.number(Number::Year, "773$y", field.first('y'));
    }

    /// Where in the journal: set once, a further value is kept among the unmapped ones.
    fn number(&mut self, number: Number, element: &str, raw: Option<&str>) {
        let Some(raw) = raw.map(str::trim) else {
            return;
        };
        let article = &self.out.article;
        let known = match number {
            Number::Volume => article.volume.clone(),
            Number::Issue => article.issue.clone(),
            Number::Year => article.issue_year.map(|year| year.to_string()),
        };
        if known.is_some() {
            if known.as_deref() != Some(raw) {
                self.out.add_unmapped_element(element, None, raw);
            }
            return;
        }
        let raw = raw.to_owned();
        match number {
            Number::Volume => {
                self.out.article.volume = self.out.line("volume", element, Some(&raw));
            }
            Number::Issue => {
                self.out.article.issue = self.out.line("issue", element, Some(&raw));
            }
            Number::Year => match raw.parse() {
                Ok(year) => {
                    self.out.article.issue_year = Some(year);
                    self.out.set_origin("issue_year", element);
                }
                Err(_) => self.out.add_unmapped_element(element, None, &raw),
            },
        }
    }

    /// 773 $g: `Vol. 5, no. 6 (2004), p. 103-110`, or of one thing only: `year:2004`, `pages:103-110`.
    fn relation(&mut self, raw: &str) {
        if let Some((name, value)) = raw
            .split_once(':')
            .filter(|(name, _)| name.chars().all(char::is_alphabetic))
        {
            match name.to_ascii_lowercase().as_str() {
                "volume" => self.number(Number::Volume, "773$g", Some(value)),
                "number" | "issue" => self.number(Number::Issue, "773$g", Some(value)),
                "year" => self.number(Number::Year, "773$g", Some(value)),
                "pages" => self.out.pages("773$g", value.trim()),
                _ => self.out.add_unmapped_element("773$g", None, raw),
            }
            return;
        }
        let pages = ["p. ", "pp. ", "S. ", "s. ", "c. ", "С. ", "P. "]
            .iter()
            .filter_map(|label| {
                let at = raw.rfind(label)?;
                let before = raw[..at].chars().next_back();
                let value = raw[at + label.len()..].trim().trim_end_matches('.');
                (before.is_none_or(|c| !c.is_alphanumeric())
                    && value.starts_with(|c: char| c.is_ascii_digit()))
                .then_some((at, value))
            });
        let (issue, pages) = match pages.max_by_key(|(at, _)| *at) {
            Some((at, value)) => (
                raw[..at].trim_end_matches([',', ';', ':', '.', ' ', '-', '–']),
                Some(value),
            ),
            None => (raw, None),
        };
        if let Some(pages) = pages.filter(|_| self.out.article.pages.is_none()) {
            self.out.pages("773$g", pages);
        }
        if !issue.is_empty() {
            citation::issue(&mut self.out, "773$g", &without_month(issue));
        }
    }

    /// 773 $q, enumeration and first page: `5:6<103`.
    fn enumeration(&mut self, raw: &str) {
        let (levels, page) = raw
            .split_once('<')
            .map_or((raw, None), |(levels, page)| (levels, Some(page)));
        let mut levels = levels
            .split(':')
            .map(|level| level.trim().to_owned())
            .filter(|level| !level.is_empty());
        let (volume, issue) = (levels.next(), levels.next());
        let article = &self.out.article;
        let pages = article.pages.as_ref().map(|pages| &pages.raw);
        let differs = |known: Option<&String>, value: Option<&str>| matches!((known, value), (Some(known), Some(value)) if known != value);
        if differs(article.volume.as_ref(), volume.as_deref())
            || differs(article.issue.as_ref(), issue.as_deref())
            || matches!((pages, page), (Some(raw), Some(page)) if !raw.contains(page))
            || levels.next().is_some()
        {
            self.out.add_unmapped_element("773$q", None, raw);
        }
        if self.out.article.volume.is_none() {
            self.out.article.volume = self.out.line("volume", "773$q", volume.as_ref());
        }
        if self.out.article.issue.is_none() {
            self.out.article.issue = self.out.line("issue", "773$q", issue.as_ref());
        }
        if let Some(page) = page.filter(|_| self.out.article.pages.is_none()) {
            self.out.pages("773$q", page);
        }
    }

    fn identifiers(&mut self) {
        // In OJS the online one comes first, and one alone may be either.
        let issns = self.fields(&["022"]);
        let pair = self.is_ojs && issns.len() == 2;
        for (at, field) in issns.into_iter().enumerate() {
            let medium = match (pair, at) {
                (true, 0) => Medium::Electronic,
                (true, _) => Medium::Print,
                _ => Medium::Unknown,
            };
            for raw in field.all('a') {
                self.out.issn("022", raw, medium);
            }
        }
        for field in self.fields(&["020"]) {
            for raw in field.all('a') {
                self.out
                    .identifier("020", raw.split('(').next().unwrap_or(raw));
            }
        }
        for field in self.fields(&["024"]) {
            // of a field that repeats $a, the source is that of each
            let Some(raw) = field.first('a') else {
                continue;
            };
            match field.first('2').map(str::to_ascii_lowercase).as_deref() {
                Some("doi") => self.out.doi("024", raw),
                Some("hdl") => self.out.identify("024", Scheme::Handle, raw.to_owned()),
                _ => self.out.identifier("024", raw),
            }
        }
        for field in self.fields(&["856"]) {
            self.electronic_location(field);
        }
        for field in self.fields(&["787"]) {
            for url in field.all('o').filter(|url| url.starts_with("http")) {
                self.out.link("787", LinkRel::Related, url, None);
            }
        }
    }

    /// 856: the address of a file or page, with its media type.
    fn electronic_location(&mut self, field: &Field) {
        let media_type = field.first('q').map(str::to_owned);
        let mut urls = field.all('u').peekable();
        if urls.peek().is_none() {
            // OJS names the type of each galley, and not where it is
            self.out
                .add_unmapped_element("856$q", None, media_type.as_deref().unwrap_or_default());
        }
        let urls: Vec<&str> = urls.collect();
        let is_type = |raw: &String| {
            raw.contains('/') && urls.iter().any(|url| identifier::is_valid_url(url))
        };
        if !urls.is_empty()
            && let Some(raw) = media_type.as_ref().filter(|raw| !is_type(raw))
        {
            self.out.add_unmapped_element("856$q", None, raw);
        }
        for url in urls {
            if field.ind2 == '2' {
                self.out
                    .link("856", LinkRel::Related, url, media_type.as_deref());
            } else {
                self.out.url("856", url, media_type.as_deref());
            }
        }
    }

    fn rights(&mut self) {
        for field in self.fields(&["540", "542"]) {
            let statements: Vec<&str> = field.all('a').chain(field.all('f')).collect();
            for raw in field.all('u').chain(statements) {
                let license = rights::license(raw);
                let Some(value) = self.out.cleaned("copyright", raw, text::plain) else {
                    continue;
                };
                let copyright = rights::copyright(&value, None);
                if license.is_none() && copyright.is_none() {
                    self.out.add_unmapped_element(&field.tag, None, raw);
                }
                if self.out.article.license.is_none() && license.is_some() {
                    self.out.article.license = license;
                    self.out.set_origin("license", &field.tag);
                }
                if self.out.article.copyright.is_none() && copyright.is_some() {
                    self.out.article.copyright = copyright;
                    self.out.set_origin("copyright", &field.tag);
                }
            }
        }
    }

    /// Keeps what was not read: whole fields, and single subfields of others.
    fn others(&mut self) {
        for field in &self.marc.fields {
            let number: u16 = field.tag.parse().unwrap_or(999);
            // about the record, or the library's own
            let is_of_record = number < 20
                || (25..100).contains(&number)
                || (330..350).contains(&number)
                || number >= 841;
            let is_new = field.unread().count() == field.subfields.len();
            if is_of_record && !TAKEN.contains(&field.tag.as_str()) {
                continue;
            }
            if is_new {
                self.add_unmapped(field);
                continue;
            }
            for sub in field.unread() {
                // sources, links to authority records, mail addresses
                if !sub.code.is_ascii_digit() && !is_mail(&sub.text) {
                    let element = format!("{}${}", field.tag, sub.code);
                    self.out.add_unmapped_element(&element, None, &sub.text);
                }
            }
        }
    }

    fn add_unmapped(&mut self, field: &Field) {
        let texts = field
            .subfields
            .iter()
            .filter(|sub| !sub.code.is_ascii_digit() && !is_mail(&sub.text))
            .map(|sub| sub.text.as_str());
        self.out
            .add_unmapped_element(&field.tag, None, &texts.collect::<Vec<_>>().join(" "));
    }
}

/// Returns whether a subfield is a mail address and nothing else.
fn is_mail(text: &str) -> bool {
    text.contains('@') && !text.trim().contains(' ') && !text.contains('/')
}

/// `no. 3 (Mar. 2020)` as `no. 3 (2020)`: catalogs name month or season of an issue before its year.
fn without_month(issue: &str) -> String {
    let dated = issue.rsplit_once('(').and_then(|(before, rest)| {
        let (inner, after) = rest.split_once(')')?;
        let (words, year) = inner.trim().rsplit_once([' ', '/'])?;
        let is_year = year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit());
        let words = words
            .split([' ', '/', '-', '–', '.', ','])
            .filter(|word| !word.is_empty());
        let is_time = words.clone().count() <= 3
            && words
                .clone()
                .all(|word| word.chars().all(char::is_alphabetic));
        (is_year && is_time).then(|| format!("{before}({year}){after}"))
    });
    dated.unwrap_or_else(|| issue.to_owned())
}

/// Text without the ISBD punctuation that joins it to the next subfield. A full stop stays after an initial.
fn unpunctuated(text: &str) -> &str {
    let text = text.trim().trim_end_matches(['/', ':', ';', '=', ',', ' ']);
    match text.strip_suffix('.') {
        Some(bare)
            if bare
                .chars()
                .rev()
                .take_while(|c| c.is_alphanumeric())
                .count()
                > 3 =>
        {
            bare
        }
        _ => text,
    }
}

/// Returns whether a value is no more than enumeration and first page, `5:6<103`.
fn is_enumeration(raw: &str) -> bool {
    let is_level =
        |level: &str| !level.is_empty() && level.bytes().all(|byte| byte.is_ascii_digit());
    raw.split_once('<')
        .is_some_and(|(levels, page)| levels.split(':').all(is_level) && !page.contains(' '))
}

/// A number of the place in a journal.
#[derive(Clone, Copy)]
enum Number {
    Volume,
    Issue,
    Year,
}
