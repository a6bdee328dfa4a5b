//! Pages and issues that stand as bare numbers in elements of any purpose.

use super::Crosswalk;
use crate::metadata::oai_dc::Element;
use crate::normalize::pages;
use crate::normalize::source::{self, Citation};

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
