//! `offprint show`: one record, from its raw bytes to its article.

mod text;

use std::io::{self, Write as _};

use clap::Args;
use serde_json::json;
use url::Url;
use uuid::Uuid;

use crate::article::Entry;
use crate::cli::context::Context;
use crate::cli::derived;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::{self, plain};
use crate::cli::values::{MetadataPrefix, SourceName};
use crate::normalize::row::article_keys;
use crate::report::{Articles, RecordView};
use crate::store::{ItemKey, ItemNo, Lookup, SourceId, Store, StoreError};
use crate::values::Doi;

/// Candidates that are listed.
const CANDIDATES: usize = 100;
/// Items in one read, when an id is looked for.
const BATCH: usize = 10_000;

/// Arguments of `show`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  offprint show oai:ojs.journal.example.org:article/643
  offprint show 10.37178/ca-c.23.1.01 --json | jq .article
  offprint show https://journal.example.org/index.php/j/article/view/643 --history
  offprint show oai:ojs.journal.example.org:article/643 --source journal --raw > record.xml")]
pub struct ShowArgs {
    /// OAI identifier, DOI, URL of the landing page, or id of the article (a UUID)
    #[arg(value_name = "ID|DOI|URL|UUID")]
    pub what: String,

    /// Only in this source, by its name in the store
    #[arg(long, value_name = "NAME")]
    pub source: Option<SourceName>,

    /// Write the record's bytes as received, and nothing else
    #[arg(long, conflicts_with_all = ["json", "history"])]
    pub raw: bool,

    /// Only this format, with --raw [default: all harvested ones]
    #[arg(long, value_name = "PREFIX", requires = "raw")]
    pub prefix: Option<MetadataPrefix>,

    /// Print JSON: formats, article, history and gaps
    #[arg(long, conflicts_with = "history")]
    pub json: bool,

    /// Show every stored version
    #[arg(long)]
    pub history: bool,
}

/// Runs `show`.
pub(super) async fn run(context: &Context, args: &ShowArgs) -> anyhow::Result<Exit> {
    let wanted = Wanted::read(&args.what);
    // Identifiers are known of all records, keys only of derived articles.
    let store = match wanted {
        Wanted::Identifier => context.open_read().await?,
        _ => derived::open(context).await?,
    };
    let store = store.as_ref();
    let articles = Articles::open(store).await?;
    let source_id = source_id(&articles, args.source.as_ref())?;
    let mut found = wanted.find(store, &articles, args.what.trim()).await?;
    found.retain(|(key, _)| source_id.is_none_or(|id| key.source_id == id));
    match &found[..] {
        [] => Err(not_there(store, &articles, args).await?.into()),
        [(key, identifier)] => {
            let view = RecordView::read(store, &articles, *key).await?;
            let view = view.ok_or_else(|| StoreError::Unknown {
                what: "item",
                name: identifier.clone(),
            })?;
            show(&view, args)?;
            Ok(Exit::Done)
        }
        several => {
            ambiguous(&articles, several, args)?;
            Ok(Exit::Usage)
        }
    }
}

fn show(view: &RecordView, args: &ShowArgs) -> anyhow::Result<()> {
    if args.raw {
        raw(view, args.prefix.as_ref().map(MetadataPrefix::as_str))?;
    } else if args.json {
        output::json(view)?;
    } else if args.history {
        output::to_stdout(&text::history(view))?;
    } else {
        output::to_stdout(&text::record(view))?;
    }
    Ok(())
}

/// Writes the bytes of one format exactly; of several, one after another, with a line feed between.
fn raw(view: &RecordView, prefix: Option<&str>) -> anyhow::Result<()> {
    let mut records = view
        .item
        .records
        .iter()
        .filter(|record| prefix.is_none_or(|prefix| record.metadata_prefix == prefix));
    let mut out = output::data();
    let Some(first) = records.next() else {
        let known: Vec<_> = view
            .formats
            .iter()
            .map(|format| plain(&format.metadata_prefix))
            .collect();
        let prefix = prefix.unwrap_or_default();
        return Err(Failure::usage(format!(
            "{} was not harvested in {prefix}",
            plain(&view.identifier)
        ))
        .hint(format!("there is {}", known.join(", ")))
        .into());
    };
    out.write_all(&first.raw)?;
    for record in records {
        out.write_all(b"\n")?;
        out.write_all(&record.raw)?;
    }
    out.flush()?;
    Ok(())
}

