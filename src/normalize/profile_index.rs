//! Lookups in a profile whose cost does not grow with the number of journals.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::OnceLock;

use super::journal_facts::KnownJournal;

/// The index of a profile, built at the first lookup. Equal to every other, and not cloned: a clone may be changed
/// before it is first searched.
#[derive(Default)]
pub(super) struct ProfileIndex(OnceLock<Lookup>);

/// Positions in the lists of a profile, by what they are looked up by.
#[derive(Debug, Default)]
pub(super) struct Lookup {
    /// Titles of journals in lower case, sorted, and their positions.
    titles: Vec<(String, usize)>,
    pub(super) recurring: HashSet<String>,
    pub(super) electronic: HashSet<String>,
    pub(super) print: HashSet<String>,
    /// Known journals by ISSN, path, and title in lower case; in their order.
    pub(super) by_issn: HashMap<String, Vec<usize>>,
    pub(super) by_path: HashMap<String, Vec<usize>>,
    pub(super) by_title: HashMap<String, Vec<usize>>,
}

impl Clone for ProfileIndex {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for ProfileIndex {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for ProfileIndex {}

impl fmt::Debug for ProfileIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProfileIndex")
    }
}

impl ProfileIndex {
    /// Returns the lookups, and builds them where that has not been done.
    pub(super) fn get_or_build(&self, build: impl FnOnce() -> Lookup) -> &Lookup {
        self.0.get_or_init(build)
    }
}

impl Lookup {
    /// Builds the lookups of titles and journals.
    pub(super) fn of<'a>(titles: impl Iterator<Item = &'a str>, journals: &[KnownJournal]) -> Self {
        let mut titles: Vec<(String, usize)> = titles
            .enumerate()
            .filter(|(_, title)| !title.is_empty())
            .map(|(at, title)| (title.to_lowercase(), at))
            .collect();
        titles.sort_unstable();
        let mut lookup = Self {
            titles,
            ..Self::default()
        };
        for (at, journal) in journals.iter().enumerate() {
            for (map, keys) in [
                (&mut lookup.by_issn, &journal.issns),
                (&mut lookup.by_path, &journal.paths),
                (&mut lookup.by_title, &journal.titles),
            ] {
                for key in keys {
                    map.entry(key.clone()).or_default().push(at);
                }
            }
        }
        lookup
    }

    /// Positions of the titles that a value in lower case begins with, in the order of the profile.
    pub(super) fn beginnings(&self, folded: &str) -> Vec<usize> {
        let mut found = Vec::new();
        let mut upto = self.titles.partition_point(|(title, _)| &**title <= folded);
        while let Some((title, at)) = upto.checked_sub(1).and_then(|last| self.titles.get(last)) {
            if folded.starts_with(&**title) {
                found.push(*at);
                upto -= 1;
                continue;
            }
            // Whatever else the value begins with is no longer than what the two have in common.
            let common = common_prefix(folded, title);
            upto = self.titles[..upto].partition_point(|(title, _)| &**title <= common);
        }
        found.sort_unstable();
        found
    }
}

fn common_prefix<'a>(one: &'a str, other: &str) -> &'a str {
    let same = one
        .char_indices()
        .zip(other.chars())
        .take_while(|((_, one), other)| one == other);
    let end = same.map(|((at, c), _)| at + c.len_utf8()).last();
    &one[..end.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_title_that_a_value_begins_with() {
        let titles = [
            "Law",
            "Law; Economy",
            "LAW",
            "Lawyer",
            "Annals",
            "Łódź",
            "Law; Society",
            "",
        ];
        let lookup = Lookup::of(titles.into_iter(), &[]);
        let found = |value: &str| -> Vec<&str> {
            let found = lookup.beginnings(&value.to_lowercase()).into_iter();
            found.map(|at| titles[at]).collect()
        };
        assert_eq!(found("Law; economy; 1"), ["Law", "Law; Economy", "LAW"]);
        assert_eq!(found("Law; Z"), ["Law", "LAW"]);
        assert_eq!(found("lawyers"), ["Law", "LAW", "Lawyer"]);
        assert_eq!(found("łódź; 1"), ["Łódź"]);
        assert!(found("L").is_empty() && found("").is_empty() && found("Zoology").is_empty());
    }
}
