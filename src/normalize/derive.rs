//! Deriving: from the records in the store to articles, and to the index of what changed.

use std::pin::pin;
use std::sync::Arc;

use futures_util::TryStreamExt as _;
use xxhash_rust::xxh3::xxh3_64;

use crate::article::{Entry, LinkRel, Status};
use crate::hex;
use crate::json;
use crate::normalize::batches::{BATCH, batches};
use crate::normalize::journals::JournalLearner;
use crate::normalize::{
    FormatRecord, Item, JournalSetting, KnownJournal, LANDING_PAGE, Profile, ProfileBuilder,
    SourceContext, derivation, facets, normalize,
};
use crate::oai::{Header, PageHead, Record, Repair, read_record};
use crate::redact::redact;
use crate::store::{
    ArticleRow, DeriveTally, ItemNo, Selection, Source, Store, StoreResult, StoredItem,
    StoredRecord,
};

/// Items a source's profile is learned from: the first so many, so that it does not drift.
const LEARN_FROM: usize = 1000;
/// First items that a source's journals are learned from.
const JOURNAL_FIRST: usize = 200;
/// Number of the item behind which more are read; each further place is twice as far.
const JOURNAL_NEXT: i64 = 400;
/// Items read at each of these places.
const JOURNAL_PROBE: usize = 50;

/// Brings the articles of a source up to date with its records, its profile and this version of the
/// crosswalks. Only what changed is looked at, unless the crosswalks or the profile did.
pub async fn derive(store: &dyn Store, source: &Source) -> StoreResult<DeriveTally> {
    match Derivation::due(store, source).await? {
        Some(due) => due.run(store, source).await,
        None => Ok(DeriveTally::default()),
    }
}

/// What bringing a source up to date takes.
pub(crate) struct Derivation {
    /// The items that are looked at.
    pub(crate) selection: Selection,
    /// What is known of the source, its profile as just learned.
    pub(crate) context: Arc<SourceContext>,
    name: String,
}

impl Derivation {
    /// The derivation that is due; `None` where the articles are up to date.
    pub(crate) async fn due(store: &dyn Store, source: &Source) -> StoreResult<Option<Self>> {
        let dirty = Selection::Dirty {
            after: source.derived_seq,
        };
        let known = context_of(source);
        if source.derivation.as_ref() == Some(&derivation(&known))
            && store
                .items(source.source_id, dirty, ItemNo::START, 1)
                .await?
                .is_empty()
        {
            return Ok(None);
        }
        let context = SourceContext {
            profile: learn(store, source).await?,
            ..known
        };
        let name = derivation(&context);
        let selection = if source.derivation.as_ref() == Some(&name) {
            dirty
        } else {
            Selection::All
        };
        Ok(Some(Self {
            selection,
            context: Arc::new(context),
            name,
        }))
    }

    /// Derives, item by item.
    pub(crate) async fn run(self, store: &dyn Store, source: &Source) -> StoreResult<DeriveTally> {
        let mut tally = DeriveTally::default();
        let context = Arc::clone(&self.context);
        let derived = move |items: Vec<StoredItem>| -> Vec<ArticleRow> {
            items
                .iter()
                .map(|item| row(item, &mut normalize(&item_of(item), &context)))
                .collect()
        };
        let mut batches = pin!(batches(
            store,
            source,
            self.selection,
            |after| after,
            derived
        ));
        while let Some(rows) = batches.try_next().await? {
            let put = store.put_articles(source.source_id, &rows).await?;
            tally.changed += put.changed;
            tally.unchanged += put.unchanged;
        }
        self.finish(store, source).await?;
        Ok(tally)
    }

    /// Notes that every item of the selection has its row.
    pub(crate) async fn finish(self, store: &dyn Store, source: &Source) -> StoreResult<()> {
        let profile = serde_json::to_string(&self.context.profile).unwrap_or_default();
        store
            .finish_derive(source.source_id, source.seq, &profile, &self.name)
            .await
    }
}

