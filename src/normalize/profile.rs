//! The profile of a source: facts that its records show only as a whole: the journals' titles, which
//! may hold the separators of the citation, and which of an ISSN pair is the online one.

use serde::{Deserialize, Serialize};

use super::journal_facts::{JournalSetting, KnownJournal};
use super::profile_index::{Lookup, ProfileIndex};

/// Facts learned from all records of a source, needed to read each of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Titles of the journals in this source, most frequent first.
    #[serde(default)]
    pub journal_titles: Vec<JournalTitle>,
    /// Pairs of ISSNs that records give together.
    #[serde(default)]
    pub issn_pairs: Vec<IssnPair>,
    /// Texts that stand alone where a journal's title may, in several records of articles.
    #[serde(default)]
    pub recurring_titles: Vec<String>,
    /// The software that the records show signs of, where Identify names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software: Option<String>,
    /// The signs it was recognised by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub software_signs: Vec<String>,
    /// The journals of this source.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub journals: Vec<KnownJournal>,
    /// Settings of its journals; of those that match an article, the first that sets a field counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub journal_settings: Vec<JournalSetting>,
    /// Lookups in these lists.
    #[serde(skip)]
    pub(super) index: ProfileIndex,
}

/// A journal's title in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct JournalTitle {
    /// The title.
    pub title: String,
    /// BCP 47 tag, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
}

/// The ISSNs of one journal.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct IssnPair {
    /// Online.
    pub electronic: String,
    /// Print.
    pub print: String,
}

impl Profile {
    pub(super) fn lookup(&self) -> &Lookup {
        self.index.get_or_build(|| {
            let titles = self.journal_titles.iter().map(|title| &*title.title);
            let mut lookup = Lookup::of(titles, &self.journals);
            lookup.recurring = self.recurring_titles.iter().cloned().collect();
            for pair in &self.issn_pairs {
                lookup.electronic.insert(pair.electronic.clone());
                lookup.print.insert(pair.print.clone());
            }
            lookup
        })
    }

    /// Returns whether an ISSN is the online one of a pair.
    pub(super) fn has_electronic_issn(&self, issn: &str) -> bool {
        self.lookup().electronic.contains(issn)
    }

    /// Returns whether an ISSN is the print one of a pair.
    pub(super) fn has_print_issn(&self, issn: &str) -> bool {
        self.lookup().print.contains(issn)
    }

    /// Returns the titles of journals that a value begins with but for case, most frequent first.
    pub(super) fn titles_beginning(&self, value: &str) -> Vec<&JournalTitle> {
        if self.journal_titles.is_empty() {
            return Vec::new();
        }
        let found = self.lookup().beginnings(&value.to_lowercase());
        let titles = found.into_iter();
        titles
            .filter_map(|at| self.journal_titles.get(at))
            .collect()
    }

    /// Returns the known journals that have an ISSN.
    pub(super) fn journals_by_issn(&self, issn: &str) -> impl Iterator<Item = &KnownJournal> {
        self.journals_at(self.lookup().by_issn.get(issn))
    }

    /// Returns the known journals that have a path.
    pub(super) fn journals_by_path(&self, path: &str) -> impl Iterator<Item = &KnownJournal> {
        self.journals_at(self.lookup().by_path.get(path))
    }

    /// Returns the known journals that have a title, given in lower case.
    pub(super) fn journals_by_title(&self, title: &str) -> impl Iterator<Item = &KnownJournal> {
        self.journals_at(self.lookup().by_title.get(title))
    }

    fn journals_at<'a>(
        &'a self,
        places: Option<&'a Vec<usize>>,
    ) -> impl Iterator<Item = &'a KnownJournal> {
        let places = places.into_iter().flatten();
        places.filter_map(|at| self.journals.get(*at))
    }
}