fn source_id(
    articles: &Articles<'_>,
    name: Option<&SourceName>,
) -> Result<Option<SourceId>, StoreError> {
    let Some(name) = name else { return Ok(None) };
    let source = articles
        .sources()
        .find(|source| source.name == name.as_str());
    match source {
        Some(source) => Ok(Some(source.source_id)),
        None => Err(StoreError::Unknown {
            what: "source",
            name: name.to_string(),
        }),
    }
}

/// The key by which a record is requested.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Wanted {
    /// The OAI identifier.
    Identifier,
    /// A DOI, bare; an OAI identifier may look like one.
    Doi(String),
    /// A web address; an OAI identifier may be one.
    Url(Url),
    /// The id of the article; an OAI identifier may be one.
    Id(Uuid),
}

impl Wanted {
    fn read(text: &str) -> Self {
        let text = text.trim();
        if let Some(doi) = Doi::parse(text) {
            return Self::Doi(doi.into());
        }
        if let Ok(id) = Uuid::parse_str(text) {
            return Self::Id(id);
        }
        match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Self::Url(url),
            _ => Self::Identifier,
        }
    }

    /// Records that are named so; by their OAI identifier first.
    async fn find(
        &self,
        store: &dyn Store,
        articles: &Articles<'_>,
        text: &str,
    ) -> anyhow::Result<Vec<(ItemKey, String)>> {
        let found = store
            .find(&Lookup::Identifier(text.to_owned()), CANDIDATES)
            .await?;
        if !found.is_empty() {
            return Ok(found);
        }
        let by = async |kind: &str, key: &str| {
            let lookup = Lookup::Key {
                kind: kind.to_owned(),
                key: key.to_owned(),
            };
            let mut found = Vec::new();
            for (item, identifier) in store.find(&lookup, CANDIDATES).await? {
                // The store compares hashes.
                if let Some((_, Entry::Live(article))) = articles.one(item).await?
                    && article_keys(&article)
                        .iter()
                        .any(|(own, text)| own == kind && text == key)
                {
                    found.push((item, identifier));
                }
            }
            Ok::<_, StoreError>(found)
        };
        Ok(match self {
            Self::Identifier => found,
            Self::Doi(doi) => by("doi", doi).await?,
            Self::Url(url) => {
                for spelling in spellings(url) {
                    let found = by("url", &spelling).await?;
                    if !found.is_empty() {
                        return Ok(found);
                    }
                }
                found
            }
            Self::Id(id) => by_id(store, articles, &id.to_string())
                .await?
                .into_iter()
                .collect(),
        })
    }
}

/// An address as typed, and as others write the same: with the other of http and https, a slash more or less.
fn spellings(url: &Url) -> Vec<String> {
    let mut url = url.clone();
    url.set_fragment(None);
    let mut other = url.clone();
    let scheme = if url.scheme() == "http" {
        "https"
    } else {
        "http"
    };
    let other = other.set_scheme(scheme).ok().map(|()| other);
    let mut spellings = Vec::new();
    for url in std::iter::once(url).chain(other) {
        let text = url.to_string();
        spellings.push(
            text.strip_suffix('/')
                .map_or_else(|| format!("{text}/"), str::to_owned),
        );
        spellings.insert(spellings.len() - 1, text);
    }
    spellings
}

/// Ids are made of identifiers and not kept: all identifiers are looked through.
async fn by_id(
    store: &dyn Store,
    articles: &Articles<'_>,
    id: &str,
) -> anyhow::Result<Option<(ItemKey, String)>> {
    for source in articles.sources() {
        let mut after = ItemNo::START;
        loop {
            let items = store.item_refs(source.source_id, after, BATCH).await?;
            let Some(last) = items.last() else { break };
            after = last.item_no;
            for item in items {
                if articles.id(source.source_id, &item.identifier).as_deref() == Some(id) {
                    let key = ItemKey {
                        source_id: source.source_id,
                        item_no: item.item_no,
                    };
                    return Ok(Some((key, item.identifier)));
                }
            }
        }
    }
    Ok(None)
}