/// Derives every source of a store.
pub async fn derive_all(store: &dyn Store) -> StoreResult<DeriveTally> {
    let mut tally = DeriveTally::default();
    for source in store.sources().await? {
        let one = derive(store, &source).await?;
        tally.changed += one.changed;
        tally.unchanged += one.unchanged;
    }
    Ok(tally)
}

/// What a source's records teach, read anew, with the settings of its journals.
pub(crate) async fn learn(store: &dyn Store, source: &Source) -> StoreResult<Profile> {
    let mut context = context_of(source);
    let settings = std::mem::take(&mut context.profile.journal_settings);
    context.profile = learn_records(store, source).await?;
    context.profile.journals = learn_journals(store, source, &context).await?;
    context.profile.journal_settings = settings;
    Ok(context.profile)
}

/// Sets what holds for the journals of a source. Its articles are out of date where that has changed.
///
/// # Errors
/// Failures of the store.
pub async fn set_journals(
    store: &dyn Store,
    source: &Source,
    settings: Vec<JournalSetting>,
) -> StoreResult<()> {
    let mut profile = context_of(source).profile;
    if profile.journal_settings == settings {
        return Ok(());
    }
    if source.profile.is_none() {
        profile = learn(store, source).await?;
    }
    profile.journal_settings = settings;
    let profile = serde_json::to_string(&profile).unwrap_or_default();
    store
        .finish_derive(source.source_id, source.derived_seq, &profile, "")
        .await
}

/// Learns the journals from the first articles and from some behind them, at places that stay where they are as the
/// source grows.
async fn learn_journals(
    store: &dyn Store,
    source: &Source,
    context: &SourceContext,
) -> StoreResult<Vec<KnownJournal>> {
    let mut learner = JournalLearner::default();
    let mut next = JOURNAL_NEXT;
    let (mut after, mut wanted) = (ItemNo::START, JOURNAL_FIRST);
    loop {
        let items = store
            .items(source.source_id, Selection::All, after, wanted)
            .await?;
        for item in &items {
            if let Entry::Live(article) = normalize(&item_of(item), context) {
                learner.see(&article);
            }
        }
        if items.len() < wanted {
            return Ok(learner.finish(context.repository_name.as_deref()));
        }
        (after, next) = (ItemNo(next), 2 * next);
        wanted = JOURNAL_PROBE;
    }
}

async fn learn_records(store: &dyn Store, source: &Source) -> StoreResult<Profile> {
    let mut builder = ProfileBuilder::of(&context_of(source));
    let (mut after, mut seen) = (ItemNo::START, 0);
    while seen < LEARN_FROM {
        let items = store
            .items(
                source.source_id,
                Selection::All,
                after,
                BATCH.min(LEARN_FROM - seen),
            )
            .await?;
        let Some(last) = items.last() else { break };
        after = last.item_no;
        seen += items.len();
        for item in &items {
            builder.add(&item_of(item));
        }
    }
    Ok(builder.finish())
}

/// What is known of a source beside its records.
pub fn context_of(source: &Source) -> SourceContext {
    let identify = source
        .identify
        .as_ref()
        .map(|remembered| &remembered.identify);
    SourceContext {
        name: source.name.clone(),
        base_url: redact(&source.base_url),
        id_base: source.id_base.clone(),
        software: identify.and_then(|identify| identify.software.clone()),
        repository_name: identify
            .map(|identify| identify.repository_name.clone())
            .filter(|name| !name.is_empty()),
        mentions: identify
            .map(|identify| identify.mentions.clone())
            .unwrap_or_default(),
        profile: source
            .profile
            .as_deref()
            .and_then(|json| serde_json::from_str(json).ok())
            .unwrap_or_default(),
    }
}

/// A stored item as the crosswalks take it. A record that cannot be read keeps its header's place, without
/// metadata, and the repairs say so.
pub fn item_of(item: &StoredItem) -> Item {
    let mut records: Vec<FormatRecord> = item
        .records
        .iter()
        .map(|stored| format_record(&item.identifier, stored))
        .collect();
    // A server may name in a header the one set alone that was asked for.
    if let Some(first) = records.first_mut() {
        let sets = &mut first.record.header.set_specs;
        for set in &item.list_sets {
            if !sets.contains(set) {
                sets.push(set.clone());
            }
        }
    }
    Item {
        identifier: item.identifier.clone(),
        records,
    }
}

