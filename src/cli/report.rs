//! `offprint report`: a web page of figures about the collection.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;

use crate::cli::context::Context;
use crate::cli::derived;
use crate::cli::exit::Exit;
use crate::cli::output;
use crate::export::{ExportError, OutFile};
use crate::report::{CollectionReport, html};

/// Arguments of `report`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  offprint report -o report.html
  offprint report --json | jq '.all.fields'")]
pub struct ReportArgs {
    /// Where to write: a path, or - for stdout
    #[arg(long, short, value_name = "PATH", default_value = "-")]
    pub output: PathBuf,

    /// Write the figures as JSON
    #[arg(long)]
    pub json: bool,
}

/// Runs `report`.
pub(super) async fn run(context: &Context, args: &ReportArgs) -> anyhow::Result<Exit> {
    // Opened first: a place that cannot be written to is told before the work.
    let file = match args.output.to_str() {
        Some("-") => None,
        _ => Some(OutFile::open(&args.output)?),
    };
    let store = derived::open(context).await?;
    let report = CollectionReport::read(context.store.to_string(), store.as_ref()).await?;
    let text = if args.json {
        serde_json::to_string_pretty(&report)? + "\n"
    } else {
        html(&report)
    };
    if let Some(mut file) = file {
        let written = file.write_all(text.as_bytes());
        written.map_err(|error| ExportError::io("write", &args.output, error))?;
        file.commit()?;
        context
            .progress
            .say(&format!("{} written", args.output.display()));
    } else {
        let mut out = output::data();
        out.write_all(text.as_bytes())?;
        out.flush()?;
    }
    Ok(Exit::Done)
}
