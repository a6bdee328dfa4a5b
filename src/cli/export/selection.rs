//! What of a collection is exported.

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use crate::article;
use crate::cli::values::SetSpec;
use crate::export::{Filter, Shard};

/// Live or deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Articles alone.
    Live,
    /// Deletions alone.
    Deleted,
}

impl From<Status> for article::Status {
    fn from(status: Status) -> Self {
        match status {
            Status::Live => Self::Live,
            Status::Deleted => Self::Deleted,
        }
    }
}

/// Settings of what is chosen.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Selection")]
pub struct Selection {
    /// Only records of this set or its subsets; may be given more than once, like those below
    #[arg(long = "set", value_name = "SETSPEC")]
    pub sets: Vec<SetSpec>,

    /// Only articles in this language, as BCP 47 tag or ISO 639 code
    #[arg(long = "language", value_name = "LANG")]
    pub languages: Vec<String>,

    /// Only articles published in this year or later
    #[arg(long, value_name = "YEAR", value_parser = clap::value_parser!(i32).range(1000..=9999))]
    pub from_year: Option<i32>,

    /// Only this volume, as printed
    #[arg(long = "volume", value_name = "VOLUME")]
    pub volumes: Vec<String>,

    /// Only this issue, as printed
    #[arg(long = "issue", value_name = "ISSUE")]
    pub issues: Vec<String>,

    /// Only this article, by its id or its OAI identifier
    #[arg(long = "id", value_name = "ID")]
    pub ids: Vec<String>,

    /// Only this article, by its DOI
    #[arg(long = "doi", value_name = "DOI")]
    pub dois: Vec<String>,

    /// Only articles, or only deletions
    #[arg(long)]
    pub status: Option<Status>,

    /// Only part I of N, to export in N processes side by side; the parts are disjoint and complete
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,

    /// Leave out what another source has too, as `offprint duplicates` lists it
    #[arg(long)]
    pub fold_duplicates: bool,
}

impl Selection {
    /// The filter asked for.
    pub fn filter(&self) -> Filter {
        Filter {
            sets: self
                .sets
                .iter()
                .map(|set| set.as_str().to_owned())
                .collect(),
            languages: self.languages.clone(),
            from_year: self.from_year,
            volumes: self.volumes.clone(),
            issues: self.issues.clone(),
            ids: self.ids.clone(),
            dois: self.dois.clone(),
            status: self.status.map(Into::into),
        }
    }
}