fn format_record(identifier: &str, stored: &StoredRecord) -> FormatRecord {
    let bare = || Record {
        header: Header {
            identifier: identifier.to_owned(),
            datestamp: stored.datestamp.clone(),
            ..Header::default()
        },
        ..Record::default()
    };
    let mut record = if stored.metadata_prefix == LANDING_PAGE {
        Record {
            metadata: Some(page_text(&stored.raw, &stored.head)),
            ..bare()
        }
    } else {
        read_record(&stored.raw, &stored.head).unwrap_or_else(|_| {
            let mut record = bare();
            record.repairs.note(Repair::BadEncoding);
            record
        })
    };
    // Deleted by reconciliation, though its last version was live.
    record.header.deleted = stored.deleted;
    FormatRecord {
        metadata_prefix: stored.metadata_prefix.clone(),
        record,
        fetched_at: stored.fetched_at,
        sha256: hex::sha256(&stored.raw),
    }
}

/// A web page as text: in the encoding of its page, else as it declares in its first bytes, else UTF-8.
fn page_text(raw: &[u8], head: &PageHead) -> String {
    let start = String::from_utf8_lossy(&raw[..raw.len().min(1024)]).to_ascii_lowercase();
    let declared = start.split("charset=").nth(1).map(|rest| {
        rest.trim_start_matches(['"', '\''])
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
            .collect::<String>()
    });
    let label = if head.encoding.is_empty() {
        declared.unwrap_or_default()
    } else {
        head.encoding.clone()
    };
    let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap_or(encoding_rs::UTF_8);
    encoding.decode(raw).0.into_owned()
}

/// The row of an item and the entry it comes to, which is as before afterwards.
pub(crate) fn row(item: &StoredItem, entry: &mut Entry) -> ArticleRow {
    let mut codes = std::collections::BTreeMap::new();
    let mut keys = Vec::new();
    let (facets, text) = (facets::facets(entry), facets::text(entry));
    if let Entry::Live(article) = entry {
        for finding in &article.findings {
            let code = serde_json::to_value(finding.code)
                .ok()
                .and_then(|code| code.as_str().map(str::to_owned));
            *codes.entry(code.unwrap_or_default()).or_insert(0) += 1;
        }
        keys.extend(
            article
                .doi
                .iter()
                .map(|doi| ("doi".to_owned(), doi.clone())),
        );
        keys.extend(
            article
                .links
                .iter()
                .filter(|link| link.rel == LinkRel::Landing)
                .map(|link| ("url".to_owned(), link.url.clone())),
        );
        if let Some(title) = article.titles.first() {
            let pages = article
                .pages
                .as_ref()
                .map_or("", |pages| pages.raw.as_str());
            let issue = article.issue.as_deref().unwrap_or_default();
            let same = format!("{}\n{issue}\n{pages}", title.value.to_lowercase());
            keys.push((
                "title".to_owned(),
                format!("{:016x}", xxh3_64(same.as_bytes())),
            ));
        }
    }
    ArticleRow {
        item_no: item.item_no,
        record_seq: item
            .records
            .iter()
            .map(|record| record.seq)
            .max()
            .unwrap_or_default(),
        deleted: entry.status() == Status::Deleted,
        hash: content_hash(entry),
        codes: codes.into_iter().collect(),
        keys,
        facets,
        text,
    }
}

/// Hash of an article as exported, the time of its harvest apart.
fn content_hash(entry: &mut Entry) -> u64 {
    let harvested_at = std::mem::take(harvested_at(entry));
    let hash = xxh3_64(&json::line(entry).unwrap_or_default());
    *self::harvested_at(entry) = harvested_at;
    hash
}

fn harvested_at(entry: &mut Entry) -> &mut String {
    match entry {
        Entry::Live(article) => &mut article.provenance.harvested_at,
        Entry::Deleted(deletion) => &mut deletion.provenance.harvested_at,
    }
}
