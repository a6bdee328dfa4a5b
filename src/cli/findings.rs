//! `offprint findings`: what was repaired, doubted or dropped.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use clap::Args;
use serde::Serialize;

use crate::article::{Entry, Finding, Severity};
use crate::cli::context::Context;
use crate::cli::derived;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::{self, plain};
use crate::cli::values::SourceName;
use crate::report::{Articles, code_name, codes, severity};
use crate::store::{ItemKey, ItemNo, Source, Store, StoreResult};

/// Items in one read.
const BATCH: usize = 200;
/// Sources up to which each is listed, and most that are named of more.
const LISTED: usize = 20;
/// Longest raw value in the table for people, characters.
const WIDTH: usize = 80;

/// Arguments of `findings`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  offprint findings
  offprint findings --source journal --code unparsed-source
  offprint findings --code invalid-doi --json | jq -r '[.identifier, .raw] | @tsv'")]
pub struct FindingsArgs {
    /// Only of this source, by its name in the store
    #[arg(long, value_name = "NAME")]
    pub source: Option<SourceName>,

    /// Every finding of this code, one per line: source, OAI identifier, field, value as received
    #[arg(long, value_name = "CODE")]
    pub code: Option<String>,

    /// Print JSON; with --code, JSON Lines
    #[arg(long)]
    pub json: bool,
}

/// Findings of a source by code.
#[derive(Debug, Serialize)]
struct SourceFindings {
    source: String,
    codes: Vec<OfCode>,
}

/// Findings of one code.
#[derive(Debug, Serialize)]
struct OfCode {
    code: String,
    severity: Option<Severity>,
    meaning: String,
    findings: u64,
    articles: u64,
    example: Option<Line>,
}

/// One finding with its place.
#[derive(Debug, Serialize)]
struct Line {
    source: String,
    identifier: String,
    id: String,
    code: String,
    field: String,
    raw: String,
}

/// Runs `findings`.
pub(super) async fn run(context: &Context, args: &FindingsArgs) -> anyhow::Result<Exit> {
    if let Some(code) = args
        .code
        .as_ref()
        .filter(|code| !codes().iter().any(|known| known.code == **code))
    {
        let known: Vec<_> = codes().into_iter().map(|known| known.code).collect();
        return Err(Failure::usage(format!("no finding has the code {code:?}"))
            .hint(format!("codes are {}", known.join(", ")))
            .into());
    }
    let store = derived::open_for(context, args.source.as_ref()).await?;
    let articles = Articles::open(store.as_ref()).await?;
    let mut sources: Vec<&Source> = articles.sources().collect();
    if let Some(name) = &args.source {
        sources.retain(|source| source.name == name.as_str());
    }
    if let Some(code) = &args.code {
        let mut out = output::data();
        for source in sources {
            list(store.as_ref(), &articles, source, code, args.json, &mut out).await?;
        }
        out.flush()?;
        return Ok(Exit::Done);
    }
    let is_listed = sources.len() <= LISTED || args.json;
    let mut by_source = Vec::new();
    for source in &sources {
        by_source.push(count(store.as_ref(), &articles, source, is_listed).await?);
    }
    if args.json {
        output::json(&by_source)?;
        return Ok(Exit::Done);
    }
    let mut text = String::new();
    if by_source.len() > 1 {
        text.push_str(&total(&by_source).describe());
        text.push('\n');
    }
    if is_listed {
        let each: Vec<String> = by_source.iter().map(SourceFindings::describe).collect();
        text.push_str(&each.join("\n"));
    } else {
        text.push_str(&most(&by_source));
    }
    output::to_stdout(&text)?;
    Ok(Exit::Done)
}

/// Returns the findings of all sources by code.
fn total(by_source: &[SourceFindings]) -> SourceFindings {
    let mut codes: Vec<OfCode> = Vec::new();
    for code in by_source.iter().flat_map(|source| &source.codes) {
        if let Some(known) = codes.iter_mut().find(|known| known.code == code.code) {
            known.findings += code.findings;
            known.articles += code.articles;
        } else {
            codes.push(OfCode {
                code: code.code.clone(),
                severity: code.severity,
                meaning: code.meaning.clone(),
                findings: code.findings,
                articles: code.articles,
                example: None,
            });
        }
    }
    codes.sort_by_key(|code| (code.severity, std::cmp::Reverse(code.findings)));
    SourceFindings {
        source: format!("all {} sources", by_source.len()),
        codes,
    }
}

