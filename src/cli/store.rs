//! `offprint store`: whether the store is sound, what it keeps, and a copy of it.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::export::check_folder;
use crate::cli::output::{self, plain};
use crate::store::{self, Access, Location};
use crate::temporary::{self, Temporary};

/// Arguments of `store`.
#[derive(Debug, Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Examples:
  offprint store check --reindex
  offprint store compact --keep current
  offprint store backup /srv/backup/offprint.db
  offprint store copy offprint.db postgres://offprint@db.example.org/offprint"
)]
pub struct StoreArgs {
    #[command(subcommand)]
    command: StoreCommand,
}

#[derive(Debug, Subcommand)]
enum StoreCommand {
    /// Check that pages, hashes and the index of records agree
    Check {
        /// Read every page again and compare the index with it
        #[arg(long)]
        reindex: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Drop data that is no longer needed, and free its space
    Compact {
        /// Pages to keep
        #[arg(long, default_value = "changed")]
        keep: Keep,
        /// Drop the articles kept for fast exports; they are made again when needed
        #[arg(long)]
        drop_articles: bool,
    },
    /// Copy the store into a file, also while it is in use
    Backup {
        /// The file; an existing copy is replaced when the new one is complete
        file: PathBuf,
    },
    /// Copy a store into an empty one of either engine, and compare them
    Copy {
        /// The store to copy: a file, or a postgres:// URL
        from: Location,
        /// The new store: a file, or a postgres:// URL
        to: Location,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Keep {
    /// All pages
    All,
    /// Pages with any version of a record
    Changed,
    /// Pages with the present version of a record; drops the history
    Current,
}

#[derive(Serialize)]
struct Checked {
    sound: bool,
    complaints: Vec<String>,
}

/// Runs `store`.
pub(super) async fn run(context: &Context, args: &StoreArgs) -> anyhow::Result<Exit> {
    match &args.command {
        StoreCommand::Check { reindex, json } => check(context, *reindex, *json).await,
        StoreCommand::Compact {
            keep,
            drop_articles,
        } => compact(context, *keep, *drop_articles).await,
        StoreCommand::Backup { file } => {
            check_folder(file)?;
            let store = context.open_read().await?;
            let bytes = store.backup(file).await?;
            context
                .progress
                .println(&format!("{} written to {}", size(bytes), file.display()));
            Ok(Exit::Done)
        }
        StoreCommand::Copy { from, to, json } => copy(context, from, to, *json).await,
    }
}

async fn check(context: &Context, reindex: bool, json: bool) -> anyhow::Result<Exit> {
    let store = context.open_read().await?;
    let mut complaints = store.check().await?;
    if reindex && complaints.is_empty() {
        complaints = store.reindex().await?;
    }
    let sound = complaints.is_empty();
    if json {
        output::json(&Checked { sound, complaints })?;
    } else if sound {
        output::to_stdout("the store is sound")?;
    } else {
        let lines: Vec<String> = complaints
            .iter()
            .map(|complaint| plain(complaint))
            .collect();
        output::to_stdout(&lines.join("\n"))?;
    }
    Ok(if sound { Exit::Done } else { Exit::Failed })
}

async fn compact(context: &Context, keep: Keep, drop_articles: bool) -> anyhow::Result<Exit> {
    let keep = match keep {
        Keep::All => store::Keep::All,
        Keep::Changed => store::Keep::Changed,
        Keep::Current => store::Keep::Current,
    };
    let store = context.open_write().await?;
    let mut articles = String::new();
    if drop_articles {
        articles = format!("{} kept articles, ", store.drop_kept_articles().await?);
    }
    let mut done = store.compact(keep).await?;
    let repacked = store.repack().await?;
    if repacked > 0 {
        done.after = store.compact(store::Keep::All).await?.after;
    }
    context.progress.println(&format!(
        "{articles}{} pages and {} former versions dropped, {repacked} pages packed again; {} is {} now",
        done.bodies,
        done.versions,
        size(done.before),
        size(done.after)
    ));
    Ok(Exit::Done)
}

/// A store in a hidden folder beside the file it will be.
struct StagedStore {
    folder: Temporary,
    place: Location,
    goal: PathBuf,
}

impl StagedStore {
    fn beside(goal: &Path) -> Result<Self, Failure> {
        let folder =
            Temporary::folder_beside(goal, temporary::Access::Private).map_err(|error| {
                Failure::config(format!("cannot create {}: {error}", goal.display()))
            })?;
        Ok(Self {
            place: Location::File(folder.path().join("store.db")),
            folder,
            goal: goal.to_owned(),
        })
    }

    fn settle(self) -> Result<(), Failure> {
        let _move = temporary::moving();
        std::fs::rename(self.folder.path().join("store.db"), &self.goal).map_err(|error| {
            Failure::refused(format!("cannot create {}: {error}", self.goal.display()))
        })
    }
}

/// Copies a store; a file is locked meanwhile, so that no harvest writes to it.
async fn copy(
    context: &Context,
    from: &Location,
    to: &Location,
    json: bool,
) -> anyhow::Result<Exit> {
    let access = match from {
        Location::File(_) => Access::Write { create: false },
        Location::Postgres(_) => Access::Read,
    };
    let source = from.open(access).await?;
    if let Location::File(path) = to {
        temporary::remove_stale(path);
    }
    // A new file appears when it is whole.
    let staged = match to {
        Location::File(path) if !path.exists() => Some(StagedStore::beside(path)?),
        _ => None,
    };
    let place = staged.as_ref().map_or(to, |staged| &staged.place);
    let target = place.open(Access::Write { create: true }).await?;
    let tell = |copied: &store::copy::Copied| {
        context.progress.println(&format!(
            "{:>9}  {}  {}",
            copied.rows, copied.hash, copied.table
        ));
    };
    let copied = store::copy::copy(&source, &target, tell).await?;
    drop(target);
    if let Some(staged) = staged {
        staged.settle()?;
    }
    if json {
        output::json(&copied)?;
    }
    context.progress.println(&format!(
        "{to} is a copy of {from}: every row was read back and agrees"
    ));
    Ok(Exit::Done)
}

/// Bytes in words.
fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..10_000_000 => format!("{} KB", bytes / 1000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}
