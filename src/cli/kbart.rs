//! `offprint kbart`: the journals of the collection as a KBART list.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;

use crate::cli::context::Context;
use crate::cli::derived;
use crate::cli::exit::Exit;
use crate::cli::output;
use crate::export::{ExportError, OutFile};
use crate::report::Articles;
use crate::report::kbart::Holdings;

/// Arguments of `kbart`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  offprint kbart
  offprint kbart -o Library_AllTitles_2026-11-30.txt

KBART wants files named PROVIDER_PACKAGE_DATE.txt. The list says which issues this collection has articles of.")]
pub struct KbartArgs {
    /// Output path, or - for stdout
    #[arg(long, short, value_name = "PATH", default_value = "-")]
    pub output: PathBuf,
}

/// Runs `kbart`.
pub(super) async fn run(context: &Context, args: &KbartArgs) -> anyhow::Result<Exit> {
    // Opened first: a place that cannot be written to is reported before the work.
    let file = match args.output.to_str() {
        Some("-") => None,
        _ => Some(OutFile::open(&args.output)?),
    };
    let store = derived::open(context).await?;
    let articles = Articles::open(store.as_ref()).await?;
    let holdings = Holdings::read(&articles).await?;
    let text = holdings.to_tsv();
    if let Some(mut file) = file {
        let written = file.write_all(text.as_bytes());
        written.map_err(|error| ExportError::io("write", &args.output, error))?;
        file.commit()?;
    } else {
        let mut out = output::data();
        out.write_all(text.as_bytes())?;
        out.flush()?;
    }
    context
        .progress
        .println(&format!("{} journals", holdings.len()));
    Ok(Exit::Done)
}
