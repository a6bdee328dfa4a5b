//! Pages, issues and citations in elements of another purpose.

use super::Crosswalk;
use crate::article::Abstract;
use crate::metadata::oai_dc::Element;
use crate::normalize::identifier::{self, Classified};
use crate::normalize::source::{self, Citation};
use crate::normalize::{pages, reference, text};

impl Crosswalk<'_> {
    /// Keeps a range of pages that stands where pages do not belong, for [`Self::range_elsewhere`]; returns whether
    /// it is one.
    pub(super) fn keep_range(&mut self, value: &str, element: &'static str) -> bool {
        let is_range = !self.dialect.is_ojs()
            && value.contains(['-', '–'])
            && source::reads_as_range(value)
            && pages::looks_like_pages(value);
        if is_range {
            self.undecided.ranges.push((value.to_owned(), element));
        }
        is_range
    }

    /// Keeps a description that cites the article, `Citation: Roe, A. (2006). …`, or that is its DOI, for
    /// [`Self::citations_elsewhere`]; returns whether it is one.
    pub(super) fn keep_citation(&mut self, text: &Abstract) -> bool {
        if self.dialect.is_ojs() {
            return false;
        }
        if let Classified::Doi(doi) = identifier::classify(&text.value) {
            let dois = &mut self.undecided.related_dois;
            self.known.related_dois.push(dois, doi);
        } else if let Some(cited) = behind_label(&text.value) {
            let label = text.value.len() - cited.len();
            let description = (text.value.clone(), label, text.lang.clone());
            self.undecided.descriptions.push(description);
            return true;
        } else {
            return false;
        }
        self.out
            .add_unmapped("dc:description", text.lang.as_deref(), &text.value);
        true
    }

    /// Reads the citations of the article among its descriptions and rights.
    pub(super) fn citations_elsewhere(&mut self) {
        for (value, label, lang) in std::mem::take(&mut self.undecided.descriptions) {
            if !self.take_citation(&value[label..], lang.as_deref(), "description") {
                self.out
                    .add_unmapped("dc:description", lang.as_deref(), &value);
            }
        }
        let dc = self.dc;
        for element in dc.named("rights") {
            let value = text::plain(element.value.trim()).value;
            if let Some(cited) = behind_label(&value) {
                // the statement itself stays among the rights
                self.take_citation(cited, None, "rights");
            }
        }
    }

    /// `234-238` in `dc:description` or `dc:format`: the pages of an article whose journal is known, where nothing
    /// else states them.
    pub(super) fn range_elsewhere(&mut self) {
        for (value, element) in std::mem::take(&mut self.undecided.ranges) {
            let is_in_journal =
                self.may_be_in_journal() && self.out.article.journal.title.is_some();
            if is_in_journal && self.out.article.pages.is_none() {
                self.pages(&value, element);
            } else {
                self.out
                    .add_unmapped(&format!("dc:{element}"), None, &value);
            }
        }
    }
}

/// The word at the beginning of a text that announces a citation, and whether it may begin a sentence too.
fn label(value: &str) -> Option<(&'static str, bool)> {
    const LABELS: [(&str, bool); 13] = [
        ("citation: ", false),
        ("suggested citation: ", false),
        ("recommended citation: ", false),
        ("preferred citation: ", false),
        ("original citation: ", false),
        ("cited as: ", false),
        ("originally published in: ", true),
        ("originally published in ", true),
        ("this article was published in ", true),
        ("published in: ", true),
        ("published in ", true),
        ("reprinted from ", true),
        ("source: ", true),
    ];
    let begins = |label: &str| {
        let head = value.get(..label.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(label))
    };
    LABELS.into_iter().find(|(label, _)| begins(label))
}

/// The citation behind a word that announces one. Where the word may begin a sentence, the rest must be a citation alone.
fn behind_label(value: &str) -> Option<&str> {
    let (label, may_begin_sentence) = label(value)?;
    let cited = value[label.len()..].trim_start();
    (!may_begin_sentence || reference::is_bare_citation(cited)).then_some(cited)
}

/// Volume, issue and pages in elements of their own, in this order, with or without the year between them (Sinaweb):
/// four numbers, of which the last two ascend.
pub(super) fn numbers_of_issue(elements: &[&Element<'_>]) -> Option<Citation> {
    let numbers: Vec<&str> = elements
        .iter()
        .filter_map(|element| number(element))
        .collect();
    let (place, year, pages) = match numbers.as_slice() {
        [volume, issue, first, last] => ([volume, issue], None, [first, last]),
        [volume, issue, year, first, last] => {
            let year = year.parse().ok().filter(|year| (1500..2100).contains(year));
            ([volume, issue], Some(year?), [first, last])
        }
        _ => return None,
    };
    let value = |text: &str| text.parse::<u32>().ok();
    let ascends = value(pages[0])? <= value(pages[1])?;
    ascends.then(|| Citation {
        volume: Some((*place[0]).to_owned()),
        number: Some((*place[1]).to_owned()),
        year,
        pages: Some(format!("{}-{}", pages[0], pages[1])),
        ..Citation::default()
    })
}

/// The number that an element consists of.
pub(super) fn number<'e>(element: &'e Element<'_>) -> Option<&'e str> {
    let text = element.value.trim();
    let is_number = (1..=5).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    is_number.then_some(text)
}
