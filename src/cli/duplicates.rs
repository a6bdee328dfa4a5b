//! `offprint duplicates`: articles that are in the store more than once.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use clap::Args;

use crate::cli::context::Context;
use crate::cli::derived;
use crate::cli::exit::Exit;
use crate::cli::output::{self, counted, plain};
use crate::phase::Phase;
use crate::report::Articles;
use crate::report::duplicates::{self, AmbiguousKey, DuplicateScope, Group};

/// Arguments of `duplicates`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  offprint duplicates
  offprint duplicates --json | jq -r '.groups[] | select(.across == \"hosts\") | .title'")]
pub struct DuplicatesArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Runs `duplicates`.
pub(super) async fn run(context: &Context, args: &DuplicatesArgs) -> anyhow::Result<Exit> {
    let store = derived::open(context).await?;
    let store = store.as_ref();
    let articles = Articles::open(store).await?;
    let found = {
        let _phase = Phase::begin("looking for duplicates", None);
        duplicates::find(store, &articles).await?
    };
    let phase = Phase::begin("reading duplicates", Some(found.groups.len() as u64));
    // Some groups at a time: there may be as many as articles.
    let mut out = output::data();
    if args.json {
        out.write_all(b"{\"groups\":[")?;
    }
    let mut rest = &found.groups[..];
    let mut separator = "\n";
    while !rest.is_empty() {
        let some = duplicates::at_once(rest);
        rest = &rest[some.len()..];
        for group in duplicates::describe(&articles, some).await? {
            if args.json {
                out.write_all(std::mem::replace(&mut separator, ",\n").as_bytes())?;
                serde_json::to_writer(&mut out, &group).map_err(io::Error::from)?;
            } else {
                out.write_all(describe(&group).as_bytes())?;
            }
        }
        phase.advance(some.len() as u64);
    }
    if args.json {
        out.write_all(b"\n],\"overused\":")?;
        serde_json::to_writer(&mut out, &found.overused).map_err(io::Error::from)?;
        out.write_all(b"}\n")?;
    } else {
        for AmbiguousKey {
            kind,
            key,
            articles,
        } in &found.overused
        {
            writeln!(
                out,
                "{kind} {}: {articles} articles have it, so it tells nothing",
                plain(key)
            )?;
        }
    }
    out.flush()?;
    let articles: usize = found.groups.iter().map(Vec::len).sum();
    context.progress.println(&format!(
        "{} with {}",
        counted(found.groups.len() as u64, "group"),
        counted(articles as u64, "article")
    ));
    Ok(Exit::Done)
}

fn describe(group: &Group) -> String {
    let across = match group.across {
        DuplicateScope::OneSource => "in one source",
        DuplicateScope::Sources => "in several sources",
        DuplicateScope::Hosts => "on several hosts",
    };
    let title = group.title.as_deref().unwrap_or("(no title)");
    let mut text = format!("{}  ({across})\n", plain(title));
    for link in &group.keys {
        let _ = match &*link.kind {
            "title" => writeln!(text, "  by title, issue and pages"),
            kind => writeln!(text, "  by {kind} {}", plain(&link.key)),
        };
    }
    for article in &group.articles {
        let url = article.url.as_deref().map(plain).unwrap_or_default();
        let _ = writeln!(
            text,
            "    {}  {}  {url}",
            article.source,
            plain(&article.identifier)
        );
    }
    text.push('\n');
    text
}
