//! `offprint check`: the report card of a journal, for its editors.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;

use crate::article::Severity;
use crate::cli::connection::Connection;
use crate::cli::context::Context;
use crate::cli::derived;
use crate::cli::exit::{Exit, Failure};
use crate::cli::get;
use crate::cli::output::{self, counted, plain};
use crate::export::{ExportError, OutFile};
use crate::report::{CardReport, card_page};
use crate::store::{Source, Store, StoreError};

/// Arguments of `check`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  offprint check https://journal.example.org/index.php/journal
  offprint check https://journal.example.org/index.php/journal -o card.html
  offprint check journal -o card.html     a source of the store, without a request
  offprint check journal --json | jq '.subjects[] | select(.articles == 0).subject'")]
pub struct CheckArgs {
    /// Address of the journal, which is harvested into the cache folder; or the name of a source of the store
    #[arg(value_name = "URL|SOURCE")]
    pub journal: String,

    /// Write a web page for the editors; - for stdout [default: a table on stdout]
    #[arg(long, short, value_name = "FILE", conflicts_with = "json")]
    pub output: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    pub json: bool,

    /// Connection settings.
    #[command(flatten, next_help_heading = "Connection, with a URL")]
    pub connection: Connection,
}

/// Runs `check`.
pub(super) async fn run(context: &Context, args: &CheckArgs) -> anyhow::Result<Exit> {
    // Opened first: a place that cannot be written to is reported before the work.
    let file = match &args.output {
        Some(path) if path.as_os_str() != "-" => Some((path, OutFile::open(path)?)),
        _ => None,
    };
    let is_url = args.journal.contains("://") || args.journal.contains('/');
    let (cached, name, exit) = if is_url {
        let fetched = get::harvest_url(context, &args.journal, &[], &args.connection).await?;
        match fetched {
            get::Fetched::Source { cached, name, exit } => (cached, name, exit),
            get::Fetched::Nothing(exit) => return Ok(exit),
        }
    } else {
        (Box::new(context.clone()), args.journal.clone(), Exit::Done)
    };
    let store = derived::open(&cached).await?;
    let source = source_of(store.as_ref(), &name).await?;
    let report = CardReport::read(store.as_ref(), &source).await?;
    if let Some((path, mut file)) = file {
        let written = file.write_all(card_page(&report).as_bytes());
        written.map_err(|error| ExportError::io("write", path, error))?;
        file.commit()?;
        context
            .progress
            .println(&format!("{} written", path.display()));
    } else if args.output.is_some() {
        let mut out = output::data();
        out.write_all(card_page(&report).as_bytes())?;
        out.flush()?;
    } else if args.json {
        output::json(&report)?;
    } else {
        output::to_stdout(&describe(&report))?;
    }
    Ok(exit)
}

async fn source_of(store: &dyn Store, name: &str) -> anyhow::Result<Source> {
    let sources = store.sources().await?;
    sources
        .into_iter()
        .find(|source| source.name == name)
        .ok_or_else(|| {
            let error = StoreError::Unknown {
                what: "source",
                name: name.to_owned(),
            };
            Failure::usage(error.to_string())
                .hint("name a source that `offprint status` lists, or give the URL of a journal")
                .into()
        })
}

/// Returns the card as text: the shares, then what can be put right.
fn describe(report: &CardReport) -> String {
    let card = &report.card;
    let mut text = format!(
        "{}: {} in {}\n\n",
        plain(report.title()),
        counted(card.articles, "article"),
        plain(&report.formats.join(", "))
    );
    for share in &card.subjects {
        let part = match &share.not_in {
            Some(formats) => format!("not in {}", plain(formats)),
            None => format!(
                "{}  ({})",
                percent(share.articles, card.articles),
                share.articles
            ),
        };
        let _ = writeln!(text, "  {:<12} {part}", share.subject.as_str());
    }
    for share in &card.subjects {
        let Some(advice) = &share.advice else {
            continue;
        };
        let without = card.articles - share.articles;
        let _ = writeln!(text, "\n{without} without {}", share.subject.as_str());
        let _ = writeln!(text, "  {advice}");
        for article in share.lacking.iter().take(3) {
            let link = article.url.as_deref().unwrap_or(&article.identifier);
            let _ = writeln!(text, "  {}", plain(link));
        }
    }
    for finding in &card.findings {
        let severity = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "note",
        };
        let _ = writeln!(
            text,
            "\n{} with {} ({severity}): {}",
            finding.articles,
            finding.code,
            finding.meaning.replace('`', "")
        );
        if let Some(advice) = &finding.advice {
            let _ = writeln!(text, "  {advice}");
        }
        for example in finding.examples.iter().take(3) {
            let article = &example.article;
            let link = article.url.as_deref().unwrap_or(&article.identifier);
            let _ = writeln!(text, "  {}  {}", plain(link), plain(&example.raw));
        }
    }
    text
}

/// Formats a share: 0 % and 100 % stand for none and all only.
fn percent(part: u64, whole: u64) -> String {
    match part {
        0 => "0 %".to_owned(),
        _ if part >= whole => "100 %".to_owned(),
        _ => format!("{} %", (part * 100 / whole.max(1)).clamp(1, 99)),
    }
}
