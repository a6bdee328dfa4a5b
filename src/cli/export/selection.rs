//! The selection of entries to export.

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use crate::article;
use crate::cli::values::{SetSpec, named_value};
use crate::export::{
    Deletions, Destination, Filter, FormatInfo, Has, JournalFilter, Layout, Shard,
};
use crate::normalize::language::bcp47;
use crate::values::Issn;

/// Live or deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Articles alone.
    Live,
    /// Deletions alone.
    Deleted,
    /// Both.
    All,
}

impl Status {
    /// Returns what a filter lets pass; without a choice, what suits the format: deletions stand in a full export of a
    /// format that people read only where they are requested.
    pub(super) fn filter(
        choice: Option<Self>,
        info: &FormatInfo,
        destination: &Destination,
        is_delta: bool,
    ) -> Option<article::Status> {
        let in_folder = matches!(
            destination,
            Destination::Folder(_) | Destination::Archive(_)
        );
        let is_read =
            info.deletions == Deletions::OnRequest && (info.layout == Layout::Stream || in_folder);
        match choice {
            Some(Self::Live) => Some(article::Status::Live),
            Some(Self::Deleted) => Some(article::Status::Deleted),
            Some(Self::All) => None,
            None => (is_read && !is_delta).then_some(article::Status::Live),
        }
    }
}

/// Reads a language, which has to be one.
fn language(text: &str) -> Result<String, String> {
    if bcp47(text).is_some() {
        Ok(text.to_owned())
    } else {
        Err(
            "unknown language; expected a BCP 47 tag such as en-GB or an ISO 639 code such as eng"
                .to_owned(),
        )
    }
}

/// Reads an ISSN.
fn issn(text: &str) -> Result<String, String> {
    let issn = Issn::printed(&text.trim().to_ascii_uppercase());
    issn.map(String::from)
        .ok_or_else(|| "an ISSN has the form 1234-567X".to_owned())
}

/// Settings of what is chosen.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Selection")]
pub struct Selection {
    /// Only records of this set or its subsets; repeatable, like those below
    #[arg(long = "set", value_name = "SETSPEC")]
    pub sets: Vec<SetSpec>,

    /// Only articles in this language, as BCP 47 tag or ISO 639 code
    #[arg(long = "language", value_name = "LANG", value_parser = language)]
    pub languages: Vec<String>,

    /// Only articles published in this year or later
    #[arg(long, value_name = "YEAR", value_parser = clap::value_parser!(i32).range(1000..=9999))]
    pub from_year: Option<i32>,

    /// Only articles published in this year or earlier
    #[arg(long, value_name = "YEAR", value_parser = clap::value_parser!(i32).range(1000..=9999))]
    pub to_year: Option<i32>,

    /// Only this article, by its id or its OAI identifier
    #[arg(long = "id", value_name = "ID")]
    pub ids: Vec<String>,

    /// Only this article, by its DOI
    #[arg(long = "doi", value_name = "DOI")]
    pub dois: Vec<String>,

    /// Settings of the journal.
    #[command(flatten)]
    pub journal: JournalSelection,

    /// Settings of the kind of article.
    #[command(flatten)]
    pub kind: KindSelection,

    /// At most N articles
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: Option<u64>,

    /// Articles, deletions or both [default: both; only articles in full exports of bibtex, csl, csv, jsonld, parquet,
    /// ris and in folders of jats]
    #[arg(long)]
    pub status: Option<Status>,

    /// Only part I of N, to export in N parallel processes; the parts are disjoint and complete
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,

    /// Leave out articles that another source has too (see `offprint duplicates`)
    #[arg(long)]
    pub fold_duplicates: bool,
}

/// Settings of the journal that is chosen, and of the place in it.
#[derive(Clone, Debug, Default, Args)]
pub struct JournalSelection {
    /// Only this volume, as printed
    #[arg(long = "volume", value_name = "VOLUME")]
    pub volumes: Vec<String>,

    /// Only this issue, as printed
    #[arg(long = "issue", value_name = "ISSUE")]
    pub issues: Vec<String>,

    /// Only this journal, by its title in any of its languages
    #[arg(long = "journal", value_name = "TITLE")]
    pub journals: Vec<String>,

    /// Only the journal with this ISSN
    #[arg(long = "issn", value_name = "ISSN", value_parser = issn)]
    pub issns: Vec<String>,
}

/// Settings of the kind of article that is chosen.
#[derive(Clone, Debug, Default, Args)]
pub struct KindSelection {
    /// Only articles under this licence: a name such as "CC BY" or "CC BY 4.0", or its URL
    #[arg(long = "license", value_name = "LICENSE")]
    pub licenses: Vec<String>,

    /// Only works of this kind: a label of the COAR Resource Types, such as "review article"
    #[arg(long = "type", value_name = "TYPE")]
    pub types: Vec<String>,

    /// Only articles that have this field; repeatable, all must be present
    #[arg(long = "has", value_name = "WHAT", value_parser = named_value::<Has>())]
    pub has: Vec<Has>,
}

impl Selection {
    /// Returns whether nothing is chosen from.
    pub(super) fn is_empty(&self) -> bool {
        self.filter().is_empty() && self.shard.is_none()
    }

    /// Returns the filter requested, whatever the status.
    pub fn filter(&self) -> Filter {
        Filter {
            sets: self
                .sets
                .iter()
                .map(|set| set.as_str().to_owned())
                .collect(),
            languages: self.languages.clone(),
            from_year: self.from_year,
            to_year: self.to_year,
            ids: self.ids.clone(),
            dois: self.dois.clone(),
            journal: JournalFilter {
                titles: self.journal.journals.clone(),
                issns: self.journal.issns.clone(),
                volumes: self.journal.volumes.clone(),
                issues: self.journal.issues.clone(),
            },
            licenses: self.kind.licenses.clone(),
            types: self.kind.types.clone(),
            has: self.kind.has.clone(),
            status: None,
        }
    }
}
