//! An export in several files.

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use crate::cli::exit::Failure;
use crate::export;

/// The content of one file of a split export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum ShardBy {
    /// One source.
    Source,
}

/// Settings of an export in several files.
#[derive(Clone, Debug, Default, Args)]
pub struct Pieces {
    /// Split into files of about this size before compression:
    /// articles.part-0001.jsonl …
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u64).range(1..))]
    pub shard_size: Option<u64>,

    /// One file per source: articles.source-NAME.jsonl …
    #[arg(long, value_name = "WHAT", conflicts_with = "shard_size")]
    pub shard_by: Option<ShardBy>,
}

impl Pieces {
    /// Returns the rule that begins a new file, if any.
    pub(super) fn wanted(&self) -> Option<export::SplitBy> {
        match (self.shard_size, self.shard_by) {
            (Some(size), _) => Some(export::SplitBy::Size(size)),
            (None, Some(ShardBy::Source)) => Some(export::SplitBy::Source),
            (None, None) => None,
        }
    }
}

/// Why an export that is not a single file cannot be split.
pub(super) fn no_file() -> Failure {
    Failure::usage(
        "--shard-size and --shard-by part one file: name it with -o, such as -o articles.jsonl",
    )
}
