//! `offprint demo`: a real harvest over HTTP of the sample journal, and its exports.

mod journal;
mod run;

use std::path::PathBuf;

use clap::Args;

use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output;

pub use journal::DemoJournal;
pub(super) use run::run;

/// Arguments of `demo`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  offprint demo
  offprint demo -o /tmp/demo
  offprint demo --serve --port 8470

The sample journal serves the recorded responses of a real Open Journal Systems 3.4
from 127.0.0.1. With --serve it keeps running, so that you can try
`offprint harvest` on it.")]
pub struct DemoArgs {
    /// Folder for the store and the exports
    #[arg(long, short, value_name = "DIR", default_value = "offprint-demo")]
    pub output: PathBuf,

    /// Only serve the sample journal until interrupted; prints its URL
    #[arg(long, conflicts_with = "output")]
    pub serve: bool,

    /// Port on 127.0.0.1 [default: a free one]
    #[arg(
        long,
        value_name = "PORT",
        requires = "serve",
        default_value_t = 0,
        hide_default_value = true
    )]
    pub port: u16,
}

/// Runs `demo --serve`.
async fn serve(context: &Context, port: u16) -> anyhow::Result<Exit> {
    let journal = DemoJournal::start_on(port).await.map_err(|error| {
        Failure::refused(format!(
            "the sample journal cannot be served on port {port}: {error}"
        ))
        .hint("name another with --port, or none for a free one")
    })?;
    let _finishing = context.shutdown.finishing();
    output::to_stdout(journal.base_url())?;
    context
        .progress
        .println("the sample journal is served until Ctrl-C");
    context.shutdown.token.cancelled().await;
    journal.stop().await?;
    Ok(Exit::Done)
}
