//! When two formats say the same.

use crate::article::{Copyright, License, Pages, PartialDate};
use crate::normalize::dublin_core::same_language;
use crate::normalize::text::unscripted;

/// A value that formats may state differently.
pub(super) trait Mergeable: Clone {
    /// Returns whether both say the same.
    fn agrees(&self, other: &Self) -> bool;
    /// The value as a finding shows it.
    fn shown(&self) -> String;
    /// Takes in what an agreeing value has more.
    fn complete(&mut self, _other: &Self) {}
}

impl Mergeable for String {
    fn agrees(&self, other: &Self) -> bool {
        letters(self) == letters(other)
    }
    fn shown(&self) -> String {
        self.clone()
    }
}

impl Mergeable for i32 {
    fn agrees(&self, other: &Self) -> bool {
        self == other
    }
    fn shown(&self) -> String {
        self.to_string()
    }
}

impl Mergeable for Pages {
    fn agrees(&self, other: &Self) -> bool {
        letters(&self.raw) == letters(&other.raw)
            || (self.first.is_some()
                && self.first == other.first
                && compatible(self.last.as_ref(), other.last.as_ref()))
            || (self.first.is_some() && self.first == other.elocation_id)
            || (other.first.is_some() && other.first == self.elocation_id)
    }
    fn shown(&self) -> String {
        self.raw.clone()
    }
}

impl Mergeable for License {
    fn agrees(&self, other: &Self) -> bool {
        (self.url.is_some() && self.url == other.url) || letters(&self.raw) == letters(&other.raw)
    }
    fn shown(&self) -> String {
        self.raw.clone()
    }
    fn complete(&mut self, other: &Self) {
        if self.url.is_none() {
            self.url.clone_from(&other.url);
            self.name = self.name.take().or_else(|| other.name.clone());
        }
    }
}

impl Mergeable for Copyright {
    fn agrees(&self, other: &Self) -> bool {
        let holders = self.holder.as_deref().map(letters);
        compatible(self.year.as_ref(), other.year.as_ref())
            && compatible(
                holders.as_ref(),
                other.holder.as_deref().map(letters).as_ref(),
            )
    }
    fn complete(&mut self, other: &Self) {
        self.year = self.year.or(other.year);
        self.holder = self.holder.take().or_else(|| other.holder.clone());
        self.statement = self.statement.take().or_else(|| other.statement.clone());
    }
    fn shown(&self) -> String {
        self.statement
            .clone()
            .or_else(|| self.holder.clone())
            .unwrap_or_default()
    }
}

impl Mergeable for PartialDate {
    fn agrees(&self, other: &Self) -> bool {
        self.date.starts_with(&other.date) || other.date.starts_with(&self.date)
    }
    fn shown(&self) -> String {
        self.date.clone()
    }
}

/// Returns whether both are equal as far as both are there.
fn compatible<T: PartialEq>(a: Option<&T>, b: Option<&T>) -> bool {
    a.is_none() || b.is_none() || a == b
}

/// Returns whether `part` is `whole` up to where a subtitle may begin.
pub(super) fn is_head(part: &str, whole: &str) -> bool {
    let wanted = letters(part);
    let mut rest = wanted.chars();
    let mut has_letters = false;
    for c in whole.chars() {
        if matches!(c, ':' | '.' | '?' | '!' | '—' | '–' | '(') {
            if has_letters && rest.as_str().is_empty() {
                return true;
            }
        } else if c.is_alphanumeric() {
            has_letters = true;
            if c.to_lowercase().any(|lower| rest.next() != Some(lower)) {
                return false;
            }
        }
    }
    false
}

pub(super) fn paragraphs(value: &str) -> usize {
    value.split("\n\n").count()
}

pub(super) fn same(a: Option<&str>, b: Option<&str>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => same_language(a, b),
        (None, None) => true,
        _ => false,
    }
}

/// Letters and digits in lower case: what stays when spacing, punctuation, and superscripts differ.
pub(super) fn letters(value: &str) -> String {
    value
        .chars()
        .map(unscripted)
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

pub(super) fn words(value: &str) -> usize {
    value
        .split_whitespace()
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .count()
}

/// Returns whether `whole` has all words of `part` in their order, and more.
pub(super) fn contains_words(whole: &str, part: &str) -> bool {
    let same = |a: &str, b: &str| a.chars().map(unscripted).eq(b.chars().map(unscripted));
    let mut whole_words = whole.split_whitespace();
    words(whole) > words(part)
        && part
            .split_whitespace()
            .all(|word| whole_words.any(|other| same(other, word)))
}
