//! `offprint report`: a web page of figures about the collection.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use chrono::Utc;
use clap::Args;

use crate::cli::context::Context;
use crate::cli::derived;
use crate::cli::due::next_attempts;
use crate::cli::exit::Exit;
use crate::cli::output;
use crate::cli::stored_settings;
use crate::display::TerminalText;
use crate::export::{ExportError, OutFile};
use crate::report::{CollectionReport, html, pages};
use crate::store::Store;

/// Arguments of `report`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  offprint report -o report.html
  offprint report -o report/           a page for each source
  offprint report --json | jq '.all.fields'")]
pub struct ReportArgs {
    /// Where to write: a file, a folder for a page per source, or - for stdout
    #[arg(long, short, value_name = "PATH", default_value = "-")]
    pub output: PathBuf,

    /// Write the figures as JSON
    #[arg(long)]
    pub json: bool,
}

/// Runs `report`.
pub(super) async fn run(context: &Context, args: &ReportArgs) -> anyhow::Result<Exit> {
    if !args.json && is_folder(&args.output) {
        return write_folder(context, &args.output).await;
    }
    // Opened first: a place that cannot be written to is reported before the work.
    let file = match args.output.to_str() {
        Some("-") => None,
        _ => Some(OutFile::open(&args.output)?),
    };
    let store = derived::open(context).await?;
    let report = read(context, store.as_ref()).await?;
    let text = if args.json {
        TerminalText::json(&serde_json::to_string_pretty(&report)?)
            .as_str()
            .to_owned()
            + "\n"
    } else {
        html(&report)
    };
    if let Some(mut file) = file {
        let written = file.write_all(text.as_bytes());
        written.map_err(|error| ExportError::io("write", &args.output, error))?;
        file.commit()?;
        context
            .progress
            .println(&format!("{} written", args.output.display()));
    } else {
        let mut out = output::data();
        out.write_all(text.as_bytes())?;
        out.flush()?;
    }
    Ok(Exit::Done)
}

/// Takes the figures of a store, with the next attempts of failing sources.
async fn read(context: &Context, store: &dyn Store) -> anyhow::Result<CollectionReport> {
    let mut report = CollectionReport::read(context.store.to_string(), store).await?;
    let config = stored_settings::of(&context.config, store).await?;
    report.schedule(&next_attempts(&config, store, Utc::now()).await?);
    Ok(report)
}

/// Returns whether a path is that of a folder: an existing one, or one with a slash at its end.
fn is_folder(path: &Path) -> bool {
    path.is_dir()
        || path
            .to_string_lossy()
            .ends_with(['/', std::path::MAIN_SEPARATOR])
}

/// Writes the report into a folder: `index.html`, and a page for each source. Pages of sources that are gone stay.
async fn write_folder(context: &Context, folder: &Path) -> anyhow::Result<Exit> {
    let place = |error| ExportError::io("create", folder, error);
    std::fs::create_dir_all(folder.join("sources")).map_err(place)?;
    let store = derived::open(context).await?;
    let report = read(context, store.as_ref()).await?;
    let pages = pages(&report);
    let count = pages.len();
    for page in pages {
        let path = folder.join(&page.path);
        let mut file = OutFile::open(&path)?;
        let written = file.write_all(page.html.as_bytes());
        written.map_err(|error| ExportError::io("write", &path, error))?;
        file.commit()?;
    }
    context.progress.println(&format!(
        "{count} pages written to {}; begin with index.html",
        folder.display()
    ));
    Ok(Exit::Done)
}
