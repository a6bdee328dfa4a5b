//! `offprint forget`: a take-down.

use clap::Args;

use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::plain;
use crate::cli::source::find;
use crate::cli::values::SourceName;
use crate::store::{ItemNo, Selection, SourceId, Store, StoreError};

/// Arguments of `forget`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  offprint forget cac oai:ojs.example.org:article/643 --yes

The record's bytes are blanked in every stored page that holds them, all its versions and the
article are removed, and a later harvest does not bring it back. Its identifier stays known:
exports report it as deleted. Backups and earlier exports are not changed.")]
pub struct ForgetArgs {
    /// Name of the source
    pub source: SourceName,

    /// OAI identifier of the record
    #[arg(value_name = "ID")]
    pub identifier: String,

    /// Do it: it cannot be undone
    #[arg(long)]
    pub yes: bool,
}

/// Runs `forget`.
pub(super) async fn run(context: &Context, args: &ForgetArgs) -> anyhow::Result<Exit> {
    let store = context.open_write().await?;
    let source = find(store.as_ref(), args.source.as_str()).await?;
    let shown = plain(&args.identifier);
    if !args.yes {
        let known = is_known(store.as_ref(), source.source_id, &args.identifier).await?;
        let what = if known {
            "would be removed for good"
        } else {
            "is not in the store; it would be kept out"
        };
        return Err(Failure::usage(format!("{shown} {what}"))
            .hint("say --yes to forget it")
            .into());
    }
    let done = store.forget(source.source_id, &args.identifier).await?;
    let what = match (done.versions, done.again) {
        (0, true) => "was forgotten before".to_owned(),
        (0, false) => "was not in the store; a harvest will not bring it in".to_owned(),
        (versions, _) => {
            format!(
                "is forgotten: {versions} versions removed, blanked in {} pages",
                done.pages
            )
        }
    };
    context.progress.println(&format!("{shown} {what}"));
    Ok(Exit::Done)
}

async fn is_known(
    store: &dyn Store,
    source_id: SourceId,
    identifier: &str,
) -> Result<bool, StoreError> {
    let mut after = ItemNo::START;
    loop {
        let items = store.items(source_id, Selection::All, after, 500).await?;
        let Some(last) = items.last() else {
            return Ok(false);
        };
        after = last.item_no;
        if items.iter().any(|item| item.identifier == identifier) {
            return Ok(true);
        }
    }
}
