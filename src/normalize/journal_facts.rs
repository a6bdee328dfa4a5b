//! What is known of the journals of a source, and what is set.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Facts that hold for every article of a journal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct JournalFacts {
    /// Title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Print ISSN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issn_print: Option<String>,
    /// Online ISSN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issn_electronic: Option<String>,
    /// Publisher.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
    /// Place of publication.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publisher_place: Option<String>,
    /// The journal's own DOI, bare.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doi: Option<String>,
}

/// Settings of a journal, and the selectors of its articles: an article must meet every one given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct JournalSetting {
    /// One of its ISSNs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issn: Option<String>,
    /// The path in Open Journal Systems.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The setSpec; the set's subsets are in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set: Option<String>,
    /// The settings.
    #[serde(flatten)]
    pub facts: JournalFacts,
}

/// A journal as the records of its source show it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KnownJournal {
    /// All its ISSNs.
    pub issns: BTreeSet<String>,
    /// The paths in Open Journal Systems, in lower case.
    pub paths: BTreeSet<String>,
    /// The titles, in lower case.
    pub titles: BTreeSet<String>,
    /// The facts.
    pub facts: JournalFacts,
}
