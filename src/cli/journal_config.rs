//! One journal of a source in the configuration file.

use clap::Args;
use serde::{Deserialize, Serialize};

use crate::cli::values::{DoiText, IssnText, PlainText, SetSpec};
use crate::normalize::{JournalFacts, JournalSetting};

/// One journal of a source with several, selected by at least one of `issn`, `path` and `set`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Args)]
#[serde(default, deny_unknown_fields)]
pub struct JournalConfig {
    /// One of its ISSNs.
    #[arg(skip)]
    pub issn: Option<IssnText>,
    /// The path in Open Journal Systems.
    #[arg(skip)]
    pub path: Option<PlainText>,
    /// The setSpec, the subsets included.
    #[arg(skip)]
    pub set: Option<SetSpec>,

    /// Title of the journal, the same for all its articles
    #[arg(long, value_name = "TITLE")]
    pub journal_title: Option<PlainText>,

    /// The print ISSN
    #[arg(long, value_name = "ISSN")]
    pub issn_print: Option<IssnText>,

    /// The online ISSN
    #[arg(long, value_name = "ISSN")]
    pub issn_electronic: Option<IssnText>,

    /// The publisher
    #[arg(long, value_name = "NAME")]
    pub publisher: Option<PlainText>,

    /// The place of publication
    #[arg(long, value_name = "PLACE")]
    pub publisher_place: Option<PlainText>,

    /// The journal's own DOI
    #[arg(long, value_name = "DOI")]
    pub journal_doi: Option<DoiText>,
}

impl JournalConfig {
    /// Returns whether it selects no journal.
    pub(super) fn selects_nothing(&self) -> bool {
        self.issn.is_none() && self.path.is_none() && self.set.is_none()
    }

    /// Returns whether it sets nothing.
    pub(super) fn sets_nothing(&self) -> bool {
        self.facts() == JournalFacts::default()
    }

    /// Returns what is set.
    pub(super) fn facts(&self) -> JournalFacts {
        JournalFacts {
            title: self.journal_title.as_ref().map(ToString::to_string),
            issn_print: self.issn_print.as_ref().map(ToString::to_string),
            issn_electronic: self.issn_electronic.as_ref().map(ToString::to_string),
            publisher: self.publisher.as_ref().map(ToString::to_string),
            publisher_place: self.publisher_place.as_ref().map(ToString::to_string),
            doi: self
                .journal_doi
                .as_ref()
                .map(|doi| doi.as_str().to_ascii_lowercase()),
        }
    }

    /// Returns the setting as normalizing knows it.
    pub(super) fn setting(&self) -> JournalSetting {
        JournalSetting {
            issn: self.issn.as_ref().map(ToString::to_string),
            path: self.path.as_ref().map(ToString::to_string),
            set: self.set.as_ref().map(ToString::to_string),
            facts: self.facts(),
        }
    }
}
