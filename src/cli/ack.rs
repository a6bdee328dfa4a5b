//! `offprint ack`: losses that a person knows of.

use clap::Args;

use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::plain;
use crate::cli::source::find;
use crate::cli::values::SourceName;

/// Arguments of `ack`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  offprint ack cac                                     all gaps of a source
  offprint ack cac oai:ojs.example.org:article/643     one record

Acknowledged gaps are still requested and still listed by `offprint status`, but no longer make
a run exit with 4.")]
pub struct AckArgs {
    /// Name of the source
    pub source: SourceName,

    /// OAI identifier of a missing record [default: all gaps]
    #[arg(value_name = "ID")]
    pub identifier: Option<String>,
}

/// Runs `ack`.
pub(super) async fn run(context: &Context, args: &AckArgs) -> anyhow::Result<Exit> {
    let store = context.open_write().await?;
    let source = find(store.as_ref(), args.source.as_str()).await?;
    if let Some(identifier) = &args.identifier {
        let gaps = store.gaps(source.source_id).await?;
        if !gaps
            .iter()
            .any(|gap| gap.identifier.as_ref() == Some(identifier))
        {
            let message = format!("{} is not missing from {}", plain(identifier), source.name);
            return Err(Failure::usage(message)
                .hint("`offprint status --unavailable` lists what is")
                .into());
        }
    }
    let new = store
        .acknowledge(source.source_id, args.identifier.as_deref())
        .await?;
    context
        .progress
        .println(&format!("{}: {new} losses acknowledged", source.name));
    Ok(Exit::Done)
}