/// Why there is nothing to show: unknown, never had, or taken down.
async fn not_there(
    store: &dyn Store,
    articles: &Articles<'_>,
    args: &ShowArgs,
) -> Result<Failure, StoreError> {
    let what = args.what.trim();
    let asked = |name: &str| {
        args.source
            .as_ref()
            .is_none_or(|source| source.as_str() == name)
    };
    for source in articles.sources().filter(|source| asked(&source.name)) {
        let gaps = store.gaps(source.source_id).await?;
        if let Some(gap) = gaps
            .iter()
            .find(|gap| gap.identifier.as_deref() == Some(what))
        {
            let (reason, tries) = (plain(&gap.reason), gap.tries);
            let what = plain(what);
            return Ok(Failure::refused(format!(
                "{what} could not be had from {}: {reason} ({tries} tries)",
                source.name
            )));
        }
        let forgotten = store.forgotten(source.source_id, 0, i64::MAX).await?;
        if let Some(forgotten) = forgotten
            .iter()
            .find(|forgotten| forgotten.identifier == what)
        {
            let day = forgotten.at.format("%Y-%m-%d");
            return Ok(Failure::refused(format!(
                "{} was taken down on {day}",
                plain(what)
            )));
        }
    }
    let place = args
        .source
        .as_ref()
        .map_or("the store".to_owned(), |source| format!("source {source}"));
    Ok(Failure::refused(format!("no record {:?} in {place}", plain(what))).hint(
        "give the whole OAI identifier, a DOI, the address of the landing page, or the id of an article",
    ))
}

/// Lists the records that may be meant.
fn ambiguous(
    articles: &Articles<'_>,
    found: &[(ItemKey, String)],
    args: &ShowArgs,
) -> io::Result<()> {
    let name = |key: &ItemKey| {
        articles
            .source(key.source_id)
            .map(|s| s.name.clone())
            .unwrap_or_default()
    };
    if args.json {
        let candidates: Vec<_> = found
            .iter()
            .map(|(key, identifier)| json!({"source": name(key), "identifier": identifier}))
            .collect();
        output::json(&json!({"candidates": candidates}))?;
    }
    output::to_stderr(&format!(
        "error: {} may be any of {} records",
        plain(&args.what),
        found.len()
    ));
    for (key, identifier) in found {
        let line = format!(
            "  offprint show {} --source {}",
            plain(identifier),
            name(key)
        );
        if args.json || args.raw {
            output::to_stderr(&line)
        } else {
            output::to_stdout(&line)?
        }
    }
    output::to_stderr("hint: name the source with --source, and the record by its OAI identifier");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognises_lookup_keys_by_their_form() {
        let doi = || Wanted::Doi("10.1234/abc".to_owned());
        assert_eq!(Wanted::read("10.1234/ABC"), doi());
        assert_eq!(Wanted::read(" https://doi.org/10.1234/abc"), doi());
        assert_eq!(Wanted::read("doi:10.1234/abc"), doi());
        assert_eq!(Wanted::read("oai:a.example:article/1"), Wanted::Identifier);
        assert_eq!(Wanted::read("article/1"), Wanted::Identifier);
        assert!(matches!(
            Wanted::read("https://a.example/article/view/1"),
            Wanted::Url(_)
        ));
        assert!(matches!(
            Wanted::read("F1024064-d720-5858-a1a2-9bb4bc7226c9"),
            Wanted::Id(_)
        ));
    }

    #[test]
    fn addresses_are_tried_as_typed_first() {
        let spelled = |text: &str| spellings(&Url::parse(text).unwrap());
        assert_eq!(
            spelled("https://a.example/view/1#abstract"),
            [
                "https://a.example/view/1",
                "https://a.example/view/1/",
                "http://a.example/view/1",
                "http://a.example/view/1/"
            ]
        );
        assert_eq!(
            spelled("http://a.example/1/")[..2],
            ["http://a.example/1/", "http://a.example/1"]
        );
    }
}