/// Returns the sources with the most errors and warnings, one line each.
fn most(by_source: &[SourceFindings]) -> String {
    let count = |source: &SourceFindings, severity| -> u64 {
        let codes = source.codes.iter();
        codes
            .filter(|code| code.severity == Some(severity))
            .map(|code| code.articles)
            .sum()
    };
    let mut ranked: Vec<(u64, u64, &str)> = by_source
        .iter()
        .map(|source| {
            (
                count(source, Severity::Error),
                count(source, Severity::Warning),
                source.source.as_str(),
            )
        })
        .collect();
    ranked.sort_by(|a, b| (b.0, b.1, a.2).cmp(&(a.0, a.1, b.2)));
    let mut text = "sources with the most errors and warnings\n".to_owned();
    for (errors, warnings, name) in ranked.iter().take(LISTED) {
        let _ = writeln!(
            text,
            "  {}: {errors} errors, {warnings} warnings",
            plain(name)
        );
    }
    text.push_str("`offprint findings --source NAME` lists those of one source\n");
    text
}

/// Writes every finding of a code.
async fn list(
    store: &dyn Store,
    articles: &Articles<'_>,
    source: &Source,
    code: &str,
    json: bool,
    out: &mut impl io::Write,
) -> anyhow::Result<()> {
    let mut after = ItemNo::START;
    loop {
        let items = store
            .items_with_code(source.source_id, code, after, BATCH)
            .await?;
        let Some(last) = items.last() else {
            return Ok(());
        };
        after = last.item_no;
        for item in items {
            for line in lines(articles, source, item.item_no, code).await? {
                if json {
                    serde_json::to_writer(&mut *out, &line).map_err(io::Error::from)?;
                    writeln!(out)?;
                } else {
                    let [identifier, field, raw] =
                        [&line.identifier, &line.field, &line.raw].map(|text| plain(text));
                    writeln!(out, "{}\t{identifier}\t{field}\t{raw}", line.source)?;
                }
            }
        }
        out.flush()?;
    }
}

/// The findings of a code in one article, read again.
async fn lines(
    articles: &Articles<'_>,
    source: &Source,
    item_no: ItemNo,
    code: &str,
) -> StoreResult<Vec<Line>> {
    let read = articles
        .one(ItemKey {
            source_id: source.source_id,
            item_no,
        })
        .await?;
    let Some((item, Entry::Live(article))) = read else {
        return Ok(Vec::new());
    };
    let line = |finding: Finding| Line {
        source: source.name.clone(),
        identifier: item.identifier.clone(),
        id: article.id.clone(),
        code: code.to_owned(),
        field: finding.field,
        raw: finding.raw,
    };
    Ok(article
        .findings
        .iter()
        .filter(|finding| code_name(finding.code) == code)
        .cloned()
        .map(line)
        .collect())
}

/// Counts the findings of a source, with an example of each code.
async fn count(
    store: &dyn Store,
    articles: &Articles<'_>,
    source: &Source,
    with_examples: bool,
) -> StoreResult<SourceFindings> {
    let known = codes();
    let mut told = Vec::new();
    for count in store.code_counts(source.source_id).await? {
        let meaning = known
            .iter()
            .find(|info| info.code == count.code)
            .map(|info| info.meaning.clone());
        told.push(OfCode {
            severity: severity(&count.code),
            meaning: meaning.unwrap_or_default(),
            findings: count.findings,
            articles: count.articles,
            example: if with_examples {
                example(store, articles, source, &count.code).await?
            } else {
                None
            },
            code: count.code,
        });
    }
    // what matters most first; of codes that matter the same, the most frequent
    told.sort_by_key(|code| (code.severity, std::cmp::Reverse(code.findings)));
    Ok(SourceFindings {
        source: source.name.clone(),
        codes: told,
    })
}

/// Returns the first finding of a code in a source.
async fn example(
    store: &dyn Store,
    articles: &Articles<'_>,
    source: &Source,
    code: &str,
) -> StoreResult<Option<Line>> {
    let first = store
        .items_with_code(source.source_id, code, ItemNo::START, 1)
        .await?;
    let Some(item) = first.first() else {
        return Ok(None);
    };
    let found = lines(articles, source, item.item_no, code).await?;
    Ok(found.into_iter().next())
}

impl SourceFindings {
    fn describe(&self) -> String {
        let mut text = format!("{}\n", self.source);
        if self.codes.is_empty() {
            text.push_str("  no findings\n");
        }
        for code in &self.codes {
            let OfCode {
                findings, articles, ..
            } = code;
            let in_articles = if *articles == 1 {
                "article"
            } else {
                "articles"
            };
            let _ = writeln!(
                text,
                "  {:<20} {findings:>7} in {articles} {in_articles}{}",
                code.code,
                match code.severity {
                    Some(Severity::Error) => ", error",
                    Some(Severity::Warning) => ", warning",
                    _ => "",
                }
            );
            let _ = writeln!(text, "      {}", code.meaning);
            if let Some(example) = &code.example {
                let raw: String = plain(&example.raw).chars().take(WIDTH).collect();
                let more = if example.raw.chars().count() > WIDTH {
                    "…"
                } else {
                    ""
                };
                let (identifier, field) = (plain(&example.identifier), plain(&example.field));
                let _ = writeln!(text, "      {identifier}  {field}: {raw}{more}");
            }
        }
        text
    }
}
