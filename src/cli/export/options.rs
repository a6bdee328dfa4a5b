//! Options of an export: those of `offprint export` that `[[export]]` has too.

use std::sync::Arc;

use clap::Args;

use super::{FormatSettings, Pieces, Selection};
use crate::article;
use crate::cli::values::SourceName;
use crate::export::Choice;

/// The selection and the format settings: the options that `[[export]]` has too.
#[derive(Clone, Debug, Default, Args)]
pub struct ExportOptions {
    /// Settings of an export in several files.
    #[command(flatten)]
    pub pieces: Pieces,

    /// Only this source, by its name in the store; repeatable
    #[arg(long = "source", value_name = "NAME")]
    pub sources: Vec<SourceName>,

    /// Settings of what is chosen.
    #[command(flatten)]
    pub selection: Selection,

    /// Settings of formats.
    #[command(flatten)]
    pub settings: FormatSettings,
}

impl ExportOptions {
    /// Returns what is exported, of the articles and deletions that these settings choose.
    pub(super) fn choice(&self, status: Option<article::Status>) -> Choice {
        let mut filter = self.selection.filter();
        filter.status = status;
        Choice {
            sources: self.sources.iter().map(ToString::to_string).collect(),
            changed_since: None,
            shard: self.selection.shard,
            filter,
            excluded_duplicates: Arc::default(),
        }
    }
}
